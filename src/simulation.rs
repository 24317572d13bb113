//! A plan becomes a world, the world runs, and what happened becomes a [`Run`]: the one place where
//! all parts meet.
//!
//! - `stage`: the world before anything has happened
//! - `director`: what the plan says happens when it says so; `invariants`: what is asked at each step
//! - `run`: what a run leaves behind; `seen`: the same, step by step
//! - `comparisons`: the runs that one is compared with; `upkeep`: what starts nodes again

mod comparisons;
mod director;
mod invariants;
#[cfg(test)]
pub(crate) mod mailboxes;
mod run;
mod seen;
mod stage;
mod upkeep;

pub use comparisons::{Comparisons, FaultFree, Placed, Unknown};
pub(crate) use seen::{Difference, End, Sight, Sights};

use std::collections::BTreeMap;

use crate::runtime::{Outcome, World};
use crate::scenario::{Plan, Scenario, WorkloadConfig};
use crate::services::{Directory, Programs};
use crate::term::Atom;
use crate::time::Time;
use crate::trace::Detail;

use director::Director;
use invariants::Invariants;
use stage::Stage;

pub use invariants::Checked;
pub use run::{Checkpoint, ClientEnd, Run};

/// A plan that is about to be run.
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
    wants_twin: bool,
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
            wants_twin: false,
        }
    }

    /// How much of the trace is written down; at least the story where faults hang on events.
    #[must_use]
    pub fn detail(self, detail: Detail) -> Simulation<'a> {
        Simulation { detail, ..self }
    }

    /// Asks the world something after every step: an invariant is broken where the answer is an
    /// error, which says what is wrong. Costs nothing where none is asked for.
    ///
    /// ```
    /// use nodedown::check::{Conclusion, check};
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

    /// Asks the world after every step whether something is so. A run in which it never is has put
    /// nothing to the test: it is inconclusive.
    #[must_use]
    pub fn sometimes(
        mut self,
        name: &str,
        mut is_so: impl FnMut(&World) -> bool + 'a,
    ) -> Simulation<'a> {
        self.invariants.add_sometimes(name, move |world| is_so(world));
        self
    }

    /// Shows the world after every step to somebody who asks nothing of it.
    pub(crate) fn watch(mut self, watch: impl FnMut(&World) + 'a) -> Simulation<'a> {
        self.invariants.add_watcher(watch);
        self
    }

    /// Runs the fault-free twin beside it, even if nothing that is expected needs it.
    #[must_use]
    pub fn with_twin(self) -> Simulation<'a> {
        Simulation { wants_twin: true, ..self }
    }

    /// Runs the plan to its end, and beside it the runs that its expectations compare it with.
    ///
    /// # Panics
    /// If the plan names programs that are not among the simulation's; a scenario that was read
    /// with their catalogue does not.
    #[must_use]
    pub fn run(self) -> Run {
        let mut run = watched(self.plan, self.programs, self.detail, self.invariants);
        run.comparisons = Comparisons::of(&run, self.programs, self.wants_twin);
        run
    }
}

/// Runs a plan to its end.
fn perform(plan: Plan, programs: &Programs, detail: Detail) -> Run {
    watched(plan, programs, detail, Invariants::new())
}

/// Runs a plan to its end, and asks the world after every step.
fn watched(plan: Plan, programs: &Programs, detail: Detail, mut invariants: Invariants<'_>) -> Run {
    let stage = Stage::set(&plan, programs, detail);
    let mut director = Director::new(&plan, programs, &stage);
    let outcome = director.direct(&mut invariants);
    let ended_at = match &outcome {
        // Nothing is left to happen: what is so then is so to the end.
        Outcome::Quiescent => Time::ZERO + plan.scenario.duration,
        Outcome::Deadline
        | Outcome::BudgetExhausted { .. }
        | Outcome::Called(_)
        | Outcome::Recorded
        | Outcome::Stepped
        | Outcome::StepsDone => stage.world.now(),
    };
    let clients = director.clients_at(ended_at);
    let checkpoints = director.checkpoints;
    let services = services(&plan.scenario, programs, &stage.directory);
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
        checkpoints,
        invariants: invariants.into_checked(),
        comparisons: Comparisons::default(),
        clients,
        services,
    }
}

/// The application that each workload uses, where its client says so.
fn services(
    scenario: &Scenario,
    programs: &Programs,
    directory: &Directory,
) -> BTreeMap<Atom, Atom> {
    let used = |workload: &WorkloadConfig| {
        let client = programs.client(workload.client.as_str())?;
        Some((workload.name, client.service(&workload.config, directory)?))
    };
    scenario.workloads.iter().filter_map(used).collect()
}
