//! The instructions that match and make bit strings.

use super::build::{Builder, Problem, dst};
use super::op::{BitOp, Dst, FRAME, LIST_FRAME, List, Op};
use super::translate::{Args, number};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::file::Operand;
use crate::beam::value::Value;

/// Flags of a segment, as the compiler numbers them.
pub(in crate::beam) const LITTLE: u32 = 2;
pub(in crate::beam) const SIGNED: u32 = 4;

/// Instead of a place for a result that is not wanted.
pub(in crate::beam) const NOWHERE: u32 = u32::MAX;

/// A part of an instruction `Match`.
pub(in crate::beam) mod command {
    pub(in crate::beam) const ENSURE_AT_LEAST: u32 = 0;
    pub(in crate::beam) const ENSURE_EXACTLY: u32 = 1;
    pub(in crate::beam) const BINARY: u32 = 2;
    pub(in crate::beam) const INTEGER: u32 = 3;
    pub(in crate::beam) const SKIP: u32 = 4;
    pub(in crate::beam) const TAIL: u32 = 5;
    pub(in crate::beam) const EQUAL: u32 = 6;
}

/// The type of a segment of an instruction `Create`.
pub(in crate::beam) mod segment {
    pub(in crate::beam) const INTEGER: u32 = 0;
    pub(in crate::beam) const FLOAT: u32 = 1;
    pub(in crate::beam) const BINARY: u32 = 2;
    pub(in crate::beam) const APPEND: u32 = 3;
    pub(in crate::beam) const STRING: u32 = 4;
    pub(in crate::beam) const UTF8: u32 = 5;
    pub(in crate::beam) const UTF16: u32 = 6;
    pub(in crate::beam) const UTF32: u32 = 7;
}

/// Translates an instruction whose name begins with `bs_`.
pub(super) fn translate(
    b: &mut Builder<'_>,
    name: &str,
    args: &mut Args<'_>,
) -> Result<(), Problem> {
    let mut items = Items { b, args, numbers: Vec::new() };
    let (op, fail) = if let Some(op) = items.match_op(name)? {
        op
    } else if let Some(op) = items.position_op(name)? {
        op
    } else if let Some(op) = items.make_op(name)? {
        op
    } else {
        return Err("the machine does not run this instruction");
    };
    let numbers = items.numbers;
    let List { start, .. } = b.add_list(&numbers);
    b.emit(Op::Bits { op, list: start, fail });
    Ok(())
}

/// The operands of an instruction as numbers of a list.
struct Items<'b, 'f, 'a, 'o> {
    b: &'b mut Builder<'f>,
    args: &'a mut Args<'o>,
    numbers: Vec<u32>,
}

type Found = Option<(BitOp, u32)>;

impl Items<'_, '_, '_, '_> {
    fn label(&mut self) -> Result<u32, Problem> {
        self.args.label()
    }

    /// Operands that are values.
    fn values(&mut self, count: usize) -> Result<&mut Self, Problem> {
        for _ in 0..count {
            let operand = self.args.next()?;
            let item = self.b.list_src(operand)?;
            self.numbers.push(item);
        }
        Ok(self)
    }

    /// Operands that are numbers.
    fn numbers(&mut self, count: usize) -> Result<&mut Self, Problem> {
        for _ in 0..count {
            let number = self.args.u32()?;
            self.numbers.push(number);
        }
        Ok(self)
    }

    /// A unit and flags.
    fn unit_and_flags(&mut self) -> Result<&mut Self, Problem> {
        self.numbers(1)?;
        let operand = self.args.next()?;
        let flags = self.flags(operand)?;
        self.numbers.push(flags);
        Ok(self)
    }

    fn skip(&mut self) -> &mut Self {
        self.args.skip(1);
        self
    }

    fn dst(&mut self) -> Result<&mut Self, Problem> {
        let dst = self.args.dst()?;
        self.numbers.push(list_dst(dst));
        Ok(self)
    }

    /// Instructions that take something out of a bit string.
    fn match_op(&mut self, name: &str) -> Result<Found, Problem> {
        let op = match name {
            "bs_get_integer2" => BitOp::GetInteger,
            "bs_get_float2" => BitOp::GetFloat,
            "bs_get_binary2" => BitOp::GetBinary,
            "bs_skip_bits2" => BitOp::Skip,
            "bs_test_tail2" => BitOp::TestTail,
            "bs_test_unit" => BitOp::TestUnit,
            "bs_match_string" => BitOp::MatchString,
            "bs_get_utf8" | "bs_skip_utf8" => BitOp::GetUtf8,
            "bs_get_utf16" | "bs_skip_utf16" => BitOp::GetUtf16,
            "bs_get_utf32" | "bs_skip_utf32" => BitOp::GetUtf32,
            "bs_match" => BitOp::Match,
            _ => return Ok(None),
        };
        let fail = self.label()?;
        self.values(1)?;
        match op {
            BitOp::GetInteger | BitOp::GetFloat | BitOp::GetBinary => {
                self.skip().values(1)?.unit_and_flags()?.dst()?;
            }
            BitOp::Skip => {
                self.values(1)?.unit_and_flags()?;
            }
            BitOp::TestTail | BitOp::TestUnit => {
                self.numbers(1)?;
            }
            BitOp::MatchString => {
                self.numbers(2)?;
                self.check_string(1, 2)?;
            }
            BitOp::Match => self.commands()?,
            _ => {
                self.skip();
                let operand = self.args.next()?;
                let flags = self.flags(operand)?;
                self.numbers.push(flags);
                if name.starts_with("bs_skip") {
                    self.numbers.push(NOWHERE);
                } else {
                    self.dst()?;
                }
            }
        }
        Ok(Some((op, fail)))
    }

    /// The bytes of a string that an instruction names are there.
    fn check_string(&self, bits: usize, offset: usize) -> Result<(), Problem> {
        let end = u64::from(self.numbers[bits]).div_ceil(8) + u64::from(self.numbers[offset]);
        if end > self.b.file.strings.len() as u64 {
            return Err("a string is not among the strings");
        }
        Ok(())
    }

    /// Instructions on the place in a bit string.
    fn position_op(&mut self, name: &str) -> Result<Found, Problem> {
        let op = match name {
            "bs_start_match3" => {
                let fail = self.label()?;
                self.values(1)?.skip().dst()?;
                return Ok(Some((BitOp::StartMatch, fail)));
            }
            "bs_start_match4" => {
                let fail = match self.args.next()? {
                    Operand::Label(label) => *label,
                    _ => 0,
                };
                self.skip().values(1)?.dst()?;
                return Ok(Some((BitOp::StartMatch, fail)));
            }
            "bs_get_tail" => BitOp::GetTail,
            "bs_get_position" => BitOp::GetPosition,
            "bs_set_position" => {
                self.values(2)?;
                return Ok(Some((BitOp::SetPosition, 0)));
            }
            _ => return Ok(None),
        };
        self.values(1)?.dst()?;
        Ok(Some((op, 0)))
    }

    /// Instructions that make a bit string.
    fn make_op(&mut self, name: &str) -> Result<Found, Problem> {
        let (op, fail) = match name {
            "bs_init_writable" => (BitOp::Writable, 0),
            "bs_put_string" => {
                self.numbers(2)?;
                self.numbers[0] = self.numbers[0].checked_mul(8).ok_or("a string is too long")?;
                self.check_string(0, 1)?;
                (BitOp::PutString, 0)
            }
            "bs_init2" | "bs_init_bits" => {
                let fail = self.label()?;
                self.values(1)?.skip().skip().skip().dst()?;
                self.numbers.push(if name == "bs_init2" { 8 } else { 1 });
                (BitOp::Begin, fail)
            }
            "bs_add" => (BitOp::Add, {
                let fail = self.label()?;
                self.values(2)?.numbers(1)?.dst()?;
                fail
            }),
            "bs_append" => (BitOp::Append, {
                let fail = self.label()?;
                self.values(1)?.skip().skip().numbers(1)?.values(1)?.skip().dst()?;
                fail
            }),
            "bs_private_append" => (BitOp::Append, {
                let fail = self.label()?;
                self.values(1)?.numbers(1)?.values(1)?.skip().dst()?;
                fail
            }),
            "bs_put_integer" => (BitOp::PutInteger, self.put()?),
            "bs_put_float" => (BitOp::PutFloat, self.put()?),
            "bs_put_binary" => (BitOp::PutBinary, self.put()?),
            "bs_put_utf8" => (BitOp::PutUtf8, self.put_character()?),
            "bs_put_utf16" => (BitOp::PutUtf16, self.put_character()?),
            "bs_put_utf32" => (BitOp::PutUtf32, self.put_character()?),
            "bs_utf8_size" => (BitOp::Utf8Size, self.character_size()?),
            "bs_utf16_size" => (BitOp::Utf16Size, self.character_size()?),
            "bs_create_bin" => (BitOp::Create, self.create()?),
            _ => return Ok(None),
        };
        Ok(Some((op, fail)))
    }

    fn put(&mut self) -> Result<u32, Problem> {
        let fail = self.label()?;
        self.values(1)?.unit_and_flags()?.values(1)?;
        Ok(fail)
    }

    fn put_character(&mut self) -> Result<u32, Problem> {
        let fail = self.label()?;
        let operand = self.args.next()?;
        let flags = self.flags(operand)?;
        self.numbers.push(flags);
        self.values(1)?;
        Ok(fail)
    }

    fn character_size(&mut self) -> Result<u32, Problem> {
        let fail = self.label()?;
        self.values(1)?.dst()?;
        Ok(fail)
    }

    /// Flags as a number, or as a list of their names.
    fn flags(&mut self, operand: &Operand) -> Result<u32, Problem> {
        if let Operand::Unsigned(flags) = operand {
            // The simulated machine stores the lowest byte first.
            let native = if flags & 16 == 0 { 0 } else { LITTLE };
            return Ok(*flags as u32 | native);
        }
        let value = self.b.constant(operand).ok_or("flags are no constant")?;
        let names = self.b.atoms_of(value).ok_or("flags are no list of atoms")?;
        Ok(names.into_iter().fold(0, |flags, name| flags | flag(name)))
    }

    fn commands(&mut self) -> Result<(), Problem> {
        let operands = self.args.list()?;
        let count_at = self.numbers.len();
        self.numbers.push(0);
        let mut rest = operands;
        while let [name, parts @ ..] = rest {
            let name = self.b.constant(name).and_then(Value::as_atom);
            let used = self.command(name.ok_or("a command has no name")?, parts)?;
            rest = parts.get(used..).ok_or("a command is too short")?;
            self.numbers[count_at] += 1;
        }
        Ok(())
    }

    /// Adds a command, and tells how many operands it has.
    fn command(&mut self, name: AtomIndex, parts: &[Operand]) -> Result<usize, Problem> {
        let part = |index: usize| parts.get(index).ok_or("a command is too short");
        let size = |index: usize| u32::try_from(number(part(index)?)?).map_err(|_| "a size");
        let items = match name {
            atom::ENSURE_AT_LEAST => vec![command::ENSURE_AT_LEAST, size(0)?, size(1)?],
            atom::ENSURE_EXACTLY => vec![command::ENSURE_EXACTLY, size(0)?],
            atom::SKIP => vec![command::SKIP, size(0)?],
            atom::BINARY | atom::INTEGER => {
                let kind = if name == atom::BINARY { command::BINARY } else { command::INTEGER };
                let bits = size(2)?.checked_mul(size(3)?).ok_or("a segment is too large")?;
                vec![kind, self.flags(part(1)?)?, bits, list_dst(dst(part(4)?)?)]
            }
            atom::GET_TAIL => vec![command::TAIL, list_dst(dst(part(2)?)?)],
            atom::EQ_EXACT => {
                let value = self.b.list_src(part(2)?)?;
                vec![command::EQUAL, size(1)?, value]
            }
            _ => return Err("there is no such command"),
        };
        self.numbers.extend(items);
        Ok(match name {
            atom::ENSURE_AT_LEAST => 2,
            atom::ENSURE_EXACTLY | atom::SKIP => 1,
            atom::BINARY | atom::INTEGER => 5,
            _ => 3,
        })
    }

    fn create(&mut self) -> Result<u32, Problem> {
        let fail = self.label()?;
        self.skip().skip().skip().dst()?;
        let operands = self.args.list()?;
        self.numbers.push((operands.len() / 6) as u32);
        for parts in operands.chunks_exact(6) {
            self.segment(parts)?;
        }
        Ok(fail)
    }

    /// Adds a segment: its type, unit, flags, value and size, and its number in the source.
    fn segment(&mut self, parts: &[Operand]) -> Result<(), Problem> {
        let name = self.b.constant(&parts[0]).and_then(Value::as_atom);
        let kind = match name.ok_or("a segment has no type")? {
            atom::INTEGER => segment::INTEGER,
            atom::FLOAT => segment::FLOAT,
            atom::BINARY => segment::BINARY,
            atom::APPEND | atom::PRIVATE_APPEND => segment::APPEND,
            atom::STRING => segment::STRING,
            atom::UTF8 => segment::UTF8,
            atom::UTF16 => segment::UTF16,
            atom::UTF32 => segment::UTF32,
            _ => return Err("there is no such type of a segment"),
        };
        let unit = number(&parts[2])? as u32;
        let flags = self.flags(&parts[3])?;
        self.numbers.extend([kind, unit, flags]);
        if kind == segment::STRING {
            let (offset, len) = (number(&parts[4])? as u32, number(&parts[5])? as u32);
            self.numbers.extend([offset, len.saturating_mul(8)]);
            self.check_string(self.numbers.len() - 1, self.numbers.len() - 2)?;
        } else {
            for part in &parts[4..] {
                let item = self.b.list_src(part)?;
                self.numbers.push(item);
            }
        }
        self.numbers.push(number(&parts[1])? as u32);
        Ok(())
    }
}

fn list_dst(dst: Dst) -> u32 {
    if dst.0 & FRAME == 0 { dst.0.into() } else { LIST_FRAME | u32::from(dst.0 & !FRAME) }
}

fn flag(name: AtomIndex) -> u32 {
    match name {
        atom::LITTLE | atom::NATIVE => LITTLE,
        atom::SIGNED => SIGNED,
        _ => 0,
    }
}
