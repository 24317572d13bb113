//! The network endpoint of a node.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ids::{HostId, NodeId};
use crate::engine::term::Atom;
use crate::engine::time::Time;

/// The settings of a node that matter to its connections.
#[derive(Clone, Debug)]
pub(crate) struct EndpointConfig {
    pub name: Atom,
    pub host: HostId,
    pub cookie: Atom,
    pub setup_time: Duration,
    /// A connection is busy while this many bytes wait to reach the peer (A7).
    pub busy_limit: usize,
}

/// A node's network endpoint: its address, its cookies, and whether it is up.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub name: Atom,
    pub host: HostId,
    /// The node's operating-system process is alive.
    pub up: bool,
    /// The port mapper knows the node by its name.
    pub distributed: bool,
    pub cookie: Atom,
    pub cookies_for: BTreeMap<NodeId, Atom>,
    pub setup_time: Duration,
    pub busy_limit: u64,
    /// The times at which it last read the name of a peer that had given up the attempt by then.
    pub hung_up: BTreeMap<NodeId, Time>,
    pub listens: bool,
}

impl Endpoint {
    /// The endpoint of a node that is down.
    pub(super) const fn new(config: &EndpointConfig) -> Endpoint {
        Endpoint {
            name: config.name,
            host: config.host,
            up: false,
            distributed: true,
            cookie: config.cookie,
            cookies_for: BTreeMap::new(),
            setup_time: config.setup_time,
            busy_limit: config.busy_limit as u64,
            hung_up: BTreeMap::new(),
            listens: false,
        }
    }

    /// The node's operating-system process has started, with this cookie for all others.
    pub(super) fn start(&mut self, cookie: Atom) {
        self.up = true;
        self.cookie = cookie;
        self.cookies_for.clear();
        self.hung_up.clear();
    }

    /// The node's operating-system process has ended; its host refuses connections to it.
    pub(super) const fn end(&mut self) {
        self.up = false;
        self.listens = false;
    }

    /// Returns whether the port mapper of its host leads other nodes to it.
    pub(super) const fn is_registered(&self) -> bool {
        self.up && self.distributed
    }

    /// The cookie that it uses towards a peer, or towards all others.
    pub(super) fn cookie_for(&self, peer: Option<NodeId>) -> Atom {
        let own = peer.and_then(|peer| self.cookies_for.get(&peer));
        *own.unwrap_or(&self.cookie)
    }
}
