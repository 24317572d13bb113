//! The places where contradictory operations took effect.

use crate::consistency::history::OperationId;
use crate::consistency::{end_text, invocation_text};
use crate::engine::term::{Atom, Pid};
use crate::engine::time::Time;
use crate::engine::trace::{Fact, MessageFact, OperationFact, ProcessFact, RecordId, TraceRecord};
use crate::scenario::simulation::Run;
use crate::verdict::{Conclusion, Verdict};

use super::chain::{Causes, Owner};

/// The operations that show that something expected did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The expectation, for people.
    pub expectation: String,
    /// The evidence against it, for people.
    pub summary: String,
    /// The operations, a few at most, each with where it took effect.
    pub operations: Vec<OperationEffect>,
}

/// An operation, and where it took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationEffect {
    /// The operation.
    pub operation: OperationId,
    /// The operation for people, with what the client saw.
    pub text: String,
    /// The step at which the last process of an application of the scenario, or the last process at
    /// all if no application was involved, received a request on the way to the answer: record,
    /// time, node and label of the process. `None` if there was no answer.
    pub place: Option<(RecordId, Time, Atom, String)>,
}

pub(super) fn contradictions(run: &Run, verdict: &Verdict, causes: &Causes) -> Vec<Contradiction> {
    let broken = verdict.findings.iter().filter(|finding| finding.result == Conclusion::Violated);
    let with_operations = broken.filter_map(|finding| {
        let witness = finding.witness.as_ref()?;
        let operations = witness.operations.iter().map(|id| took_effect(run, causes, *id));
        Some(Contradiction {
            expectation: finding.expectation.to_string(),
            summary: finding.summary.clone(),
            operations: operations.collect(),
        })
    });
    // Where nothing was answered, nothing contradicts anything.
    let answered = |each: &Contradiction| each.operations.iter().any(|one| one.place.is_some());
    with_operations.filter(answered).collect()
}

fn took_effect(run: &Run, causes: &Causes, id: OperationId) -> OperationEffect {
    let operation = &run.history.operations()[id.0 as usize];
    let place = place(run, causes, id).and_then(|(record, pid)| {
        Some((record.id, record.at, record.node?, causes.label(pid).to_owned()))
    });
    let text = format!("{}, {}", invocation_text(operation), end_text(operation, run.ended_at));
    OperationEffect { operation: id, text, place }
}

/// The step at which an answered operation took effect: the record in which the last process of an
/// application of the scenario, or the last process at all if no application was involved, received
/// a request on the way to the answer; and that process.
pub(super) fn place<'a>(
    run: &Run,
    causes: &Causes<'a>,
    id: OperationId,
) -> Option<(&'a TraceRecord, Pid)> {
    if !run.history.operations()[id.0 as usize].is_ok() {
        return None;
    }
    let (chain, participants) = (causes.chain(causes.completed(id)), participants(causes, id));
    let begun = |record: &&TraceRecord| matches!(record.fact, Fact::Operation(OperationFact::Invoked { operation }) if operation == id.0);
    let is_one = |pid: Pid| participants.iter().any(|(_, known)| *known == pid);
    let takes_part = |record: &&TraceRecord| match record.fact {
        Fact::Message(MessageFact::Delivered { to, .. }) => is_one(to),
        Fact::Message(MessageFact::Sent { from, .. }) => is_one(from),
        _ => false,
    };
    // What lets an answer go may be something else than the question.
    let (start, waiting) = match chain.iter().position(begun) {
        Some(begun) => (begun, Vec::new()),
        None => {
            (chain.iter().position(takes_part)?, participants.iter().map(|(_, pid)| *pid).collect())
        }
    };
    let chain = &chain[start..];
    let asked = asked(chain, waiting);
    let serves = |(_, pid): &&(&TraceRecord, Pid)| match causes.owner(*pid) {
        Owner::Application(name, _) => run.plan.scenario.nodes_of(name).next().is_some(),
        Owner::Kernel | Owner::Program(_) => false,
    };
    let answering = || {
        let mut senders = chain.iter().filter_map(|record| match record.fact {
            Fact::Message(MessageFact::Sent { from, .. }) => Some(from),
            _ => None,
        });
        senders.find_map(|from| {
            participants.iter().filter(serves).find(|(_, pid)| *pid == from).copied()
        })
    };
    let last = asked.iter().rev().find(serves).copied();
    last.or_else(answering).or_else(|| asked.last().copied())
}

/// The processes that received a message because of an operation, each with its first record, in
/// order.
fn participants<'a>(causes: &Causes<'a>, id: OperationId) -> Vec<(&'a TraceRecord, Pid)> {
    let mut found: Vec<(&TraceRecord, Pid)> = Vec::new();
    let completed = causes.trace.get(causes.completed(id)).map_or(Time::MAX, |record| record.at);
    for record in causes.descendants(causes.invoked(id), completed) {
        let pid = match record.fact {
            Fact::Message(MessageFact::Delivered { to, .. }) => to,
            Fact::Process(ProcessFact::Spawned { pid, .. }) => pid,
            // The client itself.
            Fact::Message(MessageFact::Sent { from, .. }) if found.is_empty() => from,
            _ => continue,
        };
        if found.iter().all(|(_, known)| *known != pid) {
            found.push((record, pid));
        }
    }
    found
}

/// The deliveries of requests on the way to the end of an operation: each that is not a reply to a
/// process waiting for it. Those of `waiting` already wait.
fn asked<'a>(chain: &[&'a TraceRecord], mut waiting: Vec<Pid>) -> Vec<(&'a TraceRecord, Pid)> {
    let mut asked = Vec::new();
    for record in chain {
        // Who has done something may wait for an answer; the client first.
        if let Fact::Message(MessageFact::Sent { from, .. }) = record.fact
            && !waiting.contains(&from)
        {
            waiting.push(from);
        }
        let Fact::Message(MessageFact::Delivered { to, .. }) = record.fact else { continue };
        if let Some(place) = waiting.iter().position(|pid| *pid == to) {
            waiting.truncate(place + 1);
        } else {
            waiting.push(to);
            asked.push((*record, to));
        }
    }
    asked
}
