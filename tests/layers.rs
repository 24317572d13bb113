//! The layers of the crate: each module imports only modules that stand above it in the map.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of the map in `src/lib.rs`: each may use those before it.
const LAYERS: [&str; 25] = [
    "time",
    "diagnostic",
    "glossary",
    "rng",
    "term",
    "trace",
    "queue",
    "network",
    "runtime",
    "otp",
    "beam",
    "fault",
    "history",
    "shape",
    "services",
    "scenario",
    "simulation",
    "check",
    "record",
    "explain",
    "explore",
    "report",
    "shell",
    "cli",
    "prelude",
];

/// What the code of a file says, without comments and strings' contents being told apart: lines
/// that are comments are left out.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
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

/// The modules of this crate that a text imports, in whatever form: `crate::a`, `crate::{a, b::c}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(first_names(list)),
            None => found.extend(first_name(rest)),
        }
    }
    found
}

fn first_name(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(text[..end].to_owned())
}

/// The first names of the items of `a, b::{c, d}, e}`.
fn first_names(list: &str) -> Vec<String> {
    let (mut names, mut depth, mut fresh) = (Vec::new(), 0, true);
    for (index, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if depth == 0 && fresh && !c.is_whitespace() => {
                fresh = false;
                names.extend(first_name(&list[index..]));
            }
            _ => {}
        }
    }
    names
}

/// The module that a file belongs to: the first part of its path below `src`.
fn module_of(file: &Path) -> String {
    let below = file.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

/// The imports of a file that go against the map.
fn violations(module: &str, code: &str) -> Vec<String> {
    let Some(own) = layer_of(module) else { return Vec::new() };
    let upwards = imports(code).into_iter().filter(|import| layer_of(import) > Some(own));
    upwards.map(|import| format!("{module} imports {import}")).collect()
}

#[test]
fn imports_point_one_way() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let module = module_of(file);
        let known = ["lib", "main"].contains(&module.as_str()) || layer_of(&module).is_some();
        assert!(known, "{} is in no layer", file.display());
        // Tests may look at the whole.
        if !file.components().any(|part| part.as_os_str() == "tests") {
            wrong.extend(violations(&module, &code_of(file)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_import_against_the_map_is_found() {
    for (module, code, expected) in [
        ("term", "use crate::runtime::World;", "term imports runtime"),
        ("otp", "use crate::{term::Atom, services::{Directory}, tuple};", "otp imports services"),
        ("network", "fn f() -> crate::check::Verdict { x }", "network imports check"),
    ] {
        assert_eq!(violations(module, code), [expected]);
    }
    assert!(violations("check", "use crate::{term::{Atom, Term}, history::History};").is_empty());
}

#[test]
fn the_map_in_lib_rs_has_every_module() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for layer in LAYERS {
        assert!(map.contains(&format!("pub mod {layer};")), "{layer} is not a module");
        assert!(map.contains(&format!("[`{layer}`]")), "the map does not name {layer}");
    }
}

/// The parts of the runtime in their order, with the names that the parts before them must not know.
const RUNTIME_PARTS: [(&str, &[&str]); 3] = [
    ("", &["state", "context", "receive", "world", "control", "queries", "Context", "World"]),
    ("state", &["context", "receive", "world", "control", "queries", "Context", "World"]),
    ("context", &["world", "control", "queries", "World"]),
];

/// The files of the runtime that belong to a later part although they lie beside the first ones.
const LATER_FILES: [&str; 5] = ["mod", "receive", "world", "control", "queries"];

/// The names of a part of the runtime that its code must not know and yet imports.
fn later_parts(code: &str, unknown: &[&str]) -> Vec<String> {
    let named = |name: &&&str| {
        let paths = [format!("super::{name}"), format!("runtime::{name}")];
        paths.iter().any(|path| {
            code.match_indices(path.as_str()).any(|(start, _)| {
                let rest = &code[start + path.len()..];
                !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        })
    };
    unknown.iter().filter(named).map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_parts_of_the_runtime_import_one_way() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut checked = 0;
    for file in &files {
        let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
        let Some(at) = parts.iter().position(|part| *part == "runtime") else { continue };
        let (folder, name) = match parts[at + 1..] {
            [name] => ("", name.trim_end_matches(".rs")),
            [folder, name] => (folder, name.trim_end_matches(".rs")),
            _ => continue,
        };
        if folder.is_empty() && LATER_FILES.contains(&name) {
            continue;
        }
        let (_, unknown) = RUNTIME_PARTS.iter().find(|(part, _)| *part == folder).unwrap();
        assert_eq!(later_parts(&code_of(file), unknown), [""; 0], "{}", file.display());
        checked += 1;
    }
    assert!(checked > 40, "{checked} files of the runtime were found");
}

#[test]
fn a_part_of_the_runtime_that_knows_a_later_one_is_found() {
    let unknown = RUNTIME_PARTS[0].1;
    assert_eq!(later_parts("use super::state::State;", unknown), ["state"]);
    assert_eq!(later_parts("fn f(world: &crate::runtime::World) {}", unknown), ["World"]);
    assert!(later_parts("use super::process::Process;", unknown).is_empty());
}
