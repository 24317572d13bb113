//! Natives that call Erlang functions one after another.

use super::{NativeContext, NativeNext, Value, own_module};
use crate::beam::atom::AtomIndex;
use crate::beam::heap::ExternalFun;

/// Calls `nodedown:function(Step, Value)` for each of the steps, with what the step before it
/// returned, as `lists:foldl/3` does.
pub(super) fn sequence(
    ctx: &mut NativeContext<'_>,
    function: &str,
    first: Value,
    steps: &[Value],
) -> NativeNext {
    let heap = &mut *ctx.local.heap;
    let function =
        ExternalFun { module: own_module(), function: AtomIndex::new(function), arity: 2 };
    let args = vec![heap.external_fun(function), first, heap.list(steps)];
    NativeNext::Call { module: AtomIndex::new("lists"), function: AtomIndex::new("foldl"), args }
}

/// A call whose exception is returned as by `catch`.
pub(super) fn caught(module: Value, function: Value, args: Value) -> NativeNext {
    let args = vec![module, function, args];
    NativeNext::Call { module: own_module(), function: AtomIndex::new("caught"), args }
}
