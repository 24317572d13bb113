//! Requests in JSON over HTTP.
//!
//! Each request has a connection to itself, or one that an earlier request has left open. Writing
//! and reading JSON costs time at both ends.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::{self, ExchangeOutcome};
use super::message::{HttpRequest, HttpResponse, Status};
use super::{CallError, Cost, Target};
use crate::atom;
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term, from_term, term_from_json};
use crate::scenario::services::report::ReportSink;
use crate::tuple;

/// The time to write or read a byte of JSON: a processor of our days gets through some two
/// hundred megabytes in a second.
const NANOS_PER_BYTE: u64 = 5;

/// The time that it takes to write or read this many bytes of JSON.
pub(super) fn coding_time(bytes: usize) -> Duration {
    Duration::from_nanos(NANOS_PER_BYTE * bytes as u64)
}

/// The way in which a request is made.
pub(super) struct RequestOptions<'a> {
    pub(super) target: Target,
    pub(super) keep_alive: bool,
    pub(super) retries: u32,
    pub(super) report: &'a ReportSink,
}

impl RequestOptions<'_> {
    fn request(&self, node: Atom, request: &impl Serialize, respond_async: bool) -> HttpRequest {
        let body = serde_json::to_string(request).expect("requests are JSON");
        let application = self.target.application();
        HttpRequest { host: node, application, keep_alive: self.keep_alive, respond_async, body }
    }

    /// Charges a request that was answered this many times.
    fn charge(&self, bytes: usize, connections: u64, answers: u64) {
        let round_trips = connections + answers;
        let cost = Cost { requests: 1, bytes: bytes as u64, connections, round_trips };
        self.report.charge(self.target.application(), cost);
    }
}

/// Asks, and waits for the answer. A request whose connection closes is made again as often as it may
/// be, as proxies and client libraries do: they cannot know what the server has done. It goes to where
/// the application is then.
pub(super) async fn call<R: DeserializeOwned>(
    ctx: &Context,
    ask: &RequestOptions<'_>,
    request: &impl Serialize,
    timeout: Duration,
) -> Result<R, CallError> {
    let deadline = ctx.now() + timeout;
    for _ in 0..ask.retries {
        match call_once(ctx, ask, request, deadline.since(ctx.now())).await {
            Err(CallError::ConnectionLost(_)) => {}
            outcome => return outcome,
        }
    }
    call_once(ctx, ask, request, deadline.since(ctx.now())).await
}

/// Asks on one connection. Where a global name is held is looked up as ever.
async fn call_once<R: DeserializeOwned>(
    ctx: &Context,
    ask: &RequestOptions<'_>,
    request: &impl Serialize,
    timeout: Duration,
) -> Result<R, CallError> {
    let node = ask.target.node(ctx).ok_or(CallError::NotRunning)?;
    let text = ask.request(node, request, false).to_string();
    let connection = connection::to(ctx, node, ask.keep_alive);
    let set_up = u64::from(connection.is_new);
    let exchanged = connection.exchange(ctx, &text, timeout).await;
    let answered = if let ExchangeOutcome::Answer(answer) = &exchanged { answer.len() } else { 0 };
    ask.charge(text.len() + answered, set_up, 1);
    match exchanged {
        ExchangeOutcome::Answer(answer) => {
            ctx.work(coding_time(answer.len())).await;
            read(&answer)
        }
        ExchangeOutcome::NotConnected => Err(CallError::NoConnection(node)),
        ExchangeOutcome::Closed => Err(CallError::ConnectionLost(node)),
        ExchangeOutcome::TooLate => Err(CallError::Timeout),
    }
}

/// Tells, and does not wait: the connection looks after the rest.
pub(super) fn cast(ctx: &Context, ask: &RequestOptions<'_>, request: &impl Serialize) {
    let Some(node) = ask.target.node(ctx) else { return };
    let text = ask.request(node, request, true).to_string();
    let connection = connection::to(ctx, node, ask.keep_alive);
    ask.charge(text.len(), u64::from(connection.is_new), 0);
    connection.send(ctx, &text);
}

fn read<R: DeserializeOwned>(answer: &str) -> Result<R, CallError> {
    let bad = || CallError::Exited(tuple![atom!("bad_answer"), answer]);
    let response = HttpResponse::parse(answer).ok_or_else(bad)?;
    match response.status {
        Status::Ok => serde_json::from_str(&response.body).map_err(|_| bad()),
        Status::NotFound => Err(CallError::NotRunning),
        Status::BadGateway => Err(CallError::Exited(reason(&response.body))),
        Status::Accepted | Status::BadRequest => Err(bad()),
    }
}

/// The exit reason that a body in JSON stands for.
fn reason(body: &str) -> Term {
    let value = serde_json::from_str(body).unwrap_or_default();
    term_from_json(&value)
}

/// The term that a body in JSON stands for.
pub(super) fn term_of_body(body: &str) -> Option<Term> {
    serde_json::from_str(body).ok().map(|value| term_from_json(&value))
}

/// The JSON of a reply that came as a term, if it is one.
pub(super) fn body_of_reply<R: Serialize + DeserializeOwned>(reply: &Term) -> Option<String> {
    let reply: R = from_term(reply).ok()?;
    serde_json::to_string(&reply).ok()
}
