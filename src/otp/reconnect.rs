//! Nodes that connect by themselves to those that they are to know, again and again: what `libcluster`
//! does for Elixir, and a broker's peer discovery for its nodes. Erlang itself only connects to a
//! node when something is sent to it (B8).

use std::time::Duration;

use rand::RngExt;

use crate::atom;
use crate::engine::runtime::{Context, ExitResult};
use crate::engine::term::{Atom, Pid};
use crate::engine::time::nanos;

/// The way in which a node keeps its connections up.
///
/// ```
/// use std::rc::Rc;
/// use std::time::Duration;
///
/// use nodedown::otp::Reconnect;
/// use nodedown::otp::kernel::{self, BootConfig};
/// use nodedown::runtime::{World, WorldConfig};
/// use nodedown::term::Atom;
///
/// let world = World::new(WorldConfig::default());
/// let [a, b] = kernel::start_nodes(&world, ["a@rack-1", "b@rack-2"]);
/// let reconnect = Reconnect { every: Duration::from_secs(5), to: vec![Atom::new("b@rack-2")] };
/// let boot = BootConfig { reconnect: Some(reconnect), ..BootConfig::default() };
/// world.set_boot(a, kernel::boot(Rc::new(boot)));
/// world.crash_node(a);
/// world.start_node(a);
/// world.run_for(Duration::from_secs(1));
/// assert!(world.disconnect(a, b), "they were connected");
/// world.run_for(Duration::from_secs(11));
/// assert!(world.disconnect(a, b), "they are again");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// The time between two rounds, in each of which it tries one node after the other that it is not
    /// connected to. The first round is at its boot; the second comes at some time within the first
    /// `every`, so that nodes which boot at one instant do not try in step.
    pub every: Duration,
    /// The nodes.
    pub to: Vec<Atom>,
}

/// Starts the process that connects.
pub(crate) fn start(ctx: &Context, settings: Reconnect) -> Pid {
    ctx.spawn_link("reconnect", move |ctx| keep_connected(ctx, settings))
}

async fn keep_connected(ctx: Context, settings: Reconnect) -> ExitResult {
    ctx.register(atom!("reconnect"), ctx.pid())?;
    let Reconnect { every, to } = settings;
    let mut pause = ctx.with_rng(|rng| Duration::from_nanos(rng.random_range(0..=nanos(every))));
    loop {
        for node in &to {
            if !ctx.is_connected(*node) {
                ctx.connect_node(*node).await;
            }
        }
        ctx.sleep(pause).await;
        pause = every;
    }
}
