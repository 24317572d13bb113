//! The memory of a node: one heap of words for all its processes.
//!
//! Whoever makes values makes them with a method of [`Heap`]: [`Heap::tuple`], [`Heap::cons`],
//! [`Heap::integer`], [`Heap::binary`], [`Heap::map`] and so on. They are read with methods whose
//! names begin with `as_` and that return `None` for a value of another kind; [`Heap::kind`] tells
//! which kind a value is. Values never change, and a method never moves one: what a native holds
//! stays good until it returns.
//!
//! ```
//! use nodedown::beam::native::{NativeResult, Raise};
//! use nodedown::beam::{Heap, Value};
//!
//! fn swap(heap: &mut Heap, args: &[Value]) -> NativeResult {
//!     let Some(&[a, b]) = heap.as_tuple(args[0]) else { return Err(Raise::BADARG) };
//!     Ok(heap.tuple(&[b, a]))
//! }
//!
//! let mut heap = Heap::new();
//! let pair = heap.tuple(&[Value::small(1), Value::NIL]);
//! let swapped = swap(&mut heap, &[pair]).unwrap();
//! assert_eq!(heap.print(swapped).to_string(), "{[],1}");
//! assert_eq!(swap(&mut heap, &[Value::NIL]), Err(Raise::BADARG));
//! ```

mod bits;
mod collect;
mod copy;
mod fragment;
mod fun;
mod list;
mod map;
mod number;
pub(in crate::beam) mod object;
mod order;
mod phash2;
mod reach;
mod slab;
mod tree;

use std::sync::Arc;

pub use bits::{BitWriter, Bits};
pub use fragment::Fragment;
pub use fun::{ExternalFun, Fun};
pub use list::Elements;
pub use order::IterationOrder;
pub(in crate::beam) use phash2::phash2;

use super::identity::{Life, Port, ProcessId, Reference};
use super::value::{Value, tag};
use object::{header, kind, kind_of, len_of};
use slab::Slab;

/// Constant terms of an image of code: never moved, shared by all nodes and threads.
pub(in crate::beam) type Literals = Arc<[Value]>;

/// The bits of the offset in a reference to a literal.
const OFFSET_BITS: u32 = 36;
/// The words of a heap before it is first collected.
const FIRST_LIMIT: usize = 16 * 1024;
/// The words that are made between two collections of what is new: at first, and after some.
const NURSERY: usize = 8 * 1024;
const NURSERY_MAX: usize = 32 * 1024;

/// The kinds of values, as far as Erlang tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// An integer of 60 bits, or a larger one.
    Integer,
    /// A floating-point number.
    Float,
    /// A name.
    Atom,
    /// A reference.
    Reference,
    /// A function, be it anonymous or `fun M:F/A`.
    Fun,
    /// A port.
    Port,
    /// A pid.
    Pid,
    /// A tuple.
    Tuple,
    /// A map.
    Map,
    /// The empty list.
    Nil,
    /// A list with a head and a tail.
    List,
    /// A binary, or a bit string of another length.
    Bits,
}

/// The memory of a node.
pub struct Heap {
    words: Vec<Value>,
    literals: Vec<Option<Literals>>,
    slab: Slab,
    /// The words before this place have survived a collection: they refer to nothing behind it.
    old: usize,
    /// One of them has been made to refer to something new.
    is_mended: bool,
    /// The words that are made before the next collection of what is new, at the least.
    nursery: usize,
    /// A collection is due when there are more words than this.
    limit: usize,
    /// The next collection looks at the whole heap when more words than this have survived.
    old_limit: usize,
    stress: bool,
    /// Are large binaries words like small ones?
    all_words: bool,
    order: IterationOrder,
}

impl Default for Heap {
    fn default() -> Heap {
        Heap::new()
    }
}

impl Heap {
    /// An empty heap.
    #[must_use]
    pub fn new() -> Heap {
        Heap {
            words: Vec::new(),
            literals: Vec::new(),
            slab: Slab::default(),
            old: 0,
            is_mended: false,
            nursery: NURSERY,
            limit: FIRST_LIMIT,
            old_limit: FIRST_LIMIT,
            stress: false,
            all_words: false,
            order: IterationOrder::ByTerm,
        }
    }

    /// An empty heap for literals.
    pub(in crate::beam) fn for_literals() -> Heap {
        Heap { all_words: true, ..Heap::new() }
    }

    /// Makes a collection due at every call: a test of whoever holds values.
    pub fn collect_always(&mut self) {
        self.stress = true;
        self.limit = 0;
    }

    /// Makes no collection due: what a test holds stays where it is.
    pub fn collect_never(&mut self) {
        self.limit = usize::MAX;
    }

    /// The number of words taken, those of values that are no longer needed among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The bytes of the large binaries, which are not among the words.
    #[must_use]
    pub fn binary_bytes(&self) -> usize {
        self.slab.bytes()
    }

    /// Has nothing been made?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Makes the literals of image `image` readable.
    pub(in crate::beam) fn attach(&mut self, image: u32, literals: Literals) {
        let index = image as usize;
        if self.literals.len() <= index {
            self.literals.resize(index + 1, None);
        }
        self.literals[index] = Some(literals);
    }

    /// The reference to an object at `offset` of the literals of an image.
    pub(in crate::beam) fn literal(image: u32, value: Value) -> Value {
        debug_assert!(value.is_movable());
        Value::from_word(value.word() | 1 | u64::from(image) << (OFFSET_BITS + tag::BITS))
    }

    /// The words of this heap as literals of image `image`, and `roots` as references to them.
    pub(in crate::beam) fn into_literals(self, image: u32, roots: &mut [Value]) -> Literals {
        assert!(self.slab.is_empty(), "the binaries of literals are words");
        let move_in = |value: &mut Value| {
            if value.is_movable() {
                *value = Heap::literal(image, *value);
            }
        };
        roots.iter_mut().for_each(move_in);
        let mut words = self.words;
        let mut at = 0;
        while at < words.len() {
            let word = words[at];
            if word.has_tag(tag::HEADER) && kind_of(word) <= object::RAW_MAX {
                at += len_of(word);
            } else {
                move_in(&mut words[at]);
            }
            at += 1;
        }
        words.into()
    }

    /// The word at `index` of what `reference` refers to.
    #[inline(always)]
    pub(in crate::beam) fn at(&self, reference: Value, index: usize) -> Value {
        debug_assert!(reference.is_reference());
        let place = reference.payload() as usize;
        if reference.word() & 1 == 0 {
            self.words[place + index]
        } else {
            self.literal_at(place, index)
        }
    }

    #[inline]
    fn literal_at(&self, place: usize, index: usize) -> Value {
        let (image, offset) = (place >> OFFSET_BITS, place & ((1 << OFFSET_BITS) - 1));
        match &self.literals[image] {
            Some(words) => words[offset + index],
            None => unreachable!("literals are attached before the code runs"),
        }
    }

    /// The words of an object, after its header.
    #[inline]
    pub(in crate::beam) fn object(&self, boxed: Value) -> &[Value] {
        debug_assert!(boxed.is_boxed());
        let place = boxed.payload() as usize;
        let (words, start) = if boxed.word() & 1 == 0 {
            (&self.words[..], place)
        } else {
            let (image, offset) = (place >> OFFSET_BITS, place & ((1 << OFFSET_BITS) - 1));
            match &self.literals[image] {
                Some(words) => (&words[..], offset),
                None => unreachable!("literals are attached before the code runs"),
            }
        };
        let len = len_of(words[start]);
        &words[start + 1..=start + len]
    }

    /// Replaces a word of an object on the heap: only of one that is not yet shared.
    #[inline]
    pub(in crate::beam) fn set(&mut self, boxed: Value, index: usize, value: Value) {
        debug_assert!(boxed.has_tag(tag::BOX));
        let place = boxed.payload() as usize;
        self.is_mended |=
            value.is_movable() && place < self.old && value.payload() as usize >= self.old;
        self.words[place + 1 + index] = value;
    }

    /// The header of an object, if the value is one.
    #[inline]
    pub(in crate::beam) fn header(&self, value: Value) -> Option<Value> {
        value.is_boxed().then(|| self.at(value, 0))
    }

    /// Is it an object of this kind?
    #[inline]
    pub(in crate::beam) fn is_object(&self, value: Value, kind: u64) -> bool {
        value.is_boxed() && kind_of(self.at(value, 0)) == kind
    }

    /// The words of an object of this kind.
    #[inline]
    pub(in crate::beam) fn as_object(&self, value: Value, kind: u64) -> Option<&[Value]> {
        self.is_object(value, kind).then(|| self.object(value))
    }

    /// Makes an object of these words.
    #[inline]
    pub(in crate::beam) fn make(&mut self, kind: u64, words: &[Value]) -> Value {
        let place = self.words.len();
        self.words.push(header(kind, words.len()));
        self.words.extend_from_slice(words);
        Value::tagged(tag::BOX, place as u64)
    }

    /// Begins an object of `len` words, which are then given with [`Heap::push`].
    #[inline]
    pub(in crate::beam) fn begin(&mut self, kind: u64, len: usize) -> Value {
        let place = self.words.len();
        self.words.push(header(kind, len));
        Value::tagged(tag::BOX, place as u64)
    }

    /// The next word of the object that was begun.
    #[inline]
    pub(in crate::beam) fn push(&mut self, word: Value) {
        self.words.push(word);
    }

    /// The kind of a value.
    #[must_use]
    pub fn kind(&self, value: Value) -> ValueKind {
        match value.word() & tag::MASK {
            tag::SMALL => ValueKind::Integer,
            tag::ATOM => ValueKind::Atom,
            tag::PID => ValueKind::Pid,
            _ if value.is_cons() => ValueKind::List,
            _ if value.is_boxed() => match kind_of(self.at(value, 0)) {
                kind::FLOAT => ValueKind::Float,
                kind::BIG_POSITIVE | kind::BIG_NEGATIVE => ValueKind::Integer,
                kind::PID => ValueKind::Pid,
                kind::REFERENCE => ValueKind::Reference,
                kind::PORT => ValueKind::Port,
                kind::TUPLE => ValueKind::Tuple,
                kind::FLAT_MAP | kind::TREE_MAP => ValueKind::Map,
                kind::FUN | kind::EXTERNAL_FUN => ValueKind::Fun,
                _ => ValueKind::Bits,
            },
            _ => ValueKind::Nil,
        }
    }

    /// The tuple of these elements.
    #[inline]
    pub fn tuple(&mut self, elements: &[Value]) -> Value {
        self.make(kind::TUPLE, elements)
    }

    /// The elements of a tuple.
    #[must_use]
    #[inline]
    pub fn as_tuple(&self, value: Value) -> Option<&[Value]> {
        self.as_object(value, kind::TUPLE)
    }

    /// The number of elements of a tuple.
    #[inline(always)]
    pub(in crate::beam) fn tuple_arity(&self, value: Value) -> Option<usize> {
        let header = self.header(value)?;
        (kind_of(header) == kind::TUPLE).then(|| len_of(header))
    }

    /// The element of a tuple, counted from 0.
    #[inline(always)]
    pub(in crate::beam) fn element(&self, tuple: Value, index: usize) -> Option<Value> {
        let arity = self.tuple_arity(tuple)?;
        (index < arity).then(|| self.at(tuple, 1 + index))
    }

    /// The pid as a value.
    pub fn pid(&mut self, pid: ProcessId) -> Value {
        if let Some(payload) = pid.to_payload() {
            Value::tagged(tag::PID, payload)
        } else {
            let numbers = u64::from(pid.serial) << 32 | u64::from(pid.number);
            self.make(kind::PID, &[raw(pid.life.index().into()), raw(numbers)])
        }
    }

    /// The pid.
    #[must_use]
    pub fn as_pid(&self, value: Value) -> Option<ProcessId> {
        if let Some(pid) = value.as_immediate_pid() {
            return Some(pid);
        }
        let words = self.as_object(value, kind::PID)?;
        let numbers = words[1].word();
        Some(ProcessId {
            life: life(words[0]),
            number: numbers as u32,
            serial: (numbers >> 32) as u32,
        })
    }

    /// The reference as a value.
    pub fn reference(&mut self, reference: Reference) -> Value {
        let life = raw(reference.life.index().into());
        let (low, high) = (raw(reference.id as u64), raw((reference.id >> 64) as u64));
        if reference.last == 0 {
            return self.make(kind::REFERENCE, &[life, low, high]);
        }
        self.make(kind::REFERENCE, &[life, low, high, raw(reference.last.into())])
    }

    /// The reference.
    #[must_use]
    pub fn as_reference(&self, value: Value) -> Option<Reference> {
        let words = self.as_object(value, kind::REFERENCE)?;
        let id = u128::from(words[2].word()) << 64 | u128::from(words[1].word());
        let last = words.get(3).map_or(0, |word| word.word() as u32);
        Some(Reference { life: life(words[0]), last, id })
    }

    /// The port as a value.
    pub fn port(&mut self, port: Port) -> Value {
        self.make(kind::PORT, &[raw(port.life.index().into()), raw(port.number)])
    }

    /// The port.
    #[must_use]
    pub fn as_port(&self, value: Value) -> Option<Port> {
        let words = self.as_object(value, kind::PORT)?;
        Some(Port { life: life(words[0]), number: words[1].word() })
    }
}

fn life(word: Value) -> Life {
    Life::from_index(word.word() as u32)
}

/// A word of an object that holds no values.
const fn raw(word: u64) -> Value {
    Value::from_word(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::AtomIndex;

    #[test]
    fn a_tuple_has_its_elements_and_is_nothing_else() {
        let mut heap = Heap::new();
        let tuple = heap.tuple(&[Value::small(1), Value::NIL]);
        assert_eq!(heap.as_tuple(tuple), Some(&[Value::small(1), Value::NIL][..]));
        assert_eq!(heap.kind(tuple), ValueKind::Tuple);
        assert_eq!(heap.as_pid(tuple), None);
        assert_eq!(heap.as_tuple(Value::NIL), None);
        let empty = heap.tuple(&[]);
        assert_eq!(heap.as_tuple(empty), Some(&[][..]));
    }

    #[test]
    fn identities_are_read_back() {
        let mut heap = Heap::new();
        let life = Life::new(AtomIndex::new("a@x"), 7);
        for number in [1, u32::MAX] {
            let pid = ProcessId { life, number, serial: 3 };
            let value = heap.pid(pid);
            assert_eq!((heap.as_pid(value), heap.kind(value)), (Some(pid), ValueKind::Pid));
        }
        for last in [0, 17] {
            let reference = Reference { life, last, id: u128::MAX - 5 };
            let value = heap.reference(reference);
            assert_eq!(heap.as_reference(value), Some(reference));
        }
        let port = Port { life, number: 9 };
        let value = heap.port(port);
        assert_eq!(heap.as_port(value), Some(port));
    }
}
