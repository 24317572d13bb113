//! A history, key by key: what was written to the key, and what reads of it showed.

use std::collections::BTreeMap;

use crate::consistency::history::{Action, Operation, OperationId};
use crate::engine::term::Term;
use crate::engine::time::Time;

use super::history::ended;
use super::model::{has_failed, two, was_refused};
use super::shown::{Lists, Shown};
use super::{Numbered, abridged};

/// Operations by key, in the order of the keys.
pub(crate) struct KeyHistories<'a> {
    pub keys: Vec<KeyHistory<'a>>,
    /// The reads that were answered with something else than a list.
    pub unreadable: usize,
}

/// The operations on one key, in the order of their invocation.
pub(crate) struct KeyHistory<'a> {
    pub key: &'a Term,
    pub kind: KeyKind,
    /// Those that put a value there, however they ended.
    pub writes: Vec<Write<'a>>,
    /// Those that were answered with what is there; for a collection, with a list of it.
    pub reads: Vec<Read<'a>>,
    /// The value at the beginning, if the key is a register.
    pub initial: Term,
    /// The number of reads of a collection that were answered with something else than a list.
    pub unreadable: usize,
    /// Those that take a value out of a collection, however they ended; those that may have taken
    /// one out of a queue, and nobody knows which.
    pub removals: Vec<Numbered<'a>>,
}

/// The kind of data that a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// One value, which is replaced.
    Register,
    /// Values that are appended or added, and read as a whole.
    Collection,
    /// Values that are put in and taken out, one by one. What is taken out counts as a read.
    Queue,
    /// Something that is both replaced and added to, or a number that is added to: reads of it do not tell
    /// which of the values that were written it is made of.
    Other,
}

/// One of the values of a key, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ValueId(u32);

/// An operation that puts a value there.
#[derive(Clone, Copy)]
pub(crate) struct Write<'a> {
    pub id: OperationId,
    pub operation: &'a Operation,
    /// The value that is there afterwards; in a collection, beside the others.
    pub term: &'a Term,
    pub value: ValueId,
}

/// An operation that was answered with what is there.
pub(crate) struct Read<'a> {
    pub id: OperationId,
    pub operation: &'a Operation,
    pub answer: &'a Term,
    /// The values that it shows, if the key is a collection.
    pub values: Shown,
}

impl<'a> KeyHistories<'a> {
    pub(crate) fn of(operations: impl IntoIterator<Item = Numbered<'a>>) -> KeyHistories<'a> {
        KeyHistories::beginning_with(&Term::atom("undefined"), operations)
    }

    /// As [`of`](KeyHistories::of), where registers hold a value at the beginning.
    pub(crate) fn beginning_with(
        initial: &Term,
        operations: impl IntoIterator<Item = Numbered<'a>>,
    ) -> KeyHistories<'a> {
        let mut keys: BTreeMap<&Term, Vec<Numbered>> = BTreeMap::new();
        let mut unreadable = 0;
        for (id, operation) in operations {
            keys.entry(&operation.key).or_default().push((id, operation));
            unreadable +=
                usize::from(read_answer(operation).is_some_and(|it| it.as_list().is_none()));
        }
        let keys = keys.into_iter().map(|(key, all)| KeyHistory::of(key, initial, &all)).collect();
        KeyHistories { keys, unreadable }
    }

    pub(crate) fn queues(&self) -> impl Iterator<Item = &KeyHistory<'a>> {
        self.keys.iter().filter(|key| key.kind == KeyKind::Queue)
    }

    /// The keys that collect values.
    pub(crate) fn collections(&self) -> impl Iterator<Item = &KeyHistory<'a>> {
        self.keys.iter().filter(|key| key.kind == KeyKind::Collection)
    }
}

impl<'a> KeyHistory<'a> {
    fn of(key: &'a Term, initial: &Term, operations: &[Numbered<'a>]) -> KeyHistory<'a> {
        let (kind, mut unreadable) = (KeyKind::of(operations), 0);
        let (mut writes, mut reads, mut removals) = (Vec::new(), Vec::new(), Vec::new());
        let (mut numbers, mut lists, mut parts) =
            (Numbers::default(), Lists::default(), Vec::new());
        for (id, operation) in operations.iter().copied() {
            if let Some(term) = written(operation) {
                writes.push(Write { id, operation, term, value: numbers.of(term) });
            } else if operation.action == Action::Remove {
                removals.push((id, operation));
            } else if let Some(answer) = read_answer(operation) {
                let values = match (kind, answer.as_list()) {
                    (KeyKind::Collection, Some(terms)) => {
                        parts.push((reads.len(), lists.keep(numbers.of_all(terms))));
                        Vec::new()
                    }
                    // What is no list does not tell what is in it.
                    (KeyKind::Collection, None) => {
                        unreadable += 1;
                        continue;
                    }
                    (KeyKind::Register | KeyKind::Queue | KeyKind::Other, _) => Vec::new(),
                };
                reads.push(Read { id, operation, answer, values: values.into() });
            } else if operation.action == Action::Dequeue {
                match operation.answer() {
                    Some(answer) => {
                        let taken = Some(answer).filter(|answer| !answer.is_atom("undefined"));
                        let values = taken.map(|answer| numbers.of(answer)).into_iter().collect();
                        reads.push(Read { id, operation, answer, values });
                    }
                    None if has_failed(operation) => {}
                    None => removals.push((id, operation)),
                }
            }
        }
        let shown = lists.finished();
        for (place, part) in parts {
            reads[place].values = shown(part);
        }
        let initial = initial.clone();
        KeyHistory { key, kind, writes, reads, initial, unreadable, removals }
    }

    /// The key with a word before it, as in ` of <<"k">>`; nothing where there is but one key without
    /// a name.
    pub(crate) fn said(&self, word: &str) -> String {
        let named = !self.key.is_atom("undefined");
        if named { format!(" {word} {}", abridged(self.key)) } else { String::new() }
    }

    /// The writes that were acknowledged.
    pub(crate) fn acknowledged(&self) -> impl Iterator<Item = &Write<'a>> {
        self.writes.iter().filter(|write| write.operation.is_ok())
    }

    /// The writes that may have taken effect.
    pub(crate) fn possible(&self) -> impl Iterator<Item = &Write<'a>> {
        self.writes.iter().filter(|write| !has_failed(write.operation))
    }

    /// The most times that each value may be there, by its number: as often as it may have been
    /// written, and once if it was only added, as to a set.
    pub(crate) fn most(&self) -> Counts {
        let mut most = Counts::default();
        for write in self.possible() {
            if write.operation.action != Action::Add || most.of(write.value) == 0 {
                most.count(write.value);
            }
        }
        most
    }

    /// The end of the last write or removal, as far as anybody knows; one without an end counts from
    /// its time limit.
    pub(crate) fn quiet_from(&self) -> Time {
        let changes = self.writes.iter().map(|write| write.operation);
        let changes = changes.chain(self.removals.iter().map(|(_, removal)| *removal));
        let end = |it: &Operation| ended(it).unwrap_or(it.invoked + it.timeout);
        changes.map(end).max().unwrap_or_default()
    }

    /// True if two reads show the same; the order of values that are only added does not matter.
    pub(crate) fn shows_the_same(&self, one: &Read, other: &Read) -> bool {
        let appends = self.writes.iter().any(|write| write.operation.action == Action::Append);
        if self.kind != KeyKind::Collection || appends {
            return one.answer == other.answer;
        }
        let sorted = |read: &Read| {
            let mut values = read.values.to_vec();
            values.sort_unstable();
            values
        };
        sorted(one) == sorted(other)
    }

    /// True if a read does not show what was written, though nobody can have taken it out of the
    /// collection before the read ended.
    pub(crate) fn lacks(&self, read: &Read, write: &Write) -> bool {
        !read.shows(write) && !self.may_be_gone(write.term, read)
    }

    /// True if somebody may have taken a value out of the collection before a read ended.
    pub(crate) fn may_be_gone(&self, value: &Term, read: &Read) -> bool {
        let mut removals = self.removals.iter().filter(|(_, removal)| !has_failed(removal));
        removals.any(|(_, removal)| {
            removal.value == *value
                && ended(read.operation).is_none_or(|end| removal.invoked <= end)
        })
    }
}

impl KeyKind {
    fn of(operations: &[Numbered]) -> KeyKind {
        let mut writes = operations.iter().filter(|(_, each)| written(each).is_some());
        let collects = |each: &Numbered| matches!(each.1.action, Action::Append | Action::Add);
        let answers = operations.iter().filter_map(|(_, each)| read_answer(each));
        let queues = |each: &Numbered| matches!(each.1.action, Action::Enqueue | Action::Dequeue);
        let shows_lists = answers.clone().all(|answer| answer.as_list().is_some());
        let changes_otherwise = |each: &Numbered| {
            matches!(each.1.action, Action::Delete | Action::Transfer | Action::Transaction)
        };
        let mut answered = answers.clone().peekable();
        let adds = |each: &Numbered| each.1.action == Action::Add;
        let counts = writes.clone().next().is_some()
            && writes.clone().all(adds)
            && answered.peek().is_some()
            && answered.all(is_whole);
        if operations.iter().any(changes_otherwise) || counts {
            KeyKind::Other
        } else if operations.iter().any(queues) {
            KeyKind::Queue
        } else if writes.clone().next().is_none() && !shows_lists {
            KeyKind::Register
        } else if writes.clone().all(collects) {
            KeyKind::Collection
        } else if writes.any(collects) {
            KeyKind::Other
        } else {
            KeyKind::Register
        }
    }
}

impl<'a> Write<'a> {
    pub(crate) const fn numbered(&self) -> Numbered<'a> {
        (self.id, self.operation)
    }
}

impl<'a> Read<'a> {
    pub(crate) const fn numbered(&self) -> Numbered<'a> {
        (self.id, self.operation)
    }

    pub(crate) fn shows(&self, write: &Write) -> bool {
        self.values.contains(&write.value)
    }
}

/// The value that is there when an operation has taken effect, in a collection beside others.
pub(crate) fn written(operation: &Operation) -> Option<&Term> {
    match operation.action {
        Action::Write | Action::Append | Action::Add | Action::Enqueue => Some(&operation.value),
        Action::CompareAndSet if was_refused(operation) => None,
        Action::CompareAndSet => two(&operation.value).map(|[_, new]| new),
        Action::Read
        | Action::Remove
        | Action::Acquire
        | Action::Release
        | Action::Dequeue
        | Action::Contains
        | Action::Delete
        | Action::Transfer
        | Action::Transaction
        | Action::Other => None,
    }
}

/// True of a whole number.
const fn is_whole(term: &Term) -> bool {
    matches!(term, Term::Integer(_) | Term::BigInteger(_))
}

/// The answer of a read.
fn read_answer(operation: &Operation) -> Option<&Term> {
    operation.answer().filter(|_| operation.action == Action::Read)
}

/// Numbers the values of a key.
#[derive(Default)]
struct Numbers<'a> {
    terms: Vec<&'a Term>,
    known: BTreeMap<&'a Term, ValueId>,
    /// The values of the last list.
    last: Vec<ValueId>,
}

impl<'a> Numbers<'a> {
    fn of(&mut self, term: &'a Term) -> ValueId {
        *self.known.entry(term).or_insert_with(|| {
            self.terms.push(term);
            ValueId(self.terms.len() as u32 - 1)
        })
    }

    fn of_all(&mut self, terms: &'a [Term]) -> &[ValueId] {
        for (place, term) in terms.iter().enumerate() {
            // Most lists are the last one with a little more.
            match self.last.get(place) {
                Some(value) if self.terms[value.place()] == term => {}
                Some(_) => self.last[place] = self.of(term),
                None => {
                    let value = self.of(term);
                    self.last.push(value);
                }
            }
        }
        self.last.truncate(terms.len());
        &self.last
    }
}

impl ValueId {
    #[cfg(test)]
    pub(crate) const fn numbered(number: u32) -> ValueId {
        ValueId(number)
    }

    /// Values are counted from 0 in each key.
    pub(crate) const fn place(self) -> usize {
        self.0 as usize
    }
}

/// The number of times that each value is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(Vec<u32>);

impl Counts {
    pub(crate) fn of(&self, value: ValueId) -> u32 {
        self.0.get(value.place()).copied().unwrap_or(0)
    }

    /// Counts a value once more, and says how often that is now.
    pub(crate) fn count(&mut self, value: ValueId) -> u32 {
        if self.0.len() <= value.place() {
            self.0.resize(value.place() + 1, 0);
        }
        self.0[value.place()] += 1;
        self.0[value.place()]
    }

    /// Counts these and nothing else.
    pub(crate) fn begin_with(&mut self, values: &[ValueId]) {
        self.clear();
        for value in values {
            self.count(*value);
        }
    }

    /// Begins again.
    pub(crate) fn clear(&mut self) {
        self.0.fill(0);
    }
}

/// True if one operation ended before another began, as any observer would agree: at an earlier
/// time, or at the same instant in one client, which does one thing after the other.
pub(crate) fn precedes(first: Numbered, second: Numbered) -> bool {
    let Some(end) = ended(first.1) else { return false };
    let in_one_client = same_client(first, second) && first.0 < second.0;
    end < second.1.invoked || (in_one_client && end == second.1.invoked)
}

/// True if two operations are of one client.
pub(crate) fn same_client(one: Numbered, other: Numbered) -> bool {
    (one.1.workload, one.1.client) == (other.1.workload, other.1.client)
}
