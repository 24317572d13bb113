//! Where operations that contradict each other took effect.

use crate::check::{Conclusion, Verdict, describe, end_text, tell_invocation};
use crate::history::OperationId;
use crate::simulation::Run;
use crate::term::Atom;
use crate::time::Time;
use crate::trace::{Fact, RecordId, TraceRecord};

use super::chain::Causes;

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
    /// The request that was the last to be received before the answers began: record, time, node
    /// and what the process runs. Nothing if no answer came.
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
    let ended = |record: &&TraceRecord| matches!(record.fact, Fact::Completed { operation, .. } if operation == id.0);
    let completed = run.trace.records().iter().find(ended).filter(|_| operation.is_ok());
    let chain = completed.map_or_else(Vec::new, |record| causes.chain(record.id));
    let begun = |record: &&TraceRecord| matches!(record.fact, Fact::Invoked { operation } if operation == id.0);
    let begun = chain.iter().position(begun).unwrap_or(0);
    let place = chain[begun.min(chain.len())..].iter().rev().find_map(|record| {
        let Fact::Delivered { to, message } = &record.fact else { return None };
        let [_, _, request] = message.as_tuple()? else { return None };
        message.tagged("$gen_call").filter(|_| request.tagged("do").is_some())?;
        Some((record.id, record.at, record.node?, causes.label(*to).to_owned()))
    });
    let text = format!("{}, {}", tell_invocation(operation), end_text(operation, run.ended_at));
    TookEffect { operation: id, text, place }
}
