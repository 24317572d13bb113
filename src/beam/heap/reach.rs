//! The objects that can be reached from values, and their size.

use std::rc::Rc;

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use super::Heap;
use super::object::{RAW_MAX, kind, kind_of};
use crate::beam::value::Value;

impl Heap {
    /// The words of all that can be reached from values, each object counted once. Literals, which
    /// belong to nobody, do not count.
    pub(in crate::beam) fn reached_words(&self, roots: impl IntoIterator<Item = Value>) -> usize {
        let mut words = 0;
        self.reaches(roots, |heap, value| {
            words += if value.is_cons() { 2 } else { 1 + heap.object(value).len() };
            false
        });
        words
    }

    /// The bytes of the large binaries that can be reached from a value.
    pub(in crate::beam) fn large_binaries(&self, value: Value) -> Vec<&Rc<Vec<u8>>> {
        let mut slots = Vec::new();
        self.reaches([value], |heap, value| {
            let binary = heap.as_object(value, kind::SLAB_BINARY);
            slots.extend(binary.and_then(|words| usize::try_from(words[0].as_small()?).ok()));
            false
        });
        slots.into_iter().map(|slot| self.slab.get(slot)).collect()
    }

    /// Can an object be reached from values for which `test` holds?
    pub(in crate::beam) fn reaches(
        &self,
        roots: impl IntoIterator<Item = Value>,
        mut test: impl FnMut(&Heap, Value) -> bool,
    ) -> bool {
        // The order in which the objects are looked at is that of the values, not of the set.
        let mut seen: HashSet<u64, FxBuildHasher> = HashSet::default();
        let mut open: Vec<Value> = roots.into_iter().collect();
        while let Some(value) = open.pop() {
            if !value.is_movable() || !seen.insert(value.word()) {
                continue;
            }
            if test(self, value) {
                return true;
            }
            if value.is_cons() {
                open.extend([self.head(value), self.tail(value)]);
            } else if kind_of(self.at(value, 0)) > RAW_MAX {
                open.extend(self.object(value));
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_once() {
        let mut heap = Heap::new();
        let shared = heap.tuple(&[Value::NIL; 3]);
        let float = heap.float(1.5);
        let list = heap.list(&[shared, shared, float]);
        assert_eq!(heap.reached_words([list, shared]), 6 + 4 + 2);
        assert!(heap.reaches([list], |_, value| value == float));
        assert!(!heap.reaches([shared], |_, value| value == float));
    }
}
