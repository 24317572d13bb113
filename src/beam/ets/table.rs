//! One table: its properties and its rows.

use std::cmp::Ordering;

use super::rows::{Place, Row, Rows};
use crate::beam::AtomIndex;
use crate::beam::heap::{Heap, phash2};
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::value::Value;

/// The type of a table: the number of rows that a key may have, and their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One row for a key.
    Set,
    /// As `Set`, in the order of the keys; `1` and `1.0` are one key.
    OrderedSet,
    /// Rows of one key differ.
    Bag,
    /// Any rows.
    DuplicateBag,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Set => "set",
            Kind::OrderedSet => "ordered_set",
            Kind::Bag => "bag",
            Kind::DuplicateBag => "duplicate_bag",
        }
    }

    /// Has a key one row at the most?
    pub(super) fn is_unique(self) -> bool {
        match self {
            Kind::Set | Kind::OrderedSet => true,
            Kind::Bag | Kind::DuplicateBag => false,
        }
    }
}

/// The access that processes other than the owner have to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Nobody.
    Private,
    /// Others may read it.
    Protected,
    /// Others may read and write it.
    Public,
}

impl Protection {
    pub(super) fn of(name: &str) -> Option<Protection> {
        Some(match name {
            "private" => Protection::Private,
            "protected" => Protection::Protected,
            "public" => Protection::Public,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Protection::Private => "private",
            Protection::Protected => "protected",
            Protection::Public => "public",
        }
    }
}

/// A process that inherits a table, and what it is told then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heir {
    pub(super) pid: ProcessId,
    /// On the heap of the tables.
    pub(super) data: Value,
}

/// Options of a table that change nothing here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tuning {
    pub(super) read_concurrency: bool,
    pub(super) write_concurrency: Value,
    pub(super) decentralized_counters: bool,
    pub(super) is_compressed: bool,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) id: Reference,
    pub(super) name: AtomIndex,
    pub(super) is_named: bool,
    pub(super) kind: Kind,
    pub(super) protection: Protection,
    /// The place of the key in a row, counted from 0.
    pub(super) key_place: usize,
    pub(super) owner: ProcessId,
    pub(super) heir: Option<Heir>,
    /// The number of times that each process has fixed it.
    pub(super) fixed: Vec<(ProcessId, usize)>,
    /// The monotonic clock and the system clock when it was fixed first.
    pub(super) fixed_since: (i64, i64),
    pub(super) tuning: Tuning,
    pub(super) rows: Rows,
    /// The rows that were deleted while the table is fixed: only the last that fixes it frees them.
    pub(super) kept: Vec<Value>,
}

/// A key, and what it is ordered by before itself.
#[derive(Clone, Copy)]
pub(super) struct Key {
    hash: u32,
    pub(super) value: Value,
}

/// The words of an empty table with an order, and of one without, which has its buckets beside them.
const EMPTY: [usize; 2] = [139, 49];

/// The buckets of an empty table without an order.
const BUCKETS_MIN: usize = 256;

/// The words of a row beside its tuple, in each of the two.
const PER_ROW: [usize; 2] = [5, 4];

impl Table {
    /// The words that it takes in Erlang, as far as they are words.
    pub(super) fn words(&self, store: &Heap) -> usize {
        let (empty, per_row) = match self.kind {
            Kind::OrderedSet => (EMPTY[0], PER_ROW[0]),
            Kind::Set | Kind::Bag | Kind::DuplicateBag => (EMPTY[1] + self.buckets(), PER_ROW[1]),
        };
        self.rows.iter().fold(empty, |words, row| words + per_row + store.size_of(row.tuple))
    }

    /// The values that a collection has to move.
    pub(super) fn roots(&mut self) -> impl Iterator<Item = &mut Value> {
        let heir = self.heir.as_mut().map(|heir| &mut heir.data);
        self.rows.tuples_mut().chain(&mut self.kept).chain(heir)
    }

    pub(super) fn key(&self, store: &Heap, value: Value) -> Key {
        let hash = match self.kind {
            Kind::OrderedSet => 0,
            Kind::Set | Kind::Bag | Kind::DuplicateBag => {
                store.iteration_order().rank(|| phash2(store, value))
            }
        };
        Key { hash, value }
    }

    /// The key of a row.
    pub(super) fn key_of(&self, store: &Heap, tuple: Value) -> Value {
        let elements = store.as_tuple(tuple).unwrap_or_default();
        elements.get(self.key_place).copied().unwrap_or(Value::NIL)
    }

    fn order(&self, store: &Heap, row: Row, key: Key) -> Ordering {
        let own = self.key_of(store, row.tuple);
        match self.kind {
            Kind::OrderedSet => store.compare(own, key.value),
            Kind::Set | Kind::Bag | Kind::DuplicateBag => {
                row.hash.cmp(&key.hash).then_with(|| store.compare_exact(own, key.value))
            }
        }
    }

    /// The first place that is not before a key.
    pub(super) fn first_place(&self, store: &Heap, key: Key) -> Place {
        self.rows.find(|row| self.order(store, row, key).is_lt())
    }

    /// The first place that is behind all rows of a key.
    pub(super) fn last_place(&self, store: &Heap, key: Key) -> Place {
        self.rows.find(|row| self.order(store, row, key).is_le())
    }

    /// Has a row at a place this key?
    pub(super) fn is_at(&self, store: &Heap, place: Place, key: Key) -> bool {
        self.rows.get(place).is_some_and(|row| self.order(store, row, key).is_eq())
    }

    /// The rows of a key.
    pub(super) fn lookup(&self, store: &Heap, key: Value) -> Vec<Value> {
        let key = self.key(store, key);
        let (mut place, mut found) = (self.first_place(store, key), Vec::new());
        while let Some(row) =
            self.rows.get(place).filter(|row| self.order(store, *row, key).is_eq())
        {
            found.push(row.tuple);
            place = self.rows.after(place);
        }
        found
    }

    /// Puts a row into the table, in the place of that of its key if a key has one row only.
    pub(super) fn insert(&mut self, store: &Heap, tuple: Value) {
        let key = self.key(store, self.key_of(store, tuple));
        let first = self.first_place(store, key);
        match self.kind {
            Kind::Set | Kind::OrderedSet if self.is_at(store, first, key) => {
                self.rows.replace(first, tuple);
            }
            Kind::Bag
                if self.lookup(store, key.value).iter().any(|it| store.equals(*it, tuple)) => {}
            Kind::Set | Kind::OrderedSet | Kind::Bag | Kind::DuplicateBag => {
                let place = self.last_place(store, key);
                self.rows.insert(place, Row { hash: key.hash, tuple });
            }
        }
    }

    /// Takes out the rows of a key that `is_meant`, and tells how many they were.
    pub(super) fn remove(
        &mut self,
        store: &Heap,
        key: Value,
        is_meant: impl Fn(Value) -> bool,
    ) -> usize {
        let key = self.key(store, key);
        let first = self.first_place(store, key);
        let (mut place, mut removed, mut last) = (first, 0, None);
        while self.is_at(store, place, key) {
            if let Some(row) = self.rows.get(place).filter(|row| is_meant(row.tuple)) {
                self.rows.remove(place);
                last = Some(row.tuple);
                place = self.rows.settled(place);
                removed += 1;
            } else {
                place = self.rows.after(place);
            }
        }
        // Of the rows of a key one is enough to go on from.
        if self.keeps_deleted() && !self.is_at(store, self.rows.settled(first), key) {
            self.kept.extend(last);
        }
        removed
    }

    /// Deletes all rows.
    pub(super) fn clear(&mut self) {
        if self.keeps_deleted() {
            self.kept.extend(self.rows.iter().map(|row| row.tuple));
        }
        self.rows.clear();
    }

    fn keeps_deleted(&self) -> bool {
        !self.fixed.is_empty() && self.kind != Kind::OrderedSet
    }

    /// Forgets what was kept once nobody fixes the table any more.
    pub(super) fn settle(&mut self) {
        if self.fixed.is_empty() {
            self.kept = Vec::new();
        }
    }

    /// Puts a row with the same key in the place of one.
    pub(super) fn replace(&mut self, store: &Heap, row: Value, made: Value) {
        let key = self.key(store, self.key_of(store, row));
        let mut place = self.first_place(store, key);
        while self.is_at(store, place, key) {
            if self.rows.get(place).is_some_and(|found| found.tuple == row) {
                self.rows.replace(place, made);
                return;
            }
            place = self.rows.after(place);
        }
    }

    /// The buckets that Erlang's table would have: as many as rows, and 256 at least.
    pub(super) fn buckets(&self) -> usize {
        self.rows.len().max(BUCKETS_MIN)
    }

    /// The key that follows a place, or that precedes it.
    pub(super) fn key_at(&self, store: &Heap, place: Option<Place>) -> Option<Value> {
        Some(self.key_of(store, self.rows.get(place?)?.tuple))
    }
}
