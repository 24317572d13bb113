//! The memory of a search: the steps taken, the states met, and everything tried.
//!
//! Situations are compared as a whole. A hash would be shorter, and two that share one
//! would make a wrong verdict.

#[expect(clippy::disallowed_types, reason = "never iterated")]
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};

use super::Step;

/// The same hashes in every run: the room that a table takes does not depend on chance.
type Hasher = BuildHasherDefault<DefaultHasher>;

/// Bytes that a hash table takes for an entry beside the entry itself, and an allocation beside
/// what it holds.
const TABLE_OVERHEAD: usize = 1;
const ALLOCATION_OVERHEAD: usize = 16;

/// States by number.
pub(super) struct States<S> {
    list: Vec<S>,
    #[expect(clippy::disallowed_types, reason = "never iterated")]
    numbers: HashMap<S, u32, Hasher>,
    bytes: usize,
}

impl<S> Default for States<S> {
    #[expect(clippy::disallowed_types, reason = "never iterated")]
    fn default() -> States<S> {
        States { list: Vec::new(), numbers: HashMap::default(), bytes: 0 }
    }
}

impl<S: Clone + Eq + Hash> States<S> {
    pub(super) fn get(&self, number: u32) -> &S {
        &self.list[number as usize]
    }

    pub(super) fn number(&mut self, state: S, size: impl Fn(&S) -> usize) -> u32 {
        if let Some(number) = self.numbers.get(&state) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.bytes += 2 * size(&state);
        self.list.push(state.clone());
        self.numbers.insert(state, number);
        number
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes + table_bytes::<(S, u32)>(self.numbers.capacity())
    }
}

/// A situation that was tried: the steps taken, and the state after them.
#[derive(Default)]
pub(super) struct Memory {
    #[expect(clippy::disallowed_types, reason = "never iterated")]
    tried: HashSet<Box<[u64]>, Hasher>,
    key: Vec<u64>,
    bytes: usize,
}

impl Memory {
    /// Remembers this; false if it was known.
    pub(super) fn insert(&mut self, done: &Done, state: u32) -> bool {
        self.key.clear();
        done.write(state, &mut self.key);
        if self.tried.contains(self.key.as_slice()) {
            return false;
        }
        self.bytes += size_of_val(self.key.as_slice()) + ALLOCATION_OVERHEAD;
        self.tried.insert(self.key.as_slice().into())
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes + table_bytes::<Box<[u64]>>(self.tried.capacity())
    }
}

/// The bytes of a hash table that has room for this many entries: an eighth of it stays free.
const fn table_bytes<T>(capacity: usize) -> usize {
    capacity / 7 * 8 * (size_of::<T>() + TABLE_OVERHEAD)
}

/// The steps taken: a bit each, necessary ones and those of unknown outcome apart.
pub(super) struct Done {
    required: Vec<u64>,
    unknown: Vec<u64>,
    /// The place of each step's bit.
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    required: bool,
    bit: u32,
}

impl Done {
    pub(super) fn new<C>(steps: &[Step<C>]) -> Done {
        let mut counts = [0_u32; 2];
        let places = steps.iter().map(|step| {
            let count = &mut counts[usize::from(step.required)];
            *count += 1;
            Place { required: step.required, bit: *count - 1 }
        });
        let places = places.collect();
        let [unknown, required] = counts.map(|count| vec![0; count.div_ceil(u64::BITS) as usize]);
        Done { required, unknown, places }
    }

    pub(super) fn has(&self, step: u32) -> bool {
        let Place { required, bit } = self.places[step as usize];
        let words = if required { &self.required } else { &self.unknown };
        words[(bit / u64::BITS) as usize] & mask(bit) != 0
    }

    pub(super) fn set(&mut self, step: u32) {
        let (word, mask) = self.word(step);
        *word |= mask;
    }

    pub(super) fn clear(&mut self, step: u32) {
        let (word, mask) = self.word(step);
        *word &= !mask;
    }

    fn word(&mut self, step: u32) -> (&mut u64, u64) {
        let Place { required, bit } = self.places[step as usize];
        let words = if required { &mut self.required } else { &mut self.unknown };
        (&mut words[(bit / u64::BITS) as usize], mask(bit))
    }

    /// Writes the state and what is taken, in as few words as tell it apart from anything else.
    fn write(&self, state: u32, key: &mut Vec<u64>) {
        // Those that have to be taken are taken nearly in order: most words at the beginning are
        // full, most at the end empty.
        let full = self.required.iter().take_while(|word| **word == u64::MAX).count();
        let unknown = trimmed(&self.unknown);
        key.push(u64::from(state) << u32::BITS | full as u64);
        key.push(unknown.len() as u64);
        key.extend_from_slice(unknown);
        key.extend_from_slice(trimmed(&self.required[full..]));
    }
}

const fn mask(bit: u32) -> u64 {
    1 << (bit % u64::BITS)
}

/// The words up to the last that is not empty.
fn trimmed(words: &[u64]) -> &[u64] {
    let end = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
    &words[..end]
}
