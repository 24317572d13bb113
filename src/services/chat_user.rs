//! The client `chat_user`: somebody who posts, reads and joins, and waits for each answer.

use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::chat::{Answer, Operation};
use super::client::{Client, ClientSetup, Task};
use super::http::{Failure, Reply, Request};
use super::registry::Directory;
use super::report::TRIED_AGAIN;
use super::servers::Servers;
use super::transport::{CallError, Channel, Target};
use crate::history::{Action, Outcome};
use crate::runtime::{BoxedProcess, Context, ExitResult};
use crate::shape::{Field, NameKind, ProgramInfo, Shape};
use crate::term::{Atom, Term};

/// The client `chat_user`.
#[derive(Clone, Copy, Debug)]
pub struct ChatUser;

/// The pause after all servers have failed once.
const PAUSE: Duration = Duration::from_millis(100);

/// How much of a user's patience the server gets, in percent; the rest is for the way back.
const SERVER_PERCENT: u128 = 90;

#[derive(Clone, Debug, Deserialize)]
struct Settings {
    rooms: u64,
    servers: Option<Vec<String>>,
    failover: bool,
}

struct User {
    setup: Rc<ClientSetup>,
    settings: Settings,
    channel: Channel,
    /// The application that it uses.
    http: Atom,
    servers: Servers,
}

impl Client for ChatUser {
    fn info(&self) -> ProgramInfo {
        let rooms = Shape::Integer { min: 1, max: 1_000_000 };
        ProgramInfo {
            name: "chat_user",
            about: "Posts, reads and joins in the rooms of the chat, one thing after the other.",
            config: vec![
                Field::default("rooms", rooms, 3, "How many rooms there are."),
                Field::optional(
                    "servers",
                    Shape::some(Shape::Name(NameKind::Node)),
                    "The nodes of `http` that it uses; otherwise all. Each client begins with \
                     another one.",
                ),
                Field::default(
                    "failover",
                    Shape::Boolean,
                    true,
                    "Whether it goes to the next server when its own cannot be reached.",
                ),
            ],
            operations: vec!["post", "read", "join"],
        }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        Box::new(move |ctx| Box::pin(async move { User::new(setup).live(&ctx).await }))
    }

    /// Whatever servers they use, all of them show one chat.
    fn service(&self, _config: &Value, directory: &Directory) -> Option<Atom> {
        directory.service("http").next().map(|entry| entry.name)
    }
}

/// What a user knows after a try that has failed.
struct Setback {
    reason: Term,
    certain: bool,
}

impl User {
    fn new(setup: ClientSetup) -> User {
        let settings: Settings = setup.settings(&ChatUser.info());
        let entry = setup.directory.service("http").next();
        let servers = match &settings.servers {
            Some(names) => names.iter().map(|name| Atom::new(name)).collect(),
            None => entry.map(|entry| entry.nodes.clone()).unwrap_or_default(),
        };
        User {
            http: entry.map_or_else(|| Atom::new("http"), |entry| entry.name),
            channel: Channel::new(setup.transport, &setup.report),
            servers: Servers::new(&setup, &servers),
            setup: Rc::new(setup),
            settings,
        }
    }

    async fn live(mut self, ctx: &Context) -> ExitResult {
        loop {
            match self.setup.next_task(ctx).await {
                Task::Operation { name, number, draw } => {
                    let operation = self.choose(name, number, draw);
                    self.perform(ctx, operation).await;
                }
                Task::Closing if self.setup.client == 0 => self.read_all(ctx).await,
                Task::Closing => {}
            }
        }
    }

    /// The operation with this name and number, with arguments that a random number chooses.
    fn choose(&self, name: Atom, number: u64, draw: u64) -> Operation {
        let room = room(draw % self.settings.rooms);
        let (workload, client) = (self.setup.workload.as_str(), self.setup.client);
        match name.as_str() {
            "post" => {
                let text = format!("{workload}-{client}-{number}");
                Operation::Post { room, key: Some(text.clone()), text }
            }
            "join" => Operation::Join { room, user: format!("{workload}-{client}") },
            "read" => Operation::Read { room },
            other => panic!("a chat_user has no operation {other}"),
        }
    }

    async fn read_all(&mut self, ctx: &Context) {
        for number in 0..self.settings.rooms {
            self.perform(ctx, Operation::Read { room: room(number) }).await;
        }
    }

    /// Does something, and records it.
    async fn perform(&mut self, ctx: &Context, operation: Operation) {
        let (action, value) = match &operation {
            Operation::Post { text, .. } => (Action::Append, Term::from(text)),
            Operation::Read { .. } => (Action::Read, Term::atom("undefined")),
            Operation::Join { user, .. } => (Action::Other, Term::from(user)),
        };
        let name = Atom::new(operation.name());
        let invocation = self.setup.invocation(name, action, operation.room(), value);
        let history = self.setup.history.clone();
        history.perform(ctx, invocation, self.ask(ctx, &operation)).await;
    }

    /// Asks one server after the other until one answers or the patience is at its end.
    async fn ask(&mut self, ctx: &Context, operation: &Operation) -> Outcome {
        self.servers.come_home(ctx.monotonic_time());
        let deadline = ctx.monotonic_time() + self.setup.timeout;
        let (mut certain, mut tries) = (true, 0);
        loop {
            let Some(server) = self.servers.current() else {
                return Outcome::Failed(Term::atom("no_server"));
            };
            let left = deadline.saturating_sub(ctx.monotonic_time());
            let setback = match self.try_once(ctx, operation, server, left).await {
                Ok(outcome) if certain => return outcome,
                Ok(outcome) => return in_doubt(outcome),
                Err(setback) => setback,
            };
            certain &= setback.certain;
            tries += 1;
            let pause = if tries % self.servers.count() == 0 { PAUSE } else { Duration::ZERO };
            let next_try = ctx.monotonic_time() + pause;
            if !self.settings.failover || next_try >= deadline {
                let outcome = Outcome::Failed(setback.reason);
                return if certain { outcome } else { in_doubt(outcome) };
            }
            if tries == 1 {
                self.setup.report.count(self.http, TRIED_AGAIN);
            }
            self.servers.go_on(ctx.monotonic_time());
            ctx.sleep(pause).await;
        }
    }

    async fn try_once(
        &self,
        ctx: &Context,
        operation: &Operation,
        server: Atom,
        left: Duration,
    ) -> Result<Outcome, Setback> {
        // Half of the time for this server, as long as there is another one.
        let alone = self.servers.count() == 1 || !self.settings.failover;
        let timeout = if alone { left } else { left / 2 };
        let timeout = timeout.max(PAUSE.min(left));
        let within_ms = (timeout.as_millis() * SERVER_PERCENT / 100) as u64;
        let request = Request { operation: operation.clone(), within_ms };
        let target = Target::On(self.http, server);
        match self.channel.call(ctx, target, &request, timeout).await {
            Ok(Reply::Ok(answer)) => Ok(Outcome::Ok(answer_term(answer))),
            Ok(Reply::Error(Failure::Unavailable(why))) => Ok(Outcome::Failed(reason(why))),
            Ok(Reply::Error(Failure::Unclear(why))) => Ok(Outcome::Unknown(reason(why))),
            Err(error) => Err(Setback::from(error)),
        }
    }
}

impl From<CallError> for Setback {
    fn from(error: CallError) -> Setback {
        Setback { reason: error.to_term(), certain: error.is_certain() }
    }
}

/// After a try that may have worked, an error of another try says nothing.
fn in_doubt(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(reason) | Outcome::Unknown(reason) => Outcome::Unknown(reason),
        Outcome::Ok(answer) => Outcome::Ok(answer),
    }
}

/// The term that a reason is the text of.
fn reason(text: String) -> Term {
    text.parse().unwrap_or_else(|_| Term::from(text))
}

fn room(number: u64) -> String {
    format!("room-{}", number + 1)
}

fn answer_term(answer: Answer) -> Term {
    match answer {
        Answer::Posted(number) | Answer::Joined(number) => Term::from(number),
        Answer::Messages(texts) => texts,
    }
}
