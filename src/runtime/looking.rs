//! How the world stands, for those who ask what a change would change.

use super::node::Stopping;
use super::world::World;
use crate::network::{HostId, NodeId, PathConfig, PeerState};
use crate::term::{Atom, Pid, Term};

/// Looking at what can be harmed.
impl World {
    /// The name of a node.
    pub fn name_of(&self, node: NodeId) -> Atom {
        self.shared().node_name(node)
    }

    /// The host of a node.
    pub fn host_of(&self, node: NodeId) -> HostId {
        self.shared().network.host_of(node)
    }

    /// The name of a host.
    pub fn host_name(&self, host: HostId) -> Atom {
        self.shared().network.host_name(host)
    }

    /// The nodes on a host, in the order in which they were added.
    pub fn nodes_on(&self, host: HostId) -> Vec<NodeId> {
        self.shared().nodes_on(host)
    }

    /// Whether a host has power.
    pub fn has_power(&self, host: HostId) -> bool {
        self.shared().network.is_powered(host)
    }

    /// Whether a node was up when its host lost power, and starts when that is back.
    pub fn has_lost_power(&self, node: NodeId) -> bool {
        self.shared().node(node).lost_power
    }

    /// Whether a node stands still.
    pub fn is_paused(&self, node: NodeId) -> bool {
        self.shared().node(node).paused
    }

    /// Whether a node is about to stop in order.
    pub fn is_stopping(&self, node: NodeId) -> bool {
        self.shared().node(node).stopping != Stopping::No
    }

    /// Whether a node is about to stop in order, and starts again then.
    pub fn is_restarting(&self, node: NodeId) -> bool {
        self.shared().node(node).stopping == Stopping::ThenStarting
    }

    /// Whether a node has a connection to another that is up.
    pub fn is_connected(&self, node: NodeId, peer: NodeId) -> bool {
        self.shared().network.peer_state(node, peer) == PeerState::Up
    }

    /// Whether one of these pairs can still send, the first to the second.
    pub(crate) fn would_cut(&self, pairs: &[(NodeId, NodeId)]) -> bool {
        self.shared().network.would_cut(pairs)
    }

    /// Whether somebody can reach somebody else again if a partition ends.
    pub fn would_heal(&self, partition: u32) -> bool {
        self.shared().network.would_heal(partition)
    }

    /// Whether any path between two nodes is cut.
    pub fn is_cut_anywhere(&self) -> bool {
        self.shared().network.is_cut_anywhere()
    }

    /// Whether a path from one host to another is like this, or as usual if nothing is said.
    pub fn path_is(&self, from: HostId, to: HostId, path: Option<&PathConfig>) -> bool {
        let state = self.shared();
        let [now, usually] = state.network.path_now_and_usually(from, to);
        now == path.unwrap_or(usually)
    }

    /// How long work takes on a node, in percent of its usual time.
    pub fn work_percent(&self, node: NodeId) -> u32 {
        self.shared().node(node).work_percent
    }

    /// By how many parts in a million the clocks of a node run fast.
    pub fn clock_drift(&self, node: NodeId) -> i32 {
        self.shared().node(node).clock.drift_ppm()
    }

    /// Whether a process is alive.
    pub fn is_process_alive(&self, pid: Pid) -> bool {
        self.shared().slot_of(pid).is_some()
    }

    /// Keeps what a process has not read when it ends, so that [`Self::unread`] tells it.
    pub fn keep_unread(&self, pid: Pid) {
        if let Some(process) = self.state().process_mut(pid) {
            process.relations().keeps_unread = true;
        }
    }

    /// Whether something has reached a process that it has not dealt with, and that is no message.
    #[cfg(test)]
    pub(crate) fn waits_for_signals(&self, pid: Pid) -> bool {
        self.shared().process(pid).is_some_and(super::process::Process::has_signals)
    }

    /// The messages that have come to a process and that it has not taken, in the order of their
    /// arrival; of one that has ended those that it left, if it was to keep them.
    pub fn unread(&self, pid: Pid) -> Vec<Term> {
        let state = self.shared();
        match state.process(pid) {
            Some(process) => process.unread(),
            None => state.unread.get(&pid).cloned().unwrap_or_default(),
        }
    }
}
