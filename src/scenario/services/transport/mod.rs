//! Calls and casts between programs, by Erlang's distribution or as JSON over HTTP.
//!
//! A caller sees the same in both cases; the bytes, and the look of a failure on the
//! way, are not. Where an application runs is learnt from its global name in both.
//!
//! - `json_http`: the other transport; `message`: its messages; `connection`: the caller's end of
//!   its sockets; `listener`: the other end

mod connection;
mod json_http;
mod listener;
mod message;

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::report::ReportSink;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term, external_size, from_term, to_term};
use crate::otp::gen_server::{self, CallExit, ServerRef};
use crate::otp::global;
use crate::{atom, tuple};

pub(super) use listener::serve;

/// The protocol between programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Erlang's distribution: messages between processes, whatever nodes they are on.
    #[default]
    Distribution,
    /// Requests in JSON over HTTP, as between programs in different languages.
    JsonHttp {
        /// True if a connection is used for more than one request.
        keep_alive: bool,
        /// The number of times that a request is repeated whose connection has closed before the answer. It
        /// may have been carried out: then it is carried out twice.
        retries: u32,
    },
}

impl fmt::Display for Transport {
    /// As people name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Transport::JsonHttp { keep_alive, retries } = self else {
            return f.write_str("Erlang distribution");
        };
        let connections = if *keep_alive { "kept alive" } else { "a connection each" };
        write!(f, "JSON over HTTP, {connections}")?;
        match retries {
            0 => Ok(()),
            1 => f.write_str(", tried again once"),
            retries => write!(f, ", tried again {retries} times"),
        }
    }
}

/// The recipient of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The one instance of an application that has its name registered globally.
    Global(Atom),
    /// The instance of an application on a node.
    On(Atom, Atom),
}

impl Target {
    /// The application.
    #[must_use]
    pub fn application(self) -> Atom {
        match self {
            Target::Global(application) | Target::On(application, _) => application,
        }
    }

    /// The node where it runs, as far as this one knows.
    fn node(self, ctx: &Context) -> Option<Atom> {
        match self {
            Target::Global(name) => Some(global::whereis_name(ctx, &Term::from(name))?.node()),
            Target::On(_, node) => Some(node),
        }
    }

    fn server(self) -> ServerRef {
        match self {
            Target::Global(name) => ServerRef::Global(Term::from(name)),
            Target::On(name, node) => ServerRef::Remote(name, node),
        }
    }
}

/// The reason why a call has no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// Nobody of that name is there.
    NotRunning,
    /// There is no connection to the node, so that nothing was sent.
    NoConnection(Atom),
    /// The connection to the node was lost, before the request was sent or after.
    ConnectionLost(Atom),
    /// The answer did not come in time.
    Timeout,
    /// Whoever was asked has ended for this reason, or has given an answer that makes no sense.
    Exited(Term),
}

impl CallError {
    /// True if the request has certainly not been carried out, and never will be.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        match self {
            CallError::NotRunning | CallError::NoConnection(_) => true,
            CallError::ConnectionLost(_) | CallError::Timeout | CallError::Exited(_) => false,
        }
    }

    /// The reason as Erlang would give it.
    #[must_use]
    pub fn to_term(&self) -> Term {
        match self {
            CallError::NotRunning => Term::atom("noproc"),
            CallError::NoConnection(node) => tuple![atom!("econnrefused"), *node],
            CallError::ConnectionLost(node) => tuple![atom!("nodedown"), *node],
            CallError::Timeout => Term::atom("timeout"),
            CallError::Exited(reason) => reason.clone(),
        }
    }

    /// Reads an exit of `gen_server:call` (C1 to C9).
    ///
    /// A call to a global name also exits with `noproc` when the node of its holder goes down during
    /// the call, and Erlang does not say which it was (G16): so that it is an exit like any other.
    pub(super) fn from_exit(exit: &Exit) -> CallError {
        let CallExit { why, server } = gen_server::call_exit(exit);
        let by_identity = server.is_some_and(|server| server.tagged("global").is_none());
        match (why, why.tagged("nodedown")) {
            (_, Some([Term::Atom(node)])) => CallError::ConnectionLost(*node),
            (reason, _) if reason.is_atom("noproc") && by_identity => CallError::NotRunning,
            (reason, _) if reason.is_atom("timeout") => CallError::Timeout,
            (reason, _) => CallError::Exited(reason.clone()),
        }
    }
}

/// The cost of requests on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Calls and casts.
    pub requests: u64,
    /// The bytes of requests and answers: terms in the external format, or messages of HTTP.
    pub bytes: u64,
    /// Connections that were set up for them, each of which is a round trip before the first byte.
    pub connections: u64,
    /// The number of round trips before the caller could go on.
    pub round_trips: u64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.connections += other.connections;
        self.round_trips += other.round_trips;
    }
}

/// A program's way to talk to others; what that costs goes into the report.
#[derive(Clone, Debug)]
pub struct Channel {
    transport: Transport,
    report: ReportSink,
}

impl Channel {
    /// A channel that uses this transport.
    #[must_use]
    pub fn new(transport: Transport, report: &ReportSink) -> Channel {
        Channel { transport, report: report.clone() }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`CallError`] when there is none.
    pub async fn call<R: DeserializeOwned>(
        &self,
        ctx: &Context,
        target: Target,
        request: &impl Serialize,
        timeout: Duration,
    ) -> Result<R, CallError> {
        match self.transport {
            Transport::Distribution => self.call_directly(ctx, target, request, timeout).await,
            Transport::JsonHttp { keep_alive, retries } => {
                let ask =
                    json_http::RequestOptions { target, keep_alive, retries, report: &self.report };
                json_http::call(ctx, &ask, request, timeout).await
            }
        }
    }

    async fn call_directly<R: DeserializeOwned>(
        &self,
        ctx: &Context,
        target: Target,
        request: &impl Serialize,
        timeout: Duration,
    ) -> Result<R, CallError> {
        let request = term_of(request);
        let bytes = external_size(&request) as u64;
        let mut cost = Cost { requests: 1, bytes, connections: 0, round_trips: 1 };
        let holder = match target {
            Target::Global(name) => global::whereis_name(ctx, &Term::from(name)),
            Target::On(..) => None,
        };
        let server = holder.map_or_else(|| target.server(), ServerRef::Pid);
        let answer: Result<Term, Exit> =
            gen_server::call_within(ctx, server, request, Some(timeout)).await;
        cost.bytes += answer.as_ref().map_or(0, |answer| external_size(answer) as u64);
        self.report.charge(target.application(), cost);
        let answer = answer.map_err(|exit| match (CallError::from_exit(&exit), holder) {
            // The holder of a global name was asked, and was dead or has been lost since: to those
            // who call by the name, Erlang says the same of both (G16).
            (CallError::NotRunning, Some(holder)) => CallError::ConnectionLost(holder.node()),
            // A name that nobody held is certain: nothing was sent.
            (CallError::Exited(reason), None) if reason.is_atom("noproc") => CallError::NotRunning,
            (error, _) => error,
        })?;
        from_term(&answer).map_err(|_| CallError::Exited(tuple![atom!("bad_answer"), answer]))
    }

    /// Tells, and does not wait. What cannot be delivered is lost (C13).
    pub fn cast(&self, ctx: &Context, target: Target, request: &impl Serialize) {
        match self.transport {
            Transport::Distribution => {
                let request = term_of(request);
                let bytes = external_size(&request) as u64;
                let cost = Cost { requests: 1, bytes, connections: 0, round_trips: 0 };
                self.report.charge(target.application(), cost);
                gen_server::cast(ctx, target.server(), request);
            }
            Transport::JsonHttp { keep_alive, retries } => {
                let ask =
                    json_http::RequestOptions { target, keep_alive, retries, report: &self.report };
                json_http::cast(ctx, &ask, request);
            }
        }
    }
}

/// The term of a request.
///
/// # Panics
/// If it has none: requests hold no numbers that are not finite.
fn term_of(request: &impl Serialize) -> Term {
    to_term(request).unwrap_or_else(|error| panic!("{error}"))
}
