//! The events that wait in the queue of a world.

use std::collections::{BTreeMap, VecDeque};

use super::node::Creation;
use super::ticktime::TicktimeChanges;
use super::timers::TimerId;
use crate::engine::network::{Network, NetworkEvent, NodeId};
use crate::engine::queue::EventQueue;
use crate::engine::time::Time;

/// Something that waits in the queue.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Network(NetworkEvent),
    Timer(TimerId),
    /// A node checks its connections, unless its tick time has changed since.
    TickCheck(NodeId, Creation, TicktimeChanges),
    /// A node whose tick time is being changed sends ticks.
    ExtraTicks(NodeId, Creation),
    Call(CallId),
    /// A node that has gone down starts again; the creation is the one that went down.
    Restart(NodeId, Creation),
    /// A node that has stopped itself for a while goes on.
    Resume(NodeId, Creation),
}

/// The number that a caller of [`World::call_at`](super::World::call_at) has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// The queue, and the calls that are due.
pub(super) struct Events {
    queue: EventQueue<Event>,
    /// The number of pending events without which a run does not end.
    foreground: usize,
    calls: VecDeque<CallId>,
    /// The events that have come for nodes that are paused.
    deferred: BTreeMap<NodeId, Vec<Event>>,
}

impl Events {
    pub(super) const fn new() -> Events {
        Events {
            queue: EventQueue::new(),
            foreground: 0,
            calls: VecDeque::new(),
            deferred: BTreeMap::new(),
        }
    }

    /// Schedules an event without which the run does not end.
    #[inline]
    pub(super) fn schedule(&mut self, at: Time, event: Event) {
        self.foreground += 1;
        self.queue.push(at, event);
    }

    /// Schedules an event that no run waits for.
    pub(super) fn schedule_background(&mut self, at: Time, event: Event) {
        self.queue.push(at, event);
    }

    /// Schedules the events that the network has asked for.
    #[inline]
    pub(super) fn schedule_for<P>(&mut self, network: &mut Network<P>) {
        if network.has_scheduled() {
            self.take_scheduled(network);
        }
    }

    fn take_scheduled<P>(&mut self, network: &mut Network<P>) {
        for (at, event) in network.take_scheduled() {
            self.foreground += usize::from(!event.is_background());
            self.queue.push(at, Event::Network(event));
        }
    }

    /// This many foreground events have come, or will never come.
    #[inline]
    pub(super) const fn settle(&mut self, events: usize) {
        self.foreground -= events;
    }

    /// Returns whether only background events are left.
    #[inline]
    pub(super) const fn is_idle(&self) -> bool {
        self.foreground == 0
    }

    /// The next event, if it is due at this time or before.
    #[inline]
    pub(super) fn pop_until(&mut self, limit: Time) -> Option<Event> {
        self.queue.pop_until(limit).map(|(_, event)| event)
    }

    /// The same with its time; `prefetch` sees some of the events that come soon.
    #[inline]
    pub(super) fn pop_prefetching(
        &mut self,
        limit: Time,
        prefetch: impl FnMut(&Event),
    ) -> Option<(Time, Event)> {
        self.queue.pop_foreseeing(limit, prefetch)
    }

    /// Keeps an event that has come for a node that is paused.
    pub(super) fn defer(&mut self, node: NodeId, event: Event) {
        self.deferred.entry(node).or_default().push(event);
    }

    /// Takes the events that were kept for a node, in order.
    pub(super) fn take_deferred(&mut self, node: NodeId) -> Vec<Event> {
        self.deferred.remove(&node).unwrap_or_default()
    }

    /// A call has come due.
    pub(super) fn call(&mut self, call: CallId) {
        self.calls.push_back(call);
    }

    /// The next call that is due.
    #[inline]
    pub(super) fn next_call(&mut self) -> Option<CallId> {
        self.calls.pop_front()
    }
}
