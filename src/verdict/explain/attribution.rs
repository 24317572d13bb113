//! The attribution of operations that failed or were late to changes: injections of faults, and
//! their ends.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::consistency::history::{Operation, OperationId};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::engine::trace::{
    ConnectionFact, Fact, FaultFact, MessageFact, NodeFact, ProcessFact, RecordId, TraceRecord,
};
use crate::scenario::fault::Fault;
use crate::scenario::simulation::Run;
use crate::verdict::Verdict;

use super::FaultTransition;
use super::chain::{Causes, is_change};
use super::instance::InstanceFinder;

/// The injection of a fault, or its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct FaultEvent<'a> {
    /// Its place in the plan.
    pub(super) fault: u32,
    pub(super) change: FaultTransition,
    pub(super) text: &'a str,
    pub(super) at: Time,
    pub(super) record: RecordId,
}

/// The changes of a run, in order.
pub(super) fn fault_events(run: &Run) -> Vec<FaultEvent<'_>> {
    let records = run.trace.records().iter();
    let found = records.filter_map(|record| {
        let Fact::Fault(fact) = &record.fact else { return None };
        let (fault, change, text) = match fact {
            FaultFact::Injected { fault, text, .. } => (*fault, FaultTransition::Injected, text),
            FaultFact::Ended { fault, text } => (*fault, FaultTransition::Ended, text),
            FaultFact::WithoutEffect { .. } => return None,
        };
        Some(FaultEvent { fault, change, text, at: record.at, record: record.id })
    });
    found.collect()
}

/// The trouble that an operation had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    Late,
    Failed,
}

/// An operation with which something was wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct TroubledOperation<'a> {
    pub(super) id: OperationId,
    pub(super) operation: &'a Operation,
    pub(super) trouble: Trouble,
    /// The beginning of the trouble: the end of a failed operation, or the time at which a late one
    /// was due.
    pub(super) since: Time,
    /// The record of the change that it is attributed to; `None` if no change is the reason.
    pub(super) attributed_to: Option<RecordId>,
}

impl TroubledOperation<'_> {
    /// The time at which the client knew, or gave up; the end of the run if neither.
    pub(super) fn end(&self, run: &Run) -> Time {
        let given_up = self.operation.invoked + self.operation.timeout;
        let completed = self.operation.completion.as_ref().map(|completion| completion.at);
        completed.unwrap_or_else(|| given_up.min(run.ended_at))
    }
}

/// Attributes operations to changes.
pub(super) struct Attribution<'a, 'b> {
    run: &'a Run,
    verdict: &'b Verdict,
    causes: &'b Causes<'a>,
    instances: InstanceFinder<'a, 'b>,
    pub(super) changes: Vec<FaultEvent<'a>>,
    /// The times at which operations of each kind were answered, in order.
    answers: BTreeMap<(Atom, Atom), Vec<Time>>,
    /// The operations in trouble, in the order of `since`.
    pub(super) troubled: Vec<TroubledOperation<'a>>,
    /// The change that each of them is attributed to, if one is.
    known: BTreeMap<OperationId, Option<RecordId>>,
}

impl<'a, 'b> Attribution<'a, 'b> {
    pub(super) fn of(run: &'a Run, verdict: &'b Verdict, causes: &'b Causes<'a>) -> Self {
        let changes = fault_events(run);
        let roots = changes.iter().rev().map(|change| change.record).collect();
        let mut answers: BTreeMap<_, Vec<Time>> = BTreeMap::new();
        for operation in run.history.operations().iter().filter(|each| each.is_ok()) {
            let end = operation.completion.as_ref().map(|completion| completion.at);
            answers.entry((operation.workload, operation.name)).or_default().extend(end);
        }
        for times in answers.values_mut() {
            times.sort_unstable();
        }
        let instances = InstanceFinder::new(run, causes, roots);
        let (troubled, known) = (Vec::new(), BTreeMap::new());
        let mut attribution =
            Attribution { run, verdict, causes, instances, changes, answers, troubled, known };
        attribution.attribute_all();
        attribution
    }

    pub(super) const fn instances(&self) -> &InstanceFinder<'a, 'b> {
        &self.instances
    }

    pub(super) const fn causes(&self) -> &'b Causes<'a> {
        self.causes
    }

    /// The operations that are attributed to this change.
    pub(super) fn attributed_to(
        &self,
        change: RecordId,
    ) -> impl Iterator<Item = &TroubledOperation<'a>> {
        self.troubled.iter().filter(move |each| each.attributed_to == Some(change))
    }

    /// True if an operation failed or was late.
    pub(super) fn is_troubled(&self, id: OperationId) -> bool {
        self.known.contains_key(&id)
    }

    /// The change that an operation in trouble is attributed to.
    pub(super) fn reason_of(&self, id: OperationId) -> Option<RecordId> {
        self.known.get(&id).copied().flatten()
    }

    fn attribute_all(&mut self) {
        let usual = usual_trouble(self.run, self.verdict);
        let operations = self.run.history.iter();
        let mut found: Vec<TroubledOperation> = operations
            .filter_map(|(id, operation)| troubled(self.run, self.verdict, id, operation))
            .collect();
        found.sort_by_key(|each| (each.since, each.id));
        for mut each in found {
            let as_usual = usual.get(&each.id).is_some_and(|usual| *usual >= each.trouble);
            each.attributed_to = if as_usual { None } else { self.reason(&each) };
            self.known.insert(each.id, each.attributed_to);
            self.troubled.push(each);
        }
    }

    /// The change that an operation is attributed to: the one whose effects the trace shows among
    /// its causes, or else the last one that came before the trouble.
    fn reason(&self, troubled: &TroubledOperation) -> Option<RecordId> {
        let shown = self.noticed(troubled).or_else(|| self.waited_for(troubled));
        // What puts something right again is not the reason for what was wrong before.
        let shown = shown.filter(|change| {
            change.change == FaultTransition::Injected
                || self.out_since(troubled, change.at).is_none()
        });
        let shown = shown.or_else(|| self.lost_on_the_way(troubled));
        shown.or_else(|| self.by_time(troubled)).map(|change| change.record)
    }

    fn before(&self, time: Time) -> &[FaultEvent<'a>] {
        let count = self.changes.partition_point(|change| change.at <= time);
        &self.changes[..count]
    }

    /// The change that led to the end of the operation, if that was a loss noticed while it was in
    /// progress.
    fn noticed(&self, troubled: &TroubledOperation) -> Option<FaultEvent<'a>> {
        let chain = self.causes.chain(self.causes.completed(troubled.id));
        let invoked = troubled.operation.invoked;
        let noticed = chain.iter().any(|record| record.at >= invoked && is_loss(record));
        let root = chain.iter().rev().find(|record| is_change(record)).filter(|_| noticed)?;
        self.change(root.id, troubled.since)
    }

    /// The change that led to a new instance that the operation had to wait for, if users were
    /// served until then.
    fn waited_for(&self, troubled: &TroubledOperation) -> Option<FaultEvent<'a>> {
        let chain = self.causes.chain(self.causes.completed(troubled.id));
        let instance = self.instances.on(&chain)?;
        let ready = self.causes.trace.get(instance.ready)?;
        let change = self.change(instance.root, troubled.since)?;
        let counts =
            ready.at >= troubled.operation.invoked && self.out_since(troubled, change.at).is_none();
        counts.then_some(change)
    }

    /// The change with this record, if it came until then.
    fn change(&self, record: RecordId, until: Time) -> Option<FaultEvent<'a>> {
        self.before(until).iter().find(|change| change.record == record).copied()
    }

    /// The change that separated two nodes between which a message was lost that the operation
    /// needed.
    fn lost_on_the_way(&self, troubled: &TroubledOperation) -> Option<FaultEvent<'a>> {
        let invoked = self.causes.invoked(troubled.id);
        let sent = self.causes.descendants(invoked, troubled.since).into_iter();
        let mut lost = sent.filter_map(|record| {
            let Fact::Message(MessageFact::Sent { from, to, .. }) = &record.fact else {
                return None;
            };
            let arrived = self.causes.effects(record.id).iter().any(|id| {
                let effect = self.causes.trace.get(*id).map(|record| &record.fact);
                matches!(
                    effect,
                    Some(Fact::Message(
                        MessageFact::Delivered { .. } | MessageFact::Dropped { .. }
                    ))
                )
            });
            (!arrived).then_some((record.at, from.node(), node_of(to)?))
        });
        lost.find_map(|(at, from, to)| {
            let parts = |change: &&FaultEvent| {
                change.change == FaultTransition::Injected
                    && self.lasts(change, at)
                    && self.parts(change, from, to)
            };
            self.before(troubled.since).iter().rev().find(parts).copied()
        })
    }

    /// True if a fault has not been undone by this time.
    fn lasts(&self, injected: &FaultEvent, at: Time) -> bool {
        let ended = self.changes.iter().find(|change| {
            change.fault == injected.fault
                && change.change == FaultTransition::Ended
                && change.record > injected.record
        });
        ended.is_none_or(|end| end.at > at)
    }

    fn fault(&self, change: &FaultEvent) -> &'a Fault {
        &self.run.plan.faults[change.fault as usize].fault
    }

    fn parts(&self, change: &FaultEvent, from: Atom, to: Atom) -> bool {
        match self.fault(change) {
            Fault::Partition(partition) => {
                let group = |node| partition.groups.iter().position(|group| group.contains(&node));
                match (group(from), group(to)) {
                    (Some(from), Some(to)) if partition.one_way => from < to,
                    (Some(from), Some(to)) => from != to,
                    _ => false,
                }
            }
            Fault::Disconnect(one, other) => [(from, to), (to, from)].contains(&(*one, *other)),
            Fault::SetPath { from: out, to: into, .. } => {
                let scenario = &self.run.plan.scenario;
                let on = |host, node| scenario.nodes_on(host).any(|each| each == node);
                on(*out, from) && on(*into, to)
            }
            fault => self.struck(fault).iter().any(|node| [from, to].contains(node)),
        }
    }

    fn struck(&self, fault: &Fault) -> Vec<Atom> {
        fault.struck_nodes(|host| self.run.plan.scenario.nodes_on(host))
    }

    /// The last change before the trouble began. One at a time when users were not served anyway is
    /// not the reason, nor is one that cannot matter.
    fn by_time(&self, troubled: &TroubledOperation) -> Option<FaultEvent<'a>> {
        let candidates = || {
            let before = self.before(troubled.since).iter().rev();
            before.filter(|change| {
                self.could_matter(change) && self.out_since(troubled, change.at).is_none()
            })
        };
        // A clock that is wrong is rarely the reason where something else was just taken away.
        let kind = (troubled.operation.workload, troubled.operation.name);
        let unserved_since = |change: &&FaultEvent| {
            !is_clock(self.fault(change))
                && self
                    .answer_after(kind, change.at)
                    .is_none_or(|at| at > troubled.operation.invoked)
        };
        candidates().find(unserved_since).or_else(|| candidates().next()).copied()
    }

    /// True if a change affects a node on which an application runs, or a user.
    fn could_matter(&self, change: &FaultEvent) -> bool {
        let scenario = &self.run.plan.scenario;
        let users = scenario.workloads.iter().flat_map(|each| each.on.iter().copied());
        let mut used = scenario.application_places().map(|(_, node)| node).chain(users);
        let struck = self.struck(self.fault(change));
        struck.is_empty() || used.any(|node| struck.contains(&node))
    }

    /// The time since which operations of this kind had not been answered, if they had not.
    fn out_since(&self, troubled: &TroubledOperation, at: Time) -> Option<Time> {
        self.outage((troubled.operation.workload, troubled.operation.name), at)
            .map(|each| each.since)
    }

    /// The last operation of a kind that had trouble before a time, if none of that kind was
    /// answered between the two.
    pub(super) fn outage(&self, kind: (Atom, Atom), at: Time) -> Option<&TroubledOperation<'a>> {
        let count = self.troubled.partition_point(|each| each.since < at);
        let own =
            |each: &&TroubledOperation| (each.operation.workload, each.operation.name) == kind;
        let last = self.troubled[..count].iter().rev().find(own)?;
        let answered = self.answer_after(kind, last.since).is_some_and(|answer| answer <= at);
        (!answered).then_some(last)
    }

    /// The first answer of a kind from a time on.
    fn answer_after(&self, kind: (Atom, Atom), time: Time) -> Option<Time> {
        let times = self.answers.get(&kind)?;
        times.get(times.partition_point(|answer| *answer < time)).copied()
    }
}

/// The operation with its trouble, if it had any; it is not attributed yet.
fn troubled<'a>(
    run: &Run,
    verdict: &Verdict,
    id: OperationId,
    operation: &'a Operation,
) -> Option<TroubledOperation<'a>> {
    let slow = verdict.figures.of(operation.workload).slow;
    let waited = operation.latency().unwrap_or_else(|| run.ended_at.since(operation.invoked));
    let impatient = slow.map(|slow| operation.invoked + slow);
    let trouble = trouble(operation, waited, slow)?;
    let end = operation.completion.as_ref().map(|completion| completion.at);
    let end = end.unwrap_or(operation.invoked + operation.timeout);
    let since = impatient.map_or(end, |impatient| impatient.min(end));
    Some(TroubledOperation { id, operation, trouble, since, attributed_to: None })
}

fn trouble(operation: &Operation, waited: Duration, slow: Option<Duration>) -> Option<Trouble> {
    let is_slow = slow.is_some_and(|slow| waited > slow);
    if operation.is_ok() {
        is_slow.then_some(Trouble::Late)
    } else {
        let failed = operation.completion.is_some() || waited > operation.timeout || is_slow;
        failed.then_some(Trouble::Failed)
    }
}

/// The trouble of the same operations in the fault-free twin, as far as it was run: an operation
/// that fails without faults fails for another reason.
fn usual_trouble(run: &Run, verdict: &Verdict) -> BTreeMap<OperationId, Trouble> {
    let Some(twin) = run.comparisons.twin.as_deref() else { return BTreeMap::new() };
    let mut known = BTreeMap::new();
    for (place, (_, operation)) in numbered(twin) {
        let slow = verdict.figures.of(operation.workload).slow;
        let waited = operation.latency().unwrap_or_else(|| twin.ended_at.since(operation.invoked));
        let kind = (operation.name, operation.value.clone());
        known.insert(place, (kind, trouble(operation, waited, slow)));
    }
    let own = numbered(run).into_iter().filter_map(|(place, (id, operation))| {
        let (kind, trouble) = known.get(&place)?;
        let is_same = *kind == (operation.name, operation.value.clone());
        Some((id, trouble.filter(|_| is_same)?))
    });
    own.collect()
}

/// The operations by workload, client, and their place among those of the client.
type OperationsByNumber<'a> = BTreeMap<(Atom, u32, u32), (OperationId, &'a Operation)>;

fn numbered(run: &Run) -> OperationsByNumber<'_> {
    let mut counts: BTreeMap<(Atom, u32), u32> = BTreeMap::new();
    let places = run.history.iter().map(|(id, operation)| {
        let (workload, client) = (operation.workload, operation.client);
        let count = counts.entry((workload, client)).or_default();
        *count += 1;
        ((workload, client, *count), (id, operation))
    });
    places.collect()
}

/// True if a record shows that somebody noticed a loss.
const fn is_loss(record: &TraceRecord) -> bool {
    matches!(
        record.fact,
        Fact::Connection(ConnectionFact::Down { .. } | ConnectionFact::Failed { .. })
            | Fact::Process(ProcessFact::Exited { .. })
            | Fact::Node(NodeFact::Stopped { .. })
    )
}

const fn is_clock(fault: &Fault) -> bool {
    matches!(fault, Fault::StepClock { .. } | Fault::SetClockDrift { .. })
}

/// The node of a message's receiver, if its address contains it.
fn node_of(to: &Term) -> Option<Atom> {
    let name = || match to.as_tuple() {
        Some([_, node]) => node.as_atom(),
        Some(_) | None => None,
    };
    let reference = || to.as_reference().map(crate::engine::term::Ref::node);
    to.as_pid().map(crate::engine::term::Pid::node).or_else(reference).or_else(name)
}
