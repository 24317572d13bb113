//! The search for a smaller plan: several edits of the best plan so far are tried at once, and the
//! first in order after which it still fails is kept.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::failure::{ExpectationFailure, FailureGoal};
use super::redundancy;
use super::seeds::{SeedTrials, TRIED};
use super::size::PlanSize;
use crate::document::shape::Catalogue;
use crate::engine::rng::fnv1a;
use crate::engine::term::Atom;
use crate::engine::trace::{Fact, FaultFact, TraceRecord};
use crate::explore::batch::Batch;
use crate::explore::results::StopReason;
use crate::explore::sweep::attempt;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::scenario::{Plan, Scenario};
use crate::verdict::{Verdict, check};

/// A change of a scenario that may leave its failure as it is.
pub(super) type Edit = Box<dyn Fn(&mut Scenario) + Send + Sync>;

/// Boxes a change as an edit.
pub(super) fn edit(change: impl Fn(&mut Scenario) + Send + Sync + 'static) -> Edit {
    Box::new(change)
}

/// The progress of a search.
#[derive(Clone, Copy, Debug)]
pub struct ShrinkProgress<'a> {
    /// The part of the plan that is being reduced.
    pub what: &'static str,
    /// The number of smaller plans that were tried.
    pub tried: u64,
    /// The number of runs that this took.
    pub runs: u64,
    /// The size of the smallest one.
    pub size: PlanSize,
    /// The smallest one, as a scenario file.
    pub text: &'a str,
}

/// The data that all threads share.
pub(super) struct ShrinkContext<'a> {
    pub(super) programs: &'a Programs,
    pub(super) catalogue: Catalogue,
    pub(super) prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    pub(super) batch: Batch<'a>,
}

/// A scenario in which everything that can be left out is.
pub(super) const ONE_NODE: &str =
    r#"{ "duration": "1s", "hosts": { "h": {} }, "nodes": { "n@h": { "host": "h" } } }"#;

/// The result of trying an edit.
enum TrialResult {
    /// It changes nothing, or cannot be written as a file.
    Nothing,
    /// It does not fail in the same way.
    Holds { hash: u64, runs: u64 },
    /// It fails in the same way.
    Fails { text: String, runs: u64 },
}

impl ShrinkContext<'_> {
    /// Runs a plan and checks it; `None` if the run panics.
    pub(super) fn look(&self, plan: Plan) -> Option<CheckedRun> {
        let run = || {
            let run = (self.prepare)(Simulation::new(plan, self.programs)).run();
            CheckedRun { verdict: check(&run), starts_first: starts_first(&run) }
        };
        attempt(run).ok()
    }

    /// True if the run with this seed does not fail without its faults, as far as the goal is
    /// concerned.
    pub(super) fn is_well_without_faults(
        &self,
        goal: &FailureGoal,
        scenario: &Scenario,
        seed: u64,
    ) -> bool {
        let twin = self.look(scenario.plan(seed).without_faults());
        twin.is_some_and(|seen| !goal.is_missed(&seen.verdict))
    }

    /// True if the run with this seed meets the goal.
    fn fails(&self, goal: &FailureGoal, scenario: &Scenario, seed: u64) -> bool {
        let run = self.look(scenario.plan(seed));
        let fails = |seen: CheckedRun| {
            goal.seen(&seen.verdict).is_some() && (seen.starts_first || !goal.starts_first)
        };
        run.is_some_and(fails)
            && (!goal.by_faults || self.is_well_without_faults(goal, scenario, seed))
    }

    pub(super) fn parse(&self, text: &str) -> Scenario {
        let read = Scenario::parse(text, "shrunk", &self.catalogue);
        read.unwrap_or_else(|error| panic!("what was written cannot be read: {error}"))
    }

    /// The seed of a scenario that says none.
    pub(super) fn usual_seed(&self) -> u64 {
        self.parse(ONE_NODE).seed
    }
}

/// The parts of a run that the search looks at.
pub(super) struct CheckedRun {
    pub(super) verdict: Verdict,
    /// True if every application has started somewhere before the first fault is injected.
    pub(super) starts_first: bool,
}

/// True if every application has started somewhere before the first fault is injected.
fn starts_first(run: &Run) -> bool {
    let is_fault =
        |record: &&TraceRecord| matches!(record.fact, Fact::Fault(FaultFact::Injected { .. }));
    let Some(fault) = run.trace.records().iter().find(is_fault) else { return true };
    let instances = run.trace.timeline().instances().iter();
    let started: BTreeSet<Atom> = instances
        .take_while(|each| each.during.from.record < fault.id)
        .map(|each| each.application)
        .collect();
    run.plan.scenario.application_places().all(|(name, _)| started.contains(&name))
}

/// The best plan so far, and the goal of the search.
pub(super) struct ShrinkSearch<'a> {
    pub(super) context: &'a ShrinkContext<'a>,
    pub(super) goal: FailureGoal,
    /// The seeds with each of which it has to fail.
    pub(super) seeds: Vec<u64>,
    pub(super) best: Scenario,
    pub(super) text: String,
    /// The texts of those that were best before, each of which was found to fail.
    pub(super) earlier: Vec<String>,
    /// The hashes of the texts that were found not to, with the current seeds.
    refuted: BTreeSet<u64>,
    pub(super) tried: u64,
    pub(super) runs: u64,
    pub(super) stopped: Option<StopReason>,
    what: &'static str,
    watch: &'a mut dyn FnMut(&ShrinkProgress<'_>),
}

impl<'a> ShrinkSearch<'a> {
    /// A search that begins at a plan that fails with this seed.
    pub(super) fn new(
        context: &'a ShrinkContext<'a>,
        goal: FailureGoal,
        seed: u64,
        (best, text): (Scenario, String),
        watch: &'a mut dyn FnMut(&ShrinkProgress<'_>),
    ) -> ShrinkSearch<'a> {
        ShrinkSearch {
            context,
            goal,
            seeds: vec![seed],
            best,
            text,
            earlier: Vec::new(),
            refuted: BTreeSet::new(),
            tried: 0,
            runs: 1,
            stopped: None,
            what: "the whole",
            watch,
        }
    }

    /// Sets the name of the part that is reduced from now on.
    pub(super) fn now(&mut self, what: &'static str) {
        self.what = what;
        self.report_progress();
    }

    fn report_progress(&mut self) {
        let size = PlanSize::of(&self.best, &self.text);
        let step = ShrinkProgress {
            what: self.what,
            tried: self.tried,
            runs: self.runs,
            size,
            text: &self.text,
        };
        (self.watch)(&step);
    }

    /// Requires from now on that it fails with each of these seeds.
    pub(super) fn demand(&mut self, seeds: Vec<u64>) {
        self.seeds = seeds;
        self.refuted.clear();
    }

    /// Keeps the first of the edits after which it still fails, and returns its place.
    pub(super) fn first(&mut self, edits: &[Edit]) -> Option<usize> {
        let (mut refuted, mut found, mut place) = (Vec::new(), None, 0);
        let (mut tried, mut runs) = (0, 0);
        if self.stopped.is_some() {
            return None;
        }
        let context = self.context;
        let known = TrialContext {
            text: &self.text,
            goal: &self.goal,
            seeds: &self.seeds,
            refuted: &self.refuted,
        };
        let start = || context.parse(known.text);
        let work = |base: &mut Scenario, edit: &Edit| known.trial(context, base, edit);
        let take = |trial| {
            let (trials, more) = match &trial {
                TrialResult::Nothing => (0, 0),
                TrialResult::Holds { runs, .. } | TrialResult::Fails { runs, .. } => (1, *runs),
            };
            (tried, runs) = (tried + trials, runs + more);
            match trial {
                TrialResult::Nothing => {}
                TrialResult::Holds { hash, .. } => refuted.push(hash),
                TrialResult::Fails { text, .. } => {
                    found = Some((place, text));
                    return ControlFlow::Break(());
                }
            }
            place += 1;
            ControlFlow::Continue(())
        };
        self.stopped = context.batch.in_order(edits, start, work, take);
        self.refuted.extend(refuted);
        (self.tried, self.runs) = (self.tried + tried, self.runs + runs);
        let kept = found.map(|(place, text)| {
            self.replace(text);
            place
        });
        self.report_progress();
        kept
    }

    /// Keeps every edit after which it still fails, one after the other, until there are none.
    /// `edits` makes them for the plan as it is then.
    pub(super) fn each(&mut self, edits: impl Fn(&Scenario) -> Vec<Edit>) {
        let mut from = 0;
        loop {
            let all = edits(&self.best);
            let Some(rest) = all.get(from..) else { return };
            match self.first(rest) {
                // Behind it first: what was in vain before is likely to be so again.
                Some(place) => from += place,
                None if from > 0 => from = 0,
                None => return,
            }
            if self.stopped.is_some() {
                return;
            }
        }
    }

    /// Replaces the best plan by one that fails.
    fn replace(&mut self, text: String) {
        self.best = self.context.parse(&text);
        self.earlier.push(std::mem::replace(&mut self.text, text));
    }

    /// Goes back to the last plan that fails with each of the current seeds.
    pub(super) fn rewind(&mut self) -> bool {
        while let Some(text) = self.earlier.pop() {
            let scenario = self.context.parse(&text);
            let fails = |seed: &u64| self.context.fails(&self.goal, &scenario, *seed);
            self.runs += self.seeds.len() as u64;
            if self.seeds.iter().all(fails) {
                (self.best, self.text) = (scenario, text);
                return true;
            }
            self.stopped = self.stopped.or_else(|| self.context.batch.stop());
            if self.stopped.is_some() {
                return false;
            }
        }
        false
    }
}

impl ShrinkSearch<'_> {
    /// True if the best plan fails with each of the current seeds.
    pub(super) fn fails_as_it_is(&mut self) -> bool {
        self.counterexample(self.seeds.clone()).is_none() && self.stopped.is_none()
    }

    /// The first of these seeds with which the best plan does not fail.
    pub(super) fn counterexample(&mut self, seeds: impl IntoIterator<Item = u64>) -> Option<u64> {
        let mut found = None;
        self.with_seeds(seeds.into_iter().collect(), |seed, fails| {
            found = (!fails).then_some(seed);
            if fails { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        found
    }

    /// Tries the best plan with many seeds; only with the current ones if the search was stopped.
    pub(super) fn try_seeds(&mut self, own: u64) -> SeedTrials {
        if self.stopped.is_some() {
            return SeedTrials { tried: self.seeds.clone(), holds_with: Vec::new() };
        }
        self.now("whatever the seed");
        let mut seeds: Vec<u64> = TRIED.chain([own]).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let mut trials = SeedTrials { tried: Vec::new(), holds_with: Vec::new() };
        self.with_seeds(seeds, |seed, fails| {
            trials.tried.push(seed);
            trials.holds_with.extend((!fails).then_some(seed));
            ControlFlow::Continue(())
        });
        trials
    }

    /// Runs the best plan with each of these seeds, and reports in their order whether it fails.
    fn with_seeds(&mut self, seeds: Vec<u64>, mut take: impl FnMut(u64, bool) -> ControlFlow<()>) {
        if self.stopped.is_some() {
            return;
        }
        let (context, text, goal, mut runs) = (self.context, &self.text, &self.goal, 0);
        let start = || context.parse(text);
        let work = |scenario: &mut Scenario, seed: u64| (seed, context.fails(goal, scenario, seed));
        self.stopped = context.batch.in_order(seeds, start, work, |(seed, fails)| {
            runs += 1;
            take(seed, fails)
        });
        self.runs += runs;
    }

    /// The failure as the best plan shows it.
    pub(super) fn show(&mut self, seed: u64) -> ExpectationFailure {
        self.runs += 1;
        let run = self.context.look(self.best.plan(seed));
        let shown = run.and_then(|seen| self.goal.seen(&seen.verdict));
        shown.expect("the best plan fails with its own seed")
    }
}

/// The parts of the search that a trial needs.
struct TrialContext<'a> {
    text: &'a str,
    goal: &'a FailureGoal,
    seeds: &'a [u64],
    refuted: &'a BTreeSet<u64>,
}

impl TrialContext<'_> {
    fn trial(&self, context: &ShrinkContext<'_>, base: &Scenario, edit: &Edit) -> TrialResult {
        let mut scenario = base.clone();
        edit(&mut scenario);
        if scenario == *base || !redundancy::keeps(&scenario, &self.goal.lasting) {
            return TrialResult::Nothing;
        }
        let Ok(text) = scenario.to_json(&context.catalogue) else { return TrialResult::Nothing };
        let hash = fnv1a(text.as_bytes());
        if text == self.text || self.refuted.contains(&hash) {
            return TrialResult::Nothing;
        }
        for (seed, runs) in self.seeds.iter().zip(1..) {
            if !context.fails(self.goal, &scenario, *seed) {
                return TrialResult::Holds { hash, runs };
            }
        }
        TrialResult::Fails { text, runs: self.seeds.len() as u64 }
    }
}
