//! Availability: the share of the operations that are answered without an error.

use crate::consistency::history::{Operation, OperationId};
use crate::document::shape::format_fraction;
use crate::engine::term::Atom;

use super::WorkloadFigures;
use super::assessment::{Assessment, operations_witness};
use super::evidence::{Evidence, OperationState};

/// Checks that at least this share of the operations was answered without an error.
pub(super) fn check(
    evidence: &Evidence,
    figures: &WorkloadFigures,
    at_least_ppm: u32,
) -> Assessment {
    let workload = figures.workload;
    let Some(ppm) = figures.availability_ppm else {
        return Assessment::Untested(format!("no operation of {workload} came to its end"));
    };
    let decided = figures.invoked - figures.open;
    let share = format_fraction(ppm);
    let summary = format!("{share} answered ({} of {decided})", figures.ok);
    if ppm >= at_least_ppm {
        return match evidence.exercised(workload).and_then(|()| evidence.settled(workload)) {
            Ok(()) => Assessment::Held(summary),
            Err(why) => Assessment::Untested(why),
        };
    }
    Assessment::Broken(summary, operations_witness(evidence, &unanswered(evidence, workload)))
}

/// The operations that were not answered, or with an error.
pub(super) fn unanswered<'a>(
    evidence: &Evidence<'a>,
    workload: Atom,
) -> Vec<(OperationId, &'a Operation)> {
    let unanswered = |operation| match evidence.state_of(operation) {
        OperationState::Failed | OperationState::Unknown => true,
        OperationState::Ok(_) | OperationState::Open => false,
    };
    evidence.operations(Some(workload)).filter(|(_, each)| unanswered(each)).collect()
}
