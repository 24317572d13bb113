//! Which trace records set a fault off.

use super::Condition;
use crate::engine::term::Atom;
use crate::engine::trace::{ApplicationFact, ConnectionFact, Fact, ProcessFact, TraceRecord};

impl Condition {
    /// Whether the record shows what the condition waits for. [`Condition::OperationsCompleted`] is
    /// in no record: the history tells.
    #[must_use]
    pub fn is_met_by(&self, record: &TraceRecord) -> bool {
        let node = record.node;
        match (self, &record.fact) {
            (
                Condition::ApplicationStarted { application, on },
                Fact::Application(ApplicationFact::Started { application: started, .. }),
            ) => application == started && matches(*on, node),
            (
                Condition::ApplicationStopped { application, on },
                Fact::Application(ApplicationFact::Stopped { application: stopped, .. }),
            ) => application == stopped && matches(*on, node),
            (
                Condition::NodeDown { node: down, seen_by },
                Fact::Connection(ConnectionFact::Down { peer, .. }),
            )
            | (
                Condition::NodeUp { node: down, seen_by },
                Fact::Connection(ConnectionFact::Up { peer }),
            ) => down == peer && matches(*seen_by, node),
            (
                Condition::ProcessExited { name, on },
                Fact::Process(ProcessFact::Exited { label, .. }),
            ) => name == label && matches(*on, node),
            (
                Condition::ApplicationStarted { .. }
                | Condition::ApplicationStopped { .. }
                | Condition::NodeDown { .. }
                | Condition::NodeUp { .. }
                | Condition::ProcessExited { .. }
                | Condition::OperationsCompleted(_),
                _,
            ) => false,
        }
    }
}

fn matches(wanted: Option<Atom>, found: Option<Atom>) -> bool {
    wanted.is_none() || wanted == found
}
