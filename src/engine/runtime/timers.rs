//! Timers: messages that come later, and processes that wake up later.

use crate::engine::network::NodeId;
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;
use crate::engine::trace::RecordId;

/// A timer; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimerId {
    index: u32,
    generation: u32,
}

/// The effect of a timer when it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The body of a process goes on.
    Wake,
    /// A message is sent (`erlang:send_after`).
    Send,
    /// `{timeout,Ref,Message}` is sent (`erlang:start_timer`).
    Timeout,
}

/// The receiver of a timer's message (A55): a process of the same node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerDestination {
    /// The process.
    Pid(Pid),
    /// The process that is registered under the name when the timer expires.
    Name(Atom),
}

impl From<Pid> for TimerDestination {
    fn from(pid: Pid) -> TimerDestination {
        TimerDestination::Pid(pid)
    }
}

impl From<Atom> for TimerDestination {
    fn from(name: Atom) -> TimerDestination {
        TimerDestination::Name(name)
    }
}

/// A timer, and what it is to do.
#[derive(Debug)]
#[repr(align(64))] // a line of the cache
pub(super) struct Timer {
    pub to: TimerDestination,
    /// Unused where a process is woken.
    pub message: Term,
    pub deadline: Time,
    /// The time at which it was set.
    pub since: Time,
    generation: u32,
    pub node: NodeId,
    /// The record that led to it.
    pub cause: RecordId,
    /// None once it has expired or been cancelled.
    pub action: Option<Action>,
}

/// All timers that have not expired.
#[derive(Debug, Default)]
pub(super) struct Timers {
    all: Vec<Timer>,
    free: Vec<u32>,
}

/// The largest number of timers at one time.
const TIMERS_MAX: u32 = 1 << 26;

impl TimerId {
    /// The number of the timer's reference: odd, so that no other reference has it. The timer can be
    /// found by it.
    pub(super) fn reference(self) -> u64 {
        (u64::from(self.generation) * u64::from(TIMERS_MAX) + u64::from(self.index)) * 2 + 1
    }

    /// The timer with this number.
    pub(super) fn of_reference(number: u64) -> Option<TimerId> {
        let (timer, max) = (number / 2, u64::from(TIMERS_MAX));
        let (index, generation) = (timer % max, u32::try_from(timer / max).ok()?);
        (number % 2 == 1).then_some(TimerId { index: index as u32, generation })
    }
}

impl Timer {
    /// A timer that has not been added yet.
    pub(super) const fn new(
        node: NodeId,
        [since, deadline]: [Time; 2],
        action: Action,
        to: TimerDestination,
        message: Term,
        cause: RecordId,
    ) -> Timer {
        Timer { to, message, deadline, since, generation: 0, node, cause, action: Some(action) }
    }
}

impl Timers {
    /// Adds a timer.
    ///
    /// # Panics
    /// If there are too many.
    pub(super) fn add(&mut self, timer: Timer) -> TimerId {
        let index = self.free.pop().unwrap_or(self.all.len() as u32);
        assert!(index < TIMERS_MAX, "{TIMERS_MAX} timers at once");
        let generation = self.all.get(index as usize).map_or(0, |former| former.generation);
        let timer = Timer { generation, ..timer };
        match self.all.get_mut(index as usize) {
            Some(former) => *former = timer,
            None => self.all.push(timer),
        }
        TimerId { index, generation }
    }

    /// A timer that is live.
    #[inline]
    pub(super) fn get(&self, id: TimerId) -> Option<&Timer> {
        self.all.get(id.index as usize).filter(|timer| timer.generation == id.generation)
    }

    /// Returns whether a timer has neither expired nor been cancelled.
    pub(super) fn is_live(&self, id: TimerId) -> bool {
        self.get(id).is_some()
    }

    /// Removes a timer: its action, its receiver and its message. None if it has expired or been
    /// cancelled.
    pub(super) fn remove(&mut self, id: TimerId) -> Option<(Action, TimerDestination, Term)> {
        let timer = self.all.get_mut(id.index as usize)?;
        if timer.generation != id.generation {
            return None;
        }
        timer.generation += 1;
        self.free.push(id.index);
        let message = std::mem::replace(&mut timer.message, Term::Integer(0));
        timer.action.take().map(|action| (action, timer.to, message))
    }

    /// Brings a timer into the cache. Returns the process that it is for, if it names one.
    #[inline]
    pub(super) fn prefetch(&self, id: TimerId) -> Option<Pid> {
        match self.all.get(id.index as usize)?.to {
            TimerDestination::Pid(pid) => Some(pid),
            TimerDestination::Name(_) => None,
        }
    }

    /// Removes all timers of a node. Returns their number.
    pub(super) fn remove_all(&mut self, node: NodeId) -> usize {
        let of_node: Vec<TimerId> = (self.all.iter().enumerate())
            .filter(|(_, timer)| timer.node == node && timer.action.is_some())
            .map(|(index, timer)| TimerId { index: index as u32, generation: timer.generation })
            .collect();
        of_node.iter().filter_map(|id| self.remove(*id)).count()
    }
}
