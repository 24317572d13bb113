//! What a probe can be told to do.

use std::time::Duration;

use super::server::ServerStart;
use super::supervisor::SupervisorStart;
use super::template::Template;
use crate::engine::runtime::AliasMode;
use crate::engine::term::{Atom, Term};
use crate::otp::global::Resolver;

/// Whom something is for, as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A bare word: a process or a reference if something has that name, otherwise a registered
    /// name.
    Word(String),
    /// A term: `<p>`, `{name,node}`, `{global,name}`, or what is no target at all.
    Term(Template),
}

/// One thing that a probe does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    Signal(SignalOperation),
    Local(LocalOperation),
    Server(ServerOperation),
    Remote(RemoteOperation),
    Global(GlobalOperation),
    Group(GroupOperation),
    Mailbox {
        sorted: bool,
    },
    Spawn(Spawning),
    End(Ending),
    /// What is raised is the answer.
    Catch(Box<Operation>),
}

/// Signals to other processes, and what makes them come.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SignalOperation {
    Send {
        to: Target,
        message: Template,
    },
    SendNoconnect {
        to: Target,
        message: Template,
    },
    SendNosuspend {
        to: Target,
        message: Template,
    },
    /// Sends a binary of so many megabytes.
    SendBulk {
        to: Target,
        megabytes: u32,
    },
    Link(Target),
    Unlink(Target),
    Monitor {
        target: Target,
        name: Option<String>,
        tag: Option<Atom>,
        alias: Option<AliasMode>,
    },
    Demonitor {
        monitor: String,
        flush: bool,
        info: bool,
    },
    Alias {
        mode: AliasMode,
        name: Option<String>,
    },
    Unalias(String),
    TrapExit(bool),
    ExitSignal {
        to: Target,
        reason: Template,
    },
}

/// Names and timers of the node, and what a process can ask its node.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LocalOperation {
    Register {
        name: Template,
        process: Option<Target>,
    },
    Unregister(Template),
    Whereis {
        name: Template,
        named: Option<String>,
    },
    IsAlive(Target),
    SelfPid,
    Node,
    MonitorNode {
        node: String,
        on: bool,
    },
    MonitorNodes {
        on: bool,
        options: NodeMonitorWords,
    },
    NetTicktime,
    SetNetTicktime {
        time: Duration,
        transition: Duration,
    },
    SetTimer {
        after: Duration,
        to: Target,
        message: Template,
        named: Option<String>,
        kind: TimerKind,
    },
    Cancel {
        timer: String,
        /// Whether the time left is told.
        info: bool,
        /// Whether it is told by a message.
        asynchronously: bool,
    },
    ReadTimer(String),
}

/// Options of `net_kernel:monitor_nodes`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NodeMonitorWords {
    pub hidden: bool,
    pub reason: bool,
    /// As a map instead of a list.
    pub map: bool,
    /// What is no option.
    pub unknown: Vec<Atom>,
}

/// What other nodes are asked to run.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RemoteOperation {
    Call { node: String, function: Template, timeout: Limit, interface: Interface },
    Multicall { nodes: Vec<String>, function: Template, timeout: Limit, interface: Interface },
    Cast { node: String, function: Template, interface: Interface },
    Broadcast { name: Atom, nodes: Vec<String>, message: Template },
    SpawnRequest { node: String, function: Template, link: bool, monitor: bool, name: String },
}

/// Which of the two interfaces is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    Erpc,
    Rpc,
}

/// How long something may take.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Limit {
    Forever,
    Within(Duration),
    /// A term that is no timeout.
    Bad(Term),
}

/// What is done with servers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ServerOperation {
    Call { to: Target, request: Template, timeout: Patience },
    Cast { to: Target, request: Template },
    Abcast { name: Atom, nodes: Vec<String>, request: Template },
    MultiCall { name: Atom, nodes: Vec<String>, request: Template, timeout: Option<Duration> },
    SendRequest { to: Target, request: Template, name: String },
    Response { request: String, timeout: Option<Duration>, kind: Waiting },
    Stop { server: Target, reason: Option<Template>, timeout: Option<Duration> },
    StartServer(ServerStart),
    StartSupervisor(SupervisorStart),
}

/// How long a call waits.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Patience {
    /// As long as `gen_server:call/2` does.
    Usual,
    /// So long.
    Given(Limit),
}

/// How a probe ends itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    Exit(Template),
    Error(Template),
    Throw(Template),
    Return,
}

/// Which of the timers it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimerKind {
    SendAfter,
    StartTimer,
}

/// What becomes of a request when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// `receive_response`: it is given up.
    Receive,
    /// `wait_response`: it can be waited for again.
    Wait,
}

/// What is done with names of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum GlobalOperation {
    Register {
        name: Template,
        process: Option<Target>,
        resolver: Resolver,
    },
    Reregister {
        name: Template,
        process: Option<Target>,
    },
    Unregister(Template),
    Whereis(Template),
    Send {
        name: Template,
        message: Template,
    },
    Sync,
    Disconnect,
    Names,
    SetLock {
        lock: Lock,
        retries: Option<u32>,
    },
    DelLock(Lock),
    /// Does something while it holds a lock.
    Trans {
        lock: Lock,
        does: Template,
        retries: Option<u32>,
    },
}

/// A lock on some nodes, or on all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lock {
    pub resource: Template,
    pub requester: Template,
    pub nodes: Option<Vec<String>>,
}

/// What is done with groups of a scope.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GroupOperation {
    pub what: GroupAct,
    /// The scope, if it is not the one that every node starts.
    pub scope: Option<Atom>,
}

/// What is done with groups.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum GroupAct {
    /// Starts the scope.
    Start {
        name: Option<String>,
    },
    Join {
        group: Template,
        processes: Vec<Target>,
    },
    Leave {
        group: Template,
        processes: Vec<Target>,
    },
    Members {
        group: Template,
        local: bool,
    },
    Groups,
    Monitor {
        group: Template,
        name: String,
    },
    MonitorScope {
        name: String,
    },
    Demonitor(String),
}

/// A probe that another one spawns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spawning {
    /// The name of the new one.
    pub name: String,
    /// Where it runs.
    pub node: String,
    /// Whether the two are linked.
    pub link: bool,
    /// Whether it is monitored.
    pub monitor: bool,
    /// The name of the monitor.
    pub monitor_name: Option<String>,
}
