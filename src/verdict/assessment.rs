//! The assessment of one expectation, before it becomes a finding; and the texts about the
//! operations in its witness.

use crate::consistency::history::{Operation, OperationId};
use crate::engine::time::Time;
use crate::scenario::Expectation;

use super::evidence::Evidence;
use super::together::judged_by_service;
use super::{Conclusion, Finding, Witness};
use crate::consistency::history::ended;
use crate::consistency::{end_text, invocation_text};

/// The assessment of one expectation.
#[derive(Clone, Debug)]
pub(super) enum Assessment {
    /// It was tested, and held.
    Held(String),
    /// It did not hold.
    Broken(String, Witness),
    /// It was not tested, for this reason.
    Untested(String),
}

/// The most lines of a witness; the figures hold the rest.
const LINES_MAX: usize = 6;

impl Assessment {
    /// Names the workloads that were judged, if those of several are one history.
    pub(super) fn together(self, evidence: &Evidence, expectation: &Expectation) -> Assessment {
        let workload = judged_by_service(expectation);
        let Some(told) = workload.and_then(|name| evidence.together.text(name)) else {
            return self;
        };
        match self {
            Assessment::Held(text) => Assessment::Held(format!("{text} ({told})")),
            Assessment::Broken(text, witness) => {
                Assessment::Broken(format!("{text} ({told})"), witness)
            }
            Assessment::Untested(text) => Assessment::Untested(format!("{text} ({told})")),
        }
    }

    /// The finding about this expectation. A run that was given up puts nothing to the test.
    pub(super) fn into_finding(self, expectation: Expectation, evidence: &Evidence) -> Finding {
        let (result, summary, witness) = match self {
            Assessment::Held(summary) if evidence.given_up() => {
                (Conclusion::Inconclusive, given_up(evidence, &summary), None)
            }
            Assessment::Held(summary) => (Conclusion::Pass, summary, None),
            Assessment::Broken(summary, witness) => (Conclusion::Violated, summary, Some(witness)),
            Assessment::Untested(why) => (Conclusion::Inconclusive, why, None),
        };
        Finding { expectation, result, summary, witness }
    }
}

fn given_up(evidence: &Evidence, summary: &str) -> String {
    let (steps, at) = (evidence.run.steps, evidence.run.ended_at);
    format!("the run was given up at {at} after {steps} steps; until then {summary}")
}

impl Witness {
    /// A witness of these lines, of which it keeps the first few.
    pub(super) fn new(at: Time, mut texts: Vec<String>, operation: Option<OperationId>) -> Witness {
        if texts.len() > LINES_MAX {
            let rest = texts.len() - (LINES_MAX - 1);
            texts.truncate(LINES_MAX - 1);
            texts.push(format!("… and {rest} more"));
        }
        Witness { at, texts, operation, operations: operation.into_iter().collect() }
    }

    /// Adds all the operations that show it, the first few of them by name.
    pub(super) fn with(mut self, operations: impl IntoIterator<Item = OperationId>) -> Witness {
        self.operations = operations.into_iter().take(LINES_MAX).collect();
        self
    }
}

/// A witness made of operations, a line each.
///
/// # Panics
/// If there are none.
pub(super) fn operations_witness(
    evidence: &Evidence,
    operations: &[(OperationId, &Operation)],
) -> Witness {
    let (id, first) = operations[0];
    let texts =
        operations.iter().map(|(_, operation)| operation_text(evidence, operation)).collect();
    Witness::new(ended(first).unwrap_or(evidence.run.ended_at), texts, Some(id))
        .with(operations.iter().map(|(id, _)| *id))
}

/// An operation as text: who began it and when, and its outcome.
pub(super) fn operation_text(evidence: &Evidence, operation: &Operation) -> String {
    format!("{}, {}", invocation_text(operation), completion_text(evidence, operation))
}

/// The end of an operation as the client saw it, and its time.
pub(super) fn completion_text(evidence: &Evidence, operation: &Operation) -> String {
    end_text(operation, evidence.run.ended_at)
}
