//! Stopping children.

use std::time::Duration;

use super::server::{ErrorContext, Supervisor, report};
use super::{Restart, Running, Shutdown};
use crate::atom;
use crate::engine::runtime::Context;
use crate::engine::term::{Pid, Ref, Term};
use crate::otp::proc_lib::{flush_exit, is_down, reason_in};

impl Supervisor {
    /// Stops the children from this place on, the last first, one after the other (D1). Temporary
    /// ones are forgotten (D13).
    pub(super) async fn stop_from(&mut self, ctx: &Context, first: usize) {
        for index in (first..self.children.len()).rev() {
            self.stop(ctx, index).await;
            if self.children[index].spec.restart == Restart::Temporary {
                self.children.remove(index);
            } else {
                self.children[index].running = Running::No;
            }
        }
    }

    /// Stops a child, if it runs (D4, D5).
    pub(super) async fn stop(&mut self, ctx: &Context, index: usize) {
        let child = &self.children[index];
        let (id, shutdown) = (child.spec.id, child.spec.shutdown);
        let permanent = child.spec.restart == Restart::Permanent;
        let Some(pid) = child.pid() else { return };
        let monitor = ctx.monitor(pid);
        let reason = match shutdown {
            Shutdown::BrutalKill => end(ctx, pid, monitor, "kill", None).await,
            Shutdown::Infinity => end(ctx, pid, monitor, "shutdown", None).await,
            Shutdown::After(time) => match end(ctx, pid, monitor, "shutdown", Some(time)).await {
                Some(reason) => Some(reason),
                None => end(ctx, pid, monitor, "kill", None).await,
            },
        };
        ctx.unlink(pid);
        let reason = flush_exit(ctx, pid).await.or(reason);
        if let Some(reason) = reason.filter(|reason| !is_expected(reason, shutdown, permanent)) {
            report(ctx, ErrorContext::ShutdownError, id, &reason);
        }
    }

    /// Stops all children at the same time (D6).
    pub(super) async fn stop_at_once(&mut self, ctx: &Context) {
        let children: Vec<_> = self.children.drain(..).collect();
        let Some(shutdown) = children.first().map(|child| child.spec.shutdown) else { return };
        let running: Vec<Pid> = children.iter().filter_map(super::server::Child::pid).collect();
        let (reason, time) = match shutdown {
            Shutdown::BrutalKill => (atom!("kill"), None),
            Shutdown::Infinity => (atom!("shutdown"), None),
            Shutdown::After(time) => (atom!("shutdown"), Some(time)),
        };
        let monitor = |pid: Pid| {
            let monitor = ctx.monitor(pid);
            ctx.exit_signal(pid, reason);
            (pid, monitor)
        };
        let monitors: Vec<(Pid, Ref)> = running.into_iter().map(monitor).collect();
        let deadline = time.map(|time| ctx.now() + time);
        for (pid, monitor) in monitors {
            let left = deadline.map(|deadline| deadline.since(ctx.now()));
            if down(ctx, monitor, left).await.is_none() {
                ctx.exit_signal(pid, atom!("kill"));
                down(ctx, monitor, None).await;
            }
            ctx.unlink(pid);
            flush_exit(ctx, pid).await;
        }
    }
}

/// Sends an exit signal and waits for the end: its reason, or nothing after the timeout.
async fn end(
    ctx: &Context,
    pid: Pid,
    monitor: Ref,
    signal: &str,
    timeout: Option<Duration>,
) -> Option<Term> {
    ctx.exit_signal(pid, Term::atom(signal));
    down(ctx, monitor, timeout).await
}

async fn down(ctx: &Context, monitor: Ref, timeout: Option<Duration>) -> Option<Term> {
    let message = ctx.receive_where(move |message| is_down(message, monitor));
    let message = match timeout {
        Some(timeout) => message.within(timeout).await?,
        None => message.await,
    };
    Some(reason_in(&message))
}

/// Returns whether a reason is one that a child may end with when it is stopped.
fn is_expected(reason: &Term, shutdown: Shutdown, permanent: bool) -> bool {
    let asked = match shutdown {
        Shutdown::BrutalKill => reason.is_atom("killed"),
        Shutdown::After(_) | Shutdown::Infinity => reason.is_atom("shutdown"),
    };
    let own = reason.is_atom("normal") || reason.tagged("shutdown").is_some();
    asked || (own && !permanent)
}
