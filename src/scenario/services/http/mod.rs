//! The front: takes the requests of users, each with a deadline, and gets them done.
//!
//! ```text
//! http (supervisor)
//! ├── <name>_requests (supervisor): a process for each request
//! └── <name>: takes requests, and starts their processes
//! ```
//!
//! While the database moves, its calls fail in all the ways that calls fail in Erlang; a request
//! tries again until its deadline. What became of it is told to `log`, `analytics` and
//! `reporting`.
//!
//! - `server`: takes requests
//! - `request`: the process of a request

mod request;
mod server;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bystander::Bystanders;
use super::chat::{ChatAnswer, ChatOperation};
use super::registry::{Service, ServiceSetup};
use super::settings;
use super::transport::{Channel, Transport};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::engine::term::Atom;
use crate::otp::application::ApplicationSpec;
use crate::otp::supervisor::{self, ChildSpec, Flags, Restart, Strategy};

/// The service `http`.
#[derive(Clone, Copy, Debug)]
pub struct Http;

/// A request of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The operation.
    pub operation: ChatOperation,
    /// The time that the user waits, in milliseconds.
    pub within_ms: u64,
}

/// A reply to a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatReply {
    /// It is done.
    Ok(ChatAnswer),
    /// It is not, or perhaps not.
    Error(ChatFailure),
}

/// The reason why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatFailure {
    /// It has certainly not been done, for this reason.
    Unavailable(String),
    /// Its outcome is unknown, for this reason.
    Unclear(String),
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    retry: bool,
    #[serde(deserialize_with = "settings::duration")]
    retry_every: Duration,
    #[serde(deserialize_with = "settings::duration")]
    try_timeout: Duration,
    idempotency_keys: bool,
    #[serde(deserialize_with = "settings::duration")]
    work: Duration,
}

/// The knowledge that all processes of the application share.
#[derive(Debug)]
struct Setup {
    name: Atom,
    /// The name of the supervisor of the requests.
    requests: Atom,
    /// The application that has the messages.
    database: Option<Atom>,
    settings: Settings,
    transport: Transport,
    channel: Channel,
    bystanders: Bystanders,
}

impl Setup {
    fn new(setup: &ServiceSetup) -> Setup {
        let channel = Channel::new(setup.transport, &setup.report);
        Setup {
            name: setup.name,
            requests: Atom::new(&format!("{}_requests", setup.name.as_str())),
            database: setup.directory.service("database").next().map(|entry| entry.name),
            settings: settings::read(&Http.info(), &setup.config),
            transport: setup.transport,
            channel: channel.clone(),
            bystanders: Bystanders {
                directory: Rc::clone(&setup.directory),
                channel,
                report: setup.report.clone(),
            },
        }
    }
}

impl Service for Http {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "http",
            about: "Takes the requests of the chat's users, each with a deadline.",
            config: vec![
                Field::default(
                    "retry",
                    Shape::Boolean,
                    true,
                    "True if it tries again, until the deadline, when the database fails.",
                ),
                Field::default(
                    "retry_every",
                    Shape::Duration,
                    "100ms",
                    "The pause before it tries again.",
                ),
                Field::default(
                    "try_timeout",
                    Shape::Duration,
                    "1s",
                    "The time for which a single try waits for the database.",
                ),
                Field::default(
                    "idempotency_keys",
                    Shape::Boolean,
                    true,
                    "True if a post carries a key by which the database knows it again; without, \
                     one that is tried again may appear twice.",
                ),
                Field::default(
                    "work",
                    Shape::Duration,
                    "200us",
                    "The time for which a request keeps the front busy, which takes one after the other.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        let setup = Rc::new(Setup::new(setup));
        ApplicationSpec::new(setup.name.as_str(), move |ctx, _| {
            let children = vec![requests(&setup), front(&setup)];
            async move {
                let flags = Flags { strategy: Strategy::RestForOne, ..Flags::default() };
                supervisor::start_link(&ctx, None, flags, children).await
            }
        })
    }
}

/// The supervisor of the requests. A request that breaks is nobody else's business.
fn requests(setup: &Rc<Setup>) -> ChildSpec {
    let setup = Rc::clone(setup);
    ChildSpec::supervisor(setup.requests.as_str(), move |ctx| {
        let setup = Rc::clone(&setup);
        async move { request::start_supervisor(&ctx, setup).await }
    })
}

fn front(setup: &Rc<Setup>) -> ChildSpec {
    let setup = Rc::clone(setup);
    ChildSpec::worker(setup.name.as_str(), move |ctx| {
        let setup = Rc::clone(&setup);
        async move { server::start_link(&ctx, setup).await }
    })
    .restart(Restart::Permanent)
}
