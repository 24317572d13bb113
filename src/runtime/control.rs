//! What can be done to the world from outside: building it, and harming it.

use std::cell::Ref;
use std::collections::BTreeSet;
use std::future::Future;

use super::delivery::{Destination, Route};
use super::disk::DiskFault;
use super::exit::ExitResult;
use super::node::{Boot, NodeConfig};
use super::signal::{Control, Target};
use super::world::{State, World};
use super::{BoxedProcess, Context};
use crate::network::{
    Breaking, Closing, Delay, DownReason, HostId, Kernel, NodeId, PathConfig, PeerState, Traffic,
};
use crate::term::{Atom, Pid, Term};
use crate::trace::{Fact, Trace};

/// A partition of a world's nodes, while it lasts.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartitionId(u32);

impl PartitionId {
    /// Those of plans are numbered below, those of programs above.
    const OF_PROGRAMS: u32 = 1 << 31;

    /// The partition with this number in a plan.
    pub(crate) const fn of_plan(number: u32) -> PartitionId {
        assert!(number < PartitionId::OF_PROGRAMS, "a plan has no more partitions than that");
        PartitionId(number)
    }
}

/// Which ways a partition cuts.
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
        state.hosts.insert(name, id);
        id
    }

    /// Says which kernel a host runs, where it is not the usual one.
    pub fn set_kernel(&self, host: HostId, kernel: Kernel) {
        self.state().network.set_kernel(host, kernel);
    }

    /// Gives the path from one host to another another shape than the usual one.
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
        self.state().node_ids.get(name).copied()
    }

    /// The host with this name.
    pub fn host_id(&self, name: Atom) -> Option<HostId> {
        self.state().hosts.get(&name).copied()
    }

    /// What the node runs whenever it starts.
    pub fn set_boot(&self, node: NodeId, boot: Boot) {
        self.state().node_mut(node).boot = Some(boot);
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
            assert!(state.node(node).up, "{} is down", state.node_name(node));
            state.cause = crate::trace::RecordId::default();
            state.admit(node, Atom::new(label), None, None)
        };
        let ctx = Context::new(self.share(), pid, node);
        let body: BoxedProcess = Box::pin(async move { start(ctx).await });
        self.state().animate(pid, body);
        pid
    }

    /// Puts a message into the mailbox of the process that holds a name on a node. Returns whether
    /// there is one.
    pub fn send(&self, node: NodeId, name: Atom, message: impl Into<Term>) -> bool {
        let mut state = self.state();
        state.cause = crate::trace::RecordId::default();
        state.inject(node, Target::Name(name), message.into())
    }

    /// Puts a message into the mailbox of a process. Returns whether it is alive.
    pub fn send_to(&self, pid: Pid, message: impl Into<Term>) -> bool {
        let mut state = self.state();
        state.cause = crate::trace::RecordId::default();
        let Some(node) = state.process(pid).map(|process| process.node) else { return false };
        state.inject(node, Target::Pid(pid), message.into())
    }
}

/// Looking at the world.
impl World {
    /// What has been written down so far.
    ///
    /// # Panics
    /// If it is called from inside of a process.
    pub fn trace(&self) -> Ref<'_, Trace> {
        Ref::map(self.shared(), |state| &state.trace)
    }

    /// Takes what has been written down out of the world, with the digest of the run.
    pub fn take_trace(&self) -> Trace {
        let mut state = self.state();
        let detail = state.config.detail;
        std::mem::replace(&mut state.trace, Trace::new(detail))
    }

    /// Writes something down that has its cause outside of the world.
    pub fn record(&self, fact: Fact) {
        let mut state = self.state();
        state.cause_is_outside();
        state.cause = state.record(None, fact);
    }

    /// What has been put on the wires so far.
    pub fn traffic(&self) -> Traffic {
        self.state().network.traffic()
    }

    /// All nodes, in the order in which they were added.
    pub fn nodes(&self) -> Vec<NodeId> {
        (0..self.state().nodes.len()).map(|index| NodeId(index as u32)).collect()
    }

    /// Whether the node is up (it may be paused).
    pub fn is_up(&self, node: NodeId) -> bool {
        self.state().node(node).up
    }

    /// Who holds a name on a node.
    pub fn whereis(&self, node: NodeId, name: Atom) -> Option<Pid> {
        let mut state = self.state();
        let number = state.node(node).names.get(name).copied()?;
        state.tenant(number).map(|process| process.pid)
    }

    /// The processes that are alive, all nodes together.
    pub fn process_count(&self) -> usize {
        self.state().nodes.iter().map(|node| node.processes.len()).sum()
    }
}

/// Harming the world, and putting it right.
impl World {
    /// Starts a node as a new incarnation. Returns whether it was down and its host has power. One
    /// that is about to stop in order starts when it has stopped. A [`RestartPolicy`](super::RestartPolicy)
    /// counts restarts anew from here.
    pub fn start_node(&self, node: NodeId) -> bool {
        let mut state = self.state();
        let is_started = state.start_node(node);
        if is_started {
            state.node_mut(node).service_manager.forget();
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

    /// Makes a node stand still (SIGSTOP).
    pub fn pause_node(&self, node: NodeId) {
        self.state().pause_node(node);
    }

    /// Lets a node go on (SIGCONT).
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
        let id = {
            let mut state = self.state();
            state.partitions_made += 1;
            PartitionId(PartitionId::OF_PROGRAMS + state.partitions_made)
        };
        let name = |node: &NodeId| self.state().node(*node).config.name.as_str().to_owned();
        let group = |group: &Vec<NodeId>| group.iter().map(name).collect::<Vec<_>>().join(", ");
        let groups_text = groups.iter().map(group).collect::<Vec<_>>();
        let (verb, between) = match direction {
            Direction::BothWays => ("partition", " | "),
            Direction::OneWay => ("one-way partition", " -> "),
        };
        let text = format!("{verb}: {}", groups_text.join(between));
        self.record(Fact::FaultInjected { fault: id.0, text });
        self.cut(&id, groups, direction);
        id
    }

    /// Cuts the paths between groups of nodes, as a partition with this id.
    pub(crate) fn cut(&self, id: &PartitionId, groups: &[Vec<NodeId>], direction: Direction) {
        let pairs = World::pairs_cut(groups, direction);
        let mut state = self.state();
        let (now, cause) = (state.now, state.cause);
        for (from, to) in &pairs {
            state.partings.parted(*from, *to, cause);
        }
        state.network.cut(now, id.0, pairs);
        state.handle_network_output();
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

    /// Ends a partition; nothing happens if it has ended already.
    #[expect(clippy::needless_pass_by_value, reason = "a partition is healed once")]
    pub fn heal(&self, id: PartitionId) {
        let in_force = self.state().network.partitions().contains(&id.0);
        if in_force && id.0 > PartitionId::OF_PROGRAMS {
            self.record(Fact::FaultEnded { fault: id.0, text: "heal".to_owned() });
        }
        let mut state = self.state();
        let now = state.now;
        state.network.heal(now, id.0);
        state.handle_network_output();
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
        let mut pairs = BTreeSet::new();
        for (index, group) in groups.iter().enumerate() {
            let later = groups[index + 1..].iter().flatten();
            pairs.extend(later.flat_map(|to| group.iter().map(move |from| (*from, *to))));
        }
        let mut state = self.state();
        let (now, cause) = (state.now, state.cause);
        for (from, to) in &pairs {
            state.partings.parted(*from, *to, cause);
            state.partings.parted(*to, *from, cause);
        }
        state.network.break_connections(now, &pairs, breaking);
        state.handle_network_output();
    }

    /// Makes a node connect to another, as `net_kernel:connect_node/1` does, without waiting for it.
    /// Returns whether an attempt begins: not if there is a connection, or an attempt, or the node is
    /// down.
    pub fn connect(&self, node: NodeId, peer: NodeId) -> bool {
        let mut state = self.state();
        let begins =
            state.node(node).up && state.network.peer_state(node, peer) == PeerState::Absent;
        if begins {
            state.connect(node, peer);
        }
        begins
    }

    /// Replaces what the path between two hosts is like; nothing puts it back.
    pub fn set_path(&self, from: HostId, to: HostId, path: Option<PathConfig>) {
        let mut state = self.state();
        let cause = state.cause;
        for (one, other) in state.pairs_between(from, to) {
            state.partings.parted(one, other, cause);
        }
        state.network.set_path(from, to, path);
    }

    /// Makes work on a node take so many percent of its usual time.
    pub fn set_work_percent(&self, node: NodeId, percent: u32) {
        self.state().node_mut(node).work_percent = percent;
    }

    /// Whether something of this kind is wrong with the disk of a node.
    pub fn has_disk_fault(&self, node: NodeId, fault: DiskFault) -> bool {
        self.shared().node(node).disk.has(fault)
    }

    /// How long syncs on the disk of a node take, if that has been changed.
    pub fn disk_latency(&self, node: NodeId) -> Option<Delay> {
        self.shared().node(node).disk.latency.clone()
    }

    /// Whether there is nothing on the disk of a node.
    pub fn is_disk_empty(&self, node: NodeId) -> bool {
        self.shared().node(node).disk.is_empty()
    }

    /// Something goes wrong with the disk of a node, until [`mend_disk`](World::mend_disk).
    pub fn break_disk(&self, node: NodeId, fault: DiskFault) {
        self.state().node_mut(node).disk.begin(fault);
    }

    /// Puts one thing right that is wrong with the disk of a node.
    pub fn mend_disk(&self, node: NodeId, fault: DiskFault) {
        self.state().node_mut(node).disk.end(fault);
    }

    /// Makes syncs on the disk of a node take so long; nothing is as long as usual.
    pub fn set_disk_latency(&self, node: NodeId, latency: Option<Delay>) {
        self.state().node_mut(node).disk.latency = latency;
    }

    /// Damages a term of each file of a node, so that the file can no longer be read; which one, the
    /// seed decides. Whether there was any.
    pub fn damage_disk(&self, node: NodeId) -> bool {
        let mut state = self.state();
        let name = format!("disk/{}", state.node(node).config.name);
        let number = state.node(node).disk.damages;
        let mut rng = state.streams.family(&name).stream(number);
        state.node_mut(node).disk.damage(&mut rng)
    }

    /// Makes the clock of the operating system under a node jump. The time of day of the node
    /// follows at once from OTP 26 on; before, it comes nearer by a hundredth of the time that
    /// passes, and so does the monotonic clock (A64).
    pub fn step_clock(&self, node: NodeId, nanos: i64) {
        let mut state = self.state();
        let now = state.now;
        state.node_mut(node).clock.step(now, nanos);
    }

    /// Makes the clocks of a node run fast or slow.
    pub fn set_clock_drift(&self, node: NodeId, ppm: i32) {
        let mut state = self.state();
        let now = state.now;
        state.node_mut(node).clock.set_drift(now, ppm);
    }

    /// Sends an exit signal to a process, as if it came from itself. Returns whether it is alive.
    pub fn exit_process(&self, pid: Pid, reason: impl Into<Term>) -> bool {
        let mut state = self.state();
        let alive = state.slot_of(pid).is_some();
        if alive {
            let exit = Control::Exit { from: pid, reason: reason.into() };
            state.hand_in(pid.number(), exit);
        }
        alive
    }
}

impl State {
    pub(super) fn disconnect(&mut self, node: NodeId, peer: NodeId) -> bool {
        let was_up = self.network.peer_state(node, peer) == PeerState::Up;
        if was_up {
            let now = self.now;
            self.partings.parted(node, peer, self.cause);
            self.network.disconnect(now, node, peer, Closing::Abrupt, DownReason::Disconnect);
            self.handle_network_output();
        }
        was_up
    }

    /// Whether sending would suspend the sender (A7).
    pub(super) fn would_suspend(&mut self, node: NodeId, to: Destination) -> bool {
        match self.route(node, to) {
            Route::Here(_) | Route::Nowhere => false,
            Route::There(peer) => {
                self.network.lane(node, peer).is_some_and(|lane| self.network.is_busy(lane))
            }
        }
    }

    /// Whether something can be sent without connecting first (A6).
    pub(super) fn is_connected_to(&mut self, node: NodeId, to: Destination) -> bool {
        match self.route(node, to) {
            Route::Here(_) | Route::Nowhere => true,
            Route::There(peer) => self.network.peer_state(node, peer) != PeerState::Absent,
        }
    }
}
