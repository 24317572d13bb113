//! The rooms as the entries of the log make them.

use std::collections::{BTreeMap, BTreeSet};

use super::protocol::LogEntry;
use crate::engine::term::Term;

/// The rooms: their messages, and their members.
///
/// Members are known to one leader only, as presence is: after a failover they join again.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    messages: BTreeMap<String, Vec<Term>>,
    /// The places of the posts that came with a key.
    keys: BTreeMap<String, u64>,
    members: BTreeMap<String, BTreeSet<String>>,
}

impl Rooms {
    /// The rooms that a log describes.
    pub(super) fn of(log: &[LogEntry]) -> Rooms {
        let mut rooms = Rooms::default();
        for entry in log {
            rooms.apply(entry);
        }
        rooms
    }

    pub(super) fn apply(&mut self, entry: &LogEntry) {
        self.messages.entry(entry.room.clone()).or_default().push(Term::from(&entry.text));
        if let Some(key) = &entry.key {
            self.keys.insert(key.clone(), entry.sequence);
        }
    }

    /// The place that the next message of a room will have.
    pub(super) fn next_sequence(&self, room: &str) -> u64 {
        self.messages.get(room).map_or(0, Vec::len) as u64 + 1
    }

    /// The place of the post with this key, if there has been one.
    pub(super) fn posted(&self, key: &str) -> Option<u64> {
        self.keys.get(key).copied()
    }

    /// The list of the messages of a room, oldest first.
    pub(super) fn read(&self, room: &str) -> Term {
        self.messages.get(room).into_iter().flatten().cloned().collect()
    }

    /// Makes somebody a member: how many there are now.
    pub(super) fn join(&mut self, room: String, user: String) -> u64 {
        let members = self.members.entry(room).or_default();
        members.insert(user);
        members.len() as u64
    }
}
