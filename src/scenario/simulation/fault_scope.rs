//! The nodes that a fault concerns, as its trace record tells them.

use crate::engine::term::Atom;
use crate::engine::trace::FaultScope;
use crate::scenario::Scenario;
use crate::scenario::fault::{Fault, FaultCategory};

/// The kind of what puts something right.
const REPAIR: &str = "repair";

/// The kind of a fault, and the nodes of a scenario that it concerns.
pub(super) fn fault_scope(fault: &Fault, scenario: &Scenario) -> FaultScope {
    let kind = fault.category().map_or(REPAIR, FaultCategory::name);
    let on_host = |host: Atom| scenario.nodes_on(host).collect::<Vec<_>>();
    let of = |nodes: Vec<Atom>| FaultScope { kind, nodes, groups: Vec::new() };
    let apart = |groups: Vec<Vec<Atom>>| FaultScope { kind, nodes: Vec::new(), groups };
    match fault {
        Fault::CrashNode(node)
        | Fault::StopNode(node)
        | Fault::StartNode(node)
        | Fault::PauseNode(node)
        | Fault::ResumeNode(node)
        | Fault::CorruptDisk(node)
        | Fault::SetSpeed { node, .. }
        | Fault::BreakDisk { node, .. }
        | Fault::MendDisk { node, .. }
        | Fault::SetDiskLatency { node, .. }
        | Fault::StepClock { node, .. }
        | Fault::SetClockDrift { node, .. } => of(vec![*node]),
        Fault::Exit { node, .. } => of(node.iter().copied().collect()),
        Fault::CrashHost(host) | Fault::StartHost(host) => of(on_host(*host)),
        Fault::CrashSite(site) | Fault::StartSite(site) => {
            of(site.hosts.iter().flat_map(|host| on_host(*host)).collect())
        }
        Fault::Partition(partition) => apart(partition.groups.clone()),
        Fault::BreakConnections { groups, .. } => apart(groups.clone()),
        Fault::Disconnect(one, other) | Fault::Connect(one, other) => {
            apart(vec![vec![*one], vec![*other]])
        }
        Fault::SetPath { from, to, .. } => apart(vec![on_host(*from), on_host(*to)]),
        Fault::Heal(_) | Fault::HealAll => of(Vec::new()),
    }
}
