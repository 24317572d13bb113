//! The explanations of shipped scenarios, whose faults are known, and of services from elsewhere.

mod till;

use std::ops::Range;
use std::time::Duration;

use super::{Explanation, FaultExplanation, FaultTransition, Harm, Phase, explain};
use crate::engine::trace::Detail;
use crate::scenario::Scenario;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::verdict::check;

fn run(name: &str) -> Run {
    let programs = Programs::builtin();
    let file = format!("{}/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
    let plan = scenario.plan(scenario.seed);
    Simulation::new(plan, &programs).detail(Detail::Full).run()
}

fn explained(name: &str) -> (Run, Explanation) {
    let run = run(name);
    let explanation = explain(&run, &check(&run));
    (run, explanation)
}

/// Checks that the steps tell these things, in this order.
#[track_caller]
fn check_steps(fault: &FaultExplanation, expected: &[&str]) {
    let mut steps = fault.steps.iter();
    for part in expected {
        let found = steps.any(|step| format!("{} {}", step.who, step.what).contains(part));
        assert!(found, "no {part:?} in its place in\n{:#?}", fault.steps);
    }
}

/// Checks the harm to the explained operation, and that the steps mention these things.
#[track_caller]
fn check_harm(fault: &FaultExplanation, harm: Harm, steps: &[&str]) {
    assert_eq!(fault.harm, harm);
    check_steps(fault, steps);
}

/// Checks that a step mentions a wait for this, of this many milliseconds.
#[track_caller]
fn check_wait(fault: &FaultExplanation, who: &str, what: &str, expected: Range<f64>) {
    let waits = fault.steps.iter().filter_map(|step| {
        let wait = step.what.strip_prefix(who)?.strip_prefix(" has waited ")?;
        let (length, found) = wait.split_once(" ms for ")?;
        (found == what).then(|| length.parse::<f64>().unwrap())
    });
    let waits: Vec<f64> = waits.collect();
    let [wait] = waits[..] else {
        panic!("{who} waits for {what}: {waits:?} in\n{:#?}", fault.steps)
    };
    assert!(expected.contains(&wait), "{who} has waited {wait} ms for {what}, not {expected:?}");
}

/// Checks that a phase took this many milliseconds.
#[track_caller]
fn check_took(fault: &FaultExplanation, phase: Phase, millis: Range<u64>) {
    let expected = Duration::from_millis(millis.start)..Duration::from_millis(millis.end);
    assert!(
        expected.contains(&took(fault, phase)),
        "{phase:?} not {expected:?}: {:?}",
        fault.parts
    );
}

fn took(fault: &FaultExplanation, phase: Phase) -> Duration {
    fault.parts.iter().find(|part| part.phase == phase).map_or(Duration::ZERO, |part| part.took)
}

/// The part of the time that was needed for something, in percent.
fn percent(fault: &FaultExplanation, phase: Phase) -> u128 {
    100 * took(fault, phase).as_nanos() / fault.total().as_nanos()
}

#[test]
fn a_crash_is_followed_from_the_fault_to_the_late_answer() {
    let (run, explanation) = explained("chat-failover");
    let fault = &explanation.faults[0];
    check_harm(
        fault,
        Harm::Late,
        &[
            "fault db1@a crashes",
            "db2@b has lost db1@a (connection_closed)",
            "db2@b dist_ac has waited 500 ms for the lost node (the timeout of database)",
            "db2@b begins to start database",
            "database has waited",
            "database: leads in epoch 2",
            "database runs ({failover,db1@a})",
            "database answers request on web@a",
            "sees: answered",
        ],
    );
    check_wait(fault, "database", "global_name_server, which asks ops@b, web@a", 5.0..7.0);
    let operation = &run.history.operations()[fault.operation.unwrap().0 as usize];
    let answered = operation.completion.as_ref().unwrap().at;
    assert_eq!(fault.total(), answered.since(fault.at));
    assert!(took(fault, Phase::Detection) < Duration::from_millis(1));
    assert!(took(fault, Phase::Agreement) >= Duration::from_millis(500));
}

#[test]
fn the_end_of_a_fault_is_explained_where_it_disturbs_users() {
    let (_, explanation) = explained("chat-failover");
    let [fault, end] = explanation.faults.as_slice() else { panic!("{explanation:#?}") };
    assert_eq!((fault.change, end.change), (FaultTransition::Injected, FaultTransition::Ended));
    check_steps(
        end,
        &[
            "fault db1@a is started",
            "begins to start database",
            "database has waited",
            "database runs ({takeover,db2@b})",
            "sees: answered",
        ],
    );
    check_wait(end, "database", "database, which asks db2@b", 2.0..5.0);
    assert!(took(end, Phase::StateTransfer) > Duration::from_millis(4));
    assert_eq!(took(end, Phase::Repair), Duration::ZERO);
}

#[test]
fn where_nothing_else_takes_its_place_the_time_goes_into_the_repair() {
    let (_, explanation) = explained("no-standby");
    let [fault] = explanation.faults.as_slice() else { panic!("{explanation:#?}") };
    check_steps(fault, &["db1@a crashes", "sees: failed", "db1@a is started", "database runs"]);
    assert_eq!(took(fault, Phase::Repair), Duration::from_secs(20));
    assert_eq!(percent(fault, Phase::Repair), 98);
}

#[test]
fn an_orderly_stop_takes_time_before_there_is_a_loss() {
    let (_, explanation) = explained("takeover");
    let fault = &explanation.faults[0];
    assert!(took(fault, Phase::OrderlyStop) >= Duration::from_secs(1));
    assert!(took(fault, Phase::Detection) < Duration::from_millis(1));
}

#[test]
fn a_process_that_its_supervisor_starts_again_is_told_as_well() {
    let (_, explanation) = explained("double-failure");
    let fault = &explanation.faults[1];
    check_steps(
        fault,
        &["exit signal kill", "database ends: killed", "begins to start database", "is ready"],
    );
    assert!(took(fault, Phase::Start) > Duration::from_millis(5));
    check_took(fault, Phase::ClientRetry, 2..6);
}

/// The explanation of the faults that hit the till.
fn till_explained(till: &str, faults: &str) -> (Run, Explanation) {
    let programs = Programs::builtin()
        .with_service(till::TillService)
        .with_service(till::StandbyService)
        .with_service(till::VaultService)
        .with_client(till::Customer);
    let text = format!(
        r#"{{
            "name": "the till", "duration": "40s",
            "hosts": {{ "x": {{}}, "y": {{}}, "z": {{}} }},
            "nodes": {{ "a@x": {{ "host": "x" }}, "b@y": {{ "host": "y" }}, "c@z": {{ "host": "z" }} }},
            "sync_nodes": {{ "optional": ["a@x", "b@y", "c@z"], "timeout": "1s" }},
            "applications": {{ "vault": {{ "nodes": ["c@z"] }}, {till} }},
            "workload": {{ "customers": {{ "client": "customer", "on": "c@z", "count": 2,
                "rate": "10/s", "arrivals": "even", "from": "5s", "until": "30s" }} }},
            "faults": [{faults}],
        }}"#
    );
    let scenario = Scenario::parse(&text, "till.json", &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let run = Simulation::new(scenario.plan(1), &programs).detail(Detail::Full).run();
    let explanation = explain(&run, &check(&run));
    (run, explanation)
}

const DISTRIBUTED_TILL: &str =
    r#""till": { "distributed": { "nodes": ["a@x", "b@y"], "timeout": "300ms" } }"#;

#[test]
fn a_service_that_nobody_knows_has_all_phases() {
    let crash = r#"{ "at": "15s", "crash": "a@x" }"#;
    let (run, explanation) = till_explained(DISTRIBUTED_TILL, crash);
    let fault = &explanation.faults[0];
    check_harm(
        fault,
        Harm::Late,
        &[
            "a@x crashes",
            "b@y has lost a@x",
            "b@y dist_ac has waited 300 ms for the lost node (the timeout of till)",
            "b@y begins to start till",
            "cashier has waited",
            "b@y till runs ({failover,a@x})",
            "sees: answered 101",
        ],
    );
    check_restart(fault);
    let operation = &run.history.operations()[fault.operation.unwrap().0 as usize];
    assert_eq!(fault.total(), operation.completion.as_ref().unwrap().at.since(fault.at));
    check_took(fault, Phase::Detection, 0..5);
    check_took(fault, Phase::Agreement, 300..305);
    assert!(took(fault, Phase::ClientRetry) > Duration::ZERO, "{:?}", fault.parts);
}

/// Checks that a till that was started again took its time, and waited for what the vault knows.
#[track_caller]
fn check_restart(fault: &FaultExplanation) {
    check_wait(fault, "cashier", "vault, which asks c@z", 30.0..33.0);
    check_took(fault, Phase::StateTransfer, 30..33);
    assert!(took(fault, Phase::Start) > Duration::ZERO, "{:?}", fault.parts);
    assert_eq!(took(fault, Phase::Repair), Duration::ZERO);
}

#[test]
fn a_restart_of_an_unknown_service_has_its_phases_whether_or_not_an_application_moves() {
    let standby = r#""standby": { "nodes": ["a@x", "b@y"] }"#;
    for (till, strike, steps) in [
        (
            DISTRIBUTED_TILL,
            r#""kill": "cashier", "on": "a@x""#,
            ["cashier ends: killed", "begins to start cashier", "cashier has waited", "is ready"],
        ),
        (
            standby,
            r#""crash": "a@x""#,
            ["a@x crashes", "b@y begins to start cashier", "cashier is ready", "answered 101"],
        ),
    ] {
        let (_, explanation) = till_explained(till, &format!(r#"{{ "at": "15s", {strike} }}"#));
        let fault = &explanation.faults[0];
        check_steps(fault, &steps);
        check_restart(fault);
    }
}

#[test]
fn a_silent_loss_takes_its_time_to_be_noticed() {
    let (_, explanation) = explained("host-loss");
    let fault = &explanation.faults[0];
    check_harm(
        fault,
        Harm::Failed,
        &[
            "host 'rack-a' loses power",
            "question to database on db1@a never arrives",
            "sees: unknown outcome timeout",
            "has lost db1@a: nothing heard at four checks in a row (net_tick_timeout, net_ticktime 8s)",
            "database runs",
        ],
    );
    assert!(took(fault, Phase::Detection) > Duration::from_secs(6));
}

#[test]
fn operations_that_contradict_each_other_took_effect_at_different_places() {
    let (_, explanation) = explained("async-replication");
    let [contradiction, ..] = explanation.contradictions.as_slice() else {
        panic!("no contradiction: {explanation:#?}")
    };
    let places = contradiction.operations.iter().filter_map(|each| each.place.as_ref());
    let nodes: Vec<&str> = places.map(|(_, _, node, _)| node.as_str()).collect();
    assert!(nodes.contains(&"db1@a") && nodes.contains(&"db2@b"), "{contradiction:#?}");
}

#[test]
fn a_story_has_too_few_records_to_be_explained() {
    let programs = Programs::builtin();
    let mut run = run("placement-one-node");
    run = Simulation::new(run.plan, &programs).detail(Detail::Story).run();
    let verdict = check(&run);
    assert!(std::panic::catch_unwind(|| explain(&run, &verdict)).is_err());
}
