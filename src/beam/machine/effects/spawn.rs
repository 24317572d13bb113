//! Starting processes.

use super::flags::spawn_options;
use super::{Effect, NativeContext, Raise, Result, Spawning, Value, answer};
use crate::beam::atom::{self, AtomIndex};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("spawn", 1, |ctx, args| {
        let spawning = plain(ctx, Spawning::default());
        spawn_fun(ctx, args[0], spawning)
    }),
    ("spawn", 3, |ctx, args| {
        let spawning = plain(ctx, Spawning::default());
        spawn(ctx, args, spawning)
    }),
    ("spawn_link", 1, |ctx, args| {
        let spawning = plain(ctx, Spawning::linked());
        spawn_fun(ctx, args[0], spawning)
    }),
    ("spawn_link", 3, |ctx, args| {
        let spawning = plain(ctx, Spawning::linked());
        spawn(ctx, args, spawning)
    }),
    ("spawn_monitor", 1, |ctx, args| {
        let spawning = plain(ctx, Spawning::monitored());
        spawn_fun(ctx, args[0], spawning)
    }),
    ("spawn_monitor", 3, |ctx, args| {
        let spawning = plain(ctx, Spawning::monitored());
        spawn(ctx, args, spawning)
    }),
    ("spawn_opt", 2, |ctx, args| {
        let spawning = spawn_options(ctx, args[1])?;
        spawn_fun(ctx, args[0], spawning)
    }),
    ("spawn_opt", 4, |ctx, args| {
        let spawning = spawn_options(ctx, args[3])?;
        spawn(ctx, args, spawning)
    }),
];

/// The options of a spawn that gives no settings: the node's own.
fn plain(ctx: &NativeContext<'_>, spawning: Spawning) -> Spawning {
    Spawning { settings: ctx.local.shared.defaults, ..spawning }
}

/// A process that calls a fun without arguments.
fn spawn_fun(ctx: &mut NativeContext<'_>, fun: Value, spawning: Spawning) -> Result {
    // One that takes arguments fails when it is called.
    ctx.local.heap.fun_arity(fun).ok_or(Raise::BADARG)?;
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

/// The most processes of a node.
pub(super) const PROCESS_LIMIT: usize = 262_144;

fn start(
    ctx: &mut NativeContext<'_>,
    function: (AtomIndex, AtomIndex),
    args: Value,
    spawning: Spawning,
) -> Result {
    if ctx.local.processes.count() >= PROCESS_LIMIT {
        return Err(Raise::SYSTEM_LIMIT);
    }
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
