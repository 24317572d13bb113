//! Records: reading, mistakes, and differences.

use std::time::Duration;

use crate::document::diagnostic::Diagnostics;
use crate::engine::trace::Detail;
use crate::scenario::fault::{Fault, Trigger};
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;
use crate::scenario::{Scenario, ScenarioError};
use crate::verdict::check;
use crate::verdict::record::{Record, ScenarioSource, is_record};

/// Two nodes with a database that moves, and a user of it.
const CLUSTER: &str = r#"{
  "name": "two nodes", "seed": 3, "duration": "20s",
  "hosts": { "x": {}, "y": {} },
  "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" }, "w@x": { "host": "x" } },
  "sync_nodes": { "optional": ["a@x", "b@y", "w@x"], "timeout": "1s" },
  "applications": {
    "database": { "distributed": { "nodes": ["a@x", "b@y"] } },
    "http": { "nodes": ["w@x"] },
  },
  "workload": { "users": { "client": "chat_user", "on": "w@x", "count": 2, "rate": "2/s", "from": "2s", "until": "15s" } },
  "faults": [{ "at": "5s", "crash": "a@x" }],
  "expect": [{ "transparent": "users", "within": "2s" }],
}"#;

fn scenario(text: &str) -> Scenario {
    let catalogue = Programs::builtin().catalogue();
    Scenario::parse(text, "two.json", &catalogue).unwrap_or_else(|error| panic!("{error}"))
}

fn record_of(text: &str, detail: Detail) -> Record {
    let programs = Programs::builtin();
    let scenario = scenario(text);
    let run = Simulation::new(scenario.plan(scenario.seed), &programs).detail(detail).run();
    Record::of(&run, &check(&run)).with_source(ScenarioSource::of("two.json", text))
}

fn record() -> Record {
    record_of(CLUSTER, Detail::Story)
}

fn text_of(record: &Record) -> String {
    record.to_json(&Programs::builtin().catalogue()).unwrap()
}

fn parse(text: &str) -> Result<Record, ScenarioError> {
    Record::parse(text, "record.json", &Programs::builtin().catalogue())
}

fn diagnostics(text: &str) -> Diagnostics {
    match parse(text) {
        Err(ScenarioError::Invalid(diagnostics)) => diagnostics,
        Err(error @ (ScenarioError::Read { .. } | ScenarioError::NoErlang(_))) => panic!("{error}"),
        Ok(_) => panic!("nothing is wrong with it"),
    }
}

/// The first part of a text up to a line that begins so.
fn up_to(text: &str, line: &str) -> String {
    let lines = text.lines().take_while(|each| !each.starts_with(line));
    lines.map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn a_record_reads_as_a_person_would_write_it() {
    let text = text_of(&record());
    insta::assert_snapshot!(up_to(&text, "  \"digest\""));
    let story = text.lines().skip_while(|line| !line.contains("\"story\"")).skip(1);
    assert_eq!(
        story.take(2).collect::<Vec<_>>(),
        [
            r#"    ["0s", "a@x", "node_started creation=1"],"#,
            r#"    ["0s", "b@y", "node_started creation=1"],"#,
        ]
    );
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let record = record();
    let text = text_of(&record);
    let again = parse(&text).unwrap();
    assert_eq!(again, record);
    assert_eq!(text_of(&again), text);
    assert!(is_record(&text) && !is_record(CLUSTER));
}

#[test]
fn a_record_is_the_same_however_much_is_written_down() {
    assert_eq!(text_of(&record()), text_of(&record_of(CLUSTER, Detail::Full)));
}

#[test]
fn a_replay_is_the_same_run() {
    let programs = Programs::builtin();
    let record = parse(&text_of(&record())).unwrap();
    let replayed = record.replay(&programs);
    assert_eq!(replayed, record);
    assert_eq!(record.difference(&replayed), None);
}

#[test]
fn a_later_fault_differs_in_plan_run_and_figures() {
    let programs = Programs::builtin();
    let mut changed = record();
    let crash = changed.plan.faults.first_mut().unwrap();
    crash.trigger = Trigger::At(Duration::from_millis(5_100));
    let replayed = changed.replay(&programs);
    let difference = record().difference(&replayed).unwrap();
    let [part] = difference.plan.as_slice() else { panic!("{:?}", difference.plan) };
    assert_eq!(part.part, "faults");
    assert_eq!(part.only[0], [r#"{ "at": "5s", "crash": "a@x" }"#]);
    assert_eq!(part.only[1], [r#"{ "at": "5.1s", "crash": "a@x" }"#]);
    let run = difference.run.unwrap();
    let divergence = run.divergence.unwrap();
    assert_eq!(divergence.sides[0][0].text, "fault_injected fault=0 text=\"a@x crashes\"");
    assert_eq!(divergence.before.len(), 4);
    let (same, differ) = (run.same_until.unwrap(), run.differ_at.unwrap());
    let fault = divergence.sides[0][0].at;
    assert!(same.at < fault && fault <= differ.at, "{same:?} {differ:?}");
}

#[test]
fn a_closer_look_finds_the_first_message_that_differs() {
    let programs = Programs::builtin();
    let run = |seed| {
        let plan = scenario(CLUSTER).plan(3);
        let plan = crate::scenario::Plan { seed, ..plan };
        Simulation::new(plan, &programs).detail(Detail::Full).run()
    };
    let runs = [run(3), run(4)];
    let [one, other] = runs.each_ref().map(|run| Record::of(run, &check(run)));
    let difference = one.difference(&other).unwrap();
    assert_eq!(difference.plan[0].part, "seed");
    let mut closer = difference.run.unwrap();
    let told = closer.divergence.clone().unwrap().sides[0][0].at;
    let [a, b] = &runs;
    closer.look_closer([a, b]);
    let divergence = closer.divergence.unwrap();
    assert!(divergence.sides[0][0].at <= told, "{divergence:?}");
}

#[test]
fn a_plan_that_no_file_can_say_is_no_record() {
    let mut record = record();
    record.plan.faults[0].undo = Some((Duration::ZERO, Fault::HealAll));
    let error = record.to_json(&Programs::builtin().catalogue()).unwrap_err();
    assert!(error.to_string().contains("no words for this fault"), "{error}");
}

#[test]
fn mistakes_are_found_in_all_parts_of_a_record() {
    let text = text_of(&record())
        .replace("\"crash\": \"a@x\"", "\"crash\": \"c@x\"")
        .replace("\"steps\": ", "\"step\": ")
        .replacen("\"do\": \"post\"", "\"do\": \"psot\"", 1)
        .replace("\"verdict\": \"pass\"", "\"verdict\": \"passed\"");
    let found = diagnostics(&text);
    let found: Vec<String> = found
        .iter()
        .map(|each| format!("{} | {}", each.message, each.help.clone().unwrap_or_default()))
        .collect();
    let found = found.join("\n");
    for expected in [
        "unknown verdict `passed` | did you mean `pass`?",
        "unknown node `c@x` | did you mean `a@x`?",
        "`chat_user` has no operation `psot` | did you mean `post`?",
        "unknown field `step` | did you mean `steps`?",
    ] {
        assert!(found.contains(expected), "{expected} in\n{found}");
    }
}

/// Checks the diagnostics of a text whose format is not known.
#[track_caller]
fn check_text(text: &str, expected: &str) {
    let found = diagnostics(text);
    let found: Vec<String> = found
        .iter()
        .map(|each| {
            let help = each.help.as_deref().unwrap_or_default();
            format!("{}:{} {} | {help}", each.line, each.column, each.message)
        })
        .collect();
    assert_eq!(found, [expected]);
}

#[test]
fn what_cannot_be_read_at_all_is_said_in_one_sentence() {
    let text = text_of(&record());
    check_text(
        CLUSTER,
        "1:1 this is no record: it has no field `record` | `nodedown run FILE --record RECORD` writes one",
    );
    let newer = text.replace("\"record\": 1", "\"record\": 7");
    let help = concat!("replay it with nodedown ", env!("CARGO_PKG_VERSION"));
    let said = "2:13 this nodedown reads records of format 1, and this one is of format 7";
    check_text(&newer, &format!("{said} | {help}, or make it anew from its scenario"));
    let cut = up_to(&text, "  \"digest\"");
    check_text(&cut, "1:1 unterminated object | close the object with a `}`");
    let line = text.lines().position(|line| line.starts_with("  \"digest\"")).unwrap();
    let digest = text.lines().nth(line).unwrap();
    let said = "the text \"xyz\" is not a digest | a digest has 16 hexadecimal digits";
    let wrong = text.replace(digest, "  \"digest\": \"xyz\",");
    check_text(&wrong, &format!("{}:13 {said}", line + 1));
}
