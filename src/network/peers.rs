//! The connections of a node, by peer.

use super::{LaneId, NodeId};

/// The lane to each peer, in the order of the peers' numbers.
#[derive(Debug, Default)]
pub(super) struct Peers(Vec<(NodeId, LaneId)>);

impl Peers {
    #[inline]
    pub(super) fn get(&self, peer: NodeId) -> Option<LaneId> {
        self.place(peer).ok().map(|place| self.0[place].1)
    }

    pub(super) fn insert(&mut self, peer: NodeId, lane: LaneId) {
        match self.place(peer) {
            Ok(place) => self.0[place].1 = lane,
            Err(place) => self.0.insert(place, (peer, lane)),
        }
    }

    /// Takes the lane to a peer away, if it is this one.
    pub(super) fn remove(&mut self, peer: NodeId, lane: LaneId) {
        if let Ok(place) = self.place(peer)
            && self.0[place].1 == lane
        {
            self.0.remove(place);
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
    fn place(&self, peer: NodeId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&peer, |(found, _)| *found)
    }
}
