//! The time until other nodes notice the loss of a node.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::term::Atom;
use crate::engine::time::{Time, round_duration};
use crate::engine::trace::{ConnectionFact, Fact, NodeFact, RecordId, TraceRecord};
use crate::scenario::fault::Fault;

use super::assessment::Assessment;
use super::evidence::{Evidence, WorldChange};
use super::instances::ends_node;
use super::{Detection, Witness};

/// A node that was connected to another when a fault took the other away.
struct LossWatcher {
    name: Atom,
    node: Atom,
    /// The time at which the other was lost.
    lost: Time,
    /// The time from which the watcher could no longer notice: the fault had ended, or the watcher
    /// itself was gone.
    until: Time,
    /// The time that it took to notice.
    noticed: Option<Duration>,
}

/// Measures, for each node that a fault took away, when others noticed.
pub(super) fn measure(
    evidence: &Evidence,
    injection: &WorldChange,
    fault: &Fault,
) -> Vec<Detection> {
    let watchers = watchers(evidence, injection, fault);
    let mut nodes: Vec<Atom> = Vec::new();
    for watcher in &watchers {
        if !nodes.contains(&watcher.node) {
            nodes.push(watcher.node);
        }
    }
    nodes.into_iter().map(|node| detection(node, &watchers)).collect()
}

fn detection(node: Atom, watchers: &[LossWatcher]) -> Detection {
    let own = || watchers.iter().filter(|each| each.node == node);
    let noticed = || own().filter_map(|each| Some((each.name, each.noticed?)));
    Detection {
        node,
        connected: own().count(),
        noticed: noticed().count(),
        first: noticed().min_by_key(|(_, time)| *time),
        last: noticed().max_by_key(|(_, time)| *time),
    }
}

/// The nodes that were connected to a node when this fault took it away, and when they noticed.
fn watchers(evidence: &Evidence, injection: &WorldChange, fault: &Fault) -> Vec<LossWatcher> {
    let lost = evidence.lost_nodes(fault);
    let connected = connected(evidence, injection.record);
    let pairs = connected
        .into_iter()
        .filter(|(watcher, node)| lost.contains(node) && separates(fault, &lost, *watcher, *node));
    pairs.filter_map(|(watcher, node)| watch(evidence, injection, fault, watcher, node)).collect()
}

/// True if the watcher is on the other side of the fault.
fn separates(fault: &Fault, lost: &[Atom], watcher: Atom, node: Atom) -> bool {
    if let Fault::Partition(partition) = fault {
        let group = |name| partition.groups.iter().position(|group| group.contains(&name));
        group(watcher).is_some() && group(watcher) != group(node)
    } else {
        !lost.contains(&watcher)
    }
}

/// The connections that are up at their first node, as of a record: first node and peer.
pub(super) fn connected(evidence: &Evidence, record: RecordId) -> BTreeSet<(Atom, Atom)> {
    let mut connected = BTreeSet::new();
    for record in evidence.run.trace.records().iter().take_while(|each| each.id < record) {
        let Some(node) = record.node else { continue };
        if let Fact::Connection(ConnectionFact::Up { peer }) = record.fact {
            connected.insert((node, peer));
        } else if let Fact::Connection(ConnectionFact::Down { peer, .. }) = record.fact {
            connected.remove(&(node, peer));
        } else if ends_node(&record.fact) {
            connected.retain(|(first, _)| *first != node);
        }
    }
    connected
}

/// Follows a watcher from the fault on, to the next that affects it or the node.
fn watch(
    evidence: &Evidence,
    injection: &WorldChange,
    fault: &Fault,
    watcher: Atom,
    node: Atom,
) -> Option<LossWatcher> {
    let mut after = evidence.run.trace.records()[injection.record.0 as usize..].iter();
    // A node that is stopped in order is lost when it has stopped.
    let lost = if let Fault::StopNode(_) = fault {
        after.find(|each| each.node == Some(node) && ends_node(&each.fact))?.at
    } else {
        injection.at
    };
    let struck = evidence.harms().find(|(change, fault)| {
        change.record > injection.record && evidence.lost_nodes(fault).contains(&node)
    });
    let struck = struck.map(|(change, _)| change.record);
    let mut notice = None;
    let mut gone = evidence.run.ended_at;
    for record in after.take_while(|each| struck.is_none_or(|next| each.id < next)) {
        if is_notice(record, watcher, node) {
            notice = Some(record.at.since(lost));
            break;
        }
        if record.node == Some(watcher) && leaves(&record.fact) {
            gone = record.at;
            break;
        }
    }
    let ended = evidence.end_of(injection).map_or(Time::MAX, |end| end.at);
    Some(LossWatcher { name: watcher, node, lost, until: gone.min(ended), noticed: notice })
}

fn is_notice(record: &TraceRecord, watcher: Atom, node: Atom) -> bool {
    record.node == Some(watcher)
        && matches!(record.fact, Fact::Connection(ConnectionFact::Down { peer, .. }) if peer == node)
}

/// True if from this fact on the watcher itself can no longer notice anything.
fn leaves(fact: &Fact) -> bool {
    ends_node(fact) || matches!(fact, Fact::Node(NodeFact::Paused))
}

/// Checks that all nodes that were connected to a node notice its loss in time.
///
/// A node that had less time than that, and did not notice, counts neither way.
pub(super) fn check(evidence: &Evidence, node: Atom, at_most: Duration) -> Assessment {
    let losses: Vec<(WorldChange, &Fault)> = evidence
        .injections()
        .filter(|(_, fault)| evidence.lost_nodes(fault).contains(&node))
        .collect();
    if losses.is_empty() {
        return Assessment::Untested(format!("no fault took {node} away"));
    }
    let all = losses.iter().flat_map(|(injection, fault)| watchers(evidence, injection, fault));
    let watchers: Vec<LossWatcher> = all.filter(|watcher| watcher.node == node).collect();
    let late: Vec<&LossWatcher> = watchers.iter().filter(|each| each.is_late(at_most)).collect();
    if let Some(first) = late.first() {
        let summary = format!("{} of {} nodes noticed too late", late.len(), watchers.len());
        let texts = late.iter().map(|watcher| watcher.text()).collect();
        return Assessment::Broken(summary, Witness::new(first.lost + at_most, texts, None));
    }
    let times: Vec<(Atom, Duration)> =
        watchers.iter().filter_map(|each| Some((each.name, each.noticed?))).collect();
    let last = times.iter().max_by_key(|(_, time)| *time);
    let first = times.iter().min_by_key(|(_, time)| *time);
    match (first, last) {
        (Some(first), Some(last)) => Assessment::Held(format!(
            "noticed by {} of {} nodes, first after {} ({}), last after {} ({})",
            times.len(),
            watchers.len(),
            round_duration(first.1),
            first.0,
            round_duration(last.1),
            last.0,
        )),
        (None, _) | (_, None) if watchers.is_empty() => {
            Assessment::Untested(format!("no node was connected to {node} when it was lost"))
        }
        (None, _) | (_, None) => Assessment::Untested(format!(
            "{node} was back before any of {} nodes had to notice",
            watchers.len()
        )),
    }
}

impl LossWatcher {
    fn is_late(&self, at_most: Duration) -> bool {
        match self.noticed {
            Some(time) => time > at_most,
            None => self.until.since(self.lost) > at_most,
        }
    }

    fn text(&self) -> String {
        let LossWatcher { name, node, lost, until, .. } = self;
        if let Some(time) = self.noticed {
            let time = round_duration(time);
            format!("{name} noticed {time} after {node} was lost at {lost}")
        } else {
            format!("{name} had not noticed at {until} that {node} was lost at {lost}")
        }
    }
}
