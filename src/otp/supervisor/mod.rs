//! Supervisors: processes that start others, and start them again when they end.
//!
//! ```
//! use nodedown::otp::gen_server::{self, Caller, GenServer, Init, Options, Reply};
//! use nodedown::otp::supervisor::{self, ChildSpec, Flags};
//! use nodedown::runtime::{Context, Exit, NodeConfig, World, WorldConfig};
//! use nodedown::term::Term;
//! use nodedown::time::Time;
//!
//! struct Echo;
//!
//! impl GenServer for Echo {
//!     type Call = Term;
//!     type Cast = Term;
//!     type Reply = Term;
//!
//!     async fn handle_call(&mut self, _: &Context, _: Caller, it: Term) -> Result<Reply<Term>, Exit> {
//!         Ok(Reply::now(it))
//!     }
//! }
//!
//! async fn start_echo(ctx: Context) -> supervisor::StartResult {
//!     let options = Options::new("echo").local("echo");
//!     gen_server::start_link(&ctx, options, |_| async { Ok(Init::Ok(Echo)) }).await
//! }
//!
//! let mut world = World::new(WorldConfig::default());
//! let host = world.add_host("rack");
//! let node = world.add_node(NodeConfig::new("a@rack", host));
//! world.start_node(node);
//! world.spawn(node, "shell", |ctx| async move {
//!     let children = vec![ChildSpec::worker("echo", start_echo)];
//!     let top = supervisor::start_link(&ctx, None, Flags::default(), children).await.unwrap();
//!     assert_eq!(supervisor::which_children(&ctx, top.unwrap()).await?.len(), 1);
//!     ctx.log(nodedown::trace::Level::Info, "supervised");
//!     Ok(())
//! });
//! world.run_until(Time::from_nanos(1_000_000));
//! assert!(format!("{:?}", world.trace().records()).contains("supervised"));
//! ```
//!
//! - `server`: the supervisor's process
//! - `restart`: what the end of a child leads to
//! - `shutdown`: how children are stopped

mod restart;
mod server;
mod shutdown;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use super::gen_server::{self, Init, Options, ServerName, ServerRef};
pub use super::proc_lib::StartResult;
use super::{parcel, request};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, OkValue, Pid, Term};
use crate::spelling::{Choice, words};
use crate::{atom, list, tuple};
use server::Supervisor;

/// Starts a child. It runs in the supervisor, so what it starts should be linked to it.
pub type StartChild = Rc<dyn Fn(Context) -> Pin<Box<dyn Future<Output = StartResult>>>>;

/// Starts a child of a `simple_one_for_one` supervisor from the argument that it is given.
pub type StartChildWith = Rc<dyn Fn(Context, Term) -> Pin<Box<dyn Future<Output = StartResult>>>>;

/// The specification of a child: its start, its stop, and its restart.
#[derive(Clone)]
pub struct ChildSpec {
    /// Its name among the children.
    pub id: Atom,
    /// Its start function.
    pub start: StartChild,
    /// The ends after which it is restarted.
    pub restart: Restart,
    /// The way to stop it.
    pub shutdown: Shutdown,
    /// Its end may end the supervisor, see [`AutoShutdown`].
    pub significant: bool,
    /// Its kind.
    pub kind: ChildType,
}

/// The ends after which a child is restarted (D16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// After every one.
    #[default]
    Permanent,
    /// After those that are no orderly end: not `normal`, `shutdown` or `{shutdown,_}`.
    Transient,
    /// After none.
    Temporary,
}

words!(Restart {
    Permanent => "permanent",
    Transient => "transient",
    Temporary => "temporary",
});

/// The way to stop a child (D4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// It is killed.
    BrutalKill,
    /// It is asked to end, and killed when it takes longer.
    After(Duration),
    /// It is asked to end.
    Infinity,
}

/// The kind of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildType {
    /// A process that does the work.
    Worker,
    /// A supervisor.
    Supervisor,
}

/// The children that are restarted when one has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// That one (D10).
    #[default]
    OneForOne,
    /// All (D11).
    OneForAll,
    /// That one, and those that were started after it (D12).
    RestForOne,
    /// That one; all children are of one kind, see [`start_link_simple`].
    SimpleOneForOne,
}

/// The end of a supervisor whose significant children have ended in order (D30).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoShutdown {
    /// It does not.
    #[default]
    Never,
    /// It ends with the first of them.
    AnySignificant,
    /// It ends with the last of them.
    AllSignificant,
}

impl AutoShutdown {
    /// Its name in Erlang.
    const fn name(self) -> &'static str {
        match self {
            AutoShutdown::Never => "never",
            AutoShutdown::AnySignificant => "any_significant",
            AutoShutdown::AllSignificant => "all_significant",
        }
    }
}

/// The flags of a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// The children that it restarts when one has ended.
    pub strategy: Strategy,
    /// The number of restarts within the period that it tolerates; one more, and it gives up (D17).
    pub intensity: u32,
    /// The period, of which whole seconds count (D18).
    pub period: Duration,
    /// The end of the supervisor with its significant children.
    pub auto_shutdown: AutoShutdown,
}

impl Default for Flags {
    /// Erlang's: one for one, one restart in five seconds (D3).
    fn default() -> Flags {
        Flags {
            strategy: Strategy::OneForOne,
            intensity: 1,
            period: Duration::from_secs(5),
            auto_shutdown: AutoShutdown::Never,
        }
    }
}

impl ChildSpec {
    /// A worker: permanent, with five seconds to end (D3).
    #[must_use]
    pub fn worker<F, Fut>(id: &str, start: F) -> ChildSpec
    where
        F: Fn(Context) -> Fut + 'static,
        Fut: Future<Output = StartResult> + 'static,
    {
        ChildSpec {
            id: Atom::new(id),
            start: Rc::new(move |ctx| Box::pin(start(ctx))),
            restart: Restart::Permanent,
            shutdown: Shutdown::After(Duration::from_secs(5)),
            significant: false,
            kind: ChildType::Worker,
        }
    }

    /// A supervisor: permanent, with all the time it needs to end (D3).
    #[must_use]
    pub fn supervisor<F, Fut>(id: &str, start: F) -> ChildSpec
    where
        F: Fn(Context) -> Fut + 'static,
        Fut: Future<Output = StartResult> + 'static,
    {
        let worker = ChildSpec::worker(id, start);
        ChildSpec { shutdown: Shutdown::Infinity, kind: ChildType::Supervisor, ..worker }
    }

    /// With another restart type.
    #[must_use]
    pub fn restart(self, restart: Restart) -> ChildSpec {
        ChildSpec { restart, ..self }
    }

    /// With another way to stop it.
    #[must_use]
    pub fn shutdown(self, shutdown: Shutdown) -> ChildSpec {
        ChildSpec { shutdown, ..self }
    }

    /// As a significant child.
    #[must_use]
    pub fn significant(self) -> ChildSpec {
        ChildSpec { significant: true, ..self }
    }

    /// Checks it against this flag (D32).
    fn check(&self, auto_shutdown: AutoShutdown) -> Result<(), Term> {
        let other = if !self.significant {
            return Ok(());
        } else if auto_shutdown == AutoShutdown::Never {
            tuple![atom!("auto_shutdown"), atom!("never")]
        } else if self.restart == Restart::Permanent {
            tuple![atom!("restart"), Atom::new(Restart::Permanent.word())]
        } else {
            return Ok(());
        };
        let significant = tuple![atom!("significant"), true];
        Err(tuple![atom!("bad_combination"), list![other, significant]])
    }

    /// The specification as Erlang shows it in the result of a failed start (D25).
    fn to_term(&self) -> Term {
        let restart = Atom::new(self.restart.word());
        let shutdown = match self.shutdown {
            Shutdown::BrutalKill => Term::atom("brutal_kill"),
            Shutdown::After(time) => request::timeout_term(Some(time)),
            Shutdown::Infinity => request::timeout_term(None),
        };
        let start = tuple![self.id, atom!("start_link"), list![]];
        tuple![
            atom!("child"),
            atom!("undefined"),
            self.id,
            start,
            restart,
            self.significant,
            shutdown,
            self.kind.as_atom(),
            list![self.id]
        ]
    }
}

impl fmt::Debug for ChildSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_term())
    }
}

impl ChildType {
    fn as_atom(self) -> Atom {
        match self {
            ChildType::Worker => atom!("worker"),
            ChildType::Supervisor => atom!("supervisor"),
        }
    }
}

/// A child as [`which_children`] shows it (D2).
#[derive(Clone, Debug, PartialEq)]
pub struct ChildInfo {
    /// Its name; `undefined` under a `simple_one_for_one` supervisor.
    pub id: Atom,
    /// Its pid, `undefined` if it does not run, or `restarting`.
    pub pid: Term,
    /// Its kind.
    pub kind: ChildType,
}

/// The numbers of children (D2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildCounts {
    /// Specifications.
    pub specs: usize,
    /// Children that run.
    pub active: usize,
    /// Supervisors among all children.
    pub supervisors: usize,
    /// Workers among all children.
    pub workers: usize,
}

/// Starts a supervisor with its children, linked to this process.
///
/// # Errors
/// `{shutdown,{failed_to_start_child,Id,Reason}}` and the others of D22 and D24.
pub async fn start_link(
    ctx: &Context,
    name: Option<ServerName>,
    flags: Flags,
    children: Vec<ChildSpec>,
) -> StartResult {
    let options = Options::new("supervisor").named(name);
    gen_server::start_link(ctx, options, move |ctx| async move {
        let supervisor = Supervisor::new(flags, None);
        Ok(supervisor.start_all(&ctx, children).await.map_or_else(Init::Stop, Init::Ok))
    })
    .await
}

/// Starts a supervisor without children, which will all be made after one template by
/// [`start_child_with`]. Of the flags the strategy does not count.
///
/// # Errors
/// Those of D24.
pub async fn start_link_simple<F, Fut>(
    ctx: &Context,
    name: Option<ServerName>,
    flags: Flags,
    template: ChildSpec,
    start: F,
) -> StartResult
where
    F: Fn(Context, Term) -> Fut + 'static,
    Fut: Future<Output = StartResult> + 'static,
{
    let start: StartChildWith = Rc::new(move |ctx, argument| Box::pin(start(ctx, argument)));
    let flags = Flags { strategy: Strategy::SimpleOneForOne, ..flags };
    let options = Options::new("supervisor").named(name);
    gen_server::start_link(ctx, options, move |ctx| async move {
        let supervisor = Supervisor::new(flags, Some((template, start)));
        Ok(supervisor.start_all(&ctx, Vec::new()).await.map_or_else(Init::Stop, Init::Ok))
    })
    .await
}

/// Adds a child to a supervisor and starts it (D25). The supervisor is one of this node: what a
/// child does is a function, and functions cannot be sent. To add a child elsewhere, run this in
/// a process there, with [`erpc`](super::rpc); a supervisor of another node answers
/// `{invalid_child_spec,_}`.
///
/// # Errors
/// The exit of a call to the supervisor; the inner result has the error of the start.
pub async fn start_child(
    ctx: &Context,
    supervisor: impl Into<ServerRef>,
    spec: ChildSpec,
) -> Result<StartResult, Exit> {
    let request = tuple![atom!("start_child"), parcel::wrap(ctx, spec)];
    started(&ask(ctx, supervisor, request).await?)
}

/// Adds a child to a `simple_one_for_one` supervisor (D28).
///
/// # Errors
/// As [`start_child`].
pub async fn start_child_with(
    ctx: &Context,
    supervisor: impl Into<ServerRef>,
    argument: impl Into<Term>,
) -> Result<StartResult, Exit> {
    let request = tuple![atom!("start_child_with"), argument.into()];
    started(&ask(ctx, supervisor, request).await?)
}

/// Stops a child; its specification stays, unless it is temporary (D26). A child of a
/// `simple_one_for_one` supervisor is named by its pid (D28).
///
/// # Errors
/// As [`start_child`].
pub async fn terminate_child(
    ctx: &Context,
    supervisor: impl Into<ServerRef>,
    child: impl Into<Term>,
) -> Result<Result<(), Term>, Exit> {
    let answer = ask(ctx, supervisor, tuple![atom!("terminate_child"), child.into()]).await?;
    result(&answer)
}

/// Starts a child that was stopped (D27).
///
/// # Errors
/// As [`start_child`].
pub async fn restart_child(
    ctx: &Context,
    supervisor: impl Into<ServerRef>,
    id: Atom,
) -> Result<StartResult, Exit> {
    started(&ask(ctx, supervisor, tuple![atom!("restart_child"), id]).await?)
}

/// Forgets a child that was stopped (D27).
///
/// # Errors
/// As [`start_child`].
pub async fn delete_child(
    ctx: &Context,
    supervisor: impl Into<ServerRef>,
    id: Atom,
) -> Result<Result<(), Term>, Exit> {
    let answer = ask(ctx, supervisor, tuple![atom!("delete_child"), id]).await?;
    result(&answer)
}

/// The children, those first that were started last (D2).
///
/// # Errors
/// The exit of a call to the supervisor (D29).
pub async fn which_children(
    ctx: &Context,
    supervisor: impl Into<ServerRef>,
) -> Result<Vec<ChildInfo>, Exit> {
    let answer = ask(ctx, supervisor, Term::atom("which_children")).await?;
    Ok(answer.as_list().unwrap_or_default().iter().filter_map(child_info).collect())
}

/// A child that was started, `None` for one that ignored its start: `{ok,Child}` or `{ok,undefined}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChildPid(pub Option<Pid>);

impl OkValue for ChildPid {
    fn into_answer(self) -> Term {
        let child = self.0.map_or_else(|| Term::atom("undefined"), Term::from);
        child.into_answer()
    }

    fn from_answer(answer: &Term) -> Option<ChildPid> {
        let child = Term::from_answer(answer)?;
        let pid = child.as_pid();
        (pid.is_some() || child.is_atom("undefined")).then_some(ChildPid(pid))
    }
}

/// The numbers of children (D2).
///
/// # Errors
/// The exit of a call to the supervisor (D29).
pub async fn count_children(
    ctx: &Context,
    supervisor: impl Into<ServerRef>,
) -> Result<ChildCounts, Exit> {
    let answer = ask(ctx, supervisor, Term::atom("count_children")).await?;
    let count = |key: &str| {
        let mut pairs = answer.as_list().unwrap_or_default().iter();
        let value = pairs.find_map(|pair| pair.tagged(key)?.first()?.as_integer());
        value.unwrap_or_default() as usize
    };
    Ok(ChildCounts {
        specs: count("specs"),
        active: count("active"),
        supervisors: count("supervisors"),
        workers: count("workers"),
    })
}

async fn ask(ctx: &Context, supervisor: impl Into<ServerRef>, request: Term) -> Result<Term, Exit> {
    gen_server::call_within(ctx, supervisor, request, None).await
}

/// The result that an answer is; any other answer is a `badmatch`.
fn result<T: OkValue>(answer: &Term) -> Result<Result<T, Term>, Exit> {
    answer.as_result().ok_or_else(|| Exit::error(tuple![atom!("badmatch"), answer]))
}

fn started(answer: &Term) -> Result<StartResult, Exit> {
    result(answer).map(|started| started.map(|ChildPid(pid)| pid))
}

fn child_info(term: &Term) -> Option<ChildInfo> {
    let [id, pid, kind, _] = term.as_tuple()? else { return None };
    let kind = if kind.is_atom("supervisor") { ChildType::Supervisor } else { ChildType::Worker };
    Some(ChildInfo { id: id.as_atom()?, pid: pid.clone(), kind })
}

/// The state of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    /// It does not.
    No,
    /// It does.
    Yes(Pid),
    /// Its last start failed, and it will be started again (D20).
    Restarting,
}
