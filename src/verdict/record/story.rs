//! The story of a run in words: a line for each trace record.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::consistency::history::History;
use crate::engine::runtime::is_usual;
use crate::engine::time::Time;
use crate::engine::trace::{Fact, OperationFact, ProcessFact, TraceRecord};
use crate::formats::trace::TraceLineJson;
use crate::scenario::simulation::Run;

/// An event of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryEvent {
    /// The time.
    pub at: Time,
    /// The node; empty if it did not happen on a node.
    pub node: String,
    /// A description, with everything in the trace record except its number and its cause, and what
    /// the plan says of a fault.
    pub text: String,
}

impl StoryEvent {
    /// A trace record in words, with the client and the operation if the history has them.
    pub(super) fn of(record: &TraceRecord, history: &History) -> StoryEvent {
        let line = TraceLineJson::from(record);
        let value = serde_json::to_value(line).expect("a trace record is a JSON object");
        let fields = value.as_object().cloned().unwrap_or_default();
        let mut event =
            StoryEvent::from_fields(&fields).expect("a trace record says when and what");
        if let Fact::Operation(
            OperationFact::Invoked { operation } | OperationFact::Completed { operation, .. },
        ) = record.fact
            && let Some(done) = history.operations().get(operation as usize)
        {
            let workload = done.workload.as_str();
            let _ = write!(event.text, " ({workload} {}: {})", done.client, done.name);
        }
        event
    }

    /// A line of a trace file in words; `None` if it is not a trace record.
    pub(super) fn of_line(line: &str) -> Option<StoryEvent> {
        let value: Value = serde_json::from_str(line).ok()?;
        StoryEvent::from_fields(value.as_object()?)
    }

    fn from_fields(fields: &Map<String, Value>) -> Option<StoryEvent> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let at = Time::from_nanos(fields.get("at")?.as_u64()?);
        let node = text("node").unwrap_or_default().to_owned();
        // The kind and the nodes of a fault are those of the plan.
        let event = ["id", "cause", "at", "node", "what", "kind", "nodes", "groups"];
        let others = fields.iter().filter(|(name, _)| !event.contains(&name.as_str()));
        let others = others.map(|(name, value)| format!(" {name}={}", said(name, value)));
        Some(StoryEvent { at, node, text: text("what")?.to_owned() + &others.collect::<String>() })
    }
}

/// A value: what people wrote in quotes, names and terms as Erlang prints them.
fn said(name: &str, value: &Value) -> String {
    let term = value.as_str().filter(|_| name != "text");
    term.map_or_else(|| value.to_string(), str::to_owned)
}

/// The story of a run, which is the same at any level of detail of the trace.
pub(super) fn story(run: &Run) -> Vec<StoryEvent> {
    let records = run.trace.records().iter().filter(|record| is_told(&record.fact));
    records.map(|record| StoryEvent::of(record, &run.history)).collect()
}

/// True if every trace has the fact, even one that is not full.
fn is_told(fact: &Fact) -> bool {
    match fact {
        // Which of these a story has depends on names that the record does not tell.
        Fact::Process(ProcessFact::Exited { reason, .. }) => !is_usual(reason),
        Fact::Process(
            ProcessFact::Spawned { .. }
            | ProcessFact::Signalled { .. }
            | ProcessFact::TimerExpired { .. }
            | ProcessFact::State { .. },
        )
        | Fact::Message(_) => false,
        Fact::Node(_)
        | Fact::Host(_)
        | Fact::Connection(_)
        | Fact::Fault(_)
        | Fact::Process(ProcessFact::Panicked { .. })
        | Fact::Application(_)
        | Fact::Global(_)
        | Fact::Log(_)
        | Fact::Operation(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::{Atom, Term};
    use crate::engine::trace::{ConnectionFact, FaultFact, NodeFact, RecordId};

    #[test]
    fn a_record_reads_the_same_from_memory_and_from_a_file() {
        let record = |fact| TraceRecord {
            id: RecordId(7),
            cause: RecordId(3),
            at: Time::from_nanos(1_500_000),
            node: Some(Atom::new("db1@a")),
            fact,
        };
        let peer = Atom::new("db2@b");
        let text = "leads in epoch 2".to_owned();
        let reason: Term = "{shutdown,[1]}".parse().unwrap();
        for (fact, expected) in [
            (Fact::Connection(ConnectionFact::Up { peer }), "node_up peer=db2@b"),
            (Fact::Node(NodeFact::Crashed), "node_crashed"),
            (
                Fact::Fault(FaultFact::Injected { fault: 0, text, scope: None }),
                "fault_injected fault=0 text=\"leads in epoch 2\"",
            ),
            (Fact::Node(NodeFact::Stopped { reason }), "node_stopped reason={shutdown,[1]}"),
        ] {
            let record = record(fact);
            let event = StoryEvent::of(&record, &History::default());
            assert_eq!((event.text.as_str(), event.node.as_str()), (expected, "db1@a"));
            let line = serde_json::to_string(&TraceLineJson::from(&record)).unwrap();
            assert_eq!(StoryEvent::of_line(&line), Some(event));
        }
        assert_eq!(StoryEvent::of_line("{}"), None);
    }
}
