//! Checks that the invariants on the trace held at every instant.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::term::Atom;
use crate::engine::time::{Time, format_duration};
use crate::engine::trace::{ApplicationFact, ConnectionFact, Fact, NodeFact, TraceRecord};
use crate::scenario::fault::Condition;
use crate::scenario::{Invariant, Observation, State};

use super::Witness;
use super::assessment::Assessment;
use super::evidence::Evidence;
use crate::consistency::history::ended;

/// Checks an invariant of the scenario, or one in Rust.
pub(super) fn check(evidence: &Evidence, invariant: &Invariant) -> Assessment {
    match invariant {
        Invariant::Always { state, from } => always(evidence, *state, Time::ZERO + *from),
        Invariant::Never(what) => match first_seen(evidence, what, Time::ZERO) {
            Some(at) => broken(at, format!("{what} at {at}")),
            None => Assessment::Held("never seen".to_owned()),
        },
        Invariant::Eventually { what, within } => eventually(evidence, what, *within),
        Invariant::Sometimes(what) => match first_seen(evidence, what, Time::ZERO) {
            Some(at) => Assessment::Held(format!("first seen at {at}")),
            None => Assessment::Untested(format!("it was never seen that {what}")),
        },
        Invariant::AtMostOne { application } => at_most_one(evidence, *application),
        Invariant::After { event, within, then } => after(evidence, event, *within, then),
        Invariant::Named(name) => named(evidence, name),
    }
}

fn broken(at: Time, text: String) -> Assessment {
    // The summary says it all: the witness adds the time.
    Assessment::Broken(text, Witness::new(at, Vec::new(), None))
}

/// The state of the system, as far as the trace has been read.
#[derive(Default)]
struct TraceState {
    up: BTreeSet<Atom>,
    running: BTreeSet<(Atom, Atom)>,
    connected: BTreeSet<(Atom, Atom)>,
}

impl TraceState {
    fn follow(&mut self, record: &TraceRecord) {
        let Some(node) = record.node else { return };
        match &record.fact {
            Fact::Node(NodeFact::Started { .. }) => drop(self.up.insert(node)),
            Fact::Node(NodeFact::Crashed | NodeFact::Stopped { .. }) => {
                self.up.remove(&node);
                self.running.retain(|(_, on)| *on != node);
                self.connected.retain(|(from, _)| *from != node);
            }
            Fact::Connection(ConnectionFact::Up { peer }) => {
                self.connected.insert((node, *peer));
            }
            Fact::Connection(ConnectionFact::Down { peer, .. }) => {
                self.connected.remove(&(node, *peer));
            }
            Fact::Application(ApplicationFact::Started { application, .. }) => {
                self.running.insert((*application, node));
            }
            Fact::Application(ApplicationFact::Stopped { application, .. }) => {
                self.running.remove(&(*application, node));
            }
            _ => {}
        }
    }

    fn holds(&self, state: State) -> bool {
        match state {
            State::Running { application, on: Some(on) } => {
                self.running.contains(&(application, on))
            }
            State::Running { application, on: None } => {
                self.running.iter().any(|(running, _)| *running == application)
            }
            State::Up { node } => self.up.contains(&node),
            State::Connected { node, peer } => self.connected.contains(&(node, peer)),
        }
    }

    /// The nodes on which an application runs.
    fn nodes(&self, application: Atom) -> Vec<&'static str> {
        let running = self.running.iter().filter(|(running, _)| *running == application);
        running.map(|(_, node)| node.as_str()).collect()
    }
}

/// Calls `look` with the state at the end of each instant that has a record.
fn instants(evidence: &Evidence, mut look: impl FnMut(Time, &TraceState)) {
    let records = evidence.run.trace.records();
    let mut holding = TraceState::default();
    for (index, record) in records.iter().enumerate() {
        holding.follow(record);
        if records.get(index + 1).is_none_or(|next| next.at > record.at) {
            look(record.at, &holding);
        }
    }
}

/// The first instant from a time on at which a state holds, or does not.
fn first_instant(evidence: &Evidence, state: State, wanted: bool, from: Time) -> Option<Time> {
    // Before anything was written down nothing holds.
    let (mut at_from, mut later) = (false, None);
    instants(evidence, |at, holding| {
        let holds = holding.holds(state);
        if at <= from {
            at_from = holds;
        } else if holds == wanted {
            later.get_or_insert(at);
        }
    });
    if at_from == wanted { Some(from) } else { later }
}

/// The time at which an observation is first made from an instant on; at that instant if it is a
/// state that holds then.
fn first_seen(evidence: &Evidence, what: &Observation, from: Time) -> Option<Time> {
    match what {
        Observation::Event(event) => occurrences(evidence, event).find(|at| *at >= from),
        Observation::State(state) => first_instant(evidence, *state, true, from),
    }
}

fn occurrences(evidence: &Evidence, event: &Condition) -> impl Iterator<Item = Time> {
    let records = evidence.run.trace.records().iter();
    let seen = records.filter(|record| event.is_met_by(record)).map(|record| record.at);
    let answered = match event {
        Condition::OperationsCompleted(count) => when_answered(evidence, *count),
        Condition::ApplicationStarted { .. }
        | Condition::ApplicationStopped { .. }
        | Condition::NodeDown { .. }
        | Condition::NodeUp { .. }
        | Condition::ProcessExited { .. } => None,
    };
    seen.chain(answered)
}

/// The time at which this many operations had been answered without an error, which no record
/// shows.
fn when_answered(evidence: &Evidence, count: u32) -> Option<Time> {
    let operations = evidence.operations(None).filter(|(_, each)| each.is_ok());
    let mut ends: Vec<Time> = operations.filter_map(|(_, each)| ended(each)).collect();
    ends.sort_unstable();
    ends.get((count as usize).checked_sub(1)?).copied()
}

fn always(evidence: &Evidence, state: State, from: Time) -> Assessment {
    let end = evidence.run.ended_at;
    match first_instant(evidence, state, false, from) {
        _ if end < from => Assessment::Untested(format!("the run ended at {end}")),
        Some(at) => broken(at, format!("not so at {at}")),
        None => Assessment::Held(format!("so from {from} to {end}")),
    }
}

fn eventually(evidence: &Evidence, what: &Observation, within: Duration) -> Assessment {
    let (deadline, end) = (Time::ZERO + within, evidence.run.ended_at);
    match first_seen(evidence, what, Time::ZERO) {
        Some(at) if at <= deadline => Assessment::Held(format!("first seen at {at}")),
        Some(at) => broken(deadline, format!("first seen at {at}")),
        None if end < deadline => {
            Assessment::Untested(format!("not seen before the run ended at {end}"))
        }
        None => broken(deadline, "never seen".to_owned()),
    }
}

fn at_most_one(evidence: &Evidence, application: Atom) -> Assessment {
    let mut most = 0;
    let mut first = None;
    instants(evidence, |at, holding| {
        let nodes = holding.nodes(application);
        most = most.max(nodes.len());
        if nodes.len() > 1 {
            first.get_or_insert_with(|| (at, nodes.join(" and ")));
        }
    });
    match first {
        Some((at, nodes)) => broken(at, format!("{application} ran on {nodes} at {at}")),
        None if most == 0 => Assessment::Untested(format!("{application} never ran")),
        None => Assessment::Held("never on two nodes at once".to_owned()),
    }
}

fn after(
    evidence: &Evidence,
    event: &Condition,
    within: Duration,
    then: &Observation,
) -> Assessment {
    let (mut answered, mut open) = (0, 0);
    for at in occurrences(evidence, event) {
        let deadline = at + within;
        match first_seen(evidence, then, at) {
            Some(seen) if seen <= deadline => answered += 1,
            Some(_) | None if evidence.run.ended_at < deadline => open += 1,
            found => {
                let found = found.map_or("never".to_owned(), |seen| format!("only at {seen}"));
                let text = format!("{event} at {at}; {found} {then}");
                return broken(deadline, text);
            }
        }
    }
    match (answered, open) {
        (0, 0) => Assessment::Untested(format!("it was never seen that {event}")),
        (0, _) => {
            Assessment::Untested(format!("the run ended within {} of it", format_duration(within)))
        }
        (_, _) => Assessment::Held(format!("so {answered} times")),
    }
}

fn named(evidence: &Evidence, name: &str) -> Assessment {
    let checked = evidence.run.invariants.iter().find(|each| each.name == name);
    match checked {
        Some(checked) => match (&checked.broken, checked.held) {
            (Some((at, why)), _) => broken(*at, format!("{why} at {at}")),
            (None, 0) => Assessment::Untested("it never held".to_owned()),
            (None, held) => Assessment::Held(format!("held at {held} steps")),
        },
        None => Assessment::Untested("nobody looked".to_owned()),
    }
}
