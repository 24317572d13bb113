//! Pairs of keys and values: the dictionary of a process, and persistent terms.

use hashbrown::HashTable;

use crate::beam::heap::{Heap, phash2};
use crate::beam::value::Value;

/// So many pairs are looked through one after another.
const FEW: usize = 8;

/// Keys with a value each, in an order that does not depend on the keys.
#[derive(Default)]
pub(in crate::beam) struct Dictionary {
    pairs: Vec<Pair>,
    /// The places of the pairs by the hashes of their keys, once there were more than a few.
    places: HashTable<usize>,
    is_indexed: bool,
}

struct Pair {
    key: Value,
    value: Value,
    hash: u64,
}

impl Dictionary {
    /// The number of pairs.
    pub(in crate::beam) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The pairs.
    pub(in crate::beam) fn iter(&self) -> impl Iterator<Item = (Value, Value)> {
        self.pairs.iter().map(|pair| (pair.key, pair.value))
    }

    /// The value of a key.
    pub(in crate::beam) fn get(&self, heap: &Heap, key: Value) -> Option<Value> {
        self.place(heap, key).map(|place| self.pairs[place].value)
    }

    /// Sets the value of a key, and returns the former one.
    pub(in crate::beam) fn put(&mut self, heap: &Heap, key: Value, value: Value) -> Option<Value> {
        if let Some(place) = self.place(heap, key) {
            return Some(std::mem::replace(&mut self.pairs[place].value, value));
        }
        let hash = hash_of(heap, key);
        self.pairs.push(Pair { key, value, hash });
        if self.is_indexed {
            self.index(self.pairs.len() - 1);
        } else if self.pairs.len() > FEW {
            self.is_indexed = true;
            (0..self.pairs.len()).for_each(|place| self.index(place));
        }
        None
    }

    /// Takes a key away, and returns its value.
    pub(in crate::beam) fn remove(&mut self, heap: &Heap, key: Value) -> Option<Value> {
        let place = self.place(heap, key)?;
        if !self.is_indexed {
            return Some(self.pairs.remove(place).value);
        }
        self.forget(place);
        let last = self.pairs.len() - 1;
        if place != last {
            self.forget(last);
        }
        let removed = self.pairs.swap_remove(place);
        if place != last {
            self.index(place);
        }
        Some(removed.value)
    }

    /// Takes all pairs away.
    pub(in crate::beam) fn clear(&mut self) {
        *self = Dictionary::default();
    }

    /// The values that a collection must keep.
    pub(in crate::beam) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        for pair in &mut self.pairs {
            visit(&mut pair.key);
            visit(&mut pair.value);
        }
    }

    fn place(&self, heap: &Heap, key: Value) -> Option<usize> {
        if !self.is_indexed {
            return self.pairs.iter().position(|pair| heap.equals(pair.key, key));
        }
        let hash = hash_of(heap, key);
        let is_it = |place: &usize| {
            let pair = &self.pairs[*place];
            pair.hash == hash && heap.equals(pair.key, key)
        };
        self.places.find(hash, is_it).copied()
    }

    fn index(&mut self, place: usize) {
        let Dictionary { pairs, places, .. } = self;
        places.insert_unique(pairs[place].hash, place, |place| pairs[*place].hash);
    }

    fn forget(&mut self, place: usize) {
        let hash = self.pairs[place].hash;
        if let Ok(found) = self.places.find_entry(hash, |found| *found == place) {
            found.remove();
        }
    }
}

/// A hash that equal values have in common. It is nowhere to be seen.
fn hash_of(heap: &Heap, value: Value) -> u64 {
    let word = if value.is_reference() { phash2(heap, value).into() } else { value.word() };
    word.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::AtomIndex;

    #[test]
    fn a_key_has_the_value_that_was_put_last_however_many_there_are() {
        let mut heap = Heap::new();
        let mut dictionary = Dictionary::default();
        let key = |heap: &mut Heap, number: i64| match number % 3 {
            0 => Value::small(number),
            1 => heap.tuple(&[AtomIndex::new("key").into(), Value::small(number)]),
            _ => heap.string(&number.to_string()),
        };
        for number in 0..100 {
            let made = key(&mut heap, number);
            assert_eq!(dictionary.put(&heap, made, Value::small(1)), None);
            assert_eq!(dictionary.put(&heap, made, Value::small(number)), Some(Value::small(1)));
        }
        for number in (0..100).step_by(2) {
            let made = key(&mut heap, number);
            assert_eq!(dictionary.remove(&heap, made), Some(Value::small(number)));
            assert_eq!(dictionary.remove(&heap, made), None);
        }
        assert_eq!(dictionary.len(), 50);
        heap.collect(|visit| dictionary.visit(visit));
        for number in 0..100 {
            let made = key(&mut heap, number);
            let expected = (number % 2 == 1).then(|| Value::small(number));
            assert_eq!(dictionary.get(&heap, made), expected);
        }
    }
}
