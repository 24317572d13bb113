//! The runs of a search, level by level: one fault, then two, and so on.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;

use super::points::{Survey, SurveyScope, survey};
use super::proof::{LevelResults, Proof, Trial};
use super::{InjectionPoint, ProofSettings, Prover};
use crate::document::in_line;
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::trace::Detail;
use crate::explore::summary::RunConclusion;
use crate::explore::sweep::attempt;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;
use crate::scenario::{Placement, Plan, Scenario};
use crate::verdict::check;

impl Prover<'_> {
    /// Tries them all. `watch` gets each run, in an order that does not depend on the number of
    /// threads, and the number of runs in its level.
    #[must_use]
    pub fn run(self, mut watch: impl FnMut(&Trial, u64)) -> Proof {
        let mut proof = Proof {
            file: self.text.file().to_owned(),
            name: self.plan.scenario.name.clone(),
            seed: self.plan.seed,
            settings: self.settings.clone(),
            events: 0,
            levels: Vec::new(),
            failed: Vec::new(),
            open: Vec::new(),
            tried: Vec::new(),
            stopped: None,
        };
        let context = ProofContext::of(&self);
        let tried = context.perform(&self.plan, Vec::new(), &BTreeSet::new());
        if matches!(tried.trial.ended, RunConclusion::Violated | RunConclusion::Panicked) {
            proof.failed.push(tried.trial);
            return proof;
        }
        let mut next = NextLevel::default();
        if let Some(found) = tried.found {
            proof.events = found.events;
            next.add(&[], found);
        }
        while !next.planned.is_empty() && proof.stopped.is_none() {
            next = self.level(&context, &mut proof, next, &mut watch);
        }
        proof
    }

    /// Tries all runs with a certain number of faults. Returns those with one more.
    fn level(
        &self,
        context: &ProofContext,
        proof: &mut Proof,
        next: NextLevel,
        watch: &mut impl FnMut(&Trial, u64),
    ) -> NextLevel {
        let NextLevel { planned, level, known } = next;
        let count = level.planned;
        proof.levels.push(level);
        let (text, programs, seed) = (&self.text, self.programs, self.plan.seed);
        let read = || -> Plan {
            let read = text.parse(&programs.catalogue());
            read.unwrap_or_else(|error| panic!("read before without: {error}")).plan(seed)
        };
        // Enough for a run to leave most of its points out.
        let already = known.clone();
        let work = |plan: &mut Plan, strikes| context.perform(plan, strikes, &already);
        let mut next = NextLevel { known, ..NextLevel::default() };
        let take = |TrialOutput { trial, found }| {
            watch(&trial, count);
            let failed = matches!(trial.ended, RunConclusion::Violated | RunConclusion::Panicked);
            if let Some(found) = found.filter(|_| trial.ended == RunConclusion::Pass) {
                next.add(&trial.strikes, found);
            }
            proof.take(trial);
            failed
        };
        let stopped = self.batch.up_to_failure(planned, read, work, take);
        proof.stopped = stopped;
        next
    }
}

/// The runs with one more fault.
#[derive(Default)]
struct NextLevel {
    planned: Vec<Vec<InjectionPoint>>,
    level: LevelResults,
    /// The fingerprints of the classes of which points are planned, or have been tried.
    known: BTreeSet<u64>,
}

impl NextLevel {
    /// Plans one more fault after these, at points of each class that is new.
    fn add(&mut self, strikes: &[InjectionPoint], found: PointClasses) {
        self.level.hopeless += found.hopeless;
        for class in found.classes {
            if !self.known.insert(class.fingerprint) {
                continue;
            }
            self.level.points += class.points;
            self.level.classes += 1;
            self.level.planned += class.chosen.len() as u64;
            let with = |strike| strikes.iter().cloned().chain([strike]).collect();
            self.planned.extend(class.chosen.into_iter().map(with));
        }
    }
}

/// The result of one run.
struct TrialOutput {
    trial: Trial,
    /// The points at which one more fault could strike, if one may.
    found: Option<PointClasses>,
}

/// The points of a run, by their classes.
struct PointClasses {
    events: u64,
    hopeless: u64,
    /// In the order of their first points.
    classes: Vec<PointClass>,
}

struct PointClass {
    fingerprint: u64,
    points: u64,
    chosen: Vec<InjectionPoint>,
}

impl PointClasses {
    /// Groups the points into classes, leaving out the known ones, and chooses `each` points of
    /// every class.
    fn of(survey: Survey, known: &BTreeSet<u64>, each: NonZero<usize>) -> PointClasses {
        let mut places: BTreeMap<u64, usize> = BTreeMap::new();
        let mut members: Vec<(u64, Vec<InjectionPoint>)> = Vec::new();
        for point in survey.points.into_iter().filter(|point| !known.contains(&point.class)) {
            let place = *places.entry(point.class).or_insert(members.len());
            if place == members.len() {
                members.push((point.class, Vec::new()));
            }
            members[place].1.push(point.strike);
        }
        let class = |(fingerprint, strikes): (u64, Vec<InjectionPoint>)| PointClass {
            fingerprint,
            points: strikes.len() as u64,
            chosen: spread(strikes, each),
        };
        let classes = members.into_iter().map(class).collect();
        PointClasses { events: survey.events, hopeless: survey.hopeless, classes }
    }
}

/// Chooses `count` items: the first, the last, and others spread evenly between them.
fn spread<T>(all: Vec<T>, count: NonZero<usize>) -> Vec<T> {
    let (last, gaps) = (all.len().saturating_sub(1), count.get() - 1);
    let chosen: BTreeSet<usize> = match gaps {
        0 => BTreeSet::from([0]),
        gaps if gaps >= last => (0..=last).collect(),
        gaps => (0..=gaps).map(|gap| gap * last / gaps).collect(),
    };
    let numbered = all.into_iter().enumerate();
    numbered.filter(|(place, _)| chosen.contains(place)).map(|(_, each)| each).collect()
}

/// The data that all threads share.
struct ProofContext<'a> {
    programs: &'a Programs,
    settings: &'a ProofSettings,
    window: (Time, Time),
    /// The nodes of each distributed application.
    groups: Vec<Vec<Atom>>,
}

impl<'a> ProofContext<'a> {
    fn of(prove: &'a Prover) -> ProofContext<'a> {
        let Prover { programs, settings, .. } = prove;
        let applications = prove.plan.scenario.applications.iter();
        let distributed = applications
            .filter(|each| matches!(each.placement, Placement::Distributed { .. }))
            .map(|each| each.nodes().collect());
        ProofContext { programs, settings, window: prove.window(), groups: distributed.collect() }
    }

    fn perform(
        &self,
        plan: &Plan,
        strikes: Vec<InjectionPoint>,
        known: &BTreeSet<u64>,
    ) -> TrialOutput {
        let tried = attempt(|| self.attempt(plan, strikes.clone(), known));
        tried.unwrap_or_else(|message| TrialOutput {
            trial: Trial::panicked(strikes, message),
            found: None,
        })
    }

    fn attempt(
        &self,
        plan: &Plan,
        strikes: Vec<InjectionPoint>,
        known: &BTreeSet<u64>,
    ) -> TrialOutput {
        let faults = self.settings.left(&strikes);
        let plan = self.settings.plan(plan, &strikes);
        let mut simulation = Simulation::new(plan, self.programs);
        if !faults.is_empty() {
            simulation = simulation.detail(Detail::Full).with_record_steps();
        }
        let run = simulation.run();
        let mut trial = Trial::of(strikes, &check(&run));
        if trial.ended == RunConclusion::Violated {
            trial.faults = faults_text(&run.plan.to_scenario(), self.programs);
        }
        let scope = SurveyScope {
            nodes: &self.settings.nodes,
            window: self.window,
            struck: &trial.strikes,
            groups: &self.groups,
            faults,
        };
        let goes_on = !scope.faults.is_empty() && trial.ended != RunConclusion::Violated;
        let found = goes_on.then(|| survey(&run, &scope));
        let found = found.map(|survey| PointClasses::of(survey, known, self.settings.each));
        TrialOutput { trial, found }
    }
}

/// The faults of a scenario as its file has them.
fn faults_text(scenario: &Scenario, programs: &Programs) -> Vec<String> {
    let value = scenario.to_value(&programs.catalogue());
    let value = value.expect("what was read from a file can be written to one");
    let faults = value.get("faults").and_then(|faults| faults.as_array());
    faults.into_iter().flatten().map(in_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_lies_far_apart() {
        for (count, each, expected) in [
            (1, 1, vec![0]),
            (9, 1, vec![0]),
            (9, 2, vec![0, 8]),
            (9, 3, vec![0, 4, 8]),
            (3, 5, vec![0, 1, 2]),
            (4, 3, vec![0, 1, 3]),
        ] {
            let chosen = spread((0..count).collect(), NonZero::new(each).unwrap());
            assert_eq!(chosen, expected, "{each} of {count}");
        }
    }
}
