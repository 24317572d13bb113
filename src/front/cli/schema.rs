//! `nodedown schema`: the JSON schemas of what nodedown reads and writes.

use std::io::Write;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::{Ending, Failure};
use crate::document::layout;
use crate::formats::FORMATS;
use crate::scenario::Scenario;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown schema > scenarios/scenario.schema.json   # for editors
  nodedown schema run                                # what `run --json` prints
  nodedown schema --markdown > scenarios.md          # for people")]
pub(super) struct SchemaArguments {
    /// Format to describe
    #[arg(default_value = SCENARIO, value_parser = formats())]
    format: String,
    /// Print the schema of scenarios as a page in Markdown
    #[arg(long, conflicts_with = "format")]
    markdown: bool,
}

/// The one format that people write themselves.
const SCENARIO: &str = "scenario";

/// The names of all formats, each with the commands that write it.
fn formats() -> PossibleValuesParser {
    let written = FORMATS
        .iter()
        .map(|format| PossibleValue::new(format.name).help(format.written_by.replace('`', "")));
    let scenario = PossibleValue::new(SCENARIO).help("Files that people write");
    PossibleValuesParser::new(std::iter::once(scenario).chain(written))
}

pub(super) fn schema(programs: &Programs, arguments: &SchemaArguments) -> Result<Ending, Failure> {
    let catalogue = programs.catalogue();
    let format = FORMATS.iter().find(|format| format.name == arguments.format);
    let text = match format {
        Some(format) => layout(&format.schema()),
        None if arguments.markdown => Scenario::reference(&catalogue),
        None => layout(&Scenario::schema(&catalogue)),
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(Ending::Pass)
}
