//! The search for a smaller plan: several edits of the best plan so far are tried at once, and the
//! first in order after which it still fails is kept.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use super::failure::{Failure, Goal};
use super::redundancy;
use super::seeds::{SeedTrials, TRIED};
use super::size::Size;
use crate::check::{Verdict, check};
use crate::explore::interrupt::Interrupt;
use crate::explore::pool;
use crate::explore::results::Stop;
use crate::explore::sweep::attempt;
use crate::rng::fnv1a;
use crate::scenario::{Plan, Scenario};
use crate::services::Programs;
use crate::shape::Catalogue;
use crate::simulation::{Run, Simulation};
use crate::term::Atom;
use crate::trace::Fact;

/// A change of a scenario that may leave its failure as it is.
pub(super) type Edit = Box<dyn Fn(&mut Scenario) + Send + Sync>;

/// This change, to be tried.
pub(super) fn edit(change: impl Fn(&mut Scenario) + Send + Sync + 'static) -> Edit {
    Box::new(change)
}

/// The progress of a search.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The part of the plan that is being reduced.
    pub what: &'static str,
    /// The number of smaller plans that were tried.
    pub tried: u64,
    /// The number of runs that this took.
    pub runs: u64,
    /// The size of the smallest one.
    pub size: Size,
    /// The smallest one, as a scenario file.
    pub text: &'a str,
}

/// The data that all threads share.
pub(super) struct Laboratory<'a> {
    pub(super) programs: &'a Programs,
    pub(super) catalogue: Catalogue,
    pub(super) prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    pub(super) interrupt: Interrupt,
    pub(super) time_is_up: &'a (dyn Fn() -> bool + Sync),
    pub(super) jobs: NonZero<usize>,
}

/// A scenario in which everything that can be left out is.
pub(super) const ONE_NODE: &str =
    r#"{ "duration": "1s", "hosts": { "h": {} }, "nodes": { "n@h": { "host": "h" } } }"#;

/// The result of trying an edit.
enum Trial {
    /// It is nothing new, or no file can say it.
    Nothing,
    /// It does not fail in the same way.
    Holds { hash: u64, runs: u64 },
    /// It does.
    Fails { text: String, runs: u64 },
}

impl Laboratory<'_> {
    /// Runs a plan and checks it; `None` if the run panics.
    pub(super) fn look(&self, plan: Plan) -> Option<Seen> {
        let run = || {
            let run = (self.prepare)(Simulation::new(plan, self.programs)).run();
            Seen { verdict: check(&run), starts_first: starts_first(&run) }
        };
        attempt(run).ok()
    }

    /// True if the run with this seed does not fail without its faults, as far as the goal is
    /// concerned.
    pub(super) fn is_well_without_faults(
        &self,
        goal: &Goal,
        scenario: &Scenario,
        seed: u64,
    ) -> bool {
        let twin = self.look(scenario.plan(seed).without_faults());
        twin.is_some_and(|seen| !goal.is_missed(&seen.verdict))
    }

    /// True if the run with this seed meets the goal.
    fn fails(&self, goal: &Goal, scenario: &Scenario, seed: u64) -> bool {
        let run = self.look(scenario.plan(seed));
        let fails = |seen: Seen| {
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

    fn stop(&self) -> Option<Stop> {
        if self.interrupt.is_raised() {
            Some(Stop::Interrupted)
        } else {
            (self.time_is_up)().then_some(Stop::TimeUp)
        }
    }
}

/// The parts of a run that the search looks at.
pub(super) struct Seen {
    pub(super) verdict: Verdict,
    /// True if every application has started somewhere before the first fault is injected.
    pub(super) starts_first: bool,
}

fn starts_first(run: &Run) -> bool {
    let mut waiting: BTreeSet<Atom> =
        run.plan.scenario.applications.iter().map(|application| application.name).collect();
    for record in run.trace.records() {
        if let Fact::ApplicationStarted { application, .. } = &record.fact {
            waiting.remove(application);
        } else if matches!(record.fact, Fact::FaultInjected { .. }) {
            return waiting.is_empty();
        }
    }
    true
}

/// The best plan so far, and the goal of the search.
pub(super) struct Search<'a> {
    pub(super) laboratory: &'a Laboratory<'a>,
    pub(super) goal: Goal,
    /// The seeds with each of which it has to fail.
    pub(super) seeds: Vec<u64>,
    pub(super) best: Scenario,
    pub(super) text: String,
    /// The texts of those that were best before, each of which was found to fail.
    pub(super) earlier: Vec<String>,
    /// The hashes of the texts that were found not to, with the seeds of now.
    refuted: BTreeSet<u64>,
    pub(super) tried: u64,
    pub(super) runs: u64,
    pub(super) stopped: Option<Stop>,
    what: &'static str,
    watch: &'a mut dyn FnMut(&Step<'_>),
}

impl<'a> Search<'a> {
    /// A search that begins at a plan that fails with this seed.
    pub(super) fn new(
        laboratory: &'a Laboratory<'a>,
        goal: Goal,
        seed: u64,
        (best, text): (Scenario, String),
        watch: &'a mut dyn FnMut(&Step<'_>),
    ) -> Search<'a> {
        Search {
            laboratory,
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

    /// Says what is made smaller from now on.
    pub(super) fn now(&mut self, what: &'static str) {
        self.what = what;
        self.tell();
    }

    fn tell(&mut self) {
        let size = Size::of(&self.best, &self.text);
        let step =
            Step { what: self.what, tried: self.tried, runs: self.runs, size, text: &self.text };
        (self.watch)(&step);
    }

    /// Demands from now on that it fails with each of these seeds.
    pub(super) fn demand(&mut self, seeds: Vec<u64>) {
        self.seeds = seeds;
        self.refuted.clear();
    }

    /// Keeps the first of the edits after which it still fails, and tells its place.
    pub(super) fn first(&mut self, edits: &[Edit]) -> Option<usize> {
        let (mut refuted, mut found, mut place) = (Vec::new(), None, 0);
        let (mut tried, mut runs) = (0, 0);
        let (laboratory, stopped) = (self.laboratory, Mutex::new(self.stopped));
        let goes_on = || {
            let mut stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
            *stopped = stopped.or_else(|| laboratory.stop());
            stopped.is_none()
        };
        let items = edits.iter().take_while(|_| goes_on());
        let known = Known {
            text: &self.text,
            goal: &self.goal,
            seeds: &self.seeds,
            refuted: &self.refuted,
        };
        let start = || laboratory.parse(known.text);
        let work = |base: &mut Scenario, edit: &Edit| known.trial(laboratory, base, edit);
        let take = |trial| {
            let (trials, more) = match &trial {
                Trial::Nothing => (0, 0),
                Trial::Holds { runs, .. } | Trial::Fails { runs, .. } => (1, *runs),
            };
            (tried, runs) = (tried + trials, runs + more);
            match trial {
                Trial::Nothing => {}
                Trial::Holds { hash, .. } => refuted.push(hash),
                Trial::Fails { text, .. } => {
                    found = Some((place, text));
                    return ControlFlow::Break(());
                }
            }
            place += 1;
            ControlFlow::Continue(())
        };
        // No more threads than there is work for.
        let jobs =
            NonZero::new(edits.len()).map_or(laboratory.jobs, |few| few.min(laboratory.jobs));
        pool::in_order(jobs, items, start, work, take);
        let stop = *stopped.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopped = stop;
        self.refuted.extend(refuted);
        (self.tried, self.runs) = (self.tried + tried, self.runs + runs);
        let kept = found.map(|(place, text)| {
            self.replace(text);
            place
        });
        self.tell();
        kept
    }

    /// Keeps each of the edits after which it still fails, one after the other, as long as there is
    /// one. `edits` makes them for the plan as it is then.
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

    /// Puts a plan that fails in the place of the best one.
    fn replace(&mut self, text: String) {
        self.best = self.laboratory.parse(&text);
        self.earlier.push(std::mem::replace(&mut self.text, text));
    }

    /// Goes back to the last plan that fails with each of the seeds of now.
    pub(super) fn rewind(&mut self) -> bool {
        while let Some(text) = self.earlier.pop() {
            let scenario = self.laboratory.parse(&text);
            let fails = |seed: &u64| self.laboratory.fails(&self.goal, &scenario, *seed);
            self.runs += self.seeds.len() as u64;
            if self.seeds.iter().all(fails) {
                (self.best, self.text) = (scenario, text);
                return true;
            }
            self.stopped = self.stopped.or_else(|| self.laboratory.stop());
            if self.stopped.is_some() {
                return false;
            }
        }
        false
    }
}

impl Search<'_> {
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

    /// Tries the best plan with many seeds; only with those of now if the search was stopped.
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

    /// Runs the best plan with each of these seeds, and tells in their order whether it fails.
    fn with_seeds(&mut self, seeds: Vec<u64>, mut take: impl FnMut(u64, bool) -> ControlFlow<()>) {
        let (laboratory, stopped) = (self.laboratory, Mutex::new(self.stopped));
        let (text, goal, mut runs) = (&self.text, &self.goal, 0);
        let goes_on = || {
            let mut stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
            *stopped = stopped.or_else(|| laboratory.stop());
            stopped.is_none()
        };
        let items = seeds.into_iter().take_while(|_| goes_on());
        let start = || laboratory.parse(text);
        let work =
            |scenario: &mut Scenario, seed: u64| (seed, laboratory.fails(goal, scenario, seed));
        pool::in_order(laboratory.jobs, items, start, work, |(seed, fails)| {
            runs += 1;
            take(seed, fails)
        });
        let stop = *stopped.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopped = stop;
        self.runs += runs;
    }

    /// The failure as the best plan shows it.
    pub(super) fn show(&mut self, seed: u64) -> Failure {
        self.runs += 1;
        let run = self.laboratory.look(self.best.plan(seed));
        let shown = run.and_then(|seen| self.goal.seen(&seen.verdict));
        shown.expect("the best plan fails with its own seed")
    }
}

/// The parts of the search that a trial needs.
struct Known<'a> {
    text: &'a str,
    goal: &'a Goal,
    seeds: &'a [u64],
    refuted: &'a BTreeSet<u64>,
}

impl Known<'_> {
    fn trial(&self, laboratory: &Laboratory<'_>, base: &Scenario, edit: &Edit) -> Trial {
        let mut scenario = base.clone();
        edit(&mut scenario);
        if scenario == *base || !redundancy::keeps(&scenario, &self.goal.lasting) {
            return Trial::Nothing;
        }
        let Ok(text) = scenario.to_json(&laboratory.catalogue) else { return Trial::Nothing };
        let hash = fnv1a(text.as_bytes());
        if text == self.text || self.refuted.contains(&hash) {
            return Trial::Nothing;
        }
        for (seed, runs) in self.seeds.iter().zip(1..) {
            if !laboratory.fails(self.goal, &scenario, *seed) {
                return Trial::Holds { hash, runs };
            }
        }
        Trial::Fails { text, runs: self.seeds.len() as u64 }
    }
}
