//! The nodes as the network knows them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::peers::Peers;
use super::{HostId, Network, NodeId};
use crate::term::Atom;
use crate::time::Time;

/// A node as the network knows it.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub name: Atom,
    pub host: HostId,
    /// Whether the node's operating-system process lives.
    pub up: bool,
    /// Whether other nodes find it by its name.
    pub distributed: bool,
    pub cookie: Atom,
    pub cookies_for: BTreeMap<NodeId, Atom>,
    pub setup_time: Duration,
    pub busy_limit: u64,
    /// When it last read the name of a peer that had given up the attempt by then.
    pub hung_up: BTreeMap<NodeId, Time>,
    pub listens: bool,
}

/// The settings of a node that matter to its connections.
#[derive(Clone, Debug)]
pub(crate) struct EndpointConfig {
    pub name: Atom,
    pub host: HostId,
    pub cookie: Atom,
    pub setup_time: Duration,
    /// A connection is busy while so many bytes wait to reach the peer (A7).
    pub busy_limit: usize,
}

impl Endpoint {
    /// Whether a node that looks for it finds it.
    pub(super) const fn is_met(&self) -> bool {
        self.up && self.distributed
    }
}

impl<P> Network<P> {
    pub(crate) fn add_node(&mut self, config: &EndpointConfig) -> NodeId {
        let busy_limit = config.busy_limit as u64;
        self.least_busy_limit = self.least_busy_limit.min(busy_limit);
        self.endpoints.push(Endpoint {
            name: config.name,
            host: config.host,
            up: false,
            distributed: true,
            cookie: config.cookie,
            cookies_for: BTreeMap::new(),
            setup_time: config.setup_time,
            busy_limit,
            hung_up: BTreeMap::new(),
            listens: false,
        });
        self.peers.push(Peers::default());
        NodeId(self.endpoints.len() as u32 - 1)
    }

    /// The node's operating-system process has started, with this cookie for all others.
    pub(crate) fn node_started(&mut self, node: NodeId, cookie: Atom) {
        let endpoint = self.endpoint_mut(node);
        endpoint.up = true;
        endpoint.cookie = cookie;
        endpoint.cookies_for.clear();
        endpoint.hung_up.clear();
    }

    /// Whether other nodes find the node by its name.
    pub(crate) fn set_distributed(&mut self, node: NodeId, distributed: bool) {
        self.endpoint_mut(node).distributed = distributed;
    }

    /// The node's operating-system process has ended; its host refuses connections to it.
    pub(crate) fn node_ended(&mut self, node: NodeId) {
        let endpoint = self.endpoint_mut(node);
        endpoint.up = false;
        endpoint.listens = false;
    }

    pub(crate) fn host_of(&self, node: NodeId) -> HostId {
        self.endpoint(node).host
    }

    pub(crate) fn cookie(&self, node: NodeId, peer: Option<NodeId>) -> Atom {
        let endpoint = self.endpoint(node);
        let own = peer.and_then(|peer| endpoint.cookies_for.get(&peer));
        *own.unwrap_or(&endpoint.cookie)
    }

    /// Sets the cookie that a node uses, towards one peer or towards all others. Connections that
    /// are up stay up (B14, B15).
    pub(crate) fn set_cookie(&mut self, node: NodeId, peer: Option<NodeId>, cookie: Atom) {
        let endpoint = self.endpoint_mut(node);
        match peer {
            Some(peer) if peer != node => drop(endpoint.cookies_for.insert(peer, cookie)),
            // Towards itself a node uses its own cookie.
            Some(_) | None => endpoint.cookie = cookie,
        }
    }

    #[inline]
    pub(super) fn endpoint(&self, node: NodeId) -> &Endpoint {
        &self.endpoints[node.0 as usize]
    }

    pub(super) fn endpoint_mut(&mut self, node: NodeId) -> &mut Endpoint {
        &mut self.endpoints[node.0 as usize]
    }
}
