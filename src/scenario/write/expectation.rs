//! Expectations and invariants as JSON.

use serde_json::{Map, Value, json};

use super::fault::condition;
use super::{named, number};
use crate::document::shape::format_fraction;
use crate::engine::term::Atom;
use crate::engine::time::decimal_duration;
use crate::scenario::invariant::{Invariant, Observation, State};
use crate::scenario::model::{Expectation, Scenario};
use crate::scenario::resolve::{claims, with_claims};

/// What is expected, without what follows from claims, and what is invariant.
pub(super) fn split(scenario: &Scenario) -> [Vec<Value>; 2] {
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
        Expectation::Invariant(invariant) => self::invariant(invariant),
        Expectation::Claim { .. } => Value::Null,
    }
}

/// How many placements, as the word that is the default where it fits.
fn placements(placements: u32) -> Value {
    use crate::scenario::placement::Layout;
    if placements as usize == Layout::ALL.len() { json!("all") } else { json!(placements) }
}

fn invariant(invariant: &Invariant) -> Value {
    match invariant {
        Invariant::Always { state, from } => {
            json!({ "always": self::state(state), "from": decimal_duration(*from) })
        }
        Invariant::Never(what) => json!({ "never": observation(what) }),
        Invariant::Eventually { what, within } => {
            json!({ "eventually": observation(what), "within": decimal_duration(*within) })
        }
        Invariant::Sometimes(what) => json!({ "sometimes": observation(what) }),
        Invariant::AtMostOne { application } => json!({ "at_most_one": application }),
        Invariant::After { event, within, then } => json!({
            "after": condition(event),
            "within": decimal_duration(*within),
            "then": observation(then),
        }),
        Invariant::Named(_) => Value::Null,
    }
}

fn observation(observation: &Observation) -> Value {
    match observation {
        Observation::Event(event) => condition(event),
        Observation::State(state) => self::state(state),
    }
}

fn state(state: &State) -> Value {
    let of = |name, subject: &Atom| Map::from_iter([named(name, json!(subject))]);
    match state {
        State::Running { application, on } => {
            let mut fields = of("running", application);
            fields.extend(on.map(|on| named("on", json!(on))));
            Value::Object(fields)
        }
        State::Up { node } => Value::Object(of("up", node)),
        State::Connected { node, peer } => json!({ "connected": [node, peer] }),
    }
}
