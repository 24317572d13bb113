//! The connections of a node: connecting, disconnecting, and the effects on its processes.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;

use super::State;
use super::delivery::Route;
use crate::engine::network::{Closing, DownReason, HostId, LaneId, NodeId, PeerState};
use crate::engine::runtime::node::AutoConnect;
use crate::engine::runtime::node_monitor::{Connection, NodeType};
use crate::engine::runtime::process::Process;
use crate::engine::runtime::relations::Link;
use crate::engine::runtime::remote_links::{Attempt, RemoteLinks};
use crate::engine::runtime::signal::{Control, Destination, sender};
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::engine::trace::{ConnectionFact, Fact};
use crate::{atom, tuple};

/// Connecting and disconnecting.
impl State {
    /// The lane to a peer. Begins to connect if that is necessary and allowed (B2, B8, B9).
    #[inline]
    pub(super) fn lane_to(&mut self, node: NodeId, peer: NodeId) -> Option<LaneId> {
        self.network.lane(node, peer).or_else(|| {
            self.connect_if_allowed(node, peer);
            self.network.lane(node, peer)
        })
    }

    /// Begins to connect if that is necessary and allowed. Returns the state of the connection.
    pub(crate) fn auto_connect(&mut self, node: NodeId, peer: NodeId) -> PeerState {
        if self.network.peer_state(node, peer) == PeerState::Absent {
            self.connect_if_allowed(node, peer);
        }
        self.network.peer_state(node, peer)
    }

    fn connect_if_allowed(&mut self, node: NodeId, peer: NodeId) {
        let is_allowed = match self.nodes[node].config.auto_connect {
            AutoConnect::Never => false,
            AutoConnect::Once => !self.nodes[node].barred.contains(&peer),
            AutoConnect::Always => true,
        };
        if is_allowed {
            self.connect(node, peer);
        }
    }

    /// Begins to connect, unless there is a connection or an attempt.
    pub(crate) fn connect(&mut self, node: NodeId, peer: NodeId) {
        let home = &mut self.nodes[node];
        if home.known.get(peer).is_none() {
            home.known.insert(peer, 0);
        }
        if !home.is_alive() {
            return;
        }
        if self.network.peer_state(node, peer) == PeerState::Absent {
            self.links.connecting(node, peer, self.log.cause);
        }
        self.network.connect(self.log.now, node, peer);
        self.handle_network_output();
    }

    /// Makes a node close its connection to a peer. Returns whether there was one.
    pub(crate) fn disconnect(&mut self, node: NodeId, peer: NodeId) -> bool {
        let was_up = self.network.peer_state(node, peer) == PeerState::Up;
        if was_up {
            self.links.causes.disconnected(node, peer, self.log.cause);
            self.close_connection(node, peer, DownReason::Disconnect);
        }
        was_up
    }

    /// The same for a reason of a program's own, which subscribers are told.
    pub(crate) fn disconnect_because(&mut self, node: NodeId, peer: NodeId, reason: Term) -> bool {
        self.down_reason = Some(reason);
        let was_up = self.disconnect(node, peer);
        self.down_reason = None;
        was_up
    }

    pub(super) fn close_connection(&mut self, node: NodeId, peer: NodeId, reason: DownReason) {
        self.network.disconnect(self.log.now, node, peer, Closing::Abrupt, reason);
        self.handle_network_output();
    }

    /// Returns whether a message can be sent without connecting first (A6).
    pub(crate) fn is_connected_to(&mut self, node: NodeId, to: Destination) -> bool {
        match self.route(node, to) {
            Route::Here(_) | Route::Nowhere => true,
            Route::There(peer) => self.network.peer_state(node, peer) != PeerState::Absent,
        }
    }

    /// All pairs of nodes of which one is on the one host and one on the other.
    pub(crate) fn pairs_between(&self, one: HostId, other: HostId) -> Vec<(NodeId, NodeId)> {
        let (ones, others) = (self.nodes_on(one), self.nodes_on(other));
        ones.iter().flat_map(|one| others.iter().map(|other| (*one, *other))).collect()
    }
}

/// A connection that has come up.
impl State {
    /// The connection has come up at `node`.
    pub(super) fn node_up(&mut self, node: NodeId, peer: NodeId) {
        let name = self.nodes[peer].name();
        let home = &mut self.nodes[node];
        home.connected += 1;
        home.known.insert(peer, home.connected);
        self.log.cause = self.links.records(node, peer).connecting;
        self.record_as_cause(node, Fact::Connection(ConnectionFact::Up { peer: name }));
        self.links.up(node, peer, self.log.cause);
        self.notify_subscribers(node, peer, None);
        let waiters = self.links.take_waiters(node, peer);
        self.end_attempts(waiters, true);
    }

    /// Tells the processes that wait for an attempt to connect how it has ended.
    fn end_attempts(&mut self, waiters: Vec<(Pid, Attempt)>, is_connected: bool) {
        for (pid, attempt) in waiters {
            attempt.set(Some(is_connected));
            self.processes.resume(pid, self.log.cause);
        }
    }
}

/// A connection that is lost.
impl State {
    /// The connection is lost at `node`: links, then monitors, then node monitors, then subscriptions
    /// (B18).
    pub(super) fn node_down(&mut self, node: NodeId, peer: NodeId, reason: DownReason) {
        let (name, why) = (self.nodes[peer].name(), Atom::new(reason.as_str()));
        if let Some(cause) = self.links.cause_of_loss(node, peer, reason) {
            self.log.cause = cause;
        }
        self.record_as_cause(
            node,
            Fact::Connection(ConnectionFact::Down { peer: name, reason: why }),
        );
        self.links.causes.given_up(node, peer, self.log.cause);
        if self.nodes[node].config.auto_connect == AutoConnect::Once {
            self.nodes[node].barred.insert(peer);
        }
        self.connection_lost(node, peer);
        self.notify_subscribers(node, peer, Some(reason));
    }

    /// An attempt of `node` to connect has failed. Its processes are told as of a lost connection, but
    /// subscribers are not (B6).
    pub(super) fn connect_failed(&mut self, node: NodeId, peer: NodeId) {
        let name = self.nodes[peer].name();
        self.log.cause = self.links.records(node, peer).connecting;
        self.record_as_cause(node, Fact::Connection(ConnectionFact::Failed { peer: name }));
        self.connection_lost(node, peer);
    }

    /// A node has turned down an attempt of a peer, since the cookies differ.
    pub(super) fn cookie_rejected(&mut self, node: NodeId, peer: NodeId) {
        let name = self.nodes[peer].name();
        self.record(node, Fact::Connection(ConnectionFact::CookieRejected { peer: name }));
        self.connection_lost(node, peer);
    }

    /// Tells all processes on `node` that depend on the connection to the peer.
    pub(super) fn connection_lost(&mut self, node: NodeId, peer: NodeId) {
        self.handle_all_signals(node);
        let Some(remote) = self.links.take(node, peer) else { return };
        let RemoteLinks { links, monitors, watched, spawns, node_monitors, .. } = remote;
        let (suspended, waiters) = (remote.suspended, remote.waiters);
        self.release(suspended);
        self.break_links(links);
        self.break_monitors(monitors);
        for (reference, slot) in watched {
            if let Some(process) = self.processes.at_mut(slot) {
                process.relations().watchers.remove(&reference);
            }
        }
        for (request, pid) in spawns {
            if let Some(slot) = self.processes.slot_of(pid) {
                self.enqueue_control(slot, Control::SpawnReply { request, pid: None });
            }
        }
        let name = self.nodes[peer].name();
        for pid in node_monitors {
            self.send_nodedown(pid, name);
        }
        self.end_attempts(waiters, false);
    }

    /// Lets the processes of a node handle the signals that have come over a connection before it is
    /// lost: a link or a monitor may be among them.
    fn handle_all_signals(&mut self, node: NodeId) {
        let processes = self.nodes[node].processes.iter();
        let with_signals: Vec<Pid> = processes
            .filter_map(|slot| self.processes.at(*slot))
            .filter(|process| process.has_signals())
            .map(|process| process.pid)
            .collect();
        for pid in with_signals {
            self.handle_signals(pid);
        }
    }

    fn break_links(&mut self, links: BTreeSet<(SlotId, Pid)>) {
        let mut links: Vec<_> = links.into_iter().collect();
        links.shuffle(&mut self.rng);
        for (slot, other) in links {
            let Some(process) = self.processes.at_mut(slot) else { continue };
            if process.relations().links.get(&other) == Some(&Link::Active) {
                let reason = atom!("noconnection").into();
                self.enqueue_control(slot, Control::LinkExit { from: other, reason });
            } else {
                process.relations().links.remove(&other);
            }
        }
    }

    fn break_monitors(&mut self, monitors: impl IntoIterator<Item = (Ref, SlotId)>) {
        let mut monitors: Vec<_> = monitors.into_iter().collect();
        monitors.shuffle(&mut self.rng);
        for (reference, slot) in monitors {
            let reason = Term::from(atom!("noconnection"));
            self.enqueue_control(slot, Control::Down { reference, reason });
        }
    }

    pub(super) fn send_nodedown(&mut self, pid: Pid, name: Atom) {
        self.deliver_to(pid, tuple![atom!("nodedown"), name]);
    }

    /// Tells the subscribers of a node that a peer is up, or down for this reason.
    pub(super) fn notify_subscribers(
        &mut self,
        node: NodeId,
        peer: NodeId,
        reason: Option<DownReason>,
    ) {
        // To itself a node is always visible.
        let is_hidden = node != peer && self.nodes.is_hidden(node, peer);
        let node_type = if is_hidden { NodeType::Hidden } else { NodeType::Visible };
        let number = self.nodes[node].known.get(peer).unwrap_or_default();
        let words = self.down_reason.clone().filter(|_| reason.is_some());
        let connection = Connection {
            node_type,
            number,
            reason: words.or(reason.map(|reason| Term::atom(reason.as_str()))),
        };
        // A node that is told of itself has its name still, or already.
        let name = self.nodes[peer].name();
        for subscriber in self.nodes[node].subscribers.clone() {
            if let Some(message) = subscriber.options.message(name, &connection) {
                self.deliver_to(subscriber.pid, message);
            }
        }
    }
}

/// Suspension of processes that send too much (A7).
impl State {
    /// Returns whether sending would suspend the sender.
    pub(crate) fn would_suspend(&mut self, node: NodeId, to: Destination) -> bool {
        match self.route(node, to) {
            Route::Here(_) | Route::Nowhere => false,
            Route::There(peer) => self.is_busy(node, peer),
        }
    }

    fn is_busy(&self, node: NodeId, peer: NodeId) -> bool {
        self.network.lane(node, peer).is_some_and(|lane| self.network.is_busy(lane))
    }

    /// Suspends a process that has sent more than the limit, unless it never is.
    pub(super) fn suspend(&mut self, node: NodeId, peer: NodeId, pid: Pid) {
        if self.processes.get(pid).is_some_and(Process::is_async_dist) {
            return;
        }
        if self.links.remote(node, peer).suspended.insert(pid)
            && let Some(process) = self.processes.get_mut(pid)
        {
            process.suspensions += 1;
        }
    }

    /// Suspends a process that has sent a signal on a connection that is busy.
    pub(super) fn suspend_if_busy(&mut self, node: NodeId, peer: NodeId, pid: Pid) {
        if peer != node && self.is_busy(node, peer) {
            self.suspend(node, peer, pid);
        }
    }

    /// Enough has reached the peer: suspended processes go on, unless parts of their own messages still
    /// wait.
    pub(super) fn drained(&mut self, node: NodeId, peer: NodeId) {
        let Some(remote) = self.links.known(node, peer) else { return };
        let suspended = std::mem::take(&mut remote.suspended);
        let lane = self.network.lane(node, peer);
        let has_more =
            |pid: &Pid| lane.is_some_and(|lane| self.network.has_fragments(lane, sender(*pid)));
        let (suspended, released) = suspended.into_iter().partition(has_more);
        if let Some(remote) = self.links.known(node, peer) {
            remote.suspended = suspended;
        }
        self.release(released);
    }

    fn release(&mut self, suspended: BTreeSet<Pid>) {
        for pid in suspended {
            let Some(process) = self.processes.get_mut(pid) else { continue };
            process.suspensions -= 1;
            self.processes.wake(SlotId::of(pid));
        }
    }
}
