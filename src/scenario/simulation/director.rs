//! The director carries out the plan's actions at their times.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::fault_scope::fault_scope;
use super::invariants::Invariants;
use super::stage::Stage;
use super::{Checkpoint, ClientEnd, compiled};
use crate::engine::runtime::{BoxedProcess, CallId, Context, RunOutcome, StopsAt};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;
use crate::engine::trace::{Fact, FaultFact};
use crate::scenario::fault::{Condition, ConditionTrigger, Fault, Report, Trigger};
use crate::scenario::services::{CallsClient, ClientSetup, Evaluate, Programs, evaluate};
use crate::scenario::{Plan, WorkloadConfig};
use crate::{atom, tuple};

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

/// The time for which a run goes on that is to be given up.
struct Patience<'a> {
    gives_up: &'a dyn Fn() -> bool,
    /// The number of steps at the next look.
    next: u64,
    /// The number of steps when it was first to be given up.
    since: Option<u64>,
}

impl<'a> Patience<'a> {
    /// The steps between two looks at whether the run is to be given up.
    const LOOK: u64 = 1_000;

    /// The steps for which a run goes on that is to be given up: most come to their end.
    const GRACE: u64 = 50_000;

    fn new(gives_up: &'a dyn Fn() -> bool) -> Patience<'a> {
        Patience { gives_up, next: Patience::LOOK, since: None }
    }

    fn is_over(&mut self, steps: u64) -> bool {
        if steps < self.next {
            return false;
        }
        self.next = steps + Patience::LOOK;
        if self.since.is_none() && (self.gives_up)() {
            self.since = Some(steps);
        }
        self.since.is_some_and(|since| steps >= since + Patience::GRACE)
    }
}

/// The code of a client's process.
type StartClient = Box<dyn FnOnce(Context) -> BoxedProcess>;

/// Sees to it that what the plan says happens when it says so.
pub(super) struct Director<'a> {
    plan: &'a Plan,
    programs: &'a Programs,
    stage: &'a Stage,
    cues: Vec<Cue>,
    clients: BTreeMap<(Atom, u32), Pid>,
    /// The faults that wait for something to be seen.
    waiting: Vec<usize>,
    /// The number of times that each fault has been triggered.
    set_off: Vec<u32>,
    records_seen: usize,
    /// The processes that had the name that a fault waits for when it last looked.
    holders: BTreeMap<usize, BTreeSet<Pid>>,
    /// The faults triggered at a step, the last ones first.
    at_steps: Vec<(u64, usize)>,
    pub checkpoints: Vec<Checkpoint>,
    /// The operations that did not come to their client.
    undelivered: BTreeSet<usize>,
}

/// The least time between two checkpoints; each is at something that the plan has for that time.
const CHECKPOINT_GAP: Duration = Duration::from_secs(1);

/// The pause after the timeout of a workload's last operation, before its clients look at the data
/// that is left.
const SETTLING_TIME: Duration = Duration::from_secs(1);

impl<'a> Director<'a> {
    pub(super) fn new(plan: &'a Plan, programs: &'a Programs, stage: &'a Stage) -> Director<'a> {
        let mut director = Director {
            plan,
            programs,
            stage,
            cues: Vec::new(),
            clients: BTreeMap::new(),
            waiting: Vec::new(),
            set_off: vec![0; plan.faults.len()],
            records_seen: 0,
            holders: BTreeMap::new(),
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
        self.stage.world.call_at(at, CallId(self.cues.len() as u32 - 1));
    }

    /// Directs the run to its end, or until it is given up: then the outcome is
    /// [`RunOutcome::StepsDone`].
    pub(super) fn direct(
        &mut self,
        invariants: &mut Invariants,
        gives_up: Option<&dyn Fn() -> bool>,
    ) -> RunOutcome {
        let mut patience = gives_up.map(Patience::new);
        let has_invariants = !invariants.is_empty();
        let stops = |director: &Director| has_invariants || director.waits_for_names();
        let mut stops_at_steps = stops(self);
        let deadline = Time::ZERO + self.plan.scenario.duration;
        loop {
            let at_step = self.at_steps.last().map(|(step, _)| *step);
            let look = patience.as_ref().map(|patience| patience.next);
            self.stage.world.stop_at(StopsAt {
                records: !self.waiting.is_empty(),
                steps: stops_at_steps,
                step: at_step.into_iter().chain(look).min(),
            });
            match self.stage.world.run_until(deadline) {
                RunOutcome::Called(CallId(number)) => self.play(self.cues[number as usize]),
                RunOutcome::Stepped => invariants.look(&self.stage.world),
                RunOutcome::StepsDone
                    if at_step.is_some_and(|step| step <= self.stage.world.steps()) =>
                {
                    self.inject_at_step();
                }
                RunOutcome::Recorded | RunOutcome::StepsDone => {}
                ended @ (RunOutcome::Quiescent
                | RunOutcome::Deadline
                | RunOutcome::BudgetExhausted { .. }) => return ended,
            }
            let taken = self.stage.world.steps();
            if patience.as_mut().is_some_and(|patience| patience.is_over(taken)) {
                return RunOutcome::StepsDone;
            }
            self.look_for_conditions();
            stops_at_steps = stops_at_steps && stops(self);
        }
    }

    /// True if a fault waits for a name, or will: no record shows that one is registered.
    fn waits_for_names(&self) -> bool {
        let now = self.stage.world.now();
        self.plan.faults.iter().zip(&self.set_off).any(|(fault, set_off)| match &fault.trigger {
            Trigger::When(
                sighting @ ConditionTrigger { condition: Condition::NameRegistered { .. }, .. },
            ) => sighting.repeat.goes_on(*set_off) && !sighting.is_over_at(now),
            Trigger::When(_) | Trigger::At(_) | Trigger::AtStep(_) => false,
        })
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
        for number in 0..workload.count {
            let node = self.stage.nodes[&workload.node_of(number)];
            if !self.stage.world.is_up(node) {
                continue;
            }
            let start = self.client(workload, number);
            let pid = self.stage.world.spawn(node, workload.client.as_str(), start);
            self.stage.world.keep_unread(pid);
            self.clients.insert((workload.name, number), pid);
        }
    }

    /// The program of a client.
    fn client(&self, workload: &WorkloadConfig, number: u32) -> StartClient {
        let setup = self.client_setup(workload, number);
        if let Some(calls) = &workload.calls {
            let (calls, evaluate) = (Rc::clone(calls), self.evaluate(workload, number));
            let mut workloads = self.plan.scenario.workloads.iter();
            let place = workloads.position(|each| each.name == workload.name);
            let workload = place.unwrap_or_default() as u64;
            let client = CallsClient { calls, workload, evaluate, setup };
            return Box::new(move |ctx| Box::pin(client.run(ctx)));
        }
        let client = self.programs.shared_client(workload.client.as_str());
        let client = client.unwrap_or_else(|| panic!("no client {}", workload.client));
        // A client that panics as it starts does so in its process, like any other.
        Box::new(move |ctx| client.start(setup)(ctx))
    }

    /// The evaluation of calls on the node of a client.
    fn evaluate(&self, workload: &WorkloadConfig, number: u32) -> Evaluate {
        let mut nodes = self.plan.scenario.nodes.iter();
        let node = nodes.find(|node| node.name == workload.node_of(number));
        if node.is_some_and(|node| node.code.is_erlang()) {
            Rc::new(compiled::evaluate)
        } else {
            Rc::new(evaluate::evaluate)
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

    /// The ends of the clients in a run that ended at this time. Operations planned so late that
    /// they need not have ended do not count.
    pub(super) fn clients_at(&self, ended_at: Time) -> Vec<ClientEnd> {
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

    /// The time that the clients of a workload wait for an answer.
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
        let scope = Box::new(fault_scope(&scheduled.fault, &self.plan.scenario));
        let is_done = self.change(index, &scheduled.fault, text, move |fault, text| {
            Fact::Fault(FaultFact::Injected { fault, text, scope: Some(scope.clone()) })
        });
        if !is_done {
            return;
        }
        if let Some((after, _)) = &scheduled.undo {
            self.cue(self.stage.world.now() + *after, Cue::Undo(index));
        }
    }

    /// Does a fault to the world, and records it, or why it changes nothing. Returns false if there is
    /// nothing that could be done or undone.
    fn change(
        &self,
        index: usize,
        fault: &Fault,
        text: String,
        fact: impl Fn(u32, String) -> Fact + 'static,
    ) -> bool {
        let (world, number) = (&self.stage.world, index as u32);
        let report: Report = Rc::new(move |why| match why {
            None => fact(number, text.clone()),
            Some(why) => {
                Fact::Fault(FaultFact::WithoutEffect { fault: number, text: text.clone(), why })
            }
        });
        let is_in_vain = fault.is_in_vain(world);
        let why = fault.without_effect(world);
        if why.is_none() && fault.inject_by_asking(world, &report) {
            return true;
        }
        world.record(report(why));
        // What changes nothing now may matter later: a second cut outlasts the first.
        if !is_in_vain {
            fault.inject(world);
        }
        !is_in_vain
    }

    fn inject_at_step(&mut self) {
        if let Some((_, index)) = self.at_steps.pop() {
            self.inject(index);
        }
    }

    fn undo(&self, index: usize) {
        if let Some((_, fault)) = &self.plan.faults[index].undo {
            let text = fault.to_string();
            self.change(index, fault, text, |fault, text| {
                Fact::Fault(FaultFact::Ended { fault, text })
            });
        }
    }

    /// A fault that strikes each time waits for the next time, from when it strikes.
    fn wait_again(&mut self, index: usize) {
        let Trigger::When(sighting) = &self.plan.faults[index].trigger else { return };
        if sighting.repeat.goes_on(self.set_off[index]) {
            if self.waiting.is_empty() {
                self.records_seen = self.stage.world.trace().records().len();
            }
            if let Condition::NameRegistered { name, on } = sighting.condition {
                // What was registered while it waited to strike does not count.
                self.holders.insert(index, self.holders_of(name, on));
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
            if self.is_seen(index, sighting) {
                self.set_off[index] += 1;
                self.cue(now + sighting.after, Cue::Fault(index));
            } else if !sighting.is_over_at(now) {
                self.waiting.push(index);
            }
        }
        self.records_seen = self.stage.world.trace().records().len();
    }

    fn is_seen(&mut self, index: usize, sighting: &ConditionTrigger) -> bool {
        match &sighting.condition {
            Condition::OperationsCompleted(count) => {
                let wanted = count.saturating_mul(self.set_off[index] + 1);
                self.stage.recorder.completed() >= wanted
                    && sighting.counts_at(self.stage.world.now())
            }
            Condition::NameRegistered { name, on } => {
                let holders = self.holders_of(*name, *on);
                let before = self.holders.entry(index).or_default();
                let is_new = !holders.is_subset(before);
                *before = holders;
                is_new && sighting.counts_at(self.stage.world.now())
            }
            condition => {
                let trace = self.stage.world.trace();
                let mut new = trace.records()[self.records_seen..].iter();
                new.any(|found| sighting.counts_at(found.at) && condition.is_met_by(found))
            }
        }
    }
}

impl Director<'_> {
    /// The processes that are registered under a name.
    fn holders_of(&self, name: Atom, on: Option<Atom>) -> BTreeSet<Pid> {
        let nodes = self.stage.nodes.iter().filter(|(node, _)| on.is_none_or(|on| on == **node));
        nodes.filter_map(|(_, node)| self.stage.world.whereis(*node, name)).collect()
    }
}

/// The number of the operation that a client is told to do.
fn number_of(message: &Term) -> Option<i64> {
    message.tagged("operation")?.get(1)?.as_integer()
}
