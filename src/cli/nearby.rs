//! The file that somebody may have meant.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// How alike two names have to be, from 0 to 1, for one to be taken for the other.
const ALIKE: f64 = 0.7;

/// The kinds of files that are read, of which a name without an ending may be.
const ENDINGS: [&str; 5] = ["json", "transcript", "jsonl", "edn", "txt"];

/// The file whose name is nearest to that of a file which cannot be read, of the same kind; in
/// a folder, the first of its scenario files.
pub(super) fn file_near(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return files_in(path, &ENDINGS[..1]).into_iter().next();
    }
    let stem = path.file_stem()?.to_str()?;
    let ending = path.extension().and_then(OsStr::to_str);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let likeness = |file: &PathBuf| {
        let other = file.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        strsim::jaro_winkler(stem, other)
    };
    let endings = ending.as_ref().map_or(&ENDINGS[..], std::slice::from_ref);
    let files = files_in(folder.unwrap_or(Path::new(".")), endings).into_iter();
    let files = files.map(|file| (likeness(&file), file));
    let nearest = files.max_by(|(one, _), (other, _)| one.total_cmp(other));
    let nearest = nearest.filter(|(likeness, _)| *likeness > ALIKE).map(|(_, file)| file);
    nearest.map(|file| file.strip_prefix(".").map(Path::to_owned).unwrap_or(file))
}

/// The files of a folder with these endings, in the order of their names.
fn files_in(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_wanted = |ending: &OsStr| endings.iter().any(|wanted| ending == *wanted);
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(is_wanted))
        .filter(|path| !path.to_string_lossy().ends_with(".schema.json"))
        .collect();
    files.sort();
    files
}
