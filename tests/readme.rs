//! Every command that the README shows works.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn readme() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(readme).unwrap()
}

/// The lines of the README's blocks of shell commands, each with the exit code that its comment
/// tells, or else 0.
fn commands() -> Vec<(String, i32)> {
    let readme = readme();
    let mut commands = Vec::new();
    let mut shell = false;
    for line in readme.lines() {
        match line {
            "```sh" | "```console" => shell = true,
            "```" => shell = false,
            line if shell => commands.push(command(line)),
            _ => {}
        }
    }
    commands
}

/// A command without its comment, and the exit code that the comment tells.
fn command(line: &str) -> (String, i32) {
    let line = line.trim_start_matches("$ ");
    let (command, comment) = line.split_once(" #").unwrap_or((line, ""));
    let code = comment.split_once("exit code ").map_or(0, |(_, code)| code.trim().parse().unwrap());
    (command.trim().to_owned(), code)
}

/// The command as it is run in a folder; none where no test runs it.
fn program(command: &str, folder: &Path) -> Option<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut program = if let Some(example) = command.strip_prefix("cargo run --example ") {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--example", example]);
        cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
        cargo
    } else {
        let rest = command.strip_prefix("nodedown ");
        let rest = rest.or_else(|| command.strip_prefix("cargo run --release -- "))?;
        let mut nodedown = Command::cargo_bin("nodedown").unwrap();
        // Files that a command reads are the project's, files that it writes are not.
        nodedown.args(rest.split_whitespace().map(|argument| {
            let in_project = root.join(argument);
            let elsewhere = folder != root && in_project.exists();
            if elsewhere { in_project.display().to_string() } else { argument.to_owned() }
        }));
        nodedown
    };
    program.env("NO_COLOR", "1").current_dir(folder);
    Some(program)
}

#[test]
fn every_command_of_the_readme_works() {
    let commands = commands();
    assert!(commands.len() >= 45, "{commands:?}");
    let folder = tempfile::tempdir().unwrap();
    for (command, code) in commands {
        match program(&command, folder.path()) {
            Some(mut program) => drop(program.assert().code(code)),
            None => assert_eq!(command, "cargo test", "a command that no test runs"),
        }
    }
}

/// The commands whose output the README shows, with the lines that it shows.
fn shown() -> Vec<(String, Vec<String>)> {
    let readme = readme();
    let blocks = readme.split("```console\n").skip(1).map(|rest| {
        let (line, rest) = rest.split_once('\n').unwrap();
        let (_, shown) = rest.split_once("```text\n").unwrap();
        let (shown, _) = shown.split_once("```").unwrap();
        let lines = shown.lines().filter(|line| *line != "...").map(str::to_owned);
        (command(line).0, lines.collect())
    });
    blocks.collect()
}

#[test]
fn the_output_that_the_readme_shows_is_real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shown = shown();
    assert!(shown.len() >= 7, "{shown:?}");
    for (command, lines) in shown {
        let output = program(&command, root).unwrap().output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        for line in lines {
            assert!(
                output.lines().any(|printed| printed == line),
                "{command}: not printed: {line}"
            );
        }
    }
}

#[test]
fn the_readme_and_the_documentation_of_the_runtime_give_the_same_figures() {
    assert!(readme().contains(include_str!("../benches/figures.md")));
}
