//! The other side of a server: asking, telling and stopping.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::server::terminate_request;
use super::{Caller, ServerRef};
use crate::engine::runtime::{Context, Exit, ExitResult};
use crate::engine::term::{Atom, Ref, Term, from_term, to_term};
use crate::otp::address::Address;
use crate::otp::convert::term_of;
use crate::otp::proc_lib::{ending, is_down, reason_in};
use crate::otp::request::{self, RequestId, Response};
use crate::{atom, list, tuple};

/// The timeout of a call that names none (C7).
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks a server and waits for its answer, at most five seconds.
///
/// # Errors
/// An exit with the reason `{Why,{gen_server,call,[Server,Request]}}`, as C1 to C11 have it; an
/// answer that is no `R` is an error `{badmatch,Answer}`.
pub async fn call<R: DeserializeOwned>(
    ctx: &Context,
    server: impl Into<ServerRef>,
    request: impl Serialize,
) -> Result<R, Exit> {
    call_as(ctx, &server.into(), to_term(&request)?, Some(CALL_TIMEOUT), None).await
}

/// Asks a server and waits for its answer, `timeout` at most or for ever. A request that timed out
/// is still with the server, and is dealt with (C12).
///
/// # Errors
/// As [`call`], the timeout being the third of the arguments in the reason.
pub async fn call_within<R: DeserializeOwned>(
    ctx: &Context,
    server: impl Into<ServerRef>,
    request: impl Serialize,
    timeout: Option<Duration>,
) -> Result<R, Exit> {
    let shown = request::timeout_term(timeout);
    call_as(ctx, &server.into(), to_term(&request)?, timeout, Some(shown)).await
}

/// The parts of the exit of a call.
pub(crate) struct CallExit<'a> {
    /// The reason for which there is no answer.
    pub why: &'a Term,
    /// The server, if the exit is that of a call.
    pub server: Option<&'a Term>,
}

/// Reads the exit of a call, `{Why,{gen_server,call,[Server|_]}}`; of any other exit, its reason is
/// all that is known.
pub(crate) fn call_exit(exit: &Exit) -> CallExit<'_> {
    let reason = exit.reason();
    if let Some([why, called]) = reason.as_tuple()
        && let Some([Term::Atom(_), Term::Atom(_), arguments]) = called.as_tuple()
        && let Some([server, ..]) = arguments.as_list()
    {
        return CallExit { why, server: Some(server) };
    }
    CallExit { why: reason, server: None }
}

async fn call_as<R: DeserializeOwned>(
    ctx: &Context,
    server: &ServerRef,
    request: Term,
    timeout: Option<Duration>,
    shown: Option<Term>,
) -> Result<R, Exit> {
    let called = |request| request::gen_server_call(server, request, shown);
    let label = atom!("$gen_call");
    let answer = request::ask_or_exit(ctx, server, label, request, timeout, called).await?;
    from_term(&answer).map_err(|_| Exit::error(tuple![atom!("badmatch"), &answer]))
}

/// Tells a server something. Nobody learns whether it arrived (C13).
pub fn cast(ctx: &Context, server: impl Into<ServerRef>, request: impl Serialize) {
    let message = tuple![atom!("$gen_cast"), term_of(&request)];
    match server.into() {
        // A failure of the registry concerns nobody.
        ServerRef::Via(via) => drop(via.send(ctx, message)),
        server => {
            if let Ok(Some(address)) = server.resolve(ctx) {
                address.send(ctx, message);
            }
        }
    }
}

/// Tells the servers of one name on these nodes something (C13).
pub fn abcast(ctx: &Context, nodes: &[Atom], name: Atom, request: impl Serialize) {
    let message = tuple![atom!("$gen_cast"), term_of(&request)];
    for node in nodes {
        ctx.send((name, *node), &message);
    }
}

/// Answers a request that was left for later (C14).
pub fn reply(ctx: &Context, client: &Caller, reply: impl Serialize) {
    client.reply(ctx, term_of(&reply));
}

/// Asks the servers of one name on these nodes, and waits for all: the answers in the order of the
/// nodes, and the nodes that gave none (C15).
pub async fn multi_call(
    ctx: &Context,
    nodes: &[Atom],
    name: Atom,
    request: impl Serialize,
    timeout: Option<Duration>,
) -> (Vec<(Atom, Term)>, Vec<Atom>) {
    let request = term_of(&request);
    let ask = |node: &Atom| {
        let to = Address::Remote(name, *node);
        (*node, request::begin(ctx, to, atom!("$gen_call"), request.clone()))
    };
    let asked: Vec<(Atom, Ref)> = nodes.iter().map(ask).collect();
    ctx.resumed().await;
    let deadline = timeout.map(|timeout| ctx.now() + timeout);
    let (mut replies, mut bad) = (Vec::new(), Vec::new());
    for (node, reference) in asked {
        let left = deadline.map(|deadline| deadline.since(ctx.now()));
        match request::receive_by_reference(ctx, reference, left).await {
            Some(reply) => replies.push((node, reply)),
            None => bad.push(node),
        }
    }
    (replies, bad)
}

/// Asks a server, and does not wait (C16). A registry that fails is told of as a server that is
/// missing is.
pub fn send_request(
    ctx: &Context,
    server: impl Into<ServerRef>,
    request: impl Serialize,
) -> RequestId {
    let server = server.into();
    request::send_request(ctx, &server, term_of(&request))
        .unwrap_or_else(|exit| request::untold(ctx, &server, exit))
}

/// As [`send_request`], for a caller that catches what a registry raises.
pub(crate) fn send_request_or_raise(
    ctx: &Context,
    server: &ServerRef,
    request: Term,
) -> Result<RequestId, Exit> {
    request::send_request(ctx, server, request)
}

/// Waits for the answer to a request; after a timeout nothing comes of it any more (C16).
pub async fn receive_response(
    ctx: &Context,
    id: &RequestId,
    timeout: Option<Duration>,
) -> Response {
    request::receive(ctx, id, timeout).await
}

/// Waits for the answer to a request; after a timeout it can be waited for again (C16).
pub async fn wait_response(ctx: &Context, id: &RequestId, timeout: Option<Duration>) -> Response {
    request::wait(ctx, id, timeout).await
}

/// Ends a server in order with the reason `normal`, and waits until it has ended (C20).
///
/// # Errors
/// The exit of C20: `noproc`, or `{{nodedown,Node},{sys,terminate,_}}`.
pub async fn stop(ctx: &Context, server: impl Into<ServerRef>) -> ExitResult {
    stop_with(ctx, server, Term::atom("normal"), None).await
}

/// Ends a server in order with a reason, and waits until it has ended (C20).
///
/// # Errors
/// As [`stop`], and `timeout` if the server takes longer.
pub async fn stop_with(
    ctx: &Context,
    server: impl Into<ServerRef>,
    reason: Term,
    timeout: Option<Duration>,
) -> ExitResult {
    let (server, deadline) = (server.into(), timeout.map(|timeout| ctx.now() + timeout));
    let (server, monitor) = match server.resolve(ctx)? {
        Some(Address::Pid(pid)) => (ServerRef::Pid(pid), ctx.monitor(pid)),
        Some(Address::Remote(name, node)) if ctx.may_monitor((name, node).into()).is_err() => {
            return ending(tuple![atom!("nodedown"), node]);
        }
        Some(Address::Remote(name, node)) => (server, ctx.monitor((name, node))),
        None => return ending(Term::atom("noproc")),
    };
    let called = |_| {
        let arguments = list![server.to_term(), &reason, request::timeout_term(timeout)];
        tuple![atom!("sys"), atom!("terminate"), arguments]
    };
    let (label, request) = (atom!("system"), terminate_request(&reason));
    if let Err(exit) = request::ask_or_exit(ctx, &server, label, request, timeout, called).await {
        ctx.demonitor_flush(monitor);
        let plain =
            ["noproc", "timeout"].into_iter().find(|tag| exit.reason().tagged(tag).is_some());
        return Err(plain.map_or(exit, |tag| Exit::exit(Term::atom(tag))));
    }
    let down = ctx.receive_where(move |message| is_down(message, monitor));
    let down = match deadline {
        Some(deadline) => down.within(deadline.since(ctx.now())).await,
        None => Some(down.await),
    };
    match down.as_ref().map(reason_in) {
        Some(end) if end == reason => Ok(()),
        Some(end) => ending(end),
        None => {
            ctx.demonitor_flush(monitor);
            ending(Term::atom("timeout"))
        }
    }
}
