//! Where operations that contradict each other took effect.

use crate::check::{Conclusion, Verdict, describe, end_text, tell_invocation};
use crate::history::OperationId;
use crate::simulation::Run;
use crate::term::{Atom, Pid};
use crate::time::Time;
use crate::trace::{Fact, RecordId, TraceRecord};

use super::chain::{Causes, Owner};

/// The operations that show that something expected did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What was expected, for people.
    pub expectation: String,
    /// What is against it, for people.
    pub summary: String,
    /// The operations, a few at most, each with where it took effect.
    pub operations: Vec<TookEffect>,
}

/// An operation, and where it took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TookEffect {
    /// The operation.
    pub operation: OperationId,
    /// The operation for people, with what the client saw.
    pub text: String,
    /// Where the last process of an application of the scenario was asked on the way to the answer,
    /// or the last process at all if no application was: record, time, node and what the process
    /// runs. Nothing if no answer came.
    pub place: Option<(RecordId, Time, Atom, String)>,
}

pub(super) fn contradictions(run: &Run, verdict: &Verdict, causes: &Causes) -> Vec<Contradiction> {
    let broken = verdict.findings.iter().filter(|finding| finding.result == Conclusion::Violated);
    let with_operations = broken.filter_map(|finding| {
        let witness = finding.witness.as_ref()?;
        let operations = witness.operations.iter().map(|id| took_effect(run, causes, *id));
        Some(Contradiction {
            expectation: describe(&finding.expectation),
            summary: finding.summary.clone(),
            operations: operations.collect(),
        })
    });
    // Where nothing was answered, nothing contradicts anything.
    let answered = |each: &Contradiction| each.operations.iter().any(|one| one.place.is_some());
    with_operations.filter(answered).collect()
}

fn took_effect(run: &Run, causes: &Causes, id: OperationId) -> TookEffect {
    let operation = &run.history.operations()[id.0 as usize];
    let completed = operation.is_ok().then(|| causes.completed(id));
    let chain = completed.map_or_else(Vec::new, |record| causes.chain(record));
    let begun = |record: &&TraceRecord| matches!(record.fact, Fact::Invoked { operation } if operation == id.0);
    let begun = chain.iter().position(begun).unwrap_or(chain.len());
    let asked = asked(&chain[begun..]);
    let serves = |(_, pid): &&(&TraceRecord, Pid)| match causes.owner(*pid) {
        Owner::Application(name, _) => {
            run.plan.scenario.applications.iter().any(|application| application.name == name)
        }
        Owner::Kernel | Owner::Program(_) => false,
    };
    let last = asked.iter().rev().find(serves).or(asked.last());
    let place = last.and_then(|(record, pid)| {
        Some((record.id, record.at, record.node?, causes.label(*pid).to_owned()))
    });
    let text = format!("{}, {}", tell_invocation(operation), end_text(operation, run.ended_at));
    TookEffect { operation: id, text, place }
}

/// The deliveries of questions on the way from the beginning of an operation to its end: each that
/// does not go back to somebody who waits for it.
fn asked<'a>(chain: &[&'a TraceRecord]) -> Vec<(&'a TraceRecord, Pid)> {
    let mut asked = Vec::new();
    // Who has done something, and may wait for an answer; the client first.
    let mut waiting: Vec<Pid> = Vec::new();
    for record in chain {
        if let Fact::Sent { from, .. } = record.fact
            && !waiting.contains(&from)
        {
            waiting.push(from);
        }
        let Fact::Delivered { to, .. } = record.fact else { continue };
        if let Some(place) = waiting.iter().position(|pid| *pid == to) {
            waiting.truncate(place + 1);
        } else {
            waiting.push(to);
            asked.push((*record, to));
        }
    }
    asked
}
