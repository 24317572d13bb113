//! Limits on figures: the error budget, the slowest answers compared with the fault-free twin, and
//! the age of lost data.

use std::time::Duration;

use crate::document::shape::{format_fraction, format_permille};
use crate::engine::term::Atom;
use crate::engine::time::{format_duration, round_duration};
use crate::scenario::Expectation;

use super::assessment::{Assessment, operations_witness};
use super::evidence::{Evidence, OperationState};
use super::{ErrorBudget, MissingOperation, WorkloadFigures, availability, kept};
use crate::consistency::Numbered;

/// With fewer operations than this the 99th percentile is the slowest of them.
const OPERATIONS_MIN: u64 = 100;

/// The error budget of a workload: that of its own limit, or else that of its availability.
pub(super) fn error_budget(evidence: &Evidence, figures: &WorkloadFigures) -> Option<ErrorBudget> {
    let expectations = &evidence.run.plan.scenario.expectations;
    let own = expectations.iter().find_map(|each| {
        let Expectation::ErrorBudget { workload, objective_ppm, .. } = each else { return None };
        (*workload == figures.workload).then_some(*objective_ppm)
    });
    let availability = expectations.iter().find_map(|each| {
        let Expectation::Availability { workload, at_least_ppm } = each else { return None };
        (*workload == figures.workload).then_some(*at_least_ppm)
    });
    own.or(availability).map(|objective_ppm| budget(figures, objective_ppm))
}

/// The part of an objective's error budget that is used up.
fn budget(figures: &WorkloadFigures, objective_ppm: u32) -> ErrorBudget {
    let failed = u128::from(figures.failed + figures.unknown);
    let decided = u128::from(figures.invoked - figures.open);
    let allowed = decided * u128::from(1_000_000 - objective_ppm.min(1_000_000));
    // Rounded up, so that what is over the budget never looks as if it were not.
    let spent = (failed * 1_000_000_000).div_ceil(allowed.max(1));
    let spent_permille = u64::try_from(spent).unwrap_or(u64::MAX);
    ErrorBudget { objective_ppm, spent_permille: if failed == 0 { 0 } else { spent_permille } }
}

/// Checks that failures use up no more of the error budget than this.
pub(super) fn check_error_budget(
    evidence: &Evidence,
    figures: &WorkloadFigures,
    objective_ppm: u32,
    at_most_permille: u32,
) -> Assessment {
    let workload = figures.workload;
    let decided = figures.invoked - figures.open;
    if decided == 0 {
        return Assessment::Untested(format!("no operation of {workload} came to its end"));
    }
    let budget = budget(figures, objective_ppm);
    let failed = figures.failed + figures.unknown;
    let summary = format!(
        "{failed} of {decided} operations failed, which is {} of the error budget of {}",
        format_permille(budget.spent_permille),
        format_fraction(1_000_000 - objective_ppm)
    );
    if budget.spent_permille > u64::from(at_most_permille) {
        let unanswered = availability::unanswered(evidence, workload);
        return Assessment::Broken(summary, operations_witness(evidence, &unanswered));
    }
    match evidence.exercised(workload).and_then(|()| evidence.settled(workload)) {
        Ok(()) => Assessment::Held(summary),
        Err(why) => Assessment::Untested(why),
    }
}

/// Checks that the 99th percentile is at most this many times that of the fault-free twin.
pub(super) fn check_p99_against_twin(
    evidence: &Evidence,
    figures: &WorkloadFigures,
    at_most_permille: u32,
) -> Assessment {
    let workload = figures.workload;
    if let Err(why) = evidence.exercised(workload) {
        return Assessment::Untested(why);
    }
    let (Some(own), Some(twin)) = (figures.p99, figures.twin_p99) else {
        return Assessment::Untested(format!("{workload} were not answered in both runs"));
    };
    if figures.ok < OPERATIONS_MIN {
        let ok = figures.ok;
        return Assessment::Untested(format!(
            "{ok} answers are too few for a 99th percentile: it takes {OPERATIONS_MIN}"
        ));
    }
    let factor = own.as_nanos() * 1_000 / twin.as_nanos().max(1);
    let summary = format!(
        "p99 {}, {} times the {} of the run without faults",
        round_duration(own),
        format_permille(u64::try_from(factor).unwrap_or(u64::MAX)),
        round_duration(twin)
    );
    if own.as_nanos() * 1_000 > twin.as_nanos() * u128::from(at_most_permille) {
        let slowest = slower(evidence, workload, own);
        return Assessment::Broken(summary, operations_witness(evidence, &slowest));
    }
    match evidence.settled(workload) {
        Ok(()) => Assessment::Held(summary),
        Err(why) => Assessment::Untested(why),
    }
}

/// The operations that took at least this long.
fn slower<'a>(evidence: &Evidence<'a>, workload: Atom, least: Duration) -> Vec<Numbered<'a>> {
    let is_slow = |state| matches!(state, OperationState::Ok(latency) if latency >= least);
    let operations = evidence.operations(Some(workload));
    operations.filter(|(_, each)| is_slow(evidence.state_of(each))).collect()
}

/// Checks that no acknowledged operation was lost that was older than this at the fault.
pub(super) fn check_recovery_point(
    evidence: &Evidence,
    workload: Atom,
    at_most: Duration,
) -> Assessment {
    let lost = || evidence.missing(workload).iter().filter(|missing| !missing.seen_again);
    let is_too_old = |missing: &&MissingOperation| missing.age.is_none_or(|age| age > at_most);
    let too_old: Vec<&MissingOperation> = lost().filter(is_too_old).collect();
    let age = kept::oldest_text(evidence, lost());
    let summary = match lost().count() {
        0 => "nothing lost that was acknowledged".to_owned(),
        count => format!("{count} acknowledged operations lost{age}"),
    };
    if !too_old.is_empty() {
        let operations: Vec<Numbered> = too_old
            .iter()
            .map(|each| (each.operation, evidence.operation(each.operation)))
            .collect();
        let summary =
            format!("{summary}; {} older than {}", too_old.len(), format_duration(at_most));
        return Assessment::Broken(summary, operations_witness(evidence, &operations));
    }
    match kept::exercised(evidence, workload) {
        Ok(()) => Assessment::Held(summary),
        Err(why) => Assessment::Untested(why),
    }
}
