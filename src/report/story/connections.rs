//! Who lost whom, and who found whom again.

use std::collections::{BTreeMap, BTreeSet};

use crate::simulation::Run;
use crate::term::Atom;
use crate::time::Time;
use crate::trace::{Fact, RecordId};

use super::{StoryLine, Tone};

/// A change at one end of a connection.
#[derive(Clone, Copy)]
struct Change {
    at: Time,
    record: RecordId,
    node: Atom,
    peer: Atom,
    /// Why it went down; nothing if it came up.
    reason: Option<Atom>,
}

/// Changes that are told in one line.
struct Group {
    at: Time,
    record: RecordId,
    /// The node that all of them have in common.
    shared: Atom,
    changes: Vec<Change>,
}

pub(super) fn lines(run: &Run) -> Vec<StoryLine> {
    let (down, up) = changes(run);
    let mut lines = Vec::new();
    for (changes, told) in [(down, DOWN), (up, UP)] {
        let by_peer = grouped(&changes, |change| change.peer);
        let (several, alone): (Vec<Group>, Vec<Group>) =
            by_peer.into_iter().partition(|group| group.changes.len() > 1);
        let alone: Vec<Change> = alone.iter().flat_map(|group| &group.changes).copied().collect();
        lines.extend(several.iter().map(told.of_peer));
        lines.extend(grouped(&alone, |change| change.node).iter().map(told.of_node));
    }
    lines
}

/// The connections that were lost, and those that came back after that: once, not once for each
/// end.
fn changes(run: &Run) -> (Vec<Change>, Vec<Change>) {
    let mut lost: BTreeSet<(Atom, Atom)> = BTreeSet::new();
    // The ends of connections that came back and the other end of which was told of.
    let mut told: BTreeSet<(Atom, Atom)> = BTreeSet::new();
    let (mut down, mut up) = (Vec::new(), Vec::new());
    for record in run.trace.records() {
        let (at, id, Some(node)) = (record.at, record.id, record.node) else { continue };
        if let Fact::NodeDown { peer, reason } = record.fact {
            lost.insert((node, peer));
            told.remove(&(node, peer));
            down.push(Change { at, record: id, node, peer, reason: Some(reason) });
        } else if let Fact::NodeUp { peer } = record.fact {
            let was_lost = lost.remove(&(node, peer));
            if was_lost && !told.remove(&(node, peer)) {
                told.insert((peer, node));
                up.push(Change { at, record: id, node, peer, reason: None });
            }
        }
    }
    (down, up)
}

/// Puts changes together that have the same `key` and the same time, as it is told.
fn grouped(changes: &[Change], key: fn(&Change) -> Atom) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut latest: BTreeMap<Atom, usize> = BTreeMap::new();
    for change in changes {
        let shared = key(change);
        let open = latest
            .get(&shared)
            .filter(|group| groups[**group].at.to_string() == change.at.to_string());
        if let Some(index) = open {
            groups[*index].changes.push(*change);
        } else {
            latest.insert(shared, groups.len());
            let Change { at, record, .. } = *change;
            groups.push(Group { at, record, shared, changes: vec![*change] });
        }
    }
    groups
}

/// How groups are told: those that share the peer, and those that share the node.
#[derive(Clone, Copy)]
struct Told {
    of_peer: fn(&Group) -> StoryLine,
    of_node: fn(&Group) -> StoryLine,
}

const DOWN: Told = Told {
    of_peer: |group| {
        let what = format!("is down for {}{}", group.names(|change| change.node), group.reasons());
        group.line(what, Tone::Bad)
    },
    of_node: |group| {
        let what = format!("has lost {}{}", group.names(|change| change.peer), group.reasons());
        group.line(what, Tone::Bad)
    },
};

const UP: Told = Told {
    of_peer: |group| {
        let what = format!("is connected to {} again", group.names(|change| change.node));
        group.line(what, Tone::Good)
    },
    of_node: |group| {
        let what = format!("is connected to {} again", group.names(|change| change.peer));
        group.line(what, Tone::Good)
    },
};

impl Group {
    fn line(&self, what: String, tone: Tone) -> StoryLine {
        StoryLine::new((self.at, self.record), self.shared.as_str(), what, tone)
    }

    fn names(&self, name: fn(&Change) -> Atom) -> String {
        let names: Vec<&str> = self.changes.iter().map(|change| name(change).as_str()).collect();
        names.join(", ")
    }

    fn reasons(&self) -> String {
        let mut reasons: Vec<&str> = Vec::new();
        for reason in self.changes.iter().filter_map(|change| change.reason) {
            if !reasons.contains(&reason.as_str()) {
                reasons.push(reason.as_str());
            }
        }
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
    }
}
