//! A history, key by key: what was appended to the key's list, and what reads of it
//! showed.

use std::collections::BTreeMap;

use crate::history::{Action, Operation, OperationId};
use crate::term::Term;

use super::Numbered;
use super::evidence::ended;

/// The operations on one key.
pub(super) struct KeyHistory<'a> {
    pub key: &'a Term,
    /// Those that add to its list, however they ended.
    pub appends: Vec<(OperationId, &'a Operation)>,
    /// Those that were answered with its list.
    pub reads: Vec<Read<'a>>,
}

/// A read that was answered with a list.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    pub id: OperationId,
    pub operation: &'a Operation,
    pub values: &'a [Term],
}

/// Operations by key, in the order of the keys.
pub(super) struct KeyHistories<'a> {
    pub keys: Vec<KeyHistory<'a>>,
    /// The reads that were answered with something else than a list.
    pub unreadable: usize,
}

impl<'a> KeyHistories<'a> {
    pub(super) fn of(operations: impl IntoIterator<Item = Numbered<'a>>) -> KeyHistories<'a> {
        let mut keys: BTreeMap<&Term, KeyHistory> = BTreeMap::new();
        let mut unreadable = 0;
        for (id, operation) in operations {
            let key = &operation.key;
            let new = || KeyHistory { key, appends: Vec::new(), reads: Vec::new() };
            match operation.action {
                Action::Append => {
                    keys.entry(key).or_insert_with(new).appends.push((id, operation));
                }
                Action::Read => match operation.answer().map(Term::as_list) {
                    Some(Some(values)) => {
                        let read = Read { id, operation, values };
                        keys.entry(key).or_insert_with(new).reads.push(read);
                    }
                    Some(None) => unreadable += 1,
                    None => {}
                },
                Action::Write
                | Action::CompareAndSet
                | Action::Add
                | Action::Remove
                | Action::Acquire
                | Action::Release
                | Action::Enqueue
                | Action::Dequeue
                | Action::Other => {}
            }
        }
        KeyHistories { keys: keys.into_values().collect(), unreadable }
    }
}

impl<'a> KeyHistory<'a> {
    /// The appends that were acknowledged.
    pub(super) fn acknowledged(
        &self,
    ) -> impl Iterator<Item = (OperationId, &'a Operation)> + use<'a, '_> {
        self.appends.iter().copied().filter(|(_, operation)| operation.is_ok())
    }
}

/// Whether one operation ended before another was begun, as any observer would agree: at an earlier
/// time, or at the same instant in one client, which does one thing after the other.
pub(super) fn precedes(
    first: (OperationId, &Operation),
    second: (OperationId, &Operation),
) -> bool {
    let Some(end) = ended(first.1) else { return false };
    let client = |operation: &Operation| (operation.workload, operation.client);
    let in_one_client = client(first.1) == client(second.1) && first.0 < second.0;
    end < second.1.invoked || (in_one_client && end == second.1.invoked)
}
