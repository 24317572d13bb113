//! The natives about the calling process: its pid, its dictionary.

use super::{Effect, NativeContext, NativeNext, Raise, Result, Value, answer};
use crate::beam::atom;
use crate::beam::heap::Heap;
use crate::beam::machine::SLICE;
use crate::beam::machine::dictionary::Dictionary;

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("self", 0, |ctx, _| answer(ctx.local.process.pid_value())),
    ("node", 0, |ctx, _| answer(ctx.local.process.pid().life.node().into())),
    ("node", 1, node_of),
    ("get", 0, |ctx, _| answer(dictionary(ctx))),
    ("get", 1, |ctx, args| answer(dictionary_get(ctx, args[0]))),
    ("get_keys", 0, |ctx, _| answer(dictionary_keys(ctx, None))),
    ("get_keys", 1, |ctx, args| answer(dictionary_keys(ctx, Some(args[0])))),
    ("put", 2, dictionary_put),
    ("erase", 0, dictionary_erase_all),
    ("erase", 1, dictionary_erase),
    ("yield", 0, |_, _| Ok(NativeNext::Yield(Value::boolean(true)))),
    ("bump_reductions", 1, bump_reductions),
    ("hibernate", 0, await_message),
    ("hibernate", 3, hibernate),
];

/// The process counts as if it had made so many calls more, those of a slice at the most.
fn bump_reductions(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let whole = i64::from(SLICE);
    let calls = ctx.local.heap.as_integer(args[0]).filter(|calls| *calls >= 0);
    let calls = calls.ok_or(Raise::BADARG)?.min(whole);
    ctx.local.process.reductions += calls.unsigned_abs();
    if calls == whole { Ok(NativeNext::Yield(true.into())) } else { answer(true.into()) }
}

fn node_of(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let heap = &ctx.local.heap;
    let life = heap.as_pid(args[0]).map(|pid| pid.life);
    let life = life.or_else(|| heap.as_reference(args[0]).map(|reference| reference.life));
    let life = life.or_else(|| heap.as_port(args[0]).map(|port| port.life));
    life.map(|life| NativeNext::Return(life.node().into())).ok_or(Raise::BADARG)
}

/// The dictionary as pairs.
pub(super) fn pairs_of(heap: &mut Heap, dictionary: &Dictionary) -> Value {
    let pairs: Vec<Value> =
        dictionary.iter().map(|(key, value)| heap.tuple(&[key, value])).collect();
    heap.list(&pairs)
}

fn dictionary(ctx: &mut NativeContext<'_>) -> Value {
    pairs_of(ctx.local.heap, &ctx.local.process.dictionary)
}

fn dictionary_get(ctx: &NativeContext<'_>, key: Value) -> Value {
    ctx.local.process.dictionary.get(ctx.local.heap, key).unwrap_or(atom::UNDEFINED.into())
}

/// The keys, or those of one value.
fn dictionary_keys(ctx: &mut NativeContext<'_>, of: Option<Value>) -> Value {
    let heap = &*ctx.local.heap;
    let pairs = ctx.local.process.dictionary.iter();
    let pairs = pairs.filter(|pair| of.is_none_or(|value| heap.equals(pair.1, value)));
    let keys: Vec<Value> = pairs.map(|pair| pair.0).collect();
    ctx.local.heap.list(&keys)
}

fn dictionary_put(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let before = ctx.local.process.dictionary.put(ctx.local.heap, args[0], args[1]);
    answer(before.unwrap_or(atom::UNDEFINED.into()))
}

fn dictionary_erase(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let erased = ctx.local.process.dictionary.remove(ctx.local.heap, args[0]);
    answer(erased.unwrap_or(atom::UNDEFINED.into()))
}

fn dictionary_erase_all(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let all = dictionary(ctx);
    ctx.local.process.dictionary.clear();
    answer(all)
}

/// `ok` when there is a message.
fn await_message(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    if ctx.local.process.mailbox.is_empty() {
        return Ok(NativeNext::Await);
    }
    answer(atom::OK.into())
}

fn hibernate(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (Some(module), Some(function)) = (args[0].as_atom(), args[1].as_atom()) else {
        return Err(Raise::BADARG);
    };
    let args = ctx.local.heap.as_list(args[2]).ok_or(Raise::BADARG)?;
    if args.len() > usize::from(u8::MAX) {
        return Err(Raise::SYSTEM_LIMIT);
    }
    Ok(NativeNext::Hibernate { module, function, args })
}
