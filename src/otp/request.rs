//! Requests and their answers, as `gen` makes them.

use std::time::Duration;

use super::address::{Address, Caller, ServerRef};
use super::proc_lib::is_down;
use crate::engine::runtime::{AliasMode, Class, Context, Exit, Mark, MonitorOptions};
use crate::engine::term::{Atom, Ref, Term};
use crate::{atom, list, tuple};

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub struct RequestId {
    reference: Ref,
}

impl RequestId {
    /// The request behind a reference.
    pub(super) const fn new(reference: Ref) -> RequestId {
        RequestId { reference }
    }

    /// The monitor that watches the server, whose alias takes the answer.
    #[must_use]
    pub fn reference(&self) -> Ref {
        self.reference
    }
}

/// The result of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// The answer.
    Reply(Term),
    /// None came in time.
    Timeout,
    /// The server has gone, or is out of reach.
    Error {
        /// `noproc`, `noconnection`, or the exit reason of the server.
        reason: Term,
        /// The monitored object, as a `'DOWN'` names it.
        server: Term,
    },
}

/// Makes a request with a monitor whose alias takes the answer.
pub(super) fn begin(ctx: &Context, to: Address, label: Atom, request: Term) -> Ref {
    let options = MonitorOptions { alias: Some(AliasMode::Demonitor), ..MonitorOptions::default() };
    let reference = match to {
        Address::Pid(pid) => ctx.monitor_with(pid, options),
        Address::Remote(name, node) => ctx.monitor_with((name, node), options),
    };
    let message = tuple![label, Caller::with_alias(ctx, reference).to_term(), request];
    match to {
        Address::Pid(pid) => ctx.send_noconnect(pid, message),
        Address::Remote(name, node) => ctx.send_noconnect((name, node), message),
    };
    reference
}

/// The reason for which there is no reply, from a `'DOWN'`.
struct Down {
    object: Term,
    reason: Term,
}

/// Waits for the answer to a request, or for the end of the server; `None` when neither came.
async fn outcome(
    ctx: &Context,
    reference: Ref,
    mark: Option<Mark>,
    timeout: Option<Duration>,
) -> Option<Result<Term, Down>> {
    let mut receive = ctx
        .receive_where(move |message| is_reply(message, reference) || is_down(message, reference));
    if let Some(mark) = mark {
        receive = receive.from_mark(mark);
    }
    let message = match timeout {
        Some(timeout) => receive.within(timeout).await?,
        None => receive.await,
    };
    if let Some([_, _, object, reason]) = message.tagged("DOWN") {
        return Some(Err(Down { object: object.clone(), reason: reason.clone() }));
    }
    ctx.demonitor_flush(reference);
    message.as_tuple().and_then(<[Term]>::last).cloned().map(Ok)
}

/// Returns whether a message is the answer that came through an alias.
fn is_reply(message: &Term, reference: Ref) -> bool {
    let Some([tag, _]) = message.as_tuple() else { return false };
    matches!(tag.as_improper_list(), Some((_, Term::Reference(found))) if *found == reference)
}

/// Asks and waits: the answer, or why there is none (C1 to C9).
pub(super) async fn ask(
    ctx: &Context,
    server: &ServerRef,
    label: Atom,
    request: Term,
    timeout: Option<Duration>,
) -> Result<Term, Term> {
    let found = server.resolve(ctx).map_err(Exit::into_exit_reason)?;
    let to = found.ok_or_else(|| Term::atom("noproc"))?; // C1
    if to == Address::Pid(ctx.pid()) {
        return Err(Term::atom("calling_self")); // C6
    }
    let mark = ctx.mailbox_mark();
    let reference = begin(ctx, to, label, request);
    let outcome = match outcome(ctx, reference, Some(mark), timeout).await {
        Some(outcome) => outcome.map_err(|down| down.reason),
        None => abandon(ctx, reference).await,
    };
    outcome.map_err(|reason| {
        match (reason.is_atom("noconnection"), server) {
            (false, _) => reason,
            // As if the loss of the node had been noticed before the name was looked up (C1).
            (true, ServerRef::Global(_) | ServerRef::Via(_)) => Term::atom("noproc"),
            (true, ServerRef::Pid(_) | ServerRef::Local(_) | ServerRef::Remote(..)) => {
                tuple![atom!("nodedown"), to.node()] // C2
            }
        }
    })
}

/// Ends a request that took too long. What has come in the meantime counts.
async fn abandon(ctx: &Context, reference: Ref) -> Result<Term, Term> {
    ctx.demonitor_flush(reference);
    let late = ctx.receive_where(move |message| is_reply(message, reference));
    let late = late.within(Duration::ZERO).await;
    match late.as_ref().and_then(Term::as_tuple) {
        Some([_, reply]) => Ok(reply.clone()),
        _ => Err(Term::atom("timeout")), // C3
    }
}

/// Asks as [`ask`] does; the exit of a failure names the function that was called.
pub(super) async fn ask_or_exit(
    ctx: &Context,
    server: &ServerRef,
    label: Atom,
    request: Term,
    timeout: Option<Duration>,
    called: impl FnOnce(Term) -> Term,
) -> Result<Term, Exit> {
    ask(ctx, server, label, request.clone(), timeout)
        .await
        .map_err(|reason| Exit::exit(tuple![reason, called(request)]))
}

/// True if a message is a call of a `gen_server`, or of what answers as one.
pub(crate) fn is_gen_call(message: &Term) -> bool {
    message.tagged("$gen_call").is_some()
}

/// `send_request`: the answer is waited for later (C16). A server that is known to be missing is
/// told of by a `'DOWN'` as if it had been watched, under the name that it was addressed by.
///
/// # Errors
/// Any exception of a registry but an exit, which is reported in the same way.
pub(super) fn send_request(
    ctx: &Context,
    server: &ServerRef,
    request: Term,
) -> Result<RequestId, Exit> {
    let found = match server.resolve(ctx) {
        Err(exit) if exit.class() == Class::Exit => return Ok(untold(ctx, server, exit)),
        found => found?,
    };
    let reference = match found {
        None => missing(ctx, server, Term::atom("noproc")),
        Some(Address::Remote(name, node)) if ctx.may_monitor((name, node).into()).is_err() => {
            missing(ctx, server, tuple![atom!("nodedown"), node])
        }
        Some(to) => begin(ctx, to, atom!("$gen_call"), request),
    };
    Ok(RequestId { reference })
}

/// A request to a name whose registry has failed.
pub(super) fn untold(ctx: &Context, server: &ServerRef, exit: Exit) -> RequestId {
    RequestId { reference: missing(ctx, server, exit.into_exit_reason()) }
}

/// A request that nobody gets.
fn missing(ctx: &Context, server: &ServerRef, why: Term) -> Ref {
    let reference = ctx.make_ref();
    let (down, process) = (atom!("DOWN"), atom!("process"));
    ctx.send(ctx.pid(), tuple![down, reference, process, server.to_term(), why]);
    reference
}

/// `wait_response`: a timeout leaves the request open.
pub(super) async fn wait(ctx: &Context, id: &RequestId, timeout: Option<Duration>) -> Response {
    match outcome(ctx, id.reference, None, timeout).await {
        Some(Ok(reply)) => Response::Reply(reply),
        Some(Err(Down { object, reason })) => Response::Error { reason, server: object },
        None => Response::Timeout,
    }
}

/// `receive_response`: a timeout ends the request.
pub(super) async fn receive(ctx: &Context, id: &RequestId, timeout: Option<Duration>) -> Response {
    match wait(ctx, id, timeout).await {
        Response::Timeout => match abandon(ctx, id.reference).await {
            Ok(reply) => Response::Reply(reply),
            Err(_) => Response::Timeout,
        },
        response @ (Response::Reply(_) | Response::Error { .. }) => response,
    }
}

/// Waits for the answer to a request of many; a timeout ends it (C15).
pub(super) async fn receive_by_reference(
    ctx: &Context,
    reference: Ref,
    timeout: Option<Duration>,
) -> Option<Term> {
    match outcome(ctx, reference, None, timeout).await {
        Some(outcome) => outcome.ok(),
        None => abandon(ctx, reference).await.ok(),
    }
}

/// Waits, for as long as it takes, for the answer to a request that was made after `mark`; `None`
/// when the server has gone.
pub(super) async fn reply_since(ctx: &Context, reference: Ref, mark: Mark) -> Option<Term> {
    outcome(ctx, reference, Some(mark), None).await?.ok()
}

/// The term of a timeout: milliseconds, or `infinity`.
pub(super) fn timeout_term(timeout: Option<Duration>) -> Term {
    timeout.map_or_else(|| Term::atom("infinity"), |timeout| Term::from(timeout.as_millis()))
}

/// `{gen_server,call,[Server,Request]}`, with the timeout if it was given.
pub(super) fn gen_server_call(server: &ServerRef, request: Term, timeout: Option<Term>) -> Term {
    let arguments = match timeout {
        None => list![server.to_term(), request],
        Some(timeout) => list![server.to_term(), request, timeout],
    };
    tuple![atom!("gen_server"), atom!("call"), arguments]
}
