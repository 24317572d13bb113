//! The end of a child, and its restart.

use std::time::Duration;

use super::server::{Child, ErrorContext, Supervisor, report};
use super::{AutoShutdown, Restart, Running, Strategy};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;
use crate::otp::gen_server::{self, Next};
use crate::otp::proc_lib::is_orderly;
use crate::{atom, tuple};

/// The time of a restart: reports, and a new process. The first of several takes none, so that it
/// matters only to those that follow one another at once.
const RESTART_TIME: Duration = Duration::from_micros(100);

impl Supervisor {
    /// Deals with the end of a process that is linked; strangers do not count (D8).
    pub(super) async fn child_ended(&mut self, ctx: &Context, pid: Pid, reason: &Term) -> Next {
        let Some(index) = self.with_pid(pid) else { return Next::Wait };
        let id = self.children[index].spec.id;
        let again = match self.children[index].spec.restart {
            Restart::Permanent => true,
            Restart::Transient => !is_orderly(reason),
            Restart::Temporary => false,
        }; // D16
        if again || !is_orderly(reason) {
            report(ctx, ErrorContext::ChildTerminated, id, reason);
        }
        if again { self.restart(ctx, index).await } else { self.ended_for_good(index) }
    }

    /// A child that is not restarted may end the supervisor (D30, D31).
    fn ended_for_good(&mut self, index: usize) -> Next {
        let significant = self.children[index].spec.significant;
        self.mark_ended(index);
        let last = || {
            let mut children = self.children.iter();
            !children.any(|child| child.spec.significant && child.running != Running::No)
        };
        let done = match self.flags.auto_shutdown {
            AutoShutdown::Never => false,
            AutoShutdown::AnySignificant => significant,
            AutoShutdown::AllSignificant => significant && last(),
        };
        if done { Next::Stop(Term::atom("shutdown")) } else { Next::Wait }
    }

    /// Restarts a child, and those that its end concerns; or gives up (D17).
    pub(super) async fn restart(&mut self, ctx: &Context, index: usize) -> Next {
        if !self.count_restart(ctx) {
            let id = self.children[index].spec.id;
            report(ctx, ErrorContext::Shutdown, id, &Term::atom("reached_max_restart_intensity"));
            self.mark_ended(index);
            return Next::Stop(Term::atom("shutdown"));
        }
        self.children[index].running = Running::No;
        self.take_breath(ctx).await;
        let started = match self.flags.strategy {
            Strategy::OneForOne | Strategy::SimpleOneForOne => self.start_one(ctx, index).await,
            Strategy::RestForOne => self.restart_from(ctx, index).await,
            Strategy::OneForAll => self.restart_from(ctx, 0).await,
        };
        if let Err((failed, reason)) = started {
            self.try_again(ctx, failed, &reason);
        }
        Next::Wait
    }

    /// Lets a little time pass between two restarts, so that time goes on when a child never starts, or
    /// ends as soon as it has started.
    async fn take_breath(&mut self, ctx: &Context) {
        let ready = self.restarted.map_or(Time::ZERO, |restarted| restarted + RESTART_TIME);
        if ready > ctx.now() {
            ctx.sleep(ready.since(ctx.now())).await;
        }
        self.restarted = Some(ctx.now());
    }

    async fn start_one(&mut self, ctx: &Context, index: usize) -> Result<(), (usize, Term)> {
        let start = self.children[index].spec.start.clone();
        match start(ctx.clone()).await {
            Ok(Some(pid)) if self.is_simple() => {
                let child = self.children.remove(index);
                self.children.push(Child { running: Running::Yes(pid), ..child });
            }
            Ok(Some(pid)) => self.children[index].running = Running::Yes(pid),
            Ok(None) => self.mark_ended_by_ignore(ctx, index),
            Err(reason) => return Err((index, reason)),
        }
        Ok(())
    }

    fn mark_ended_by_ignore(&mut self, ctx: &Context, index: usize) {
        if self.is_simple() {
            self.children.remove(index);
            self.ignored |= ctx.otp_release().lists_ignored_restarts(); // D23
        }
    }

    /// Stops the children from this place on in reverse, then starts them in order (D11, D12).
    async fn restart_from(&mut self, ctx: &Context, first: usize) -> Result<(), (usize, Term)> {
        self.stop_from(ctx, first).await;
        self.start_from(ctx, first).await
    }

    /// A start that failed is tried again after what waits in the mailbox (D20).
    fn try_again(&mut self, ctx: &Context, index: usize, reason: &Term) {
        let child = &mut self.children[index];
        child.running = Running::Restarting;
        let (key, id): (i64, Atom) = (child.key, child.spec.id);
        report(ctx, ErrorContext::StartError, id, reason);
        gen_server::cast(ctx, ctx.pid(), tuple![atom!("try_again_restart"), key]);
    }

    /// Counts a restart; whether it may still be done. Whole seconds count, so that the window is
    /// up to a second longer than the period (D18).
    fn count_restart(&mut self, ctx: &Context) -> bool {
        let now = ctx.monotonic_time().as_secs();
        let oldest = now.saturating_sub(self.flags.period.as_secs());
        self.restarts.retain(|second| *second >= oldest);
        self.restarts.push_back(now);
        self.restarts.len() <= self.flags.intensity as usize
    }
}
