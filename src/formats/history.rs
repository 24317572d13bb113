//! `history`: the operations of users, a line for each in the order of their invocation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An operation of a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryLineJson {
    /// The workload that the client belongs to.
    pub workload: String,
    /// The client's number within the workload, from 0 on.
    pub client: u32,
    /// The user's name for the operation, as `post`.
    pub name: String,
    /// Its effect on the data, in the words of the checkers.
    pub action: ActionJson,
    /// The key.
    pub key: Value,
    /// The value; null if there is none.
    pub value: Value,
    /// The time of the invocation.
    pub invoked_ns: u64,
    /// The client's timeout.
    pub timeout_ns: u64,
    /// The outcome; null while it is in progress.
    pub outcome: Option<OutcomeJson>,
    /// The time at which the client knew.
    pub completed_ns: Option<u64>,
    /// The answer, or the reason of the failure.
    pub answer: Option<Value>,
}

/// The effect of an operation on the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionJson {
    /// Returns the key's value.
    Read,
    /// Replaces the key's value.
    Write,
    /// Replaces the key's value if it is the first of two, by the second.
    Cas,
    /// Adds the value at the end of the key's list or text.
    Append,
    /// Adds the value to the key's set.
    Add,
    /// Removes the value from the key's set.
    Remove,
    /// Takes the key's lock.
    Acquire,
    /// Releases the key's lock.
    Release,
    /// Puts the value at the end of the key's queue.
    Enqueue,
    /// Takes the first value of the key's queue, and returns it.
    Dequeue,
    /// Returns whether the value is in the key's set.
    Contains,
    /// Deletes the key's value.
    Delete,
    /// Moves an amount from one account to another.
    Transfer,
    /// Reads and writes several keys at once.
    Txn,
    /// An action that no checker looks into.
    Other,
}

/// The outcome of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeJson {
    /// Done.
    Ok,
    /// Certainly not done.
    Failed,
    /// Perhaps done, perhaps not.
    Unknown,
}
