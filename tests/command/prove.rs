//! `prove` tries a fault at every point where one could matter, and at no others.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::time::Duration;

use assert_cmd::Command;
use nodedown::explore::{
    Batch, Interrupt, OnFailure, Proof, ProofError, ProofFault, Prover, RunConclusion,
    ScenarioText, StopReason, Trial,
};
use nodedown::fault::{Fault, Trigger};
use nodedown::prelude::*;
use nodedown::scenario::ScheduledFault;
use nodedown::term::Atom;
use nodedown::verdict::{Conclusion, Verdict, check};

const SERVED: &str = r#"{ "transparent": "users", "within": "3s" }"#;

const ONCE: &str = r#"{ "duplicated": "users", "at_most": 0 }"#;

const KEPT: &str = r#"{ "lost_acknowledged": "users", "at_most": 0 }"#;

/// A short chat, whose database has these settings and this is expected of.
fn chat(database: &str, expect: &str) -> ScenarioText {
    let text = format!(
        r#"{{
            "name": "a short chat", "duration": "25s", "seed": 3,
            "hosts": {{ "rack-a": {{}}, "rack-b": {{}} }}, "network": {{ "net_ticktime": "4s" }},
            "nodes": {{ "web@a": {{ "host": "rack-a" }}, "db1@a": {{ "host": "rack-a" }},
                        "db2@b": {{ "host": "rack-b" }} }},
            "sync_nodes": {{ "optional": ["web@a", "db1@a", "db2@b"], "timeout": "1s" }},
            "applications": {{
                "database": {{ "config": {{ {database} }},
                               "distributed": {{ "nodes": ["db1@a", "db2@b"], "timeout": "500ms" }} }},
                "http": {{ "nodes": ["web@a"] }},
            }},
            "workload": {{ "users": {{ "client": "chat_user", "on": "web@a", "count": 3, "rate": "5/s",
                           "from": "4s", "until": "12s", "mix": {{ "post": 0.5, "read": 0.5 }}, "timeout": "4s" }} }},
            "faults": [{{ "at": "6s", "crash": "web@a" }}],
            "expect": [{expect}],
        }}"#
    );
    ScenarioText::new("short.json", &text)
}

const SYNC: &str = r#""replication": "sync""#;

/// A post that is tried again, as its answer was lost, is there twice.
const FORGETS: &str = r#""replication": "sync", "mutation": "forget_keys""#;

fn all() -> String {
    format!("{SERVED}, {KEPT}, {ONCE}")
}

fn many(number: usize) -> NonZero<usize> {
    NonZero::new(number).unwrap()
}

fn proof(text: ScenarioText, settings: impl FnOnce(Prover<'_>) -> Prover<'_>) -> Proof {
    let programs = Programs::builtin();
    settings(Prover::new(&programs, text).unwrap()).run(|_, _| {})
}

#[test]
fn a_sound_service_masks_every_crash() {
    let proof = proof(chat(SYNC, &all()), |prove| prove.each(many(4)));
    assert_eq!(proof.ended(), Some(RunConclusion::Pass), "{proof:#?}");
    let level = &proof.levels[0];
    assert!(level.points > 3 * level.classes, "{level:?}");
    assert_eq!(level.masked, level.planned);
    assert_eq!(proof.settings.nodes, ["db1@a", "db2@b"].map(Atom::new));
}

#[test]
fn a_defect_of_an_instant_is_found_without_luck() {
    let proof = proof(chat(FORGETS, &all()), |prove| prove);
    assert_eq!(proof.ended(), Some(RunConclusion::Violated), "{proof:#?}");
    // What the other store has, and is then to be answered.
    let strikes = proof.failed.iter().map(|trial| &trial.strikes[0]);
    let moments: Vec<&str> = strikes.map(|strike| strike.moment.as_str()).collect();
    assert!(moments.iter().any(|moment| moment.contains("posted")), "{moments:#?}");
    let twice = |trial: &Trial| trial.shown.iter().any(|shown| shown.what.contains("twice"));
    assert!(proof.failed.iter().all(twice), "{:#?}", proof.failed);
}

/// Crashes a node after so many steps, and checks.
fn crashed(text: &ScenarioText, node: Atom, step: u64) -> Verdict {
    let programs = Programs::builtin();
    let scenario = text.parse(&programs.catalogue()).unwrap();
    let mut plan = scenario.plan(scenario.seed).without_faults();
    let (trigger, fault) = (Trigger::AtStep(step), Fault::CrashNode(node));
    plan.faults.push(ScheduledFault { label: None, trigger, fault, undo: None });
    check(&Simulation::new(plan, &programs).run())
}

/// What the points stand for: whatever a crash after any other number of steps leads to, a crash at
/// one of the two points around it does as well.
#[test]
fn a_crash_after_any_other_step_has_no_other_outcome() {
    let text = chat(FORGETS, ONCE);
    let programs = Programs::builtin();
    let mut trials = Vec::new();
    let prove = Prover::new(&programs, text.clone()).unwrap().each(many(1_000_000));
    let proof = prove.run(|trial, _| trials.push(trial.clone()));
    assert_eq!(proof.levels[0].planned, proof.levels[0].points);
    let (step, node) = (proof.failed[0].strikes[0].step, proof.failed[0].strikes[0].node);
    let points = trials.iter().filter(|trial| trial.strikes[0].node == node);
    let points: BTreeMap<u64, RunConclusion> =
        points.map(|trial| (trial.strikes[0].step, trial.ended)).collect();
    let failed = |point: Option<(&u64, &RunConclusion)>| {
        point.is_some_and(|(_, e)| *e == RunConclusion::Violated)
    };
    let (mut masked, mut other) = (0, 0);
    for step in step - 60..step + 60 {
        let around = [points.range(..=step).next_back(), points.range(step..).next()].map(failed);
        match crashed(&text, node, step).conclusion {
            Conclusion::Violated => assert!(around.contains(&true), "{step} {points:?}"),
            _ => masked += usize::from(around.contains(&false)),
        }
        other += usize::from(!points.contains_key(&step));
    }
    assert!(masked > 0 && other > 30, "{masked} {other} {points:?}");
}

#[test]
fn what_is_found_shows_again() {
    let text = chat(FORGETS, &all());
    let programs = Programs::builtin();
    let proof = proof(text.clone(), |prove| prove);
    let trial = &proof.failed[0];
    let plan = Prover::new(&programs, text.clone()).unwrap().plan(trial);
    let verdict = check(&Simulation::new(plan, &programs).run());
    assert_eq!(verdict.conclusion, Conclusion::Violated);
    // And so it does in the words of a scenario.
    let faults = format!(r#""faults": [{}]"#, trial.faults.join(", "));
    let written = text.text().replace(r#""faults": [{ "at": "6s", "crash": "web@a" }]"#, &faults);
    assert_ne!(written, text.text());
    let scenario = Scenario::parse(&written, "again.json", &programs.catalogue()).unwrap();
    let again = check(&Simulation::new(scenario.plan(3), &programs).run());
    assert_eq!(again.findings, verdict.findings);
}

#[test]
fn a_proof_is_the_same_whatever_the_number_of_threads() {
    let run = |number| {
        let mut seen = Vec::new();
        let programs = Programs::builtin();
        let prove = Prover::new(&programs, chat(FORGETS, &all())).unwrap();
        let prove = prove.crashes(2).restart_after(Some(Duration::from_secs(2)));
        let proof =
            prove.batch(Batch::new().jobs(many(number))).run(|trial, _| seen.push(trial.clone()));
        (proof, seen)
    };
    let one = run(1);
    assert_eq!(one.0.levels.len(), 2);
    assert_eq!(run(3), one);
}

#[test]
fn a_second_crash_is_tried_where_the_first_has_made_a_difference() {
    // Once one of two nodes is gone for good, the other is spared.
    let for_good = proof(chat(SYNC, &all()), |prove| prove.crashes(2));
    assert_eq!(for_good.ended(), Some(RunConclusion::Pass), "{for_good:#?}");
    assert_eq!(for_good.levels.len(), 1);
    let after = Some(Duration::from_secs(2));
    let twice = proof(chat(SYNC, KEPT), |prove| prove.crashes(2).restart_after(after));
    // A node that comes back has nothing in its store; before it has all, the other must not go.
    assert_eq!(twice.ended(), Some(RunConclusion::Violated), "{twice:#?}");
    assert_eq!(twice.levels[0].failed, 0);
    assert!(twice.levels[1].masked > twice.levels[1].failed, "{:?}", twice.levels);
    assert!(twice.levels[1].hopeless > 0);
    for trial in &twice.failed {
        let [first, second] = trial.strikes.as_slice() else { panic!("{trial:?}") };
        assert_ne!(first.node, second.node);
        let back = second.at.since(first.at).checked_sub(Duration::from_secs(2)).unwrap();
        assert!(back < Duration::from_secs(1), "{trial:#?}");
    }
}

#[test]
fn nodes_are_cut_off_too() {
    let single = r#"{ "single_instance": "database", "overlap_at_most": "1s" }"#;
    let proof = proof(chat(SYNC, single), |prove| prove.crashes(0).partitions(1));
    // The standby takes over from a node that is only cut off.
    assert_eq!(proof.ended(), Some(RunConclusion::Violated), "{proof:#?}");
    assert!(proof.failed.iter().all(|trial| trial.strikes[0].fault == ProofFault::Partition));
}

#[test]
fn what_is_not_tried_is_not_proved() {
    let up = || true;
    let programs = Programs::builtin();
    let late = Prover::new(&programs, chat(SYNC, &all()))
        .unwrap()
        .batch(Batch::new().until(&up))
        .run(|_, _| {});
    assert_eq!(
        (late.ended(), late.stopped),
        (Some(RunConclusion::Inconclusive), Some(StopReason::TimeUp))
    );
    let interrupt = Interrupt::default();
    interrupt.raise();
    let tired = proof(chat(SYNC, &all()), |prove| prove.batch(Batch::new().interrupt(&interrupt)));
    assert_eq!((tired.ended(), tired.total().tried()), (Some(RunConclusion::Inconclusive), 0));
    let first =
        proof(chat(FORGETS, &all()), |prove| prove.batch(Batch::new().on_failure(OnFailure::Stop)));
    assert_eq!((first.failed.len(), first.stopped), (1, Some(StopReason::FirstFailure)));
    // A node that takes part in nothing can be lost at no time.
    let nowhere = proof(chat(SYNC, &all()), |prove| {
        let end = Duration::from_secs(25);
        prove.between(Some(end), Some(end))
    });
    assert_eq!(nowhere.ended(), None);
}

#[test]
fn what_fails_without_a_fault_is_told_and_nothing_is_tried() {
    let text = chat(SYNC, SERVED).text().replace(
        r#""expect":"#,
        r#""invariants": [{ "never": { "application_started": "http" } }], "expect":"#,
    );
    let proof = proof(ScenarioText::new("broken.json", &text), |prove| prove);
    assert_eq!(proof.ended(), Some(RunConclusion::Violated));
    assert!(proof.levels.is_empty() && proof.failed[0].strikes.is_empty(), "{proof:#?}");
}

#[test]
fn mistakes_are_told() {
    let programs = Programs::builtin();
    let error = |text| Prover::new(&programs, text).map(|_| ()).unwrap_err();
    let nothing = error(chat(SYNC, ""));
    assert!(matches!(nothing, ProofError::NothingExpected(_)), "{nothing}");
    let nodes = Prover::new(&programs, chat(SYNC, KEPT)).unwrap().nodes(["db1@b"]);
    let unknown = nodes.map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        unknown,
        "unknown node `db1@b`; did you mean `db1@a`?\n  the nodes are web@a, db1@a, db2@b"
    );
    let lonely = r#"{ "name": "none", "duration": "1s", "hosts": { "h": {} }, "nodes": { "a@h": { "host": "h" } },
                      "invariants": [{ "always": { "up": "a@h" } }] }"#;
    let lonely = error(ScenarioText::new("lonely.json", lonely));
    assert!(matches!(lonely, ProofError::NoNodes(_)), "{lonely}");
}

#[test]
fn the_command_tells_what_it_found_and_writes_it_down() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &ScenarioText| {
        let path = folder.path().join(name);
        std::fs::write(&path, text.text()).unwrap();
        path
    };
    let command = |arguments: &[&str], code: i32| {
        let mut nodedown = Command::cargo_bin("nodedown").unwrap();
        nodedown.env("NO_COLOR", "1").current_dir(folder.path()).args(arguments);
        let output = nodedown.assert().code(code).get_output().clone();
        let text = String::from_utf8(output.stdout).unwrap();
        text + &String::from_utf8(output.stderr).unwrap()
    };
    write("sound.json", &chat(SYNC, &all()));
    write("early.json", &chat(FORGETS, &all()));
    let text = command(&["prove", "sound.json"], 0);
    assert!(text.contains("trials masked"), "{text}");
    let text = command(&["prove", "early.json", "--out", "found.json"], 1);
    assert!(text.contains("not masked") && text.contains("\"at_step\""), "{text}");
    command(&["run", "found.json", "--quiet"], 1);
    let json = command(&["prove", "early.json", "--stop-on-first", "--json"], 1);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(crate::formats::assert_fits("proof", &value) > 40);
    assert_eq!(value["stopped"], "first_failure");
    assert_eq!(value["failed"][0]["strikes"][0]["blow"], "crash");
    let text = command(&["prove", "sound.json", "--nodes", "db1@b"], 64);
    assert!(text.contains("did you mean `db1@a`?"), "{text}");
    let text = command(&["prove", "sound.json", "--until", "0s"], 2);
    assert!(text.contains("the time is up"), "{text}");
    let text = command(&["prove", "sound.json", "--crashes", "0"], 3);
    assert!(text.contains("sound.json  seed 3: no faults\n"), "{text}");
    command(&["prove", "sounds.json"], 66);
}
