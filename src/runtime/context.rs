//! What a process can do.

use std::any::{Any, TypeId};
use std::cell::RefMut;
use std::collections::BTreeSet;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::delivery::Destination;
use super::exit::{Exit, ExitResult};
use super::links::{MonitorOptions, MonitorTarget};
use super::node::NodeConfig;
use super::process::{AliasMode, Spawning};
use super::receive::{Connect, Mark, Receive, Sleep, SpawnOn, YieldNow};
use super::signal::{Body, SpawnRequest, Start};
use super::timers::{Action, TimerDestination};
use super::watch::NodeMonitor;
use super::world::{SharedState, State};
use crate::network::NodeId;
use crate::rng::Stream;
use crate::term::{Atom, Incarnation, Pid, Ref, Term};
use crate::time::{Time, nanos};
use crate::trace::{Fact, Level, RecordId};
use crate::{atom, tuple};

/// A process's hold on the world: who it is, and everything that Erlang lets it do.
///
/// Clones stand for the same process. A context of a process that has ended does nothing: what it
/// would send is not sent, what it would spawn has a pid that is nobody's.
///
/// Durations are measured by the clock of the node, which may run fast or slow.
///
/// ```
/// use std::time::Duration;
/// use nodedown::runtime::{Context, ExitResult, NodeConfig, World, WorldConfig};
/// use nodedown::term::Term;
/// use nodedown::{atom, tuple};
///
/// async fn echo(ctx: Context) -> ExitResult {
///     loop {
///         let message = ctx.receive().await;
///         if let Some([from, text]) = message.tagged("echo") {
///             ctx.send(from.as_pid().expect("a pid"), text);
///         }
///     }
/// }
///
/// let world = World::new(WorldConfig::default());
/// let node = world.add_node(NodeConfig::new("a@h", world.add_host("h")));
/// world.start_node(node);
/// world.spawn(node, "main", |ctx| async move {
///     let server = ctx.spawn_link("echo", echo);
///     ctx.send(server, tuple![atom!("echo"), ctx.pid(), "hello"]);
///     let answer = ctx.receive().within(Duration::from_secs(1)).await;
///     assert_eq!(answer, Some(Term::from("hello")));
///     ctx.register(atom!("done"), ctx.pid())?;
///     ctx.receive_where(|message| message.is_atom("stop")).await;
///     Ok(())
/// });
/// world.run_for(Duration::from_secs(2));
/// assert!(world.whereis(node, atom!("done")).is_some());
/// ```
#[derive(Clone)]
pub struct Context {
    state: SharedState,
    pid: Pid,
    node: NodeId,
}

/// How a process is started.
#[derive(Clone, Copy, Debug)]
pub struct SpawnOptions {
    /// What it runs, for people who read traces.
    pub label: Atom,
    /// Link it to its parent.
    pub link: bool,
    /// Monitor it.
    pub monitor: bool,
    /// Its group leader; nothing is the parent's.
    pub group_leader: Option<Pid>,
}

impl SpawnOptions {
    /// A process on its own.
    pub fn new(label: &str) -> SpawnOptions {
        SpawnOptions { label: Atom::new(label), link: false, monitor: false, group_leader: None }
    }

    /// Linked to its parent.
    #[must_use]
    pub fn link(self) -> SpawnOptions {
        SpawnOptions { link: true, ..self }
    }

    /// Monitored by its parent.
    #[must_use]
    pub fn monitor(self) -> SpawnOptions {
        SpawnOptions { monitor: true, ..self }
    }
}

/// Who the process is, and what it can ask about itself.
impl Context {
    pub(super) const fn new(state: SharedState, pid: Pid, node: NodeId) -> Context {
        Context { state, pid, node }
    }

    pub(super) fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    /// The world, while the process lives. One that has ended itself in the middle of its turn is
    /// dead although its body goes on until it next waits.
    fn acting(&self) -> Option<RefMut<'_, State>> {
        let state = self.state();
        state.acts(self.pid).then_some(state)
    }

    pub(super) const fn node_id(&self) -> NodeId {
        self.node
    }

    /// Whether the process has ended in the middle of its turn, or is no more.
    pub(super) fn is_exiting(&self) -> bool {
        !self.state().acts(self.pid)
    }

    /// `self()`.
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// `node()`.
    pub fn node(&self) -> Atom {
        self.pid.node()
    }

    /// The incarnation of the node.
    pub fn incarnation(&self) -> Incarnation {
        self.pid.incarnation()
    }

    /// The settings of the node.
    pub fn node_config(&self) -> Rc<NodeConfig> {
        Rc::clone(&self.state().node(self.node).config)
    }

    /// The time of the world, which no process in it can know exactly; for histories and reports.
    pub fn now(&self) -> Time {
        self.state().now
    }

    /// The node's monotonic clock, which may run fast or slow.
    pub fn monotonic_time(&self) -> Duration {
        let state = self.state();
        state.node(self.node).clock.monotonic(state.now)
    }

    /// The node's system clock, since 1970; it may be wrong and it may jump.
    pub fn system_time(&self) -> Duration {
        let state = self.state();
        state.node(self.node).clock.system(state.now)
    }

    /// Lets the process draw random numbers from a stream of its own.
    ///
    /// # Panics
    /// If `draw` uses the context.
    pub fn with_rng<T>(&self, draw: impl FnOnce(&mut Stream) -> T) -> T {
        let mut state = self.state();
        let (streams, name) = (state.streams, state.node_name(self.node));
        match state.process_mut(self.pid) {
            Some(process) => {
                let birth = process.birth;
                let stream = process.rng.get_or_insert_with(|| {
                    Box::new(streams.numbered(&format!("process/{name}"), birth))
                });
                draw(stream)
            }
            None => draw(&mut streams.stream("dead")),
        }
    }

    /// `make_ref()`.
    pub fn make_ref(&self) -> Ref {
        self.state().make_reference(self.node)
    }

    /// What a process that has ended gets for one that it wants to spawn.
    const fn nobody(&self) -> Pid {
        Pid::of(self.pid.incarnation(), u32::MAX, 0)
    }

    /// A value that all processes of the node share while the node is up, made when it is first
    /// asked for: what Erlang keeps in a named table of the node.
    pub fn node_local<T: Default + 'static>(&self) -> Rc<T> {
        let mut state = self.state();
        if state.node(self.node).incarnation != self.incarnation() {
            return Rc::default();
        }
        let locals = &mut state.node_mut(self.node).locals;
        let value = locals.entry(TypeId::of::<T>()).or_insert_with(|| Rc::new(T::default()));
        let value: Rc<dyn Any> = Rc::clone(value);
        value.downcast().unwrap_or_default()
    }
}

/// Telling.
impl Context {
    /// Writes a line into the log of the run.
    pub fn log(&self, level: Level, text: impl Into<String>) {
        self.record(Fact::Log { pid: self.pid, level, text: text.into() });
    }

    /// Writes something down in the trace.
    pub fn record(&self, fact: Fact) -> RecordId {
        self.state().tell(self.node, fact)
    }
}

/// Starting processes, and ending them.
impl Context {
    /// `spawn/1`.
    pub fn spawn<F, Fut>(&self, label: &str, start: F) -> Pid
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        self.spawn_with(SpawnOptions::new(label), start).0
    }

    /// `spawn_link/1`.
    pub fn spawn_link<F, Fut>(&self, label: &str, start: F) -> Pid
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        self.spawn_with(SpawnOptions::new(label).link(), start).0
    }

    /// `spawn_monitor/1`.
    pub fn spawn_monitor<F, Fut>(&self, label: &str, start: F) -> (Pid, Ref)
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let (pid, reference) = self.spawn_with(SpawnOptions::new(label).monitor(), start);
        (pid, reference.unwrap_or_else(|| self.make_ref()))
    }

    /// `spawn_opt/2`: the process and, if asked for, its monitor.
    pub fn spawn_with<F, Fut>(&self, options: SpawnOptions, start: F) -> (Pid, Option<Ref>)
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let spawned = self.acting().map(|mut state| state.spawn(self.node, self.pid, options));
        let Some((pid, monitor)) = spawned else { return (self.nobody(), None) };
        let ctx = Context { state: Rc::clone(&self.state), pid, node: self.node };
        self.state().animate(pid, Box::pin(async move { start(ctx).await }));
        (pid, monitor)
    }

    /// `spawn_opt/3` on another node: waits for its answer (A60 to A63).
    pub fn spawn_on<F, Fut>(&self, node: Atom, options: SpawnOptions, start: F) -> SpawnOn
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let start: Start = Box::new(|ctx| -> Body { Box::pin(async move { start(ctx).await }) });
        let request = match self.acting() {
            Some(mut state) => state.spawn_remotely(self.node, self.pid, node, options, start),
            None => self.make_ref(),
        };
        SpawnOn { ctx: self.clone(), request }
    }

    /// `exit/2`: sends an exit signal. The body of a process that ends itself goes on until it next
    /// waits, without any effect (A24).
    pub fn exit_signal(&self, pid: Pid, reason: impl Into<Term>) {
        if let Some(mut state) = self.acting() {
            state.exit_signal(self.node, self.pid, pid, reason.into());
        }
    }

    /// `process_flag(trap_exit, Flag)`: returns the former value.
    pub fn trap_exit(&self, trap: bool) -> bool {
        let mut state = self.state();
        let process = state.process_mut(self.pid);
        process.is_some_and(|process| std::mem::replace(&mut process.flags.trap_exit, trap))
    }

    /// `group_leader()`.
    pub fn group_leader(&self) -> Pid {
        self.group_leader_of(self.pid).unwrap_or(self.pid)
    }

    /// The group leader of a process of this node.
    pub fn group_leader_of(&self, pid: Pid) -> Option<Pid> {
        self.local(pid).map(|(_, leader)| leader)
    }

    /// `group_leader(Leader, Pid)`, for a process of this node.
    pub fn set_group_leader(&self, pid: Pid, leader: Pid) {
        if let Some(mut state) = self.acting()
            && let Some(process) = state.process_mut(pid).filter(|found| found.node == self.node)
        {
            process.group_leader = leader;
        }
    }

    /// Who started a process of this node; nothing if it is no more or was started from outside.
    pub fn parent_of(&self, pid: Pid) -> Option<Pid> {
        self.state().process(pid)?.parent
    }

    /// The processes of this node, oldest first.
    pub fn processes(&self) -> Vec<Pid> {
        let state = self.state();
        let mut processes: Vec<(u64, Pid)> = (state.node(self.node).processes.iter())
            .filter_map(|number| state.slots[*number as usize].process.as_ref())
            .map(|process| (process.birth, process.pid))
            .collect();
        processes.sort_unstable_by_key(|(birth, _)| *birth);
        processes.into_iter().map(|(_, pid)| pid).collect()
    }

    /// `is_process_alive/1`: deals with what has been sent to the process before it answers (A26).
    ///
    /// # Errors
    /// `badarg` for a process of another node (A54).
    pub fn is_process_alive(&self, pid: Pid) -> Result<bool, Exit> {
        if pid.incarnation().node() != self.node() {
            return Err(Exit::badarg());
        }
        let mut state = self.state();
        if pid != self.pid && state.acts(self.pid) {
            state.handle_signals(pid);
        }
        Ok(state.process(pid).is_some_and(|process| process.exiting.is_none()))
    }

    fn local(&self, pid: Pid) -> Option<(NodeId, Pid)> {
        let state = self.state();
        let process = state.process(pid)?;
        (process.node == self.node).then_some((process.node, process.group_leader))
    }

    /// `erlang:halt()`: the node is gone at once, and nothing that is under way arrives (B35).
    pub fn halt(&self) {
        if let Some(mut state) = self.acting() {
            state.halt_node(self.node);
        }
    }

    /// The last step of `init:stop()`: what the node has sent arrives, then it is gone.
    pub fn stop_node(&self, reason: impl Into<Term>) {
        if let Some(mut state) = self.acting() {
            state.halt_in_order(self.node, reason.into());
        }
    }
}

/// Sending and receiving.
impl Context {
    /// `Destination ! Message`. It never fails, and nothing tells whether the message arrives (A1).
    pub fn send(&self, to: impl Into<Destination>, message: impl Into<Term>) {
        let (to, message) = (to.into(), message.into());
        if let Some(mut state) = self.acting() {
            state.send(self.node, self.pid, to, message);
        }
    }

    /// `Name ! Message` for a name of this node.
    ///
    /// # Errors
    /// `badarg` if nobody holds the name (A2).
    #[track_caller]
    pub fn send_name(&self, name: Atom, message: impl Into<Term>) -> Result<(), Exit> {
        match self.whereis(name) {
            Some(pid) => {
                self.send(pid, message);
                Ok(())
            }
            None => Err(Exit::badarg()),
        }
    }

    /// `erlang:send(To, Message, [noconnect])`: sends only if the node of the receiver is connected
    /// or about to be (A6). Returns whether it did.
    pub fn send_noconnect(&self, to: impl Into<Destination>, message: impl Into<Term>) -> bool {
        let to = to.into();
        let connected = self.state().is_connected_to(self.node, to);
        if connected {
            self.send(to, message);
        }
        connected
    }

    /// Receives the next message, whatever it is.
    pub fn receive(&self) -> Receive<fn(&Term) -> bool> {
        Receive { ctx: self.clone(), wanted: |_| true, from: 0 }
    }

    /// Receives the first message that is wanted.
    pub fn receive_where<F: FnMut(&Term) -> bool + Unpin>(&self, wanted: F) -> Receive<F> {
        Receive { ctx: self.clone(), wanted, from: 0 }
    }

    /// The end of the mailbox, for [`Receive::from_mark`].
    pub fn mailbox_mark(&self) -> Mark {
        Mark(self.state().process(self.pid).map_or(0, |process| process.mailbox.end()))
    }

    /// How many messages wait.
    pub fn mailbox_len(&self) -> usize {
        self.state().process(self.pid).map_or(0, |process| process.mailbox.len())
    }

    /// Waits for a while, by the clock of the node.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(self.clone(), duration)
    }

    /// Keeps the process busy for a while; longer on a node that is slow. Messages wait, exit
    /// signals do not.
    pub fn work(&self, duration: Duration) -> Sleep {
        let percent = self.state().node(self.node).work_percent;
        let scaled = u128::from(nanos(duration)) * u128::from(percent) / 100;
        self.sleep(Duration::from_nanos(u64::try_from(scaled).unwrap_or(u64::MAX)))
    }

    /// Lets the other ready processes of this instant go first.
    pub fn yield_now(&self) -> YieldNow {
        YieldNow { ctx: self.clone(), yielded: false }
    }
}

/// Links, monitors and aliases.
impl Context {
    /// `link/1`.
    ///
    /// # Errors
    /// `noproc` for a dead process of this node, unless the caller traps exits (A30).
    #[track_caller]
    pub fn link(&self, pid: Pid) -> Result<(), Exit> {
        self.acting().map_or(Ok(()), |mut state| state.link(self.node, self.pid, pid))
    }

    /// `unlink/1`.
    pub fn unlink(&self, pid: Pid) {
        if let Some(mut state) = self.acting() {
            state.unlink(self.node, self.pid, pid);
        }
    }

    /// `monitor(process, Target)`.
    pub fn monitor(&self, target: impl Into<MonitorTarget>) -> Ref {
        self.monitor_with(target, MonitorOptions::default())
    }

    /// `monitor(process, Target, Options)`.
    pub fn monitor_with(&self, target: impl Into<MonitorTarget>, options: MonitorOptions) -> Ref {
        match self.acting() {
            Some(mut state) => state.monitor(self.node, self.pid, target.into(), options),
            None => self.make_ref(),
        }
    }

    /// `demonitor(Ref, [info])`: whether the monitor was active.
    pub fn demonitor(&self, reference: Ref) -> bool {
        self.acting().is_some_and(|mut state| state.demonitor(self.node, self.pid, reference))
    }

    /// `demonitor(Ref, [flush, info])`: also takes a `'DOWN'` message out of the mailbox.
    pub fn demonitor_flush(&self, reference: Ref) -> bool {
        let Some(mut state) = self.acting() else { return false };
        let active = state.demonitor(self.node, self.pid, reference);
        if let Some(process) = state.process_mut(self.pid) {
            let reference = Term::from(reference);
            process.mailbox.take(0, |message| {
                let elements = message.as_tuple();
                elements.is_some_and(|all| all.len() == 5 && all[1] == reference)
            });
        }
        active
    }

    /// `alias()`, or `alias([reply])` with [`AliasMode::ReplyDemonitor`].
    pub fn alias(&self, mode: AliasMode) -> Ref {
        let alias = self.make_ref();
        if let Some(mut state) = self.acting() {
            state.add_alias(self.node, self.pid, alias, mode);
        }
        alias
    }

    /// `unalias/1`: whether the alias was active and the caller's own.
    pub fn unalias(&self, alias: Ref) -> bool {
        self.acting().is_some_and(|mut state| state.remove_alias(self.node, self.pid, alias))
    }
}

/// Registered names and timers.
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
        let number = *state.node(self.node).names.get(&name)?;
        state.slots[number as usize].process.as_ref().map(|process| process.pid)
    }

    /// `registered()`, in the order of the names.
    pub fn registered(&self) -> Vec<Atom> {
        self.state().node(self.node).names.keys().copied().collect()
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
        let reference = self.make_ref();
        self.set_timer(after, to.into(), message.into(), reference);
        reference
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
        let reference = self.make_ref();
        let message = tuple![atom!("timeout"), reference, message.into()];
        self.set_timer(after, to.into(), message, reference);
        reference
    }

    fn set_timer(&self, after: Duration, to: TimerDestination, message: Term, reference: Ref) {
        if let TimerDestination::Pid(pid) = to {
            assert!(pid.node() == self.node(), "a timer for {pid}, which is on another node");
        }
        let action = Action::Send { to, message, reference };
        if let Some(mut state) = self.acting() {
            state.start_timer(self.node, after, action);
        }
    }

    /// `erlang:cancel_timer/1`: the time that was left; nothing if it has expired (A56, A58).
    pub fn cancel_timer(&self, timer: Ref) -> Option<Duration> {
        self.acting()?.cancel_timer(self.node, timer)
    }

    /// `erlang:read_timer/1`.
    pub fn read_timer(&self, timer: Ref) -> Option<Duration> {
        self.state().time_left(self.node, timer)
    }
}

/// Other nodes.
impl Context {
    /// `nodes()`: the visible nodes that are connected, in the order of their names.
    pub fn nodes(&self) -> Vec<Atom> {
        self.peers(|hidden| !hidden)
    }

    /// `nodes(hidden)`.
    pub fn nodes_hidden(&self) -> Vec<Atom> {
        self.peers(|hidden| hidden)
    }

    /// `nodes(connected)`.
    pub fn nodes_connected(&self) -> Vec<Atom> {
        self.peers(|_| true)
    }

    fn peers(&self, wanted: impl Fn(bool) -> bool) -> Vec<Atom> {
        let state = self.state();
        let peers = state.network.peers(self.node);
        let wanted = peers.filter(|peer| wanted(state.is_hidden(self.node, *peer)));
        let names: BTreeSet<Atom> = wanted.map(|peer| state.node_name(peer)).collect();
        names.into_iter().collect()
    }

    /// `nodes(known)`: every node ever heard of, this one included (B17).
    pub fn nodes_known(&self) -> Vec<Atom> {
        let state = self.state();
        let mut known = state.node(self.node).known.clone();
        known.insert(state.node_name(self.node));
        known.into_iter().collect()
    }

    /// Whether the connection to a node is a hidden one, once it is up (B16).
    pub fn is_hidden(&self, node: Atom) -> bool {
        let mut state = self.state();
        let peer = state.node_named(node, self.node);
        state.is_hidden(self.node, peer)
    }

    /// `net_kernel:connect_node/1`.
    pub fn connect_node(&self, node: Atom) -> Connect {
        self.begin_connect(node, false)
    }

    /// `net_adm:ping/1`: `true` for `pong`.
    pub fn ping(&self, node: Atom) -> Connect {
        self.begin_connect(node, true)
    }

    fn begin_connect(&self, node: Atom, implicit: bool) -> Connect {
        let peer = self.state().node_named(node, self.node);
        Connect { ctx: self.clone(), peer, attempt: None, implicit }
    }

    /// Begins to connect to a node, without waiting for it.
    pub fn connect_async(&self, node: Atom) {
        let Some(mut state) = self.acting() else { return };
        let peer = state.node_named(node, self.node);
        if peer != self.node {
            state.connect(self.node, peer);
        }
    }

    /// `erlang:disconnect_node/1`: whether there was a connection.
    pub fn disconnect_node(&self, node: Atom) -> bool {
        let Some(mut state) = self.acting() else { return false };
        let peer = state.node_named(node, self.node);
        state.disconnect(self.node, peer)
    }

    /// `monitor_node/2`: a message `{nodedown,Node}` for each call (B19). Connects if need be; a
    /// failure is reported in the same way (B20).
    pub fn monitor_node(&self, node: Atom, on: bool) {
        if let Some(mut state) = self.acting() {
            state.monitor_node(self.node, self.pid, node, on);
        }
    }

    /// `net_kernel:monitor_nodes/2`.
    pub fn monitor_nodes(&self, options: NodeMonitor) {
        if let Some(mut state) = self.acting() {
            state.monitor_nodes(self.node, self.pid, options);
        }
    }

    /// `erlang:set_cookie/1` and `/2`: the cookie towards one node, or towards all others.
    pub fn set_cookie(&self, node: Option<Atom>, cookie: Atom) {
        let Some(mut state) = self.acting() else { return };
        let peer = node.map(|name| state.node_named(name, self.node));
        state.network.set_cookie(self.node, peer, cookie);
    }

    /// `erlang:get_cookie/0` and `/1`.
    pub fn get_cookie(&self, node: Option<Atom>) -> Atom {
        let mut state = self.state();
        let peer = node.map(|name| state.node_named(name, self.node));
        state.network.cookie(self.node, peer)
    }
}

/// The disk of the node, and sockets.
impl Context {
    /// Writes a term at the end of a file. A crash loses it unless the file is synced before.
    pub fn disk_append(&self, file: &str, term: impl Into<Term>) {
        if let Some(mut state) = self.acting() {
            state.node_mut(self.node).disk.append(file, term.into());
        }
    }

    /// Waits until all that has been written to a file so far is safe from a crash.
    pub async fn disk_sync(&self, file: &str) {
        let (length, delay) = {
            let state = self.state();
            let node = state.node(self.node);
            (node.disk.len(file), node.config.fsync.clone())
        };
        let delay = self.with_rng(|rng| delay.draw(rng));
        self.work(delay).await;
        self.state().node_mut(self.node).disk.synced(file, length);
    }

    /// The terms of a file, oldest first.
    pub fn disk_read(&self, file: &str) -> Vec<Term> {
        self.state().node(self.node).disk.read(file)
    }

    /// Deletes a file.
    pub fn disk_delete(&self, file: &str) {
        if let Some(mut state) = self.acting() {
            state.node_mut(self.node).disk.remove(file);
        }
    }

    /// Lets other processes open sockets to this one: it gets `{tcp_accepted,S}` for each. One
    /// process of a node can listen.
    pub fn listen(&self) {
        let Some(mut state) = self.acting() else { return };
        state.node_mut(self.node).listener = Some(self.pid);
        state.network.listen(self.node, true);
    }

    /// Begins to open a socket to the process that listens on a node: `{tcp_connected,S}` or
    /// `{tcp_closed,S}` will come. What is sent before waits for the connection. On a path that is
    /// cut a socket is closed when TCP gives up, after 15 minutes.
    pub fn open_socket(&self, node: Atom) -> Ref {
        let Some(mut state) = self.acting() else { return self.make_ref() };
        let peer = state.node_named(node, self.node);
        state.open_socket(self.node, self.pid, peer)
    }

    /// Sends bytes on a socket; the other side gets `{tcp,S,Bytes}`.
    pub fn send_on_socket(&self, socket: Ref, data: impl Into<Term>) {
        let data = data.into();
        if let Some(mut state) = self.acting() {
            state.send_on_socket(self.pid, socket, data);
        }
    }

    /// Closes a socket; the other side gets `{tcp_closed,S}`.
    pub fn close_socket(&self, socket: Ref) {
        if let Some(mut state) = self.acting() {
            state.close_socket(socket);
        }
    }
}

/// What the context asks of the world.
impl State {
    fn spawn(&mut self, node: NodeId, parent: Pid, options: SpawnOptions) -> (Pid, Option<Ref>) {
        let leader = options.group_leader;
        let leader = leader.or_else(|| Some(self.process(parent)?.group_leader));
        let pid = self.admit(node, options.label, Some(parent), leader);
        if options.link {
            self.linked(node, parent, pid);
            self.linked(node, pid, parent);
        }
        let monitor = options.monitor.then(|| self.make_reference(node));
        if let Some(reference) = monitor {
            self.child_monitored(node, parent, pid, reference);
            self.watched_by(node, pid, reference, parent);
        }
        (pid, monitor)
    }

    fn spawn_remotely(
        &mut self,
        node: NodeId,
        parent: Pid,
        on: Atom,
        options: SpawnOptions,
        start: Start,
    ) -> Ref {
        let request = self.make_reference(node);
        let peer = self.node_named(on, node);
        let leader = self.process(parent).map_or(parent, |process| process.group_leader);
        let group_leader = options.group_leader.unwrap_or(leader);
        if peer == node {
            let options = SpawnOptions { group_leader: Some(group_leader), ..options };
            let (pid, monitor) = self.spawn(node, parent, options);
            self.births.push((pid, start));
            self.note_spawning(
                parent,
                request,
                Spawning { link: false, monitor, child: Some(pid) },
            );
            return request;
        }
        let monitor = options.monitor.then(|| self.make_reference(node));
        let SpawnOptions { label, link, .. } = options;
        self.note_spawning(parent, request, Spawning { link, monitor, child: None });
        let asked = SpawnRequest { request, label, start, link, monitor, group_leader };
        self.request_spawn(node, peer, parent, asked);
        request
    }

    fn note_spawning(&mut self, parent: Pid, request: Ref, spawning: Spawning) {
        if let Some(process) = self.process_mut(parent) {
            process.relations().spawning.insert(request, spawning);
        }
    }

    fn register(&mut self, node: NodeId, name: Atom, pid: Pid) -> bool {
        let free = !self.node(node).names.contains_key(&name) && name != atom!("undefined");
        match self.process_mut(pid) {
            Some(process) if free && process.node == node && process.name.is_none() => {
                process.name = Some(name);
                self.node_mut(node).names.insert(name, pid.number());
                true
            }
            Some(_) | None => false,
        }
    }

    fn unregister(&mut self, node: NodeId, name: Atom) -> bool {
        let Some(number) = self.node_mut(node).names.remove(&name) else { return false };
        if let Some(process) = self.tenant(number) {
            process.name = None;
        }
        true
    }
}
