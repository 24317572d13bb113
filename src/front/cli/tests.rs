//! The help of the commands.

use clap::{Command, CommandFactory, Parser};

use super::Arguments;

/// All commands as their help is printed on a terminal of 80 columns, and the whole first.
fn commands() -> Vec<Command> {
    let mut all = Arguments::command().term_width(80);
    all.build();
    let own: Vec<Command> = all.get_subcommands().cloned().collect();
    let own = own.into_iter().filter(|command| command.get_name() != "help");
    std::iter::once(all).chain(own).collect()
}

/// The lines of the examples in the help of a command, without their comments.
fn examples(command: &Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = text.lines().skip_while(|line| *line != "Examples:").skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    lines.map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned()).collect()
}

#[test]
fn every_command_has_examples_that_are_understood() {
    for command in commands() {
        let name = command.get_name().to_owned();
        let examples = examples(&command);
        assert!(!examples.is_empty() || name == "list", "{name}");
        let own = examples.iter().filter(|example| example.contains(&format!("nodedown {name}")));
        assert!(own.count() > 0 || ["list", "nodedown"].contains(&&*name), "{examples:?}");
        for example in examples.iter().flat_map(|line| line.split(" && ")) {
            let words = example.split_whitespace().take_while(|word| *word != ">");
            let words: Vec<&str> = words.collect();
            if words[0] == "nodedown" {
                let parsed = Arguments::try_parse_from(&words);
                assert!(parsed.is_ok(), "{example}\n{}", parsed.unwrap_err());
            }
        }
    }
}

#[test]
fn help_fits_a_terminal_of_80_columns() {
    for mut command in commands() {
        for help in [command.render_help(), command.render_long_help()] {
            let help = help.to_string();
            assert!(help.lines().count() > 3, "{help}");
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
        }
        // Examples that are too long would be broken where nobody can copy them.
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in after.lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
        }
    }
}

#[test]
fn options_that_belong_together_stand_together() {
    for (name, headings) in [
        ("run", ["Options:", "Output:", "Examples:"].as_slice()),
        ("sweep", &["Options:", "Runs:", "Output:", "Examples:"]),
        ("test", &["Options:", "Runs:", "Output:", "Examples:"]),
        ("prove", &["Options:", "Faults:", "Runs:", "Output:", "Examples:"]),
        ("check", &["Options:", "Limits:", "Examples:"]),
    ] {
        let mut command =
            commands().into_iter().find(|command| command.get_name() == name).unwrap();
        let help = command.render_help().to_string();
        let found: Vec<&str> = help.lines().filter(|line| headings.contains(line)).collect();
        assert_eq!(found, headings, "{help}");
    }
}
