//! Chaos as JSON, each kind with its own pace, lengths and nodes.

use serde_json::{Map, Value, json};

use crate::document::shape::format_fraction;
use crate::engine::time::decimal_duration;
use crate::scenario::network;
use crate::scenario::writing::{named, words};

use super::{Bursts, Chaos, ChaosKind, Pace};

pub(in crate::scenario) fn write(chaos: &Chaos) -> Value {
    let kind = |kind: &ChaosKind| named(kind.kind.name(), Value::Object(self::kind(kind, chaos)));
    let mut fields = json!({
        "from": decimal_duration(chaos.from),
        "until": decimal_duration(chaos.until),
        "nodes": chaos.nodes,
        "applications": chaos.applications,
        "budget": if chaos.budget == chaos.nodes.len() { json!("all") } else { json!(chaos.budget) },
        "recovery": decimal_duration(chaos.recovery),
        "swarm": chaos.swarm,
        "kinds": chaos.kinds.iter().map(kind).collect::<Map<_, _>>(),
    });
    if let Some(bursts) = &chaos.bursts {
        fields["bursts"] = self::bursts(bursts);
    }
    if let Some(liveness) = &chaos.liveness {
        fields["liveness"] = json!({ "freeze": words(&liveness.freeze) });
    }
    fields
}

fn kind(kind: &ChaosKind, chaos: &Chaos) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.extend([match kind.pace {
        Pace::Every(mean) => named("interval", json!(decimal_duration(mean))),
        Pace::Count(count) => named("count", json!(count)),
    }]);
    if kind.nodes != chaos.nodes {
        fields.extend([named("nodes", json!(kind.nodes))]);
    }
    let draw = kind.kind.draw();
    fields.extend(draw.write(&chaos.applications));
    if draw.form().lasts {
        fields.extend([named("for", network::latency(&kind.lasting))]);
    }
    fields
}

fn bursts(bursts: &Bursts) -> Value {
    json!({
        "probability": format_fraction(bursts.probability_ppm),
        "after": network::latency(&bursts.after),
        "for": network::latency(&bursts.lasting),
        "targets": words(&bursts.targets),
        "hits": words(&bursts.hits),
    })
}
