//! Reduces a failing run to the smallest plan that still fails in the same way.
//!
//! - `failure`: the failure to preserve
//! - `search`: edits are tried on the best plan so far, and the first that preserves the failure is
//!   kept
//! - `ddmin`: delta debugging, for lists; `parts`: the parts that can be left out; `removal`:
//!   leaving out a part together with everything that refers to it; `redundancy`: the parts that
//!   must stay
//! - `times`: earlier ends, shorter waits, round times; `values`: constant delays, default settings
//! - `seeds`: independence of the seed
//! - `size`: the size of a plan

mod ddmin;
mod failure;
mod parts;
mod redundancy;
mod removal;
mod search;
mod seeds;
mod size;
mod times;
mod values;

use std::collections::BTreeSet;

use super::batch::Batch;
use super::results::StopReason;
use crate::engine::rng::fnv1a;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;
use crate::scenario::{Plan, Scenario, Unwritable};
use crate::verdict::Verdict;

use failure::FailureGoal;
use search::{ShrinkContext, ShrinkSearch};
use seeds::{OperationShift, TRIED, settle};

pub use failure::{ExpectationFailure, FailureMatch};
pub use search::ShrinkProgress;
pub use seeds::SeedTrials;
pub use size::PlanSize;

/// Reduces plans.
///
/// The result violates the same expectation, and its witness begins with the same kind of line.
/// Three restrictions keep it from becoming another failure. A plan that does not fail without its
/// faults is not turned into one that does; an application that had a node to run on whatever the
/// faults keeps one; and if all applications had started before the first fault, they still have.
/// If the search ran to completion, no single fault or operation can be left out. The result does
/// not depend on the number of threads.
///
/// ```
/// use nodedown::explore::Shrinker;
/// use nodedown::prelude::*;
///
/// let programs = Programs::builtin();
/// let scenario = Scenario::from_file("scenarios/wrong-cookie.json", &programs.catalogue())?;
/// let shrunk = Shrinker::new(&programs).run(&scenario.plan(1), |_| {}).unwrap();
/// assert!(shrunk.before.operations > 400);
/// assert!(shrunk.after.operations < 5);
///
/// let again = Scenario::parse(&shrunk.text, "smallest.json", &programs.catalogue())?;
/// let verdict = check(&Simulation::new(again.plan(again.seed), &programs).run());
/// assert_eq!(verdict.conclusion, Conclusion::Violated);
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[must_use]
pub struct Shrinker<'a> {
    programs: &'a Programs,
    batch: Batch<'a>,
    likeness: FailureMatch,
    expectation: Option<usize>,
    origin: Option<String>,
    prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
}

/// The smallest plan that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct ShrinkResult {
    /// The plan as a scenario without randomness.
    pub scenario: Scenario,
    /// Its text. It has no seed if it needs none.
    pub text: String,
    /// The failure of the original run.
    pub failure: ExpectationFailure,
    /// The other failures of the original run.
    pub others: Vec<ExpectationFailure>,
    /// The failure of the reduced run.
    pub left: ExpectationFailure,
    /// True if the faults cause the failure: without them neither the original nor the reduced plan
    /// fails this way.
    pub by_faults: bool,
    /// The size of the original plan.
    pub before: PlanSize,
    /// The size of the reduced plan.
    pub after: PlanSize,
    /// The number of smaller plans that were tried.
    pub tried: u64,
    /// The number of runs that this took.
    pub runs: u64,
    /// The seeds with which it fails.
    pub seeds: SeedTrials,
    /// The reason why the search ended early, if it did.
    pub stopped: Option<StopReason>,
}

/// The reasons why there is nothing to reduce.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShrinkError {
    /// Everything that is expected holds, or was not tested.
    #[error("everything expected of the run with seed {seed} holds, or was not put to the test")]
    Holds {
        /// The seed of the run.
        seed: u64,
    },
    /// Nothing is expected, so nothing can fail.
    #[error(
        "nothing is expected of the run with seed {seed}: write what has to hold under \"expect\""
    )]
    ExpectsNothing {
        /// The seed of the run.
        seed: u64,
    },
    /// The expectation that was chosen holds; others do not.
    #[error("expectation {chosen} does not fail in the run with seed {seed}")]
    OtherFails {
        /// The seed of the run.
        seed: u64,
        /// The number of the expectation, counted from 1.
        chosen: usize,
        /// The expectations that fail.
        failing: Vec<ExpectationFailure>,
    },
    /// The run, or the checking of it, ends in a panic, which is a bug in nodedown.
    #[error("the run with seed {seed} ends in a panic")]
    Panics {
        /// The seed of the run.
        seed: u64,
    },
    /// The plan cannot be written down.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

/// The most rounds over everything that can be reduced.
const ROUNDS_MAX: usize = 20;

/// The most times that the search goes back to a plan that fails with one more seed.
const REWINDS_MAX: usize = 8;

impl<'a> Shrinker<'a> {
    /// Reduces plans of these programs, on all cores.
    pub fn new(programs: &'a Programs) -> Shrinker<'a> {
        Shrinker {
            programs,
            batch: Batch::new(),
            likeness: FailureMatch::default(),
            expectation: None,
            origin: None,
            prepare: &|simulation| simulation,
        }
    }

    /// Sets the threads, and the reasons for which the search ends early, with the smallest plan so
    /// far. No run counts as failed.
    pub fn batch(self, batch: Batch<'a>) -> Shrinker<'a> {
        Shrinker { batch, ..self }
    }

    /// Sets how much the failure of a smaller plan must resemble the original one.
    pub fn likeness(self, likeness: FailureMatch) -> Shrinker<'a> {
        Shrinker { likeness, ..self }
    }

    /// Chooses one of the expectations that do not hold, by its number among all findings, counted
    /// from 1. Without it, the first of them.
    pub fn expectation(self, number: usize) -> Shrinker<'a> {
        Shrinker { expectation: Some(number), ..self }
    }

    /// Names the origin of the plan, for the description of the reduced one.
    pub fn origin(self, origin: &str) -> Shrinker<'a> {
        Shrinker { origin: Some(origin.to_owned()), ..self }
    }

    /// Changes each simulation before it runs: adds an invariant, say.
    pub fn prepare(
        self,
        prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    ) -> Shrinker<'a> {
        Shrinker { prepare, ..self }
    }

    /// Reduces a plan; `watch` gets the progress of the search.
    ///
    /// # Errors
    /// [`ShrinkError`] if the plan does not fail, or cannot be written as a scenario.
    pub fn run(
        self,
        plan: &Plan,
        mut watch: impl FnMut(&ShrinkProgress<'_>),
    ) -> Result<ShrinkResult, ShrinkError> {
        let context = ShrinkContext {
            programs: self.programs,
            catalogue: self.programs.catalogue(),
            prepare: self.prepare,
            batch: self.batch.clone(),
        };
        let whole = plan.to_scenario();
        let text = whole.to_json(&context.catalogue)?;
        let before = PlanSize::of(&whole, &text);
        let (goal, others) = self.goal(&context, &whole, plan.seed)?;
        let start = (whole, text);
        let mut search = ShrinkSearch::new(&context, goal, plan.seed, start, &mut watch);
        shrink(&mut search, plan.seed);
        let seeds = search.try_seeds(plan.seed);
        let free = seeds.needs_no_seed() && search.stopped.is_none();
        let left = search.show(if free { context.usual_seed() } else { plan.seed });
        let (scenario, text) = self.finish(&search, &left, free, plan.seed)?;
        let after = PlanSize::of(&scenario, &text);
        let ShrinkSearch { tried, runs, stopped, goal, .. } = search;
        let FailureGoal { failure, by_faults, .. } = goal;
        Ok(ShrinkResult {
            scenario,
            text,
            failure,
            others,
            left,
            by_faults,
            before,
            after,
            tried,
            runs,
            seeds,
            stopped,
        })
    }

    /// The conditions for smaller plans, and the other failures of the run.
    fn goal(
        &self,
        context: &ShrinkContext<'_>,
        whole: &Scenario,
        seed: u64,
    ) -> Result<(FailureGoal, Vec<ExpectationFailure>), ShrinkError> {
        let run = context.look(whole.plan(seed)).ok_or(ShrinkError::Panics { seed })?;
        let failure = self.choose(&run.verdict, seed)?;
        let mut others = ExpectationFailure::all(&run.verdict);
        others.retain(|other| *other != failure);
        let mut goal = FailureGoal {
            failure,
            likeness: self.likeness,
            by_faults: false,
            starts_first: run.starts_first,
            lasting: redundancy::lasting_applications(whole),
        };
        goal.by_faults = context.is_well_without_faults(&goal, whole, seed);
        Ok((goal, others))
    }

    /// The failure to preserve.
    fn choose(&self, verdict: &Verdict, seed: u64) -> Result<ExpectationFailure, ShrinkError> {
        let failing = ExpectationFailure::all(verdict);
        let wanted = |failure: &&ExpectationFailure| {
            self.expectation.is_none_or(|number| failure.number == number)
        };
        match (failing.iter().find(wanted), self.expectation) {
            (Some(failure), _) => Ok(failure.clone()),
            (None, Some(chosen)) if !failing.is_empty() => {
                Err(ShrinkError::OtherFails { seed, chosen, failing })
            }
            (None, _) if verdict.findings.is_empty() => Err(ShrinkError::ExpectsNothing { seed }),
            (None, _) => Err(ShrinkError::Holds { seed }),
        }
    }

    /// The scenario that is kept: it says where it comes from, and the seed only if that matters.
    fn finish(
        &self,
        search: &ShrinkSearch<'_>,
        left: &ExpectationFailure,
        free: bool,
        seed: u64,
    ) -> Result<(Scenario, String), Unwritable> {
        let whence = self.origin.as_ref().map(|origin| format!(" of {origin}"));
        let description = format!(
            "The smallest plan found in which this does not hold: {}. It is what is left of the run{} \
             with seed {seed}. {}.",
            left.expected(),
            whence.unwrap_or_default(),
            left.summary,
        );
        let seed = if free { search.context.usual_seed() } else { seed };
        let scenario = Scenario { description, seed, ..search.best.clone() };
        let catalogue = &search.context.catalogue;
        let text = if free {
            scenario.to_json_without_seed(catalogue)?
        } else {
            scenario.to_json(catalogue)?
        };
        Ok((scenario, text))
    }
}

/// Reduces the best plan of a search until nothing helps any more.
fn shrink(search: &mut ShrinkSearch<'_>, own: u64) {
    parts::expectations(search);
    values::faults_at_times(search);
    settle(search, own, OperationShift::None);
    for _ in 0..REWINDS_MAX {
        reduce(search);
        if search.stopped.is_some() {
            return;
        }
        if search.seeds == [own] {
            if !settle(search, own, OperationShift::Some) {
                return;
            }
            continue;
        }
        let Some(seed) = search.counterexample(TRIED) else { return };
        let seeds = [seed].into_iter().chain(search.seeds.iter().copied()).collect();
        search.demand(seeds);
        if !search.rewind() {
            search.demand(vec![own]);
            return;
        }
    }
}

/// Goes over everything that can be reduced, until a whole round changes nothing.
fn reduce(search: &mut ShrinkSearch<'_>) {
    let passes: [fn(&mut ShrinkSearch<'_>); 13] = [
        times::cut_end,
        parts::faults,
        parts::workloads,
        parts::operations,
        parts::applications,
        parts::nodes,
        parts::clients,
        parts::fault_details,
        times::close_gaps,
        values::simplify_paths,
        values::defaults,
        parts::operation_details,
        times::round,
    ];
    let mut seen = BTreeSet::new();
    for _ in 0..ROUNDS_MAX {
        if !seen.insert(fnv1a(search.text.as_bytes())) {
            return;
        }
        for pass in passes {
            pass(search);
            if search.stopped.is_some() {
                return;
            }
        }
    }
}
