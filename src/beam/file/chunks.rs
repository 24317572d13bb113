//! The chunks of a file: `FOR1`, a size, `BEAM`, and then each with its name and size.

use super::contents::Contents;
use super::error::FileError;
use super::reader::Reader;

/// The chunks of a file, by name; of several with one name the first counts.
pub(super) struct Chunks<'a> {
    list: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Chunks<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Chunks<'a>, FileError> {
        if !bytes.starts_with(b"FOR1") || bytes.get(8..12).is_some_and(|kind| kind != b"BEAM") {
            return Err(FileError::NotBeam(Contents::of(bytes)));
        }
        let cut_short = FileError::CutShort { offset: bytes.len() };
        let size = bytes.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_be_bytes);
        let body = size.and_then(|size| bytes.get(12..8_usize.checked_add(size as usize)?));
        Ok(Chunks { list: list(body.ok_or(cut_short.clone())?).ok_or(cut_short)? })
    }

    fn data(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.list.iter().find(|(found, _)| *found == name).map(|(_, data)| *data)
    }

    /// The contents of a chunk, if the file has it.
    pub(super) fn find(&self, name: &'static str) -> Option<Reader<'a>> {
        Some(Reader::new(name, self.data(name.as_bytes())?))
    }

    /// The contents of a chunk that every module has.
    pub(super) fn expect(&self, name: &'static str) -> Result<Reader<'a>, FileError> {
        self.find(name).ok_or(FileError::NoChunk { chunk: name })
    }

    /// The bytes of a chunk; none when the file has no such chunk.
    pub(super) fn bytes(&self, name: &'static str) -> &'a [u8] {
        self.find(name).map_or(&[], |reader| reader.rest())
    }
}

/// The bytes of a chunk of a file, if it is one of a module and has it.
pub(in crate::beam) fn chunk_of(bytes: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    Chunks::of(bytes).ok()?.data(&name)
}

/// Names and contents of all chunks; `None` when the last is cut short.
fn list(mut body: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut list = Vec::new();
    while !body.is_empty() {
        let name = body.get(..4)?;
        let size = u32::from_be_bytes(body.get(4..8)?.try_into().ok()?) as usize;
        let data = body.get(8..8_usize.checked_add(size)?)?;
        list.push((name, data));
        // Each begins at a multiple of four; the last need not be filled up.
        let next = 8 + size.checked_next_multiple_of(4)?;
        body = body.get(next..).unwrap_or(&[]);
    }
    Some(list)
}
