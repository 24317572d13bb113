//! The connections of a node, by peer.

use super::{ConnectionId, NodeId};

/// The connection to each peer, in the order of the peers' numbers.
#[derive(Debug, Default)]
pub(super) struct Peers(Vec<(NodeId, ConnectionId)>);

impl Peers {
    pub(super) fn get(&self, peer: NodeId) -> Option<ConnectionId> {
        self.place(peer).ok().map(|place| self.0[place].1)
    }

    pub(super) fn insert(&mut self, peer: NodeId, connection: ConnectionId) {
        match self.place(peer) {
            Ok(place) => self.0[place].1 = connection,
            Err(place) => self.0.insert(place, (peer, connection)),
        }
    }

    /// Takes the connection to a peer away, if it is this one.
    pub(super) fn remove(&mut self, peer: NodeId, connection: ConnectionId) {
        if let Ok(place) = self.place(peer)
            && self.0[place].1 == connection
        {
            self.0.remove(place);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, ConnectionId)> + '_ {
        self.0.iter().copied()
    }

    fn place(&self, peer: NodeId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&peer, |(found, _)| *found)
    }
}
