//! Follows records back to their causes, and processes back to their owners.

use std::collections::{BTreeMap, BTreeSet};

use crate::consistency::history::OperationId;
use crate::engine::term::{Atom, Pid};
use crate::engine::time::Time;
use crate::engine::trace::{
    ApplicationFact, Fact, FaultFact, GlobalFact, MessageFact, OperationFact, ProcessFact,
    RecordId, Trace, TraceRecord,
};
use crate::otp::{self, application};

/// A trace with what is needed to follow its causes both ways.
pub(super) struct Causes<'a> {
    pub(super) trace: &'a Trace,
    effects: Vec<Vec<RecordId>>,
    /// For each record the last injection or end of a fault that led to it.
    changes: Vec<RecordId>,
    /// The records that gave each process a global name.
    registrations: BTreeMap<Pid, Vec<RecordId>>,
    births: BTreeMap<Pid, ProcessStart>,
    /// The records with which processes told their starters that they are ready.
    acknowledgements: BTreeMap<Pid, RecordId>,
    /// The beginnings and the ends of the clients' operations.
    invocations: BTreeMap<OperationId, RecordId>,
    completions: BTreeMap<OperationId, RecordId>,
    /// The application that each application master runs, by the label of the master.
    masters: BTreeMap<Atom, Atom>,
}

/// The beginning of a process.
struct ProcessStart {
    record: RecordId,
    label: Atom,
    parent: Option<Pid>,
}

/// The application or program that a process belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The kernel of its node: what starts applications, keeps global names, and so on.
    Kernel,
    /// An application, on this node.
    Application(Atom, Atom),
    /// A separate program, which began with this process: a client, or a service that is not an
    /// application.
    Program(Pid),
}

impl<'a> Causes<'a> {
    pub(super) fn of(trace: &'a Trace) -> Causes<'a> {
        let mut effects = vec![Vec::new(); trace.records().len() + 1];
        let mut changes = vec![RecordId::default(); trace.records().len() + 1];
        let mut registrations: BTreeMap<Pid, Vec<RecordId>> = BTreeMap::new();
        let (mut births, mut acknowledgements) = (BTreeMap::new(), BTreeMap::new());
        let mut applications = BTreeSet::new();
        let (mut invocations, mut completions) = (BTreeMap::new(), BTreeMap::new());
        for record in trace.records() {
            effects[record.cause.0 as usize].push(record.id);
            let own = if is_change(record) { record.id } else { changes[record.cause.0 as usize] };
            changes[record.id.0 as usize] = own;
            if let Fact::Process(ProcessFact::Spawned { pid, label, parent }) = &record.fact {
                let birth = ProcessStart { record: record.id, label: *label, parent: *parent };
                births.insert(*pid, birth);
            } else if let Fact::Application(ApplicationFact::Started { application, .. }) =
                &record.fact
            {
                applications.insert(*application);
            } else if let Fact::Global(GlobalFact::Registered { pid, .. }) = record.fact {
                registrations.entry(pid).or_default().push(record.id);
            } else if let Fact::Operation(OperationFact::Invoked { operation }) = record.fact {
                invocations.insert(OperationId(operation), record.id);
            } else if let Fact::Operation(OperationFact::Completed { operation, .. }) = record.fact
            {
                completions.insert(OperationId(operation), record.id);
            } else if let Fact::Message(MessageFact::Sent { from, message, .. }) = &record.fact
                && otp::init_ack_from(message) == Some(*from)
            {
                acknowledgements.entry(*from).or_insert(record.id);
            }
        }
        let masters = applications.into_iter();
        let masters = masters.map(|name| (application::master_label(name), name)).collect();
        Causes {
            trace,
            effects,
            changes,
            registrations,
            births,
            acknowledgements,
            invocations,
            completions,
            masters,
        }
    }

    /// The chain of causes that ends with a record, the first cause first.
    pub(super) fn chain(&self, id: RecordId) -> Vec<&'a TraceRecord> {
        let step = |record: &&'a TraceRecord| self.trace.get(record.cause);
        let mut chain: Vec<_> = std::iter::successors(self.trace.get(id), step).collect();
        chain.reverse();
        chain
    }

    /// The record of the end of an operation; 0 if it has not ended.
    pub(super) fn completed(&self, id: OperationId) -> RecordId {
        self.completions.get(&id).copied().unwrap_or_default()
    }

    /// The record of the beginning of an operation.
    pub(super) fn invoked(&self, id: OperationId) -> RecordId {
        self.invocations.get(&id).copied().unwrap_or_default()
    }

    /// The chain of causes of an operation's end, or of its beginning if it has not ended.
    pub(super) fn operation(&self, id: OperationId) -> Vec<&'a TraceRecord> {
        let completed = self.completed(id);
        self.chain(if completed == RecordId::default() { self.invoked(id) } else { completed })
    }

    /// True if one record led to another.
    pub(super) fn led_to(&self, first: RecordId, later: RecordId) -> bool {
        let mut at = later;
        while at > first {
            at = self.trace.get(at).map_or(RecordId::default(), |record| record.cause);
        }
        at == first
    }

    /// True if a change, the injection or the end of a fault, led to a record.
    pub(super) fn comes_of(&self, change: RecordId, later: RecordId) -> bool {
        let mut at = self.changes[later.0 as usize];
        while at > change {
            let cause = self.trace.get(at).map_or(RecordId::default(), |record| record.cause);
            at = self.changes[cause.0 as usize];
        }
        at == change
    }

    /// The last change that led to a record.
    pub(super) fn change_behind(&self, id: RecordId) -> Option<RecordId> {
        Some(self.changes[id.0 as usize]).filter(|change| *change != RecordId::default())
    }

    /// The records in which a process got a global name.
    pub(super) fn registrations(&self, pid: Pid) -> &[RecordId] {
        self.registrations.get(&pid).map_or(&[], Vec::as_slice)
    }

    pub(super) fn effects(&self, id: RecordId) -> &[RecordId] {
        &self.effects[id.0 as usize]
    }

    /// All records that a record led to until then, in the order of the trace.
    pub(super) fn descendants(&self, id: RecordId, until: Time) -> Vec<&'a TraceRecord> {
        let (mut open, mut found) = (vec![id], Vec::new());
        while let Some(id) = open.pop() {
            let effects = self.effects(id).iter().filter_map(|id| self.trace.get(*id));
            for effect in effects.filter(|effect| effect.at <= until) {
                open.push(effect.id);
                found.push(effect);
            }
        }
        found.sort_by_key(|record| record.id);
        found
    }

    /// The label of a process.
    pub(super) fn label(&self, pid: Pid) -> &'static str {
        self.births.get(&pid).map_or("process", |birth| birth.label.as_str())
    }

    /// The record of its beginning.
    pub(super) fn spawned(&self, pid: Pid) -> Option<RecordId> {
        self.births.get(&pid).map(|birth| birth.record)
    }

    /// The record in which it told its starter that it is ready.
    pub(super) fn acknowledged(&self, pid: Pid) -> Option<RecordId> {
        self.acknowledgements.get(&pid).copied()
    }

    /// The application that begins with a process of this name.
    pub(super) fn application_of_master(&self, label: Atom) -> Option<Atom> {
        self.masters.get(&label).copied()
    }

    /// The owner of a process: that of the process that spawned it, and so on up to the master of
    /// an application or to the first process of a node.
    pub(super) fn owner(&self, pid: Pid) -> Owner {
        let mut first = pid;
        while let Some(birth) = self.births.get(&first) {
            if let Some(application) = self.application_of_master(birth.label) {
                return Owner::Application(application, first.node());
            }
            match birth.parent {
                Some(parent) => first = parent,
                None if birth.label.as_str() == "init" => return Owner::Kernel,
                None => break,
            }
        }
        Owner::Program(first)
    }
}

/// True if a fault is injected or ends with this record.
pub(super) const fn is_change(record: &TraceRecord) -> bool {
    matches!(record.fact, Fact::Fault(FaultFact::Injected { .. } | FaultFact::Ended { .. }))
}
