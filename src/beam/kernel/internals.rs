//! `erts_debug`: what OTP's own tests ask of the inside of the emulator.

use super::{
    Effects, NativeContext, NativeNext, Result, Value, answer, atom, atom_value, kernel, ok, system,
};
use crate::beam::atom::AtomIndex;
use crate::beam::function::FunctionName;
use crate::beam::machine::{InspectedParts, SLICE, Standing};
use crate::beam::native::Raise;
use crate::engine::runtime::NodeTypes;

pub(super) const ERTS_DEBUG: Effects =
    &[("set_internal_state", 2, set_internal_state), ("get_internal_state", 1, get_internal_state)];

/// The inside is shown once it has been asked for by `available_internal_state`.
fn set_internal_state(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let kernel = kernel(ctx)?;
    let name = args[0].as_atom().map_or("", AtomIndex::as_str);
    if name == "available_internal_state" {
        let shown = args[1].as_boolean().ok_or(Raise::BADARG)?;
        return answer(kernel.shows_internals.replace(shown).into());
    }
    if !kernel.shows_internals.get() {
        return Err(Raise::error(atom::UNDEF.into()));
    }
    match name {
        // Nothing is put off that could be waited for.
        "wait" | "node_tab_delayed_delete" => ok(),
        "block" => {
            let time = args[1].as_small().and_then(|time| u64::try_from(time).ok());
            system(ctx)?.stop_for(time.ok_or(Raise::BADARG)?);
            Ok(NativeNext::Yield(true.into()))
        }
        // Signals of one sender come in their order in any case, a slice goes on, and the collector
        // comes when it is needed.
        "proc_sig_buffers" | "reds_left" | "gc_state" | "force_gc" => answer(true.into()),
        "mbuf" => answer(args[1]),
        // Natives are not interrupted.
        "binary_loop_limit" | "re_loop_limit" | "unicode_loop_limit" => answer(Value::small(-1)),
        // Tables are changed in one go, and are not divided.
        "ets_force_trap" | "ets_force_split" | "ets_debug_random_split_join" => {
            answer(atom_value("notsup"))
        }
        _ => Err(unknown(ctx, "set_internal_state", 2)?),
    }
}

/// The emulator has it, and a simulated node has not.
fn unknown(
    ctx: &mut NativeContext<'_>,
    function: &str,
    arity: u8,
) -> std::result::Result<Raise, Raise> {
    let name = FunctionName::new(AtomIndex::new("erts_debug"), AtomIndex::new(function), arity);
    kernel(ctx)?.is_missing(name);
    Ok(Raise::BADARG)
}

fn get_internal_state(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let shown = kernel(ctx)?.shows_internals.get();
    match args[0].as_atom().map_or("", AtomIndex::as_str) {
        "available_internal_state" => answer(shown.into()),
        _ if !shown => Err(Raise::error(atom::UNDEF.into())),
        "force_heap_frags" => answer(false.into()),
        "flxctr_memory_usage" => answer(atom_value("notsup")),
        "reds_left" => answer(Value::small(SLICE.into())),
        "process_info_args" => {
            let names = PROCESS_ITEMS.split_whitespace().map(atom_value);
            let names: Vec<Value> = names.collect();
            answer(ctx.local.heap.list(&names))
        }
        // Nobody counts who refers to a node: the collector finds what is needed.
        "node_and_dist_references" => {
            let tables = ["node_references", "dist_references"];
            let tables = tables.map(|name| ctx.local.heap.tuple(&[atom_value(name), Value::NIL]));
            answer(ctx.local.heap.tuple(&tables))
        }
        "monitoring_nodes" => monitoring_nodes(ctx),
        _ => state_of(ctx, args[0]),
    }
}

/// The items of `process_info/2`.
const PROCESS_ITEMS: &str = "registered_name current_function initial_call status messages \
    message_queue_len links monitors monitored_by dictionary trap_exit error_handler heap_size \
    stack_size memory garbage_collection group_leader reductions priority trace binary \
    sequential_trace_token catchlevel backtrace last_calls total_heap_size suspending \
    min_heap_size min_bin_vheap_size max_heap_size current_location current_stacktrace \
    message_queue_data garbage_collection_info magic_ref fullsweep_after parent";

/// The subscriptions by `net_kernel:monitor_nodes/2`: `{Pid, Options}` of each.
fn monitoring_nodes(ctx: &mut NativeContext<'_>) -> Result {
    let mut found = Vec::new();
    // The newest comes first.
    for (pid, watch) in system(ctx)?.node_watches().into_iter().rev() {
        let heap = &mut *ctx.local.heap;
        let mut options = Vec::new();
        if watch.reason {
            options.push(atom_value("nodedown_reason"));
        }
        if let Some(types) = watch.node_type {
            let types = match types {
                NodeTypes::Visible => "visible",
                NodeTypes::Hidden => "hidden",
                NodeTypes::All => "all",
            };
            options.push(heap.tuple(&[atom_value("node_type"), atom_value(types)]));
        }
        if watch.connection_id {
            options.push(atom_value("connection_id"));
        }
        let pair = [heap.pid(pid), heap.list(&options)];
        found.push(heap.tuple(&pair));
    }
    answer(ctx.local.heap.list(&found))
}

/// `{process_status, Pid}`, which tells of one that has ended that it is `undefined`.
fn state_of(ctx: &mut NativeContext<'_>, what: Value) -> Result {
    let pid = match ctx.local.heap.as_tuple(what) {
        Some(&[name, pid]) if name == atom_value("process_status") => ctx.local.heap.as_pid(pid),
        Some(_) | None => None,
    };
    let Some(pid) = pid else { return Err(unknown(ctx, "get_internal_state", 1)?) };
    let seen = ctx.node.inspect(&mut ctx.local, pid, InspectedParts::default());
    answer(atom_value(match seen.map(|seen| seen.standing) {
        Some(Standing::Running) => "running",
        Some(Standing::Runnable) => "runnable",
        Some(Standing::Waiting) => "waiting",
        Some(Standing::Suspended) => "suspended",
        None => "undefined",
    }))
}
