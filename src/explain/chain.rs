//! Going back from a record to what led to it, and from a process to what it is part of.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::OperationId;
use crate::otp::application;
use crate::term::{Atom, Pid};
use crate::trace::{Fact, RecordId, Trace, TraceRecord};

/// A trace with what is needed to follow its causes both ways.
pub(super) struct Causes<'a> {
    pub(super) trace: &'a Trace,
    effects: Vec<Vec<RecordId>>,
    births: BTreeMap<Pid, Birth>,
    /// When each process told its starter that it is ready.
    acknowledgements: BTreeMap<Pid, RecordId>,
    /// The ends of the clients' operations.
    completions: BTreeMap<OperationId, RecordId>,
    /// What the masters of applications run, by what they are called.
    masters: BTreeMap<Atom, Atom>,
}

/// The beginning of a process.
struct Birth {
    record: RecordId,
    label: Atom,
    parent: Option<Pid>,
}

/// What a process is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The kernel of its node: what starts applications, keeps global names, and so on.
    Kernel,
    /// An application, on this node.
    Application(Atom, Atom),
    /// A program of its own, which began with this process: a client, or a service that is no
    /// application.
    Program(Pid),
}

impl<'a> Causes<'a> {
    pub(super) fn of(trace: &'a Trace) -> Causes<'a> {
        let mut effects = vec![Vec::new(); trace.records().len() + 1];
        let (mut births, mut acknowledgements) = (BTreeMap::new(), BTreeMap::new());
        let (mut applications, mut completions) = (BTreeSet::new(), BTreeMap::new());
        for record in trace.records() {
            effects[record.cause.0 as usize].push(record.id);
            if let Fact::Spawned { pid, label, parent } = &record.fact {
                let birth = Birth { record: record.id, label: *label, parent: *parent };
                births.insert(*pid, birth);
            } else if let Fact::ApplicationStarted { application, .. } = &record.fact {
                applications.insert(*application);
            } else if let Fact::Completed { operation, .. } = record.fact {
                completions.insert(OperationId(operation), record.id);
            } else if let Fact::Sent { from, message, .. } = &record.fact
                && message.tagged("ack").and_then(|ack| ack.first()?.as_pid()) == Some(*from)
            {
                acknowledgements.entry(*from).or_insert(record.id);
            }
        }
        let masters = applications.into_iter();
        let masters = masters.map(|name| (application::master_label(name), name)).collect();
        Causes { trace, effects, births, acknowledgements, completions, masters }
    }

    /// What led to a record, the first cause first, the record itself last.
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

    /// Whether one record led to another.
    pub(super) fn led_to(&self, first: RecordId, later: RecordId) -> bool {
        let mut at = later;
        while at > first {
            at = self.trace.get(at).map_or(RecordId::default(), |record| record.cause);
        }
        at == first
    }

    pub(super) fn effects(&self, id: RecordId) -> &[RecordId] {
        &self.effects[id.0 as usize]
    }

    /// All that a record led to, in the order of the trace.
    pub(super) fn descendants(&self, id: RecordId) -> Vec<&'a TraceRecord> {
        let (mut open, mut found) = (vec![id], Vec::new());
        while let Some(id) = open.pop() {
            open.extend(self.effects(id));
            found.extend(self.effects(id).iter().filter_map(|id| self.trace.get(*id)));
        }
        found.sort_by_key(|record| record.id);
        found
    }

    /// What a process runs.
    pub(super) fn label(&self, pid: Pid) -> &'static str {
        self.births.get(&pid).map_or("process", |birth| birth.label.as_str())
    }

    /// The record of its beginning.
    pub(super) fn spawned(&self, pid: Pid) -> Option<RecordId> {
        self.births.get(&pid).map(|birth| birth.record)
    }

    /// The record in which it told whoever started it that it is ready.
    pub(super) fn acknowledged(&self, pid: Pid) -> Option<RecordId> {
        self.acknowledgements.get(&pid).copied()
    }

    /// The application that begins with a process of this name.
    pub(super) fn application_of_master(&self, label: Atom) -> Option<Atom> {
        self.masters.get(&label).copied()
    }

    /// What a process is part of: that of whoever spawned it, up to the master of an application, or
    /// to the first process of a node.
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
