//! Instructions that match bit strings.
//!
//! A match context is an object whose position changes while it is matched; nobody else sees it.

use num_bigint::{BigInt, Sign};

use super::thread::Thread;
use crate::beam::atom;
use crate::beam::heap::object::kind;
use crate::beam::heap::{Bits, Heap};
use crate::beam::image::Image;
use crate::beam::image::op::BitOp;
use crate::beam::image::{LITTLE, NOWHERE, SIGNED, command};
use crate::beam::value::Value;

/// The words of a match context.
const BASE: usize = 0;
const START: usize = 1;
const POSITION: usize = 2;
const END: usize = 3;

impl Thread<'_> {
    /// Runs an instruction that matches: false when it does not match.
    pub(super) fn match_bits(&mut self, image: &Image, op: BitOp, list: u32) -> bool {
        self.try_match(image, op, &image.lists[list as usize..]).is_some()
    }

    fn try_match(&mut self, image: &Image, op: BitOp, items: &[u32]) -> Option<()> {
        let value = self.list_get(image, items[0]);
        if op != BitOp::StartMatch && !self.heap.is_object(value, kind::MATCH) {
            return None;
        }
        match op {
            BitOp::StartMatch => {
                let context = start(self.heap, value)?;
                self.list_set(items[1], context);
            }
            BitOp::GetInteger => {
                let bits = self.take(image, value, &items[1..3])?;
                let integer = integer(self.heap, value, bits, items[3])?;
                self.list_set(items[4], integer);
            }
            BitOp::GetFloat => {
                let bits = self.take(image, value, &items[1..3])?;
                let float = float(self.heap, value, bits, items[3])?;
                self.list_set(items[4], float);
            }
            BitOp::GetBinary => {
                let bits = self.take(image, value, &items[1..3])?;
                let part = part(self.heap, value, bits)?;
                self.list_set(items[4], part);
            }
            BitOp::Skip => {
                let bits = self.take(image, value, &items[1..3])?;
                advance(self.heap, value, bits)?;
            }
            BitOp::TestTail => return (rest(self.heap, value) == items[1] as usize).then_some(()),
            BitOp::TestUnit => {
                let unit = items[1].max(1) as usize;
                return rest(self.heap, value).is_multiple_of(unit).then_some(());
            }
            BitOp::MatchString => {
                let (len, offset) = (items[1] as usize, items[2] as usize);
                let expected = Bits::of(&image.strings[offset..]);
                let found = bits_of(self.heap, value, len)?;
                if !same(found, expected, len) {
                    return None;
                }
                advance(self.heap, value, len)?;
            }
            BitOp::GetUtf8 | BitOp::GetUtf16 | BitOp::GetUtf32 => {
                let all = bits_of(self.heap, value, rest(self.heap, value))?;
                let (character, len) = match op {
                    BitOp::GetUtf8 => utf8(all)?,
                    BitOp::GetUtf16 => utf16(all, items[1] & LITTLE != 0)?,
                    _ => utf32(all, items[1] & LITTLE != 0)?,
                };
                advance(self.heap, value, len)?;
                if items[2] != NOWHERE {
                    self.list_set(items[2], Value::small(character.into()));
                }
            }
            BitOp::GetTail => {
                let tail = tail(self.heap, value);
                self.list_set(items[1], tail);
            }
            BitOp::GetPosition => {
                let position = number(self.heap, value, POSITION) - number(self.heap, value, START);
                self.list_set(items[1], Value::size(position));
            }
            BitOp::SetPosition => {
                let position = self.list_get(image, items[1]).as_small()? as usize;
                let start = number(self.heap, value, START);
                let position = start.checked_add(position)?;
                if position > number(self.heap, value, END) {
                    return None;
                }
                self.heap.set(value, POSITION, Value::size(position));
            }
            _ => return self.commands(image, value, &items[1..]),
        }
        Some(())
    }

    /// The bits that a size and a unit ask for, if they are there.
    fn take(&self, image: &Image, context: Value, items: &[u32]) -> Option<usize> {
        let size = self.list_get(image, items[0]);
        let left = rest(self.heap, context);
        let unit = items[1] as usize;
        if size == atom::ALL.into() {
            return left.is_multiple_of(unit.max(1)).then_some(left);
        }
        let bits = usize::try_from(size.as_small()?).ok()?.checked_mul(unit)?;
        (bits <= left).then_some(bits)
    }

    /// The parts of an instruction `Match`, one after the other.
    fn commands(&mut self, image: &Image, context: Value, items: &[u32]) -> Option<()> {
        let mut at = 1;
        for _ in 0..items[0] {
            at += self.command(image, context, &items[at..])?;
        }
        Some(())
    }

    /// One part, and how many items it has.
    fn command(&mut self, image: &Image, context: Value, items: &[u32]) -> Option<usize> {
        let size = items[1] as usize;
        match items[0] {
            command::ENSURE_AT_LEAST => {
                let left = rest(self.heap, context).checked_sub(size)?;
                let unit = items[2].max(1) as usize;
                left.is_multiple_of(unit).then_some(3)
            }
            command::ENSURE_EXACTLY => (rest(self.heap, context) == size).then_some(2),
            command::SKIP => {
                advance(self.heap, context, size)?;
                Some(2)
            }
            command::BINARY => {
                let part = part(self.heap, context, items[2] as usize)?;
                self.list_set(items[3], part);
                Some(4)
            }
            command::INTEGER => {
                let integer = integer(self.heap, context, items[2] as usize, items[1])?;
                self.list_set(items[3], integer);
                Some(4)
            }
            command::EQUAL => {
                let integer = integer(self.heap, context, size, 0)?;
                let expected = self.list_get(image, items[2]);
                self.heap.equals(integer, expected).then_some(3)
            }
            _ => {
                let tail = tail(self.heap, context);
                self.list_set(items[1], tail);
                Some(2)
            }
        }
    }
}

fn start(heap: &mut Heap, value: Value) -> Option<Value> {
    if heap.is_object(value, kind::MATCH) {
        return Some(value);
    }
    let place = heap.place(value)?;
    let numbers = [place.start, place.start, place.start + place.len];
    let [start, position, end] = numbers.map(Value::size);
    Some(heap.make(kind::MATCH, &[place.base, start, position, end]))
}

#[inline]
fn number(heap: &Heap, context: Value, index: usize) -> usize {
    heap.at(context, 1 + index).small_value() as usize
}

/// The number of bits left.
#[inline]
fn rest(heap: &Heap, context: Value) -> usize {
    number(heap, context, END) - number(heap, context, POSITION)
}

/// The next bits, if there are that many.
#[inline]
fn bits_of(heap: &Heap, context: Value, len: usize) -> Option<Bits<'_>> {
    let position = number(heap, context, POSITION);
    if position + len > number(heap, context, END) {
        return None;
    }
    Some(heap.bits_at(heap.at(context, 1 + BASE), position, len))
}

#[inline]
fn advance(heap: &mut Heap, context: Value, len: usize) -> Option<()> {
    let position = number(heap, context, POSITION) + len;
    if position > number(heap, context, END) {
        return None;
    }
    heap.set(context, POSITION, Value::size(position));
    Some(())
}

fn part(heap: &mut Heap, context: Value, len: usize) -> Option<Value> {
    let position = number(heap, context, POSITION);
    advance(heap, context, len)?;
    let base = heap.at(context, 1 + BASE);
    Some(heap.part_at(base, position, len))
}

/// The rest, as a bit string.
fn tail(heap: &mut Heap, context: Value) -> Value {
    let (position, len) = (number(heap, context, POSITION), rest(heap, context));
    let base = heap.at(context, 1 + BASE);
    heap.part_at(base, position, len)
}

fn same(a: Bits<'_>, b: Bits<'_>, len: usize) -> bool {
    (0..len).step_by(64).all(|at| {
        let count = (len - at).min(64);
        a.read(at, count) == b.read(at, count)
    })
}

fn integer(heap: &mut Heap, context: Value, len: usize, flags: u32) -> Option<Value> {
    let bits = bits_of(heap, context, len)?;
    let (little, signed) = (flags & LITTLE != 0, flags & SIGNED != 0);
    if len > 64 {
        let value = big_integer(bits, little, signed);
        advance(heap, context, len)?;
        return Some(heap.big_integer(&value));
    }
    let value = if little { read_little(bits, len) } else { bits.read(0, len) };
    advance(heap, context, len)?;
    let unused = 64 - len;
    if signed && len > 0 {
        return Some(heap.integer((value << unused).cast_signed() >> unused));
    }
    Some(heap.unsigned(value))
}

/// The lowest byte first; the last one may have fewer bits.
fn read_little(bits: Bits<'_>, len: usize) -> u64 {
    (0..len).step_by(8).fold(0, |value, at| value | bits.read(at, (len - at).min(8)) << at)
}

fn big_integer(bits: Bits<'_>, little: bool, signed: bool) -> BigInt {
    let len = bits.len();
    let value = if little {
        let bytes: Vec<u8> =
            (0..len).step_by(8).map(|at| bits.read(at, (len - at).min(8)) as u8).collect();
        BigInt::from_bytes_le(Sign::Plus, &bytes)
    } else {
        // The last byte of the bits is filled with zeros at its end.
        BigInt::from_bytes_be(Sign::Plus, &bits.bytes()) >> (len.div_ceil(8) * 8 - len)
    };
    let is_negative = signed && value.bit(len as u64 - 1);
    if is_negative { value - (BigInt::from(1) << len) } else { value }
}

fn float(heap: &mut Heap, context: Value, len: usize, flags: u32) -> Option<Value> {
    let bits = bits_of(heap, context, len)?;
    let word = match len {
        16 | 32 | 64 if flags & LITTLE != 0 => read_little(bits, len),
        16 | 32 | 64 => bits.read(0, len),
        _ => return None,
    };
    let float = match len {
        16 => half(word as u16),
        32 => f64::from(f32::from_bits(word as u32)),
        _ => f64::from_bits(word),
    };
    let value = heap.try_float(float)?;
    advance(heap, context, len)?;
    Some(value)
}

/// The float of 16 bits.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// The character that the bits begin with, and how many bits it takes.
fn utf8(bits: Bits<'_>) -> Option<(u32, usize)> {
    let byte = |index: usize| (bits.len() >= index * 8 + 8).then(|| bits.read(index * 8, 8) as u32);
    let first = byte(0)?;
    let (count, low, least) = match first {
        0..=0x7F => return Some((first, 8)),
        0xC2..=0xDF => (1, first & 0x1F, 0x80),
        0xE0..=0xEF => (2, first & 0xF, 0x800),
        0xF0..=0xF4 => (3, first & 7, 0x1_0000),
        _ => return None,
    };
    let mut character = low;
    for index in 1..=count {
        let next = byte(index)?;
        if next & 0xC0 != 0x80 {
            return None;
        }
        character = character << 6 | next & 0x3F;
    }
    let valid = character >= least && char::from_u32(character).is_some();
    valid.then_some((character, 8 + count * 8))
}

fn utf16(bits: Bits<'_>, little: bool) -> Option<(u32, usize)> {
    let unit = |at: usize| {
        let unit = (bits.len() >= at + 16).then(|| bits.read(at, 16) as u16)?;
        Some(u32::from(if little { unit.swap_bytes() } else { unit }))
    };
    let first = unit(0)?;
    match first {
        0xD800..=0xDBFF => {
            let second = unit(16).filter(|second| (0xDC00..=0xDFFF).contains(second))?;
            Some((0x1_0000 + ((first & 0x3FF) << 10 | second & 0x3FF), 32))
        }
        0xDC00..=0xDFFF => None,
        _ => Some((first, 16)),
    }
}

fn utf32(bits: Bits<'_>, little: bool) -> Option<(u32, usize)> {
    let word = (bits.len() >= 32).then(|| bits.read(0, 32) as u32)?;
    let character = if little { word.swap_bytes() } else { word };
    char::from_u32(character).map(|_| (character, 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_16_bits_are_read() {
        for (bits, float) in [(0x3C00, 1.0), (0xC000, -2.0), (1, 2f64.powi(-24)), (0x7BFF, 65504.0)]
        {
            assert_eq!(half(bits).to_bits(), f64::to_bits(float));
        }
        assert!(half(0x7C00).is_infinite() && half(0x7C01).is_nan());
    }

    #[test]
    fn only_valid_characters_are_read() {
        let read = |bytes: &[u8]| utf8(Bits::of(bytes));
        assert_eq!(read("å".as_bytes()), Some((0xE5, 16)));
        assert_eq!(read("€x".as_bytes()), Some((0x20AC, 24)));
        assert_eq!(read("😀".as_bytes()), Some((0x1_F600, 32)));
        for bytes in [&[0x80][..], &[0xC0, 0x80], &[0xED, 0xA0, 0x80], &[0xE2, 0x82], &[0xFF]] {
            assert_eq!(read(bytes), None);
        }
        assert_eq!(utf16(Bits::of(&[0xD8, 0x3D, 0xDE, 0]), false), Some((0x1_F600, 32)));
        assert_eq!(utf16(Bits::of(&[0x3D, 0xD8]), true), None);
        assert_eq!(utf32(Bits::of(&[0, 0, 0xD8, 0]), false), None);
    }
}
