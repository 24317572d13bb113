//! Sending, and timers.

use super::{Effect, NativeContext, Raise, Recipient, Result, Value, answer, option, recipient};
use crate::beam::atom::{self, AtomIndex};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("send", 3, send_with),
    ("send_nosuspend", 2, send_nosuspend),
    ("send_after", 3, |ctx, args| timer(ctx, args, false)),
    ("send_after", 4, |ctx, args| timer(ctx, args, false)),
    ("start_timer", 3, |ctx, args| timer(ctx, args, true)),
    ("start_timer", 4, |ctx, args| timer(ctx, args, true)),
    ("cancel_timer", 1, |ctx, args| cancel_timer(ctx, args[0], &[])),
    ("cancel_timer", 2, cancel_timer_with),
    ("read_timer", 1, read_timer),
    ("read_timer", 2, read_timer),
];

/// The nanoseconds of a millisecond.
const MILLISECOND: u64 = 1_000_000;
/// The longest time of a timer, in milliseconds.
const LONGEST: u64 = u32::MAX as u64;

fn send_with(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let options = ctx.local.heap.as_list(args[2]).ok_or(Raise::BADARG)?;
    if ctx.local.heap.as_port(args[0]).is_none() {
        let to = recipient(ctx, args[0])?;
        let has = |name| option(ctx.local.heap, &options, name).is_some();
        if has("noconnect") && !ctx.node.reaches(to) {
            return answer(AtomIndex::new("noconnect").into());
        }
        if has("nosuspend") && ctx.node.would_wait(to) {
            return answer(AtomIndex::new("nosuspend").into());
        }
    }
    super::send(ctx, args[0], args[1])?;
    answer(atom::OK.into())
}

fn send_nosuspend(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if ctx.local.heap.as_port(args[0]).is_none() {
        let to = recipient(ctx, args[0])?;
        if ctx.node.would_wait(to) {
            return answer(Value::boolean(false));
        }
    }
    super::send(ctx, args[0], args[1])?;
    answer(Value::boolean(true))
}

fn timer(ctx: &mut NativeContext<'_>, args: &[Value], wrap: bool) -> Result {
    let time = ctx.local.heap.as_integer(args[0]).ok_or(Raise::BADARG)?;
    let options = args.get(3).map(|options| ctx.local.heap.as_list(*options));
    let options = options.unwrap_or_default().unwrap_or_default();
    let absolute = option(ctx.local.heap, &options, "abs").and_then(Value::as_boolean);
    let after = if absolute == Some(true) {
        (time - ctx.node.monotonic_time() / MILLISECOND.cast_signed()).max(0)
    } else {
        time
    };
    let after = u64::try_from(after).ok().filter(|after| *after <= LONGEST);
    let after = after.ok_or(Raise::BADARG)? * MILLISECOND;
    let to = recipient(ctx, args[1])?;
    if !matches!(to, Recipient::Pid(_) | Recipient::Name(_)) {
        return Err(Raise::BADARG);
    }
    let timer = ctx.node.start_timer(&mut ctx.local, after, to, args[2], wrap)?;
    answer(ctx.local.heap.reference(timer))
}

/// The milliseconds that are left, rounded up, or `false`.
fn left(left: Option<u64>) -> Value {
    match left {
        Some(left) => Value::size(left.div_ceil(MILLISECOND) as usize),
        None => Value::boolean(false),
    }
}

fn cancel_timer(ctx: &mut NativeContext<'_>, timer: Value, options: &[Value]) -> Result {
    let reference = ctx.local.heap.as_reference(timer).ok_or(Raise::BADARG)?;
    let left = left(ctx.node.cancel_timer(reference));
    let says = |name| option(ctx.local.heap, options, name).and_then(Value::as_boolean);
    let (is_async, wants_info) = (says("async") == Some(true), says("info") != Some(false));
    if is_async && wants_info {
        let name = AtomIndex::new("cancel_timer").into();
        let message = ctx.local.heap.tuple(&[name, timer, left]);
        let own = Recipient::Pid(ctx.local.process.pid());
        ctx.node.send(&mut ctx.local, own, message)?;
    }
    answer(if is_async || !wants_info { atom::OK.into() } else { left })
}

fn cancel_timer_with(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let options = ctx.local.heap.as_list(args[1]).ok_or(Raise::BADARG)?;
    cancel_timer(ctx, args[0], &options)
}

fn read_timer(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let reference = ctx.local.heap.as_reference(args[0]).ok_or(Raise::BADARG)?;
    answer(left(ctx.node.read_timer(reference)))
}
