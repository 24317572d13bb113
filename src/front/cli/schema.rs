//! `nodedown schema`: the JSON schema of scenario files.

use std::io::Write;

use clap::Args;

use super::{Ending, Failure};
use crate::document::layout;
use crate::scenario::Scenario;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown schema > scenarios/scenario.schema.json   # for editors
  nodedown schema --markdown > scenarios.md          # for people")]
pub(super) struct SchemaArguments {
    /// Print the same as a page in Markdown
    #[arg(long)]
    markdown: bool,
}

impl SchemaArguments {
    /// The command that does the same again.
    pub(super) fn replay_command(&self) -> String {
        format!("nodedown schema{}", if self.markdown { " --markdown" } else { "" })
    }
}

pub(super) fn schema(programs: &Programs, arguments: &SchemaArguments) -> Result<Ending, Failure> {
    let catalogue = programs.catalogue();
    let text = if arguments.markdown {
        Scenario::reference(&catalogue)
    } else {
        layout(&Scenario::schema(&catalogue))
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(Ending::Pass)
}
