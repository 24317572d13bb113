//! The file that somebody meant.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};

use super::files::is_standard;
use crate::spelling::nearest;

/// The kinds of files that are read, of which a name without an ending may be.
const ENDINGS: [&str; 5] = ["json", "transcript", "jsonl", "edn", "txt"];

/// The folder in which scenarios are found by their name alone.
const SCENARIOS: &str = "scenarios";

/// Takes the path of a scenario as people write it: `chat-failover` is the file
/// `scenarios/chat-failover.json` where there is one, and none of that name here.
pub(super) fn scenario_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(found)
}

/// The file of this name; the path as it is if there is none.
pub(super) fn found(path: PathBuf) -> PathBuf {
    if is_standard(&path) || path.is_file() {
        return path;
    }
    let ending = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".json");
        PathBuf::from(name)
    };
    let there = Path::new(SCENARIOS).join(&path);
    let is_bare = path.components().count() == 1;
    let elsewhere = [ending(&path), there.clone(), ending(&there)];
    let mut elsewhere = elsewhere.into_iter().enumerate();
    let file = elsewhere.find(|(place, file)| (*place == 0 || is_bare) && file.is_file());
    file.filter(|_| !path.is_dir()).map_or(path, |(_, file)| file)
}

/// A proposal for a path that cannot be read, if there is one.
pub(super) fn hint(path: &Path, error: io::ErrorKind) -> Option<String> {
    if path.is_dir() {
        let files = files_in(path, &ENDINGS[..1]);
        let tests = format!("`nodedown test {}` runs all scenarios in it", path.display());
        return files.first().map(|one| format!("{tests}; or name one, such as {}", one.display()));
    }
    if error != io::ErrorKind::NotFound {
        return None;
    }
    file_near(path).map(|near| format!("did you mean {}?", near.display()))
}

/// The file whose name is nearest to that of a file which is not there: in its own folder, or else
/// among the scenarios. Files of the same kind come first.
fn file_near(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folders = [folder.unwrap_or(Path::new(".")), Path::new(SCENARIOS)];
    folders.into_iter().find_map(|folder| file_in(folder, path))
}

fn file_in(folder: &Path, path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_str()?;
    let ending = path.extension().and_then(OsStr::to_str);
    let of = |endings: &[&str]| {
        let files = files_in(folder, endings);
        let stem_of = |file: &'_ PathBuf| file.file_stem()?.to_str().map(str::to_owned);
        let stems: Vec<String> = files.iter().filter_map(stem_of).collect();
        let near = nearest(stem, stems.iter().map(String::as_str))?;
        files.iter().find(|file| stem_of(file).is_some_and(|stem| stem == near)).cloned()
    };
    let same_kind = ending.and_then(|ending| of(&[ending]));
    let file = same_kind.or_else(|| of(&ENDINGS))?;
    Some(file.strip_prefix(".").map(Path::to_owned).unwrap_or(file))
}

/// The files of a folder with these endings, in the order of their names.
fn files_in(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_wanted = |ending: &OsStr| endings.iter().any(|wanted| ending == *wanted);
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(is_wanted) && path.is_file())
        .filter(|path| !path.to_string_lossy().ends_with(".schema.json"))
        .collect();
    files.sort();
    files
}
