//! The memory of a replica: its promise and its accepted value for each key, and its file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::protocol::{Ballot, ReplicaAnswer, ReplicaRequest};
use crate::engine::term::{Term, from_term, to_term};

/// The keys of a replica.
#[derive(Debug, Default)]
pub(super) struct Registers(BTreeMap<String, Register>);

/// The promise and the accepted value of a replica for a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Register {
    promised: Option<Ballot>,
    accepted: Option<(Ballot, Cell)>,
}

/// A record of the file: the value of a key from then on.
#[derive(Serialize, Deserialize)]
struct Record(String, Register);

impl Registers {
    /// The registers that the records of a file amount to.
    pub(super) fn replay(records: &[Term]) -> Registers {
        let record = |record| from_term::<Record>(record).expect("a replica wrote the record");
        Registers(records.iter().map(record).map(|Record(key, it)| (key, it)).collect())
    }

    /// The shortest file that comes to the same.
    pub(super) fn records(&self) -> Vec<Term> {
        self.0.iter().map(|(key, register)| record(key, register)).collect()
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value that a request would give its key.
    ///
    /// # Errors
    /// If a later ballot has been promised something: that one.
    pub(super) fn judge(&self, ask: &ReplicaRequest) -> Result<Register, Ballot> {
        let (key, ballot) = ask.about();
        let register = self.0.get(key).cloned().unwrap_or_default();
        match register.promised {
            Some(promised) if promised > ballot => Err(promised),
            Some(_) | None => Ok(match ask {
                ReplicaRequest::Prepare(..) => Register { promised: Some(ballot), ..register },
                ReplicaRequest::Accept(_, _, cell) => {
                    Register { promised: Some(ballot), accepted: Some((ballot, cell.clone())) }
                }
            }),
        }
    }

    pub(super) fn set(&mut self, key: &str, register: Register) {
        self.0.insert(key.to_owned(), register);
    }
}

impl Register {
    /// The answer to the client that has given a key this value.
    pub(super) fn said(&self, ask: &ReplicaRequest) -> ReplicaAnswer {
        match ask {
            ReplicaRequest::Prepare(..) => ReplicaAnswer::Promised(self.accepted.clone()),
            ReplicaRequest::Accept(..) => ReplicaAnswer::Accepted,
        }
    }
}

/// The record of a key.
pub(super) fn record(key: &str, register: &Register) -> Term {
    let record = Record(key.to_owned(), register.clone());
    to_term(&record).expect("a record holds text and numbers")
}
