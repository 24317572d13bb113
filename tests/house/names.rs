//! A public name of a type stands once in the crate: who reads it anywhere knows which one is meant.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::terms::rust_files;

/// Names that may stand more than once, at most five, each with its reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// The name of the type that a line declares for the whole crate or for others.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) "))?;
    let rest = rest.strip_prefix("unsafe ").unwrap_or(rest);
    let words = ["struct ", "enum ", "trait ", "type ", "union "];
    let name = words.iter().find_map(|word| rest.strip_prefix(word))?;
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    Some(&name[..end])
}

/// The types that a text declares. Those of `mod tests` do not count, and one of several forms of
/// which a `cfg` picks one counts once.
fn types_of(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut is_picked, mut picked) = (false, Vec::new());
    for line in text.lines() {
        if line.starts_with("mod tests {") {
            break;
        }
        if let Some(name) = declared(line) {
            if !(is_picked && picked.contains(&name)) {
                names.push(name);
            }
            if is_picked {
                picked.push(name);
            }
        }
        let line = line.trim_start();
        let goes_on = line.starts_with("#[") || line.starts_with("//");
        is_picked = line.starts_with("#[cfg(") || is_picked && goes_on;
    }
    names
}

/// The names that stand in several places, with the places.
fn repeated<'a>(
    files: &'a [(String, String)],
    count: &mut usize,
) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in files {
        for name in types_of(text) {
            places.entry(name).or_default().push(path);
        }
    }
    *count = places.len();
    places.retain(|_, places| places.len() > 1);
    places
}

#[test]
fn no_public_name_of_a_type_stands_twice() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    rust_files(&source, &mut paths);
    let files: Vec<(String, String)> = paths
        .iter()
        // The sources that `nodedown new` writes are of another crate.
        .filter(|path| !path.starts_with(source.join("front/cli/new/template")))
        .map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap()))
        .collect();
    let mut count = 0;
    let mut repeated = repeated(&files, &mut count);
    assert!(count > 600, "{count} names");
    assert!(EXCEPTIONS.len() <= 5);
    for (name, _) in EXCEPTIONS {
        assert!(repeated.remove(name).is_some(), "{name} is no exception any more");
    }
    assert!(repeated.is_empty(), "give one of each another name: {repeated:#?}");
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = [
        file("a.rs", "pub struct Life(u32);\n    pub enum Kind {\n"),
        file(
            "b.rs",
            "pub(crate) trait Life {\npub(super) struct Kind;\nmod tests {\npub enum Kind {",
        ),
        file(
            "c.rs",
            "#[cfg(unix)]\npub type Handle = A;\n#[cfg(not(unix))]\npub type Handle = B;\n",
        ),
        file("d.rs", "pub union Bits<T> {\npub type Bits<T> = u64;\n"),
    ];
    let mut count = 0;
    let repeated = repeated(&files, &mut count);
    assert_eq!(count, 4);
    assert_eq!(
        repeated.into_iter().collect::<Vec<_>>(),
        [("Bits", vec!["d.rs", "d.rs"]), ("Life", vec!["a.rs", "b.rs"])]
    );
}
