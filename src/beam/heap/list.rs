//! Lists.

use super::Heap;
use crate::beam::value::{Value, tag};

impl Heap {
    /// The list `[head | tail]`.
    #[inline]
    pub fn cons(&mut self, head: Value, tail: Value) -> Value {
        let place = self.words.len();
        self.words.extend_from_slice(&[head, tail]);
        Value::tagged(tag::LIST, place as u64)
    }

    /// The list of these elements.
    pub fn list(&mut self, elements: &[Value]) -> Value {
        self.list_with_tail(elements, Value::NIL)
    }

    /// The list of these elements that ends in `tail` instead of `[]`.
    pub fn list_with_tail(&mut self, elements: &[Value], tail: Value) -> Value {
        elements.iter().rev().fold(tail, |tail, head| self.cons(*head, tail))
    }

    /// The list of the characters of `text`.
    pub fn string(&mut self, text: &str) -> Value {
        let tail = Value::NIL;
        text.chars().rev().fold(tail, |tail, c| self.cons(Value::small(u32::from(c).into()), tail))
    }

    /// The head and the tail of a list that is not empty.
    #[must_use]
    #[inline]
    pub fn as_cons(&self, value: Value) -> Option<(Value, Value)> {
        value.is_cons().then(|| (self.head(value), self.tail(value)))
    }

    #[inline(always)]
    pub(in crate::beam) fn head(&self, cons: Value) -> Value {
        self.at(cons, 0)
    }

    #[inline(always)]
    pub(in crate::beam) fn tail(&self, cons: Value) -> Value {
        self.at(cons, 1)
    }

    /// The elements of a proper list.
    #[must_use]
    pub fn as_list(&self, value: Value) -> Option<Vec<Value>> {
        let mut elements = self.elements(value);
        let found: Vec<Value> = elements.by_ref().collect();
        elements.rest().is_nil().then_some(found)
    }

    /// The elements of a list, one after the other; what follows the last one is then
    /// [`Elements::rest`], `[]` for a proper list. A value that is no list has no elements.
    #[must_use]
    pub fn elements(&self, value: Value) -> Elements<'_> {
        Elements { heap: self, rest: value }
    }

    /// The length of a proper list.
    #[must_use]
    pub fn list_len(&self, value: Value) -> Option<usize> {
        let mut elements = self.elements(value);
        let len = elements.by_ref().count();
        elements.rest().is_nil().then_some(len)
    }
}

/// The elements of a list.
pub struct Elements<'a> {
    heap: &'a Heap,
    rest: Value,
}

impl Elements<'_> {
    /// The rest of the list.
    #[must_use]
    pub fn rest(&self) -> Value {
        self.rest
    }
}

impl Iterator for Elements<'_> {
    type Item = Value;

    #[inline]
    fn next(&mut self) -> Option<Value> {
        let (head, tail) = self.heap.as_cons(self.rest)?;
        self.rest = tail;
        Some(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_elements_and_its_end() {
        let mut heap = Heap::new();
        let items = [1, 2, 3].map(Value::small);
        let list = heap.list(&items);
        assert_eq!(heap.as_list(list), Some(items.to_vec()));
        assert_eq!(heap.list_len(list), Some(3));
        let improper = heap.list_with_tail(&items, Value::small(4));
        assert_eq!(heap.as_list(improper), None);
        assert_eq!(heap.elements(improper).count(), 3);
        assert_eq!(heap.as_list(Value::NIL), Some(vec![]));
        assert_eq!(heap.as_list(Value::small(1)), None);
    }
}
