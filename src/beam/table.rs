//! A table that only grows, read without a lock: atoms, lives of nodes, names of functions.

use std::hash::Hash;
use std::sync::{Mutex, OnceLock, PoisonError};

use hashbrown::{Equivalent, HashMap};
use rustc_hash::FxBuildHasher;

/// The entries of the first segment; each segment has twice as many as the one before.
const FIRST: usize = 1024;
/// So many segments hold more than 2^32 entries.
const SEGMENTS: usize = 23;

/// Values stored once for the life of the program, each with a number of its own.
///
/// The numbers depend on what was stored first, so nothing may be ordered by them.
pub(in crate::beam) struct Table<T: 'static> {
    numbers: OnceLock<Mutex<HashMap<&'static T, u32, FxBuildHasher>>>,
    segments: [OnceLock<Box<[OnceLock<&'static T>]>>; SEGMENTS],
}

impl<T: Eq + Hash> Table<T> {
    pub(in crate::beam) const fn new() -> Table<T> {
        Table { numbers: OnceLock::new(), segments: [const { OnceLock::new() }; SEGMENTS] }
    }

    /// The number of `value`, which is stored if it is new.
    pub(in crate::beam) fn number(&self, value: T) -> u32 {
        let mut numbers =
            self.numbers.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(numbers.len()).expect("fewer than 2^32 values are ever stored");
        let value: &'static T = Box::leak(Box::new(value));
        let (segment, place) = place_of(number);
        let entries = self.segments[segment]
            .get_or_init(|| (0..FIRST << segment).map(|_| OnceLock::new()).collect());
        entries[place].get_or_init(|| value);
        numbers.insert(value, number);
        number
    }

    /// The number of the value that equals `value`, if it is stored.
    pub(in crate::beam) fn find(
        &self,
        value: &(impl Hash + Equivalent<&'static T>),
    ) -> Option<u32> {
        let numbers =
            self.numbers.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        numbers.get(value).copied()
    }

    /// The value with this number.
    pub(in crate::beam) fn get(&self, number: u32) -> &'static T {
        let (segment, place) = place_of(number);
        self.segments[segment]
            .get()
            .and_then(|entries| entries[place].get())
            .copied()
            .expect("a number comes from the table")
    }
}

/// The segment of an entry and its place there.
fn place_of(number: u32) -> (usize, usize) {
    let segment = (number as usize / FIRST + 1).ilog2() as usize;
    (segment, number as usize - ((1 << segment) - 1) * FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_place_of_its_own() {
        assert_eq!(place_of(0), (0, 0));
        assert_eq!(place_of(1023), (0, 1023));
        assert_eq!(place_of(1024), (1, 0));
        assert_eq!(place_of(3071), (1, 2047));
        assert_eq!(place_of(3072), (2, 0));
        let (segment, place) = place_of(u32::MAX);
        assert!(segment < SEGMENTS && place < FIRST << segment);
    }

    #[test]
    fn a_value_keeps_its_number() {
        static TABLE: Table<u64> = Table::new();
        let numbers: Vec<u32> = (0..5000).map(|value| TABLE.number(value * 7)).collect();
        for (value, number) in (0..).zip(numbers) {
            assert_eq!(*TABLE.get(number), value * 7);
            assert_eq!(TABLE.number(value * 7), number);
        }
    }
}
