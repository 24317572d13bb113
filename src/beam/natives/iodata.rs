//! Lists of bytes and binaries, nested in any depth, and what they come to.

use crate::beam::heap::Heap;
use crate::beam::iodata::{Part, bits_of, bytes_of, has_whole_bytes, walk};
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("binary_to_list", 1, binary_to_list),
    ("binary_to_list", 3, binary_part_to_list),
    ("bitstring_to_list", 1, bitstring_to_list),
    ("iolist_size", 1, iolist_size),
    ("iolist_to_binary", 1, iolist_to_binary),
    ("iolist_to_iovec", 1, iolist_to_iovec),
    ("list_to_binary", 1, list_to_binary),
    ("list_to_bitstring", 1, list_to_bitstring),
    ("split_binary", 2, split_binary),
];

pub(super) const BINARY: &[(&str, u8, Pure)] = &[("list_to_bin", 1, list_to_binary)];

fn is_list(value: Value) -> bool {
    value.is_cons() || value.is_nil()
}

fn iolist_to_binary(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if heap.as_bytes(args[0]).is_some() {
        return Ok(args[0]);
    }
    let bytes = bytes_of(heap, args[0])?;
    Ok(heap.binary(&bytes))
}

fn list_to_binary(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if is_list(args[0]) { iolist_to_binary(heap, args) } else { Err(Raise::BADARG) }
}

fn list_to_bitstring(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if !is_list(args[0]) {
        return Err(Raise::BADARG);
    }
    let bits = bits_of(heap, args[0])?;
    Ok(heap.written(&bits))
}

fn iolist_to_iovec(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let binary = iolist_to_binary(heap, args)?;
    let is_empty = heap.as_bits(binary).is_none_or(|bits| bits.is_empty());
    Ok(if is_empty { Value::NIL } else { heap.list(&[binary]) })
}

fn iolist_size(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if !has_whole_bytes(heap, args[0])? {
        return Err(Raise::BADARG);
    }
    let mut size = 0;
    walk(heap, args[0], |part| match part {
        Part::Byte(_) => size += 1,
        Part::Bits(bits) => size += bits.len() / 8,
    })?;
    Ok(heap.unsigned(size as u64))
}

/// The bytes as a list with a tail.
pub(super) fn byte_list(heap: &mut Heap, bytes: &[u8], tail: Value) -> Value {
    bytes.iter().rev().fold(tail, |tail, byte| heap.cons(Value::small((*byte).into()), tail))
}

fn binary_to_list(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let bytes = heap.as_bytes(args[0]).ok_or(Raise::BADARG)?.into_owned();
    Ok(byte_list(heap, &bytes, Value::NIL))
}

fn binary_part_to_list(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let bits = heap.as_bits(args[0]).ok_or(Raise::BADARG)?;
    let size = bits.len() / 8;
    let (start, stop) = heap.as_size(args[1]).zip(heap.as_size(args[2])).ok_or(Raise::BADARG)?;
    if start < 1 || start > stop || stop > size {
        return Err(Raise::BADARG);
    }
    let bytes = bits.part((start - 1) * 8, (stop - start + 1) * 8).bytes().into_owned();
    Ok(byte_list(heap, &bytes, Value::NIL))
}

fn bitstring_to_list(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let bits = heap.as_bits(args[0]).ok_or(Raise::BADARG)?;
    let (whole, open) = (bits.len() / 8, bits.len() % 8);
    let bytes = bits.part(0, whole * 8).bytes().into_owned();
    let tail = match heap.part(args[0], whole * 8, open) {
        Some(last) if open > 0 => heap.list(&[last]),
        Some(_) | None => Value::NIL,
    };
    Ok(byte_list(heap, &bytes, tail))
}

fn split_binary(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let len = heap.as_bits(args[0]).ok_or(Raise::BADARG)?.len();
    let place = heap.as_size(args[1]).filter(|place| *place <= len / 8).ok_or(Raise::BADARG)? * 8;
    let parts = heap.part(args[0], 0, place).zip(heap.part(args[0], place, len - place));
    let (before, behind) = parts.ok_or(Raise::BADARG)?;
    Ok(heap.tuple(&[before, behind]))
}
