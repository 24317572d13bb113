//! The command line as it was typed.

use std::ffi::OsString;

use crate::explore::quoted;

/// The arguments of the program, without its name.
pub(super) struct CommandLine(Vec<String>);

impl CommandLine {
    /// The command line of a process with these arguments, of which the first is its name.
    pub(super) fn of(typed: &[OsString]) -> CommandLine {
        let arguments = typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
        CommandLine(arguments.collect())
    }

    /// The arguments as they were typed.
    pub(super) fn words(&self) -> &[String] {
        &self.0
    }

    /// The command that does the same again, as a shell takes it.
    pub(super) fn text(&self) -> String {
        let words = self.0.iter().map(|word| format!(" {}", quoted(word)));
        format!("nodedown{}", words.collect::<String>())
    }

    /// The same with a seed, unless it has one.
    pub(super) fn with_seed(&self, seed: u64) -> String {
        let has_seed = self.0.iter().any(|word| word == "--seed" || word.starts_with("--seed="));
        if has_seed { self.text() } else { format!("{} --seed {seed}", self.text()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_echoed_as_it_was_typed() {
        let line = |typed: &str| {
            CommandLine::of(&typed.split('|').map(OsString::from).collect::<Vec<_>>())
        };
        let plain = line("target/debug/nodedown|run|my chat.json|--quiet");
        assert_eq!(plain.text(), "nodedown run 'my chat.json' --quiet");
        assert_eq!(plain.with_seed(7), "nodedown run 'my chat.json' --quiet --seed 7");
        for seeded in ["nodedown|run|a.json|--seed|3", "nodedown|run|a.json|--seed=3"] {
            assert!(line(seeded).with_seed(7).ends_with('3'), "{seeded}");
        }
    }
}
