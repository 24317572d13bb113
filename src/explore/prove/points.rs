//! The points of a run at which a fault can make a difference.

use std::collections::{BTreeMap, BTreeSet};

use super::lineage::{Lineage, fingerprint};
use super::{InjectionPoint, ProofFault};
use crate::engine::rng::fnv1a;
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, GlobalFact, MessageFact, NodeFact,
    ProcessFact, RecordId, Timeline, TraceRecord,
};
use crate::scenario::simulation::Run;

/// A point of a run at which one more fault may strike.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) strike: InjectionPoint,
    /// The class of the point. Points in one class look the same to everybody: in the kind of
    /// fault, in what led to it, and in the state of the cluster.
    pub(super) class: u64,
}

/// The points found in a run.
pub(super) struct Survey {
    /// The points in the order of the run.
    pub(super) points: Vec<Point>,
    /// The number of messages and signals that reached these nodes, and of changes in the state of
    /// applications and connections on them.
    pub(super) events: u64,
    /// The number of points left out because no node would be left to run an application.
    pub(super) hopeless: u64,
}

/// The points to look for.
pub(super) struct SurveyScope<'a> {
    /// The nodes that may be crashed or cut off.
    pub(super) nodes: &'a [Atom],
    /// The window of time.
    pub(super) window: (Time, Time),
    /// The kinds of fault.
    pub(super) faults: Vec<ProofFault>,
    /// The faults that the run has already.
    pub(super) struck: &'a [InjectionPoint],
    /// The nodes of each distributed application.
    pub(super) groups: &'a [Vec<Atom>],
}

/// Finds the points of a run with a full trace.
pub(super) fn survey(run: &Run, scope: &SurveyScope) -> Survey {
    let lineage = Lineage::of(&run.trace);
    let mut search = PointSearch {
        run,
        scope,
        lineage: &lineage,
        cluster: ClusterState::new(run.trace.timeline()),
        drafts: BTreeMap::new(),
        hopeless: BTreeSet::new(),
        events: 0,
    };
    run.trace.records().iter().for_each(|record| search.look(record));
    search.finish()
}

/// A point of which the run has not been read to the end.
struct PendingPoint {
    at: Time,
    moment: String,
    /// The fingerprints of what led to the step, and of the cluster at that moment.
    lineages: BTreeSet<u64>,
    cluster: u64,
}

/// The position of a point relative to the step of a record.
#[derive(Clone, Copy)]
enum StepSide<'a> {
    Before(&'a TraceRecord),
    After(&'a TraceRecord),
}

impl<'a> StepSide<'a> {
    const fn record(self) -> &'a TraceRecord {
        match self {
            StepSide::Before(record) | StepSide::After(record) => record,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            StepSide::Before(_) => "before",
            StepSide::After(_) => "as soon as",
        }
    }

    /// The number that tells it from the other side in a fingerprint.
    const fn number(self) -> u64 {
        match self {
            StepSide::Before(_) => 0,
            StepSide::After(_) => 1,
        }
    }
}

struct PointSearch<'a> {
    run: &'a Run,
    scope: &'a SurveyScope<'a>,
    lineage: &'a Lineage,
    cluster: ClusterState<'a>,
    /// Keyed by the number of steps before the fault, the kind of fault, and the node.
    drafts: BTreeMap<(u64, ProofFault, Atom), PendingPoint>,
    hopeless: BTreeSet<(u64, ProofFault, Atom)>,
    events: u64,
}

impl PointSearch<'_> {
    fn look(&mut self, record: &TraceRecord) {
        self.cluster.take_in(record, self.scope.struck);
        let Some(node) = record.node else { return };
        let changes = changes_state(&record.fact);
        if self.is_wanted(node) && (changes || reaches_somebody(&record.fact)) {
            self.events += 1;
        }
        if changes {
            self.add(StepSide::After(record), ProofFault::Crash, node, record);
        }
        let Some(cause) = self.run.trace.get(record.cause) else { return };
        if let Some(sender) = cause.node.filter(|sender| *sender != node) {
            self.add(StepSide::Before(cause), ProofFault::Crash, sender, record);
            // What is on the way may be lost with the connection.
            self.add(StepSide::After(cause), ProofFault::Crash, sender, record);
            self.add(StepSide::Before(record), ProofFault::Partition, sender, record);
            self.add(StepSide::Before(record), ProofFault::Partition, node, record);
        }
    }

    /// The step in which a record was made.
    fn step(&self, id: RecordId) -> u64 {
        self.run.record_steps.of(id).unwrap_or(u64::MAX)
    }

    fn is_wanted(&self, node: Atom) -> bool {
        self.scope.nodes.contains(&node)
    }

    /// Adds a point right before or right after the step of a record, of which others see the
    /// record `seen`.
    fn add(&mut self, side: StepSide, fault: ProofFault, node: Atom, seen: &TraceRecord) {
        let (from, until) = self.scope.window;
        let wants = self.is_wanted(node) && self.scope.faults.contains(&fault);
        let what = side.record();
        let step = match side {
            StepSide::Before(_) => self.step(what.id) - 1,
            StepSide::After(_) => self.step(what.id),
        };
        let last = self.scope.struck.last().map_or(0, |strike| strike.step);
        let is_away = self.cluster.away.contains(&node);
        if !wants || what.at < from || what.at >= until || step <= last || is_away {
            return;
        }
        let key = (step, fault, node);
        if self.cluster.leaves_nobody(node, self.scope.groups) {
            self.hopeless.insert(key);
            return;
        }
        let lineage = fingerprint(&[side.number(), self.lineage.fingerprint(seen.id)]);
        let cluster = self.cluster.fingerprint(seen.id);
        if !self.drafts.contains_key(&key) {
            let moment = format!("{} {}", side.name(), self.description(what));
            let lineages = BTreeSet::new();
            self.drafts.insert(key, PendingPoint { at: what.at, moment, lineages, cluster });
        }
        if let Some(draft) = self.drafts.get_mut(&key) {
            draft.lineages.insert(lineage);
        }
    }

    fn finish(self) -> Survey {
        let point = |((step, fault, node), draft): ((u64, ProofFault, Atom), PendingPoint)| {
            let mut parts = vec![fnv1a(fault.name().as_bytes()), fnv1a(node.as_str().as_bytes())];
            parts.push(draft.cluster);
            parts.extend(draft.lineages);
            let strike = InjectionPoint { fault, node, step, at: draft.at, moment: draft.moment };
            Point { strike, class: fingerprint(&parts) }
        };
        let points = self.drafts.into_iter().map(point).collect();
        Survey { points, events: self.events, hopeless: self.hopeless.len() as u64 }
    }

    /// A record in a few words.
    fn description(&self, record: &TraceRecord) -> String {
        let node = record.node.map_or("", Atom::as_str);
        match &record.fact {
            Fact::Message(MessageFact::Sent { to, message, .. }) => {
                format!("{node} sends {to} {}", short(&message.to_string()))
            }
            Fact::Message(MessageFact::Delivered { to, message, .. }) => {
                format!("{to} gets {}", short(&message.to_string()))
            }
            Fact::Process(ProcessFact::Signalled { to, signal, .. }) => {
                format!("{to} gets a signal: {signal}")
            }
            Fact::Process(ProcessFact::TimerExpired { label, .. }) => {
                format!("{label} on {node} goes on")
            }
            Fact::Application(ApplicationFact::Started { application, start_type }) => {
                format!("{application} has started on {node} ({start_type})")
            }
            Fact::Application(ApplicationFact::Stopped { application, .. }) => {
                format!("{application} has stopped on {node}")
            }
            Fact::Global(GlobalFact::Registered { name, pid }) => {
                format!("{node} knows that the global name {name} belongs to {pid}")
            }
            Fact::Global(GlobalFact::Unregistered { name }) => {
                format!("{node} knows that the global name {name} belongs to nobody")
            }
            Fact::Connection(ConnectionFact::Up { peer }) => {
                format!("{node} is connected to {peer}")
            }
            Fact::Connection(ConnectionFact::Down { peer, .. }) => {
                format!("{node} has lost {peer}")
            }
            Fact::Process(ProcessFact::Spawned { label, .. }) => {
                format!("{label} begins on {node}")
            }
            Fact::Process(ProcessFact::Exited { label, .. }) => format!("{label} ends on {node}"),
            Fact::Process(ProcessFact::State { label, .. }) => format!("{label} on {node}"),
            Fact::Process(ProcessFact::Panicked { place, .. }) => {
                format!("a panic on {node} at {place}")
            }
            Fact::Message(MessageFact::Dropped { .. } | MessageFact::Lost { .. })
            | Fact::Log(_)
            | Fact::Operation(_)
            | Fact::Node(_)
            | Fact::Host(_)
            | Fact::Connection(
                ConnectionFact::Failed { .. } | ConnectionFact::CookieRejected { .. },
            )
            | Fact::Fault(_) => {
                format!("{node} takes step {}", self.step(record.id))
            }
        }
    }
}

/// The longest part of a message that is shown.
const MESSAGE_CHARACTERS: usize = 60;

fn short(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// True if a record changes the state of applications, names or connections.
const fn changes_state(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Application(_)
            | Fact::Global(_)
            | Fact::Connection(ConnectionFact::Up { .. } | ConnectionFact::Down { .. })
    )
}

const fn reaches_somebody(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Message(MessageFact::Delivered { .. }) | Fact::Process(ProcessFact::Signalled { .. })
    )
}

/// The state of the cluster, as far as it distinguishes points: the applications that run with
/// their nodes, the pairs of nodes that are connected, and the nodes that faults took away.
struct ClusterState<'a> {
    timeline: &'a Timeline,
    /// The nodes that were crashed or cut off and are not back.
    away: BTreeSet<Atom>,
    /// The fingerprint of all this, computed on demand.
    fingerprint: Option<u64>,
}

impl<'a> ClusterState<'a> {
    const fn new(timeline: &'a Timeline) -> ClusterState<'a> {
        ClusterState { timeline, away: BTreeSet::new(), fingerprint: None }
    }

    fn take_in(&mut self, record: &TraceRecord, struck: &[InjectionPoint]) {
        let struck = |fault: &u32| struck.get(*fault as usize).map(|strike| strike.node);
        match &record.fact {
            Fact::Fault(FaultFact::Injected { fault, .. }) => self.away.extend(struck(fault)),
            Fact::Fault(FaultFact::Ended { fault, .. }) => {
                if let Some(node) = struck(fault) {
                    self.away.remove(&node);
                }
            }
            // It may have been started by what always starts it again.
            Fact::Node(NodeFact::Started { .. }) => {
                if let Some(node) = record.node {
                    self.away.remove(&node);
                }
            }
            Fact::Node(_) | Fact::Application(_) | Fact::Connection(_) => {}
            Fact::Fault(FaultFact::WithoutEffect { .. })
            | Fact::Host(_)
            | Fact::Global(_)
            | Fact::Log(_)
            | Fact::Process(_)
            | Fact::Message(_)
            | Fact::Operation(_) => return,
        }
        self.fingerprint = None;
    }

    /// True if, with this node away as well, no node is left to run a distributed application.
    fn leaves_nobody(&self, node: Atom, groups: &[Vec<Atom>]) -> bool {
        let gone = |other: &Atom| *other == node || self.away.contains(other);
        !self.away.is_empty()
            && groups.iter().any(|group| group.contains(&node) && group.iter().all(gone))
    }

    /// The fingerprint of the state after the latest record that was taken in.
    fn fingerprint(&mut self, latest: RecordId) -> u64 {
        let ClusterState { timeline, away, fingerprint } = self;
        *fingerprint.get_or_insert_with(|| {
            let running = timeline.running(latest).map(|each| (each.application, each.node));
            let running: BTreeSet<(Atom, Atom)> = running.collect();
            let connected = timeline.connected(latest).map(|each| (each.node, each.peer));
            let connected: BTreeSet<(Atom, Atom)> = connected.collect();
            fnv1a(format!("{running:?} {connected:?} {away:?}").as_bytes())
        })
    }
}
