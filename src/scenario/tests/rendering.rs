//! The output for files with mistakes.

use crate::document::diagnostic::Style;
use crate::scenario::{Scenario, ScenarioError};

use super::{CHAT, catalogue, diagnostics};

#[test]
fn several_mistakes_are_shown_at_once() {
    let text = CHAT
        .replace(r#""duration": "90s""#, r#""duration": 90"#)
        .replace(r#""net_ticktime": "8s""#, r#""net_tick_time": "8s""#)
        .replace(r#""depends_on": ["log"]"#, r#""depends_on": ["logs"]"#)
        .replace(r#"[["db1@a"], ["rack-b"]]"#, r#"[["db1@a"], ["rack-b", "db2@b"]]"#);
    insta::assert_snapshot!(diagnostics(&text), @r#"
    error: expected a duration, found the number 90
     --> chat.json:4:15
      |
    4 |   "duration": 90,
      |               ^^
      |
      = help: a duration needs a unit: write "90s" or "90ms"

    error: unknown field `net_tick_time`
      --> chat.json:13:5
       |
    13 |     "net_tick_time": "8s",
       |     ^^^^^^^^^^^^^^^
       |
       = help: did you mean `net_ticktime`?

    error: unknown application `logs`
      --> chat.json:21:22
       |
    21 |       "depends_on": ["logs"],
       |                      ^^^^^^
       |
       = help: did you mean `log`?

    error: `db2@b` is in the partition twice
      --> chat.json:36:56
       |
    36 |     { "at": "60s", "partition": [["db1@a"], ["rack-b", "db2@b"]], "heal_after": "20s" },
       |                                              --------  ^^^^^^^
       |                                              |
       |                                              the first is here
       |
       = help: name each node in one group, once
    "#);
}

#[test]
fn what_is_missing_is_shown_where_it_should_be() {
    let text = r#"{
  "hosts": { "rack": {}, "spare": {} },
  "nodes": { "a@rack": { "host": "rack" } },
  "applications": {
    "database": { "service": "database" },
  },
  "faults": [
    { "at": "5s" },
    { "crash": "a" },
  ],
}"#;
    insta::assert_snapshot!(diagnostics(text), @r#"
    error: `duration` is missing in a scenario
     --> chat.json:1:1
      |
    1 | {
      | ^
      |
      = help: write a duration: the length of a run, in virtual time

    warning: host `spare` has no nodes
     --> chat.json:2:26
      |
    2 |   "hosts": { "rack": {}, "spare": {} },
      |                          ^^^^^^^
      |
      = help: put a node on it, or leave it out

    error: an application needs `nodes` or `distributed`
     --> chat.json:5:17
      |
    5 |     "database": { "service": "database" },
      |                 ^
      |
      = help: write `nodes`: it runs on each of these nodes; or `distributed`: it runs on one of these nodes at a time

    error: a fault needs a field that says its kind
     --> chat.json:8:5
      |
    8 |     { "at": "5s" },
      |     ^
      |
      = help: write one of `crash`, `crash_host`, `start_host`, `crash_site`, `start_site`, `stop`, `start`, `pause`, `resume`, `slow_node`, `fsync_error`, `full_disk`, `slow_disk`, `lying_disk`, `corrupt_disk`, `mend_disk`, `partition`, `isolate`, `heal`, `break_connections`, `disconnect`, `connect`, `slow_path`, `usual_path`, `clock_step`, `clock_drift`, `kill`

    error: a fault needs `at`, `when` or `at_step`
     --> chat.json:9:5
      |
    9 |     { "crash": "a" },
      |     ^
      |
      = help: write `at`: when it strikes, from the start of the run; or `when`: the event that sets it off, the first time that it is seen, or each time; or `at_step`: after how many steps of the run it strikes

    error: unknown node, host or site `a`
     --> chat.json:9:16
      |
    9 |     { "crash": "a" },
      |                ^^^
      |
      = help: did you mean `a@rack`?
    "#);
}

#[test]
fn cycles_and_both_ends_of_a_contradiction_are_shown() {
    let text = CHAT
        .replace(r#""log": {"#, r#""log": { "depends_on": ["database"],"#)
        .replace(r#""from": "5s""#, r#""from": "85s""#)
        .replace(r#""at": "20s", "crash""#, r#""at": "95s", "stop": "db2@b", "crash""#);
    insta::assert_snapshot!(diagnostics(&text), @r#"
    error: applications depend on each other: log -> database -> log
      --> chat.json:21:22
       |
    21 |       "depends_on": ["log"],
       |                      ^^^^^
       |
       = help: take one of them out of `depends_on`

    error: `from` is not before `until`
      --> chat.json:30:15
       |
    30 |       "from": "85s",
       |               ^^^^^
    31 |       "until": "80s",
       |                ----- `until` is here
       |
       = help: write less than 80s

    error: `stop` and `crash` cannot be in one object
      --> chat.json:37:37
       |
    37 |     { "at": "95s", "stop": "db2@b", "crash": "db1@a", "restart_after": "20s" },
       |                    ------           ^^^^^^^
       |                    |
       |                    the first is here
       |
       = help: write a fault for each of them
    "#);
}

#[test]
fn a_syntax_error_has_its_place() {
    let text = CHAT.replace(r#""duration": "90s","#, r#""duration": "90s""#);
    insta::assert_snapshot!(diagnostics(&text), @r#"
    error: expected comma
     --> chat.json:4:20
      |
    4 |   "duration": "90s"
      |                    ^
      |
      = help: write a `,` between two fields or two values
    "#);
}

#[test]
fn warnings_come_with_the_scenario() {
    let text = CHAT.replace(r#""until": "80s""#, r#""until": "100s""#);
    insta::assert_snapshot!(diagnostics(&text), @r#"
    warning: the run ends at 90s, before `until`
      --> chat.json:31:16
       |
    31 |       "until": "100s",
       |                ^^^^^^
       |
       = help: leave `until` out to go on to the end
    "#);
}

#[test]
fn an_unreadable_file_is_named() {
    let error = Scenario::from_file("no/such/file.json", &catalogue()).unwrap_err();
    assert!(matches!(error, ScenarioError::Read { .. }));
    assert!(error.to_string().starts_with("cannot read no/such/file.json: "), "{error}");
}

#[test]
fn places_are_counted_in_characters_and_colours_are_a_choice() {
    let text = CHAT.replace(r#"{ "at": "20s", "crash""#, r#"{ "name": "ä", "at": "20s", "crash_""#);
    let diagnostics = diagnostics(&text);
    let first = diagnostics.iter().next().unwrap();
    assert_eq!((first.line, first.column), (37, 33));
    assert_eq!(&text[first.span.clone()], r#""crash_""#);
    assert!(!diagnostics.render(Style::Plain).contains('\u{1b}'));
    assert!(diagnostics.render(Style::Colour).contains('\u{1b}'));
}
