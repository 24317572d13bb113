//! Terms as bytes, and bytes as terms: `term_to_binary` and its kin.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::beam::AtomIndex;
use crate::beam::external::{ExternalFormat, decode, decode_safely, encode};
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

/// The format in which the functions write terms unless an option says otherwise.
const FORMAT: ExternalFormat = ExternalFormat::Latin1Atoms;
const FORMAT_26: ExternalFormat = ExternalFormat::Utf8Atoms;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("binary_to_term", 1, |heap, args| binary_to_term(heap, args[0], Value::NIL)),
    ("binary_to_term", 2, |heap, args| binary_to_term(heap, args[0], args[1])),
    ("external_size", 1, |heap, args| external_size(heap, args[0], Value::NIL, FORMAT)),
    ("external_size", 2, |heap, args| external_size(heap, args[0], args[1], FORMAT)),
    ("term_to_binary", 1, |heap, args| term_to_binary(heap, args[0], Value::NIL, FORMAT)),
    ("term_to_binary", 2, |heap, args| term_to_binary(heap, args[0], args[1], FORMAT)),
    ("term_to_iovec", 1, |heap, args| term_to_iovec(heap, args[0], Value::NIL, FORMAT)),
    ("term_to_iovec", 2, |heap, args| term_to_iovec(heap, args[0], args[1], FORMAT)),
];

/// Those that are others from OTP 26 on.
pub(super) const ERLANG_26: &[(&str, u8, Pure)] = &[
    ("external_size", 1, |heap, args| external_size(heap, args[0], Value::NIL, FORMAT_26)),
    ("external_size", 2, |heap, args| external_size(heap, args[0], args[1], FORMAT_26)),
    ("term_to_binary", 1, |heap, args| term_to_binary(heap, args[0], Value::NIL, FORMAT_26)),
    ("term_to_binary", 2, |heap, args| term_to_binary(heap, args[0], args[1], FORMAT_26)),
    ("term_to_iovec", 1, |heap, args| term_to_iovec(heap, args[0], Value::NIL, FORMAT_26)),
    ("term_to_iovec", 2, |heap, args| term_to_iovec(heap, args[0], args[1], FORMAT_26)),
];

/// The bytes that tell a compressed term, with its size behind them.
const COMPRESSED: [u8; 2] = [131, 80];
/// The most bytes that a term inflates to.
const INFLATED_MAX: u64 = 1 << 30;

/// The options of writing a term.
struct Options {
    format: ExternalFormat,
    compression: u32,
}

impl Options {
    fn of(heap: &Heap, list: Value, format: ExternalFormat) -> Result<Options, Raise> {
        let mut options = Options { format, compression: 0 };
        for option in heap.as_list(list).ok_or(Raise::BADARG)? {
            let pair = heap.as_tuple(option).unwrap_or_default();
            let (name, number) = match pair {
                [name, number] => (name.as_atom(), number.as_small()),
                _ => (option.as_atom(), None),
            };
            match (name.map(AtomIndex::as_str), number) {
                // Maps are written in the order of their keys anyway.
                (Some("deterministic"), None) => {}
                (Some("compressed"), None) if pair.is_empty() => options.compression = 6,
                (Some("compressed"), Some(level @ 0..=9)) => options.compression = level as u32,
                (Some("minor_version"), Some(0)) => options.format = ExternalFormat::TextFloats,
                (Some("minor_version"), Some(1)) => options.format = ExternalFormat::Latin1Atoms,
                (Some("minor_version"), Some(2)) => options.format = ExternalFormat::Utf8Atoms,
                (Some(_) | None, Some(_) | None) => return Err(Raise::BADARG),
            }
        }
        Ok(options)
    }
}

fn bytes(
    heap: &Heap,
    value: Value,
    options: Value,
    format: ExternalFormat,
) -> Result<Vec<u8>, Raise> {
    let options = Options::of(heap, options, format)?;
    let plain = encode(heap, value, options.format);
    if options.compression == 0 {
        return Ok(plain);
    }
    let compressed = compressed(&plain, options.compression).ok_or(Raise::SYSTEM_LIMIT)?;
    Ok(if compressed.len() < plain.len() { compressed } else { plain })
}

fn compressed(plain: &[u8], level: u32) -> Option<Vec<u8>> {
    let mut bytes = COMPRESSED.to_vec();
    bytes.extend((plain.len() as u32 - 1).to_be_bytes());
    let mut encoder = ZlibEncoder::new(bytes, Compression::new(level));
    encoder.write_all(&plain[1..]).ok()?;
    encoder.finish().ok()
}

fn term_to_binary(
    heap: &mut Heap,
    value: Value,
    options: Value,
    format: ExternalFormat,
) -> NativeResult {
    let bytes = bytes(heap, value, options, format)?;
    Ok(heap.binary(&bytes))
}

fn term_to_iovec(
    heap: &mut Heap,
    value: Value,
    options: Value,
    format: ExternalFormat,
) -> NativeResult {
    let binary = term_to_binary(heap, value, options, format)?;
    Ok(heap.list(&[binary]))
}

fn external_size(
    heap: &mut Heap,
    value: Value,
    options: Value,
    format: ExternalFormat,
) -> NativeResult {
    let size = encode(heap, value, Options::of(heap, options, format)?.format).len();
    Ok(heap.unsigned(size as u64))
}

fn binary_to_term(heap: &mut Heap, binary: Value, options: Value) -> NativeResult {
    let (mut is_safe, mut counts) = (false, false);
    for option in heap.as_list(options).ok_or(Raise::BADARG)? {
        match option.as_atom().map(AtomIndex::as_str) {
            Some("safe") => is_safe = true,
            Some("used") => counts = true,
            Some(_) | None => return Err(Raise::BADARG),
        }
    }
    let bytes = heap.as_bytes(binary).ok_or(Raise::BADARG)?.into_owned();
    let (term, used) = decoded(heap, &bytes, is_safe).ok_or(Raise::BADARG)?;
    if !counts {
        return Ok(term);
    }
    let used = heap.unsigned(used as u64);
    Ok(heap.tuple(&[term, used]))
}

/// The term that bytes begin with, and how many of them it is.
fn decoded(heap: &mut Heap, bytes: &[u8], is_safe: bool) -> Option<(Value, usize)> {
    let decode = if is_safe { decode_safely } else { decode };
    if !bytes.starts_with(&COMPRESSED) {
        return decode(heap, bytes).ok();
    }
    let size = u32::from_be_bytes(bytes.get(2..6)?.try_into().ok()?);
    let mut inflated = vec![131];
    let mut decoder = ZlibDecoder::new(&bytes[6..]);
    let limit = u64::from(size).min(INFLATED_MAX) + 1;
    decoder.by_ref().take(limit).read_to_end(&mut inflated).ok()?;
    if inflated.len() != size as usize + 1 {
        return None;
    }
    let (term, used) = decode(heap, &inflated).ok()?;
    (used == inflated.len()).then_some((term, 6 + decoder.total_in() as usize))
}
