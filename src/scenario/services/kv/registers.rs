//! What a replica remembers: for each key what it has promised and accepted, and its file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::protocol::{Ask, Ballot, Said};
use crate::engine::term::{Term, from_term, to_term};

/// The keys of a replica.
#[derive(Debug, Default)]
pub(super) struct Registers(BTreeMap<String, Register>);

/// What a replica has promised and accepted about a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Register {
    promised: Option<Ballot>,
    accepted: Option<(Ballot, Cell)>,
}

/// What is written to the file: what a key is from then on.
#[derive(Serialize, Deserialize)]
struct Record(String, Register);

impl Registers {
    /// What the records of a file come to.
    pub(super) fn replay(records: &[Term]) -> Registers {
        let record = |record| from_term::<Record>(record).expect("a replica wrote the record");
        Registers(records.iter().map(record).map(|Record(key, it)| (key, it)).collect())
    }

    /// The shortest file that comes to the same.
    pub(super) fn records(&self) -> Vec<Term> {
        self.0.iter().map(|(key, register)| record(key, register)).collect()
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What an ask would make of its key.
    ///
    /// # Errors
    /// If a later ballot has been promised something: that one.
    pub(super) fn judge(&self, ask: &Ask) -> Result<Register, Ballot> {
        let (key, ballot) = ask.about();
        let register = self.0.get(key).cloned().unwrap_or_default();
        match register.promised {
            Some(promised) if promised > ballot => Err(promised),
            Some(_) | None => Ok(match ask {
                Ask::Prepare(..) => Register { promised: Some(ballot), ..register },
                Ask::Accept(_, _, cell) => {
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
    /// What is answered to who has made a key this.
    pub(super) fn said(&self, ask: &Ask) -> Said {
        match ask {
            Ask::Prepare(..) => Said::Promised(self.accepted.clone()),
            Ask::Accept(..) => Said::Accepted,
        }
    }
}

/// The record of a key.
pub(super) fn record(key: &str, register: &Register) -> Term {
    let record = Record(key.to_owned(), register.clone());
    to_term(&record).expect("a record holds text and numbers")
}
