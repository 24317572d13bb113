//! The facts that a trace records, grouped by what they are about.

use serde::{Serialize, Serializer};

use crate::engine::term::{Atom, Pid, Term};

/// The content of a trace record. "The node" is the one that the record names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what")]
pub enum NodeFact {
    /// The node has started.
    #[serde(rename = "node_started")]
    Started {
        /// The number that tells this incarnation from earlier ones.
        creation: u32,
    },
    /// The node has stopped in order.
    #[serde(rename = "node_stopped")]
    Stopped {
        /// The reason.
        #[serde(serialize_with = "printed")]
        reason: Term,
    },
    /// The node's operating-system process was killed, or its host lost power.
    #[serde(rename = "node_crashed")]
    Crashed,
    /// The node has gone down, and is to be started again.
    #[serde(rename = "restart_planned")]
    RestartPlanned {
        /// The number of this restart, counted from 1 since the last one that lasted.
        number: u32,
        /// The time that it stays down, in nanoseconds.
        after_ns: u64,
    },
    /// The node stays down: it has been started again as often as it may be.
    #[serde(rename = "restarts_exhausted")]
    RestartsExhausted {
        /// The number of restarts that are allowed.
        restarts: u32,
    },
    /// The node is paused.
    #[serde(rename = "node_paused")]
    Paused,
    /// The node resumes.
    #[serde(rename = "node_resumed")]
    Resumed,
}

/// A [`Fact`] about a host. The world records the crash of each of its nodes as well.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what")]
pub enum HostFact {
    /// A host lost power.
    #[serde(rename = "host_crashed")]
    Crashed {
        /// The host.
        host: Atom,
    },
    /// A host has power again.
    #[serde(rename = "host_started")]
    Started {
        /// The host.
        host: Atom,
    },
}

/// A [`Fact`] about a connection of the node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what")]
pub enum ConnectionFact {
    /// The connection to a peer is up at the node.
    #[serde(rename = "node_up")]
    Up {
        /// The peer.
        peer: Atom,
    },
    /// The node has lost its connection to a peer.
    #[serde(rename = "node_down")]
    Down {
        /// The peer.
        peer: Atom,
        /// The reason in Erlang's words: `net_tick_timeout`, `connection_closed`, `disconnect`.
        reason: Atom,
    },
    /// An attempt of the node to connect to a peer has failed.
    #[serde(rename = "connect_failed")]
    Failed {
        /// The peer.
        peer: Atom,
    },
    /// The node has rejected a peer whose cookie differs.
    #[serde(rename = "cookie_rejected")]
    CookieRejected {
        /// The peer.
        peer: Atom,
    },
}

/// A [`Fact`] about a fault of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what")]
pub enum FaultFact {
    /// A fault was injected.
    #[serde(rename = "fault_injected")]
    Injected {
        /// Its place in the plan.
        fault: u32,
        /// Its effect, for people.
        text: String,
    },
    /// A fault, or its end, changed nothing.
    #[serde(rename = "fault_without_effect")]
    WithoutEffect {
        /// Its place in the plan.
        fault: u32,
        /// The effect that it would have had, for people.
        text: String,
        /// The reason why it had none.
        why: String,
    },
    /// The effect of a fault was undone.
    #[serde(rename = "fault_ended")]
    Ended {
        /// Its place in the plan.
        fault: u32,
        /// The effect that was undone, for people.
        text: String,
    },
}

/// A [`Fact`] about an application on the node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what")]
pub enum ApplicationFact {
    /// An application runs on the node.
    #[serde(rename = "application_started")]
    Started {
        /// The application.
        application: Atom,
        /// `normal`, `{failover,Node}` or `{takeover,Node}`.
        #[serde(serialize_with = "printed")]
        start_type: Term,
    },
    /// An application has stopped on the node.
    #[serde(rename = "application_stopped")]
    Stopped {
        /// The application.
        application: Atom,
        /// The reason.
        #[serde(serialize_with = "printed")]
        reason: Term,
    },
}

/// A [`Fact`] about a global name, as far as the node knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what")]
pub enum GlobalFact {
    /// A global name belongs to a process now.
    #[serde(rename = "global_registered")]
    Registered {
        /// The name.
        #[serde(serialize_with = "printed")]
        name: Term,
        /// The process.
        pid: Pid,
    },
    /// A global name belongs to nobody now.
    #[serde(rename = "global_unregistered")]
    Unregistered {
        /// The name.
        #[serde(serialize_with = "printed")]
        name: Term,
    },
}

/// A log event of a process.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename = "log")]
pub struct LogFact {
    /// The process.
    pub pid: Pid,
    /// `info`, `warning` or `error`.
    pub level: Level,
    /// The text.
    pub text: String,
}

/// A [`Fact`] about a process.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ProcessFact {
    /// A process has been spawned.
    Spawned {
        /// The process.
        pid: Pid,
        /// The name of the program that it runs.
        label: Atom,
        /// The process that spawned it.
        #[serde(skip_serializing_if = "Option::is_none")]
        parent: Option<Pid>,
    },
    /// A process has ended.
    Exited {
        /// The process.
        pid: Pid,
        /// The program that it ran, or the name under which it was registered.
        label: Atom,
        /// Its exit reason.
        #[serde(serialize_with = "printed")]
        reason: Term,
    },
    /// A process has panicked, or what it held did when it was dropped.
    Panicked {
        /// The process, if it was still there.
        #[serde(skip_serializing_if = "Option::is_none")]
        pid: Option<Pid>,
        /// The program that it ran, or the name under which it was registered.
        #[serde(skip_serializing_if = "Option::is_none")]
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
}

/// A [`Fact`] about a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum MessageFact {
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
        /// The process, name or alias to which it was sent.
        #[serde(serialize_with = "printed")]
        to: Term,
        /// The message.
        #[serde(serialize_with = "printed")]
        message: Term,
    },
}

/// A [`Fact`] about a client's operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::Incarnation;
    use crate::engine::time::Time;
    use crate::engine::trace::{RecordId, TraceRecord};

    fn line(node: Option<&str>, fact: Fact) -> String {
        let (id, cause, at) = (RecordId(2), RecordId(1), Time::from_nanos(1_000));
        let record = TraceRecord { id, cause, at, node: node.map(Atom::new), fact };
        serde_json::to_string(&record).unwrap()
    }

    fn on_node(fact: Fact) -> String {
        let line = line(Some("a@h"), fact);
        let fields = line.strip_prefix(r#"{"id":2,"cause":1,"at":1000,"node":"a@h","what":""#);
        format!("{{\"{}", fields.unwrap_or_else(|| panic!("{line}")))
    }

    #[test]
    fn every_kind_of_fact_has_its_name_and_its_fields_in_the_json_of_a_trace() {
        let (atom, text) = (Atom::new("b@h"), || "it broke".to_owned());
        let pid = Pid::of(Incarnation::new(Atom::new("a@h"), 1), 7, 0);
        let term: Term = "{takeover,b@h}".parse().unwrap();
        let (reason, message, start_type) = (term.clone(), term.clone(), term.clone());
        let (name, to) = (Term::atom("boss"), Term::atom("boss"));
        let expected = [
            (Fact::Node(NodeFact::Started { creation: 3 }), r#"{"node_started","creation":3}"#),
            (
                Fact::Node(NodeFact::Stopped { reason: reason.clone() }),
                r#"{"node_stopped","reason":"{takeover,b@h}"}"#,
            ),
            (Fact::Node(NodeFact::Crashed), r#"{"node_crashed"}"#),
            (
                Fact::Node(NodeFact::RestartPlanned { number: 1, after_ns: 5 }),
                r#"{"restart_planned","number":1,"after_ns":5}"#,
            ),
            (
                Fact::Node(NodeFact::RestartsExhausted { restarts: 2 }),
                r#"{"restarts_exhausted","restarts":2}"#,
            ),
            (Fact::Node(NodeFact::Paused), r#"{"node_paused"}"#),
            (Fact::Node(NodeFact::Resumed), r#"{"node_resumed"}"#),
            (Fact::Host(HostFact::Crashed { host: atom }), r#"{"host_crashed","host":"b@h"}"#),
            (Fact::Host(HostFact::Started { host: atom }), r#"{"host_started","host":"b@h"}"#),
            (Fact::Connection(ConnectionFact::Up { peer: atom }), r#"{"node_up","peer":"b@h"}"#),
            (
                Fact::Connection(ConnectionFact::Down { peer: atom, reason: atom }),
                r#"{"node_down","peer":"b@h","reason":"b@h"}"#,
            ),
            (
                Fact::Connection(ConnectionFact::Failed { peer: atom }),
                r#"{"connect_failed","peer":"b@h"}"#,
            ),
            (
                Fact::Connection(ConnectionFact::CookieRejected { peer: atom }),
                r#"{"cookie_rejected","peer":"b@h"}"#,
            ),
            (
                Fact::Fault(FaultFact::Injected { fault: 0, text: text() }),
                r#"{"fault_injected","fault":0,"text":"it broke"}"#,
            ),
            (
                Fact::Fault(FaultFact::WithoutEffect { fault: 0, text: text(), why: text() }),
                r#"{"fault_without_effect","fault":0,"text":"it broke","why":"it broke"}"#,
            ),
            (
                Fact::Fault(FaultFact::Ended { fault: 0, text: text() }),
                r#"{"fault_ended","fault":0,"text":"it broke"}"#,
            ),
            (
                Fact::Application(ApplicationFact::Started { application: atom, start_type }),
                r#"{"application_started","application":"b@h","start_type":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Application(ApplicationFact::Stopped {
                    application: atom,
                    reason: reason.clone(),
                }),
                r#"{"application_stopped","application":"b@h","reason":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Global(GlobalFact::Registered { name: name.clone(), pid }),
                r#"{"global_registered","name":"boss","pid":PID}"#,
            ),
            (
                Fact::Global(GlobalFact::Unregistered { name }),
                r#"{"global_unregistered","name":"boss"}"#,
            ),
            (
                Fact::Log(LogFact { pid, level: Level::Warning, text: text() }),
                r#"{"log","pid":PID,"level":"warning","text":"it broke"}"#,
            ),
            (
                Fact::Process(ProcessFact::Spawned { pid, label: atom, parent: None }),
                r#"{"spawned","pid":PID,"label":"b@h"}"#,
            ),
            (
                Fact::Process(ProcessFact::Spawned { pid, label: atom, parent: Some(pid) }),
                r#"{"spawned","pid":PID,"label":"b@h","parent":PID}"#,
            ),
            (
                Fact::Process(ProcessFact::Exited { pid, label: atom, reason }),
                r#"{"exited","pid":PID,"label":"b@h","reason":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Process(ProcessFact::Panicked {
                    pid: None,
                    label: None,
                    text: text(),
                    place: text(),
                }),
                r#"{"panicked","text":"it broke","place":"it broke"}"#,
            ),
            (
                Fact::Process(ProcessFact::Signalled { to: pid, signal: "exit" }),
                r#"{"signalled","to":PID,"signal":"exit"}"#,
            ),
            (
                Fact::Process(ProcessFact::TimerExpired { pid, label: atom, after_ns: 5 }),
                r#"{"timer_expired","pid":PID,"label":"b@h","after_ns":5}"#,
            ),
            (
                Fact::Message(MessageFact::Sent {
                    from: pid,
                    to: to.clone(),
                    message: message.clone(),
                }),
                r#"{"sent","from":PID,"to":"boss","message":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Message(MessageFact::Delivered { to: pid, message: message.clone() }),
                r#"{"delivered","to":PID,"message":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Message(MessageFact::Dropped { to, message }),
                r#"{"dropped","to":"boss","message":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Operation(OperationFact::Invoked { operation: 4 }),
                r#"{"invoked","operation":4}"#,
            ),
            (
                Fact::Operation(OperationFact::Completed { operation: 4, outcome: "ok" }),
                r#"{"completed","operation":4,"outcome":"ok"}"#,
            ),
        ];
        assert_eq!(expected.len(), 32);
        let pid = serde_json::to_string(&pid).unwrap();
        for (fact, json) in expected {
            assert_eq!(on_node(fact), json.replace("PID", &pid));
        }
        let nowhere = line(None, Fact::Host(HostFact::Started { host: atom }));
        let json = r#"{"id":2,"cause":1,"at":1000,"what":"host_started","host":"b@h"}"#;
        assert_eq!(nowhere, json);
    }
}
