//! The connections of a node, by peer.

use super::ids::{LaneId, NodeId};

/// The lane to each peer, in the order of the peers' numbers.
#[derive(Debug, Default)]
pub(super) struct Peers(Vec<(NodeId, LaneId)>);

impl Peers {
    #[inline]
    pub(super) fn get(&self, peer: NodeId) -> Option<LaneId> {
        self.position(peer).ok().map(|index| self.0[index].1)
    }

    pub(super) fn insert(&mut self, peer: NodeId, lane: LaneId) {
        match self.position(peer) {
            Ok(index) => self.0[index].1 = lane,
            Err(index) => self.0.insert(index, (peer, lane)),
        }
    }

    /// Takes the lane to a peer away, if it is this one.
    pub(super) fn remove(&mut self, peer: NodeId, lane: LaneId) {
        if let Ok(index) = self.position(peer)
            && self.0[index].1 == lane
        {
            self.0.remove(index);
        }
    }

    /// The first peer and the last.
    pub(super) fn ends(&self) -> Option<(NodeId, NodeId)> {
        Some((self.0.first()?.0, self.0.last()?.0))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, LaneId)> + '_ {
        self.0.iter().copied()
    }

    #[inline]
    fn position(&self, peer: NodeId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&peer, |(found, _)| *found)
    }
}
