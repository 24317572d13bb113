//! Doing what a probe is told: processes, signals, names and timers.

use std::rc::Rc;
use std::time::Duration;

use super::names::{SharedNames, Thing};
use super::operation::{
    Ending, LocalOperation, NodeMonitorWords, Operation, SignalOperation, Spawning, Target,
    TimerKind,
};
use super::probe::{self, Desk, is_summons};
use super::template::Template;
use super::{Answer, perform_global, perform_otp, perform_remote};
use crate::engine::runtime::{
    Context, Exit, ExitResult, MonitorOptions, MonitorTarget, NetTicktime, NodeMonitor,
    SpawnOptions, TicktimeChange, TimerDestination,
};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// Why there is no answer.
pub(super) enum Problem {
    /// An exception of Erlang's.
    Raised(Exit),
    /// A mistake in the command.
    Complaint(String),
}

impl From<Exit> for Problem {
    fn from(exit: Exit) -> Problem {
        Problem::Raised(exit)
    }
}

impl From<String> for Problem {
    fn from(complaint: String) -> Problem {
        Problem::Complaint(complaint)
    }
}

impl Problem {
    /// What is answered instead.
    pub(super) fn into_answer(self) -> Answer {
        match self {
            Problem::Raised(exit) => Answer::Raised(exit),
            Problem::Complaint(text) => Answer::Complaint(text),
        }
    }
}

/// An answer, or why there is none.
pub(super) type Outcome = Result<Answer, Problem>;

/// A term with its names looked up.
pub(super) fn fill(template: &Template, names: &SharedNames) -> Result<Term, String> {
    template.fill(&names.borrow())
}

const MEGABYTE: usize = 1 << 20;

/// Whom something is for, looked up.
pub(super) enum Resolved {
    Pid(Pid),
    Reference(Ref),
    Local(Atom),
    Remote(Atom, Atom),
    Global(Term),
    Via(Atom, Term),
    /// A term that is no target.
    Other,
}

/// Looks up whom something is for.
pub(super) fn resolve(target: &Target, names: &SharedNames) -> Result<Resolved, String> {
    let names = names.borrow();
    let term = match target {
        Target::Word(word) if names.find(word).is_some() => names.thing(word)?,
        Target::Word(word) => return Ok(Resolved::Local(Atom::new(word))),
        Target::Term(template) => template.fill(&names)?,
    };
    Ok(match term {
        Term::Pid(pid) => Resolved::Pid(pid),
        Term::Reference(reference) => Resolved::Reference(reference),
        Term::Atom(name) => Resolved::Local(name),
        term => match term.as_tuple() {
            Some([tag, name]) if tag.is_atom("global") => Resolved::Global(name.clone()),
            Some([tag, Term::Atom(module), name]) if tag.is_atom("via") => {
                Resolved::Via(*module, name.clone())
            }
            Some([Term::Atom(name), Term::Atom(node)]) => {
                let full =
                    if node.as_str().contains('@') { *node } else { names.node(node.as_str())? };
                Resolved::Remote(*name, full)
            }
            Some(_) | None => Resolved::Other,
        },
    })
}

/// A process, or `badarg`.
pub(super) fn pid_of(target: &Target, names: &SharedNames) -> Result<Pid, Problem> {
    match resolve(target, names)? {
        Resolved::Pid(pid) => Ok(pid),
        Resolved::Reference(_)
        | Resolved::Local(_)
        | Resolved::Remote(..)
        | Resolved::Global(_)
        | Resolved::Via(..)
        | Resolved::Other => Err(Exit::badarg().into()),
    }
}

/// The process that is named, or the one that asks.
pub(super) fn pid_or_self(
    ctx: &Context,
    target: Option<&Target>,
    names: &SharedNames,
) -> Result<Pid, Problem> {
    target.map_or(Ok(ctx.pid()), |target| pid_of(target, names))
}

/// Gives what an operation has made a name, if it shall have one, and answers it.
pub(super) fn named(term: impl Into<Term>, name: Option<&str>, names: &SharedNames) -> Answer {
    let term = term.into();
    if let Some(name) = name {
        names.borrow_mut().bind_term(name, &term);
    }
    Answer::Terms(vec![term])
}

/// `undefined` where there is no process.
pub(super) fn or_undefined(pid: Option<Pid>) -> Term {
    pid.map_or_else(|| Term::atom("undefined"), Term::from)
}

/// Does one thing. The end of the process is the process's own.
pub(super) async fn perform(ctx: &Context, names: &SharedNames, operation: Operation) -> Outcome {
    match operation {
        Operation::Signal(operation) => {
            let outcome = perform_signal(ctx, names, operation);
            if ctx.is_suspended(ctx.pid()) {
                ctx.yield_now().await; // A7
            }
            outcome
        }
        Operation::Local(operation) => perform_locally(ctx, names, operation),
        Operation::Server(operation) => perform_otp::server(ctx, names, operation).await,
        Operation::Remote(operation) => perform_remote::remote(ctx, names, operation).await,
        Operation::Global(operation) => perform_global::global(ctx, names, operation).await,
        Operation::Group(operation) => perform_global::group(ctx, names, operation).await,
        Operation::Mailbox { sorted } => Ok(mailbox(ctx, names, sorted).await),
        Operation::Spawn(spawning) => spawn(ctx, names, spawning).await,
        Operation::End(_) => Ok(Answer::Silent),
        Operation::Catch(operation) => Box::pin(catch(ctx, names, *operation)).await,
    }
}

/// What an operation answers, or what it raises (A20).
async fn catch(ctx: &Context, names: &SharedNames, operation: Operation) -> Outcome {
    let raised = match operation {
        Operation::End(ending) => match end(&ending, names)? {
            Ok(()) => return Ok(Answer::from(atom!("ok"))),
            Err(exit) => exit,
        },
        operation => match perform(ctx, names, operation).await {
            Err(Problem::Raised(exit)) => exit,
            answered => return answered,
        },
    };
    Ok(Answer::from(raised.caught()))
}

/// How a probe ends itself.
pub(super) fn end(ending: &Ending, names: &SharedNames) -> Result<ExitResult, String> {
    Ok(match ending {
        Ending::Exit(reason) => Err(Exit::exit(fill(reason, names)?)),
        Ending::Error(reason) => Err(Exit::error(fill(reason, names)?)),
        Ending::Throw(term) => Err(Exit::throw(fill(term, names)?)),
        Ending::Return => Ok(()),
    })
}

/// Signals to other processes, and what makes them come.
fn perform_signal(ctx: &Context, names: &SharedNames, operation: SignalOperation) -> Outcome {
    Ok(match operation {
        SignalOperation::Send { to, message } => send(ctx, names, &to, &message)?,
        SignalOperation::SendNoconnect { to, message } => {
            send_noconnect(ctx, names, &to, &message)?
        }
        SignalOperation::SendNosuspend { to, message } => {
            send_nosuspend(ctx, names, &to, &message)?
        }
        SignalOperation::SendBulk { to, megabytes } => {
            let bulk = Term::from(vec![0_u8; megabytes as usize * MEGABYTE].as_slice());
            send_term(ctx, names, &to, bulk)?
        }
        SignalOperation::Link(target) => {
            ctx.link(pid_of(&target, names)?)?;
            Answer::from(true)
        }
        SignalOperation::Unlink(target) => {
            ctx.unlink(pid_of(&target, names)?);
            Answer::from(true)
        }
        SignalOperation::Monitor { target, name, tag, alias } => {
            let options = MonitorOptions { tag: tag.map(Term::from), alias };
            let target = monitored(&target, names)?;
            ctx.may_monitor(target)?;
            let monitor = ctx.monitor_with(target, options);
            named(monitor, name.as_deref(), names)
        }
        SignalOperation::Demonitor { monitor, flush, info } => {
            let monitor = names.borrow().reference(&monitor)?;
            if monitor.incarnation() != ctx.incarnation() {
                return Err(Problem::from(Exit::error(atom!("badarg"))));
            }
            Answer::from(demonitor(ctx, monitor, flush, info))
        }
        SignalOperation::Alias { mode, name } => named(ctx.alias(mode), name.as_deref(), names),
        SignalOperation::Unalias(alias) => {
            Answer::from(ctx.unalias(names.borrow().reference(&alias)?))
        }
        SignalOperation::TrapExit(on) => {
            ctx.trap_exit(on);
            Answer::Silent
        }
        SignalOperation::ExitSignal { to, reason } => {
            let (to, reason) = (pid_of(&to, names)?, fill(&reason, names)?);
            ctx.exit_signal(to, reason);
            Answer::from(true)
        }
    })
}

/// Registered names, timers, and questions to the node.
fn perform_locally(ctx: &Context, names: &SharedNames, operation: LocalOperation) -> Outcome {
    Ok(match operation {
        LocalOperation::Register { name, process } => {
            let name = fill(&name, names)?.as_atom().ok_or_else(Exit::badarg)?;
            ctx.register(name, pid_or_self(ctx, process.as_ref(), names)?)?;
            Answer::from(true)
        }
        LocalOperation::Unregister(name) => {
            ctx.unregister(fill(&name, names)?.as_atom().ok_or_else(Exit::badarg)?)?;
            Answer::from(true)
        }
        LocalOperation::Whereis { name, named: new } => {
            let name = fill(&name, names)?.as_atom().ok_or_else(Exit::badarg)?;
            named(or_undefined(ctx.whereis(name)), new.as_deref(), names)
        }
        LocalOperation::IsAlive(target) => {
            Answer::from(ctx.is_process_alive(pid_of(&target, names)?)?)
        }
        LocalOperation::SelfPid => Answer::from(ctx.pid()),
        LocalOperation::Node => Answer::from(ctx.node()),
        LocalOperation::MonitorNode { node, on } => {
            let node = names.borrow().node(&node)?;
            ctx.may_monitor_node(node)?;
            ctx.monitor_node(node, on);
            Answer::from(true)
        }
        LocalOperation::MonitorNodes { on, options } => monitor_nodes(ctx, on, options),
        LocalOperation::NetTicktime | LocalOperation::SetNetTicktime { .. } if !ctx.is_alive() => {
            Answer::from(atom!("ignored"))
        }
        LocalOperation::NetTicktime => Answer::from(match ctx.net_ticktime() {
            NetTicktime::Is(time) => Term::from(time.as_secs()),
            NetTicktime::OngoingChangeTo(time) => ongoing_change(time),
        }),
        LocalOperation::SetNetTicktime { time, transition } => {
            Answer::from(match ctx.set_net_ticktime(time, transition) {
                TicktimeChange::Unchanged => Term::atom("unchanged"),
                TicktimeChange::Initiated => Term::atom("change_initiated"),
                TicktimeChange::Ongoing(time) => ongoing_change(time),
            })
        }
        LocalOperation::SetTimer { after, to, message, named: name, kind } => {
            let to = timer_destination(ctx, &to, names)?;
            let message = fill(&message, names)?;
            let timer = match kind {
                TimerKind::SendAfter => ctx.send_after(after, to, message),
                TimerKind::StartTimer => ctx.start_timer(after, to, message),
            };
            named(timer, name.as_deref(), names)
        }
        LocalOperation::Cancel { timer, info, asynchronously } => {
            let timer = names.borrow().reference(&timer)?;
            cancel(ctx, timer, info, asynchronously)
        }
        LocalOperation::ReadTimer(timer) => left(ctx.read_timer(names.borrow().reference(&timer)?)),
    })
}

/// `net_kernel:monitor_nodes/2` (B22).
fn monitor_nodes(ctx: &Context, on: bool, options: NodeMonitorWords) -> Answer {
    let NodeMonitorWords { hidden, reason, map, unknown } = options;
    if !unknown.is_empty() {
        let unknown: Term = unknown.into_iter().map(Term::from).collect();
        return Answer::from(tuple![atom!("error"), tuple![atom!("unknown_options"), unknown]]);
    }
    ctx.monitor_nodes(NodeMonitor { on, hidden, reason, map, ..NodeMonitor::default() });
    Answer::from(atom!("ok"))
}

fn ongoing_change(time: Duration) -> Term {
    tuple![atom!("ongoing_change_to"), time.as_secs()]
}

/// `erlang:cancel_timer/2` (A57).
fn cancel(ctx: &Context, timer: Ref, info: bool, asynchronously: bool) -> Answer {
    if asynchronously && info {
        ctx.cancel_timer_async(timer);
        return Answer::from(atom!("ok"));
    }
    let time = ctx.cancel_timer(timer);
    if info { left(time) } else { Answer::from(atom!("ok")) }
}

/// The time that is left differs from run to run.
fn left(time: Option<Duration>) -> Answer {
    time.map_or_else(|| Answer::from(false), |_| Answer::Text(vec!["<left>".to_owned()]))
}

fn send(ctx: &Context, names: &SharedNames, to: &Target, message: &Template) -> Outcome {
    send_term(ctx, names, to, fill(message, names)?)
}

fn send_term(ctx: &Context, names: &SharedNames, to: &Target, message: Term) -> Outcome {
    match resolve(to, names)? {
        Resolved::Pid(pid) => ctx.send(pid, message),
        Resolved::Reference(alias) => ctx.send(alias, message),
        Resolved::Local(name) => ctx.send_name(name, message)?,
        Resolved::Remote(name, node) => ctx.send((name, node), message),
        Resolved::Global(_) | Resolved::Via(..) | Resolved::Other => {
            return Err(Exit::badarg().into());
        }
    }
    Ok(Answer::Silent)
}

fn send_noconnect(ctx: &Context, names: &SharedNames, to: &Target, message: &Template) -> Outcome {
    let message = fill(message, names)?;
    let sent = match resolve(to, names)? {
        Resolved::Pid(pid) => ctx.send_noconnect(pid, message),
        Resolved::Reference(alias) => ctx.send_noconnect(alias, message),
        Resolved::Local(name) => ctx.send_name(name, message).map(|()| true)?,
        Resolved::Remote(name, node) => ctx.send_noconnect((name, node), message),
        Resolved::Global(_) | Resolved::Via(..) | Resolved::Other => {
            return Err(Exit::badarg().into());
        }
    };
    Ok(Answer::from(if sent { atom!("ok") } else { atom!("noconnect") }))
}

fn send_nosuspend(ctx: &Context, names: &SharedNames, to: &Target, message: &Template) -> Outcome {
    let message = fill(message, names)?;
    Ok(Answer::from(match resolve(to, names)? {
        Resolved::Pid(pid) => ctx.send_nosuspend(pid, message),
        Resolved::Reference(alias) => ctx.send_nosuspend(alias, message),
        Resolved::Local(name) => ctx.send_name(name, message).map(|()| true)?,
        Resolved::Remote(name, node) => ctx.send_nosuspend((name, node), message),
        Resolved::Global(_) | Resolved::Via(..) | Resolved::Other => {
            return Err(Exit::badarg().into());
        }
    }))
}

fn monitored(target: &Target, names: &SharedNames) -> Result<MonitorTarget, Problem> {
    match resolve(target, names)? {
        Resolved::Pid(pid) => Ok(pid.into()),
        Resolved::Local(name) => Ok(name.into()),
        Resolved::Remote(name, node) => Ok((name, node).into()),
        Resolved::Reference(_) | Resolved::Global(_) | Resolved::Via(..) | Resolved::Other => {
            Err(Exit::badarg().into())
        }
    }
}

/// `demonitor/2` (A45, A46).
fn demonitor(ctx: &Context, monitor: Ref, flush: bool, info: bool) -> bool {
    let active = if flush { ctx.demonitor_flush(monitor) } else { ctx.demonitor(monitor) };
    !info || active
}

fn timer_destination(
    ctx: &Context,
    to: &Target,
    names: &SharedNames,
) -> Result<TimerDestination, Problem> {
    match resolve(to, names)? {
        Resolved::Pid(pid) if pid.incarnation() == ctx.incarnation() => Ok(pid.into()),
        Resolved::Local(name) => Ok(name.into()),
        Resolved::Pid(_)
        | Resolved::Reference(_)
        | Resolved::Remote(..)
        | Resolved::Global(_)
        | Resolved::Via(..)
        | Resolved::Other => Err(Exit::badarg().into()), // A55
    }
}

/// Takes all messages out of the mailbox.
async fn mailbox(ctx: &Context, names: &SharedNames, sorted: bool) -> Answer {
    let mut messages = Vec::new();
    let wanted = |message: &Term| !is_summons(message);
    while let Some(message) = ctx.receive_where(wanted).within(Duration::ZERO).await {
        messages.push(message);
    }
    if sorted {
        let mut names = names.borrow_mut();
        messages.sort_by_cached_key(|message| super::printing::print(message, &mut names));
    }
    Answer::Terms(messages)
}

/// Spawns another probe (A60 to A63).
async fn spawn(ctx: &Context, names: &SharedNames, spawning: Spawning) -> Outcome {
    let Spawning { name, node, link, monitor, monitor_name } = spawning;
    let node = names.borrow().node(&node)?;
    let desk = Rc::new(Desk::default());
    let options = SpawnOptions { label: Atom::new(&name), link, monitor, group_leader: None };
    let life = (Rc::clone(&desk), Rc::clone(names));
    let (pid, monitor) =
        ctx.spawn_on(node, options, move |ctx| probe::live(ctx, life.0, life.1)).await;
    let mut names = names.borrow_mut();
    names.bind(&name, Thing::Process(pid, Some(desk)));
    if let (Some(name), Some(monitor)) = (monitor_name, monitor) {
        names.bind(&name, Thing::Reference(monitor));
    }
    Ok(Answer::Silent)
}
