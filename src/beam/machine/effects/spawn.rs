//! Starting processes.

use super::{Effect, NativeContext, Raise, Result, Spawning, Value, answer, option};
use crate::beam::atom::{self, AtomIndex};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("spawn", 1, |ctx, args| spawn_fun(ctx, args[0], ALONE)),
    ("spawn", 3, |ctx, args| spawn(ctx, args, ALONE)),
    ("spawn_link", 1, |ctx, args| spawn_fun(ctx, args[0], LINKED)),
    ("spawn_link", 3, |ctx, args| spawn(ctx, args, LINKED)),
    ("spawn_monitor", 1, |ctx, args| spawn_fun(ctx, args[0], MONITORED)),
    ("spawn_monitor", 3, |ctx, args| spawn(ctx, args, MONITORED)),
    ("spawn_opt", 2, |ctx, args| {
        let spawning = options(ctx, args[1])?;
        spawn_fun(ctx, args[0], spawning)
    }),
    ("spawn_opt", 4, |ctx, args| {
        let spawning = options(ctx, args[3])?;
        spawn(ctx, args, spawning)
    }),
];

const ALONE: Spawning = Spawning { link: false, monitor: false };
const LINKED: Spawning = Spawning { link: true, monitor: false };
const MONITORED: Spawning = Spawning { link: false, monitor: true };

fn options(ctx: &NativeContext<'_>, list: Value) -> std::result::Result<Spawning, Raise> {
    let options = ctx.local.heap.as_list(list).ok_or(Raise::BADARG)?;
    let has = |name| option(ctx.local.heap, &options, name).is_some();
    Ok(Spawning { link: has("link"), monitor: has("monitor") })
}

/// A process that calls a fun without arguments.
fn spawn_fun(ctx: &mut NativeContext<'_>, fun: Value, spawning: Spawning) -> Result {
    if ctx.local.heap.fun_arity(fun) != Some(0) {
        return Err(Raise::BADARG);
    }
    let args = ctx.local.heap.list(&[fun, Value::NIL]);
    start(ctx, (atom::ERLANG, atom::APPLY), args, spawning)
}

fn spawn(ctx: &mut NativeContext<'_>, args: &[Value], spawning: Spawning) -> Result {
    let (Some(module), Some(function)) = (args[0].as_atom(), args[1].as_atom()) else {
        return Err(Raise::BADARG);
    };
    ctx.local.heap.list_len(args[2]).ok_or(Raise::BADARG)?;
    start(ctx, (module, function), args[2], spawning)
}

fn start(
    ctx: &mut NativeContext<'_>,
    function: (AtomIndex, AtomIndex),
    args: Value,
    spawning: Spawning,
) -> Result {
    let (pid, monitor) = ctx.node.spawn(&mut ctx.local, function, args, spawning);
    let pid = ctx.local.heap.pid(pid);
    answer(match monitor {
        Some(reference) => {
            let reference = ctx.local.heap.reference(reference);
            ctx.local.heap.tuple(&[pid, reference])
        }
        None => pid,
    })
}
