//! The word that every value is: a tag in its low four bits, and what the tag says in the rest.

use std::fmt;

use super::atom::AtomIndex;
use super::identity::ProcessId;

/// A value, or a reference to one on the [`Heap`](super::heap::Heap).
///
/// A value is one word: small integers, atoms, most pids and the empty list are the word itself,
/// everything else lies on the heap of the node or among the literals of the code. Two values that
/// are the same word are equal; values on the heap are compared with
/// [`Heap::equals`](super::heap::Heap::equals).
///
/// A value is only good until the next collection, which happens between two natives and never
/// inside one: keep none in Rust beyond a call.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(u64);

/// The tags in the low four bits of a word. The lists and the boxes each have a pair of tags that
/// differ in the lowest bit: on the heap, or among the literals.
pub(in crate::beam) mod tag {
    pub(in crate::beam) const SMALL: u64 = 0;
    pub(in crate::beam) const ATOM: u64 = 1;
    pub(in crate::beam) const LIST: u64 = 2;
    pub(in crate::beam) const BOX: u64 = 4;
    pub(in crate::beam) const SPECIAL: u64 = 6;
    pub(in crate::beam) const PID: u64 = 7;
    pub(in crate::beam) const HEADER: u64 = 8;
    /// A place in the code to return to, on a stack.
    pub(in crate::beam) const CODE: u64 = 9;
    /// A place in the code where an exception is handled, on a stack.
    pub(in crate::beam) const CATCH: u64 = 10;
    /// The new address of an object that the collector has moved.
    pub(in crate::beam) const FORWARD: u64 = 11;
    pub(in crate::beam) const MASK: u64 = 15;
    /// Both tags of a pair.
    pub(in crate::beam) const PAIR: u64 = 14;
    pub(in crate::beam) const BITS: u32 = 4;
}

/// The largest integer that is a word itself.
pub const SMALL_MAX: i64 = (1 << 59) - 1;
/// The smallest integer that is a word itself.
pub const SMALL_MIN: i64 = -(1 << 59);

impl Value {
    /// The empty list, `[]`.
    pub const NIL: Value = Value(tag::SPECIAL);
    /// No value at all: the end of a search, a place that is not filled.
    pub(in crate::beam) const NONE: Value = Value(tag::SPECIAL | 1 << tag::BITS);

    /// The word itself.
    #[inline]
    pub(in crate::beam) const fn word(self) -> u64 {
        self.0
    }

    /// The value that is this word.
    #[inline]
    pub(in crate::beam) const fn from_word(word: u64) -> Value {
        Value(word)
    }

    #[inline]
    pub(in crate::beam) const fn tagged(tag: u64, payload: u64) -> Value {
        Value(payload << tag::BITS | tag)
    }

    #[inline]
    pub(in crate::beam) const fn payload(self) -> u64 {
        self.0 >> tag::BITS
    }

    #[inline]
    pub(in crate::beam) const fn has_tag(self, tag: u64) -> bool {
        self.0 & tag::MASK == tag
    }

    /// The integer `value`, which must be one of 60 bits; [`Heap::integer`](super::heap::Heap::integer)
    /// takes all.
    ///
    /// # Panics
    /// In debug builds, when it is not.
    #[must_use]
    #[inline]
    pub const fn small(value: i64) -> Value {
        debug_assert!(value >= SMALL_MIN && value <= SMALL_MAX);
        Value((value << tag::BITS) as u64)
    }

    /// The integer `value`, if it is one of 60 bits.
    #[must_use]
    #[inline]
    pub const fn try_small(value: i64) -> Option<Value> {
        if value >= SMALL_MIN && value <= SMALL_MAX { Some(Value::small(value)) } else { None }
    }

    /// The integer `size`: a length, a count or an index of something in memory.
    #[must_use]
    #[inline]
    pub const fn size(size: usize) -> Value {
        Value::small(size.cast_signed() as i64)
    }

    /// The integer, if it is a small one.
    #[must_use]
    #[inline]
    pub const fn as_small(self) -> Option<i64> {
        if self.is_small() { Some(self.small_value()) } else { None }
    }

    /// The integer of a word that is known to be a small one.
    #[inline]
    pub(in crate::beam) const fn small_value(self) -> i64 {
        self.0.cast_signed() >> tag::BITS
    }

    /// Is it an integer of 60 bits?
    #[must_use]
    #[inline]
    pub const fn is_small(self) -> bool {
        self.has_tag(tag::SMALL)
    }

    /// The atom.
    #[must_use]
    #[inline]
    pub const fn atom(atom: AtomIndex) -> Value {
        Value::tagged(tag::ATOM, atom.index() as u64)
    }

    /// The atom, if it is one.
    #[must_use]
    #[inline]
    pub const fn as_atom(self) -> Option<AtomIndex> {
        if self.is_atom() { Some(AtomIndex::from_index(self.payload() as u32)) } else { None }
    }

    /// Is it an atom?
    #[must_use]
    #[inline]
    pub const fn is_atom(self) -> bool {
        self.has_tag(tag::ATOM)
    }

    /// `true` or `false`.
    #[must_use]
    #[inline]
    pub const fn boolean(value: bool) -> Value {
        if value { Value::atom(super::atom::TRUE) } else { Value::atom(super::atom::FALSE) }
    }

    /// The truth, if it is `true` or `false`.
    #[must_use]
    pub fn as_boolean(self) -> Option<bool> {
        match self.as_atom() {
            Some(super::atom::TRUE) => Some(true),
            Some(super::atom::FALSE) => Some(false),
            Some(_) | None => None,
        }
    }

    /// Is it the empty list?
    #[must_use]
    #[inline]
    pub const fn is_nil(self) -> bool {
        self.0 == Value::NIL.0
    }

    /// Is it a list with a head and a tail, be it proper or not?
    #[must_use]
    #[inline]
    pub const fn is_cons(self) -> bool {
        self.0 & tag::PAIR == tag::LIST
    }

    /// Does it lie elsewhere, and is no list?
    #[inline]
    pub(in crate::beam) const fn is_boxed(self) -> bool {
        self.0 & tag::PAIR == tag::BOX
    }

    /// Is it something on the heap, which a collection moves?
    #[inline]
    pub(in crate::beam) const fn is_movable(self) -> bool {
        self.has_tag(tag::LIST) || self.has_tag(tag::BOX)
    }

    /// Does it lie elsewhere: a list or a box, on the heap or among literals?
    #[inline]
    pub(in crate::beam) const fn is_reference(self) -> bool {
        self.is_cons() || self.is_boxed()
    }

    /// The pid, if its numbers are of the usual size and hence the word itself.
    #[inline]
    pub(in crate::beam) fn as_immediate_pid(self) -> Option<ProcessId> {
        self.has_tag(tag::PID).then(|| ProcessId::from_payload(self.payload()))
    }
}

impl From<AtomIndex> for Value {
    fn from(atom: AtomIndex) -> Value {
        Value::atom(atom)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::boolean(value)
    }
}

impl fmt::Debug for Value {
    /// The part that can be printed without the heap.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(small) = self.as_small() {
            return write!(f, "{small}");
        }
        if let Some(atom) = self.as_atom() {
            return write!(f, "{atom}");
        }
        if self.is_nil() {
            return f.write_str("[]");
        }
        write!(f, "#{}:{}", self.0 & tag::MASK, self.payload())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_60_bits_are_words() {
        for value in [0, 1, -1, SMALL_MAX, SMALL_MIN] {
            assert_eq!(Value::try_small(value).and_then(Value::as_small), Some(value));
        }
        assert_eq!(Value::try_small(SMALL_MAX + 1), None);
        assert_eq!(Value::try_small(SMALL_MIN - 1), None);
    }

    #[test]
    fn a_word_is_of_one_kind() {
        let atom = Value::atom(AtomIndex::new("a"));
        assert!(atom.is_atom() && !atom.is_small() && !atom.is_cons() && !atom.is_nil());
        assert!(Value::NIL.is_nil() && !Value::NIL.is_cons() && !Value::NIL.is_boxed());
        assert_eq!(Value::boolean(true).as_boolean(), Some(true));
        assert_eq!(atom.as_boolean(), None);
    }
}
