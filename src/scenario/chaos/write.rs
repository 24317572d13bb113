//! Chaos as JSON, each kind with its own pace, lengths and nodes.

use serde_json::{Map, Value, json};

use crate::document::shape::{format_bandwidth, format_fraction};
use crate::engine::time::decimal_duration;
use crate::scenario::network;
use crate::scenario::writing::{named, number, words};
use crate::spelling::Choice;

use super::{Bursts, Chaos, ChaosKind, FaultKind, Pace};

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
    fields.extend(own(&kind.kind, chaos));
    if let FaultKind::Kill { reason, .. } = &kind.kind {
        fields.extend([named("reason", json!(reason.to_string()))]);
    }
    if let FaultKind::SlowPath { between, .. }
    | FaultKind::Loss { between, .. }
    | FaultKind::Bandwidth { between, .. } = &kind.kind
    {
        fields.extend([named("between", json!(between.word()))]);
    }
    if kind.kind.lasts() {
        fields.extend([named("for", network::latency(&kind.lasting))]);
    }
    fields
}

/// The field that only this kind has.
fn own(kind: &FaultKind, chaos: &Chaos) -> Option<(String, Value)> {
    Some(match kind {
        FaultKind::Crash
        | FaultKind::CrashHost
        | FaultKind::CrashSite
        | FaultKind::Stop
        | FaultKind::Pause
        | FaultKind::Disconnect
        | FaultKind::Disk { .. }
        | FaultKind::CorruptDisk => return None,
        FaultKind::Kill { names, .. } if *names == chaos.applications => return None,
        FaultKind::Kill { names, .. } => named("names", json!(names)),
        FaultKind::Partition { shapes } | FaultKind::OneWayPartition { shapes } => {
            named("shapes", words(shapes))
        }
        FaultKind::Swizzle { over } => named("over", json!(decimal_duration(*over))),
        FaultKind::SlowPath { latency, .. } | FaultKind::SlowDisk { latency } => {
            named("latency", network::latency(latency))
        }
        FaultKind::Loss { loss_ppm, .. } => named("loss", json!(format_fraction(*loss_ppm))),
        FaultKind::Bandwidth { bandwidth, .. } => {
            named("bandwidth", json!(format_bandwidth(*bandwidth)))
        }
        FaultKind::SlowNode { percent_max } => {
            named("factor", number(f64::from(*percent_max) / 100.0))
        }
        FaultKind::ClockStep { by } => named("by", network::latency(by)),
        FaultKind::ClockDrift { ppm_max } => named("ppm", json!(ppm_max)),
    })
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
