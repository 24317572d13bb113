//! The order in which the pairs of a map and the rows of a table come.

use super::{Heap, phash2};
use crate::beam::value::Value;

/// The order in which code sees the pairs of a map and the rows of a table that is not ordered. Erlang
/// promises none: code that depends on it may fail on another machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IterationOrder {
    /// By the keys.
    #[default]
    ByTerm,
    /// Another one for each seed.
    Permuted {
        /// The seed.
        seed: u64,
    },
}

impl IterationOrder {
    /// The number by which a key of this hash comes before others; 0 when the keys decide.
    pub(in crate::beam) fn rank(self, hash: impl FnOnce() -> u32) -> u32 {
        match self {
            IterationOrder::ByTerm => 0,
            IterationOrder::Permuted { seed } => {
                let mixed = (u64::from(hash()) ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                ((mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
            }
        }
    }
}

impl Heap {
    /// Has the pairs of maps come in this order.
    pub fn set_order(&mut self, order: IterationOrder) {
        self.order = order;
    }

    /// The order in which the pairs of maps come.
    #[must_use]
    pub fn iteration_order(&self) -> IterationOrder {
        self.order
    }

    /// The pairs of a map in the order in which code sees them.
    pub(in crate::beam) fn iterated(&self, map: Value) -> Option<Vec<(Value, Value)>> {
        let mut pairs = self.map_pairs(map)?;
        if self.order != IterationOrder::ByTerm {
            // The sort is stable: equal ranks stay in the order of the keys.
            pairs.sort_by_cached_key(|(key, _)| self.order.rank(|| phash2(self, *key)));
        }
        Some(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_permutes_the_pairs_of_a_map_and_leaves_the_map_alone() {
        let mut heap = Heap::new();
        let pairs: Vec<_> = (0..20).map(|key| (Value::small(key), Value::NIL)).collect();
        let map = heap.map(&pairs);
        assert_eq!(heap.iterated(map), Some(pairs.clone()));
        let permuted = [1, 2].map(|seed| {
            heap.set_order(IterationOrder::Permuted { seed });
            heap.iterated(map).unwrap()
        });
        assert!(permuted[0] != pairs && permuted[1] != pairs && permuted[0] != permuted[1]);
        assert_eq!(heap.map_pairs(map), Some(pairs.clone()));
        let mut sorted = permuted[0].clone();
        sorted.sort_by_key(|(key, _)| key.as_small());
        assert_eq!(sorted, pairs);
    }
}
