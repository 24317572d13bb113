//! Objects on the heap: a header that tells the kind and the number of words, then these words.

use super::super::value::{Value, tag};

/// The kinds of objects. The words of those up to [`RAW_MAX`] are no values.
pub(in crate::beam) mod kind {
    /// The 64 bits of a number.
    pub(in crate::beam) const FLOAT: u64 = 0;
    /// The magnitude of an integer, 64 bits a word, the lowest first.
    pub(in crate::beam) const BIG_POSITIVE: u64 = 1;
    pub(in crate::beam) const BIG_NEGATIVE: u64 = 2;
    /// The length in bits; the bits, the first in the highest bit of the first word.
    pub(in crate::beam) const BINARY: u64 = 3;
    /// The life; the number and the serial.
    pub(in crate::beam) const PID: u64 = 4;
    /// The life; the low and the high half of the id.
    pub(in crate::beam) const REFERENCE: u64 = 5;
    /// The life; the number.
    pub(in crate::beam) const PORT: u64 = 6;
    pub(in crate::beam) const RAW_MAX: u64 = 6;
    /// The elements.
    pub(in crate::beam) const TUPLE: u64 = 7;
    /// A tuple of keys in order; the value of each.
    pub(in crate::beam) const FLAT_MAP: u64 = 8;
    /// The size of the tree, a key, its value, the lesser keys, the greater keys.
    pub(in crate::beam) const TREE_MAP: u64 = 9;
    /// A slot among the large binaries; the first bit in it; the length in bits.
    pub(in crate::beam) const SLAB_BINARY: u64 = 10;
    /// An object of kind `BINARY`; the first bit in it; the length in bits.
    pub(in crate::beam) const SUB_BINARY: u64 = 11;
    /// A bit string that is being matched; its start, the position and the end in it, in bits;
    /// positions that were saved.
    pub(in crate::beam) const MATCH: u64 = 12;
    /// The module, index, hash of the code, arity, image; the variables that it closes over.
    pub(in crate::beam) const FUN: u64 = 13;
    /// A module, function and arity.
    pub(in crate::beam) const EXTERNAL_FUN: u64 = 14;
}

pub(in crate::beam) use kind::RAW_MAX;

const KIND_BITS: u32 = 6;

/// The header of an object of this kind with this many words.
#[inline]
pub(in crate::beam) const fn header(kind: u64, len: usize) -> Value {
    Value::tagged(tag::HEADER, (len as u64) << KIND_BITS | kind)
}

/// The kind that a header tells.
#[inline]
pub(in crate::beam) const fn kind_of(header: Value) -> u64 {
    header.payload() & ((1 << KIND_BITS) - 1)
}

/// The number of words that follow a header.
#[inline]
pub(in crate::beam) const fn len_of(header: Value) -> usize {
    (header.payload() >> KIND_BITS) as usize
}
