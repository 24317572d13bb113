//! Why a run went as it did: the chain of causes from a fault to what a client saw, where the time
//! went, and where operations that contradict each other took effect.
//!
//! Everything is read from the causes that the records of a full trace carry, nothing is guessed. A
//! trace that is not [full](crate::trace::Detail::Full) has too few records for it.
//!
//! - `chain`: from a record back to what led to it, from a process to what it is part of
//! - `instance`: what answers after a fault, and since when it can
//! - `path`: the records between a change and a client's answer
//! - `steps`: how a person would tell them
//! - `phases`: where the time went
//! - `effects`: where operations took effect

mod chain;
mod effects;
mod instance;
mod path;
mod phases;
mod steps;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::check::Verdict;
use crate::history::OperationId;
use crate::simulation::Run;
use crate::time::Time;

use chain::Causes;

pub use effects::{Contradiction, TookEffect};
pub use phases::{Part, Phase};
pub use steps::Step;

/// What a run has to say about its faults, and about the operations that are against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Each fault that takes something away, in the order of their injection, and the end of each
    /// behind it, if that disturbed users.
    pub faults: Vec<FaultExplained>,
    /// What shows that something expected did not hold, in the order of the expectations.
    pub contradictions: Vec<Contradiction>,
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
    /// The client's operation that is explained: the first that was not answered, or with an error,
    /// or too late; otherwise the slowest of those that the fault might have touched. Nothing if
    /// there are none.
    pub operation: Option<OperationId>,
    /// What the fault did to it.
    pub harm: Harm,
    /// What happened between the two, in the order of time.
    pub steps: Vec<Step>,
    /// Where the time from the fault to the answer went, phase by phase; if the operation failed, to
    /// the first answer of what came in the place of what was lost. Empty if there was no answer, or
    /// if neither it nor what gave it was due to the fault or its end.
    ///
    /// What came in its place is known by its part of the trace, whatever it is called: an
    /// application that was started, a process that a supervisor or anybody else started, or one
    /// that got a global name.
    pub parts: Vec<Part>,
}

/// What is explained of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// That it was injected.
    Injected,
    /// That what it did was undone.
    Ended,
}

/// What a fault did to the operation that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// It was not answered, or with an error.
    Failed,
    /// It was answered later than users are used to.
    Late,
    /// Nothing that a user would notice.
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
    let faults = verdict.figures.faults.iter();
    let faults = faults.flat_map(|fault| path::explain(run, verdict, &causes, fault)).collect();
    let contradictions = effects::contradictions(run, verdict, &causes);
    Explanation { faults, contradictions }
}
