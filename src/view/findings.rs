//! The verdict and the explanation, with the records and operations that they name.

use serde::Serialize;

use crate::consistency::history::OperationId;
use crate::engine::time::nanos;
use crate::formats::VerdictJson;
use crate::verdict::explain::{
    Damage, Explanation, ExplanationStep, FaultExplanation, FaultTransition, Harm,
    UnexplainedTrouble,
};
use crate::verdict::{Finding, Verdict};

/// Something expected, and what came of it.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub expectation: String,
    pub result: VerdictJson,
    pub summary: String,
    /// The time of the violation.
    pub at: Option<u64>,
    pub texts: Vec<String>,
    /// The operations that show it.
    pub operations: Vec<u32>,
}

/// A chain of causes, from a change to a user's trouble.
#[derive(Debug, Serialize)]
pub(super) struct Chain {
    /// The fault, by its place in the plan; `None` where nothing explains the trouble.
    pub fault: Option<u32>,
    pub title: String,
    pub at: Option<u64>,
    /// The effect on users, in a few words.
    pub harm: String,
    pub operation: Option<u32>,
    pub failed: Vec<u32>,
    pub late: Vec<u32>,
    pub steps: Vec<Step>,
    /// The phases of the recovery, each with its duration.
    pub phases: Vec<(&'static str, u64)>,
    /// The first answer after it.
    pub answer: Option<u32>,
}

/// A step of a chain.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub at: u64,
    pub after: Option<u64>,
    pub who: String,
    pub what: String,
    /// The number of its record in the trace; 0 if it has none.
    pub record: u32,
}

/// The places where operations that contradict an expectation took effect.
#[derive(Debug, Serialize)]
pub(super) struct Contradicted {
    pub expectation: String,
    pub summary: String,
    pub operations: Vec<Effect>,
}

/// An operation, and the record with which it took effect.
#[derive(Debug, Serialize)]
pub(super) struct Effect {
    pub operation: u32,
    pub text: String,
    pub place: String,
    pub record: u32,
}

pub(super) fn checks(verdict: &Verdict) -> Vec<Check> {
    verdict.findings.iter().map(check).collect()
}

fn check(finding: &Finding) -> Check {
    let witness = finding.witness.as_ref();
    Check {
        expectation: finding.expectation.to_string(),
        result: finding.result.into(),
        summary: finding.summary.clone(),
        at: witness.map(|witness| witness.at.as_nanos()),
        texts: witness.map_or(Vec::new(), |witness| witness.texts.clone()),
        operations: witness.map_or(Vec::new(), |witness| witness.shown().map(|id| id.0).collect()),
    }
}

pub(super) fn chains(explanation: &Explanation) -> Vec<Chain> {
    let without = explanation.without_fault.iter().map(without_fault);
    without.chain(explanation.faults.iter().map(chain)).collect()
}

fn without_fault(trouble: &UnexplainedTrouble) -> Chain {
    Chain {
        fault: None,
        title: "not due to any fault".to_owned(),
        at: trouble.steps.first().map(|step| step.at.as_nanos()),
        harm: harm(&trouble.failed, &trouble.late, &trouble.damage),
        operation: trouble.failed.first().or(trouble.late.first()).map(|id| id.0),
        failed: numbers(&trouble.failed),
        late: numbers(&trouble.late),
        steps: trouble.steps.iter().map(step).collect(),
        phases: Vec::new(),
        answer: None,
    }
}

fn chain(fault: &FaultExplanation) -> Chain {
    let about = match (fault.harm, fault.operation) {
        (Harm::Failed, _) => "the first operation that failed",
        (Harm::Late, _) => "the first answer that came late",
        (Harm::Lost, _) => "the first read that does not show what it should",
        (Harm::Already, _) => "users were not served before it either",
        (Harm::None, Some(_)) => "all answers in time; below, the slowest",
        (Harm::None, None) => "no operation was touched",
    };
    let counts = harm(&fault.failed, &fault.late, &fault.damage);
    let change = match fault.change {
        FaultTransition::Injected => "",
        FaultTransition::Ended => " (its end)",
    };
    Chain {
        fault: Some(fault.fault),
        title: format!("{}{change}", fault.text),
        at: Some(fault.at.as_nanos()),
        harm: match (counts.is_empty(), fault.harm) {
            (true, _) => about.to_owned(),
            (false, Harm::Already) => format!("{counts}; {about}"),
            (false, _) => format!("{counts}; below, {about}"),
        },
        operation: fault.operation.map(|id| id.0),
        failed: numbers(&fault.failed),
        late: numbers(&fault.late),
        steps: fault.steps.iter().map(step).collect(),
        phases: fault.parts.iter().map(|part| (part.phase.name(), nanos(part.took))).collect(),
        answer: fault.answer.as_ref().map(|answer| answer.operation.0),
    }
}

fn harm(failed: &[OperationId], late: &[OperationId], damage: &Damage) -> String {
    let counts = [
        (failed.len(), "failed"),
        (late.len(), "late"),
        (damage.lost.len(), "lost"),
        (damage.out_of_sight.len(), "out of sight for a while"),
        (damage.duplicated.len(), "doubled"),
    ];
    let some = counts.iter().filter(|(count, _)| *count > 0);
    let some: Vec<String> = some.map(|(count, what)| format!("{count} {what}")).collect();
    some.join(", ")
}

fn step(step: &ExplanationStep) -> Step {
    Step {
        at: step.at.as_nanos(),
        after: step.after.map(nanos),
        who: step.who.clone(),
        what: step.what.clone(),
        record: step.record.0,
    }
}

pub(super) fn contradictions(explanation: &Explanation) -> Vec<Contradicted> {
    let all = explanation.contradictions.iter().map(|each| Contradicted {
        expectation: each.expectation.clone(),
        summary: each.summary.clone(),
        operations: (each.operations.iter())
            .map(|one| Effect {
                operation: one.operation.0,
                text: one.text.clone(),
                place: one.place.as_ref().map_or(String::new(), |(_, at, node, label)| {
                    format!("took effect at {at} in {label} on {node}")
                }),
                record: one.place.as_ref().map_or(0, |(record, ..)| record.0),
            })
            .collect(),
    });
    all.collect()
}

fn numbers(ids: &[OperationId]) -> Vec<u32> {
    ids.iter().map(|id| id.0).collect()
}
