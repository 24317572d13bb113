//! What a node remembers of a peer, so that the loss of the connection shows as the failure of
//! processes (B18).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rand::seq::SliceRandom;

use super::node::AutoConnect;
use super::process::Link;
use super::signal::Control;
use super::signal::sender;
use super::world::State;
use crate::network::{DownReason, NodeId, PeerState};
use crate::term::{Atom, Map, Pid, Ref, Term};
use crate::trace::{Fact, RecordId};
use crate::{atom, tuple};

/// What a node remembers of one peer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Watch {
    records: Records,
    /// Made with the first bond.
    bonds: Option<Box<Bonds>>,
}

/// What the trace tells of a connection. Nothing while nothing is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Records {
    /// The record that led to the attempt to connect.
    pub sought: RecordId,
    /// The record of the connection coming up.
    pub up: RecordId,
}

/// Whatever would have to be told if the connection to one peer were lost.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Bonds {
    /// Links: the process here, the process there.
    pub links: BTreeSet<(u32, Pid)>,
    /// Monitors set here on processes there, with the process that set them.
    pub monitors: BTreeMap<Ref, u32>,
    /// Monitors set there on processes here, with the process that is monitored.
    pub watched: BTreeMap<Ref, u32>,
    /// Requests to spawn a process there, with the process that asks.
    pub spawns: BTreeMap<Ref, Pid>,
    /// `monitor_node/2`, once for each call.
    pub node_monitors: Vec<Pid>,
    /// Processes that are suspended since too much waits to reach the peer (A7).
    pub suspended: BTreeSet<Pid>,
    /// Processes that wait for an attempt to connect.
    pub waiters: Vec<(Pid, Attempt)>,
}

/// How an attempt to connect has ended, for a process that waits for it: whether there is a
/// connection now.
pub(super) type Attempt = Rc<Cell<Option<bool>>>;

/// A subscription by `net_kernel:monitor_nodes/2`.
#[derive(Clone, Debug)]
pub(super) struct Subscriber {
    pub pid: Pid,
    pub options: NodeMonitor,
}

/// The options of `net_kernel:monitor_nodes/2` (B21, B22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent options of one Erlang function")]
pub struct NodeMonitor {
    /// Subscribe, or end all subscriptions with these options.
    pub on: bool,
    /// Report hidden nodes as well, and the type of each node (`{node_type,all}`).
    pub hidden: bool,
    /// Say why a node went down (`nodedown_reason`).
    pub reason: bool,
    /// Send the three-element messages even if nothing is in their list.
    pub info: bool,
    /// Send the three-element messages with a map in the place of the list.
    pub map: bool,
}

impl Default for NodeMonitor {
    /// `net_kernel:monitor_nodes(true)`: visible nodes, in messages of two elements.
    fn default() -> NodeMonitor {
        NodeMonitor { on: true, hidden: false, reason: false, info: false, map: false }
    }
}

impl State {
    fn watch(&mut self, node: NodeId, peer: NodeId) -> &mut Watch {
        self.node_mut(node).watches.entry(peer).or_default()
    }

    /// What the trace tells of the connection between a node and a peer.
    pub(super) fn records_of(&self, node: NodeId, peer: NodeId) -> Records {
        self.node(node).watches.get(&peer).map_or(Records::default(), |watch| watch.records)
    }

    /// Remembers the record of what is going on as one of those.
    fn remember(
        &mut self,
        node: NodeId,
        peer: NodeId,
        as_one: impl FnOnce(&mut Records, RecordId),
    ) {
        let cause = self.cause;
        let watch = if cause == RecordId::default() {
            self.node_mut(node).watches.get_mut(&peer)
        } else {
            Some(self.watch(node, peer))
        };
        if let Some(watch) = watch {
            as_one(&mut watch.records, cause);
        }
    }

    /// Gives up the memory of what there is nothing to remember of.
    fn tidy(&mut self, node: NodeId, peer: NodeId) {
        let watches = &mut self.node_mut(node).watches;
        if let Some(watch) = watches.get_mut(&peer) {
            watch.bonds.take_if(|bonds| **bonds == Bonds::default());
            if *watch == Watch::default() {
                watches.remove(&peer);
            }
        }
    }

    /// A node begins an attempt to connect.
    pub(super) fn sought(&mut self, node: NodeId, peer: NodeId) {
        self.remember(node, peer, |records, cause| records.sought = cause);
    }

    /// The bonds between processes of a node and a peer, to add to them.
    pub(super) fn bonds(&mut self, node: NodeId, peer: NodeId) -> &mut Bonds {
        self.watch(node, peer).bonds.get_or_insert_default()
    }

    /// The bonds between processes of a node and a peer, if there ever were any.
    pub(super) fn known_bonds(&mut self, node: NodeId, peer: NodeId) -> Option<&mut Bonds> {
        self.node_mut(node).watches.get_mut(&peer)?.bonds.as_deref_mut()
    }

    /// The connection has come up at `node`.
    pub(super) fn node_up(&mut self, node: NodeId, peer: NodeId) {
        let name = self.node_name(peer);
        self.node_mut(node).known.insert(peer);
        self.cause = self.records_of(node, peer).sought;
        self.cause = self.tell(node, Fact::NodeUp { peer: name });
        self.remember(node, peer, |records, cause| records.up = cause);
        self.tell_subscribers(node, peer, None);
        if let Some(bonds) = self.known_bonds(node, peer) {
            let waiters = std::mem::take(&mut bonds.waiters);
            self.tidy(node, peer);
            self.wake_all(waiters, true);
        }
    }

    /// The connection is lost at `node`: links, then monitors, then node monitors, then
    /// subscriptions (B18).
    pub(super) fn node_down(&mut self, node: NodeId, peer: NodeId, reason: DownReason) {
        let (name, why) = (self.node_name(peer), Atom::new(reason.as_str()));
        self.cause = self.what_parted(node, peer, reason);
        self.cause = self.tell(node, Fact::NodeDown { peer: name, reason: why });
        self.partings.given_up(node, peer, self.cause);
        if self.node(node).config.auto_connect == AutoConnect::Once {
            self.node_mut(node).barred.insert(peer);
        }
        self.connection_lost(node, peer);
        self.tell_subscribers(node, peer, Some(reason));
    }

    /// An attempt of `node` has failed. To those who wait it is the same as a connection lost, but
    /// subscribers hear nothing (B6).
    pub(super) fn connect_failed(&mut self, node: NodeId, peer: NodeId) {
        let name = self.node_name(peer);
        self.cause = self.records_of(node, peer).sought;
        self.cause = self.tell(node, Fact::ConnectFailed { peer: name });
        self.connection_lost(node, peer);
    }

    /// Tells everybody on `node` who counted on the peer.
    pub(super) fn connection_lost(&mut self, node: NodeId, peer: NodeId) {
        self.settle(node);
        let watch = self.node_mut(node).watches.remove(&peer);
        let Some(bonds) = watch.and_then(|watch| watch.bonds) else { return };
        let Bonds { links, monitors, watched, spawns, node_monitors, suspended, waiters } = *bonds;
        self.release(suspended);
        let noconnection = Term::from(atom!("noconnection"));
        let mut links: Vec<_> = links.into_iter().collect();
        links.shuffle(&mut self.rng);
        for (number, other) in links {
            let Some(process) = self.tenant(number) else { continue };
            if process.relations().links.get(&other) == Some(&Link::Active) {
                let reason = noconnection.clone();
                self.hand_in(number, Control::LinkExit { from: other, reason });
            } else {
                process.relations().links.remove(&other);
            }
        }
        let mut monitors: Vec<_> = monitors.into_iter().collect();
        monitors.shuffle(&mut self.rng);
        for (reference, number) in monitors {
            let reason = noconnection.clone();
            self.hand_in(number, Control::Down { reference, reason });
        }
        for (reference, number) in watched {
            if let Some(process) = self.tenant(number) {
                process.relations().watchers.remove(&reference);
            }
        }
        for (request, pid) in spawns {
            if let Some(number) = self.slot_of(pid) {
                self.hand_in(number, Control::SpawnReply { request, pid: None });
            }
        }
        let name = self.node_name(peer);
        for pid in node_monitors {
            self.tell_nodedown(pid, name);
        }
        self.wake_all(waiters, false);
    }

    /// Lets the processes of a node deal with what has come over the connection before it is lost,
    /// since a link or a monitor may be among it.
    fn settle(&mut self, node: NodeId) {
        let processes = self.node(node).processes.iter();
        let unsettled: Vec<Pid> = processes
            .filter_map(|number| self.slots.tenant(*number))
            .filter(|process| process.has_signals())
            .map(|process| process.pid)
            .collect();
        for pid in unsettled {
            self.handle_signals(pid);
        }
    }

    /// Nobody waits any more for a process that another node was asked to start.
    pub(super) fn forget_spawn(&mut self, node: NodeId, request: Ref) {
        for watch in self.node_mut(node).watches.values_mut() {
            if let Some(bonds) = &mut watch.bonds {
                bonds.spawns.remove(&request);
            }
        }
    }

    /// Suspends a process that has sent more than the limit (A7).
    pub(super) fn suspend(&mut self, node: NodeId, peer: NodeId, pid: Pid) {
        if self.bonds(node, peer).suspended.insert(pid)
            && let Some(process) = self.process_mut(pid)
        {
            process.suspensions += 1;
        }
    }

    /// Suspends a process that has sent a signal on a connection that is busy, be it a message or
    /// not (A7).
    pub(super) fn suspend_if_busy(&mut self, node: NodeId, peer: NodeId, pid: Pid) {
        if peer != node
            && self.network.lane(node, peer).is_some_and(|lane| self.network.is_busy(lane))
        {
            self.suspend(node, peer, pid);
        }
    }

    /// What waited has reached the peer: those who wait for it go on.
    pub(super) fn drained(&mut self, node: NodeId, peer: NodeId) {
        let Some(bonds) = self.known_bonds(node, peer) else { return };
        let suspended = std::mem::take(&mut bonds.suspended);
        let lane = self.network.lane(node, peer);
        let has_more =
            |pid: &Pid| lane.is_some_and(|lane| self.network.has_fragments(lane, sender(*pid)));
        let (suspended, released) = suspended.into_iter().partition(has_more);
        if let Some(bonds) = self.known_bonds(node, peer) {
            bonds.suspended = suspended;
        }
        self.release(released);
    }

    fn release(&mut self, suspended: BTreeSet<Pid>) {
        for pid in suspended {
            let Some(process) = self.process_mut(pid) else { continue };
            process.suspensions -= 1;
            self.make_ready(pid.number());
        }
    }

    pub(super) fn tell_nodedown(&mut self, pid: Pid, name: Atom) {
        if let Some(number) = self.slot_of(pid) {
            self.deliver_message(number, tuple![atom!("nodedown"), name]);
        }
    }

    fn wake_all(&mut self, waiters: Vec<(Pid, Attempt)>, connected: bool) {
        for (pid, attempt) in waiters {
            attempt.set(Some(connected));
            let cause = self.cause;
            if let Some(process) = self.process_mut(pid) {
                process.cause = cause;
                process.flags.due = true;
                self.make_ready(pid.number());
            }
        }
    }

    pub(super) fn tell_subscribers(
        &mut self,
        node: NodeId,
        peer: NodeId,
        reason: Option<DownReason>,
    ) {
        let hidden = self.is_hidden(node, peer);
        // A node that tells of itself has its name still, or already.
        let name = self.node_name(peer);
        for Subscriber { pid, options } in self.node(node).subscribers.clone() {
            if hidden && !options.hidden {
                continue;
            }
            let tag = if reason.is_some() { atom!("nodedown") } else { atom!("nodeup") };
            let message = if options.map {
                tuple![tag, name, Term::Map(Map::from(info(options, hidden, reason)))]
            } else if options.info || options.reason || options.hidden {
                let info = info(options, hidden, reason);
                tuple![
                    tag,
                    name,
                    info.into_iter().map(|(key, value)| tuple![key, value]).collect::<Term>()
                ]
            } else {
                tuple![tag, name]
            };
            if let Some(number) = self.slot_of(pid) {
                self.deliver_message(number, message);
            }
        }
    }

    /// Whether the connection between two nodes is a hidden one (B16).
    pub(super) fn is_hidden(&self, node: NodeId, peer: NodeId) -> bool {
        self.node(node).config.hidden || self.node(peer).config.hidden
    }

    /// `net_kernel:monitor_nodes/2`.
    pub(super) fn monitor_nodes(&mut self, node: NodeId, pid: Pid, options: NodeMonitor) {
        let subscribers = &mut self.node_mut(node).subscribers;
        if options.on {
            subscribers.push(Subscriber { pid, options });
        } else {
            let ended = NodeMonitor { on: true, ..options };
            subscribers.retain(|found| found.pid != pid || found.options != ended);
        }
    }

    /// `monitor_node/2` (B19, B20).
    pub(super) fn monitor_node(&mut self, node: NodeId, pid: Pid, peer: Atom, on: bool) {
        let peer_id = self.node_named(peer, node);
        if peer_id == node {
            return;
        }
        if !on {
            if let Some(Bonds { node_monitors, .. }) = self.known_bonds(node, peer_id)
                && let Some(index) = node_monitors.iter().position(|found| *found == pid)
            {
                node_monitors.remove(index);
            }
        } else if self.auto_connect(node, peer_id) == PeerState::Absent {
            self.tell_nodedown(pid, peer);
        } else {
            self.bonds(node, peer_id).node_monitors.push(pid);
        }
    }
}

/// What subscribers are told about a node besides its name.
fn info(options: NodeMonitor, hidden: bool, reason: Option<DownReason>) -> Vec<(Term, Term)> {
    let mut info = Vec::new();
    if let Some(reason) = reason.filter(|_| options.reason) {
        info.push((Term::atom("nodedown_reason"), Term::atom(reason.as_str())));
    }
    if options.hidden {
        let node_type = if hidden { "hidden" } else { "visible" };
        info.push((Term::atom("node_type"), Term::atom(node_type)));
    }
    info
}
