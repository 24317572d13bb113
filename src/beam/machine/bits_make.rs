//! Instructions that make bit strings.

use num_bigint::{BigInt, Sign};

use super::thread::{Thread, callers};
use crate::beam::arithmetic::to_float;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::{BitWriter, Bits, Heap};
use crate::beam::image::Image;
use crate::beam::image::op::BitOp;
use crate::beam::image::{LITTLE, segment};
use crate::beam::native::{Raise, Trace};
use crate::beam::value::Value;

/// The most bits of a bit string.
const BITS_MAX: usize = 1 << 32;

/// The reason for which a value cannot be put: the value, or its size.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Refused {
    /// It is of another type.
    Type(Value),
    Size(Value),
    /// A size that is too large for any bit string.
    TooLarge(Value),
    /// Its length is no multiple of the unit.
    Unit(Value),
    /// It has fewer bits than asked for.
    Short(Value),
    /// No float has this size.
    FloatSize(Value),
    /// It is too large for a float.
    NoFloat(Value),
}

impl Refused {
    /// Its name for `erl_erts_errors`, and the value.
    fn parts(self) -> (&'static str, Value) {
        match self {
            Refused::Type(value) => ("type", value),
            Refused::Size(value) | Refused::TooLarge(value) => ("size", value),
            Refused::Unit(value) => ("unit", value),
            Refused::Short(value) => ("short", value),
            Refused::FloatSize(value) => ("invalid", value),
            Refused::NoFloat(value) => ("no_float", value),
        }
    }

    fn raise(self) -> Raise {
        match self {
            Refused::TooLarge(_) => Raise::SYSTEM_LIMIT,
            Refused::Type(_)
            | Refused::Size(_)
            | Refused::Unit(_)
            | Refused::Short(_)
            | Refused::FloatSize(_)
            | Refused::NoFloat(_) => Raise::BADARG,
        }
    }
}

/// A segment that cannot be made: its number from 1 on and its type.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    segment: usize,
    kind: u32,
    refused: Refused,
}

/// The float of 16 bits that is larger than all.
const INFINITE_HALF: u16 = 0x7C00;

/// A bit string whose parts are put by several instructions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Making {
    /// The place for the result, as an item of a list.
    dst: u32,
    /// The number of bits still to be put.
    left: usize,
    /// It is appended to this one.
    base: Option<Value>,
}

impl Thread<'_> {
    /// Runs an instruction that makes a bit string or a part of one.
    pub(super) fn make_bits(&mut self, image: &Image, op: BitOp, list: u32) -> Result<(), Raise> {
        let items = &image.lists[list as usize..];
        if op == BitOp::Create {
            return self.create(image, items).map_err(|refusal| self.explained(refusal));
        }
        self.try_make(image, op, items).map_err(|refused| callers(refused.raise()))
    }

    /// The exception of a segment, with what `erl_erts_errors` needs to explain it.
    fn explained(&mut self, refusal: Refusal) -> Raise {
        let Refusal { segment, kind, refused } = refusal;
        let kind = match kind {
            segment::INTEGER => atom::INTEGER,
            segment::FLOAT => atom::FLOAT,
            segment::UTF8 => atom::UTF8,
            segment::UTF16 => atom::UTF16,
            segment::UTF32 => atom::UTF32,
            _ => atom::BINARY,
        };
        let (error, value) = refused.parts();
        let number = Value::size(segment);
        let cause = self.heap.tuple(&[number, kind.into(), AtomIndex::new(error).into(), value]);
        let map = self.heap.map(&[
            (atom::CAUSE.into(), cause),
            (AtomIndex::new("function").into(), AtomIndex::new("format_bs_fail").into()),
            (atom::MODULE.into(), AtomIndex::new("erl_erts_errors").into()),
        ]);
        let info = self.heap.tuple(&[atom::ERROR_INFO.into(), map]);
        let info = self.heap.list(&[info]);
        Raise { trace: Trace::CallersWith { args: Value::NONE, info }, ..refused.raise() }
    }

    fn try_make(&mut self, image: &Image, op: BitOp, items: &[u32]) -> Result<(), Refused> {
        match op {
            BitOp::Begin => {
                let bits = self.size(image, items[0], items[2])?;
                self.begin_bits(Making { dst: items[1], left: bits, base: None });
                return Ok(());
            }
            BitOp::Append => {
                let bits = self.size(image, items[0], 1)?;
                let base = self.list_get(image, items[2]);
                self.check_base(base, items[1])?;
                self.begin_bits(Making { dst: items[3], left: bits, base: Some(base) });
                return Ok(());
            }
            BitOp::Add => return self.add_sizes(image, items),
            BitOp::Utf8Size | BitOp::Utf16Size => {
                let character = self.character(image, items[0])?;
                let size = match op {
                    BitOp::Utf8Size => character.len_utf8(),
                    _ => character.len_utf16() * 2,
                };
                self.list_set(items[1], Value::size(size));
                return Ok(());
            }
            BitOp::Writable => {
                self.x[0] = self.heap.binary(&[]);
                return Ok(());
            }
            BitOp::PutString => {
                let string = Bits::of(&image.strings[items[1] as usize..]);
                self.writer.push_bits(string.part(0, items[0] as usize));
            }
            BitOp::PutInteger => {
                let bits = self.size(image, items[0], items[1])?;
                let value = self.list_get(image, items[3]);
                put_integer(self.heap, self.writer, value, bits, items[2])?;
            }
            BitOp::PutFloat => {
                let bits = self.size(image, items[0], items[1])?;
                let value = self.list_get(image, items[3]);
                put_float(self.heap, self.writer, value, bits, items[2])?;
            }
            BitOp::PutBinary => {
                let (size, value) =
                    (self.list_get(image, items[0]), self.list_get(image, items[3]));
                put_binary(self.heap, self.writer, value, size, items[1])?;
            }
            _ => {
                let character = self.character(image, items[1])?;
                put_character(self.writer, op, character, items[0]);
            }
        }
        self.end_bits();
        Ok(())
    }

    fn begin_bits(&mut self, making: Making) {
        self.writer.clear();
        self.making = Some(making);
        self.end_bits();
    }

    /// Makes the bit string when all its bits were put.
    fn end_bits(&mut self) {
        let Some(making) = self.making.filter(|making| self.writer.len() >= making.left) else {
            return;
        };
        let value = match making.base.and_then(|base| self.heap.append(base, self.writer)) {
            Some(value) => value,
            None => self.heap.written(self.writer),
        };
        self.list_set(making.dst, value);
        self.making = None;
    }

    /// A size in bits.
    fn size(&self, image: &Image, item: u32, unit: u32) -> Result<usize, Refused> {
        bits_of(self.heap, self.list_get(image, item), unit)
    }

    fn character(&self, image: &Image, item: u32) -> Result<char, Refused> {
        character(self.list_get(image, item))
    }

    fn add_sizes(&mut self, image: &Image, items: &[u32]) -> Result<(), Refused> {
        let a = bits_of(self.heap, self.list_get(image, items[0]), 1)?;
        let b = bits_of(self.heap, self.list_get(image, items[1]), items[2])?;
        self.list_set(items[3], Value::size(a + b));
        Ok(())
    }

    /// All segments at once.
    fn create(&mut self, image: &Image, items: &[u32]) -> Result<(), Refusal> {
        self.writer.clear();
        let mut base = None;
        for parts in items[2..].chunks_exact(6).take(items[1] as usize) {
            let segment = parts[5] as usize;
            let put = if parts[0] == segment::APPEND {
                let value = self.list_get(image, parts[3]);
                base = Some(value);
                self.check_base(value, parts[1])
            } else {
                self.put_segment(image, parts)
            };
            if let Err(refused) = put {
                let refusal = Refusal { segment, kind: parts[0], refused };
                return Err(self.refused_size(image, items).unwrap_or(refusal));
            }
        }
        // Copying takes time.
        self.process.reductions += (self.writer.len() / 8192) as u64;
        let value = match base {
            // Nothing was put behind it.
            Some(base) if self.writer.is_empty() => base,
            Some(_) | None => {
                let appended = base.and_then(|base| self.heap.append(base, self.writer));
                appended.unwrap_or_else(|| self.heap.written(self.writer))
            }
        };
        self.list_set(items[0], value);
        Ok(())
    }

    /// The first segment whose size cannot be told: the sizes of all come before all values.
    fn refused_size(&self, image: &Image, items: &[u32]) -> Option<Refusal> {
        let mut segments = items[2..].chunks_exact(6).take(items[1] as usize);
        segments.find_map(|parts| {
            let (kind, unit) = (parts[0], parts[1]);
            let of = |place: usize| self.list_get(image, parts[place]);
            let refused = match kind {
                segment::BINARY if of(4) == atom::ALL.into() => {
                    self.heap.place(of(3)).is_none().then(|| Refused::Type(of(3)))
                }
                segment::INTEGER | segment::FLOAT | segment::BINARY => {
                    bits_of(self.heap, of(4), unit).err()
                }
                segment::UTF32 => character(of(3)).err(),
                _ => None,
            };
            refused.map(|refused| Refusal { segment: parts[5] as usize, kind, refused })
        })
    }

    /// Is it a bit string of this many units, to be appended to?
    fn check_base(&self, base: Value, unit: u32) -> Result<(), Refused> {
        let place = self.heap.place(base).ok_or(Refused::Type(base))?;
        let whole = place.len.is_multiple_of(unit.max(1) as usize);
        if whole { Ok(()) } else { Err(Refused::Unit(base)) }
    }

    fn put_segment(&mut self, image: &Image, parts: &[u32]) -> Result<(), Refused> {
        let (kind, unit, flags) = (parts[0], parts[1], parts[2]);
        if kind == segment::STRING {
            let string = Bits::of(&image.strings[parts[3] as usize..]);
            self.writer.push_bits(string.part(0, parts[4] as usize));
            return Ok(());
        }
        let (value, size) = (self.list_get(image, parts[3]), self.list_get(image, parts[4]));
        let (heap, writer) = (&*self.heap, &mut *self.writer);
        match kind {
            segment::INTEGER => put_integer(heap, writer, value, bits_of(heap, size, unit)?, flags),
            segment::FLOAT => put_float(heap, writer, value, bits_of(heap, size, unit)?, flags),
            segment::BINARY => put_binary(heap, writer, value, size, unit),
            _ => {
                let op = match kind {
                    segment::UTF8 => BitOp::PutUtf8,
                    segment::UTF16 => BitOp::PutUtf16,
                    _ => BitOp::PutUtf32,
                };
                put_character(writer, op, character(value)?, flags);
                Ok(())
            }
        }
    }
}

fn character(value: Value) -> Result<char, Refused> {
    let code = value.as_small().and_then(|code| u32::try_from(code).ok());
    code.and_then(char::from_u32).ok_or(Refused::Type(value))
}

/// So many units, in bits.
fn bits_of(heap: &Heap, size: Value, unit: u32) -> Result<usize, Refused> {
    match size.as_small() {
        Some(size_in_units @ 0..) => {
            let bits = (size_in_units as usize).checked_mul(unit as usize);
            bits.filter(|bits| *bits <= BITS_MAX).ok_or(Refused::TooLarge(size))
        }
        None if heap.is_big(size) && heap.compare(size, Value::small(0)).is_gt() => {
            Err(Refused::TooLarge(size))
        }
        Some(..0) | None => Err(Refused::Size(size)),
    }
}

fn put_integer(
    heap: &Heap,
    writer: &mut BitWriter,
    value: Value,
    bits: usize,
    flags: u32,
) -> Result<(), Refused> {
    let little = flags & LITTLE != 0;
    if let Some(small) = value.as_small()
        && bits <= 64
    {
        let word = small as u64;
        if little {
            push_little(writer, word, bits);
        } else {
            writer.push(word, bits);
        }
        return Ok(());
    }
    let integer = heap.as_big_integer(value).ok_or(Refused::Type(value))?;
    let bytes = low_bytes(&integer, bits);
    // The lowest byte is the first.
    let open = bits % 8;
    if little {
        writer.push_bytes(&bytes[..bits / 8]);
        writer.push(bytes.last().copied().unwrap_or(0).into(), open);
    } else {
        let mut highest = bytes.iter().rev();
        if open > 0 {
            writer.push(highest.next().copied().unwrap_or(0).into(), open);
        }
        highest.for_each(|byte| writer.push((*byte).into(), 8));
    }
    Ok(())
}

/// The lowest bits of an integer as bytes, the lowest first.
fn low_bytes(integer: &BigInt, bits: usize) -> Vec<u8> {
    let mut bytes = integer.to_signed_bytes_le();
    let filler = if integer.sign() == Sign::Minus { 0xFF } else { 0 };
    bytes.resize(bits.div_ceil(8), filler);
    bytes
}

/// The lowest byte first; the last one has the bits that are left.
fn push_little(writer: &mut BitWriter, word: u64, bits: usize) {
    for at in (0..bits).step_by(8) {
        writer.push(word >> at, (bits - at).min(8));
    }
}

fn put_float(
    heap: &Heap,
    writer: &mut BitWriter,
    value: Value,
    bits: usize,
    flags: u32,
) -> Result<(), Refused> {
    if !heap.is_number(value) {
        return Err(Refused::Type(value));
    }
    let float = to_float(heap, value).map_err(|_| Refused::NoFloat(value))?;
    let word = match bits {
        16 => u64::from(half(float)),
        32 => u64::from((float as f32).to_bits()),
        64 => float.to_bits(),
        _ => return Err(Refused::FloatSize(Value::size(bits))),
    };
    if flags & LITTLE != 0 {
        push_little(writer, word, bits);
    } else {
        writer.push(word, bits);
    }
    Ok(())
}

/// The nearest float of 16 bits; one that is too large is infinite.
fn half(float: f64) -> u16 {
    let sign = if float.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = float.abs();
    if magnitude < 2f64.powi(-14) {
        // Steps of 2^-24; the next one after the last of them begins the exponents.
        return sign | libm::rint(magnitude * 2f64.powi(24)) as u16;
    }
    let exponent = (magnitude.to_bits() >> 52) as i32 - 1023;
    if exponent > 15 {
        return sign | INFINITE_HALF;
    }
    let steps = libm::rint(magnitude * 2f64.powi(10 - exponent)) as u16;
    // A fraction that is rounded up to the next exponent carries into it.
    let bits = ((exponent + 15) as u16).wrapping_shl(10) + (steps - 1024);
    sign | bits
}

fn put_binary(
    heap: &Heap,
    writer: &mut BitWriter,
    value: Value,
    size: Value,
    unit: u32,
) -> Result<(), Refused> {
    let bits = heap.as_bits(value).ok_or(Refused::Type(value))?;
    if size == atom::ALL.into() {
        if !bits.len().is_multiple_of(unit.max(1) as usize) {
            return Err(Refused::Unit(value));
        }
        writer.push_bits(bits);
        return Ok(());
    }
    let len = bits_of(heap, size, unit)?;
    if len > bits.len() {
        return Err(Refused::Short(value));
    }
    writer.push_bits(bits.part(0, len));
    Ok(())
}

fn put_character(writer: &mut BitWriter, op: BitOp, character: char, flags: u32) {
    let little = flags & LITTLE != 0;
    let mut push = |word: u64, bits: usize| {
        if little { push_little(writer, word, bits) } else { writer.push(word, bits) }
    };
    match op {
        BitOp::PutUtf16 => {
            let mut units = [0; 2];
            character.encode_utf16(&mut units).iter().for_each(|unit| push((*unit).into(), 16));
        }
        BitOp::PutUtf32 => push(u32::from(character).into(), 32),
        _ => writer.push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_16_bits_are_written() {
        for (bits, float) in [
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (1, 2f64.powi(-24)),
            (0x7BFF, 65504.0),
            (0x0400, 2f64.powi(-14)),
            (0x3C00, 1.0001),
            (0x4000, 1.9999),
        ] {
            assert_eq!(half(float), bits, "{float}");
        }
        assert_eq!((half(65520.0), half(-1e9)), (0x7C00, 0xFC00));
    }

    #[test]
    fn integers_are_cut_to_their_size() {
        let heap = Heap::new();
        let check = |value: i64, bits: usize, flags: u32, expected: &[u8]| {
            let mut writer = BitWriter::default();
            put_integer(&heap, &mut writer, Value::small(value), bits, flags).unwrap();
            assert_eq!((writer.bytes(), writer.len()), (expected, bits));
        };
        check(0x1234, 16, 0, &[0x12, 0x34]);
        check(0x1234, 16, LITTLE, &[0x34, 0x12]);
        check(-1, 12, 0, &[0xFF, 0xF0]);
        check(0x123, 12, LITTLE, &[0x23, 0x10]);
        check(-2, 72, 0, &[255, 255, 255, 255, 255, 255, 255, 255, 254]);
        check(1, 72, LITTLE, &[1, 0, 0, 0, 0, 0, 0, 0, 0]);
        check(5, 68, 0, &[0, 0, 0, 0, 0, 0, 0, 0, 0x50]);
    }
}
