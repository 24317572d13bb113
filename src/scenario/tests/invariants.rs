//! Invariants in scenario files.

use std::time::Duration;

use crate::engine::term::Atom;
use crate::scenario::fault::Condition;
use crate::scenario::{Expectation, Invariant, Observation, State};

use super::{diagnostics, scenario, with};

const SECOND: Duration = Duration::from_secs(1);

/// The file with these invariants.
fn file(invariants: &str) -> String {
    with(r#""faults": ["#, &format!("\"invariants\": [{invariants}],\n  \"faults\": ["))
}

#[track_caller]
fn check(text: &str, expected: Invariant) {
    let expectations = scenario(&file(text)).expectations;
    assert_eq!(expectations.last(), Some(&Expectation::Invariant(expected)), "{text}");
}

#[track_caller]
fn refused(text: &str, wanted: &[&str]) {
    let found = diagnostics(&file(text)).to_string();
    for part in wanted {
        assert!(found.contains(part), "{text}: no {part:?} in\n{found}");
    }
}

#[test]
fn each_kind_has_its_form() {
    let (database, db2) = (Atom::new("database"), Atom::new("db2@b"));
    let running = State::Running { application: database, on: Some(db2) };
    let starts = Condition::ApplicationStarted { application: database, on: None };
    let down = Condition::NodeDown { node: Atom::new("db1@a"), seen_by: None };
    check(
        r#"{ "always": { "up": "db2@b" }, "from": "5s" }"#,
        Invariant::Always { state: State::Up { node: db2 }, from: 5 * SECOND },
    );
    let connected = State::Connected { node: Atom::new("web@a"), peer: db2 };
    check(
        r#"{ "never": { "connected": ["web@a", "db2@b"] } }"#,
        Invariant::Never(Observation::State(connected)),
    );
    check(
        r#"{ "within": "30s", "eventually": { "running": "database", "on": "db2@b" } }"#,
        Invariant::Eventually { what: Observation::State(running), within: 30 * SECOND },
    );
    check(
        r#"{ "sometimes": { "application_started": "database" } }"#,
        Invariant::Sometimes(Observation::Event(starts.clone())),
    );
    check(r#"{ "at_most_one": "database" }"#, Invariant::AtMostOne { application: database });
    check(
        r#"{ "after": { "nodedown": "db1@a" }, "within": "2s", "then": { "application_started": "database" } }"#,
        Invariant::After { event: down, within: 2 * SECOND, then: Observation::Event(starts) },
    );
}

#[test]
fn mistakes_have_their_place_and_the_nearest_name() {
    refused(
        r#"{ "never": { "aplication_started": "database" } }"#,
        &[
            "unknown field `aplication_started`",
            "did you mean `application_started`?",
            "chat.json:",
        ],
    );
    refused(
        r#"{ "at_most_one": "databse" }"#,
        &["unknown application `databse`", "did you mean `database`?"],
    );
    refused(r#"{ "allways": { "up": "db1@a" } }"#, &["`allways`", "did you mean `always`?"]);
    refused(r#"{ "always": { "nodedown": "db1@a" } }"#, &["nodedown", "`running`"]);
    refused(
        r#"{ "after": { "nodedown": "db1@a" }, "then": { "up": "db1@a" } }"#,
        &["`within` is missing in an invariant"],
    );
    refused(
        r#"{ "eventually": { "up": "db1@a" }, "within": "91s" }"#,
        &["the run is over at 90s, before `within`", "write at most 90s"],
    );
    refused(r#"{ "never": { "connected": ["web@a", "web@a"] } }"#, &["web@a"]);
}
