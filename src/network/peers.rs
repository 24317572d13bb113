//! The connections of a node, by peer.

use super::{ConnectionId, NodeId};

/// The connection to each peer, in the order of the peers' numbers. Peers and connections stand apart,
/// so that a search touches little memory.
#[derive(Debug, Default)]
pub(super) struct Peers {
    peers: Vec<NodeId>,
    connections: Vec<ConnectionId>,
}

impl Peers {
    #[inline]
    pub(super) fn get(&self, peer: NodeId) -> Option<ConnectionId> {
        let place = self.peers.binary_search(&peer).ok()?;
        Some(self.connections[place])
    }

    pub(super) fn insert(&mut self, peer: NodeId, connection: ConnectionId) {
        match self.peers.binary_search(&peer) {
            Ok(place) => self.connections[place] = connection,
            Err(place) => {
                self.peers.insert(place, peer);
                self.connections.insert(place, connection);
            }
        }
    }

    /// Takes the connection to a peer away, if it is this one.
    pub(super) fn remove(&mut self, peer: NodeId, connection: ConnectionId) {
        if let Ok(place) = self.peers.binary_search(&peer)
            && self.connections[place] == connection
        {
            self.peers.remove(place);
            self.connections.remove(place);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, ConnectionId)> + '_ {
        self.peers.iter().copied().zip(self.connections.iter().copied())
    }
}
