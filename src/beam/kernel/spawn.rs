//! Requests for processes, on this node and on others.

use super::{Effects, NativeContext, Result, Value, answer, atom, atom_value, system};
use crate::beam::atom::AtomIndex;
use crate::beam::machine::{ProcessRequest, Replies, RuntimeSystem, Spawning, spawn_option};
use crate::beam::native::Raise;

pub(super) const ERLANG: Effects = &[("spawn_request_abandon", 1, abandon)];

pub(super) const ERTS_INTERNAL: Effects =
    &[("spawn_request", 4, spawn_request), ("dist_spawn_request", 4, dist_spawn_request)];

/// The options of a request.
#[derive(Clone)]
struct Options {
    spawning: Spawning,
    /// The settings of the process that it is to have, by their names.
    settings: Vec<(AtomIndex, Value)>,
    replies: Replies,
    reply_tag: Value,
    /// One of them does not exist, or cannot have its value.
    has_bad: bool,
}

/// Reads the options, also those behind one that is wrong; `None` for what is no list.
fn options_of(ctx: &mut NativeContext<'_>, list: Value) -> Option<Options> {
    let mut options = Options {
        spawning: Spawning::default(),
        settings: Vec::new(),
        replies: Replies::Always,
        reply_tag: atom_value("spawn_reply"),
        has_bad: false,
    };
    let release = ctx.node.release();
    for option in ctx.local.heap.as_list(list)? {
        let read = read_option(ctx, release, option, &mut options);
        options.has_bad |= read.is_none();
    }
    Some(options)
}

fn read_option(
    ctx: &NativeContext<'_>,
    release: Option<u32>,
    option: Value,
    options: &mut Options,
) -> Option<()> {
    let heap = &*ctx.local.heap;
    if let Some(&[name, value]) = heap.as_tuple(option) {
        match name.as_atom()?.as_str() {
            "reply" => {
                options.replies = match value.as_atom()?.as_str() {
                    "yes" => Replies::Always,
                    "no" => Replies::Never,
                    "success_only" => Replies::OnSuccess,
                    "error_only" => Replies::OnError,
                    _ => return None,
                };
                return Some(());
            }
            "reply_tag" => {
                options.reply_tag = value;
                return Some(());
            }
            "async_dist" if release.is_some_and(|release| release >= 26) => {
                return value.as_boolean().map(drop);
            }
            "monitor" => {}
            _ => options.settings.push((name.as_atom()?, value)),
        }
    }
    spawn_option(ctx, option, &mut options.spawning)
}

/// The process is asked for, or the reply says at once that an option is wrong.
fn request(
    ctx: &mut NativeContext<'_>,
    node: AtomIndex,
    function: (AtomIndex, AtomIndex),
    args: Value,
    options: Options,
) -> std::result::Result<Value, Raise> {
    let Options { spawning, settings, replies, reply_tag, has_bad } = options;
    if has_bad {
        let reference = ctx.node.make_reference();
        let heap = &mut *ctx.local.heap;
        let request = heap.reference(reference);
        let parts = [reply_tag, request, atom::ERROR.into(), atom::BADOPT.into()];
        let reply = heap.tuple(&parts);
        if matches!(replies, Replies::Always | Replies::OnError) {
            ctx.send_to_self(reply)?;
        }
        return Ok(request);
    }
    let request = ProcessRequest { node, function, args, spawning, settings, replies, reply_tag };
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
    let Some(options) = options_of(ctx, args[3]) else { return answer(atom::BADOPT.into()) };
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
    // The reply of a spawn that is waited for is no message.
    if args[3] == atom_value("spawn_opt") && options.has_bad {
        return answer(atom::BADARG.into());
    }
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
