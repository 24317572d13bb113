//! Tracing, of which a simulated node has only the sequential one: the run is traced as a whole. What
//! asks for the state of the other or switches it off gets Erlang's answers, what switches it on gets
//! `notsup`.

use super::sequence;
use super::{Effect, NativeContext, Raise, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::function::FunctionName;

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("trace", 3, trace),
    ("trace_pattern", 2, |ctx, args| trace_pattern(ctx, &[args[0], args[1], Value::NIL])),
    ("trace_pattern", 3, trace_pattern),
    ("trace_info", 2, trace_info),
    ("trace_delivered", 1, trace_delivered),
    ("seq_trace", 2, |ctx, args| answer(sequence::set(ctx, args[0], args[1])?)),
    ("seq_trace_info", 1, |ctx, args| answer(sequence::info(ctx, args[0])?)),
    ("seq_trace_print", 1, |ctx, args| answer(sequence::print(ctx, None, args[0])?.into())),
    ("seq_trace_print", 2, |ctx, args| {
        answer(sequence::print(ctx, Some(args[0]), args[1])?.into())
    }),
    ("system_profile", 0, |_, _| answer(atom::UNDEFINED.into())),
    ("system_profile", 2, |ctx, args| {
        let off = args[0] == atom::UNDEFINED.into();
        if off { answer(args[0]) } else { Err(refused(ctx, "system_profile", args)) }
    }),
    ("system_monitor", 0, |_, _| answer(atom::UNDEFINED.into())),
    ("system_monitor", 1, |_, _| answer(atom::UNDEFINED.into())),
    ("system_monitor", 2, |_, _| answer(atom::UNDEFINED.into())),
    ("dt_get_tag", 0, |_, _| answer(atom::UNDEFINED.into())),
    ("dt_get_tag_data", 0, |_, _| answer(atom::UNDEFINED.into())),
    ("dt_put_tag", 1, |_, _| answer(atom::UNDEFINED.into())),
    ("dt_append_vm_tag_data", 1, |_, args| answer(args[0])),
    ("dt_prepend_vm_tag_data", 1, |_, args| answer(args[0])),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] =
    &[("trace", 3, trace), ("trace_pattern", 3, trace_pattern)];

fn refused(ctx: &mut NativeContext<'_>, function: &str, args: &[Value]) -> Raise {
    if let Some(system) = ctx.node.system() {
        let name = FunctionName::new(atom::ERLANG, AtomIndex::new(function), args.len() as u8);
        system.is_missing(name);
    }
    Raise::error(AtomIndex::new("notsup").into())
}

/// The processes that the first argument of `trace/3` stands for.
fn traced(ctx: &mut NativeContext<'_>, which: Value) -> std::result::Result<usize, Raise> {
    if ctx.local.heap.as_pid(which).is_some() {
        return Ok(1);
    }
    match which.as_atom().map(AtomIndex::as_str) {
        Some("all" | "processes" | "existing" | "existing_processes") => {
            Ok(ctx.node.processes().len())
        }
        Some("new" | "new_processes" | "ports" | "existing_ports" | "new_ports") => Ok(0),
        Some(_) | None => Err(Raise::BADARG),
    }
}

/// Switching off what is off tells how many processes it concerned.
fn trace(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let on = args[1].as_boolean().ok_or(Raise::BADARG)?;
    ctx.local.heap.as_list(args[2]).ok_or(Raise::BADARG)?;
    let count = traced(ctx, args[0])?;
    if on { Err(refused(ctx, "trace", args)) } else { answer(Value::size(count)) }
}

/// A pattern without anybody who traces has no effect; the functions that it fits are not counted.
fn trace_pattern(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let on = args[1] != Value::boolean(false);
    if on {
        return Err(refused(ctx, "trace_pattern", args));
    }
    let named = ctx.local.heap.as_tuple(args[0]).is_some_and(|parts| parts.len() == 3);
    answer(Value::small(named.into()))
}

fn trace_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let item = args[1].as_atom().ok_or(Raise::BADARG)?;
    let value = match item.as_str() {
        "flags" | "tracer" => Value::NIL,
        "traced" | "match_spec" | "meta" | "meta_match_spec" | "call_count" | "call_time"
        | "all" => Value::boolean(false),
        _ => return Err(Raise::BADARG),
    };
    answer(ctx.local.heap.tuple(&[args[1], value]))
}

/// All traces of a process have been delivered: the message says so at once.
fn trace_delivered(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let reference = ctx.node.make_reference();
    let reference = ctx.local.heap.reference(reference);
    let name = AtomIndex::new("trace_delivered").into();
    let message = ctx.local.heap.tuple(&[name, args[0], reference]);
    ctx.send_to_self(message)?;
    answer(reference)
}
