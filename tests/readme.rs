//! Every command that the README shows works.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn readme() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(readme).unwrap()
}

/// The lines of the README's blocks of shell commands, without their comments.
fn commands() -> Vec<String> {
    let readme = readme();
    let mut commands = Vec::new();
    let mut shell = false;
    for line in readme.lines() {
        match line {
            "```sh" | "```console" => shell = true,
            "```" => shell = false,
            line if shell => {
                let command = line.trim_start_matches("$ ").split(" #").next().unwrap().trim();
                commands.push(command.to_owned());
            }
            _ => {}
        }
    }
    commands
}

/// What stands behind the name of the program, where a command runs nodedown.
fn arguments(command: &str) -> Option<Vec<String>> {
    let rest = command.strip_prefix("nodedown ");
    let rest = rest.or_else(|| command.strip_prefix("cargo run --release -- "))?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

#[test]
fn every_command_of_the_readme_works() {
    let commands = commands();
    assert!(commands.len() > 5, "{commands:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for command in commands {
        let Some(arguments) = arguments(&command) else {
            assert_eq!(command, "cargo test", "a command that no test runs");
            continue;
        };
        // Files that a command reads are the project's, files that it writes are not.
        let arguments = arguments.into_iter().map(|argument| {
            let in_project = root.join(&argument);
            if in_project.is_file() { in_project.display().to_string() } else { argument }
        });
        let mut nodedown = Command::cargo_bin("nodedown").unwrap();
        nodedown.current_dir(folder.path()).args(arguments).assert().success();
    }
}

#[test]
fn the_output_that_the_readme_shows_is_real() {
    let readme = readme();
    let (_, after) = readme.split_once("$ nodedown run scenarios/chat-failover.json").unwrap();
    let (_, shown) = after.split_once("```text\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let mut nodedown = Command::cargo_bin("nodedown").unwrap();
    nodedown.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    let output = nodedown.args(["run", "scenarios/chat-failover.json"]).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    for line in shown.lines().filter(|line| *line != "...") {
        assert!(output.lines().any(|printed| printed == line), "not printed: {line}");
    }
}
