//! How signals find their receivers, here and on other nodes.

use super::node::AutoConnect;
use super::process::AliasMode;
use super::signal::{Control, Packet, PacketBody, Signal, SpawnRequest, Target};
use super::world::State;
use crate::network::{LaneId, NodeId, PeerState, Sent};
use crate::term::{Atom, Pid, Ref, Term};
use crate::trace::{Fact, RecordId};
use crate::tuple;

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A process.
    Pid(Pid),
    /// Whoever holds the name on the node.
    Name {
        /// The registered name.
        name: Atom,
        /// The node.
        node: Atom,
    },
    /// Whoever made the alias, while it lasts.
    Alias(Ref),
}

impl From<Pid> for Destination {
    fn from(pid: Pid) -> Destination {
        Destination::Pid(pid)
    }
}

impl From<(Atom, Atom)> for Destination {
    fn from((name, node): (Atom, Atom)) -> Destination {
        Destination::Name { name, node }
    }
}

impl From<Ref> for Destination {
    fn from(alias: Ref) -> Destination {
        Destination::Alias(alias)
    }
}

impl Destination {
    fn as_term(self) -> Term {
        match self {
            Destination::Pid(pid) => pid.into(),
            Destination::Name { name, node } => tuple![name, node],
            Destination::Alias(alias) => alias.into(),
        }
    }

    fn target(self) -> Target {
        match self {
            Destination::Pid(pid) => Target::Pid(pid),
            Destination::Name { name, .. } => Target::Name(name),
            Destination::Alias(alias) => Target::Alias(alias),
        }
    }
}

/// Where a signal has to go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route {
    /// To this place on the same node.
    Here(u32),
    /// To nobody: the receiver was on this node and is gone.
    Nowhere,
    /// To another node.
    There(NodeId),
}

impl State {
    /// Sends a message. Nothing tells the sender whether it arrives (A1).
    #[inline]
    pub(super) fn send(&mut self, node: NodeId, from: Pid, to: Destination, message: Term) {
        let sent = if self.trace.is_full() {
            let fact = Fact::Sent { from, to: to.as_term(), message: message.clone() };
            self.tell(node, fact)
        } else {
            self.cause
        };
        match self.route(node, to) {
            Route::Here(number) => {
                let before = std::mem::replace(&mut self.cause, sent);
                if let Destination::Alias(alias) = to {
                    self.use_alias(node, alias);
                }
                self.deliver_message(number, message);
                self.cause = before;
            }
            Route::Nowhere => {
                self.note_missing(node, to.target());
                self.drop_message(node, to.as_term(), message);
            }
            Route::There(peer) => {
                let Some(lane) = self.lane_to(node, peer) else {
                    self.drop_message(node, to.as_term(), message);
                    return;
                };
                let body = PacketBody::Signal(Signal::Message(message));
                let packet = Packet { body, from, target: to.target(), cause: sent };
                if self.send_packet(lane, packet) {
                    self.suspend(node, peer, from);
                }
            }
        }
    }

    #[inline]
    pub(super) fn route(&mut self, node: NodeId, to: Destination) -> Route {
        match to {
            Destination::Pid(pid) => self.route_to_pid(node, pid),
            Destination::Name { name, node: on } => match self.node_named(on, node) {
                other if other != node => Route::There(other),
                // Its name in the world need not be its own yet.
                _ if on != self.own_name(node) => Route::Nowhere,
                _ => {
                    let found = self.node(node).names.get(name);
                    found.map_or(Route::Nowhere, |number| Route::Here(*number))
                }
            },
            Destination::Alias(alias) if alias.incarnation() == self.node(node).incarnation => {
                let found = self.node(node).aliases.get(&alias.id());
                found.map_or(Route::Nowhere, |number| Route::Here(*number))
            }
            Destination::Alias(alias) => match self.node_named(alias.node(), node) {
                same if same == node => Route::Nowhere,
                other => Route::There(other),
            },
        }
    }

    #[inline]
    pub(super) fn route_to_pid(&mut self, node: NodeId, pid: Pid) -> Route {
        if let Some(on) = self.node_of(pid) {
            return if on == node { Route::Here(pid.number()) } else { Route::There(on) };
        }
        match self.node_named(pid.node(), node) {
            same if same == node => Route::Nowhere,
            other => Route::There(other),
        }
    }

    /// Sends a signal other than a message; without a connection it goes nowhere, since whoever
    /// loses a connection has been told already.
    pub(super) fn control(&mut self, node: NodeId, from: Pid, to: Pid, control: Control) {
        match self.route_to_pid(node, to) {
            Route::Here(number) => self.hand_in(number, control),
            Route::Nowhere => self.answer_for_dead(node, to, &control),
            Route::There(peer) => self.control_to(node, peer, from, Target::Pid(to), control),
        }
    }

    pub(super) fn control_to(
        &mut self,
        node: NodeId,
        peer: NodeId,
        from: Pid,
        target: Target,
        control: Control,
    ) {
        if let Some(lane) = self.network.lane(node, peer) {
            let body = PacketBody::Signal(Signal::control(control));
            let cause = self.cause;
            self.send_packet(lane, Packet { body, from, target, cause });
        }
    }

    /// Sends a packet; returns whether the connection is busy then (A7).
    #[inline(always)]
    fn send_packet(&mut self, lane: LaneId, packet: Packet) -> bool {
        let (now, bytes) = (self.now, packet.bytes());
        let Sent { arrival, busy } = self.network.send(now, lane, bytes, &mut Some(packet));
        if let Some((at, event)) = arrival {
            self.schedule_arrival(at, event);
        } else {
            self.schedule_network_events();
        }
        busy
    }

    /// The lane to a peer; begins to connect if need be and allowed (B2, B8, B9).
    #[inline]
    fn lane_to(&mut self, node: NodeId, peer: NodeId) -> Option<LaneId> {
        self.network.lane(node, peer).or_else(|| {
            self.connect_if_allowed(node, peer);
            self.network.lane(node, peer)
        })
    }

    /// Begins to connect if need be and allowed; tells how the connection stands.
    pub(super) fn auto_connect(&mut self, node: NodeId, peer: NodeId) -> PeerState {
        if self.network.peer_state(node, peer) == PeerState::Absent {
            self.connect_if_allowed(node, peer);
        }
        self.network.peer_state(node, peer)
    }

    fn connect_if_allowed(&mut self, node: NodeId, peer: NodeId) {
        let allowed = match self.node(node).config.auto_connect {
            AutoConnect::Never => false,
            AutoConnect::Once => !self.node(node).barred.contains(&peer),
            AutoConnect::Always => true,
        };
        if allowed {
            self.connect(node, peer);
        }
    }

    pub(super) fn connect(&mut self, node: NodeId, peer: NodeId) {
        self.node_mut(node).known.insert(peer);
        if !self.is_alive(node) {
            return;
        }
        if self.network.peer_state(node, peer) == PeerState::Absent {
            self.sought(node, peer);
        }
        let now = self.now;
        self.network.connect(now, node, peer);
        self.handle_network_output();
    }

    /// A packet has arrived on a node.
    #[inline(always)]
    pub(super) fn receive_packet(&mut self, node: NodeId, peer: NodeId, packet: Packet) {
        self.cause = packet.cause;
        self.trace.step(self.now, u64::from(node.0) << 32 | u64::from(packet.from.number()));
        let number = match packet.target {
            Target::Pid(pid) => self.slot_of(pid),
            Target::Name(name) => self.node(node).names.get(name).copied(),
            Target::Alias(alias) => {
                let found = self.node(node).aliases.get(&alias.id()).copied();
                found.inspect(|_| self.use_alias(node, alias))
            }
            Target::Node => None,
        };
        match packet.body {
            PacketBody::Signal(Signal::Message(message)) => {
                if let Some(number) = number {
                    self.deliver_message(number, message);
                } else {
                    self.note_missing(node, packet.target);
                    self.drop_message(node, target_as_term(packet.target), message);
                }
            }
            PacketBody::Signal(Signal::Control(control)) => {
                self.receive_control(node, peer, packet.from, packet.target, number, *control);
            }
            PacketBody::Spawn(request) => self.spawn_for(node, peer, packet.from, *request),
        }
    }

    /// An alias that ends with the first message does so now (A50, A51).
    fn use_alias(&mut self, node: NodeId, alias: Ref) {
        let Some(number) = self.node(node).aliases.get(&alias.id()).copied() else { return };
        let Some(process) = self.tenant(number) else { return };
        let pid = process.pid;
        if process.relations().aliases.get(&alias) == Some(&AliasMode::ReplyDemonitor) {
            self.remove_alias(node, pid, alias);
            self.take_monitor(node, pid, alias);
        }
    }

    pub(super) fn remove_alias(&mut self, node: NodeId, pid: Pid, alias: Ref) -> bool {
        let Some(process) = self.process_mut(pid) else { return false };
        let was_active = process.relations().aliases.remove(&alias).is_some();
        if was_active {
            self.node_mut(node).aliases.remove(&alias.id());
        }
        was_active
    }

    /// Starts a process that another node has asked for; link and monitor come with it (A63).
    fn spawn_for(&mut self, node: NodeId, peer: NodeId, parent: Pid, request: SpawnRequest) {
        let SpawnRequest { request, label, start, link, monitor, group_leader } = request;
        let pid = self.admit(node, label, Some(parent), Some(group_leader));
        self.births.push((pid, start));
        let reply = Control::SpawnReply { request, pid: Some(pid) };
        self.control_to(node, peer, pid, Target::Pid(parent), reply);
        if link {
            self.handle_control(pid, Control::Link { from: parent });
        }
        if let Some(reference) = monitor {
            self.handle_control(pid, Control::Monitor { reference, watcher: parent });
        }
    }

    /// Asks another node to start a process.
    pub(super) fn request_spawn(
        &mut self,
        node: NodeId,
        peer: NodeId,
        from: Pid,
        request: SpawnRequest,
    ) {
        let reference = request.request;
        let Some(lane) = self.lane_to(node, peer) else {
            let reply = Control::SpawnReply { request: reference, pid: None };
            self.hand_in(from.number(), reply);
            return;
        };
        self.bonds(node, peer).spawns.insert(reference, from);
        let (body, cause) = (PacketBody::Spawn(Box::new(request)), self.cause);
        self.send_packet(lane, Packet { from, target: Target::Node, body, cause });
    }

    /// Remembers that nobody has the name that something was for.
    #[cold]
    pub(super) fn note_missing(&mut self, node: NodeId, target: Target) {
        if let Target::Name(name) = target {
            let (now, node) = (self.now, self.own_name(node));
            self.name_log.miss(now, name.into(), node);
        }
    }

    /// A message from nowhere: the world's own.
    pub(super) fn cause_is_outside(&mut self) {
        self.cause = RecordId::default();
    }
}

fn target_as_term(target: Target) -> Term {
    match target {
        Target::Pid(pid) => pid.into(),
        Target::Name(name) => name.into(),
        Target::Alias(alias) => alias.into(),
        Target::Node => crate::atom!("node").into(),
    }
}
