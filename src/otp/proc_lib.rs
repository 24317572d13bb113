//! Starting a process and waiting until it says that it is ready, as `proc_lib` does.

use std::future::Future;
use std::time::Duration;

use crate::engine::runtime::{Context, Exit, ExitResult, SpawnOptions};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// The result of a start function: `{ok,Pid}`, `ignore` (nothing was started), or `{error,Reason}`.
pub type StartResult = Result<Option<Pid>, Term>;

/// The options of a start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starting {
    pub label: Atom,
    pub link: bool,
    /// The time that it may take to say that it is ready; `None` for ever.
    pub timeout: Option<Duration>,
}

/// The process that waits for another to say that it is ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starter {
    pid: Pid,
    linked: bool,
}

impl Starter {
    pub(super) const fn pid(self) -> Pid {
        self.pid
    }

    /// The process that a linked child takes for its parent (C21).
    pub(super) fn parent(self) -> Option<Pid> {
        self.linked.then_some(self.pid)
    }

    /// Lets the start function return.
    pub(super) fn acknowledge(self, ctx: &Context, result: &StartResult) {
        ctx.send(self.pid, tuple![atom!("ack"), ctx.pid(), Term::from(result.clone())]);
    }
}

/// Starts a process and waits for its [`Starter::acknowledge`]. A process that ends before gives
/// its exit reason, one that takes longer than the timeout is killed (C17).
pub(super) async fn start<F, Fut>(ctx: &Context, starting: Starting, body: F) -> StartResult
where
    F: FnOnce(Context, Starter) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    let starter = Starter { pid: ctx.pid(), linked: starting.link };
    let mark = ctx.mailbox_mark();
    let options = SpawnOptions {
        label: starting.label,
        link: starting.link,
        monitor: true,
        alias: None,
        group_leader: None,
    };
    let (pid, monitor) = ctx.spawn_with(options, move |ctx| body(ctx, starter));
    let monitor = monitor.expect("the options ask for a monitor");
    let answer = ctx
        .receive_where(move |message| is_ack(message, pid) || is_down(message, monitor))
        .from_mark(mark);
    let answer = match starting.timeout {
        Some(timeout) => answer.within(timeout).await,
        None => Some(answer.await),
    };
    match answer {
        Some(message) => finish(ctx, pid, monitor, &message).await,
        None => give_up(ctx, pid, monitor).await,
    }
}

async fn finish(ctx: &Context, pid: Pid, monitor: Ref, message: &Term) -> StartResult {
    if let Some([_, result]) = message.tagged("ack") {
        if result.tagged("ok").is_none() && ctx.otp_release().waits_for_failed_starts() {
            ctx.receive_where(move |message| is_down(message, monitor)).await;
            ctx.unlink(pid);
            flush_exit(ctx, pid).await; // C19
        }
        ctx.demonitor_flush(monitor);
        return result.as_result().unwrap_or(Ok(None));
    }
    flush_exit(ctx, pid).await;
    Err(reason_in(message))
}

async fn give_up(ctx: &Context, pid: Pid, monitor: Ref) -> StartResult {
    ctx.unlink(pid);
    ctx.exit_signal(pid, atom!("kill"));
    ctx.receive_where(move |message| is_down(message, monitor)).await;
    flush_exit(ctx, pid).await;
    ctx.receive_where(move |message| is_ack(message, pid)).within(Duration::ZERO).await;
    Err(Term::atom("timeout"))
}

/// Takes the `'EXIT'` of a process out of the mailbox, if it is there: its reason.
pub(super) async fn flush_exit(ctx: &Context, pid: Pid) -> Option<Term> {
    let message =
        ctx.receive_where(move |message| is_exit(message, pid)).within(Duration::ZERO).await?;
    Some(reason_in(&message))
}

/// The reason in an `'EXIT'` or a `'DOWN'`: its last element.
pub(super) fn reason_in(message: &Term) -> Term {
    let last = message.as_tuple().and_then(<[Term]>::last);
    last.cloned().unwrap_or_else(|| Term::atom("undefined"))
}

/// Returns whether a message is the `'EXIT'` of a process.
pub(super) fn is_exit(message: &Term, pid: Pid) -> bool {
    matches!(message.tagged("EXIT"), Some([Term::Pid(from), _]) if *from == pid)
}

/// Returns whether a message is the `'DOWN'` of a monitor.
pub(super) fn is_down(message: &Term, monitor: Ref) -> bool {
    matches!(message.tagged("DOWN"), Some([Term::Reference(found), ..]) if *found == monitor)
}

fn is_ack(message: &Term, pid: Pid) -> bool {
    init_ack_from(message) == Some(pid)
}

/// The process that says with this message that it has started, or that it could not.
pub(crate) fn init_ack_from(message: &Term) -> Option<Pid> {
    match message.tagged("ack")? {
        [Term::Pid(from), _] => Some(*from),
        _ => None,
    }
}

/// Returns whether Erlang takes a reason for an orderly end and reports nothing.
pub(super) fn is_orderly(reason: &Term) -> bool {
    reason.is_atom("normal")
        || reason.is_atom("shutdown")
        || matches!(reason.tagged("shutdown"), Some([_]))
}

/// The exit that ends a process with `reason` whatever class it had.
pub(super) fn ending(reason: Term) -> ExitResult {
    Err(Exit::exit(reason))
}
