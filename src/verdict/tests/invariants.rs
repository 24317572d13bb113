//! Invariants: for each kind runs that hold, two that it must reject, and one that tells nothing.

use super::hand_made::{HandMade, millis, node};
use super::{inconclusive, passes, violated};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::{ConnectionFact, Fact, Level, LogFact, NodeFact, ProcessFact};
use crate::scenario::fault::Condition;
use crate::scenario::simulation::InvariantResult;
use crate::scenario::{Expectation, Invariant, Observation, State};

const DATABASE: &str = "database";

fn chat(invariant: Invariant) -> HandMade {
    HandMade::chat(vec![Expectation::Invariant(invariant)])
}

fn running(on: Option<&str>) -> State {
    State::Running { application: Atom::new(DATABASE), on: on.map(node) }
}

fn starts_on(name: &str) -> Condition {
    Condition::ApplicationStarted { application: Atom::new(DATABASE), on: Some(node(name)) }
}

fn loss_of(name: &str) -> Condition {
    Condition::NodeDown { node: node(name), seen_by: None }
}

#[test]
pub(super) fn a_state_that_always_holds_never_lapses() {
    let always = |state| chat(Invariant::Always { state, from: millis(1_000) });
    passes(&always(running(None)), "so from 1.000s to 60.000s");
    let mut run = always(running(None));
    run.stops(20_000, DATABASE, "db1@a").starts(20_500, DATABASE, "db2@b", "normal");
    violated(&run, "not so at 20.000s");
    violated(&always(running(Some("db2@b"))), "not so at 1.000s");
    let mut run = always(State::Up { node: node("db1@a") });
    run.crashes(20_000, "db1@a");
    violated(&run, "not so at 20.000s");
    let mut run = always(State::Connected { node: node("web@a"), peer: node("db1@a") });
    passes(&run, "so from");
    run.notices(20_000, "web@a", "db1@a");
    violated(&run, "not so at 20.000s");
    let late = chat(Invariant::Always { state: running(None), from: millis(61_000) });
    inconclusive(&late, "the run ended at 60.000s");
}

#[test]
pub(super) fn what_takes_no_time_is_no_lapse() {
    let mut run = chat(Invariant::Always { state: running(None), from: millis(1_000) });
    run.stops(20_000, DATABASE, "db1@a").starts(20_000, DATABASE, "db2@b", "normal");
    passes(&run, "so from");
}

#[test]
pub(super) fn what_never_happens_is_not_seen() {
    let mut run = chat(Invariant::Never(Observation::Event(loss_of("db1@a"))));
    passes(&run, "never seen");
    run.notices(20_000, "web@a", "db1@a");
    violated(&run, "db1@a is found to be down at 20.000s");
    let mut run = chat(Invariant::Never(Observation::State(running(Some("db2@b")))));
    passes(&run, "never seen");
    run.starts(20_000, DATABASE, "db2@b", "normal");
    violated(&run, "database runs on db2@b at 20.000s");
    let mut run = chat(Invariant::Never(Observation::Event(loss_of("db1@a"))));
    run.runs_out_of_budget();
    inconclusive(&run, "the run was given up");
}

#[test]
pub(super) fn nobody_can_tell_of_a_process_that_there_never_was() {
    let exit = |name| Condition::ProcessExited { name: Atom::new(name), on: None };
    let mut run = chat(Invariant::Never(Observation::Event(exit("databse"))));
    passes(&run, "never seen");
    run.nobody_is("databse", Some("database"));
    inconclusive(&run, "no process was ever registered as databse; did you mean database?");
    let mut run = chat(Invariant::Never(Observation::Event(exit("cache"))));
    run.nobody_is("cache", None);
    inconclusive(&run, "no process was ever registered as cache");
}

/// Two runs for each observation: one in which it is made, and one with only the others.
fn seen_in(what: &Observation) -> (HandMade, HandMade) {
    let quiet = || chat(Invariant::Never(what.clone()));
    let (mut seen, mut others) = (quiet(), quiet());
    match what {
        Observation::State(State::Running { .. })
        | Observation::Event(Condition::ApplicationStarted { .. }) => {
            seen.starts(20_000, DATABASE, "db2@b", "normal");
            others.starts(20_000, "http", "db2@b", "normal");
        }
        Observation::State(State::Up { .. }) => {
            seen.fact(20_000, "late@b", Fact::Node(NodeFact::Started { creation: 1 }));
            others.crashes(20_000, "db1@a");
        }
        Observation::State(State::Connected { .. })
        | Observation::Event(Condition::NodeUp { .. }) => {
            seen.fact(
                20_000,
                "web@a",
                Fact::Connection(ConnectionFact::Up { peer: node("late@b") }),
            );
            others.fact(
                20_000,
                "db1@a",
                Fact::Connection(ConnectionFact::Up { peer: node("late@b") }),
            );
        }
        Observation::Event(Condition::ApplicationStopped { .. }) => {
            seen.stops(20_000, DATABASE, "db1@a");
            others.stops(20_000, "http", "web@a");
        }
        Observation::Event(Condition::NodeDown { .. }) => {
            seen.notices(20_000, "web@a", "db1@a");
            others.notices(20_000, "db2@b", "db1@a");
        }
        Observation::Event(Condition::ProcessExited { .. }) => {
            let exited = |label| {
                let (label, reason) = (Atom::new(label), Term::atom("killed"));
                Fact::Process(ProcessFact::Exited {
                    pid: Pid::new(node("db1@a"), 1, 0, 1),
                    label,
                    reason,
                })
            };
            seen.fact(20_000, "db1@a", exited("database"));
            others.fact(20_000, "db1@a", exited("http"));
        }
        Observation::Event(Condition::Logged { .. }) => {
            let logged = |level| {
                let pid = Pid::new(node("db1@a"), 1, 0, 1);
                let text = "the disk is full".to_owned();
                Fact::Log(LogFact { pid, level, report: None, text })
            };
            seen.fact(20_000, "db1@a", logged(Level::Error));
            others.fact(20_000, "db1@a", logged(Level::Info));
        }
        Observation::Event(Condition::NameRegistered { .. }) => {
            unreachable!("no record shows it")
        }
        Observation::Event(Condition::OperationsCompleted(_)) => {
            seen.post(19_000, 1, "a").done(19_010).post(19_900, 2, "b").done(20_000);
            others.post(19_000, 1, "a").done(19_010).post(19_900, 2, "b").fails(20_000);
        }
    }
    (seen, others)
}

#[test]
pub(super) fn each_state_and_each_event_is_seen_where_it_is_and_nowhere_else() {
    let (application, on) = (Atom::new(DATABASE), Some(node("db2@b")));
    let states = [
        running(Some("db2@b")),
        State::Up { node: node("late@b") },
        State::Connected { node: node("web@a"), peer: node("late@b") },
    ];
    let events = [
        Condition::ApplicationStarted { application, on },
        Condition::ApplicationStopped { application, on: None },
        Condition::NodeDown { node: node("db1@a"), seen_by: Some(node("web@a")) },
        Condition::NodeUp { node: node("late@b"), seen_by: Some(node("web@a")) },
        Condition::ProcessExited { name: Atom::new(DATABASE), on: None },
        Condition::Logged { text: "disk".to_owned(), level: Some(Level::Error), on: None },
        Condition::OperationsCompleted(2),
    ];
    let all = states.map(Observation::State).into_iter();
    for what in all.chain(events.map(Observation::Event)) {
        let (seen, others) = seen_in(&what);
        violated(&seen, "at 20.000s");
        passes(&others, "never seen");
    }
}

#[test]
pub(super) fn what_happens_eventually_happens_in_time() {
    let what = || Observation::Event(starts_on("db2@b"));
    let eventually = |within| chat(Invariant::Eventually { what: what(), within: millis(within) });
    let mut run = eventually(30_000);
    violated(&run, "never seen");
    run.starts(30_001, DATABASE, "db2@b", "normal");
    violated(&run, "first seen at 30.001s");
    let mut run = eventually(30_000);
    run.starts(30_000, DATABASE, "db2@b", "normal");
    passes(&run, "first seen at 30.000s");
    inconclusive(&eventually(61_000), "not seen before the run ended");
}

#[test]
pub(super) fn what_happens_sometimes_and_did_not_puts_nothing_to_the_test() {
    let mut run = chat(Invariant::Sometimes(Observation::Event(starts_on("db2@b"))));
    inconclusive(&run, "it was never seen that database starts on db2@b");
    run.starts(20_000, DATABASE, "db2@b", "normal");
    passes(&run, "first seen at 20.000s");
}

#[test]
pub(super) fn at_most_one_runs_at_a_time() {
    let one = |name| chat(Invariant::AtMostOne { application: Atom::new(name) });
    let mut run = one(DATABASE);
    run.crashes(20_000, "db1@a").starts(20_500, DATABASE, "db2@b", "normal");
    passes(&run, "never on two nodes at once");
    run.starts(30_000, DATABASE, "db1@a", "normal");
    violated(&run, "database ran on db1@a and db2@b at 30.000s");
    let mut run = one("http");
    run.starts(20_000, "http", "db1@a", "normal");
    violated(&run, "http ran on db1@a and web@a");
    inconclusive(&one("log"), "log never ran");
}

#[test]
pub(super) fn what_follows_follows_in_time_each_time() {
    let then = Observation::State(running(Some("db2@b")));
    let event = loss_of("db1@a");
    let mut run = chat(Invariant::After { event, within: millis(2_000), then });
    inconclusive(&run, "it was never seen that db1@a is found to be down");
    run.notices(20_000, "web@a", "db1@a");
    violated(&run, "db1@a is found to be down at 20.000s; never database runs on db2@b");
    let mut late = run.clone();
    late.starts(22_001, DATABASE, "db2@b", "normal");
    violated(&late, "only at 22.001s");
    run.starts(22_000, DATABASE, "db2@b", "normal").notices(23_000, "ops@b", "db1@a");
    passes(&run, "so 2 times");
}

#[test]
pub(super) fn what_follows_after_the_end_of_the_run_counts_neither_way() {
    let then = Observation::State(running(Some("db2@b")));
    let mut run = chat(Invariant::After { event: loss_of("db1@a"), within: millis(2_000), then });
    run.notices(59_000, "web@a", "db1@a");
    inconclusive(&run, "the run ended within 2s of it");
}

#[test]
pub(super) fn what_a_program_asks_is_a_finding_of_its_own() {
    let mut run = HandMade::chat(vec![]);
    let checked = |broken, held| InvariantResult { name: "mine".to_owned(), broken, held };
    run.checks(checked(None, 7));
    passes(&run, "held at 7 steps");
    let mut run = HandMade::chat(vec![]);
    run.checks(checked(Some((super::hand_made::ms(5), "two of them".to_owned())), 7));
    violated(&run, "two of them at 0.005s");
    let mut run = HandMade::chat(vec![]);
    run.checks(checked(Some((super::hand_made::ms(0), "none of them".to_owned())), 0));
    violated(&run, "none of them at 0.000s");
    let mut run = HandMade::chat(vec![]);
    run.checks(checked(None, 0));
    inconclusive(&run, "it never held");
}
