//! The world, and the loop that runs it.

use std::cell::{Ref, RefCell, RefMut};
use std::future::Future;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use super::Context;
use super::config::WorldConfig;
use super::events::{CallId, Event};
use super::exit::{Exit, catch_panic, survive};
use super::progress::{StopReason, StopsAt};
use super::signal::Body;
use super::slots::SlotId;
use super::state::{SharedState, State};
use crate::engine::network::NodeId;
use crate::engine::term::{Atom, Pid};
use crate::engine::time::Time;
use crate::engine::trace::{Fact, ProcessFact};

/// The reason for which a world has stopped running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// Nothing is left to happen but ticks. The clock shows the time of the last event.
    Quiescent,
    /// The deadline has come.
    Deadline,
    /// The event budget is used up.
    BudgetExhausted {
        /// The labels of the processes that were ready with their numbers, most frequent first.
        busy: Vec<(Atom, usize)>,
    },
    /// A call has come due that was asked for by [`World::call_at`].
    Called(CallId),
    /// Something was recorded, after [`StopsAt::records`].
    Recorded,
    /// One step is over, after [`StopsAt::steps`].
    Stepped,
    /// The number of steps given by [`StopsAt::step`] is reached.
    StepsDone,
}

/// A world, which can be run. When it is dropped, all processes are.
///
/// Hosts and nodes are added first; nodes run processes while they are up; [`Self::run_until`] lets
/// virtual time pass. Everything that happens is derived from the seed: the same calls on a world
/// with the same seed give the same trace.
///
/// ```
/// use std::time::Duration;
/// use nodedown::atom;
/// use nodedown::runtime::{NodeConfig, RunOutcome, World, WorldConfig};
/// use nodedown::term::Atom;
///
/// let world = World::new(WorldConfig { seed: 7, ..WorldConfig::default() });
/// let nodes = ["a@rack-1", "b@rack-2"].map(|name| {
///     let host = world.add_host(name.split_once('@').unwrap().1);
///     world.add_node(NodeConfig::new(name, host))
/// });
/// for node in nodes {
///     world.start_node(node);
/// }
/// let watcher = world.spawn(nodes[0], "watcher", |ctx| async move {
///     ctx.register(atom!("watcher"), ctx.pid())?;
///     ctx.monitor_node(Atom::new("b@rack-2"), true);
///     assert!(ctx.receive().await.tagged("nodedown").is_some());
///     Ok(())
/// });
/// world.run_for(Duration::from_secs(1));
/// assert_eq!(world.whereis(nodes[0], atom!("watcher")), Some(watcher));
///
/// world.crash_node(nodes[1]);
/// assert_eq!(world.run_for(Duration::from_secs(10)), RunOutcome::Quiescent);
/// assert_eq!(world.whereis(nodes[0], atom!("watcher")), None);
/// ```
pub struct World {
    state: SharedState,
}

impl Drop for World {
    /// Drops all processes. Their bodies hold the state, which would otherwise never be dropped.
    fn drop(&mut self) {
        let mut boots = Vec::new();
        let packets = {
            let mut state = self.state();
            for node in state.nodes.ids() {
                state.clear_node(node);
                boots.extend(state.nodes[node].boot.take());
            }
            state.network.take_payloads()
        };
        drop((boots, packets));
        let (to_spawn, garbage) = self.state().processes.take_bodies();
        drop(to_spawn);
        for body in garbage.bodies {
            self.drop_body(body);
        }
        drop(garbage.locals);
        self.make_and_drop_bodies();
    }
}

impl World {
    /// A world without hosts.
    pub fn new(config: WorldConfig) -> World {
        World { state: Rc::new(RefCell::new(State::new(config))) }
    }

    pub(super) fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    pub(super) fn share(&self) -> SharedState {
        Rc::clone(&self.state)
    }

    pub(super) fn shared(&self) -> Ref<'_, State> {
        self.state.borrow()
    }

    /// The time of the world.
    pub fn now(&self) -> Time {
        self.shared().log.now
    }

    /// The number of steps so far: events and turns of processes.
    pub fn steps(&self) -> u64 {
        self.shared().progress.steps
    }

    /// Makes [`Self::run_until`] return [`RunOutcome::Called`] with this number at that time.
    pub fn call_at(&self, at: Time, call: CallId) {
        let mut state = self.state();
        let at = at.max(state.log.now);
        state.events.schedule(at, Event::Call(call));
    }

    /// Makes [`Self::run_until`] stop at these steps, and at no others.
    pub fn stop_at(&self, stops: StopsAt) {
        let mut state = self.state();
        let (records, steps_max) = (state.log.trace.records().len(), state.config.event_budget);
        state.progress.stop_at(stops, records, steps_max);
    }

    /// Runs for this time.
    pub fn run_for(&self, duration: Duration) -> RunOutcome {
        let deadline = self.now() + duration;
        self.run_until(deadline)
    }

    /// Runs until `deadline`, or until there is a reason to stop before it.
    ///
    /// All events of one instant come first, in the order in which they were scheduled, then the
    /// processes that are ready, then the next instant. A deadline that lies in the past lets
    /// nothing but the present instant happen. After any outcome but
    /// [`RunOutcome::BudgetExhausted`] the world can be changed and then goes on where it was.
    ///
    /// # Panics
    /// If it is called from inside of a process.
    pub fn run_until(&self, deadline: Time) -> RunOutcome {
        loop {
            if let Some(outcome) = self.advance(deadline) {
                return outcome;
            }
        }
    }

    /// Runs a process on a node, and lets time pass until it has ended. Returns its result.
    ///
    /// ```
    /// use nodedown::prelude::*;
    ///
    /// let world = World::new(WorldConfig::default());
    /// let [a, b] = kernel::start_nodes(&world, ["a@x", "b@y"]);
    /// let peers = world.run(a, |ctx| async move {
    ///     assert!(ctx.ping(Atom::new("b@y")).await);
    ///     Ok(ctx.nodes())
    /// })?;
    /// assert_eq!(peers, [Atom::new("b@y")]);
    /// # let _ = b;
    /// # Ok::<(), Exit>(())
    /// ```
    ///
    /// # Errors
    /// The exception with which the process failed; a panic in it is one.
    ///
    /// # Panics
    /// If the node is down; if the process is killed, or waits for something that never comes.
    pub fn run<T, F, Fut>(&self, node: NodeId, script: F) -> Result<T, Exit>
    where
        T: 'static,
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = Result<T, Exit>> + 'static,
    {
        let result = Rc::new(RefCell::new(None));
        let place = Rc::clone(&result);
        let pid = self.spawn(node, "script", |ctx| async move {
            place.replace(Some(survive(async { script(ctx).await }).await));
            Ok(())
        });
        loop {
            if let Some(result) = result.take() {
                return result;
            }
            assert!(self.shared().processes.slot_of(pid).is_some(), "{pid} was killed");
            match self.advance(Time::MAX) {
                None | Some(RunOutcome::Called(_) | RunOutcome::Recorded) => {}
                Some(outcome) => panic!("{pid} waits for what never comes: {outcome:?}"),
            }
        }
    }

    /// One step of [`Self::run_until`]: up to the end of the next turn of a process.
    #[inline]
    fn advance(&self, deadline: Time) -> Option<RunOutcome> {
        let mut state = self.state();
        loop {
            if state.processes.has_bodies_to_make_or_drop() {
                drop(state);
                self.make_and_drop_bodies();
                return None;
            }
            if let Some(outcome) = state.reason_to_stop() {
                return Some(outcome);
            }
            match state.next_turn(deadline) {
                Turn::Event(event) => state.dispatch(event),
                Turn::Stop(outcome) => return Some(outcome),
                Turn::Process(slot) => {
                    if let Some((pid, body)) = state.begin_turn(slot) {
                        drop(state);
                        self.take_turn(pid, body);
                        return None;
                    }
                }
            }
        }
    }

    /// Makes the bodies of new processes and drops those of dead ones. Both may run code of users, which
    /// may call back into the world.
    fn make_and_drop_bodies(&self) {
        while self.shared().processes.has_bodies_to_make_or_drop() {
            let (to_spawn, garbage) = self.state().processes.take_bodies();
            for body in garbage.bodies {
                self.drop_body(body);
            }
            drop(garbage.locals);
            for (pid, start) in to_spawn {
                let node = self.shared().processes.node_of(pid);
                if let Some(node) = node {
                    let body = start(pid, node);
                    self.state().processes.set_body(pid, body);
                }
            }
        }
    }

    /// The body of a process goes on until it waits.
    #[inline]
    fn take_turn(&self, pid: Pid, mut body: Body) {
        let mut task = std::task::Context::from_waker(Waker::noop());
        let poll = catch_panic(|| body.as_mut().poll(&mut task));
        let mut state = self.state();
        let own = match poll {
            Ok(Poll::Pending) => {
                state.end_turn(pid, body);
                return;
            }
            Ok(Poll::Ready(Ok(()))) => crate::atom!("normal").into(),
            Ok(Poll::Ready(Err(exit))) => exit.into_exit_reason(),
            Err(exit) => {
                state.record_panic(pid, &exit);
                exit.into_exit_reason()
            }
        };
        let reason = state.exiting(pid).unwrap_or(own);
        state.terminate(pid, &reason);
        drop(state);
        self.drop_body(body);
    }

    /// Drops the body of a process. A process that panics while it is dropped is dead already, so that
    /// only the trace shows it.
    fn drop_body(&self, body: Body) {
        if let Err(exit) = catch_panic(|| drop(body))
            && let Some((text, place)) = exit.as_panic()
        {
            self.state().log.record(
                None,
                Fact::Process(ProcessFact::Panicked { pid: None, label: None, text, place }),
            );
        }
    }
}

enum Turn {
    Process(SlotId),
    Event(Event),
    Stop(RunOutcome),
}

/// The loop.
impl State {
    #[inline]
    fn reason_to_stop(&mut self) -> Option<RunOutcome> {
        if let Some(call) = self.events.next_call() {
            return Some(RunOutcome::Called(call));
        }
        let reason = self.progress.stop_reason(self.log.trace.records().len())?;
        Some(match reason {
            StopReason::Recorded => RunOutcome::Recorded,
            StopReason::Stepped => RunOutcome::Stepped,
            StopReason::StepsDone if self.progress.steps < self.config.event_budget => {
                RunOutcome::StepsDone
            }
            StopReason::StepsDone => {
                RunOutcome::BudgetExhausted { busy: self.processes.ready_by_label() }
            }
        })
    }

    /// First all events of this instant, then the ready processes one by one, then time goes on.
    #[inline]
    fn next_turn(&mut self, deadline: Time) -> Turn {
        // Where no process is ready, the next event need not be one of this instant.
        if !self.processes.is_idle() || self.events.is_idle() {
            if let Some(event) = self.events.pop_until(self.log.now) {
                return Turn::Event(event);
            }
            if let Some(slot) = self.next_process() {
                return Turn::Process(slot);
            }
            if self.is_quiescent() {
                return Turn::Stop(RunOutcome::Quiescent);
            }
        }
        if let Some((at, event)) = self.next_event(deadline) {
            self.log.now = at;
            Turn::Event(event)
        } else {
            self.log.now = self.log.now.max(deadline);
            Turn::Stop(RunOutcome::Deadline)
        }
    }

    /// Returns whether only ticks are left: nothing is pending, and no silence is waiting to be
    /// noticed.
    fn is_quiescent(&self) -> bool {
        self.events.is_idle() && !self.nodes.has_paused() && !self.network.is_disturbed()
    }
}
