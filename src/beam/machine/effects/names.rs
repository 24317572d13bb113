//! Registered names, and other nodes.

use super::bonds::pid_of;
use super::{Effect, NativeContext, NodeKind, Raise, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("register", 2, register),
    ("unregister", 1, unregister),
    ("whereis", 1, whereis),
    ("registered", 0, |ctx, _| {
        let names = ctx.node.registered();
        answer(atoms(ctx, names))
    }),
    ("is_alive", 0, is_alive),
    ("nodes", 0, |ctx, _| nodes_of(ctx, &[NodeKind::Visible], false)),
    ("nodes", 1, nodes),
];

fn atoms(ctx: &mut NativeContext<'_>, names: Vec<AtomIndex>) -> Value {
    let names: Vec<Value> = names.into_iter().map(Value::atom).collect();
    ctx.local.heap.list(&names)
}

fn register(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    // As the emulator tells it.
    let no_cause = Raise::BADARG.because(AtomIndex::new("none"));
    let name = args[0].as_atom().ok_or(no_cause)?;
    let pid = pid_of(ctx.local.heap, args[1]).map_err(|_| no_cause)?;
    ctx.node.register(name, pid).map_err(|_| no_cause)?;
    answer(Value::boolean(true))
}

fn unregister(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    ctx.node.unregister(args[0].as_atom().ok_or(Raise::BADARG)?)?;
    answer(Value::boolean(true))
}

fn whereis(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    answer(match ctx.node.whereis(name) {
        Some(pid) => ctx.local.heap.pid(pid),
        None => atom::UNDEFINED.into(),
    })
}

/// Is this node one that others can reach?
fn is_alive(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    answer(Value::boolean(ctx.local.process.pid().life.node() != atom::NONODE))
}

fn nodes(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let names = ctx.local.heap.as_list(args[0]).unwrap_or_else(|| vec![args[0]]);
    let mut kinds = Vec::new();
    let mut with_own = false;
    for name in names {
        match name.as_atom().map(AtomIndex::as_str) {
            Some("visible") => kinds.push(NodeKind::Visible),
            Some("hidden") => kinds.push(NodeKind::Hidden),
            Some("connected") => kinds.push(NodeKind::Connected),
            Some("known") => {
                kinds.push(NodeKind::Known);
                with_own = true;
            }
            Some("this") => with_own = true,
            Some(_) | None => return Err(Raise::BADARG),
        }
    }
    nodes_of(ctx, &kinds, with_own)
}

fn nodes_of(ctx: &mut NativeContext<'_>, kinds: &[NodeKind], with_own: bool) -> Result {
    let mut names: Vec<AtomIndex> = kinds.iter().flat_map(|kind| ctx.node.nodes(*kind)).collect();
    if with_own {
        names.push(ctx.local.process.pid().life.node());
    }
    names.sort_unstable();
    names.dedup();
    answer(atoms(ctx, names))
}
