//! The net tick time of a node, which can be changed while it runs (B28).

use std::time::Duration;

use super::events::Event;
use super::world::State;
use crate::network::{NodeId, TICK_INTENSITY};
use crate::time::Time;

/// How often a node looks at its connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticktime {
    current: Duration,
    /// What it will be, and from when on.
    next: Option<(Duration, Time)>,
    /// How often it has changed: the checks of an earlier pace are over.
    changes: u32,
}

/// The net tick time of a node, as `net_kernel:get_net_ticktime/0` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetTicktime {
    /// It is this.
    Is(Duration),
    /// It is being changed to this.
    OngoingChangeTo(Duration),
}

/// What `net_kernel:set_net_ticktime/2` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicktimeChange {
    /// It is so already.
    Unchanged,
    /// It will be so at the end of the transition.
    Initiated,
    /// Another change, to this, has not come to its end; nothing was done.
    Ongoing(Duration),
}

impl Ticktime {
    pub(super) const fn new(current: Duration) -> Ticktime {
        Ticktime { current, next: None, changes: 0 }
    }

    /// The time between two checks: during a transition the longer one counts, so that no peer is
    /// given up that still ticks as it did.
    fn interval(self) -> Duration {
        let time = self.next.map_or(self.current, |(next, _)| self.current.max(next));
        time / TICK_INTENSITY.into()
    }

    /// When, during a transition, ticks are sent next whatever else is: peers that have changed
    /// already, or not yet, may count on the shorter time. At the last the transition ends.
    fn next_extra(self, now: Time) -> Option<Time> {
        let (next, at) = self.next?;
        Some(at.min(now + self.current.min(next) / TICK_INTENSITY.into()))
    }

    /// Ends a transition whose time has come; returns whether it does.
    fn settle(&mut self, now: Time) -> bool {
        let Some((next, _)) = self.next.take_if(|(_, at)| *at <= now) else { return false };
        self.current = next;
        self.changes += 1;
        true
    }
}

impl State {
    pub(super) fn net_ticktime(&self, node: NodeId) -> NetTicktime {
        let Ticktime { current, next, .. } = self.node(node).ticktime;
        next.map_or(NetTicktime::Is(current), |(next, _)| NetTicktime::OngoingChangeTo(next))
    }

    pub(super) fn set_net_ticktime(
        &mut self,
        node: NodeId,
        time: Duration,
        transition: Duration,
    ) -> TicktimeChange {
        match self.net_ticktime(node) {
            NetTicktime::OngoingChangeTo(next) => return TicktimeChange::Ongoing(next),
            NetTicktime::Is(current) if current == time => return TicktimeChange::Unchanged,
            NetTicktime::Is(_) => {}
        }
        let at = self.now + transition;
        self.node_mut(node).ticktime.next = Some((time, at));
        self.send_extra_ticks(node, self.node(node).creation);
        TicktimeChange::Initiated
    }

    /// A node looks at its connections (B26).
    pub(super) fn check_ticks(&mut self, id: NodeId, creation: u32, changes: u32) {
        let now = self.now;
        let node = self.node_mut(id);
        if !node.up || node.creation != creation || node.ticktime.changes != changes {
            return;
        }
        if node.paused {
            node.deferred.push_back(Event::TickCheck(id, creation, changes));
            return;
        }
        self.network.check_ticks(now, id);
        self.schedule_check(id);
        self.handle_network_output();
    }

    fn schedule_check(&mut self, id: NodeId) {
        let node = self.node(id);
        let event = Event::TickCheck(id, node.creation, node.ticktime.changes);
        self.schedule_background(self.now + node.ticktime.interval(), event);
    }

    /// A node sends ticks as long as its tick time is being changed.
    pub(super) fn send_extra_ticks(&mut self, id: NodeId, creation: u32) {
        let now = self.now;
        let node = self.node_mut(id);
        if !node.up || node.creation != creation {
            return;
        }
        if node.paused {
            node.deferred.push_back(Event::ExtraTicks(id, creation));
            return;
        }
        if node.ticktime.settle(now) {
            self.schedule_check(id);
        }
        let Some(next) = self.node(id).ticktime.next_extra(now) else { return };
        self.network.send_ticks(now, id);
        self.schedule_background(next, Event::ExtraTicks(id, creation));
        self.handle_network_output();
    }
}
