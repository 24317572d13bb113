//! Timers, and the clocks of a node.

use std::time::Duration;

use super::arguments::{Timeout, answer, badarg, elements, milliseconds, reference, timeout};
use super::functions;
use crate::engine::runtime::{Context, Exit, TimerDestination};
use crate::engine::term::{Atom, Ref, Term};

functions! { ERLANG, "erlang", |ctx|
    "Sends a message after this many milliseconds."
    now "send_after" (time, dest, msg) {
        let (after, to) = (after(ctx, time, &Absolute::No)?, destination(ctx, dest)?);
        Ok(Term::from(ctx.send_after(after, to, msg)))
    }

    "As `send_after/3`; with `{abs,true}`, at a time of the node's monotonic clock."
    now "send_after" (time, dest, msg, options) {
        let (after, to) = (after(ctx, time, &Absolute::read(options)?)?, destination(ctx, dest)?);
        Ok(Term::from(ctx.send_after(after, to, msg)))
    }

    "Sends `{timeout,TimerRef,Msg}` after this many milliseconds."
    now "start_timer" (time, dest, msg) {
        let (after, to) = (after(ctx, time, &Absolute::No)?, destination(ctx, dest)?);
        Ok(Term::from(ctx.start_timer(after, to, msg)))
    }

    "As `start_timer/3`; with `{abs,true}`, at a time of the node's monotonic clock."
    now "start_timer" (time, dest, msg, options) {
        let (after, to) = (after(ctx, time, &Absolute::read(options)?)?, destination(ctx, dest)?);
        Ok(Term::from(ctx.start_timer(after, to, msg)))
    }

    "Cancels a timer: the milliseconds that were left, or `false`."
    now "cancel_timer" (timer_ref) { Ok(left(ctx.cancel_timer(reference(timer_ref)?))) }

    "As `cancel_timer/1`; `{async,true}` tells the rest by a message, `{info,false}` not at all."
    now "cancel_timer" (timer_ref, options) {
        let TimerOptions { asynchronous, info } = TimerOptions::read(options)?;
        cancel(ctx, reference(timer_ref)?, asynchronous, info)
    }

    "Returns the milliseconds that are left, or `false`."
    now "read_timer" (timer_ref) { Ok(left(ctx.read_timer(reference(timer_ref)?))) }

    "Returns the monotonic time of the node, in nanoseconds."
    now "monotonic_time" () { Ok(Term::from(ctx.monotonic_time().as_nanos())) }

    "Returns the monotonic time of the node, in a unit."
    now "monotonic_time" (unit) { in_unit(ctx.monotonic_time(), unit) }

    "Returns the system time of the node, in nanoseconds."
    now "system_time" () { Ok(Term::from(ctx.system_time().as_nanos())) }

    "Returns the system time of the node, in a unit."
    now "system_time" (unit) { in_unit(ctx.system_time(), unit) }
}

functions! { TIMER, "timer", |ctx|
    "Suspends the caller for this many milliseconds."
    waits "sleep" (time) {
        // `receive after Time -> ok end`
        let Timeout(time) = timeout(time).ok_or_else(|| Exit::error(Term::atom("timeout_value")))?;
        match time {
            Some(time) => ctx.sleep(time).await,
            None => std::future::pending().await,
        }
        answer("ok")
    }
}

/// The meaning of a time: from now, or of the clock.
enum Absolute {
    No,
    Yes,
}

impl Absolute {
    fn read(options: &Term) -> Result<Absolute, Exit> {
        let mut absolute = Absolute::No;
        for option in elements(options)? {
            let is_absolute = option.tagged("abs").and_then(|value| value.first()?.as_bool());
            absolute = if badarg(is_absolute)? { Absolute::Yes } else { Absolute::No };
        }
        Ok(absolute)
    }
}

fn after(ctx: &Context, time: &Term, absolute: &Absolute) -> Result<Duration, Exit> {
    match absolute {
        Absolute::No => badarg(milliseconds(time)),
        Absolute::Yes => {
            let at = badarg(time.as_integer())?;
            let at = Duration::from_millis(u64::try_from(at).unwrap_or_default());
            Ok(at.saturating_sub(ctx.monotonic_time()))
        }
    }
}

/// A process of this node, or a name of it (A55).
fn destination(ctx: &Context, term: &Term) -> Result<TimerDestination, Exit> {
    match term {
        Term::Pid(pid) if pid.incarnation() == ctx.incarnation() => Ok((*pid).into()),
        Term::Atom(name) => Ok((*name).into()),
        _ => Err(Exit::badarg()),
    }
}

/// The options of `cancel_timer/2`.
struct TimerOptions {
    asynchronous: bool,
    info: bool,
}

impl TimerOptions {
    fn read(term: &Term) -> Result<TimerOptions, Exit> {
        let mut options = TimerOptions { asynchronous: false, info: true };
        for option in elements(term)? {
            match (option.tagged("async"), option.tagged("info")) {
                (Some([value]), _) => options.asynchronous = badarg(value.as_bool())?,
                (_, Some([value])) => options.info = badarg(value.as_bool())?,
                _ => return Err(Exit::badarg()),
            }
        }
        Ok(options)
    }
}

/// `erlang:cancel_timer/2` (A57).
fn cancel(ctx: &Context, timer: Ref, asynchronous: bool, info: bool) -> Result<Term, Exit> {
    if asynchronous && info {
        ctx.cancel_timer_async(timer);
        return answer("ok");
    }
    let time = ctx.cancel_timer(timer);
    if info && !asynchronous { Ok(left(time)) } else { answer("ok") }
}

fn left(time: Option<Duration>) -> Term {
    time.map_or_else(|| Term::from(false), |time| Term::from(time.as_millis()))
}

fn in_unit(time: Duration, unit: &Term) -> Result<Term, Exit> {
    let name = unit.as_atom().map(Atom::as_str);
    Ok(Term::from(match name {
        Some("second" | "seconds") => u128::from(time.as_secs()),
        Some("millisecond" | "milli_seconds") => time.as_millis(),
        Some("microsecond" | "micro_seconds") => time.as_micros(),
        Some("nanosecond" | "nano_seconds" | "native") => time.as_nanos(),
        Some(_) => return Err(Exit::badarg()),
        None => {
            let parts = badarg(unit.as_integer().filter(|parts| *parts > 0))?;
            time.as_nanos() * u128::from(parts.unsigned_abs()) / 1_000_000_000
        }
    }))
}
