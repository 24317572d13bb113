//! The collector: copies what can still be reached, and forgets the rest.

use super::object::{RAW_MAX, kind, kind_of, len_of};
use super::{FIRST_LIMIT, Heap};
use crate::beam::value::{Value, tag};

/// A collection is due when this many bytes of large binaries were made since the last one.
const SLAB_LIMIT: usize = 8 << 20;

impl Heap {
    /// Is a collection due?
    #[inline(always)]
    pub(in crate::beam) fn is_full(&self) -> bool {
        self.words.len() > self.limit
    }

    /// Are there many new large binaries?
    pub(in crate::beam) fn has_many_binaries(&self) -> bool {
        self.slab.stored() > SLAB_LIMIT
    }

    /// Keeps what can be reached from the roots, which `roots` visits each once or more.
    ///
    /// Every value held elsewhere is void afterwards.
    pub fn collect(&mut self, roots: impl FnOnce(&mut dyn FnMut(&mut Value))) {
        self.slab.begin_collection();
        let from = std::mem::take(&mut self.words);
        let to = Vec::with_capacity(from.len() / 2 + 64);
        let mut copy = Copy { from, to };
        roots(&mut |root| copy.follow(root));
        let mut scanned = 0;
        while scanned < copy.to.len() {
            let word = copy.to[scanned];
            if word.has_tag(tag::HEADER) {
                match kind_of(word) {
                    0..=RAW_MAX => scanned += len_of(word),
                    kind::SLAB_BINARY => {
                        self.slab.mark(copy.to[scanned + 1].small_value() as usize);
                    }
                    _ => {}
                }
            } else if word.is_movable() {
                let mut moved = word;
                copy.follow(&mut moved);
                copy.to[scanned] = moved;
            }
            scanned += 1;
        }
        self.words = copy.to;
        self.slab.end_collection();
        self.limit = if self.stress { 0 } else { (self.words.len() * 2).max(FIRST_LIMIT) };
    }
}

struct Copy {
    from: Vec<Value>,
    to: Vec<Value>,
}

impl Copy {
    /// Moves what `value` refers to, unless that has been moved, and makes it refer to the copy.
    fn follow(&mut self, value: &mut Value) {
        if !value.is_movable() {
            return;
        }
        let place = value.payload() as usize;
        let first = self.from[place];
        let moved = if first.has_tag(tag::FORWARD) {
            first.payload()
        } else {
            let moved = self.to.len() as u64;
            let len = if value.is_cons() { 2 } else { 1 + len_of(first) };
            self.to.extend_from_slice(&self.from[place..place + len]);
            self.from[place] = Value::tagged(tag::FORWARD, moved);
            moved
        };
        *value = Value::tagged(value.word() & tag::MASK, moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_is_kept_and_the_rest_is_forgotten() {
        let mut heap = Heap::new();
        heap.tuple(&[Value::small(1); 100]);
        let float = heap.float(2.5);
        let shared = heap.tuple(&[float, Value::NIL]);
        let large = heap.binary(&[7; 1000]);
        heap.binary(&[8; 1000]);
        let mut root = heap.list(&[shared, shared, large]);
        heap.collect(|visit| visit(&mut root));
        assert_eq!(heap.len(), 6 + 3 + 2 + 4);
        let elements = heap.as_list(root).unwrap();
        assert_eq!(elements[0], elements[1]);
        let float = heap.as_tuple(elements[0]).unwrap()[0];
        assert_eq!(heap.as_float(float), Some(2.5));
        assert_eq!(heap.as_bytes(elements[2]).unwrap()[..], [7; 1000]);
        heap.collect(|_| {});
        assert!(heap.is_empty() && heap.slab.is_empty());
    }

    #[test]
    fn raw_words_are_not_taken_for_values() {
        let mut heap = Heap::new();
        // The bits of this float are those of a list at place 0.
        let mut float = heap.float(f64::from_bits(tag::LIST));
        heap.collect(|visit| visit(&mut float));
        assert_eq!(heap.as_float(float).map(f64::to_bits), Some(tag::LIST));
    }
}
