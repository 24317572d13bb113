//! Lists of bytes and binaries, nested in any depth.

use super::heap::{BitWriter, Bits, Heap};
use super::native::Raise;
use super::value::Value;

/// A part of a list of bytes.
pub(super) enum Part<'a> {
    Byte(u8),
    Bits(Bits<'a>),
}

/// Walks over the bytes and bit strings of a list; an exception for anything else in it.
pub(super) fn walk<'a>(
    heap: &'a Heap,
    list: Value,
    mut visit: impl FnMut(Part<'a>),
) -> Result<(), Raise> {
    let mut open = vec![list];
    while let Some(mut rest) = open.pop() {
        while let Some((head, tail)) = heap.as_cons(rest) {
            rest = tail;
            if let Some(byte) = head.as_small() {
                visit(Part::Byte(u8::try_from(byte).map_err(|_| Raise::BADARG)?));
            } else if head.is_cons() {
                open.push(rest);
                rest = head;
            } else if !head.is_nil() {
                visit(Part::Bits(heap.as_bits(head).ok_or(Raise::BADARG)?));
            }
        }
        if !rest.is_nil() {
            visit(Part::Bits(heap.as_bits(rest).ok_or(Raise::BADARG)?));
        }
    }
    Ok(())
}

/// The bits of a list of bytes and bit strings.
pub(super) fn bits_of(heap: &Heap, list: Value) -> Result<BitWriter, Raise> {
    let mut writer = BitWriter::default();
    walk(heap, list, |part| match part {
        Part::Byte(byte) => writer.push(byte.into(), 8),
        Part::Bits(bits) => writer.push_bits(bits),
    })?;
    Ok(writer)
}

/// Is every bit string in a list one of whole bytes?
pub(super) fn has_whole_bytes(heap: &Heap, list: Value) -> Result<bool, Raise> {
    let mut whole = true;
    walk(heap, list, |part| match part {
        Part::Byte(_) => {}
        Part::Bits(bits) => whole &= bits.len().is_multiple_of(8),
    })?;
    Ok(whole)
}

/// The bytes of a binary, or of a list of bytes and binaries.
pub(super) fn bytes_of(heap: &Heap, data: Value) -> Result<Vec<u8>, Raise> {
    if !has_whole_bytes(heap, data)? {
        return Err(Raise::BADARG);
    }
    Ok(bits_of(heap, data)?.bytes().to_vec())
}
