//! All nodes of a world, and its hosts by name.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use super::node::Node;
use super::slots::SlotId;
use crate::engine::network::{HostId, NodeId};
use crate::engine::term::{Atom, AtomMap, Ref};

/// All nodes, in the order in which they were added.
#[derive(Default)]
pub(super) struct Nodes {
    all: Vec<Node>,
    by_name: AtomMap<NodeId>,
    hosts: BTreeMap<Atom, HostId>,
    /// The number of nodes that are paused.
    paused: usize,
}

impl Index<NodeId> for Nodes {
    type Output = Node;

    #[inline]
    fn index(&self, id: NodeId) -> &Node {
        &self.all[id.0 as usize]
    }
}

impl IndexMut<NodeId> for Nodes {
    #[inline]
    fn index_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.all[id.0 as usize]
    }
}

impl Nodes {
    /// Adds the node with the next id.
    ///
    /// # Panics
    /// If there is a node with this name.
    pub(super) fn add(&mut self, id: NodeId, node: Node) {
        let name = node.name();
        assert!(self.by_name.insert(name, id).is_none(), "two nodes {name}");
        self.all.push(node);
    }

    pub(super) fn add_host(&mut self, name: Atom, id: HostId) {
        self.hosts.insert(name, id);
    }

    pub(super) fn host(&self, name: Atom) -> Option<HostId> {
        self.hosts.get(&name).copied()
    }

    /// The node with this name in the world.
    #[inline]
    pub(super) fn named(&self, name: Atom) -> Option<NodeId> {
        self.by_name.get(name).copied()
    }

    /// The ids of all nodes, in order.
    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.all.len() as u32).map(NodeId)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.all.iter()
    }

    /// The slot of the process that is registered under a name on a node.
    #[inline]
    pub(super) fn registered(&self, node: NodeId, name: Atom) -> Option<SlotId> {
        self[node].names.get(name).copied()
    }

    /// The slot of the process to which an alias leads on a node.
    #[inline]
    pub(super) fn aliased(&self, node: NodeId, alias: Ref) -> Option<SlotId> {
        self[node].aliases.get(&alias.id()).copied()
    }

    /// Returns whether a node is paused. Asks no node while none is.
    #[inline]
    pub(super) fn is_paused(&self, node: NodeId) -> bool {
        self.paused > 0 && self[node].paused
    }

    /// Returns whether any node is paused.
    pub(super) const fn has_paused(&self) -> bool {
        self.paused > 0
    }

    /// Pauses a node that is up. Returns whether it was running.
    pub(super) fn pause(&mut self, id: NodeId) -> bool {
        let node = &mut self[id];
        let pauses = node.up && !node.paused;
        if pauses {
            node.paused = true;
            self.paused += 1;
        }
        pauses
    }

    /// Ends the pause of a node. Returns whether it was paused.
    pub(super) fn resume(&mut self, id: NodeId) -> bool {
        let was_paused = std::mem::take(&mut self[id].paused);
        self.paused -= usize::from(was_paused);
        was_paused
    }

    /// Returns whether the connection between two nodes is a hidden one (B16).
    pub(super) fn is_hidden(&self, node: NodeId, peer: NodeId) -> bool {
        let (node, peer) = (&self[node], &self[peer]);
        node.hides_from(peer.name()) || peer.hides_from(node.name())
    }
}
