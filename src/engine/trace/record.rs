//! One line of a trace.

use serde::{Serialize, Serializer};

use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;

/// The place of a record in its trace, counted from 1; 0 stands for "no record".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RecordId(pub u32);

/// Something that happened in a simulation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceRecord {
    /// Its place in the trace.
    pub id: RecordId,
    /// The record without which this one would not be there; 0 if there is none.
    pub cause: RecordId,
    /// When.
    pub at: Time,
    /// Where, if it happened on a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Atom>,
    /// What.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What a record says. "The node" is the one that the record names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Fact {
    /// The node has started.
    NodeStarted {
        /// Tells this incarnation from earlier ones.
        creation: u32,
    },
    /// The node has stopped in order.
    NodeStopped {
        /// Why.
        #[serde(serialize_with = "printed")]
        reason: Term,
    },
    /// The node's operating-system process was killed, or its host lost power.
    NodeCrashed,
    /// The node has gone down, and is to be started again.
    RestartPlanned {
        /// Which restart it is, counted from 1, of those of which none has lasted.
        number: u32,
        /// How long it stays down, in nanoseconds.
        after_ns: u64,
    },
    /// The node stays down: it has been started again as often as it may be.
    RestartsExhausted {
        /// How often it may be.
        restarts: u32,
    },
    /// The node stands still.
    NodePaused,
    /// The node goes on.
    NodeResumed,
    /// A host lost power.
    HostCrashed {
        /// The host.
        host: Atom,
    },
    /// A host has power again.
    HostStarted {
        /// The host.
        host: Atom,
    },
    /// The connection to a peer is up at the node.
    NodeUp {
        /// The peer.
        peer: Atom,
    },
    /// The node has lost its connection to a peer.
    NodeDown {
        /// The peer.
        peer: Atom,
        /// Why, in Erlang's words: `net_tick_timeout`, `connection_closed`, `disconnect`.
        reason: Atom,
    },
    /// An attempt of the node to connect to a peer has failed.
    ConnectFailed {
        /// The peer.
        peer: Atom,
    },
    /// The node has turned down a peer whose cookie differs.
    CookieRejected {
        /// The peer.
        peer: Atom,
    },
    /// A fault of the plan was injected.
    FaultInjected {
        /// Its place in the plan.
        fault: u32,
        /// What it does, for people.
        text: String,
    },
    /// A fault of the plan, or its end, changed nothing.
    FaultWithoutEffect {
        /// Its place in the plan.
        fault: u32,
        /// What it would have done, for people.
        text: String,
        /// Why it did not.
        why: String,
    },
    /// What a fault did was undone.
    FaultEnded {
        /// Its place in the plan.
        fault: u32,
        /// What was undone, for people.
        text: String,
    },
    /// An application runs on the node.
    ApplicationStarted {
        /// The application.
        application: Atom,
        /// `normal`, `{failover,Node}` or `{takeover,Node}`.
        #[serde(serialize_with = "printed")]
        start_type: Term,
    },
    /// An application has stopped on the node.
    ApplicationStopped {
        /// The application.
        application: Atom,
        /// Why.
        #[serde(serialize_with = "printed")]
        reason: Term,
    },
    /// A global name belongs to a process now, as far as the node knows.
    GlobalRegistered {
        /// The name.
        #[serde(serialize_with = "printed")]
        name: Term,
        /// The process.
        pid: Pid,
    },
    /// A global name belongs to nobody now, as far as the node knows.
    GlobalUnregistered {
        /// The name.
        #[serde(serialize_with = "printed")]
        name: Term,
    },
    /// A process says something worth knowing.
    Log {
        /// Who.
        pid: Pid,
        /// `info`, `warning` or `error`.
        level: Level,
        /// What.
        text: String,
    },
    /// A process has been spawned.
    Spawned {
        /// The process.
        pid: Pid,
        /// What it runs.
        label: Atom,
        /// Who spawned it.
        #[serde(skip_serializing_if = "Option::is_none")]
        parent: Option<Pid>,
    },
    /// A process has ended.
    Exited {
        /// The process.
        pid: Pid,
        /// What it ran, or the name under which it was registered.
        label: Atom,
        /// Its exit reason.
        #[serde(serialize_with = "printed")]
        reason: Term,
    },
    /// A process has panicked, or what it held did when it was gone.
    Panicked {
        /// The process, if it was still there.
        #[serde(skip_serializing_if = "Option::is_none")]
        pid: Option<Pid>,
        /// What it ran, or the name under which it was registered.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<Atom>,
        /// What it said.
        text: String,
        /// Where in the source: `src/counter.rs:12`.
        place: String,
    },
    /// A process has sent a message.
    Sent {
        /// The sender.
        from: Pid,
        /// A pid, a name, or a name and a node.
        #[serde(serialize_with = "printed")]
        to: Term,
        /// The message.
        #[serde(serialize_with = "printed")]
        message: Term,
    },
    /// A message is in the mailbox of its receiver.
    Delivered {
        /// The receiver.
        to: Pid,
        /// The message.
        #[serde(serialize_with = "printed")]
        message: Term,
    },
    /// A message is lost: nobody is there to receive it.
    Dropped {
        /// Whom it was for.
        #[serde(serialize_with = "printed")]
        to: Term,
        /// The message.
        #[serde(serialize_with = "printed")]
        message: Term,
    },
    /// A signal other than a message has reached a process.
    Signalled {
        /// The receiver.
        to: Pid,
        /// The signal: `exit`, `link`, `unlink`, `monitor`, `demonitor`, `down`.
        signal: &'static str,
    },
    /// A process goes on, or gets a message, since its time is up.
    TimerExpired {
        /// The process.
        pid: Pid,
        /// What it runs, or the name under which it is registered.
        label: Atom,
        /// How long it has waited, in nanoseconds.
        after_ns: u64,
    },
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
    /// What a process said, what a fault did, or that the node came or went.
    pub(super) fn as_log(&self) -> Option<&str> {
        if let Fact::Log { text, .. }
        | Fact::FaultInjected { text, .. }
        | Fact::FaultEnded { text, .. } = self
        {
            return Some(text);
        }
        let started = matches!(self, Fact::NodeStarted { .. }).then_some("node started");
        let stopped = matches!(self, Fact::NodeStopped { .. }).then_some("node stopped");
        let crashed = matches!(self, Fact::NodeCrashed).then_some("node crashed");
        started.or(stopped).or(crashed)
    }
}

/// How bad a [`Fact::Log`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// For the story.
    Info,
    /// Something that should not happen often.
    Warning,
    /// Something broke.
    Error,
}

fn printed<S: Serializer>(term: &Term, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(term)
}
