//! The functions of simulated nodes beside those of a real one: the calls of `answers.txt` again, on
//! a machine with `erl`; ten seconds.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::conformance::{modules, release};

/// The release that the answers come from.
const RELEASE: &str = "25";

/// The calls of a line with their answers: `?` stands for each of the values.
fn calls(line: &str) -> Vec<(String, &str)> {
    let (call, answer) = line.rsplit_once(" => ").expect("an answer");
    let Some((call, values)) = call.split_once(" | ") else {
        return vec![(call.to_owned(), answer)];
    };
    values.split(' ').map(|value| (call.replacen('?', value, 1), answer)).collect()
}

/// All calls in their order: some need what others have done before.
fn all_calls() -> Vec<(String, &'static str)> {
    include_str!("../../src/otp/functions/answers.txt").lines().flat_map(calls).collect()
}

#[test]
fn a_real_node_answers_as_written_down() {
    let Some(release) = release() else {
        println!("no erl on this machine: nothing was asked");
        return;
    };
    if release != RELEASE {
        println!("the answers are those of release {RELEASE}, not compared with {release}");
        return;
    }
    let calls = all_calls();
    assert!(calls.len() > 2000, "{}", calls.len());
    let answered = answered(&calls);
    let lines: Vec<&str> = answered.lines().collect();
    assert_eq!(lines.len(), calls.len(), "{answered}");
    for ((call, answer), line) in calls.iter().zip(lines) {
        assert_eq!(line, format!("{call} => {answer}"));
    }
}

/// What a real node prints that calls these.
fn answered(calls: &[(String, &str)]) -> String {
    let arguments = ["-noshell", "-kernel", "logger_level", "none", "-name", "a@a"];
    let mut text = String::new();
    for (call, _) in calls {
        text.push_str(call);
        text.push('\n');
    }
    // A file, since a pipe that is full would stop both sides.
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    input.rewind().unwrap();
    let output = Command::new("erl")
        .args(arguments)
        .args(["-dist_listen", "false", "-s", "functions", "main", "-pa"])
        .arg(modules() as &Path)
        .env("ERL_CRASH_DUMP_SECONDS", "0")
        .stdin(input)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}
