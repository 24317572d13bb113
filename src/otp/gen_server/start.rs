//! The start of a server (C17 to C19).

use std::future::Future;
use std::time::Duration;

use super::server::{Server, receive_messages};
use super::{GenServer, Init, Next, ServerName, StartResult, Via};
use crate::engine::runtime::{Class, Context, Exit, ExitResult};
use crate::engine::term::{Atom, Term};
use crate::otp::proc_lib::{self, Starter, Starting, ending};
use crate::{atom, tuple};

/// The options of a start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name that it takes.
    pub name: Option<ServerName>,
    /// The time that its start function may take; `None` for ever.
    pub timeout: Option<Duration>,
    /// Its label in a trace.
    pub label: Atom,
}

impl Options {
    /// A server without a name, called `label` in traces.
    #[must_use]
    pub fn new(label: &str) -> Options {
        Options { name: None, timeout: None, label: Atom::new(label) }
    }

    /// Takes a name on its node.
    #[must_use]
    pub fn local(self, name: impl Into<Atom>) -> Options {
        self.named(Some(ServerName::Local(name.into())))
    }

    /// Takes a name in the cluster.
    #[must_use]
    pub fn global(self, name: impl Into<Term>) -> Options {
        self.named(Some(ServerName::Global(name.into())))
    }

    /// Takes a name in a registry.
    #[must_use]
    pub fn via(self, via: Via) -> Options {
        self.named(Some(ServerName::Via(via)))
    }

    /// Takes this name, if it is one.
    #[must_use]
    pub fn named(self, name: Option<ServerName>) -> Options {
        Options { name, ..self }
    }

    /// Bounds the time that the start function may take.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Options {
        Options { timeout: Some(timeout), ..self }
    }
}

/// Starts a server that is linked to this process, its parent.
///
/// # Errors
/// The reason why there is no server; see C17 for all of them. A registry that fails when it is
/// asked who has the name gives `{'EXIT',Reason}`.
pub async fn start_link<S, F, Fut>(ctx: &Context, options: Options, init: F) -> StartResult
where
    S: GenServer,
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Init<S>, Exit>> + 'static,
{
    start_as(ctx, options, true, init).await
}

/// Starts a server that stands alone.
///
/// # Errors
/// As [`start_link`].
pub async fn start<S, F, Fut>(ctx: &Context, options: Options, init: F) -> StartResult
where
    S: GenServer,
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Init<S>, Exit>> + 'static,
{
    start_as(ctx, options, false, init).await
}

async fn start_as<S, F, Fut>(ctx: &Context, options: Options, link: bool, init: F) -> StartResult
where
    S: GenServer,
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Init<S>, Exit>> + 'static,
{
    let Options { name, timeout, label } = options;
    match name.as_ref().map(|name| name.holder(ctx)) {
        // What `catch` makes of it, with which a supervisor starts its children.
        Some(Err(exit)) => return Err(tuple![atom!("EXIT"), exit.into_exit_reason()]),
        Some(Ok(Some(holder))) => return Err(tuple![atom!("already_started"), holder]),
        Some(Ok(None)) | None => {}
    }
    let starting = Starting { label, link, timeout };
    proc_lib::start(ctx, starting, move |ctx, starter| run(ctx, starter, name, init)).await
}

/// The life of a server: takes its name, starts, works.
async fn run<S, F, Fut>(
    ctx: Context,
    starter: Starter,
    name: Option<ServerName>,
    init: F,
) -> ExitResult
where
    S: GenServer,
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Init<S>, Exit>> + 'static,
{
    if let Some(name) = &name
        && let Err(holder) = name.register(&ctx).await?
    {
        let holder = holder.map_or_else(|| Term::atom("undefined"), Term::from);
        starter.acknowledge(&ctx, &Err(tuple![atom!("already_started"), holder]));
        return Ok(());
    }
    let (state, next) = match init(ctx.clone()).await {
        Ok(Init::Ok(state)) => (state, Next::Wait),
        Ok(Init::Then(state, next)) => (state, next),
        Ok(Init::Ignore) => return refuse(&ctx, starter, name, Ok(None)).await,
        Ok(Init::Stop(reason)) => return refuse(&ctx, starter, name, Err(reason)).await,
        Err(exit) => return refuse(&ctx, starter, name, Err(reason_of(exit))).await,
    };
    starter.acknowledge(&ctx, &Ok(Some(ctx.pid())));
    let server = Server::new(state, starter.parent(), name);
    receive_messages(&ctx, server, next).await
}

/// Ends a start that came to nothing; the name is free before the starter knows (C18).
async fn refuse(
    ctx: &Context,
    starter: Starter,
    name: Option<ServerName>,
    result: StartResult,
) -> ExitResult {
    if let Some(name) = name {
        name.unregister(ctx).await?;
    }
    starter.acknowledge(ctx, &result);
    // The starter goes on before the end of this process reaches it, if it is linked.
    ctx.yield_now().await;
    match result {
        Ok(_) => Ok(()),
        Err(reason) => ending(reason),
    }
}

/// The exit reason of a callback's failure. What is thrown counts as returned, and no callback can
/// return it (C5, C17).
pub(super) fn reason_of(exit: Exit) -> Term {
    match exit.class() {
        Class::Exit | Class::Error => exit.into_exit_reason(),
        Class::Throw => tuple![atom!("bad_return_value"), exit.reason()],
    }
}
