//! Timers: messages that come later, and processes that wake up later.

use std::time::Duration;

use super::events::Event;
use super::world::State;
use crate::network::NodeId;
use crate::term::{Atom, Pid, Ref, Term};
use crate::time::{Time, nanos};
use crate::trace::{Fact, RecordId};
use crate::{atom, tuple};

/// A timer; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimerId {
    index: u32,
    generation: u32,
}

/// What a timer does when it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The body of a process goes on.
    Wake,
    /// A message is sent (`erlang:send_after`).
    Send,
    /// `{timeout,Ref,Message}` is sent (`erlang:start_timer`).
    Timeout,
}

/// Whom the message of a timer is for (A55): a process of the same node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerDestination {
    /// The process.
    Pid(Pid),
    /// Whoever holds the name when the timer expires.
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

#[derive(Debug)]
#[repr(align(64))] // a line of the cache
struct Timer {
    to: TimerDestination,
    /// Nothing worth sending where a process is woken.
    message: Term,
    deadline: Time,
    since: Time,
    generation: u32,
    node: NodeId,
    /// The record that led to it.
    cause: RecordId,
    /// Nothing once it has expired or been taken away.
    action: Option<Action>,
}

/// All timers that have not expired.
#[derive(Debug, Default)]
pub(super) struct Timers {
    all: Vec<Timer>,
    free: Vec<u32>,
}

/// There are so many timers at once at the most.
const TIMERS_MAX: u32 = 1 << 26;

impl TimerId {
    /// The timer's number among the references of a node: an odd one, so that no other reference has
    /// it, and the way back to the timer.
    fn reference(self) -> u64 {
        (u64::from(self.generation) * u64::from(TIMERS_MAX) + u64::from(self.index)) * 2 + 1
    }

    /// The timer with this number.
    fn of_reference(number: u64) -> Option<TimerId> {
        let (timer, max) = (number / 2, u64::from(TIMERS_MAX));
        let (index, generation) = (timer % max, u32::try_from(timer / max).ok()?);
        (number % 2 == 1).then_some(TimerId { index: index as u32, generation })
    }
}

impl Timers {
    fn add(&mut self, timer: Timer) -> TimerId {
        let index = self.free.pop().unwrap_or(self.all.len() as u32);
        assert!(index < TIMERS_MAX, "{TIMERS_MAX} timers at once");
        let generation = self.all.get(index as usize).map_or(0, |former| former.generation);
        let timer = Timer { generation, ..timer };
        match self.all.get_mut(index as usize) {
            Some(place) => *place = timer,
            None => self.all.push(timer),
        }
        TimerId { index, generation }
    }

    /// Whether it has neither expired nor been taken away.
    pub(super) fn is_live(&self, id: TimerId) -> bool {
        self.all.get(id.index as usize).is_some_and(|timer| timer.generation == id.generation)
    }

    pub(super) fn node(&self, id: TimerId) -> NodeId {
        self.all[id.index as usize].node
    }

    /// Takes a timer away: what it was to do, for whom, and with what. Nothing if it has expired.
    fn remove(&mut self, id: TimerId) -> Option<(Action, TimerDestination, Term)> {
        let timer = self.all.get_mut(id.index as usize)?;
        if timer.generation != id.generation {
            return None;
        }
        timer.generation += 1;
        self.free.push(id.index);
        let message = std::mem::replace(&mut timer.message, Term::Integer(0));
        timer.action.take().map(|action| (action, timer.to, message))
    }

    /// Brings a timer into the cache. The process that it is for, if it names one.
    #[inline]
    pub(super) fn foresee(&self, id: TimerId) -> Option<Pid> {
        match self.all.get(id.index as usize)?.to {
            TimerDestination::Pid(pid) => Some(pid),
            TimerDestination::Name(_) => None,
        }
    }

    /// Takes away all timers of a node.
    pub(super) fn remove_all(&mut self, node: NodeId) -> usize {
        let of_node: Vec<TimerId> = (self.all.iter().enumerate())
            .filter(|(_, timer)| timer.node == node && timer.action.is_some())
            .map(|(index, timer)| TimerId { index: index as u32, generation: timer.generation })
            .collect();
        of_node.iter().filter_map(|id| self.remove(*id)).count()
    }
}

impl State {
    /// Sets a timer by the clock of its node, which may run fast or slow.
    pub(super) fn start_timer(
        &mut self,
        node: NodeId,
        after: Duration,
        action: Action,
        to: TimerDestination,
        message: Term,
    ) -> TimerId {
        let deadline = self.now + self.nodes[node.0 as usize].clock.to_world(self.now, after);
        let (since, cause, action) = (self.now, self.cause, Some(action));
        let generation = 0; // its place says
        let id = self.timers.add(Timer {
            to,
            message,
            deadline,
            since,
            generation,
            node,
            cause,
            action,
        });
        self.schedule(deadline, Event::Timer(id));
        id
    }

    /// Takes a timer away before it expires.
    pub(super) fn drop_timer(&mut self, id: TimerId) {
        if self.timers.remove(id).is_some() {
            self.foreground -= 1;
        }
    }

    /// A timer expires.
    pub(super) fn expire(&mut self, id: TimerId) {
        let Timer { node, since, cause, .. } = self.timers.all[id.index as usize];
        self.cause = cause;
        match self.timers.remove(id) {
            Some((Action::Wake, TimerDestination::Pid(pid), _)) => {
                self.tell_expiry(node, pid, since);
                let cause = self.cause;
                if let Some(process) = self.process_mut(pid) {
                    process.cause = cause;
                    process.flags.due = true;
                    self.make_ready(pid.number());
                }
            }
            Some((Action::Send, to, message)) => self.deliver_from_timer(node, since, to, message),
            Some((Action::Timeout, to, message)) => {
                let reference = self.timer_reference(node, id);
                let message = tuple![atom!("timeout"), reference, message];
                self.deliver_from_timer(node, since, to, message);
            }
            Some((Action::Wake, TimerDestination::Name(_), _)) | None => {}
        }
    }

    fn deliver_from_timer(
        &mut self,
        node: NodeId,
        since: Time,
        to: TimerDestination,
        message: Term,
    ) {
        let slot = match to {
            TimerDestination::Pid(pid) => self.slot_of(pid),
            TimerDestination::Name(name) => self.node(node).names.get(name).copied(),
        };
        let pid = slot.and_then(|slot| self.tenant(slot)).map(|process| process.pid);
        if let (Some(slot), Some(pid)) = (slot, pid) {
            self.tell_expiry(node, pid, since);
            self.deliver_message(slot, message);
        }
    }

    /// What a timer is known by to the processes of its node.
    pub(super) fn timer_reference(&self, node: NodeId, id: TimerId) -> Ref {
        Ref::of(self.node(node).incarnation, id.reference())
    }

    /// What the timer leads to follows from its expiry.
    fn tell_expiry(&mut self, node: NodeId, pid: Pid, since: Time) {
        if self.trace.is_full()
            && let Some(process) = self.process(pid)
        {
            let (label, after_ns) = (process.label(), nanos(self.now.since(since)));
            self.cause = self.tell(node, Fact::TimerExpired { pid, label, after_ns });
        }
    }

    /// The time left of a user's timer; nothing if it has expired, is gone, or was for a process
    /// that has ended (A56, A58).
    pub(super) fn time_left(&self, node: NodeId, reference: Ref) -> Option<Duration> {
        let id = TimerId::of_reference(reference.id()).filter(|id| self.timers.is_live(*id))?;
        let timer = &self.timers.all[id.index as usize];
        if timer.node != node || reference.incarnation() != self.node(node).incarnation {
            return None;
        }
        match (timer.action, timer.to) {
            (Some(Action::Send | Action::Timeout), TimerDestination::Pid(pid)) => {
                self.slot_of(pid)?;
            }
            (Some(Action::Send | Action::Timeout), TimerDestination::Name(_)) => {}
            (Some(Action::Wake) | None, _) => return None,
        }
        let left = timer.deadline.since(self.now);
        Some(self.nodes[timer.node.0 as usize].clock.to_node(self.now, left))
    }

    pub(super) fn cancel_timer(&mut self, node: NodeId, reference: Ref) -> Option<Duration> {
        let left = self.time_left(node, reference)?;
        if let Some(id) = TimerId::of_reference(reference.id()) {
            self.drop_timer(id);
        }
        Some(left)
    }
}
