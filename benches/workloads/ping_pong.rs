//! W1: two processes send each other a message, to and fro.

use nodedown::runtime::{Context, ExitResult};
use nodedown::term::Pid;
use nodedown::time::Time;

use super::{Prepared, one_millisecond, world};

/// So many messages between two processes of one node, or of two that are 1 ms apart.
pub(crate) fn prepare(nodes: usize, messages: u64) -> Prepared {
    let (world, ids) = world(nodes, one_millisecond());
    let peer = world.spawn(ids[nodes - 1], "pong", pong);
    world.spawn(ids[0], "ping", move |ctx| ping(ctx, peer, messages / 2));
    Box::new(move || {
        world.run_until(Time::MAX);
        messages
    })
}

async fn ping(ctx: Context, peer: Pid, rounds: u64) -> ExitResult {
    for _ in 0..rounds {
        ctx.send(peer, ctx.pid());
        ctx.receive().await;
    }
    Ok(())
}

async fn pong(ctx: Context) -> ExitResult {
    loop {
        if let Some(from) = ctx.receive().await.as_pid() {
            ctx.send(from, ctx.pid());
        }
    }
}
