//! The bytes of a chunk, read from the beginning to the end.

use super::error::{FileError, Problem};

/// The bytes of a chunk, and how far they have been read.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    chunk: &'static str,
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(chunk: &'static str, bytes: &'a [u8]) -> Reader<'a> {
        Reader { chunk, bytes, offset: 0 }
    }

    /// The bytes that have not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.offset..]
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Something is wrong with the byte at an offset.
    pub(super) fn damaged(&self, offset: usize, problem: Problem) -> FileError {
        FileError::Damaged { chunk: self.chunk, offset, problem }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], FileError> {
        let Some(taken) = self.rest().get(..count) else {
            return Err(self.damaged(self.bytes.len(), Problem::Ends("where more bytes are due")));
        };
        self.offset += count;
        Ok(taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, FileError> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, FileError> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(super) fn u32(&mut self) -> Result<u32, FileError> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A number of things of at least `size` bytes each, which must still fit into the chunk.
    pub(super) fn count(&mut self, what: &'static str, size: usize) -> Result<usize, FileError> {
        let offset = self.offset;
        let count = self.u32()?;
        self.fits(offset, what, u64::from(count), size)
    }

    /// Refuses a number of things that cannot fit into what is left of the chunk.
    pub(super) fn fits(
        &self,
        offset: usize,
        what: &'static str,
        count: u64,
        size: usize,
    ) -> Result<usize, FileError> {
        if count > (self.rest().len() / size) as u64 {
            return Err(self.damaged(offset, Problem::OutOfRange { what, value: count }));
        }
        Ok(count as usize)
    }

    /// A number below a limit.
    pub(super) fn below(&mut self, what: &'static str, limit: u32) -> Result<u32, FileError> {
        let offset = self.offset;
        let value = self.u32()?;
        if value >= limit {
            return Err(self.damaged(offset, Problem::OutOfRange { what, value: u64::from(value) }));
        }
        Ok(value)
    }
}
