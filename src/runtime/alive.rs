//! Nodes that are not alive: those that take no part in a cluster, from their boot or for a while.
//!
//! The processes of such a node are `nonode@nohost`'s to whoever asks on it, and nobody else can
//! ask. In the simulated world, where several nodes may not be alive, they keep the name that the
//! node has in the world: traces print it, and it is what they are known by once the node is
//! alive. That is also why a node can become alive once only in one life: at each start Erlang
//! gives all processes of the node new identities, and those here keep theirs.

use super::Context;
use super::world::State;
use crate::atom;
use crate::network::{Closing, DownReason, NodeId};
use crate::term::Atom;

/// How a node takes part in the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alive {
    /// From its boot on.
    FromBoot,
    /// Not yet.
    NotYet,
    /// Since [`Context::start_distribution`].
    Started,
    /// Not any more.
    Stopped,
}

/// Why the distribution of a node was not started or stopped (B10, B11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// The node is alive.
    #[error("already_started")]
    AlreadyStarted,
    /// The name belongs to another node that is up: `nodistribution`.
    #[error("nodistribution")]
    NameTaken,
    /// The node is alive from its boot on, so it cannot be stopped.
    #[error("not_allowed")]
    NotAllowed,
    /// The node is not alive.
    #[error("not_found")]
    NotFound,
    /// Erlang could do it, a simulated node cannot: a second start, or one with another name.
    #[error("a simulated node can become alive once in a life, under its own name")]
    NotModelled,
}

impl Context {
    /// `erlang:is_alive()`.
    pub fn is_alive(&self) -> bool {
        self.state().is_alive(self.node_id())
    }

    /// `net_kernel:start/1`: the node takes part in the distribution from now on (B11). Whoever has
    /// subscribed to nodes is told that this one is up.
    ///
    /// # Errors
    /// Why it does not.
    pub fn start_distribution(&self, name: Atom) -> Result<(), DistributionError> {
        self.state().start_distribution(self.node_id(), name)
    }

    /// `net_kernel:stop/0`: the node leaves the cluster and lives on by itself (B11). Its peers see
    /// a connection that is closed.
    ///
    /// # Errors
    /// Why it does not.
    pub fn stop_distribution(&self) -> Result<(), DistributionError> {
        self.state().stop_distribution(self.node_id())
    }
}

impl State {
    pub(super) fn is_alive(&self, node: NodeId) -> bool {
        matches!(self.node(node).alive, Alive::FromBoot | Alive::Started)
    }

    /// `node()`.
    pub(super) fn own_name(&self, node: NodeId) -> Atom {
        if self.is_alive(node) { self.node_name(node) } else { atom!("nonode@nohost") }
    }

    fn start_distribution(&mut self, node: NodeId, name: Atom) -> Result<(), DistributionError> {
        let taken = self.node_ids.get(name).copied().filter(|found| *found != node);
        match self.node(node).alive {
            Alive::FromBoot | Alive::Started => return Err(DistributionError::AlreadyStarted),
            _ if taken.is_some_and(|found| self.node(found).up) => {
                return Err(DistributionError::NameTaken); // B10
            }
            Alive::NotYet if name == self.node_name(node) => {}
            Alive::NotYet | Alive::Stopped => return Err(DistributionError::NotModelled),
        }
        self.node_mut(node).alive = Alive::Started;
        self.network.set_distributed(node, true);
        self.tell_subscribers(node, node, None);
        Ok(())
    }

    fn stop_distribution(&mut self, node: NodeId) -> Result<(), DistributionError> {
        match self.node(node).alive {
            Alive::FromBoot => return Err(DistributionError::NotAllowed),
            Alive::NotYet | Alive::Stopped => return Err(DistributionError::NotFound),
            Alive::Started => {}
        }
        let peers: Vec<NodeId> = self.network.peers(node).collect();
        for peer in peers {
            let (now, reason) = (self.now, DownReason::NetKernelTerminated);
            self.network.disconnect(now, node, peer, Closing::Abrupt, reason);
            self.handle_network_output();
        }
        self.network.set_distributed(node, false);
        self.node_mut(node).alive = Alive::Stopped;
        self.tell_subscribers(node, node, Some(DownReason::NetKernelTerminated));
        Ok(())
    }

    /// Whether a node can name another at all (A44): one that is not alive knows itself only.
    pub(super) fn can_name(&self, node: NodeId, name: Atom) -> bool {
        self.is_alive(node) || name == self.own_name(node)
    }
}
