//! Integers written as text and read from it.

use num_bigint::BigInt;

use super::iodata::byte_list;
use crate::beam::AtomIndex;
use crate::beam::atom;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("binary_to_integer", 1, |heap, args| from_binary(heap, args[0], 10)),
    ("binary_to_integer", 2, |heap, args| from_binary(heap, args[0], base(args[1])?)),
    ("integer_to_binary", 1, |heap, args| to_binary(heap, args[0], 10)),
    ("integer_to_binary", 2, |heap, args| to_binary(heap, args[0], base(args[1])?)),
    ("integer_to_list", 1, |heap, args| to_list(heap, args[0], 10)),
    ("integer_to_list", 2, |heap, args| to_list(heap, args[0], base(args[1])?)),
    ("list_to_integer", 1, |heap, args| from_list(heap, args[0], 10)),
    ("list_to_integer", 2, |heap, args| from_list(heap, args[0], base(args[1])?)),
];

pub(super) const STRING: &[(&str, u8, Pure)] = &[("list_to_integer", 1, integer_at_start)];

fn base(value: Value) -> Result<u32, Raise> {
    let base = value.as_small().and_then(|base| u32::try_from(base).ok());
    base.filter(|base| (2..=36).contains(base)).ok_or(Raise::BADARG)
}

fn digits(heap: &Heap, value: Value, base: u32) -> Result<String, Raise> {
    if let (Some(small), 10) = (value.as_small(), base) {
        return Ok(small.to_string());
    }
    let integer = heap.as_big_integer(value).ok_or(Raise::BADARG)?;
    Ok(integer.to_str_radix(base).to_ascii_uppercase())
}

fn to_binary(heap: &mut Heap, value: Value, base: u32) -> NativeResult {
    let text = digits(heap, value, base)?;
    Ok(heap.binary(text.as_bytes()))
}

fn to_list(heap: &mut Heap, value: Value, base: u32) -> NativeResult {
    let text = digits(heap, value, base)?;
    Ok(byte_list(heap, text.as_bytes(), Value::NIL))
}

/// The integer that a text is as a whole.
fn parsed(heap: &mut Heap, text: &[u8], base: u32) -> NativeResult {
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    let is_number = |digit: &u8| char::from(*digit).is_digit(base);
    if digits.is_empty() || !digits.iter().all(is_number) {
        return Err(Raise::BADARG);
    }
    let integer = BigInt::parse_bytes(digits, base).ok_or(Raise::BADARG)?;
    Ok(heap.big_integer(&if text[0] == b'-' { -integer } else { integer }))
}

fn from_binary(heap: &mut Heap, value: Value, base: u32) -> NativeResult {
    let text = heap.as_bytes(value).ok_or(Raise::BADARG)?.into_owned();
    parsed(heap, &text, base)
}

fn from_list(heap: &mut Heap, value: Value, base: u32) -> NativeResult {
    let characters = heap.as_list(value).ok_or(Raise::BADARG)?.into_iter();
    let byte = |value: Value| u8::try_from(value.as_small()?).ok();
    let text: Option<Vec<u8>> = characters.map(byte).collect();
    parsed(heap, &text.ok_or(Raise::BADARG)?, base)
}

/// The integer that a list begins with, and what follows it.
fn integer_at_start(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let error = |heap: &mut Heap, reason: &str| {
        let reason = AtomIndex::new(reason).into();
        Ok(heap.tuple(&[atom::ERROR.into(), reason]))
    };
    if !args[0].is_cons() && !args[0].is_nil() {
        return error(heap, "not_a_list");
    }
    let (mut text, mut rest) = (Vec::new(), args[0]);
    while let Some((head, tail)) = heap.as_cons(rest) {
        let byte = head.as_small().and_then(|byte| u8::try_from(byte).ok());
        match byte {
            Some(byte) if byte.is_ascii_digit() => text.push(byte),
            Some(sign @ (b'-' | b'+')) if text.is_empty() => text.push(sign),
            Some(_) | None => break,
        }
        rest = tail;
    }
    match parsed(heap, &text, 10) {
        Ok(integer) => Ok(heap.tuple(&[integer, rest])),
        Err(_) => error(heap, "no_integer"),
    }
}
