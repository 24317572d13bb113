//! `nodedown list`: the services and clients that a scenario can use.

use std::io::Write;

use clap::Args;

use super::{Ending, Failure, terminal};
use crate::document::shape::{Presence, ProgramInfo};
use crate::scenario::services::Programs;
use crate::spelling::nearest;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown list
  nodedown list kv")]
pub(super) struct ListArguments {
    /// Services or clients [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub(super) fn list(programs: &Programs, arguments: &ListArguments) -> Result<Ending, Failure> {
    let mut out = terminal::out();
    let catalogue = programs.catalogue();
    let kinds = [
        ("Services (\"service\" of an application)", &catalogue.services),
        ("Clients (\"client\" of a workload)", &catalogue.clients),
    ];
    let known: Vec<&str> =
        kinds.iter().flat_map(|(_, all)| all.iter().map(|each| each.name)).collect();
    let unknown = arguments.names.iter().filter(|name| !known.contains(&name.as_str()));
    let unknown: Vec<String> = unknown.map(|name| unknown_name(name, &known)).collect();
    if !unknown.is_empty() {
        return Err(Failure::Usage(unknown));
    }
    let is_wanted = |program: &&ProgramInfo| {
        arguments.names.is_empty() || arguments.names.iter().any(|name| name == program.name)
    };
    let mut before = "";
    for (title, all) in kinds {
        let wanted: Vec<&ProgramInfo> = all.iter().filter(is_wanted).collect();
        if wanted.is_empty() {
            continue;
        }
        writeln!(out, "{before}{title}")?;
        before = "\n";
        for program in wanted {
            list_program(&mut out, program)?;
        }
    }
    Ok(Ending::Pass)
}

/// The complaint about a name that neither a service nor a client has: what there is instead.
fn unknown_name(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("there is no service or client `{name}`; did you mean `{near}`?"),
        None => format!("there is no service or client `{name}`; there are {}", known.join(", ")),
    }
}

fn list_program(out: &mut impl Write, program: &ProgramInfo) -> Result<(), Failure> {
    writeln!(out, "\n  {}: {}", program.name, program.about)?;
    if !program.operations.is_empty() {
        writeln!(out, "    operations: {}", program.operations.join(", "))?;
    }
    let width = program.config.iter().map(|field| field.name.len()).max().unwrap_or(0);
    for field in &program.config {
        let presence = match &field.presence {
            Presence::Required => "required".to_owned(),
            Presence::Optional => "optional".to_owned(),
            Presence::Default(value) => format!("default {value}"),
        };
        writeln!(
            out,
            "    {:width$}  {} ({}, {presence})",
            field.name,
            field.about,
            field.shape.describe()
        )?;
    }
    Ok(())
}
