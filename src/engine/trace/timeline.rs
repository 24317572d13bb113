//! The state of the cluster at every instant of a run, folded from its trace.

use std::collections::BTreeMap;

use super::fact::{ApplicationFact, ConnectionFact, Fact, GlobalFact, NodeFact};
use super::record::{RecordId, TraceRecord};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;

/// The times at which nodes were up, paused and connected, applications ran, and processes had
/// global names. Everything is in the order in which it began.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    up: Vec<NodeInterval>,
    paused: Vec<NodeInterval>,
    connections: Vec<ConnectionInterval>,
    instances: Vec<ApplicationInstance>,
    names: Vec<NameHolder>,
}

/// A record with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The record.
    pub record: RecordId,
    /// Its time.
    pub at: Time,
}

/// A part of a run, from one record to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The beginning.
    pub from: Moment,
    /// The end; `None` if it lasted to the end of the trace.
    pub to: Option<Moment>,
}

/// A time for which a node was up, or paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInterval {
    /// The node.
    pub node: Atom,
    /// The time.
    pub during: Interval,
}

/// A connection, as one of its two nodes knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionInterval {
    /// The node that knows it.
    pub node: Atom,
    /// The other node.
    pub peer: Atom,
    /// The time from the node's `nodeup` to its `nodedown`, or to its own end.
    pub during: Interval,
    /// True if the node has lost the peer, rather than ended itself.
    pub is_lost: bool,
}

/// An application on a node, from its start to its end.
///
/// It ends when it stops, and when its node stops, crashes or loses power. It does not end when its
/// node is paused or cut off: what runs there keeps running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationInstance {
    /// The application.
    pub application: Atom,
    /// The node.
    pub node: Atom,
    /// `normal`, `{failover,Node}` or `{takeover,Node}`.
    pub start_type: Term,
    /// The time for which it ran.
    pub during: Interval,
}

/// A process with a global name, as a node knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameHolder {
    /// The name.
    pub name: Term,
    /// The node that knows it.
    pub node: Atom,
    /// The process.
    pub pid: Pid,
    /// The time for which the node knows it.
    pub during: Interval,
}

impl Timeline {
    /// The timeline of the records of a trace.
    #[must_use]
    pub(super) fn of(records: &[TraceRecord]) -> Timeline {
        let mut fold = Fold::default();
        for record in records {
            fold.follow(record);
        }
        fold.timeline
    }

    /// The times for which nodes were up.
    #[must_use]
    pub fn up(&self) -> &[NodeInterval] {
        &self.up
    }

    /// The times for which nodes were paused.
    #[must_use]
    pub fn paused(&self) -> &[NodeInterval] {
        &self.paused
    }

    /// The connections.
    #[must_use]
    pub fn connections(&self) -> &[ConnectionInterval] {
        &self.connections
    }

    /// The instances of applications.
    #[must_use]
    pub fn instances(&self) -> &[ApplicationInstance] {
        &self.instances
    }

    /// The holders of global names.
    #[must_use]
    pub fn names(&self) -> &[NameHolder] {
        &self.names
    }

    /// True if a node is up after a record.
    #[must_use]
    pub fn is_up(&self, node: Atom, after: RecordId) -> bool {
        self.up.iter().any(|each| each.node == node && each.during.holds_after(after))
    }

    /// The connections that are up after a record.
    pub fn connected(&self, after: RecordId) -> impl Iterator<Item = &ConnectionInterval> {
        self.connections.iter().filter(move |each| each.during.holds_after(after))
    }

    /// The instances of applications that run after a record.
    pub fn running(&self, after: RecordId) -> impl Iterator<Item = &ApplicationInstance> {
        self.instances.iter().filter(move |each| each.during.holds_after(after))
    }
}

impl Interval {
    const fn since(from: Moment) -> Interval {
        Interval { from, to: None }
    }

    /// True if this record is in it: the one that began it is, the one that ended it is not.
    #[must_use]
    pub fn holds_after(&self, record: RecordId) -> bool {
        self.from.record <= record && self.to.is_none_or(|end| end.record > record)
    }

    /// True if the end of this instant is in it.
    #[must_use]
    pub fn holds_at(&self, at: Time) -> bool {
        self.from.at <= at && self.to.is_none_or(|end| end.at > at)
    }
}

/// The timeline so far.
#[derive(Default)]
struct Fold {
    timeline: Timeline,
    open: BTreeMap<Atom, OpenIntervals>,
}

/// The intervals of a node that have not ended, by their places in the timeline.
#[derive(Default)]
struct OpenIntervals {
    up: Option<usize>,
    paused: Option<usize>,
    connections: BTreeMap<Atom, usize>,
    instances: BTreeMap<Atom, usize>,
    names: BTreeMap<Term, usize>,
}

impl Fold {
    fn follow(&mut self, record: &TraceRecord) {
        let Some(node) = record.node else { return };
        let now = Moment { record: record.id, at: record.at };
        match &record.fact {
            Fact::Node(fact) => self.follow_node(now, node, fact),
            Fact::Connection(fact) => self.follow_connection(now, node, fact),
            Fact::Application(fact) => self.follow_application(now, node, fact),
            Fact::Global(fact) => self.follow_name(now, node, fact),
            // The loss of a host is recorded for each of its nodes as well.
            Fact::Host(_)
            | Fact::Fault(_)
            | Fact::Log(_)
            | Fact::Process(_)
            | Fact::Message(_)
            | Fact::Operation(_) => {}
        }
    }

    fn follow_node(&mut self, now: Moment, node: Atom, fact: &NodeFact) {
        match fact {
            NodeFact::Started { .. } => {
                self.end_node(now, node);
                self.open.entry(node).or_default().up = Some(self.timeline.up.len());
                self.timeline.up.push(NodeInterval { node, during: Interval::since(now) });
            }
            NodeFact::Stopped { .. } | NodeFact::Crashed => self.end_node(now, node),
            NodeFact::Paused => {
                let open = self.open.entry(node).or_default();
                if open.paused.is_none() {
                    open.paused = Some(self.timeline.paused.len());
                    self.timeline.paused.push(NodeInterval { node, during: Interval::since(now) });
                }
            }
            NodeFact::Resumed => {
                let paused = self.open.get_mut(&node).and_then(|open| open.paused.take());
                if let Some(place) = paused {
                    self.timeline.paused[place].during.to = Some(now);
                }
            }
            NodeFact::RestartPlanned { .. } | NodeFact::RestartsExhausted { .. } => {}
        }
    }

    fn end_node(&mut self, now: Moment, node: Atom) {
        let Some(open) = self.open.remove(&node) else { return };
        let (timeline, end) = (&mut self.timeline, Some(now));
        open.up.into_iter().for_each(|place| timeline.up[place].during.to = end);
        open.paused.into_iter().for_each(|place| timeline.paused[place].during.to = end);
        open.connections.values().for_each(|place| timeline.connections[*place].during.to = end);
        open.instances.values().for_each(|place| timeline.instances[*place].during.to = end);
        open.names.values().for_each(|place| timeline.names[*place].during.to = end);
    }

    fn follow_connection(&mut self, now: Moment, node: Atom, fact: &ConnectionFact) {
        let open = &mut self.open.entry(node).or_default().connections;
        let connections = &mut self.timeline.connections;
        match fact {
            ConnectionFact::Up { peer } => {
                open.entry(*peer).or_insert_with(|| {
                    let during = Interval::since(now);
                    connections.push(ConnectionInterval {
                        node,
                        peer: *peer,
                        during,
                        is_lost: false,
                    });
                    connections.len() - 1
                });
            }
            ConnectionFact::Down { peer, .. } => {
                if let Some(place) = open.remove(peer) {
                    connections[place].during.to = Some(now);
                    connections[place].is_lost = true;
                }
            }
            ConnectionFact::Failed { .. } | ConnectionFact::CookieRejected { .. } => {}
        }
    }

    fn follow_application(&mut self, now: Moment, node: Atom, fact: &ApplicationFact) {
        let open = &mut self.open.entry(node).or_default().instances;
        let instances = &mut self.timeline.instances;
        let (ended, started) = match fact {
            ApplicationFact::Started { application, start_type } => {
                (open.insert(*application, instances.len()), Some((*application, start_type)))
            }
            ApplicationFact::Stopped { application, .. } => (open.remove(application), None),
        };
        if let Some(place) = ended {
            instances[place].during.to = Some(now);
        }
        if let Some((application, start_type)) = started {
            let (start_type, during) = (start_type.clone(), Interval::since(now));
            instances.push(ApplicationInstance { application, node, start_type, during });
        }
    }

    fn follow_name(&mut self, now: Moment, node: Atom, fact: &GlobalFact) {
        let open = &mut self.open.entry(node).or_default().names;
        let names = &mut self.timeline.names;
        let (ended, registered) = match fact {
            GlobalFact::Registered { name, pid } => {
                (open.insert(name.clone(), names.len()), Some((name, *pid)))
            }
            GlobalFact::Unregistered { name } => (open.remove(name), None),
        };
        if let Some(place) = ended {
            names[place].during.to = Some(now);
        }
        if let Some((name, pid)) = registered {
            names.push(NameHolder { name: name.clone(), node, pid, during: Interval::since(now) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::Incarnation;
    use crate::engine::trace::{Detail, HostFact, Trace};

    fn node(name: &str) -> Atom {
        Atom::new(name)
    }

    /// A trace with a record for each millisecond.
    fn trace(facts: &[(&str, Fact)]) -> Trace {
        let mut trace = Trace::new(Detail::Story);
        for ((on, fact), at) in facts.iter().zip(1_u64..) {
            let at = Time::from_nanos(at * 1_000_000);
            trace.record(at, RecordId::default(), Some(node(on)), fact.clone());
        }
        trace
    }

    fn started(creation: u32) -> Fact {
        Fact::Node(NodeFact::Started { creation })
    }

    fn runs() -> Fact {
        let start_type = Term::atom("normal");
        Fact::Application(ApplicationFact::Started { application: node("chat"), start_type })
    }

    fn meets(peer: &str) -> Fact {
        Fact::Connection(ConnectionFact::Up { peer: node(peer) })
    }

    fn loses(peer: &str) -> Fact {
        let (peer, reason) = (node(peer), Atom::new("net_tick_timeout"));
        Fact::Connection(ConnectionFact::Down { peer, reason })
    }

    /// The numbers of the records with which an interval begins and ends.
    fn ends(interval: &Interval) -> (u32, Option<u32>) {
        (interval.from.record.0, interval.to.map(|end| end.record.0))
    }

    #[test]
    fn the_end_of_a_node_ends_everything_on_it_and_nothing_elsewhere() {
        let pid = Pid::of(Incarnation::new(node("a@h"), 1), 7, 0);
        let name = Term::atom("boss");
        let trace = trace(&[
            ("a@h", started(1)),
            ("b@h", started(1)),
            ("a@h", meets("b@h")),
            ("b@h", meets("a@h")),
            ("a@h", runs()),
            ("a@h", Fact::Global(GlobalFact::Registered { name, pid })),
            ("a@h", Fact::Node(NodeFact::Paused)),
            ("a@h", Fact::Node(NodeFact::Crashed)),
            ("b@h", loses("a@h")),
            ("a@h", started(2)),
        ]);
        let timeline = trace.timeline();
        let up: Vec<_> = timeline.up().iter().map(|each| (each.node, ends(&each.during))).collect();
        let expected =
            [(node("a@h"), (1, Some(8))), (node("b@h"), (2, None)), (node("a@h"), (10, None))];
        assert_eq!(up, expected);
        let connections = timeline.connections().iter();
        let connections = connections.map(|each| (each.node, ends(&each.during), each.is_lost));
        let expected = [(node("a@h"), (3, Some(8)), false), (node("b@h"), (4, Some(9)), true)];
        assert_eq!(connections.collect::<Vec<_>>(), expected);
        assert_eq!(ends(&timeline.instances()[0].during), (5, Some(8)));
        assert_eq!(ends(&timeline.names()[0].during), (6, Some(8)));
        assert_eq!(ends(&timeline.paused()[0].during), (7, Some(8)));
        assert_eq!([7, 8].map(|id| timeline.running(RecordId(id)).count()), [1, 0]);
        assert_eq!(
            [2, 3, 4, 8, 9].map(|id| timeline.connected(RecordId(id)).count()),
            [0, 1, 2, 1, 0]
        );
    }

    #[test]
    fn an_application_that_starts_again_is_another_instance() {
        let host = Fact::Host(HostFact::Started { host: node("h") });
        let facts = [("a@h", started(1)), ("a@h", runs()), ("a@h", runs()), ("a@h", host)];
        let trace = trace(&facts);
        let instances = trace.timeline().instances().iter();
        let instances: Vec<_> = instances.map(|each| ends(&each.during)).collect();
        assert_eq!(instances, [(2, Some(3)), (3, None)]);
    }

    #[test]
    fn an_instant_has_the_state_of_its_end() {
        let [from, to] = [(1, 5), (2, 9)]
            .map(|(record, at)| Moment { record: RecordId(record), at: Time::from_nanos(at) });
        let interval = Interval { from, to: Some(to) };
        let held = [4, 5, 8, 9].map(|at| interval.holds_at(Time::from_nanos(at)));
        assert_eq!(held, [false, true, true, false]);
        let at_once = Interval { from, to: Some(Moment { at: from.at, ..to }) };
        assert!(!at_once.holds_at(from.at) && at_once.holds_after(from.record));
    }

    #[test]
    fn what_is_recorded_later_is_in_the_timeline_too() {
        let mut trace = trace(&[("a@h", started(1))]);
        assert!(trace.timeline().is_up(node("a@h"), trace.latest()));
        let crashed = Fact::Node(NodeFact::Crashed);
        trace.record(Time::from_nanos(9), RecordId::default(), Some(node("a@h")), crashed);
        assert!(!trace.timeline().is_up(node("a@h"), trace.latest()));
        assert_eq!(trace.timeline().up().len(), 1);
    }
}
