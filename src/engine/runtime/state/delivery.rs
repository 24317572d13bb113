//! The way of a message: from its sender to a mailbox, here or on another node.
//!
//! [`State::send`] finds the route. A message for the same node goes straight to
//! [`State::deliver`]. One for another node is put on a lane of the network as a packet
//! ([`State::send_packet`]), arrives there as an event ([`State::network_event`]), and goes on from
//! [`State::receive_packet`].

use super::State;
use crate::engine::network::{Arrival, LaneId, NetworkEvent, NodeId, Sent};
use crate::engine::runtime::content::Content;
use crate::engine::runtime::events::Event;
use crate::engine::runtime::signal::{Destination, Packet, PacketBody, Target};
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Pid, Term};
use crate::engine::trace::{Fact, MessageFact, RecordId};

/// The way to the receiver of a signal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route {
    /// To this slot: the receiver is on the same node.
    Here(SlotId),
    /// To no process: the receiver was on this node and is gone.
    Nowhere,
    /// To another node.
    There(NodeId),
}

/// The address of a packet that has arrived on a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    pub node: NodeId,
    /// The node of the sender.
    pub peer: NodeId,
    pub from: Pid,
    pub target: Target,
    /// The slot of the receiver; none if it is not alive.
    pub slot: Option<SlotId>,
}

/// From the sender to the network, or to the mailbox.
impl State {
    /// Sends a message. The sender never learns whether it arrives (A1).
    #[inline]
    pub(crate) fn send(&mut self, node: NodeId, from: Pid, to: Destination, mut message: Content) {
        let sent = if self.log.is_full() {
            let message = message.as_term().clone();
            let place = self.log.source.take();
            let fact = Fact::Message(MessageFact::Sent { from, to: to.as_term(), message, place });
            self.record(node, fact)
        } else {
            self.log.cause
        };
        match self.route(node, to) {
            Route::Here(slot) => {
                if let Destination::Alias(alias) = to {
                    self.with_cause(sent, |state| state.use_alias(node, alias));
                }
                self.deliver_because(slot, message, sent);
            }
            Route::Nowhere => {
                self.missed_target(node, to.target());
                self.with_cause(sent, |state| state.drop_message(node, to.as_term(), message));
            }
            Route::There(peer) => {
                let Some(lane) = self.lane_to(node, peer) else {
                    self.with_cause(sent, |state| state.drop_message(node, to.as_term(), message));
                    return;
                };
                let body = PacketBody::Message(message);
                let packet = Packet { body, from, target: to.target(), cause: sent };
                if self.send_packet(lane, packet) {
                    self.suspend(node, peer, from);
                }
            }
        }
    }

    /// The route of a message.
    #[inline]
    pub(crate) fn route(&mut self, node: NodeId, to: Destination) -> Route {
        let local = |slot: Option<SlotId>| slot.map_or(Route::Nowhere, Route::Here);
        match to {
            Destination::Pid(pid) => self.route_to_pid(node, pid),
            Destination::Name { name, node: on } => match self.node_named(on, node) {
                other if other != node => Route::There(other),
                // Its name in the world need not be its own yet.
                _ if on != self.nodes[node].own_name() => Route::Nowhere,
                _ => local(self.nodes.registered(node, name)),
            },
            Destination::Alias(alias) if alias.incarnation() == self.nodes[node].incarnation => {
                local(self.nodes.aliased(node, alias))
            }
            Destination::Alias(alias) => match self.node_named(alias.node(), node) {
                same if same == node => Route::Nowhere,
                other => Route::There(other),
            },
        }
    }

    /// The route of a signal to a process.
    #[inline]
    pub(crate) fn route_to_pid(&mut self, node: NodeId, pid: Pid) -> Route {
        if let Some(on) = self.processes.node_of(pid) {
            return if on == node { Route::Here(SlotId::of(pid)) } else { Route::There(on) };
        }
        match self.node_named(pid.node(), node) {
            same if same == node => Route::Nowhere,
            other => Route::There(other),
        }
    }

    /// Puts a packet on a lane. Returns whether the connection is busy now (A7).
    #[inline(always)]
    pub(super) fn send_packet(&mut self, lane: LaneId, packet: Packet) -> bool {
        let (now, bytes) = (self.log.now, packet.bytes());
        let Sent { arrival, busy } = self.network.send(now, lane, bytes, &mut Some(packet));
        self.events.schedule_for(&mut self.network);
        if let Some((at, event)) = arrival {
            self.events.schedule(at, Event::Network(event));
        }
        busy
    }
}

/// From the network to the mailbox.
impl State {
    /// Something happens in the network: a packet arrives, for example.
    #[inline(always)]
    pub(super) fn network_event(&mut self, event: NetworkEvent) {
        if self.nodes.has_paused()
            && let Some(node) = self.network.receiver(event)
            && self.nodes.is_paused(node)
        {
            self.events.defer(node, Event::Network(event));
            return;
        }
        self.events.settle(usize::from(!event.is_background()));
        if let Some((arrival, segment)) = self.network.handle(self.log.now, event) {
            let packet = self.network.take_payload(segment);
            self.packet_arrives(arrival, packet);
        }
        self.handle_network_output();
    }

    /// A packet has arrived. It is received before the output that it leads to, and behind the output
    /// that was there before.
    #[inline(always)]
    fn packet_arrives(&mut self, arrival: Arrival, packet: Packet) {
        if self.network.has_output() {
            self.network.deliver_later(arrival, packet);
            return;
        }
        self.draining = true;
        // Not within a function of its own: a packet that is handed on is copied once more.
        let before = self.log.cause;
        self.receive_arrival(arrival, packet);
        self.log.cause = before;
        self.draining = false;
    }

    #[inline(always)]
    pub(super) fn receive_arrival(&mut self, arrival: Arrival, packet: Packet) {
        let Arrival { to, from, over } = arrival;
        match over {
            None => self.receive_packet(to, from, packet),
            Some(socket) => self.socket_data(socket, packet),
        }
    }

    /// A packet has arrived on a node.
    #[inline(always)]
    pub(super) fn receive_packet(&mut self, node: NodeId, peer: NodeId, packet: Packet) {
        self.log.cause = packet.cause;
        self.log.step(u64::from(node.0) << 32 | u64::from(packet.from.number()));
        let slot = match packet.target {
            Target::Pid(pid) => self.processes.slot_of(pid),
            Target::Name(name) => self.nodes.registered(node, name),
            Target::Alias(alias) => {
                let found = self.nodes.aliased(node, alias);
                found.inspect(|_| self.use_alias(node, alias))
            }
            Target::Node => None,
        };
        match packet.body {
            PacketBody::Message(message) => {
                if let Some(slot) = slot {
                    self.deliver(slot, message);
                } else {
                    self.missed_target(node, packet.target);
                    self.drop_message(node, packet.target.as_term(), message);
                }
            }
            PacketBody::Control(control) => {
                let Packet { from, target, .. } = packet;
                self.receive_control(Envelope { node, peer, from, target, slot }, *control);
            }
            PacketBody::Spawn(request) => {
                self.handle_spawn_request(node, peer, packet.from, *request);
            }
        }
    }

    /// Delivers a message from outside of the world. Returns whether there is a receiver.
    pub(crate) fn deliver_from_outside(
        &mut self,
        node: NodeId,
        target: Target,
        message: Term,
    ) -> bool {
        let slot = match target {
            Target::Pid(pid) => self.processes.slot_of(pid),
            Target::Name(name) => self.nodes.registered(node, name),
            Target::Alias(_) | Target::Node => None,
        };
        if let Some(slot) = slot {
            self.deliver(slot, message);
        }
        slot.is_some()
    }

    /// Delivers a message to a process, if it is alive.
    pub(super) fn deliver_to(&mut self, pid: Pid, message: Term) {
        if let Some(slot) = self.processes.slot_of(pid) {
            self.deliver(slot, message);
        }
    }

    /// Puts a message into the mailbox of a process here, and wakes the process if it waits for one.
    /// Behind signals that the process has not handled, the message waits until it has.
    #[inline(always)]
    pub(super) fn deliver(&mut self, slot: SlotId, message: impl Into<Content>) {
        self.deliver_because(slot, message.into(), self.log.cause);
    }

    /// The same for a message of which the cause is this record.
    #[inline(always)]
    fn deliver_because(&mut self, slot: SlotId, message: Content, cause: RecordId) {
        let cause = if self.log.is_full() {
            self.with_cause(cause, |state| state.record_arrival(slot, &message))
        } else {
            cause
        };
        self.processes.receive(slot, message, cause);
    }

    /// Records that a message is in the mailbox, unless it waits behind other signals.
    fn record_arrival(&mut self, slot: SlotId, message: &Content) -> RecordId {
        match self.processes.at(slot) {
            Some(process) if !process.has_signals() => self.record_delivery(process.pid, message),
            Some(_) | None => self.log.cause,
        }
    }

    /// Records that a message is in the mailbox of a process.
    pub(super) fn record_delivery(&mut self, to: Pid, message: &Content) -> RecordId {
        let waiting = self.processes.get(to).map_or(0, |process| process.mailbox.len() as u32);
        match self.processes.node_of(to) {
            Some(node) => self.record(
                node,
                Fact::Message(MessageFact::Delivered { to, message: message.to_term(), waiting }),
            ),
            None => self.log.cause,
        }
    }

    /// Records the messages that were lost on their way to other nodes.
    pub(super) fn record_lost(&mut self) {
        for (packet, why) in self.network.take_lost() {
            let Packet { body, from, target, cause } = packet;
            let PacketBody::Message(message) = body else { continue };
            let (to, message, why) = (target.as_term(), message.into_term(), why.name());
            let fact = Fact::Message(MessageFact::Lost { from, to, message, why });
            self.with_cause(cause, |state| state.log.record(None, fact));
        }
    }

    /// A message is lost.
    pub(super) fn drop_message(&mut self, node: NodeId, to: Term, message: impl Into<Content>) {
        if self.log.is_full() {
            let message = message.into().into_term();
            self.record(node, Fact::Message(MessageFact::Dropped { to, message }));
        }
    }
}
