//! The clocks of the node, and numbers that are used once.

use super::{Effect, NativeContext, Raise, Result, Value, answer};
use crate::beam::atom::AtomIndex;
use crate::beam::date::{date_of, timestamp_of};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("make_ref", 0, make_ref),
    ("monotonic_time", 0, |ctx, _| nanoseconds(ctx, ctx.node.monotonic_time())),
    ("monotonic_time", 1, |ctx, args| in_unit(ctx, ctx.node.monotonic_time(), args[0])),
    ("system_time", 0, |ctx, _| nanoseconds(ctx, ctx.node.system_time())),
    ("system_time", 1, |ctx, args| in_unit(ctx, ctx.node.system_time(), args[0])),
    ("time_offset", 0, |ctx, _| nanoseconds(ctx, offset(ctx))),
    ("time_offset", 1, |ctx, args| in_unit(ctx, offset(ctx), args[0])),
    ("timestamp", 0, timestamp),
    ("now", 0, now),
    ("unique_integer", 0, unique_integer),
    ("unique_integer", 1, unique_integer),
    ("universaltime", 0, universal_time),
    ("localtime", 0, universal_time),
    ("date", 0, |ctx, _| answer(date_and_time(ctx).0)),
    ("time", 0, |ctx, _| answer(date_and_time(ctx).1)),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] =
    &[("time_unit", 0, |_, _| answer(Value::small(SECOND)))];

pub(super) const OS: &[(&str, u8, Effect)] = &[
    ("system_time", 0, |ctx, _| nanoseconds(ctx, ctx.node.system_time())),
    ("system_time", 1, |ctx, args| in_unit(ctx, ctx.node.system_time(), args[0])),
    ("timestamp", 0, timestamp),
    ("perf_counter", 0, |ctx, _| nanoseconds(ctx, ctx.node.monotonic_time())),
];

/// The nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

fn nanoseconds(ctx: &mut NativeContext<'_>, time: i64) -> Result {
    answer(ctx.local.heap.integer(time))
}

fn offset(ctx: &NativeContext<'_>) -> i64 {
    ctx.node.system_time() - ctx.node.monotonic_time()
}

/// The number of a unit in a second.
fn per_second(unit: Value) -> Option<i64> {
    if let Some(parts) = unit.as_small() {
        return (parts > 0).then_some(parts);
    }
    match unit.as_atom().map(AtomIndex::as_str) {
        Some("second" | "seconds") => Some(1),
        Some("millisecond" | "milli_seconds") => Some(1000),
        Some("microsecond" | "micro_seconds") => Some(1_000_000),
        Some("nanosecond" | "nano_seconds" | "native" | "perf_counter") => Some(SECOND),
        Some(_) | None => None,
    }
}

fn in_unit(ctx: &mut NativeContext<'_>, time: i64, unit: Value) -> Result {
    let parts = per_second(unit).ok_or(Raise::BADARG)?;
    let time = (i128::from(time) * i128::from(parts)).div_euclid(i128::from(SECOND));
    answer(ctx.local.heap.big_integer(&time.into()))
}

fn make_ref(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let reference = ctx.node.make_reference();
    answer(ctx.local.heap.reference(reference))
}

/// `{Megaseconds, Seconds, Microseconds}`.
fn timestamp(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let microseconds = ctx.node.system_time() / 1000;
    answer(ctx.local.heap.tuple(&timestamp_of(microseconds).map(Value::small)))
}

/// As [`timestamp`], and never the same twice: later by a microsecond than the last one if need be.
fn now(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let time = (ctx.node.system_time() / 1000).cast_unsigned();
    let last = ctx.local.shared.last_now;
    let time = if time > last { time } else { last + 1 };
    ctx.local.shared.last_now = time;
    answer(ctx.local.heap.tuple(&timestamp_of(time.cast_signed()).map(Value::small)))
}

/// A number of the same series as references are: unique, and ever greater.
fn unique_integer(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if let Some(modifiers) = args.first() {
        for modifier in ctx.local.heap.as_list(*modifiers).ok_or(Raise::BADARG)? {
            match modifier.as_atom().map(AtomIndex::as_str) {
                Some("positive" | "monotonic") => {}
                Some(_) | None => return Err(Raise::BADARG),
            }
        }
    }
    let number = ctx.node.make_reference().id as u64;
    answer(ctx.local.heap.unsigned(number))
}

/// `{{Year, Month, Day}, {Hour, Minute, Second}}`; the nodes live in Greenwich.
fn universal_time(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let (date, time) = date_and_time(ctx);
    answer(ctx.local.heap.tuple(&[date, time]))
}

/// `{Year, Month, Day}` and `{Hour, Minute, Second}`.
fn date_and_time(ctx: &mut NativeContext<'_>) -> (Value, Value) {
    let seconds = ctx.node.system_time().div_euclid(SECOND);
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let heap = &mut *ctx.local.heap;
    let date = heap.tuple(&date_of(day).map(Value::small));
    let time = heap.tuple(&[second / 3600, second / 60 % 60, second % 60].map(Value::small));
    (date, time)
}
