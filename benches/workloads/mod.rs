//! The workloads that the benches measure. Each is prepared, and then run, which is what is timed;
//! running one returns how many units (messages, timers, processes, runs) it got through.
//!
//! All go through the public interface, with everything switched on that a run needs: links and
//! monitors are possible, connections tick, the digest takes in every step; nothing is written down.

#![allow(dead_code, reason = "each bench uses some of them")]

pub(crate) mod chat;
pub(crate) mod connections;
pub(crate) mod floor;
pub(crate) mod gossip;
pub(crate) mod heartbeats;
pub(crate) mod mailboxes;
pub(crate) mod ping_pong;
pub(crate) mod processes;
pub(crate) mod timers;

use std::time::Duration;

use nodedown::network::{NodeId, PathConfig};
use nodedown::runtime::{NodeConfig, World, WorldConfig};
use nodedown::trace::Detail;

/// A workload that is ready to run.
pub(crate) type Prepared = Box<dyn FnOnce() -> u64>;

/// A world of so many nodes, each on a host of its own.
pub(crate) fn world(nodes: usize, between_hosts: PathConfig) -> (World, Vec<NodeId>) {
    let world = World::new(WorldConfig {
        detail: Detail::Off,
        event_budget: u64::MAX,
        between_hosts,
        ..WorldConfig::default()
    });
    let start = |index: usize| {
        let host = world.add_host(&format!("h{index}"));
        let config = NodeConfig::new(&format!("n@h{index}"), host);
        let node = world.add_node(NodeConfig { connect_all: false, ..config });
        world.start_node(node);
        node
    };
    let nodes = (0..nodes).map(start).collect();
    (world, nodes)
}

/// The usual path between two hosts.
pub(crate) const fn one_millisecond() -> PathConfig {
    PathConfig::constant(Duration::from_millis(1))
}
