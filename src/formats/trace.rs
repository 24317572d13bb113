//! `trace`: everything that happened in a run, a line for each record.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A record of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TraceLineJson<'a> {
    /// Its place in the trace, counted from 1.
    pub id: u32,
    /// The record without which this one would not be there; 0 if there is none.
    pub cause: u32,
    /// The virtual time, in nanoseconds.
    pub at: u64,
    /// The node, if it happened on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Cow<'a, str>>,
    /// The event.
    #[serde(flatten)]
    pub fact: TraceFactJson<'a>,
}

/// The severity of a log event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevelJson {
    /// For the story.
    Info,
    /// Something that should not happen often.
    Warning,
    /// Something broke.
    Error,
}

/// An event. "The node" is the one that the record names; terms and pids are as Erlang prints them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TraceFactJson<'a> {
    /// The node has started.
    NodeStarted {
        /// The number that tells this incarnation from earlier ones.
        creation: u32,
    },
    /// The node has stopped in order.
    NodeStopped {
        /// The reason.
        reason: String,
    },
    /// The node's operating-system process was killed, or its host lost power.
    NodeCrashed,
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
    NodePaused,
    /// The node resumes.
    NodeResumed,
    /// A host lost power.
    HostCrashed {
        /// The host.
        host: Cow<'a, str>,
    },
    /// A host has power again.
    HostStarted {
        /// The host.
        host: Cow<'a, str>,
    },
    /// The connection to a peer is up at the node.
    NodeUp {
        /// The peer.
        peer: Cow<'a, str>,
    },
    /// The node has lost its connection to a peer.
    NodeDown {
        /// The peer.
        peer: Cow<'a, str>,
        /// The reason in Erlang's words: `net_tick_timeout`, `connection_closed`, `disconnect`.
        reason: Cow<'a, str>,
    },
    /// An attempt of the node to connect to a peer has failed.
    ConnectFailed {
        /// The peer.
        peer: Cow<'a, str>,
    },
    /// The node has rejected a peer whose cookie differs.
    CookieRejected {
        /// The peer.
        peer: Cow<'a, str>,
    },
    /// A fault was injected.
    FaultInjected {
        /// Its place in the plan.
        fault: u32,
        /// Its effect, for people.
        text: Cow<'a, str>,
        /// Its kind: `crash_node`, `partition`, …, as in the coverage of results; `repair` for what
        /// puts something right.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Cow<'a, str>>,
        /// The nodes that it concerns one by one; all if there are neither nodes nor groups.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<Cow<'a, str>>,
        /// The groups of nodes that it keeps apart, or between which it has its effect.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<Vec<Cow<'a, str>>>,
    },
    /// A fault, or its end, changed nothing.
    FaultWithoutEffect {
        /// Its place in the plan.
        fault: u32,
        /// The effect that it would have had, for people.
        text: Cow<'a, str>,
        /// The reason why it had none.
        why: Cow<'a, str>,
    },
    /// The effect of a fault was undone.
    FaultEnded {
        /// Its place in the plan.
        fault: u32,
        /// The effect that was undone, for people.
        text: Cow<'a, str>,
    },
    /// An application runs on the node.
    ApplicationStarted {
        /// The application.
        application: Cow<'a, str>,
        /// `normal`, `{failover,Node}` or `{takeover,Node}`.
        start_type: String,
    },
    /// An application has stopped on the node.
    ApplicationStopped {
        /// The application.
        application: Cow<'a, str>,
        /// The reason.
        reason: String,
    },
    /// A global name belongs to a process now.
    GlobalRegistered {
        /// The name.
        name: String,
        /// The process.
        pid: String,
    },
    /// A global name belongs to nobody now.
    GlobalUnregistered {
        /// The name.
        name: String,
    },
    /// A log event of a process.
    Log {
        /// The process.
        pid: String,
        /// Its severity.
        level: LogLevelJson,
        /// The text.
        text: Cow<'a, str>,
    },
    /// A process has been spawned.
    Spawned {
        /// The process.
        pid: String,
        /// The name of the program that it runs.
        label: Cow<'a, str>,
        /// The process that spawned it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<String>,
    },
    /// A process has ended.
    Exited {
        /// The process.
        pid: String,
        /// The program that it ran, or the name under which it was registered.
        label: Cow<'a, str>,
        /// Its exit reason.
        reason: String,
    },
    /// A process has panicked, or what it held did when it was dropped.
    Panicked {
        /// The process, if it was still there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pid: Option<String>,
        /// The program that it ran, or the name under which it was registered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<Cow<'a, str>>,
        /// The message of the panic.
        text: Cow<'a, str>,
        /// The place in the source: `src/counter.rs:12`.
        place: Cow<'a, str>,
    },
    /// A signal other than a message has reached a process.
    Signalled {
        /// The receiver.
        to: String,
        /// The signal: `exit`, `link`, `unlink`, `monitor`, `demonitor`, `down`.
        signal: Cow<'a, str>,
        /// The sender, if the signal tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The exit reason that it carries, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A timer has expired: a process resumes, or gets a message.
    TimerExpired {
        /// The process.
        pid: String,
        /// The program that it runs, or the name under which it is registered.
        label: Cow<'a, str>,
        /// The time that it has waited, in nanoseconds.
        after_ns: u64,
    },
    /// The state of a server, after a callback that changed it; only in traces with states.
    State {
        /// The process.
        pid: String,
        /// The program that it runs, or the name under which it is registered.
        label: Cow<'a, str>,
        /// The state, as the server shows it.
        state: String,
    },
    /// A process has sent a message.
    Sent {
        /// The sender.
        from: String,
        /// A pid, a name, or a name and a node.
        to: String,
        /// The message.
        message: String,
        /// The place in the source of the code that sends it, for compiled code of one's own:
        /// `bank:put/2 (bank.erl:34)`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Cow<'a, str>>,
    },
    /// A message is in the mailbox of its receiver.
    Delivered {
        /// The receiver.
        to: String,
        /// The message.
        message: String,
        /// The number of messages in the mailbox before it.
        #[serde(default, skip_serializing_if = "is_zero")]
        waiting: u32,
    },
    /// A message to another node is lost on the way; the record that led to it is that of its sending.
    Lost {
        /// The sender.
        from: String,
        /// The process, name or alias to which it was sent.
        to: String,
        /// The message.
        message: String,
        /// The reason: `connection_gone` or `never_connected`.
        why: Cow<'a, str>,
    },
    /// A message is lost: nobody is there to receive it.
    Dropped {
        /// The process, name or alias to which it was sent.
        to: String,
        /// The message.
        message: String,
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
        outcome: Cow<'a, str>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}
