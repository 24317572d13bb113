//! Sweeps: one or more scenarios with many seeds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use super::batch::Batch;
use super::results::{BatchKind, BrokenFile, Results, ScenarioResults, StopReason};
use super::seeds::Seeds;
use super::shard::Shard;
use super::suite::Suite;
use super::summary::{RunOutput, RunSummary};
use super::text::ScenarioText;
use super::twice::difference;
use crate::engine::runtime::panic_text;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;
use crate::scenario::{Plan, Scenario, ScenarioError};
use crate::verdict::check;

/// Runs of scenarios with many seeds, spread over threads.
///
/// A seed is run once with each transport of its scenario, as `nodedown run --seed` does. Of each
/// run only a small summary is kept, and the results do not depend on the number of threads. A run
/// that panics loses only its own result.
///
/// ```
/// use nodedown::explore::{RunConclusion, ScenarioText, Seeds, Sweep};
/// use nodedown::services::Programs;
///
/// let programs = Programs::builtin();
/// let text = ScenarioText::read("scenarios/takeover.json")?;
/// let results = Sweep::new(&programs).scenario(text, Seeds::from(1..4))?.run(|_| {});
/// assert_eq!(results.ended(), Some(RunConclusion::Pass));
/// let seeds: Vec<u64> = results.scenarios[0].runs.iter().map(|run| run.seed).collect();
/// assert_eq!(seeds, [1, 2, 3]);
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[must_use]
pub struct Sweep<'a> {
    programs: &'a Programs,
    batch: Batch<'a>,
    shard: Shard,
    prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    tasks: Vec<(ScenarioText, ScenarioResults)>,
    kind: BatchKind,
    broken: Vec<BrokenFile>,
}

impl<'a> Sweep<'a> {
    /// A sweep with these programs, over no scenario yet, on all cores.
    pub fn new(programs: &'a Programs) -> Sweep<'a> {
        Sweep {
            programs,
            batch: Batch::new(),
            shard: Shard::WHOLE,
            prepare: &|simulation| simulation,
            tasks: Vec::new(),
            kind: BatchKind::Sweep,
            broken: Vec::new(),
        }
    }

    /// Adds this scenario, to be run with these seeds.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] with all that is wrong in it.
    pub fn scenario(
        mut self,
        text: ScenarioText,
        seeds: Seeds,
    ) -> Result<Sweep<'a>, ScenarioError> {
        let scenario = text.parse(&self.programs.catalogue())?;
        let results = ScenarioResults::of(&text, &scenario, seeds);
        self.tasks.push((text, results));
        Ok(self)
    }

    /// Adds all scenarios of a suite; its broken files are listed in the results.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] with all that is wrong in a scenario that the suite was not
    /// collected with.
    pub fn suite(self, suite: Suite) -> Result<Sweep<'a>, ScenarioError> {
        let mut sweep = Sweep { kind: BatchKind::Test, broken: suite.broken, ..self };
        for (text, seeds) in suite.scenarios {
            sweep = sweep.scenario(text, seeds)?;
        }
        Ok(sweep)
    }

    /// Sets the threads, and the reasons for which the sweep ends early. A run fails if it does not
    /// end as its scenario expects.
    pub fn batch(self, batch: Batch<'a>) -> Sweep<'a> {
        Sweep { batch, ..self }
    }

    /// Runs only this part of the whole.
    pub fn shard(self, shard: Shard) -> Sweep<'a> {
        Sweep { shard, ..self }
    }

    /// Changes each simulation before it runs: adds an invariant, say.
    ///
    /// ```
    /// use nodedown::explore::{RunConclusion, ScenarioText, Seeds, Sweep};
    /// use nodedown::services::Programs;
    /// use nodedown::simulation::Simulation;
    ///
    /// fn two_nodes_up(simulation: Simulation<'_>) -> Simulation<'_> {
    ///     simulation.sometimes("two nodes are up", |world| {
    ///         world.nodes().into_iter().filter(|node| world.is_up(*node)).count() >= 2
    ///     })
    /// }
    ///
    /// let text = ScenarioText::read("scenarios/no-standby.json")?;
    /// let programs = Programs::builtin();
    /// let sweep = Sweep::new(&programs).prepare(&two_nodes_up);
    /// let results = sweep.scenario(text, Seeds::from(1..2))?.run(|_| {});
    /// assert_eq!(results.ended(), Some(RunConclusion::Pass));
    /// # Ok::<(), nodedown::scenario::ScenarioError>(())
    /// ```
    pub fn prepare(
        self,
        prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    ) -> Sweep<'a> {
        Sweep { prepare, ..self }
    }

    /// The number of runs in the sweep; `None` if it is endless.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        let (mut place, mut runs) = (0, 0);
        for (_, results) in &self.tasks {
            if results.seeds.is_endless() {
                return None;
            }
            let next = place + results.seeds.count();
            let seeds = self.shard.count(next) - self.shard.count(place);
            runs += seeds * results.transports.len() as u64;
            place = next;
        }
        Some(runs)
    }

    /// Runs them all. `watch` gets each run in the order of the seeds.
    #[must_use]
    pub fn run(self, mut watch: impl FnMut(&RunSummary)) -> Results {
        let (texts, scenarios): (Vec<ScenarioText>, Vec<ScenarioResults>) =
            self.tasks.into_iter().unzip();
        let (kind, shard, broken) = (self.kind, self.shard, self.broken);
        let mut results = Results { kind, shard, broken, ..Results::of(scenarios) };
        let seeds: Vec<Seeds> = results.scenarios.iter().map(|each| each.seeds.clone()).collect();
        let all = seeds.iter().enumerate();
        let all = all.flat_map(|(place, seeds)| seeds.iter().map(move |seed| (place, seed)));
        let own = all.enumerate().filter(|(place, _)| self.shard.has(*place as u64));
        let items = own.map(|(_, item)| item);
        // A test also runs the first seed of each scenario a second time.
        let first = |seeds: &Seeds| seeds.iter().next().filter(|_| kind == BatchKind::Test);
        let context = SweepContext {
            texts: &texts,
            programs: self.programs,
            prepare: self.prepare,
            twice: seeds.iter().map(first).collect(),
            batch: &self.batch,
            given_up: OnceLock::new(),
        };
        let work =
            |worker: &mut SweepWorker, (place, seed)| (place, context.run(worker, place, seed));
        let all = &mut results.scenarios;
        let take = |(place, runs): (usize, Vec<RunOutput>)| {
            let failed = runs.iter().any(|seen| !seen.summary.as_expected);
            for seen in runs {
                watch(&seen.summary);
                all[place].add(seen);
            }
            failed
        };
        let stopped = self.batch.up_to_failure(items, SweepWorker::default, work, take);
        results.stopped = stopped.or(context.given_up.get().copied());
        results.scenarios.iter_mut().for_each(ScenarioResults::sort_ways);
        results
    }
}

/// The data that all threads share.
struct SweepContext<'a> {
    texts: &'a [ScenarioText],
    programs: &'a Programs,
    prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    /// The seed of each scenario whose run is compared with a second one.
    twice: Vec<Option<u64>>,
    batch: &'a Batch<'a>,
    /// The reason why a run was given up that was under way.
    given_up: OnceLock<StopReason>,
}

/// The scenario that a thread has parsed, with its place.
#[derive(Default)]
struct SweepWorker(Option<(usize, Scenario)>);

impl SweepContext<'_> {
    /// The runs of one seed, one for each transport.
    fn run(&self, worker: &mut SweepWorker, place: usize, seed: u64) -> Vec<RunOutput> {
        if worker.0.as_ref().is_none_or(|(own, _)| *own != place) {
            let read = self.texts[place].parse(&self.programs.catalogue());
            let scenario = read.unwrap_or_else(|error| panic!("read before without: {error}"));
            worker.0 = Some((place, scenario));
        }
        let (_, scenario) = worker.0.as_ref().expect("it was just put there");
        let twice = self.twice[place] == Some(seed);
        match attempt(|| scenario.plans(seed).collect::<Vec<Plan>>()) {
            Ok(plans) => plans
                .into_iter()
                .enumerate()
                .filter_map(|(transport, plan)| {
                    let again = twice.then(|| plan.clone());
                    self.perform(transport, plan, again)
                })
                .collect(),
            Err(message) => vec![RunOutput::panicked(seed, 0, message)],
        }
    }

    /// Runs a plan, and once more for comparison if it is given again. Nothing comes of a run that is
    /// still under way a while after the batch has stopped.
    fn perform(&self, transport: usize, plan: Plan, again: Option<Plan>) -> Option<RunOutput> {
        let seed = plan.seed;
        let ran = attempt(|| {
            let gives_up = || self.batch.stop().is_some();
            let simulate = |plan| {
                let simulation = (self.prepare)(Simulation::new(plan, self.programs));
                let run = simulation.unless(&gives_up).run();
                (!run.is_given_up()).then_some(run)
            };
            let run = simulate(plan)?;
            let outcome = RunOutput::of(&run, &check(&run), transport);
            let again = again.map(|plan| simulate(plan).ok_or(())).transpose().ok()?;
            Some(match again.and_then(|again| difference(&run, &again)) {
                Some(difference) => outcome.differing(difference),
                None => outcome,
            })
        });
        let ran = ran.unwrap_or_else(|message| Some(RunOutput::panicked(seed, transport, message)));
        if ran.is_none() {
            let why = self.batch.stop().unwrap_or(StopReason::TimeUp);
            self.given_up.get_or_init(|| why);
        }
        ran
    }
}

/// Does some work, and catches its panic.
///
/// # Errors
/// The message of the panic.
pub(super) fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // Nothing that is left half done is looked at again.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|payload| panic_text(&*payload).unwrap_or("a panic without a message").to_owned())
}
