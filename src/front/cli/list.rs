//! `nodedown list`: the services and clients that a scenario can use.

use std::io::Write;

use super::{Ending, Failure, terminal};
use crate::document::shape::{Presence, ProgramInfo};
use crate::scenario::services::Programs;

pub(super) fn list(programs: &Programs) -> Result<Ending, Failure> {
    let mut out = terminal::out();
    let catalogue = programs.catalogue();
    writeln!(out, "Services (\"service\" of an application)")?;
    for service in &catalogue.services {
        list_program(&mut out, service)?;
    }
    writeln!(out, "\nClients (\"client\" of a workload)")?;
    for client in &catalogue.clients {
        list_program(&mut out, client)?;
    }
    Ok(Ending::Pass)
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
