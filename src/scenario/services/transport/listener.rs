//! The serving end of sockets: one process on each node, which passes requests on to the local
//! server that the path names.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::json_http::{body_of_reply, coding_time, term_of_body};
use super::message::{HttpRequest, HttpResponse, Status};
use super::{CallError, Transport};
use crate::atom;
use crate::engine::runtime::{Context, Exit, ExitResult, SpawnOptions};
use crate::engine::term::{Atom, Ref, Term, term_to_json};
use crate::otp::gen_server;

/// The applications that a node serves: how the replies of each become JSON.
#[derive(Default)]
struct Routes(RefCell<BTreeMap<Atom, Route>>);

type Route = fn(&Term) -> Option<String>;

/// Makes the server of an application on this node reachable from others, whose replies are `R`.
/// By Erlang's distribution it is so without doing anything.
pub(in crate::scenario::services) fn serve<R: Serialize + DeserializeOwned>(
    ctx: &Context,
    transport: Transport,
    application: Atom,
) {
    match transport {
        Transport::Distribution => {}
        Transport::JsonHttp { .. } => {
            let routes = ctx.node_local::<Routes>();
            routes.0.borrow_mut().insert(application, body_of_reply::<R>);
            start(ctx);
        }
    }
}

/// Starts the listener of this node, if there is none. It belongs to the node and to no
/// application, so it outlives the one that started it.
fn start(ctx: &Context) {
    let name = atom!("http_listener");
    if ctx.whereis(name).is_some() {
        return;
    }
    let leader = ctx.whereis(atom!("init"));
    let options = SpawnOptions { group_leader: leader, ..SpawnOptions::new("http_listener") };
    let (listener, _) = ctx.spawn_with(options, |ctx| async move { listen(&ctx).await });
    ctx.register(name, listener).expect("nobody has the name");
}

async fn listen(ctx: &Context) -> ExitResult {
    ctx.listen();
    loop {
        let message = ctx.receive().await;
        if let Some([Term::Reference(socket), data]) = message.tagged("tcp") {
            let (socket, data) = (*socket, data.clone());
            ctx.spawn("http_handler", move |ctx| async move { handle(&ctx, socket, &data).await });
        }
    }
}

/// Handles a request, in a process of its own.
async fn handle(ctx: &Context, socket: Ref, data: &Term) -> ExitResult {
    let text = data.as_str().unwrap_or_default();
    ctx.work(coding_time(text.len())).await;
    let request = HttpRequest::parse(text);
    let response = match &request {
        Some(request) => respond(ctx, request).await,
        None => HttpResponse { status: Status::BadRequest, body: String::new() },
    };
    let text = response.to_string();
    ctx.work(coding_time(text.len())).await;
    ctx.send_on_socket(socket, text);
    if !request.is_some_and(|request| request.keep_alive) {
        ctx.close_socket(socket);
    }
    Ok(())
}

async fn respond(ctx: &Context, request: &HttpRequest) -> HttpResponse {
    let respond = |status, body| HttpResponse { status, body };
    let routes = ctx.node_local::<Routes>();
    let route = routes.0.borrow().get(&request.application).copied();
    let (Some(route), Some(_)) = (route, ctx.whereis(request.application)) else {
        return respond(Status::NotFound, String::new());
    };
    let Some(body) = term_of_body(&request.body) else {
        return respond(Status::BadRequest, String::new());
    };
    if request.respond_async {
        gen_server::cast(ctx, request.application, body);
        return respond(Status::Accepted, String::new());
    }
    let answer: Result<Term, Exit> =
        gen_server::call_within(ctx, request.application, body, None).await;
    match answer.map_err(|exit| CallError::from_exit(&exit)) {
        Ok(answer) => match route(&answer) {
            Some(body) => respond(Status::Ok, body),
            None => respond(Status::BadGateway, term_to_json(&answer).to_string()),
        },
        Err(CallError::NotRunning) => respond(Status::NotFound, String::new()),
        Err(error) => respond(Status::BadGateway, term_to_json(&error.to_term()).to_string()),
    }
}
