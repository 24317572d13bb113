//! The seeds with which a scenario has failed before, kept in a file beside it.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::document::diagnostic::Diagnostics;
use crate::document::diagnostic::text::read_text;

/// The file `mine.seeds` beside the scenario `mine.json`: one seed a line; a comment begins with
/// `#`.
///
/// ```
/// use std::path::Path;
/// use nodedown::explore::SeedFile;
///
/// let file = SeedFile::beside(Path::new("scenarios/mine.json"));
/// assert_eq!(file.path(), Path::new("scenarios/mine.seeds"));
/// assert_eq!(SeedFile::parse("# lost a post\n17  # and again\n\n4\n", "mine.seeds"), Ok(vec![17, 4]));
/// let mistakes = SeedFile::parse("17\nx\n", "mine.seeds").unwrap_err();
/// assert!(mistakes.to_string().contains("mine.seeds:2:1"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedFile(PathBuf);

/// The first line of a new file.
const HEAD: &str = "# Seeds that have failed: `nodedown test` runs them first.\n";

impl SeedFile {
    /// The file for the seeds of this scenario, which need not be there.
    #[must_use]
    pub fn beside(scenario: &Path) -> SeedFile {
        SeedFile(scenario.with_extension("seeds"))
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The seeds; none if there is no file. The inner error holds the mistakes in the file.
    ///
    /// # Errors
    /// If the file exists but cannot be read.
    pub fn read(&self) -> io::Result<Result<Vec<u64>, Diagnostics>> {
        match read_text(&self.0) {
            Ok(text) => Ok(SeedFile::parse(&text, &self.0.display().to_string())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Ok(Vec::new())),
            Err(error) => Err(error),
        }
    }

    /// The seeds in a text; the name of the file is for messages.
    ///
    /// # Errors
    /// All that is wrong in it.
    pub fn parse(text: &str, file_name: &str) -> Result<Vec<u64>, Diagnostics> {
        let mut diagnostics = Diagnostics::new(file_name, text);
        let (mut seeds, mut start) = (Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            let written = line.split('#').next().unwrap_or_default();
            let word = written.trim();
            let from = start + (written.len() - written.trim_start().len());
            match word.parse() {
                Ok(seed) => seeds.push(seed),
                Err(_) if word.is_empty() => {}
                Err(error) => {
                    let message = format!("`{word}` is not a seed: {error}");
                    let entry = diagnostics.error(&(from..from + word.len()), message);
                    entry.help("write a seed a line, and comments behind a `#`");
                }
            }
            start += line.len();
        }
        if diagnostics.is_empty() { Ok(seeds) } else { Err(diagnostics) }
    }

    /// Adds a seed at the end, with a comment.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn append(&self, seed: u64, comment: &str) -> io::Result<()> {
        let before = match read_text(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => Some(read?),
        };
        let mut file = OpenOptions::new().append(true).create(true).open(&self.0)?;
        let head = match before {
            None => HEAD,
            Some(text) if text.ends_with('\n') || text.is_empty() => "",
            Some(_) => "\n",
        };
        let comment = comment.replace('\n', " ");
        writeln!(file, "{head}{seed}  # {comment}")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_mistake_has_its_place() {
        let text = "1\n  two # three\n3\n4,5";
        let mistakes = SeedFile::parse(text, "x.seeds").unwrap_err();
        let places: Vec<(usize, usize)> =
            mistakes.iter().map(|each| (each.line, each.column)).collect();
        assert_eq!(places, [(2, 3), (4, 1)]);
    }

    #[test]
    fn seeds_are_added_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = SeedFile::beside(&folder.path().join("mine.json"));
        assert_eq!(file.read().unwrap(), Ok(vec![]));
        file.append(17, "lost a post").unwrap();
        let written = fs::read_to_string(file.path()).unwrap();
        assert_eq!(written, format!("{HEAD}17  # lost a post\n"));
        fs::write(file.path(), "3").unwrap();
        file.append(4, "two\nlines").unwrap();
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "3\n4  # two lines\n");
        assert_eq!(file.read().unwrap(), Ok(vec![3, 4]));
    }
}
