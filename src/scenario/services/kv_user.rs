//! The client `kv_user`: somebody who gets, puts, and compares and sets, and waits for each answer.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::client::{Client, ClientSetup, Task};
use super::failover::{AttemptFailure, FailoverClient, RetryPolicy};
use super::kv::{Change, KeyValueAnswer, KeyValueFailure, KeyValueReply, KeyValueRequest};
use super::registry::{Directory, DirectoryEntry};
use super::settings;
use crate::atom;
use crate::consistency::history::{Action, Outcome};
use crate::document::shape::{Field, NameKind, ProgramInfo, Shape};
use crate::engine::runtime::{BoxedProcess, Context, ExitResult};
use crate::engine::term::{Atom, Term};

/// The client `kv_user`.
#[derive(Clone, Copy, Debug)]
pub struct KeyValueUser;

#[derive(Clone, Debug, Deserialize)]
struct Settings {
    application: Option<String>,
    keys: u64,
    servers: Option<Vec<String>>,
    failover: bool,
    #[serde(deserialize_with = "settings::duration")]
    try_timeout: Duration,
}

/// The services of this protocol.
const SERVICES: [&str; 3] = ["kv", "raft", "chain"];

struct User {
    client: FailoverClient,
    /// The number of keys.
    keys: u64,
    /// Its identity to the service, which no other client on any node ever has.
    identity: String,
    /// The number of operations that it has begun.
    begun: u64,
    known: Known,
}

/// The last value of each key that a client knows.
type Known = BTreeMap<String, Option<String>>;

impl Client for KeyValueUser {
    fn info(&self) -> ProgramInfo {
        let keys = Shape::Integer { min: 1, max: 1_000_000 };
        ProgramInfo {
            name: "kv_user",
            about: "Gets, puts, and compares and sets the values of a `kv`, a `raft` or a `chain`, one \
                    thing after the other.",
            config: vec![
                Field::optional(
                    "application",
                    Shape::Name(NameKind::Application),
                    "The application that it uses; otherwise the first that is a `kv`, a \
                     `raft` or a `chain`.",
                ),
                Field::default("keys", keys, 5, "The number of keys."),
                Field::optional(
                    "servers",
                    Shape::some(Shape::Name(NameKind::Node)),
                    "The nodes of the application that it uses; otherwise all. Each client begins \
                     with another one.",
                ),
                Field::default(
                    "failover",
                    Shape::Boolean,
                    true,
                    "True if it goes to the next server when its own does not answer.",
                ),
                Field::default(
                    "try_timeout",
                    Shape::Duration,
                    "1s",
                    "The time for which it waits for a server before it goes to the next one.",
                ),
            ],
            operations: vec!["get", "put", "cas"],
        }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        Box::new(move |ctx| Box::pin(async move { User::new(&ctx, setup).live(&ctx).await }))
    }

    /// Whatever servers they use, all of them hold the same values.
    fn service(&self, config: &Value, directory: &Directory) -> Option<Atom> {
        let name = config.get("application").and_then(Value::as_str);
        application(name, directory).map(|entry| entry.name)
    }
}

/// The application with this name; otherwise the first that takes the requests of a [`KeyValueUser`].
fn application<'a>(name: Option<&str>, directory: &'a Directory) -> Option<&'a DirectoryEntry> {
    match name {
        Some(name) => directory.application(Atom::new(name)),
        None => SERVICES.iter().find_map(|service| directory.service(service).next()),
    }
}

impl User {
    fn new(ctx: &Context, setup: ClientSetup) -> User {
        let settings: Settings = setup.settings(&KeyValueUser.info());
        let Settings { application: name, keys, servers, failover, try_timeout } = settings;
        let tries = RetryPolicy { failover, timeout: Some(try_timeout) };
        let life = ctx.incarnation().creation();
        let entry = application(name.as_deref(), &setup.directory).cloned();
        let service = (Atom::new(name.as_deref().unwrap_or(SERVICES[0])), entry);
        User {
            identity: format!("{}-{}-{life}", setup.workload.as_str(), setup.client),
            client: FailoverClient::to(service, setup, servers.as_deref(), tries),
            keys,
            begun: 0,
            known: Known::new(),
        }
    }

    async fn live(mut self, ctx: &Context) -> ExitResult {
        loop {
            match self.client.setup.next_task(ctx).await {
                Task::Operation { name, number, draw } => {
                    let key = format!("k{}", draw % self.keys + 1);
                    let change = self.choose(name, number, &key);
                    self.perform(ctx, key, change).await;
                }
                Task::Closing if self.client.setup.client == 0 => {
                    for number in 1..=self.keys {
                        self.perform(ctx, format!("k{number}"), Change::Get).await;
                    }
                }
                Task::Closing => {}
            }
        }
    }

    /// The change of a key that the operation with this name and number makes. Nobody else writes the same value;
    /// what a `cas` expects is what this client has last known to be there.
    fn choose(&self, name: Atom, number: u64, key: &str) -> Change {
        let setup = &self.client.setup;
        let (workload, client) = (setup.workload.as_str(), setup.client);
        let value = format!("{workload}-{client}-{number}");
        match name.as_str() {
            "get" => Change::Get,
            "put" => Change::Put(value),
            "cas" => Change::Cas(self.known.get(key).cloned().flatten(), value),
            other => panic!("a kv_user has no operation {other}"),
        }
    }

    /// Does something, and records it.
    async fn perform(&mut self, ctx: &Context, key: String, change: Change) {
        let (name, action, value) = match &change {
            Change::Get => ("get", Action::Read, Term::atom("undefined")),
            Change::Put(value) => ("put", Action::Write, Term::from(value)),
            Change::Cas(from, to) => {
                let pair = [value_term(from.as_ref()), Term::from(to)];
                ("cas", Action::CompareAndSet, pair.into_iter().collect())
            }
        };
        let setup = Rc::clone(&self.client.setup);
        let invocation = setup.invocation(Atom::new(name), action, &key, value);
        self.begun += 1;
        let request = |within_ms| KeyValueRequest {
            key: key.clone(),
            change: change.clone(),
            client: self.identity.clone(),
            number: self.begun,
            within_ms,
        };
        let outcome = |reply| match reply {
            KeyValueReply::Ok(answer) => {
                Ok(Outcome::Ok(note(&mut self.known, &key, &change, answer)))
            }
            KeyValueReply::Error(failure) => Err(AttemptFailure::from(failure)),
        };
        setup.history.perform(ctx, invocation, self.client.ask(ctx, request, outcome)).await;
    }
}

/// Keeps in mind what an answer says of a key; the answer as a term.
fn note(known: &mut Known, key: &str, change: &Change, answer: KeyValueAnswer) -> Term {
    let (now, term) = match (change, answer) {
        (_, KeyValueAnswer::Value(value)) => {
            let term = value_term(value.as_ref());
            (Some(value), term)
        }
        (Change::Put(value) | Change::Cas(_, value), KeyValueAnswer::Written) => {
            (Some(Some(value.clone())), Term::atom("ok"))
        }
        (Change::Put(value) | Change::Cas(_, value), KeyValueAnswer::Swapped(true)) => {
            (Some(Some(value.clone())), Term::from(true))
        }
        (_, KeyValueAnswer::Swapped(false)) => (None, Term::from(false)),
        (Change::Get, KeyValueAnswer::Written | KeyValueAnswer::Swapped(true)) => {
            (None, Term::atom("ok"))
        }
    };
    if let Some(now) = now {
        known.insert(key.to_owned(), now);
    }
    term
}

impl From<KeyValueFailure> for AttemptFailure {
    fn from(failure: KeyValueFailure) -> AttemptFailure {
        let (reason, certain) = match failure {
            KeyValueFailure::NoMajority => (atom!("no_majority"), true),
            KeyValueFailure::Unclear => (atom!("unclear"), false),
            KeyValueFailure::Stale => (atom!("stale"), false),
            KeyValueFailure::Elsewhere => (atom!("elsewhere"), true),
        };
        AttemptFailure { reason: reason.into(), certain }
    }
}

/// The answer for a key without a value, and for one with a value.
fn value_term(value: Option<&String>) -> Term {
    value.map_or_else(|| Term::atom("undefined"), Term::from)
}
