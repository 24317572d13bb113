//! Persistent terms: what all processes of a node share by keys.

use super::{Effect, NativeContext, Raise, Result, Value, answer};
use crate::beam::atom;

pub(super) const PERSISTENT_TERM: &[(&str, u8, Effect)] = &[
    ("get", 0, all),
    ("get", 1, |ctx, args| find(ctx, args[0]).map_or(Err(Raise::BADARG), answer)),
    ("get", 2, |ctx, args| answer(find(ctx, args[0]).unwrap_or(args[1]))),
    ("put", 2, put),
    ("erase", 1, erase),
];

fn place(ctx: &NativeContext<'_>, key: Value) -> Option<usize> {
    ctx.local.persistent.iter().position(|pair| ctx.local.heap.equals(pair.0, key))
}

fn find(ctx: &NativeContext<'_>, key: Value) -> Option<Value> {
    place(ctx, key).map(|place| ctx.local.persistent[place].1)
}

fn all(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let heap = &mut *ctx.local.heap;
    let pairs = ctx.local.persistent.iter().map(|(key, value)| heap.tuple(&[*key, *value]));
    let pairs: Vec<Value> = pairs.collect();
    answer(heap.list(&pairs))
}

fn put(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    match place(ctx, args[0]) {
        Some(place) => ctx.local.persistent[place].1 = args[1],
        None => ctx.local.persistent.push((args[0], args[1])),
    }
    answer(atom::OK.into())
}

fn erase(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let place = place(ctx, args[0]);
    if let Some(place) = place {
        ctx.local.persistent.remove(place);
    }
    answer(Value::boolean(place.is_some()))
}
