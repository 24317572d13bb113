//! What users notice first after each fault, and when they are served again.

use crate::history::{Operation, Outcome};
use crate::simulation::Run;
use crate::time::{Time, round_duration};
use crate::trace::Fact;

use super::{StoryLine, Tone};

pub(super) fn lines(run: &Run) -> Vec<StoryLine> {
    let times = changes(run);
    let ends = times.iter().skip(1).copied().chain([Time::MAX]);
    let windows: Vec<(Time, Time)> = times.iter().copied().zip(ends).collect();
    let mut lines = Vec::new();
    for workload in &run.plan.scenario.workloads {
        let operations = run.history.operations().iter();
        let own: Vec<&Operation> =
            operations.filter(|operation| operation.workload == workload.name).collect();
        let mut told = Time::ZERO;
        for window in &windows {
            let Some((at, operation)) = first_failure(&own, *window) else { continue };
            if at < told {
                continue;
            }
            lines.push(failure(at, operation));
            let Some(again) = first_success(&own, at) else { continue };
            told = again.completion.as_ref().map_or(told, |completion| completion.at);
            lines.push(success(told, again));
        }
    }
    lines
}

/// When faults were injected or ended.
fn changes(run: &Run) -> Vec<Time> {
    let records = run.trace.records().iter();
    let changes = records.filter(|record| {
        matches!(record.fact, Fact::FaultInjected { .. } | Fact::FaultEnded { .. })
    });
    let mut times: Vec<Time> = changes.map(|record| record.at).collect();
    times.dedup();
    times
}

/// The first time in a window that a user sees an operation fail.
fn first_failure<'a>(
    operations: &[&'a Operation],
    (from, to): (Time, Time),
) -> Option<(Time, &'a Operation)> {
    let failures = operations.iter().filter_map(|operation| {
        let completion = operation.completion.as_ref()?;
        (!operation.is_ok()).then_some((completion.at, *operation))
    });
    failures.filter(|(at, _)| (from..to).contains(at)).min_by_key(|(at, _)| *at)
}

/// The first answer to an operation that was begun after a time.
fn first_success<'a>(operations: &[&'a Operation], after: Time) -> Option<&'a Operation> {
    let later = operations.iter().filter(|each| each.is_ok() && each.invoked >= after);
    later.min_by_key(|each| each.completion.as_ref().map(|completion| completion.at)).copied()
}

fn failure(at: Time, operation: &Operation) -> StoryLine {
    let reason = match operation.completion.as_ref().map(|completion| &completion.outcome) {
        Some(Outcome::Failed(reason)) => format!("fails with {reason}"),
        Some(Outcome::Unknown(reason)) => format!("ends with {reason}, perhaps done"),
        Some(Outcome::Ok(_)) | None => "goes on".to_owned(),
    };
    let what = format!("first failure: {} {reason}", told(operation));
    StoryLine::new(at, operation.workload.as_str(), what, Tone::Bad)
}

fn success(at: Time, operation: &Operation) -> StoryLine {
    let latency = operation.latency().map(round_duration).unwrap_or_default();
    let what = format!("first success after it: {} in {latency}", told(operation));
    StoryLine::new(at, operation.workload.as_str(), what, Tone::Good)
}

fn told(operation: &Operation) -> String {
    let Operation { name, client, invoked, .. } = operation;
    format!("a {} that client {client} began at {invoked}", name.as_str())
}
