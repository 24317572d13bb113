//! Doing what a probe is told: servers and supervisors.

use std::time::Duration;

use super::Answer;
use super::names::{SharedNames, Thing};
use super::operation::{Limit, Patience, ServerOperation, Target, Waiting};
use super::perform::{Outcome, Problem, Resolved, fill, resolve};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::{self, RequestId, Response, ServerRef, StartResult, Via};
use crate::{atom, tuple};

/// Servers.
pub(super) async fn server(
    ctx: &Context,
    names: &SharedNames,
    operation: ServerOperation,
) -> Outcome {
    match operation {
        ServerOperation::Call { to, request, timeout } => {
            let request = fill(&request, names)?;
            let Ok(server) = server_ref(&to, names) else {
                return Err(bad_call(target_term(&to, names)?, request, None).into());
            };
            Ok(Answer::from(call(ctx, server, request, timeout).await?))
        }
        ServerOperation::Cast { to, request } => {
            gen_server::cast(ctx, server_ref(&to, names)?, fill(&request, names)?);
            Ok(Answer::from(atom!("ok")))
        }
        ServerOperation::Abcast { name, nodes, request } => {
            gen_server::abcast(ctx, &all_nodes(&nodes, names)?, name, fill(&request, names)?);
            Ok(Answer::from(atom!("abcast")))
        }
        ServerOperation::MultiCall { name, nodes, request, timeout } => {
            let (nodes, request) = (all_nodes(&nodes, names)?, fill(&request, names)?);
            Ok(multi_call(ctx, name, &nodes, request, timeout).await)
        }
        ServerOperation::SendRequest { to, request, name } => {
            let (server, request) = (server_ref(&to, names)?, fill(&request, names)?);
            let id = gen_server::send_request_or_raise(ctx, &server, request)?;
            names.borrow_mut().bind(&name, Thing::Request(id));
            Ok(Answer::Silent)
        }
        ServerOperation::Response { request, timeout, kind } => {
            let id = names.borrow().request(&request)?;
            let response = wait(ctx, &id, timeout, kind).await;
            let gives_up = kind == Waiting::Receive && response == Response::Timeout;
            if gives_up && id.reference().incarnation() != ctx.incarnation() {
                // It ends by `demonitor/2`, which takes no reference of another node.
                return Err(Exit::badarg().into());
            }
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
            start.ask_registry(ctx)?;
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
    let timeout = match timeout {
        Patience::Usual => return gen_server::call(ctx, server, request).await,
        Patience::Given(Limit::Bad(term)) => {
            return Err(bad_call(server.to_term(), request, Some(term)));
        }
        Patience::Given(Limit::Forever) => None,
        Patience::Given(Limit::Within(time)) => Some(time),
    };
    gen_server::call_within(ctx, server, request, timeout).await
}

/// What a call gives whose server can be none, or whose timeout is none (C7).
fn bad_call(server: Term, request: Term, timeout: Option<Term>) -> Exit {
    let mut arguments = vec![server, request];
    arguments.extend(timeout);
    let called = tuple![atom!("gen_server"), atom!("call"), Term::from(arguments)];
    Exit::exit(tuple![Exit::function_clause().into_exit_reason(), called])
}

fn all_nodes(nodes: &[String], names: &SharedNames) -> Result<Vec<Atom>, String> {
    nodes.iter().map(|node| names.borrow().node(node)).collect()
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
        Resolved::Via(module, name) => Ok(ServerRef::Via(Via::of_module(module, name))),
        Resolved::Reference(_) | Resolved::Other => Err(Exit::function_clause().into()), // C13
    }
}

/// A target as it was typed, with its names looked up.
fn target_term(target: &Target, names: &SharedNames) -> Result<Term, String> {
    match target {
        Target::Word(word) => names.borrow().thing(word),
        Target::Term(template) => fill(template, names),
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
