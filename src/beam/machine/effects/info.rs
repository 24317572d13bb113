//! The natives that describe processes and the machine.

use super::bonds::pid_of;
use super::{Effect, NativeContext, Raise, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::identity::{Life, ProcessId};
use crate::beam::machine::{Local, trace};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("is_process_alive", 1, is_process_alive),
    ("processes", 0, processes),
    ("process_info", 2, process_info),
    ("system_info", 1, system_info),
];

pub(super) const IO: &[(&str, u8, Effect)] =
    &[("printable_range", 0, |_, _| answer(AtomIndex::new("latin1").into()))];

/// Names of processes and the like as text.
pub(super) const TEXTS: &[(&str, u8, Effect)] = &[
    ("pid_to_list", 1, pid_to_list),
    ("list_to_pid", 1, list_to_pid),
    ("ref_to_list", 1, ref_to_list),
    ("fun_to_list", 1, fun_to_list),
];

/// The node was started without arguments.
pub(super) const INIT: &[(&str, u8, Effect)] = &[
    ("get_arguments", 0, |_, _| answer(Value::NIL)),
    ("get_plain_arguments", 0, |_, _| answer(Value::NIL)),
    ("get_argument", 1, |_, _| answer(atom::ERROR.into())),
];

/// The environment is empty.
pub(super) const OS: &[(&str, u8, Effect)] = &[("getenv", 1, |_, _| answer(Value::boolean(false)))];

/// The number that stands for a node in the names of its processes: 0 for one's own.
fn node_number(ctx: &NativeContext<'_>, life: Life) -> u32 {
    if life.node() == ctx.local.process.pid().life.node() {
        return 0;
    }
    let text = life.node().as_str().bytes();
    1 + text.fold(0, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) % 65_521
}

fn pid_to_list(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    let text = format!("<{}.{}.{}>", node_number(ctx, pid.life), pid.number, pid.serial);
    answer(ctx.local.heap.string(&text))
}

/// Only those of one's own node can be told by their text.
fn list_to_pid(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let codes = ctx.local.heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    let text: Option<String> = codes
        .into_iter()
        .map(|code| char::from_u32(u32::try_from(code.as_small()?).ok()?))
        .collect();
    let text = text.ok_or(Raise::BADARG)?;
    let inner = text.strip_prefix("<0.").and_then(|text| text.strip_suffix('>'));
    let (number, serial) = inner.and_then(|text| text.split_once('.')).ok_or(Raise::BADARG)?;
    let (Ok(number), Ok(serial)) = (number.parse(), serial.parse()) else {
        return Err(Raise::BADARG);
    };
    let life = ctx.local.process.pid().life;
    answer(ctx.local.heap.pid(ProcessId { life, number, serial }))
}

fn ref_to_list(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let reference = ctx.local.heap.as_reference(args[0]).ok_or(Raise::BADARG)?;
    let words = [2, 1, 0].map(|word| (reference.id >> (32 * word)) as u32);
    let [third, second, first] = words;
    let number = node_number(ctx, reference.life);
    let text = format!("#Ref<{number}.{third}.{second}.{first}>");
    answer(ctx.local.heap.string(&text))
}

fn fun_to_list(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    ctx.local.heap.fun_arity(args[0]).ok_or(Raise::BADARG)?;
    let text = ctx.local.heap.print(args[0]).to_string();
    answer(ctx.local.heap.string(&text))
}

fn is_process_alive(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    answer(ctx.node.is_alive(pid)?.into())
}

fn processes(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let pids = ctx.node.processes();
    let pids: Vec<Value> = pids.into_iter().map(|pid| ctx.local.heap.pid(pid)).collect();
    answer(ctx.local.heap.list(&pids))
}

fn process_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    if !ctx.node.is_alive(pid)? {
        return answer(atom::UNDEFINED.into());
    }
    if let Some(items) = ctx.local.heap.as_list(args[1]) {
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            pairs.push(item_of(ctx, pid, item)?);
        }
        return answer(ctx.local.heap.list(&pairs));
    }
    let pair = item_of(ctx, pid, args[1])?;
    let unnamed = args[1].as_atom().map(AtomIndex::as_str) == Some("registered_name")
        && ctx.local.heap.as_tuple(pair).is_some_and(|pair| pair[1].is_nil());
    answer(if unnamed { Value::NIL } else { pair })
}

/// `{Item, Value}` of a process of this node.
fn item_of(
    ctx: &mut NativeContext<'_>,
    pid: ProcessId,
    item: Value,
) -> std::result::Result<Value, Raise> {
    let name = item.as_atom().ok_or(Raise::BADARG)?;
    let value = match name.as_str() {
        "registered_name" => {
            let mut names = ctx.node.registered().into_iter();
            let name = names.find(|name| ctx.node.whereis(*name) == Some(pid));
            name.map_or(Value::NIL, Value::atom)
        }
        "group_leader" => {
            let leader = ctx.node.group_leader(pid).unwrap_or(pid);
            ctx.local.heap.pid(leader)
        }
        "status" => {
            let status = if pid == ctx.local.process.pid() {
                "running"
            } else if ctx.node.is_suspended(pid) {
                "suspended"
            } else {
                "waiting"
            };
            AtomIndex::new(status).into()
        }
        "priority" => atom::NORMAL.into(),
        "message_queue_len" | "messages" | "dictionary" => return own_item(ctx, pid, item),
        "trap_exit" if pid == ctx.local.process.pid() => {
            let trap = ctx.node.trap_exit(false);
            ctx.node.trap_exit(trap);
            trap.into()
        }
        "current_stacktrace" | "current_function" | "current_location" => {
            return current(ctx, pid, item);
        }
        "initial_call" => function(ctx.local.heap, ("erlang", "apply", 2)),
        "error_handler" => atom::ERROR_HANDLER.into(),
        "message_queue_data" => AtomIndex::new("on_heap").into(),
        "suspending" | "monitors" | "monitored_by" | "links" => Value::NIL,
        "reductions" | "memory" | "heap_size" | "stack_size" | "total_heap_size" => Value::small(0),
        _ => return Err(Raise::BADARG),
    };
    Ok(ctx.local.heap.tuple(&[item, value]))
}

/// `{Module, Function, Arity}`.
fn function(heap: &mut Heap, (module, function, arity): (&str, &str, i64)) -> Value {
    let names = [module, function].map(|name| Value::atom(AtomIndex::new(name)));
    heap.tuple(&[names[0], names[1], Value::small(arity)])
}

/// The place of the calling process in its code; that of others is not known.
fn current(
    ctx: &mut NativeContext<'_>,
    pid: ProcessId,
    item: Value,
) -> std::result::Result<Value, Raise> {
    let Local { heap, process, code, .. } = &mut ctx.local;
    let frames =
        if pid == process.pid() { trace::current(heap, code, process) } else { Value::NIL };
    let value = match item.as_atom().map(AtomIndex::as_str) {
        Some("current_stacktrace") => frames,
        Some("current_location") => heap.as_cons(frames).map_or(Value::NIL, |(first, _)| first),
        Some(_) | None => match heap.as_cons(frames).and_then(|(first, _)| heap.as_tuple(first)) {
            Some(&[module, function, arity, _]) => heap.tuple(&[module, function, arity]),
            Some(_) | None => function(heap, ("erlang", "apply", 2)),
        },
    };
    Ok(heap.tuple(&[item, value]))
}

/// An item about the memory of a process.
fn own_item(
    ctx: &mut NativeContext<'_>,
    pid: ProcessId,
    item: Value,
) -> std::result::Result<Value, Raise> {
    let own = pid == ctx.local.process.pid();
    let process = if own { Some(&*ctx.local.process) } else { ctx.local.processes.of(pid) };
    let process = process.ok_or(Raise::BADARG)?;
    let heap = &mut *ctx.local.heap;
    let value = match item.as_atom().map(AtomIndex::as_str) {
        Some("message_queue_len") => Value::size(process.mailbox.len()),
        Some("messages") => {
            let messages: Vec<Value> = process.mailbox.iter().copied().collect();
            heap.list(&messages)
        }
        Some(_) | None => {
            let pairs = process.dictionary.iter().map(|(key, value)| heap.tuple(&[*key, *value]));
            let pairs: Vec<Value> = pairs.collect();
            heap.list(&pairs)
        }
    };
    Ok(heap.tuple(&[item, value]))
}

/// A machine that is the same wherever the simulation runs.
pub(in crate::beam) fn system_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    let heap = &mut *ctx.local.heap;
    answer(match name.as_str() {
        "os_type" => heap.tuple(&[AtomIndex::new("unix").into(), AtomIndex::new("linux").into()]),
        "wordsize" => Value::small(8),
        "schedulers" | "schedulers_online" | "logical_processors" => Value::small(1),
        "process_limit" => Value::small(262_144),
        "atom_limit" => Value::small(1_048_576),
        "otp_release" => heap.string("25"),
        "system_architecture" => heap.string("x86_64-pc-linux-gnu"),
        "machine" => heap.string("BEAM"),
        "time_correction" => Value::boolean(true),
        "time_warp_mode" => AtomIndex::new("no_time_warp").into(),
        "endian" => atom::LITTLE.into(),
        _ => return Err(Raise::BADARG),
    })
}
