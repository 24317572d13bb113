//! Going back from a record to what led to it.

use std::collections::BTreeMap;

use crate::term::{Atom, Pid};
use crate::trace::{Fact, RecordId, Trace, TraceRecord};

/// A trace with what is needed to follow its causes both ways.
pub(super) struct Causes<'a> {
    pub(super) trace: &'a Trace,
    effects: Vec<Vec<RecordId>>,
    labels: BTreeMap<Pid, Atom>,
    spawned: BTreeMap<Pid, RecordId>,
}

impl<'a> Causes<'a> {
    pub(super) fn of(trace: &'a Trace) -> Causes<'a> {
        let mut effects = vec![Vec::new(); trace.records().len() + 1];
        let (mut labels, mut spawned) = (BTreeMap::new(), BTreeMap::new());
        for record in trace.records() {
            effects[record.cause.0 as usize].push(record.id);
            if let Fact::Spawned { pid, label, .. } = &record.fact {
                labels.insert(*pid, *label);
                spawned.insert(*pid, record.id);
            }
        }
        Causes { trace, effects, labels, spawned }
    }

    /// What led to a record, the first cause first, the record itself last.
    pub(super) fn chain(&self, id: RecordId) -> Vec<&'a TraceRecord> {
        let step = |record: &&'a TraceRecord| self.trace.get(record.cause);
        let mut chain: Vec<_> = std::iter::successors(self.trace.get(id), step).collect();
        chain.reverse();
        chain
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
        self.labels.get(&pid).map_or("process", |label| label.as_str())
    }

    /// The record of its beginning.
    pub(super) fn spawned(&self, pid: Pid) -> Option<RecordId> {
        self.spawned.get(&pid).copied()
    }
}
