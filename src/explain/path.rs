//! The records between a fault and a client's answer.

use crate::check::{FaultFigures, Verdict};
use crate::history::{Operation, OperationId};
use crate::simulation::Run;
use crate::time::Time;
use crate::trace::{Fact, RecordId, TraceRecord};

use super::chain::Causes;
use super::steps::Teller;
use super::{FaultExplained, Harm, phases};

/// How one fault led to what one client saw.
pub(super) fn explain(
    run: &Run,
    verdict: &Verdict,
    causes: &Causes,
    fault: &FaultFigures,
) -> FaultExplained {
    let (injected, next) = window(run, fault);
    let subject = subject(run, verdict, fault.at, next);
    let mut explained = FaultExplained {
        fault: fault.fault,
        text: fault.text.clone(),
        at: fault.at,
        operation: subject.map(|(id, _)| id),
        harm: subject.map_or(Harm::None, |(_, harm)| harm),
        steps: Vec::new(),
        parts: Vec::new(),
    };
    let answer = subject.map(|(id, _)| completion(run, id));
    let answer = answer.map_or_else(Vec::new, |id| causes.chain(id));
    let restart = restart(causes, injected, &answer);
    let restart = restart.map_or_else(Vec::new, |id| causes.chain(id));
    let teller = Teller { run, causes, fault: injected };
    explained.steps = teller.tell(&restart, &answer);
    let served = match (explained.harm, restart.last()) {
        (Harm::Failed, Some(start)) => causes.chain(first_served(run, start.at, next)),
        (Harm::Failed, None) => Vec::new(),
        (Harm::Late | Harm::None, _) => answer,
    };
    explained.parts = phases::parts(injected, &restart, &served);
    explained
}

/// The record of the injection, and when the next change was made.
fn window(run: &Run, fault: &FaultFigures) -> (RecordId, Time) {
    let mut injected = RecordId::default();
    let mut next = Time::MAX;
    for record in run.trace.records() {
        if let Fact::FaultInjected { fault: number, .. } = record.fact
            && number == fault.fault
        {
            injected = record.id;
        } else if matches!(record.fact, Fact::FaultInjected { .. } | Fact::FaultEnded { .. })
            && record.at > fault.at
        {
            next = next.min(record.at);
        }
    }
    (injected, next)
}

/// The operation to explain: of those that ended after the fault and were begun before the next
/// change, the first that was not answered or was late; else the slowest.
fn subject(run: &Run, verdict: &Verdict, at: Time, next: Time) -> Option<(OperationId, Harm)> {
    let touched = || {
        run.history.iter().filter(|(_, each)| {
            each.invoked < next && each.completion.as_ref().is_none_or(|end| end.at >= at)
        })
    };
    let failed = touched().filter(|(_, each)| each.completion.is_some() && !each.is_ok());
    let late = touched().filter(|(_, each)| {
        let slow = verdict.figures.of(each.workload).slow;
        each.is_ok() && slow.is_some_and(|slow| each.latency() > Some(slow))
    });
    let end = |(id, each): &(OperationId, &Operation)| {
        (each.completion.as_ref().map(|completion| completion.at), *id)
    };
    let failed = failed.map(|found| (found, Harm::Failed));
    let harmed =
        failed.chain(late.map(|found| (found, Harm::Late))).min_by_key(|(each, _)| end(each));
    let slowest = || {
        let answered = touched().filter(|(_, each)| each.is_ok());
        answered.max_by_key(|(id, each)| (each.latency(), std::cmp::Reverse(*id)))
    };
    harmed.or_else(|| slowest().map(|found| (found, Harm::None))).map(|((id, _), harm)| (id, harm))
}

/// The record of the first good answer from a time on, to an operation that was begun before the
/// next change; 0 if there is none.
fn first_served(run: &Run, from: Time, next: Time) -> RecordId {
    let answered = run.history.iter().filter_map(|(id, each)| {
        let end = each.completion.as_ref().filter(|_| each.is_ok() && each.invoked < next)?;
        (end.at >= from).then_some((end.at, id))
    });
    answered.min().map_or(RecordId::default(), |(_, id)| completion(run, id))
}

/// The record of the end of an operation; 0 if it has not ended.
fn completion(run: &Run, id: OperationId) -> RecordId {
    let ends = |record: &&TraceRecord| matches!(record.fact, Fact::Completed { operation, .. } if operation == id.0);
    run.trace.records().iter().find(ends).map_or(RecordId::default(), |record| record.id)
}

/// The start of an application that the fault led to: of what answered, or else the first.
fn restart(causes: &Causes, injected: RecordId, answer: &[&TraceRecord]) -> Option<RecordId> {
    let starts = |record: &TraceRecord| matches!(record.fact, Fact::ApplicationStarted { .. });
    let records = causes.trace.records().iter();
    let later: Vec<&TraceRecord> =
        records.filter(|record| starts(record) && causes.led_to(injected, record.id)).collect();
    let served_by = answer.iter().rev().find_map(|record| {
        let Fact::Delivered { to, .. } = record.fact else { return None };
        let born = causes.spawned(to)?;
        later.iter().find(|start| causes.led_to(born, start.id))
    });
    served_by.or(later.first()).map(|record| record.id)
}
