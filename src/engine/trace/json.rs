//! From trace records to their format.

use super::fact::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, GlobalFact, HostFact, Level, LogFact,
    MessageFact, NodeFact, OperationFact, ProcessFact,
};
use super::record::TraceRecord;
use crate::engine::term::Atom;
use crate::formats::trace::{LogLevelJson, TraceFactJson, TraceLineJson};

impl<'a> From<&'a TraceRecord> for TraceLineJson<'a> {
    fn from(record: &'a TraceRecord) -> TraceLineJson<'a> {
        TraceLineJson {
            id: record.id.0,
            cause: record.cause.0,
            at: record.at.as_nanos(),
            node: record.node.as_ref().map(|node| node.as_str().into()),
            fact: fact(&record.fact),
        }
    }
}

fn fact(fact: &Fact) -> TraceFactJson<'_> {
    match fact {
        Fact::Node(fact) => node(fact),
        Fact::Host(fact) => host(fact),
        Fact::Connection(fact) => connection(fact),
        Fact::Fault(fact) => fault(fact),
        Fact::Application(fact) => application(fact),
        Fact::Global(fact) => global(fact),
        Fact::Log(fact) => log(fact),
        Fact::Process(fact) => process(fact),
        Fact::Message(fact) => message(fact),
        Fact::Operation(fact) => operation(fact),
    }
}

fn node(fact: &NodeFact) -> TraceFactJson<'_> {
    match fact {
        NodeFact::Started { creation } => TraceFactJson::NodeStarted { creation: *creation },
        NodeFact::Stopped { reason } => TraceFactJson::NodeStopped { reason: reason.to_string() },
        NodeFact::Crashed => TraceFactJson::NodeCrashed,
        NodeFact::RestartPlanned { number, after_ns } => {
            TraceFactJson::RestartPlanned { number: *number, after_ns: *after_ns }
        }
        NodeFact::RestartsExhausted { restarts } => {
            TraceFactJson::RestartsExhausted { restarts: *restarts }
        }
        NodeFact::Paused => TraceFactJson::NodePaused,
        NodeFact::Resumed => TraceFactJson::NodeResumed,
    }
}

fn host(fact: &HostFact) -> TraceFactJson<'_> {
    match fact {
        HostFact::Crashed { host } => TraceFactJson::HostCrashed { host: host.as_str().into() },
        HostFact::Started { host } => TraceFactJson::HostStarted { host: host.as_str().into() },
    }
}

fn connection(fact: &ConnectionFact) -> TraceFactJson<'_> {
    match fact {
        ConnectionFact::Up { peer } => TraceFactJson::NodeUp { peer: peer.as_str().into() },
        ConnectionFact::Down { peer, reason } => {
            TraceFactJson::NodeDown { peer: peer.as_str().into(), reason: reason.as_str().into() }
        }
        ConnectionFact::Failed { peer } => {
            TraceFactJson::ConnectFailed { peer: peer.as_str().into() }
        }
        ConnectionFact::CookieRejected { peer } => {
            TraceFactJson::CookieRejected { peer: peer.as_str().into() }
        }
    }
}

fn fault<'a>(fact: &'a FaultFact) -> TraceFactJson<'a> {
    match fact {
        FaultFact::Injected { fault, text, scope } => {
            let scope = scope.as_deref();
            let names = |nodes: &'a [Atom]| nodes.iter().map(|node| node.as_str().into()).collect();
            TraceFactJson::FaultInjected {
                fault: *fault,
                text: text.as_str().into(),
                kind: scope.map(|scope| scope.kind.into()),
                nodes: scope.map_or(Vec::new(), |scope| names(&scope.nodes)),
                groups: scope.map_or(Vec::new(), |scope| {
                    scope.groups.iter().map(|group| names(group)).collect()
                }),
            }
        }
        FaultFact::WithoutEffect { fault, text, why } => TraceFactJson::FaultWithoutEffect {
            fault: *fault,
            text: text.as_str().into(),
            why: why.as_str().into(),
        },
        FaultFact::Ended { fault, text } => {
            TraceFactJson::FaultEnded { fault: *fault, text: text.as_str().into() }
        }
    }
}

fn application(fact: &ApplicationFact) -> TraceFactJson<'_> {
    match fact {
        ApplicationFact::Started { application, start_type } => TraceFactJson::ApplicationStarted {
            application: application.as_str().into(),
            start_type: start_type.to_string(),
        },
        ApplicationFact::Stopped { application, reason } => TraceFactJson::ApplicationStopped {
            application: application.as_str().into(),
            reason: reason.to_string(),
        },
    }
}

fn global(fact: &GlobalFact) -> TraceFactJson<'_> {
    match fact {
        GlobalFact::Registered { name, pid } => {
            TraceFactJson::GlobalRegistered { name: name.to_string(), pid: pid.to_string() }
        }
        GlobalFact::Unregistered { name } => {
            TraceFactJson::GlobalUnregistered { name: name.to_string() }
        }
    }
}

fn log(LogFact { pid, level, text, .. }: &LogFact) -> TraceFactJson<'_> {
    let level = match level {
        Level::Info => LogLevelJson::Info,
        Level::Warning => LogLevelJson::Warning,
        Level::Error => LogLevelJson::Error,
    };
    TraceFactJson::Log { pid: pid.to_string(), level, text: text.as_str().into() }
}

fn process(fact: &ProcessFact) -> TraceFactJson<'_> {
    match fact {
        ProcessFact::Spawned { pid, label, parent } => TraceFactJson::Spawned {
            pid: pid.to_string(),
            label: label.as_str().into(),
            parent: parent.as_ref().map(ToString::to_string),
        },
        ProcessFact::Exited { pid, label, reason } => TraceFactJson::Exited {
            pid: pid.to_string(),
            label: label.as_str().into(),
            reason: reason.to_string(),
        },
        ProcessFact::Panicked { pid, label, text, place } => TraceFactJson::Panicked {
            pid: pid.as_ref().map(ToString::to_string),
            label: label.as_ref().map(|it| it.as_str().into()),
            text: text.as_str().into(),
            place: place.as_str().into(),
        },
        ProcessFact::Signalled { to, signal, from, reason } => TraceFactJson::Signalled {
            to: to.to_string(),
            signal: (*signal).into(),
            from: from.as_ref().map(ToString::to_string),
            reason: reason.as_ref().map(ToString::to_string),
        },
        ProcessFact::TimerExpired { pid, label, after_ns } => TraceFactJson::TimerExpired {
            pid: pid.to_string(),
            label: label.as_str().into(),
            after_ns: *after_ns,
        },
        ProcessFact::State { pid, label, state } => TraceFactJson::State {
            pid: pid.to_string(),
            label: label.as_str().into(),
            state: state.to_string(),
        },
    }
}

fn message(fact: &MessageFact) -> TraceFactJson<'_> {
    match fact {
        MessageFact::Sent { from, to, message, place } => TraceFactJson::Sent {
            from: from.to_string(),
            to: to.to_string(),
            message: message.to_string(),
            place: place.as_ref().map(|place| place.as_str().into()),
        },
        MessageFact::Delivered { to, message, waiting } => TraceFactJson::Delivered {
            to: to.to_string(),
            message: message.to_string(),
            waiting: *waiting,
        },
        MessageFact::Lost { from, to, message, why } => TraceFactJson::Lost {
            from: from.to_string(),
            to: to.to_string(),
            message: message.to_string(),
            why: (*why).into(),
        },
        MessageFact::Dropped { to, message } => {
            TraceFactJson::Dropped { to: to.to_string(), message: message.to_string() }
        }
    }
}

fn operation(fact: &OperationFact) -> TraceFactJson<'_> {
    match fact {
        OperationFact::Invoked { operation } => TraceFactJson::Invoked { operation: *operation },
        OperationFact::Completed { operation, outcome } => {
            TraceFactJson::Completed { operation: *operation, outcome: (*outcome).into() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::{Atom, Incarnation, Pid, Term};
    use crate::engine::time::Time;
    use crate::engine::trace::{FaultScope, RecordId};

    fn line(node: Option<&str>, fact: Fact) -> String {
        let (id, cause, at) = (RecordId(2), RecordId(1), Time::from_nanos(1_000));
        let record = TraceRecord { id, cause, at, node: node.map(Atom::new), fact };
        serde_json::to_string(&TraceLineJson::from(&record)).unwrap()
    }

    fn on_node(fact: Fact) -> String {
        let line = line(Some("a@h"), fact);
        let fields = line.strip_prefix(r#"{"id":2,"cause":1,"at":1000,"node":"a@h","what":""#);
        format!("{{\"{}", fields.unwrap_or_else(|| panic!("{line}")))
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of all facts")]
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
                Fact::Fault(FaultFact::Injected { fault: 0, text: text(), scope: None }),
                r#"{"fault_injected","fault":0,"text":"it broke"}"#,
            ),
            (
                Fact::Fault(FaultFact::Injected {
                    fault: 0,
                    text: text(),
                    scope: Some(Box::new(FaultScope {
                        kind: "partition",
                        nodes: Vec::new(),
                        groups: vec![vec![atom], vec![atom]],
                    })),
                }),
                r#"{"fault_injected","fault":0,"text":"it broke","kind":"partition","groups":[["b@h"],["b@h"]]}"#,
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
                Fact::Log(LogFact { pid, level: Level::Warning, report: None, text: text() }),
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
                Fact::Process(ProcessFact::Signalled {
                    to: pid,
                    signal: "exit",
                    from: Some(pid),
                    reason: Some(message.clone()),
                }),
                r#"{"signalled","to":PID,"signal":"exit","from":PID,"reason":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Process(ProcessFact::TimerExpired { pid, label: atom, after_ns: 5 }),
                r#"{"timer_expired","pid":PID,"label":"b@h","after_ns":5}"#,
            ),
            (
                Fact::Process(ProcessFact::State { pid, label: atom, state: term.clone() }),
                r#"{"state","pid":PID,"label":"b@h","state":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Message(MessageFact::Sent {
                    from: pid,
                    to: to.clone(),
                    message: message.clone(),
                    place: Some(atom),
                }),
                r#"{"sent","from":PID,"to":"boss","message":"{takeover,b@h}","place":"b@h"}"#,
            ),
            (
                Fact::Message(MessageFact::Delivered {
                    to: pid,
                    message: message.clone(),
                    waiting: 0,
                }),
                r#"{"delivered","to":PID,"message":"{takeover,b@h}"}"#,
            ),
            (
                Fact::Message(MessageFact::Delivered {
                    to: pid,
                    message: message.clone(),
                    waiting: 3,
                }),
                r#"{"delivered","to":PID,"message":"{takeover,b@h}","waiting":3}"#,
            ),
            (
                Fact::Message(MessageFact::Lost {
                    from: pid,
                    to: to.clone(),
                    message: message.clone(),
                    why: "connection_gone",
                }),
                r#"{"lost","from":PID,"to":"boss","message":"{takeover,b@h}","why":"connection_gone"}"#,
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
        assert_eq!(expected.len(), 36);
        let pid = serde_json::to_string(&pid).unwrap();
        for (fact, json) in expected {
            assert_eq!(on_node(fact), json.replace("PID", &pid));
        }
        let nowhere = line(None, Fact::Host(HostFact::Started { host: atom }));
        let json = r#"{"id":2,"cause":1,"at":1000,"what":"host_started","host":"b@h"}"#;
        assert_eq!(nowhere, json);
    }
}
