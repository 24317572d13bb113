//! Files that commands write.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Failure;

/// A file that is going to be written. It is made before anything runs, so that nothing is run whose
/// output cannot be kept.
#[derive(Debug)]
pub(super) struct OutputFile {
    path: PathBuf,
    file: File,
}

/// Makes a file.
pub(super) fn create(path: &Path) -> Result<OutputFile, Failure> {
    let made = File::create(path);
    let file = made.map_err(|error| Failure::File { path: path.to_owned(), error })?;
    Ok(OutputFile { path: path.to_owned(), file })
}

/// Makes a file for each of several runs: the second of `seen.jsonl` is `seen-2.jsonl`. None if
/// there is no path.
pub(super) fn create_for_each(
    path: Option<&Path>,
    runs: usize,
) -> Result<Vec<OutputFile>, Failure> {
    let paths = path.into_iter().flat_map(|path| {
        (1..=runs).map(|run| if run == 1 { path.to_owned() } else { numbered(path, run) })
    });
    paths.map(|path| create(&path)).collect()
}

/// `seen-2.jsonl` for `seen.jsonl`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

impl OutputFile {
    /// Writes the file.
    pub(super) fn write(
        self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let OutputFile { path, file } = self;
        let mut out = BufWriter::new(file);
        let written = write(&mut out).and_then(|()| out.flush());
        written.map_err(|error| Failure::File { path, error })
    }
}
