//! The rooms of the crate, as the map in `src/lib.rs` has them: which may use which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::terms::rust_files;

/// The order of the modules inside a room: each may use those before it. `*` stands for the room's
/// other files.
const INSIDE: [(&str, &[&str]); 6] = [
    ("engine", &["time", "rng", "term", "trace", "queue", "network", "runtime"]),
    (
        "beam",
        &[
            "table",
            "file",
            "atom",
            "index",
            "function",
            "identity",
            "value",
            "heap",
            "*",
            "preflight",
            "node",
        ],
    ),
    ("document", &["diagnostic", "shape", "syntax", "names", "check", "layout"]),
    ("scenario", &["services", "*", "simulation"]),
    ("verdict", &["*", "record", "explain"]),
    ("front", &["report", "cli"]),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms in the order of the map, each with those that it may use.
fn map() -> Vec<(String, BTreeSet<String>)> {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | [`")).map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let room = cells[0].trim_end_matches("`]").to_owned();
        let uses = cells[2].split(", ").filter(|each| !each.is_empty() && *each != "nothing");
        (room, uses.map(str::to_owned).collect())
    });
    rows.collect()
}

/// The path of the module that a file below `src` is: `["engine", "term"]` for `engine/term/mod.rs`.
fn module_of(file: &Path) -> Vec<String> {
    let below = file.strip_prefix(source()).unwrap().with_extension("");
    let mut parts: Vec<String> =
        below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The code of a file without its comments.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that a text names by a path from `crate` or `super`, from the root of the crate and
/// two names deep: `["engine", "term"]`.
fn named(module: &[String], code: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        // `$crate::` is written in macros, `pub(in crate::…)` is no use.
        if !code[..start].ends_with(['$', ' ', '(', '{', '<', '&', '!', '[']) && start > 0 {
            continue;
        }
        if code[..start].ends_with("in ") || code[..start].ends_with('$') {
            continue;
        }
        paths(&code[start + "crate::".len()..], &[], &mut found);
    }
    for (start, _) in code.match_indices("super::") {
        if code[..start].ends_with("::") {
            continue;
        }
        let ups = code[start..].split("super::").take_while(|part| part.is_empty()).count().max(1);
        let rest = &code[start + "super::".len() * ups..];
        if let Some(base) = module.len().checked_sub(ups) {
            paths(rest, &module[..base], &mut found);
        }
    }
    found
}

/// The first two names of each path in `a::b::c` or `{a::b, c::{d, e}}`, below a base.
fn paths(text: &str, base: &[String], found: &mut BTreeSet<Vec<String>>) {
    let with = |more: &[String]| base.iter().chain(more).take(2).cloned().collect::<Vec<_>>();
    let Some(group) = text.strip_prefix('{') else {
        let name = name_at(text);
        let below = text[name.len()..].strip_prefix("::");
        let path = with(std::slice::from_ref(&name));
        match below {
            Some(below) if path.len() < 2 => paths(below, &path, found),
            _ => {
                found.insert(path);
            }
        }
        return;
    };
    let (mut depth, mut fresh) = (0, true);
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if depth == 0 && fresh && !c.is_whitespace() => {
                fresh = false;
                paths(&group[index..], base, found);
            }
            _ => {}
        }
    }
}

fn name_at(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The place of a module in the order of its room, if the room has one.
fn place(room: &str, module: Option<&String>) -> Option<usize> {
    let (_, order) = INSIDE.iter().find(|(name, _)| *name == room)?;
    let own = module.and_then(|module| order.iter().position(|each| each == module));
    own.or_else(|| order.iter().position(|each| *each == "*"))
}

/// What a file uses against the map.
fn violations(
    rooms: &BTreeMap<String, BTreeSet<String>>,
    module: &[String],
    code: &str,
) -> Vec<String> {
    let Some(room) = module.first() else { return Vec::new() };
    let allowed = &rooms[room];
    let mut wrong = Vec::new();
    for used in named(module, code) {
        let Some(target) = used.first().filter(|target| rooms.contains_key(*target)) else {
            continue;
        };
        let text = used.join("::");
        if target != room {
            if !allowed.contains(target) {
                wrong.push(format!("{} uses {text}", module.join("::")));
            }
        } else if module.len() > 1
            && used.len() > 1
            && place(room, used.get(1)) > place(room, module.get(1))
        {
            wrong.push(format!("{} uses {text}, which comes after it", module.join("::")));
        }
    }
    wrong
}

#[test]
fn each_room_uses_only_what_the_map_allows() {
    let map = map();
    let rooms: BTreeMap<_, _> = map.iter().cloned().collect();
    assert!(rooms.len() >= 12, "the map in lib.rs was not found: {rooms:?}");
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in &files {
        let module = module_of(file);
        if module == ["lib"] || module == ["main"] {
            continue;
        }
        assert!(rooms.contains_key(&module[0]), "{} is in no room", file.display());
        // Tests may look at the whole, and what a new crate gets is not of this one.
        if file
            .components()
            .any(|part| ["tests", "template"].contains(&part.as_os_str().to_str().unwrap()))
            || module.last().is_some_and(|last| last == "tests")
        {
            continue;
        }
        let code = code_of(file);
        let code = code.split("#[cfg(test)]\nmod ").next().unwrap();
        seen += named(&module, code).len();
        wrong.extend(violations(&rooms, &module, code));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 1_000, "only {seen} paths were looked at");
}

#[test]
fn a_room_comes_after_those_that_it_uses() {
    let map = map();
    for (index, (room, uses)) in map.iter().enumerate() {
        for used in uses {
            let place = map.iter().position(|(name, _)| name == used);
            assert!(place.is_some_and(|place| place < index), "{room} uses {used}");
        }
    }
}

#[test]
fn a_use_against_the_map_is_found() {
    let rooms: BTreeMap<_, _> = map().into_iter().collect();
    for (module, code, expected) in [
        ("engine::term", "use crate::otp::pg;", "engine::term uses otp::pg"),
        (
            "otp::pg",
            "use crate::{engine::term::Atom, scenario::{Plan}};",
            "otp::pg uses scenario::Plan",
        ),
        (
            "consistency::keys",
            "fn f() -> super::super::verdict::Verdict { x }",
            "consistency::keys uses verdict::Verdict",
        ),
        (
            "engine::term::list",
            "use super::super::runtime::World;",
            "engine::term::list uses engine::runtime, which comes after it",
        ),
    ] {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        assert_eq!(violations(&rooms, &module, code), [expected]);
    }
    let allowed = "use crate::{engine::term::{Atom, Term}, consistency::history::History};";
    assert!(violations(&rooms, &["verdict".to_owned(), "kept".to_owned()], allowed).is_empty());
}

#[test]
fn the_map_in_lib_rs_has_every_room_and_each_room_its_invariant() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    for (room, _) in map() {
        let declared = [format!("pub mod {room};"), format!("mod {room};")];
        assert!(declared.iter().any(|line| text.contains(line)), "{room} is not a module");
        let folder = source().join(&room).join("mod.rs");
        if folder.exists() {
            let doc = fs::read_to_string(folder).unwrap();
            assert!(doc.contains("**Invariant**"), "{room} does not say its invariant");
        }
    }
}

/// The parts of the runtime in their order, with the names that the parts before them must not know.
const RUNTIME_PARTS: [(&str, &[&str]); 4] = [
    ("", &["state", "context", "receive", "world", "control", "queries", "Context", "World"]),
    ("file_system", &["state", "context", "receive", "world", "control", "queries", "World"]),
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
