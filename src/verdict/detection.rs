//! The time until other nodes notice the loss of a node.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::term::Atom;
use crate::engine::time::{Time, round_duration};
use crate::engine::trace::{Moment, NodeInterval, Timeline};
use crate::scenario::fault::Fault;

use super::assessment::Assessment;
use super::evidence::{Evidence, WorldChange};
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
    let connected = evidence.timeline().connected(injection.record);
    let pairs: BTreeSet<(Atom, Atom)> = connected
        .map(|each| (each.node, each.peer))
        .filter(|(watcher, node)| lost.contains(node) && separates(fault, &lost, *watcher, *node))
        .collect();
    let pairs = pairs.into_iter();
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

/// Follows a watcher from the fault on, to the next that affects the node.
fn watch(
    evidence: &Evidence,
    injection: &WorldChange,
    fault: &Fault,
    watcher: Atom,
    node: Atom,
) -> Option<LossWatcher> {
    let timeline = evidence.timeline();
    // A node that is stopped in order is lost when it has stopped.
    let lost = if let Fault::StopNode(_) = fault {
        let mut up = timeline.up().iter();
        up.find(|each| each.node == node && each.during.holds_after(injection.record))?.during.to?
    } else {
        Moment { record: injection.record, at: injection.at }
    };
    let struck = evidence.harms().find(|(change, fault)| {
        change.record > injection.record && evidence.lost_nodes(fault).contains(&node)
    });
    let struck = struck.map(|(change, _)| change.record);
    let counts = |moment: &Moment| {
        moment.record > lost.record && struck.is_none_or(|next| moment.record < next)
    };
    let notice = notice(timeline, watcher, node, counts);
    let leave = leave(timeline, watcher, counts);
    let gone = leave.filter(|leave| notice.is_none_or(|notice| leave.record < notice.record));
    let ended = evidence.end_of(injection).map_or(Time::MAX, |end| end.at);
    Some(LossWatcher {
        name: watcher,
        node,
        lost: lost.at,
        until: gone.map_or(evidence.run.ended_at, |gone| gone.at).min(ended),
        noticed: notice.filter(|_| gone.is_none()).map(|notice| notice.at.since(lost.at)),
    })
}

/// The first of these moments at which a watcher loses its connection to a node.
fn notice(
    timeline: &Timeline,
    watcher: Atom,
    node: Atom,
    counts: impl Fn(&Moment) -> bool,
) -> Option<Moment> {
    let own = timeline.connections().iter().filter(|each| each.is_lost);
    let own = own.filter(|each| each.node == watcher && each.peer == node);
    own.filter_map(|each| each.during.to).filter(counts).min_by_key(|moment| moment.record)
}

/// The first of these moments from which the watcher itself can no longer notice anything.
fn leave(timeline: &Timeline, watcher: Atom, counts: impl Fn(&Moment) -> bool) -> Option<Moment> {
    let own = |each: &&NodeInterval| each.node == watcher;
    let ends = timeline.up().iter().filter(own).filter_map(|each| each.during.to);
    let pauses = timeline.paused().iter().filter(own).map(|each| each.during.from);
    ends.chain(pauses).filter(counts).min_by_key(|moment| moment.record)
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
