//! Calls on nodes of compiled code: each in a process of its own, as OTP's `erpc` makes them.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::atom;
use crate::beam::node;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Ref, Term};
use crate::scenario::services::evaluate::Application;

/// Evaluates a call in a new process, and waits for it no longer than `patience`.
///
/// # Errors
/// The exception that the function raises, the end of its process, or `timeout`.
pub(super) fn evaluate(
    ctx: Context,
    call: Application,
    patience: Duration,
) -> Pin<Box<dyn Future<Output = Result<Term, Exit>>>> {
    Box::pin(async move {
        let Application { module, function, arguments } = call;
        let label = format!("{module}:{function}/{}", arguments.len());
        let tag = ctx.make_ref();
        let arguments =
            vec![Term::from(tag), Term::from(module), Term::from(function), Term::from(arguments)];
        let start = move |ctx| node::apply(ctx, (atom!("erpc"), atom!("execute_call")), arguments);
        let (pid, monitor) = ctx.spawn_monitor(&label, start);
        let down = ctx.receive_where(move |message| is_down(message, monitor));
        let Some(down) = down.within(patience).await else {
            ctx.demonitor_flush(monitor);
            ctx.exit_signal(pid, atom!("kill"));
            return Err(Exit::exit(atom!("timeout")));
        };
        result(tag, &down)
    })
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
        (Some("error"), [why, ..]) => Err(Exit::error(why.clone())),
        _ => Err(Exit::exit(reason.clone())),
    }
}
