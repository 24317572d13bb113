//! Binaries and bit strings.
//!
//! Up to [`WORDS_MAX`] bytes are words on the heap, more are a slot of the slab. A part of either
//! names the whole and does not copy it.

use std::borrow::Cow;
use std::rc::Rc;

use super::object::{kind, kind_of};
use super::{Heap, raw};
use crate::beam::value::Value;

/// The most bytes of a binary whose bytes are words on the heap.
const WORDS_MAX: usize = 64;

/// The bits of a binary or bit string, or of a part of one.
#[derive(Clone, Copy)]
pub struct Bits<'a> {
    source: Source<'a>,
    start: usize,
    len: usize,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    /// Words whose highest bit is the first.
    Words(&'a [Value]),
    Bytes(&'a [u8]),
}

impl<'a> Bits<'a> {
    /// The bits of these bytes.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Bits<'a> {
        Bits { source: Source::Bytes(bytes), start: 0, len: bytes.len() * 8 }
    }

    /// The number of bits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The `len` bits from `start` on, which must be there.
    #[must_use]
    pub fn part(&self, start: usize, len: usize) -> Bits<'a> {
        assert!(start + len <= self.len, "a part lies within the whole");
        Bits { source: self.source, start: self.start + start, len }
    }

    /// The integer of `count` bits, at most 64, from bit `from` on; the first bit is the highest.
    #[must_use]
    #[inline]
    pub fn read(&self, from: usize, count: usize) -> u64 {
        debug_assert!(count <= 64 && from + count <= self.len);
        if count == 0 {
            return 0;
        }
        let first = self.start + from;
        let bits = match self.source {
            Source::Words(words) => {
                let (word, shift) = (first / 64, first % 64);
                let high = words[word].word() << shift;
                match words.get(word + 1) {
                    Some(low) if shift > 0 => high | low.word() >> (64 - shift),
                    Some(_) | None => high,
                }
            }
            Source::Bytes(bytes) => read_bytes(bytes, first),
        };
        bits >> (64 - count)
    }

    /// The bits as bytes; the last one is filled with zeros.
    #[must_use]
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        if let Source::Bytes(bytes) = self.source
            && self.start.is_multiple_of(8)
            && self.len.is_multiple_of(8)
        {
            return Cow::Borrowed(&bytes[self.start / 8..(self.start + self.len) / 8]);
        }
        let mut writer = BitWriter::default();
        writer.push_bits(*self);
        Cow::Owned(writer.bytes)
    }
}

/// The 64 bits from bit `first` on, as far as they are there.
#[inline]
fn read_bytes(bytes: &[u8], first: usize) -> u64 {
    let (byte, shift) = (first / 8, first % 8);
    let window = if let Some(window) = bytes.get(byte..byte + 8) {
        u64::from_be_bytes(window.try_into().expect("a window has 8 bytes"))
    } else {
        let mut window = [0; 8];
        let rest = &bytes[byte.min(bytes.len())..];
        window[..rest.len()].copy_from_slice(rest);
        u64::from_be_bytes(window)
    };
    match bytes.get(byte + 8) {
        Some(last) if shift > 0 => window << shift | u64::from(*last) >> (8 - shift),
        Some(_) | None => window << shift,
    }
}

/// Bits that are written one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// The bits of the last byte that are not yet written.
    open: usize,
}

impl BitWriter {
    /// The number of bits written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() * 8 - self.open
    }

    /// Was nothing written?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes all bits away.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.open = 0;
    }

    /// The bits written; the last byte is filled with zeros.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the lowest `count` bits, at most 64, the highest of them first.
    pub fn push(&mut self, value: u64, count: usize) {
        debug_assert!(count <= 64);
        if count == 0 {
            return;
        }
        let mut left = count;
        let value = if count == 64 { value } else { value & ((1 << count) - 1) };
        if self.open > 0 {
            let taken = self.open.min(left);
            let bits = (value >> (left - taken)) as u8;
            if let Some(last) = self.bytes.last_mut() {
                *last |= (u16::from(bits) << (self.open - taken)) as u8;
            }
            self.open -= taken;
            left -= taken;
        }
        if left >= 8 {
            let bytes = (value << (64 - left)).to_be_bytes();
            self.bytes.extend_from_slice(&bytes[..left / 8]);
            left %= 8;
        }
        if left > 0 {
            self.bytes.push((value << (8 - left)) as u8);
            self.open = 8 - left;
        }
    }

    /// Writes whole bytes.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        if self.open == 0 {
            self.bytes.extend_from_slice(bytes);
        } else {
            for byte in bytes {
                self.push(u64::from(*byte), 8);
            }
        }
    }

    /// Writes all these bits.
    pub fn push_bits(&mut self, bits: Bits<'_>) {
        if let Source::Bytes(bytes) = bits.source
            && bits.start.is_multiple_of(8)
            && self.open == 0
        {
            let whole = bits.len / 8;
            self.bytes.extend_from_slice(&bytes[bits.start / 8..bits.start / 8 + whole]);
            self.push(bits.read(whole * 8, bits.len % 8), bits.len % 8);
            return;
        }
        let mut at = 0;
        while at < bits.len {
            let count = (bits.len - at).min(64);
            self.push(bits.read(at, count), count);
            at += count;
        }
    }
}

/// The place of a bit string: its object, and the part of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::beam) struct Place {
    /// An object of kind `BINARY` or `SLAB_BINARY`.
    pub(in crate::beam) base: Value,
    /// The first bit in the object of kind `BINARY`, or in the slot of the slab.
    pub(in crate::beam) start: usize,
    /// The length in bits.
    pub(in crate::beam) len: usize,
}

impl Heap {
    /// The binary of these bytes.
    pub fn binary(&mut self, bytes: &[u8]) -> Value {
        self.bits(Bits::of(bytes))
    }

    /// The bit string of these bits, copied.
    pub fn bits(&mut self, bits: Bits<'_>) -> Value {
        if bits.len > WORDS_MAX * 8 && !self.all_words {
            return self.large(bits.bytes().into_owned(), bits.len);
        }
        self.words_of(bits)
    }

    /// The bit string, as words whatever its size.
    pub(in crate::beam) fn words_of(&mut self, bits: Bits<'_>) -> Value {
        let value = self.begin(kind::BINARY, 1 + bits.len.div_ceil(64));
        self.push(raw(bits.len as u64));
        let mut at = 0;
        while at < bits.len {
            let count = (bits.len - at).min(64);
            self.push(raw(bits.read(at, count) << (64 - count)));
            at += count;
        }
        value
    }

    /// The bit string that was written.
    pub fn written(&mut self, writer: &BitWriter) -> Value {
        self.bits(Bits::of(&writer.bytes).part(0, writer.len()))
    }

    fn large(&mut self, bytes: Vec<u8>, len: usize) -> Value {
        let slot = self.slab.store(Rc::new(bytes));
        self.slab_binary(slot, 0, len)
    }

    fn slab_binary(&mut self, slot: usize, start: usize, len: usize) -> Value {
        let words = [slot, start, len].map(Value::size);
        self.make(kind::SLAB_BINARY, &words)
    }

    /// The place of the bits of a bit string.
    #[inline]
    pub(in crate::beam) fn place(&self, value: Value) -> Option<Place> {
        let kind = kind_of(self.header(value)?);
        let words = self.object(value);
        let number = |index: usize| words[index].small_value() as usize;
        match kind {
            kind::BINARY => Some(Place { base: value, start: 0, len: words[0].word() as usize }),
            kind::SUB_BINARY => Some(Place { base: words[0], start: number(1), len: number(2) }),
            kind::SLAB_BINARY => Some(Place { base: value, start: number(1), len: number(2) }),
            kind::MATCH => {
                let len = number(3).saturating_sub(number(2));
                Some(Place { base: words[0], start: number(2), len })
            }
            _ => None,
        }
    }

    /// The bits of the base of a place from `start` on.
    #[inline]
    pub(in crate::beam) fn bits_at(&self, base: Value, start: usize, len: usize) -> Bits<'_> {
        let words = self.object(base);
        let source = if kind_of(self.at(base, 0)) == kind::BINARY {
            Source::Words(&words[1..])
        } else {
            Source::Bytes(self.slab.get(words[0].small_value() as usize))
        };
        Bits { source, start, len }
    }

    /// A bit string that is a part of what lies at `base`.
    pub(in crate::beam) fn part_at(&mut self, base: Value, start: usize, len: usize) -> Value {
        if self.is_object(base, kind::SLAB_BINARY) {
            let slot = self.object(base)[0].small_value() as usize;
            return self.slab_binary(slot, start, len);
        }
        let numbers = [start, len].map(Value::size);
        self.make(kind::SUB_BINARY, &[base, numbers[0], numbers[1]])
    }

    /// The bits of a binary or bit string.
    #[must_use]
    #[inline]
    pub fn as_bits(&self, value: Value) -> Option<Bits<'_>> {
        let place = self.place(value)?;
        Some(self.bits_at(place.base, place.start, place.len))
    }

    /// The bytes of a binary: `None` for a bit string of another length.
    #[must_use]
    pub fn as_bytes(&self, value: Value) -> Option<Cow<'_, [u8]>> {
        self.as_bits(value).filter(|bits| bits.len.is_multiple_of(8)).map(|bits| bits.bytes())
    }

    /// The bytes that a binary keeps in memory, be it that it is only a part of them.
    pub(in crate::beam) fn referenced_bytes(&self, value: Value) -> Option<usize> {
        let place = self.place(value)?;
        let words = self.object(place.base);
        Some(if kind_of(self.at(place.base, 0)) == kind::BINARY {
            (words[0].word() as usize).div_ceil(8)
        } else {
            self.slab.get(words[0].small_value() as usize).len()
        })
    }

    /// The `len` bits of a bit string from `start` on, without a copy; `None` when it is no bit
    /// string or they are not there.
    pub fn part(&mut self, value: Value, start: usize, len: usize) -> Option<Value> {
        let place = self.place(value)?;
        if start.checked_add(len)? > place.len {
            return None;
        }
        Some(self.part_at(place.base, place.start + start, len))
    }

    /// The bit string `value` with these bits after it. Appending to what was appended before does
    /// not copy it again.
    pub fn append(&mut self, value: Value, more: &BitWriter) -> Option<Value> {
        let place = self.place(value)?;
        let (end, len) = (place.start + place.len, place.len + more.len());
        if let Some(words) = self.as_object(place.base, kind::SLAB_BINARY)
            && end.is_multiple_of(8)
        {
            let slot = words[0].small_value() as usize;
            if self.slab.append(slot, end / 8, &more.bytes) {
                return Some(self.slab_binary(slot, place.start, len));
            }
        }
        let mut whole = BitWriter::default();
        whole.bytes.reserve(len / 8 * 2);
        whole.push_bits(self.bits_at(place.base, place.start, place.len));
        whole.push_bits(Bits::of(&more.bytes).part(0, more.len()));
        if len <= WORDS_MAX * 8 {
            return Some(self.written(&whole));
        }
        Some(self.large(whole.bytes, len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|index| (index * 37 + 11) as u8).collect()
    }

    #[test]
    fn binaries_of_all_sizes_are_read_back() {
        let mut heap = Heap::new();
        for len in [0, 1, 7, 8, 9, 63, 64, 65, 300] {
            let bytes = sample(len);
            let value = heap.binary(&bytes);
            assert_eq!(heap.as_bytes(value).unwrap(), bytes);
        }
    }

    #[test]
    fn a_part_at_any_bit_is_the_same_from_words_and_from_the_slab() {
        let mut heap = Heap::new();
        let bytes = sample(100);
        let large = heap.binary(&bytes);
        let small = heap.binary(&bytes[..64]);
        for start in 0..40 {
            for len in [0, 1, 5, 8, 63, 64, 65, 130] {
                let bit = |index: usize| bytes[index / 8] >> (7 - index % 8) & 1;
                let mut expected = BitWriter::default();
                (start..start + len).for_each(|index| expected.push(bit(index).into(), 1));
                for whole in [large, small] {
                    let part = heap.part(whole, start, len).unwrap();
                    let bits = heap.as_bits(part).unwrap();
                    assert_eq!((bits.len(), &bits.bytes()[..]), (len, expected.bytes()));
                }
            }
        }
        assert_eq!(heap.part(small, 500, 13), None);
    }

    #[test]
    fn a_number_is_read_from_any_bit() {
        let bytes = sample(20);
        let bits = Bits::of(&bytes);
        for from in 0..90 {
            for count in 0..=64 {
                let bit = |index: usize| u64::from(bytes[index / 8] >> (7 - index % 8) & 1);
                let expected = (from..from + count).fold(0, |all, index| all << 1 | bit(index));
                assert_eq!(bits.read(from, count), expected);
            }
        }
    }

    #[test]
    fn appending_does_not_change_what_was_there() {
        let mut heap = Heap::new();
        let mut more = BitWriter::default();
        more.push_bytes(&sample(40));
        let first = heap.binary(&[]);
        let second = heap.append(first, &more).unwrap();
        let third = heap.append(second, &more).unwrap();
        let fourth = heap.append(third, &more).unwrap();
        let other = heap.append(third, &more).unwrap();
        assert_eq!(heap.as_bytes(third).unwrap(), [sample(40), sample(40)].concat());
        assert_eq!(heap.as_bytes(fourth), heap.as_bytes(other));
        assert_eq!(heap.as_bytes(other).unwrap().len(), 120);
        more.clear();
        more.push(0b101, 3);
        let odd = heap.append(other, &more).unwrap();
        assert_eq!(heap.as_bits(odd).unwrap().len(), 963);
        let odder = heap.append(odd, &more).unwrap();
        assert_eq!(heap.as_bits(odder).unwrap().part(960, 6).read(0, 6), 0b101_101);
    }
}
