//! The client `store_user`: puts and gets, one after the other, and records what it saw.

use nodedown::prelude::*;

use crate::service::{Answer, Request};

/// The client, as scenarios know it.
pub(crate) struct StoreUser;

/// Settings of a workload, from the scenario.
#[derive(Deserialize)]
#[serde(crate = "nodedown::serde")]
struct Settings {
    keys: u64,
}

impl Client for StoreUser {
    fn info(&self) -> ProgramInfo {
        let number = Shape::Integer { min: 1, max: 1_000 };
        ProgramInfo {
            name: "store_user",
            about: "Puts numbers into the store, and gets them.",
            config: vec![Field::default("keys", number, 3, "How many keys there are.")],
            operations: vec!["put", "get"],
        }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        let Settings { keys } = setup.settings(&self.info());
        Box::new(move |ctx| Box::pin(live(ctx, setup, keys)))
    }
}

async fn live(ctx: Context, setup: ClientSetup, keys: u64) -> ExitResult {
    loop {
        match setup.next_task(&ctx).await {
            Task::Operation { name, number, draw } => {
                let key = format!("key-{}", draw % keys + 1);
                if name == atom!("put") {
                    // The number of the operation: a value that nobody else writes.
                    perform(&ctx, &setup, name, key, Some(number)).await;
                } else {
                    perform(&ctx, &setup, name, key, None).await;
                }
            }
            // When all is over, one client reads everything once more.
            Task::Closing if setup.client == 0 => {
                for key in 1..=keys {
                    perform(&ctx, &setup, atom!("get"), format!("key-{key}"), None).await;
                }
            }
            Task::Closing => {}
        }
    }
}

/// Puts a value, or gets what is there, and records it in the history that the checkers read.
async fn perform(
    ctx: &Context,
    setup: &ClientSetup,
    name: Atom,
    key: String,
    value: Option<u64>,
) -> Outcome {
    let (action, written) = match value {
        Some(value) => (Action::Write, Term::from(value)),
        None => (Action::Read, Term::atom("undefined")),
    };
    let invocation = setup.invocation(name, action, key.as_str(), written);
    let request = match value {
        Some(value) => Request::Put { key, value },
        None => Request::Get { key },
    };
    setup.history.perform(ctx, invocation, ask(ctx, setup, request)).await
}

/// Asks the store, wherever the scenario has put it.
async fn ask(ctx: &Context, setup: &ClientSetup, request: Request) -> Outcome {
    let Some(store) = setup.directory.service("store").next() else {
        return Outcome::Failed(Term::atom("no_store"));
    };
    let server = (store.name, store.nodes[0]);
    let answer = gen_server::call_within(ctx, server, request, Some(setup.timeout)).await;
    Outcome::of_call(answer.and_then(|answer: Answer| Ok(to_term(&answer)?)))
}
