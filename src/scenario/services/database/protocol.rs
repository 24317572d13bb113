//! The messages between the database, its stores and its users.

use serde::{Deserialize, Serialize};

use crate::engine::term::{Atom, Pid, Ref};
use crate::scenario::services::chat::{ChatAnswer, ChatOperation};

/// A request to the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseRequest {
    /// To do what a user wants.
    Do(ChatOperation),
    /// To stop answering, since another instance takes over.
    HandOver,
}

/// A reply of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseReply {
    /// It is done.
    Ok(ChatAnswer),
    /// It is not, or perhaps not.
    Error(Refusal),
    /// The instance has stopped answering.
    HandedOver,
}

/// The reason why the database has not carried out a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It has handed over to another instance, and has done nothing.
    Moved,
    /// It found another instance at work while it was at it.
    Superseded,
    /// Its own store does not answer; or too few stores do, but one of them may have taken it.
    Unavailable,
    /// Too few stores answer, and nothing was done.
    NoMajority,
    /// The disk of a store is full.
    DiskFull,
}

impl Refusal {
    /// True if the request has certainly not been carried out, and never will be.
    #[must_use]
    pub fn is_certain(self) -> bool {
        match self {
            Refusal::Moved | Refusal::NoMajority => true,
            Refusal::Superseded | Refusal::Unavailable | Refusal::DiskFull => false,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Moved => "moved",
            Refusal::Superseded => "superseded",
            Refusal::Unavailable => "unavailable",
            Refusal::NoMajority => "no_majority",
            Refusal::DiskFull => "disk_full",
        }
    }
}

/// A period under one leader: its number, and the leader's node, which settles a tie between two
/// that began out of each other's reach.
///
/// A store takes nothing from a leader of an earlier epoch than the latest that it knows of, so a
/// leader that has been replaced learns it from any store that it still reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Epoch(pub u64, pub Atom);

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The epoch in which it was written.
    pub epoch: Epoch,
    /// The room.
    pub room: String,
    /// Its place in the room, from 1.
    pub sequence: u64,
    /// Its text.
    pub text: String,
    /// The identifier that tells it from other posts.
    pub key: Option<String>,
}

/// A piece of the leader's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Append {
    /// The epoch of the leader.
    pub epoch: Epoch,
    /// Its position in the log; 0 replaces the whole log.
    pub at: u64,
    /// The entries.
    pub entries: Vec<LogEntry>,
}

/// A request to a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreRequest {
    /// To say which leader it follows.
    Latest,
    /// To take nothing more from leaders of earlier epochs, and to show its log.
    Elect(Epoch),
    /// To take a piece of the log.
    Append(Append),
}

/// A message to a store that nobody waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreNotice {
    /// To take a piece of the log, and to complain to this leader if it cannot.
    Append(Append, Pid),
    /// To do this, and to send the answer to this leader with this mark:
    /// `{store_reply,Mark,Node,Reply}`.
    Ask(StoreRequest, Pid, Ref),
}

/// A reply of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreReply {
    /// It follows the leader of this epoch.
    Follows(Epoch),
    /// It follows the new leader; this is its log, with the epoch that it is from.
    Elected(Epoch, Vec<LogEntry>),
    /// It has the entries.
    Appended,
    /// It lacks what comes before them.
    Behind,
    /// It follows a leader of this later epoch.
    Fenced(Epoch),
    /// It has not taken it, as its disk is full.
    Full,
    /// It does not know any more what it had, as its disk is damaged.
    Damaged,
}

/// A message from a store to the leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaderNotice {
    /// The store on this node has come up.
    StoreUp(Atom),
    /// The store on this node could not take what it was sent.
    NotAppended(Atom, StoreReply),
}
