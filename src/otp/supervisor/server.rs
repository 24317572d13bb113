//! The supervisor's process.

use std::collections::VecDeque;

use super::{
    AutoShutdown, ChildPid, ChildSpec, ChildType, Flags, Running, StartChildWith, StartResult,
    Strategy,
};
use crate::engine::runtime::{Context, Exit, ExitResult};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;
use crate::engine::trace::{Level, LogReport};
use crate::otp::gen_server::{Caller, GenServer, Next, Reply};
use crate::otp::parcel;
use crate::{atom, list, tuple};

/// The state of a supervisor.
pub(super) struct Supervisor {
    pub(super) flags: Flags,
    /// The template of all children, under `simple_one_for_one`.
    template: Option<(ChildSpec, StartChildWith)>,
    /// In the order of their start.
    pub(super) children: Vec<Child>,
    /// The seconds in which it restarted (D18).
    pub(super) restarts: VecDeque<u64>,
    /// The time of its last restart.
    pub(super) restarted: Option<Time>,
    /// It goes on listing children that have ignored their restart: all of them as one, which
    /// has no process (D23).
    pub(super) ignored: bool,
    next_key: i64,
}

/// A child and whether it runs.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// Tells it from others that have or had its name.
    pub(super) key: i64,
    pub(super) spec: ChildSpec,
    pub(super) running: Running,
}

impl Child {
    pub(super) fn pid(&self) -> Option<Pid> {
        match self.running {
            Running::Yes(pid) => Some(pid),
            Running::No | Running::Restarting => None,
        }
    }
}

impl Supervisor {
    pub(super) fn new(flags: Flags, template: Option<(ChildSpec, StartChildWith)>) -> Supervisor {
        let (children, restarts) = (Vec::new(), VecDeque::new());
        let (restarted, ignored) = (None, false);
        Supervisor { flags, template, children, restarts, restarted, ignored, next_key: 0 }
    }

    pub(super) fn is_simple(&self) -> bool {
        self.flags.strategy == Strategy::SimpleOneForOne
    }

    /// Starts the children in their order; if one fails, those before it are stopped (D1, D22).
    pub(super) async fn start_all(
        mut self,
        ctx: &Context,
        specs: Vec<ChildSpec>,
    ) -> Result<Supervisor, Term> {
        ctx.trap_exit(true); // D7
        self.check_flags(ctx)?;
        self.check(&specs).map_err(|error| tuple![atom!("start_spec"), error])?;
        for spec in specs {
            self.push(spec, Running::No);
        }
        match self.start_from(ctx, 0).await {
            Ok(()) => Ok(self),
            Err((failed, reason)) => {
                let id = self.children[failed].spec.id;
                report(ctx, ErrorContext::StartError, id, &reason);
                self.stop_from(ctx, 0).await;
                let failure = tuple![atom!("failed_to_start_child"), id, reason];
                Err(tuple![atom!("shutdown"), failure])
            }
        }
    }

    /// Returns whether the flags go together (D32).
    fn check_flags(&self, ctx: &Context) -> Result<(), Term> {
        let shutdown = self.flags.auto_shutdown;
        if !self.is_simple()
            || shutdown == AutoShutdown::Never
            || ctx.otp_release().shuts_simple_supervisors_down()
        {
            return Ok(());
        }
        let both = list![
            tuple![atom!("auto_shutdown"), Term::atom(shutdown.name())],
            tuple![atom!("strategy"), atom!("simple_one_for_one")],
        ];
        Err(tuple![atom!("supervisor_data"), tuple![atom!("bad_combination"), both]])
    }

    fn check(&self, specs: &[ChildSpec]) -> Result<(), Term> {
        let template = self.template.iter().map(|(spec, _)| spec);
        for spec in specs.iter().chain(template) {
            spec.check(self.flags.auto_shutdown)?;
        }
        for (index, spec) in specs.iter().enumerate() {
            if specs[..index].iter().any(|other| other.id == spec.id) {
                return Err(tuple![atom!("duplicate_child_name"), spec.id]); // D24
            }
        }
        Ok(())
    }

    fn push(&mut self, spec: ChildSpec, running: Running) {
        self.next_key += 1;
        self.children.push(Child { key: self.next_key, spec, running });
    }

    /// Starts the children from this place on; on a failure the place of the one that failed.
    pub(super) async fn start_from(
        &mut self,
        ctx: &Context,
        first: usize,
    ) -> Result<(), (usize, Term)> {
        let mut index = first;
        while index < self.children.len() {
            let spec = self.children[index].spec.clone();
            match (spec.start)(ctx.clone()).await {
                Ok(Some(pid)) => self.children[index].running = Running::Yes(pid),
                Ok(None) if spec.restart == super::Restart::Temporary => {
                    self.children.remove(index); // D23
                    continue;
                }
                Ok(None) => self.children[index].running = Running::No,
                Err(reason) => return Err((index, reason)),
            }
            index += 1;
        }
        Ok(())
    }

    async fn start_child(&mut self, ctx: &Context, spec: ChildSpec) -> StartResult {
        spec.check(self.flags.auto_shutdown)?;
        match self.named(spec.id).map(|index| self.children[index].running) {
            Some(Running::Yes(pid)) => return Err(tuple![atom!("already_started"), pid]),
            Some(Running::No | Running::Restarting) => return Err(Term::atom("already_present")),
            None => {}
        }
        let result = (spec.start)(ctx.clone()).await;
        match &result {
            Ok(None) if spec.restart == super::Restart::Temporary => {}
            Ok(started) => self.push(spec, started.map_or(Running::No, Running::Yes)),
            Err(reason) => return Err(tuple![reason, spec.to_term()]), // D25
        }
        result
    }

    async fn start_child_with(&mut self, ctx: &Context, argument: Term) -> StartResult {
        let Some((template, start)) = self.template.clone() else {
            return Err(tuple![atom!("invalid_child_spec"), argument]);
        };
        let start_again = start.clone();
        let kept = argument.clone();
        let started = start(ctx.clone(), argument).await?;
        if let Some(pid) = started {
            let start = std::rc::Rc::new(move |ctx| start_again(ctx, kept.clone()));
            self.push(ChildSpec { start, ..template }, Running::Yes(pid));
        }
        Ok(started)
    }

    async fn terminate_child(&mut self, ctx: &Context, which: &Term) -> Result<(), Term> {
        let index = match (self.is_simple(), which) {
            (true, Term::Pid(pid)) => match self.with_pid(*pid) {
                // Whoever has ended may have been a child.
                None if ctx.is_process_alive(*pid) == Ok(false) => return Ok(()),
                found => found,
            },
            (true, _) => return Err(Term::atom("simple_one_for_one")), // D28
            (false, Term::Atom(id)) => self.named(*id),
            (false, _) => None,
        };
        let index = index.ok_or_else(|| Term::atom("not_found"))?;
        self.stop(ctx, index).await;
        self.mark_ended(index);
        Ok(())
    }

    async fn restart_child(&mut self, ctx: &Context, which: &Term) -> StartResult {
        let index = self.stopped(which)?;
        let spec = self.children[index].spec.clone();
        let started = (spec.start)(ctx.clone()).await?;
        self.children[index].running = started.map_or(Running::No, Running::Yes);
        Ok(started)
    }

    fn delete_child(&mut self, which: &Term) -> Result<(), Term> {
        let index = self.stopped(which)?;
        self.children.remove(index);
        Ok(())
    }

    /// The place of a child that does not run (D27).
    fn stopped(&self, which: &Term) -> Result<usize, Term> {
        if self.is_simple() {
            return Err(Term::atom("simple_one_for_one"));
        }
        let index = which.as_atom().and_then(|id| self.named(id));
        let index = index.ok_or_else(|| Term::atom("not_found"))?;
        match self.children[index].running {
            Running::No => Ok(index),
            Running::Yes(_) => Err(Term::atom("running")),
            Running::Restarting => Err(Term::atom("restarting")),
        }
    }

    pub(super) fn named(&self, id: Atom) -> Option<usize> {
        self.children.iter().position(|child| child.spec.id == id)
    }

    pub(super) fn with_pid(&self, pid: Pid) -> Option<usize> {
        self.children.iter().position(|child| child.pid() == Some(pid))
    }

    /// Takes down that a child does not run and shall not (D16).
    pub(super) fn mark_ended(&mut self, index: usize) {
        let temporary = self.children[index].spec.restart == super::Restart::Temporary;
        if temporary || self.is_simple() {
            self.children.remove(index);
        } else {
            self.children[index].running = Running::No;
        }
    }

    fn which_children(&self) -> Term {
        let shown = |child: &Child| {
            let id = if self.is_simple() { atom!("undefined") } else { child.spec.id };
            let pid = match child.running {
                Running::Yes(pid) => Term::from(pid),
                Running::No => Term::atom("undefined"),
                Running::Restarting => Term::atom("restarting"),
            };
            tuple![id, pid, child.spec.kind.as_atom(), list![child.spec.id]]
        };
        if self.is_simple() {
            let ignored = self.ignored().map(|spec| {
                let (id, mods) = (atom!("undefined"), list![spec.id]);
                tuple![id, id, spec.kind.as_atom(), mods]
            });
            return ignored.into_iter().chain(self.children.iter().map(shown)).collect(); // D28: by their pids
        }
        self.children.iter().rev().map(shown).collect() // D2
    }

    fn count_children(&self) -> Term {
        let kind = |kind: ChildType| {
            let all = self.children.iter().map(|child| &child.spec).chain(self.ignored());
            all.filter(|spec| spec.kind == kind).count()
        };
        let active = self.children.iter().filter(|child| child.pid().is_some()).count();
        let active = active + usize::from(self.ignored);
        let specs = if self.is_simple() { 1 } else { self.children.len() };
        list![
            tuple![atom!("specs"), specs],
            tuple![atom!("active"), active],
            tuple![atom!("supervisors"), kind(ChildType::Supervisor)],
            tuple![atom!("workers"), kind(ChildType::Worker)],
        ]
    }

    /// Returns the specification that is listed in the place of the children that have ignored their restart.
    fn ignored(&self) -> Option<&ChildSpec> {
        self.template.as_ref().map(|(spec, _)| spec).filter(|_| self.ignored)
    }

    async fn answer(&mut self, ctx: &Context, request: &Term) -> Term {
        match request.as_tuple() {
            Some([tag, spec]) if tag.is_atom("start_child") => match parcel::unwrap(ctx, spec) {
                Some(spec) => self.start_child(ctx, spec).await.map(ChildPid).into(),
                None => failed(tuple![atom!("invalid_child_spec"), spec]),
            },
            Some([tag, argument]) if tag.is_atom("start_child_with") => {
                self.start_child_with(ctx, argument.clone()).await.map(ChildPid).into()
            }
            Some([tag, which]) if tag.is_atom("terminate_child") => {
                self.terminate_child(ctx, which).await.into()
            }
            Some([tag, id]) if tag.is_atom("restart_child") => {
                self.restart_child(ctx, id).await.map(ChildPid).into()
            }
            Some([tag, id]) if tag.is_atom("delete_child") => self.delete_child(id).into(),
            _ if request.is_atom("which_children") => self.which_children(),
            _ if request.is_atom("count_children") => self.count_children(),
            _ => failed(Term::atom("undef")),
        }
    }
}

/// The context of a supervisor's error report, in OTP's words.
#[derive(Clone, Copy, Debug)]
pub(super) enum ErrorContext {
    StartError,
    ChildTerminated,
    Shutdown,
    ShutdownError,
}

impl ErrorContext {
    const fn name(self) -> &'static str {
        match self {
            ErrorContext::StartError => "start_error",
            ErrorContext::ChildTerminated => "child_terminated",
            ErrorContext::Shutdown => "shutdown",
            ErrorContext::ShutdownError => "shutdown_error",
        }
    }

    const fn report(self) -> Option<LogReport> {
        match self {
            ErrorContext::ChildTerminated => Some(LogReport::ChildTerminated),
            ErrorContext::Shutdown => Some(LogReport::RestartIntensityReached),
            ErrorContext::StartError | ErrorContext::ShutdownError => None,
        }
    }
}

/// Logs an error report about a child.
pub(super) fn report(ctx: &Context, context: ErrorContext, id: Atom, reason: &Term) {
    let (pid, name) = (ctx.pid(), context.name());
    let text = format!("** Supervisor {pid}: {name} of {id}, reason: {reason}");
    match context.report() {
        Some(report) => ctx.log_report(Level::Warning, report, text),
        None => ctx.log(Level::Warning, text),
    }
}

/// `{error,Reason}`
fn failed(reason: Term) -> Term {
    Err::<(), Term>(reason).into()
}

impl GenServer for Supervisor {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    fn state(&self) -> Option<Term> {
        let children = self.children.iter().map(|child| match child.running {
            Running::Yes(pid) => tuple![child.spec.id, pid],
            Running::Restarting => tuple![child.spec.id, atom!("restarting")],
            Running::No => tuple![child.spec.id, atom!("undefined")],
        });
        Some(tuple![atom!("children"), children.collect::<Term>()])
    }

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _: Caller,
        request: Term,
    ) -> Result<Reply<Term>, Exit> {
        Ok(Reply::now(self.answer(ctx, &request).await))
    }

    async fn handle_cast(&mut self, ctx: &Context, request: Term) -> Result<Next, Exit> {
        let Some([key]) = request.tagged("try_again_restart") else { return Ok(Next::Wait) };
        let waits = |child: &Child| {
            Some(child.key) == key.as_integer() && child.running == Running::Restarting
        };
        match self.children.iter().position(waits) {
            Some(index) => Ok(self.restart(ctx, index).await),
            None => Ok(Next::Wait),
        }
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        if let Some([Term::Pid(pid), reason]) = message.tagged("EXIT") {
            return Ok(self.child_ended(ctx, *pid, reason).await);
        }
        ctx.log(Level::Warning, format!("Supervisor received unexpected message: {message}"));
        Ok(Next::Wait)
    }

    async fn terminate(&mut self, ctx: &Context, _: &Term) -> ExitResult {
        if self.ignored {
            // It has no clause for what it lists; its children go with it, as they are linked.
            return Err(Exit::function_clause());
        }
        if self.is_simple() {
            self.stop_at_once(ctx).await;
        } else {
            self.stop_from(ctx, 0).await;
        }
        Ok(())
    }
}
