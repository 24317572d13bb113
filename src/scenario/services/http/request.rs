//! The process of a request: calls the database until it has an answer or the time is up.

use std::rc::Rc;
use std::time::Duration;

use super::{ChatFailure, ChatReply, ChatRequest, Setup};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Term, from_term, to_term};
use crate::otp::gen_server::{self, Caller, ServerName, StartResult};
use crate::otp::supervisor::{self, ChildSpec, Flags, Restart};
use crate::scenario::services::TRIED_AGAIN;
use crate::scenario::services::analytics::AnalyticsNotice;
use crate::scenario::services::chat::{ChatAnswer, ChatOperation};
use crate::scenario::services::database;
use crate::scenario::services::log::LogNotice;
use crate::scenario::services::reporting::ReportingNotice;
use crate::scenario::services::transport::{CallError, Target};
use crate::tuple;

/// Starts the supervisor of the requests.
pub(super) async fn start_supervisor(ctx: &Context, setup: Rc<Setup>) -> StartResult {
    let name = Some(ServerName::Local(setup.requests));
    let template = ChildSpec::worker("request", |_| async { Ok(None) }).restart(Restart::Temporary);
    supervisor::start_link_simple(ctx, name, Flags::default(), template, move |ctx, argument| {
        let setup = Rc::clone(&setup);
        async move {
            let run = move |ctx| async move { serve(&ctx, &setup, &argument).await };
            Ok(Some(ctx.spawn_link("request", run)))
        }
    })
    .await
}

/// Starts the process of a request.
pub(super) async fn start(
    ctx: &Context,
    setup: &Setup,
    client: &Caller,
    request: ChatRequest,
) -> Result<StartResult, Exit> {
    let argument = tuple![client.to_term(), to_term(&request)?];
    supervisor::start_child_with(ctx, setup.requests, argument).await
}

/// The reason why a single try failed.
struct AttemptFailure {
    reason: String,
    /// True if it has certainly done nothing.
    certain: bool,
}

async fn serve(ctx: &Context, setup: &Setup, argument: &Term) -> Result<(), Exit> {
    let Some([client, request]) = argument.as_tuple() else { return Err(Exit::badarg()) };
    let client = Caller::from_term(client).ok_or_else(Exit::badarg)?;
    let ChatRequest { operation, within_ms } = from_term(request)?;
    let keyed = setup.settings.idempotency_keys;
    let operation = if keyed { operation } else { operation.without_key() };
    let (reply, tries) = attempt(ctx, setup, &operation, Duration::from_millis(within_ms)).await;
    gen_server::reply(ctx, &client, &reply);
    tell(ctx, setup, &operation, &reply, tries);
    Ok(())
}

/// Tries until there is an answer or the deadline has come: what came of it, and in how many tries.
async fn attempt(
    ctx: &Context,
    setup: &Setup,
    operation: &ChatOperation,
    within: Duration,
) -> (ChatReply, u32) {
    let deadline = ctx.monotonic_time() + within;
    let request = database::DatabaseRequest::Do(operation.clone());
    let mut certain = true;
    for tries in 1.. {
        let left = deadline.saturating_sub(ctx.monotonic_time());
        let timeout = setup.settings.try_timeout.min(left);
        let setback = match try_once(ctx, setup, &request, timeout).await {
            Ok(answer) => return (ChatReply::Ok(answer), tries),
            Err(setback) => setback,
        };
        certain &= setback.certain;
        let next_try = ctx.monotonic_time() + setup.settings.retry_every;
        if !setup.settings.retry || next_try >= deadline {
            let failure = if certain { ChatFailure::Unavailable } else { ChatFailure::Unclear };
            return (ChatReply::Error(failure(setback.reason)), tries);
        }
        ctx.sleep(setup.settings.retry_every).await;
    }
    unreachable!("a request has a deadline")
}

async fn try_once(
    ctx: &Context,
    setup: &Setup,
    request: &database::DatabaseRequest,
    timeout: Duration,
) -> Result<ChatAnswer, AttemptFailure> {
    let answer = match setup.database {
        Some(name) => setup.channel.call(ctx, Target::Global(name), request, timeout).await,
        None => Err(CallError::NotRunning),
    };
    match answer {
        Ok(database::DatabaseReply::Ok(answer)) => Ok(answer),
        Ok(database::DatabaseReply::Error(refusal)) => {
            Err(AttemptFailure { reason: refusal.name().to_owned(), certain: refusal.is_certain() })
        }
        Ok(database::DatabaseReply::HandedOver) => {
            Err(AttemptFailure { reason: "bad_answer".to_owned(), certain: false })
        }
        Err(error) => {
            Err(AttemptFailure { reason: error.to_term().to_string(), certain: error.is_certain() })
        }
    }
}

/// Tells the others what became of a request.
fn tell(ctx: &Context, setup: &Setup, operation: &ChatOperation, reply: &ChatReply, tries: u32) {
    let (name, room) = (operation.name(), operation.room());
    if tries > 1 {
        setup.bystanders.report.count(setup.name, TRIED_AGAIN);
    }
    let (result, notice) = match reply {
        ChatReply::Ok(_) => ("ok".to_owned(), ReportingNotice::Served),
        ChatReply::Error(ChatFailure::Unavailable(reason) | ChatFailure::Unclear(reason)) => {
            (reason.clone(), ReportingNotice::Failed(reason.clone()))
        }
    };
    let line = LogNotice::Line(format!("{name} in {room}: {result} after {tries} tries"));
    setup.bystanders.tell(ctx, "log", &line);
    setup.bystanders.tell(ctx, "reporting", &notice);
    if let ChatReply::Ok(ChatAnswer::Posted(_)) = reply {
        let posted = AnalyticsNotice::Posted(room.to_owned());
        setup.bystanders.tell(ctx, "analytics", &posted);
    }
}
