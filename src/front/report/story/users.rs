//! The first effects of each fault that users notice, and the times at which they are served again.

use std::collections::BTreeMap;

use crate::consistency::history::{Operation, OperationId, Outcome};
use crate::engine::time::{Time, round_duration};
use crate::engine::trace::{Fact, FaultFact, OperationFact, RecordId};
use crate::scenario::simulation::Run;

use super::{LAST, StoryLine, Tone};

pub(super) fn lines(run: &Run) -> Vec<StoryLine> {
    let times = changes(run);
    // What fails before any fault has another cause.
    let begins = [Time::ZERO].into_iter().chain(times.iter().copied());
    let ends_at = times.iter().copied().chain([Time::MAX]);
    let windows: Vec<(Time, Time)> = begins.zip(ends_at).collect();
    let mut lines = Vec::new();
    let ends = completions(run);
    for workload in &run.plan.scenario.workloads {
        let operations = run.history.iter();
        let own: Vec<Numbered> =
            operations.filter(|(_, operation)| operation.workload == workload.name).collect();
        let mut served_at = Time::ZERO;
        for window in &windows {
            let Some((at, (id, operation))) = first_failure(&own, *window) else { continue };
            if at < served_at {
                continue;
            }
            lines.push(failure((at, record(&ends, id)), operation));
            let Some((id, again)) = first_success(&own, at) else { continue };
            served_at = again.completion.as_ref().map_or(served_at, |completion| completion.at);
            lines.push(success((served_at, record(&ends, id)), again));
        }
    }
    lines
}

/// The times at which faults were injected or ended.
fn changes(run: &Run) -> Vec<Time> {
    let records = run.trace.records().iter();
    let changes = records.filter(|record| {
        matches!(record.fact, Fact::Fault(FaultFact::Injected { .. } | FaultFact::Ended { .. }))
    });
    let mut times: Vec<Time> = changes.map(|record| record.at).collect();
    times.dedup();
    times
}

/// The records of the ends of operations.
fn completions(run: &Run) -> BTreeMap<u32, RecordId> {
    let ends = run.trace.records().iter().filter_map(|record| match record.fact {
        Fact::Operation(OperationFact::Completed { operation, .. }) => Some((operation, record.id)),
        _ => None,
    });
    ends.collect()
}

fn record(completions: &BTreeMap<u32, RecordId>, id: OperationId) -> RecordId {
    completions.get(&id.0).copied().unwrap_or(LAST)
}

/// An operation and its place in the history.
type Numbered<'a> = (OperationId, &'a Operation);

/// The first time in a window that a user sees an operation fail.
fn first_failure<'a>(
    operations: &[Numbered<'a>],
    (from, to): (Time, Time),
) -> Option<(Time, Numbered<'a>)> {
    let failures = operations.iter().filter_map(|(id, operation)| {
        let completion = operation.completion.as_ref()?;
        (!operation.is_ok()).then_some((completion.at, (*id, *operation)))
    });
    failures.filter(|(at, _)| (from..to).contains(at)).min_by_key(|(at, _)| *at)
}

/// The first answer to an operation that was begun after a time.
fn first_success<'a>(operations: &[Numbered<'a>], after: Time) -> Option<Numbered<'a>> {
    let later = operations.iter().filter(|(_, each)| each.is_ok() && each.invoked >= after);
    later.min_by_key(|(_, each)| each.completion.as_ref().map(|completion| completion.at)).copied()
}

fn failure(at: (Time, RecordId), operation: &Operation) -> StoryLine {
    let reason = match operation.completion.as_ref().map(|completion| &completion.outcome) {
        Some(Outcome::Failed(reason)) => format!("fails with {reason}"),
        Some(Outcome::Unknown(reason)) => format!("ends with {reason}, perhaps done"),
        Some(Outcome::Ok(_)) | None => "goes on".to_owned(),
    };
    let what = format!("first failure: {} {reason}", operation_text(operation));
    StoryLine::new(at, operation.workload.as_str(), what, Tone::Bad)
}

fn success(at: (Time, RecordId), operation: &Operation) -> StoryLine {
    let latency = operation.latency().map(round_duration).unwrap_or_default();
    let what = format!("first success after it: {} in {latency}", operation_text(operation));
    StoryLine::new(at, operation.workload.as_str(), what, Tone::Good)
}

fn operation_text(operation: &Operation) -> String {
    let Operation { name, client, invoked, .. } = operation;
    let name = name.as_str();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name} that client {client} began at {invoked}")
}
