//! The answers to the users' operations as such: errors and latencies.

use std::time::Duration;

use crate::consistency::history::{Operation, OperationId};
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::scenario::Expectation;

use super::evidence::{Evidence, OperationState};
use super::{WorkloadFigures, bounds, kept, tolerance};
use crate::consistency::history::ended;

/// A delay that nobody notices (Nielsen, *Usability Engineering*, 1993, chapter 5: 0.1 s "is about
/// the limit for having the user feel that the system is reacting instantaneously").
const UNNOTICED: Duration = Duration::from_millis(100);

/// Measures the figures of a workload.
pub(super) fn measure(evidence: &Evidence, workload: Atom) -> WorkloadFigures {
    let operations: Vec<&Operation> =
        evidence.operations(Some(workload)).map(|(_, operation)| operation).collect();
    let states = || operations.iter().map(|operation| evidence.state_of(operation));
    let count = |wanted: fn(OperationState) -> bool| states().filter(|each| wanted(*each)).count();
    let mut latencies: Vec<Duration> = states().filter_map(latency).collect();
    latencies.sort_unstable();
    let is_own = |id: OperationId| evidence.operation(id).workload == workload;
    let missing = evidence.missing(workload).iter().filter(|each| is_own(each.operation));
    let duplicated = kept::duplicated(evidence.keys(workload)).into_iter();
    let (first_failure, first_success_after_failure) = first_failure(evidence, &operations);
    let twin = evidence.run.comparisons.twin.as_deref();
    let figures = WorkloadFigures {
        workload,
        invoked: operations.len() as u64,
        ok: latencies.len() as u64,
        failed: count(|each| each == OperationState::Failed) as u64,
        unknown: count(|each| each == OperationState::Unknown) as u64,
        open: count(|each| each == OperationState::Open) as u64,
        availability_ppm: availability_ppm(evidence, &operations),
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        slowest: latencies.last().copied(),
        slow: slow(evidence, workload),
        first_failure,
        first_success_after_failure,
        longest_without_success: longest_without_success(evidence, &operations),
        missing: missing.cloned().collect(),
        duplicated: duplicated
            .filter(|each| kept::brought_by(evidence, each) == workload)
            .collect(),
        error_budget: None,
        twin_p99: twin.and_then(|twin| p99(&Evidence::of(twin), workload)),
        tolerance: tolerance::measure(evidence, workload),
    };
    WorkloadFigures { error_budget: bounds::error_budget(evidence, &figures), ..figures }
}

/// The 99th percentile of the operations that were answered without an error.
fn p99(evidence: &Evidence, workload: Atom) -> Option<Duration> {
    let operations = evidence.operations(Some(workload)).map(|(_, operation)| operation);
    let mut latencies: Vec<Duration> =
        operations.filter_map(|operation| latency(evidence.state_of(operation))).collect();
    latencies.sort_unstable();
    percentile(&latencies, 99)
}

const fn latency(state: OperationState) -> Option<Duration> {
    match state {
        OperationState::Ok(latency) => Some(latency),
        OperationState::Failed | OperationState::Unknown | OperationState::Open => None,
    }
}

/// The nearest-rank percentile: the least value that `percent` in 100 do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

fn availability_ppm(evidence: &Evidence, operations: &[&Operation]) -> Option<u32> {
    let states = operations.iter().map(|operation| evidence.state_of(operation));
    let decided: Vec<OperationState> =
        states.filter(|each| *each != OperationState::Open).collect();
    let ok = decided.iter().filter(|each| latency(**each).is_some()).count() as u64;
    // Rounded down, so that one failure in a million operations is not 100%.
    (ok * 1_000_000).checked_div(decided.len() as u64).map(|ppm| ppm as u32)
}

/// The time from which an answer counts as slow: three times the 99th percentile before the first
/// fault, but never less than what nobody notices. Without anything to compare with it is the
/// longest wait that the scenario promises.
pub(super) fn slow(evidence: &Evidence, workload: Atom) -> Option<Duration> {
    let first = evidence.first_fault().unwrap_or(Time::MAX);
    let operations = evidence.operations(Some(workload)).map(|(_, operation)| operation);
    let before = operations.filter(|each| ended(each).is_some_and(|end| end < first));
    let mut latencies: Vec<Duration> =
        before.filter_map(|operation| latency(evidence.state_of(operation))).collect();
    latencies.sort_unstable();
    match percentile(&latencies, 99) {
        Some(usual) => Some((usual * 3).max(UNNOTICED)),
        None => promised(evidence, workload),
    }
}

/// The longest wait that the scenario promises the users of a workload, if it does.
pub(super) fn promised(evidence: &Evidence, workload: Atom) -> Option<Duration> {
    evidence.run.plan.scenario.expectations.iter().find_map(|each| {
        let Expectation::Transparent { workload: of, within } = each else { return None };
        (*of == workload).then_some(*within)
    })
}

/// The time at which a user first saw an operation fail, and the time at which one that was begun
/// after that was answered.
fn first_failure(evidence: &Evidence, operations: &[&Operation]) -> (Option<Time>, Option<Time>) {
    let seen = |operation: &Operation| match evidence.state_of(operation) {
        OperationState::Failed | OperationState::Unknown => {
            Some(ended(operation).unwrap_or(operation.invoked + operation.timeout))
        }
        OperationState::Ok(_) | OperationState::Open => None,
    };
    let Some(failure) = operations.iter().filter_map(|each| seen(each)).min() else {
        return (None, None);
    };
    let later = operations.iter().filter(|each| each.is_ok() && each.invoked >= failure);
    (Some(failure), later.filter_map(|each| ended(each)).min())
}

/// The longest time without a success while an operation was in progress.
fn longest_without_success(evidence: &Evidence, operations: &[&Operation]) -> Option<Duration> {
    let mut successes: Vec<Time> =
        operations.iter().filter(|each| each.is_ok()).filter_map(|each| ended(each)).collect();
    successes.sort_unstable();
    let last = operations.iter().map(|each| ended(each).unwrap_or(evidence.run.ended_at)).max()?;
    let mut before = Time::ZERO;
    let mut longest = Duration::ZERO;
    // Operations are in the order of invocation, so that the first of them that is begun at or
    // after a success is found from where the last one was.
    let mut waiting = WaitFinder { operations, next: 0, latest_end: Time::ZERO };
    for success in successes.into_iter().chain([last]) {
        let from = waiting.since(before, evidence.run.ended_at);
        longest = longest.max(success.since(from));
        before = success;
    }
    Some(longest)
}

/// Finds the instants at which an operation is in progress.
struct WaitFinder<'a> {
    operations: &'a [&'a Operation],
    next: usize,
    /// The latest end of the operations before `next`.
    latest_end: Time,
}

impl WaitFinder<'_> {
    /// The first instant from `time` on at which an operation is in progress.
    fn since(&mut self, time: Time, run_end: Time) -> Time {
        while let Some(operation) = self.operations.get(self.next)
            && operation.invoked <= time
        {
            self.latest_end = self.latest_end.max(ended(operation).unwrap_or(run_end));
            self.next += 1;
        }
        let next = self.operations.get(self.next).map_or(run_end, |operation| operation.invoked);
        if self.latest_end > time { time } else { next }
    }
}
