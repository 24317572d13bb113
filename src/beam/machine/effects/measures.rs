//! Measures of the machine: `statistics/1`, `memory/0`, collections. What a simulated machine has
//! none of is zero.

use super::bonds::pid_of;
use super::{Effect, NativeContext, Raise, Recipient, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::machine::Local;
use crate::beam::machine::shared::SystemLogger;

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("statistics", 1, statistics),
    ("memory", 0, memory),
    ("memory", 1, memory_of),
    ("system_flag", 2, system_flag),
    ("garbage_collect", 0, |_, _| answer(true.into())),
    ("garbage_collect", 1, |ctx, args| {
        let pid = pid_of(ctx.local.heap, args[0])?;
        answer(ctx.node.is_alive(pid)?.into())
    }),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] = &[
    ("garbage_collect", 1, |_, _| answer(true.into())),
    ("request_system_task", 3, |ctx, args| {
        let own = ctx.local.process.pid_value();
        system_task(ctx, own, args[0], args[2])
    }),
    ("request_system_task", 4, |ctx, args| system_task(ctx, args[0], args[1], args[3])),
    ("system_check", 1, |_, _| answer(atom::OK.into())),
    ("no_aux_work_threads", 0, |_, _| answer(Value::small(2))),
    ("scheduler_wall_time", 1, |_, _| answer(false.into())),
];

/// The nanoseconds of a millisecond.
const MILLISECOND: i64 = 1_000_000;

fn statistics(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    let zero = Value::small(0);
    answer(match name.as_str() {
        "reductions" => reductions(ctx, "reductions"),
        "exact_reductions" => reductions(ctx, "exact_reductions"),
        // Code takes no time of a processor, but that of the clock of its node.
        "runtime" => since(ctx, "runtime"),
        "wall_clock" => since(ctx, "wall_clock"),
        "context_switches" => ctx.local.heap.tuple(&[zero, zero]),
        "garbage_collection" => ctx.local.heap.tuple(&[zero; 3]),
        "io" => {
            let names = ["input", "output"];
            let pairs =
                names.map(|name| ctx.local.heap.tuple(&[AtomIndex::new(name).into(), zero]));
            ctx.local.heap.tuple(&pairs)
        }
        "run_queue" | "total_run_queue_lengths" | "total_run_queue_lengths_all" => zero,
        "run_queue_lengths" | "run_queue_lengths_all" => ctx.local.heap.list(&[zero; 2]),
        "total_active_tasks" | "total_active_tasks_all" => Value::small(1),
        "active_tasks" | "active_tasks_all" => ctx.local.heap.list(&[Value::small(1), zero]),
        "scheduler_wall_time" | "scheduler_wall_time_all" => atom::UNDEFINED.into(),
        "microstate_accounting" => Value::NIL,
        _ => return Err(Raise::BADARG),
    })
}

/// A number, and how much greater it is than when it was told last.
fn with_difference(ctx: &mut NativeContext<'_>, name: &'static str, now: u64) -> Value {
    let before = ctx.local.shared.told.insert(name, now).unwrap_or_default();
    let parts = [now, now.saturating_sub(before)].map(|part| ctx.local.heap.unsigned(part));
    ctx.local.heap.tuple(&parts)
}

fn reductions(ctx: &mut NativeContext<'_>, name: &'static str) -> Value {
    let now = ctx.local.shared.reductions;
    with_difference(ctx, name, now)
}

/// The milliseconds since the node began.
fn since(ctx: &mut NativeContext<'_>, name: &'static str) -> Value {
    let now = (ctx.node.monotonic_time() / MILLISECOND).max(0);
    with_difference(ctx, name, now.cast_unsigned())
}

/// The items of `memory/0`, in its order.
const MEMORY: [&str; 9] = [
    "total",
    "processes",
    "processes_used",
    "system",
    "atom",
    "atom_used",
    "binary",
    "code",
    "ets",
];

/// The bytes of one kind. All processes share one heap, which counts as theirs.
fn bytes_of(local: &Local<'_>, name: &str) -> Option<usize> {
    let heap = local.heap.len() * 8;
    let binaries = local.heap.binary_bytes();
    let tables = local.tables.words() * 8;
    let code = local.code.modules().count() * MODULE_BYTES;
    Some(match name {
        "processes" | "processes_used" => heap,
        "atom" | "atom_used" => ATOM_BYTES,
        "binary" => binaries,
        "code" => code,
        "ets" => tables,
        "system" => ATOM_BYTES + binaries + tables + code,
        "total" => heap + ATOM_BYTES + binaries + tables + code,
        _ => return None,
    })
}

/// The bytes that a module counts for.
const MODULE_BYTES: usize = 32 * 1024;
/// The bytes that all atoms count for: which there are depends on other simulations.
const ATOM_BYTES: usize = 256 * 1024;

fn memory(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let mut pairs = Vec::new();
    for name in MEMORY {
        let bytes = bytes_of(&ctx.local, name).unwrap_or_default();
        pairs.push(ctx.local.heap.tuple(&[AtomIndex::new(name).into(), Value::size(bytes)]));
    }
    answer(ctx.local.heap.list(&pairs))
}

/// One kind, or several of them.
fn memory_of(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = |ctx: &NativeContext<'_>, kind: Value| {
        let name = kind.as_atom().ok_or(Raise::BADARG)?;
        bytes_of(&ctx.local, name.as_str()).map(Value::size).ok_or(Raise::BADARG)
    };
    let Some(kinds) = ctx.local.heap.as_list(args[0]) else { return answer(bytes(ctx, args[0])?) };
    let mut pairs = Vec::new();
    for kind in kinds {
        let bytes = bytes(ctx, kind)?;
        pairs.push(ctx.local.heap.tuple(&[kind, bytes]));
    }
    answer(ctx.local.heap.list(&pairs))
}

/// The receiver of the emulator's log events: `logger`, `undefined` or a pid.
pub(super) fn system_logger(ctx: &mut NativeContext<'_>) -> Value {
    match ctx.local.shared.system_logger {
        None => AtomIndex::new("logger").into(),
        Some(SystemLogger::Nobody) => atom::UNDEFINED.into(),
        Some(SystemLogger::Process(pid)) => ctx.local.heap.pid(pid),
    }
}

/// The process that is told of messages with a token, or `false`.
pub(super) fn sequential_tracer(ctx: &mut NativeContext<'_>) -> std::result::Result<Value, Raise> {
    let Some(tracer) = ctx.local.shared.sequential_tracer else { return Ok(false.into()) };
    let is_there = ctx.node.is_alive(tracer)?;
    Ok(if is_there { ctx.local.heap.pid(tracer) } else { false.into() })
}

/// A setting of the whole machine, which keeps its value. The former one is returned.
fn system_flag(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BAD_OPTION)?;
    let number = |heap: &Heap| heap.as_integer(args[1]).filter(|number| *number >= 0);
    let value = args[1].as_atom().map(AtomIndex::as_str);
    answer(match name.as_str() {
        "backtrace_depth" => {
            let depth = number(ctx.local.heap).ok_or(Raise::BADARG)?;
            let depth = usize::try_from(depth).unwrap_or(usize::MAX).min(1024);
            Value::size(ctx.local.processes.set_trace_depth(depth))
        }
        "fullsweep_after" | "min_heap_size" | "min_bin_vheap_size" | "max_heap_size" => {
            let mut settings = ctx.local.shared.defaults;
            let before = settings.get(ctx.local.heap, name.as_str()).ok_or(Raise::BAD_OPTION)?;
            settings.set(ctx.local.heap, name.as_str(), args[1]).ok_or(Raise::BADARG)?;
            ctx.local.shared.defaults = settings;
            before
        }
        "schedulers_online" | "dirty_cpu_schedulers_online" => {
            number(ctx.local.heap).filter(|number| *number == 1).ok_or(Raise::BADARG)?;
            Value::small(1)
        }
        "trace_control_word" => {
            number(ctx.local.heap).ok_or(Raise::BADARG)?;
            Value::small(0)
        }
        "outstanding_system_requests_limit" => {
            number(ctx.local.heap).filter(|number| *number > 0).ok_or(Raise::BADARG)?;
            Value::small(4)
        }
        "multi_scheduling" => match value {
            Some("block" | "unblock" | "block_normal" | "unblock_normal") => {
                AtomIndex::new("enabled").into()
            }
            Some(_) | None => return Err(Raise::BADARG),
        },
        "scheduler_bind_type" => AtomIndex::new("unbound").into(),
        "scheduler_wall_time" | "microstate_accounting" => {
            args[1].as_boolean().ok_or(Raise::BADARG)?;
            false.into()
        }
        "time_offset" if value == Some("finalize") => AtomIndex::new("final").into(),
        "cpu_topology" => atom::UNDEFINED.into(),
        "system_logger" => {
            let before = system_logger(ctx);
            let pid = ctx.local.heap.as_pid(args[1]);
            ctx.local.shared.system_logger = match (value, pid) {
                (Some("logger"), _) => None,
                (Some("undefined"), _) => Some(SystemLogger::Nobody),
                (_, Some(pid)) => Some(SystemLogger::Process(pid)),
                (_, None) => return Err(Raise::BADARG),
            };
            before
        }
        "sequential_tracer" => {
            let before = sequential_tracer(ctx)?;
            let tracer = ctx.local.heap.as_pid(args[1]);
            let is_known = value == Some("false")
                || tracer.is_some_and(|pid| ctx.node.is_alive(pid) == Ok(true));
            if !is_known {
                return Err(Raise::BADARG);
            }
            ctx.local.shared.sequential_tracer = tracer;
            before
        }
        "reset_seq_trace" if args[1] == true.into() => {
            ctx.local.process.sequence = None;
            ctx.local.processes.reset_sequences();
            true.into()
        }
        "erts_alloc" => return Err(Raise::BADARG),
        _ => return Err(Raise::BAD_OPTION),
    })
}

/// A task for a process, which is done at once: a collection, or a look at the code that it runs.
/// `{Task, Id, Result}` is sent to whoever asked for it.
fn system_task(ctx: &mut NativeContext<'_>, from: Value, of: Value, request: Value) -> Result {
    let (from, of) = (pid_of(ctx.local.heap, from)?, pid_of(ctx.local.heap, of)?);
    let request = ctx.local.heap.as_tuple(request).map(<[Value]>::to_vec).ok_or(Raise::BADARG)?;
    let (task, id, what) = match *request.as_slice() {
        [task, id] => (task, id, Value::NIL),
        [task, id, what] => (task, id, what),
        _ => return Err(Raise::BADARG),
    };
    let alive = ctx.node.is_alive(of)?;
    let result = match task.as_atom().map(AtomIndex::as_str) {
        Some("garbage_collect" | "copy_literals" | "system_task_test") => alive,
        Some("check_process_code") => {
            let module = what.as_atom().ok_or(Raise::BADARG)?;
            alive && super::code::runs_old_code(&ctx.local, of, module)
        }
        Some(_) | None => return Err(Raise::BADARG),
    };
    let message = ctx.local.heap.tuple(&[task, id, result.into()]);
    ctx.node.send(&mut ctx.local, Recipient::Pid(from), message)?;
    answer(atom::OK.into())
}
