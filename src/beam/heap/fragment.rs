//! A value by itself, without a heap: how it travels from one process to another.

use std::rc::Rc;

use super::Heap;
use super::object::{RAW_MAX, header, kind, kind_of, len_of};
use crate::beam::value::{Value, tag};

/// A value with everything that it refers to. Places in it are counted from its first word.
#[derive(Clone, Debug)]
pub struct Fragment {
    words: Vec<Value>,
    root: Value,
    /// The large binaries, which are not copied.
    binaries: Vec<Rc<Vec<u8>>>,
}

impl Heap {
    /// The value, copied. As in Erlang, what several parts of it share is copied for each of them.
    #[must_use]
    pub fn fragment(&self, value: Value) -> Fragment {
        let mut copy = Fragment { words: Vec::new(), root: value, binaries: Vec::new() };
        if !value.is_reference() {
            return copy;
        }
        copy.words.reserve(32);
        copy.root = copy.bring(self, value);
        let mut scanned = 0;
        while scanned < copy.words.len() {
            let word = copy.words[scanned];
            if word.has_tag(tag::HEADER) {
                match kind_of(word) {
                    0..=RAW_MAX => scanned += len_of(word),
                    kind::SLAB_BINARY => copy.bring_slot(self, scanned + 1),
                    _ => {}
                }
            } else if word.is_reference() {
                copy.words[scanned] = copy.bring(self, word);
            }
            scanned += 1;
        }
        copy
    }

    /// The value of a fragment, on this heap.
    pub fn add_fragment(&mut self, fragment: &Fragment) -> Value {
        let base = self.words.len() as u64;
        let moved = |value: Value| {
            if value.is_movable() {
                Value::tagged(value.word() & tag::MASK, value.payload() + base)
            } else {
                value
            }
        };
        let words = &fragment.words;
        self.words.reserve(words.len());
        let mut at = 0;
        while at < words.len() {
            let word = words[at];
            self.words.push(moved(word));
            at += 1;
            if word.has_tag(tag::HEADER) {
                match kind_of(word) {
                    0..=RAW_MAX => {
                        let end = at + len_of(word);
                        self.words.extend_from_slice(&words[at..end]);
                        at = end;
                    }
                    kind::SLAB_BINARY => {
                        let index = words[at].small_value() as usize;
                        let slot = self.slab.store(Rc::clone(&fragment.binaries[index]));
                        self.words.push(Value::size(slot));
                        at += 1;
                    }
                    _ => {}
                }
            }
        }
        moved(fragment.root)
    }
}

impl Fragment {
    /// Is it a tuple of so many elements?
    pub(in crate::beam) fn is_tuple_of(&self, len: usize) -> bool {
        self.root.is_boxed() && self.words.first() == Some(&header(kind::TUPLE, len))
    }

    /// Copies the words of one object or of one cell of a list; what they refer to is still on the
    /// heap then.
    fn bring(&mut self, heap: &Heap, value: Value) -> Value {
        let place = self.words.len() as u64;
        if value.is_cons() {
            self.words.extend([heap.head(value), heap.tail(value)]);
            Value::tagged(tag::LIST, place)
        } else if value.is_boxed() {
            self.words.push(heap.at(value, 0));
            self.words.extend_from_slice(heap.object(value));
            Value::tagged(tag::BOX, place)
        } else {
            value
        }
    }

    fn bring_slot(&mut self, heap: &Heap, place: usize) {
        let slot = self.words[place].small_value() as usize;
        self.words[place] = Value::size(self.binaries.len());
        self.binaries.push(Rc::clone(heap.slab.get(slot)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::AtomIndex;

    #[test]
    fn a_value_is_the_same_on_another_heap() {
        let mut heap = Heap::new();
        let large = heap.binary(&[7; 1000]);
        let part = heap.part(large, 8, 4000).unwrap();
        let float = heap.float(f64::from_bits(tag::LIST));
        let big = heap.unsigned(u64::MAX);
        let pairs: Vec<_> = (0..100).map(|key| (Value::small(key), float)).collect();
        let map = heap.map(&pairs);
        let small_map = heap.map(&[(big, part)]);
        let tuple = heap.tuple(&[large, part, float, big, map, AtomIndex::new("a").into()]);
        let list = heap.list(&[tuple, small_map, Value::NIL, Value::small(-1)]);
        let text = heap.print(list).to_string();
        let fragment = heap.fragment(list);
        drop(heap);
        let mut other = Heap::new();
        other.tuple(&[Value::NIL; 3]);
        for _ in 0..2 {
            let mut value = other.add_fragment(&fragment);
            assert_eq!(other.print(value).to_string(), text);
            other.collect(|visit| visit(&mut value));
            assert_eq!(other.print(value).to_string(), text);
        }
    }
}
