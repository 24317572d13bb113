//! What is said of the shipped scenarios, whose faults are known.

use std::time::Duration;

use super::{Explanation, FaultExplained, Harm, Phase, explain};
use crate::check::check;
use crate::scenario::Scenario;
use crate::services::Programs;
use crate::simulation::{Run, Simulation};
use crate::trace::Detail;

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
fn check_steps(fault: &FaultExplained, expected: &[&str]) {
    let mut steps = fault.steps.iter();
    for part in expected {
        let found = steps.any(|step| format!("{} {}", step.who, step.what).contains(part));
        assert!(found, "no {part:?} in its place in\n{:#?}", fault.steps);
    }
}

fn took(fault: &FaultExplained, phase: Phase) -> Duration {
    fault.parts.iter().find(|part| part.phase == phase).unwrap().took
}

#[test]
fn a_crash_is_followed_from_the_fault_to_the_late_answer() {
    let (run, explanation) = explained("chat-failover");
    let fault = &explanation.faults[0];
    assert_eq!(fault.harm, Harm::Late);
    check_steps(
        fault,
        &[
            "fault db1@a crashes",
            "db2@b has lost db1@a (connection_closed)",
            "db2@b dist_ac has waited 500 ms for the lost node (the timeout of database)",
            "db2@b begins to start database",
            "database has waited 5.66 ms for global_name_server",
            "database: leads in epoch 2",
            "database runs ({failover,db1@a})",
            "database answers request on web@a",
            "sees: answered",
        ],
    );
    let operation = &run.history.operations()[fault.operation.unwrap().0 as usize];
    let answered = operation.completion.as_ref().unwrap().at;
    assert_eq!(fault.total(), answered.since(fault.at));
    assert!(took(fault, Phase::Detection) < Duration::from_millis(1));
    assert!(took(fault, Phase::Agreement) >= Duration::from_millis(500));
}

#[test]
fn a_silent_loss_takes_its_time_to_be_noticed() {
    let (_, explanation) = explained("host-loss");
    let fault = &explanation.faults[0];
    assert_eq!(fault.harm, Harm::Failed);
    check_steps(
        fault,
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
