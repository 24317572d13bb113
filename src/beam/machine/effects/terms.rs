//! Persistent terms: what all processes of a node share by keys.

use super::{Effect, NativeContext, Raise, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};

pub(super) const PERSISTENT_TERM: &[(&str, u8, Effect)] = &[
    ("get", 0, all),
    ("get", 1, |ctx, args| find(ctx, args[0]).map_or(Err(Raise::BADARG), answer)),
    ("get", 2, |ctx, args| answer(find(ctx, args[0]).unwrap_or(args[1]))),
    ("put", 2, put),
    ("put_new", 2, put_new),
    ("erase", 1, erase),
    ("info", 0, info),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] =
    &[("erase_persistent_terms", 0, |ctx, _| {
        ctx.local.shared.persistent.clear();
        answer(atom::OK.into())
    })];

fn find(ctx: &NativeContext<'_>, key: Value) -> Option<Value> {
    ctx.local.shared.persistent.get(ctx.local.heap, key)
}

fn all(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let heap = &mut *ctx.local.heap;
    let pairs = ctx.local.shared.persistent.iter().map(|(key, value)| heap.tuple(&[key, value]));
    let pairs: Vec<Value> = pairs.collect();
    answer(heap.list(&pairs))
}

fn put(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    ctx.local.shared.persistent.put(ctx.local.heap, args[0], args[1]);
    answer(atom::OK.into())
}

/// One with another value must not be there.
fn put_new(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    match find(ctx, args[0]) {
        Some(known) if !ctx.local.heap.equals(known, args[1]) => Err(Raise::BADARG),
        Some(_) | None => put(ctx, args),
    }
}

fn erase(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let erased = ctx.local.shared.persistent.remove(ctx.local.heap, args[0]);
    answer(Value::boolean(erased.is_some()))
}

/// `#{count, memory}`: the memory is that of the terms.
fn info(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let heap = &mut *ctx.local.heap;
    let persistent = &ctx.local.shared.persistent;
    let words: usize = persistent.iter().map(|(key, value)| 3 + size(heap, key, value)).sum();
    let pairs = [("count", persistent.len()), ("memory", words * 8)];
    let pairs = pairs.map(|(name, value)| (AtomIndex::new(name).into(), Value::size(value)));
    answer(heap.map(&pairs))
}

fn size(heap: &crate::beam::Heap, key: Value, value: Value) -> usize {
    heap.size_of(key) + heap.size_of(value)
}
