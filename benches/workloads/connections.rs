//! Nodes that are all connected, and have nothing to say to each other.

use std::rc::Rc;
use std::time::Duration;

use nodedown::runtime::{CallId, World};
use nodedown::term::Atom;

use super::{one_millisecond, world};

/// So many nodes, not connected yet.
pub(crate) fn apart(nodes: usize) -> World {
    world(nodes, one_millisecond()).0
}

/// So many nodes, each connected to each. They connect one by one, so that nothing is left of a rush.
pub(crate) fn idle(nodes: usize) -> World {
    let (world, ids) = world(nodes, one_millisecond());
    let names: Rc<[Atom]> = (0..nodes).map(|index| Atom::new(&format!("n@h{index}"))).collect();
    for (index, id) in ids.iter().enumerate() {
        let names = Rc::clone(&names);
        world.spawn(*id, "connects", move |ctx| async move {
            for name in &names[index + 1..] {
                ctx.connect_node(*name).await;
            }
            Ok(())
        });
    }
    // By then no attempt to connect is remembered any more.
    let settled = world.now() + Duration::from_secs(10);
    world.call_at(settled, CallId(0));
    world.run_until(settled);
    assert_eq!(world.process_count(), 0);
    world
}
