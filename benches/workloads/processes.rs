//! W4: many processes; each is spawned, is sent one message, and exits.

use std::time::Duration;

use nodedown::runtime::{Context, ExitResult, World};
use nodedown::term::Pid;
use nodedown::time::Time;

use super::{Prepared, one_millisecond, world};

/// All are spawned, then all are sent their message, then all exit.
pub(crate) fn prepare_at_once(processes: u64) -> Prepared {
    prepare(processes, |ctx, processes| async move {
        let children: Vec<Pid> = (0..processes).map(|_| ctx.spawn("child", child)).collect();
        for pid in children {
            ctx.send(pid, 1);
        }
        Ok(())
    })
}

/// One after the other.
pub(crate) fn prepare_in_turn(processes: u64) -> Prepared {
    prepare(processes, |ctx, processes| async move {
        for _ in 0..processes {
            ctx.send(ctx.spawn("child", child), 1);
            ctx.yield_now().await;
        }
        Ok(())
    })
}

fn prepare<F, Fut>(processes: u64, parent: F) -> Prepared
where
    F: FnOnce(Context, u64) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    let (world, nodes) = world(1, one_millisecond());
    world.spawn(nodes[0], "parent", move |ctx| parent(ctx, processes));
    Box::new(move || {
        world.run_until(Time::MAX);
        assert_eq!(world.process_count(), 0);
        processes
    })
}

async fn child(ctx: Context) -> ExitResult {
    ctx.receive().await;
    Ok(())
}

/// So many processes that wait for a message.
pub(crate) fn idle(processes: u64) -> World {
    let (world, nodes) = world(1, one_millisecond());
    world.spawn(nodes[0], "parent", move |ctx| async move {
        for _ in 0..processes {
            ctx.spawn("child", child);
        }
        Ok(())
    });
    world.run_for(Duration::from_secs(1));
    world
}
