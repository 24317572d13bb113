//! Requests for processes, on this node and on others.

use super::{Effects, NativeContext, Result, Value, answer, atom, atom_value, system};
use crate::beam::atom::AtomIndex;
use crate::beam::machine::{ChildMonitor, ProcessRequest, Replies, RuntimeSystem, Spawning};
use crate::beam::native::Raise;

pub(super) const ERLANG: Effects = &[("spawn_request_abandon", 1, abandon)];

pub(super) const ERTS_INTERNAL: Effects =
    &[("spawn_request", 4, spawn_request), ("dist_spawn_request", 4, dist_spawn_request)];

/// The options of a request.
#[derive(Clone, Copy)]
struct Options {
    spawning: Spawning,
    replies: Replies,
    reply_tag: Value,
    monitor_tag: Value,
}

/// Reads the options; `None` when one of them is wrong.
fn options_of(ctx: &NativeContext<'_>, list: Value) -> Option<Options> {
    let heap = &*ctx.local.heap;
    let mut options = Options {
        spawning: Spawning::default(),
        replies: Replies::Always,
        reply_tag: atom_value("spawn_reply"),
        monitor_tag: atom_value("DOWN"),
    };
    for option in heap.as_list(list)? {
        if let Some(name) = option.as_atom() {
            match name.as_str() {
                "link" => options.spawning.link = true,
                "monitor" => options.spawning.monitor = Some(ChildMonitor::default()),
                _ => return None,
            }
            continue;
        }
        let Some(&[name, value]) = heap.as_tuple(option) else { return None };
        match name.as_atom()?.as_str() {
            "reply" => {
                options.replies = match value.as_atom()?.as_str() {
                    "yes" => Replies::Always,
                    "no" => Replies::Never,
                    "error_only" => Replies::OnError,
                    _ => return None,
                };
            }
            "reply_tag" => options.reply_tag = value,
            "monitor" => {
                options.spawning.monitor = Some(ChildMonitor::default());
                for option in heap.as_list(value)? {
                    if let Some(&[name, value]) = heap.as_tuple(option)
                        && name == atom_value("tag")
                    {
                        options.monitor_tag = value;
                    }
                }
            }
            "async_dist" => {}
            name => options.spawning.settings.set_at_spawn(heap, name, value)?,
        }
    }
    Some(options)
}

fn request(
    ctx: &mut NativeContext<'_>,
    node: AtomIndex,
    function: (AtomIndex, AtomIndex),
    args: Value,
    options: Options,
) -> std::result::Result<Value, Raise> {
    let Options { spawning, replies, reply_tag, monitor_tag } = options;
    let request =
        ProcessRequest { node, function, args, spawning, replies, reply_tag, monitor_tag };
    let system: &mut dyn RuntimeSystem =
        ctx.node.system().ok_or(Raise::error(atom_value("notsup")))?;
    let reference = system.request_spawn(&mut ctx.local, request);
    Ok(ctx.local.heap.reference(reference))
}

/// The names and the arguments of a call.
fn call(ctx: &NativeContext<'_>, parts: &[Value]) -> Option<((AtomIndex, AtomIndex), Value)> {
    let &[module, function, args] = parts else { return None };
    ctx.local.heap.list_len(args)?;
    Some(((module.as_atom()?, function.as_atom()?), args))
}

fn spawn_request(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some((function, call_args)) = call(ctx, &args[..3]) else {
        return answer(atom::BADARG.into());
    };
    let Some(options) = options_of(ctx, args[3]) else { return answer(atom_value("badopt")) };
    let own = ctx.local.process.pid().life.node();
    answer(request(ctx, own, function, call_args, options)?)
}

/// The request of `spawn_opt/5` is answered by a reference and whether it has a monitor.
fn dist_spawn_request(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let parts = ctx.local.heap.as_tuple(args[1]).map(<[Value]>::to_vec).unwrap_or_default();
    let (Some(node), Some((function, call_args)), Some(options)) =
        (args[0].as_atom(), call(ctx, &parts), options_of(ctx, args[2]))
    else {
        return answer(atom::BADARG.into());
    };
    let monitored = options.spawning.monitor.is_some();
    let reference = request(ctx, node, function, call_args, options)?;
    if args[3] != atom_value("spawn_opt") {
        return answer(reference);
    }
    answer(ctx.local.heap.tuple(&[reference, Value::boolean(monitored)]))
}

fn abandon(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let request = ctx.local.heap.as_reference(args[0]).ok_or(Raise::BADARG)?;
    let abandoned = system(ctx)?.abandon_spawn(request);
    answer(Value::boolean(abandoned))
}
