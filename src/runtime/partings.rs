//! What may part two nodes, so that the loss of a connection has a cause: it comes later than what
//! led to it, and nothing travels between the two that could carry it.

use std::collections::BTreeMap;

use super::world::State;
use crate::network::{DownReason, HostId, NodeId};
use crate::trace::RecordId;

/// The records of what came between nodes; later ones replace earlier ones.
#[derive(Debug, Default)]
pub(super) struct Partings {
    /// The end of a node, or that it stands still.
    stilled: BTreeMap<NodeId, RecordId>,
    /// A cut, a bad path or a disconnection, by the lower and the higher number of the two.
    parted: BTreeMap<(NodeId, NodeId), RecordId>,
    /// That the first node has given up its connection to the second.
    given_up: BTreeMap<(NodeId, NodeId), RecordId>,
}

impl Partings {
    pub(super) fn stilled(&mut self, node: NodeId, by: RecordId) {
        self.stilled.insert(node, by);
    }

    pub(super) fn parted(&mut self, one: NodeId, other: NodeId, by: RecordId) {
        self.parted.insert((one.min(other), one.max(other)), by);
    }

    pub(super) fn given_up(&mut self, node: NodeId, peer: NodeId, by: RecordId) {
        self.given_up.insert((node, peer), by);
    }

    /// The latest of all that may have parted a node from a peer. A silence is not ended by the
    /// peer's giving up, a closed connection may be.
    fn latest(&self, node: NodeId, peer: NodeId, silent: bool) -> Option<RecordId> {
        let stilled = [node, peer].into_iter().filter_map(|each| self.stilled.get(&each));
        let parted = self.parted.get(&(node.min(peer), node.max(peer)));
        let given_up = self.given_up.get(&(peer, node)).filter(|_| !silent);
        stilled.chain(parted).chain(given_up).max().copied()
    }
}

impl State {
    /// The record that led to the loss of a connection, if it came after the connection.
    pub(super) fn what_parted(
        &mut self,
        node: NodeId,
        peer: NodeId,
        reason: DownReason,
    ) -> RecordId {
        let up = self.records_of(node, peer).up;
        let silent = reason == DownReason::NetTickTimeout;
        let found = self.partings.latest(node, peer, silent);
        found.filter(|record| *record > up).unwrap_or(self.cause)
    }

    /// All pairs of nodes of which one is on the one host and one on the other.
    pub(super) fn pairs_between(&self, one: HostId, other: HostId) -> Vec<(NodeId, NodeId)> {
        let (ones, others) = (self.nodes_on(one), self.nodes_on(other));
        ones.iter().flat_map(|one| others.iter().map(|other| (*one, *other))).collect()
    }
}
