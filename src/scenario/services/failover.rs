//! A client's way to a service that runs on several nodes: it asks one server after the other.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::ClientSetup;
use super::registry::DirectoryEntry;
use super::report::TRIED_AGAIN;
use super::servers::Servers;
use super::transport::{CallError, Channel, Target};
use crate::consistency::history::Outcome;
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};

/// The pause after all servers have failed once.
const PAUSE: Duration = Duration::from_millis(100);

/// The share of the time of a try that the server gets, in percent; the rest is for the way back.
const SERVER_PERCENT: u128 = 90;

/// The settings of a client's tries.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    /// True if it goes to the next server when its own fails.
    pub failover: bool,
    /// The time that it waits for a server, whatever others there are. Without this, half of the time
    /// that is left is for the current server, and all of it for the only one.
    pub timeout: Option<Duration>,
}

/// The reason why a try has failed, if another one may do better.
pub(super) struct AttemptFailure {
    pub reason: Term,
    /// True if nothing has been done, nor will be.
    pub certain: bool,
}

/// A client that goes to another server when its own fails.
pub(super) struct FailoverClient {
    pub setup: Rc<ClientSetup>,
    channel: Channel,
    /// The application that it uses.
    service: Atom,
    servers: Servers,
    tries: RetryPolicy,
}

impl FailoverClient {
    /// One that uses the first application of a service: on these nodes, or on all of its own.
    pub(super) fn new(
        setup: ClientSetup,
        service: &str,
        servers: Option<&[String]>,
        tries: RetryPolicy,
    ) -> FailoverClient {
        let entry = setup.directory.service(service).next().cloned();
        let application = (Atom::new(service), entry);
        FailoverClient::to(application, setup, servers, tries)
    }

    /// One that uses the application with this name, if it is there.
    pub(super) fn to(
        (name, entry): (Atom, Option<DirectoryEntry>),
        setup: ClientSetup,
        servers: Option<&[String]>,
        tries: RetryPolicy,
    ) -> FailoverClient {
        let nodes = entry.as_ref().map(|entry| entry.nodes.clone());
        let servers = match servers {
            Some(names) => names.iter().map(|name| Atom::new(name)).collect(),
            None => nodes.unwrap_or_default(),
        };
        FailoverClient {
            service: entry.map_or(name, |entry| entry.name),
            channel: Channel::new(setup.transport, &setup.report),
            servers: Servers::new(&setup, &servers),
            setup: Rc::new(setup),
            tries,
        }
    }

    /// Asks one server after the other until one answers or the time is up. A request is made from
    /// the number of milliseconds that the server has for it; a reply is the outcome, or a reason
    /// to try again.
    pub(super) async fn ask<Request: Serialize, Reply: DeserializeOwned>(
        &mut self,
        ctx: &Context,
        request: impl Fn(u64) -> Request,
        mut outcome: impl FnMut(Reply) -> Result<Outcome, AttemptFailure>,
    ) -> Outcome {
        self.servers.come_home(ctx.monotonic_time());
        let deadline = ctx.monotonic_time() + self.setup.timeout;
        let (mut certain, mut tries) = (true, 0);
        loop {
            let Some(server) = self.servers.current() else {
                return Outcome::Failed(Term::atom("no_server"));
            };
            let timeout = self.time_for_one(deadline.saturating_sub(ctx.monotonic_time()));
            let within_ms = (timeout.as_millis() * SERVER_PERCENT / 100) as u64;
            let target = Target::On(self.service, server);
            let reply = self.channel.call(ctx, target, &request(within_ms), timeout).await;
            let setback = match reply.map_err(AttemptFailure::from).and_then(&mut outcome) {
                Ok(outcome) if certain => return outcome,
                Ok(outcome) => return in_doubt(outcome),
                Err(setback) => setback,
            };
            certain &= setback.certain;
            tries += 1;
            let pause = if tries % self.servers.count() == 0 { PAUSE } else { Duration::ZERO };
            if !self.tries.goes_on() || ctx.monotonic_time() + pause >= deadline {
                let outcome = Outcome::Failed(setback.reason);
                return if certain { outcome } else { in_doubt(outcome) };
            }
            if tries == 1 {
                self.setup.report.count(self.service, TRIED_AGAIN);
            }
            if self.tries.failover {
                self.servers.go_on(ctx.monotonic_time());
            }
            ctx.sleep(pause).await;
        }
    }

    /// The part of the time left that the current server gets.
    fn time_for_one(&self, left: Duration) -> Duration {
        if let Some(timeout) = self.tries.timeout {
            return timeout.min(left);
        }
        let alone = self.servers.count() == 1 || !self.tries.failover;
        let timeout = if alone { left } else { left / 2 };
        timeout.max(PAUSE.min(left))
    }
}

impl RetryPolicy {
    /// True if there is another try after one that has failed: with neither another server nor a
    /// limit for each try, the first one had all the time.
    const fn goes_on(self) -> bool {
        self.failover || self.timeout.is_some()
    }
}

impl From<CallError> for AttemptFailure {
    fn from(error: CallError) -> AttemptFailure {
        AttemptFailure { reason: error.to_term(), certain: error.is_certain() }
    }
}

/// After a try that may have worked, an error of another try says nothing.
fn in_doubt(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(reason) | Outcome::Unknown(reason) => Outcome::Unknown(reason),
        Outcome::Ok(answer) => Outcome::Ok(answer),
    }
}
