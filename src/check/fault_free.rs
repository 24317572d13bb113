//! Whether users could have seen the same without the faults: what is known of services that no
//! model describes.

use std::collections::BTreeMap;

use crate::history::OperationId;
use crate::simulation::{Difference, End, Sight, Sights, Unknown};
use crate::term::Atom;
use crate::time::Time;

use super::assessment::{Assessment, abridged, operations_witness};
use super::evidence::{Evidence, ended};

/// Compares what the users of a workload saw, of operations begun at an instant or later, with runs
/// without faults that do the same: those that failed left out, those of unknown outcome done or
/// left out.
///
/// It is explained if one of the runs shows the same. It cannot be explained if all runs agree on
/// an answer that was different, and nothing of unknown outcome came before.
pub(super) fn check(evidence: &Evidence, workload: Atom, from: Time) -> Assessment {
    let runs = &evidence.run.comparisons.fault_free;
    if runs.is_empty() {
        return Assessment::Untested("there is no run without faults to compare with".to_owned());
    }
    let seen = Sights::of(evidence.run, workload);
    let since = |sight: &Sight| evidence.operation(sight.id).invoked >= from;
    let differences: Vec<(Unknown, Vec<Difference>)> = runs
        .iter()
        .map(|run| {
            let mut all = seen.differences(&Sights::of(&run.run, workload), run.unknown);
            all.retain(|difference| since(&difference.sight));
            (run.unknown, all)
        })
        .collect();
    if differences.iter().any(|(_, found)| found.is_empty()) {
        return Assessment::Held("equal to a run without faults".to_owned());
    }
    let completed = differences.iter().filter(|(unknown, _)| *unknown == Unknown::Completed);
    let completed: Vec<&[Difference]> = completed.map(|(_, found)| found.as_slice()).collect();
    let doubt = first_doubt(evidence, &seen);
    let certain = agreed(&completed).into_iter().find(|difference| {
        ended(evidence.operation(difference.sight.id))
            .is_some_and(|end| doubt.is_none_or(|doubt| end < doubt))
    });
    let Some(difference) = certain else {
        let runs = differences.len();
        return Assessment::Untested(format!(
            "different from {runs} runs without faults, which may be chance or what was left open"
        ));
    };
    let id = difference.sight.id;
    let summary = format!("without faults {}", expected(&difference));
    Assessment::Broken(summary, operations_witness(evidence, &[(id, evidence.operation(id))]))
}

/// When the first operation was begun of which nobody knows whether it was done.
fn first_doubt(evidence: &Evidence, seen: &Sights) -> Option<Time> {
    let all = seen.clients.values().flatten();
    let unknown = all.filter(|sight| sight.end == End::Unknown);
    unknown.map(|sight| evidence.operation(sight.id).invoked).min()
}

/// What the answer is without the faults.
fn expected(difference: &Difference) -> String {
    match &difference.other {
        Some(answer) => format!("the answer is {}", abridged(answer)),
        None => "there is no such operation".to_owned(),
    }
}

/// The differences on which all runs agree.
fn agreed(runs: &[&[Difference]]) -> Vec<Difference> {
    let Some((first, rest)) = runs.split_first() else { return Vec::new() };
    let by_id = |run: &&[Difference]| -> BTreeMap<OperationId, Difference> {
        run.iter().map(|each| (each.sight.id, each.clone())).collect()
    };
    let rest: Vec<_> = rest.iter().map(by_id).collect();
    let agree = |each: &&Difference| {
        each.other.is_some() && rest.iter().all(|run| run.get(&each.sight.id) == Some(*each))
    };
    first.iter().filter(agree).cloned().collect()
}
