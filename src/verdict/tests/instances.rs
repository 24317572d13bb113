use super::hand_made::{HandMade, millis, ms, node};
use super::{inconclusive, passes, violated, witness};
use crate::engine::term::Atom;
use crate::engine::trace::{Fact, HostFact, NodeFact};
use crate::scenario::Expectation;
use crate::scenario::fault::Fault;
use crate::verdict::check;

fn chat(overlap_at_most: u64) -> HandMade {
    HandMade::chat(vec![Expectation::SingleInstance {
        application: Atom::new("database"),
        overlap_at_most: millis(overlap_at_most),
    }])
}

#[test]
pub(super) fn a_failover_leaves_one_instance() {
    let mut run = chat(0);
    run.crashes(20_000, "db1@a").starts(20_500, "database", "db2@b", "normal");
    passes(&run, "never on two nodes at once, in 2 starts");
    let figures = check(&run.run()).figures;
    let to = figures.faults[0].failovers[0].to.as_ref().unwrap();
    assert_eq!((to.node, to.after), (node("db2@b"), millis(500)));
    assert_eq!(figures.applications[0].absent, millis(500));
}

#[test]
pub(super) fn a_paused_node_goes_on_running_its_instance() {
    let mut run = chat(0);
    run.inject(20_000, Fault::PauseNode(node("db1@a"))).fact(
        20_000,
        "db1@a",
        Fact::Node(NodeFact::Paused),
    );
    run.starts(28_500, "database", "db2@b", "normal");
    let finding = violated(&run, "ran on two nodes once, for 31.5 s at the longest");
    assert_eq!(
        witness(&finding),
        "database ran on db1@a and db2@b from 28.500s to 60.000s (the end of the run), 31.5 s; the later start was normal"
    );
    assert_eq!(finding.witness.unwrap().at, ms(28_500));
}

#[test]
pub(super) fn a_takeover_overlaps_for_as_long_as_it_is_allowed_to() {
    let mut run = chat(50);
    run.crashes(20_000, "db1@a").starts(20_500, "database", "db2@b", "normal");
    run.fact(30_000, "db1@a", Fact::Node(NodeFact::Started { creation: 2 }));
    run.starts(31_000, "database", "db1@a", "{takeover,db2@b}").stops(31_050, "database", "db2@b");
    passes(&run, "on two nodes for 50.0 ms in all, in 3 starts");
    let mut run = chat(49);
    run.crashes(20_000, "db1@a").starts(20_500, "database", "db2@b", "normal");
    run.starts(31_000, "database", "db1@a", "{takeover,'db2@b'}")
        .stops(31_050, "database", "db2@b");
    let finding = violated(&run, "ran on two nodes once, for 50.0 ms");
    assert!(witness(&finding).contains("the later start was {takeover,db2@b}"), "{finding:?}");
}

#[test]
pub(super) fn a_host_without_power_runs_nothing() {
    let mut run = chat(0);
    run.inject(20_000, Fault::CrashHost(Atom::new("rack-a")));
    let host = Atom::new("rack-a");
    run.fact(20_000, "db1@a", Fact::Host(HostFact::Crashed { host }));
    run.fact(20_000, "db1@a", Fact::Node(NodeFact::Crashed));
    run.starts(28_000, "database", "db2@b", "normal");
    passes(&run, "never on two nodes");
}

#[test]
pub(super) fn nobody_can_tell_when_nobody_had_to_take_over() {
    let mut run = chat(0);
    inconclusive(&run, "no fault was injected");
    run.crashes(20_000, "web@a");
    inconclusive(&run, "database stayed on db1@a, and no other node had to take over");
}

#[test]
pub(super) fn a_standby_that_stays_one_though_it_sees_nobody_passes() {
    let mut run = chat(0);
    run.inject(20_000, Fault::PauseNode(node("db1@a"))).notices(28_000, "db2@b", "db1@a");
    passes(&run, "never on two nodes at once, in 1 starts");
}

#[test]
pub(super) fn an_application_that_nobody_takes_is_told() {
    let mut run = chat(0);
    run.crashes(20_000, "db1@a");
    let failovers = &check(&run.run()).figures.faults[0].failovers;
    assert_eq!((failovers.len(), &failovers[0].to), (1, &None));
}
