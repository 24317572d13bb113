//! W2: every node has one process, and each message goes on from node to node, 0.5 to 5 ms a hop,
//! with as many messages under way as there are nodes.

use std::time::Duration;

use nodedown::network::{Delay, PathConfig};
use nodedown::runtime::{Context, ExitResult, World};
use nodedown::term::{Pid, Term};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Prepared, world};

/// Whom a process passes its messages on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// A random one of some others, which the process has been given: so many, or all if there are
    /// no more. A node keeps a connection to each of them.
    Random(usize),
    /// The next one.
    Ring,
}

/// As many peers as a node of a gossiping cluster usually keeps.
pub(crate) const USUAL: Overlay = Overlay::Random(8);

/// The mean time of a hop.
const HOP: Duration = Duration::from_micros(2_750);

/// So many nodes, connected as they will be, and about so many messages.
pub(crate) fn prepare(nodes: usize, messages: u64, overlay: Overlay) -> Prepared {
    let world = connected(nodes, overlay);
    Box::new(move || {
        let before = world.traffic().packets;
        let hops = (messages / nodes as u64).max(1);
        world.run_for(HOP * u32::try_from(hops).unwrap_or(u32::MAX));
        world.traffic().packets - before
    })
}

/// The nodes with their connections, and a message under way from each.
pub(crate) fn connected(nodes: usize, overlay: Overlay) -> World {
    let latency = Delay::Uniform(Duration::from_micros(500), Duration::from_millis(5));
    let path = PathConfig { latency, bandwidth: None, loss_ppm: 0 };
    let (world, ids) = world(nodes, path);
    let pids: Vec<Pid> = ids.iter().map(|id| world.spawn(*id, "gossip", gossip)).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (index, pid) in pids.iter().enumerate() {
        let peers = peers(index, nodes, overlay, &mut rng);
        let peers: Vec<Term> = peers.into_iter().map(|peer| pids[peer].into()).collect();
        world.send_to(*pid, Term::from(peers));
    }
    // Each greets all its peers, which connects them.
    world.run_for(Duration::from_secs(1));
    for pid in &pids {
        world.send_to(*pid, 1);
    }
    world.run_for(Duration::from_millis(10));
    world
}

/// Some others.
fn peers(own: usize, nodes: usize, overlay: Overlay, rng: &mut impl Rng) -> Vec<usize> {
    match overlay {
        Overlay::Ring => vec![(own + 1) % nodes],
        Overlay::Random(count) if count >= nodes - 1 => {
            (0..nodes).filter(|other| *other != own).collect()
        }
        Overlay::Random(count) => {
            (0..count).map(|_| (own + rng.random_range(1..nodes)) % nodes).collect()
        }
    }
}

/// Passes each number on to a random peer; other messages are the peers, or greetings.
async fn gossip(ctx: Context) -> ExitResult {
    let peers = ctx.receive().await;
    let peers: Vec<Pid> = peers.as_list().into_iter().flatten().filter_map(Term::as_pid).collect();
    for peer in &peers {
        ctx.send(*peer, nodedown::atom!("hello"));
    }
    loop {
        let message = ctx.receive().await;
        if message.as_integer().is_some() {
            let index = ctx.with_rng(|rng| rng.random_range(0..peers.len()));
            ctx.send(peers[index], message);
        }
    }
}
