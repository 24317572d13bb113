//! The module `binary`: searching, splitting, and numbers in bytes.

use num_bigint::{BigInt, Sign};

use crate::beam::AtomIndex;
use crate::beam::atom;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const BINARY: &[(&str, u8, Pure)] = &[
    ("at", 2, at),
    ("compile_pattern", 1, compile_pattern),
    ("copy", 1, |heap, args| copies(heap, args[0], 1)),
    ("copy", 2, copy),
    ("decode_unsigned", 1, |heap, args| decode_unsigned(heap, args[0], false)),
    ("decode_unsigned", 2, |heap, args| decode_unsigned(heap, args[0], is_little(args[1])?)),
    ("encode_unsigned", 1, |heap, args| encode_unsigned(heap, args[0], false)),
    ("encode_unsigned", 2, |heap, args| encode_unsigned(heap, args[0], is_little(args[1])?)),
    ("first", 1, |heap, args| byte(heap, args[0], <[u8]>::first)),
    ("last", 1, |heap, args| byte(heap, args[0], <[u8]>::last)),
    ("longest_common_prefix", 1, |heap, args| common(heap, args[0], false)),
    ("longest_common_suffix", 1, |heap, args| common(heap, args[0], true)),
    ("match", 2, |heap, args| first_match(heap, args[0], args[1], Value::NIL)),
    ("match", 3, |heap, args| first_match(heap, args[0], args[1], args[2])),
    ("matches", 2, |heap, args| all_matches(heap, args[0], args[1], Value::NIL)),
    ("matches", 3, |heap, args| all_matches(heap, args[0], args[1], args[2])),
    ("part", 2, part_of_pair),
    ("part", 3, |heap, args| part(heap, args[0], args[1], args[2])),
    ("split", 2, |heap, args| split(heap, args[0], args[1], Value::NIL)),
    ("split", 3, |heap, args| split(heap, args[0], args[1], args[2])),
];

/// The bytes of a binary; an exception for anything else.
fn bytes(heap: &Heap, value: Value) -> Result<Vec<u8>, Raise> {
    heap.as_bytes(value).map(std::borrow::Cow::into_owned).ok_or(Raise::BADARG)
}

/// The part of a binary between two places, counted in bytes.
fn slice(heap: &mut Heap, binary: Value, from: usize, to: usize) -> NativeResult {
    heap.part(binary, from * 8, (to - from) * 8).ok_or(Raise::BADARG)
}

fn byte(heap: &mut Heap, binary: Value, of: fn(&[u8]) -> Option<&u8>) -> NativeResult {
    let bytes = heap.as_bytes(binary).ok_or(Raise::BADARG)?;
    of(&bytes).map(|byte| Value::small((*byte).into())).ok_or(Raise::BADARG)
}

fn at(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let bytes = heap.as_bytes(args[0]).ok_or(Raise::BADARG)?;
    let place = heap.as_size(args[1]).ok_or(Raise::BADARG)?;
    bytes.get(place).map(|byte| Value::small((*byte).into())).ok_or(Raise::BADARG)
}

/// The most bytes that copies come to.
const COPIES_MAX: usize = 1 << 32;

fn copy(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let count = heap.as_big_integer(args[1]).filter(|count| count.sign() != Sign::Minus);
    let count = usize::try_from(count.ok_or(Raise::BADARG)?).map_err(|_| Raise::SYSTEM_LIMIT)?;
    copies(heap, args[0], count)
}

fn copies(heap: &mut Heap, binary: Value, count: usize) -> NativeResult {
    if count == 0 && heap.as_bits(binary).is_some() {
        return Ok(heap.binary(&[]));
    }
    let bytes = bytes(heap, binary)?;
    match bytes.len().checked_mul(count) {
        Some(size) if size <= COPIES_MAX => Ok(heap.binary(&bytes.repeat(count))),
        Some(_) | None => Err(Raise::SYSTEM_LIMIT),
    }
}

fn is_little(value: Value) -> Result<bool, Raise> {
    match value.as_atom() {
        Some(atom::LITTLE) => Ok(true),
        Some(atom::BIG) => Ok(false),
        Some(_) | None => Err(Raise::BADARG),
    }
}

fn decode_unsigned(heap: &mut Heap, binary: Value, is_little: bool) -> NativeResult {
    let bytes = bytes(heap, binary)?;
    let integer = if is_little {
        BigInt::from_bytes_le(Sign::Plus, &bytes)
    } else {
        BigInt::from_bytes_be(Sign::Plus, &bytes)
    };
    Ok(heap.big_integer(&integer))
}

fn encode_unsigned(heap: &mut Heap, value: Value, is_little: bool) -> NativeResult {
    let integer = heap.as_big_integer(value).filter(|value| value.sign() != Sign::Minus);
    let integer = integer.ok_or(Raise::BADARG)?;
    let (_, bytes) = if is_little { integer.to_bytes_le() } else { integer.to_bytes_be() };
    Ok(heap.binary(&bytes))
}

/// The length of the longest common prefix or suffix of the binaries of a list.
fn common(heap: &mut Heap, list: Value, at_end: bool) -> NativeResult {
    let list = heap.as_list(list).filter(|list| !list.is_empty()).ok_or(Raise::BADARG)?;
    let all: Result<Vec<Vec<u8>>, _> = list.into_iter().map(|value| bytes(heap, value)).collect();
    let mut all = all?;
    if at_end {
        for bytes in &mut all {
            bytes.reverse();
        }
    }
    let first = all[0].iter().enumerate();
    let same = first.take_while(|(at, byte)| all.iter().all(|other| other.get(*at) == Some(byte)));
    let count = same.count() as u64;
    Ok(heap.unsigned(count))
}

/// A part of a binary: where it begins, and where the next byte is.
type Span = (usize, usize);

/// The part of this many bytes that a place and a length name; a negative length goes backwards.
fn span(heap: &Heap, size: usize, place: Value, length: Value) -> Result<Span, Raise> {
    let place = heap.as_size(place).filter(|place| *place <= size).ok_or(Raise::BADARG)?;
    let length = heap.as_integer(length).ok_or(Raise::BADARG)?;
    let other = i64::try_from(place).ok().and_then(|place| place.checked_add(length));
    let other = other.and_then(|other| usize::try_from(other).ok());
    let other = other.filter(|other| *other <= size).ok_or(Raise::BADARG)?;
    Ok((place.min(other), place.max(other)))
}

fn part(heap: &mut Heap, binary: Value, place: Value, length: Value) -> NativeResult {
    let size = heap.as_bytes(binary).ok_or(Raise::BADARG)?.len();
    let (from, to) = span(heap, size, place, length)?;
    slice(heap, binary, from, to)
}

fn part_of_pair(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match heap.as_tuple(args[1]) {
        Some(&[place, length]) => part(heap, args[0], place, length),
        Some(_) | None => Err(Raise::BADARG),
    }
}

/// The binaries that are searched for.
struct Patterns(Vec<Vec<u8>>);

impl Patterns {
    /// A binary, a list of them, or either of them compiled.
    fn of(heap: &Heap, pattern: Value) -> Result<Patterns, Raise> {
        let (kind, pattern) = match heap.as_tuple(pattern) {
            Some(&[kind, pattern]) => (Some(kind), pattern),
            Some(_) => return Err(Raise::BADARG),
            None => (None, pattern),
        };
        let list = match heap.as_list(pattern) {
            Some(list) => list,
            None => vec![pattern],
        };
        let patterns: Result<Vec<_>, _> =
            list.into_iter().map(|pattern| bytes(heap, pattern)).collect();
        let patterns = patterns?;
        if patterns.is_empty() || patterns.iter().any(Vec::is_empty) {
            return Err(Raise::BADARG);
        }
        let patterns = Patterns(patterns);
        if kind.is_some_and(|kind| kind != patterns.kind()) {
            return Err(Raise::BADARG);
        }
        Ok(patterns)
    }

    /// The mark of these patterns when they are compiled: Boyer-Moore for one, Aho-Corasick for more.
    fn kind(&self) -> Value {
        AtomIndex::new(if self.0.len() == 1 { "bm" } else { "ac" }).into()
    }

    /// The first place where one of them is; of those that begin there, the longest.
    fn find(&self, bytes: &[u8], from: usize, to: usize) -> Option<Span> {
        (from..to).find_map(|at| {
            let here = self.0.iter().filter(|it| bytes[at..to].starts_with(it));
            here.map(Vec::len).max().map(|length| (at, at + length))
        })
    }

    /// All places, none of which overlap.
    fn find_all(&self, bytes: &[u8], (mut from, to): Span) -> Vec<Span> {
        let mut found = Vec::new();
        while let Some(span) = self.find(bytes, from, to) {
            from = span.1;
            found.push(span);
        }
        found
    }
}

/// A compiled pattern says that it is one, and holds what it was compiled of.
fn compile_pattern(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if heap.as_tuple(args[0]).is_some() {
        return Err(Raise::BADARG);
    }
    let kind = Patterns::of(heap, args[0])?.kind();
    Ok(heap.tuple(&[kind, args[0]]))
}

/// The options of a search.
struct Options {
    /// The part of the binary that is searched.
    scope: Span,
    global: bool,
    trim: bool,
    trim_all: bool,
}

impl Options {
    /// The options of a search in a binary of this many bytes. The end of the list does not count.
    fn of(heap: &Heap, list: Value, size: usize) -> Result<Options, Raise> {
        let mut options = Options { scope: (0, size), global: false, trim: false, trim_all: false };
        if !list.is_cons() && !list.is_nil() {
            return Err(Raise::BADARG);
        }
        for option in heap.elements(list) {
            match (option.as_atom().map(AtomIndex::as_str), heap.as_tuple(option)) {
                (Some("global"), _) => options.global = true,
                (Some("trim"), _) => options.trim = true,
                (Some("trim_all"), _) => options.trim_all = true,
                (None, Some([name, scope])) if *name == AtomIndex::new("scope").into() => {
                    let Some(&[place, length]) = heap.as_tuple(*scope) else {
                        return Err(Raise::BADARG);
                    };
                    options.scope = span(heap, size, place, length)?;
                }
                (Some(_) | None, _) => return Err(Raise::BADARG),
            }
        }
        Ok(options)
    }
}

/// The places of patterns in a binary: the first, or all of them. A pattern is not looked at when
/// nothing is searched.
fn found(heap: &Heap, bytes: &[u8], pattern: Value, options: &Options) -> Result<Vec<Span>, Raise> {
    let (from, to) = options.scope;
    if to == 0 {
        return Ok(Vec::new());
    }
    let patterns = Patterns::of(heap, pattern)?;
    Ok(if options.global {
        patterns.find_all(bytes, options.scope)
    } else {
        patterns.find(bytes, from, to).into_iter().collect()
    })
}

/// The places of patterns; the options say no more than where to search.
fn search(
    heap: &mut Heap,
    [binary, pattern, options]: [Value; 3],
    global: bool,
) -> Result<Vec<Value>, Raise> {
    let bytes = bytes(heap, binary)?;
    let mut options = Options::of(heap, options, bytes.len())?;
    if options.global || options.trim || options.trim_all {
        return Err(Raise::BADARG);
    }
    options.global = global;
    let found = found(heap, &bytes, pattern, &options)?;
    Ok(found.into_iter().map(|span| span_value(heap, span)).collect())
}

fn span_value(heap: &mut Heap, (from, to): Span) -> Value {
    let numbers = [from, to - from].map(|number| heap.unsigned(number as u64));
    heap.tuple(&numbers)
}

fn first_match(heap: &mut Heap, binary: Value, pattern: Value, options: Value) -> NativeResult {
    let found = search(heap, [binary, pattern, options], false)?;
    Ok(found.first().copied().unwrap_or(AtomIndex::new("nomatch").into()))
}

fn all_matches(heap: &mut Heap, binary: Value, pattern: Value, options: Value) -> NativeResult {
    let found = search(heap, [binary, pattern, options], true)?;
    Ok(heap.list(&found))
}

fn split(heap: &mut Heap, binary: Value, pattern: Value, options: Value) -> NativeResult {
    let bytes = bytes(heap, binary)?;
    let options = Options::of(heap, options, bytes.len())?;
    let found = found(heap, &bytes, pattern, &options)?;
    let mut spans = Vec::new();
    let mut from = 0;
    for (start, end) in found {
        spans.push((from, start));
        from = end;
    }
    spans.push((from, bytes.len()));
    trim(&mut spans, &options);
    let parts: Result<Vec<Value>, _> =
        spans.into_iter().map(|(from, to)| slice(heap, binary, from, to)).collect();
    Ok(heap.list(&parts?))
}

/// Takes empty parts away: all of them, or those at the end.
fn trim(spans: &mut Vec<Span>, options: &Options) {
    if options.trim_all {
        spans.retain(|(from, to)| from < to);
    } else if options.trim {
        while spans.last().is_some_and(|(from, to)| from == to) {
            spans.pop();
        }
    }
}
