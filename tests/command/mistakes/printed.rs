//! What is printed: once, and as wide as the terminal.

use super::{EXPECT, Place};
use crate::chat::short_chat;

#[test]
fn a_run_that_is_given_up_says_so_once() {
    let place = Place::new();
    let expect = EXPECT.replace("] ", "").replace(
        " }]",
        " }, { \"lost_acknowledged\": \"users\" }, { \"single_instance\": \"database\" }]",
    );
    place.write("short.json", &short_chat(&format!("\"event_budget\": 1000, {expect}")));
    let (out, _) = place.run("run short.json --quiet", 2);
    assert_eq!(out.matches("`event_budget` used up at ").count(), 1, "{out}");
    assert!(!out.contains("no fault was injected"), "{out}");
    assert_eq!(out.lines().filter(|line| line.starts_with('?')).count(), 3, "{out}");
}

#[test]
fn no_more_threads_are_started_than_there_are_runs() {
    let place = Place::new();
    place.run("sweep chat.json --seeds 2 --jobs 100000 --quiet", 0);
    place.run("test chat.json --seeds 2 --jobs 100000", 0);
    place.run("prove chat.json --nodes db1@a --before 7s --jobs 100000", 0);
}

#[test]
fn what_was_never_seen_is_a_line_unless_it_is_asked_for() {
    let place = Place::new();
    let never = |text: &str| text.lines().filter(|line| line.contains("never")).count();
    let (out, _) = place.run("sweep chat.json --seeds 2", 0);
    assert!(out.contains("(--coverage lists them)") && never(&out) == 1, "{out}");
    let (out, _) = place.run("sweep chat.json --seeds 2 --coverage", 0);
    assert!(out.contains("never: ") && never(&out) > 3, "{out}");
    let (out, _) = place.run("sweep chat.json --max-time 0s", 3);
    assert_eq!(never(&out), 0, "{out}");
    let (out, _) = place.run("merge results.json", 0);
    assert_eq!(never(&out), 1, "{out}");
}

#[test]
fn text_fits_into_the_terminal() {
    let place = Place::new();
    for (width, columns) in [(40, "40"), (80, "80"), (100, "100")] {
        for typed in [
            "run chat.json",
            "explain chat.json",
            "explain linearizable",
            "sweep chat.json --seeds 2 --coverage",
            "test chat.json --seeds 2",
            "prove chat.json --nodes db1@a --before 7s",
            "list",
        ] {
            let output = place.feed(typed, b"", &[("COLUMNS", columns)]);
            let out = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success() && out.lines().count() > 1, "{typed}\n{out}");
            let copied = |line: &&str| {
                let line = line.trim_start();
                ["nodedown ", "why: ", "replay: "].iter().any(|start| line.starts_with(start))
            };
            for line in out.lines().filter(|line| !copied(line)) {
                let longest = line.split_whitespace().map(|word| word.chars().count()).max();
                let fits = line.chars().count() <= width.max(longest.unwrap_or(0) + 24);
                assert!(fits, "{typed} at {width}: {line}");
            }
            let wide = place.feed(typed, b"", &[]).stdout;
            let words = |text: &str| {
                let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                words.sort_unstable();
                words
            };
            // Titles of columns come again with each row, but no word is broken.
            let wide = words(&String::from_utf8(wide).unwrap());
            for word in words(&out) {
                let plain = word.trim_end_matches(':');
                assert!(
                    wide.iter().any(|other| other.trim_end_matches(':') == plain),
                    "{typed} at {width}: {word}"
                );
            }
        }
    }
}

#[test]
fn a_test_that_unwraps_shows_what_is_wrong_and_not_the_file() {
    let text = format!("{{ \"duration\": 90 }}{}", " ".repeat(10_000));
    let error = nodedown::scenario::Scenario::parse(
        &text,
        "bad.json",
        &nodedown::shape::Catalogue::default(),
    );
    let shown = format!("{:?}", error.unwrap_err());
    assert!(shown.contains("bad.json:1:15") && shown.contains("\"90s\""), "{shown}");
    assert!(!shown.contains("Diagnostic {") && shown.len() < 4_000, "{shown}");
}
