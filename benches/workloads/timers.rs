//! W3: many timers are pending, and each is set again when it expires, 0.1 to 10 s later.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use nodedown::runtime::{Context, ExitResult};
use rand::RngExt;

use super::{Prepared, one_millisecond, world};

/// The mean time to the expiry of a timer.
const MEAN: Duration = Duration::from_millis(5_050);

/// So many timers of one process that send messages (`erlang:send_after/3`), and about so many
/// expiries.
pub(crate) fn prepare_messages(pending: u64, expiries: u64) -> Prepared {
    prepare(expiries, pending, 1, |ctx, expired, count| async move {
        for number in 0..count {
            set(&ctx, number);
        }
        loop {
            let number = ctx.receive().await.as_integer();
            expired.set(expired.get() + 1);
            set(&ctx, number.unwrap_or_default().cast_unsigned());
        }
    })
}

fn set(ctx: &Context, number: u64) {
    ctx.send_after(draw(ctx), ctx.pid(), number.cast_signed());
}

/// So many processes that sleep, and about so many awakenings.
pub(crate) fn prepare_sleepers(processes: u64, awakenings: u64) -> Prepared {
    prepare(awakenings, 1, processes, |ctx, expired, _| async move {
        loop {
            ctx.sleep(draw(&ctx)).await;
            expired.set(expired.get() + 1);
        }
    })
}

fn draw(ctx: &Context) -> Duration {
    Duration::from_nanos(ctx.with_rng(|rng| rng.random_range(100_000_000..10_000_000_000)))
}

/// So many processes with so many timers each.
fn prepare<F, Fut>(expiries: u64, timers: u64, processes: u64, body: F) -> Prepared
where
    F: Fn(Context, Rc<Cell<u64>>, u64) -> Fut + Copy + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    let (world, nodes) = world(1, one_millisecond());
    let expired = Rc::new(Cell::new(0));
    for _ in 0..processes {
        let expired = Rc::clone(&expired);
        world.spawn(nodes[0], "timers", move |ctx| body(ctx, expired, timers));
    }
    world.run_for(Duration::from_secs(1));
    Box::new(move || {
        let before = expired.get();
        let rounds = expiries as f64 / (timers * processes) as f64;
        world.run_for(MEAN.mul_f64(rounds));
        expired.get() - before
    })
}
