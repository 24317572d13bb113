//! The evidence of a run for the checkers: its users' operations, and the changes made to the world
//! meanwhile.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use crate::consistency::history::{Action, Operation, OperationId, Outcome, ended};
use crate::engine::runtime;
use crate::engine::term::{Atom, Term};
use crate::engine::time::{Time, round_duration};
use crate::engine::trace::{Fact, FaultFact, RecordId, Timeline, TraceRecord};
use crate::scenario::fault::Fault;
use crate::scenario::simulation::Run;
use crate::scenario::{Consistency, ScheduledFault, WorkloadConfig};

use super::assessment::{Assessment, operation_text};
use super::together::SharedServices;
use super::{MissingOperation, doubts, kept, users};
use crate::consistency::keys::KeyHistories;

/// A run, with the changes of its plan as they came about.
pub(super) struct Evidence<'a> {
    pub run: &'a Run,
    /// Injections and ends of faults, in order.
    pub changes: Vec<WorldChange<'a>>,
    /// The workloads that are judged as one history.
    pub together: SharedServices,
    found: BTreeMap<Atom, WorkloadResults<'a>>,
}

/// The cached results for the users of a workload.
#[derive(Default)]
struct WorkloadResults<'a> {
    keys: OnceCell<KeyHistories<'a>>,
    missing: OnceCell<Vec<MissingOperation>>,
    claims: RefCell<BTreeMap<Consistency, Assessment>>,
}

/// The injection of a fault, or its end.
#[derive(Clone, Copy)]
pub(super) struct WorldChange<'a> {
    pub fault: u32,
    pub kind: ChangeKind,
    pub at: Time,
    pub record: RecordId,
    pub text: &'a str,
}

/// The kind of a [`WorldChange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    Injected,
    Ended,
}

/// The state of an operation at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OperationState {
    /// Answered without an error after this time.
    Ok(Duration),
    /// Certainly not done.
    Failed,
    /// Perhaps done: an answer that does not say, or none within the client's timeout.
    Unknown,
    /// In progress, within the timeout.
    Open,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(run: &'a Run) -> Evidence<'a> {
        let changes = run.trace.records().iter().filter_map(change).collect();
        let workloads = run.plan.scenario.workloads.iter();
        let found = workloads.map(|workload| (workload.name, WorkloadResults::default())).collect();
        Evidence { run, changes, together: SharedServices::of(run), found }
    }

    /// The state of the cluster at every instant of the run.
    pub(super) fn timeline(&self) -> &'a Timeline {
        self.run.trace.timeline()
    }

    /// The time of the last change of the world: by a fault or by its end, or because a node that a
    /// fault took down was started again, by whatever starts it. For hosts and sites, the return of
    /// power is the end of the fault.
    pub(super) fn last_change(&self) -> Time {
        let changes = self.changes.iter().map(|change| change.at);
        let started = |(change, fault): (WorldChange<'a>, &'a Fault)| {
            let (Fault::CrashNode(node) | Fault::StopNode(node)) = fault else { return None };
            let mut up = self.timeline().up().iter().filter(|each| each.node == *node);
            let later = up.find(|each| each.during.from.record > change.record);
            later.map(|each| each.during.from.at)
        };
        changes.chain(self.injections().filter_map(started)).max().unwrap_or_default()
    }

    /// The operations of all users of the service of a workload, key by key.
    ///
    /// # Panics
    /// If the scenario has no such workload.
    pub(super) fn keys(&self, workload: Atom) -> &KeyHistories<'a> {
        let first = self.together.with(workload)[0];
        let keys = || KeyHistories::of(self.operations_together(workload));
        self.found[&first].keys.get_or_init(keys)
    }

    /// The values that were acknowledged to users of the service of a workload, but missing from a
    /// later read.
    ///
    /// # Panics
    /// If the scenario has no such workload.
    pub(super) fn missing(&self, workload: Atom) -> &[MissingOperation] {
        let first = self.together.with(workload)[0];
        self.found[&first].missing.get_or_init(|| kept::missing(self, self.keys(workload)))
    }

    /// The result for a claim to the users of a workload; `examine` computes it the first time.
    ///
    /// # Panics
    /// If the scenario has no such workload.
    pub(super) fn claim(
        &self,
        workload: Atom,
        claim: Consistency,
        examine: impl FnOnce() -> Assessment,
    ) -> Assessment {
        let claims = &self.found[&workload].claims;
        let known = claims.borrow().get(&claim).cloned();
        known.unwrap_or_else(|| {
            let found = examine();
            claims.borrow_mut().insert(claim, found.clone());
            found
        })
    }

    /// The scenario's settings of a workload.
    ///
    /// # Panics
    /// If it has no such workload.
    pub(super) fn workload(&self, name: Atom) -> &'a WorkloadConfig {
        let found = self.run.plan.scenario.workloads.iter().find(|each| each.name == name);
        found.unwrap_or_else(|| panic!("no workload {name}"))
    }

    /// The operations of one workload, or of all, in the order of their invocation.
    pub(super) fn operations(
        &self,
        workload: Option<Atom>,
    ) -> impl Iterator<Item = (OperationId, &'a Operation)> + use<'a> {
        let numbered = self.run.history.operations().iter().zip(0..);
        let numbered = numbered.map(|(operation, number)| (OperationId(number), operation));
        numbered.filter(move |(_, each)| workload.is_none_or(|name| name == each.workload))
    }

    /// The operations of all workloads that use the service of this one.
    pub(super) fn operations_together(
        &self,
        workload: Atom,
    ) -> impl Iterator<Item = (OperationId, &'a Operation)> + use<'a> {
        let workloads = self.together.with(workload).to_vec();
        self.operations(None).filter(move |(_, each)| workloads.contains(&each.workload))
    }

    pub(super) fn operation(&self, id: OperationId) -> &'a Operation {
        &self.run.history.operations()[id.0 as usize]
    }

    /// The injections of faults that take something away, with what they do.
    pub(super) fn harms(&self) -> impl Iterator<Item = (WorldChange<'a>, &'a Fault)> {
        let injections = self.injections();
        injections.filter(|(_, fault)| fault.takes_away())
    }

    /// The injections of all faults, with what they do.
    pub(super) fn injections(&self) -> impl Iterator<Item = (WorldChange<'a>, &'a Fault)> {
        let changes = self.changes.iter().filter(|change| change.kind == ChangeKind::Injected);
        changes.map(|change| (*change, &self.scheduled(change).fault))
    }

    /// The time at which the first fault was injected.
    pub(super) fn first_fault(&self) -> Option<Time> {
        self.changes.first().map(|change| change.at)
    }

    /// The end of the fault that is injected by this change.
    pub(super) fn end_of(&self, injection: &WorldChange) -> Option<&WorldChange<'a>> {
        let mut later = self.changes.iter().filter(|change| change.record > injection.record);
        later.find(|change| change.fault == injection.fault && change.kind == ChangeKind::Ended)
    }

    fn scheduled(&self, change: &WorldChange) -> &'a ScheduledFault {
        &self.run.plan.faults[change.fault as usize]
    }

    /// The nodes that others lose by a fault.
    pub(super) fn lost_nodes(&self, fault: &Fault) -> Vec<Atom> {
        fault.lost_nodes(|host| self.run.plan.scenario.nodes_on(host))
    }

    /// The state of an operation at the end of the run.
    pub(super) fn state_of(&self, operation: &Operation) -> OperationState {
        match &operation.completion {
            Some(completion) => match completion.outcome {
                Outcome::Ok(_) => OperationState::Ok(completion.at.since(operation.invoked)),
                Outcome::Failed(_) => OperationState::Failed,
                Outcome::Unknown(_) => OperationState::Unknown,
            },
            None if self.waited(operation) > operation.timeout => OperationState::Unknown,
            None => OperationState::Open,
        }
    }

    /// The time that the client waited for the end of an operation, up to the end of the run.
    pub(super) fn waited(&self, operation: &Operation) -> Duration {
        operation.latency().unwrap_or_else(|| self.run.ended_at.since(operation.invoked))
    }

    /// True if the run ended before its planned end.
    pub(super) fn given_up(&self) -> bool {
        matches!(self.run.outcome, runtime::RunOutcome::BudgetExhausted { .. })
    }

    /// Checks that users of a workload were active while something was changed.
    ///
    /// # Errors
    /// The reason why they were not, in the words of a finding.
    pub(super) fn exercised(&self, workload: Atom) -> Result<(), String> {
        let first = self.harmed()?;
        if self.operations(Some(workload)).any(|(_, each)| is_exposed(each, first)) {
            return Ok(());
        }
        Err(format!("no operation of {workload} was going on at or after the fault at {first}"))
    }

    /// Checks that users of the service of a workload were active while something was changed.
    ///
    /// # Errors
    /// The reason why they were not, in the words of a finding.
    pub(super) fn exercised_together(&self, workload: Atom) -> Result<(), String> {
        let first = self.harmed()?;
        if self.operations_together(workload).any(|(_, each)| is_exposed(each, first)) {
            return Ok(());
        }
        self.exercised(workload)
    }

    /// Checks that the users of the service of a workload asked for something, in an operation that
    /// `counts`, whose answer tells of what others did. Where no checker looks into any operation,
    /// nothing has to.
    ///
    /// # Errors
    /// The reason why nothing could contradict anything, in the words of a finding.
    pub(super) fn shown(
        &self,
        workload: Atom,
        counts: impl Fn(&Operation) -> bool,
    ) -> Result<(), String> {
        let told = |each: &Operation| each.action != Action::Other;
        let all = || self.operations_together(workload).map(|(_, operation)| operation);
        let is_shown = all().any(|each| each.action.shows_state() && counts(each));
        if is_shown || !all().any(told) {
            return Ok(());
        }
        Err("nothing was read after the fault, so that no answer could be wrong".to_owned())
    }

    /// Checks that users of the service of a workload were answered: what they read, and what they
    /// changed, as far as they did so.
    ///
    /// # Errors
    /// In the words of a finding, why they did not use it.
    pub(super) fn used(&self, workload: Atom) -> Result<(), String> {
        let all = |is_such: fn(Action) -> bool| -> Vec<&Operation> {
            let own = self.operations_together(workload).map(|(_, operation)| operation);
            own.filter(|each| is_such(each.action)).collect()
        };
        let (read, written) = (all(Action::shows_state), all(Action::changes_state));
        let none = |what: &str, operations: &[&Operation]| match operations.first() {
            Some(first) if !operations.iter().any(|each| each.is_ok()) => {
                Err(format!("{what}: {}", operation_text(self, first)))
            }
            Some(_) | None => Ok(()),
        };
        none("nothing was answered", &all(|_| true))?;
        none("nothing that was read was answered", &read)?;
        none("nothing that was written was acknowledged, or seen", &written).or_else(|why| {
            // What nobody has acknowledged may show nevertheless.
            let is_seen = |write: &&Operation| read.iter().any(|read| tells_of(read, write));
            let is_any_seen = written.iter().any(is_seen) || answers_differ(&read);
            if is_any_seen { Ok(()) } else { Err(why) }
        })
    }

    /// Checks that no operation of a workload waited longer than usual when the run ended: the answer
    /// could still have come in time, or not at all.
    ///
    /// # Errors
    /// The number of those that did, in the words of a finding.
    pub(super) fn settled(&self, workload: Atom) -> Result<(), String> {
        let Some(slow) = users::slow(self, workload) else { return Ok(()) };
        let is_open = |each: &&Operation| self.state_of(each) == OperationState::Open;
        let open = self.operations(Some(workload)).map(|(_, operation)| operation);
        let late: Vec<Duration> = open
            .filter(is_open)
            .map(|each| self.waited(each))
            .filter(|time| *time > slow)
            .collect();
        let Some(longest) = late.iter().max() else { return Ok(()) };
        let (count, longest) = (late.len(), round_duration(*longest));
        let operations = if count == 1 { "operation" } else { "operations" };
        Err(format!("the run ended while {count} {operations} waited, for up to {longest}"))
    }

    /// The time at which the first fault that counts was injected.
    ///
    /// # Errors
    /// The reason why there is none, in the words of a finding.
    pub(super) fn harmed(&self) -> Result<Time, String> {
        self.first_fault().ok_or_else(|| doubts::why_without_effect(self))
    }
}

/// True if the answer to an operation shows the value of another.
fn tells_of(read: &Operation, write: &Operation) -> bool {
    let Some(answer) = read.answer().filter(|_| read.key == write.key) else { return false };
    *answer == write.value || answer.as_list().is_some_and(|all| all.contains(&write.value))
}

/// True if two of these operations were answered otherwise about the same key.
fn answers_differ(operations: &[&Operation]) -> bool {
    let mut first: BTreeMap<&Term, &Term> = BTreeMap::new();
    let mut answers = operations.iter().filter_map(|each| Some((&each.key, each.answer()?)));
    answers.any(|(key, answer)| *first.entry(key).or_insert(answer) != answer)
}

/// True if an operation was in progress at a time, or was begun after it.
pub(super) fn is_exposed(operation: &Operation, first: Time) -> bool {
    ended(operation).is_none_or(|end| end >= first)
}

fn change(record: &TraceRecord) -> Option<WorldChange<'_>> {
    let (fault, kind, text) =
        if let Fact::Fault(FaultFact::Injected { fault, text, .. }) = &record.fact {
            (*fault, ChangeKind::Injected, text)
        } else if let Fact::Fault(FaultFact::Ended { fault, text }) = &record.fact {
            (*fault, ChangeKind::Ended, text)
        } else {
            return None;
        };
    Some(WorldChange { fault, kind, at: record.at, record: record.id, text })
}
