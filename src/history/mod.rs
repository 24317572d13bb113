//! What the clients saw: their operations with invocation and completion. Checkers read this.

mod file;
mod recorder;
mod shared;

use std::time::Duration;

pub(crate) use file::STRICT_JSON;
pub use file::{Format, Recording, value, write_history};
pub use recorder::{Invocation, Recorder};
use serde::{Deserialize, Serialize};

use crate::otp::gen_server::{CallExit, call_exit};
use crate::runtime::Exit;
use crate::term::{Atom, Term};
use crate::time::Time;

/// The operations of one run in the order of their invocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History {
    operations: Vec<Operation>,
}

/// One operation of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The workload that it belongs to, as the scenario names it.
    pub workload: Atom,
    /// The client within the workload, counted from 0. A client does one thing after the other.
    pub client: u32,
    /// What the user calls it: `post`, `read`, `join`.
    pub name: Atom,
    /// What it does to the data.
    pub action: Action,
    /// What it is about: the room.
    pub key: Term,
    /// What it brings: the message posted; `undefined` if nothing.
    pub value: Term,
    /// When the client began.
    pub invoked: Time,
    /// How long the client was prepared to wait.
    pub timeout: Duration,
    /// When it ended, and how; nothing while it is going on.
    pub completion: Option<Completion>,
}

/// What an operation does to the data, in the words of the checkers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Takes the value out of the key's set.
    Remove,
    /// Takes the key's lock.
    Acquire,
    /// Gives the key's lock back.
    Release,
    /// Puts the value at the end of the key's queue.
    Enqueue,
    /// Takes the first value of the key's queue, and returns it.
    Dequeue,
    /// Tells whether the value is in the key's set.
    Contains,
    /// Takes the key's value away.
    Delete,
    /// Moves an amount from one account to another.
    Transfer,
    /// Reads and writes several keys at once.
    Transaction,
    /// Something that no checker looks into.
    Other,
}

impl Action {
    /// All actions, with the name that each has in files.
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
}

/// The end of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// When the client knew.
    pub at: Time,
    /// What it knew.
    pub outcome: Outcome,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done, with this answer.
    Ok(Term),
    /// Certainly not done.
    Failed(Term),
    /// Perhaps done, perhaps not: no answer, or one that does not tell.
    Unknown(Term),
}

impl Outcome {
    /// What a `gen_server` call means to the client that made it: an answer is done; `noproc`, where
    /// nobody was there to be asked, is certainly not done; after any other exit nobody knows.
    ///
    /// A call to a global name exits with `noproc` also when the node of its holder goes down during
    /// the call, and Erlang does not say which it was (G16): nobody knows then either. Who looks the
    /// name up first and calls the process is told `{nodedown,Node}` in that case, and `noproc` only
    /// where nobody can have been asked.
    pub fn of_call(answer: Result<impl Into<Term>, Exit>) -> Outcome {
        match answer {
            Ok(answer) => Outcome::Ok(answer.into()),
            Err(exit) => {
                let CallExit { why, server } = call_exit(&exit);
                let by_identity = server.is_some_and(|server| server.tagged("global").is_none());
                if why.is_atom("noproc") && by_identity {
                    Outcome::Failed(why.clone())
                } else {
                    Outcome::Unknown(why.clone())
                }
            }
        }
    }
}

/// An operation in a [`History`]: its place in the order of invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// Whether it was answered without an error.
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

    /// How long the client waited for the end; nothing while it is going on.
    pub fn latency(&self) -> Option<Duration> {
        self.completion.as_ref().map(|completion| completion.at.since(self.invoked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reason: &str, expected: &Outcome) {
        let exit = Exit::exit(reason.parse::<Term>().unwrap());
        assert_eq!(Outcome::of_call(Err::<Term, _>(exit)), *expected, "{reason}");
    }

    #[test]
    fn a_call_has_failed_only_where_nobody_can_have_been_asked() {
        let why = |text: &str| text.parse::<Term>().unwrap();
        assert_eq!(Outcome::of_call(Ok(7)), Outcome::Ok(Term::from(7)));
        check("{noproc,{gen_server,call,[store,get]}}", &Outcome::Failed(why("noproc")));
        check("{noproc,{gen_server,call,[{store,a@x},get]}}", &Outcome::Failed(why("noproc")));
        check("{noproc,{gen_server,call,[{global,store},get]}}", &Outcome::Unknown(why("noproc")));
        check("{timeout,{gen_server,call,[store,get]}}", &Outcome::Unknown(why("timeout")));
        check(
            "{{nodedown,a@x},{gen_server,call,[s,get]}}",
            &Outcome::Unknown(why("{nodedown,a@x}")),
        );
        check("killed", &Outcome::Unknown(why("killed")));
    }
}
