//! The messages between the members.

use serde::{Deserialize, Serialize};

use crate::engine::term::Atom;
use crate::scenario::services::kv::KeyValueRequest;

/// A place in a log, counted from 1, and the term of the entry there. Of two logs, the one whose last
/// entry is of a later term goes further; of the same term, the longer one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) term: u64,
    pub(super) index: u64,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RaftEntry {
    pub(super) term: u64,
    pub(super) request: KeyValueRequest,
}

/// A message from one member to another. All have the term of the sender.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RaftMessage {
    /// A candidate wants a vote, and says where its log ends.
    RequestVote { term: u64, candidate: Atom, last: Position },
    /// The answer.
    Vote { term: u64, voter: Atom, granted: bool },
    /// A leader has these entries after a place, and has committed up to an index. Without entries it
    /// is a sign of life.
    Append { term: u64, leader: Atom, previous: Position, entries: Vec<RaftEntry>, commit: u64 },
    /// The log of a follower is that of the leader up to this index.
    Appended { term: u64, follower: Atom, up_to: u64 },
    /// The log of a follower does not fit; it has no more entries than up to this index.
    Behind { term: u64, follower: Atom, end: u64 },
}

impl RaftMessage {
    pub(super) const fn term(&self) -> u64 {
        match self {
            RaftMessage::RequestVote { term, .. }
            | RaftMessage::Vote { term, .. }
            | RaftMessage::Append { term, .. }
            | RaftMessage::Appended { term, .. }
            | RaftMessage::Behind { term, .. } => *term,
        }
    }
}
