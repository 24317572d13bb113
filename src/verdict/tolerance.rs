//! The kind of fault tolerance that users saw: masking, fail-safe, nonmasking, or none.

use std::fmt;
use std::time::Duration;

use crate::consistency::history::Operation;
use crate::engine::term::Atom;
use crate::engine::time::{Time, format_duration};

use super::assessment::{Assessment, operations_witness};
use super::evidence::{Evidence, OperationState, is_exposed};
use super::{Conclusion, Witness, WorkloadFigures, explained, users};
use crate::consistency::Numbered;
use crate::consistency::history::ended;

/// The kinds of fault tolerance, by whether a run was right all the time (safety) and in time all
/// the time (liveness): Gärtner, *Fundamentals of fault-tolerant distributed computing in
/// asynchronous environments*, 1999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// All that users saw can be explained without the faults, and they were answered in time.
    Masking,
    /// It can be explained; but not all were answered, or not in time.
    FailSafe,
    /// It cannot, but from some time after the last change on it can again, and users are answered
    /// in time.
    Nonmasking,
    /// None of these.
    NotEvenFailSafe,
    /// The run does not tell.
    Unknown,
}

/// The kind of fault tolerance that the users of a workload saw, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToleranceFigures {
    /// The kind.
    pub kind: Tolerance,
    /// The conclusion on safety: can everything that they saw be explained without the faults?
    pub explainable: Conclusion,
    /// The explanation, or the reason why there is none, or why it is unknown.
    pub explanation: String,
    /// The witness that it cannot.
    pub witness: Option<Witness>,
    /// The conclusion on liveness: true if every operation was answered without an error and in
    /// time.
    pub masked: bool,
    /// The time limit: the promise of the scenario, or else the clients' timeout.
    pub within: Option<Duration>,
    /// The conclusion on both for operations begun some time after the last change; known only if
    /// one of them does not hold for all.
    pub afterwards: Option<Conclusion>,
}

/// The time after the last change for which users may be disturbed, in addition to their timeout.
const SETTLING_TIME: Duration = Duration::from_secs(1);

/// A time limit for users: a promise, or their own timeout.
#[derive(Clone, Copy)]
struct TimeLimit(Option<Duration>);

impl TimeLimit {
    fn of(self, operation: &Operation) -> Duration {
        self.0.unwrap_or(operation.timeout)
    }

    /// True if an operation was not answered, or not in time.
    fn is_missed(self, evidence: &Evidence, operation: &Operation) -> bool {
        match evidence.state_of(operation) {
            OperationState::Failed | OperationState::Unknown => true,
            OperationState::Ok(_) | OperationState::Open => {
                evidence.waited(operation) > self.of(operation)
            }
        }
    }
}

/// Determines the kind of fault tolerance that the users of a workload saw.
pub(super) fn measure(evidence: &Evidence, workload: Atom) -> ToleranceFigures {
    let bound = TimeLimit(users::promised(evidence, workload));
    let (explainable, explanation, witness) = match explained::check(evidence, workload) {
        Assessment::Held(how) => match could_be_wrong(evidence, workload) {
            Ok(()) => (Conclusion::Pass, how, None),
            Err(why) => (Conclusion::Inconclusive, why, None),
        },
        Assessment::Broken(why, witness) => (Conclusion::Violated, why, Some(witness)),
        Assessment::Untested(why) => (Conclusion::Inconclusive, why, None),
    };
    let masked = missed(evidence, workload, bound, Time::ZERO).is_empty();
    let exercised = evidence.exercised(workload).is_ok() && !evidence.given_up();
    let all_well = explainable == Conclusion::Pass && masked;
    let afterwards = (exercised && !all_well).then(|| {
        let patience = evidence.operations(Some(workload)).map(|(_, each)| each.timeout).max();
        let after = patience.unwrap_or_default() + SETTLING_TIME;
        match check_after(evidence, workload, bound, after) {
            Assessment::Held(_) => Conclusion::Pass,
            Assessment::Broken(..) => Conclusion::Violated,
            Assessment::Untested(_) => Conclusion::Inconclusive,
        }
    });
    let undecided = all_well && evidence.settled(workload).is_err();
    let kind = if exercised && !undecided {
        kind(explainable, masked, afterwards)
    } else {
        Tolerance::Unknown
    };
    let within = bound.0;
    ToleranceFigures { kind, explainable, explanation, witness, masked, within, afterwards }
}

/// Checks that users asked for something after the first fault whose answer could have been wrong. None
/// has to come; but users who were never answered at all did not use the service.
fn could_be_wrong(evidence: &Evidence, workload: Atom) -> Result<(), String> {
    // Where there was none, that is told.
    let Some(first) = evidence.first_fault() else { return Ok(()) };
    evidence.shown(workload, |each| is_exposed(each, first))?;
    evidence.used(workload)
}

fn kind(explainable: Conclusion, masked: bool, afterwards: Option<Conclusion>) -> Tolerance {
    match (explainable, afterwards) {
        (Conclusion::Pass, _) if masked => Tolerance::Masking,
        (Conclusion::Pass, _) => Tolerance::FailSafe,
        (Conclusion::Violated, Some(Conclusion::Pass)) => Tolerance::Nonmasking,
        (Conclusion::Violated, Some(Conclusion::Violated)) => Tolerance::NotEvenFailSafe,
        (Conclusion::Violated, Some(Conclusion::Inconclusive) | None)
        | (Conclusion::Inconclusive, _) => Tolerance::Unknown,
    }
}

/// Operations begun at an instant or later that were not answered, or not in time.
fn missed<'a>(
    evidence: &Evidence<'a>,
    workload: Atom,
    bound: TimeLimit,
    from: Time,
) -> Vec<Numbered<'a>> {
    let operations = evidence.operations(Some(workload));
    let late = operations.filter(|(_, each)| each.invoked >= from);
    late.filter(|(_, each)| bound.is_missed(evidence, each)).collect()
}

/// Checks that the history can be explained, in time or not.
pub(super) fn check_fail_safe(evidence: &Evidence, figures: &WorkloadFigures) -> Assessment {
    let ToleranceFigures { explainable, explanation, .. } = &figures.tolerance;
    if let Some(broken) = figures.tolerance.unexplained() {
        return broken;
    }
    let workload = figures.workload;
    match (explainable, evidence.exercised_together(workload)) {
        (Conclusion::Pass, Ok(())) => Assessment::Held(format!(
            "all {} operations can be explained: {explanation}",
            evidence.operations_together(workload).count()
        )),
        (Conclusion::Pass, Err(why)) => Assessment::Untested(why),
        (Conclusion::Violated | Conclusion::Inconclusive, _) => {
            Assessment::Untested(explanation.clone())
        }
    }
}

impl ToleranceFigures {
    /// The violation that the history cannot be explained, if it cannot.
    pub(super) fn unexplained(&self) -> Option<Assessment> {
        let witness = self.witness.clone()?;
        Some(Assessment::Broken(self.explanation.clone(), witness))
    }
}

/// Checks that everything is correct and in time again this long after the last change.
pub(super) fn check_nonmasking(
    evidence: &Evidence,
    workload: Atom,
    within: Duration,
    after: Duration,
) -> Assessment {
    match evidence.exercised(workload) {
        Ok(()) => check_after(evidence, workload, TimeLimit(Some(within)), after),
        Err(why) => Assessment::Untested(why),
    }
}

/// Checks that users are served again this long after the last change, even if with wrong answers.
pub(super) fn check_progress(
    evidence: &Evidence,
    workload: Atom,
    within: Option<Duration>,
    after: Duration,
) -> Assessment {
    if let Err(why) = evidence.exercised(workload) {
        return Assessment::Untested(why);
    }
    let from = after_last_change(evidence, after);
    match served_from(evidence, workload, TimeLimit(within), after) {
        Ok(served) => Assessment::Held(format!("from {from} on all {served} operations answered")),
        Err(assessment) => assessment,
    }
}

fn check_after(
    evidence: &Evidence,
    workload: Atom,
    bound: TimeLimit,
    after: Duration,
) -> Assessment {
    let from = after_last_change(evidence, after);
    let served = match served_from(evidence, workload, bound, after) {
        Ok(served) => served,
        Err(assessment) => return assessment,
    };
    match explained::check_from(evidence, workload, from) {
        Assessment::Held(how) => match evidence.shown(workload, |each| each.invoked >= from) {
            Ok(()) => Assessment::Held(format!(
                "from {from} on all {served} operations answered in time, and explained: {how}"
            )),
            Err(why) => Assessment::Untested(why),
        },
        other @ (Assessment::Broken(..) | Assessment::Untested(_)) => other,
    }
}

fn after_last_change(evidence: &Evidence, after: Duration) -> Time {
    evidence.last_change() + after
}

/// The number of operations that were begun this long after the last change.
///
/// # Errors
/// The operations that were not answered, or not in time; or an assessment that there were none.
fn served_from(
    evidence: &Evidence,
    workload: Atom,
    bound: TimeLimit,
    after: Duration,
) -> Result<usize, Assessment> {
    let from = after_last_change(evidence, after);
    let operations =
        || evidence.operations(Some(workload)).filter(|(_, each)| each.invoked >= from);
    let missed = missed(evidence, workload, bound, from);
    let after = format_duration(after);
    if !missed.is_empty() {
        let summary = format!(
            "{} of {} operations begun {after} after the last change were not answered in time",
            missed.len(),
            operations().count(),
        );
        return Err(Assessment::Broken(summary, operations_witness(evidence, &missed)));
    }
    if !operations().any(|(_, each)| ended(each).is_some()) {
        let why = format!("no operation of {workload} was begun {after} after the last change");
        return Err(Assessment::Untested(why));
    }
    evidence.settled(workload).map_err(Assessment::Untested)?;
    Ok(operations().count())
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Tolerance::Masking => "masking",
            Tolerance::FailSafe => "fail-safe",
            Tolerance::Nonmasking => "nonmasking",
            Tolerance::NotEvenFailSafe => "not even fail-safe",
            Tolerance::Unknown => "unknown",
        })
    }
}
