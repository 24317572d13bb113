//! The messages between the coordinator and the participants, and their records.

use serde::{Deserialize, Serialize};

use crate::engine::term::{Atom, Ref, Term, to_term};

/// A request: `{put,Key,Value}` to the coordinator, `{get,Key}` to a participant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TwoPhaseRequest {
    Put(Term, Term),
    Get(Term),
}

/// A message of a participant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ParticipantSays {
    /// Its answer about a write: yes or no.
    Vote(Ref, Atom, bool),
    /// It is in doubt about a write.
    Ask(Ref, Atom),
}

/// A message of the coordinator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CoordinatorSays {
    /// The first phase: the write, its key and its value.
    Prepare(Ref, Term, Term),
    /// The second phase: true for commit.
    Decided(Ref, bool),
}

/// A record on a disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PhaseRecord {
    /// A participant has answered yes.
    Prepared(Ref, Term, Term),
    /// The end of a write: true for commit.
    Ended(Ref, bool),
}

impl PhaseRecord {
    pub(super) fn to_term(&self) -> Term {
        to_term(self).expect("a record holds terms")
    }
}
