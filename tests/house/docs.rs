//! The pages for people: every command that they show works and prints what they show, every link
//! leads somewhere, and the pages that are made from the code are as the code makes them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use nodedown::formats::FORMATS;
use nodedown::glossary;
use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::shape::anchor;
use serde_json::Value;

/// The pages whose commands are run, each by a test of its own.
const RUN: [&str; 9] = [
    "README.md",
    "docs/guide.md",
    "docs/writing-scenarios.md",
    "docs/checkers.md",
    "docs/course.md",
    "docs/services.md",
    "docs/erlang.md",
    "docs/view.md",
    "docs/your-own-erlang.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// All pages, by their paths from the root of the project.
fn pages() -> BTreeSet<String> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.is_file());
    let docs = docs.map(|path| format!("docs/{}", path.file_name().unwrap().to_str().unwrap()));
    let top = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(str::to_owned);
    docs.chain(top).collect()
}

/// A fenced block of a page: its language, and its text.
struct Block {
    language: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in read(page).lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { language: language.to_owned(), text: String::new() });
            }
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block without an end");
    blocks
}

/// A command of a page.
struct Shown {
    command: String,
    /// The exit code that its comment tells, or else 0.
    code: i32,
    /// The lines that the page shows of its output.
    lines: Vec<String>,
}

fn shown(line: &str) -> Shown {
    let line = line.trim_start_matches("$ ");
    let (command, comment) = line.split_once(" #").unwrap_or((line, ""));
    let code = comment.split_once("exit code ").map_or(0, |(_, code)| code.trim().parse().unwrap());
    Shown { command: command.trim().to_owned(), code, lines: Vec::new() }
}

/// The commands of a page in their order. Files that it shows, which begin with a comment with
/// their name, are written into a folder.
fn commands(page: &str, folder: &Path) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let mut of_last = false;
    for Block { language, text } in blocks(page) {
        match language.as_str() {
            "sh" | "console" => commands.extend(text.lines().map(shown)),
            "text" if of_last => {
                let lines = text.lines().filter(|line| *line != "...").map(str::to_owned);
                commands.last_mut().unwrap().lines = lines.collect();
            }
            "json" => {
                if let Some(name) = text.lines().next().and_then(|line| line.strip_prefix("// ")) {
                    fs::write(folder.join(name), text).unwrap();
                }
            }
            _ => {}
        }
        of_last = language == "console";
    }
    commands
}

/// The command as it is run in a folder; none where no test runs it.
fn program(command: &str, folder: &Path) -> Option<Command> {
    let mut program = if let Some(example) = command.strip_prefix("cargo run --example ") {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--example", example]);
        cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
        cargo
    } else if ["mkdir ", "erlc ", "cp "].iter().any(|tool| command.starts_with(tool)) {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]);
        shell
    } else {
        let rest = command.strip_prefix("nodedown ");
        let rest = rest.or_else(|| command.strip_prefix("cargo run --release -- "))?;
        let mut nodedown = Command::cargo_bin("nodedown").unwrap();
        nodedown.args(rest.split_whitespace());
        nodedown
    };
    program.env("NO_COLOR", "1").current_dir(folder);
    Some(program)
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to): (PathBuf, PathBuf) =
            entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Runs all commands of a page, one after the other in one folder. Each ends with its exit code, and
/// prints the lines that the page shows, in their order.
#[track_caller]
fn check(page: &str, count: usize) {
    assert!(RUN.contains(&page), "{page}");
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    for used in ["scenarios", "tests/histories", "tests/transcripts"] {
        copy(&root().join(used), &folder.join(used));
    }
    let commands = commands(page, folder);
    assert!(commands.len() >= count, "{page}: {} commands", commands.len());
    for Shown { command, code, lines } in commands {
        let Some(mut program) = program(&command, folder) else {
            let known = ["cargo test", "cargo install", "cargo bench", "cd "];
            assert!(known.iter().any(|each| command.starts_with(each)), "not run: {command}");
            continue;
        };
        let output = program.assert().code(code).get_output().clone();
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let mut printed_lines = printed.lines();
        for line in lines {
            assert!(
                printed_lines.any(|printed| printed == line),
                "{page}: {command}: not printed, or not there: {line}\n{printed}"
            );
        }
    }
}

#[test]
fn the_readme_is_true() {
    check("README.md", 4);
}

#[test]
fn the_guide_is_true() {
    check("docs/guide.md", 20);
}

#[test]
fn the_page_on_writing_scenarios_is_true() {
    check("docs/writing-scenarios.md", 8);
}

#[test]
fn the_page_on_checkers_is_true() {
    check("docs/checkers.md", 8);
}

#[test]
fn the_page_on_the_course_is_true() {
    check("docs/course.md", 25);
}

#[test]
fn the_page_on_services_is_true() {
    check("docs/services.md", 3);
}

#[test]
fn the_page_on_erlang_is_true() {
    check("docs/erlang.md", 2);
}

#[test]
fn the_page_on_pages_is_true() {
    check("docs/view.md", 12);
}

#[test]
fn the_page_on_your_own_erlang_is_true() {
    if std::process::Command::new("erlc").arg("-v").output().is_err() {
        eprintln!("skipped: there is no erlc on the path");
        return;
    }
    check("docs/your-own-erlang.md", 6);
}

#[test]
fn no_page_shows_commands_that_no_test_runs() {
    for page in pages() {
        let shows = blocks(&page).iter().any(|block| ["sh", "console"].contains(&&*block.language));
        assert!(!shows || RUN.contains(&page.as_str()), "{page}");
    }
}

#[test]
fn what_the_pages_show_of_scenarios_is_json() {
    let mut count = 0;
    for page in pages() {
        for Block { text, .. } in blocks(&page).iter().filter(|block| block.language == "json") {
            let text: String = text.lines().filter(|line| !line.starts_with("// ")).collect();
            let whole = if text.starts_with('{') { text } else { format!("{{{text}}}") };
            let read: Result<Value, _> = serde_json::from_str(&whole);
            assert!(read.is_ok(), "{page}: {}\n{whole}", read.unwrap_err());
            count += 1;
        }
    }
    assert!(count >= 5, "{count}");
}

/// The places that links of a page lead to.
fn links(text: &str) -> Vec<String> {
    let after = text.split("](").skip(1);
    after.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

fn headings(page: &str) -> BTreeSet<String> {
    let text = read(page);
    let lines = text.lines().filter(|line| line.starts_with('#'));
    let headings = lines.filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    for page in pages() {
        let folder = Path::new(&page).parent().unwrap();
        for link in links(&read(&page)).iter().filter(|link| !link.contains("://")) {
            let (path, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { PathBuf::from(&page) } else { folder.join(path) };
            assert!(root().join(&target).exists(), "{page}: {link}");
            let there = || headings(target.to_str().unwrap());
            assert!(place.is_empty() || there().contains(place), "{page}: {link}");
            count += 1;
        }
    }
    assert!(count >= 30, "{count}");
}

/// A page that is made from the code is as the code makes it; with `UPDATE_DOCS=1` it is written.
#[track_caller]
fn generated(page: &str, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(page), text).unwrap();
    }
    let hint = "is not what the code makes; UPDATE_DOCS=1 cargo test --test house docs writes it";
    assert!(read(page) == text, "{page} {hint}");
}

#[test]
fn the_reference_of_scenarios_is_up_to_date() {
    let text = Scenario::reference(&Programs::builtin().catalogue());
    for part in ["## Scenario\n", "**`crash`**", "**`transparent`**", "## Service `database`\n"] {
        assert!(text.contains(part), "{part}");
    }
    generated("docs/scenarios.md", &text);
    let all = read("docs/scenarios.md");
    let all = all.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(headings("docs/scenarios.md").len(), all, "two headings have one place");
}

#[test]
fn the_glossary_is_up_to_date() {
    let entries = glossary::entries().iter().map(|entry| {
        let also = if entry.also.is_empty() {
            String::new()
        } else {
            format!(" (also: {})", entry.also.join(", "))
        };
        format!("- **{}**{also}: {}\n", entry.word, entry.text)
    });
    let head = "# Glossary\n\n\
        The words of the output, of Erlang, and of the checkers. `nodedown explain WORD` prints the \
        same.\n\n";
    generated("docs/glossary.md", &(head.to_owned() + &entries.collect::<String>()));
}

#[test]
fn the_page_on_stability_has_each_format_with_its_version() {
    let page = read("docs/stability.md");
    for format in FORMATS {
        let row = format!("| {} | {} | {} |", format.name, format.version, format.written_by);
        assert!(page.contains(&row), "no {row}");
    }
    assert!(FORMATS.len() >= 7);
}

/// A format does not change by accident: its published schema would.
#[test]
fn the_published_schemas_are_those_of_the_code() {
    for format in FORMATS {
        let mut nodedown = Command::cargo_bin("nodedown").unwrap();
        let printed = nodedown.args(["schema", format.name]).assert().code(0).get_output().clone();
        let schema = String::from_utf8(printed.stdout).unwrap();
        generated(&format!("docs/schemas/{}.schema.json", format.name), &schema);
    }
    assert_eq!(fs::read_dir(root().join("docs/schemas")).unwrap().count(), FORMATS.len());
}

#[test]
fn the_page_on_speed_and_the_documentation_of_the_runtime_give_the_same_figures() {
    assert!(read("docs/speed.md").contains(include_str!("../../benches/figures.md")));
}

#[test]
fn the_service_that_is_shown_is_the_one_that_new_writes() {
    let template = root().join("src/front/cli/new/template");
    let files = ["src/service.rs", "src/client.rs", "src/lib.rs", "tests/scenarios.rs"];
    let files = files.map(|file| fs::read_to_string(template.join(file)).unwrap());
    let shown = blocks("docs/services.md");
    let shown = shown.iter().filter(|block| block.language == "rust,ignore");
    let count = shown.inspect(|block| {
        let is_there = files.iter().any(|file| file.contains(&block.text));
        assert!(is_there, "not in the template:\n{}", block.text);
    });
    assert!(count.count() >= 3);
}

#[test]
fn the_readme_stays_short() {
    assert!(read("README.md").lines().count() <= 170);
}
