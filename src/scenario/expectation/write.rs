//! Expectations as JSON.

use serde_json::{Value, json};

use crate::document::shape::format_fraction;
use crate::engine::time::decimal_duration;
use crate::scenario::writing::number;
use crate::scenario::{Scenario, invariant};

use super::{Expectation, claims, with_claims};

/// What is expected, without what follows from claims, and what is invariant.
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
    [expected, invariants].map(|each| each.iter().map(expectation).collect())
}

/// One expectation; claims that no workload has, and what Rust code asks, have no words.
fn expectation(expectation: &Expectation) -> Value {
    let permille = |part: u32| number(f64::from(part) / 1_000.0);
    match expectation {
        Expectation::Transparent { workload, within } => {
            json!({ "transparent": workload, "within": decimal_duration(*within) })
        }
        Expectation::Linearizable { workload } => json!({ "linearizable": workload }),
        Expectation::LostAcknowledged { workload, at_most } => {
            json!({ "lost_acknowledged": workload, "at_most": at_most })
        }
        Expectation::Duplicated { workload, at_most } => {
            json!({ "duplicated": workload, "at_most": at_most })
        }
        Expectation::SingleInstance { application, overlap_at_most } => json!({
            "single_instance": application,
            "overlap_at_most": decimal_duration(*overlap_at_most),
        }),
        Expectation::Availability { workload, at_least_ppm } => {
            json!({ "availability": workload, "at_least": format_fraction(*at_least_ppm) })
        }
        Expectation::RecoveryTime { workload, at_most } => {
            json!({ "recovery_time": workload, "at_most": decimal_duration(*at_most) })
        }
        Expectation::DetectionTime { node, at_most } => {
            json!({ "detection_time": node, "at_most": decimal_duration(*at_most) })
        }
        Expectation::FailSafe { workload } => json!({ "fail_safe": workload }),
        Expectation::Nonmasking { workload, within, after } => json!({
            "nonmasking": workload,
            "within": decimal_duration(*within),
            "after": decimal_duration(*after),
        }),
        Expectation::Progress { workload, within, after } => {
            let mut fields = json!({ "progress": workload, "after": decimal_duration(*after) });
            if let Some(within) = within {
                fields["within"] = json!(decimal_duration(*within));
            }
            fields
        }
        Expectation::RecoveryPoint { workload, at_most } => {
            json!({ "rpo": workload, "at_most": decimal_duration(*at_most) })
        }
        Expectation::ErrorBudget { workload, objective_ppm, at_most_permille } => json!({
            "error_budget": workload,
            "objective": format_fraction(*objective_ppm),
            "at_most": permille(*at_most_permille),
        }),
        Expectation::P99AgainstTwin { workload, at_most_permille } => {
            json!({ "p99_against_twin": workload, "at_most": permille(*at_most_permille) })
        }
        Expectation::LocationTransparent { workload, placements } => {
            json!({ "location_transparent": workload, "placements": self::placements(*placements) })
        }
        Expectation::TwoPrimaries { application, at_most } => {
            json!({ "two_primaries": application, "at_most": decimal_duration(*at_most) })
        }
        Expectation::Invariant(invariant) => invariant::write(invariant),
        Expectation::Claim { .. } => Value::Null,
    }
}

/// How many placements, as the word that is the default where it fits.
fn placements(placements: u32) -> Value {
    use crate::scenario::placement::Layout;
    if placements as usize == Layout::ALL.len() { json!("all") } else { json!(placements) }
}
