//! Other processes: what can be asked about them, and what can be done to them.

use super::bonds::pid_of;
use super::{Effect, NativeContext, Raise, Recipient, Result, Value, answer, own};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::identity::ProcessId;
use crate::beam::machine::context::{Inspected, InspectedParts, Standing};
use crate::beam::machine::process::Process;
use crate::beam::machine::settings::heap_size;
use crate::beam::machine::{Local, SLICE, trace};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("is_process_alive", 1, is_process_alive),
    ("processes", 0, processes),
    ("process_info", 1, process_infos),
    ("process_info", 2, process_info),
    ("resume_process", 1, resume_process),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] = &[
    ("processes_next", 1, processes_next),
    ("is_process_alive", 2, tell_whether_alive),
    ("suspend_process", 2, suspend_process),
    ("process_display", 2, |_, _| answer(true.into())),
    ("is_process_executing_dirty", 1, |_, _| answer(false.into())),
    ("dirty_process_handle_signals", 1, |_, _| answer(false.into())),
];

fn is_process_alive(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    answer(ctx.node.is_alive(pid)?.into())
}

/// The answer comes as the message `{Reference, Boolean}`.
fn tell_whether_alive(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    let alive = Value::boolean(ctx.node.is_alive(pid)?);
    let message = ctx.local.heap.tuple(&[args[1], alive]);
    ctx.send_to_self(message)?;
    answer(atom::OK.into())
}

fn processes(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let pids = all_pids(ctx);
    answer(pids)
}

fn all_pids(ctx: &mut NativeContext<'_>) -> Value {
    let pids = ctx.node.processes();
    pids_list(ctx.local.heap, &pids)
}

/// The first part of all processes for 0, which is the whole, and the end for the part behind it.
fn processes_next(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    match args[0].as_small() {
        Some(0) => {
            let pids = all_pids(ctx);
            answer(ctx.local.heap.tuple(&[Value::small(1), pids]))
        }
        Some(1) => answer(AtomIndex::new("none").into()),
        Some(_) | None => Err(Raise::BADARG),
    }
}

/// The items of `process_info/1`, in its order. A name comes before all of them.
const ITEMS: [&str; 16] = [
    "current_function",
    "initial_call",
    "status",
    "message_queue_len",
    "links",
    "dictionary",
    "trap_exit",
    "error_handler",
    "priority",
    "group_leader",
    "total_heap_size",
    "heap_size",
    "stack_size",
    "reductions",
    "garbage_collection",
    "suspending",
];

fn process_infos(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    let parts = InspectedParts { bonds: true, on_the_way: true };
    let Some(seen) = look_at(ctx, pid, parts)? else { return answer(atom::UNDEFINED.into()) };
    let names = seen.name.iter().map(|_| "registered_name").chain(ITEMS);
    let mut pairs = Vec::new();
    for name in names {
        pairs.push(item_of(ctx, &seen, pid, AtomIndex::new(name).into())?);
    }
    answer(ctx.local.heap.list(&pairs))
}

fn process_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    let items = ctx.local.heap.as_list(args[1]);
    let parts = parts_of(items.as_deref().unwrap_or(&args[1..]));
    let Some(seen) = look_at(ctx, pid, parts)? else {
        // What is asked for has to make sense even so.
        let own = ctx.local.process.pid();
        let nobody = Inspected { group_leader: Some(own), ..Inspected::default() };
        for item in items.unwrap_or_else(|| vec![args[1]]) {
            item_of(ctx, &nobody, own, item)?;
        }
        return answer(atom::UNDEFINED.into());
    };
    if let Some(items) = items {
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            pairs.push(item_of(ctx, &seen, pid, item)?);
        }
        return answer(ctx.local.heap.list(&pairs));
    }
    let pair = item_of(ctx, &seen, pid, args[1])?;
    let is_name = args[1].as_atom().is_some_and(|name| name.as_str() == "registered_name");
    answer(if is_name && seen.name.is_none() { Value::NIL } else { pair })
}

/// The parts that the node must know for these items.
fn parts_of(items: &[Value]) -> InspectedParts {
    let has = |names: &[&str]| {
        let mut asked = items.iter().filter_map(|item| item.as_atom());
        asked.any(|asked| names.contains(&asked.as_str()))
    };
    InspectedParts {
        bonds: has(&["links", "monitors", "monitored_by"]),
        on_the_way: has(&["status", "message_queue_len", "messages"]),
    }
}

/// The knowledge of the node about one of its processes; `None` when it has ended.
fn look_at(
    ctx: &mut NativeContext<'_>,
    pid: ProcessId,
    parts: InspectedParts,
) -> std::result::Result<Option<Inspected>, Raise> {
    if !ctx.node.is_alive(pid)? {
        return Ok(None);
    }
    let Some(mut seen) = ctx.node.inspect(&mut ctx.local, pid, parts) else { return Ok(None) };
    let has_news = ctx.local.processes.of(pid).is_some_and(Process::is_ready);
    if seen.standing == Standing::Waiting && (has_news || !seen.on_the_way.is_empty()) {
        seen.standing = Standing::Runnable;
    }
    Ok(Some(seen))
}

/// `{Item, Value}` of a process.
fn item_of(
    ctx: &mut NativeContext<'_>,
    seen: &Inspected,
    pid: ProcessId,
    item: Value,
) -> std::result::Result<Value, Raise> {
    let Some(name) = item.as_atom() else { return dictionary_item(ctx, pid, item) };
    let name = name.as_str();
    if name == "label" && ctx.node.release().is_some_and(|release| release >= 27) {
        let label = dictionary_value(ctx, pid, AtomIndex::new("$process_label").into());
        return Ok(ctx.local.heap.tuple(&[item, label]));
    }
    let value = match node_item(ctx, seen, name) {
        Some(value) => value,
        None => code_item(ctx, seen, pid, name).ok_or(Raise::BADARG)?,
    };
    Ok(ctx.local.heap.tuple(&[item, value]))
}

/// `{{dictionary, Key}, Value}`, which later releases have.
fn dictionary_item(
    ctx: &mut NativeContext<'_>,
    pid: ProcessId,
    item: Value,
) -> std::result::Result<Value, Raise> {
    let key = match ctx.local.heap.as_tuple(item) {
        Some(&[name, key])
            if name.as_atom().is_some_and(|name| name.as_str() == "dictionary")
                && ctx.node.release().is_some_and(|release| release >= 26) =>
        {
            key
        }
        Some(_) | None => return Err(Raise::BADARG),
    };
    let value = dictionary_value(ctx, pid, key);
    Ok(ctx.local.heap.tuple(&[item, value]))
}

/// The value that a process keeps for a key, or `undefined`.
fn dictionary_value(ctx: &mut NativeContext<'_>, pid: ProcessId, key: Value) -> Value {
    let Local { heap, process, processes, .. } = &mut ctx.local;
    let process = if pid == process.pid() { Some(&**process) } else { processes.of(pid) };
    let value = process.and_then(|process| process.dictionary.get(heap, key));
    value.unwrap_or(atom::UNDEFINED.into())
}

fn pids_list(heap: &mut Heap, pids: &[ProcessId]) -> Value {
    let pids: Vec<Value> = pids.iter().map(|pid| heap.pid(*pid)).collect();
    heap.list(&pids)
}

/// An item that the node itself knows of a process.
fn node_item(ctx: &mut NativeContext<'_>, seen: &Inspected, name: &str) -> Option<Value> {
    let heap = &mut *ctx.local.heap;
    Some(match name {
        "registered_name" => seen.name.map_or(Value::NIL, Value::atom),
        "status" => {
            let status = match seen.standing {
                Standing::Running => "running",
                Standing::Runnable => "runnable",
                Standing::Waiting => "waiting",
                Standing::Suspended => "suspended",
            };
            AtomIndex::new(status).into()
        }
        "links" => pids_list(heap, &seen.links),
        "monitored_by" => pids_list(heap, &seen.monitored_by),
        "monitors" => {
            let process = AtomIndex::new("process").into();
            let targets = seen.monitors.iter().map(|target| {
                let target = match *target {
                    Recipient::Pid(pid) => heap.pid(pid),
                    Recipient::NameOn { name, node } => heap.tuple(&[name.into(), node.into()]),
                    Recipient::Name(name) => name.into(),
                    Recipient::Alias(alias) => heap.reference(alias),
                };
                heap.tuple(&[process, target])
            });
            let targets: Vec<Value> = targets.collect();
            heap.list(&targets)
        }
        "trap_exit" => seen.traps_exits.into(),
        "group_leader" => heap.pid(seen.group_leader?),
        "parent" => match seen.parent {
            Some(parent) => heap.pid(parent),
            None => atom::UNDEFINED.into(),
        },
        _ => return None,
    })
}

/// An item that the code of a process knows of it.
fn code_item(
    ctx: &mut NativeContext<'_>,
    seen: &Inspected,
    pid: ProcessId,
    name: &str,
) -> Option<Value> {
    let Local { heap, process, processes, code, .. } = &mut ctx.local;
    let frames_max = processes.frames_max();
    let process = if pid == process.pid() { Some(&**process) } else { processes.of(pid) };
    // One that is no process of compiled code has none of this.
    let Some(process) = process else { return foreign_item(heap, seen, name) };
    Some(match name {
        "message_queue_len" => Value::size(process.mailbox.len() + seen.on_the_way.len()),
        "messages" => {
            let messages = process.mailbox.iter().chain(&seen.on_the_way).copied();
            let messages: Vec<Value> = messages.collect();
            heap.list(&messages)
        }
        "dictionary" => own::pairs_of(heap, &process.dictionary),
        "current_stacktrace" if !processes.shows_traces() => Value::NIL,
        "current_stacktrace" | "current_function" | "current_location" => {
            let frames = trace::current(heap, code, process, frames_max);
            current(heap, process, frames, name)
        }
        "initial_call" => mfa(heap, process.initial_call),
        "reductions" => heap.unsigned(process.reductions()),
        "suspending" => {
            let suspending = process.suspending.iter().map(|(pid, count)| {
                let pid = heap.pid(*pid);
                heap.tuple(&[pid, Value::small((*count).into()), Value::small(0)])
            });
            let suspending: Vec<Value> = suspending.collect();
            heap.list(&suspending)
        }
        "garbage_collection" => {
            let settings = process.settings;
            let names = ["max_heap_size", "min_bin_vheap_size", "min_heap_size", "fullsweep_after"];
            let mut pairs = Vec::new();
            for name in names {
                let value = settings.get(heap, name)?;
                pairs.push(heap.tuple(&[AtomIndex::new(name).into(), value]));
            }
            pairs.push(heap.tuple(&[AtomIndex::new("minor_gcs").into(), Value::small(0)]));
            heap.list(&pairs)
        }
        "garbage_collection_info" => collection_info(heap, process),
        "heap_size" | "total_heap_size" | "stack_size" | "memory" => size_of(heap, process, name),
        "binary" | "magic_ref" => Value::NIL,
        "sequential_trace_token" => {
            process.sequence.as_ref().map_or(Value::NIL, |sequence| sequence.token())
        }
        "catchlevel" => Value::size(process.catches()),
        "last_calls" => match process.settings.save_calls {
            0 => Value::boolean(false),
            _ => Value::NIL,
        },
        "trace" => Value::small(0),
        "backtrace" => {
            let frames = trace::current(heap, code, process, frames_max);
            let text = heap.print(frames).to_string();
            heap.binary(text.as_bytes())
        }
        "save_calls" | "sensitive" => return None,
        _ => process.settings.get(heap, name)?,
    })
}

/// An item of a process that runs no compiled code.
fn foreign_item(heap: &mut Heap, seen: &Inspected, name: &str) -> Option<Value> {
    Some(match name {
        "message_queue_len" => Value::size(seen.on_the_way.len()),
        "messages" => heap.list(&seen.on_the_way),
        "dictionary"
        | "current_stacktrace"
        | "suspending"
        | "garbage_collection"
        | "binary"
        | "garbage_collection_info"
        | "sequential_trace_token" => Value::NIL,
        "current_function" | "initial_call" => mfa(heap, (atom::ERLANG, atom::APPLY, 2)),
        "current_location" => {
            let parts = [atom::ERLANG.into(), atom::APPLY.into(), Value::small(2), Value::NIL];
            heap.tuple(&parts)
        }
        "reductions" | "heap_size" | "total_heap_size" | "stack_size" | "memory" | "trace"
        | "catchlevel" => Value::small(0),
        _ => crate::beam::machine::Settings::default().get(heap, name)?,
    })
}

/// `{Module, Function, Arity}`.
fn mfa(heap: &mut Heap, (module, function, arity): (AtomIndex, AtomIndex, u8)) -> Value {
    heap.tuple(&[module.into(), function.into(), Value::small(arity.into())])
}

/// The place of a process in its code. One that has not begun is at the function that it is to call.
fn current(heap: &mut Heap, process: &Process, frames: Value, item: &str) -> Value {
    let frames = if process.hibernates { Value::NIL } else { frames };
    let first = heap.as_cons(frames).map(|(first, _)| first);
    let parts = first.and_then(|first| heap.as_tuple(first)).map(<[Value]>::to_vec);
    let (module, function, arity) = if process.hibernates {
        (atom::ERLANG, AtomIndex::new("hibernate"), 3)
    } else {
        process.initial_call
    };
    let parts = parts.unwrap_or_else(|| {
        vec![module.into(), function.into(), Value::small(arity.into()), Value::NIL]
    });
    match item {
        "current_stacktrace" if first.is_some() => frames,
        "current_function" => heap.tuple(&parts[..3]),
        "current_location" => heap.tuple(&parts),
        _ => {
            let frame = heap.tuple(&parts);
            heap.list(&[frame])
        }
    }
}

/// A size in words, or in bytes for `memory`. All processes of a node share its heap: a process has
/// what it can reach.
fn size_of(heap: &Heap, process: &Process, item: &str) -> Value {
    let stack = process.stack.len() + 1;
    let words = process.words(heap);
    let whole = if process.hibernates {
        words.cast_signed() as i64
    } else {
        heap_size((words + stack).cast_signed() as i64).max(process.settings.min_heap_size)
    };
    let total = whole + old_heap_size(process, words);
    match item {
        "stack_size" => Value::size(stack),
        "memory" => Value::small(total * 8 + PROCESS_BYTES),
        "total_heap_size" => Value::small(total),
        _ => Value::small(whole),
    }
}

/// The words of the old heap of a process that can reach so many. It has one when it has run for so long
/// that Erlang would have collected.
fn old_heap_size(process: &Process, words: usize) -> i64 {
    let has_run = process.reductions() - process.hibernated_at >= SLICE.into();
    if has_run && !process.hibernates { heap_size(words.cast_signed() as i64) } else { 0 }
}

/// The bytes of a process beside its heap.
const PROCESS_BYTES: i64 = 824;

fn collection_info(heap: &mut Heap, process: &Process) -> Value {
    let [block, stack] = ["heap_size", "stack_size"].map(|item| size_of(heap, process, item));
    let words = process.words(heap);
    let old = Value::small(old_heap_size(process, words));
    let words = Value::size(words);
    let zero = Value::small(0);
    let pairs = [
        ("old_heap_block_size", old),
        ("heap_block_size", block),
        ("mbuf_size", zero),
        ("recent_size", zero),
        ("stack_size", stack),
        ("old_heap_size", zero),
        ("heap_size", words),
        ("bin_vheap_size", zero),
        ("bin_vheap_block_size", Value::small(process.settings.min_bin_vheap_size)),
        ("bin_old_vheap_size", zero),
        ("bin_old_vheap_block_size", Value::small(process.settings.min_bin_vheap_size)),
    ];
    let pairs = pairs.map(|(name, value)| heap.tuple(&[AtomIndex::new(name).into(), value]));
    heap.list(&pairs)
}

/// The options of `suspend_process/2`: only if that is not done already, and the tag of a message
/// that says so.
fn suspend_options(heap: &Heap, list: Value) -> Option<(bool, Option<Value>)> {
    let (mut only_once, mut reply) = (false, None);
    for option in heap.as_list(list)? {
        match (option.as_atom().map(AtomIndex::as_str), heap.as_tuple(option)) {
            (Some("unless_suspending"), _) => only_once = true,
            // There is one scheduler: it is suspended at once.
            (Some("asynchronous"), _) => {}
            (_, Some(&[name, tag])) if name == AtomIndex::new("asynchronous").into() => {
                reply = Some(tag);
            }
            (_, _) => return None,
        }
    }
    Some((only_once, reply))
}

/// Another process goes on only when it has been resumed as often. Errors are values here.
fn suspend_process(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some((only_once, reply)) = suspend_options(ctx.local.heap, args[1]) else {
        return answer(AtomIndex::new("badopt").into());
    };
    let pid = ctx.local.heap.as_pid(args[0]).filter(|pid| *pid != ctx.local.process.pid());
    let pid = pid.filter(|pid| ctx.node.is_alive(*pid).is_ok_and(|alive| alive));
    let Some(pid) = pid else { return answer(atom::BADARG.into()) };
    let count = ctx.local.process.suspending.get(&pid).copied().unwrap_or_default();
    if count > 0 && only_once {
        return answer(Value::boolean(false));
    }
    ctx.local.process.suspending.insert(pid, count + 1);
    if count == 0 {
        ctx.node.suspend(pid);
    }
    if let Some(tag) = reply {
        let suspended = AtomIndex::new("suspended").into();
        let message = ctx.local.heap.tuple(&[tag, suspended]);
        ctx.send_to_self(message)?;
    }
    answer(Value::boolean(true))
}

fn resume_process(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let pid = pid_of(ctx.local.heap, args[0])?;
    let Some(count) = ctx.local.process.suspending.get_mut(&pid) else {
        return Err(Raise::BADARG);
    };
    *count -= 1;
    if *count == 0 {
        ctx.local.process.suspending.remove(&pid);
        ctx.node.resume(pid);
    }
    answer(Value::boolean(true))
}
