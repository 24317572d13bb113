//! Failure transparency: users cannot distinguish the run from one without faults, except for short
//! delays.

use std::time::Duration;

use crate::consistency::history::{Operation, OperationId};
use crate::engine::term::Atom;
use crate::engine::time::{format_duration, round_duration};

use super::assessment::{Assessment, operations_witness};
use super::evidence::{Evidence, OperationState};
use super::{Conclusion, WorkloadFigures, availability, kept};

/// Checks that users noticed only short delays: every operation was answered in time, without an
/// error; the history can be explained without the faults; and reads show nothing lost and nothing
/// twice.
///
/// This is masking fault tolerance as clients see it: always right, and in time (Gärtner,
/// *Fundamentals of fault-tolerant distributed computing in asynchronous environments*, 1999).
pub(super) fn check(
    evidence: &Evidence,
    figures: &WorkloadFigures,
    within: Duration,
) -> Assessment {
    let workload = figures.workload;
    let errors = availability::unanswered(evidence, workload);
    let slow = late(evidence, workload, within);
    let lost = evidence.missing(workload).iter().filter(|each| !each.seen_again);
    let lost: Vec<_> =
        lost.map(|each| (each.operation, evidence.operation(each.operation))).collect();
    let twice = kept::duplicated(evidence.keys(workload));
    let twice: Vec<_> =
        twice.iter().map(|each| (each.read, evidence.operation(each.read))).collect();
    let noticed =
        [("not answered", errors), ("too late", slow), ("lost", lost), ("shown twice", twice)];
    assess(evidence, figures, within, &noticed)
}

/// The operations that were answered, or went on, for longer than they may take.
fn late<'a>(
    evidence: &Evidence<'a>,
    workload: Atom,
    within: Duration,
) -> Vec<(OperationId, &'a Operation)> {
    let late = |operation| match evidence.state_of(operation) {
        OperationState::Ok(_) | OperationState::Open => evidence.waited(operation) > within,
        OperationState::Failed | OperationState::Unknown => false,
    };
    evidence.operations(Some(workload)).filter(|(_, each)| late(each)).collect()
}

fn assess(
    evidence: &Evidence,
    figures: &WorkloadFigures,
    within: Duration,
    noticed: &[(&str, Vec<(OperationId, &Operation)>)],
) -> Assessment {
    let slowest = figures.slowest.map_or("none".to_owned(), round_duration);
    let within = format_duration(within);
    let counts: Vec<String> = noticed
        .iter()
        .filter(|(_, operations)| !operations.is_empty())
        .map(|(what, operations)| format!("{} {what}", operations.len()))
        .collect();
    if !counts.is_empty() {
        let counts = counts.join(", ");
        let summary =
            format!("{counts}, of {} operations; slowest answer {slowest}", figures.invoked);
        let first: Vec<_> = noticed.iter().flat_map(|(_, all)| all.iter().copied()).collect();
        return Assessment::Broken(summary, operations_witness(evidence, &first));
    }
    let decided = figures.invoked - figures.open;
    if let Some(broken) = figures.tolerance.unexplained() {
        return broken;
    }
    match evidence.exercised(figures.workload).and_then(|()| evidence.settled(figures.workload)) {
        Ok(()) if figures.tolerance.explainable != Conclusion::Pass => {
            Assessment::Untested(figures.tolerance.explanation.clone())
        }
        Ok(()) => Assessment::Held(format!(
            "all {decided} operations answered within {within}, slowest {slowest}; nothing lost, nothing twice"
        )),
        Err(why) => Assessment::Untested(why),
    }
}
