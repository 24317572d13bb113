//! W5: a whole short run. Nodes that are all connected send each other heartbeats; one node crashes
//! and starts again; then all is taken down.

use std::rc::Rc;
use std::time::Duration;

use nodedown::atom;
use nodedown::network::NodeId;
use nodedown::runtime::{Context, ExitResult, World};
use nodedown::term::Atom;

use super::{Prepared, one_millisecond, world};

/// How often each node sends a heartbeat to each other node.
const BEAT: Duration = Duration::from_millis(100);

/// So many runs, each set up and taken down: so many nodes for so many virtual seconds.
pub(crate) fn prepare_runs(runs: u64, nodes: usize, seconds: u64) -> Prepared {
    Box::new(move || {
        for _ in 0..runs {
            let (world, ids) = beating(nodes);
            run(&world, &ids, seconds);
        }
        runs
    })
}

/// The same, counting the messages; setting up and taking down are not timed.
pub(crate) fn prepare_messages(nodes: usize, seconds: u64) -> Prepared {
    let (world, ids) = beating(nodes);
    world.run_for(Duration::from_secs(2));
    Box::new(move || {
        let before = world.traffic().packets;
        run(&world, &ids, seconds);
        world.traffic().packets - before
    })
}

fn run(world: &World, ids: &[NodeId], seconds: u64) {
    world.run_for(Duration::from_secs(seconds / 3));
    world.crash_node(ids[0]);
    world.run_for(Duration::from_secs(seconds / 3));
    world.start_node(ids[0]);
    world.run_for(Duration::from_secs(seconds - 2 * (seconds / 3)));
}

/// Nodes that all send each other heartbeats.
pub(crate) fn beating(nodes: usize) -> (World, Vec<NodeId>) {
    let (world, ids) = world(nodes, one_millisecond());
    let names: Rc<[Atom]> = (0..nodes).map(|index| Atom::new(&format!("n@h{index}"))).collect();
    for id in &ids {
        let names = Rc::clone(&names);
        let boot = move |ctx| -> nodedown::runtime::BoxedProcess {
            Box::pin(beat(ctx, Rc::clone(&names)))
        };
        world.set_boot(*id, Rc::new(boot));
        world.crash_node(*id);
        world.start_node(*id);
    }
    (world, ids)
}

async fn beat(ctx: Context, names: Rc<[Atom]>) -> ExitResult {
    let own = ctx.node();
    ctx.register(atom!("beat"), ctx.pid())?;
    ctx.send_after(BEAT, ctx.pid(), atom!("beat"));
    loop {
        if ctx.receive().await.is_atom("beat") {
            for name in names.iter().filter(|name| **name != own) {
                ctx.send((atom!("beat"), *name), own);
            }
            ctx.send_after(BEAT, ctx.pid(), atom!("beat"));
        }
    }
}
