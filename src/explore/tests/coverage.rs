//! The states that runs reach.

use std::collections::BTreeSet;

use super::with_seed;
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, GlobalFact, Level, LogFact, LogReport, NodeFact,
};
use crate::explore::coverage::{Coverage, CoverageState, FaultCategory, RunCoverage};
use crate::scenario::fault::{Fault, Partition};
use crate::verdict::check;
use crate::verdict::tests::hand_made::{HandMade, node};

fn reached(made: &HandMade) -> RunCoverage {
    let run = made.run();
    RunCoverage::of(&run, &check(&run).figures)
}

/// Checks that a run comes through these states and not through those.
#[track_caller]
fn expect(made: &HandMade, there: &[CoverageState], not_there: &[CoverageState]) {
    let states = reached(made).states;
    let missing: Vec<_> = there.iter().filter(|state| !states.contains(state)).collect();
    let surplus: Vec<_> = not_there.iter().filter(|state| states.contains(state)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{missing:?} {surplus:?} of {states:?}");
}

fn chat() -> HandMade {
    HandMade::chat(vec![])
}

fn cut(made: &mut HandMade, at: u64, groups: [&[&str]; 2]) {
    let groups = groups.map(|group| group.iter().map(|name| node(name)).collect());
    made.inject(at, Fault::Partition(Partition { id: 1, groups: groups.to_vec(), one_way: false }));
}

#[test]
fn a_run_without_faults_starts_things_and_no_more() {
    let states = reached(&chat()).states;
    assert_eq!(states, BTreeSet::from([CoverageState::StartedNormal]));
}

#[test]
fn a_fault_strikes_while_somebody_waits_or_not() {
    let mut made = chat();
    made.post(19_000, 1, "a").done(20_000).crashes(20_000, "db1@a");
    expect(
        &made,
        &[CoverageState::StruckIdle, CoverageState::StruckPrimary],
        &[CoverageState::StruckInFlight],
    );
    let mut made = chat();
    made.post(19_000, 1, "a").done(20_001).crashes(20_000, "db2@b");
    expect(
        &made,
        &[CoverageState::StruckInFlight, CoverageState::StruckStandby],
        &[CoverageState::StruckPrimary],
    );
    // A client that has given up does not wait.
    let mut made = chat();
    made.post(10_000, 1, "a").hangs().crashes(20_000, "web@a");
    expect(
        &made,
        &[CoverageState::StruckIdle],
        &[CoverageState::StruckPrimary, CoverageState::StruckStandby],
    );
}

#[test]
fn a_second_fault_strikes_in_the_middle_of_a_failover() {
    let mut made = chat();
    made.crashes(20_000, "db1@a").crashes(20_100, "web@a");
    expect(
        &made,
        &[
            CoverageState::StruckWhileNowhere,
            CoverageState::StruckWhileNodeDown,
            CoverageState::StartedNeverAgain,
        ],
        &[CoverageState::StruckStandby, CoverageState::StruckWhileTwice],
    );
    let kinds = reached(&made).kinds;
    assert_eq!(kinds.keys().collect::<Vec<_>>(), [&FaultCategory::CrashNode]);
    assert!(kinds[&FaultCategory::CrashNode].moving);
}

#[test]
fn a_fault_strikes_before_users_are_served_again() {
    let mut made = chat();
    made.quiet_posts(10_000, 19_000).crashes(20_000, "db1@a");
    made.post(20_100, 1, "a").fails(20_200).crashes(21_000, "web@a").quiet_posts(22_000, 23_000);
    expect(
        &made,
        &[
            CoverageState::StruckWhileDisturbed,
            CoverageState::ServedAgain,
            CoverageState::OperationFailed,
        ],
        &[],
    );
    let mut made = chat();
    made.quiet_posts(10_000, 19_000).crashes(20_000, "db1@a");
    made.post(20_100, 1, "a").fails(20_200).quiet_posts(20_500, 20_900).crashes(21_000, "web@a");
    expect(&made, &[CoverageState::ServedAgain], &[CoverageState::StruckWhileDisturbed]);
}

#[test]
fn cuts_are_in_force_until_they_are_healed() {
    let mut made = chat();
    cut(&mut made, 20_000, [&["db1@a"], &["db2@b", "web@a"]]);
    made.inject(21_000, Fault::PauseNode(node("web@a")));
    expect(
        &made,
        &[CoverageState::StruckBetween, CoverageState::StruckWhileCut],
        &[CoverageState::StruckPrimary],
    );
    let mut made = chat();
    cut(&mut made, 20_000, [&["db1@a"], &["web@a"]]);
    made.inject(20_500, Fault::Heal(1)).inject(21_000, Fault::PauseNode(node("web@a")));
    expect(&made, &[], &[CoverageState::StruckBetween, CoverageState::StruckWhileCut]);
    assert_eq!(reached(&made).kinds.len(), 2);
}

#[test]
fn applications_move_in_many_ways() {
    let mut made = chat();
    made.crashes(20_000, "db1@a").starts(20_500, "database", "db2@b", "{failover,db1@a}");
    made.fact(30_000, "db1@a", Fact::Node(NodeFact::Started { creation: 2 }));
    made.starts(30_500, "database", "db1@a", "{takeover,db2@b}").stops(30_600, "database", "db2@b");
    let through =
        [CoverageState::StartedFailover, CoverageState::StartedTakeover, CoverageState::HandedOver];
    expect(&made, &through, &[CoverageState::SplitBrain, CoverageState::ApplicationEnded]);
    expect(&made, &[CoverageState::NodeStartedAgain], &[CoverageState::StartedInPlace]);
    let mut made = chat();
    cut(&mut made, 20_000, [&["db1@a"], &["db2@b"]]);
    made.starts(20_500, "database", "db2@b", "{failover,db1@a}");
    expect(
        &made,
        &[CoverageState::SplitBrain],
        &[CoverageState::SplitBrainEnded, CoverageState::HandedOver],
    );
    made.stops(30_000, "database", "db1@a");
    expect(&made, &[CoverageState::SplitBrain, CoverageState::SplitBrainEnded], &[]);
    let mut made = chat();
    made.crashes(20_000, "db1@a").fact(
        20_100,
        "db1@a",
        Fact::Node(NodeFact::Started { creation: 2 }),
    );
    made.starts(20_200, "database", "db1@a", "normal");
    expect(&made, &[CoverageState::StartedInPlace], &[CoverageState::StartedFailover]);
}

#[test]
fn an_application_that_ends_with_its_node_did_not_end_of_its_own_accord() {
    let stopped = |made: &mut HandMade| {
        let (application, reason) = (Atom::new("database"), Term::atom("shutdown"));
        made.fact(
            20_100,
            "db1@a",
            Fact::Application(ApplicationFact::Stopped { application, reason }),
        );
    };
    let mut made = chat();
    made.inject(20_000, Fault::StopNode(node("db1@a")));
    stopped(&mut made);
    expect(&made, &[], &[CoverageState::ApplicationEnded]);
    let mut made = chat();
    stopped(&mut made);
    expect(&made, &[CoverageState::ApplicationEnded], &[]);
}

#[test]
fn connections_are_lost_in_many_ways() {
    for (reason, state) in [
        ("connection_closed", CoverageState::LostConnectionClosed),
        ("net_tick_timeout", CoverageState::LostNetTickTimeout),
        ("disconnect", CoverageState::LostDisconnect),
        ("net_kernel_terminated", CoverageState::LostNetKernelTerminated),
    ] {
        let (peer, reason) = (node("db1@a"), Atom::new(reason));
        let mut made = chat();
        made.fact(20_000, "web@a", Fact::Connection(ConnectionFact::Down { peer, reason }));
        expect(&made, &[state], &[CoverageState::MetAgain]);
        made.fact(21_000, "web@a", Fact::Connection(ConnectionFact::Up { peer }));
        expect(&made, &[state, CoverageState::MetAgain], &[]);
    }
    let mut made = chat();
    made.inject(20_000, Fault::PauseNode(node("db1@a")));
    expect(&made, &[CoverageState::LostUnnoticed], &[]);
    made.notices(20_100, "web@a", "db1@a");
    expect(&made, &[], &[CoverageState::LostUnnoticed]);
}

#[test]
fn the_reports_of_otps_own_processes_count() {
    for (report, state) in [
        (LogReport::ChildTerminated, CoverageState::ChildEnded),
        (LogReport::RestartIntensityReached, CoverageState::SupervisorGaveUp),
        (LogReport::NameConflict, CoverageState::NameConflict),
        (LogReport::OverlapPrevented, CoverageState::OverlapPrevented),
    ] {
        let (pid, level) = (Pid::new(node("web@a"), 1, 9, 0), Level::Warning);
        let text = "** Supervisor <a@x.1.0>: child_terminated of log, reason: killed".to_owned();
        let log = |report| Fact::Log(LogFact { pid, level, report, text: text.clone() });
        let mut made = chat();
        made.fact(20_000, "web@a", log(None));
        expect(&made, &[], &[state]);
        made.fact(20_000, "web@a", log(Some(report)));
        expect(&made, &[state], &[]);
    }
}

#[test]
fn a_name_passes_to_another_node() {
    let registered = |holder: &str, number| {
        let pid = Pid::new(node(holder), 1, number, 0);
        Fact::Global(GlobalFact::Registered { name: Term::atom("database"), pid })
    };
    let mut made = chat();
    made.fact(1_000, "web@a", registered("db1@a", 5)).fact(2_000, "web@a", registered("db1@a", 6));
    expect(&made, &[], &[CoverageState::NamePassed]);
    made.fact(3_000, "web@a", registered("db2@b", 7));
    expect(&made, &[CoverageState::NamePassed], &[]);
}

#[test]
fn the_coverage_of_parts_adds_up_to_that_of_the_whole() {
    let mut struck = chat();
    struck.post(19_000, 1, "a").done(20_700).crashes(20_000, "db1@a");
    let idle = chat();
    let coverage = |seeds: &[u64]| {
        let mut coverage = Coverage::of(&idle.run().plan.scenario);
        for seed in seeds {
            let run = with_seed(if seed % 2 == 0 { &struck } else { &idle }, *seed);
            coverage.add(&RunCoverage::of(&run, &check(&run).figures), *seed);
        }
        coverage
    };
    let (mut part, rest) = (coverage(&[5, 3, 4]), coverage(&[2, 1]));
    part.merge(&rest);
    assert_eq!(part, coverage(&[1, 2, 3, 4, 5]));
    let count = part.count(CoverageState::StruckInFlight);
    assert_eq!((count.runs, count.seed), (2, Some(2)));
    assert_eq!(part.kinds[&FaultCategory::CrashNode].in_flight.runs, 2);
    let lost = part.nodes.iter().find(|each| each.node == "db1@a").unwrap();
    assert_eq!(lost.lost.runs, 2);
    assert!(part.never().all(|(state, ..)| *state != CoverageState::StruckInFlight));
    assert_eq!(part.never_injected().count(), FaultCategory::ALL.len() - 1);
}
