//! The interface of a process to the world: everything that Erlang lets a process do.
//!
//! - `processes`: starting and ending them; `messages`: sending and receiving
//! - `links`: links, monitors and aliases; `names`: registered names; `timers`
//! - `info`: the properties of a process
//! - `nodes`: other nodes; `programs`: the operating-system processes that nodes are
//! - `devices`: the disk, and sockets

mod devices;
mod info;
mod links;
mod messages;
mod names;
mod nodes;
mod processes;
mod programs;
mod timers;

pub use info::{ProcessInfo, ProcessInfoParts, ProcessStatus};
pub(super) use programs::program_of;
pub use programs::{BootFunction, OtherSignal, StartError};

use std::any::{Any, TypeId};
use std::cell::RefMut;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use super::exit::{Exit, catch_panic};
use super::node::NodeConfig;
use super::process::Process;
use super::release::OtpRelease;
use super::state::{SharedState, State};
use crate::engine::network::NodeId;
use crate::engine::rng::Stream;
use crate::engine::term::{Atom, Incarnation, Pid, Ref, Term};
use crate::engine::time::Time;
use crate::engine::trace::{Fact, Level, LogFact, LogReport, ProcessFact, RecordId};

/// The context of a process: its identity, and everything that Erlang lets it do.
///
/// Clones stand for the same process. A context of a process that has ended does nothing: it sends
/// no messages, and the pid of a process that it spawns is that of a dead one.
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

/// The identity of the process, its node, and its clocks.
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
    fn active(&self) -> Option<RefMut<'_, State>> {
        let state = self.state();
        state.processes.is_active(self.pid).then_some(state)
    }

    pub(super) const fn node_id(&self) -> NodeId {
        self.node
    }

    /// Returns whether the body of the process can go on after an await: the process has not ended
    /// in the middle of its turn, and is not suspended.
    #[inline]
    pub(super) fn can_continue(&self) -> bool {
        self.state().processes.get_mut(self.pid).is_some_and(Process::can_continue)
    }

    /// `self()`.
    #[inline]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// `node()`: `nonode@nohost` on a node that is not alive.
    pub fn node(&self) -> Atom {
        self.state().nodes[self.node].own_name()
    }

    /// Returns whether a process belongs to this incarnation of the node.
    pub fn is_local(&self, pid: Pid) -> bool {
        pid.incarnation() == self.incarnation()
    }

    /// The incarnation of the node.
    pub fn incarnation(&self) -> Incarnation {
        self.pid.incarnation()
    }

    /// The settings of the node.
    pub fn node_config(&self) -> Rc<NodeConfig> {
        Rc::clone(&self.state().nodes[self.node].config)
    }

    /// The release of Erlang/OTP that the node runs.
    pub fn otp_release(&self) -> OtpRelease {
        self.state().nodes[self.node].config.otp
    }

    /// The time of the world, which no process in it can know exactly; for histories and reports.
    pub fn now(&self) -> Time {
        self.state().log.now
    }

    /// The node's monotonic clock, which may run fast or slow.
    pub fn monotonic_time(&self) -> Duration {
        let state = self.state();
        state.nodes[self.node].clock.monotonic(state.log.now)
    }

    /// The node's system clock, since 1970; it may be wrong and it may jump.
    pub fn system_time(&self) -> Duration {
        let state = self.state();
        state.nodes[self.node].clock.system(state.log.now)
    }

    /// Lets the process draw random numbers from a stream of its own.
    ///
    /// # Panics
    /// If `draw` uses the context.
    pub fn with_rng<T>(&self, draw: impl FnOnce(&mut Stream) -> T) -> T {
        let mut state = self.state();
        match state.processes.get_mut(self.pid) {
            Some(process) => draw(&mut process.rng),
            None => draw(&mut state.streams.stream("dead")),
        }
    }

    /// `make_ref()`.
    pub fn make_ref(&self) -> Ref {
        self.state().make_reference(self.node)
    }

    /// The pid of a dead process, which a process that has ended gets when it spawns one.
    const fn dead_pid(&self) -> Pid {
        Pid::of(self.pid.incarnation(), u32::MAX, 0)
    }

    /// A value that all processes of the node share while the node is up, made when it is first
    /// asked for: what Erlang keeps in a named table of the node.
    pub fn node_local<T: Default + 'static>(&self) -> Rc<T> {
        let mut state = self.state();
        if state.nodes[self.node].incarnation != self.incarnation() {
            return Rc::default();
        }
        let locals = &mut state.nodes[self.node].locals;
        let value = locals.entry(TypeId::of::<T>()).or_insert_with(|| Rc::new(T::default()));
        let value: Rc<dyn Any> = Rc::clone(value);
        value.downcast().unwrap_or_default()
    }
}

/// The trace.
impl Context {
    /// Writes a line into the log of the run.
    pub fn log(&self, level: Level, text: impl Into<String>) {
        self.record(Fact::Log(LogFact { pid: self.pid, level, report: None, text: text.into() }));
    }

    /// Writes a report of one of OTP's own processes into the log of the run.
    pub(crate) fn log_report(&self, level: Level, report: LogReport, text: String) {
        self.record(Fact::Log(LogFact { pid: self.pid, level, report: Some(report), text }));
    }

    /// True if everything is recorded.
    pub(crate) fn is_traced(&self) -> bool {
        self.state().log.is_full()
    }

    /// Says where in the source the message comes from that is sent next.
    pub(crate) fn set_source(&self, place: Option<Atom>) {
        self.state().log.source = place;
    }

    /// Records the state of the process, where the trace has states. Nothing follows from it.
    pub(crate) fn record_state(&self, show: impl FnOnce() -> Option<Term>) {
        if !self.state().log.shows_states() {
            return;
        }
        let Some(shown) = show() else { return };
        let mut state = self.state();
        let Some(label) = state.processes.get_mut(self.pid).map(|process| process.label()) else {
            return;
        };
        let fact = ProcessFact::State { pid: self.pid, label, state: shown };
        state.record(self.node, Fact::Process(fact));
    }

    /// Records a fact in the trace. It is the cause of everything that the process does next.
    pub fn record(&self, fact: Fact) -> RecordId {
        let mut state = self.state();
        let id = state.record(self.node, fact);
        if id != RecordId::default() {
            state.log.cause = id;
            if let Some(process) = state.processes.get_mut(self.pid) {
                process.cause = id;
            }
        }
        id
    }
}

/// Runs a future in such a way that its process survives a panic in it, which is recorded.
pub(crate) async fn survive_and_record<T>(
    ctx: &Context,
    future: impl Future<Output = Result<T, Exit>>,
) -> Result<T, Exit> {
    let mut future = pin!(future);
    poll_fn(|task| {
        catch_panic(|| future.as_mut().poll(task)).unwrap_or_else(|exit| {
            ctx.state().record_panic(ctx.pid(), &exit);
            Poll::Ready(Err(exit))
        })
    })
    .await
}
