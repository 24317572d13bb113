//! The possible causes of lost connections.
//!
//! A connection is lost later than its cause, and nothing travels between the two nodes that could
//! carry that cause along; so it is looked up here.

use std::collections::BTreeMap;

use crate::engine::network::{DownReason, NodeId};
use crate::engine::trace::RecordId;

/// The records of events that may make a node lose a connection; later ones replace earlier ones.
#[derive(Debug, Default)]
pub(super) struct LossCauses {
    /// The end or the pause of a node.
    suspended: BTreeMap<NodeId, RecordId>,
    /// A cut, a bad path or a disconnection, by the lower and the higher number of the two nodes.
    disconnected: BTreeMap<(NodeId, NodeId), RecordId>,
    /// The first node has given up its connection to the second.
    given_up: BTreeMap<(NodeId, NodeId), RecordId>,
}

impl LossCauses {
    pub(super) fn suspended(&mut self, node: NodeId, by: RecordId) {
        self.suspended.insert(node, by);
    }

    pub(super) fn disconnected(&mut self, one: NodeId, other: NodeId, by: RecordId) {
        self.disconnected.insert((one.min(other), one.max(other)), by);
    }

    pub(super) fn given_up(&mut self, node: NodeId, peer: NodeId, by: RecordId) {
        self.given_up.insert((node, peer), by);
    }

    /// The latest possible cause for a node to lose a peer. A peer that gives up closes the connection;
    /// it does not make it silent.
    pub(super) fn latest(
        &self,
        node: NodeId,
        peer: NodeId,
        reason: DownReason,
    ) -> Option<RecordId> {
        let is_silent = reason == DownReason::NetTickTimeout;
        let suspended = [node, peer].into_iter().filter_map(|each| self.suspended.get(&each));
        let disconnected = self.disconnected.get(&(node.min(peer), node.max(peer)));
        let given_up = self.given_up.get(&(peer, node)).filter(|_| !is_silent);
        suspended.chain(disconnected).chain(given_up).max().copied()
    }
}
