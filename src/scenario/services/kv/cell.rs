//! The state of keys: their values, and what their clients have been answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::protocol::{Change, KeyValueAnswer, KeyValueRequest};

/// All keys with their states: what a log of requests makes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::scenario::services) struct Cells(BTreeMap<String, Cell>);

/// The state of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) value: Option<String>,
    /// The last operation of each client that may have changed it.
    sessions: BTreeMap<String, (u64, KeyValueAnswer)>,
}

impl Cells {
    /// Does what a request asks for, unless it has been done, as [`Cell::apply`] has it.
    pub(in crate::scenario::services) fn apply(
        &mut self,
        request: &KeyValueRequest,
    ) -> Option<KeyValueAnswer> {
        self.0.entry(request.key.clone()).or_default().apply(request)
    }

    /// The answer to a request that has been done before.
    pub(in crate::scenario::services) fn known_answer(
        &self,
        request: &KeyValueRequest,
    ) -> Option<KeyValueAnswer> {
        let (number, answer) = self.0.get(&request.key)?.sessions.get(&request.client)?;
        (*number == request.number).then(|| answer.clone())
    }

    /// The value of a key.
    pub(in crate::scenario::services) fn value(&self, key: &str) -> Option<String> {
        self.0.get(key)?.value.clone()
    }
}

impl Cell {
    /// Does what a request asks for, unless it has been done: the answer. Nothing for a request of a
    /// client that has had a later one done since.
    pub(super) fn apply(&mut self, request: &KeyValueRequest) -> Option<KeyValueAnswer> {
        let answer = match &request.change {
            Change::Get => return Some(KeyValueAnswer::Value(self.value.clone())),
            Change::Put(_) | Change::Cas(..) => match self.sessions.get(&request.client) {
                Some((number, answer)) if *number == request.number => return Some(answer.clone()),
                Some((number, _)) if *number > request.number => return None,
                Some(_) | None => self.change(&request.change),
            },
        };
        self.sessions.insert(request.client.clone(), (request.number, answer.clone()));
        Some(answer)
    }

    fn change(&mut self, change: &Change) -> KeyValueAnswer {
        match change {
            Change::Get => KeyValueAnswer::Value(self.value.clone()),
            Change::Put(value) => {
                self.value = Some(value.clone());
                KeyValueAnswer::Written
            }
            Change::Cas(from, to) => {
                let swaps = self.value == *from;
                if swaps {
                    self.value = Some(to.clone());
                }
                KeyValueAnswer::Swapped(swaps)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &mut Cell, number: u64, change: Change, expected: Option<&KeyValueAnswer>) {
        let (key, client) = ("k".to_owned(), "c".to_owned());
        let request = KeyValueRequest { key, change, client, number, within_ms: 0 };
        assert_eq!(cell.apply(&request).as_ref(), expected, "{number}");
    }

    #[test]
    fn what_is_asked_twice_is_done_once() {
        let mut cell = Cell::default();
        let [a, b] = ["a", "b"].map(str::to_owned);
        let put = |value: &String| Change::Put(value.clone());
        let cas = |from: Option<&String>, to: &String| Change::Cas(from.cloned(), to.clone());
        check(&mut cell, 1, cas(Some(&b), &a), Some(&KeyValueAnswer::Swapped(false)));
        check(&mut cell, 2, cas(None, &b), Some(&KeyValueAnswer::Swapped(true)));
        check(&mut cell, 2, cas(None, &b), Some(&KeyValueAnswer::Swapped(true)));
        check(&mut cell, 1, cas(Some(&b), &a), None);
        check(&mut cell, 3, put(&a), Some(&KeyValueAnswer::Written));
        check(&mut cell, 2, put(&b), None);
        check(&mut cell, 2, Change::Get, Some(&KeyValueAnswer::Value(Some(a))));
    }
}
