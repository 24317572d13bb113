//! Histories: the clients' operations with invocation and completion, which the checkers read.

mod file;
mod recorder;
mod shared;

use std::time::Duration;

pub use file::{Format, Recording, value, write_history};
pub use recorder::{Invocation, Recorder};

use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

/// The operations of one run in the order of their invocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    operations: Vec<Operation>,
}

/// One operation of one client.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The workload that it belongs to, as the scenario names it.
    pub workload: Atom,
    /// The client within the workload, counted from 0. A client does one thing after the other.
    pub client: u32,
    /// The user's name for it: `post`, `read`, `join`.
    pub name: Atom,
    /// Its effect on the data.
    pub action: Action,
    /// The key: the room.
    pub key: Term,
    /// The value: the message posted; `undefined` if there is none.
    pub value: Term,
    /// The time of the invocation.
    pub invoked: Time,
    /// The client's timeout.
    pub timeout: Duration,
    /// Its completion; `None` while it is in progress.
    pub completion: Option<Completion>,
}

/// The effect of an operation on the data, in the words of the checkers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Returns the key's value: its list, text, set or register.
    Read,
    /// Replaces the key's value.
    Write,
    /// Replaces the key's value if it is the first of two, by the second.
    CompareAndSet,
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
    Transaction,
    /// An action that no checker looks into.
    Other,
}

impl Action {
    /// All actions, with their names in files.
    pub const NAMES: [(Action, &str); 15] = [
        (Action::Read, "read"),
        (Action::Write, "write"),
        (Action::CompareAndSet, "cas"),
        (Action::Append, "append"),
        (Action::Add, "add"),
        (Action::Remove, "remove"),
        (Action::Acquire, "acquire"),
        (Action::Release, "release"),
        (Action::Enqueue, "enqueue"),
        (Action::Dequeue, "dequeue"),
        (Action::Contains, "contains"),
        (Action::Delete, "delete"),
        (Action::Transfer, "transfer"),
        (Action::Transaction, "txn"),
        (Action::Other, "other"),
    ];

    /// The name that it has in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Action::NAMES.iter().find(|(action, _)| *action == self).map_or("other", |(_, name)| name)
    }

    /// True if its answer tells of what others did: what is only written contradicts nothing.
    #[must_use]
    pub const fn shows_state(self) -> bool {
        match self {
            Action::Read
            | Action::CompareAndSet
            | Action::Acquire
            | Action::Dequeue
            | Action::Contains
            | Action::Transaction => true,
            Action::Write
            | Action::Append
            | Action::Add
            | Action::Remove
            | Action::Release
            | Action::Enqueue
            | Action::Delete
            | Action::Transfer
            | Action::Other => false,
        }
    }

    /// True if it changes what is kept, where it is done.
    #[must_use]
    pub const fn changes_state(self) -> bool {
        match self {
            Action::Write
            | Action::CompareAndSet
            | Action::Append
            | Action::Add
            | Action::Remove
            | Action::Acquire
            | Action::Release
            | Action::Enqueue
            | Action::Delete
            | Action::Transfer
            | Action::Transaction => true,
            Action::Read | Action::Dequeue | Action::Contains | Action::Other => false,
        }
    }
}

/// The end of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The time at which the client knew.
    pub at: Time,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcome of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done, with this answer.
    Ok(Term),
    /// Certainly not done.
    Failed(Term),
    /// Perhaps done, perhaps not: no answer, or one that does not say.
    Unknown(Term),
}

/// An operation in a [`History`]: its place in the order of invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationId(pub u32);

impl History {
    /// Records the beginning of an operation.
    pub fn invoke(&mut self, operation: Operation) -> OperationId {
        self.operations.push(operation);
        OperationId(self.operations.len() as u32 - 1)
    }

    /// Records the end of an operation. An operation ends once; later ends are ignored.
    pub fn complete(&mut self, id: OperationId, completion: Completion) {
        let operation = &mut self.operations[id.0 as usize];
        operation.completion.get_or_insert(completion);
    }

    /// All operations with their places.
    pub fn iter(&self) -> impl Iterator<Item = (OperationId, &Operation)> {
        (0..).map(OperationId).zip(&self.operations)
    }

    /// All operations in the order of their invocation.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

impl Operation {
    /// True if it was answered without an error.
    pub fn is_ok(&self) -> bool {
        self.answer().is_some()
    }

    /// The answer, if it was answered without an error.
    pub fn answer(&self) -> Option<&Term> {
        match &self.completion {
            Some(Completion { outcome: Outcome::Ok(answer), .. }) => Some(answer),
            Some(Completion { outcome: Outcome::Failed(_) | Outcome::Unknown(_), .. }) | None => {
                None
            }
        }
    }

    /// The time that the client waited for the end; `None` while it is in progress.
    pub fn latency(&self) -> Option<Duration> {
        self.completion.as_ref().map(|completion| completion.at.since(self.invoked))
    }
}

/// The time at which an operation ended, if it did.
pub(crate) fn ended(operation: &Operation) -> Option<Time> {
    operation.completion.as_ref().map(|completion| completion.at)
}
