//! What a process can do.
//!
//! - `processes`: starting and ending them; `messages`: sending and receiving
//! - `bonds`: links, monitors and aliases; `names`: registered names, and timers
//! - `nodes`: other nodes; `devices`: the disk, and sockets

mod bonds;
mod devices;
mod messages;
mod names;
mod nodes;
mod processes;

use std::any::{Any, TypeId};
use std::cell::RefMut;
use std::rc::Rc;
use std::time::Duration;

use super::node::NodeConfig;
use super::process::Process;
use super::release::OtpRelease;
use super::world::{SharedState, State};
use crate::network::NodeId;
use crate::rng::Stream;
use crate::term::{Atom, Incarnation, Pid, Ref};
use crate::time::Time;
use crate::trace::{Fact, Level, RecordId};

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

/// Which answers to a [`Context::spawn_request`] come as messages: the option `reply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnReplies {
    /// All: `yes`.
    Always,
    /// That no process was started: `error_only`.
    OnError,
    /// None: `no`.
    Never,
}

/// Who the process is, and what it can ask about itself.
impl Context {
    pub(super) const fn new(state: SharedState, pid: Pid, node: NodeId) -> Context {
        Context { state, pid, node }
    }

    #[inline]
    pub(super) fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    /// The world, while the process lives. One that has ended itself in the middle of its turn is
    /// dead although its body goes on until it next waits.
    #[inline]
    fn acting(&self) -> Option<RefMut<'_, State>> {
        let state = self.state();
        state.acts(self.pid).then_some(state)
    }

    pub(super) const fn node_id(&self) -> NodeId {
        self.node
    }

    /// Whether the process can go on where it waits for something: it has not ended in the middle of
    /// its turn, and is not suspended.
    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        self.state().process_mut(self.pid).is_some_and(Process::goes_on)
    }

    /// `self()`.
    #[inline]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// `node()`: `nonode@nohost` on a node that is not alive.
    pub fn node(&self) -> Atom {
        self.state().own_name(self.node)
    }

    /// Whether a process belongs to this node, in this life of it.
    pub fn is_local(&self, pid: Pid) -> bool {
        pid.incarnation() == self.incarnation()
    }

    /// The incarnation of the node.
    pub fn incarnation(&self) -> Incarnation {
        self.pid.incarnation()
    }

    /// The settings of the node.
    pub fn node_config(&self) -> Rc<NodeConfig> {
        Rc::clone(&self.state().node(self.node).config)
    }

    /// The release of Erlang/OTP that the node runs.
    pub fn otp_release(&self) -> OtpRelease {
        self.state().node(self.node).config.otp
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
        match state.process_mut(self.pid) {
            Some(process) => draw(&mut process.rng),
            None => draw(&mut state.streams.stream("dead")),
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

    /// Writes something down in the trace. What the process does after it follows from it.
    pub fn record(&self, fact: Fact) -> RecordId {
        let mut state = self.state();
        let id = state.tell(self.node, fact);
        if id != RecordId::default() {
            state.cause = id;
            if let Some(process) = state.process_mut(self.pid) {
                process.cause = id;
            }
        }
        id
    }
}
