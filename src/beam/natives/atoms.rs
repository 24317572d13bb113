//! Atoms made of text, and text made of atoms.

use crate::beam::AtomIndex;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("atom_to_binary", 2, atom_to_binary),
    ("atom_to_list", 1, atom_to_list),
    ("binary_to_atom", 2, |heap, args| made(&text_of_binary(heap, args)?)),
    ("binary_to_existing_atom", 2, |heap, args| existing(&text_of_binary(heap, args)?)),
    ("list_to_atom", 1, |heap, args| made(&text_of_list(heap, args[0])?)),
    ("list_to_existing_atom", 1, |heap, args| existing(&text_of_list(heap, args[0])?)),
];

/// The most characters of an atom.
const ATOM_CHARACTERS: usize = 255;

fn made(text: &str) -> NativeResult {
    AtomIndex::try_new(text).map(Value::atom).map_err(|_| Raise::SYSTEM_LIMIT)
}

fn existing(text: &str) -> NativeResult {
    AtomIndex::existing(text).map(Value::atom).ok_or(Raise::BADARG)
}

/// The characters of a list.
fn text_of_list(heap: &Heap, list: Value) -> Result<String, Raise> {
    let characters = heap.as_list(list).ok_or(Raise::BADARG)?.into_iter();
    let character = |value: Value| char::from_u32(u32::try_from(value.as_small()?).ok()?);
    characters.map(|value| character(value).ok_or(Raise::BADARG)).collect()
}

fn text_of_binary(heap: &Heap, args: &[Value]) -> Result<String, Raise> {
    let bytes = heap.as_bytes(args[0]).ok_or(Raise::BADARG)?;
    match Encoding::of(args[1])? {
        Encoding::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Utf8 => String::from_utf8(bytes.into_owned()).map_err(|wrong| {
            // What is too long is so whatever comes behind.
            let valid = &wrong.as_bytes()[..wrong.utf8_error().valid_up_to()];
            let characters = valid.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
            if characters > ATOM_CHARACTERS { Raise::SYSTEM_LIMIT } else { Raise::BADARG }
        }),
    }
}

/// The encoding of text as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Latin1,
    Utf8,
}

impl Encoding {
    pub(super) fn of(value: Value) -> Result<Encoding, Raise> {
        match value.as_atom().map(AtomIndex::as_str) {
            Some("latin1") => Ok(Encoding::Latin1),
            Some("utf8" | "unicode") => Ok(Encoding::Utf8),
            Some(_) | None => Err(Raise::BADARG),
        }
    }
}

fn atom_to_binary(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let text = args[0].as_atom().ok_or(Raise::BADARG)?.as_str();
    match Encoding::of(args[1])? {
        Encoding::Utf8 => Ok(heap.binary(text.as_bytes())),
        Encoding::Latin1 => {
            let bytes: Result<Vec<u8>, _> =
                text.chars().map(|c| u8::try_from(u32::from(c))).collect();
            let bytes = bytes.map_err(|_| Raise::BADARG)?;
            Ok(heap.binary(&bytes))
        }
    }
}

fn atom_to_list(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let text = args[0].as_atom().ok_or(Raise::BADARG)?.as_str();
    Ok(heap.string(text))
}
