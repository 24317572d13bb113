//! Maps. A small one is a tuple of keys and the value of each; maps of the same keys that come of
//! one another share the tuple. A large one is a tree. Which of the two a map is depends on its size
//! alone, and its pairs stand in the order of their keys.

use std::cmp::Ordering;

use super::Heap;
use super::object::{kind, kind_of, len_of};
use crate::beam::value::Value;

/// The most pairs of a map that is no tree.
const FLAT_MAX: usize = 32;

impl Heap {
    /// The map of these pairs; the last one of equal keys counts.
    pub fn map(&mut self, pairs: &[(Value, Value)]) -> Value {
        let mut sorted = pairs.to_vec();
        sorted.reverse();
        sorted.sort_by(|a, b| self.compare_exact(a.0, b.0));
        sorted.dedup_by(|later, earlier| self.equals(later.0, earlier.0));
        self.map_in_order(&sorted)
    }

    /// The map of pairs that stand in the order of their keys, each key once.
    pub(in crate::beam) fn map_in_order(&mut self, pairs: &[(Value, Value)]) -> Value {
        if pairs.len() > FLAT_MAX {
            return self.tree_of(pairs);
        }
        let keys = self.begin(kind::TUPLE, pairs.len());
        for (key, _) in pairs {
            self.push(*key);
        }
        let map = self.begin(kind::FLAT_MAP, 1 + pairs.len());
        self.push(keys);
        for (_, value) in pairs {
            self.push(*value);
        }
        map
    }

    /// Is it a map?
    #[must_use]
    #[inline]
    pub fn is_map(&self, value: Value) -> bool {
        self.header(value)
            .is_some_and(|header| matches!(kind_of(header), kind::FLAT_MAP | kind::TREE_MAP))
    }

    /// The number of pairs of the map.
    #[must_use]
    pub fn map_size(&self, map: Value) -> Option<usize> {
        let header = self.header(map)?;
        match kind_of(header) {
            kind::FLAT_MAP => Some(len_of(header) - 1),
            kind::TREE_MAP => Some(self.tree_size(map) as usize),
            _ => None,
        }
    }

    /// The value of `key`; `None` when it has none or `map` is no map.
    #[must_use]
    pub fn map_get(&self, map: Value, key: Value) -> Option<Value> {
        match kind_of(self.header(map)?) {
            kind::FLAT_MAP => {
                let words = self.object(map);
                self.flat_find(words[0], key).ok().map(|index| words[1 + index])
            }
            kind::TREE_MAP => self.tree_get(map, key),
            _ => None,
        }
    }

    /// The place of a key among keys in order, or else the place where it would be.
    fn flat_find(&self, keys: Value, key: Value) -> Result<usize, usize> {
        let words = self.object(keys);
        if let Some(index) = words.iter().position(|word| *word == key) {
            return Ok(index);
        }
        words.binary_search_by(|word| self.compare_exact(*word, key))
    }

    /// The map with `value` for `key`, be the key new or not; `None` when `map` is no map.
    pub fn map_put(&mut self, map: Value, key: Value, value: Value) -> Option<Value> {
        match kind_of(self.header(map)?) {
            kind::FLAT_MAP => Some(self.flat_put(map, key, value)),
            kind::TREE_MAP => Some(self.tree_put(map, key, value)),
            _ => None,
        }
    }

    fn flat_put(&mut self, map: Value, key: Value, value: Value) -> Value {
        let keys = self.object(map)[0];
        match self.flat_find(keys, key) {
            // A map that stays as it is stays the same one.
            Ok(index) if self.at(map, 2 + index) == value => map,
            Ok(index) => {
                let copy = self.copy_flat(map);
                self.set(copy, 1 + index, value);
                copy
            }
            Err(index) => {
                let mut pairs = self.map_pairs(map).unwrap_or_default();
                pairs.insert(index, (key, value));
                self.map_in_order(&pairs)
            }
        }
    }

    fn copy_flat(&mut self, map: Value) -> Value {
        let len = self.object(map).len();
        let copy = self.begin(kind::FLAT_MAP, len);
        for index in 1..=len {
            let word = self.at(map, index);
            self.push(word);
        }
        copy
    }

    /// The map with all these pairs, be their keys new or not; `None` when `map` is no map.
    pub(in crate::beam) fn map_put_all(
        &mut self,
        map: Value,
        pairs: &[(Value, Value)],
    ) -> Option<Value> {
        if !self.is_object(map, kind::FLAT_MAP) || pairs.len() == 1 {
            return pairs.iter().try_fold(map, |map, (key, value)| self.map_put(map, *key, *value));
        }
        let keys = self.object(map)[0];
        let places: Vec<_> = pairs.iter().map(|(key, _)| self.flat_find(keys, *key)).collect();
        if places.iter().all(Result::is_ok) {
            let copy = self.copy_flat(map);
            for (place, (_, value)) in places.into_iter().flatten().zip(pairs) {
                self.set(copy, 1 + place, *value);
            }
            return Some(copy);
        }
        let mut all = self.map_pairs(map)?;
        all.extend_from_slice(pairs);
        Some(self.map(&all))
    }

    /// The map without `key`: the map itself when it has no such key; `None` when it is no map.
    pub fn map_remove(&mut self, map: Value, key: Value) -> Option<Value> {
        if !self.is_map(map) || self.map_get(map, key).is_none() {
            return self.is_map(map).then_some(map);
        }
        if self.is_object(map, kind::TREE_MAP) && self.tree_size(map) as usize > FLAT_MAX + 1 {
            return Some(self.tree_remove(map, key));
        }
        let mut pairs = self.map_pairs(map)?;
        pairs.retain(|pair| self.compare_exact(pair.0, key) != Ordering::Equal);
        Some(self.map_in_order(&pairs))
    }

    /// The pairs of a map, in the order of their keys.
    #[must_use]
    pub fn map_pairs(&self, map: Value) -> Option<Vec<(Value, Value)>> {
        match kind_of(self.header(map)?) {
            kind::FLAT_MAP => {
                let words = self.object(map);
                Some(
                    self.object(words[0]).iter().copied().zip(words[1..].iter().copied()).collect(),
                )
            }
            kind::TREE_MAP => {
                let mut pairs = Vec::with_capacity(self.tree_size(map) as usize);
                self.tree_pairs(map, &mut pairs);
                Some(pairs)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::AtomIndex;

    fn pairs(numbers: impl Iterator<Item = i64>) -> Vec<(Value, Value)> {
        numbers.map(|number| (Value::small(number), Value::small(number * 2))).collect()
    }

    #[test]
    fn a_map_has_its_pairs_in_order_whatever_its_size() {
        let mut heap = Heap::new();
        for size in [0, 1, 31, 32, 33, 34, 200] {
            let map = heap.map(&pairs((0..size).rev()));
            assert_eq!(heap.map_size(map), Some(size as usize));
            assert_eq!(heap.map_pairs(map), Some(pairs(0..size)));
            assert_eq!(heap.map_get(map, Value::small(size)), None);
            let kind = if size > 32 { kind::TREE_MAP } else { kind::FLAT_MAP };
            assert!(heap.is_object(map, kind));
        }
    }

    #[test]
    fn maps_of_the_same_pairs_are_equal_however_they_came_about() {
        let mut heap = Heap::new();
        let mut map = heap.map(&[]);
        for number in 0..60 {
            let value = Value::small(number * 2);
            map = heap.map_put(map, Value::small(number), value).unwrap();
            let expected = heap.map(&pairs(0..=number));
            assert!(heap.equals(map, expected));
        }
        for number in (0..60).rev() {
            map = heap.map_remove(map, Value::small(number)).unwrap();
            let expected = heap.map(&pairs(0..number));
            assert!(heap.equals(map, expected));
            assert_eq!(heap.map_remove(map, Value::small(number)), Some(map));
        }
        assert_eq!(heap.map_remove(Value::NIL, Value::NIL), None);
    }

    #[test]
    fn the_last_of_equal_keys_counts_and_one_is_not_one_point_zero() {
        let mut heap = Heap::new();
        let float = heap.float(1.0);
        let one = Value::small(1);
        let (a, b, c) =
            (AtomIndex::new("a").into(), AtomIndex::new("b").into(), AtomIndex::new("c").into());
        let map = heap.map(&[(one, a), (float, b), (one, c)]);
        assert_eq!(heap.map_size(map), Some(2));
        assert_eq!(heap.map_get(map, one), Some(c));
        let other = heap.float(1.0);
        assert_eq!(heap.map_get(map, other), Some(b));
    }

    #[test]
    fn several_pairs_are_put_at_once() {
        let mut heap = Heap::new();
        let map = heap.map(&pairs(0..10));
        let same_keys = heap.map_put_all(map, &[(Value::small(1), Value::NIL); 2]).unwrap();
        assert_eq!(heap.map_get(same_keys, Value::small(1)), Some(Value::NIL));
        assert_eq!(heap.object(map)[0], heap.object(same_keys)[0]);
        let more = heap.map_put_all(map, &pairs(8..12)).unwrap();
        assert_eq!(heap.map_pairs(more), Some(pairs(0..12)));
    }
}
