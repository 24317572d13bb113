//! Something for each peer of a node.

use super::ids::NodeId;

/// A value for each peer, in the order of the peers' numbers.
#[derive(Debug)]
pub(crate) struct Peers<T>(Vec<(NodeId, T)>);

impl<T> Default for Peers<T> {
    fn default() -> Peers<T> {
        Peers(Vec::new())
    }
}

impl<T: Copy + PartialEq> Peers<T> {
    #[inline]
    pub(crate) fn get(&self, peer: NodeId) -> Option<T> {
        self.position(peer).ok().map(|index| self.0[index].1)
    }

    pub(crate) fn insert(&mut self, peer: NodeId, value: T) {
        match self.position(peer) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (peer, value)),
        }
    }

    /// Takes the value of a peer away, if it is this one.
    pub(super) fn remove(&mut self, peer: NodeId, value: T) {
        if let Ok(index) = self.position(peer)
            && self.0[index].1 == value
        {
            self.0.remove(index);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The first peer and the last.
    pub(super) fn ends(&self) -> Option<(NodeId, NodeId)> {
        Some((self.0.first()?.0, self.0.last()?.0))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeId, T)> + '_ {
        self.0.iter().copied()
    }

    #[inline]
    fn position(&self, peer: NodeId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&peer, |(found, _)| *found)
    }
}
