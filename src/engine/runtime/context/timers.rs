//! Timers.

use std::time::Duration;

use super::Context;
use crate::engine::runtime::timers::{Action, TimerDestination};
use crate::engine::term::{Ref, Term};
use crate::{atom, tuple};

impl Context {
    /// `erlang:send_after/3`. Timers of one process that expire at the same time do so in the order
    /// in which they were set (A59).
    ///
    /// # Panics
    /// If it is for a process of another node, which is `badarg` in Erlang (A55).
    pub fn send_after(
        &self,
        after: Duration,
        to: impl Into<TimerDestination>,
        message: impl Into<Term>,
    ) -> Ref {
        self.set_timer(after, Action::Send, to.into(), message.into())
    }

    /// `erlang:start_timer/3`: the message is `{timeout,Ref,Message}`.
    ///
    /// # Panics
    /// As [`Self::send_after`].
    pub fn start_timer(
        &self,
        after: Duration,
        to: impl Into<TimerDestination>,
        message: impl Into<Term>,
    ) -> Ref {
        self.set_timer(after, Action::Timeout, to.into(), message.into())
    }

    fn set_timer(
        &self,
        after: Duration,
        action: Action,
        to: TimerDestination,
        message: Term,
    ) -> Ref {
        if let TimerDestination::Pid(pid) = to {
            let mine = pid.incarnation() == self.incarnation();
            assert!(mine, "a timer for {pid}, which is on another node");
        }
        let Some(mut state) = self.active() else { return self.make_ref() };
        let timer = state.start_timer(self.node, after, action, to, message);
        state.timer_reference(self.node, timer)
    }

    /// `erlang:cancel_timer/1`: the time that was left; none if it has expired (A56, A58).
    pub fn cancel_timer(&self, timer: Ref) -> Option<Duration> {
        self.active()?.cancel_timer(self.node, timer)
    }

    /// `erlang:cancel_timer(Timer, [{async,true}])`: the message `{cancel_timer,Timer,Left}` will
    /// come, with the milliseconds that were left or `false` (A57).
    pub fn cancel_timer_async(&self, timer: Ref) {
        let left = self.cancel_timer(timer);
        let left = left.map_or_else(|| Term::from(false), |left| Term::from(left.as_millis()));
        self.send(self.pid, tuple![atom!("cancel_timer"), timer, left]);
    }

    /// `erlang:read_timer/1`.
    pub fn read_timer(&self, timer: Ref) -> Option<Duration> {
        self.state().time_left(self.node, timer)
    }
}
