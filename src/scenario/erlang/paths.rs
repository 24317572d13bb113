//! The paths that a scenario names: they begin at the folder of its file.

use std::path::{Component, Path, PathBuf};

/// The folder of a file, from the root of the disk.
pub(crate) fn folder_of(file_name: &str) -> PathBuf {
    let folder = Path::new(file_name).parent().map(Path::to_owned).unwrap_or_default();
    absolute(&folder, "")
}

/// A path that a file in a folder names, from the root of the disk and without `.` and `..`.
pub(super) fn absolute(folder: &Path, text: &str) -> PathBuf {
    let joined = folder.join(text);
    let here = if joined.as_os_str().is_empty() { PathBuf::from(".") } else { joined };
    let whole = std::path::absolute(&here).unwrap_or(here);
    let mut plain = PathBuf::new();
    for part in whole.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}
