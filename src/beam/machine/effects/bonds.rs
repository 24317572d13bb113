//! Links, monitors, aliases, exit signals.

use super::ports::{end_port, set_linked};
use super::recipient;
use super::{AliasLife, Effect, NativeContext, Raise, Recipient, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::identity::{ProcessId, Reference};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("link", 1, link),
    ("unlink", 1, unlink),
    ("monitor", 2, |ctx, args| monitor(ctx, args, Value::NIL)),
    ("monitor", 3, |ctx, args| monitor(ctx, args, args[2])),
    ("demonitor", 1, |ctx, args| demonitor(ctx, args[0], Value::NIL)),
    ("demonitor", 2, |ctx, args| demonitor(ctx, args[0], args[1])),
    ("monitor_node", 2, monitor_node),
    ("alias", 0, |ctx, _| alias(ctx, AliasLife::Explicit)),
    ("alias", 1, alias_with),
    ("unalias", 1, unalias),
    ("exit", 2, exit),
    ("exit_signal", 2, exit),
    ("group_leader", 0, own_group_leader),
    ("group_leader", 2, set_group_leader),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] = &[
    ("group_leader", 2, set_group_leader),
    ("group_leader", 3, |ctx, args| set_group_leader(ctx, &args[..2])),
];

pub(super) fn pid_of(heap: &Heap, value: Value) -> std::result::Result<ProcessId, Raise> {
    heap.as_pid(value).ok_or(Raise::BADARG)
}

fn reference_of(heap: &Heap, value: Value) -> std::result::Result<Reference, Raise> {
    heap.as_reference(value).ok_or(Raise::BADARG)
}

fn link(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if let Some(port) = ctx.local.heap.as_port(args[0]) {
        set_linked(ctx, port, true)?;
        return answer(Value::boolean(true));
    }
    let pid = pid_of(ctx.local.heap, args[0])?;
    ctx.node.link(pid)?;
    answer(Value::boolean(true))
}

fn unlink(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if let Some(port) = ctx.local.heap.as_port(args[0]) {
        set_linked(ctx, port, false)?;
        return answer(Value::boolean(true));
    }
    let pid = pid_of(ctx.local.heap, args[0])?;
    ctx.node.unlink(pid);
    answer(Value::boolean(true))
}

fn monitor(ctx: &mut NativeContext<'_>, args: &[Value], options: Value) -> Result {
    let (mut tag, mut life) = (None, None);
    let has_priority = has_priority(ctx);
    let heap = &*ctx.local.heap;
    let mut options = heap.elements(options);
    for option in options.by_ref() {
        if has_priority && is_priority(option) {
            continue;
        }
        let Some(&[name, value]) = heap.as_tuple(option) else { return Err(Raise::BAD_OPTION) };
        match name.as_atom() {
            Some(atom::TAG) => tag = Some(value),
            Some(atom::ALIAS) => life = Some(alias_life(value).map_err(|_| Raise::BAD_OPTION)?),
            Some(_) | None => return Err(Raise::BAD_OPTION),
        }
    }
    if !options.rest().is_nil() {
        return Err(Raise::BAD_OPTION);
    }
    match args[0].as_atom().map(|kind| (kind, kind.as_str())) {
        Some((atom::PROCESS, _)) => {}
        // The offset of the clock never changes.
        Some((_, "time_offset")) if args[1] == AtomIndex::new("clock_service").into() => {
            let reference = ctx.node.make_reference();
            return answer(ctx.local.heap.reference(reference));
        }
        Some((_, "port")) => return monitor_port(ctx, args[1], tag, life),
        Some(_) | None => return Err(Raise::BADARG.because(AtomIndex::new("badtype"))),
    }
    let target = recipient(ctx, args[1])?;
    if matches!(target, Recipient::Alias(_)) {
        return Err(Raise::BADARG);
    }
    let reference = ctx.node.monitor(&ctx.local, target, tag, life)?;
    answer(ctx.local.heap.reference(reference))
}

/// The monitor of a port, of which none has a name. One that is not there tells so at once.
fn monitor_port(
    ctx: &mut NativeContext<'_>,
    object: Value,
    tag: Option<Value>,
    life: Option<AliasLife>,
) -> Result {
    let own = ctx.local.process.pid();
    let node = Value::from(own.life.node());
    let port = ctx.local.heap.as_port(object);
    let object = match (port, ctx.local.heap.as_tuple(object)) {
        (Some(port), _) if port.life.node() == own.life.node() => object,
        (None, Some(&[name, on])) if on == node && name.is_atom() => object,
        (None, None) if object.is_atom() => ctx.local.heap.tuple(&[object, node]),
        (_, _) => return Err(Raise::BADARG),
    };
    let reference = life.map(|life| ctx.node.alias(life));
    let reference = reference.unwrap_or_else(|| ctx.node.make_reference());
    let [down, kind, reason] = ["DOWN", "port", "noproc"].map(|name| AtomIndex::new(name).into());
    let tag = tag.unwrap_or(down);
    if let Some(port) = port.filter(|port| port.life == own.life)
        && let Some(system) = ctx.node.system()
        && system.monitor_port(&ctx.local, port.number, reference, tag)
    {
        return answer(ctx.local.heap.reference(reference));
    }
    // The alias of a monitor that has ended is none, unless it outlives its monitor.
    if matches!(life, Some(AliasLife::Demonitor | AliasLife::Reply)) {
        ctx.node.unalias(reference);
    }
    let monitor = ctx.local.heap.reference(reference);
    let message = ctx.local.heap.tuple(&[tag, monitor, kind, object, reason]);
    ctx.node.send(&mut ctx.local, Recipient::Pid(own), message)?;
    answer(monitor)
}

/// Has the release of the node priority messages? They come in the order of all others here.
pub(super) fn has_priority(ctx: &mut NativeContext<'_>) -> bool {
    ctx.node.release().is_some_and(|release| release >= 28)
}

pub(super) fn is_priority(option: Value) -> bool {
    option.as_atom().is_some_and(|name| name.as_str() == "priority")
}

pub(super) fn alias_life(name: Value) -> std::result::Result<AliasLife, Raise> {
    match name.as_atom().map(AtomIndex::as_str) {
        Some("explicit_unalias") => Ok(AliasLife::Explicit),
        Some("demonitor") => Ok(AliasLife::Demonitor),
        Some("reply_demonitor") => Ok(AliasLife::Reply),
        Some(_) | None => Err(Raise::BADARG),
    }
}

fn demonitor(ctx: &mut NativeContext<'_>, monitor: Value, options: Value) -> Result {
    let (mut flush, mut info) = (false, false);
    let mut options = ctx.local.heap.elements(options);
    for option in options.by_ref() {
        match option.as_atom() {
            Some(atom::FLUSH) => flush = true,
            Some(atom::INFO) => info = true,
            Some(_) | None => return Err(Raise::BADARG),
        }
    }
    if !options.rest().is_nil() {
        return Err(Raise::BADARG);
    }
    let reference = reference_of(ctx.local.heap, monitor)?;
    if reference.life != ctx.local.process.pid().life {
        return Err(Raise::BADARG);
    }
    let was_there = ctx.node.demonitor(reference, flush)
        || ctx.node.system().is_some_and(|system| system.demonitor_port(reference));
    // One that was there has not fired: there is nothing to look for.
    if flush && !was_there {
        flush_down(ctx, reference);
    }
    answer(Value::boolean(!info || was_there))
}

/// Takes the message of a monitor out of the mailbox, if there is one.
fn flush_down(ctx: &mut NativeContext<'_>, monitor: Reference) {
    let heap = &*ctx.local.heap;
    let is_down = |message: &Value| match heap.as_tuple(*message) {
        Some(&[_, reference, _, _, _]) => heap.as_reference(reference) == Some(monitor),
        Some(_) | None => false,
    };
    let found = ctx.local.process.mailbox.iter().position(is_down);
    if let Some(place) = found {
        ctx.local.process.remove_message(place);
        if place < ctx.local.process.seen {
            ctx.local.process.seen -= 1;
        }
    }
}

fn monitor_node(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (Some(node), Some(on)) = (args[0].as_atom(), args[1].as_boolean()) else {
        return Err(Raise::BADARG);
    };
    ctx.node.monitor_node(node, on);
    answer(Value::boolean(true))
}

fn alias(ctx: &mut NativeContext<'_>, life: AliasLife) -> Result {
    let alias = ctx.node.alias(life);
    answer(ctx.local.heap.reference(alias))
}

fn alias_with(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let mut life = AliasLife::Explicit;
    let has_priority = has_priority(ctx);
    for option in ctx.local.heap.as_list(args[0]).ok_or(Raise::BADARG)? {
        match option.as_atom().map(AtomIndex::as_str) {
            Some("priority") if has_priority => {}
            Some("reply") => life = AliasLife::Reply,
            Some("explicit_unalias") => life = AliasLife::Explicit,
            Some(_) | None => return Err(Raise::BADARG),
        }
    }
    alias(ctx, life)
}

fn unalias(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let alias = reference_of(ctx.local.heap, args[0])?;
    answer(Value::boolean(ctx.node.unalias(alias)))
}

fn exit(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if let Some(port) = ctx.local.heap.as_port(args[0]) {
        end_port(ctx, port, args[1])?;
        return answer(Value::boolean(true));
    }
    let pid = pid_of(ctx.local.heap, args[0])?;
    ctx.node.exit_signal(&mut ctx.local, pid, args[1]);
    answer(Value::boolean(true))
}

fn own_group_leader(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let own = ctx.local.process.pid();
    let leader = ctx.node.group_leader(own).unwrap_or(own);
    answer(ctx.local.heap.pid(leader))
}

fn set_group_leader(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let leader = pid_of(ctx.local.heap, args[0])?;
    let pid = pid_of(ctx.local.heap, args[1])?;
    if pid.life == ctx.local.process.pid().life && !ctx.node.is_alive(pid)? {
        return Err(Raise::BADARG);
    }
    ctx.node.set_group_leader(pid, leader);
    answer(Value::boolean(true))
}
