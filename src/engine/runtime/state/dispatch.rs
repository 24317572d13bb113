//! The events of the queue, and the output of the network.

use std::hint::black_box;

use super::State;
use crate::engine::network::{Network, Output};
use crate::engine::runtime::events::Event;
use crate::engine::runtime::processes::Processes;
use crate::engine::runtime::signal::{Packet, Target};
use crate::engine::runtime::slots::SlotId;
use crate::engine::runtime::timers::{TimerId, Timers};
use crate::engine::time::Time;
use crate::engine::trace::RecordId;

/// Events.
impl State {
    /// The next event that is due before or at this time, with its time.
    #[inline]
    pub(crate) fn next_event(&mut self, deadline: Time) -> Option<(Time, Event)> {
        let (network, timers, processes) = (&self.network, &self.timers, &self.processes);
        let prefetch = |event: &Event| prefetch(network, timers, processes, *event);
        self.events.pop_prefetching(deadline, prefetch)
    }

    /// Carries an event out, or keeps it for a node that is paused. Its effects have their own causes.
    #[inline]
    pub(crate) fn dispatch(&mut self, event: Event) {
        self.progress.steps += 1;
        self.with_cause(RecordId::default(), |state| state.carry_out(event));
    }

    #[inline(always)]
    fn carry_out(&mut self, event: Event) {
        match event {
            Event::Network(event) => self.network_event(event),
            Event::Timer(id) => self.timer_event(id),
            Event::TickCheck(node, creation, changes) => self.check_ticks(node, creation, changes),
            Event::ExtraTicks(node, creation) => self.send_extra_ticks(node, creation),
            Event::Call(call) => {
                self.events.settle(1);
                self.events.call(call);
            }
            Event::Restart(node, creation) => {
                self.events.settle(1);
                self.restart_node(node, creation);
            }
            Event::Resume(node, creation) => {
                self.events.settle(1);
                if self.nodes[node].creation == creation {
                    self.resume_node(node);
                }
            }
        }
    }

    #[inline(always)]
    fn timer_event(&mut self, id: TimerId) {
        let Some(timer) = self.timers.get(id) else { return };
        let node = timer.node;
        if self.nodes.is_paused(node) {
            self.events.defer(node, Event::Timer(id));
            return;
        }
        self.events.settle(1);
        self.expire(id);
    }
}

/// The output of the network.
impl State {
    /// Handles the output of the network, one after the other: the output that one of them leads to
    /// comes behind those that were there before it.
    #[inline]
    pub(crate) fn handle_network_output(&mut self) {
        self.events.schedule_for(&mut self.network);
        if !self.draining && self.network.has_output() {
            self.drain_network_output();
        }
        if self.network.has_lost() {
            self.record_lost();
        }
    }

    fn drain_network_output(&mut self) {
        self.draining = true;
        while let Some(output) = self.network.next_output() {
            self.keeping_cause(|state| state.handle_output(output));
            self.events.schedule_for(&mut self.network);
        }
        self.draining = false;
    }

    fn handle_output(&mut self, output: Output<Packet>) {
        match output {
            Output::Payload(arrival, packet) => self.receive_arrival(arrival, packet),
            Output::Up { node, peer } => self.node_up(node, peer),
            Output::Down { node, peer, reason } => self.node_down(node, peer, reason),
            Output::Failed { node, peer } => self.connect_failed(node, peer),
            Output::Abandoned { node, peer } => self.connection_lost(node, peer),
            Output::Drained { node, peer } => self.drained(node, peer),
            Output::Rejected { node, peer } => self.cookie_rejected(node, peer),
            Output::SocketOpened { node, socket } => self.socket_opened(node, socket),
            Output::SocketUp { socket } => self.socket_up(socket),
            Output::SocketDown { socket } => self.socket_down(socket),
        }
    }
}

/// Brings the data into the cache that an event will soon need. Where there are many nodes, waiting for
/// memory is most of the work; for many events at once it costs little more than for one.
#[inline]
fn prefetch(network: &Network<Packet>, timers: &Timers, processes: &Processes, event: Event) {
    let receiver = match event {
        Event::Network(event) => network.prefetch(event).and_then(|packet| match packet.target {
            Target::Pid(pid) => Some(pid),
            Target::Name(_) | Target::Alias(_) | Target::Node => None,
        }),
        Event::Timer(id) => timers.prefetch(id),
        Event::TickCheck(..)
        | Event::ExtraTicks(..)
        | Event::Call(_)
        | Event::Restart(..)
        | Event::Resume(..) => None,
    };
    if let Some(process) = receiver.and_then(|pid| processes.at(SlotId::of(pid))) {
        black_box((process.flags, process.pid));
    }
}
