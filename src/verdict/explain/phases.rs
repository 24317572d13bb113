//! The phases of the time between a change and an answer.

use std::time::Duration;

use crate::engine::term::Pid;
use crate::engine::trace::{
    ConnectionFact, Fact, FaultFact, MessageFact, NodeFact, ProcessFact, RecordId, TraceRecord,
};

use super::chain::{Causes, Owner};
use super::instance::ServiceInstance;

/// A phase of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Until an orderly stop had finished.
    OrderlyStop,
    /// Until the effect of the fault was undone: where nothing else replaces what was lost.
    Repair,
    /// Until others noticed the loss: a node its connection, a process its link or its monitor.
    Detection,
    /// Until the nodes had agreed on a successor: the time that a lost node is waited for, and the
    /// messages between the nodes.
    Agreement,
    /// Until the new instance could answer, except for the phases listed separately.
    Start,
    /// While the new instance waited for data from other programs.
    StateTransfer,
    /// Until the client, which retries from time to time, had its answer.
    ClientRetry,
}

/// The duration of a phase, on the path that ended last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseDuration {
    /// The phase.
    pub phase: Phase,
    /// The duration, which can be zero.
    pub took: Duration,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Phase; 7] = [
        Phase::OrderlyStop,
        Phase::Repair,
        Phase::Detection,
        Phase::Agreement,
        Phase::Start,
        Phase::StateTransfer,
        Phase::ClientRetry,
    ];

    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Phase::OrderlyStop => "orderly stop",
            Phase::Repair => "repair",
            Phase::Detection => "detection",
            Phase::Agreement => "agreement",
            Phase::Start => "start",
            Phase::StateTransfer => "state transfer",
            Phase::ClientRetry => "client retry",
        }
    }

    /// True if it is listed even for faults in which it takes no time.
    const fn is_usual(self) -> bool {
        !matches!(self, Phase::OrderlyStop | Phase::Repair)
    }
}

/// The way from a change to an answer.
pub(super) struct RecoveryPath<'a, 'b, 'c> {
    pub(super) causes: &'b Causes<'a>,
    /// The record of the change.
    pub(super) change: RecordId,
    /// The change that led to the one that gave the answer: this one, or the end of the fault.
    pub(super) root: Option<RecordId>,
    /// The instance that the change led to and that gave the answer; `None` if it existed before.
    pub(super) instance: Option<ServiceInstance>,
    /// The chain that led to that instance, or to the news that the existing one received.
    pub(super) restart: &'c [&'a TraceRecord],
    /// The chain that led to the answer.
    pub(super) answer: &'c [&'a TraceRecord],
}

/// Divides the time of a path into phases. Whatever the client tried in the meantime, it could be
/// answered only when an instance was there to answer: if the change led to an instance, the path
/// goes through its start. Otherwise it is the chain from the change to the answer, if there is
/// one.
pub(super) fn parts(way: &RecoveryPath) -> Vec<PhaseDuration> {
    let Some(change) = way.causes.trace.get(way.change) else { return Vec::new() };
    let Some(answered) = way.answer.last() else { return Vec::new() };
    let mut took = [Duration::ZERO; Phase::ALL.len()];
    if let Some(root) = way.root {
        let since = since(way.restart, root);
        let is_repair = root != way.change;
        if let Some(root) = since.first().filter(|_| is_repair) {
            took[Phase::Repair as usize] += root.at.since(change.at);
        }
        walk(way, since, first_phase(since), &mut took);
        let ready = since.last().map_or(change.at, |ready| ready.at);
        took[Phase::ClientRetry as usize] += answered.at.since(ready);
    } else {
        let since = since(way.answer, way.change);
        if since.is_empty() {
            return Vec::new();
        }
        walk(way, since, first_phase(since), &mut took);
    }
    let parts = Phase::ALL.into_iter().zip(took).map(|(phase, took)| PhaseDuration { phase, took });
    parts.filter(|part| part.phase.is_usual() || !part.took.is_zero()).collect()
}

/// The part of a chain from a record on; empty if the record is not in it.
fn since<'a, 'c>(chain: &'c [&'a TraceRecord], id: RecordId) -> &'c [&'a TraceRecord] {
    let place = chain.iter().position(|record| record.id == id);
    place.map_or(&[], |place| &chain[place..])
}

/// The phase in which a chain begins.
fn first_phase(chain: &[&TraceRecord]) -> Phase {
    let ends = |record: &&TraceRecord| matches!(record.fact, Fact::Fault(FaultFact::Ended { .. }));
    let stops = |record: &&TraceRecord| matches!(record.fact, Fact::Node(NodeFact::Stopped { .. }));
    match chain.first() {
        // Nobody has to notice what is there again.
        Some(first) if ends(first) => Phase::Agreement,
        Some(_) if chain.iter().any(stops) => Phase::OrderlyStop,
        Some(_) | None => Phase::Detection,
    }
}

/// Adds the times between the records of a chain to their phases.
fn walk(
    way: &RecoveryPath,
    chain: &[&TraceRecord],
    first: Phase,
    took: &mut [Duration; Phase::ALL.len()],
) {
    let mut phase = first;
    // The phase that continues after the transfer.
    let mut before_transfer = first;
    for (index, pair) in chain.windows(2).enumerate() {
        took[phase as usize] += pair[1].at.since(pair[0].at);
        let later = chain.get(index + 2).copied();
        let next = match &way.instance {
            Some(instance) => {
                let start = StartPath { causes: way.causes, instance };
                start.next(phase, before_transfer, pair, later)
            }
            None if way.root.is_some() => next_until_learnt(phase, pair),
            None => next_without_instance(phase, pair),
        };
        if next == Phase::StateTransfer && phase != Phase::StateTransfer {
            before_transfer = phase;
        }
        phase = next;
    }
}

/// The way to an instance that the change led to.
struct StartPath<'a, 'b> {
    causes: &'b Causes<'a>,
    instance: &'b ServiceInstance,
}

impl StartPath<'_, '_> {
    /// The phase after the second record of a pair.
    fn next(
        &self,
        phase: Phase,
        before_transfer: Phase,
        pair: &[&TraceRecord],
        later: Option<&TraceRecord>,
    ) -> Phase {
        match &pair[1].fact {
            Fact::Node(NodeFact::Stopped { .. } | NodeFact::Crashed) if phase < Phase::Start => {
                Phase::Detection
            }
            // A node that boots does so for what is to run on it.
            Fact::Process(ProcessFact::Spawned { pid, parent, .. })
                if phase < Phase::Start
                    && (self.is_part(*pid)
                        || parent.is_none() && self.causes.owner(*pid) == Owner::Kernel) =>
            {
                Phase::Start
            }
            Fact::Message(MessageFact::Sent { from, .. }) if self.is_part(*from) => {
                match later.map(|it| &it.fact) {
                    Some(Fact::Message(MessageFact::Delivered { to, .. }))
                        if self.is_another_program(*to) =>
                    {
                        Phase::StateTransfer
                    }
                    Some(_) | None => phase,
                }
            }
            Fact::Message(MessageFact::Delivered { to, .. })
                if phase == Phase::StateTransfer && self.is_part(*to) =>
            {
                before_transfer
            }
            _ if phase == Phase::Detection && is_noticed(pair) => Phase::Agreement,
            _ => phase,
        }
    }

    fn is_part(&self, pid: Pid) -> bool {
        self.instance.has(self.causes, pid)
    }

    fn is_another_program(&self, pid: Pid) -> bool {
        !self.is_part(pid) && self.causes.owner(pid) != Owner::Kernel
    }
}

/// The phase after the second record of a pair, where the client was only waiting for the failure
/// to be noticed.
fn next_without_instance(phase: Phase, pair: &[&TraceRecord]) -> Phase {
    match phase {
        Phase::OrderlyStop if matches!(pair[1].fact, Fact::Node(NodeFact::Stopped { .. })) => {
            Phase::Detection
        }
        Phase::Detection | Phase::Agreement if is_noticed(pair) => Phase::ClientRetry,
        _ => phase,
    }
}

/// The phase after the second record of a pair, on the way to an instance that existed before: it
/// agrees with the remaining nodes on how to continue when the loss is noticed.
fn next_until_learnt(phase: Phase, pair: &[&TraceRecord]) -> Phase {
    match phase {
        Phase::OrderlyStop if matches!(pair[1].fact, Fact::Node(NodeFact::Stopped { .. })) => {
            Phase::Detection
        }
        Phase::Detection if is_noticed(pair) => Phase::Agreement,
        _ => phase,
    }
}

/// True if a loss is noticed with the second record of a pair: by a node, or by a process that was
/// linked to, or monitored, one that has ended.
fn is_noticed(pair: &[&TraceRecord]) -> bool {
    let has_ended = matches!(pair[0].fact, Fact::Process(ProcessFact::Exited { .. }));
    match pair[1].fact {
        Fact::Connection(ConnectionFact::Down { .. }) => true,
        Fact::Process(ProcessFact::Signalled { signal, .. }) => {
            has_ended && matches!(signal, "exit" | "down")
        }
        _ => false,
    }
}
