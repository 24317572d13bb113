//! Erlang's external term format, as `term_to_binary/1` of Erlang/OTP 25 writes it.
//!
//! The id of a reference has 64 bits here and three words there; Erlang uses 18 bits of the first
//! word. So the first word holds the low 18 bits, the second the next 32, the third what is left.

mod read;

use num_bigint::{BigInt, Sign};

use super::{Atom, Term};

pub use read::{DecodeError, decode};

/// The longest list of bytes that is written as a string.
const STRING_MAX: usize = 65_535;

/// The bits of a reference's id in its first word.
const FIRST_WORD_BITS: u32 = 18;

/// The first byte of a term on its own.
const VERSION: u8 = 131;

/// The tags of the format.
mod tag {
    pub(super) const NEW_FLOAT: u8 = 70;
    pub(super) const NEW_PID: u8 = 88;
    pub(super) const NEWER_REFERENCE: u8 = 90;
    pub(super) const SMALL_INTEGER: u8 = 97;
    pub(super) const INTEGER: u8 = 98;
    pub(super) const ATOM: u8 = 100;
    pub(super) const PID: u8 = 103;
    pub(super) const SMALL_TUPLE: u8 = 104;
    pub(super) const LARGE_TUPLE: u8 = 105;
    pub(super) const NIL: u8 = 106;
    pub(super) const STRING: u8 = 107;
    pub(super) const LIST: u8 = 108;
    pub(super) const BINARY: u8 = 109;
    pub(super) const SMALL_BIG: u8 = 110;
    pub(super) const LARGE_BIG: u8 = 111;
    pub(super) const NEW_REFERENCE: u8 = 114;
    pub(super) const SMALL_ATOM: u8 = 115;
    pub(super) const MAP: u8 = 116;
    pub(super) const ATOM_UTF8: u8 = 118;
    pub(super) const SMALL_ATOM_UTF8: u8 = 119;
}

/// The bytes that `term` takes on the wire, version byte included, without encoding it.
///
/// ```
/// # use nodedown::{term::{encode, external_size}, tuple};
/// let term = tuple!["text", 12];
/// assert_eq!(external_size(&term), encode(&term).len());
/// ```
#[must_use]
pub fn external_size(term: &Term) -> usize {
    1 + size(term)
}

fn size(term: &Term) -> usize {
    match term {
        Term::Integer(0..=255) => 2,
        Term::Integer(value) if i32::try_from(*value).is_ok() => 5,
        Term::Integer(value) => 3 + significant_bytes(value.unsigned_abs()),
        Term::BigInteger(value) => big_size(value),
        Term::Float(_) => 9,
        Term::Atom(atom) => atom_size(*atom),
        // Creation and three words.
        Term::Reference(reference) => 3 + atom_size(reference.node()) + 16,
        // Number, serial and creation.
        Term::Pid(pid) => 1 + atom_size(pid.node()) + 12,
        Term::Tuple(tuple) => (if tuple.len() < 256 { 2 } else { 5 }) + sum(tuple),
        Term::Map(map) => 5 + map.iter().map(|(key, value)| size(key) + size(value)).sum::<usize>(),
        Term::List(list) if list.is_empty() => 1,
        Term::List(list) if is_string(list) => 3 + list.len(),
        Term::List(list) => 6 + sum(list),
        Term::ImproperList(list) => 5 + sum(list.all()),
        Term::Binary(binary) => binary_size(binary),
    }
}

fn sum(terms: &[Term]) -> usize {
    let each = |term: &Term| match term {
        // Long lists are mostly of text.
        Term::Binary(binary) => binary_size(binary),
        _ => size(term),
    };
    terms.iter().map(each).sum()
}

fn binary_size(binary: &[u8]) -> usize {
    5 + binary.len()
}

fn significant_bytes(magnitude: u64) -> usize {
    8 - magnitude.leading_zeros() as usize / 8
}

fn big_size(value: &BigInt) -> usize {
    let bytes = value.bits().div_ceil(8) as usize;
    if bytes < 256 { 3 + bytes } else { 6 + bytes }
}

fn atom_size(atom: Atom) -> usize {
    match (atom.latin1_len(), atom.as_str().len()) {
        (Some(characters), _) => 3 + usize::from(characters),
        (None, bytes) if bytes < 256 => 2 + bytes,
        (None, bytes) => 3 + bytes,
    }
}

/// True if a list is written as a string: a byte for each element.
fn is_string(list: &[Term]) -> bool {
    list.len() <= STRING_MAX && list.iter().all(|term| matches!(term, Term::Integer(0..=255)))
}

/// The bytes of `term`, the version byte first.
///
/// # Panics
/// If a part has more than 2^32 elements.
#[must_use]
pub fn encode(term: &Term) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(external_size(term));
    bytes.push(VERSION);
    write(&mut bytes, term);
    bytes
}

fn write(out: &mut Vec<u8>, term: &Term) {
    match term {
        Term::Integer(value) => integer(out, *value),
        Term::BigInteger(value) => {
            let (sign, magnitude) = value.to_bytes_le();
            big(out, sign == Sign::Minus, &magnitude);
        }
        Term::Float(value) => {
            out.push(tag::NEW_FLOAT);
            out.extend(value.to_be_bytes());
        }
        Term::Atom(name) => atom(out, *name),
        Term::Reference(reference) => {
            out.extend([tag::NEWER_REFERENCE, 0, 3]);
            atom(out, reference.node());
            let id = reference.id();
            let words = [id & ((1 << FIRST_WORD_BITS) - 1), id >> FIRST_WORD_BITS, id >> 50];
            for word in [reference.creation(), words[0] as u32, words[1] as u32, words[2] as u32] {
                out.extend(word.to_be_bytes());
            }
        }
        Term::Pid(pid) => {
            out.push(tag::NEW_PID);
            atom(out, pid.node());
            for word in [pid.number(), pid.serial(), pid.creation()] {
                out.extend(word.to_be_bytes());
            }
        }
        Term::Tuple(tuple) => {
            match u8::try_from(tuple.len()) {
                Ok(len) => out.extend([tag::SMALL_TUPLE, len]),
                Err(_) => tag_and_len(out, tag::LARGE_TUPLE, tuple.len()),
            }
            write_all(out, tuple);
        }
        Term::Map(map) => {
            tag_and_len(out, tag::MAP, map.len());
            for (key, value) in map {
                write(out, key);
                write(out, value);
            }
        }
        Term::List(terms) => list(out, terms),
        Term::ImproperList(list) => {
            tag_and_len(out, tag::LIST, list.parts().0.len());
            write_all(out, list.all());
        }
        Term::Binary(bytes) => {
            tag_and_len(out, tag::BINARY, bytes.len());
            out.extend_from_slice(bytes);
        }
    }
}

fn write_all(out: &mut Vec<u8>, terms: &[Term]) {
    for term in terms {
        write(out, term);
    }
}

fn tag_and_len(out: &mut Vec<u8>, tag: u8, len: usize) {
    let len = u32::try_from(len).expect("the format counts up to 2^32");
    out.push(tag);
    out.extend(len.to_be_bytes());
}

fn integer(out: &mut Vec<u8>, value: i64) {
    if let Ok(byte) = u8::try_from(value) {
        out.extend([tag::SMALL_INTEGER, byte]);
    } else if let Ok(value) = i32::try_from(value) {
        out.push(tag::INTEGER);
        out.extend(value.to_be_bytes());
    } else {
        let magnitude = value.unsigned_abs();
        let bytes = magnitude.to_le_bytes();
        big(out, value < 0, &bytes[..significant_bytes(magnitude)]);
    }
}

fn big(out: &mut Vec<u8>, negative: bool, magnitude: &[u8]) {
    match u8::try_from(magnitude.len()) {
        Ok(len) => out.extend([tag::SMALL_BIG, len]),
        Err(_) => tag_and_len(out, tag::LARGE_BIG, magnitude.len()),
    }
    out.push(u8::from(negative));
    out.extend_from_slice(magnitude);
}

/// In Latin-1 where that has all the characters.
fn atom(out: &mut Vec<u8>, atom: Atom) {
    let text = atom.as_str();
    match (atom.latin1_len(), u8::try_from(text.len())) {
        (Some(characters), _) => {
            out.push(tag::ATOM);
            out.extend(characters.to_be_bytes());
            out.extend(text.chars().map(|c| u32::from(c) as u8));
        }
        (None, Ok(len)) => {
            out.extend([tag::SMALL_ATOM_UTF8, len]);
            out.extend_from_slice(text.as_bytes());
        }
        (None, Err(_)) => {
            out.push(tag::ATOM_UTF8);
            out.extend((text.len() as u16).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
}

fn list(out: &mut Vec<u8>, terms: &[Term]) {
    if terms.is_empty() {
        out.push(tag::NIL);
    } else if is_string(terms) {
        out.push(tag::STRING);
        out.extend((terms.len() as u16).to_be_bytes());
        out.extend(terms.iter().filter_map(Term::as_integer).map(|byte| byte as u8));
    } else {
        tag_and_len(out, tag::LIST, terms.len());
        write_all(out, terms);
        out.push(tag::NIL);
    }
}
