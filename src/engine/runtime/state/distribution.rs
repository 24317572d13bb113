//! Nodes that become alive and stop being alive, and the monitoring of nodes.

use super::State;
use crate::engine::network::{Closing, DownReason, NodeId, PeerState, Registration};
use crate::engine::runtime::node::Alive;
use crate::engine::runtime::node_monitor::{NodeMonitor, Subscriber};
use crate::engine::term::{Atom, Pid};

/// The reason for which the distribution of a node was not started or stopped (B10, B11).
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

impl State {
    /// `net_kernel:start/1`.
    pub(crate) fn start_distribution(
        &mut self,
        node: NodeId,
        name: Atom,
    ) -> Result<(), DistributionError> {
        let taken = self.nodes.named(name).filter(|found| *found != node);
        match self.nodes[node].alive {
            Alive::FromBoot | Alive::Started => return Err(DistributionError::AlreadyStarted),
            Alive::NotYet | Alive::Stopped if taken.is_some_and(|found| self.nodes[found].up) => {
                return Err(DistributionError::NameTaken); // B10
            }
            Alive::NotYet if name == self.nodes[node].name() => {}
            Alive::NotYet | Alive::Stopped => return Err(DistributionError::NotModelled),
        }
        self.nodes[node].alive = Alive::Started;
        self.network.set_registered(node, Registration::Registered);
        self.notify_subscribers(node, node, None);
        Ok(())
    }

    /// `net_kernel:stop/0`.
    pub(crate) fn stop_distribution(&mut self, node: NodeId) -> Result<(), DistributionError> {
        match self.nodes[node].alive {
            Alive::FromBoot => return Err(DistributionError::NotAllowed),
            Alive::NotYet | Alive::Stopped => return Err(DistributionError::NotFound),
            Alive::Started => {}
        }
        self.leave_cluster(node, Closing::Abrupt);
        self.nodes[node].alive = Alive::Stopped;
        Ok(())
    }

    /// The process `net_kernel` of a node has ended in order, and with it all connections: what was sent
    /// on them arrives. The node may become alive again (`init:restart/0`).
    pub(crate) fn net_kernel_ended(&mut self, node: NodeId) {
        if self.nodes[node].is_alive() {
            self.leave_cluster(node, Closing::Orderly);
            self.nodes[node].alive = Alive::NotYet;
        }
    }

    fn leave_cluster(&mut self, node: NodeId, closing: Closing) {
        let (peers, reason) =
            (self.network.peers(node).collect::<Vec<_>>(), DownReason::NetKernelTerminated);
        for peer in peers {
            self.network.disconnect(self.log.now, node, peer, closing, reason);
            self.handle_network_output();
        }
        self.network.set_registered(node, Registration::Unregistered);
        self.notify_subscribers(node, node, Some(reason));
    }

    /// `net_kernel:monitor_nodes/2`.
    pub(crate) fn monitor_nodes(&mut self, node: NodeId, pid: Pid, options: NodeMonitor) {
        let subscribers = &mut self.nodes[node].subscribers;
        if options.on {
            subscribers.push(Subscriber { pid, options });
        } else {
            let ended = NodeMonitor { on: true, ..options };
            subscribers.retain(|found| found.pid != pid || found.options != ended);
        }
    }

    /// `monitor_node(Node, true)` (B19, B20).
    pub(crate) fn monitor_node(&mut self, node: NodeId, pid: Pid, peer: Atom) {
        let peer_id = self.node_named(peer, node);
        if peer_id == node {
            return;
        }
        if self.auto_connect(node, peer_id) == PeerState::Absent {
            self.send_nodedown(pid, peer);
        } else {
            self.links.remote(node, peer_id).node_monitors.push(pid);
        }
    }

    /// `monitor_node(Node, false)`: takes one call back.
    pub(crate) fn demonitor_node(&mut self, node: NodeId, pid: Pid, peer: Atom) {
        let peer_id = self.node_named(peer, node);
        if let Some(remote) = self.links.known(node, peer_id)
            && let Some(index) = remote.node_monitors.iter().position(|found| *found == pid)
        {
            remote.node_monitors.remove(index);
        }
    }
}
