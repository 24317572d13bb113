//! `nodedown completions`: the scripts by which shells complete commands and options.

use std::io::Write;

use clap::{Args, CommandFactory};
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

pub(super) fn completions(arguments: &CompletionsArguments) -> Result<Ending, Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    anstream::stdout().write_all(&script)?;
    Ok(Ending::Pass)
}
