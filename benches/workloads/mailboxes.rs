//! W7: a process calls a server while its mailbox is full of messages that nobody wants now.

use nodedown::runtime::{Context, ExitResult};
use nodedown::term::{Pid, Term};
use nodedown::time::Time;
use nodedown::tuple;

use super::{Prepared, one_millisecond, world};

/// So many calls with so many messages waiting.
pub(crate) fn prepare(waiting: u64, calls: u64) -> Prepared {
    let (world, nodes) = world(1, one_millisecond());
    let server = world.spawn(nodes[0], "server", answer);
    world.spawn(nodes[0], "client", move |ctx| call(ctx, server, waiting, calls));
    Box::new(move || {
        world.run_until(Time::MAX);
        calls
    })
}

/// Waits for each reply by a fresh reference, as `gen_server:call` does.
async fn call(ctx: Context, server: Pid, waiting: u64, calls: u64) -> ExitResult {
    for number in 0..waiting {
        ctx.send(ctx.pid(), number.cast_signed());
    }
    for _ in 0..calls {
        let (reference, mark) = (Term::from(ctx.make_ref()), ctx.mailbox_mark());
        ctx.send(server, tuple![ctx.pid(), reference.clone()]);
        ctx.receive_where(|message| *message == reference).from_mark(mark).await;
    }
    assert_eq!(ctx.mailbox_len() as u64, waiting);
    Ok(())
}

async fn answer(ctx: Context) -> ExitResult {
    loop {
        let request = ctx.receive().await;
        if let Some([from, reference]) = request.as_tuple()
            && let Some(from) = from.as_pid()
        {
            ctx.send(from, reference);
        }
    }
}
