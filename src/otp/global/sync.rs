//! The processes that connect to nodes that others know, and that wait for names to be exchanged.

use std::collections::BTreeSet;

use super::{call, wire};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::Level;
use crate::{atom, tuple};

/// Connects to each of these nodes, and tells its server that this one has its names already
/// (B3).
pub(super) fn connect_others(ctx: &Context, nodes: impl Iterator<Item = Atom>) {
    for node in nodes {
        ctx.spawn("global_sync_other", move |ctx| async move {
            if ctx.ping(node).await {
                wire::cast(&ctx, node, tuple![atom!("in_sync"), ctx.node()]);
            } else {
                let me = ctx.node();
                ctx.log(Level::Warning, format!("'global' at {me} failed to connect to {node}"));
                let server = (wire::server_name(), me);
                ctx.send(server, tuple![atom!("extra_nodedown"), node]);
            }
            Ok(())
        });
    }
}

/// Starts a process that answers `from` when each of `nodes` is in step with this one, or down
/// (G8). The server tells it `{synced,Node}`.
pub(super) fn start(ctx: &Context, nodes: BTreeSet<Atom>, from: Term) -> Pid {
    ctx.spawn_link("global_syncer", move |ctx| async move {
        let mut missing = nodes;
        for node in &missing {
            ctx.monitor_node(*node, true);
        }
        while !missing.is_empty() {
            let message = ctx.receive().await;
            let node = message.tagged("nodedown").or_else(|| message.tagged("synced"));
            if let Some([Term::Atom(node)]) = node
                && missing.remove(node)
            {
                ctx.monitor_node(*node, false);
            }
        }
        call::reply(&ctx, &from, atom!("ok"));
        Ok(())
    })
}
