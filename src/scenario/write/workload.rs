//! Workloads as JSON.

use serde_json::{Map, Value, json};

use super::{cluster, defaults, named, number};
use crate::document::shape::{Catalogue, ProgramInfo, format_bits};
use crate::engine::term::Atom;
use crate::engine::time::decimal_duration;
use crate::scenario::model::{Arrivals, Consistency, Load, Scenario, WorkloadConfig};
use crate::scenario::plan::PlannedOperation;
use crate::scenario::services::Affinity;

pub(super) fn workloads(scenario: &Scenario, catalogue: &Catalogue) -> Map<String, Value> {
    let workload = |workload: &WorkloadConfig| {
        let fields = self::workload(workload, scenario, catalogue);
        named(workload.name.as_str(), Value::Object(fields))
    };
    scenario.workloads.iter().map(workload).collect()
}

fn workload(
    workload: &WorkloadConfig,
    scenario: &Scenario,
    catalogue: &Catalogue,
) -> Map<String, Value> {
    let client = catalogue.client(workload.client.as_str());
    let mut fields = Map::from_iter([
        named("client", json!(workload.client)),
        named("on", cluster::one_or_more(&workload.on)),
        named("count", json!(workload.count)),
    ]);
    if let Load::Drawn { rate, arrivals, .. } = &workload.load {
        fields.extend([named("rate", json!(rate.to_string()))]);
        if *arrivals != Arrivals::Poisson {
            fields.extend([named("arrivals", json!(self::arrivals(*arrivals)))]);
        }
    }
    fields.extend([named("from", json!(decimal_duration(workload.from)))]);
    if workload.until != scenario.duration {
        fields.extend([named("until", json!(decimal_duration(workload.until)))]);
    }
    if let Load::Drawn { mix, .. } = &workload.load
        && client.is_none_or(|client| !all_alike(mix, client))
    {
        fields.extend([named("mix", self::mix(mix))]);
    }
    let claims: Vec<&str> = workload.claims.iter().map(|claim| claim_name(*claim)).collect();
    fields.extend([
        named("timeout", json!(decimal_duration(workload.timeout))),
        named("affinity", json!(affinity(workload.affinity))),
        named("claims", json!(claims)),
        named("config", defaults::settings(&workload.config, client)),
    ]);
    if let Load::Explicit(operations) = &workload.load {
        fields.extend([named("operations", self::operations(operations))]);
    }
    fields
}

/// Whether a mix is what it is if nothing is said about it.
fn all_alike(mix: &[(Atom, f64)], client: &ProgramInfo) -> bool {
    let usual = client.operations.iter().map(|name| (*name, 1.0));
    mix.iter().map(|(name, weight)| (name.as_str(), *weight)).eq(usual)
}

fn mix(mix: &[(Atom, f64)]) -> Value {
    let weights = mix.iter().map(|(name, weight)| named(name.as_str(), number(*weight)));
    Value::Object(weights.collect())
}

fn operations(operations: &[PlannedOperation]) -> Value {
    let mut next = 0;
    let entries = operations.iter().map(|operation| {
        let mut fields = json!({
            "at": decimal_duration(operation.at.since_start()),
            "client": operation.client,
            "do": operation.name,
            "draw": bits(operation.draw),
        });
        if operation.number != next {
            fields["number"] = json!(operation.number);
        }
        next = operation.number.wrapping_add(1);
        fields
    });
    entries.collect()
}

/// A small one as a number: every reader of JSON keeps all of its digits.
fn bits(bits: u64) -> Value {
    u32::try_from(bits).map_or_else(|_| json!(format_bits(bits)), |bits| json!(bits))
}

const fn arrivals(arrivals: Arrivals) -> &'static str {
    match arrivals {
        Arrivals::Poisson => "poisson",
        Arrivals::Even => "even",
    }
}

fn affinity(affinity: Affinity) -> &'static str {
    let found = Affinity::NAMES.iter().find(|(known, _)| *known == affinity);
    found.expect("every affinity has a name").1
}

fn claim_name(claim: Consistency) -> &'static str {
    let found = Consistency::NAMES.iter().find(|(known, _)| *known == claim);
    found.expect("every claim has a name").1
}
