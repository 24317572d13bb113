//! The timeline of a run: at every record the same as the state that the records before it add up
//! to, and enough to say of every shipped scenario which nodes were up, connected and in charge.

use std::collections::{BTreeMap, BTreeSet};

use nodedown::prelude::*;
use nodedown::scenario::Scenario;
use nodedown::term::{Atom, Pid, Term};
use nodedown::trace::{ApplicationFact, ConnectionFact, Fact, GlobalFact, NodeFact, TraceRecord};

/// The state of a cluster, as the records so far add up to it.
#[derive(Default)]
struct State {
    up: BTreeSet<Atom>,
    paused: BTreeSet<Atom>,
    connected: BTreeSet<(Atom, Atom)>,
    running: BTreeSet<(Atom, Atom)>,
    names: BTreeMap<(Atom, Term), Pid>,
}

impl State {
    fn add(&mut self, record: &TraceRecord) {
        let Some(node) = record.node else { return };
        match &record.fact {
            Fact::Node(NodeFact::Started { .. }) => {
                self.up.insert(node);
            }
            Fact::Node(NodeFact::Paused) => {
                self.paused.insert(node);
            }
            Fact::Node(NodeFact::Resumed) => {
                self.paused.remove(&node);
            }
            Fact::Node(NodeFact::Crashed | NodeFact::Stopped { .. }) => {
                self.up.remove(&node);
                self.paused.remove(&node);
                self.connected.retain(|(own, _)| *own != node);
                self.running.retain(|(_, on)| *on != node);
                self.names.retain(|(own, _), _| *own != node);
            }
            Fact::Connection(ConnectionFact::Up { peer }) => {
                self.connected.insert((node, *peer));
            }
            Fact::Connection(ConnectionFact::Down { peer, .. }) => {
                self.connected.remove(&(node, *peer));
            }
            Fact::Application(ApplicationFact::Started { application, .. }) => {
                self.running.insert((*application, node));
            }
            Fact::Application(ApplicationFact::Stopped { application, .. }) => {
                self.running.remove(&(*application, node));
            }
            Fact::Global(GlobalFact::Registered { name, pid }) => {
                self.names.insert((node, name.clone()), *pid);
            }
            Fact::Global(GlobalFact::Unregistered { name }) => {
                self.names.remove(&(node, name.clone()));
            }
            _ => {}
        }
    }
}

#[test]
fn the_timeline_says_at_every_record_what_the_records_before_it_add_up_to() {
    let programs = Programs::builtin();
    let (mut looked_at, mut ends, mut pauses_seen, mut losses) = (0, 0, 0, 0);
    for name in ["takeover", "host-loss", "crash-loop", "partition", "paused-primary", "chaos"] {
        let file = format!("{}/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
        let run = Simulation::new(scenario.plan(scenario.seed), &programs).run();
        let (timeline, mut sum) = (run.trace.timeline(), State::default());
        for record in run.trace.records() {
            sum.add(record);
            let (id, at) = (record.id, format!("{name}: {record:?}"));
            let paused = timeline.paused().iter().filter(|each| each.during.holds_after(id));
            let connected = timeline.connected(id).map(|each| (each.node, each.peer));
            let running = timeline.running(id).map(|each| (each.application, each.node));
            let names = timeline.names().iter().filter(|each| each.during.holds_after(id));
            let names = names.map(|each| ((each.node, each.name.clone()), each.pid));
            let up = scenario.nodes.iter().map(|node| node.name);
            let up: BTreeSet<Atom> = up.filter(|node| timeline.is_up(*node, id)).collect();
            assert_eq!(up, sum.up, "{at}");
            assert_eq!(paused.map(|each| each.node).collect::<BTreeSet<_>>(), sum.paused, "{at}");
            assert_eq!(connected.collect::<BTreeSet<_>>(), sum.connected, "{at}");
            assert_eq!(running.collect::<BTreeSet<_>>(), sum.running, "{at}");
            assert_eq!(names.collect::<BTreeMap<_, _>>(), sum.names, "{at}");
            looked_at += 1;
        }
        ends += timeline.up().iter().filter(|each| each.during.to.is_some()).count();
        pauses_seen += timeline.paused().len();
        losses += timeline.connections().iter().filter(|each| each.is_lost).count();
        assert!(timeline.instances().is_sorted_by_key(|each| each.during.from.record), "{name}");
    }
    assert!(
        looked_at > 5_000 && ends > 5 && pauses_seen > 1 && losses > 20,
        "{looked_at} {ends} {pauses_seen} {losses}"
    );
}
