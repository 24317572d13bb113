//! The client `kv_user`: somebody who gets, puts, and compares and sets, and waits for each answer.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::client::{Client, ClientSetup, Task};
use super::kv::{Answer, Change, Failure, Reply, Request};
use super::registry::Directory;
use super::report::TRIED_AGAIN;
use super::servers::Servers;
use super::settings;
use super::transport::{CallError, Channel, Target};
use crate::atom;
use crate::history::{Action, Outcome};
use crate::runtime::{BoxedProcess, Context, ExitResult};
use crate::shape::{Field, NameKind, ProgramInfo, Shape};
use crate::term::{Atom, Term};

/// The client `kv_user`.
#[derive(Clone, Copy, Debug)]
pub struct KeyValueUser;

/// The pause after all servers have failed once.
const PAUSE: Duration = Duration::from_millis(100);

/// How much of the time of a try the server gets, in percent; the rest is for the way back.
const SERVER_PERCENT: u128 = 90;

#[derive(Clone, Debug, Deserialize)]
struct Settings {
    keys: u64,
    servers: Option<Vec<String>>,
    failover: bool,
    #[serde(deserialize_with = "settings::duration")]
    try_timeout: Duration,
}

struct User {
    setup: Rc<ClientSetup>,
    settings: Settings,
    channel: Channel,
    /// The application that it uses.
    service: Atom,
    servers: Servers,
    /// Who it is to the service: nobody else, on any node at any time, is the same.
    identity: String,
    /// How many operations it has begun.
    begun: u64,
    /// What it has last known each key to be.
    known: BTreeMap<String, Option<String>>,
}

impl Client for KeyValueUser {
    fn info(&self) -> ProgramInfo {
        let keys = Shape::Integer { min: 1, max: 1_000_000 };
        ProgramInfo {
            name: "kv_user",
            about: "Gets, puts, and compares and sets the values of a `kv`, one thing after the other.",
            config: vec![
                Field::default("keys", keys, 5, "How many keys there are."),
                Field::optional(
                    "servers",
                    Shape::some(Shape::Name(NameKind::Node)),
                    "The nodes of `kv` that it uses; otherwise all. Each client begins with another \
                     one.",
                ),
                Field::default(
                    "failover",
                    Shape::Boolean,
                    true,
                    "Whether it goes to the next server when its own does not answer.",
                ),
                Field::default(
                    "try_timeout",
                    Shape::Duration,
                    "1s",
                    "How long it waits for a server before it goes to the next one.",
                ),
            ],
            operations: vec!["get", "put", "cas"],
        }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        Box::new(move |ctx| Box::pin(async move { User::new(&ctx, setup).live(&ctx).await }))
    }

    /// Whatever servers they use, all of them hold the same values.
    fn service(&self, _config: &Value, directory: &Directory) -> Option<Atom> {
        directory.service("kv").next().map(|entry| entry.name)
    }
}

/// What a try has failed for.
struct Setback {
    reason: Term,
    /// Whether nothing has been done, nor will be.
    certain: bool,
}

impl User {
    fn new(ctx: &Context, setup: ClientSetup) -> User {
        let settings: Settings = setup.settings(&KeyValueUser.info());
        let entry = setup.directory.service("kv").next();
        let servers = match &settings.servers {
            Some(names) => names.iter().map(|name| Atom::new(name)).collect(),
            None => entry.map(|entry| entry.nodes.clone()).unwrap_or_default(),
        };
        let life = ctx.incarnation().creation();
        User {
            service: entry.map_or_else(|| Atom::new("kv"), |entry| entry.name),
            channel: Channel::new(setup.transport, &setup.report),
            servers: Servers::new(&setup, &servers),
            identity: format!("{}-{}-{life}", setup.workload.as_str(), setup.client),
            setup: Rc::new(setup),
            settings,
            begun: 0,
            known: BTreeMap::new(),
        }
    }

    async fn live(mut self, ctx: &Context) -> ExitResult {
        loop {
            match self.setup.next_task(ctx).await {
                Task::Operation { name, number, draw } => {
                    let key = format!("k{}", draw % self.settings.keys + 1);
                    let change = self.choose(name, number, &key);
                    self.perform(ctx, key, change).await;
                }
                Task::Closing if self.setup.client == 0 => {
                    for number in 1..=self.settings.keys {
                        self.perform(ctx, format!("k{number}"), Change::Get).await;
                    }
                }
                Task::Closing => {}
            }
        }
    }

    /// What the operation with this name and number does to a key. Nobody else writes the same value;
    /// what a `cas` expects is what this client has last known to be there.
    fn choose(&self, name: Atom, number: u64, key: &str) -> Change {
        let (workload, client) = (self.setup.workload.as_str(), self.setup.client);
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
        let invocation = self.setup.invocation(Atom::new(name), action, &key, value);
        let history = self.setup.history.clone();
        history.perform(ctx, invocation, self.ask(ctx, &key, &change)).await;
    }

    /// Asks one server after the other until one answers or the time is up.
    async fn ask(&mut self, ctx: &Context, key: &str, change: &Change) -> Outcome {
        self.servers.come_home(ctx.monotonic_time());
        self.begun += 1;
        let deadline = ctx.monotonic_time() + self.setup.timeout;
        let (mut certain, mut tries) = (true, 0);
        loop {
            let Some(server) = self.servers.current() else {
                return Outcome::Failed(Term::atom("no_server"));
            };
            let left = deadline.saturating_sub(ctx.monotonic_time());
            let setback = match self.try_once(ctx, key, change, server, left).await {
                Ok(answer) => return Outcome::Ok(self.note(key, change, answer)),
                Err(setback) => setback,
            };
            certain &= setback.certain;
            tries += 1;
            let pause = if tries % self.servers.count() == 0 { PAUSE } else { Duration::ZERO };
            if ctx.monotonic_time() + pause >= deadline {
                let outcome = if certain { Outcome::Failed } else { Outcome::Unknown };
                return outcome(setback.reason);
            }
            if tries == 1 {
                self.setup.report.count(self.service, TRIED_AGAIN);
            }
            if self.settings.failover {
                self.servers.go_on(ctx.monotonic_time());
            }
            ctx.sleep(pause).await;
        }
    }

    async fn try_once(
        &self,
        ctx: &Context,
        key: &str,
        change: &Change,
        server: Atom,
        left: Duration,
    ) -> Result<Answer, Setback> {
        let timeout = self.settings.try_timeout.min(left);
        let request = Request {
            key: key.to_owned(),
            change: change.clone(),
            client: self.identity.clone(),
            number: self.begun,
            within_ms: (timeout.as_millis() * SERVER_PERCENT / 100) as u64,
        };
        let target = Target::On(self.service, server);
        match self.channel.call(ctx, target, &request, timeout).await {
            Ok(Reply::Ok(answer)) => Ok(answer),
            Ok(Reply::Error(failure)) => Err(Setback::from(failure)),
            Err(error) => Err(Setback::from(error)),
        }
    }

    /// Keeps in mind what an answer says of a key; the answer as a term.
    fn note(&mut self, key: &str, change: &Change, answer: Answer) -> Term {
        let (now, term) = match (change, answer) {
            (_, Answer::Value(value)) => {
                let term = value_term(value.as_ref());
                (Some(value), term)
            }
            (Change::Put(value) | Change::Cas(_, value), Answer::Written) => {
                (Some(Some(value.clone())), Term::atom("ok"))
            }
            (Change::Put(value) | Change::Cas(_, value), Answer::Swapped(true)) => {
                (Some(Some(value.clone())), Term::from(true))
            }
            (_, Answer::Swapped(false)) => (None, Term::from(false)),
            (Change::Get, Answer::Written | Answer::Swapped(true)) => (None, Term::atom("ok")),
        };
        if let Some(now) = now {
            self.known.insert(key.to_owned(), now);
        }
        term
    }
}

impl From<CallError> for Setback {
    fn from(error: CallError) -> Setback {
        Setback { reason: error.to_term(), certain: error.is_certain() }
    }
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Setback {
        let (reason, certain) = match failure {
            Failure::NoMajority => (atom!("no_majority"), true),
            Failure::Unclear => (atom!("unclear"), false),
            Failure::Stale => (atom!("stale"), false),
        };
        Setback { reason: reason.into(), certain }
    }
}

/// What a key without a value has, and one with a value.
fn value_term(value: Option<&String>) -> Term {
    value.map_or_else(|| Term::atom("undefined"), Term::from)
}
