//! Control of a world from outside: building it, and injecting faults.

use std::cell::Ref;
use std::collections::BTreeSet;
use std::future::Future;

use super::context::{BootFunction, program_of};
use super::disk::DiskFault;
use super::exit::ExitResult;
use super::node::NodeConfig;
use super::signal::{Control, Target};
use super::slots::SlotId;
use super::state::PARTITIONS_OF_PROGRAMS;
use super::world::World;
use super::{BoxedProcess, Context};
use crate::engine::network::{
    Breaking, Delay, HostId, Kernel, NodeId, PathConfig, PeerState, Traffic,
};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::{Fact, FaultFact, Trace};

/// A partition of a world's nodes, while it lasts.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartitionId(u32);

impl PartitionId {
    /// The partition with this number in a plan.
    pub(crate) const fn of_plan(number: u32) -> PartitionId {
        assert!(number < PARTITIONS_OF_PROGRAMS, "a plan has no more partitions than that");
        PartitionId(number)
    }
}

/// The directions that a partition cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Both.
    BothWays,
    /// From earlier groups to later ones.
    OneWay,
}

/// Building the world.
impl World {
    /// Adds a host.
    pub fn add_host(&self, name: &str) -> HostId {
        let name = Atom::new(name);
        let mut state = self.state();
        let id = state.network.add_host(name);
        state.nodes.add_host(name, id);
        id
    }

    /// Sets the kernel that a host runs, if it is not the default.
    pub fn set_kernel(&self, host: HostId, kernel: Kernel) {
        self.state().network.set_kernel(host, kernel);
    }

    /// Sets the properties of the path from one host to another, if they are not the default.
    pub fn add_path(&self, from: HostId, to: HostId, config: PathConfig) {
        self.state().network.add_path(from, to, config);
    }

    /// Adds a node, which is down until it is started.
    ///
    /// # Panics
    /// If there is a node with this name.
    pub fn add_node(&self, config: NodeConfig) -> NodeId {
        self.state().add_node(config)
    }

    /// The node with this name.
    pub fn node_id(&self, name: Atom) -> Option<NodeId> {
        self.shared().nodes.named(name)
    }

    /// The host with this name.
    pub fn host_id(&self, name: Atom) -> Option<HostId> {
        self.shared().nodes.host(name)
    }

    /// Sets the process that a node runs whenever it starts.
    pub fn set_boot(&self, node: NodeId, boot: BootFunction) {
        let program = program_of(self.share(), boot);
        self.state().nodes[node].boot = Some(program);
    }

    /// Starts a process on a node that is up.
    ///
    /// # Panics
    /// If the node is down.
    pub fn spawn<F, Fut>(&self, node: NodeId, label: &str, start: F) -> Pid
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let pid = {
            let mut state = self.state();
            assert!(state.nodes[node].up, "{} is down", state.nodes[node].name());
            state.log.clear_cause();
            state.insert_process(node, Atom::new(label), None, None)
        };
        let ctx = Context::new(self.share(), pid, node);
        let body: BoxedProcess = Box::pin(async move { start(ctx).await });
        self.state().processes.set_body(pid, body);
        pid
    }

    /// Puts a message into the mailbox of the process that holds a name on a node. Returns whether
    /// there is one.
    pub fn send(&self, node: NodeId, name: Atom, message: impl Into<Term>) -> bool {
        let mut state = self.state();
        state.log.clear_cause();
        state.deliver_from_outside(node, Target::Name(name), message.into())
    }

    /// Puts a message into the mailbox of a process. Returns whether it is alive.
    pub fn send_to(&self, pid: Pid, message: impl Into<Term>) -> bool {
        let mut state = self.state();
        state.log.clear_cause();
        let Some(node) = state.processes.node_of(pid) else { return false };
        state.deliver_from_outside(node, Target::Pid(pid), message.into())
    }
}

/// Looking at the world.
impl World {
    /// The trace so far.
    ///
    /// # Panics
    /// If it is called from inside of a process.
    pub fn trace(&self) -> Ref<'_, Trace> {
        Ref::map(self.shared(), |state| &state.log.trace)
    }

    /// Takes the trace out of the world, with the digest of the run.
    pub fn take_trace(&self) -> Trace {
        let mut state = self.state();
        let detail = state.config.detail;
        std::mem::replace(&mut state.log.trace, Trace::new(detail))
    }

    /// Records a fact that has its cause outside of the world.
    pub fn record(&self, fact: Fact) {
        let mut state = self.state();
        state.log.clear_cause();
        state.log.cause = state.log.record(None, fact);
    }

    /// The traffic on the wires so far.
    pub fn traffic(&self) -> Traffic {
        self.state().network.traffic()
    }

    /// All nodes, in the order in which they were added.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.shared().nodes.ids().collect()
    }

    /// Returns whether the node is up (it may be paused).
    pub fn is_up(&self, node: NodeId) -> bool {
        self.shared().nodes[node].up
    }

    /// The process that is registered under a name on a node.
    pub fn whereis(&self, node: NodeId, name: Atom) -> Option<Pid> {
        self.shared().whereis(node, name)
    }

    /// The processes that are alive, all nodes together.
    pub fn process_count(&self) -> usize {
        self.shared().nodes.iter().map(|node| node.processes.len()).sum()
    }
}

/// Injecting faults, and ending them.
impl World {
    /// Starts a node as a new incarnation. Returns whether it was down and its host has power. One
    /// that is about to stop in order starts when it has stopped. A [`RestartPolicy`](super::RestartPolicy)
    /// counts restarts anew from here.
    pub fn start_node(&self, node: NodeId) -> bool {
        let mut state = self.state();
        let is_started = state.start_node(node);
        if is_started {
            state.nodes[node].service_manager.forget();
        }
        is_started
    }

    /// Kills the node's operating-system process: its host closes the connections, and some first
    /// part of what it has sent still arrives (B34). Returns whether it was up.
    pub fn crash_node(&self, node: NodeId) -> bool {
        self.state().crash_node(node)
    }

    /// Stops a node in order.
    pub fn stop_node(&self, node: NodeId) {
        self.state().stop_node(node);
    }

    /// Takes the power from a host: its nodes are gone in silence.
    pub fn crash_host(&self, host: HostId) {
        self.state().crash_host(host);
    }

    /// Gives a host its power back; the nodes that were up start again.
    pub fn start_host(&self, host: HostId) {
        self.state().start_host(host);
    }

    /// Pauses a node (SIGSTOP).
    pub fn pause_node(&self, node: NodeId) {
        self.state().pause_node(node);
    }

    /// Resumes a node (SIGCONT).
    pub fn resume_node(&self, node: NodeId) {
        self.state().resume_node(node);
    }

    /// Cuts all paths between nodes of different groups, in silence, until it is healed. A node that
    /// is in no group reaches all.
    pub fn partition(&self, groups: &[Vec<NodeId>]) -> PartitionId {
        self.cut_and_record(groups, Direction::BothWays)
    }

    /// Cuts, in silence, what goes from a node of an earlier group to one of a later group; what goes
    /// back arrives.
    pub fn partition_one_way(&self, groups: &[Vec<NodeId>]) -> PartitionId {
        self.cut_and_record(groups, Direction::OneWay)
    }

    fn cut_and_record(&self, groups: &[Vec<NodeId>], direction: Direction) -> PartitionId {
        let id = PartitionId(self.state().next_partition());
        let name = |node: &NodeId| self.shared().nodes[*node].name().as_str().to_owned();
        let group = |group: &Vec<NodeId>| group.iter().map(name).collect::<Vec<_>>().join(", ");
        let groups_text = groups.iter().map(group).collect::<Vec<_>>();
        let (verb, between) = match direction {
            Direction::BothWays => ("partition", " | "),
            Direction::OneWay => ("one-way partition", " -> "),
        };
        let text = format!("{verb}: {}", groups_text.join(between));
        self.record(Fact::Fault(FaultFact::Injected { fault: id.0, text, scope: None }));
        self.cut(&id, groups, direction);
        id
    }

    /// Cuts the paths between groups of nodes, as a partition with this id.
    pub(crate) fn cut(&self, id: &PartitionId, groups: &[Vec<NodeId>], direction: Direction) {
        self.state().cut(id.0, World::pairs_cut(groups, direction));
    }

    /// The pairs of which a partition of these groups cuts what the first sends to the second.
    pub(crate) fn pairs_cut(groups: &[Vec<NodeId>], direction: Direction) -> Vec<(NodeId, NodeId)> {
        let mut pairs = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            for later in &groups[index + 1..] {
                for (from, to) in
                    group.iter().flat_map(|from| later.iter().map(move |to| (*from, *to)))
                {
                    pairs.push((from, to));
                    if direction == Direction::BothWays {
                        pairs.push((to, from));
                    }
                }
            }
        }
        pairs
    }

    /// Ends a partition, if it has not ended already.
    #[expect(clippy::needless_pass_by_value, reason = "a partition is healed once")]
    pub fn heal(&self, id: PartitionId) {
        let in_force = self.state().network.partitions().contains(&id.0);
        if in_force && id.0 > PARTITIONS_OF_PROGRAMS {
            self.record(Fact::Fault(FaultFact::Ended { fault: id.0, text: "heal".to_owned() }));
        }
        self.state().heal(id.0);
    }

    /// Ends all partitions.
    pub fn heal_all(&self) {
        let partitions = self.state().network.partitions();
        for id in partitions {
            self.heal(PartitionId(id));
        }
    }

    /// Makes a node close its connection to another. Returns whether there was one.
    pub fn disconnect(&self, node: NodeId, peer: NodeId) -> bool {
        self.state().disconnect(node, peer)
    }

    /// Breaks the connections that are open between nodes of different groups, while the paths work:
    /// new connections are as good as ever.
    pub fn break_connections(&self, groups: &[Vec<NodeId>], breaking: Breaking) {
        let pairs = World::pairs_between(groups);
        let mut state = self.state();
        let (now, cause) = (state.log.now, state.log.cause);
        for (from, to) in &pairs {
            state.links.causes.disconnected(*from, *to, cause);
            state.links.causes.disconnected(*to, *from, cause);
        }
        state.network.break_connections(now, &pairs, breaking);
        state.handle_network_output();
    }

    /// The pairs of nodes of different groups, the one of the earlier group first.
    pub(super) fn pairs_between(groups: &[Vec<NodeId>]) -> BTreeSet<(NodeId, NodeId)> {
        let mut pairs = BTreeSet::new();
        for (index, group) in groups.iter().enumerate() {
            let later = groups[index + 1..].iter().flatten();
            pairs.extend(later.flat_map(|to| group.iter().map(move |from| (*from, *to))));
        }
        pairs
    }

    /// Makes a node connect to another, as `net_kernel:connect_node/1` does, without waiting for it.
    /// Returns whether an attempt begins: not if there is a connection, or an attempt, or the node is
    /// down.
    pub fn connect(&self, node: NodeId, peer: NodeId) -> bool {
        let mut state = self.state();
        let begins =
            state.nodes[node].up && state.network.peer_state(node, peer) == PeerState::Absent;
        if begins {
            state.connect(node, peer);
        }
        begins
    }

    /// Changes the properties of the path between two hosts; none resets them.
    pub fn set_path(&self, from: HostId, to: HostId, path: Option<PathConfig>) {
        let mut state = self.state();
        let cause = state.log.cause;
        for (one, other) in state.pairs_between(from, to) {
            state.links.causes.disconnected(one, other, cause);
        }
        state.network.set_path(from, to, path);
    }

    /// Makes work on a node take this percentage of its usual time.
    pub fn set_work_percent(&self, node: NodeId, percent: u32) {
        self.state().nodes[node].work_percent = percent;
    }

    /// Returns whether the disk of a node has this fault.
    pub fn has_disk_fault(&self, node: NodeId, fault: DiskFault) -> bool {
        self.shared().nodes[node].disk.has(fault)
    }

    /// The time that syncs on the disk of a node take, if it has been changed.
    pub fn disk_latency(&self, node: NodeId) -> Option<Delay> {
        self.shared().nodes[node].disk.latency.clone()
    }

    /// Returns whether the disk of a node is empty.
    pub fn is_disk_empty(&self, node: NodeId) -> bool {
        self.shared().nodes[node].disk.is_empty()
    }

    /// Gives the disk of a node a fault, until [`mend_disk`](World::mend_disk).
    pub fn break_disk(&self, node: NodeId, fault: DiskFault) {
        self.state().nodes[node].disk.begin(fault);
    }

    /// Ends a fault of the disk of a node.
    pub fn mend_disk(&self, node: NodeId, fault: DiskFault) {
        self.state().nodes[node].disk.end(fault);
    }

    /// Changes the time that syncs on the disk of a node take; none resets it.
    pub fn set_disk_latency(&self, node: NodeId, latency: Option<Delay>) {
        self.state().nodes[node].disk.latency = latency;
    }

    /// Damages a term of each file of a node, picked by the seed, so that the file can no longer be
    /// read. Returns whether there was any.
    pub fn damage_disk(&self, node: NodeId) -> bool {
        let mut state = self.state();
        let name = format!("disk/{}", state.nodes[node].name());
        let number = state.nodes[node].disk.damages;
        let mut rng = state.streams.family(&name).stream(number);
        state.nodes[node].disk.damage(&mut rng)
    }

    /// Makes the clock of the operating system under a node jump. The time of day of the node
    /// follows at once from OTP 26 on; before, it comes nearer by a hundredth of the time that
    /// passes, and so does the monotonic clock (A64). A node that is down starts with the new time.
    pub fn step_clock(&self, node: NodeId, nanos: i64) {
        let mut state = self.state();
        let now = state.log.now;
        let node = &mut state.nodes[node];
        node.clock.step(now, nanos);
        if !node.up {
            // Nobody follows it slowly.
            node.clock.start(now);
        }
    }

    /// Makes the clocks of a node run fast or slow. They are those of its computer: they go on while it is
    /// down.
    pub fn set_clock_drift(&self, node: NodeId, ppm: i32) {
        let mut state = self.state();
        let now = state.log.now;
        state.nodes[node].clock.set_drift(now, ppm);
    }

    /// Sends an exit signal to a process, as if it came from itself. Returns whether it is alive.
    pub fn exit_process(&self, pid: Pid, reason: impl Into<Term>) -> bool {
        let mut state = self.state();
        let alive = state.processes.slot_of(pid).is_some();
        if alive {
            let exit = Control::Exit { from: pid, reason: reason.into() };
            state.enqueue_control(SlotId::of(pid), exit);
        }
        alive
    }
}
