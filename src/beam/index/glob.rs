//! Patterns of folders: `_build/default/lib/*/ebin`.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Does a path have a `*` or a `?`?
pub(super) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?'])
}

/// The folders that fit a pattern, in the order of their names. A `*` stands for any characters of
/// a name, none included, a `?` for one; names that begin with a dot fit only what does, too.
pub(super) fn folders(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        found = found.into_iter().flat_map(|folder| step(&folder, part)).collect();
    }
    found.retain(|folder| folder.is_dir());
    found
}

/// The folders in a folder that fit the next part of a pattern.
fn step(folder: &Path, part: Component) -> Vec<PathBuf> {
    let text = part.as_os_str().to_string_lossy();
    if !matches!(part, Component::Normal(_)) || !text.contains(['*', '?']) {
        return vec![folder.join(part)];
    }
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = fs::read_dir(listed).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<_> = names.filter(|name| fits(&text, &name.to_string_lossy())).collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// Does a name fit a pattern without a separator?
fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut place) = (0, 0);
    // Where to go on when a `*` has to stand for one character more.
    let mut again = None;
    while place < name.len() {
        if pattern.get(at) == Some(&'*') {
            again = Some((at + 1, place + 1));
            at += 1;
        } else if pattern.get(at).is_some_and(|c| *c == '?' || *c == name[place]) {
            (at, place) = (at + 1, place + 1);
        } else if let Some((behind, next)) = again {
            (at, place) = (behind, next);
            again = Some((behind, next + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns() {
        for (pattern, name) in [
            ("*", "a"),
            ("a*", "a"),
            ("a*c", "abbc"),
            ("?b*", "ab"),
            ("*-*", "x-1"),
            ("*a*b", "aab"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("*", ".git"), ("a?", "a"), ("a*c", "ab"), ("a", "ab"), ("*ab", "aba")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
