//! `nodedown schema`: the JSON schemas of what nodedown reads and writes.

use std::io::Write;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde_json::Value;

use super::{Ending, Failure};
use crate::course::{course_schema, lesson_schema};
use crate::document::layout;
use crate::formats::FORMATS;
use crate::scenario::Scenario;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown schema > scenarios/scenario.schema.json   # for editors
  nodedown schema run                                # what `run --json` prints
  nodedown schema lesson > lesson.schema.json        # lessons of a course
  nodedown schema --markdown > scenarios.md          # for people")]
pub(super) struct SchemaArguments {
    /// Format to describe
    #[arg(default_value = SCENARIO, value_parser = formats())]
    format: String,
    /// Print the schema of scenarios as a page in Markdown
    #[arg(long, conflicts_with = "format")]
    markdown: bool,
}

/// The format of scenarios, which people write themselves.
const SCENARIO: &str = "scenario";

/// A format that people write themselves: its name, what it is, and its schema.
type Written = (&'static str, &'static str, fn() -> Value);

/// The other formats that people write themselves.
const WRITTEN: [Written; 2] = [
    ("lesson", "`lesson.json` of a course", lesson_schema),
    ("course", "`course.json` of a course", course_schema),
];

/// The names of all formats, each with the commands that write it.
fn formats() -> PossibleValuesParser {
    let written = FORMATS
        .iter()
        .map(|format| PossibleValue::new(format.name).help(format.written_by.replace('`', "")));
    let scenario = PossibleValue::new(SCENARIO).help("Files that people write");
    let own = WRITTEN.map(|(name, about, _)| PossibleValue::new(name).help(about.replace('`', "")));
    PossibleValuesParser::new(std::iter::once(scenario).chain(own).chain(written))
}

pub(super) fn schema(programs: &Programs, arguments: &SchemaArguments) -> Result<Ending, Failure> {
    let catalogue = programs.catalogue();
    let format = FORMATS.iter().find(|format| format.name == arguments.format);
    let written = WRITTEN.iter().find(|(name, ..)| *name == arguments.format);
    let text = match format {
        _ if written.is_some() => {
            layout(&written.map(|(_, _, schema)| schema()).unwrap_or_default())
        }
        Some(format) => layout(&format.schema()),
        None if arguments.markdown => Scenario::reference(&catalogue),
        None => layout(&Scenario::schema(&catalogue)),
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(Ending::Pass)
}
