//! Compares a run with its fault-free twin: the check for services that no model describes.

use std::collections::BTreeMap;

use crate::consistency::history::OperationId;
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::scenario::simulation::{
    ClientViews, OperationView, UnknownOutcome, ViewDifference, ViewEnd,
};

use super::assessment::{Assessment, operations_witness};
use super::evidence::Evidence;
use crate::consistency::history::ended;
use crate::consistency::text::abridged;

/// Compares the history of a workload's users, from an instant on, with runs without faults of the
/// same operations: failed ones left out, those of unknown outcome done or left out.
///
/// It is explained if one of the runs gives the same history. It cannot be explained if all runs
/// agree on an answer that was different, with no operation of unknown outcome before it.
pub(super) fn check(evidence: &Evidence, workload: Atom, from: Time) -> Assessment {
    let runs = &evidence.run.comparisons.fault_free;
    if runs.is_empty() {
        return Assessment::Untested("there is no run without faults to compare with".to_owned());
    }
    let seen = ClientViews::of(evidence.run, workload);
    let since = |view: &OperationView| evidence.operation(view.id).invoked >= from;
    let differences: Vec<(UnknownOutcome, Vec<ViewDifference>)> = runs
        .iter()
        .map(|run| {
            let mut all = seen.differences(&ClientViews::of(&run.run, workload), run.unknown);
            all.retain(|difference| since(&difference.view));
            (run.unknown, all)
        })
        .collect();
    if differences.iter().any(|(_, found)| found.is_empty()) {
        return Assessment::Held("equal to a run without faults".to_owned());
    }
    let completed = differences.iter().filter(|(unknown, _)| *unknown == UnknownOutcome::Completed);
    let completed: Vec<&[ViewDifference]> = completed.map(|(_, found)| found.as_slice()).collect();
    let doubt = first_doubt(evidence, &seen);
    let certain = agreed(&completed).into_iter().find(|difference| {
        ended(evidence.operation(difference.view.id))
            .is_some_and(|end| doubt.is_none_or(|doubt| end < doubt))
    });
    let Some(difference) = certain else {
        let runs = differences.len();
        return Assessment::Untested(format!(
            "different from {runs} runs without faults, which may be chance or what was left open"
        ));
    };
    let id = difference.view.id;
    let summary = format!("without faults {}", expected(&difference));
    Assessment::Broken(summary, operations_witness(evidence, &[(id, evidence.operation(id))]))
}

/// The time at which the first operation of unknown outcome was begun.
fn first_doubt(evidence: &Evidence, seen: &ClientViews) -> Option<Time> {
    let all = seen.clients.values().flatten();
    let unknown = all.filter(|view| view.end == ViewEnd::Unknown);
    unknown.map(|view| evidence.operation(view.id).invoked).min()
}

/// The answer that the fault-free twin gives.
fn expected(difference: &ViewDifference) -> String {
    match &difference.other {
        Some(answer) => format!("the answer is {}", abridged(answer)),
        None => "there is no such operation".to_owned(),
    }
}

/// The differences on which all runs agree.
fn agreed(runs: &[&[ViewDifference]]) -> Vec<ViewDifference> {
    let Some((first, rest)) = runs.split_first() else { return Vec::new() };
    let by_id = |run: &&[ViewDifference]| -> BTreeMap<OperationId, ViewDifference> {
        run.iter().map(|each| (each.view.id, each.clone())).collect()
    };
    let rest: Vec<_> = rest.iter().map(by_id).collect();
    let agree = |each: &&ViewDifference| {
        each.other.is_some() && rest.iter().all(|run| run.get(&each.view.id) == Some(*each))
    };
    first.iter().filter(agree).cloned().collect()
}
