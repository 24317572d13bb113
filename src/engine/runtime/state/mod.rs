//! The state of a world: the owners of its parts, and everything that needs several of them.
//!
//! - `delivery`: the way of a message, from its sender to a mailbox
//! - `signals`: the way of all other signals, and their handling
//! - `spawn`, `turns`, `exits`: the life of a process
//! - `links`, `alias`, `names`, `timers`, `sockets`: the things that a process can have
//! - `nodes`: the life of a node; `distribution`: its part in the cluster
//! - `connections`: connecting, disconnecting, and the effects of a lost connection; `ticks`
//! - `dispatch`: the events of the queue, and the output of the network

mod alias;
mod connections;
mod delivery;
mod dispatch;
mod distribution;
mod exits;
mod links;
mod names;
mod nodes;
mod signals;
mod sockets;
mod spawn;
mod ticks;
mod timers;
mod turns;

use std::cell::RefCell;
use std::rc::Rc;

pub use distribution::DistributionError;
pub(super) use nodes::PARTITIONS_OF_PROGRAMS;
pub(super) use spawn::Parent;
pub use spawn::SpawnOptions;

use super::config::WorldConfig;
use super::events::Events;
use super::log::Log;
use super::names::NameLog;
use super::nodes::Nodes;
use super::processes::Processes;
use super::progress::Progress;
use super::remote_links::Links;
use super::signal::Packet;
use super::sockets::Sockets;
use super::timers::Timers;
use crate::engine::network::{Network, NodeId};
use crate::engine::rng::{Stream, Streams};
use crate::engine::term::{Ref, Term};
use crate::engine::trace::{Detail, Fact, RecordId};

/// The state of the world, which its processes share with it.
pub(super) type SharedState = Rc<RefCell<State>>;

/// Everything in a world. Each part owns its data and does alone whatever it can.
pub(super) struct State {
    pub config: WorldConfig,
    pub streams: Streams,
    /// Picks the next process, and the order in which links and monitors are told.
    pub rng: Stream,
    pub log: Log,
    pub progress: Progress,
    pub events: Events,
    pub network: Network<Packet>,
    pub nodes: Nodes,
    pub processes: Processes,
    pub links: Links,
    pub timers: Timers,
    pub sockets: Sockets,
    /// Written when a name is registered or missed, read by nothing in the world.
    pub names: NameLog,
    /// The number of partitions that programs have made.
    pub partitions_made: u32,
    /// The reason of a program for the connection that it closes now, in its own words.
    pub down_reason: Option<Term>,
    /// The output of the network is being handled.
    draining: bool,
    next_reference: u64,
}

impl State {
    pub(super) fn new(config: WorldConfig) -> State {
        let streams = Streams::new(config.seed);
        let mut network =
            Network::new(streams, config.same_host.clone(), config.between_hosts.clone());
        if config.detail >= Detail::Full {
            network.keep_lost();
        }
        State {
            streams,
            rng: streams.stream("scheduler"),
            log: Log::new(config.detail),
            progress: Progress::new(config.event_budget),
            events: Events::new(),
            network,
            nodes: Nodes::default(),
            processes: Processes::default(),
            links: Links::default(),
            timers: Timers::default(),
            sockets: Sockets::default(),
            names: NameLog::default(),
            partitions_made: 0,
            down_reason: None,
            draining: false,
            next_reference: 0,
            config,
        }
    }

    /// Records a fact about a node that follows from the present cause.
    pub(super) fn record(&mut self, node: NodeId, fact: Fact) -> RecordId {
        let name = self.nodes[node].name();
        self.log.record(Some(name), fact)
    }

    /// Records a fact about a node; it is the cause of what follows.
    pub(super) fn record_as_cause(&mut self, node: NodeId, fact: Fact) {
        self.log.cause = self.record(node, fact);
    }

    /// Does something of which the cause is this record, and returns to the present cause.
    #[inline(always)]
    fn with_cause<T>(&mut self, cause: RecordId, act: impl FnOnce(&mut State) -> T) -> T {
        let before = std::mem::replace(&mut self.log.cause, cause);
        let result = act(self);
        self.log.cause = before;
        result
    }

    /// Does something that may change the cause, and returns to the present one.
    #[inline(always)]
    fn keeping_cause<T>(&mut self, act: impl FnOnce(&mut State) -> T) -> T {
        self.with_cause(self.log.cause, act)
    }

    /// A number that no other reference or unlink has.
    const fn next_number(&mut self) -> u64 {
        self.next_reference += 1;
        self.next_reference
    }

    /// `make_ref()`.
    pub(super) fn make_reference(&mut self, node: NodeId) -> Ref {
        // Odd numbers are those of timers.
        let number = self.next_number() * 2;
        Ref::of(self.nodes[node].incarnation, number)
    }
}
