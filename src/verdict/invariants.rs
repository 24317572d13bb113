//! Checks that the invariants on the trace held at every instant.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::term::Atom;
use crate::engine::time::{Time, format_duration};
use crate::engine::trace::Interval;
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
            None => never_seen(evidence, what),
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

/// The assessment of something that was never seen: a process that there never was does not end.
fn never_seen(evidence: &Evidence, what: &Observation) -> Assessment {
    let Observation::Event(Condition::ProcessExited { name, .. }) = what else {
        return Assessment::Held("never seen".to_owned());
    };
    match evidence.run.nobodies.get(name) {
        None => Assessment::Held("never seen".to_owned()),
        Some(near) => {
            let meant =
                near.as_ref().map_or(String::new(), |near| format!("; did you mean {near}?"));
            Assessment::Untested(format!("no process was ever registered as {name}{meant}"))
        }
    }
}

/// The times at which a state holds.
fn intervals(evidence: &Evidence, state: State) -> Vec<Interval> {
    let timeline = evidence.timeline();
    match state {
        State::Running { application, on } => timeline
            .instances()
            .iter()
            .filter(|each| each.application == application && on.is_none_or(|on| each.node == on))
            .map(|each| each.during)
            .collect(),
        State::Up { node } => {
            timeline.up().iter().filter(|each| each.node == node).map(|each| each.during).collect()
        }
        State::Connected { node, peer } => timeline
            .connections()
            .iter()
            .filter(|each| each.node == node && each.peer == peer)
            .map(|each| each.during)
            .collect(),
    }
}

/// The instants at which one of these intervals begins or ends, in order.
fn boundaries<'a>(intervals: impl IntoIterator<Item = &'a Interval>) -> BTreeSet<Time> {
    let ends = |interval: &Interval| [Some(interval.from), interval.to].into_iter().flatten();
    intervals.into_iter().flat_map(ends).map(|end| end.at).collect()
}

/// The first instant from a time on at whose end a state holds, or does not.
fn first_instant(evidence: &Evidence, state: State, wanted: bool, from: Time) -> Option<Time> {
    let intervals = intervals(evidence, state);
    let is_so = |at: &Time| intervals.iter().any(|interval| interval.holds_at(*at)) == wanted;
    let later = boundaries(&intervals).into_iter().filter(|at| *at > from);
    std::iter::once(from).chain(later).find(is_so)
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
        | Condition::ProcessExited { .. }
        | Condition::Logged { .. }
        // No file says so of an invariant: no record shows it.
        | Condition::NameRegistered { .. } => None,
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
    let all = evidence.timeline().instances().iter();
    let own: Vec<_> = all.filter(|instance| instance.application == application).collect();
    if own.is_empty() {
        return Assessment::Untested(format!("{application} never ran"));
    }
    for at in boundaries(own.iter().map(|instance| &instance.during)) {
        let running = own.iter().filter(|instance| instance.during.holds_at(at));
        let nodes: BTreeSet<Atom> = running.map(|instance| instance.node).collect();
        if nodes.len() > 1 {
            let nodes: Vec<&str> = nodes.iter().map(|node| node.as_str()).collect();
            return broken(at, format!("{application} ran on {} at {at}", nodes.join(" and ")));
        }
    }
    Assessment::Held("never on two nodes at once".to_owned())
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
