//! Files that commands read and write.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Failure;

/// The text of a file.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::Read { path: path.to_owned(), error })
}

/// A file that is going to be written. It is opened before anything runs, so that nothing is run
/// whose output cannot be kept. What is in it stays until there is something to write, and a file
/// that is there only since it was opened goes again if nothing comes of it.
#[derive(Debug)]
pub(super) struct OutputFile {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

/// Opens a file to be written; it must be none of those that are read.
pub(super) fn create(path: &Path, read: &[impl AsRef<Path>]) -> Result<OutputFile, Failure> {
    refuse_input(path, read)?;
    let unwritable = |error| Failure::Write { path: path.to_owned(), error };
    let (file, is_kept) = match File::create_new(path) {
        Ok(file) => (file, false),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
            (opened.map_err(unwritable)?, true)
        }
        Err(error) => return Err(unwritable(error)),
    };
    Ok(OutputFile { path: path.to_owned(), file, is_kept })
}

/// Makes sure that no file is written over that is read.
pub(super) fn refuse_input(path: &Path, read: &[impl AsRef<Path>]) -> Result<(), Failure> {
    let place = fs::canonicalize(path).ok().filter(|place| place.is_file());
    let is_read = |other: &Path| place.is_some() && fs::canonicalize(other).ok() == place;
    if read.iter().any(|other| is_read(other.as_ref())) {
        return Err(not_written(path.to_owned(), "it is read as well; write to another file"));
    }
    Ok(())
}

/// Why a file is not written that could be.
pub(super) fn not_written(path: PathBuf, why: &str) -> Failure {
    Failure::Write { path, error: io::Error::new(io::ErrorKind::AlreadyExists, why) }
}

/// Opens a file for each of several runs: the second of `seen.jsonl` is `seen-2.jsonl`. None if
/// there is no path.
pub(super) fn create_for_each(
    path: Option<&Path>,
    runs: usize,
    read: &[impl AsRef<Path>],
) -> Result<Vec<OutputFile>, Failure> {
    let paths = path.into_iter().flat_map(|path| {
        (1..=runs).map(|run| if run == 1 { path.to_owned() } else { numbered(path, run) })
    });
    paths.map(|path| create(&path, read)).collect()
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
        mut self,
        write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let written = self.rewrite(write);
        self.is_kept |= written.is_ok();
        written.map_err(|error| Failure::Write { path: self.path.clone(), error })
    }

    fn rewrite(
        &self,
        write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> io::Result<()> {
        // Devices and pipes have no length.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        let mut out = BufWriter::new(&self.file);
        write(&mut out)?;
        out.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // What is to be told then is why nothing was written.
            let _ = fs::remove_file(&self.path);
        }
    }
}
