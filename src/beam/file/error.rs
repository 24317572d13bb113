//! The reasons why a file is not a module that can be used.

use thiserror::Error;

use super::contents::Contents;

/// The reason why the bytes of a file are not a module that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is something else.
    #[error("no compiled module: the file is {0}")]
    NotBeam(Contents),
    /// It ends before its chunks do.
    #[error("the file ends at byte {offset}, in the middle of a chunk")]
    CutShort {
        /// The size of the file, inflated.
        offset: usize,
    },
    /// It has none of the chunks with a name.
    #[error("the file has no chunk {chunk}")]
    NoChunk {
        /// The name of the chunk.
        chunk: &'static str,
    },
    /// It uses instructions that are not known.
    #[error("the module was compiled for a later release than OTP 29: it has instruction {opcode}")]
    LaterRelease {
        /// The highest number of its instructions.
        opcode: u32,
    },
    /// It inflates to more than any module is large.
    #[error("{whole} inflates to more than {limit} bytes")]
    TooLarge {
        /// The part that is compressed.
        whole: &'static str,
        /// The number of bytes that are allowed.
        limit: usize,
    },
    /// It is damaged.
    #[error("chunk {chunk}, byte {offset}: {problem}")]
    Damaged {
        /// The name of the chunk.
        chunk: &'static str,
        /// The byte in the chunk, inflated if it was compressed, counted from 0.
        offset: usize,
        /// The problem there.
        problem: Problem,
    },
}

/// A problem with a byte of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Something longer is meant to be there.
    #[error("the chunk ends here, {0}")]
    Ends(&'static str),
    /// A compact term has a form that no compiler writes.
    #[error("a compact term has the unknown form {0:#04x}")]
    UnknownTerm(u8),
    /// A number is larger than what it counts may be.
    #[error("{what} {value} is out of range")]
    OutOfRange {
        /// The meaning of the number.
        what: &'static str,
        /// The number.
        value: u64,
    },
    /// Another kind of operand is there.
    #[error("{0}")]
    Unexpected(&'static str),
    /// An instruction has a number that is not known.
    #[error("{0} is no instruction")]
    NoInstruction(u8),
    /// The text of an atom is not UTF-8.
    #[error("an atom is not UTF-8")]
    NotUtf8,
    /// Compressed data is damaged.
    #[error("the compressed data is damaged")]
    Compressed,
}
