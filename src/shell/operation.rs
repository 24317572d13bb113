//! The things that a process of a session does.

use std::time::Duration;

use super::server::ServerStart;
use super::supervisor::SupervisorStart;
use super::template::Template;
use crate::engine::term::{Atom, Term};
use crate::otp::global::Resolver;

/// One thing that a probe does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    Call(Call),
    Remote(RemoteOperation),
    /// Does something while it holds a lock.
    Trans {
        lock: Lock,
        does: Template,
        retries: Option<u32>,
    },
    StartServer(ServerStart),
    StartSupervisor(SupervisorStart),
    Mailbox {
        sorted: bool,
    },
    Spawn(Spawning),
    End(Ending),
    /// Answers the exception that it raises.
    Catch(Box<Operation>),
}

/// A call of a function that every node has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub module: Atom,
    pub function: Atom,
    pub arguments: Vec<Argument>,
    /// The name in the session of the process or the reference that it returns.
    pub named: Option<String>,
    pub shown: Shown,
}

/// An argument, as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument {
    /// A process, a name, `{name,node}`, or anything else in the place of one.
    Target(Target),
    Term(Template),
    Plain(Term),
    Node(String),
    Nodes(Vec<String>),
    /// A reference or a request, by its name in the session.
    Reference(String),
    /// This process, or that one.
    Process(Option<Target>),
    /// This process, that one, or a list of several.
    Processes(Vec<Target>),
    /// `{Resource,Requester}`
    Lock(Template, Template),
    /// A binary of this many megabytes.
    Megabytes(u32),
    /// A function that settles conflicts of names.
    Resolver(Resolver),
}

/// The part of a result that a session shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    All,
    Nothing,
    /// Nothing; it is a request.
    Request,
    /// All but the milliseconds that are left, which differ from run to run.
    TimeLeft,
    /// A list of nodes or names, sorted.
    Sorted,
    /// Members of groups, sorted by their print.
    Members,
    /// Children of a supervisor, without their modules.
    Children,
}

/// The addressee of an operation, as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A bare word: a process or a reference if something has that name, otherwise a registered
    /// name.
    Word(String),
    /// A term: `<p>`, `{name,node}`, `{global,name}`, or no addressee at all.
    Term(Template),
}

/// Functions that other nodes run.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RemoteOperation {
    Call { node: String, function: Template, timeout: Limit, interface: Interface },
    Multicall { nodes: Vec<String>, function: Template, timeout: Limit, interface: Interface },
    Cast { node: String, function: Template, interface: Interface },
    SpawnRequest { node: String, function: Template, link: bool, monitor: bool, name: String },
}

/// The interface to functions on other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    Erpc,
    Rpc,
}

/// A time limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Limit {
    Forever,
    Within(Duration),
    /// A term that is no timeout.
    Bad(Term),
}

impl Limit {
    /// The limit as an argument: milliseconds, or `infinity`.
    pub(super) fn into_term(self) -> Term {
        match self {
            Limit::Forever => Term::atom("infinity"),
            Limit::Within(time) => Term::from(time.as_millis()),
            Limit::Bad(term) => term,
        }
    }
}

/// The end of a probe by itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    Exit(Template),
    Error(Template),
    Throw(Template),
    Return,
}

/// A lock on some nodes, or on all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lock {
    pub resource: Template,
    pub requester: Template,
    pub nodes: Option<Vec<String>>,
}

/// A probe that another one spawns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spawning {
    /// The name of the new one.
    pub name: String,
    /// Its node.
    pub node: String,
    /// The two are linked.
    pub link: bool,
    /// The other one monitors it.
    pub monitor: bool,
    /// The name of the monitor.
    pub monitor_name: Option<String>,
}
