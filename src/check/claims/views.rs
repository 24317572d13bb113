//! A history as those see it who read: key by key, what was written and what was shown.

use std::collections::BTreeMap;

use crate::check::Numbered;
use crate::check::keys::precedes;
use crate::check::model::has_failed;
use crate::history::{Action, Operation};
use crate::term::Term;

/// The keys of a history.
pub(super) struct Views<'a> {
    pub(super) keys: Vec<View<'a>>,
}

/// The operations on one key, in the order of their invocation.
pub(super) struct View<'a> {
    pub(super) key: &'a Term,
    /// Whether it is a collection; otherwise it is a register.
    pub(super) is_collection: bool,
    /// All that may have written something, with those that failed.
    pub(super) writes: Vec<Numbered<'a>>,
    /// The reads that were answered.
    pub(super) reads: Vec<Shown<'a>>,
}

/// A read with its answer.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) read: Numbered<'a>,
    pub(super) answer: &'a Term,
}

impl<'a> Views<'a> {
    pub(super) fn of(operations: impl IntoIterator<Item = Numbered<'a>>) -> Views<'a> {
        let mut keys: BTreeMap<&Term, View> = BTreeMap::new();
        for (id, operation) in operations {
            let key = &operation.key;
            let new = || View { key, is_collection: false, writes: Vec::new(), reads: Vec::new() };
            let view = keys.entry(key).or_insert_with(new);
            match operation.action {
                Action::Append | Action::Add => {
                    view.is_collection = true;
                    view.writes.push((id, operation));
                }
                Action::Write => view.writes.push((id, operation)),
                Action::Read => view.reads.extend(
                    operation.answer().map(|answer| Shown { read: (id, operation), answer }),
                ),
                Action::CompareAndSet
                | Action::Remove
                | Action::Acquire
                | Action::Release
                | Action::Enqueue
                | Action::Dequeue
                | Action::Other => {}
            }
        }
        let mut keys: Vec<View> = keys.into_values().collect();
        for view in keys.iter_mut().filter(|view| view.is_collection) {
            // What is no list does not tell what is in it.
            view.reads.retain(|shown| shown.answer.as_list().is_some());
        }
        Views { keys }
    }

    /// The keys that collect values, with what each read of them shows.
    pub(super) fn collections(&self) -> impl Iterator<Item = &View<'a>> {
        self.keys.iter().filter(|view| view.is_collection)
    }
}

impl<'a> View<'a> {
    /// The writes that were acknowledged.
    pub(super) fn acknowledged(&self) -> impl Iterator<Item = Numbered<'a>> {
        self.writes.iter().copied().filter(|(_, write)| write.is_ok())
    }

    /// The writes that may have taken effect.
    pub(super) fn possible(&self) -> impl Iterator<Item = Numbered<'a>> {
        self.writes.iter().copied().filter(|(_, write)| !has_failed(write))
    }

    /// Whether what a register held when it was answered with `answer` is older than a write: it
    /// was there before any write, or its only write had ended before this one was begun.
    pub(super) fn is_older(&self, answer: &Term, write: Numbered) -> bool {
        let mut sources = self.possible().filter(|(_, other)| other.value == *answer);
        match (sources.next(), sources.next()) {
            (Some(source), None) => source.1.is_ok() && precedes(source, write),
            (None, _) => answer.is_atom("undefined"),
            (Some(_), Some(_)) => false,
        }
    }
}

impl<'a> Shown<'a> {
    /// The values of a collection.
    pub(super) fn values(&self) -> &'a [Term] {
        self.answer.as_list().unwrap_or_default()
    }

    pub(super) fn shows(&self, write: &Operation) -> bool {
        self.values().contains(&write.value)
    }
}

/// Whether two operations are of one client.
pub(super) fn same_client(one: Numbered, other: Numbered) -> bool {
    (one.1.workload, one.1.client) == (other.1.workload, other.1.client)
}
