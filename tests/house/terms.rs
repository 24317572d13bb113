//! Only `engine::term` knows how lists are represented.

use std::fs;
use std::path::{Path, PathBuf};

/// Adds the Rust files below a folder, in the order of their names.
pub(crate) fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn nobody_but_the_terms_matches_on_the_representation_of_lists() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let (mut looked_at, mut wrong) = (0, Vec::new());
    for file in files.iter().filter(|file| !file.starts_with(source.join("engine/term"))) {
        let text = fs::read_to_string(file).unwrap();
        looked_at += 1;
        for (number, line) in text.lines().enumerate() {
            // `Self::List(…)` and the like are lists of other enums.
            let variant = ["List", "ImproperList"].iter().any(|variant| {
                line.match_indices(&format!("Term::{variant}(")).any(|(place, _)| {
                    !line[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            });
            if variant {
                wrong.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(looked_at > 300, "{looked_at}");
    assert!(wrong.is_empty(), "use `as_list`, `view` or `list!`: {wrong:#?}");
}
