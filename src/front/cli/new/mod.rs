//! `nodedown new`: a small crate with a service, a client, a scenario and its tests.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Ending, Failure};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown new bank
  cd bank && cargo test")]
pub(super) struct NewArguments {
    /// Folder to create; its last part is the name of the crate
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// Folder with the sources of nodedown to depend on [default: those this command was built
    /// from, or else the published version]
    #[arg(long, value_name = "DIR")]
    nodedown: Option<PathBuf>,
}

/// The files of the crate: their paths and what is in them.
const FILES: [(&str, &str); 7] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    (".gitignore", include_str!("template/gitignore.txt")),
    ("src/main.rs", include_str!("template/src/main.rs")),
    ("src/lib.rs", include_str!("template/src/lib.rs")),
    ("src/service.rs", include_str!("template/src/service.rs")),
    ("src/client.rs", include_str!("template/src/client.rs")),
    ("tests/scenarios.rs", include_str!("template/tests/scenarios.rs")),
];

/// The crate's scenario, for all that is not Rust.
const SCENARIO: (&str, &str) =
    ("scenarios/store.json", include_str!("template/scenarios/store.json"));

pub(super) fn new(arguments: &NewArguments) -> Result<Ending, Failure> {
    let folder = &arguments.folder;
    let name = crate_name(folder).map_err(|error| Failure::Usage(vec![error]))?;
    let nodedown = dependency(arguments).map_err(|error| Failure::Usage(vec![error]))?;
    if folder.exists() {
        let error = format!("{} exists already; name a new folder", folder.display());
        return Err(Failure::Usage(vec![error]));
    }
    let written = write_all(folder, &name, &nodedown);
    if let Err(error) = written {
        // The first error is the one to report.
        let _ = fs::remove_dir_all(folder);
        return Err(Failure::Create { path: folder.clone(), error });
    }
    let shown = folder.display();
    let mut out = anstream::stdout().lock();
    for (path, _) in FILES.iter().chain([&SCENARIO]) {
        writeln!(out, "{shown}/{path}")?;
    }
    writeln!(out, "\ncd {shown}")?;
    writeln!(out, "cargo run -- run scenarios/store.json    # one run, its story and its verdict")?;
    writeln!(out, "cargo test                               # the scenario with many seeds")?;
    Ok(Ending::Pass)
}

fn write_all(folder: &Path, name: &str, nodedown: &str) -> io::Result<()> {
    let crate_path = name.replace('-', "_");
    for (path, text) in FILES.iter().chain([&SCENARIO]) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let text = text.replace("{name}", name).replace("{crate}", &crate_path);
        fs::write(path, text.replace("{nodedown}", nodedown))?;
    }
    Ok(())
}

/// Names that Cargo or Rust do not take for a crate, and nodedown's own.
const TAKEN: [&str; 8] = ["test", "core", "std", "alloc", "crate", "self", "super", "nodedown"];

/// The name of the crate in a folder.
///
/// # Errors
/// If it cannot be the name of a crate, with a name that can.
fn crate_name(folder: &Path) -> Result<String, String> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.starts_with(is_letter) && name.chars().all(fits) && !TAKEN.contains(&name.as_str()) {
        return Ok(name);
    }
    let proposed: String =
        name.chars().map(|c| if fits(c) { c.to_ascii_lowercase() } else { '-' }).collect();
    let proposed = proposed.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let proposed = match proposed {
        "" => "my-service".to_owned(),
        taken if TAKEN.contains(&taken) => format!("my-{taken}"),
        digit if !digit.starts_with(is_letter) => format!("my-{digit}"),
        usable => usable.to_owned(),
    };
    Err(format!(
        "`{name}` cannot be the name of a crate: letters, digits, `-` and `_`, a letter first, and \
         no name that is taken; try `nodedown new {proposed}`"
    ))
}

/// The right side of the crate's dependency on nodedown.
fn dependency(arguments: &NewArguments) -> Result<String, String> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let given = arguments.nodedown.as_deref();
    let sources = given.or_else(|| Some(built_from).filter(|folder| is_nodedown(folder)));
    let Some(sources) = sources else { return Ok(format!("\"{}\"", env!("CARGO_PKG_VERSION"))) };
    if !is_nodedown(sources) {
        return Err(format!("{}: there are no sources of nodedown", sources.display()));
    }
    let path = fs::canonicalize(sources).unwrap_or_else(|_| sources.to_owned());
    Ok(format!("{{ path = {:?} }}", path.display().to_string()))
}

fn is_nodedown(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml"));
    manifest.is_ok_and(|text| text.contains("name = \"nodedown\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cargo_would_refuse_is_refused_with_one_that_it_takes() {
        for (folder, expected) in [
            ("bank", Ok("bank")),
            ("there/my_bank-2", Ok("my_bank-2")),
            ("2bank", Err("my-2bank")),
            ("Süß bank", Err("s---bank")),
            ("std", Err("my-std")),
            ("..", Err("my-service")),
        ] {
            match (crate_name(Path::new(folder)), expected) {
                (Ok(name), Ok(expected)) => assert_eq!(name, expected),
                (Err(error), Err(proposed)) => {
                    assert!(error.ends_with(&format!("try `nodedown new {proposed}`")), "{error}");
                }
                (found, expected) => panic!("{folder}: {found:?}, not {expected:?}"),
            }
        }
    }
}
