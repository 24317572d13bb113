//! Other nodes: who is told of them, and what is known of their connections.

use super::{Effects, NativeContext, Result, Value, answer, atom, atom_value, map_field, system};
use crate::beam::atom::AtomIndex;
use crate::beam::machine::{NodeKind, NodeWatch, process_flag};
use crate::beam::native::Raise;
use crate::engine::runtime::NodeTypes;

pub(super) const ERLANG: Effects = &[
    ("process_flag", 2, flag),
    ("nodes", 2, nodes),
    ("is_alive", 0, is_alive),
    ("node", 0, own_node),
    ("monitor_node", 3, monitor_node),
    ("dist_get_stat", 1, |_, _| Err(Raise::BADARG)),
];

pub(super) const PERSISTENT_TERM: Effects = &[("put", 2, put_persistent)];

/// `persistent_term:put/2`, by which `global_group` keeps the group that the node is in: one whose type is
/// `hidden` hides its connections from all other nodes.
fn put_persistent(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if args[0] == atom_value("global_group")
        && let Some(&[tag, _, _, _, kind, _, members, ..]) = ctx.local.heap.as_tuple(args[1])
        && tag == atom_value("gconf")
    {
        let members =
            if kind == atom_value("normal") { None } else { ctx.local.heap.map_pairs(members) };
        let members = members
            .map(|members| members.into_iter().filter_map(|(node, _)| node.as_atom()).collect());
        system(ctx)?.publish_to(members);
    }
    ctx.local.shared.persistent.put(ctx.local.heap, args[0], args[1]);
    answer(atom::OK.into())
}

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
    let info = options.is_some();
    let mut watch =
        NodeWatch { on, node_type: None, reason: false, connection_id: false, info, map: info };
    if let Some(options) = options {
        for (key, value) in ctx.local.heap.map_pairs(options).ok_or(Raise::BADARG)? {
            watch_option(&mut watch, key, value).ok_or(Raise::BADARG)?;
        }
    }
    system(ctx)?.watch_nodes(watch);
    answer(Value::small(0))
}

/// Sets an option of a subscription; `None` if there is no such option, or none with this value.
fn watch_option(watch: &mut NodeWatch, key: Value, value: Value) -> Option<()> {
    match key.as_atom()?.as_str() {
        "node_type" => {
            watch.node_type = Some(match value.as_atom()?.as_str() {
                "visible" => NodeTypes::Visible,
                "hidden" => NodeTypes::Hidden,
                "all" => NodeTypes::All,
                _ => return None,
            });
        }
        "nodedown_reason" => watch.reason = value.as_boolean()?,
        "connection_id" => watch.connection_id = value.as_boolean()?,
        "list" => watch.map = !value.as_boolean()?,
        _ => return None,
    }
    Some(())
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
