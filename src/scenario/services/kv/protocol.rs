//! The messages between the key-value service, its replicas and its users.

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use crate::engine::term::{Atom, Pid};

/// A request to the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValueRequest {
    /// The key.
    pub key: String,
    /// The change to make.
    pub change: Change,
    /// The client. A client does one thing after the other.
    pub client: String,
    /// Tells the operation from others of this client: a later one has a higher number. What is asked
    /// twice with one number is done once.
    pub number: u64,
    /// The time that the client waits, in milliseconds.
    pub within_ms: u64,
}

/// A change of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Nothing: its value is wanted.
    Get,
    /// It gets this value.
    Put(String),
    /// It gets the second value if it has the first.
    Cas(Option<String>, String),
}

/// The outcome of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyValueAnswer {
    /// The key has this value, or none.
    Value(Option<String>),
    /// The key has the value.
    Written,
    /// True if the key had the first value, and has the second now.
    Swapped(bool),
}

/// A reply of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyValueReply {
    /// It is done.
    Ok(KeyValueAnswer),
    /// It is not, or perhaps not.
    Error(KeyValueFailure),
}

/// The reason why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyValueFailure {
    /// Too few replicas have answered. Nothing was done.
    NoMajority,
    /// Too few replicas have answered, but one may have taken what was to be done, so that it may
    /// still come into effect.
    Unclear,
    /// The client has asked for something else since.
    Stale,
    /// Another server has to be asked. Nothing was done.
    Elsewhere,
}

/// The number of a try: the later one has the higher number, the process tells two apart that have
/// the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Ballot(pub(super) u64, pub(super) Pid);

/// A request to a replica, which answers with a [`Vote`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplicaRequest {
    /// To take nothing of an earlier ballot any more, and to say what it has accepted.
    Prepare(String, Ballot),
    /// To accept this, unless it has promised something to a later ballot.
    Accept(String, Ballot, Cell),
}

impl ReplicaRequest {
    /// The key and the ballot.
    pub(super) fn about(&self) -> (&str, Ballot) {
        match self {
            ReplicaRequest::Prepare(key, ballot) | ReplicaRequest::Accept(key, ballot, _) => {
                (key, *ballot)
            }
        }
    }
}

/// The answer of a replica about a ballot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Vote {
    pub(super) node: Atom,
    pub(super) ballot: Ballot,
    pub(super) said: ReplicaAnswer,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplicaAnswer {
    /// It takes nothing of an earlier ballot; this it has accepted last.
    Promised(Option<(Ballot, Cell)>),
    Accepted,
    /// It has promised something to this later ballot.
    Refused(Ballot),
    /// It cannot keep a promise now, or may not vote any more.
    Unable,
}
