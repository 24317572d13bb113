//! Faults as JSON: what sets them off, what they do, and when they end.

use serde_json::{Map, Value, json};

use crate::document::shape::format_signed_duration;
use crate::engine::network::{Breaking, PathConfig};
use crate::engine::runtime::DiskFault;
use crate::engine::term::Atom;
use crate::engine::time::decimal_duration;
use crate::scenario::Scenario;
use crate::scenario::network;
use crate::scenario::writing::{named, number};

use super::{Condition, Fault, Repeat, ScheduledFault, Sighting, Trigger};

type Fields = Map<String, Value>;

/// The faults in their order; what is done to both ways of a path stands in one.
pub(in crate::scenario) fn write(scenario: &Scenario) -> Vec<Value> {
    let mut partitions = 0;
    let mut entries = Vec::new();
    let mut rest = scenario.faults.as_slice();
    while let Some((fault, others)) = rest.split_first() {
        let mut fields = entry(fault, scenario, partitions);
        let back = others.first().filter(|back| is_way_back(fault, back, scenario));
        rest = &others[usize::from(back.is_some())..];
        if back.is_some() {
            fields.insert("one_way".to_owned(), json!(false));
        }
        partitions += u32::from(matches!(fault.fault, Fault::Partition(_)));
        entries.push(Value::Object(fields));
    }
    entries
}

/// Whether one is said with the other by leaving `one_way` out.
fn is_way_back(there: &ScheduledFault, back: &ScheduledFault, scenario: &Scenario) -> bool {
    let Fault::SetPath { from, to, .. } = &there.fault else { return false };
    let Fault::SetPath { from: back_from, to: back_to, .. } = &back.fault else { return false };
    let swapped = (from, to) == (back_to, back_from) && from != to;
    let [mut one, mut other] = [there, back].map(|fault| entry(fault, scenario, 0));
    let ends = ["slow_path", "usual_path"];
    one.retain(|name, _| !ends.contains(&name.as_str()));
    other.retain(|name, _| !ends.contains(&name.as_str()));
    swapped && one == other
}

/// A fault as a file has it, if the file has so many partitions before it.
fn entry(fault: &ScheduledFault, scenario: &Scenario, partitions: u32) -> Fields {
    let mut fields = Fields::new();
    if let Some(label) = &fault.label {
        fields.extend([named("name", json!(label))]);
    }
    match &fault.trigger {
        Trigger::At(at) => fields.extend([named("at", json!(decimal_duration(*at)))]),
        Trigger::AtStep(step) => fields.extend([named("at_step", json!(step))]),
        Trigger::When(sighting) => fields.extend(self::sighting(sighting)),
    }
    let (effect, end) = effect(&fault.fault, scenario, partitions);
    fields.extend(effect);
    if let (Some(end), Some((after, _))) = (end, &fault.undo) {
        fields.extend([named(end, json!(decimal_duration(*after)))]);
    }
    fields
}

fn sighting(sighting: &Sighting) -> Fields {
    let Sighting { condition, after, from, until, repeat } = sighting;
    let mut fields = Fields::from_iter([named("when", self::condition(condition))]);
    for (name, time) in [("after", after), ("from", from)] {
        if !time.is_zero() {
            fields.extend([named(name, json!(decimal_duration(*time)))]);
        }
    }
    fields.extend(until.map(|until| named("until", json!(decimal_duration(until)))));
    if let Repeat::Each(at_most) = repeat {
        fields.extend([named("each", json!(true))]);
        fields.extend(at_most.map(|at_most| named("at_most", json!(at_most))));
    }
    fields
}

/// What a fault does, and the field that says how long, if it has one.
fn effect(fault: &Fault, scenario: &Scenario, partitions: u32) -> (Fields, Option<&'static str>) {
    let of = |name, subject: Atom| Fields::from_iter([named(name, json!(subject))]);
    match fault {
        Fault::Exit { name, node, reason } => {
            let mut fields = of("kill", *name);
            fields.extend(node.map(|node| named("on", json!(node))));
            fields.extend([named("reason", json!(reason.to_string()))]);
            (fields, None)
        }
        Fault::CrashNode(node) => (of("crash", *node), Some("restart_after")),
        Fault::CrashHost(host) => (of("crash_host", *host), Some("restart_after")),
        Fault::CrashSite(site) => (of("crash_site", site.name), Some("restart_after")),
        Fault::StartSite(site) => (of("start_site", site.name), None),
        Fault::StopNode(node) => (of("stop", *node), Some("restart_after")),
        Fault::StartNode(node) => (of("start", *node), None),
        Fault::StartHost(host) => (of("start_host", *host), None),
        Fault::PauseNode(node) => (of("pause", *node), Some("for")),
        Fault::ResumeNode(node) => (of("resume", *node), None),
        Fault::Partition(partition) => {
            let mut fields = Fields::from_iter([
                named("partition", json!(partition.groups)),
                named("one_way", json!(partition.one_way)),
            ]);
            if partition.id != partitions {
                fields.extend([named("number", json!(partition.id))]);
            }
            (fields, Some("heal_after"))
        }
        Fault::Heal(number) => (Fields::from_iter([named("heal", json!(number))]), None),
        Fault::HealAll => (Fields::from_iter([named("heal", json!("all"))]), None),
        Fault::BreakConnections { groups, breaking } => {
            let silently = *breaking == Breaking::Silent;
            let fields =
                [named("break_connections", json!(groups)), named("silently", json!(silently))];
            (Fields::from_iter(fields), None)
        }
        Fault::Disconnect(node, peer) => {
            (Fields::from_iter([named("disconnect", json!([node, peer]))]), None)
        }
        Fault::Connect(node, peer) => {
            (Fields::from_iter([named("connect", json!([node, peer]))]), None)
        }
        Fault::SetPath { from, to, path } => path_effect(*from, *to, path.as_ref(), scenario),
        Fault::SetSpeed { node, percent } => {
            let mut fields = of("slow_node", *node);
            fields.extend([named("factor", number(f64::from(*percent) / 100.0))]);
            (fields, Some("for"))
        }
        Fault::BreakDisk { node, fault } => (of(disk_fault(*fault), *node), Some("for")),
        Fault::MendDisk { node, fault } => (mended(*node, disk_fault(*fault)), None),
        Fault::CorruptDisk(node) => (of("corrupt_disk", *node), None),
        Fault::SetDiskLatency { node, latency: Some(latency) } => {
            let mut fields = of("slow_disk", *node);
            fields.extend([named("latency", network::latency(latency))]);
            (fields, Some("for"))
        }
        Fault::SetDiskLatency { node, latency: None } => (mended(*node, "slow_disk"), None),
        Fault::StepClock { node, nanos } => {
            let mut fields = of("clock_step", *node);
            fields.extend([named("by", json!(format_signed_duration(*nanos)))]);
            (fields, None)
        }
        Fault::SetClockDrift { node, ppm } => {
            let mut fields = of("clock_drift", *node);
            fields.extend([named("ppm", json!(ppm))]);
            (fields, Some("for"))
        }
    }
}

/// What files call a fault of a disk.
fn disk_fault(fault: DiskFault) -> &'static str {
    match fault {
        DiskFault::FsyncError => "fsync_error",
        DiskFault::Full => "full_disk",
        DiskFault::Lying => "lying_disk",
    }
}

fn mended(node: Atom, fault: &str) -> Fields {
    Fields::from_iter([named("mend_disk", json!(node)), named("of", json!(fault))])
}

/// What is done to a path, one way. What it is then is told by what is not as it usually is, and by
/// its latency at least.
fn path_effect(
    from: Atom,
    to: Atom,
    path: Option<&PathConfig>,
    scenario: &Scenario,
) -> (Fields, Option<&'static str>) {
    let one_way = named("one_way", json!(from != to));
    let Some(path) = path else {
        return (Fields::from_iter([named("usual_path", json!([from, to])), one_way]), None);
    };
    let mut fields = Fields::from_iter([named("slow_path", json!([from, to]))]);
    let changes = network::changes(path, Some(scenario.path(from, to)));
    if changes.is_empty() {
        fields.extend([named("latency", network::latency(&path.latency))]);
    }
    fields.extend(changes);
    fields.extend([one_way]);
    (fields, Some("for"))
}

/// What sets a fault off, and what an invariant may wait for.
pub(in crate::scenario) fn condition(condition: &Condition) -> Value {
    let of = |name, subject: &Atom, place, node: &Option<Atom>| {
        let mut fields = Fields::from_iter([named(name, json!(subject))]);
        fields.extend(node.map(|node| named(place, json!(node))));
        Value::Object(fields)
    };
    match condition {
        Condition::ApplicationStarted { application, on } => {
            of("application_started", application, "on", on)
        }
        Condition::ApplicationStopped { application, on } => {
            of("application_stopped", application, "on", on)
        }
        Condition::NodeDown { node, seen_by } => of("nodedown", node, "seen_by", seen_by),
        Condition::NodeUp { node, seen_by } => of("nodeup", node, "seen_by", seen_by),
        Condition::ProcessExited { name, on } => of("process_exited", name, "on", on),
        Condition::OperationsCompleted(count) => json!({ "operations_completed": count }),
    }
}
