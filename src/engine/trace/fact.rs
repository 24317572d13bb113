//! The facts that a trace records, grouped by what they are about.

use crate::engine::term::{Atom, Pid, Term};
use crate::spelling::words;

/// The content of a trace record. "The node" is the one that the record names.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A node that starts, ends, pauses or resumes.
    Node(NodeFact),
    /// A host that loses power or has it again.
    Host(HostFact),
    /// A connection of the node to a peer.
    Connection(ConnectionFact),
    /// A fault of the plan.
    Fault(FaultFact),
    /// An application on the node.
    Application(ApplicationFact),
    /// A global name, as far as the node knows.
    Global(GlobalFact),
    /// A log event of a process.
    Log(LogFact),
    /// A process on the node.
    Process(ProcessFact),
    /// A message between processes.
    Message(MessageFact),
    /// A client's operation.
    Operation(OperationFact),
}

/// A [`Fact`] about a node.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeFact {
    /// The node has started.
    Started {
        /// The number that tells this incarnation from earlier ones.
        creation: u32,
    },
    /// The node has stopped in order.
    Stopped {
        /// The reason.
        reason: Term,
    },
    /// The node's operating-system process was killed, or its host lost power.
    Crashed,
    /// The node has gone down, and is to be started again.
    RestartPlanned {
        /// The number of this restart, counted from 1 since the last one that lasted.
        number: u32,
        /// The time that it stays down, in nanoseconds.
        after_ns: u64,
    },
    /// The node stays down: it has been started again as often as it may be.
    RestartsExhausted {
        /// The number of restarts that are allowed.
        restarts: u32,
    },
    /// The node is paused.
    Paused,
    /// The node resumes.
    Resumed,
}

/// A [`Fact`] about a host. The world records the crash of each of its nodes as well.
#[derive(Clone, Debug, PartialEq)]
pub enum HostFact {
    /// A host lost power.
    Crashed {
        /// The host.
        host: Atom,
    },
    /// A host has power again.
    Started {
        /// The host.
        host: Atom,
    },
}

/// A [`Fact`] about a connection of the node.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnectionFact {
    /// The connection to a peer is up at the node.
    Up {
        /// The peer.
        peer: Atom,
    },
    /// The node has lost its connection to a peer.
    Down {
        /// The peer.
        peer: Atom,
        /// The reason in Erlang's words: `net_tick_timeout`, `connection_closed`, `disconnect`.
        reason: Atom,
    },
    /// An attempt of the node to connect to a peer has failed.
    Failed {
        /// The peer.
        peer: Atom,
    },
    /// The node has rejected a peer whose cookie differs.
    CookieRejected {
        /// The peer.
        peer: Atom,
    },
}

/// A [`Fact`] about a fault of the plan.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultFact {
    /// A fault was injected.
    Injected {
        /// Its place in the plan.
        fault: u32,
        /// Its effect, for people.
        text: String,
        /// Its kind and the nodes that it concerns, if they are known.
        scope: Option<Box<FaultScope>>,
    },
    /// A fault, or its end, changed nothing.
    WithoutEffect {
        /// Its place in the plan.
        fault: u32,
        /// The effect that it would have had, for people.
        text: String,
        /// The reason why it had none.
        why: String,
    },
    /// The effect of a fault was undone.
    Ended {
        /// Its place in the plan.
        fault: u32,
        /// The effect that was undone, for people.
        text: String,
    },
}

/// The kind of a fault, and the nodes that it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultScope {
    /// The kind: `crash_node`, `partition`, …; `repair` for what puts something right.
    pub kind: &'static str,
    /// The nodes that it concerns one by one; all if there are neither nodes nor groups.
    pub nodes: Vec<Atom>,
    /// The groups of nodes that it keeps apart, or between which it has its effect.
    pub groups: Vec<Vec<Atom>>,
}

/// A [`Fact`] about an application on the node.
#[derive(Clone, Debug, PartialEq)]
pub enum ApplicationFact {
    /// An application runs on the node.
    Started {
        /// The application.
        application: Atom,
        /// `normal`, `{failover,Node}` or `{takeover,Node}`.
        start_type: Term,
    },
    /// An application has stopped on the node.
    Stopped {
        /// The application.
        application: Atom,
        /// The reason.
        reason: Term,
    },
}

/// A [`Fact`] about a global name, as far as the node knows.
#[derive(Clone, Debug, PartialEq)]
pub enum GlobalFact {
    /// A global name belongs to a process now.
    Registered {
        /// The name.
        name: Term,
        /// The process.
        pid: Pid,
    },
    /// A global name belongs to nobody now.
    Unregistered {
        /// The name.
        name: Term,
    },
}

/// A log event of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct LogFact {
    /// The process.
    pub pid: Pid,
    /// `info`, `warning` or `error`.
    pub level: Level,
    /// The report, if one of OTP's own processes makes it.
    pub report: Option<LogReport>,
    /// The text.
    pub text: String,
}

/// A [`Fact`] about a process.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessFact {
    /// A process has been spawned.
    Spawned {
        /// The process.
        pid: Pid,
        /// The name of the program that it runs.
        label: Atom,
        /// The process that spawned it.
        parent: Option<Pid>,
    },
    /// A process has ended.
    Exited {
        /// The process.
        pid: Pid,
        /// The program that it ran, or the name under which it was registered.
        label: Atom,
        /// Its exit reason.
        reason: Term,
    },
    /// A process has panicked, or what it held did when it was dropped.
    Panicked {
        /// The process, if it was still there.
        pid: Option<Pid>,
        /// The program that it ran, or the name under which it was registered.
        label: Option<Atom>,
        /// The message of the panic.
        text: String,
        /// The place in the source: `src/counter.rs:12`.
        place: String,
    },
    /// A signal other than a message has reached a process.
    Signalled {
        /// The receiver.
        to: Pid,
        /// The signal: `exit`, `link`, `unlink`, `monitor`, `demonitor`, `down`.
        signal: &'static str,
        /// The sender, if the signal tells.
        from: Option<Pid>,
        /// The exit reason that it carries, if it does.
        reason: Option<Term>,
    },
    /// A timer has expired: a process resumes, or gets a message.
    TimerExpired {
        /// The process.
        pid: Pid,
        /// The program that it runs, or the name under which it is registered.
        label: Atom,
        /// The time that it has waited, in nanoseconds.
        after_ns: u64,
    },
    /// The state of a server, after a callback that changed it.
    State {
        /// The process.
        pid: Pid,
        /// The program that it runs, or the name under which it is registered.
        label: Atom,
        /// The state, as the server shows it.
        state: Term,
    },
}

/// A [`Fact`] about a message.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageFact {
    /// A process has sent a message.
    Sent {
        /// The sender.
        from: Pid,
        /// A pid, a name, or a name and a node.
        to: Term,
        /// The message.
        message: Term,
        /// The place in the source of compiled code, if it is known: `bank:put/2 (bank.erl:34)`.
        place: Option<Atom>,
    },
    /// A message is in the mailbox of its receiver.
    Delivered {
        /// The receiver.
        to: Pid,
        /// The message.
        message: Term,
        /// The number of messages in the mailbox before it.
        waiting: u32,
    },
    /// A message to another node is lost on the way. It is of no node: nobody there knows.
    Lost {
        /// The sender.
        from: Pid,
        /// The process, name or alias to which it was sent, as the other node would know it.
        to: Term,
        /// The message.
        message: Term,
        /// The reason: `connection_gone` or `never_connected`.
        why: &'static str,
    },
    /// A message is lost: nobody is there to receive it.
    Dropped {
        /// The process, name or alias to which it was sent.
        to: Term,
        /// The message.
        message: Term,
    },
}

/// A [`Fact`] about a client's operation.
#[derive(Clone, Debug, PartialEq)]
pub enum OperationFact {
    /// A client has begun an operation.
    Invoked {
        /// Its place in the history.
        operation: u32,
    },
    /// A client's operation has ended.
    Completed {
        /// Its place in the history.
        operation: u32,
        /// `ok`, `failed` or `unknown`.
        outcome: &'static str,
    },
}

impl Fact {
    /// The log text of a process, the effect of a fault, or the start or end of a node.
    pub(super) fn as_log(&self) -> Option<&str> {
        match self {
            Fact::Log(LogFact { text, .. })
            | Fact::Fault(FaultFact::Injected { text, .. } | FaultFact::Ended { text, .. }) => {
                Some(text)
            }
            Fact::Node(NodeFact::Started { .. }) => Some("node started"),
            Fact::Node(NodeFact::Stopped { .. }) => Some("node stopped"),
            Fact::Node(NodeFact::Crashed) => Some("node crashed"),
            Fact::Node(
                NodeFact::RestartPlanned { .. }
                | NodeFact::RestartsExhausted { .. }
                | NodeFact::Paused
                | NodeFact::Resumed,
            )
            | Fact::Fault(FaultFact::WithoutEffect { .. })
            | Fact::Host(_)
            | Fact::Connection(_)
            | Fact::Application(_)
            | Fact::Global(_)
            | Fact::Process(_)
            | Fact::Message(_)
            | Fact::Operation(_) => None,
        }
    }
}

/// The severity of a [`LogFact`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For the story.
    Info,
    /// Something that should not happen often.
    Warning,
    /// Something broke.
    Error,
}

words!(Level { Info => "info", Warning => "warning", Error => "error" });

/// A log event of OTP's own processes that readers of a trace look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogReport {
    /// A process of a behaviour ends because of an error: its last message and its state.
    ServerTerminated,
    /// A process has ended with an exception, in OTP's own words.
    CrashReported,
    /// The crash of a process of compiled code, in one line.
    Crash,
    /// A supervisor has lost a child.
    ChildTerminated,
    /// A supervisor has lost a child whose crash was told.
    ChildCrashed,
    /// A supervisor gives up: it has restarted its children as often as it may.
    RestartIntensityReached,
    /// `global` terminates one of two processes that have the same name.
    NameConflict,
    /// `global` disconnects a node to prevent overlapping partitions.
    OverlapPrevented,
}
