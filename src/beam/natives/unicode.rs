//! Lists of characters and binaries, nested in any depth, and the text that they are.

use super::atoms::Encoding;
use crate::beam::AtomIndex;
use crate::beam::atom;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const UNICODE: &[(&str, u8, Pure)] = &[
    ("bin_is_7bit", 1, |heap, args| Ok(is_ascii(heap, args[0]).into())),
    ("characters_to_binary", 2, characters_to_binary),
    ("characters_to_list", 2, characters_to_list),
];

fn is_ascii(heap: &Heap, value: Value) -> bool {
    heap.as_bytes(value).is_some_and(|bytes| bytes.is_ascii())
}

/// The text of a list as far as it is one.
struct Converted {
    text: String,
    end: End,
}

/// The end of a text, with the rest of the list.
#[derive(Clone, Copy)]
enum End {
    Whole,
    /// In the middle of a character.
    Incomplete(Value),
    /// At something that is no character.
    Error(Value),
}

pub(in crate::beam) fn characters_to_binary(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let converted = converted(heap, args[0], Encoding::of(args[1])?)?;
    let text = heap.binary(converted.text.as_bytes());
    Ok(answer(heap, text, converted.end))
}

pub(in crate::beam) fn characters_to_list(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let encoding = Encoding::of(args[1])?;
    let Converted { text, end } = converted(heap, args[0], encoding)?;
    let text = heap.string(&text);
    Ok(answer(heap, text, end))
}

fn answer(heap: &mut Heap, text: Value, end: End) -> Value {
    match end {
        End::Whole => text,
        End::Error(rest) => heap.tuple(&[atom::ERROR.into(), text, rest]),
        End::Incomplete(rest) => heap.tuple(&[AtomIndex::new("incomplete").into(), text, rest]),
    }
}

/// Refuses what has anything in it that is neither a number nor a binary of whole bytes.
fn check(heap: &Heap, data: Value) -> Result<(), Raise> {
    let is_binary = |value| heap.as_bits(value).is_some_and(|bits| bits.len().is_multiple_of(8));
    let mut open = vec![data];
    while let Some(mut rest) = open.pop() {
        while let Some((head, tail)) = heap.as_cons(rest) {
            rest = tail;
            if head.is_cons() {
                open.push(rest);
                rest = head;
            } else if heap.is_big(head) {
                // An error of the text and not of the call, and all that follows with it.
                return Ok(());
            } else if !head.is_small() && !head.is_nil() && !is_binary(head) {
                return Err(Raise::BADARG);
            }
        }
        if !rest.is_nil() && !is_binary(rest) {
            return Err(Raise::BADARG);
        }
    }
    Ok(())
}

fn converted(heap: &mut Heap, data: Value, encoding: Encoding) -> Result<Converted, Raise> {
    check(heap, data)?;
    let mut converter = Converter { encoding, text: String::new(), begun: Vec::new() };
    let failed = if heap.as_bits(data).is_some() {
        converter.binary(heap, data).err()
    } else {
        converter.list(heap, data).err()
    };
    let Converter { text, begun, .. } = converter;
    let end = match failed {
        Some(rest) if begun.is_empty() => End::Error(rest),
        Some(rest) => {
            let begun = heap.binary(&begun);
            End::Error(heap.list(&[begun, rest]))
        }
        None if begun.is_empty() => End::Whole,
        None => {
            let rest = heap.binary(&begun);
            if may_go_on(&begun) { End::Incomplete(rest) } else { End::Error(rest) }
        }
    };
    Ok(Converted { text, end })
}

/// The length in bytes of the character of UTF-8 that begins with this byte.
fn length_of(first: u8) -> Option<usize> {
    match first {
        0..=0x7f => Some(1),
        0xc0..=0xdf => Some(2),
        0xe0..=0xef => Some(3),
        0xf0..=0xf7 => Some(4),
        0x80..=0xbf | 0xf8.. => None,
    }
}

/// Could more bytes make these a character?
fn may_go_on(begun: &[u8]) -> bool {
    begun[1..].iter().all(|byte| byte & 0xc0 == 0x80)
}

struct Converter {
    encoding: Encoding,
    text: String,
    /// The first bytes of a character whose last ones are in the next binary.
    begun: Vec<u8>,
}

impl Converter {
    /// Takes the characters of a list; what is left of it when one is none.
    fn list(&mut self, heap: &mut Heap, list: Value) -> Result<(), Value> {
        let mut open = vec![list];
        while let Some(mut rest) = open.pop() {
            if let Err(left) = self.flat(heap, &mut rest, &mut open) {
                return Err(open.iter().rev().fold(left, |left, tail| heap.cons(left, *tail)));
            }
        }
        Ok(())
    }

    /// Takes what is in one list and, before it goes on, in those that are in it.
    fn flat(
        &mut self,
        heap: &mut Heap,
        rest: &mut Value,
        open: &mut Vec<Value>,
    ) -> Result<(), Value> {
        while let Some((head, tail)) = heap.as_cons(*rest) {
            if head.is_cons() {
                open.push(tail);
                *rest = head;
                continue;
            }
            if heap.as_bits(head).is_some() {
                self.binary(heap, head).map_err(|left| heap.cons(left, tail))?;
            } else if !head.is_nil() {
                self.character(head).ok_or(*rest)?;
            }
            *rest = tail;
        }
        if rest.is_nil() { Ok(()) } else { self.binary(heap, *rest) }
    }

    fn character(&mut self, value: Value) -> Option<()> {
        let code = u32::try_from(value.as_small()?).ok()?;
        let c = char::from_u32(code)?;
        if !self.begun.is_empty() || self.encoding == Encoding::Latin1 && code > 255 {
            return None;
        }
        self.text.push(c);
        Some(())
    }

    /// Takes the characters of a binary; what is left of it when there is something else.
    fn binary(&mut self, heap: &mut Heap, binary: Value) -> Result<(), Value> {
        let bytes = heap.as_bytes(binary).unwrap_or_default().into_owned();
        if self.encoding == Encoding::Latin1 {
            self.text.extend(bytes.iter().map(|byte| char::from(*byte)));
            return Ok(());
        }
        let mut at = 0;
        if let Some(needed) = self.begun.first().and_then(|first| length_of(*first)) {
            at = needed - self.begun.len();
            let Some(last) = bytes.get(..at) else {
                self.begun.extend(bytes);
                return Ok(());
            };
            let whole = [&self.begun, last].concat();
            let Ok(text) = std::str::from_utf8(&whole) else { return Err(binary) };
            self.text += text;
            self.begun.clear();
        }
        at += self.take(&bytes[at..]);
        let left = &bytes[at..];
        match left.first().map(|first| length_of(*first)) {
            None => Ok(()),
            Some(Some(needed)) if left.len() < needed => {
                self.begun = left.to_vec();
                Ok(())
            }
            Some(_) => Err(heap.part(binary, at * 8, left.len() * 8).unwrap_or(binary)),
        }
    }

    /// Takes the characters that bytes begin with, and tells how many bytes they are.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let (valid, text) = match std::str::from_utf8(bytes) {
            Ok(text) => (bytes.len(), text),
            Err(error) => {
                let valid = error.valid_up_to();
                (valid, std::str::from_utf8(&bytes[..valid]).unwrap_or_default())
            }
        };
        self.text += text;
        valid
    }
}
