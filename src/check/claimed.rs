//! Whether what a service claims to its users is borne out by what they saw.

use crate::scenario::Consistency;
use crate::term::Atom;

use super::assessment::{Assessment, operations_witness};
use super::claims::{Claim, Examination};
use super::evidence::Evidence;
use super::explained::{self, Sequential};
use super::{Numbered, linearizable};

/// Checks a claim to the users of a workload.
pub(super) fn check(evidence: &Evidence, workload: Atom, claim: Consistency) -> Assessment {
    let operations: Vec<Numbered> = evidence.operations(Some(workload)).collect();
    let found = examine(evidence, workload, claim);
    match (found, evidence.exercised(workload)) {
        (Assessment::Held(_), Err(why)) => Assessment::Untested(why),
        (Assessment::Held(_), Ok(())) => {
            if claim == Consistency::Linearizable
                && Sequential::of(&operations) == Some(Sequential::Log)
            {
                return linearizable::held(evidence, workload);
            }
            let count = operations.len();
            Assessment::Held(format!("nothing in {count} operations is against it"))
        }
        (other @ (Assessment::Broken(..) | Assessment::Untested(_)), _) => other,
    }
}

/// Looks whether all that the users of a workload did and saw bears a claim out.
pub(super) fn examine(evidence: &Evidence, workload: Atom, claim: Consistency) -> Assessment {
    evidence.claim(workload, claim, || {
        let operations: Vec<Numbered> = evidence.operations(Some(workload)).collect();
        examine_these(evidence, workload, claim, &operations)
    })
}

/// Looks whether operations bear a claim out.
pub(super) fn examine_these(
    evidence: &Evidence,
    workload: Atom,
    claim: Consistency,
    operations: &[Numbered],
) -> Assessment {
    let claimed = match claim {
        Consistency::Linearizable | Consistency::Sequential => {
            return explained::in_order(evidence, operations, claim);
        }
        Consistency::ReadYourWrites => Claim::ReadYourWrites,
        Consistency::MonotonicReads => Claim::MonotonicReads,
        Consistency::Eventual => Claim::Eventual {
            healed: evidence.changes.last().map(|change| change.at).unwrap_or_default(),
            // Whoever asks again as long as clients wait is to see the same as the others.
            within: evidence.workload(workload).timeout,
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
