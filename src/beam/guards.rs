//! The functions that guards may call, and the operators that are no arithmetic.

#![expect(clippy::unnecessary_wraps, reason = "natives have one signature")]

use std::cmp::Ordering;

use super::atom;
use super::heap::{Heap, ValueKind};
use super::native::{NativeResult, Pure, Raise};
use super::value::Value;

/// The functions of module `erlang` that are here.
pub(in crate::beam) const GUARDS: &[(&str, u8, Pure)] = &[
    ("=:=", 2, |heap, args| Ok(heap.equals(args[0], args[1]).into())),
    ("=/=", 2, |heap, args| Ok((!heap.equals(args[0], args[1])).into())),
    ("==", 2, |heap, args| Ok(heap.equals_loosely(args[0], args[1]).into())),
    ("/=", 2, |heap, args| Ok((!heap.equals_loosely(args[0], args[1])).into())),
    ("<", 2, |heap, args| Ok(heap.compare(args[0], args[1]).is_lt().into())),
    ("=<", 2, |heap, args| Ok(heap.compare(args[0], args[1]).is_le().into())),
    (">", 2, |heap, args| Ok(heap.compare(args[0], args[1]).is_gt().into())),
    (">=", 2, |heap, args| Ok(heap.compare(args[0], args[1]).is_ge().into())),
    ("min", 2, min),
    ("max", 2, max),
    ("and", 2, |_, args| booleans(args).map(|(a, b)| (a && b).into())),
    ("or", 2, |_, args| booleans(args).map(|(a, b)| (a || b).into())),
    ("xor", 2, |_, args| booleans(args).map(|(a, b)| (a != b).into())),
    ("not", 1, |_, args| args[0].as_boolean().map(|a| (!a).into()).ok_or(Raise::BADARG)),
    ("is_atom", 1, |_, args| Ok(args[0].is_atom().into())),
    ("is_binary", 1, |heap, args| Ok(is_binary(heap, args[0]).into())),
    ("is_bitstring", 1, |heap, args| Ok((heap.kind(args[0]) == ValueKind::Bits).into())),
    ("is_boolean", 1, |_, args| Ok(args[0].as_boolean().is_some().into())),
    ("is_float", 1, |heap, args| Ok((heap.kind(args[0]) == ValueKind::Float).into())),
    ("is_function", 1, |heap, args| Ok((heap.kind(args[0]) == ValueKind::Fun).into())),
    ("is_function", 2, is_function),
    ("is_integer", 1, |heap, args| Ok(heap.is_integer(args[0]).into())),
    ("is_list", 1, |_, args| Ok((args[0].is_cons() || args[0].is_nil()).into())),
    ("is_map", 1, |heap, args| Ok(heap.is_map(args[0]).into())),
    ("is_map_key", 2, is_map_key),
    ("is_number", 1, |heap, args| Ok(heap.is_number(args[0]).into())),
    ("is_pid", 1, |heap, args| Ok((heap.kind(args[0]) == ValueKind::Pid).into())),
    ("is_port", 1, |heap, args| Ok((heap.kind(args[0]) == ValueKind::Port).into())),
    ("is_record", 2, is_record),
    ("is_record", 3, is_record_of_size),
    ("is_reference", 1, |heap, args| Ok((heap.kind(args[0]) == ValueKind::Reference).into())),
    ("is_tuple", 1, |heap, args| Ok(heap.as_tuple(args[0]).is_some().into())),
    ("element", 2, element),
    ("hd", 1, |heap, args| heap.as_cons(args[0]).map(|cons| cons.0).ok_or(Raise::BADARG)),
    ("tl", 1, |heap, args| heap.as_cons(args[0]).map(|cons| cons.1).ok_or(Raise::BADARG)),
    ("length", 1, |heap, args| size(heap.list_len(args[0]))),
    ("size", 1, tuple_or_binary_size),
    ("tuple_size", 1, |heap, args| size(heap.as_tuple(args[0]).map(<[Value]>::len))),
    ("byte_size", 1, |heap, args| size(byte_size(heap, args[0]))),
    ("bit_size", 1, |heap, args| size(heap.as_bits(args[0]).map(|bits| bits.len()))),
    ("map_size", 1, map_size),
    ("map_get", 2, map_get),
    ("binary_part", 2, binary_part_of_pair),
    ("binary_part", 3, |heap, args| binary_part(heap, args[0], args[1], args[2])),
];

fn size(size: Option<usize>) -> NativeResult {
    size.map(Value::size).ok_or(Raise::BADARG)
}

fn min(heap: &mut Heap, args: &[Value]) -> NativeResult {
    Ok(if heap.compare(args[0], args[1]) == Ordering::Greater { args[1] } else { args[0] })
}

fn max(heap: &mut Heap, args: &[Value]) -> NativeResult {
    Ok(if heap.compare(args[0], args[1]) == Ordering::Less { args[1] } else { args[0] })
}

fn booleans(args: &[Value]) -> Result<(bool, bool), Raise> {
    args[0].as_boolean().zip(args[1].as_boolean()).ok_or(Raise::BADARG)
}

/// Is it a bit string of whole bytes?
pub(in crate::beam) fn is_binary(heap: &Heap, value: Value) -> bool {
    heap.place(value).is_some_and(|place| place.len.is_multiple_of(8))
}

fn is_function(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if !heap.is_integer(args[1]) || heap.compare(args[1], Value::small(0)).is_lt() {
        return Err(Raise::BADARG);
    }
    let arity = heap.fun_arity(args[0]).map(|arity| Value::small(arity.into()));
    Ok((arity == Some(args[1])).into())
}

fn is_map_key(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if !heap.is_map(args[1]) {
        return Err(Raise::error_about(heap, atom::BADMAP, args[1]));
    }
    Ok(heap.map_get(args[1], args[0]).is_some().into())
}

fn is_record(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if !args[1].is_atom() {
        return Err(Raise::BADARG);
    }
    Ok(heap.as_tuple(args[0]).is_some_and(|tuple| tuple.first() == Some(&args[1])).into())
}

fn is_record_of_size(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if !args[1].is_atom() || args[2].as_small().is_none_or(|size| size < 0) {
        return Err(Raise::BADARG);
    }
    let is_record = heap.as_tuple(args[0]).is_some_and(|tuple| {
        tuple.first() == Some(&args[1]) && Value::size(tuple.len()) == args[2]
    });
    Ok(is_record.into())
}

pub(in crate::beam) fn element(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let index = args[0].as_small().and_then(|index| usize::try_from(index).ok());
    let elements = heap.as_tuple(args[1]).ok_or(Raise::BADARG)?;
    let element = index.and_then(|index| elements.get(index.checked_sub(1)?));
    element.copied().ok_or(Raise::BADARG)
}

fn byte_size(heap: &Heap, value: Value) -> Option<usize> {
    heap.place(value).map(|place| place.len.div_ceil(8))
}

fn tuple_or_binary_size(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let elements = heap.as_tuple(args[0]).map(<[Value]>::len);
    size(elements.or_else(|| heap.place(args[0]).map(|place| place.len / 8)))
}

fn map_size(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match heap.map_size(args[0]) {
        Some(size) => Ok(Value::size(size)),
        None => Err(Raise::error_about(heap, atom::BADMAP, args[0])),
    }
}

fn map_get(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if !heap.is_map(args[1]) {
        return Err(Raise::error_about(heap, atom::BADMAP, args[1]));
    }
    match heap.map_get(args[1], args[0]) {
        Some(value) => Ok(value),
        None => Err(Raise::error_about(heap, atom::BADKEY, args[0])),
    }
}

fn binary_part_of_pair(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let Some(&[start, len]) = heap.as_tuple(args[1]) else { return Err(Raise::BADARG) };
    binary_part(heap, args[0], start, len)
}

/// A negative length is that of the bytes before the start.
fn binary_part(heap: &mut Heap, binary: Value, start: Value, len: Value) -> NativeResult {
    let (Some(start), Some(len)) = (start.as_small(), len.as_small()) else {
        return Err(Raise::BADARG);
    };
    let first = if len < 0 { start + len } else { start };
    let bits = |bytes: i64| usize::try_from(bytes.checked_mul(8)?).ok();
    let part = bits(first).zip(bits(len.abs()));
    if !is_binary(heap, binary) {
        return Err(Raise::BADARG);
    }
    part.and_then(|(start, len)| heap.part(binary, start, len)).ok_or(Raise::BADARG)
}
