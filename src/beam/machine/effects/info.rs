//! The natives that describe processes and the machine.

use super::bonds::pid_of;
use super::spawn::PROCESS_LIMIT;
use super::{Effect, NativeContext, NodeKind, Raise, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::identity::{Life, Port, ProcessId, Reference};
use crate::beam::machine::SLICE;
use crate::beam::machine::settings::heap_sizes;

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[("system_info", 1, system_info)];

pub(super) const IO: &[(&str, u8, Effect)] =
    &[("printable_range", 0, |_, _| answer(AtomIndex::new("latin1").into()))];

/// Names of processes and the like as text.
pub(super) const TEXTS: &[(&str, u8, Effect)] = &[
    ("pid_to_list", 1, pid_to_list),
    ("list_to_pid", 1, list_to_pid),
    ("port_to_list", 1, port_to_list),
    ("list_to_port", 1, list_to_port),
    ("ref_to_list", 1, ref_to_list),
    ("list_to_ref", 1, list_to_ref),
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

/// The parts of the text of an identity, `<N.…>` between these ends, with the life of its node: one's
/// own, or one that is connected.
fn identity<'a>(
    ctx: &NativeContext<'_>,
    text: &'a str,
    (start, end): (&str, char),
) -> std::result::Result<(Life, &'a str), Raise> {
    let inner = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
    let (node, rest) = inner.and_then(|text| text.split_once('.')).ok_or(Raise::BADARG)?;
    let node: u32 = node.parse().map_err(|_| Raise::BADARG)?;
    if node == 0 {
        return Ok((ctx.local.process.pid().life, rest));
    }
    let connected = ctx.node.nodes(NodeKind::Connected).into_iter();
    let mut lives = connected.filter_map(|node| ctx.node.life_of(node));
    let life = lives.find(|life| node_number(ctx, *life) == node).ok_or(Raise::BADARG)?;
    Ok((life, rest))
}

fn list_to_pid(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let text = characters(ctx, args[0])?;
    let (life, rest) = identity(ctx, &text, ("<", '>'))?;
    let (number, serial) = rest.split_once('.').ok_or(Raise::BADARG)?;
    let (Ok(number), Ok(serial)) = (number.parse(), serial.parse()) else {
        return Err(Raise::BADARG);
    };
    answer(ctx.local.heap.pid(ProcessId { life, number, serial }))
}

fn port_to_list(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let port = ctx.local.heap.as_port(args[0]).ok_or(Raise::BADARG)?;
    let text = format!("#Port<{}.{}>", node_number(ctx, port.life), port.number);
    answer(ctx.local.heap.string(&text))
}

fn list_to_port(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let text = characters(ctx, args[0])?;
    let (life, number) = identity(ctx, &text, ("#Port<", '>'))?;
    let number = number.parse().map_err(|_| Raise::BADARG)?;
    answer(ctx.local.heap.port(Port { life, number }))
}

fn ref_to_list(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let reference = ctx.local.heap.as_reference(args[0]).ok_or(Raise::BADARG)?;
    let number = node_number(ctx, reference.life);
    let words: Vec<String> = reference.words(3).rev().map(|word| word.to_string()).collect();
    let text = format!("#Ref<{number}.{}>", words.join("."));
    answer(ctx.local.heap.string(&text))
}

fn list_to_ref(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let text = characters(ctx, args[0])?;
    let (life, words) = identity(ctx, &text, ("#Ref<", '>'))?;
    let words = words.split('.').map(|word| word.parse::<u32>().ok());
    let words: Vec<u32> = words.collect::<Option<_>>().ok_or(Raise::BADARG)?;
    // Those of one's own node have three.
    if life == ctx.local.process.pid().life && words.len() != 3 {
        return Err(Raise::BADARG);
    }
    let (last, words) = match words.as_slice() {
        [] | [_, _, _, _, _, _, ..] => return Err(Raise::BADARG),
        [last, words @ ..] if words.len() == 4 => (*last, words),
        words => (0, words),
    };
    let id = words.iter().fold(0, |id, word| id << 32 | u128::from(*word));
    answer(ctx.local.heap.reference(Reference { life, last, id }))
}

/// The text of a list of characters.
fn characters(ctx: &NativeContext<'_>, list: Value) -> std::result::Result<String, Raise> {
    let codes = ctx.local.heap.as_list(list).ok_or(Raise::BADARG)?;
    let text: Option<String> = codes
        .into_iter()
        .map(|code| char::from_u32(u32::try_from(code.as_small()?).ok()?))
        .collect();
    text.ok_or(Raise::BADARG)
}

fn fun_to_list(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    ctx.local.heap.fun_arity(args[0]).ok_or(Raise::BADARG)?;
    let text = ctx.local.heap.print(args[0]).to_string();
    answer(ctx.local.heap.string(&text))
}

/// A machine that is the same wherever the simulation runs.
pub(in crate::beam) fn system_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some(name) = args[0].as_atom() else { return sized_info(ctx, args[0]) };
    let name = name.as_str();
    let found = default_setting(ctx, name).or_else(|| constant(ctx.local.heap, name));
    match found.or_else(|| counted(ctx, name)) {
        Some(value) => answer(value),
        None => Err(Raise::BADARG),
    }
}

/// `{wordsize, internal | external}`, and allocators, of which there are none.
fn sized_info(ctx: &mut NativeContext<'_>, item: Value) -> Result {
    let parts = ctx.local.heap.as_tuple(item).ok_or(Raise::BADARG)?;
    if let &[name, reference, kinds] = parts {
        let is_memory = name == AtomIndex::new("memory_internal").into();
        return if is_memory { tell_memory(ctx, reference, kinds) } else { Err(Raise::BADARG) };
    }
    let &[name, of] = parts else { return Err(Raise::BADARG) };
    match name.as_atom().map(AtomIndex::as_str) {
        Some("wordsize") => answer(Value::small(8)),
        Some("allocator" | "allocator_sizes") if of.is_nil() => answer(of),
        Some("allocator" | "allocator_sizes") => answer(Value::boolean(false)),
        Some("cpu_topology") => answer(atom::UNDEFINED.into()),
        Some(_) | None => Err(Raise::BADARG),
    }
}

/// Tells the process of the memory of allocators, none of which is used: `{Ref, 0, [{Kind, false}]}`.
fn tell_memory(ctx: &mut NativeContext<'_>, reference: Value, kinds: Value) -> Result {
    let heap = &mut *ctx.local.heap;
    heap.as_reference(reference).ok_or(Raise::BADARG)?;
    let kinds = heap.as_list(kinds).ok_or(Raise::BADARG)?;
    let unused = kinds.into_iter().map(|kind| heap.tuple(&[kind, false.into()]));
    let unused: Vec<Value> = unused.collect();
    let unused = heap.list(&unused);
    let message = heap.tuple(&[reference, Value::small(0), unused]);
    ctx.send_to_self(message)?;
    answer(true.into())
}

/// The setting that processes have at first.
fn default_setting(ctx: &mut NativeContext<'_>, name: &str) -> Option<Value> {
    let settings = ctx.local.shared.defaults;
    let heap = &mut *ctx.local.heap;
    match name {
        "max_heap_size" | "message_queue_data" => settings.get(heap, name),
        "heap_sizes" => {
            let sizes = heap_sizes().into_iter().map(Value::small);
            let sizes: Vec<Value> = sizes.collect();
            Some(heap.list(&sizes))
        }
        "fullsweep_after" | "min_heap_size" | "min_bin_vheap_size" => {
            let value = settings.get(heap, name)?;
            Some(heap.tuple(&[AtomIndex::new(name).into(), value]))
        }
        "garbage_collection" => {
            let names = ["max_heap_size", "min_bin_vheap_size", "min_heap_size", "fullsweep_after"];
            let mut pairs = Vec::new();
            for name in names {
                let value = if name == "max_heap_size" {
                    Value::small(0)
                } else {
                    settings.get(heap, name)?
                };
                pairs.push(heap.tuple(&[AtomIndex::new(name).into(), value]));
            }
            Some(heap.list(&pairs))
        }
        _ => None,
    }
}

/// An item that is the same on every node.
fn constant(heap: &mut Heap, name: &str) -> Option<Value> {
    let named = |name: &str| Value::atom(AtomIndex::new(name));
    Some(match name {
        "os_type" => heap.tuple(&[named("unix"), named("linux")]),
        "os_version" => heap.tuple(&[6, 1, 0].map(Value::small)),
        "wordsize" => Value::small(8),
        "schedulers"
        | "schedulers_online"
        | "logical_processors"
        | "logical_processors_available"
        | "logical_processors_online"
        | "scheduler_id"
        | "dirty_cpu_schedulers"
        | "dirty_cpu_schedulers_online"
        | "dirty_io_schedulers"
        | "async_threads"
        | "thread_pool_size" => Value::small(1),
        "process_limit" => Value::size(PROCESS_LIMIT),
        "port_limit" => Value::small(65_536),
        "ets_limit" => Value::small(8192),
        "context_reductions" => Value::small(SLICE.into()),
        "allocator" => heap.tuple(&[atom::UNDEFINED.into(), Value::NIL, Value::NIL, Value::NIL]),
        "atom_count" => Value::small(10_000),
        "otp_release" => heap.string("25"),
        "version" => heap.string("13.1.5"),
        "compat_rel" => Value::small(25),
        "driver_version" => heap.string("3.3"),
        "nif_version" => heap.string("2.16"),
        "system_architecture" => heap.string("x86_64-pc-linux-gnu"),
        "machine" => heap.string("BEAM"),
        "c_compiler_used" => {
            let version = compiler_version(heap);
            heap.tuple(&[named("gnuc"), version])
        }
        "time_correction" | "smp_support" | "threads" | "eager_check_io" | "kernel_poll" => {
            Value::boolean(true)
        }
        "break_ignored" | "debug_compiled" | "dynamic_trace_probes" | "port_parallelism" => {
            Value::boolean(false)
        }
        "time_warp_mode" => named("no_time_warp"),
        "time_offset" => named("final"),
        "tolerant_timeofday" | "multi_scheduling" => named("enabled"),
        "modified_timing_level" | "cpu_topology" => atom::UNDEFINED.into(),
        "cpu_quota" => named("unknown"),
        "update_cpu_info" => named("unchanged"),
        "heap_type" => named("private"),
        "scheduler_bind_type" => named("unbound"),
        "scheduler_bindings" => heap.tuple(&[named("unbound")]),
        "emu_type" | "build_type" => named("opt"),
        "emu_flavor" => named("emu"),
        "dynamic_trace" => named("none"),
        "endian" => atom::LITTLE.into(),
        "delayed_node_table_gc" => Value::small(60),
        "atom_limit" | "dist_buf_busy_limit" => Value::small(1 << 20),
        "outstanding_system_requests_limit" => Value::small(4),
        "start_time" | "port_count" | "trace_control_word" => Value::small(0),
        "end_time" => Value::small(i64::from(u32::MAX) * 1_000_000_000 / 8),
        "dist_ctrl"
        | "loaded_nifs"
        | "static_nifs"
        | "taints"
        | "multi_scheduling_blockers"
        | "normal_multi_scheduling_blockers"
        | "os_monotonic_time_source"
        | "os_system_time_source"
        | "alloc_util_allocators"
        | "ethread_info"
        | "allocated_areas"
        | "check_io" => Value::NIL,
        "system_version" => heap.string(
            "Erlang/OTP 25 [erts-13.1.5] [64-bit] [smp:1:1] [ds:1:1:1] [async-threads:1]\n",
        ),
        "info" | "procs" | "loaded" | "dist" => heap.binary(b""),
        _ => return None,
    })
}

/// The version of the compiler that Erlang was made with, as Debian has it.
fn compiler_version(heap: &mut Heap) -> Value {
    heap.tuple(&[12, 2, 0].map(Value::small))
}

/// An item that counts something of the node.
fn counted(ctx: &mut NativeContext<'_>, name: &str) -> Option<Value> {
    Some(match name {
        "system_logger" => super::measures::system_logger(ctx),
        "sequential_tracer" => {
            let tracer = super::measures::sequential_tracer(ctx).ok()?;
            ctx.local.heap.tuple(&[AtomIndex::new(name).into(), tracer])
        }
        "process_count" => Value::size(ctx.node.processes().len()),
        "ets_count" => Value::size(ctx.local.tables.len()),
        "creation" => Value::small(ctx.local.process.pid().life.creation().into()),
        _ => return None,
    })
}
