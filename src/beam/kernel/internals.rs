//! `erts_debug`: what OTP's own tests ask of the inside of the emulator.

use super::{Effects, NativeContext, Result, Value, answer, atom, atom_value, kernel, ok};
use crate::beam::atom::AtomIndex;
use crate::beam::function::FunctionName;
use crate::beam::native::Raise;

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
        "wait" | "node_tab_delayed_delete" | "proc_sig_buffers" => ok(),
        // A slice goes on, and the collector comes when it is needed.
        "reds_left" | "gc_state" | "force_gc" => answer(true.into()),
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
        _ => Err(unknown(ctx, "get_internal_state", 1)?),
    }
}
