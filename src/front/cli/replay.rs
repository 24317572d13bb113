//! `nodedown replay`: a recorded run once more, and whether it is the same.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::files::{Outputs, read_text};
use super::{Ending, Failure, terminal};
use crate::document::diagnostic::{Style, text};
use crate::engine::trace::Detail;
use crate::front::report;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;
use crate::verdict::check;
use crate::verdict::record::{Record, ScenarioSource};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown run scenarios/takeover.json --record seen.json
  nodedown replay seen.json")]
pub(super) struct ReplayArguments {
    /// Record, as `nodedown run --record` writes it
    record: PathBuf,
    /// Write the full trace of the replay to a file, one JSON object per line
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    trace: Option<PathBuf>,
}

/// A run that differs is what a replay is there to find: it ends as a violation does.
pub(super) fn replay(programs: &Programs, arguments: &ReplayArguments) -> Result<Ending, Failure> {
    let name = arguments.record.display();
    let text = read_text(&arguments.record)?;
    let record = Record::parse(&text, &name.to_string(), &programs.catalogue())?;
    write!(anstream::stderr(), "{}", record.plan.scenario.warnings.render(Style::Colour))?;
    let mut outputs = Outputs::beside(&[&arguments.record]);
    let trace = outputs.open_if("--trace", arguments.trace.as_deref())?;
    let detail = if trace.is_some() { Detail::Full } else { Detail::Story };
    let run = Simulation::new(record.plan.clone(), programs).detail(detail).run();
    let replayed = Record::of(&run, &check(&run));
    if let Some(trace) = trace {
        trace.write(|out| report::write_trace(&run.trace, out))?;
    }
    let difference = record.difference(&replayed);
    let mut out = outputs.people();
    match &difference {
        None => {
            let Record { digest, steps, verdict, .. } = &replayed;
            writeln!(
                out,
                "{name}: the same run: digest {digest}, {steps} steps, verdict {verdict}"
            )?;
        }
        Some(difference) if difference.run.is_none() => {
            writeln!(out, "{name}: the same run, but another verdict or other findings")?;
        }
        Some(_) => writeln!(out, "{name}: not the same run")?,
    }
    for note in notes(&record, &replayed) {
        writeln!(out, "note: {note}")?;
    }
    let Some(difference) = difference else { return Ok(Ending::Pass) };
    let sides = [
        format!("recorded with nodedown {}", record.version),
        format!("replayed with nodedown {}", replayed.version),
    ];
    let sides = sides.each_ref().map(String::as_str);
    write!(out, "\n{}", report::difference_text(&difference, sides, &terminal::styles()))?;
    Ok(Ending::Violated)
}

/// Possible reasons for a difference, and reasons not to wonder if there is none.
fn notes(record: &Record, replayed: &Record) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(difference) = record.code_difference(replayed) {
        notes.push(format!("the compiled code is not that of the record: {difference}"));
    }
    let own = env!("CARGO_PKG_VERSION");
    if record.version != own {
        notes.push(format!("it was made with nodedown {}; this is {own}", record.version));
    }
    if let Some(source) = &record.source {
        let file = &source.file;
        match text::read_text(Path::new(file)) {
            Ok(text) if ScenarioSource::of(file, &text) == *source => {}
            Ok(_) => {
                notes.push(format!("{file} has changed since; the recorded plan was replayed"));
            }
            Err(error) => notes.push(format!(
                "{file}, which it was made from, cannot be read ({error}); the recorded plan was \
                 replayed"
            )),
        }
    }
    notes
}
