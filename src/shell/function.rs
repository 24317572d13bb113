//! Functions that a node runs for a process of another one; `help functions` lists them.

use super::server::{milliseconds, raised};
use crate::atom;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::Term;
use crate::otp::functions;

/// Does as the term says.
pub(super) async fn run(ctx: Context, function: Term) -> Result<Term, Exit> {
    if let Some(exit) = raised(&function) {
        return Err(exit);
    }
    if function.is_atom("node") {
        return Ok(Term::from(ctx.node()));
    }
    if function.is_atom("kill") {
        ctx.exit_signal(ctx.pid(), atom!("kill"));
        ctx.yield_now().await;
    }
    if let Some([term]) = function.tagged("echo") {
        return Ok(term.clone());
    }
    if let Some([time, term]) = function.tagged("sleep") {
        ctx.sleep(milliseconds(time)).await;
        return Ok(term.clone());
    }
    if let Some([Term::Atom(module), Term::Atom(name), arguments]) = function.as_tuple()
        && let Some(arguments) = arguments.as_list()
    {
        return functions::apply(&ctx, *module, *name, arguments.to_vec()).await;
    }
    if let Some([Term::Pid(pid), term]) = function.tagged("send") {
        ctx.send(*pid, term);
        return Ok(term.clone());
    }
    Err(Exit::function_clause())
}
