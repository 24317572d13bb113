//! Servers: processes that take requests one at a time and answer them.
//!
//! ```
//! use nodedown::otp::gen_server::{self, Caller, GenServer, Init, Options, Reply};
//! use nodedown::runtime::{Context, Exit, World, WorldConfig, NodeConfig};
//! use nodedown::term::Term;
//! use nodedown::time::Time;
//!
//! struct Counter(i64);
//!
//! impl GenServer for Counter {
//!     type Call = i64;
//!     type Cast = Term;
//!     type Reply = i64;
//!
//!     async fn handle_call(&mut self, _: &Context, _: Caller, add: i64) -> Result<Reply<i64>, Exit> {
//!         self.0 += add;
//!         Ok(Reply::now(self.0))
//!     }
//! }
//!
//! let mut world = World::new(WorldConfig::default());
//! let host = world.add_host("rack");
//! let node = world.add_node(NodeConfig::new("a@rack", host));
//! world.start_node(node);
//! world.spawn(node, "user", |ctx| async move {
//!     let options = Options::new("counter").local("counter");
//!     gen_server::start_link(&ctx, options, |_| async { Ok(Init::Ok(Counter(40))) }).await.unwrap();
//!     let total: i64 = gen_server::call(&ctx, "counter", 2_i64).await?;
//!     assert_eq!(total, 42);
//!     ctx.log(nodedown::trace::Level::Info, "counted");
//!     Ok(())
//! });
//! world.run_until(Time::from_nanos(1_000_000));
//! assert!(format!("{:?}", world.trace().records()).contains("counted"));
//! ```
//!
//! - `client`: calls, casts and the other side of requests
//! - `server`: the loop of a server
//! - `start`: how a server comes up and gets its name

mod client;
mod server;
mod start;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use client::send_request_or_raise;
pub(crate) use client::{CallExit, call_exit};
pub use client::{
    abcast, call, call_within, cast, multi_call, receive_response, reply, send_request, stop,
    stop_with, wait_response,
};
pub use start::{Options, start, start_link};

pub use super::address::{Caller, ServerName, ServerRef};
pub use super::proc_lib::StartResult;
pub use super::request::{RequestId, Response};
pub use super::via::{Answered, Registry, Via};
use crate::engine::runtime::{Context, Exit, ExitResult};
use crate::engine::term::Term;
use crate::engine::trace::Level;

/// A server: its state, and what it does with what it receives.
///
/// Requests, casts and replies are of any serde type, or [`Term`] itself.
///
/// A callback that fails or panics ends the server with the exit reason of the failure, after
/// [`GenServer::terminate`]. A request that is no
/// [`GenServer::Call`] ends the server with `{function_clause,Stack}`, as one that no clause
/// matches does in Erlang (C4).
#[expect(async_fn_in_trait, reason = "a simulation runs on one thread, nothing needs Send")]
pub trait GenServer: Sized + 'static {
    /// The type of a request.
    type Call: DeserializeOwned;
    /// The type of a request without a reply.
    type Cast: DeserializeOwned;
    /// The type of a reply.
    type Reply: Serialize;

    /// Answers a request.
    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: Self::Call,
    ) -> Result<Reply<Self::Reply>, Exit>;

    /// Deals with what was told by [`cast`].
    async fn handle_cast(&mut self, ctx: &Context, request: Self::Cast) -> Result<Next, Exit> {
        let _ = (ctx, request);
        Err(Exit::function_clause())
    }

    /// Deals with any other message: a timer's, an `'EXIT'`, a `'DOWN'`.
    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        let text = format!("{} received unexpected message: {message}", ctx.pid());
        ctx.log(Level::Warning, text);
        Ok(Next::Wait)
    }

    /// Does what an earlier callback put off with [`Next::Continue`] (C23).
    async fn handle_continue(&mut self, ctx: &Context, argument: Term) -> Result<Next, Exit> {
        let _ = (ctx, argument);
        Ok(Next::Wait)
    }

    /// The state as traces with states show it; `None` if it is not to be shown.
    fn state(&self) -> Option<Term> {
        None
    }

    /// Cleans up before an end that is the server's own, its failure or its parent's wish (C21,
    /// C22). A failure here takes the place of the reason.
    async fn terminate(&mut self, ctx: &Context, reason: &Term) -> ExitResult {
        let _ = (ctx, reason);
        Ok(())
    }
}

/// The next step of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Next {
    /// Waits for the next message.
    #[default]
    Wait,
    /// Waits for the next message; if none comes in time, it gets `timeout` in
    /// [`GenServer::handle_info`] (C23).
    WaitAtMost(Duration),
    /// Runs [`GenServer::handle_continue`] before it looks at any message (C23).
    Continue(Term),
    /// Ends with this reason.
    Stop(Term),
}

/// The result of a request: a reply or none, and the next step.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<R> {
    /// Answers now.
    Now(R, Next),
    /// Does not answer, or answers later with [`reply`]: `{noreply,State}`.
    NoReply(Next),
}

impl<R> Reply<R> {
    /// Answers, and waits for the next message.
    pub const fn now(reply: R) -> Reply<R> {
        Reply::Now(reply, Next::Wait)
    }

    /// Leaves the answer for later, and waits for the next message.
    pub const fn no_reply() -> Reply<R> {
        Reply::NoReply(Next::Wait)
    }

    /// Answers, and ends with this reason: `{stop,Reason,Reply,State}` (C5).
    pub fn stop(reason: impl Into<Term>, reply: R) -> Reply<R> {
        Reply::Now(reply, Next::Stop(reason.into()))
    }

    /// Ends with this reason and without an answer: `{stop,Reason,State}`.
    pub fn stop_silently(reason: impl Into<Term>) -> Reply<R> {
        Reply::NoReply(Next::Stop(reason.into()))
    }

    /// The same answer with something else to do next.
    #[must_use]
    pub fn then(self, next: Next) -> Reply<R> {
        match self {
            Reply::Now(reply, _) => Reply::Now(reply, next),
            Reply::NoReply(_) => Reply::NoReply(next),
        }
    }
}

/// The result of a server's start function.
#[derive(Clone, Debug, PartialEq)]
pub enum Init<S> {
    /// The server with its first state.
    Ok(S),
    /// The same, with something to do before it waits for messages.
    Then(S, Next),
    /// There shall be no server, and that is no failure.
    Ignore,
    /// There can be no server, for this reason.
    Stop(Term),
}
