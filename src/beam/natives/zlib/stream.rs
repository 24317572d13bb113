//! Streams of compressed bytes: deflate, with or without the frames of zlib and gzip.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::beam::natives::checksums::{adler32, crc32};

/// The bytes around the compressed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Raw,
    Zlib,
    Gzip,
    /// That of zlib or that of gzip, whichever is there.
    Either,
}

impl Frame {
    /// The frame that a number of `windowBits` stands for.
    pub(super) fn of_bits(bits: i64) -> Option<Frame> {
        Some(match bits {
            -15..=-8 => Frame::Raw,
            8..=15 => Frame::Zlib,
            24..=31 => Frame::Gzip,
            40..=47 => Frame::Either,
            _ => return None,
        })
    }
}

/// Something is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamError {
    /// They are not what a compressor writes.
    Data,
    /// The stream has come to its end.
    Stream,
    /// They were compressed with a dictionary of this checksum.
    NeedsDictionary(u32),
}

/// The room that the output gets at once.
const ROOM: usize = 32 * 1024;
/// The bytes that a dictionary has at the most.
const WINDOW: usize = 32 * 1024;

/// A stream that is compressed.
pub(super) struct Deflater {
    frame: Frame,
    level: u32,
    engine: Compress,
    /// The checksum of the frame, of what was compressed.
    check: u32,
    len: u32,
    dictionary: Option<u32>,
    has_begun: bool,
    pub(super) has_ended: bool,
}

impl Deflater {
    /// A stream of this level, or of the default one.
    pub(super) fn new(frame: Frame, level: Option<u32>) -> Deflater {
        let level = level.unwrap_or(6);
        Deflater {
            frame,
            level,
            engine: Compress::new(Compression::new(level), false),
            check: u32::from(frame == Frame::Zlib),
            len: 0,
            dictionary: None,
            has_begun: false,
            has_ended: false,
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Deflater::new(self.frame, Some(self.level));
    }

    /// Is there something that was compressed, and not its end?
    pub(super) fn is_open(&self) -> bool {
        self.has_begun && !self.has_ended
    }

    /// Has what was compressed before refer to a dictionary. Returns the dictionary's checksum.
    pub(super) fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<u32, StreamError> {
        if self.has_begun || self.frame == Frame::Gzip {
            return Err(StreamError::Stream);
        }
        let last = &dictionary[dictionary.len().saturating_sub(WINDOW)..];
        // What comes of it is thrown away; it is what the next bytes may refer to.
        self.run(last, FlushCompress::Sync, &mut Vec::new())?;
        let check = adler32(1, dictionary);
        self.dictionary = Some(check);
        Ok(check)
    }

    /// Compresses bytes.
    pub(super) fn add(
        &mut self,
        bytes: &[u8],
        flush: FlushCompress,
        output: &mut Vec<u8>,
    ) -> Result<(), StreamError> {
        if self.has_ended {
            return if bytes.is_empty() { Ok(()) } else { Err(StreamError::Stream) };
        }
        let ends = matches!(flush, FlushCompress::Finish);
        if !self.has_begun && (!bytes.is_empty() || !matches!(flush, FlushCompress::None)) {
            self.has_begun = true;
            self.header(output);
        }
        self.check = match self.frame {
            Frame::Gzip => crc32(self.check, bytes),
            Frame::Zlib => adler32(self.check, bytes),
            Frame::Raw | Frame::Either => 0,
        };
        self.len = self.len.wrapping_add(bytes.len() as u32);
        self.run(bytes, flush, output)?;
        if ends {
            self.has_ended = true;
            self.trailer(output);
        }
        Ok(())
    }

    fn run(
        &mut self,
        mut bytes: &[u8],
        flush: FlushCompress,
        output: &mut Vec<u8>,
    ) -> Result<(), StreamError> {
        loop {
            output.reserve(ROOM);
            let (read, written) = (self.engine.total_in(), self.engine.total_out());
            let status = self.engine.compress_vec(bytes, output, flush);
            let status = status.map_err(|_| StreamError::Stream)?;
            let read = (self.engine.total_in() - read) as usize;
            bytes = &bytes[read..];
            let has_room = output.len() < output.capacity();
            let stands = read == 0 && self.engine.total_out() == written;
            match status {
                Status::StreamEnd => return Ok(()),
                Status::Ok | Status::BufError if stands => return Ok(()),
                Status::Ok | Status::BufError => {
                    let ends = matches!(flush, FlushCompress::Finish);
                    if bytes.is_empty() && has_room && !ends {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn header(&self, output: &mut Vec<u8>) {
        match self.frame {
            Frame::Raw | Frame::Either => {}
            Frame::Zlib => {
                let level = match self.level {
                    0 | 1 => 0,
                    2..=5 => 1,
                    6 => 2,
                    _ => 3,
                };
                let flags = level << 6 | u16::from(self.dictionary.is_some()) << 5;
                let header = 0x7800 | flags;
                output.extend((header + 31 - header % 31).to_be_bytes());
                output.extend(self.dictionary.iter().flat_map(|check| check.to_be_bytes()));
            }
            Frame::Gzip => {
                let level = match self.level {
                    9 => 2,
                    1 => 4,
                    _ => 0,
                };
                output.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, level, 3]);
            }
        }
    }

    fn trailer(&self, output: &mut Vec<u8>) {
        match self.frame {
            Frame::Raw | Frame::Either => {}
            Frame::Zlib => output.extend(self.check.to_be_bytes()),
            Frame::Gzip => {
                output.extend(self.check.to_le_bytes());
                output.extend(self.len.to_le_bytes());
            }
        }
    }
}

/// The treatment of bytes behind the end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterEnd {
    Error,
    /// They are another stream.
    Reset,
    /// They are left.
    Cut,
}

/// The part of a stream that is to be read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Header,
    Body,
    Trailer,
    End,
}

/// A stream that is decompressed.
pub(super) struct Inflater {
    frame: Frame,
    /// The frame of the stream that is read.
    found: Frame,
    after: AfterEnd,
    part: Part,
    engine: Decompress,
    check: u32,
    len: u32,
    /// The checksum of the dictionary that is needed, and whether it was given.
    dictionary: Option<(u32, bool)>,
}

impl Inflater {
    pub(super) fn new(frame: Frame, after: AfterEnd) -> Inflater {
        Inflater {
            frame,
            found: frame,
            after,
            part: if frame == Frame::Raw { Part::Body } else { Part::Header },
            engine: Decompress::new(false),
            check: 0,
            len: 0,
            dictionary: None,
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Inflater::new(self.frame, self.after);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.part == Part::End
    }

    /// Gives the dictionary that what is to come refers to.
    pub(super) fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<(), StreamError> {
        match &mut self.dictionary {
            Some((check, is_given)) if *check == adler32(1, dictionary) => *is_given = true,
            Some(_) => return Err(StreamError::Data),
            None if self.frame == Frame::Raw => {}
            None => return Err(StreamError::Stream),
        }
        let last = &dictionary[dictionary.len().saturating_sub(WINDOW)..];
        // As a block that is not compressed, whose bytes are then thrown away.
        for part in last.chunks(usize::from(u16::MAX)) {
            let len = part.len() as u16;
            let mut block = vec![0];
            block.extend(len.to_le_bytes());
            block.extend((!len).to_le_bytes());
            block.extend(part);
            let mut thrown = Vec::with_capacity(part.len() + 1);
            let read = self.engine.decompress_vec(&block, &mut thrown, FlushDecompress::None);
            read.map_err(|_| StreamError::Data)?;
        }
        Ok(())
    }

    /// Decompresses bytes until there are `most` of output, and tells how many bytes it has read.
    pub(super) fn add(
        &mut self,
        bytes: &[u8],
        most: usize,
        output: &mut Vec<u8>,
    ) -> Result<usize, StreamError> {
        let mut read = 0;
        loop {
            let rest = &bytes[read..];
            match self.part {
                Part::Header => match self.header(rest)? {
                    Some(len) => read += len,
                    None => return Ok(read),
                },
                Part::Body => {
                    if let Some((check, false)) = self.dictionary {
                        return Err(StreamError::NeedsDictionary(check));
                    }
                    if output.len() >= most {
                        return Ok(read);
                    }
                    let (len, stands) = self.body(rest, most, output)?;
                    read += len;
                    if stands {
                        return Ok(read);
                    }
                }
                Part::Trailer => match self.trailer(rest)? {
                    Some(len) => read += len,
                    None => return Ok(read),
                },
                Part::End if rest.is_empty() || self.after == AfterEnd::Cut => return Ok(read),
                Part::End if self.after == AfterEnd::Error => return Err(StreamError::Data),
                Part::End => self.reset(),
            }
        }
    }

    /// Reads a header: its length, or `None` when it is not all there.
    fn header(&mut self, bytes: &[u8]) -> Result<Option<usize>, StreamError> {
        let &[first, second, ..] = bytes else { return Ok(None) };
        let is_gzip = [first, second] == [0x1f, 0x8b];
        self.found = match self.frame {
            Frame::Either if is_gzip => Frame::Gzip,
            Frame::Either => Frame::Zlib,
            frame => frame,
        };
        let len = match self.found {
            Frame::Gzip if !is_gzip => return Err(StreamError::Data),
            Frame::Gzip => gzip_header(bytes)?,
            Frame::Zlib => {
                let is_right = (u16::from(first) << 8 | u16::from(second)).is_multiple_of(31);
                if !is_right || first & 15 != 8 || first >> 4 > 7 {
                    return Err(StreamError::Data);
                }
                match (second & 0x20, bytes) {
                    (0, _) => Some(2),
                    (_, &[_, _, a, b, c, d, ..]) => {
                        self.dictionary = Some((u32::from_be_bytes([a, b, c, d]), false));
                        Some(6)
                    }
                    (_, _) => None,
                }
            }
            Frame::Raw | Frame::Either => Some(0),
        };
        if len.is_some() {
            self.check = u32::from(self.found == Frame::Zlib);
            self.part = Part::Body;
        }
        Ok(len)
    }

    /// Reads compressed bytes: how many, and whether there is nothing more to be done with them.
    fn body(
        &mut self,
        bytes: &[u8],
        most: usize,
        output: &mut Vec<u8>,
    ) -> Result<(usize, bool), StreamError> {
        let mut room = Vec::with_capacity((most - output.len()).min(ROOM));
        let (before, written) = (self.engine.total_in(), self.engine.total_out());
        let status = self.engine.decompress_vec(bytes, &mut room, FlushDecompress::None);
        let status = status.map_err(|_| StreamError::Data)?;
        let read = (self.engine.total_in() - before) as usize;
        let made = (self.engine.total_out() - written) as usize;
        self.check = match self.found {
            Frame::Gzip => crc32(self.check, &room),
            Frame::Zlib => adler32(self.check, &room),
            Frame::Raw | Frame::Either => 0,
        };
        self.len = self.len.wrapping_add(made as u32);
        output.extend(room);
        if status == Status::StreamEnd {
            self.part = if self.found == Frame::Raw { Part::End } else { Part::Trailer };
            return Ok((read, false));
        }
        Ok((read, read == 0 && made == 0))
    }

    fn trailer(&mut self, bytes: &[u8]) -> Result<Option<usize>, StreamError> {
        let len = if self.found == Frame::Gzip { 8 } else { 4 };
        let Some(trailer) = bytes.get(..len) else { return Ok(None) };
        let expected = match self.found {
            Frame::Gzip => [self.check.to_le_bytes(), self.len.to_le_bytes()].concat(),
            Frame::Zlib | Frame::Raw | Frame::Either => self.check.to_be_bytes().to_vec(),
        };
        if trailer != expected {
            return Err(StreamError::Data);
        }
        self.part = Part::End;
        Ok(Some(len))
    }
}

/// The length of a header of gzip, or `None` when it is not all there.
fn gzip_header(bytes: &[u8]) -> Result<Option<usize>, StreamError> {
    let &[_, _, method, flags, _, _, _, _, _, _, ..] = bytes else { return Ok(None) };
    if method != 8 || flags & 0xe0 != 0 {
        return Err(StreamError::Data);
    }
    let mut len = 10;
    if flags & 4 != 0 {
        let Some(&[low, high]) = bytes.get(len..len + 2) else { return Ok(None) };
        len += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let rest = bytes.get(len..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == 0) else { return Ok(None) };
            len += end + 1;
        }
    }
    if flags & 2 != 0 {
        len += 2;
    }
    Ok((bytes.len() >= len).then_some(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflated(frame: Frame, dictionary: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut deflater = Deflater::new(frame, None);
        if !dictionary.is_empty() {
            deflater.set_dictionary(dictionary).unwrap();
        }
        let mut output = Vec::new();
        for part in bytes.chunks(70_000) {
            deflater.add(part, FlushCompress::None, &mut output).unwrap();
        }
        deflater.add(&[], FlushCompress::Finish, &mut output).unwrap();
        output
    }

    fn inflated(
        inflater: &mut Inflater,
        bytes: &[u8],
        at_once: usize,
    ) -> Result<Vec<u8>, StreamError> {
        let (mut output, mut queue) = (Vec::new(), Vec::new());
        for part in bytes.chunks(at_once) {
            queue.extend_from_slice(part);
            let read = inflater.add(&queue, usize::MAX, &mut output)?;
            queue.drain(..read);
        }
        Ok(output)
    }

    fn text() -> Vec<u8> {
        (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8 & 0x3f).collect()
    }

    #[test]
    fn what_was_compressed_is_read_back_in_every_frame_and_in_parts() {
        for frame in [Frame::Raw, Frame::Zlib, Frame::Gzip] {
            for at_once in [1, 1000, 1_000_000] {
                let bytes = deflated(frame, &[], &text());
                assert!(bytes.len() < 190_000, "{}", bytes.len());
                let mut inflater = Inflater::new(frame, AfterEnd::Error);
                assert_eq!(inflated(&mut inflater, &bytes, at_once), Ok(text()), "{frame:?}");
                assert!(inflater.has_ended());
            }
        }
    }

    #[test]
    fn a_dictionary_is_asked_for_and_shortens_the_bytes() {
        let dictionary = text();
        let bytes = deflated(Frame::Zlib, &dictionary, &dictionary[190_000..]);
        assert!(bytes.len() < 2000, "{}", bytes.len());
        let mut inflater = Inflater::new(Frame::Zlib, AfterEnd::Cut);
        let check = adler32(1, &dictionary);
        let asked = inflated(&mut inflater, &bytes, 1_000_000);
        assert_eq!(asked, Err(StreamError::NeedsDictionary(check)));
        assert_eq!(inflater.set_dictionary(b"another"), Err(StreamError::Data));
        inflater.set_dictionary(&dictionary).unwrap();
        assert_eq!(inflated(&mut inflater, &bytes[6..], 100), Ok(dictionary[190_000..].to_vec()));
    }

    #[test]
    fn streams_behind_one_another_are_read_or_refused_or_left() {
        let both =
            [deflated(Frame::Gzip, &[], b"one"), deflated(Frame::Gzip, &[], b"two")].concat();
        for (after, expected) in [
            (AfterEnd::Reset, Ok(b"onetwo".to_vec())),
            (AfterEnd::Cut, Ok(b"one".to_vec())),
            (AfterEnd::Error, Err(StreamError::Data)),
        ] {
            let mut inflater = Inflater::new(Frame::Either, after);
            assert_eq!(inflated(&mut inflater, &both, 1_000_000), expected);
        }
    }

    #[test]
    fn a_wrong_checksum_is_noticed() {
        for frame in [Frame::Zlib, Frame::Gzip] {
            let mut bytes = deflated(frame, &[], b"text");
            let last = bytes.len() - 5 * usize::from(frame == Frame::Gzip) - 1;
            bytes[last] ^= 1;
            let mut inflater = Inflater::new(frame, AfterEnd::Cut);
            assert_eq!(inflated(&mut inflater, &bytes, 100), Err(StreamError::Data));
        }
    }
}
