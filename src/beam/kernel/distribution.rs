//! Cookies, the port mapper, and the names of hosts: the network of the simulation has them.

use super::text_of;
use super::{
    Effects, NativeContext, Result, Value, answer, atom, atom_value, error, ok, ok_with, system,
};
use crate::beam::atom::AtomIndex;
use crate::beam::native::Raise;

pub(super) const AUTH: Effects = &[
    ("get_cookie", 0, |ctx, _| cookie(ctx, None)),
    ("get_cookie", 1, |ctx, args| cookie(ctx, args[0].as_atom())),
    ("set_cookie", 1, |ctx, args| set_cookie(ctx, None, args[0])),
    ("set_cookie", 2, |ctx, args| set_cookie(ctx, args[0].as_atom(), args[1])),
];

pub(super) const ERL_EPMD: Effects = &[
    ("names", 0, |ctx, _| names(ctx, None)),
    ("names", 1, names_on),
    ("register_node", 2, |ctx, _| ok_with(ctx, Value::small(1))),
    ("register_node", 3, |ctx, _| ok_with(ctx, Value::small(1))),
    ("port_please", 2, no_port),
    ("port_please", 3, no_port),
    ("address_please", 3, |ctx, _| error(ctx, "nxdomain")),
];

pub(super) const INET: Effects = &[("gethostname", 0, |ctx, _| {
    let host = system(ctx)?.host();
    let host = ctx.local.heap.string(host.as_str());
    ok_with(ctx, host)
})];

/// Nothing of the network of the machine is read.
pub(super) const INET_CONFIG: Effects = &[("init", 0, |_, _| ok())];

/// The cookie towards a node, `None` for all others.
fn cookie(ctx: &mut NativeContext<'_>, node: Option<AtomIndex>) -> Result {
    let own = ctx.local.process.pid().life.node();
    // A node that has no name yet may have cookies.
    if ctx.node.whereis(AtomIndex::new("auth")).is_none() {
        return answer(atom_value("nocookie"));
    }
    answer(system(ctx)?.cookie(node.filter(|node| *node != own)).into())
}

fn set_cookie(ctx: &mut NativeContext<'_>, node: Option<AtomIndex>, cookie: Value) -> Result {
    let cookie = cookie.as_atom().ok_or(Raise::BADARG)?;
    let own = ctx.local.process.pid().life.node();
    system(ctx)?.set_cookie(node.filter(|node| *node != own), cookie);
    answer(Value::boolean(true))
}

fn names_on(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let host = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    names(ctx, Some(AtomIndex::new(&host)))
}

/// `{ok, [{Name, Port}]}`: every node listens at a port of its own number.
fn names(ctx: &mut NativeContext<'_>, host: Option<AtomIndex>) -> Result {
    let Some(nodes) = system(ctx)?.names_on(host) else { return error(ctx, "nxdomain") };
    let heap = &mut *ctx.local.heap;
    let mut pairs = Vec::with_capacity(nodes.len());
    for (port, node) in (4370..).zip(nodes) {
        let name = node.as_str().split('@').next().unwrap_or_default();
        let name = heap.string(name);
        pairs.push(heap.tuple(&[name, Value::small(port)]));
    }
    let pairs = heap.list(&pairs);
    answer(heap.tuple(&[atom::OK.into(), pairs]))
}

fn no_port(_: &mut NativeContext<'_>, _: &[Value]) -> Result {
    answer(atom_value("noport"))
}
