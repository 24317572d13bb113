//! Arrays of integers that processes share: `atomics` and `counters`.

use super::{Effect, NativeContext, Raise, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use num_bigint::BigInt;

pub(super) const ATOMICS: &[(&str, u8, Effect)] = &[
    ("put", 3, put),
    ("get", 2, get),
    ("add", 3, add_only),
    ("add_get", 3, |ctx, args| {
        let sum = add(ctx, args)?;
        shown(ctx, args[0], sum)
    }),
    ("exchange", 3, |ctx, args| {
        let value = value_of(ctx, args[0], args[2])?;
        let before = std::mem::replace(place(ctx, args)?, value);
        shown(ctx, args[0], before)
    }),
    ("compare_exchange", 4, compare_exchange),
    ("info", 1, info),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] = &[
    ("atomics_new", 2, |ctx, args| {
        let options = args[1].as_small().ok_or(Raise::BADARG)?;
        new(ctx, args[0], if options & SIGNED == 0 { Kind::Unsigned } else { Kind::Signed })
    }),
    ("counters_new", 1, |ctx, args| new(ctx, args[0], Kind::Counters)),
    ("counters_get", 2, get),
    ("counters_add", 3, add_only),
    ("counters_put", 3, put),
    ("counters_info", 1, info),
];

/// The option of `atomics:new/2` for integers with a sign.
const SIGNED: i64 = 1;
/// The most integers of an array, a gibibyte of them.
const VALUES_MAX: usize = 1 << 27;
/// The integers of one cache line, of which each scheduler has one.
const LINE: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed,
    Unsigned,
    /// Those of `counters`, which have a sign.
    Counters,
}

/// An array: 64 bits each, whatever they stand for.
struct Array {
    kind: Kind,
    values: Vec<u64>,
}

fn put(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let value = value_of(ctx, args[0], args[2])?;
    *place(ctx, args)? = value;
    answer(atom::OK.into())
}

fn get(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let value = *place(ctx, args)?;
    shown(ctx, args[0], value)
}

fn add_only(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    add(ctx, args)?;
    answer(atom::OK.into())
}

fn new(ctx: &mut NativeContext<'_>, size: Value, kind: Kind) -> Result {
    let heap = &*ctx.local.heap;
    if !heap.is_integer(size) || heap.compare(size, Value::small(1)).is_lt() {
        return Err(Raise::BADARG);
    }
    let size = heap.as_integer(size).and_then(|size| usize::try_from(size).ok());
    let size = size.filter(|size| *size <= VALUES_MAX);
    let size = size.ok_or(Raise::SYSTEM_LIMIT)?;
    answer(ctx.share(Array { kind, values: vec![0; size] }))
}

fn array<'a>(
    ctx: &'a mut NativeContext<'_>,
    array: Value,
) -> std::result::Result<&'a mut Array, Raise> {
    ctx.shared(array)?.ok_or(Raise::BADARG)
}

/// The integer of an array, `args[0]`, at the place `args[1]`, counted from 1.
fn place<'a>(
    ctx: &'a mut NativeContext<'_>,
    args: &[Value],
) -> std::result::Result<&'a mut u64, Raise> {
    let index = args[1].as_small().and_then(|index| usize::try_from(index - 1).ok());
    let index = index.ok_or(Raise::BADARG)?;
    array(ctx, args[0])?.values.get_mut(index).ok_or(Raise::BADARG)
}

fn signed(heap: &Heap, value: Value) -> Option<u64> {
    heap.as_integer(value).map(i64::cast_unsigned)
}

fn unsigned(heap: &Heap, value: Value) -> Option<u64> {
    u64::try_from(&heap.as_big_integer(value)?).ok()
}

/// A value that the integers of an array can have.
fn value_of(
    ctx: &mut NativeContext<'_>,
    of: Value,
    value: Value,
) -> std::result::Result<u64, Raise> {
    let kind = array(ctx, of)?.kind;
    let found = match kind {
        Kind::Signed | Kind::Counters => signed(ctx.local.heap, value),
        Kind::Unsigned => unsigned(ctx.local.heap, value),
    };
    found.ok_or(Raise::BADARG)
}

/// Adds to an integer, which wraps round, and returns the sum.
fn add(ctx: &mut NativeContext<'_>, args: &[Value]) -> std::result::Result<u64, Raise> {
    let heap = &*ctx.local.heap;
    let more = signed(heap, args[2]).or_else(|| unsigned(heap, args[2])).ok_or(Raise::BADARG)?;
    let place = place(ctx, args)?;
    *place = place.wrapping_add(more);
    Ok(*place)
}

fn shown(ctx: &mut NativeContext<'_>, of: Value, value: u64) -> Result {
    let kind = array(ctx, of)?.kind;
    answer(match kind {
        Kind::Signed | Kind::Counters => ctx.local.heap.integer(value.cast_signed()),
        Kind::Unsigned => ctx.local.heap.unsigned(value),
    })
}

/// `ok` when the value was the expected one, or else the value.
fn compare_exchange(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let expected = value_of(ctx, args[0], args[2])?;
    let desired = value_of(ctx, args[0], args[3])?;
    let place = place(ctx, args)?;
    let found = *place;
    if found == expected {
        *place = desired;
        return answer(atom::OK.into());
    }
    shown(ctx, args[0], found)
}

fn info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Array { kind, values } = array(ctx, args[0])?;
    let (kind, size) = (*kind, values.len());
    let heap = &mut *ctx.local.heap;
    let bounds = match kind {
        Kind::Signed => Some([i64::MAX.into(), i64::MIN.into()]),
        Kind::Unsigned => Some([u64::MAX.into(), BigInt::ZERO]),
        Kind::Counters => None,
    };
    let memory = match kind {
        Kind::Signed | Kind::Unsigned => 40 + 8 * size,
        // Lines for the one scheduler, and for whoever is on none.
        Kind::Counters => 32 + 2 * 8 * LINE * size.div_ceil(LINE),
    };
    let mut pairs = vec![("size", Value::size(size)), ("memory", Value::size(memory))];
    if let Some(bounds) = bounds {
        let [max, min] = bounds.map(|bound| heap.big_integer(&bound));
        pairs.extend([("max", max), ("min", min)]);
    }
    let pairs: Vec<_> =
        pairs.into_iter().map(|(name, value)| (Value::from(AtomIndex::new(name)), value)).collect();
    answer(heap.map(&pairs))
}
