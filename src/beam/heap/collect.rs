//! The collector: copies what can still be reached, and forgets the rest.
//!
//! Values never change, so what is old refers to nothing new. Most of what is new is soon needed no
//! more: most collections look at what has been made since the last one alone, and what survives is
//! old from then on.

use std::cell::Cell;

use super::object::{RAW_MAX, kind, kind_of, len_of};
use super::{FIRST_LIMIT, Heap, NURSERY_MAX};
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

    /// Keeps what can be reached from the roots, which `roots` visits each once.
    ///
    /// Every value held elsewhere is void afterwards.
    pub fn collect(&mut self, roots: impl FnOnce(&mut dyn FnMut(&mut Value))) {
        self.old = 0;
        self.collect_from(roots);
        self.limit = if self.stress { 0 } else { self.old_limit };
    }

    /// Must the next collection look at the whole heap?
    pub(in crate::beam) fn must_collect_all(&self) -> bool {
        self.is_mended || self.old > self.old_limit || self.has_many_binaries()
    }

    /// As [`Heap::collect`], of the whole heap or of what is new, as the heap must: of what is new the
    /// roots need only be those that may refer to it.
    pub(in crate::beam) fn collect_due(&mut self, roots: impl FnOnce(&mut dyn FnMut(&mut Value))) {
        if self.must_collect_all() {
            self.old = 0;
        }
        let visited = self.collect_from(roots);
        // Where there are many roots, or many collections, it is worth to wait for longer.
        self.nursery = (self.nursery + self.nursery / 4).min(NURSERY_MAX);
        let room = self.nursery.max(visited);
        self.limit = if self.stress { 0 } else { self.words.len() + room };
        // What is made before the next call is noticed lies behind the limit.
        let wanted = room + room / 4;
        if self.words.capacity() - self.words.len() < wanted {
            self.words.reserve_exact(wanted + self.words.len() / 4);
        }
    }

    /// Moves what is reached of the words that are not old. Returns the number of roots.
    fn collect_from(&mut self, roots: impl FnOnce(&mut dyn FnMut(&mut Value))) -> usize {
        let (start, is_whole) = (self.old, self.old == 0);
        self.slab.begin_collection(is_whole);
        // What survives is gathered elsewhere: a whole heap goes on there, and what was new comes back.
        let to =
            if is_whole { Vec::with_capacity(self.words.len() / 2 + 64) } else { SURVIVORS.take() };
        let mut copy = Copy { from: &mut self.words, start, to };
        let mut visited = 0;
        roots(&mut |root| {
            visited += 1;
            copy.follow(root);
        });
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
        let mut to = copy.to;
        if is_whole {
            self.words = to;
        } else {
            self.words.truncate(start);
            self.words.extend_from_slice(&to);
            to.clear();
            if to.capacity() <= SURVIVORS_MAX {
                SURVIVORS.set(to);
            }
        }
        self.slab.end_collection();
        self.old = self.words.len();
        if is_whole {
            self.is_mended = false;
            self.old_limit = (self.old * 2).max(FIRST_LIMIT);
        }
        visited
    }
}

thread_local! {
    /// The room for what survives a collection of what is new: the heaps of a thread take turns.
    static SURVIVORS: Cell<Vec<Value>> = const { Cell::new(Vec::new()) };
}

/// The most words of that room that are kept.
const SURVIVORS_MAX: usize = 4 * NURSERY_MAX;

struct Copy<'a> {
    from: &'a mut [Value],
    /// The place of the first of the words that may move.
    start: usize,
    to: Vec<Value>,
}

impl Copy<'_> {
    /// Moves what `value` refers to, unless that has been moved, and makes it refer to the copy.
    #[inline]
    fn follow(&mut self, value: &mut Value) {
        if !value.is_movable() {
            return;
        }
        let place = value.payload() as usize;
        if place < self.start {
            return;
        }
        let first = self.from[place];
        let moved = if first.has_tag(tag::FORWARD) {
            first.payload()
        } else {
            let moved = (self.start + self.to.len()) as u64;
            if value.is_cons() {
                self.to.extend([first, self.from[place + 1]]);
            } else {
                self.to.extend_from_slice(&self.from[place..=place + len_of(first)]);
            }
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
    fn what_is_old_stays_where_it_is_until_the_whole_heap_is_collected() {
        let mut heap = Heap::new();
        let old_bytes = heap.binary(&[7; 1000]);
        let mut old = heap.tuple(&[old_bytes, Value::NIL]);
        heap.collect_due(|visit| visit(&mut old));
        let before = (old, heap.len());
        let bytes = heap.binary(&[8; 1000]);
        let mut new = heap.list(&[bytes, old]);
        heap.binary(&[9; 1000]);
        heap.tuple(&[Value::NIL; 100]);
        heap.collect_due(|visit| visit(&mut new));
        assert_eq!(heap.len(), before.1 + 4 + 4);
        assert_eq!(heap.binary_bytes(), 2000);
        let elements = heap.as_list(new).unwrap();
        assert_eq!(elements[1], before.0);
        assert_eq!(heap.as_bytes(elements[0]).unwrap()[..], [8; 1000]);
        let kept = heap.as_tuple(old).unwrap()[0];
        assert_eq!(heap.as_bytes(kept).unwrap()[..], [7; 1000]);
        heap.collect(|_| {});
        assert!(heap.is_empty() && heap.slab.is_empty());
    }

    #[test]
    fn what_is_old_and_made_to_refer_to_what_is_new_keeps_it() {
        let mut heap = Heap::new();
        let mut old = heap.tuple(&[Value::NIL]);
        heap.collect_due(|visit| visit(&mut old));
        assert!(!heap.must_collect_all());
        let new = heap.tuple(&[Value::small(1)]);
        heap.set(old, 0, new);
        assert!(heap.must_collect_all());
        heap.collect_due(|visit| visit(&mut old));
        assert_eq!(heap.print(old).to_string(), "{{1}}");
        assert!(!heap.must_collect_all());
    }

    #[test]
    fn so_much_is_old_after_a_while_that_the_whole_heap_is_collected() {
        let mut heap = Heap::new();
        for _ in 0..100 {
            let mut garbage = heap.tuple(&[Value::NIL; 1000]);
            heap.collect_due(|visit| visit(&mut garbage));
        }
        assert!(heap.len() <= FIRST_LIMIT + 2 * 1001, "{}", heap.len());
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
