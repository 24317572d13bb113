//! Calls from outside of the code: each in a process of its own, as OTP's `erpc` makes them.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::{MachineOfNode, apply};
use crate::atom;
use crate::engine::runtime::{Class, Context, Exit, ExitResult};
use crate::engine::term::{Atom, Ref, Term};
use crate::otp::functions::{self, CodeOfNode};
use crate::{list, tuple};

/// True on a node that runs compiled code.
#[must_use]
pub fn runs_compiled_code(ctx: &Context) -> bool {
    ctx.node_local::<MachineOfNode>().machine.borrow().is_some()
}

/// Calls a function of compiled code in a new process, and waits for its value, no longer than `patience` if there is
/// a limit.
///
/// # Errors
/// The exception that the function raises, the end of its process, or `timeout`.
pub async fn call(
    ctx: &Context,
    (module, function): (Atom, Atom),
    arguments: Vec<Term>,
    patience: Option<Duration>,
) -> Result<Term, Exit> {
    let label = format!("{module}:{function}/{}", arguments.len());
    let tag = ctx.make_ref();
    let arguments =
        vec![Term::from(tag), Term::from(module), Term::from(function), Term::from(arguments)];
    let start = move |ctx: Context| {
        // The caller is in Rust, and prints for nobody.
        if let Some(user) = ctx.whereis(atom!("user")) {
            ctx.set_group_leader(ctx.pid(), user);
        }
        apply(ctx, (atom!("erpc"), atom!("execute_call")), arguments)
    };
    let (pid, monitor) = ctx.spawn_monitor(&label, start);
    let down = ctx.receive_where(move |message| is_down(message, monitor));
    let down = match patience {
        Some(patience) => down.within(patience).await,
        None => Some(down.await),
    };
    let Some(down) = down else {
        ctx.demonitor_flush(monitor);
        ctx.exit_signal(pid, atom!("kill"));
        return Err(Exit::exit(atom!("timeout")));
    };
    result(tag, &down)
}

fn is_down(message: &Term, monitor: Ref) -> bool {
    matches!(message.tagged("DOWN"), Some([Term::Reference(found), ..]) if *found == monitor)
}

/// The result that the process of a call ended with: `{Tag, return, Value}`, or the exception.
fn result(tag: Ref, down: &Term) -> Result<Term, Exit> {
    let reason = down.as_tuple().and_then(<[Term]>::last).cloned();
    let reason = reason.unwrap_or_else(|| Term::atom("undefined"));
    let Some([Term::Reference(found), kind, rest @ ..]) = reason.as_tuple() else {
        return Err(Exit::exit(reason));
    };
    match (kind.as_atom().map(Atom::as_str), rest) {
        _ if *found != tag => Err(Exit::exit(reason.clone())),
        (Some("return"), [value]) => Ok(value.clone()),
        (Some("throw"), [thrown]) => Err(Exit::throw(thrown.clone())),
        (Some("exit"), [why]) => Err(Exit::exit(why.clone())),
        (Some("error"), [why, stack]) => Err(Exit::error(why.clone()).with_stack(stack.clone())),
        (Some("error"), [why, ..]) => Err(Exit::error(why.clone())),
        _ => Err(Exit::exit(reason.clone())),
    }
}

/// The functions of a node of compiled code, for services in Rust on other nodes.
pub(super) struct CompiledFunctions;

impl CodeOfNode for CompiledFunctions {
    fn apply(
        &self,
        ctx: Context,
        function: (Atom, Atom),
        arguments: Vec<Term>,
    ) -> Pin<Box<dyn Future<Output = Result<Term, Exit>>>> {
        Box::pin(async move { call(&ctx, function, arguments, None).await })
    }

    fn run(
        &self,
        ctx: Context,
        function: (Atom, Atom),
        arguments: Vec<Term>,
    ) -> Pin<Box<dyn Future<Output = ExitResult>>> {
        Box::pin(apply(ctx, function, arguments))
    }
}

/// Calls a function of a node of services in Rust, for compiled code on another node: those that every
/// node has, and that with which OTP's `erpc` makes its calls.
pub(super) async fn call_in_rust(
    ctx: Context,
    (module, function): (Atom, Atom),
    arguments: Vec<Term>,
) -> ExitResult {
    if let ("erpc", "execute_call", [tag, module, function, called]) =
        (module.as_str(), function.as_str(), arguments.as_slice())
        && let (Some(module), Some(function), Some(called)) =
            (module.as_atom(), function.as_atom(), called.as_list())
    {
        let result = functions::apply(&ctx, module, function, called.to_vec()).await;
        return Err(Exit::exit(reply(tag.clone(), result)));
    }
    functions::run(ctx, module, function, arguments).await
}

/// The exit reason by which OTP's `erpc` learns of a result.
fn reply(tag: Term, result: Result<Term, Exit>) -> Term {
    match result {
        Ok(value) => tuple![tag, atom!("return"), value],
        Err(exit) => {
            let reason = exit.reason().clone();
            match exit.class() {
                Class::Throw => tuple![tag, atom!("throw"), reason],
                Class::Exit => tuple![tag, atom!("exit"), reason],
                Class::Error => tuple![tag, atom!("error"), reason, list![]],
            }
        }
    }
}
