//! The world: everything that is simulated, and the loop that moves it on.

use std::any::Any;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use rand::RngExt;

use super::Context;
use super::events::{Event, foresee};
use super::exit::{Exit, catch_panic, survive};
use super::node::Node;
use super::partings::Partings;
use super::signal::{Body, Packet, Start};
use super::slots::Slots;
use super::sockets::Sockets;
use super::timers::Timers;
use super::unregistered::NameLog;
use crate::network::{HostId, Network, NodeId, PathConfig};
use crate::queue::Queue;
use crate::rng::{Stream, Streams};
use crate::term::{self, Atom, AtomMap, Pid, Term};
use crate::time::Time;
use crate::trace::{Detail, Fact, RecordId, Trace};

/// Who goes first among the processes that are ready at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// Whoever the seed picks, so that a sweep over seeds is a search over schedules.
    #[default]
    Random,
    /// Whoever became ready first.
    Fifo,
}

/// The settings of a world.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The seed of all random numbers.
    pub seed: u64,
    /// Who goes first at one instant.
    pub schedule: Schedule,
    /// How much of the trace is written down.
    pub detail: Detail,
    /// The run is ended after so many steps (events and turns of processes).
    pub event_budget: u64,
    /// The path between nodes of one host.
    pub same_host: PathConfig,
    /// The path between hosts, where no other is given.
    pub between_hosts: PathConfig,
}

impl Default for WorldConfig {
    fn default() -> WorldConfig {
        WorldConfig {
            seed: 1,
            schedule: Schedule::Random,
            detail: Detail::Story,
            event_budget: 10_000_000,
            same_host: PathConfig::constant(Duration::from_micros(50)),
            between_hosts: PathConfig::constant(Duration::from_millis(1)),
        }
    }
}

/// Why the world stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to happen but ticks. The clock stands at what happened last.
    Quiescent,
    /// The time that was asked for has come.
    Deadline,
    /// The event budget is used up; these processes were ready, most of them first.
    BudgetExhausted {
        /// What the processes run, with how many of them were ready.
        busy: Vec<(Atom, usize)>,
    },
    /// An instant has come that was asked for by [`World::call_at`].
    Called(u32),
    /// Something was written down, and [`World::stop_at_records`] asked to be told.
    Recorded,
    /// One step is over, and [`World::stop_at_steps`] asked to be told.
    Stepped,
    /// So many steps are over as [`World::stop_after_steps`] asked for.
    StepsDone,
}

pub(super) struct State {
    pub now: Time,
    pub config: WorldConfig,
    pub streams: Streams,
    pub rng: Stream,
    pub queue: Queue<Event>,
    /// Events in the queue that a run does not end without.
    pub foreground: usize,
    pub network: Network<Packet>,
    pub hosts: BTreeMap<Atom, HostId>,
    pub nodes: Vec<Node>,
    /// How many nodes stand still.
    pub paused: usize,
    pub node_ids: AtomMap<NodeId>,
    pub slots: Slots,
    pub ready: VecDeque<u32>,
    pub timers: Timers,
    pub sockets: Sockets,
    pub trace: Trace,
    /// The record that led to what happens now.
    pub cause: RecordId,
    pub partings: Partings,
    /// What processes have left that were to keep it.
    pub unread: BTreeMap<Pid, Vec<Term>>,
    pub steps: u64,
    pub next_reference: u64,
    pub births: Vec<(Pid, Start)>,
    /// Bodies to be dropped, which may run code of users.
    pub graveyard: Vec<Body>,
    /// The same for what the processes of a node shared.
    pub buried_locals: Vec<Rc<dyn Any>>,
    /// Whether what the network wants done is being done.
    pub draining: bool,
    pub called: VecDeque<u32>,
    /// How many partitions programs have made.
    pub partitions_made: u32,
    /// Written when a name is registered or missed, read by nobody in the world.
    pub name_log: NameLog,
    stop_at_records: bool,
    seen_records: usize,
    stop_at_steps: bool,
    seen_steps: u64,
    /// The number of steps after which the world stands still, whatever the reason.
    steps_max: u64,
}

/// The world and the one who moves it on. When it is dropped, all processes are.
///
/// Hosts and nodes are added first; nodes run processes while they are up; [`Self::run_until`] lets
/// virtual time pass. Everything that happens is derived from the seed: the same calls on a world
/// with the same seed give the same trace.
///
/// ```
/// use std::time::Duration;
/// use nodedown::atom;
/// use nodedown::runtime::{NodeConfig, Outcome, World, WorldConfig};
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
/// assert_eq!(world.run_for(Duration::from_secs(10)), Outcome::Quiescent);
/// assert_eq!(world.whereis(nodes[0], atom!("watcher")), None);
/// ```
pub struct World {
    state: SharedState,
}

/// The state of the world, which its processes share with it.
pub(super) type SharedState = Rc<RefCell<State>>;

impl Drop for World {
    /// Buries all processes; their bodies hold on to the state, which would otherwise never go.
    fn drop(&mut self) {
        let (births, events, payloads) = {
            let mut state = self.state();
            for node in 0..state.nodes.len() {
                state.clear_node(NodeId(node as u32));
            }
            let events = std::mem::take(&mut state.queue);
            (std::mem::take(&mut state.births), events, state.network.take_payloads())
        };
        drop((births, events, payloads));
        self.bear_and_bury();
    }
}

impl World {
    /// A world without hosts.
    pub fn new(config: WorldConfig) -> World {
        let streams = Streams::new(config.seed);
        let network = Network::new(streams, config.same_host.clone(), config.between_hosts.clone());
        let state = State {
            now: Time::ZERO,
            streams,
            rng: streams.stream("scheduler"),
            queue: Queue::new(),
            foreground: 0,
            network,
            hosts: BTreeMap::new(),
            nodes: Vec::new(),
            paused: 0,
            node_ids: AtomMap::default(),
            slots: Slots::default(),
            ready: VecDeque::new(),
            timers: Timers::default(),
            sockets: Sockets::default(),
            trace: Trace::new(config.detail),
            cause: RecordId::default(),
            partings: Partings::default(),
            steps: 0,
            next_reference: 0,
            births: Vec::new(),
            graveyard: Vec::new(),
            buried_locals: Vec::new(),
            draining: false,
            called: VecDeque::new(),
            partitions_made: 0,
            name_log: NameLog::default(),
            stop_at_records: false,
            seen_records: 0,
            stop_at_steps: false,
            seen_steps: 0,
            steps_max: config.event_budget,
            unread: BTreeMap::new(),
            config,
        };
        World { state: Rc::new(RefCell::new(state)) }
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
        self.state().now
    }

    /// How many events and turns of processes there have been.
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Makes [`Self::run_until`] return [`Outcome::Called`] with this number at that time.
    pub fn call_at(&self, at: Time, number: u32) {
        let mut state = self.state();
        let at = at.max(state.now);
        state.schedule(at, Event::Call(number));
    }

    /// Makes [`Self::run_until`] return [`Outcome::Recorded`] whenever something was written down.
    pub fn stop_at_records(&self, stop: bool) {
        let mut state = self.state();
        state.stop_at_records = stop;
        state.seen_records = state.trace.records().len();
    }

    /// Makes [`Self::run_until`] return [`Outcome::Stepped`] after every event and every turn of a
    /// process.
    pub fn stop_at_steps(&self, stop: bool) {
        let mut state = self.state();
        state.stop_at_steps = stop;
        state.seen_steps = state.steps;
    }

    /// Makes [`Self::run_until`] return [`Outcome::StepsDone`] after so many steps of the run, or at
    /// once if there have been so many; nothing means not to.
    pub fn stop_after_steps(&self, steps: Option<u64>) {
        let mut state = self.state();
        state.steps_max = steps.unwrap_or(u64::MAX).min(state.config.event_budget);
    }

    /// Goes on for a while.
    pub fn run_for(&self, duration: Duration) -> Outcome {
        let deadline = self.now() + duration;
        self.run_until(deadline)
    }

    /// Goes on until `deadline`, or until there is a reason to stop before it.
    ///
    /// All events of one instant come first, in the order in which they were scheduled, then the
    /// processes that are ready, then the next instant. A deadline that lies in the past lets
    /// nothing but the present instant happen. After any outcome but
    /// [`Outcome::BudgetExhausted`] the world can be changed and then goes on where it was.
    ///
    /// # Panics
    /// If it is called from inside of a process.
    pub fn run_until(&self, deadline: Time) -> Outcome {
        loop {
            if let Some(outcome) = self.advance(deadline) {
                return outcome;
            }
        }
    }

    /// Runs a process on a node, and lets time pass until it has ended: what it returns.
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
    /// What the process failed with; a panic in it is one of these failures.
    ///
    /// # Panics
    /// If the node is down; if the process is killed, or waits for what never comes.
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
            assert!(self.shared().slot_of(pid).is_some(), "{pid} was killed");
            match self.advance(Time::MAX) {
                None | Some(Outcome::Called(_) | Outcome::Recorded) => {}
                Some(outcome) => panic!("{pid} waits for what never comes: {outcome:?}"),
            }
        }
    }

    /// One step of [`Self::run_until`]: up to the end of the next turn of a process.
    #[inline]
    fn advance(&self, deadline: Time) -> Option<Outcome> {
        let mut state = self.state();
        loop {
            if state.has_births_or_deaths() {
                drop(state);
                self.bear_and_bury();
                return None;
            }
            if let Some(outcome) = state.reason_to_stop() {
                return Some(outcome);
            }
            match state.next_turn(deadline) {
                Turn::Event(event) => state.dispatch(event),
                Turn::Stop(outcome) => return Some(outcome),
                Turn::Process(number) => {
                    if let Some((pid, body)) = state.begin_turn(number) {
                        drop(state);
                        self.take_turn(number, pid, body);
                        return None;
                    }
                }
            }
        }
    }

    /// Gives new processes their bodies and buries those of the dead; both may run code of users,
    /// which may call back into the world.
    fn bear_and_bury(&self) {
        loop {
            let (births, graveyard, locals) = {
                let mut state = self.state();
                let births = std::mem::take(&mut state.births);
                let graveyard = std::mem::take(&mut state.graveyard);
                (births, graveyard, std::mem::take(&mut state.buried_locals))
            };
            if births.is_empty() && graveyard.is_empty() && locals.is_empty() {
                return;
            }
            for body in graveyard {
                self.bury(body);
            }
            drop(locals);
            for (pid, start) in births {
                let node = self.state().process_mut(pid).map(|process| process.node);
                if let Some(node) = node {
                    let body = start(Context::new(Rc::clone(&self.state), pid, node));
                    self.state().animate(pid, body);
                }
            }
        }
    }

    /// The body of a process goes on until it waits.
    #[inline]
    fn take_turn(&self, number: u32, pid: Pid, mut body: Body) {
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
                state.tell_panic(pid, &exit);
                exit.into_exit_reason()
            }
        };
        let reason = state.exiting(pid).unwrap_or(own);
        state.terminate(number, pid, &reason);
        drop(state);
        self.bury(body);
    }

    /// Drops the body of a process. Whoever panics while it is dropped is dead already, so that
    /// only the trace tells.
    fn bury(&self, body: Body) {
        if let Err(exit) = catch_panic(|| drop(body))
            && let Some((text, place)) = exit.as_panic()
        {
            self.state().record(None, Fact::Panicked { pid: None, label: None, text, place });
        }
    }
}

enum Turn {
    Process(u32),
    Event(Event),
    Stop(Outcome),
}

impl State {
    /// Whether there is work for [`World::bear_and_bury`].
    #[inline]
    const fn has_births_or_deaths(&self) -> bool {
        !(self.births.is_empty() && self.graveyard.is_empty() && self.buried_locals.is_empty())
    }

    #[inline]
    fn reason_to_stop(&mut self) -> Option<Outcome> {
        if let Some(number) = self.called.pop_front() {
            return Some(Outcome::Called(number));
        }
        if self.stop_at_records && self.trace.records().len() > self.seen_records {
            self.seen_records = self.trace.records().len();
            return Some(Outcome::Recorded);
        }
        if self.stop_at_steps && self.steps > self.seen_steps {
            self.seen_steps = self.steps;
            return Some(Outcome::Stepped);
        }
        (self.steps >= self.steps_max).then(|| {
            if self.steps >= self.config.event_budget {
                Outcome::BudgetExhausted { busy: self.busy() }
            } else {
                Outcome::StepsDone
            }
        })
    }

    /// First all events of this instant, then the ready processes one by one, then time goes on.
    #[inline]
    fn next_turn(&mut self, deadline: Time) -> Turn {
        // Where no process is ready, the next event need not be one of this instant.
        if !self.ready.is_empty() || self.foreground == 0 {
            if let Some((_, event)) = self.queue.pop_until(self.now) {
                return Turn::Event(event);
            }
            if let Some(number) = self.pick() {
                return Turn::Process(number);
            }
            if self.is_quiescent() {
                return Turn::Stop(Outcome::Quiescent);
            }
        }
        let (network, timers, slots) = (&self.network, &self.timers, &self.slots);
        let foresee = |event: &Event| foresee(network, timers, slots, *event);
        if let Some((at, event)) = self.queue.pop_foreseeing(deadline, foresee) {
            self.now = at;
            Turn::Event(event)
        } else {
            self.now = self.now.max(deadline);
            Turn::Stop(Outcome::Deadline)
        }
    }

    /// Whether only ticks are left: nothing is pending, and no silence is waiting to be noticed.
    fn is_quiescent(&self) -> bool {
        self.foreground == 0 && self.paused == 0 && !self.network.is_disturbed()
    }

    #[inline]
    fn pick(&mut self) -> Option<u32> {
        let ready = self.ready.len();
        if ready > 1 && self.config.schedule == Schedule::Random {
            let index = self.rng.random_range(0..ready);
            return self.ready.swap_remove_front(index);
        }
        self.ready.pop_front()
    }

    /// Puts an event into the queue that the run does not end without.
    #[inline]
    pub(super) fn schedule(&mut self, at: Time, event: Event) {
        self.foreground += 1;
        self.queue.push(at, event);
    }

    pub(super) fn schedule_background(&mut self, at: Time, event: Event) {
        self.queue.push(at, event);
    }

    /// Writes down something that follows from what happens now.
    pub(super) fn record(&mut self, node: Option<Atom>, fact: Fact) -> RecordId {
        self.trace.record(self.now, self.cause, node, fact)
    }

    pub(super) fn make_reference(&mut self, node: NodeId) -> term::Ref {
        self.next_reference += 1;
        // Odd numbers are those of timers.
        term::Ref::of(self.node(node).incarnation, self.next_reference * 2)
    }

    /// The ready processes by what they run, most frequent first.
    fn busy(&self) -> Vec<(Atom, usize)> {
        let mut counts: BTreeMap<Atom, usize> = BTreeMap::new();
        for number in &self.ready {
            if let Some(process) = self.slots.tenant(*number) {
                *counts.entry(process.label()).or_default() += 1;
            }
        }
        let mut busy: Vec<_> = counts.into_iter().collect();
        busy.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        busy
    }
}
