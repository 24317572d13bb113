//! The scenario file that somebody may have meant.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// How alike two names have to be, from 0 to 1, for one to be taken for the other.
const ALIKE: f64 = 0.7;

/// The scenario file whose name is nearest to that of a file which cannot be read; in a folder, the
/// first of its scenario files.
pub(super) fn scenario_near(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return scenarios_in(path).into_iter().next();
    }
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let likeness = |file: &PathBuf| {
        let other = file.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        strsim::jaro_winkler(name.trim_end_matches(".json"), other)
    };
    let files = scenarios_in(folder.unwrap_or(Path::new("."))).into_iter();
    let files = files.map(|file| (likeness(&file), file));
    let nearest = files.max_by(|(one, _), (other, _)| one.total_cmp(other));
    let nearest = nearest.filter(|(likeness, _)| *likeness > ALIKE).map(|(_, file)| file);
    nearest.map(|file| file.strip_prefix(".").map(Path::to_owned).unwrap_or(file))
}

/// The JSON files of a folder in the order of their names.
fn scenarios_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| !path.to_string_lossy().ends_with(".schema.json"))
        .collect();
    files.sort();
    files
}
