//! Expectations that follow from what workloads claim.

use serde_json::Value;

use crate::scenario::{Consistency, Scenario, WorkloadConfig};

use super::{Expectation, form};

/// The expectations that the claims of workloads make.
pub(in crate::scenario) fn claims(workloads: &[WorkloadConfig]) -> Vec<Expectation> {
    let all = workloads
        .iter()
        .flat_map(|workload| workload.claims.iter().map(|claim| (workload.name, *claim)));
    let expectation = |(workload, claim)| match claim {
        Consistency::Linearizable => Expectation::Linearizable { workload },
        Consistency::Sequential
        | Consistency::ReadYourWrites
        | Consistency::MonotonicReads
        | Consistency::MonotonicWrites
        | Consistency::WritesFollowReads
        | Consistency::Eventual
        | Consistency::AtMostOnce
        | Consistency::AtLeastOnce => Expectation::Claim { workload, claim },
    };
    all.map(expectation).collect()
}

/// The expectations of a file and those of its claims, each once.
pub(in crate::scenario) fn with_claims(
    mut expectations: Vec<Expectation>,
    claims: Vec<Expectation>,
) -> Vec<Expectation> {
    for claim in claims {
        if !expectations.contains(&claim) {
            expectations.push(claim);
        }
    }
    expectations
}

/// The expectations of a scenario as JSON, without those that its claims make, and its invariants.
pub(in crate::scenario) fn split(scenario: &Scenario) -> [Vec<Value>; 2] {
    let (invariants, mut expected): (Vec<Expectation>, Vec<Expectation>) = scenario
        .expectations
        .iter()
        .cloned()
        .partition(|each| matches!(each, Expectation::Invariant(_)));
    let everything = expected.clone();
    let claims = claims(&scenario.workloads);
    while let Some(last) = expected.pop() {
        if with_claims(expected.clone(), claims.clone()) != everything {
            expected.push(last);
            break;
        }
    }
    [expected, invariants].map(|each| each.iter().map(form::write).collect())
}
