//! Values of one heap, copied to another.

use std::rc::Rc;

use super::Heap;
use super::object::{RAW_MAX, kind, kind_of, len_of};
use crate::beam::value::{Value, tag};

impl Heap {
    /// A value of another heap, copied to this one. As in Erlang, what several parts of it share is
    /// copied for each of them.
    pub fn copy_from(&mut self, other: &Heap, value: Value) -> Value {
        let mut scanned = self.words.len();
        let root = self.bring(other, value);
        while scanned < self.words.len() {
            let word = self.words[scanned];
            if word.has_tag(tag::HEADER) {
                match kind_of(word) {
                    0..=RAW_MAX => scanned += len_of(word),
                    kind::SLAB_BINARY => self.bring_slot(other, scanned + 1),
                    _ => {}
                }
            } else if word.is_reference() {
                self.words[scanned] = self.bring(other, word);
            }
            scanned += 1;
        }
        root
    }

    /// Copies the words of one object or of one cell of a list; what they refer to is still on the
    /// other heap then.
    fn bring(&mut self, other: &Heap, value: Value) -> Value {
        let place = self.words.len() as u64;
        if value.is_cons() {
            self.words.extend([other.head(value), other.tail(value)]);
            Value::tagged(tag::LIST, place)
        } else if value.is_boxed() {
            self.words.push(other.at(value, 0));
            self.words.extend_from_slice(other.object(value));
            Value::tagged(tag::BOX, place)
        } else {
            value
        }
    }

    /// The number of words that a value takes beside its own, shared parts counted each time.
    pub(in crate::beam) fn size_of(&self, value: Value) -> usize {
        let (mut size, mut open) = (0, vec![value]);
        while let Some(value) = open.pop() {
            if let Some((head, tail)) = self.as_cons(value) {
                size += 2;
                open.extend([head, tail]);
            } else if let Some(header) = self.header(value) {
                size += 1 + len_of(header);
                if kind_of(header) > RAW_MAX {
                    open.extend(self.object(value));
                }
            }
        }
        size
    }

    /// Makes the bytes of a large binary those of a slot of this heap; they are not copied.
    fn bring_slot(&mut self, other: &Heap, place: usize) {
        let slot = self.words[place].small_value().cast_unsigned() as usize;
        let slot = self.slab.store(Rc::clone(other.slab.get(slot)));
        self.words[place] = Value::small((slot as u64).cast_signed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::AtomIndex;

    #[test]
    fn a_copy_equals_the_value_and_needs_nothing_of_the_other_heap() {
        let mut other = Heap::new();
        let large = other.binary(&[7; 1000]);
        let part = other.part(large, 8, 4000).unwrap();
        let float = other.float(2.5);
        let big = other.unsigned(u64::MAX);
        let pairs: Vec<_> = (0..100).map(|key| (Value::small(key), float)).collect();
        let map = other.map(&pairs);
        let small_map = other.map(&[(big, part)]);
        let tuple = other.tuple(&[large, part, float, big, map, AtomIndex::new("a").into()]);
        let list = other.list(&[tuple, small_map, Value::NIL]);
        let text = other.print(list).to_string();
        let mut heap = Heap::new();
        heap.tuple(&[Value::NIL]);
        let copy = heap.copy_from(&other, list);
        drop(other);
        assert_eq!(heap.print(copy).to_string(), text);
        let mut root = copy;
        heap.collect(|visit| visit(&mut root));
        assert_eq!(heap.print(root).to_string(), text);
    }
}
