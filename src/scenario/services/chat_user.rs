//! The client `chat_user`: somebody who posts, reads and joins, and waits for each answer.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::Value;

use super::chat::{ChatAnswer, ChatOperation};
use super::client::{Client, ClientSetup, Task};
use super::failover::{FailoverClient, RetryPolicy};
use super::http::{ChatFailure, ChatReply, ChatRequest};
use super::registry::Directory;
use crate::consistency::history::{Action, Outcome};
use crate::document::shape::{Field, NameKind, ProgramInfo, Shape};
use crate::engine::runtime::{BoxedProcess, Context, ExitResult};
use crate::engine::term::{Atom, Term};

/// The client `chat_user`.
#[derive(Clone, Copy, Debug)]
pub struct ChatUser;

#[derive(Clone, Debug, Deserialize)]
struct Settings {
    rooms: u64,
    servers: Option<Vec<String>>,
    failover: bool,
}

struct User {
    client: FailoverClient,
    /// The number of rooms.
    rooms: u64,
}

impl Client for ChatUser {
    fn info(&self) -> ProgramInfo {
        let rooms = Shape::Integer { min: 1, max: 1_000_000 };
        ProgramInfo {
            name: "chat_user",
            about: "Posts, reads and joins in the rooms of the chat, one thing after the other.",
            config: vec![
                Field::default("rooms", rooms, 3, "The number of rooms."),
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
                    "True if it goes to the next server when its own cannot be reached.",
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

impl User {
    fn new(setup: ClientSetup) -> User {
        let Settings { rooms, servers, failover } = setup.settings(&ChatUser.info());
        let tries = RetryPolicy { failover, timeout: None };
        User { client: FailoverClient::new(setup, "http", servers.as_deref(), tries), rooms }
    }

    async fn live(mut self, ctx: &Context) -> ExitResult {
        loop {
            match self.client.setup.next_task(ctx).await {
                Task::Operation { name, number, draw } => {
                    let operation = self.choose(name, number, draw);
                    self.perform(ctx, operation).await;
                }
                Task::Closing if self.client.setup.client == 0 => self.read_all(ctx).await,
                Task::Closing => {}
            }
        }
    }

    /// The operation with this name and number, with arguments that a random number chooses.
    fn choose(&self, name: Atom, number: u64, draw: u64) -> ChatOperation {
        let room = room(draw % self.rooms);
        let setup = &self.client.setup;
        let (workload, client) = (setup.workload.as_str(), setup.client);
        match name.as_str() {
            "post" => {
                let text = format!("{workload}-{client}-{number}");
                ChatOperation::Post { room, key: Some(text.clone()), text }
            }
            "join" => ChatOperation::Join { room, user: format!("{workload}-{client}") },
            "read" => ChatOperation::Read { room },
            other => panic!("a chat_user has no operation {other}"),
        }
    }

    async fn read_all(&mut self, ctx: &Context) {
        for number in 0..self.rooms {
            self.perform(ctx, ChatOperation::Read { room: room(number) }).await;
        }
    }

    /// Does something, and records it.
    async fn perform(&mut self, ctx: &Context, operation: ChatOperation) {
        let (action, value) = match &operation {
            ChatOperation::Post { text, .. } => (Action::Append, Term::from(text)),
            ChatOperation::Read { .. } => (Action::Read, Term::atom("undefined")),
            ChatOperation::Join { user, .. } => (Action::Other, Term::from(user)),
        };
        let name = Atom::new(operation.name());
        let setup = Rc::clone(&self.client.setup);
        let invocation = setup.invocation(name, action, operation.room(), value);
        let request = |within_ms| ChatRequest { operation: operation.clone(), within_ms };
        let ask = self.client.ask(ctx, request, |reply| Ok(outcome(reply)));
        setup.history.perform(ctx, invocation, ask).await;
    }
}

/// The outcome of a reply for the user.
fn outcome(reply: ChatReply) -> Outcome {
    match reply {
        ChatReply::Ok(answer) => Outcome::Ok(answer_term(answer)),
        ChatReply::Error(ChatFailure::Unavailable(why)) => Outcome::Failed(reason(why)),
        ChatReply::Error(ChatFailure::Unclear(why)) => Outcome::Unknown(reason(why)),
    }
}

/// The term that a reason is the text of.
fn reason(text: String) -> Term {
    text.parse().unwrap_or_else(|_| Term::from(text))
}

fn room(number: u64) -> String {
    format!("room-{}", number + 1)
}

fn answer_term(answer: ChatAnswer) -> Term {
    match answer {
        ChatAnswer::Posted(number) | ChatAnswer::Joined(number) => Term::from(number),
        ChatAnswer::Messages(texts) => texts,
    }
}
