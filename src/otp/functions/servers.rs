//! Calls and casts to servers.

use std::time::Duration;

use super::arguments::{
    Timeout, answer, atoms, badarg, clause, error, exit_of_call, names, server, timeout,
};
use super::functions;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::{self, Caller, RequestId, Response, ServerRef};
use crate::{atom, tuple};

functions! { GEN_SERVER, "gen_server", |ctx|
    "Calls a server and waits for its reply, at most five seconds."
    waits "call" (server_ref, request) {
        let bad = || exit_of_call("gen_server", "call", &[server_ref.clone(), request.clone()]);
        gen_server::call(ctx, server(server_ref).ok_or_else(bad)?, request).await
    }

    "Calls a server and waits for its reply, this many milliseconds or `infinity`."
    waits "call" (server_ref, request, timeout) {
        let arguments = [server_ref.clone(), request.clone(), timeout.clone()];
        let bad = || exit_of_call("gen_server", "call", &arguments);
        let Timeout(limit) = self::timeout(timeout).ok_or_else(bad)?;
        let to = server(server_ref).ok_or_else(bad)?;
        gen_server::call_within(ctx, to, request, limit).await
    }

    "Sends a request to a server that sends no reply."
    now "cast" (server_ref, request) {
        gen_server::cast(ctx, clause(server(server_ref))?, request);
        answer("ok")
    }

    "Casts to the servers of a name on this node and all that it is connected to."
    now "abcast" (name, request) {
        let name = clause(name.as_atom())?;
        gen_server::abcast(ctx, &everywhere(ctx), name, request);
        answer("abcast")
    }

    "Casts to the servers of a name on these nodes."
    now "abcast" (nodes, name, request) {
        let name = clause(name.as_atom())?;
        gen_server::abcast(ctx, &clause(atoms(nodes))?, name, request);
        answer("abcast")
    }

    "Calls the servers of a name on all nodes: `{Replies,BadNodes}`."
    waits "multi_call" (name, request) {
        multi_call(ctx, everywhere(ctx), name, request, None).await
    }

    "Calls the servers of a name on these nodes: `{Replies,BadNodes}`."
    waits "multi_call" (nodes, name, request) {
        multi_call(ctx, clause(atoms(nodes))?, name, request, None).await
    }

    "As `multi_call/3`, and waits this many milliseconds at most."
    waits "multi_call" (nodes, name, request, timeout) {
        let Timeout(timeout) = clause(self::timeout(timeout))?;
        multi_call(ctx, clause(atoms(nodes))?, name, request, timeout).await
    }

    "Calls a server, and does not wait: a request id, to be waited for later."
    now "send_request" (server_ref, request) {
        let id = gen_server::send_request_or_raise(ctx, &clause(server(server_ref))?, request.clone())?;
        Ok(Term::from(id.reference()))
    }

    "Waits for the reply to a request; after a timeout, none comes any more."
    waits "receive_response" (req_id, timeout) {
        receive_response(ctx, req_id, limit(timeout)?).await
    }

    "Waits for the reply to a request, which can be waited for again after a timeout."
    waits "wait_response" (req_id, wait_time) {
        let time = limit(wait_time)?;
        // Nothing comes from what is no request.
        let Some(id) = request_id(req_id) else {
            ctx.sleep(time.unwrap_or(Duration::MAX)).await;
            return answer("timeout");
        };
        Ok(response_term(gen_server::wait_response(ctx, &id, time).await))
    }

    "Sends a reply to a caller that a server has not replied to."
    now "reply" (client, reply) {
        gen_server::reply(ctx, &clause(Caller::from_term(client))?, reply);
        answer("ok")
    }

    "Stops a server with the reason `normal`, and waits until it has ended."
    waits "stop" (server_ref) { stop(ctx, server_ref, Term::atom("normal"), None).await }

    "Stops a server with a reason, and waits until it has ended."
    waits "stop" (server_ref, reason, timeout) {
        let Timeout(limit) = clause(self::timeout(timeout))?;
        stop(ctx, server_ref, reason.clone(), limit).await
    }
}

/// This node and those that it is connected to.
fn everywhere(ctx: &Context) -> Vec<Atom> {
    std::iter::once(ctx.node()).chain(ctx.nodes()).collect()
}

async fn multi_call(
    ctx: &Context,
    nodes: Vec<Atom>,
    name: &Term,
    request: &Term,
    timeout: Option<Duration>,
) -> Result<Term, Exit> {
    let name = clause(name.as_atom())?;
    let (replies, bad) = gen_server::multi_call(ctx, &nodes, name, request, timeout).await;
    let replies: Term = replies.into_iter().map(|(node, reply)| tuple![node, reply]).collect();
    Ok(tuple![replies, names(bad)])
}

fn request_id(term: &Term) -> Option<RequestId> {
    term.as_reference().map(RequestId::new)
}

/// A time limit of a `receive`: a number that is none is a `timeout_value`.
fn limit(term: &Term) -> Result<Option<Duration>, Exit> {
    match timeout(term) {
        Some(Timeout(limit)) => Ok(limit),
        None if term.as_float().is_some() => Err(Exit::error(atom!("timeout_value"))),
        None => Err(Exit::badarg()),
    }
}

async fn receive_response(
    ctx: &Context,
    id: &Term,
    timeout: Option<Duration>,
) -> Result<Term, Exit> {
    let id = badarg(request_id(id))?;
    let response = gen_server::receive_response(ctx, &id, timeout).await;
    let gives_up = response == Response::Timeout;
    if gives_up && id.reference().incarnation() != ctx.incarnation() {
        // It ends by `demonitor/2`, which takes no reference of another node.
        return Err(Exit::badarg());
    }
    Ok(response_term(response))
}

fn response_term(response: Response) -> Term {
    match response {
        Response::Reply(reply) => tuple![atom!("reply"), reply],
        Response::Timeout => Term::atom("timeout"),
        Response::Error { reason, server } => error(tuple![reason, server]),
    }
}

async fn stop(
    ctx: &Context,
    server_ref: &Term,
    reason: Term,
    timeout: Option<Duration>,
) -> Result<Term, Exit> {
    let server: ServerRef = clause(server(server_ref))?;
    gen_server::stop_with(ctx, server, reason, timeout).await?;
    answer("ok")
}
