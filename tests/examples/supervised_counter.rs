//! A counter under a supervisor: a bug ends it, the supervisor starts it again, and its clients,
//! who know it by name only, go on.
//!
//! `cargo run --example supervised_counter`

use nodedown::prelude::*;

/// What the counter can be asked. Any serde type will do: serde makes the Erlang term of it that
/// travels, so that a request costs the same simulated time and bytes as in Erlang.
#[derive(Serialize, Deserialize)]
enum Request {
    Add(i64),
    /// Nobody thought of zero.
    DivideBy(i64),
}

/// The state of the server: a `gen_server` is a state and what it does with each request.
struct Counter {
    total: i64,
}

impl GenServer for Counter {
    type Call = Request;
    type Cast = Term;
    type Reply = i64;

    async fn handle_call(
        &mut self,
        _: &Context,
        _: Caller,
        request: Request,
    ) -> Result<Reply<i64>, Exit> {
        match request {
            Request::Add(number) => self.total += number,
            Request::DivideBy(number) => self.total /= number,
        }
        Ok(Reply::now(self.total))
    }
}

/// Starts the counter, linked to whoever calls this: to its supervisor.
async fn start_counter(ctx: Context) -> StartResult {
    let options = gen_server::Options::new("counter").local("counter");
    let init = |ctx: Context| async move {
        ctx.log(Level::Info, format!("the counter starts at 0 as {}", ctx.pid()));
        Ok(Init::Ok(Counter { total: 0 }))
    };
    gen_server::start_link(&ctx, options, init).await
}

/// Asks the counter and says what came of it. The name is looked up again for each call.
async fn ask(ctx: &Context, what: &str, request: Request) -> Result<i64, Exit> {
    let answer = gen_server::call(ctx, "counter", request).await;
    let said = match &answer {
        Ok(total) => format!("{what}: {total}"),
        // The reason of the exit is as long as in Erlang; here it is enough that there is one.
        Err(_) => format!("{what}: the counter died of it"),
    };
    ctx.log(Level::Info, said);
    answer
}

/// What the client does. Its supervisor is linked to it, and it wants to see the end of it.
async fn client(ctx: Context) -> ExitResult {
    ctx.trap_exit(true);
    // Erlang's defaults: the child that ended is started again, but not twice within 5 s.
    let children = vec![ChildSpec::worker("counter", start_counter)];
    let flags = supervisor::Flags::default();
    let top = supervisor::start_link(&ctx, None, flags, children).await.map_err(Exit::exit)?;

    assert_eq!(ask(&ctx, "add 40", Request::Add(40)).await?, 40);
    assert_eq!(ask(&ctx, "add 2", Request::Add(2)).await?, 42);

    // The caller is not linked to the counter: it sees an error, and lives.
    assert!(ask(&ctx, "divide by 0", Request::DivideBy(0)).await.is_err());
    ctx.sleep(Duration::from_millis(1)).await;

    // The name is there again, what was counted is not: a restart begins from a known state.
    assert_eq!(ask(&ctx, "add 7", Request::Add(7)).await?, 7);

    // A second end within five seconds is one too many. The supervisor gives up, and whoever is
    // linked to it has to do something about it: its own supervisor, if it had one.
    assert!(ask(&ctx, "divide by 0", Request::DivideBy(0)).await.is_err());
    let exit = ctx.receive().await;
    assert_eq!(exit, tuple![atom!("EXIT"), top.expect("a supervisor"), atom!("shutdown")]);
    ctx.log(Level::Info, format!("the supervisor has given up: {exit}"));
    assert_eq!(ctx.whereis(atom!("counter")), None);
    Ok(())
}

/// Runs the world: what happened in it, in virtual time. The same in each run.
pub(crate) fn story() -> Result<String, Exit> {
    let world = World::new(WorldConfig::default());
    let [node] = kernel::start_nodes(&world, ["a@desk"]);
    world.run(node, client)?;
    Ok(world.take_trace().log_text())
}

fn main() -> Result<(), Exit> {
    print!("{}", story()?);
    Ok(())
}
