//! Turns a plan into a world, runs the world, and collects the result in a [`Run`]: the one place
//! where all parts meet.
//!
//! - `stage`: the world before anything has happened
//! - `director`: the plan's actions at their times; `invariants`: checks at each step
//! - `fault_scope`: the nodes that a fault concerns
//! - `compiled`: calls on nodes of compiled code
//! - `run`: the result; `views`: the clients' views of it; `record_steps`: the steps of its records
//! - `comparisons`: the runs that one is compared with; `upkeep`: the boot of nodes, and their connections

mod comparisons;
mod compiled;
mod director;
mod fault_scope;
mod invariants;
#[cfg(test)]
pub(crate) mod mailboxes;
mod record_steps;
mod run;
mod stage;
mod upkeep;
mod views;

pub use comparisons::{Comparisons, FaultFreeRun, PlacementRun, UnknownOutcome};
pub(crate) use views::{ClientViews, OperationView, ViewDifference, ViewEnd};

use std::collections::BTreeMap;

use crate::engine::runtime::{RunOutcome, World};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::engine::trace::Detail;
use crate::scenario::fault::Condition;
use crate::scenario::services::{Directory, Programs};
use crate::scenario::{Expectation, Invariant, Observation, Plan, Scenario, WorkloadConfig};

use director::Director;
use invariants::Invariants;
use stage::Stage;

pub use invariants::InvariantResult;
pub use record_steps::RecordSteps;
pub use run::{Checkpoint, ClientEnd, Run};

/// A plan, ready to be run.
///
/// ```
/// use nodedown::scenario::Scenario;
/// use nodedown::services::Programs;
/// use nodedown::simulation::Simulation;
///
/// let programs = Programs::builtin();
/// let text = r#"{ "name": "one node", "duration": "10s",
///                 "hosts": { "h": {} }, "nodes": { "a@h": { "host": "h" } } }"#;
/// let scenario = Scenario::parse(text, "one.json", &programs.catalogue())?;
/// let run = Simulation::new(scenario.plan(1), &programs).run();
/// assert_eq!(run.trace.records().len(), 1);
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
pub struct Simulation<'a> {
    plan: Plan,
    programs: &'a Programs,
    detail: Detail,
    invariants: Invariants<'a>,
    twin: Option<Detail>,
    gives_up: Option<&'a dyn Fn() -> bool>,
    counts_steps: bool,
}

impl<'a> Simulation<'a> {
    /// A run of this plan, with these programs.
    #[must_use]
    pub const fn new(plan: Plan, programs: &'a Programs) -> Simulation<'a> {
        Simulation {
            plan,
            programs,
            detail: Detail::Story,
            invariants: Invariants::new(),
            twin: None,
            gives_up: None,
            counts_steps: false,
        }
    }

    /// Sets the level of detail of the trace; at least the story is kept where faults depend on
    /// events.
    #[must_use]
    pub fn detail(self, detail: Detail) -> Simulation<'a> {
        Simulation { detail, ..self }
    }

    /// Adds an invariant that is checked after every step: it is violated when the function returns
    /// an error, which says what is wrong. Without invariants there is no cost.
    ///
    /// ```
    /// use nodedown::verdict::{Conclusion, check};
    /// use nodedown::prelude::*;
    /// use nodedown::term::Atom;
    ///
    /// let programs = Programs::builtin();
    /// let scenario = Scenario::from_file("scenarios/no-standby.json", &programs.catalogue())?;
    /// let database = Atom::new("database");
    /// let run = Simulation::new(scenario.plan(1), &programs)
    ///     .invariant("one database has its name", move |world| {
    ///         let holders = world.nodes().into_iter().filter(|node| world.whereis(*node, database).is_some());
    ///         if holders.count() > 1 { Err("two have it".to_owned()) } else { Ok(()) }
    ///     })
    ///     .run();
    /// assert_eq!(check(&run).findings.last().unwrap().result, Conclusion::Pass);
    /// # Ok::<(), nodedown::scenario::ScenarioError>(())
    /// ```
    #[must_use]
    pub fn invariant(
        mut self,
        name: &str,
        holds: impl FnMut(&World) -> Result<(), String> + 'a,
    ) -> Simulation<'a> {
        self.invariants.add(name, holds);
        self
    }

    /// Adds a condition that is checked after every step. A run in which it is never true has not
    /// tested anything: it is inconclusive.
    #[must_use]
    pub fn sometimes(
        mut self,
        name: &str,
        mut is_so: impl FnMut(&World) -> bool + 'a,
    ) -> Simulation<'a> {
        self.invariants.add_sometimes(name, move |world| is_so(world));
        self
    }

    /// Calls a function with the world after every step.
    #[cfg(test)]
    pub(crate) fn watch(mut self, watch: impl FnMut(&World) + 'a) -> Simulation<'a> {
        self.invariants.add_watcher(watch);
        self
    }

    /// Also runs the fault-free twin, even if no expectation needs it.
    #[must_use]
    pub fn with_twin(self) -> Simulation<'a> {
        Simulation { twin: Some(Detail::Off), ..self }
    }

    /// The same, with everything in the twin's trace.
    #[must_use]
    pub fn with_full_twin(self) -> Simulation<'a> {
        Simulation { twin: Some(Detail::Full), ..self }
    }

    /// Also tells [in which step](Run::record_steps) each record was made. The run looks at the world
    /// after every step then.
    #[must_use]
    pub fn with_record_steps(self) -> Simulation<'a> {
        Simulation { counts_steps: true, ..self }
    }

    /// Asks now and then whether the run is to be given up. It then goes on for a while, and if it is not
    /// at its end by then, it ends with [`RunOutcome::StepsDone`] and is not compared with others: nothing
    /// follows from it.
    #[must_use]
    pub(crate) fn unless(self, gives_up: &'a dyn Fn() -> bool) -> Simulation<'a> {
        Simulation { gives_up: Some(gives_up), ..self }
    }

    /// Runs the plan to its end, and the runs that its expectations compare it with.
    ///
    /// # Panics
    /// If the plan names programs that are not among the simulation's; a scenario that was read
    /// with their catalogue does not.
    #[must_use]
    pub fn run(self) -> Run {
        let Simulation { plan, programs, detail, invariants, gives_up, .. } = self;
        let mut record_steps = RecordSteps::default();
        let mut invariants: Invariants<'_> = invariants;
        if self.counts_steps {
            invariants.add_watcher(|world| record_steps.look(world));
        }
        let mut run = watched(plan, programs, detail, invariants, gives_up);
        run.record_steps = record_steps;
        if run.is_given_up() {
            return run;
        }
        run.comparisons = Comparisons::of(&run, self.programs, self.twin);
        run
    }
}

/// Runs a plan to its end.
fn perform(plan: Plan, programs: &Programs, detail: Detail) -> Run {
    watched(plan, programs, detail, Invariants::new(), None)
}

/// Runs a plan to its end, with invariants that are checked after every step.
fn watched(
    plan: Plan,
    programs: &Programs,
    detail: Detail,
    mut invariants: Invariants<'_>,
    gives_up: Option<&dyn Fn() -> bool>,
) -> Run {
    let stage = Stage::set(&plan, programs, detail);
    let mut director = Director::new(&plan, programs, &stage);
    let outcome = director.direct(&mut invariants, gives_up);
    let ended_at = match &outcome {
        // No events are left: the state stays the same to the end.
        RunOutcome::Quiescent => Time::ZERO + plan.scenario.duration,
        RunOutcome::Deadline
        | RunOutcome::BudgetExhausted { .. }
        | RunOutcome::Called(_)
        | RunOutcome::Recorded
        | RunOutcome::Stepped
        | RunOutcome::StepsDone => stage.world.now(),
    };
    let clients = director.clients_at(ended_at);
    let checkpoints = director.checkpoints;
    let services = services(&plan.scenario, programs, &stage.directory);
    let nobodies = nobodies(&plan.scenario, &stage.world);
    let Stage { world, recorder, reports, .. } = stage;
    Run {
        outcome,
        ended_at,
        trace: world.take_trace(),
        history: recorder.take(),
        summary: reports.summary(),
        reports: reports.take(),
        traffic: world.traffic(),
        unregistered_names: world.unregistered_names(),
        steps: world.steps(),
        plan,
        record_steps: RecordSteps::default(),
        checkpoints,
        invariants: invariants.into_checked(),
        comparisons: Comparisons::default(),
        clients,
        services,
        nobodies,
    }
}

/// The names of processes that are never to end and that nobody had. The clients are known by the name
/// of their program.
fn nobodies(scenario: &Scenario, world: &World) -> BTreeMap<Atom, Option<Term>> {
    let named = scenario.expectations.iter().filter_map(|each| {
        let Expectation::Invariant(Invariant::Never(Observation::Event(event))) = each else {
            return None;
        };
        if let Condition::ProcessExited { name, .. } = event { Some(*name) } else { None }
    });
    let is_client = |name: &Atom| scenario.workloads.iter().any(|each| each.client == *name);
    let unknown = |name: Atom| Some((name, world.was_registered(name).err()?));
    named.filter(|name| !is_client(name)).filter_map(unknown).collect()
}

/// The application that each workload uses, where its client says so.
fn services(
    scenario: &Scenario,
    programs: &Programs,
    directory: &Directory,
) -> BTreeMap<Atom, Atom> {
    let used = |workload: &WorkloadConfig| {
        if let Some(calls) = &workload.calls {
            return Some((workload.name, calls.service()?));
        }
        let client = programs.client(workload.client.as_str())?;
        Some((workload.name, client.service(&workload.config, directory)?))
    };
    scenario.workloads.iter().filter_map(used).collect()
}
