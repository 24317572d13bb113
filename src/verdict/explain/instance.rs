//! The instances of services that answer after a fault, and the times from which they can.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::engine::term::{Atom, Pid};
use crate::engine::trace::{ApplicationFact, Fact, MessageFact, RecordId, TraceRecord};
use crate::scenario::simulation::Run;

use super::chain::{Causes, Owner};

/// The instance of a service that a change brought up, or made the one in charge.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServiceInstance {
    /// The change that led to it.
    pub(super) root: RecordId,
    /// The record from which on it can answer.
    pub(super) ready: RecordId,
    owner: Owner,
    node: Atom,
}

impl ServiceInstance {
    /// True if a process belongs to it.
    pub(super) fn has(&self, causes: &Causes, pid: Pid) -> bool {
        pid.node() == self.node && causes.owner(pid) == self.owner
    }
}

/// Finds the instances that some changes have led to.
pub(super) struct InstanceFinder<'a, 'b> {
    causes: &'b Causes<'a>,
    /// The changes.
    roots: Vec<RecordId>,
    /// The programs of the scenario's clients.
    clients: BTreeSet<Atom>,
    /// The results so far.
    known: RefCell<BTreeMap<Pid, Option<ServiceInstance>>>,
}

impl<'a, 'b> InstanceFinder<'a, 'b> {
    pub(super) fn new(run: &Run, causes: &'b Causes<'a>, roots: Vec<RecordId>) -> Self {
        let workloads = run.plan.scenario.workloads.iter();
        let clients = workloads.map(|each| each.client).collect();
        InstanceFinder { causes, roots, clients, known: RefCell::default() }
    }

    /// The last instance on the way to an answer that one of the changes led to.
    pub(super) fn on(&self, answer: &[&TraceRecord]) -> Option<ServiceInstance> {
        let receivers = answer.iter().rev().filter_map(|record| match record.fact {
            Fact::Message(MessageFact::Delivered { to, .. }) => Some(to),
            _ => None,
        });
        let mut looked_at = BTreeSet::new();
        let mut receivers = receivers.filter(|pid| looked_at.insert(*pid));
        let last = answer.last()?.id;
        receivers.find_map(|pid| self.until(last, pid, self.instance(pid)?))
    }

    /// An instance as it was when it gave an answer, which may be before all of its application
    /// ran.
    fn until(
        &self,
        answered: RecordId,
        pid: Pid,
        instance: ServiceInstance,
    ) -> Option<ServiceInstance> {
        if instance.ready <= answered {
            return Some(instance);
        }
        let born = self.causes.spawned(pid)?;
        let counts = born <= answered && self.causes.comes_of(instance.root, born);
        counts.then_some(ServiceInstance { ready: born, ..instance })
    }

    /// The instance of which a process is a part, if one of the changes led to it.
    pub(super) fn instance(&self, pid: Pid) -> Option<ServiceInstance> {
        let known = self.known.borrow().get(&pid).copied();
        known.unwrap_or_else(|| {
            let found = self.find(pid);
            self.known.borrow_mut().insert(pid, found);
            found
        })
    }

    fn find(&self, pid: Pid) -> Option<ServiceInstance> {
        let owner = self.causes.owner(pid);
        if owner == Owner::Kernel || self.is_client(pid) {
            return None;
        }
        let (root, ready) = self.born(pid).or_else(|| self.put_in_charge(pid))?;
        Some(ServiceInstance { root, ready, owner, node: pid.node() })
    }

    /// The start of a process because of a change: the change, and the record from which on the
    /// process can answer. That is when its application runs, or else when it reports that it is
    /// ready.
    fn born(&self, pid: Pid) -> Option<(RecordId, RecordId)> {
        let born = self.causes.spawned(pid)?;
        let root = self.root_of(born)?;
        if self.causes.chain(born).iter().any(|record| self.is_asked_for(record)) {
            return None;
        }
        let records = self.causes.trace.records()[born.0 as usize..].iter();
        let mut starts = records.filter(|record| {
            record.node == Some(pid.node())
                && matches!(record.fact, Fact::Application(ApplicationFact::Started { .. }))
        });
        let start = starts.find(|start| self.causes.led_to(born, start.id));
        let ready = start.map(|start| start.id).or_else(|| self.causes.acknowledged(pid));
        Some((root, ready.unwrap_or(born)))
    }

    /// The change because of which an existing process got a global name.
    fn put_in_charge(&self, pid: Pid) -> Option<(RecordId, RecordId)> {
        let mut named = self.causes.registrations(pid).iter();
        named.find_map(|record| Some((self.root_of(*record)?, *record)))
    }

    fn root_of(&self, record: RecordId) -> Option<RecordId> {
        self.roots.iter().copied().find(|root| self.causes.comes_of(*root, record))
    }

    /// True if a client acted here: whatever follows was requested by it.
    pub(super) fn is_asked_for(&self, record: &TraceRecord) -> bool {
        matches!(record.fact, Fact::Message(MessageFact::Sent { from, .. }) if self.is_client(from))
    }

    fn is_client(&self, pid: Pid) -> bool {
        self.causes.owner(pid) == Owner::Program(pid)
            && self.clients.contains(&Atom::new(self.causes.label(pid)))
    }
}
