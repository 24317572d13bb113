//! Injects a fault at every point where one could matter, instead of at random ones.
//!
//! The method begins with a run that goes well, without any fault, and asks about every event in
//! it: what if a node had been lost at that moment? Most instants need not be tried.
//!
//! - *What nobody has heard of is lost with the node.* Two crashes of a node look different to
//!   others only if the node sent something to one of them in between. So a crash is tried right
//!   before each step in which a node sends something to another, and right after it, as what is
//!   on the way may be lost with the connection; also as soon as the state of an application, a
//!   name or a connection has changed on the node. What is sent is found in the causes that a full
//!   trace carries. A node is cut off right before each message that it gets from another or
//!   another gets from it, as what is on the way is lost with the network.
//! - *Repeated situations are tried once.* Points are in one class if the same fault would be
//!   injected, everything that led to them is the same apart from times, numbers, texts, identities
//!   and repetition, and the same applications run on the same nodes with the same connections. Of
//!   each class the first point is tried, or as many as [`Prover::each`] says. This is a heuristic:
//!   a program may count, and behave differently at the hundredth request.
//! - *Further faults are tried where they are related to the first.* After a run with one fault
//!   that was masked, a second is tried at those of its points whose class is new, that is, did not
//!   exist without the first fault. The other classes have been tried with a single fault.
//!
//! Not tried are: a crash in the middle of a turn of a process, which is one step; one between a
//! write to disk and the next send of a node; and points that only another seed has, with its
//! delays, its schedule and its operations.
//!
//! The ideas are from the literature:
//!
//! - from a good outcome back to its causes, with faults only there: lineage-driven fault injection
//!   (Alvaro, Rosen and Hellerstein, *Lineage-driven Fault Injection*, SIGMOD 2015)
//! - points of failure that are distinguished by what happens at them rather than by time, and
//!   failures during the recovery from a failure: Gunawi et al., *FATE and DESTINI: A Framework for
//!   Cloud Recovery Testing*, NSDI 2011
//! - a crash between any two steps whose order others can see: Pillai et al., *All File Systems Are
//!   Not Created Equal*, OSDI 2014
//!
//! - `lineage`: the causes of each record of a run
//! - `points`: the points of a run at which a fault can make a difference
//! - `search`: the runs, level by level
//! - `proof`: their results

mod lineage;
mod points;
mod proof;
mod search;

use std::fmt;
use std::num::NonZero;
use std::time::Duration;

use super::batch::Batch;
use super::text::ScenarioText;
use crate::document::diagnostic::Diagnostics;
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::scenario::fault::{Fault, Partition, Trigger};
use crate::scenario::services::Programs;
use crate::scenario::{
    ApplicationConfig, Placement, Plan, Scenario, ScenarioError, ScheduledFault, WorkloadConfig,
};
use crate::spelling::nearest;

pub use proof::{LevelResults, Proof, Trial, TrialFinding};

/// A search for faults that are not masked, over all points of a run where one could matter.
///
/// The scenario's own faults are left out, and so is its chaos. The results do not depend on the
/// number of threads.
///
/// ```
/// use nodedown::explore::{RunConclusion, Prover, ScenarioText};
/// use nodedown::services::Programs;
///
/// let programs = Programs::builtin();
/// let text = ScenarioText::read("scenarios/chat-failover.json")?;
/// let proof = Prover::new(&programs, text)?.run(|_, _| {});
/// assert_eq!(proof.ended(), Some(RunConclusion::Pass));
/// let [once] = proof.levels.as_slice() else { panic!() };
/// assert!(once.classes < once.points && once.masked == once.classes);
/// # Ok::<(), nodedown::explore::ProofError>(())
/// ```
#[must_use]
pub struct Prover<'a> {
    programs: &'a Programs,
    text: ScenarioText,
    plan: Plan,
    settings: ProofSettings,
    window: (Option<Time>, Option<Time>),
    batch: Batch<'a>,
}

/// The faults and points that a search tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofSettings {
    /// The most crashes in one run.
    pub crashes: usize,
    /// The most partitions in one run.
    pub partitions: usize,
    /// The time after a crash until the node starts again; `None` if it never does.
    pub restart_after: Option<Duration>,
    /// The time for which a node is cut off; `None` if for good.
    pub heal_after: Option<Duration>,
    /// The number of points of each class that are tried.
    pub each: NonZero<usize>,
    /// The nodes that are crashed or cut off.
    pub nodes: Vec<Atom>,
}

/// A kind of fault that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProofFault {
    /// The node crashes.
    Crash,
    /// The node is cut off from all others.
    Partition,
}

impl ProofFault {
    const fn name(self) -> &'static str {
        match self {
            ProofFault::Crash => "crash",
            ProofFault::Partition => "partition",
        }
    }
}

/// A fault at a point of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InjectionPoint {
    /// The kind of fault.
    pub fault: ProofFault,
    /// The node that it hits.
    pub node: Atom,
    /// The number of steps of the run before it.
    pub step: u64,
    /// The time of that step.
    pub at: Time,
    /// A description of the step that it precedes or follows: `before db1@a sends …`.
    pub moment: String,
}

impl fmt::Display for InjectionPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InjectionPoint { node, at, moment, .. } = self;
        match self.fault {
            ProofFault::Crash => write!(f, "{node} crashes at {at}, {moment}"),
            ProofFault::Partition => write!(f, "{node} is cut off at {at}, {moment}"),
        }
    }
}

/// The reasons why there is nothing to try.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The scenario cannot be read.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The scenario has no expectations.
    #[error("{0} expects nothing: write what has to hold under \"expect\" or \"invariants\"")]
    NothingExpected(String),
    /// There are no nodes to crash or cut off.
    #[error("{0} has no node that runs an application and no users: name the nodes to strike")]
    NoNodes(String),
    /// A node that was named does not exist.
    #[error("unknown node `{name}`{}\n  the nodes are {}", meant(name, known), known.join(", "))]
    UnknownNode {
        /// The name.
        name: String,
        /// The nodes that there are.
        known: Vec<String>,
    },
}

/// A question after the known name that is like this one, if there is one.
fn meant(name: &str, known: &[String]) -> String {
    let near = nearest(name, known.iter().map(String::as_str));
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl<'a> Prover<'a> {
    /// A search with these programs: one permanent crash of each node that runs a distributed
    /// application; if there is none, of each that runs an application. Nodes with users on them
    /// are left alone: users who are gone see nothing.
    ///
    /// # Errors
    /// If the scenario is invalid, expects nothing, or has no nodes to crash or cut off.
    pub fn new(programs: &'a Programs, text: ScenarioText) -> Result<Prover<'a>, ProofError> {
        let scenario = text.parse(&programs.catalogue())?;
        let file = text.file().to_owned();
        if scenario.expectations.is_empty() {
            return Err(ProofError::NothingExpected(file));
        }
        let nodes = usual_nodes(&scenario);
        let settings = ProofSettings {
            crashes: 1,
            partitions: 0,
            restart_after: None,
            heal_after: None,
            each: NonZero::<usize>::MIN,
            nodes,
        };
        if settings.nodes.is_empty() {
            return Err(ProofError::NoNodes(file));
        }
        Ok(Prover {
            programs,
            text,
            plan: scenario.plan(scenario.seed).without_faults(),
            settings,
            window: (None, None),
            batch: Batch::new(),
        })
    }

    /// Sets the seed, instead of the scenario's.
    pub fn seed(mut self, seed: u64) -> Prover<'a> {
        self.plan = self.plan.scenario.plan(seed);
        self
    }

    /// Sets the most crashes in one run.
    pub fn crashes(mut self, crashes: usize) -> Prover<'a> {
        self.settings.crashes = crashes;
        self
    }

    /// Sets the most partitions in one run.
    pub fn partitions(mut self, partitions: usize) -> Prover<'a> {
        self.settings.partitions = partitions;
        self
    }

    /// Sets the time after a crash until the node starts again.
    pub fn restart_after(mut self, after: Option<Duration>) -> Prover<'a> {
        self.settings.restart_after = after;
        self
    }

    /// Sets the time for which a node is cut off.
    pub fn heal_after(mut self, after: Option<Duration>) -> Prover<'a> {
        self.settings.heal_after = after;
        self
    }

    /// Sets the number of points tried of each class: the first, the last, and others spread evenly
    /// between them.
    pub fn each(mut self, each: NonZero<usize>) -> Prover<'a> {
        self.settings.each = each;
        self
    }

    /// Sets the nodes that are crashed or cut off.
    ///
    /// # Errors
    /// [`ProofError::UnknownNode`] for the first that the scenario does not have.
    pub fn nodes<'n>(
        mut self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Prover<'a>, ProofError> {
        let known: Vec<Atom> = self.plan.scenario.nodes.iter().map(|node| node.name).collect();
        let found = |name: &str| {
            let found = known.iter().find(|known| known.as_str() == name);
            found.copied().ok_or_else(|| ProofError::UnknownNode {
                name: name.to_owned(),
                known: known.iter().map(|known| known.as_str().to_owned()).collect(),
            })
        };
        self.settings.nodes = names.into_iter().map(found).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Sets the window of time for the faults: from the first time on, and before the second. The
    /// defaults are the time at which the first users come, and the time until which the last users
    /// begin operations, less their timeout.
    pub fn between(self, from: Option<Duration>, until: Option<Duration>) -> Prover<'a> {
        let time = |after: Option<Duration>| after.map(|after| Time::ZERO + after);
        Prover { window: (time(from), time(until)), ..self }
    }

    /// Sets the threads, and the reasons for which the search ends early. A run fails if a fault is
    /// not masked.
    pub fn batch(self, batch: Batch<'a>) -> Prover<'a> {
        Prover { batch, ..self }
    }

    /// The warnings about the scenario.
    #[must_use]
    pub const fn warnings(&self) -> &Diagnostics {
        &self.plan.scenario.warnings
    }

    /// The plan of a trial's run: the plan without its own faults, with the trial's faults.
    #[must_use]
    pub fn plan(&self, trial: &Trial) -> Plan {
        self.settings.plan(&self.plan, &trial.strikes)
    }

    /// The window of time within which faults are injected.
    fn window(&self) -> (Time, Time) {
        let workloads = &self.plan.scenario.workloads;
        let end = self.plan.scenario.duration;
        let from = workloads.iter().map(|workload| workload.from).min().unwrap_or_default();
        // Late enough, and there is nobody left who could see that all is well again.
        let last =
            |workload: &WorkloadConfig| workload.until.min(end).saturating_sub(workload.timeout);
        let until = workloads.iter().map(last).max().unwrap_or(end);
        let (own_from, own_until) = self.window;
        (own_from.unwrap_or(Time::ZERO + from), own_until.unwrap_or(Time::ZERO + until))
    }
}

impl ProofSettings {
    /// A plan with these faults and no others.
    fn plan(&self, plan: &Plan, strikes: &[InjectionPoint]) -> Plan {
        let all: Vec<Atom> = plan.scenario.nodes.iter().map(|node| node.name).collect();
        let fault = |(strike, id): (&InjectionPoint, u32)| {
            let node = strike.node;
            let (fault, lasts) = match strike.fault {
                ProofFault::Crash => (Fault::CrashNode(node), self.restart_after),
                ProofFault::Partition => {
                    let others = all.iter().copied().filter(|other| *other != node).collect();
                    let groups = vec![vec![node], others];
                    let cut = Partition { id, groups, one_way: false };
                    (Fault::Partition(cut), self.heal_after)
                }
            };
            let undo = lasts.and_then(|after| Some((after, fault.undo()?)));
            ScheduledFault { label: None, trigger: Trigger::AtStep(strike.step), fault, undo }
        };
        let faults: Vec<ScheduledFault> = strikes.iter().zip(0..).map(fault).collect();
        Plan { faults, ..plan.without_faults() }
    }

    /// The kinds of fault of which one more is allowed after these.
    fn left(&self, strikes: &[InjectionPoint]) -> Vec<ProofFault> {
        let all = [(ProofFault::Crash, self.crashes), (ProofFault::Partition, self.partitions)];
        let count = |fault| strikes.iter().filter(|strike| strike.fault == fault).count();
        let left = all.into_iter().filter(|(fault, most)| count(*fault) < *most);
        left.map(|(fault, _)| fault).collect()
    }
}

/// The nodes of distributed applications, which another can replace; if there are none, all nodes
/// that run an application. None of them has users.
fn usual_nodes(scenario: &Scenario) -> Vec<Atom> {
    let users: Vec<Atom> =
        scenario.workloads.iter().flat_map(|workload| workload.on.iter().copied()).collect();
    let runs = |distributed: bool| -> Vec<Atom> {
        let applications = scenario.applications.iter();
        let moving =
            applications.filter(|each| matches!(each.placement, Placement::Distributed { .. }));
        let serving: Vec<Atom> = if distributed {
            moving.flat_map(ApplicationConfig::nodes).collect()
        } else {
            scenario.application_places().map(|(_, node)| node).collect()
        };
        let nodes = scenario.nodes.iter().map(|node| node.name);
        nodes.filter(|node| serving.contains(node) && !users.contains(node)).collect()
    };
    Some(runs(true)).filter(|nodes| !nodes.is_empty()).unwrap_or_else(|| runs(false))
}
