//! What happens when an event of the queue comes: packets arrive, timers expire, ticks are checked.

use std::hint::black_box;

use super::signal::{Packet, Target};
use super::slots::Slots;
use super::timers::{TimerId, Timers};
use super::world::State;
use crate::network::{Arrival, Network, NetworkEvent, NodeId, Output};
use crate::time::Time;
use crate::trace::Fact;

/// Something that waits in the queue.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Network(NetworkEvent),
    Timer(TimerId),
    /// A node looks at its connections; the numbers are its creation, and how often its tick time
    /// has changed.
    TickCheck(NodeId, u32, u32),
    /// A node whose tick time is being changed sends ticks; the number is its creation.
    ExtraTicks(NodeId, u32),
    Call(u32),
    /// A node that has gone down starts again; the number is the creation that it had.
    Restart(NodeId, u32),
}

impl State {
    /// Carries an event out, or keeps it for a node that stands still. What it brings has its own
    /// cause.
    #[inline]
    pub(super) fn dispatch(&mut self, event: Event) {
        let before = std::mem::take(&mut self.cause);
        self.carry_out(event);
        self.cause = before;
    }

    #[inline(always)]
    fn carry_out(&mut self, event: Event) {
        self.steps += 1;
        match event {
            Event::Network(event) => {
                if self.paused > 0
                    && let Some(node) = self.network.receiver(event)
                    && self.node(node).paused
                {
                    self.node_mut(node).deferred.push_back(Event::Network(event));
                    return;
                }
                self.foreground -= usize::from(!event.is_background());
                let now = self.now;
                if let Some((arrival, number)) = self.network.handle(now, event) {
                    self.network_delivers(arrival, number);
                }
                self.handle_network_output();
            }
            Event::Timer(id) => {
                if !self.timers.is_live(id) {
                    return;
                }
                let node = self.timers.node(id);
                if self.paused > 0 && self.node(node).paused {
                    self.node_mut(node).deferred.push_back(Event::Timer(id));
                    return;
                }
                self.foreground -= 1;
                self.expire(id);
            }
            Event::TickCheck(node, creation, changes) => {
                self.check_ticks(node, creation, changes);
            }
            Event::ExtraTicks(node, creation) => self.send_extra_ticks(node, creation),
            Event::Call(number) => {
                self.foreground -= 1;
                self.called.push_back(number);
            }
            Event::Restart(node, creation) => {
                self.foreground -= 1;
                self.restart_node(node, creation);
            }
        }
    }

    /// A payload has come. What the network wants done because of it comes after it, and after what
    /// it wanted before.
    #[inline(always)]
    fn network_delivers(&mut self, arrival: Arrival, number: u32) {
        let payload = self.network.take_payload(number);
        if self.network.has_output() {
            self.network.deliver_later(arrival, payload);
            return;
        }
        self.draining = true;
        let before = self.cause;
        self.receive_payload(arrival, payload);
        self.cause = before;
        self.draining = false;
    }

    #[inline(always)]
    fn receive_payload(&mut self, arrival: Arrival, payload: Packet) {
        let Arrival { to, from, over } = arrival;
        match over {
            None => self.receive_packet(to, from, payload),
            Some(socket) => self.socket_data(socket, payload),
        }
    }

    /// Does what the network wants done, one thing after the other: what one of them leads to comes
    /// behind those that were there before it.
    #[inline]
    pub(super) fn handle_network_output(&mut self) {
        self.schedule_network_events();
        if !self.draining && self.network.has_output() {
            self.drain_network_output();
        }
    }

    fn drain_network_output(&mut self) {
        self.draining = true;
        let before = self.cause;
        while let Some(output) = self.network.next_output() {
            self.cause = before;
            match output {
                Output::Payload(arrival, payload) => self.receive_payload(arrival, payload),
                Output::Up { node, peer } => self.node_up(node, peer),
                Output::Down { node, peer, reason } => self.node_down(node, peer, reason),
                Output::Failed { node, peer } => self.connect_failed(node, peer),
                Output::Abandoned { node, peer } => self.connection_lost(node, peer),
                Output::Drained { node, peer } => self.drained(node, peer),
                Output::Rejected { node, peer } => {
                    let name = self.node_name(peer);
                    self.tell(node, Fact::CookieRejected { peer: name });
                    self.connection_lost(node, peer);
                }
                Output::SocketOpened { node, socket } => self.socket_opened(node, socket),
                Output::SocketUp { socket } => self.socket_up(socket),
                Output::SocketDown { socket } => self.socket_down(socket),
            }
            self.schedule_network_events();
        }
        self.cause = before;
        self.draining = false;
    }

    #[inline]
    pub(super) fn schedule_network_events(&mut self) {
        if self.network.has_scheduled() {
            self.take_scheduled();
        }
    }

    fn take_scheduled(&mut self) {
        for (at, event) in self.network.take_scheduled() {
            self.foreground += usize::from(!event.is_background());
            self.queue.push(at, Event::Network(event));
        }
    }

    /// Puts an event of the network's into the queue; all that it wants to have back is there before.
    #[inline]
    pub(super) fn schedule_arrival(&mut self, at: Time, event: NetworkEvent) {
        self.schedule_network_events();
        self.schedule(at, Event::Network(event));
    }
}

/// Brings what an event that will soon happen needs into the cache. Where there are many nodes,
/// waiting for memory is most of the work; for many events at once it costs little more than for one.
#[inline]
pub(super) fn foresee(network: &Network<Packet>, timers: &Timers, slots: &Slots, event: Event) {
    let receiver = match event {
        Event::Network(event) => network.foresee(event).and_then(|packet| match packet.target {
            Target::Pid(pid) => Some(pid),
            Target::Name(_) | Target::Alias(_) | Target::Node => None,
        }),
        Event::Timer(id) => timers.foresee(id),
        Event::TickCheck(..) | Event::ExtraTicks(..) | Event::Call(_) | Event::Restart(..) => None,
    };
    if let Some(process) = receiver.and_then(|pid| slots.tenant(pid.number())) {
        black_box((process.flags, process.pid));
    }
}
