//! Whether a fault changes anything.

use super::{Fault, Partition};
use crate::engine::network::{HostId, NodeId};
use crate::engine::runtime::{Direction, World};
use crate::engine::term::Atom;

impl Fault {
    /// Why it would change nothing if it were injected now; nothing if it would.
    ///
    /// # Panics
    /// If it names a node or a host that the world does not have; a resolved plan does not.
    #[must_use]
    pub fn without_effect(&self, world: &World) -> Option<String> {
        let node = |name: &Atom| world.node_id(*name).unwrap_or_else(|| unknown(*name));
        let host = |name: &Atom| world.host_id(*name).unwrap_or_else(|| unknown(*name));
        match self {
            Fault::Exit { name, node: on, .. } => exit(world, *name, on.as_ref().map(node)),
            Fault::CrashNode(name) => down(world, node(name)),
            Fault::CrashHost(name) => crash_host(world, host(name)),
            Fault::StopNode(name) => stop(world, node(name)),
            Fault::StartNode(name) => start(world, node(name)),
            Fault::StartHost(name) => start_host(world, host(name)),
            Fault::PauseNode(name) => {
                let paused = world.is_paused(node(name));
                down(world, node(name)).or_else(|| paused.then(|| format!("{name} stands still")))
            }
            Fault::ResumeNode(name) => {
                let goes_on = !world.is_paused(node(name));
                let why = || goes_on.then(|| format!("{name} does not stand still"));
                down(world, node(name)).or_else(why)
            }
            Fault::Partition(partition) => cut(world, partition),
            Fault::Heal(id) => heal(world, *id),
            Fault::HealAll => (!world.is_cut_anywhere()).then(|| "nothing is cut".to_owned()),
            Fault::Disconnect(one, other) => {
                let apart = !world.is_connected(node(one), node(other));
                let why = || apart.then(|| format!("{one} has no connection to {other}"));
                down(world, node(one)).or_else(why)
            }
            Fault::CrashSite(site) => {
                all_in_vain(&site.hosts, |name| crash_host(world, host(name)))
            }
            Fault::StartSite(site) => {
                all_in_vain(&site.hosts, |name| start_host(world, host(name)))
            }
            Fault::BreakConnections { groups, .. } => {
                let ids: Vec<Vec<NodeId>> =
                    groups.iter().map(|group| group.iter().map(node).collect()).collect();
                let breaks_none = !world.is_any_open(&ids);
                breaks_none.then(|| "there is no connection between them".to_owned())
            }
            Fault::Connect(one, other) => {
                let joined = world.is_connected(node(one), node(other));
                let why = || joined.then(|| format!("{one} is connected to {other}"));
                down(world, node(one)).or_else(why)
            }
            Fault::SetPath { from, to, path } => {
                let (from, to) = (host(from), host(to));
                let same = world.path_is(from, to, path.as_ref());
                let why = || same.then(|| "it is like that already".to_owned());
                empty(world, from).or_else(|| empty(world, to)).or_else(why)
            }
            Fault::SetSpeed { node: name, .. }
            | Fault::StepClock { node: name, .. }
            | Fault::SetClockDrift { node: name, .. }
                if self.is_in_vain(world) =>
            {
                down(world, node(name))
            }
            Fault::BreakDisk { node: name, fault } => {
                world.has_disk_fault(node(name), *fault).then(already)
            }
            Fault::MendDisk { node: name, fault } => {
                let well = !world.has_disk_fault(node(name), *fault);
                well.then(|| format!("the disk of {name} has no such fault"))
            }
            Fault::CorruptDisk(name) => {
                let empty = world.is_disk_empty(node(name));
                empty.then(|| format!("there is nothing on the disk of {name}"))
            }
            Fault::SetDiskLatency { node: name, latency } => {
                (world.disk_latency(node(name)) == *latency).then(already)
            }
            Fault::SetSpeed { node: name, percent } => {
                (world.work_percent(node(name)) == *percent).then(already)
            }
            Fault::StepClock { nanos, .. } => (*nanos == 0).then(already),
            Fault::SetClockDrift { node: name, ppm } => {
                (world.clock_drift(node(name)) == *ppm).then(already)
            }
        }
    }

    /// Whether it is about what runs on a node, and the node is down: there is nothing to be done to
    /// it then, and nothing to be undone later. What is put right on such a node stays right.
    #[must_use]
    pub fn is_in_vain(&self, world: &World) -> bool {
        match self {
            Fault::SetSpeed { node, .. }
            | Fault::StepClock { node, .. }
            | Fault::SetClockDrift { node, .. } => {
                let node = world.node_id(*node).unwrap_or_else(|| unknown(*node));
                self.takes_away() && !world.is_up(node)
            }
            Fault::Exit { .. }
            | Fault::CrashNode(_)
            | Fault::CrashHost(_)
            | Fault::CrashSite(_)
            | Fault::StartSite(_)
            | Fault::BreakConnections { .. }
            | Fault::Connect(..)
            | Fault::StopNode(_)
            | Fault::StartNode(_)
            | Fault::StartHost(_)
            | Fault::PauseNode(_)
            | Fault::ResumeNode(_)
            | Fault::Partition(_)
            | Fault::Heal(_)
            | Fault::HealAll
            | Fault::Disconnect(..)
            | Fault::BreakDisk { .. }
            | Fault::MendDisk { .. }
            | Fault::CorruptDisk(_)
            | Fault::SetDiskLatency { .. }
            | Fault::SetPath { .. } => false,
        }
    }
}

/// Why it changes nothing for any of these; nothing if it does for one.
fn all_in_vain(names: &[Atom], why: impl Fn(&Atom) -> Option<String>) -> Option<String> {
    let whys: Option<Vec<String>> = names.iter().map(why).collect();
    whys.map(|whys| whys.join(", "))
}

fn unknown<T>(name: Atom) -> T {
    panic!("the world has no {name}")
}

fn already() -> String {
    "that is how it is already".to_owned()
}

fn down(world: &World, node: NodeId) -> Option<String> {
    (!world.is_up(node)).then(|| format!("{} is down", world.name_of(node)))
}

fn exit(world: &World, name: Atom, node: Option<NodeId>) -> Option<String> {
    let Some(node) = node else {
        let mut nodes = world.nodes().into_iter();
        let nobody = nodes.all(|node| world.whereis(node, name).is_none());
        return nobody.then(|| format!("there is no {name} anywhere"));
    };
    let missing = world.whereis(node, name).is_none();
    let why = || missing.then(|| format!("there is no {name} on {}", world.name_of(node)));
    down(world, node).or_else(why)
}

fn crash_host(world: &World, host: HostId) -> Option<String> {
    let name = world.host_name(host);
    if !world.has_power(host) {
        return Some(format!("{name} has no power"));
    }
    let idle = world.nodes_on(host).into_iter().all(|node| !world.is_up(node));
    idle.then(|| format!("no node on {name} is up"))
}

fn start_host(world: &World, host: HostId) -> Option<String> {
    let name = world.host_name(host);
    if world.has_power(host) {
        return Some(format!("{name} has power"));
    }
    let idle = !world.nodes_on(host).into_iter().any(|node| world.has_lost_power(node));
    idle.then(|| format!("no node on {name} was up when it lost power"))
}

fn stop(world: &World, node: NodeId) -> Option<String> {
    let stopping = world.is_stopping(node);
    let why = || stopping.then(|| format!("{} is about to stop", world.name_of(node)));
    down(world, node).or_else(why)
}

fn start(world: &World, node: NodeId) -> Option<String> {
    let (name, host) = (world.name_of(node), world.host_of(node));
    if world.is_restarting(node) {
        return Some(format!("{name} is about to start again"));
    }
    if world.is_up(node) && !world.is_stopping(node) {
        return Some(format!("{name} is up"));
    }
    (!world.has_power(host)).then(|| format!("its host {} has no power", world.host_name(host)))
}

fn cut(world: &World, partition: &Partition) -> Option<String> {
    let sides = partition.groups.iter().filter(|group| !group.is_empty()).count();
    if sides < 2 {
        return Some("there is nothing on the other side".to_owned());
    }
    let id = |name: &Atom| world.node_id(*name).unwrap_or_else(|| unknown(*name));
    let groups: Vec<Vec<NodeId>> =
        partition.groups.iter().map(|group| group.iter().map(id).collect()).collect();
    let direction = if partition.one_way { Direction::OneWay } else { Direction::BothWays };
    let pairs = World::pairs_cut(&groups, direction);
    (!world.would_cut(&pairs)).then(|| "all of that is cut already".to_owned())
}

fn heal(world: &World, id: u32) -> Option<String> {
    if world.would_heal(id) {
        return None;
    }
    let why = if world.is_cut_anywhere() { "another cut is still there" } else { "nothing is cut" };
    Some(why.to_owned())
}

fn empty(world: &World, host: HostId) -> Option<String> {
    let empty = world.nodes_on(host).is_empty();
    empty.then(|| format!("there is no node on {}", world.host_name(host)))
}
