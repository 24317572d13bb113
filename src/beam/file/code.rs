//! The chunk `Code`: a header, then instructions up to the mark at their end.

use super::Instruction;
use super::compact::{self, Limits};
use super::error::{FileError, Problem};
use super::opcodes::{HIGHEST_OPCODE, opcode};
use super::reader::Reader;

/// The number of the instruction that marks the end.
const END: u8 = 3;

/// The header of the chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) highest_opcode: u8,
    pub(super) labels: u32,
    pub(super) functions: u32,
}

/// Reads the header; the reader stands before the first instruction then.
pub(super) fn header(reader: &mut Reader) -> Result<Header, FileError> {
    let size = reader.u32()? as usize;
    let start = reader.offset();
    reader.below("the number of the instruction set", 1)?;
    let highest = reader.u32()?;
    let Some(highest_opcode) = u8::try_from(highest).ok().filter(|it| *it <= HIGHEST_OPCODE) else {
        return Err(FileError::LaterRelease { opcode: highest });
    };
    // Every label is an instruction of two bytes, every function one of four and more.
    let labels = reader.count("the number of labels", 1)? as u32;
    let functions = reader.count("the number of functions", 1)? as u32;
    let read = reader.offset() - start;
    reader.take(size.saturating_sub(read))?;
    Ok(Header { highest_opcode, labels, functions })
}

/// The instructions, without the mark at the end.
pub(super) fn instructions(
    reader: &mut Reader,
    limits: Limits,
) -> Result<Vec<Instruction>, FileError> {
    let mut code = Vec::new();
    loop {
        let offset = reader.offset();
        if reader.rest().is_empty() {
            let problem = Problem::Ends("without the mark of its end");
            return Err(reader.damaged(offset, problem));
        }
        let number = reader.u8()?;
        if number == END {
            return Ok(code);
        }
        let known =
            opcode(number).ok_or_else(|| reader.damaged(offset, Problem::NoInstruction(number)))?;
        let operands: Result<_, _> =
            (0..known.arity).map(|_| compact::operand(reader, limits)).collect();
        code.push(Instruction { opcode: number, operands: operands? });
    }
}
