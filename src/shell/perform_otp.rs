//! Doing what a probe is told: servers and supervisors.

use std::time::Duration;

use super::Answer;
use super::names::{SharedNames, Thing};
use super::operation::{Patience, ServerOperation, Target, Waiting};
use super::perform::{Outcome, Problem, Resolved, fill, resolve};
use crate::otp::gen_server::{self, RequestId, Response, ServerRef, StartResult};
use crate::runtime::{Context, Exit};
use crate::term::{Atom, Term};
use crate::{atom, tuple};

/// Servers.
pub(super) async fn server(
    ctx: &Context,
    names: &SharedNames,
    operation: ServerOperation,
) -> Outcome {
    match operation {
        ServerOperation::Call { to, request, timeout } => {
            let (server, request) = (server_ref(&to, names)?, fill(&request, names)?);
            Ok(Answer::from(call(ctx, server, request, timeout).await?))
        }
        ServerOperation::Cast { to, request } => {
            gen_server::cast(ctx, server_ref(&to, names)?, fill(&request, names)?);
            Ok(Answer::from(atom!("ok")))
        }
        ServerOperation::MultiCall { name, nodes, request, timeout } => {
            let request = fill(&request, names)?;
            let nodes: Result<Vec<Atom>, String> =
                nodes.iter().map(|node| names.borrow().node(node)).collect();
            Ok(multi_call(ctx, name, &nodes?, request, timeout).await)
        }
        ServerOperation::SendRequest { to, request, name } => {
            let (server, request) = (server_ref(&to, names)?, fill(&request, names)?);
            let id = gen_server::send_request(ctx, server, request);
            names.borrow_mut().bind(&name, Thing::Request(id));
            Ok(Answer::Silent)
        }
        ServerOperation::Response { request, timeout, kind } => {
            let id = names.borrow().request(&request)?;
            let response = wait(ctx, &id, timeout, kind).await;
            Ok(Answer::from(response_term(response)))
        }
        ServerOperation::Stop { server, reason, timeout } => {
            let server = server_ref(&server, names)?;
            let reason = reason.map(|reason| fill(&reason, names)).transpose()?;
            let reason = reason.unwrap_or_else(|| Term::atom("normal"));
            gen_server::stop_with(ctx, server, reason, timeout).await?;
            Ok(Answer::from(atom!("ok")))
        }
        ServerOperation::StartServer(start) => {
            let name = start.name.clone();
            Ok(started(start.start_link(ctx).await, &name, names))
        }
        ServerOperation::StartSupervisor(start) => {
            let name = start.name.clone();
            Ok(started(start.start_link(ctx).await, &name, names))
        }
    }
}

async fn call(
    ctx: &Context,
    server: ServerRef,
    request: Term,
    timeout: Patience,
) -> Result<Term, Exit> {
    match timeout {
        Patience::Usual => gen_server::call(ctx, server, request).await,
        Patience::Given(timeout) => gen_server::call_within(ctx, server, request, timeout).await,
    }
}

async fn wait(ctx: &Context, id: &RequestId, timeout: Option<Duration>, kind: Waiting) -> Response {
    match kind {
        Waiting::Receive => gen_server::receive_response(ctx, id, timeout).await,
        Waiting::Wait => gen_server::wait_response(ctx, id, timeout).await,
    }
}

/// `{ok,Pid}`, `ignore` or `{error,Reason}`; the process gets its name.
pub(super) fn started(result: StartResult, name: &str, names: &SharedNames) -> Answer {
    if let Ok(Some(pid)) = &result {
        names.borrow_mut().bind(name, Thing::Process(*pid, None));
    }
    Answer::from(start_term(result))
}

/// `{ok,Pid}`, `ignore` or `{error,Reason}`.
fn start_term(result: StartResult) -> Term {
    match result {
        Ok(Some(pid)) => tuple![atom!("ok"), pid],
        Ok(None) => Term::atom("ignore"),
        Err(reason) => tuple![atom!("error"), reason],
    }
}

fn server_ref(target: &Target, names: &SharedNames) -> Result<ServerRef, Problem> {
    match resolve(target, names)? {
        Resolved::Pid(pid) => Ok(ServerRef::Pid(pid)),
        Resolved::Local(name) => Ok(ServerRef::Local(name)),
        Resolved::Remote(name, node) => Ok(ServerRef::Remote(name, node)),
        Resolved::Global(name) => Ok(ServerRef::Global(name)),
        Resolved::Reference(_) | Resolved::Other => Err(Exit::badarg().into()),
    }
}

async fn multi_call(
    ctx: &Context,
    name: Atom,
    nodes: &[Atom],
    request: Term,
    timeout: Option<Duration>,
) -> Answer {
    let (replies, bad) = gen_server::multi_call(ctx, nodes, name, request, timeout).await;
    let replies: Term = replies.into_iter().map(|(node, reply)| tuple![node, reply]).collect();
    let bad: Term = bad.into_iter().map(Term::from).collect();
    Answer::from(tuple![replies, bad])
}

fn response_term(response: Response) -> Term {
    match response {
        Response::Reply(reply) => tuple![atom!("reply"), reply],
        Response::Timeout => Term::atom("timeout"),
        Response::Error { reason, server } => tuple![atom!("error"), tuple![reason, server]],
    }
}
