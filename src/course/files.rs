//! The files of a course: a folder, or what the program carries.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use crate::document::diagnostic::text::read_text;

/// The scenarios that the program carries, with the course among them.
static SCENARIOS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The folder of the course among the scenarios.
const LESSONS: &str = "lessons";

/// The files of a course. Paths are relative to the folder of the course, with `/` between their
/// parts; `..` leads to the scenarios around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CourseFiles {
    /// The course that the program carries.
    Carried,
    /// A course in a folder.
    Folder(PathBuf),
}

impl CourseFiles {
    /// The text of a file; `None` if there is none.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<String> {
        match self {
            CourseFiles::Carried => {
                let file = SCENARIOS.get_file(normal(&format!("{LESSONS}/{path}"))?)?;
                file.contents_utf8().map(str::to_owned)
            }
            CourseFiles::Folder(folder) => read_text(&folder.join(path)).ok(),
        }
    }

    /// The name of a file in messages.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        match self {
            CourseFiles::Carried => path.to_owned(),
            CourseFiles::Folder(folder) => folder.join(path).display().to_string(),
        }
    }

    /// The folders beside `course.json`, in the order of their names.
    #[must_use]
    pub fn folders(&self) -> Vec<String> {
        let mut names: Vec<String> = match self {
            CourseFiles::Carried => {
                let folders = SCENARIOS.get_dir(LESSONS).into_iter().flat_map(Dir::dirs);
                folders.filter_map(|folder| name_of(folder.path())).collect()
            }
            CourseFiles::Folder(folder) => {
                let entries = fs::read_dir(folder).into_iter().flatten().flatten();
                let folders = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
                folders.filter_map(|path| name_of(&path)).collect()
            }
        };
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }

    /// The files of a folder and of those in it, in the order of their paths.
    #[must_use]
    pub fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        match self {
            CourseFiles::Carried => {
                if let Some(dir) = SCENARIOS.get_dir(format!("{LESSONS}/{folder}")) {
                    carried(dir, &mut found);
                }
            }
            CourseFiles::Folder(root) => below(root, &root.join(folder), &mut found),
        }
        found.sort();
        found
    }
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

fn carried(dir: &Dir<'_>, found: &mut Vec<String>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => carried(dir, found),
            DirEntry::File(file) => {
                let path = file.path().strip_prefix(LESSONS).ok().and_then(Path::to_str);
                found.extend(path.map(str::to_owned));
            }
        }
    }
}

fn below(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(root, &path, found);
        } else if let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            found.push(path.replace('\\', "/"));
        }
    }
}

/// A path without `.` and `..`; `None` if it leads out of the top.
#[must_use]
pub fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
