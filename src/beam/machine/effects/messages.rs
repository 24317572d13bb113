//! Sending, and timers.

use super::{
    Effect, NativeContext, Raise, Recipient, Result, SendOptions, Value, answer, bonds, recipient,
};
use crate::beam::atom::{self, AtomIndex};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("send", 2, |ctx, args| {
        super::send(ctx, args[0], args[1])?;
        answer(args[1])
    }),
    ("send", 3, send_with),
    ("send_nosuspend", 2, send_nosuspend),
    ("send_nosuspend", 3, send_nosuspend),
    ("send_after", 3, |ctx, args| timer(ctx, args, false)),
    ("send_after", 4, |ctx, args| timer(ctx, args, false)),
    ("start_timer", 3, |ctx, args| timer(ctx, args, true)),
    ("start_timer", 4, |ctx, args| timer(ctx, args, true)),
    ("cancel_timer", 1, cancel_timer),
    ("cancel_timer", 2, cancel_timer),
    ("read_timer", 1, read_timer),
    ("read_timer", 2, read_timer),
];

/// The nanoseconds of a millisecond.
const MILLISECOND: u64 = 1_000_000;
/// The longest time of a timer, in milliseconds: the clock can tell its end.
const LONGEST: u64 = i64::MAX.unsigned_abs() / MILLISECOND;

/// The options of `send/3`.
fn send_options(
    ctx: &mut NativeContext<'_>,
    list: Value,
) -> std::result::Result<SendOptions, Raise> {
    let mut options = SendOptions::default();
    let mut has_priority = false;
    let mut elements = ctx.local.heap.elements(list);
    for option in elements.by_ref() {
        match option.as_atom() {
            Some(atom::NOCONNECT) => options.noconnect = true,
            Some(atom::NOSUSPEND) => options.nosuspend = true,
            Some(_) if bonds::is_priority(option) => has_priority = true,
            Some(_) | None => return Err(Raise::BAD_OPTION),
        }
    }
    let is_proper = elements.rest().is_nil();
    let is_known = !has_priority || bonds::has_priority(ctx);
    if is_proper && is_known { Ok(options) } else { Err(Raise::BAD_OPTION) }
}

/// `ok`, or the option that kept the message from being sent.
fn send_unless(
    ctx: &mut NativeContext<'_>,
    args: &[Value],
    options: SendOptions,
) -> std::result::Result<AtomIndex, Raise> {
    if ctx.local.heap.as_port(args[0]).is_some() {
        super::send(ctx, args[0], args[1])?;
        return Ok(atom::OK);
    }
    let to = recipient(ctx, args[0])?;
    if let Some(option) = ctx.node.prevents(to, options) {
        return Ok(option);
    }
    super::sequence::before_send(ctx, args[0], args[1])?;
    ctx.node.send(&mut ctx.local, to, args[1])?;
    Ok(atom::OK)
}

fn send_with(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let options = send_options(ctx, args[2])?;
    answer(send_unless(ctx, args, options)?.into())
}

fn send_nosuspend(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let options = match args.get(2) {
        Some(list) => send_options(ctx, *list)?,
        None => SendOptions::default(),
    };
    let sent = send_unless(ctx, args, SendOptions { nosuspend: true, ..options })?;
    answer(Value::boolean(sent == atom::OK))
}

/// The options of a timer: whether each of the names is `true`. Others are refused.
fn timer_options<const N: usize>(
    ctx: &NativeContext<'_>,
    list: Option<&Value>,
    names: [(&str, bool); N],
    refused: Raise,
) -> std::result::Result<[bool; N], Raise> {
    let mut values = names.map(|(_, default)| default);
    let Some(list) = list else { return Ok(values) };
    for option in ctx.local.heap.as_list(*list).ok_or(refused)? {
        let Some(&[name, value]) = ctx.local.heap.as_tuple(option) else { return Err(refused) };
        let place = names
            .iter()
            .position(|(known, _)| name.as_atom().is_some_and(|name| name.as_str() == *known));
        let (place, value) = place.zip(value.as_boolean()).ok_or(refused)?;
        values[place] = value;
    }
    Ok(values)
}

fn timer(ctx: &mut NativeContext<'_>, args: &[Value], wrap: bool) -> Result {
    let [absolute] = timer_options(ctx, args.get(3), [("abs", false)], Raise::BAD_OPTION)?;
    let bad_time = Raise::BADARG.because(atom::TIME);
    let time = ctx.local.heap.as_integer(args[0]).ok_or(bad_time)?;
    let after = if absolute {
        time.saturating_sub(ctx.node.monotonic_time() / MILLISECOND.cast_signed()).max(0)
    } else {
        time
    };
    let after = u64::try_from(after).ok().filter(|after| *after <= LONGEST);
    let after = after.ok_or(bad_time)? * MILLISECOND;
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

/// Tells the process what is left of a timer: `{Name, Timer, Left}`.
fn tell(ctx: &mut NativeContext<'_>, name: &str, timer: Value, left: Value) -> Result {
    let message = ctx.local.heap.tuple(&[AtomIndex::new(name).into(), timer, left]);
    ctx.send_to_self(message)?;
    answer(atom::OK.into())
}

fn cancel_timer(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let names = [("async", false), ("info", true)];
    let [is_async, wants_info] = timer_options(ctx, args.get(1), names, Raise::BADARG)?;
    let reference = ctx.local.heap.as_reference(args[0]).ok_or(Raise::BADARG)?;
    let left = left(ctx.node.cancel_timer(reference));
    match (is_async, wants_info) {
        (true, true) => tell(ctx, "cancel_timer", args[0], left),
        (false, true) => answer(left),
        (_, false) => answer(atom::OK.into()),
    }
}

fn read_timer(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let [is_async] = timer_options(ctx, args.get(1), [("async", false)], Raise::BADARG)?;
    let reference = ctx.local.heap.as_reference(args[0]).ok_or(Raise::BADARG)?;
    let left = left(ctx.node.read_timer(reference));
    if is_async { tell(ctx, "read_timer", args[0], left) } else { answer(left) }
}
