//! The net tick time of a node, which can be changed while it runs (B28).

use std::time::Duration;

use crate::engine::network::TICK_INTENSITY;
use crate::engine::time::Time;

/// The number of changes of a net tick time in one life of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TicktimeChanges(u32);

/// The pace at which a node checks its connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticktime {
    current: Duration,
    /// The time after a change, and the end of the transition to it.
    next: Option<(Duration, Time)>,
    /// The number of changes: checks that were scheduled before the last one are dropped.
    pub(super) changes: TicktimeChanges,
}

/// The net tick time of a node, as `net_kernel:get_net_ticktime/0` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetTicktime {
    /// It is this.
    Is(Duration),
    /// It is being changed to this.
    OngoingChangeTo(Duration),
}

/// The result of `net_kernel:set_net_ticktime/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicktimeChange {
    /// It is this already.
    Unchanged,
    /// It will be this at the end of the transition.
    Initiated,
    /// A change to this is still going on; nothing was done.
    Ongoing(Duration),
}

impl Ticktime {
    pub(super) const fn new(current: Duration) -> Ticktime {
        Ticktime { current, next: None, changes: TicktimeChanges(0) }
    }

    /// The time between two checks: during a transition that of the longer tick time, so that no peer
    /// is given up that still ticks at its old pace.
    pub(super) fn interval(self) -> Duration {
        let time = self.next.map_or(self.current, |(next, _)| self.current.max(next));
        time / TICK_INTENSITY.into()
    }

    /// The time of the next extra ticks, during a transition: a peer may already, or still, count on
    /// the shorter tick time. The last of them is the end of the transition.
    pub(super) fn next_extra(self, now: Time) -> Option<Time> {
        let (next, at) = self.next?;
        Some(at.min(now + self.current.min(next) / TICK_INTENSITY.into()))
    }

    /// Ends a transition whose time has come. Returns whether it ends.
    pub(super) fn settle(&mut self, now: Time) -> bool {
        let Some((next, _)) = self.next.take_if(|(_, at)| *at <= now) else { return false };
        self.current = next;
        self.changes.0 += 1;
        true
    }

    /// `net_kernel:get_net_ticktime/0`.
    pub(super) fn get(self) -> NetTicktime {
        let ongoing = self.next.map(|(next, _)| NetTicktime::OngoingChangeTo(next));
        ongoing.unwrap_or(NetTicktime::Is(self.current))
    }

    /// `net_kernel:set_net_ticktime/2`: begins a transition that ends at `end`.
    pub(super) fn set(&mut self, time: Duration, end: Time) -> TicktimeChange {
        match self.get() {
            NetTicktime::OngoingChangeTo(next) => TicktimeChange::Ongoing(next),
            NetTicktime::Is(current) if current == time => TicktimeChange::Unchanged,
            NetTicktime::Is(_) => {
                self.next = Some((time, end));
                TicktimeChange::Initiated
            }
        }
    }
}
