//! Other nodes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Context;
use crate::atom;
use crate::engine::network::PeerState;
use crate::engine::runtime::exit::Exit;
use crate::engine::runtime::node::Node;
use crate::engine::runtime::node_monitor::NodeMonitor;
use crate::engine::runtime::receive::{Connect, Connecting};
use crate::engine::runtime::state::DistributionError;
use crate::engine::runtime::ticktime::{NetTicktime, TicktimeChange};
use crate::engine::term::{Atom, Incarnation, Pid, Term};

impl Context {
    /// `nodes()`: the visible nodes that are connected, in the order of their names.
    pub fn nodes(&self) -> Vec<Atom> {
        self.peers(|hidden| !hidden)
    }

    /// `nodes(hidden)`.
    pub fn nodes_hidden(&self) -> Vec<Atom> {
        self.peers(|hidden| hidden)
    }

    /// `nodes(connected)`.
    pub fn nodes_connected(&self) -> Vec<Atom> {
        self.peers(|_| true)
    }

    /// Returns whether a node is among [`Self::nodes_connected`].
    pub fn is_connected(&self, node: Atom) -> bool {
        let state = self.state();
        let peer = state.nodes.named(node);
        peer.is_some_and(|peer| state.network.peer_state(self.node, peer) == PeerState::Up)
    }

    fn peers(&self, wanted: impl Fn(bool) -> bool) -> Vec<Atom> {
        let state = self.state();
        let peers = state.network.peers(self.node);
        let wanted = peers.filter(|peer| wanted(state.nodes.is_hidden(self.node, *peer)));
        let names: BTreeSet<Atom> = wanted.map(|peer| state.nodes[peer].name()).collect();
        names.into_iter().collect()
    }

    /// `nodes(known)`: every node ever heard of, this one included (B17).
    pub fn nodes_known(&self) -> Vec<Atom> {
        let state = self.state();
        let known = state.nodes[self.node].known.iter().map(|(peer, _)| state.nodes[peer].name());
        let names: BTreeSet<Atom> = known.chain([state.nodes[self.node].own_name()]).collect();
        names.into_iter().collect()
    }

    /// The number of the connection to a node, among those that this one has had; none without a
    /// connection.
    pub fn connection_number(&self, node: Atom) -> Option<u32> {
        let state = self.state();
        let peer = state.nodes.named(node)?;
        let is_up = state.network.peer_state(self.node, peer) == PeerState::Up;
        state.nodes[self.node].known.get(peer).filter(|_| is_up)
    }

    /// The incarnation of a node that is connected.
    pub fn incarnation_of(&self, node: Atom) -> Option<Incarnation> {
        let state = self.state();
        let peer = state.nodes.named(node)?;
        let is_up = state.network.peer_state(self.node, peer) == PeerState::Up;
        is_up.then(|| state.nodes[peer].incarnation)
    }

    /// The nodes that are registered with the port mapper of a host, as of now.
    pub fn registered_on(&self, host: &str) -> Vec<Atom> {
        let state = self.state();
        let nodes = state.nodes.iter().filter(|node| node.up && node.is_alive());
        let names = nodes.map(Node::name);
        names.filter(|name| name.as_str().ends_with(&format!("@{host}"))).collect()
    }

    /// Returns whether the connection to a node is a hidden one, once it is up (B16).
    pub fn is_hidden(&self, node: Atom) -> bool {
        let mut state = self.state();
        let peer = state.node_named(node, self.node);
        state.nodes.is_hidden(self.node, peer)
    }

    /// Hides the connections of this node from all nodes but these, or from none.
    pub fn publish_to(&self, nodes: Option<BTreeSet<Atom>>) {
        if let Some(mut state) = self.active() {
            state.nodes[self.node].published_to = nodes;
        }
    }

    /// `net_kernel:connect_node/1`.
    pub fn connect_node(&self, node: Atom) -> Connect {
        self.begin_connect(node, Connecting::Explicit)
    }

    /// `net_adm:ping/1`: `true` for `pong`.
    pub fn ping(&self, node: Atom) -> Connect {
        self.begin_connect(node, Connecting::Implicit)
    }

    fn begin_connect(&self, node: Atom, how: Connecting) -> Connect {
        let peer = self.state().node_named(node, self.node);
        Connect { ctx: self.clone(), peer, attempt: None, how }
    }

    /// Begins to connect to a node, without waiting for it.
    pub fn connect_async(&self, node: Atom) {
        let Some(mut state) = self.active() else { return };
        let peer = state.node_named(node, self.node);
        if peer != self.node {
            state.connect(self.node, peer);
        }
    }

    /// `erlang:disconnect_node/1`: whether there was a connection.
    pub fn disconnect_node(&self, node: Atom) -> bool {
        let Some(mut state) = self.active() else { return false };
        let peer = state.node_named(node, self.node);
        state.disconnect(self.node, peer)
    }

    /// The same for a reason of the program's own, which subscribers of this node are told.
    pub fn disconnect_because(&self, node: Atom, reason: Term) -> bool {
        let Some(mut state) = self.active() else { return false };
        let peer = state.node_named(node, self.node);
        state.disconnect_because(self.node, peer, reason)
    }

    /// `monitor_node/2`: a message `{nodedown,Node}` for each call (B19). Connects if need be; a
    /// failure is reported in the same way (B20), as it is on a node that is not alive; see
    /// [`Self::may_monitor_node`].
    pub fn monitor_node(&self, node: Atom, on: bool) {
        if let Some(mut state) = self.active() {
            if on {
                state.monitor_node(self.node, self.pid, node);
            } else {
                state.demonitor_node(self.node, self.pid, node);
            }
        }
    }

    /// Checks that `monitor_node/2` does not fail.
    ///
    /// # Errors
    /// `notalive` for another node, on one that is not alive (B20).
    #[track_caller]
    pub fn may_monitor_node(&self, node: Atom) -> Result<(), Exit> {
        let may = self.state().nodes[self.node].can_name(node);
        if may { Ok(()) } else { Err(Exit::error(atom!("notalive"))) }
    }

    /// `net_kernel:monitor_nodes/2`.
    pub fn monitor_nodes(&self, options: NodeMonitor) {
        if let Some(mut state) = self.active() {
            state.monitor_nodes(self.node, self.pid, options);
        }
    }

    /// The subscriptions of the processes of this node by [`Context::monitor_nodes`], the oldest first.
    pub fn node_monitors(&self) -> Vec<(Pid, NodeMonitor)> {
        let state = self.state();
        let subscribers = state.nodes[self.node].subscribers.iter();
        subscribers.map(|subscriber| (subscriber.pid, subscriber.options)).collect()
    }

    /// `net_kernel:get_net_ticktime/0`.
    pub fn net_ticktime(&self) -> NetTicktime {
        self.state().nodes[self.node].ticktime.get()
    }

    /// `net_kernel:set_net_ticktime/2`: the node looks at its connections at another pace from the
    /// end of the transition on. All nodes have to be told within it (B28).
    pub fn set_net_ticktime(&self, time: Duration, transition: Duration) -> TicktimeChange {
        self.state().set_net_ticktime(self.node, time, transition)
    }

    /// `erlang:set_cookie/1` and `/2`: the cookie towards one node, or towards all others.
    pub fn set_cookie(&self, node: Option<Atom>, cookie: Atom) {
        let Some(mut state) = self.active() else { return };
        let peer = node.map(|name| state.node_named(name, self.node));
        state.network.set_cookie(self.node, peer, cookie);
    }

    /// `erlang:get_cookie/0` and `/1`.
    pub fn get_cookie(&self, node: Option<Atom>) -> Atom {
        let mut state = self.state();
        let peer = node.map(|name| state.node_named(name, self.node));
        state.network.cookie(self.node, peer)
    }

    /// `erlang:is_alive()`.
    pub fn is_alive(&self) -> bool {
        self.state().nodes[self.node].is_alive()
    }

    /// `net_kernel:start/1`: the node takes part in the distribution from now on (B11). Subscribers to
    /// nodes are told that this one is up.
    ///
    /// # Errors
    /// The reason for which it does not.
    pub fn start_distribution(&self, name: Atom) -> Result<(), DistributionError> {
        self.state().start_distribution(self.node, name)
    }

    /// `net_kernel:stop/0`: the node leaves the cluster and lives on by itself (B11). Its peers see
    /// a connection that is closed.
    ///
    /// # Errors
    /// The reason for which it does not.
    pub fn stop_distribution(&self) -> Result<(), DistributionError> {
        self.state().stop_distribution(self.node)
    }

    /// The end of `net_kernel`, as when the node stops in order: it leaves the cluster, whichever way it
    /// has become alive. Everything that was sent arrives.
    pub fn end_distribution(&self) {
        if let Some(mut state) = self.active() {
            state.net_kernel_ended(self.node);
        }
    }
}
