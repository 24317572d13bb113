//! Why a run went as it did: the chain of causes from a fault to what a client saw, where the time
//! went, and where operations that contradict each other took effect.
//!
//! Everything is read from the causes that the records of a full trace carry, nothing is guessed. A
//! trace that is not [full](crate::trace::Detail::Full) has too few records for it.
//!
//! - `chain`: from a record back to what led to it, from a process to what it is part of
//! - `blame`: which change an operation is laid to that was not answered, or late
//! - `loss`: which change took away what was acknowledged
//! - `instance`: what answers after a fault, and since when it can
//! - `path`: the records between a change and a client's answer
//! - `steps`: how a person would tell them
//! - `phases`: where the time went
//! - `effects`: where operations took effect

mod blame;
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

use crate::check::{Doubt, Verdict};
use crate::history::OperationId;
use crate::simulation::Run;
use crate::term::Atom;
use crate::time::Time;
use crate::trace::RecordId;

use blame::{Blame, Trouble};
use chain::Causes;
use path::Explainer;
use steps::Teller;

pub use effects::{Contradiction, TookEffect};
pub use loss::Damage;
pub use phases::{Part, Phase};
pub use steps::Step;

/// What a run has to say about its faults, and about the operations that are against it.
///
/// Each operation that was not answered or late is laid to one change at most: to the one whose
/// effects its trace shows, or else to the last one that came before the trouble, unless users were
/// not served already then. What went wrong in the fault-free twin as well is laid to none, if
/// [the twin was run](crate::simulation::Simulation::with_twin).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What went wrong for which no fault is the reason, if anything did.
    pub without_fault: Option<WithoutFault>,
    /// Each fault that takes something away, in the order of their injection, and the end of each
    /// behind it, if that harmed users; any other change that did, in the order of time.
    pub faults: Vec<FaultExplained>,
    /// What shows that something expected did not hold, in the order of the expectations.
    pub contradictions: Vec<Contradiction>,
    /// What keeps the run as a whole from being conclusive, as in the verdict.
    pub doubts: Vec<Doubt>,
}

/// What went wrong for which no fault is the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutFault {
    /// The operations that were not answered, or with an error.
    pub failed: Vec<OperationId>,
    /// The operations that were answered late.
    pub late: Vec<OperationId>,
    /// What was lost, out of sight or doubled.
    pub damage: Damage,
    /// What happened to the first of these operations, in the order of time.
    pub steps: Vec<Step>,
}

/// How a fault, or its end, led to what a client saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultExplained {
    /// Its place in the plan.
    pub fault: u32,
    /// Whether it is the fault that is explained, or its end.
    pub change: Change,
    /// What it did, for people.
    pub text: String,
    /// When it was injected, or ended.
    pub at: Time,
    /// The client's operation that is explained. See [`Harm`]. Nothing if there is none.
    pub operation: Option<OperationId>,
    /// What the change did to it.
    pub harm: Harm,
    /// The operations laid to it that were not answered, or with an error, in the order of trouble.
    pub failed: Vec<OperationId>,
    /// The operations laid to it that were answered late.
    pub late: Vec<OperationId>,
    /// What it did to the data.
    pub damage: Damage,
    /// How many operations were going on at the change or begun before the next one, whatever came
    /// of them.
    pub touched: usize,
    /// The first answer after the trouble: of operations of the same name as [`operation`], begun
    /// when the first of those laid to the change was begun, or later. Nothing if there was no
    /// trouble, or no answer after it.
    ///
    /// [`operation`]: Self::operation
    pub answer: Option<Answer>,
    /// What happened between the two, in the order of time.
    pub steps: Vec<Step>,
    /// Where the time from the change went, phase by phase: to the answer to the operation, or, if it
    /// failed, to [`answer`](Self::answer). Empty if there was no answer, or if neither it nor what
    /// gave it was due to the fault or its end.
    ///
    /// What gave the answer is known by its part of the trace, whatever it is called: an application
    /// that was started, a process that a supervisor or anybody else started, one that got a global
    /// name, or one that was there before and went on when it learnt of the loss.
    pub parts: Vec<Part>,
}

/// An answer without an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The operation that was answered.
    pub operation: OperationId,
    /// What the user calls the operation: `post`.
    pub name: Atom,
    /// When the client had it.
    pub at: Time,
    /// The node where the operation took effect, and what the process runs that did it. See
    /// [`TookEffect::place`].
    pub place: Option<(Atom, String)>,
}

/// What is explained of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// That it was injected.
    Injected,
    /// That what it did was undone.
    Ended,
}

/// What a change did to the operation that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// It was not answered, or with an error: the first such operation.
    Failed,
    /// It was answered later than users are used to: the first such operation.
    Late,
    /// All operations were answered in time, but this read did not show what had been acknowledged,
    /// or showed something twice.
    Lost,
    /// Users were not served when the change was made, and nothing new is laid to it; the operation
    /// is the first that was answered after it.
    Already,
    /// Nothing that a user would notice; the operation is the slowest that it might have touched.
    None,
}

impl FaultExplained {
    /// The time that the parts take together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.parts.iter().map(|part| part.took).sum()
    }
}

/// Explains a run with a full trace.
///
/// ```
/// use nodedown::check::check;
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
    let blame = Blame::of(run, verdict, &causes);
    let damages = loss::damages(run, verdict, &blame);
    let explainer = Explainer { run, verdict, causes: &causes, blame: &blame, damages: &damages };
    let faults = explainer.explain();
    let damage = damages.get(&RecordId::default()).cloned().unwrap_or_default();
    let without_fault = without_fault(run, &causes, &blame, damage);
    let contradictions = effects::contradictions(run, verdict, &causes);
    let doubts = verdict.doubts.clone();
    Explanation { without_fault, faults, contradictions, doubts }
}

/// What is laid to no change, if anything is.
fn without_fault(
    run: &Run,
    causes: &Causes,
    blame: &Blame,
    damage: Damage,
) -> Option<WithoutFault> {
    let laid = |wanted| {
        let laid = blame.troubled.iter().filter(|each| each.laid_to.is_none());
        laid.filter(|each| each.trouble == wanted).map(|each| each.id).collect::<Vec<_>>()
    };
    let (failed, late) = (laid(Trouble::Failed), laid(Trouble::Late));
    let first = failed.first().or(late.first()).copied().or_else(|| damage.first_read(run))?;
    let teller = Teller { run, causes, fault: RecordId::default(), instance: None };
    let steps = teller.tell(&[], &causes.operation(first), None);
    Some(WithoutFault { failed, late, damage, steps })
}
