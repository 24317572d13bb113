//! Explains a run: the chain of causes from a fault to a client's operation, the phases of the time
//! in between, and the places where contradictory operations took effect.
//!
//! Everything is read from the causes recorded in a full trace; nothing is guessed. A trace that is
//! not [full](crate::engine::trace::Detail::Full) has too few records for it.
//!
//! - `chain`: from a record back to its causes, from a process back to its owner
//! - `attribution`: the attribution of failed and late operations to changes
//! - `loss`: the attribution of lost and doubled data to changes
//! - `instance`: the instances that answer after a fault
//! - `path`: the records between a change and a client's answer
//! - `steps`: that path in words
//! - `phases`: the phases of the time in between
//! - `effects`: the places where operations took effect

mod attribution;
mod chain;
mod effects;
mod instance;
mod loss;
mod path;
mod phases;
mod steps;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::consistency::history::OperationId;
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::trace::RecordId;
use crate::scenario::simulation::Run;
use crate::verdict::{Doubt, Verdict};

use attribution::{Attribution, Trouble};
use chain::Causes;
use path::Explainer;
use steps::StepWriter;

pub use effects::{Contradiction, OperationEffect};
pub use loss::Damage;
pub use phases::{Phase, PhaseDuration};
pub use steps::ExplanationStep;

/// The explanation of a run: its faults, and the operations that contradict its expectations.
///
/// Each operation that failed or was late is attributed to at most one change: the one whose
/// effects its trace shows, or else the last one before the trouble, unless users were already not
/// served then. An operation that fails in the fault-free twin as well is not attributed to any, if
/// [the twin was run](crate::scenario::simulation::Simulation::with_twin).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The trouble that no fault explains, if there was any.
    pub without_fault: Option<UnexplainedTrouble>,
    /// Each fault that takes something away, in the order of their injection, each followed by its
    /// end if that caused trouble; any other change that did, in the order of time.
    pub faults: Vec<FaultExplanation>,
    /// The evidence against the expectations that did not hold, in their order.
    pub contradictions: Vec<Contradiction>,
    /// The reasons why the run as a whole is inconclusive, as in the verdict.
    pub doubts: Vec<Doubt>,
}

/// The trouble that no fault explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnexplainedTrouble {
    /// The operations that were not answered, or with an error.
    pub failed: Vec<OperationId>,
    /// The operations that were answered late.
    pub late: Vec<OperationId>,
    /// The data that was lost, out of sight or doubled.
    pub damage: Damage,
    /// The steps of the first of these operations, in the order of time.
    pub steps: Vec<ExplanationStep>,
}

/// The explanation of a fault, or of its end: how it led to the trouble of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultExplanation {
    /// Its place in the plan.
    pub fault: u32,
    /// The change that is explained: the injection of the fault, or its end.
    pub change: FaultTransition,
    /// A description of the fault, for people.
    pub text: String,
    /// The time of the change.
    pub at: Time,
    /// The client's operation that is explained, see [`Harm`]; `None` if there is none.
    pub operation: Option<OperationId>,
    /// The effect of the change on the operation.
    pub harm: Harm,
    /// The operations attributed to it that failed or were not answered, in the order of trouble.
    pub failed: Vec<OperationId>,
    /// The operations attributed to it that were answered late.
    pub late: Vec<OperationId>,
    /// The damage to the data.
    pub damage: Damage,
    /// The number of operations that were in progress at the change or begun before the next one,
    /// whatever their outcome.
    pub touched: usize,
    /// The first answer after the trouble: of operations of the same name as [`operation`], begun
    /// when the first of those attributed to the change was begun, or later. `None` if there was no
    /// trouble, or no answer after it.
    ///
    /// [`operation`]: Self::operation
    pub answer: Option<FirstAnswer>,
    /// The steps between the two, in the order of time.
    pub steps: Vec<ExplanationStep>,
    /// The phases of the time from the change to the answer to the operation, or, if it failed, to
    /// [`answer`](Self::answer). Empty if there was no answer, or if neither it nor the instance
    /// that gave it was due to the fault or its end.
    ///
    /// The instance that gave the answer is recognised by its part of the trace, not by its name:
    /// an application that was started, a process that a supervisor or another process started, one
    /// that got a global name, or one that existed before and continued when it learnt of the loss.
    pub parts: Vec<PhaseDuration>,
}

/// An answer without an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAnswer {
    /// The operation that was answered.
    pub operation: OperationId,
    /// The user's name for the operation: `post`.
    pub name: Atom,
    /// The time at which the client received it.
    pub at: Time,
    /// The node where the operation took effect, and the label of the process that did it. See
    /// [`OperationEffect::place`].
    pub place: Option<(Atom, String)>,
}

/// A change in the state of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultTransition {
    /// It was injected.
    Injected,
    /// Its effect was undone.
    Ended,
}

/// The effect of a change on the operation that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// It failed or was not answered: the first such operation.
    Failed,
    /// It was answered later than users are used to: the first such operation.
    Late,
    /// All operations were answered in time, but this read did not show an acknowledged value, or
    /// showed something twice.
    Lost,
    /// Users were already not served when the change was made, and no new trouble is attributed to
    /// it; the operation is the first that was answered after it.
    Already,
    /// No user noticed anything; the operation is the slowest that the change might have touched.
    None,
}

impl FaultExplanation {
    /// The time that the parts take together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.parts.iter().map(|part| part.took).sum()
    }
}

/// Explains a run with a full trace.
///
/// ```
/// use nodedown::verdict::check;
/// use nodedown::explain::explain;
/// use nodedown::prelude::*;
/// use nodedown::trace::Detail;
///
/// let programs = Programs::builtin();
/// let scenario = Scenario::from_file("scenarios/chat-failover.json", &programs.catalogue())?;
/// let run = Simulation::new(scenario.plan(7), &programs).detail(Detail::Full).run();
/// let explanation = explain(&run, &check(&run));
/// assert_eq!(explanation.faults[0].text, "db1@a crashes");
/// assert!(explanation.contradictions.is_empty());
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
///
/// # Panics
/// If the trace of the run is not full.
#[must_use]
pub fn explain(run: &Run, verdict: &Verdict) -> Explanation {
    assert!(run.trace.is_full(), "only a full trace can be explained");
    let causes = Causes::of(&run.trace);
    let attribution = Attribution::of(run, verdict, &causes);
    let damages = loss::damages(run, verdict, &attribution);
    let explainer =
        Explainer { run, verdict, causes: &causes, attribution: &attribution, damages: &damages };
    let faults = explainer.explain();
    let damage = damages.get(&RecordId::default()).cloned().unwrap_or_default();
    let without_fault = without_fault(run, &causes, &attribution, damage);
    let contradictions = effects::contradictions(run, verdict, &causes);
    let doubts = verdict.doubts.clone();
    Explanation { without_fault, faults, contradictions, doubts }
}

/// The trouble that is attributed to no change, if there is any.
fn without_fault(
    run: &Run,
    causes: &Causes,
    attribution: &Attribution,
    damage: Damage,
) -> Option<UnexplainedTrouble> {
    let attributed = |wanted| {
        let attributed = attribution.troubled.iter().filter(|each| each.attributed_to.is_none());
        attributed.filter(|each| each.trouble == wanted).map(|each| each.id).collect::<Vec<_>>()
    };
    let (failed, late) = (attributed(Trouble::Failed), attributed(Trouble::Late));
    let first = failed.first().or(late.first()).copied().or_else(|| damage.first_read(run))?;
    let writer = StepWriter { run, causes, fault: RecordId::default(), instance: None };
    let steps = writer.write(&[], &causes.operation(first), None);
    Some(UnexplainedTrouble { failed, late, damage, steps })
}
