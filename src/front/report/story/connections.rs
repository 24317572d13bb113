//! The story of connections: lost and regained.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::trace::{ConnectionFact, Fact, RecordId};
use crate::scenario::simulation::Run;

use super::{StoryLine, Tone};

/// A change at one end of a connection.
#[derive(Clone, Copy)]
struct ConnectionChange {
    at: Time,
    record: RecordId,
    node: Atom,
    peer: Atom,
    /// The reason why it went down; `None` if it came up.
    reason: Option<Atom>,
}

/// Changes that are shown in one line.
struct ChangeGroup {
    at: Time,
    record: RecordId,
    /// The node that all of them have in common.
    shared: Atom,
    changes: Vec<ConnectionChange>,
}

pub(super) fn lines(run: &Run) -> Vec<StoryLine> {
    let (down, up) = changes(run);
    let mut lines = Vec::new();
    for (changes, told) in [(down, DOWN), (up, UP)] {
        let by_peer = grouped(&changes, |change| change.peer);
        let (several, alone): (Vec<ChangeGroup>, Vec<ChangeGroup>) =
            by_peer.into_iter().partition(|group| group.changes.len() > 1);
        let alone: Vec<ConnectionChange> =
            alone.iter().flat_map(|group| &group.changes).copied().collect();
        lines.extend(several.iter().map(told.of_peer));
        lines.extend(grouped(&alone, |change| change.node).iter().map(told.of_node));
    }
    lines
}

/// The connections that were lost, and those that were regained after that: once, not once for each
/// end.
fn changes(run: &Run) -> (Vec<ConnectionChange>, Vec<ConnectionChange>) {
    let mut lost: BTreeSet<(Atom, Atom)> = BTreeSet::new();
    // The ends of connections that came back and the other end of which was told of.
    let mut told: BTreeSet<(Atom, Atom)> = BTreeSet::new();
    let (mut down, mut up) = (Vec::new(), Vec::new());
    for record in run.trace.records() {
        let (at, id, Some(node)) = (record.at, record.id, record.node) else { continue };
        if let Fact::Connection(ConnectionFact::Down { peer, reason }) = record.fact {
            lost.insert((node, peer));
            told.remove(&(node, peer));
            down.push(ConnectionChange { at, record: id, node, peer, reason: Some(reason) });
        } else if let Fact::Connection(ConnectionFact::Up { peer }) = record.fact {
            let was_lost = lost.remove(&(node, peer));
            if was_lost && !told.remove(&(node, peer)) {
                told.insert((peer, node));
                up.push(ConnectionChange { at, record: id, node, peer, reason: None });
            }
        }
    }
    (down, up)
}

/// Groups changes that have the same `key` and the same time as printed.
fn grouped(changes: &[ConnectionChange], key: fn(&ConnectionChange) -> Atom) -> Vec<ChangeGroup> {
    let mut groups: Vec<ChangeGroup> = Vec::new();
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
            let ConnectionChange { at, record, .. } = *change;
            groups.push(ChangeGroup { at, record, shared, changes: vec![*change] });
        }
    }
    groups
}

/// The two lines in which groups are shown: for a shared peer, and for a shared node.
#[derive(Clone, Copy)]
struct GroupLines {
    of_peer: fn(&ChangeGroup) -> StoryLine,
    of_node: fn(&ChangeGroup) -> StoryLine,
}

const DOWN: GroupLines = GroupLines {
    of_peer: |group| {
        let what = format!("is down for {}{}", group.names(|change| change.node), group.reasons());
        group.line(what, Tone::Bad)
    },
    of_node: |group| {
        let what = format!("has lost {}{}", group.names(|change| change.peer), group.reasons());
        group.line(what, Tone::Bad)
    },
};

const UP: GroupLines = GroupLines {
    of_peer: |group| {
        let what = format!("is connected to {} again", group.names(|change| change.node));
        group.line(what, Tone::Good)
    },
    of_node: |group| {
        let what = format!("is connected to {} again", group.names(|change| change.peer));
        group.line(what, Tone::Good)
    },
};

impl ChangeGroup {
    fn line(&self, what: String, tone: Tone) -> StoryLine {
        StoryLine::new((self.at, self.record), self.shared.as_str(), what, tone)
    }

    fn names(&self, name: fn(&ConnectionChange) -> Atom) -> String {
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
