//! Compact terms: the operands of instructions, each with a tag in the low bits of its first byte.

use num_bigint::BigInt;

use super::error::{FileError, Problem};
use super::reader::Reader;
use super::{Allocation, AllocationKind, Operand};

/// The highest number of a register of each kind, and one more.
const REGISTERS: u64 = 1024;
/// The longest integer, in bytes: longer than the source of any module writes it.
const INTEGER_BYTES: usize = 1 << 20;

/// The sizes of the tables that operands are indices into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) atoms: u32,
    pub(super) labels: u32,
    pub(super) literals: u32,
}

/// A tag, and the number that comes with it.
struct Tagged {
    offset: usize,
    tag: u8,
    value: Value,
}

enum Value {
    Small(i64),
    Big(BigInt),
}

const UNSIGNED: u8 = 0;
const INTEGER: u8 = 1;
const ATOM: u8 = 2;
const X: u8 = 3;
const Y: u8 = 4;
const LABEL: u8 = 5;
const CHARACTER: u8 = 6;
const EXTENDED: u8 = 7;

/// The next operand.
pub(super) fn operand(reader: &mut Reader, limits: Limits) -> Result<Operand, FileError> {
    let tagged = tagged(reader)?;
    match tagged.tag {
        EXTENDED => extended(reader, &tagged, limits),
        _ => plain(reader, tagged, limits),
    }
}

/// The next term, which must be a number without a sign.
pub(super) fn unsigned(reader: &mut Reader) -> Result<u64, FileError> {
    let tagged = tagged(reader)?;
    if tagged.tag != UNSIGNED {
        return Err(reader.damaged(tagged.offset, Problem::Unexpected("this must be a number")));
    }
    tagged.within(reader, "the number", u64::MAX)
}

/// An item of the table of lines: `(true, file)` or `(false, line)`.
pub(super) fn line_item(reader: &mut Reader) -> Result<(bool, u32), FileError> {
    let tagged = tagged(reader)?;
    let is_file = match tagged.tag {
        ATOM => true,
        INTEGER => false,
        _ => {
            let problem = Problem::Unexpected("this must be a line or a file");
            return Err(reader.damaged(tagged.offset, problem));
        }
    };
    Ok((is_file, tagged.within(reader, "the line or file", 1 << 31)? as u32))
}

fn tagged(reader: &mut Reader) -> Result<Tagged, FileError> {
    let offset = reader.offset();
    let first = reader.u8()?;
    let value = if first & 0b1000 == 0 {
        Value::Small(i64::from(first >> 4))
    } else if first & 0b1_0000 == 0 {
        Value::Small(i64::from(first & 0b1110_0000) << 3 | i64::from(reader.u8()?))
    } else {
        long(reader, first >> 5)?
    };
    Ok(Tagged { offset, tag: first & 0b111, value })
}

/// A number of several bytes, in two's complement.
fn long(reader: &mut Reader, size: u8) -> Result<Value, FileError> {
    let offset = reader.offset();
    let count = match size {
        7 => length(reader)?,
        _ => usize::from(size) + 2,
    };
    if count > INTEGER_BYTES {
        let problem = Problem::OutOfRange { what: "the length of an integer", value: count as u64 };
        return Err(reader.damaged(offset, problem));
    }
    let bytes = reader.take(count)?;
    if count > 8 {
        let big = BigInt::from_signed_bytes_be(bytes);
        return Ok(i64::try_from(&big).map_or(Value::Big(big), Value::Small));
    }
    let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
    Ok(Value::Small(bytes.iter().fold(sign, |value, byte| value << 8 | i64::from(*byte))))
}

/// The length of an integer of nine bytes or more: a term of its own, which is short itself.
fn length(reader: &mut Reader) -> Result<usize, FileError> {
    let offset = reader.offset();
    let first = reader.u8()?;
    let more = match first & 0b1_1111 {
        0b0_0000 | 0b1_0000 => usize::from(first >> 4),
        0b0_1000 => usize::from(first & 0b1110_0000) << 3 | usize::from(reader.u8()?),
        0b1_1000 if first >> 5 < 2 => {
            let bytes = reader.take(usize::from(first >> 5) + 2)?;
            bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte))
        }
        _ => return Err(reader.damaged(offset, Problem::UnknownTerm(first))),
    };
    Ok(more + 9)
}

impl Tagged {
    /// The number, which must be below a limit.
    fn within(&self, reader: &Reader, what: &'static str, limit: u64) -> Result<u64, FileError> {
        let value = match &self.value {
            Value::Small(value) => u64::try_from(*value).ok(),
            Value::Big(value) => u64::try_from(value).ok(),
        };
        match value {
            Some(value) if value < limit || limit == u64::MAX => Ok(value),
            found => {
                let value = found.unwrap_or(u64::MAX);
                Err(reader.damaged(self.offset, Problem::OutOfRange { what, value }))
            }
        }
    }
}

fn plain(reader: &Reader, tagged: Tagged, limits: Limits) -> Result<Operand, FileError> {
    let within = |what, limit| tagged.within(reader, what, limit);
    Ok(match tagged.tag {
        UNSIGNED => Operand::Unsigned(within("the number", u64::MAX)?),
        INTEGER => match tagged.value {
            Value::Small(value) => Operand::Integer(value),
            Value::Big(value) => Operand::BigInteger(value),
        },
        // 0 is the empty list, so that the table begins at 1.
        ATOM => match within("atom", u64::from(limits.atoms) + 1)? {
            0 => Operand::Nil,
            index => Operand::Atom(index as u32 - 1),
        },
        X => Operand::X(within("register", REGISTERS)? as u16),
        Y => Operand::Y(within("register", REGISTERS)? as u16),
        LABEL => Operand::Label(within("label", u64::from(limits.labels))? as u32),
        CHARACTER => Operand::Character(within("character", 0x11_0000)? as u32),
        _ => return Err(reader.damaged(tagged.offset, Problem::UnknownTerm(tagged.tag))),
    })
}

fn extended(reader: &mut Reader, tagged: &Tagged, limits: Limits) -> Result<Operand, FileError> {
    Ok(match tagged.value {
        Value::Small(1) => Operand::List(list(reader, limits)?),
        Value::Small(2) => Operand::FloatRegister(number(reader, "register", REGISTERS)? as u16),
        Value::Small(3) => Operand::AllocationList(allocations(reader)?),
        Value::Small(4) => {
            Operand::Literal(number(reader, "literal", u64::from(limits.literals))? as u32)
        }
        Value::Small(5) => typed_register(reader, limits)?,
        Value::Small(other) => {
            let form = (other as u8) << 4 | EXTENDED;
            return Err(reader.damaged(tagged.offset, Problem::UnknownTerm(form)));
        }
        Value::Big(_) => {
            return Err(reader.damaged(tagged.offset, Problem::UnknownTerm(EXTENDED)));
        }
    })
}

/// A term that must be a number below a limit.
fn number(reader: &mut Reader, what: &'static str, limit: u64) -> Result<u64, FileError> {
    let offset = reader.offset();
    let value = unsigned(reader)?;
    if value >= limit {
        return Err(reader.damaged(offset, Problem::OutOfRange { what, value }));
    }
    Ok(value)
}

/// A list of operands, of which none is a list.
fn list(reader: &mut Reader, limits: Limits) -> Result<Vec<Operand>, FileError> {
    let offset = reader.offset();
    let length = unsigned(reader)?;
    let length = reader.fits(offset, "the length of a list", length, 1)?;
    (0..length)
        .map(|_| {
            let tagged = tagged(reader)?;
            match (tagged.tag, &tagged.value) {
                (EXTENDED, Value::Small(1)) => {
                    let problem = Problem::Unexpected("a list of operands holds a list");
                    Err(reader.damaged(tagged.offset, problem))
                }
                (EXTENDED, _) => extended(reader, &tagged, limits),
                _ => plain(reader, tagged, limits),
            }
        })
        .collect()
}

/// A register with its type, which says more than is needed: only the register counts.
fn typed_register(reader: &mut Reader, limits: Limits) -> Result<Operand, FileError> {
    let register = tagged(reader)?;
    if !matches!(register.tag, X | Y) {
        let problem = Problem::Unexpected("only a register has a type");
        return Err(reader.damaged(register.offset, problem));
    }
    let register = plain(reader, register, limits)?;
    unsigned(reader)?;
    Ok(register)
}

fn allocations(reader: &mut Reader) -> Result<Vec<Allocation>, FileError> {
    let offset = reader.offset();
    let length = unsigned(reader)?;
    let length = reader.fits(offset, "the length of a list", length, 2)?;
    (0..length)
        .map(|_| {
            let kind = match number(reader, "the kind of an allocation", 3)? {
                0 => AllocationKind::Words,
                1 => AllocationKind::Floats,
                _ => AllocationKind::Funs,
            };
            let count = number(reader, "the size of an allocation", 1 << 32)? as u32;
            Ok(Allocation { kind, count })
        })
        .collect()
}
