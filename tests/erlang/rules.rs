//! What proves each rule of Erlang/OTP that the simulator follows: a transcript that names it in its
//! header, or a test that names it in the comment above it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use nodedown::shell::Transcript;

/// How many rules each topic has.
const RULES: [(char, u8); 7] =
    [('A', 64), ('B', 51), ('C', 28), ('D', 32), ('E', 16), ('F', 39), ('G', 29)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with this extension, in the order of their paths.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A line of the list.
struct Rule<'a> {
    name: &'a str,
    statement: &'a str,
    not_modelled: Option<&'a str>,
}

/// The rules in the order of the list.
fn rules(list: &str) -> Vec<Rule<'_>> {
    let lines = list.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(". "));
    let is_name = |name: &str| name.starts_with(char::is_uppercase) && !name.contains(' ');
    lines
        .filter(|(name, _)| is_name(name))
        .map(|(name, text)| {
            let (statement, not_modelled) = match text.split_once(" Not modelled: ") {
                Some((statement, reason)) => (statement, Some(reason)),
                None => (text, None),
            };
            Rule { name, statement, not_modelled }
        })
        .collect()
}

/// What proves a rule, by the name of the rule.
type Proofs = BTreeMap<String, Vec<String>>;

/// Transcripts, by the rules of their headers.
fn transcripts() -> Proofs {
    let mut proofs = Proofs::new();
    let folder = root().join("tests/transcripts");
    for file in files(&folder, "transcript") {
        let transcript = Transcript::from_file(&file).unwrap();
        let name = file.strip_prefix(&folder).unwrap().with_extension("");
        for rule in transcript.header("rules").unwrap_or_default().split_whitespace() {
            proofs.entry(rule.to_owned()).or_default().push(name.display().to_string());
        }
    }
    proofs
}

/// Tests, by the rules at the beginning of the comments above them.
fn tests() -> Proofs {
    let mut proofs = Proofs::new();
    for file in [files(&root().join("src"), "rs"), files(&root().join("tests"), "rs")].concat() {
        let text = fs::read_to_string(file).unwrap();
        let (mut named, mut is_test) = (Vec::new(), false);
        for line in text.lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix("//") {
                if named.is_empty() {
                    named = named_first(comment);
                }
            } else if line == "#[test]" {
                is_test = true;
            } else if !line.starts_with("#[") {
                let function = line.strip_prefix("fn ").and_then(|rest| rest.split_once('('));
                if let (true, Some((test, _))) = (is_test, function) {
                    for rule in &named {
                        proofs.entry(rule.clone()).or_default().push(test.to_owned());
                    }
                }
                (named, is_test) = (Vec::new(), false);
            }
        }
    }
    proofs
}

/// The names of rules that a comment begins with.
fn named_first(comment: &str) -> Vec<String> {
    let words = comment.trim_start_matches(['/', '!']).split_whitespace();
    let names = words.map(|word| word.trim_end_matches([',', ':', '.']));
    names.take_while(|name| is_rule(name)).map(str::to_owned).collect()
}

fn is_rule(word: &str) -> bool {
    let mut chars = word.chars();
    let (topic, number) = (chars.next(), chars.as_str().parse::<u8>());
    RULES.iter().any(|(known, count)| {
        topic == Some(*known) && number.as_ref().is_ok_and(|number| (1..=*count).contains(number))
    })
}

/// The first two tests, and how many more there are.
fn few(tests: &[String]) -> String {
    match tests {
        [one] => format!("test {one}"),
        [one, other] => format!("tests {one}, {other}"),
        [one, other, more @ ..] => format!("tests {one}, {other} and {} more", more.len()),
        [] => unreachable!("an entry has a test"),
    }
}

fn list() -> String {
    fs::read_to_string(root().join("tests/rules.md")).unwrap()
}

#[test]
fn every_rule_is_in_the_list_once_and_in_order() {
    let numbers = |(topic, count): (char, u8)| (1..=count).map(move |n| format!("{topic}{n}"));
    let expected: Vec<String> = RULES.into_iter().flat_map(numbers).collect();
    let list = list();
    let listed: Vec<&str> = rules(&list).iter().map(|rule| rule.name).collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_rule_is_proven_or_has_a_reason_not_to_be() {
    let (transcripts, tests) = (transcripts(), tests());
    let proven = |name| transcripts.contains_key(name) || tests.contains_key(name);
    let list = list();
    let bare = rules(&list).into_iter().filter(|rule| rule.not_modelled.is_none());
    let unproven: Vec<&str> = bare.map(|rule| rule.name).filter(|name| !proven(*name)).collect();
    assert!(unproven.is_empty(), "{unproven:?}");
}

/// The table for people: what is proven by which transcript (answered by real nodes), by which test,
/// and what is left out.
#[test]
fn what_proves_each_rule() {
    let (transcripts, tests) = (transcripts(), tests());
    let list = list();
    let mut table = String::new();
    for rule in rules(&list) {
        let shown = transcripts.get(rule.name).map(|names| names.join(", "));
        let tested = tests.get(rule.name).map(|names| few(names));
        let left_out = rule.not_modelled.map(|reason| format!("not modelled: {reason}"));
        let how: Vec<String> = [shown, tested, left_out].into_iter().flatten().collect();
        if rule.name[1..] == *"1" {
            writeln!(table).unwrap();
        }
        writeln!(table, "{:3} {} <- {}", rule.name, rule.statement, how.join("; ")).unwrap();
    }
    insta::assert_snapshot!(table);
}
