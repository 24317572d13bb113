//! A service that runs once in a cluster of three nodes. Its node crashes, another node takes over,
//! and a client that knows nothing but a name goes on calling.
//!
//! `cargo run --example global_singleton`

use std::cell::RefCell;
use std::rc::Rc;

use nodedown::prelude::*;

/// The name of the service in `global`: one process in the whole cluster can have it.
const NAME: &str = "tickets";

/// The service: it numbers the requests that it answers, and says where it runs.
///
/// The number is in its memory only, so a takeover begins anew. A service that must not forget
/// writes to a disk or tells the other nodes; `scenarios/chat-failover.json` has one of these.
struct Tickets {
    served: i64,
}

impl GenServer for Tickets {
    type Call = Term;
    type Cast = Term;
    type Reply = (Atom, i64);

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _: Caller,
        _: Term,
    ) -> Result<Reply<(Atom, i64)>, Exit> {
        // Work costs virtual time, during which the node may crash.
        ctx.work(Duration::from_millis(100)).await;
        self.served += 1;
        Ok(Reply::now((ctx.node(), self.served)))
    }
}

/// Stands by on each node: runs the service if nobody does, and else waits for the end of whoever
/// does.
async fn candidate(ctx: Context) -> ExitResult {
    loop {
        let options = gen_server::Options::new(NAME).global(NAME);
        let init = |_| async { Ok(Init::Ok(Tickets { served: 0 })) };
        // Registering takes a lock on all nodes, so of two that try one learns who the other is.
        let holder = match gen_server::start(&ctx, options, init).await {
            Ok(started) => {
                ctx.log(Level::Info, "runs the service");
                started
            }
            Err(reason) => reason.tagged("already_started").and_then(|found| found[0].as_pid()),
        };
        let Some(holder) = holder else { continue };
        // A monitor fires when the process ends, and when its node is lost, which is the same to
        // whoever waits for it: {'DOWN',Ref,process,Pid,noconnection}.
        let monitor = Term::from(ctx.monitor(holder));
        let down = move |message: &Term| {
            message.tagged("DOWN").is_some_and(|down| down.first() == Some(&monitor))
        };
        ctx.receive_where(down).await;
        ctx.log(Level::Info, format!("has lost the service on {}", holder.node()));
    }
}

/// The answers that the client has got: which node gave it, and the number of the ticket.
type Answers = Rc<RefCell<Vec<(Atom, i64)>>>;

/// Calls the service for ever; after an error it tries again.
async fn client(ctx: Context, answers: Answers) -> ExitResult {
    loop {
        let service = gen_server::ServerRef::Global(Term::from(NAME));
        let answer = gen_server::call::<(Atom, i64)>(&ctx, service, atom!("ticket")).await;
        if let Ok((node, number)) = answer {
            ctx.log(Level::Info, format!("gets ticket {number} from {node}"));
            answers.borrow_mut().push((node, number));
            ctx.sleep(Duration::from_millis(300)).await;
        } else {
            ctx.log(Level::Info, "gets no ticket, and tries again");
            ctx.sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Runs the world: what happened in it, in virtual time. The same in each run.
pub(crate) fn story() -> Result<String, Exit> {
    let world = World::new(WorldConfig::default());
    let [a, b, c] = kernel::start_nodes(&world, ["a@x", "b@y", "c@z"]);
    // Nobody knows anybody at first. Two introductions are enough: `global` connects the rest.
    world.run(c, |ctx| async move {
        assert!(ctx.ping(Atom::new("a@x")).await && ctx.ping(Atom::new("b@y")).await);
        Ok(())
    })?;
    world.run_for(Duration::from_secs(1));

    // a@x is first, so it gets the name; the others stand by.
    for node in [a, b, c] {
        world.spawn(node, "candidate", candidate);
        world.run_for(Duration::from_millis(100));
    }
    let answers = Answers::default();
    let place = Rc::clone(&answers);
    world.spawn(c, "client", |ctx| client(ctx, place));
    world.run_for(Duration::from_millis(850));

    // The node dies while the service works on an answer. What was to be answered is lost, and
    // the client learns that it is; nobody tells it where the service is now, and it need not know.
    world.crash_node(a);
    world.run_for(Duration::from_secs(1));

    // The node comes back, and stands by. It has to learn first which names there are: else it
    // would take the name, two processes would have it, and `global` would kill one of them, the
    // one that the client has been calling.
    world.start_node(a);
    world.run(a, |ctx| async move {
        assert!(ctx.ping(Atom::new("c@z")).await);
        global::sync(&ctx).await;
        Ok(())
    })?;
    world.spawn(a, "candidate", candidate);
    world.run_for(Duration::from_secs(1));

    // Two tickets from a@x, then all from the one node that won, the returned node or not.
    let answers = answers.take();
    let (before, after) = answers.split_at(2);
    assert_eq!(before, [(Atom::new("a@x"), 1), (Atom::new("a@x"), 2)]);
    assert!(after.len() > 2 && after[0].0 != Atom::new("a@x"), "{after:?}");
    assert!(after.iter().all(|(node, _)| *node == after[0].0), "{after:?}");
    Ok(world.take_trace().log_text())
}

fn main() -> Result<(), Exit> {
    print!("{}", story()?);
    Ok(())
}
