//! The same scenario, or several, with many seeds.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::interrupt::Interrupt;
use super::pool;
use super::results::{Broken, Kind, Results, ScenarioResults, Stop};
use super::seeds::Seeds;
use super::shard::Shard;
use super::suite::Suite;
use super::summary::{RunSummary, Seen};
use super::text::ScenarioText;
use super::twice::difference;
use crate::check::check;
use crate::runtime::panic_text;
use crate::scenario::{Plan, Scenario, ScenarioError};
use crate::services::Programs;
use crate::simulation::Simulation;

/// Runs of scenarios with many seeds, spread over threads.
///
/// A seed is run once with each transport of its scenario, as `nodedown run --seed` does. Of each
/// run only a small summary is kept, and the results do not depend on the number of threads. A run
/// that panics loses only its own result.
///
/// ```
/// use nodedown::explore::{Ended, ScenarioText, Seeds, Sweep};
/// use nodedown::services::Programs;
///
/// let programs = Programs::builtin();
/// let text = ScenarioText::read("scenarios/takeover.json")?;
/// let results = Sweep::new(&programs).scenario(text, Seeds::from(1..4))?.run(|_| {});
/// assert_eq!(results.ended(), Some(Ended::Pass));
/// let seeds: Vec<u64> = results.scenarios[0].runs.iter().map(|run| run.seed).collect();
/// assert_eq!(seeds, [1, 2, 3]);
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[must_use]
pub struct Sweep<'a> {
    programs: &'a Programs,
    jobs: NonZero<usize>,
    shard: Shard,
    stops_on_first: bool,
    interrupt: Interrupt,
    time_is_up: &'a (dyn Fn() -> bool + Sync),
    prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    tasks: Vec<(ScenarioText, ScenarioResults)>,
    kind: Kind,
    broken: Vec<Broken>,
}

impl<'a> Sweep<'a> {
    /// A sweep with these programs, over no scenario yet, on all cores.
    pub fn new(programs: &'a Programs) -> Sweep<'a> {
        Sweep {
            programs,
            jobs: pool::available_jobs(),
            shard: Shard::WHOLE,
            stops_on_first: false,
            interrupt: Interrupt::default(),
            time_is_up: &|| false,
            prepare: &|simulation| simulation,
            tasks: Vec::new(),
            kind: Kind::Sweep,
            broken: Vec::new(),
        }
    }

    /// Also runs this scenario, with these seeds.
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

    /// Also tests all scenarios of a suite; its broken files are listed in the results.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] with all that is wrong in a scenario that the suite was not
    /// collected with.
    pub fn suite(self, suite: Suite) -> Result<Sweep<'a>, ScenarioError> {
        let mut sweep = Sweep { kind: Kind::Test, broken: suite.broken, ..self };
        for (text, seeds) in suite.scenarios {
            sweep = sweep.scenario(text, seeds)?;
        }
        Ok(sweep)
    }

    /// Sets the number of threads.
    pub fn jobs(self, jobs: NonZero<usize>) -> Sweep<'a> {
        Sweep { jobs, ..self }
    }

    /// A part of the runs only.
    pub fn shard(self, shard: Shard) -> Sweep<'a> {
        Sweep { shard, ..self }
    }

    /// Ends with the first run, in their order, that does not end as its scenario expects.
    pub fn stop_on_first(self, stops_on_first: bool) -> Sweep<'a> {
        Sweep { stops_on_first, ..self }
    }

    /// Begins no more runs once this is raised; those under way are finished.
    pub fn interrupt(self, interrupt: &Interrupt) -> Sweep<'a> {
        Sweep { interrupt: interrupt.clone(), ..self }
    }

    /// Begins no more runs once the time is up.
    pub fn until(self, time_is_up: &'a (dyn Fn() -> bool + Sync)) -> Sweep<'a> {
        Sweep { time_is_up, ..self }
    }

    /// Does something to each simulation before it runs: adds an invariant, say.
    ///
    /// ```
    /// use nodedown::explore::{Ended, ScenarioText, Seeds, Sweep};
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
    /// assert_eq!(results.ended(), Some(Ended::Pass));
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

    /// Runs them all. Each run is shown to `watch` in the order of the seeds.
    #[must_use]
    pub fn run(self, mut watch: impl FnMut(&RunSummary)) -> Results {
        let (texts, scenarios): (Vec<ScenarioText>, Vec<ScenarioResults>) =
            self.tasks.into_iter().unzip();
        let (kind, shard, broken) = (self.kind, self.shard, self.broken);
        let mut results = Results { kind, shard, broken, ..Results::of(scenarios) };
        let seeds: Vec<Seeds> = results.scenarios.iter().map(|each| each.seeds.clone()).collect();
        let stopped = Mutex::new(None);
        let wants_more = || {
            let stop = if self.interrupt.is_raised() {
                Some(Stop::Interrupted)
            } else {
                (self.time_is_up)().then_some(Stop::TimeUp)
            };
            *stopped.lock().unwrap_or_else(PoisonError::into_inner) = stop;
            stop.is_none()
        };
        let all = seeds.iter().enumerate();
        let all = all.flat_map(|(place, seeds)| seeds.iter().map(move |seed| (place, seed)));
        let own = all.enumerate().filter(|(place, _)| self.shard.has(*place as u64));
        let items = own.map(|(_, item)| item).take_while(|_| wants_more());
        // A test also runs the first seed of each scenario a second time.
        let first = |seeds: &Seeds| seeds.iter().next().filter(|_| kind == Kind::Test);
        let laboratory = Laboratory {
            texts: &texts,
            programs: self.programs,
            prepare: self.prepare,
            twice: seeds.iter().map(first).collect(),
        };
        let mut failed = false;
        let take = |(place, runs): (usize, Vec<Seen>)| {
            for seen in runs {
                watch(&seen.summary);
                failed |= !seen.summary.as_expected;
                results.scenarios[place].add(seen);
            }
            if failed && self.stops_on_first {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let work = |bench: &mut Bench, (place, seed)| (place, laboratory.run(bench, place, seed));
        pool::in_order(self.jobs, items, Bench::default, work, take);
        let stopped = *stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let first = (failed && self.stops_on_first).then_some(Stop::FirstFailure);
        results.stopped = first.or(stopped);
        results.scenarios.iter_mut().for_each(ScenarioResults::sort_ways);
        results
    }
}

/// The data that all threads share.
struct Laboratory<'a> {
    texts: &'a [ScenarioText],
    programs: &'a Programs,
    prepare: &'a (dyn for<'p> Fn(Simulation<'p>) -> Simulation<'p> + Sync),
    /// The seed of each scenario whose run is compared with a second one.
    twice: Vec<Option<u64>>,
}

/// The scenario that a thread has parsed, with its place.
#[derive(Default)]
struct Bench(Option<(usize, Scenario)>);

impl Laboratory<'_> {
    /// The runs of one seed, one for each transport.
    fn run(&self, bench: &mut Bench, place: usize, seed: u64) -> Vec<Seen> {
        if bench.0.as_ref().is_none_or(|(own, _)| *own != place) {
            let read = self.texts[place].parse(&self.programs.catalogue());
            let scenario = read.unwrap_or_else(|error| panic!("read before without: {error}"));
            bench.0 = Some((place, scenario));
        }
        let (_, scenario) = bench.0.as_ref().expect("it was just put there");
        let twice = self.twice[place] == Some(seed);
        match attempt(|| scenario.plans(seed).collect::<Vec<Plan>>()) {
            Ok(plans) => plans
                .into_iter()
                .enumerate()
                .map(|(transport, plan)| {
                    let again = twice.then(|| plan.clone());
                    self.perform(transport, plan, again)
                })
                .collect(),
            Err(message) => vec![Seen::panicked(seed, 0, message)],
        }
    }

    /// Runs a plan, and once more for comparison if it is given again.
    fn perform(&self, transport: usize, plan: Plan, again: Option<Plan>) -> Seen {
        let seed = plan.seed;
        let ran = attempt(|| {
            let simulate = |plan| (self.prepare)(Simulation::new(plan, self.programs)).run();
            let run = simulate(plan);
            let outcome = Seen::of(&run, &check(&run), transport);
            match again.and_then(|plan| difference(&run, &simulate(plan))) {
                Some(difference) => outcome.differing(difference),
                None => outcome,
            }
        });
        ran.unwrap_or_else(|message| Seen::panicked(seed, transport, message))
    }
}

/// Does something that has a bug perhaps.
///
/// # Errors
/// The message of the panic.
pub(super) fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // Nothing that is left half done is looked at again.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|payload| panic_text(&*payload).unwrap_or("a panic without a message").to_owned())
}
