//! Checks the consistency that a service claims against what its users saw.

use std::time::Duration;

use crate::consistency::history::{Action, ended};
use crate::engine::term::Atom;
use crate::scenario::Consistency;

use super::assessment::{Assessment, operations_witness};
use super::evidence::Evidence;
use super::explained;
use super::linearizable;
use crate::consistency::Numbered;
use crate::consistency::claims::{Claim, Examination};
use crate::consistency::model::Specification;

/// Checks a claim to the users of a workload.
pub(super) fn check(evidence: &Evidence, workload: Atom, claim: Consistency) -> Assessment {
    let operations = binding(evidence, workload, claim, evidence.operations_together(workload));
    let found = examine(evidence, workload, claim);
    let exercised = evidence.exercised_together(workload).and_then(|()| evidence.used(workload));
    match (found, exercised) {
        (Assessment::Held(_), Err(why)) => Assessment::Untested(why),
        (Assessment::Held(_), Ok(())) => {
            if claim == Consistency::Linearizable
                && explained::model_of(evidence, &operations) == Some(Specification::Log)
            {
                return linearizable::held(evidence, workload);
            }
            let first = evidence.first_fault();
            if let Err(why) = evidence.shown(workload, |each| each.is_ok() && ended(each) >= first)
            {
                return Assessment::Untested(why);
            }
            let count = operations.len();
            Assessment::Held(format!("nothing in {count} operations is against it"))
        }
        (other @ (Assessment::Broken(..) | Assessment::Untested(_)), _) => other,
    }
}

/// Judges a claim to the users of one workload by all operations of all users of the service.
pub(super) fn examine(evidence: &Evidence, workload: Atom, claim: Consistency) -> Assessment {
    evidence.claim(workload, claim, || {
        let operations: Vec<Numbered> = evidence.operations_together(workload).collect();
        examine_these(evidence, workload, claim, &operations)
    })
}

/// The operations that a claim to the users of one workload covers: reads of users who are promised
/// less by the same service do not count.
fn binding<'a>(
    evidence: &Evidence,
    workload: Atom,
    claim: Consistency,
    operations: impl IntoIterator<Item = Numbered<'a>>,
) -> Vec<Numbered<'a>> {
    let others = evidence.together.with(workload).iter().filter(|other| **other != workload);
    let weaker = others.filter(|other| is_promised_less(&evidence.workload(**other).claims, claim));
    let weaker: Vec<Atom> = weaker.copied().collect();
    let counts =
        |(_, each): &Numbered| each.action != Action::Read || !weaker.contains(&each.workload);
    operations.into_iter().filter(counts).collect()
}

/// True if a service makes other claims, but not this one nor any that implies it.
fn is_promised_less(claims: &[Consistency], claim: Consistency) -> bool {
    let enough: &[Consistency] = match claim {
        Consistency::Linearizable => &[Consistency::Linearizable],
        Consistency::Sequential => &[Consistency::Sequential, Consistency::Linearizable],
        Consistency::ReadYourWrites
        | Consistency::MonotonicReads
        | Consistency::MonotonicWrites
        | Consistency::WritesFollowReads => {
            &[claim, Consistency::Sequential, Consistency::Linearizable]
        }
        Consistency::Eventual | Consistency::AtMostOnce | Consistency::AtLeastOnce => return false,
    };
    !claims.is_empty() && !claims.iter().any(|each| enough.contains(each))
}

/// Judges a claim by these operations.
pub(super) fn examine_these(
    evidence: &Evidence,
    workload: Atom,
    claim: Consistency,
    operations: &[Numbered],
) -> Assessment {
    let operations = &binding(evidence, workload, claim, operations.iter().copied());
    let claimed = match claim {
        Consistency::Linearizable | Consistency::Sequential => {
            return explained::in_order(evidence, operations, claim);
        }
        Consistency::ReadYourWrites => Claim::ReadYourWrites,
        Consistency::MonotonicReads => Claim::MonotonicReads,
        Consistency::MonotonicWrites => Claim::MonotonicWrites,
        Consistency::WritesFollowReads => Claim::WritesFollowReads,
        Consistency::Eventual => Claim::Eventual {
            healed: evidence.changes.last().map(|change| change.at).unwrap_or_default(),
            // Whoever asks again as long as clients wait is to see the same as the others.
            within: patience(evidence, workload),
        },
        Consistency::AtMostOnce => Claim::AtMostOnce,
        Consistency::AtLeastOnce => Claim::AtLeastOnce,
    };
    match claimed.examine(operations.iter().copied()) {
        Examination::Holds => Assessment::Held(claim.description().to_owned()),
        Examination::Violated(why, shown) => {
            let shown: Vec<Numbered> =
                shown.into_iter().map(|id| (id, evidence.operation(id))).collect();
            Assessment::Broken(why, operations_witness(evidence, &shown))
        }
        Examination::Inconclusive(why) => Assessment::Untested(why),
    }
}

/// The time that users of the service of a workload wait for an answer.
fn patience(evidence: &Evidence, workload: Atom) -> Duration {
    let all = evidence.together.with(workload).iter();
    all.map(|name| evidence.workload(*name).timeout).max().unwrap_or_default()
}
