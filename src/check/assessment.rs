//! The assessment of one expectation, before it becomes a finding; and the texts about the
//! operations in its witness.

use crate::history::{Operation, OperationId, Outcome};
use crate::scenario::Expectation;
use crate::term::Term;
use crate::time::{Time, round_duration};

use super::evidence::{Evidence, ended};
use super::together::judged_by_service;
use super::{Conclusion, Finding, Witness};

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

/// The most characters of a term in a text.
const TERM_CHARACTERS_MAX: usize = 72;

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

/// An operation, who began it and when: `users/3 post <<"hi">> in <<"lobby">> at 20.104s`.
pub(crate) fn invocation_text(operation: &Operation) -> String {
    let Operation { workload, client, name, invoked, .. } = operation;
    let part = |before: &str, term: &Term| {
        if term.is_atom("undefined") {
            String::new()
        } else {
            format!("{before}{}", abridged(term))
        }
    };
    let (value, key) = (part(" ", &operation.value), part(" in ", &operation.key));
    format!("{workload}/{client} {name}{value}{key} at {invoked}")
}

/// The end of an operation as the client saw it, and its time.
pub(super) fn completion_text(evidence: &Evidence, operation: &Operation) -> String {
    end_text(operation, evidence.run.ended_at)
}

/// The same in a run that ended then.
pub(crate) fn end_text(operation: &Operation, run_end: Time) -> String {
    let waited = operation.latency().unwrap_or_else(|| run_end.since(operation.invoked));
    let waited = round_duration(waited);
    let Some(completion) = &operation.completion else {
        return format!("no answer until the end of the run ({waited})");
    };
    let at = completion.at;
    match &completion.outcome {
        Outcome::Ok(answer) => format!("answered {} at {at} ({waited})", abridged(answer)),
        Outcome::Failed(reason) => format!("failed with {} at {at} ({waited})", abridged(reason)),
        Outcome::Unknown(reason) => {
            format!("unknown outcome {} at {at} ({waited})", abridged(reason))
        }
    }
}

/// A term as Erlang prints it, shortened in the middle: the end of a list matters as much as its
/// beginning.
pub(crate) fn abridged(term: &Term) -> String {
    let text = term.to_string();
    if text.chars().count() <= TERM_CHARACTERS_MAX {
        return text;
    }
    match term.as_list() {
        Some([first, second, middle @ .., before_last, last]) if !middle.is_empty() => {
            let left_out = middle.len();
            format!("[{first},{second},… {left_out} more …,{before_last},{last}]")
        }
        Some(_) | None => abridged_text(&text),
    }
}

fn abridged_text(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let part = (TERM_CHARACTERS_MAX - 1) / 2;
    let head = characters[..part].iter();
    let tail = characters[characters.len() - part..].iter();
    head.chain(&['…']).chain(tail).collect()
}
