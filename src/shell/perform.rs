//! Doing the operations of a probe.

use std::rc::Rc;
use std::time::Duration;

use super::names::{SharedNames, Thing};
use super::operation::{Argument, Call, Ending, Lock, Operation, Shown, Spawning, Target};
use super::printing::print;
use super::probe::{self, Desk, is_summons};
use super::template::Template;
use super::{Answer, perform_remote};
use crate::engine::runtime::{Context, Exit, ExitResult, SpawnOptions};
use crate::engine::term::{Atom, Term};
use crate::otp::functions;
use crate::otp::gen_server::StartResult;
use crate::otp::global::{self, Resolver};
use crate::{atom, tuple};

/// The reason for which there is no answer.
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
    /// The answer that says so.
    pub(super) fn into_answer(self) -> Answer {
        match self {
            Problem::Raised(exit) => Answer::Raised(exit),
            Problem::Complaint(text) => Answer::Complaint(text),
        }
    }
}

/// An answer, or the reason for which there is none.
pub(super) type Outcome = Result<Answer, Problem>;

/// A term with its names looked up.
pub(super) fn fill(template: &Template, names: &SharedNames) -> Result<Term, String> {
    template.fill(&names.borrow())
}

const MEGABYTE: usize = 1 << 20;

/// Does one thing. The end of the process is the process's own.
pub(super) async fn perform(ctx: &Context, names: &SharedNames, operation: Operation) -> Outcome {
    match operation {
        Operation::Call(call) => self::call(ctx, names, call).await,
        Operation::Remote(operation) => perform_remote::remote(ctx, names, operation).await,
        Operation::Trans { lock, does, retries } => trans(ctx, names, &lock, &does, retries).await,
        Operation::StartServer(start) => {
            let name = start.name.clone();
            start.ask_registry(ctx)?;
            Ok(started(start.start_link(ctx).await, &name, names))
        }
        Operation::StartSupervisor(start) => {
            let name = start.name.clone();
            Ok(started(start.start_link(ctx).await, &name, names))
        }
        Operation::Mailbox { sorted } => Ok(mailbox(ctx, names, sorted).await),
        Operation::Spawn(spawning) => spawn(ctx, names, spawning).await,
        Operation::End(_) => Ok(Answer::Silent),
        Operation::Catch(operation) => Box::pin(catch(ctx, names, *operation)).await,
    }
}

/// Calls a function that every node has.
pub(super) async fn call(ctx: &Context, names: &SharedNames, call: Call) -> Outcome {
    let arguments = call.arguments.iter().map(|argument| filled(ctx, names, argument));
    let arguments: Vec<Term> = arguments.collect::<Result<_, String>>()?;
    let result = functions::apply(ctx, call.module, call.function, arguments).await?;
    if let Some(name) = &call.named {
        bind(&result, name, call.shown, names);
    }
    Ok(shown(result, call.shown, names))
}

/// The term of an argument.
fn filled(ctx: &Context, names: &SharedNames, argument: &Argument) -> Result<Term, String> {
    let pid_of = |target: &Target| target_term(target, names);
    Ok(match argument {
        Argument::Target(target) => target_term(target, names)?,
        Argument::Term(template) => fill(template, names)?,
        Argument::Plain(term) => term.clone(),
        Argument::Node(node) => names.borrow().node(node)?.into(),
        Argument::Nodes(nodes) if nodes.is_empty() => {
            std::iter::once(ctx.node()).chain(ctx.nodes()).map(Term::from).collect()
        }
        Argument::Nodes(nodes) => all_nodes(nodes, names)?.into_iter().map(Term::from).collect(),
        Argument::Reference(name) => names.borrow().reference(name)?.into(),
        Argument::Process(None) => ctx.pid().into(),
        Argument::Process(Some(target)) => pid_of(target)?,
        Argument::Processes(processes) => match processes.as_slice() {
            [] => ctx.pid().into(),
            [process] => pid_of(process)?,
            several => several.iter().map(pid_of).collect::<Result<Term, String>>()?,
        },
        Argument::Lock(resource, requester) => {
            tuple![fill(resource, names)?, fill(requester, names)?]
        }
        Argument::Megabytes(number) => {
            Term::from(vec![0_u8; *number as usize * MEGABYTE].as_slice())
        }
        Argument::Resolver(resolver) => resolver_term(ctx, *resolver),
    })
}

/// An addressee: what a word names, or itself as an atom; `{name,b}` with the full name of the node.
fn target_term(target: &Target, names: &SharedNames) -> Result<Term, String> {
    let names = names.borrow();
    let term = match target {
        Target::Word(word) if names.find(word).is_some() => return names.thing(word),
        Target::Word(word) => return Ok(Term::atom(word)),
        Target::Term(template) => template.fill(&names)?,
    };
    match term.as_tuple() {
        Some([tag, _]) if tag.is_atom("global") => Ok(term),
        Some([Term::Atom(name), Term::Atom(node)]) if !node.as_str().contains('@') => {
            Ok(tuple![*name, names.node(node.as_str())?])
        }
        Some(_) | None => Ok(term),
    }
}

pub(super) fn all_nodes(nodes: &[String], names: &SharedNames) -> Result<Vec<Atom>, String> {
    nodes.iter().map(|node| names.borrow().node(node)).collect()
}

/// The argument for a resolver. One of the session's own is defined on the node before (G13).
fn resolver_term(ctx: &Context, resolver: Resolver) -> Term {
    let function = match resolver {
        Resolver::RandomExit => atom!("random_exit_name"),
        Resolver::RandomNotify => atom!("random_notify_name"),
        Resolver::NotifyAll => atom!("notify_all_name"),
        Resolver::Own(which) => {
            global::define_resolver(ctx, which, move |_, _, other, own| match which.as_str() {
                "own" => Ok(Some(own)),
                "other" => Ok(Some(other)),
                "none" => Ok(None),
                _ => Err(Exit::error(atom!("crash"))),
            });
            return tuple![atom!("shell"), which];
        }
    };
    tuple![atom!("global"), function]
}

/// Gives the process or the reference in a result a name: of `{ok,Pid}` the process, of a monitor with
/// what it is about the reference.
fn bind(result: &Term, name: &str, shown: Shown, names: &SharedNames) {
    let identity = match result.as_tuple() {
        Some([tag, pid]) if tag.is_atom("ok") => pid,
        Some([reference @ Term::Reference(_), _]) => reference,
        Some(_) | None => result,
    };
    let mut names = names.borrow_mut();
    match identity.as_reference() {
        Some(request) if shown == Shown::Request => names.bind(name, Thing::Request(request)),
        Some(_) | None => names.bind_term(name, identity),
    }
}

/// The part of a result that is shown.
fn shown(result: Term, shown: Shown, names: &SharedNames) -> Answer {
    match shown {
        Shown::Nothing | Shown::Request => Answer::Silent,
        Shown::TimeLeft if result.as_integer().is_some() => Answer::Text(vec!["<left>".to_owned()]),
        Shown::All | Shown::TimeLeft => Answer::from(result),
        Shown::Sorted => {
            let mut elements = result.as_list().unwrap_or_default().to_vec();
            elements.sort_unstable();
            Answer::from(Term::from(elements))
        }
        Shown::Members => Answer::from(members(&result, names)),
        Shown::Children => {
            let child = |child: &Term| match child.as_tuple() {
                Some([id, pid, kind, _]) => tuple![id, pid, kind],
                Some(_) | None => child.clone(),
            };
            Answer::from(result.map_elements(&mut |each| child(each)))
        }
    }
}

/// A result with its lists of members in the order of their print: what `pg` answers differs from
/// node to node (G23).
fn members(result: &Term, names: &SharedNames) -> Term {
    let Some(pids) = result.as_list() else {
        return result.map_elements(&mut |element| members(element, names));
    };
    let mut names = names.borrow_mut();
    let mut pids = pids.to_vec();
    pids.sort_by_cached_key(|pid| print(pid, &mut names));
    Term::from(pids)
}

/// Answers the exception that an operation raises (A20).
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

/// The end of a probe by itself.
pub(super) fn end(ending: &Ending, names: &SharedNames) -> Result<ExitResult, String> {
    Ok(match ending {
        Ending::Exit(reason) => Err(Exit::exit(fill(reason, names)?)),
        Ending::Error(reason) => Err(Exit::error(fill(reason, names)?)),
        Ending::Throw(term) => Err(Exit::throw(fill(term, names)?)),
        Ending::Return => Ok(()),
    })
}

/// `global:trans`
async fn trans(
    ctx: &Context,
    names: &SharedNames,
    lock: &Lock,
    does: &Template,
    retries: Option<u32>,
) -> Outcome {
    let nodes = lock.nodes.as_ref().map(|nodes| all_nodes(nodes, names)).transpose()?;
    let id = (fill(&lock.resource, names)?, fill(&lock.requester, names)?);
    let does = fill(does, names)?;
    let body = async || act(ctx, &does).await;
    match global::trans_on(ctx, id, nodes, retries, body).await {
        Some(result) => Ok(Answer::from(result?)),
        None => Ok(Answer::from(atom!("aborted"))),
    }
}

/// The body of a transaction.
async fn act(ctx: &Context, does: &Term) -> Result<Term, Exit> {
    match does.as_tuple() {
        Some([tag, term]) if tag.is_atom("return") => Ok(term.clone()),
        Some([tag, time, term]) if tag.is_atom("sleep") => {
            ctx.sleep(super::server::milliseconds(time)).await;
            Ok(term.clone())
        }
        _ => Err(super::server::raised(does).unwrap_or_else(Exit::badarg)),
    }
}

/// `{ok,Pid}`, `ignore` or `{error,Reason}`; the process gets its name.
pub(super) fn started(result: StartResult, name: &str, names: &SharedNames) -> Answer {
    if let Ok(Some(pid)) = &result {
        names.borrow_mut().bind(name, Thing::Process(*pid, None));
    }
    Answer::from(Term::from(result))
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
        messages.sort_by_cached_key(|message| print(message, &mut names));
    }
    Answer::Terms(messages)
}

/// Spawns another probe (A60 to A63).
async fn spawn(ctx: &Context, names: &SharedNames, spawning: Spawning) -> Outcome {
    let Spawning { name, node, link, monitor, monitor_name } = spawning;
    let node = names.borrow().node(&node)?;
    let desk = Rc::new(Desk::default());
    let options = SpawnOptions { link, monitor, ..SpawnOptions::new(&name) };
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
