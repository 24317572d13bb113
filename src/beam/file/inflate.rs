//! Compressed parts of a file, inflated within a limit.

use std::io::Read;

use flate2::read::{GzDecoder, ZlibDecoder};

use super::contents::Contents;
use super::error::{FileError, Problem};

/// The number of bytes that no module and no table of literals exceeds, inflated.
const LARGEST: usize = 64 << 20;

/// The bytes of a file that is gzip'ed as a whole; `None` for one that is not.
pub(super) fn whole_file(bytes: &[u8]) -> Result<Option<Vec<u8>>, FileError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(None);
    }
    match limited(GzDecoder::new(bytes)) {
        Some(inflated) if inflated.len() > LARGEST => {
            Err(FileError::TooLarge { whole: "the file", limit: LARGEST })
        }
        Some(inflated) if inflated.starts_with(b"FOR1") => Ok(Some(inflated)),
        Some(_) | None => Err(FileError::NotBeam(Contents::Gzip)),
    }
}

/// The literals of a chunk that says how large they are.
pub(super) fn literals(bytes: &[u8], size: u32) -> Result<Vec<u8>, FileError> {
    let damaged = FileError::Damaged { chunk: "LitT", offset: 4, problem: Problem::Compressed };
    if size as usize > LARGEST {
        return Err(FileError::TooLarge { whole: "chunk LitT", limit: LARGEST });
    }
    match limited(ZlibDecoder::new(bytes).take(u64::from(size) + 1)) {
        Some(inflated) if inflated.len() == size as usize => Ok(inflated),
        Some(_) | None => Err(damaged),
    }
}

/// All that a decoder yields, and at most one byte more than the limit; `None` if it fails.
fn limited(decoder: impl Read) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    decoder.take(LARGEST as u64 + 1).read_to_end(&mut inflated).ok()?;
    Some(inflated)
}
