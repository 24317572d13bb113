//! Files that commands read and write. `-` is standard input where it is read, and standard output
//! where it is written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Serialize;

use super::{Failure, terminal};
use crate::document::diagnostic::text;
use crate::explore::ScenarioText;

/// True if a path is `-`.
pub(super) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The text of a file, or of standard input.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let text = if is_standard(path) { standard_input() } else { text::read_text(path) };
    text.map_err(|error| Failure::Read { path: path.to_owned(), error })
}

/// The text of a scenario or a record.
pub(super) fn scenario_text(path: &Path) -> Result<ScenarioText, Failure> {
    Ok(ScenarioText::new(&path.display().to_string(), &read_text(path)?))
}

/// Prints a document for programs on standard output.
pub(super) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    serde_json::to_writer_pretty(&mut out, document).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// The lines of a file, or of standard input.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if is_standard(path) {
        return Ok(Box::new(Cursor::new(read_text(path)?)));
    }
    let file = text::open_file(path);
    let file = file.map_err(|error| Failure::Read { path: path.to_owned(), error })?;
    Ok(Box::new(BufReader::new(file)))
}

/// All of standard input, which may be wanted more than once.
fn standard_input() -> io::Result<String> {
    static TEXT: OnceLock<Result<String, (io::ErrorKind, String)>> = OnceLock::new();
    let text = TEXT.get_or_init(|| {
        text::text_of(io::stdin().lock()).map_err(|error| (error.kind(), error.to_string()))
    });
    text.clone().map_err(|(kind, why)| io::Error::new(kind, why))
}

/// The outputs of a command: no two are one file, and none is a file that it reads.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    read: Vec<PathBuf>,
    taken: Vec<(&'static str, Destination)>,
}

/// A place that output is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Destination {
    StandardOutput,
    File(Identity),
}

/// The identity of a file, whatever it is called.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

/// The identity of a file; `None` for devices and pipes, which may be written twice.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::canonicalize(path).ok().filter(|place| place.is_file())
}

impl Outputs {
    /// No outputs yet, of a command that reads these files.
    pub(super) fn beside(read: &[impl AsRef<Path>]) -> Outputs {
        let read = read.iter().map(|path| path.as_ref().to_owned()).collect();
        Outputs { read, taken: Vec::new() }
    }

    /// Opens the file that an option names, or standard output for `-`.
    pub(super) fn open(
        &mut self,
        option: &'static str,
        path: &Path,
    ) -> Result<OutputFile, Failure> {
        if is_standard(path) {
            self.take(option, Destination::StandardOutput, path)?;
            return Ok(OutputFile::StandardOutput);
        }
        refuse_input(path, &self.read)?;
        let file = FileOnDisk::open(path)?;
        if let Some(identity) = identity(path) {
            self.take(option, Destination::File(identity), path)?;
        }
        Ok(OutputFile::OnDisk(file))
    }

    /// Opens the file that an option names, if it does.
    pub(super) fn open_if(
        &mut self,
        option: &'static str,
        path: Option<&Path>,
    ) -> Result<Option<OutputFile>, Failure> {
        path.map(|path| self.open(option, path)).transpose()
    }

    /// Opens a file for each of several runs: the second of `seen.jsonl` is `seen-2.jsonl`. None if
    /// there is no path.
    pub(super) fn open_for_each(
        &mut self,
        option: &'static str,
        path: Option<&Path>,
        runs: usize,
    ) -> Result<Vec<OutputFile>, Failure> {
        let Some(path) = path else { return Ok(Vec::new()) };
        if is_standard(path) && runs > 1 {
            return Err(Failure::Usage(vec![format!(
                "{option} -: there are {runs} runs, which need a file each; write {option} FILE"
            )]));
        }
        let paths =
            (1..=runs).map(|run| if run == 1 { path.to_owned() } else { numbered(path, run) });
        paths.map(|path| self.open(option, &path)).collect()
    }

    /// Says that an option writes to standard output.
    pub(super) fn take_standard_output(&mut self, option: &'static str) -> Result<(), Failure> {
        self.take(option, Destination::StandardOutput, Path::new("-"))
    }

    fn take(
        &mut self,
        option: &'static str,
        destination: Destination,
        path: &Path,
    ) -> Result<(), Failure> {
        if let Some((other, _)) = self.taken.iter().find(|(_, taken)| *taken == destination) {
            let both = format!("{other} and {option} both write to");
            return Err(Failure::Usage(vec![match destination {
                Destination::StandardOutput => {
                    format!("{both} standard output: write one of them to a file")
                }
                Destination::File(_) => {
                    format!("{both} {}: give each a file of its own", path.display())
                }
            }]));
        }
        self.taken.push((option, destination));
        Ok(())
    }

    /// The place for the text for people: standard output, unless something else is written there.
    pub(super) fn people(&self) -> Box<dyn Write> {
        let is_taken = |(_, taken): &(_, Destination)| *taken == Destination::StandardOutput;
        if self.taken.iter().any(is_taken) { Box::new(anstream::stderr()) } else { terminal::out() }
    }
}

/// Refuses to overwrite a file that is read.
pub(super) fn refuse_input(path: &Path, read: &[impl AsRef<Path>]) -> Result<(), Failure> {
    let own = identity(path);
    if own.is_some() && read.iter().any(|other| identity(other.as_ref()) == own) {
        return Err(not_written(path.to_owned(), "it is read as well; write to another file"));
    }
    Ok(())
}

/// The refusal to write a file that could be written.
pub(super) fn not_written(path: PathBuf, why: &str) -> Failure {
    Failure::Create { path, error: io::Error::new(io::ErrorKind::AlreadyExists, why) }
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

/// Something that is going to be written.
#[derive(Debug)]
pub(super) enum OutputFile {
    StandardOutput,
    OnDisk(FileOnDisk),
}

impl OutputFile {
    /// The path of the file; `None` for standard output.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            OutputFile::StandardOutput => None,
            OutputFile::OnDisk(file) => Some(&file.path),
        }
    }

    /// Writes it.
    pub(super) fn write(
        self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match self {
            OutputFile::StandardOutput => {
                let mut out = BufWriter::new(anstream::stdout().lock());
                write(&mut out)?;
                Ok(out.flush()?)
            }
            OutputFile::OnDisk(file) => file.write(write),
        }
    }
}

/// A file that is going to be written. It is opened before anything runs, so that nothing is run
/// whose output cannot be kept. What is in it stays until there is something to write, and a file
/// that is there only since it was opened goes again if nothing comes of it.
#[derive(Debug)]
pub(super) struct FileOnDisk {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl FileOnDisk {
    fn open(path: &Path) -> Result<FileOnDisk, Failure> {
        let unwritable = |error| Failure::Create { path: path.to_owned(), error };
        let (file, is_kept) = match File::create_new(path) {
            Ok(file) => (file, false),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
                (opened.map_err(unwritable)?, true)
            }
            Err(error) => return Err(unwritable(error)),
        };
        Ok(FileOnDisk { path: path.to_owned(), file, is_kept })
    }

    fn write(
        mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let written = self.rewrite(write);
        self.is_kept |= written.is_ok();
        written.map_err(|error| Failure::Write { path: self.path.clone(), error })
    }

    fn rewrite(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        // Devices and pipes have no length.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        let mut out = BufWriter::new(&self.file);
        write(&mut out)?;
        out.flush()
    }
}

impl Drop for FileOnDisk {
    fn drop(&mut self) {
        if !self.is_kept {
            // The error that kept it from being written is the one to report.
            let _ = fs::remove_file(&self.path);
        }
    }
}
