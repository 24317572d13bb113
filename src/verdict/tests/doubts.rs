//! Runs that are inconclusive, whatever their findings are.

use super::hand_made::{HandMade, millis, node, users};
use crate::engine::term::Atom;
use crate::engine::trace::{Fact, NodeFact};
use crate::scenario::fault::{Fault, Partition, Site};
use crate::scenario::{Expectation, Invariant, State};
use crate::verdict::{Conclusion, check};

/// A run of which only what holds without any fault is expected.
fn run() -> HandMade {
    let state = State::Up { node: node("web@a") };
    let always = Invariant::Always { state, from: millis(1_000) };
    HandMade::chat(vec![Expectation::Invariant(always)])
}

/// Checks what is doubted of a run, and that it does not pass therefore.
#[track_caller]
fn doubted(made: &HandMade, why: &str) {
    let verdict = check(&made.run());
    let [finding] = verdict.findings.as_slice() else { panic!("{verdict:?}") };
    assert_eq!(finding.result, Conclusion::Pass, "{finding:?}");
    assert_eq!(verdict.conclusion, Conclusion::Inconclusive);
    let told: Vec<&str> = verdict.doubts.iter().map(|doubt| doubt.why.as_str()).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains(why), "{told:#?}");
}

#[track_caller]
fn undoubted(made: &HandMade) {
    let verdict = check(&made.run());
    assert_eq!(verdict.doubts, []);
    assert_eq!(verdict.conclusion, Conclusion::Pass);
}

#[test]
fn faults_that_changed_nothing_put_nothing_to_the_test() {
    undoubted(&run());
    let mut idle = run();
    idle.in_vain(10_000, Fault::ResumeNode(node("db1@a")), "db1@a does not stand still");
    doubted(&idle, "no fault had an effect: db1@a goes on at 10.000s (db1@a does not stand still)");
    for at in 11..15 {
        idle.in_vain(at * 1_000, Fault::StartNode(node("db1@a")), "db1@a is up");
    }
    doubted(&idle, "db1@a is started at 12.000s (db1@a is up) and 2 more");
    idle.crashes(20_000, "db1@a");
    undoubted(&idle);
}

#[test]
fn what_faults_put_to_the_test_is_not_tested_by_those_that_changed_nothing() {
    let (workload, within) = (users(), millis(1_000));
    for expectation in [
        Expectation::Transparent { workload, within },
        Expectation::Linearizable { workload },
        Expectation::LostAcknowledged { workload, at_most: 0 },
        Expectation::RecoveryTime { workload, at_most: within },
        Expectation::Availability { workload, at_least_ppm: 1 },
        Expectation::SingleInstance { application: Atom::new("database"), overlap_at_most: within },
        Expectation::Nonmasking { workload, within, after: within },
    ] {
        let mut idle = HandMade::chat(vec![expectation]);
        idle.in_vain(10_000, Fault::ResumeNode(node("db1@a")), "db1@a does not stand still");
        idle.post(20_000, 1, "a").done(20_010).read(21_000, 1).shows(21_010, &["a"]);
        let finding = &check(&idle.run()).findings[0];
        assert_eq!(finding.result, Conclusion::Inconclusive, "{finding:?}");
        assert!(finding.summary.starts_with("no fault had an effect: "), "{finding:?}");
    }
}

#[test]
fn a_node_that_nobody_uses_is_no_test() {
    let told = "no user could have noticed: when spare@c was struck";
    let spare = || {
        let mut run = run();
        run.node("spare@c");
        run
    };
    let mut crash = spare();
    crash.crashes(20_000, "spare@c");
    doubted(&crash, told);
    crash.ends(25_000, 0, "spare@c is started");
    doubted(&crash, told);
    let mut power = spare();
    let site = Site { name: Atom::new("west"), hosts: vec![Atom::new("c")] };
    power.inject(20_000, Fault::CrashSite(site));
    power.fact(20_000, "spare@c", Fact::Node(NodeFact::Crashed));
    doubted(&power, told);
    let mut slow = spare();
    slow.inject(20_000, Fault::SetSpeed { node: node("spare@c"), percent: 300 });
    doubted(&slow, told);
    let mut cut = spare();
    let groups = vec![vec![node("spare@c")], vec![node("db1@a"), node("web@a")]];
    cut.inject(20_000, Fault::Partition(Partition { id: 1, groups, one_way: false }));
    doubted(&cut, told);
    // A second fault strikes something that is used.
    crash.crashes(30_000, "db1@a");
    undoubted(&crash);
}

#[test]
fn a_node_is_used_that_runs_something_or_is_connected() {
    for name in ["web@a", "db1@a", "db2@b", "user@o"] {
        let mut run = run();
        run.inject(20_000, Fault::PauseNode(node(name)));
        undoubted(&run);
    }
}

#[test]
fn operations_that_were_planned_and_never_begun_are_missed() {
    let mut run = run();
    undoubted(run.client(0, 40, 0));
    run.client(1, 40, 30);
    doubted(&run, "30 of 80 planned operations of users never began: client 1 did not come to it");
}

#[test]
fn clients_that_panic_are_told_with_the_place() {
    let mut run = run();
    run.client(0, 1, 0).client(1, 1, 0);
    run.post(1_000, 0, "a").done(1_010).post(1_000, 1, "b").done(1_010);
    run.panics(2_000, 1, "index out of bounds");
    doubted(&run, "client 1 of users panicked at src/chat.rs:12: index out of bounds (at 2.000s)");
    run.panics(3_000, 0, "index out of bounds");
    doubted(&run, "(at 2.000s; 1 more did the same)");
}

#[test]
fn a_client_that_panics_over_an_operation_has_not_begun_it() {
    let mut run = run();
    run.client(0, 3, 1).post(1_000, 0, "a").done(1_010).panics(2_000, 0, "no such room");
    let verdict = check(&run.run());
    let told: Vec<&str> = verdict.doubts.iter().map(|doubt| doubt.why.as_str()).collect();
    let missed = "2 of 3 planned operations of users never began: client 0 had ended";
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1], missed);
}
