//! Natives that call Erlang functions one after another.

use super::{Context, Next, Value, own_module};
use crate::beam::atom::Atom;
use crate::beam::heap::ExternalFun;

/// Calls `nodedown:function(Step, Value)` for each of the steps, with what the step before it
/// returned, as `lists:foldl/3` does.
pub(super) fn sequence(
    ctx: &mut Context<'_>,
    function: &str,
    first: Value,
    steps: &[Value],
) -> Next {
    let heap = &mut *ctx.local.heap;
    let function = ExternalFun { module: own_module(), function: Atom::new(function), arity: 2 };
    let args = vec![heap.external_fun(function), first, heap.list(steps)];
    Next::Call { module: Atom::new("lists"), function: Atom::new("foldl"), args }
}

/// A call whose exception is returned as by `catch`.
pub(super) fn caught(module: Value, function: Value, args: Value) -> Next {
    let args = vec![module, function, args];
    Next::Call { module: own_module(), function: Atom::new("caught"), args }
}
