//! Registered names, and timers.

use std::time::Duration;

use super::Context;
use crate::network::NodeId;
use crate::runtime::exit::Exit;
use crate::runtime::timers::{Action, TimerDestination};
use crate::runtime::world::State;
use crate::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

impl Context {
    /// `register/2`.
    ///
    /// # Errors
    /// `badarg` if the name is taken or `undefined`, or the process is dead, remote, or has a name
    /// already (A52).
    #[track_caller]
    pub fn register(&self, name: Atom, pid: Pid) -> Result<(), Exit> {
        let done = self.acting().is_none_or(|mut state| state.register(self.node, name, pid));
        if done { Ok(()) } else { Err(Exit::badarg()) }
    }

    /// `unregister/1`.
    ///
    /// # Errors
    /// `badarg` if nobody holds the name (A53).
    #[track_caller]
    pub fn unregister(&self, name: Atom) -> Result<(), Exit> {
        let done = self.acting().is_none_or(|mut state| state.unregister(self.node, name));
        if done { Ok(()) } else { Err(Exit::badarg()) }
    }

    /// `whereis/1`.
    pub fn whereis(&self, name: Atom) -> Option<Pid> {
        let state = self.state();
        let number = *state.node(self.node).names.get(name)?;
        state.slots.tenant(number).map(|process| process.pid)
    }

    /// `registered()`, in the order of the names.
    pub fn registered(&self) -> Vec<Atom> {
        self.state().node(self.node).names.names()
    }

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
        let Some(mut state) = self.acting() else { return self.make_ref() };
        let timer = state.start_timer(self.node, after, action, to, message);
        state.timer_reference(self.node, timer)
    }

    /// `erlang:cancel_timer/1`: the time that was left; nothing if it has expired (A56, A58).
    pub fn cancel_timer(&self, timer: Ref) -> Option<Duration> {
        self.acting()?.cancel_timer(self.node, timer)
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

/// What the context asks of the world.
impl State {
    fn register(&mut self, node: NodeId, name: Atom, pid: Pid) -> bool {
        let free = self.node(node).names.get(name).is_none() && name != atom!("undefined");
        match self.process_mut(pid) {
            Some(process) if free && process.node == node && process.name.is_none() => {
                process.name = Some(name);
                self.node_mut(node).names.insert(name, pid.number());
                let node = self.own_name(node);
                self.name_log.hold(name.into(), node);
                true
            }
            Some(_) | None => false,
        }
    }

    fn unregister(&mut self, node: NodeId, name: Atom) -> bool {
        let Some(number) = self.node_mut(node).names.remove(name) else { return false };
        if let Some(process) = self.tenant(number) {
            process.name = None;
        }
        true
    }
}
