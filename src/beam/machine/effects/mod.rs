//! Natives that depend on their process and their node.

mod arrays;
mod bonds;
mod code;
mod flags;
mod info;
mod measures;
mod messages;
mod names;
mod own;
mod ports;
mod processes;
mod spawn;
mod terms;
mod time;
mod tracing;

pub(in crate::beam) use code::{kill_old_code, soft_purge};
pub(in crate::beam) use flags::{process_flag, spawn_option};
pub(in crate::beam) use info::system_info;

use super::context::{AliasLife, NativeContext, NodeKind, Recipient, SendOptions, Spawning};
use super::sequence;
use crate::beam::native::{Effect, NativeNext, Raise, answer};
use crate::beam::value::Value;

/// The name of a native, how many arguments it takes, and its code.
type Effects = &'static [(&'static str, u8, Effect)];

/// The natives that are here, by their modules.
pub(in crate::beam) const EFFECTS: &[(&str, Effects)] = &[
    ("erlang", own::ERLANG),
    ("erlang", code::ERLANG),
    ("erlang", bonds::ERLANG),
    ("erlang", messages::ERLANG),
    ("erlang", names::ERLANG),
    ("erlang", spawn::ERLANG),
    ("erlang", flags::ERLANG),
    ("erts_internal", flags::ERTS_INTERNAL),
    ("erlang", processes::ERLANG),
    ("erts_internal", processes::ERTS_INTERNAL),
    ("erlang", measures::ERLANG),
    ("erts_internal", measures::ERTS_INTERNAL),
    ("erlang", tracing::ERLANG),
    ("erts_internal", tracing::ERTS_INTERNAL),
    ("erts_internal", code::ERTS_INTERNAL),
    ("erlang", info::ERLANG),
    ("erlang", info::TEXTS),
    ("erlang", time::ERLANG),
    ("erts_internal", bonds::ERTS_INTERNAL),
    ("erts_internal", time::ERTS_INTERNAL),
    ("persistent_term", terms::PERSISTENT_TERM),
    ("erts_internal", terms::ERTS_INTERNAL),
    ("erts_internal", arrays::ERTS_INTERNAL),
    ("atomics", arrays::ATOMICS),
    ("code", code::CODE),
    ("erts_code_purger", code::ERTS_CODE_PURGER),
    ("error_handler", code::ERROR_HANDLER),
    ("init", info::INIT),
    ("io", info::IO),
    ("os", time::OS),
    ("os", info::OS),
];

type Result = std::result::Result<NativeNext, Raise>;

/// The recipient that a value names: a pid, a name, `{Name, Node}`, an alias.
fn recipient(ctx: &NativeContext<'_>, value: Value) -> std::result::Result<Recipient, Raise> {
    let heap = &*ctx.local.heap;
    if let Some(pid) = heap.as_pid(value) {
        return Ok(Recipient::Pid(pid));
    }
    if let Some(name) = value.as_atom() {
        return Ok(Recipient::Name(name));
    }
    if let Some(alias) = heap.as_reference(value) {
        return Ok(Recipient::Alias(alias));
    }
    match heap.as_tuple(value) {
        Some(&[name, node]) => match (name.as_atom(), node.as_atom()) {
            (Some(name), Some(node)) => Ok(Recipient::NameOn { name, node }),
            (Some(_) | None, Some(_) | None) => Err(Raise::BADARG),
        },
        Some(_) | None => Err(Raise::BADARG),
    }
}

/// The message is sent, as by `!`. One for a name with a node is never refused.
#[inline(never)]
pub(super) fn send(
    ctx: &mut NativeContext<'_>,
    to: Value,
    message: Value,
) -> std::result::Result<(), Raise> {
    if let Some(port) = ctx.local.heap.as_port(to) {
        return ports::message(ctx, port, message);
    }
    let names_node = ctx.local.heap.as_tuple(to).is_some();
    let recipient = recipient(ctx, to)?;
    sequence::before_send(ctx, to, message)?;
    let sent = ctx.node.send(&mut ctx.local, recipient, message);
    if names_node { Ok(()) } else { sent }
}
