//! `nodedown completions`: the scripts by which shells complete commands and options.

use std::io::Write;

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::{Arguments, Ending, Failure};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown completions bash > nodedown.bash        # then: source nodedown.bash
  nodedown completions fish > ~/.config/fish/completions/nodedown.fish
  nodedown completions zsh > ~/.zfunc/_nodedown    # with ~/.zfunc in $fpath")]
pub(super) struct CompletionsArguments {
    /// Shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsArguments {
    /// The command that does the same again.
    pub(super) fn replay_command(&self) -> String {
        let name = self.shell.to_possible_value().map(|value| value.get_name().to_owned());
        format!("nodedown completions {}", name.unwrap_or_default())
    }
}

pub(super) fn completions(arguments: &CompletionsArguments) -> Result<Ending, Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    anstream::stdout().write_all(&script)?;
    Ok(Ending::Pass)
}
