//! Questions to supervisors, and orders.

use super::arguments::{exit_of_call, server};
use super::functions;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::Term;
use crate::otp::gen_server;
use crate::{atom, tuple};

functions! { SUPERVISOR, "supervisor", |ctx|
    "Returns the children of a supervisor: `{Id,Child,Type,Modules}` of each."
    waits "which_children" (sup_ref) { ask(ctx, sup_ref, Term::atom("which_children")).await }

    "Counts the children of a supervisor: specifications, active ones, supervisors, workers."
    waits "count_children" (sup_ref) { ask(ctx, sup_ref, Term::atom("count_children")).await }

    "Stops a child, which stays known to its supervisor."
    waits "terminate_child" (sup_ref, id) { ask(ctx, sup_ref, tuple![atom!("terminate_child"), id]).await }

    "Starts a child that was stopped."
    waits "restart_child" (sup_ref, id) { ask(ctx, sup_ref, tuple![atom!("restart_child"), id]).await }

    "Forgets a child that was stopped."
    waits "delete_child" (sup_ref, id) { ask(ctx, sup_ref, tuple![atom!("delete_child"), id]).await }
}

async fn ask(ctx: &Context, supervisor: &Term, request: Term) -> Result<Term, Exit> {
    let arguments = [supervisor.clone(), request.clone(), Term::atom("infinity")];
    let bad = || exit_of_call("gen_server", "call", &arguments);
    let to = server(supervisor).ok_or_else(bad)?;
    gen_server::call_within(ctx, to, request, None).await
}
