//! A plan becomes a world, the world runs, and what happened becomes a [`Run`]: the one place where
//! all parts meet.

mod comparisons;
mod invariants;
#[cfg(test)]
pub(crate) mod mailboxes;
mod seen;
mod upkeep;

pub use comparisons::{Comparisons, FaultFree, Placed, Unknown};
pub(crate) use seen::{Difference, End, Sight, Sights};

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use crate::fault::{Condition, Fault, Sighting, Trigger};
use crate::history::{History, Recorder};
use crate::network::{HostId, NodeId, Traffic};
use crate::otp::application::RestartType;
use crate::otp::kernel::{self, BootApplication, BootConfig, BootMode, Distributed};
use crate::runtime::{NodeConfig, Outcome, UnregisteredName, World, WorldConfig};
use crate::scenario::{
    ApplicationConfig, Placement, Plan, Scenario, ScheduledFault, Timeout, WorkloadConfig,
};
use crate::services::{
    ClientSetup, Directory, DirectoryEntry, Programs, ReportLine, ReportSink, ServiceSetup, Summary,
};
use crate::term::{Atom, Pid, Term};
use crate::time::Time;
use crate::trace::{Detail, Digest, Fact, Trace};
use crate::{atom, tuple};

use invariants::Invariants;

pub use invariants::Checked;

/// The number of the operation that a client is told to do.
fn number_of(message: &Term) -> Option<i64> {
    message.tagged("operation")?.get(1)?.as_integer()
}

/// What a run leaves behind; checkers and reports read it.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was to happen.
    pub plan: Plan,
    /// Why the run ended.
    pub outcome: Outcome,
    /// When it ended.
    pub ended_at: Time,
    /// What happened.
    pub trace: Trace,
    /// What the clients saw.
    pub history: History,
    /// What the reporting service said.
    pub reports: Vec<ReportLine>,
    /// What the services counted, and what it cost them to talk.
    pub summary: Summary,
    /// What was put on the wires.
    pub traffic: Traffic,
    /// Events and turns of processes.
    pub steps: u64,
    /// The digest at several times of the run.
    pub checkpoints: Vec<Checkpoint>,
    /// What was asked of the world at each step, and what came of it.
    pub invariants: Vec<Checked>,
    /// The names under which somebody was looked for and nobody was ever registered.
    pub unregistered_names: Vec<UnregisteredName>,
    /// The runs that this one is to be compared with, which have none of their own.
    pub comparisons: Comparisons,
    /// What became of the clients.
    pub clients: Vec<ClientEnd>,
    /// The application that each workload uses, as its client says; those that use the same are
    /// judged together. See [`Client::service`](crate::services::Client::service).
    pub services: BTreeMap<Atom, Atom>,
}

/// What became of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEnd {
    /// Its workload.
    pub workload: Atom,
    /// Its number in the workload, from 0.
    pub client: u32,
    /// Its process; nothing if its node was not up when it was to start.
    pub pid: Option<Pid>,
    /// Whether it was there to the end of the run.
    pub is_alive: bool,
    /// How many operations were planned for it of which it ought to have begun.
    pub planned: u32,
    /// How many of these never came to it, or were not looked at.
    pub unread: u32,
}

/// How far a run had come at a time, and its digest then: runs that are the same up to there have it
/// in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// When.
    pub at: Time,
    /// Events and turns of processes so far.
    pub steps: u64,
    /// The digest of what has happened so far.
    pub digest: Digest,
}

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

/// The world of a scenario before anything has happened.
struct Stage {
    world: World,
    nodes: BTreeMap<Atom, NodeId>,
    directory: Rc<Directory>,
    recorder: Recorder,
    reports: ReportSink,
}

impl Stage {
    fn set(plan: &Plan, programs: &Programs, detail: Detail) -> Stage {
        let scenario = &plan.scenario;
        // Faults that hang on events are set off by the records of the story.
        let hangs = |fault: &ScheduledFault| matches!(fault.trigger, Trigger::When(_));
        let detail = if plan.faults.iter().any(hangs) { detail.max(Detail::Story) } else { detail };
        let world = World::new(WorldConfig {
            seed: plan.seed,
            schedule: scenario.schedule,
            detail,
            event_budget: scenario.event_budget,
            same_host: scenario.network.same_host.clone(),
            between_hosts: scenario.network.between_hosts.clone(),
        });
        let hosts: BTreeMap<Atom, HostId> = scenario
            .hosts
            .iter()
            .map(|host| (host.name, world.add_host(host.name.as_str())))
            .collect();
        for host in &scenario.hosts {
            world.set_kernel(hosts[&host.name], host.kernel);
        }
        for (from, to, path) in upkeep::own_paths(scenario) {
            world.add_path(hosts[&from], hosts[&to], path.clone());
        }
        let applications = scenario.applications.iter().map(|application| DirectoryEntry {
            name: application.name,
            service: application.service,
            nodes: application.nodes().collect(),
        });
        let mut stage = Stage {
            world,
            nodes: BTreeMap::new(),
            directory: Rc::new(
                Directory::new(applications.collect()).with_places(upkeep::places(scenario)),
            ),
            recorder: Recorder::default(),
            reports: ReportSink::default(),
        };
        for node in &scenario.nodes {
            let config = node_config(scenario, node, hosts[&node.host]);
            let id = stage.world.add_node(config);
            let boot = stage.boot_config(plan, programs, node.name);
            stage.world.set_boot(id, kernel::boot(Rc::new(boot)));
            stage.nodes.insert(node.name, id);
        }
        stage
    }

    /// What a node starts: the applications that may run on it, each behind its companion, and the
    /// kernel's list of the distributed ones.
    fn boot_config(&self, plan: &Plan, programs: &Programs, node: Atom) -> BootConfig {
        let scenario = &plan.scenario;
        let mut boot = upkeep::boot(scenario, node);
        for application in &scenario.applications {
            if !application.nodes().any(|found| found == node) {
                continue;
            }
            let service = programs.service(application.service.as_str());
            let service = service.unwrap_or_else(|| panic!("no service {}", application.service));
            let setup = self.service_setup(plan, application);
            let mut spec = service
                .application(&setup)
                .depends_on(present(scenario, application, node).map(|dependency| dependency.name));
            if let Some(companion) = service.companion(&setup) {
                spec = spec.depends_on([companion.name]);
                let mode = BootMode::Start(RestartType::Temporary);
                boot.applications.push(BootApplication { spec: companion, mode });
            }
            let mode = BootMode::Start(application.restart);
            boot.applications.push(BootApplication { spec, mode });
            boot.distributed.extend(distributed(application));
        }
        boot
    }

    fn service_setup(&self, plan: &Plan, application: &ApplicationConfig) -> ServiceSetup {
        ServiceSetup {
            name: application.name,
            config: application.config.clone(),
            transport: plan.transport,
            nodes: application.nodes().collect(),
            directory: Rc::clone(&self.directory),
            report: self.reports.clone(),
        }
    }
}

/// The dependencies of an application that run on the same node; those elsewhere are not the
/// business of the node's application controller.
fn present<'a>(
    scenario: &'a Scenario,
    application: &'a ApplicationConfig,
    node: Atom,
) -> impl Iterator<Item = &'a ApplicationConfig> {
    let dependencies =
        scenario.applications.iter().filter(|other| application.depends_on.contains(&other.name));
    dependencies.filter(move |other| other.nodes().any(|found| found == node))
}

fn distributed(application: &ApplicationConfig) -> Option<Distributed> {
    match &application.placement {
        Placement::Each(_) => None,
        Placement::Distributed { preference, timeout } => Some(Distributed {
            application: application.name,
            timeout: match timeout {
                Timeout::After(timeout) => Some(*timeout),
                Timeout::Infinity => None,
            },
            nodes: preference.clone(),
        }),
    }
}

fn node_config(
    scenario: &Scenario,
    node: &crate::scenario::NodeConfig,
    host: HostId,
) -> NodeConfig {
    NodeConfig {
        otp: node.otp,
        cookie: node.cookie,
        hidden: node.hidden,
        connect_all: node.connect_all,
        auto_connect: node.dist_auto_connect,
        prevent_overlapping_partitions: node.prevent_overlapping_partitions,
        net_ticktime: node.net_ticktime,
        net_setuptime: scenario.network.net_setuptime,
        restart: node.restart,
        sync_nodes_mandatory: node.sync_nodes_mandatory.clone(),
        sync_nodes_optional: node.sync_nodes_optional.clone(),
        sync_nodes_timeout: match node.sync_nodes_timeout {
            Some(Timeout::After(timeout)) => timeout,
            Some(Timeout::Infinity) => Duration::MAX,
            None => Duration::ZERO,
        },
        ..NodeConfig::new(node.name.as_str(), host)
    }
}

/// Something that the plan has for an instant.
#[derive(Clone, Copy, Debug)]
enum Cue {
    StartNode(usize),
    StartClients(usize),
    Operation(usize),
    /// No more operations come: the clients look at what is left.
    Closing(usize),
    Fault(usize),
    Undo(usize),
}

/// Sees to it that what the plan says happens when it says so.
struct Director<'a> {
    plan: &'a Plan,
    programs: &'a Programs,
    stage: &'a Stage,
    cues: Vec<Cue>,
    clients: BTreeMap<(Atom, u32), Pid>,
    /// The faults that wait for something to be seen.
    waiting: Vec<usize>,
    /// How often each fault has been set off.
    set_off: Vec<u32>,
    records_seen: usize,
    /// The faults that strike after so many steps, the last ones first.
    at_steps: Vec<(u64, usize)>,
    checkpoints: Vec<Checkpoint>,
    /// The operations that did not come to their client.
    undelivered: BTreeSet<usize>,
}

/// The least time between two checkpoints; each is at something that the plan has for that time.
const CHECKPOINT_GAP: Duration = Duration::from_secs(1);

/// After the last operation of a workload has timed out, its clients wait for so long before they
/// look at what is left.
const SETTLING_TIME: Duration = Duration::from_secs(1);

impl<'a> Director<'a> {
    fn new(plan: &'a Plan, programs: &'a Programs, stage: &'a Stage) -> Director<'a> {
        let mut director = Director {
            plan,
            programs,
            stage,
            cues: Vec::new(),
            clients: BTreeMap::new(),
            waiting: Vec::new(),
            set_off: vec![0; plan.faults.len()],
            records_seen: 0,
            at_steps: Vec::new(),
            checkpoints: Vec::new(),
            undelivered: BTreeSet::new(),
        };
        director.prepare();
        director
    }

    fn prepare(&mut self) {
        let plan = self.plan;
        for (index, node) in plan.scenario.nodes.iter().enumerate() {
            self.cue(Time::ZERO + node.starts_at, Cue::StartNode(index));
        }
        for (index, workload) in plan.scenario.workloads.iter().enumerate() {
            self.cue(Time::ZERO + workload.from, Cue::StartClients(index));
            let end = workload.until.min(plan.scenario.duration);
            self.cue(Time::ZERO + end + workload.timeout + SETTLING_TIME, Cue::Closing(index));
        }
        for (index, operation) in plan.operations.iter().enumerate() {
            self.cue(operation.at, Cue::Operation(index));
        }
        for (index, fault) in plan.faults.iter().enumerate() {
            match &fault.trigger {
                Trigger::At(at) => self.cue(Time::ZERO + *at, Cue::Fault(index)),
                Trigger::AtStep(step) => self.at_steps.push((*step, index)),
                Trigger::When(_) => self.waiting.push(index),
            }
        }
        self.at_steps.sort_unstable();
        self.at_steps.reverse();
    }

    fn cue(&mut self, at: Time, cue: Cue) {
        self.cues.push(cue);
        self.stage.world.call_at(at, self.cues.len() as u32 - 1);
    }

    fn direct(&mut self, invariants: &mut Invariants) -> Outcome {
        self.stage.world.stop_at_steps(!invariants.is_empty());
        let deadline = Time::ZERO + self.plan.scenario.duration;
        loop {
            self.stage.world.stop_at_records(!self.waiting.is_empty());
            self.stage.world.stop_after_steps(self.at_steps.last().map(|(step, _)| *step));
            match self.stage.world.run_until(deadline) {
                Outcome::Called(number) => self.play(self.cues[number as usize]),
                Outcome::Recorded => {}
                Outcome::Stepped => invariants.look(&self.stage.world),
                Outcome::StepsDone => self.inject_at_step(),
                ended @ (Outcome::Quiescent
                | Outcome::Deadline
                | Outcome::BudgetExhausted { .. }) => return ended,
            }
            self.look_for_conditions();
        }
    }

    fn play(&mut self, cue: Cue) {
        self.check_point();
        let scenario = &self.plan.scenario;
        match cue {
            Cue::StartNode(index) => {
                self.stage.world.start_node(self.stage.nodes[&scenario.nodes[index].name]);
            }
            Cue::StartClients(index) => self.start_clients(&scenario.workloads[index]),
            Cue::Operation(index) => self.operate(index),
            Cue::Closing(index) => self.close(&scenario.workloads[index]),
            Cue::Fault(index) => {
                self.wait_again(index);
                self.inject(index);
            }
            Cue::Undo(index) => self.undo(index),
        }
    }

    /// Keeps the digest from time to time.
    fn check_point(&mut self) {
        let (world, last) = (&self.stage.world, self.checkpoints.last());
        let at = world.now();
        if last.is_none_or(|last| at >= last.at + CHECKPOINT_GAP) {
            let digest = world.trace().digest();
            self.checkpoints.push(Checkpoint { at, steps: world.steps(), digest });
        }
    }

    fn start_clients(&mut self, workload: &WorkloadConfig) {
        let client = self.programs.client(workload.client.as_str());
        let client = client.unwrap_or_else(|| panic!("no client {}", workload.client));
        for number in 0..workload.count {
            let node = self.stage.nodes[&workload.node_of(number)];
            if !self.stage.world.is_up(node) {
                continue;
            }
            let start = client.start(self.client_setup(workload, number));
            let pid = self.stage.world.spawn(node, workload.client.as_str(), start);
            self.stage.world.keep_unread(pid);
            self.clients.insert((workload.name, number), pid);
        }
    }

    fn client_setup(&self, workload: &WorkloadConfig, client: u32) -> ClientSetup {
        ClientSetup {
            workload: workload.name,
            client,
            clients: workload.count,
            node: workload.node_of(client),
            affinity: workload.affinity,
            config: workload.config.clone(),
            timeout: workload.timeout,
            transport: self.plan.transport,
            directory: Rc::clone(&self.stage.directory),
            history: self.stage.recorder.clone(),
            report: self.stage.reports.clone(),
        }
    }

    fn operate(&mut self, index: usize) {
        let operation = &self.plan.operations[index];
        let pid = self.clients.get(&(operation.workload, operation.client));
        let message = tuple![atom!("operation"), operation.name, operation.number, operation.draw];
        if !pid.is_some_and(|pid| self.stage.world.send_to(*pid, message)) {
            self.undelivered.insert(index);
        }
    }

    /// What became of the clients in a run that ended then. What was to begin so late that it need
    /// not have come to its end counts neither way.
    fn clients_at(&self, ended_at: Time) -> Vec<ClientEnd> {
        let mut ends = BTreeMap::new();
        for workload in &self.plan.scenario.workloads {
            for client in 0..workload.count {
                let key = (workload.name, client);
                let pid = self.clients.get(&key).copied();
                let is_alive = pid.is_some_and(|pid| self.stage.world.is_process_alive(pid));
                let workload = workload.name;
                let end = ClientEnd { workload, client, pid, is_alive, planned: 0, unread: 0 };
                let unread = pid.map_or_else(Vec::new, |pid| self.stage.world.unread(pid));
                let unread = unread.iter().filter_map(number_of).collect::<BTreeSet<i64>>();
                ends.insert(key, (end, unread));
            }
        }
        for (index, operation) in self.plan.operations.iter().enumerate() {
            let key = (operation.workload, operation.client);
            let Some((end, unread)) = ends.get_mut(&key) else { continue };
            if operation.at + self.patience(operation.workload) >= ended_at {
                continue;
            }
            let number = i64::from(operation.number);
            let is_unread = self.undelivered.contains(&index) || unread.contains(&number);
            end.planned += 1;
            end.unread += u32::from(is_unread);
        }
        ends.into_values().map(|(end, _)| end).collect()
    }

    /// How long the clients of a workload wait for an answer.
    fn patience(&self, workload: Atom) -> Duration {
        let mut workloads = self.plan.scenario.workloads.iter();
        workloads.find(|each| each.name == workload).map_or(Duration::ZERO, |each| each.timeout)
    }

    fn close(&self, workload: &WorkloadConfig) {
        let clients =
            (0..workload.count).filter_map(|number| self.clients.get(&(workload.name, number)));
        for pid in clients {
            self.stage.world.send_to(*pid, atom!("closing"));
        }
    }

    fn inject(&mut self, index: usize) {
        let scheduled = &self.plan.faults[index];
        let text = scheduled.label.clone().unwrap_or_else(|| scheduled.fault.to_string());
        let in_vain = scheduled.fault.is_in_vain(&self.stage.world);
        self.change(index, &scheduled.fault, text, |fault, text| Fact::FaultInjected {
            fault,
            text,
        });
        if in_vain {
            return;
        }
        if let Some((after, _)) = &scheduled.undo {
            self.cue(self.stage.world.now() + *after, Cue::Undo(index));
        }
    }

    /// Does a fault to the world, and writes it down, or why it changes nothing.
    fn change(
        &self,
        index: usize,
        fault: &Fault,
        text: String,
        fact: impl FnOnce(u32, String) -> Fact,
    ) {
        let (world, number) = (&self.stage.world, index as u32);
        let why = fault.without_effect(world);
        let in_vain = fault.is_in_vain(world);
        world.record(match why {
            None => fact(number, text),
            Some(why) => Fact::FaultWithoutEffect { fault: number, text, why },
        });
        // What changes nothing now may matter later: a second cut outlasts the first.
        if !in_vain {
            fault.inject(world);
        }
    }

    fn inject_at_step(&mut self) {
        if let Some((_, index)) = self.at_steps.pop() {
            self.inject(index);
        }
    }

    fn undo(&self, index: usize) {
        if let Some((_, fault)) = &self.plan.faults[index].undo {
            let text = fault.to_string();
            self.change(index, fault, text, |fault, text| Fact::FaultEnded { fault, text });
        }
    }

    /// A fault that strikes each time waits for the next time, from when it strikes.
    fn wait_again(&mut self, index: usize) {
        let Trigger::When(sighting) = &self.plan.faults[index].trigger else { return };
        if sighting.repeat.goes_on(self.set_off[index]) {
            if self.waiting.is_empty() {
                self.records_seen = self.stage.world.trace().records().len();
            }
            self.waiting.push(index);
        }
    }

    /// Schedules the faults whose condition has come true.
    fn look_for_conditions(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let now = self.stage.world.now();
        for index in std::mem::take(&mut self.waiting) {
            let Trigger::When(sighting) = &self.plan.faults[index].trigger else { continue };
            if self.is_seen(sighting, self.set_off[index]) {
                self.set_off[index] += 1;
                self.cue(now + sighting.after, Cue::Fault(index));
            } else if !sighting.is_over_at(now) {
                self.waiting.push(index);
            }
        }
        self.records_seen = self.stage.world.trace().records().len();
    }

    fn is_seen(&self, sighting: &Sighting, set_off: u32) -> bool {
        match &sighting.condition {
            Condition::OperationsCompleted(count) => {
                self.stage.recorder.completed() >= count.saturating_mul(set_off + 1)
                    && sighting.counts_at(self.stage.world.now())
            }
            condition => {
                let trace = self.stage.world.trace();
                let mut new = trace.records()[self.records_seen..].iter();
                new.any(|found| sighting.counts_at(found.at) && condition.is_met_by(found))
            }
        }
    }
}
