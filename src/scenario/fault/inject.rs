//! What each fault does to a world.

use super::{Fault, Partition};
use crate::engine::network::{HostId, NodeId};
use crate::engine::runtime::{Direction, PartitionId, World};
use crate::engine::term::{Atom, Pid, Term};

impl Fault {
    /// Does it to the world.
    ///
    /// # Panics
    /// If it names a node or a host that the world does not have; a resolved plan does not.
    pub fn inject(&self, world: &World) {
        match self {
            Fault::Exit { name, node, reason } => exit(world, *name, *node, reason),
            Fault::CrashNode(node) => drop(world.crash_node(node_id(world, *node))),
            Fault::CrashHost(host) => world.crash_host(host_id(world, *host)),
            Fault::StopNode(node) => world.stop_node(node_id(world, *node)),
            Fault::StartNode(node) => drop(world.start_node(node_id(world, *node))),
            Fault::StartHost(host) => world.start_host(host_id(world, *host)),
            Fault::CrashSite(site) => {
                site.hosts.iter().for_each(|host| world.crash_host(host_id(world, *host)));
            }
            Fault::StartSite(site) => {
                site.hosts.iter().for_each(|host| world.start_host(host_id(world, *host)));
            }
            Fault::PauseNode(node) => world.pause_node(node_id(world, *node)),
            Fault::ResumeNode(node) => world.resume_node(node_id(world, *node)),
            Fault::Partition(partition) => cut(world, partition),
            Fault::Heal(id) => world.heal(PartitionId::of_plan(*id)),
            Fault::HealAll => world.heal_all(),
            Fault::Disconnect(node, peer) => {
                world.disconnect(node_id(world, *node), node_id(world, *peer));
            }
            Fault::BreakConnections { groups, breaking } => {
                world.break_connections(&node_groups(world, groups), *breaking);
            }
            Fault::Connect(node, peer) => {
                world.connect(node_id(world, *node), node_id(world, *peer));
            }
            Fault::SetPath { from, to, path } => {
                world.set_path(host_id(world, *from), host_id(world, *to), path.clone());
            }
            Fault::SetSpeed { node, percent } => {
                world.set_work_percent(node_id(world, *node), *percent);
            }
            Fault::BreakDisk { node, fault } => world.break_disk(node_id(world, *node), *fault),
            Fault::MendDisk { node, fault } => world.mend_disk(node_id(world, *node), *fault),
            Fault::CorruptDisk(node) => drop(world.damage_disk(node_id(world, *node))),
            Fault::SetDiskLatency { node, latency } => {
                world.set_disk_latency(node_id(world, *node), latency.clone());
            }
            Fault::StepClock { node, nanos } => world.step_clock(node_id(world, *node), *nanos),
            Fault::SetClockDrift { node, ppm } => {
                world.set_clock_drift(node_id(world, *node), *ppm);
            }
        }
    }
}

fn node_id(world: &World, name: Atom) -> NodeId {
    world.node_id(name).unwrap_or_else(|| panic!("the world has no node {name}"))
}

fn host_id(world: &World, name: Atom) -> HostId {
    world.host_id(name).unwrap_or_else(|| panic!("the world has no host {name}"))
}

/// The process with this name on one node, or on every node where there is one.
fn exit(world: &World, name: Atom, node: Option<Atom>, reason: &Term) {
    let nodes = match node {
        Some(node) => vec![node_id(world, node)],
        None => world.nodes(),
    };
    let holders: Vec<Pid> =
        nodes.into_iter().filter_map(|node| world.whereis(node, name)).collect();
    for pid in holders {
        world.exit_process(pid, reason);
    }
}

fn node_groups(world: &World, groups: &[Vec<Atom>]) -> Vec<Vec<NodeId>> {
    let group = |names: &Vec<Atom>| names.iter().map(|name| node_id(world, *name)).collect();
    groups.iter().map(group).collect()
}

fn cut(world: &World, partition: &Partition) {
    let groups = node_groups(world, &partition.groups);
    let direction = if partition.one_way { Direction::OneWay } else { Direction::BothWays };
    world.cut(&PartitionId::of_plan(partition.id), &groups, direction);
}
