//! `nodedown beam`: whether everything is there that compiled modules need.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::files::print_json;
use super::{Ending, Failure, terminal};
use crate::beam::file::Module;
use crate::beam::index::{Index, LoadError, Otp, elixir_folders, files_below, read_module};
use crate::beam::kernel;
use crate::beam::preflight::{Preflight, Report};
use crate::front::report;
use crate::front::report::PreflightLayout;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown beam _build/default/lib
  nodedown beam bank.beam --code _build/default/lib/*/ebin --full")]
pub(super) struct BeamArguments {
    /// Compiled modules, or folders with compiled modules in them or below them
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Folder with modules of their libraries, or a pattern such as `_build/default/lib/*/ebin`
    #[arg(long, value_name = "DIR", visible_alias = "pa")]
    code: Vec<PathBuf>,
    /// Folder of Erlang/OTP [default: `NODEDOWN_OTP`, or that of the `erl` on the path]
    #[arg(long, value_name = "DIR")]
    otp: Option<PathBuf>,
    /// Also show what only libraries and OTP call, and the calls that lead to it
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    full: bool,
    /// Print everything as JSON instead of text
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(super) fn beam(arguments: &BeamArguments) -> Result<Ending, Failure> {
    let given = given(&arguments.paths)?;
    let otp = Otp::find(arguments.otp.as_deref()).map_err(Failure::Otp)?;
    let otp_index = otp.index().map_err(|error| Failure::Modules(vec![error]))?;
    let report = Preflight {
        given: &given,
        libraries: &libraries(&arguments.code)?,
        otp: &otp_index,
        natives: &kernel::natives(otp.release()),
    }
    .report();
    if arguments.json {
        print_json(&report::preflight_json(&report, &otp))?;
    } else {
        print(arguments, &otp, &report)?;
    }
    Ok(if report.is_complete() { Ending::Pass } else { Ending::Violated })
}

fn print(arguments: &BeamArguments, otp: &Otp, report: &Report) -> Result<(), Failure> {
    let layout = if arguments.full { PreflightLayout::Full } else { PreflightLayout::Short };
    let mut out = terminal::out();
    write!(out, "{}", report::preflight_text(report, layout, &terminal::styles()))?;
    writeln!(out, "with Erlang/OTP {} in {}", otp.version, otp.root.display())?;
    let later = report.modules.iter().filter(|module| module.release > Some(otp.release()));
    let later: Vec<&str> = later.map(|module| module.name.as_str()).collect();
    if let [first, rest @ ..] = &later[..] {
        let more =
            if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        writeln!(
            out,
            "compiled for a later release, whose modules real nodes of this one may refuse: \
             {first}{more}\n  compile with this release, or name that of the compiler: --otp DIR"
        )?;
    }
    Ok(out.flush()?)
}

/// The modules of the given files and folders; of two of one name the first counts.
fn given(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Module)>, Failure> {
    let (mut given, mut failed) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for path in paths {
        let files = files_of(path).unwrap_or_else(|error| {
            failed.push(error);
            Vec::new()
        });
        for file in files {
            match read_module(&file) {
                Ok(module) if names.insert(module.name.clone()) => given.push((file, module)),
                Ok(_) => {}
                Err(error) => failed.push(error),
            }
        }
    }
    if failed.is_empty() { Ok(given) } else { Err(Failure::Modules(failed)) }
}

fn files_of(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    if path.is_dir() { files_below(path) } else { Ok(vec![path.to_owned()]) }
}

/// The index of the libraries, and of Elixir where it is installed.
fn libraries(code: &[PathBuf]) -> Result<Index, Failure> {
    let mut index = Index::new();
    let mut failed: Vec<LoadError> = code.iter().filter_map(|it| index.add(it).err()).collect();
    failed.extend(elixir_folders().iter().filter_map(|folder| index.add_folder(folder).err()));
    if failed.is_empty() { Ok(index) } else { Err(Failure::Modules(failed)) }
}
