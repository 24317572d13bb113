//! Shrinking: what is left fails in the same way, and nothing can be left out of it.

use std::fs;
use std::num::NonZero;
use std::path::Path;

use assert_cmd::Command;
use nodedown::explore::{
    Batch, ExpectationFailure, FailureMatch, Interrupt, ShrinkError, ShrinkResult, Shrinker,
    StopReason,
};
use nodedown::prelude::*;
use nodedown::scenario::{Load, Plan};
use nodedown::trace::{ApplicationFact, Fact, FaultFact};

/// A short chat whose database has no standby. Only one of its faults matters: the others strike
/// somebody whom nobody waits for, or nobody at all.
fn chat(verdict: &str, faults: &str, within: &str) -> String {
    format!(
        r#"{{
  "name": "a short chat", "seed": 5, "duration": "30s", "verdict": "{verdict}",
  "hosts": {{ "rack-a": {{}}, "rack-b": {{}}, "office": {{}} }},
  "nodes": {{
    "web@a": {{ "host": "rack-a", "cookie": "chat" }}, "db1@a": {{ "host": "rack-a", "cookie": "chat" }},
    "ops@b": {{ "host": "rack-b", "cookie": "chat" }},
    "user@o": {{ "host": "office", "cookie": "chat", "hidden": true }},
  }},
  "sync_nodes": {{ "optional": ["web@a", "db1@a", "ops@b"], "timeout": "1s" }},
  "applications": {{
    "log": {{ "nodes": ["ops@b"] }},
    "database": {{ "nodes": ["db1@a"] }},
    "http": {{ "nodes": ["web@a"], "config": {{ "try_timeout": "500ms" }} }},
  }},
  "workload": {{
    "users": {{ "client": "chat_user", "on": "user@o", "count": 4, "rate": "4/s", "from": "4s",
               "until": "14s", "mix": {{ "post": 0.5, "read": 0.5 }}, "timeout": "2s" }},
  }},
  "faults": [{faults}],
  "expect": [
    {{ "duplicated": "users", "at_most": 0 }},
    {{ "transparent": "users", "within": "{within}" }},
    {{ "availability": "users", "at_least": "99.9%" }},
  ],
}}"#
    )
}

const FAULTS: &str = r#"
    { "at": "5s", "slow_path": ["rack-a", "rack-b"], "latency": "3ms", "for": "1s" },
    { "at": "6s", "pause": "ops@b", "for": "500ms" },
    { "at": "8.123456789s", "crash": "db1@a", "restart_after": "15s" },
    { "at": "9s", "crash": "ops@b" },
    { "at": "12s", "clock_step": "web@a", "by": "1s" },"#;

/// A plan in which what users see depends on one fault of five.
fn plan(programs: &Programs) -> Plan {
    scenario(&chat("pass", FAULTS, "1500ms"), programs).plan(5)
}

fn scenario(text: &str, programs: &Programs) -> Scenario {
    let read = Scenario::parse(text, "short.json", &programs.catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

fn jobs(number: usize) -> Batch<'static> {
    Batch::new().jobs(NonZero::new(number).unwrap())
}

fn shrunk(change: impl FnOnce(Shrinker<'_>) -> Shrinker<'_>) -> ShrinkResult {
    let programs = Programs::builtin();
    change(Shrinker::new(&programs)).run(&plan(&programs), |_| {}).unwrap()
}

/// How a scenario fails with a seed, if it does.
fn failures(scenario: &Scenario, seed: u64) -> Vec<ExpectationFailure> {
    let run = Simulation::new(scenario.plan(seed), &Programs::builtin()).run();
    ExpectationFailure::all(&check(&run))
}

fn fails_like(scenario: &Scenario, seed: u64, failure: &ExpectationFailure) -> bool {
    failures(scenario, seed).iter().any(|found| found.expectation == failure.expectation)
}

fn operations(scenario: &Scenario) -> usize {
    let loads = scenario.workloads.iter().map(|workload| match &workload.load {
        Load::Explicit(operations) => operations.len(),
        Load::Drawn { .. } => panic!("operations are drawn"),
    });
    loads.sum()
}

#[test]
fn what_is_left_fails_the_same_expectation_whatever_the_seed_and_is_small() {
    let programs = Programs::builtin();
    let shrunk = shrunk(|shrink| shrink.origin("short.json"));
    let text = &shrunk.text;
    assert_eq!(shrunk.stopped, None);
    assert!(shrunk.failure.expected().contains("notice nothing"), "{:?}", shrunk.failure);
    assert_eq!(shrunk.left.expectation, shrunk.failure.expectation);
    assert_eq!(scenario(text, &programs), shrunk.scenario);
    assert!(shrunk.seeds.needs_no_seed() && !text.contains("\"seed\""), "{text}");
    // Seeds that the search has never seen.
    for seed in 1001..1010 {
        assert!(fails_like(&shrunk.scenario, seed, &shrunk.failure), "seed {seed}\n{text}");
    }
    let expected = std::slice::from_ref(&shrunk.failure.expectation);
    assert_eq!(shrunk.scenario.expectations, expected);
    assert!(text.contains("of short.json with seed 5"), "{text}");
    assert!(shrunk.before.faults == 6 && shrunk.before.operations > 20, "{:?}", shrunk.before);
    let after = &shrunk.after;
    assert!(after.faults <= 1 && after.operations <= 2 && after.nodes <= 3, "{text}");
    assert_eq!(after.bytes, text.len());
    assert_eq!(after.operations, operations(&shrunk.scenario));
    assert!(after.duration < shrunk.before.duration && after.clients == 1, "{text}");
}

#[test]
fn no_fault_and_no_operation_can_be_left_out_of_what_is_left() {
    let shrunk = shrunk(|shrink| shrink);
    let whole = &shrunk.scenario;
    let seed = whole.seed;
    assert!(fails_like(whole, seed, &shrunk.failure));
    for place in 0..whole.faults.len() {
        let mut less = whole.clone();
        less.faults.remove(place);
        assert!(!fails_like(&less, seed, &shrunk.failure), "without fault {place}");
    }
    for place in 0..operations(whole) {
        let mut less = whole.clone();
        let mut loads = less.workloads.iter_mut().map(|workload| &mut workload.load);
        if let Some(Load::Explicit(operations)) = loads.next() {
            operations.remove(place);
        }
        assert!(!fails_like(&less, seed, &shrunk.failure), "without operation {place}");
    }
}

#[test]
fn what_is_left_does_not_depend_on_the_number_of_threads() {
    let [one, other] = [1, 3].map(|number| shrunk(|shrink| shrink.batch(jobs(number))));
    assert_eq!(one, other);
}

#[test]
fn another_expectation_can_be_chosen() {
    let shrunk = shrunk(|shrink| shrink.expectation(3).likeness(FailureMatch::SameExpectation));
    assert_eq!(shrunk.failure.number, 3);
    assert!(shrunk.left.expected().contains("get an answer to at least 99.9%"));
    assert!(fails_like(&shrunk.scenario, 77, &shrunk.failure), "{}", shrunk.text);
}

#[test]
fn what_holds_is_refused() {
    let programs = Programs::builtin();
    let holds = scenario(&chat("pass", "", "1500ms"), &programs).plan(9);
    let refused = Shrinker::new(&programs).run(&holds, |_| {}).unwrap_err();
    assert_eq!(refused, ShrinkError::Holds { seed: 9 });
    let chosen = Shrinker::new(&programs).expectation(1).run(&plan(&programs), |_| {});
    let Err(ShrinkError::OtherFails { chosen: 1, failing, seed: 5 }) = chosen else {
        panic!("{chosen:?}")
    };
    assert_eq!(failing.iter().map(|failure| failure.number).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn an_interrupted_search_hands_over_the_smallest_so_far() {
    let programs = Programs::builtin();
    let mut last = usize::MAX;
    for after in [0, 5, 40] {
        let interrupt = Interrupt::default();
        let mut steps = 0;
        let search = Shrinker::new(&programs).batch(jobs(1).interrupt(&interrupt));
        let found = search.run(&plan(&programs), |step| {
            steps += 1;
            if step.tried >= after {
                interrupt.raise();
            }
            assert!(!step.text.is_empty());
        });
        let shrunk = found.unwrap();
        assert_eq!(shrunk.stopped, Some(StopReason::Interrupted));
        assert!(steps > 0 && shrunk.tried >= after && shrunk.after.bytes <= last);
        assert!(fails_like(&shrunk.scenario, 5, &shrunk.failure), "{}", shrunk.text);
        assert_eq!(shrunk.scenario.seed, 5);
        last = shrunk.after.bytes;
    }
}

/// The first seed with which a scenario fails.
fn failing_seed(scenario: &Scenario) -> u64 {
    let mut seeds = 1..1000;
    seeds.find(|seed| !failures(scenario, *seed).is_empty()).expect("a seed with which it fails")
}

#[test]
fn what_makes_the_system_work_is_not_taken_away() {
    let programs = Programs::builtin();
    // A failover takes half a second, and some seeds have an operation that waits for it.
    let text = r#"{
        "name": "impatient users", "duration": "20s",
        "hosts": { "rack-a": {}, "rack-b": {} },
        "nodes": { "web@a": { "host": "rack-a" }, "db1@a": { "host": "rack-a" }, "db2@b": { "host": "rack-b" } },
        "sync_nodes": { "optional": ["web@a", "db1@a", "db2@b"], "timeout": "1s" },
        "applications": {
            "database": { "config": { "replication": "sync" },
                          "distributed": { "nodes": ["db1@a", "db2@b"], "timeout": "500ms" } },
            "http": { "nodes": ["web@a"] },
        },
        "workload": { "users": { "client": "chat_user", "on": "web@a", "count": 3, "rate": "5/s",
                      "from": "4s", "until": "10s", "timeout": "2s" } },
        "faults": [{ "at": "6s", "crash": "db1@a" }, { "at": "8s", "clock_step": "web@a", "by": "1s" }],
        "expect": [{ "transparent": "users", "within": "400ms" }],
    }"#;
    let whole = scenario(text, &programs);
    let seed = failing_seed(&whole);
    let shrunk = Shrinker::new(&programs).run(&whole.plan(seed), |_| {}).unwrap();
    let (left, seed) = (&shrunk.scenario, shrunk.scenario.seed);
    assert!(fails_like(left, seed, &shrunk.failure));
    assert_eq!(left.faults.len(), 1, "{}", shrunk.text);
    let database = left.applications.iter().find(|each| each.name.as_str() == "database").unwrap();
    assert_eq!(database.nodes().count(), 2, "there is a standby: {}", shrunk.text);
    let twin = Simulation::new(left.plan(seed).without_faults(), &programs).run();
    assert!(shrunk.by_faults && ExpectationFailure::all(&check(&twin)).is_empty());
    let run = Simulation::new(left.plan(seed), &programs).run();
    let place = |of: fn(&Fact) -> bool| {
        run.trace.records().iter().position(|record| of(&record.fact)).unwrap()
    };
    let started = place(|fact| matches!(fact, Fact::Application(ApplicationFact::Started { .. })));
    let struck = place(|fact| matches!(fact, Fact::Fault(FaultFact::Injected { .. })));
    assert!(started < struck, "{}", shrunk.text);
}

#[test]
fn what_depends_on_the_seed_keeps_it() {
    let programs = Programs::builtin();
    // When a node that stands still is noticed depends on when it ticked last, which nothing but the
    // seed decides.
    let text = r#"{
        "name": "two nodes", "duration": "60s", "hosts": { "x": {}, "y": {} },
        "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" } },
        "sync_nodes": { "optional": ["a@x", "b@y"], "timeout": "1s" },
        "network": { "net_ticktime": "8s" },
        "applications": { "log": { "nodes": ["a@x"] }, "analytics": { "nodes": ["b@y"] } },
        "faults": [{ "at": "20s", "pause": "b@y" }, { "at": "21s", "clock_step": "a@x", "by": "1s" }],
        "expect": [{ "detection_time": "b@y", "at_most": "9s" }],
    }"#;
    let whole = scenario(text, &programs);
    let seed = failing_seed(&whole);
    let shrunk = Shrinker::new(&programs).run(&whole.plan(seed), |_| {}).unwrap();
    assert!(!shrunk.seeds.needs_no_seed() && !shrunk.seeds.holds_with.is_empty());
    assert_eq!(shrunk.after.faults, 1);
    assert!(shrunk.text.contains(&format!("\"seed\": {seed},")), "{}", shrunk.text);
    assert!(fails_like(&shrunk.scenario, seed, &shrunk.failure));
    let told = nodedown::report::shrunk_text(&shrunk, &nodedown::report::Styles::plain());
    has(&told, &["it keeps its seed: it fails with "]);
}

/// A folder with the short chat, where the command is run.
fn folder(faults: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("short.json"), chat("pass", faults, "1500ms")).unwrap();
    folder
}

/// Runs a command and checks its exit code; standard output and standard error.
#[track_caller]
fn run(folder: &Path, arguments: &str, code: i32) -> (String, String) {
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(folder).args(arguments.split_whitespace()).env("NO_COLOR", "1");
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments}\n{out}\n{err}");
    (out, err)
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn the_command_writes_a_scenario_to_keep_and_the_command_that_runs_it() {
    let folder = folder(FAULTS);
    let (out, _) = run(folder.path(), "shrink short.json", 0);
    has(
        &out,
        &[
            "✗ users notice nothing but delays of at most 1500ms",
            "What it takes",
            "before",
            "it needs no seed: it fails with each of 20 that were tried",
            "nothing more can be left out",
            "also fails: users get an answer to at least 99.9% of their operations (--expectation 3)",
            "replay: nodedown run short-seed-5.json",
        ],
    );
    let (out, _) = run(folder.path(), "run short-seed-5.json --quiet --seed 4711", 1);
    has(&out, &["✗ users notice nothing", "verdict: violated, expected pass"]);
    // What is there is not overwritten by accident.
    let (_, err) = run(folder.path(), "shrink short.json", 73);
    has(&err, &["error: cannot write short-seed-5.json: the file exists already", "--out"]);
}

#[test]
fn a_record_is_made_smaller_as_a_scenario_is() {
    let folder = folder(FAULTS);
    run(folder.path(), "run short.json --quiet --record seen.json", 1);
    let (out, _) = run(folder.path(), "shrink seen.json --out kept.json --json", 0);
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(crate::formats::assert_fits("shrunk", &told) > 20);
    assert_eq!(told["file"], "kept.json");
    assert_eq!(told["needs_no_seed"], true);
    assert_eq!(told["before"]["faults"], 6);
    let (text, _) = run(folder.path(), "shrink short.json --out -", 0);
    let kept = fs::read_to_string(folder.path().join("kept.json")).unwrap();
    assert_eq!(text, kept.replace("of seen.json", "of short.json"));
}

#[test]
fn the_command_says_why_there_is_nothing_to_shrink() {
    let calm = folder("");
    let (out, err) = run(calm.path(), "shrink short.json", 3);
    assert_eq!(out, "");
    has(&err, &["error: nothing to shrink", "seed 5", "nodedown sweep short.json"]);
    assert!(!calm.path().join("short-seed-5.json").exists());
    let folder = folder(FAULTS);
    let (_, err) = run(folder.path(), "shrink short.json --expectation 1", 64);
    has(&err, &["error: expectation 1 does not fail", "2: users notice nothing", "3: users get"]);
    let (_, err) = run(folder.path(), "shrink shorter.json", 66);
    has(&err, &["error: cannot read shorter.json", "did you mean short.json?"]);
    let (_, err) = run(folder.path(), "shrink short.json --out no/such/folder.json", 73);
    has(&err, &["error: cannot write no/such/folder.json"]);
}

#[test]
fn a_search_whose_time_is_up_keeps_what_it_has() {
    let folder = folder(FAULTS);
    let (out, _) = run(folder.path(), "shrink short.json --max-time 0s --out kept.json", 0);
    has(&out, &["the time is up: the smallest so far", "it keeps its seed"]);
    run(folder.path(), "run kept.json --quiet", 1);
}
