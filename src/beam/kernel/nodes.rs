//! Other nodes: who is told of them, and what is known of their connections.

use super::{Effects, NativeContext, Result, Value, answer, atom, atom_value, map_field, system};
use crate::beam::atom::AtomIndex;
use crate::beam::machine::{NodeKind, NodeWatch, process_flag};
use crate::beam::native::Raise;

pub(super) const ERLANG: Effects = &[
    ("process_flag", 2, flag),
    ("nodes", 2, nodes),
    ("is_alive", 0, is_alive),
    ("node", 0, own_node),
    ("monitor_node", 3, monitor_node),
    ("dist_get_stat", 1, |_, _| Err(Raise::BADARG)),
];

fn is_alive(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let alive = system(ctx)?.is_alive();
    answer(Value::boolean(alive))
}

/// The name of the node, once it takes part in a cluster.
fn own_node(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let own = ctx.local.process.pid().life.node();
    let alive = ctx.node.system().is_none_or(|system| system.is_alive());
    answer(if alive { own } else { atom::NONODE }.into())
}

fn monitor_node(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (Some(node), Some(on)) = (args[0].as_atom(), args[1].as_boolean()) else {
        return Err(Raise::BADARG);
    };
    ctx.node.monitor_node(node, on);
    answer(Value::boolean(true))
}

/// `process_flag/2`, with the subscriptions to nodes that `net_kernel:monitor_nodes/2` makes by it.
fn flag(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let plain = args[0] == atom_value("monitor_nodes");
    let options = match ctx.local.heap.as_tuple(args[0]) {
        Some(&[name, options]) if name == atom_value("monitor_nodes") => Some(options),
        Some(_) | None => None,
    };
    if !plain && options.is_none() {
        return process_flag(ctx, args);
    }
    let on = args[1].as_boolean().ok_or(Raise::BADARG)?;
    let is_true = |name| {
        options.and_then(|options| map_field(ctx, options, name)) == Some(Value::boolean(true))
    };
    let kind = options.and_then(|options| map_field(ctx, options, "node_type"));
    let watch = NodeWatch {
        on,
        hidden: kind.and_then(Value::as_atom).is_some_and(|kind| kind.as_str() != "visible"),
        reason: is_true("nodedown_reason"),
        connection_id: is_true("connection_id"),
        info: options.is_some(),
        map: options.is_some() && !is_true("list"),
    };
    system(ctx)?.watch_nodes(watch);
    answer(Value::small(0))
}

/// `[{Node, #{connection_id => Number, node_type => Type}}]`, as far as it is asked for.
fn nodes(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let kinds = ctx.local.heap.as_list(args[0]).unwrap_or_else(|| vec![args[0]]);
    let own = ctx.local.process.pid().life.node();
    let mut names: Vec<AtomIndex> = Vec::new();
    for kind in kinds {
        let kind = match kind.as_atom().map(AtomIndex::as_str) {
            Some("visible") => NodeKind::Visible,
            Some("hidden") => NodeKind::Hidden,
            Some("connected") => NodeKind::Connected,
            Some("known") => NodeKind::Known,
            Some("this") => {
                names.push(own);
                continue;
            }
            Some(_) | None => return Err(Raise::BADARG),
        };
        names.extend(ctx.node.nodes(kind));
    }
    names.sort_unstable();
    names.dedup();
    let wants =
        |ctx: &NativeContext<'_>, name| map_field(ctx, args[1], name) == Some(Value::boolean(true));
    let (wants_id, wants_type) = (wants(ctx, "connection_id"), wants(ctx, "node_type"));
    let mut pairs = Vec::with_capacity(names.len());
    for node in names {
        let mut info = Vec::new();
        let system = system(ctx)?;
        let (id, hidden) = (system.connection_id(node), system.is_hidden(node));
        if wants_id {
            let id = id.map_or(atom::UNDEFINED.into(), |id| Value::small(id.into()));
            info.push((atom_value("connection_id"), id));
        }
        if wants_type {
            let kind = match (node == own, id) {
                (true, _) => "this",
                (false, None) => "known",
                (false, Some(_)) => {
                    if hidden {
                        "hidden"
                    } else {
                        "visible"
                    }
                }
            };
            info.push((atom_value("node_type"), atom_value(kind)));
        }
        let info = ctx.local.heap.map(&info);
        pairs.push(ctx.local.heap.tuple(&[node.into(), info]));
    }
    answer(ctx.local.heap.list(&pairs))
}
