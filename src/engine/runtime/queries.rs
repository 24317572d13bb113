//! Questions about the state of a world, for example to find out whether a fault would have an effect.

use super::UnregisteredName;
use super::node::Stopping;
use super::world::World;
use crate::engine::network::{HostId, NodeId, PathConfig, PeerState};
use crate::engine::term::{Atom, Pid, Term};

/// The targets of faults.
impl World {
    /// The name of a node.
    pub fn name_of(&self, node: NodeId) -> Atom {
        self.shared().nodes[node].name()
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

    /// Returns whether a host has power.
    pub fn has_power(&self, host: HostId) -> bool {
        self.shared().network.is_powered(host)
    }

    /// Returns whether a node was up when its host lost power, so that it starts when the power is
    /// back.
    pub fn has_lost_power(&self, node: NodeId) -> bool {
        self.shared().nodes[node].lost_power
    }

    /// Returns whether a node is paused.
    pub fn is_paused(&self, node: NodeId) -> bool {
        self.shared().nodes[node].paused
    }

    /// Returns whether a node is stopping in order.
    pub fn is_stopping(&self, node: NodeId) -> bool {
        self.shared().nodes[node].stopping != Stopping::No
    }

    /// Returns whether a node is stopping in order, and starts again then.
    pub fn is_restarting(&self, node: NodeId) -> bool {
        self.shared().nodes[node].stopping == Stopping::ThenStarting
    }

    /// Returns whether a node has a connection to another that is up.
    pub fn is_connected(&self, node: NodeId, peer: NodeId) -> bool {
        self.shared().network.peer_state(node, peer) == PeerState::Up
    }

    /// Returns whether nodes of different groups have anything open between them: a connection, which
    /// may be about to come up, or a socket.
    pub(crate) fn is_any_open(&self, groups: &[Vec<NodeId>]) -> bool {
        self.shared().network.is_any_open(&World::pairs_between(groups))
    }

    /// Returns whether one of these pairs can still send, the first to the second.
    pub(crate) fn would_cut(&self, pairs: &[(NodeId, NodeId)]) -> bool {
        self.shared().network.would_cut(pairs)
    }

    /// Returns whether ending a partition would connect any nodes again.
    pub fn would_heal(&self, partition: u32) -> bool {
        self.shared().network.would_heal(partition)
    }

    /// Returns whether any path between two nodes is cut.
    pub fn is_cut_anywhere(&self) -> bool {
        self.shared().network.is_cut_anywhere()
    }

    /// Returns whether the path from one host to another has these properties; none stands for the
    /// usual ones.
    pub fn path_is(&self, from: HostId, to: HostId, path: Option<&PathConfig>) -> bool {
        let state = self.shared();
        let [now, usually] = state.network.path_now_and_usually(from, to);
        now == path.unwrap_or(usually)
    }

    /// The time that work takes on a node, in percent of the usual time.
    pub fn work_percent(&self, node: NodeId) -> u32 {
        self.shared().nodes[node].work_percent
    }

    /// The drift of the clocks of a node, in parts in a million; positive if they run fast.
    pub fn clock_drift(&self, node: NodeId) -> i32 {
        self.shared().nodes[node].clock.drift_ppm()
    }

    /// Returns whether a process is alive.
    pub fn is_process_alive(&self, pid: Pid) -> bool {
        self.shared().processes.slot_of(pid).is_some()
    }

    /// Keeps the unread messages of a process when it ends, for [`Self::unread`].
    pub fn keep_unread(&self, pid: Pid) {
        if let Some(process) = self.state().processes.get_mut(pid) {
            process.relations().keeps_unread = true;
        }
    }

    /// Returns whether signals other than messages wait to be handled by a process.
    #[cfg(test)]
    pub(crate) fn waits_for_signals(&self, pid: Pid) -> bool {
        self.shared().processes.get(pid).is_some_and(super::process::Process::has_signals)
    }

    /// The messages that a process has received and not taken, in the order of their arrival. Those of
    /// a process that has ended were kept if [`Self::keep_unread`] asked for it.
    pub fn unread(&self, pid: Pid) -> Vec<Term> {
        self.shared().processes.unread(pid)
    }

    /// The names that were looked up and under which no process was ever registered, in the order in
    /// which they were first looked up.
    ///
    /// ```
    /// use nodedown::prelude::*;
    ///
    /// let world = World::new(WorldConfig::default());
    /// let [a] = kernel::start_nodes(&world, ["a@x"]);
    /// let answer = world.run(a, |ctx| async move {
    ///     ctx.register(atom!("store"), ctx.pid())?;
    ///     gen_server::call::<Term>(&ctx, "stroe", atom!("total")).await
    /// });
    /// assert!(answer.is_err());
    /// let near = world.unregistered_names()[0].near.clone();
    /// assert_eq!(near, Some((Term::atom("store"), Atom::new("a@x"))));
    /// ```
    #[must_use]
    pub fn unregistered_names(&self) -> Vec<UnregisteredName> {
        self.shared().names.unregistered()
    }

    /// Returns whether a process was registered under a name at any time, on any node.
    ///
    /// # Errors
    /// The name that was probably meant, if one is written like it.
    pub(crate) fn was_registered(&self, name: Atom) -> Result<(), Option<Term>> {
        self.shared().names.held(&name.into())
    }
}
