//! The text of files: UTF-8, with or without a byte order mark.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

/// The mark that some editors put before a text in UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file, without its byte order mark.
///
/// # Errors
/// If the file cannot be read; if it is not text, of the kind [`io::ErrorKind::InvalidData`],
/// with what it is instead and where that shows.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    text_of(open_file(path)?)
}

/// A file, opened; a folder is none.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    File::open(path)
}

/// As [`read_text`], of what comes from a file or a pipe.
pub(crate) fn text_of(mut source: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    decode(bytes).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
}

/// A text without its byte order mark.
pub(crate) fn unmarked(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The bytes of a file that are these bytes of the text in a JSON string: each escape of the string
/// is one character of its text. The whole string where it is none.
pub(super) fn inside(file: &str, string: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    let Some(literal) = file.get(string.clone()).filter(|it| it.starts_with('"')) else {
        return string.clone();
    };
    let place = |wanted: usize| {
        let (mut read, mut at) = (0, 1);
        while read < wanted && at + 1 < literal.len() {
            let (length, means) = character(&literal[at..]);
            at += length;
            read += means;
        }
        string.start + at.min(literal.len() - 1)
    };
    place(part.start)..place(part.end)
}

/// The bytes of the character at the beginning of what stands in a JSON string, and those that it
/// means.
fn character(text: &str) -> (usize, usize) {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some('\\'), Some('u')) => {
            let code = |at: usize| u32::from_str_radix(text.get(at..at + 4)?, 16).ok();
            let first = code(2).unwrap_or(0);
            let is_pair = (0xd800..0xdc00).contains(&first) && text[6..].starts_with("\\u");
            let length = if is_pair { 12 } else { 6 };
            let means = if is_pair { 4 } else { char::from_u32(first).map_or(3, char::len_utf8) };
            (length.min(text.len()), means)
        }
        (Some('\\'), Some(escaped)) => (1 + escaped.len_utf8(), 1),
        (Some(letter), _) => (letter.len_utf8(), letter.len_utf8()),
        (None, _) => (1, 1),
    }
}

/// The text that these bytes are, or what they are instead.
fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if let Some(kind) = kind_of(&bytes) {
        return Err(kind);
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| not_utf8(error.as_bytes(), error.utf8_error().valid_up_to()))?;
    Ok(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
}

/// Beginnings of files that are not text in UTF-8, with their kinds.
const BEGINNINGS: [(&[u8], &str); 8] = [
    (&[0xff, 0xfe], "it is text in UTF-16 (its first bytes are FF FE); save it as UTF-8"),
    (&[0xfe, 0xff], "it is text in UTF-16 (its first bytes are FE FF); save it as UTF-8"),
    (&[0x1f, 0x8b], "it is compressed with gzip; unpack it first"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "it is compressed with zstd; unpack it first"),
    (b"BZh", "it is compressed with bzip2; unpack it first"),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "it is compressed with xz; unpack it first"),
    (b"PK\x03\x04", "it is a zip archive; unpack it first"),
    (b"\x7fELF", "it is a program, not a text"),
];

/// The kind of some bytes, if they are not text in UTF-8.
fn kind_of(bytes: &[u8]) -> Option<String> {
    let known = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning));
    if let Some((_, kind)) = known {
        return Some((*kind).to_owned());
    }
    let zero = bytes.iter().position(|byte| *byte == 0)?;
    // Most letters of a text in UTF-16 have a byte that is zero; in UTF-8 none has.
    let zeros = bytes.split(|byte| *byte == 0).count() - 1;
    Some(if zero < 2 && zeros * 3 > bytes.len() {
        "it is text in UTF-16 (every other byte is 0); save it as UTF-8".to_owned()
    } else {
        let line = line_after(&bytes[..zero]);
        format!("it is binary, not a text: byte {} of the file, in line {line}, is 0", zero + 1)
    })
}

/// The number of the line in which a text goes on after these bytes.
fn line_after(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count()
}

/// The place where the text ends, and the byte there.
fn not_utf8(bytes: &[u8], valid: usize) -> String {
    let before = &bytes[..valid];
    let line = line_after(before);
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    let byte = bytes[valid];
    let place = format!("line {line}, column {column}: the byte {byte:02X} is not UTF-8");
    if byte >= 0xa0 && bytes.get(valid + 1).is_none_or(u8::is_ascii) {
        format!("{place} (in Latin-1 it is `{}`); save the file as UTF-8", char::from(byte))
    } else {
        format!("{place}; the file is binary, or a text in another encoding: save it as UTF-8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<&str, &str>) {
        match (decode(bytes.to_vec()), expected) {
            (Ok(text), Ok(wanted)) => assert_eq!(text, wanted),
            (Err(why), Err(part)) => assert!(why.contains(part), "{bytes:?}: {why}"),
            (found, wanted) => panic!("{bytes:?}: {found:?}, not {wanted:?}"),
        }
    }

    #[test]
    fn text_in_utf_8_is_read_with_and_without_a_mark() {
        check(b"", Ok(""));
        check(b"{}", Ok("{}"));
        check(b"\xef\xbb\xbf{}", Ok("{}"));
        check("caf\u{e9}".as_bytes(), Ok("caf\u{e9}"));
    }

    #[test]
    fn what_is_no_text_is_told_for_what_it_is() {
        let utf16: Vec<u8> = "{\"name\": 1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(
            &[&[0xff, 0xfe], utf16.as_slice()].concat(),
            Err("UTF-16 (its first bytes are FF FE)"),
        );
        check(b"\xfe\xff\0{\0}", Err("UTF-16 (its first bytes are FE FF)"));
        check(&utf16, Err("UTF-16 (every other byte is 0)"));
        check(b"\0{\0}\0 ", Err("UTF-16 (every other byte is 0)"));
        check(b"a\nb\0cdef", Err("binary, not a text: byte 4 of the file, in line 2, is 0"));
        check(b"\x1f\x8b\x08", Err("compressed with gzip"));
    }

    #[test]
    fn the_place_of_a_byte_that_is_not_utf_8_is_told() {
        let latin = "line 2, column 6: the byte E9 is not UTF-8 (in Latin-1 it is `\u{e9}`)";
        check(b"{\n \"caf\xe9\": 1}", Err(latin));
        check(
            b"{}\n\x80\x81",
            Err("line 2, column 1: the byte 80 is not UTF-8; the file is binary"),
        );
    }
}
