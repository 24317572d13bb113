//! Setting timers, and their expiry (A55 to A59).

use std::time::Duration;

use super::State;
use crate::engine::network::NodeId;
use crate::engine::runtime::events::Event;
use crate::engine::runtime::timers::{Action, Timer, TimerDestination, TimerId};
use crate::engine::term::{Pid, Ref, Term};
use crate::engine::time::{Time, nanos};
use crate::engine::trace::{Fact, ProcessFact};
use crate::{atom, tuple};

impl State {
    /// Sets a timer by the clock of its node, which may run fast or slow.
    pub(crate) fn start_timer(
        &mut self,
        node: NodeId,
        after: Duration,
        action: Action,
        to: TimerDestination,
        message: Term,
    ) -> TimerId {
        let now = self.log.now;
        let deadline = now + self.nodes[node].clock.to_world(now, after);
        let timer = Timer::new(node, [now, deadline], action, to, message, self.log.cause);
        let id = self.timers.add(timer);
        self.events.schedule(deadline, Event::Timer(id));
        id
    }

    /// Removes a timer before it expires.
    pub(crate) fn drop_timer(&mut self, id: TimerId) {
        if self.timers.remove(id).is_some() {
            self.events.settle(1);
        }
    }

    /// A timer expires.
    pub(super) fn expire(&mut self, id: TimerId) {
        let Some(Timer { node, since, cause, .. }) = self.timers.get(id) else { return };
        let (node, since) = (*node, *since);
        self.log.cause = *cause;
        match self.timers.remove(id) {
            Some((Action::Wake, TimerDestination::Pid(pid), _)) => {
                self.record_expiry(node, pid, since);
                self.processes.resume(pid, self.log.cause);
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
            TimerDestination::Pid(pid) => self.processes.slot_of(pid),
            TimerDestination::Name(name) => self.nodes.registered(node, name),
        };
        if let Some(slot) = slot
            && let Some(process) = self.processes.at(slot)
        {
            self.record_expiry(node, process.pid, since);
            self.deliver(slot, message);
        }
    }

    /// Records that a timer has expired; its effects follow from that.
    fn record_expiry(&mut self, node: NodeId, pid: Pid, since: Time) {
        if self.log.is_full()
            && let Some(process) = self.processes.get(pid)
        {
            let (label, after_ns) = (process.label(), nanos(self.log.now.since(since)));
            self.record_as_cause(
                node,
                Fact::Process(ProcessFact::TimerExpired { pid, label, after_ns }),
            );
        }
    }

    /// The reference by which the processes of a node know a timer.
    pub(crate) fn timer_reference(&self, node: NodeId, id: TimerId) -> Ref {
        Ref::of(self.nodes[node].incarnation, id.reference())
    }

    /// The time that is left of a user's timer; none if it has expired, was cancelled, or was for a
    /// process that has ended (A56, A58).
    pub(crate) fn time_left(&self, node: NodeId, reference: Ref) -> Option<Duration> {
        let timer = self.timers.get(TimerId::of_reference(reference.id())?)?;
        if timer.node != node || reference.incarnation() != self.nodes[node].incarnation {
            return None;
        }
        match (timer.action, timer.to) {
            (Some(Action::Send | Action::Timeout), TimerDestination::Pid(pid)) => {
                self.processes.slot_of(pid)?;
            }
            (Some(Action::Send | Action::Timeout), TimerDestination::Name(_)) => {}
            (Some(Action::Wake) | None, _) => return None,
        }
        let left = timer.deadline.since(self.log.now);
        Some(self.nodes[node].clock.to_node(self.log.now, left))
    }

    /// `erlang:cancel_timer/1`.
    pub(crate) fn cancel_timer(&mut self, node: NodeId, reference: Ref) -> Option<Duration> {
        let left = self.time_left(node, reference)?;
        if let Some(id) = TimerId::of_reference(reference.id()) {
            self.drop_timer(id);
        }
        Some(left)
    }
}
