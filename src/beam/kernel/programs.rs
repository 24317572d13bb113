//! Power over other programs of the machine: signals of the operating system, and the rules of
//! firewalls. Only a node that is given that power has it.

use super::{Effects, NativeContext, Result, Value, answer, atom_value, kernel, ok, system};
use crate::beam::atom::AtomIndex;
use crate::beam::native::Raise;
use crate::engine::runtime::OtherSignal;

pub(super) const NODEDOWN: Effects = &[
    ("signal_program", 2, signal),
    ("has_program", 1, has_program),
    ("cut", 2, cut),
    ("heal", 0, heal),
];

/// Refuses what a node without power over the machine asks for.
fn allowed(ctx: &mut NativeContext<'_>) -> std::result::Result<(), Raise> {
    if kernel(ctx)?.controls_machine { Ok(()) } else { Err(Raise::error(atom_value("undef"))) }
}

fn number_of(value: Value) -> std::result::Result<u32, Raise> {
    value.as_small().and_then(|number| u32::try_from(number).ok()).ok_or(Raise::BADARG)
}

fn signal(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    allowed(ctx)?;
    let signal = match args[1].as_atom().map(AtomIndex::as_str) {
        Some("KILL") => OtherSignal::Kill,
        Some("STOP") => OtherSignal::Stop,
        Some("CONT") => OtherSignal::Continue,
        Some(_) | None => return Err(Raise::BADARG),
    };
    // It may be the node's own.
    ctx.local.shared.transit.settle(ctx.local.heap);
    let sent = system(ctx)?.signal_program(number_of(args[0])?, signal);
    answer(Value::boolean(sent))
}

fn has_program(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    allowed(ctx)?;
    let there = system(ctx)?.has_program(number_of(args[0])?);
    answer(Value::boolean(there))
}

fn cut(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    allowed(ctx)?;
    let names = |list: Value| -> Option<Vec<AtomIndex>> {
        ctx.local.heap.as_list(list)?.into_iter().map(Value::as_atom).collect()
    };
    let (from, to) = (names(args[0]), names(args[1]));
    let (from, to) = from.zip(to).ok_or(Raise::BADARG)?;
    system(ctx)?.cut(&from, &to);
    ok()
}

fn heal(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    allowed(ctx)?;
    system(ctx)?.heal_cuts();
    ok()
}
