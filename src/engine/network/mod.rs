//! The network: hosts, the paths between them, and the connections between nodes.
//!
//! It knows nodes by number and carries payloads that it does not look into; processes are the
//! runtime's. It hands out events, to have them back later, and tells of its connections by `Output`.
//!
//! - `ids`; `output`: the interface to the runtime
//! - `delay`: distributions of durations
//! - `path`: latency, bandwidth and loss between two hosts; `paths`: all of them
//! - `endpoint`: the address and the cookies of a node; `kernel`: the SYNs of a host
//! - `segment`: the pieces in which everything travels; `lane`: one direction of a connection;
//!   `fragments`: of large payloads; `connection`: two ends and the two lanes between them; `peers`: the
//!   connections of a node
//! - `transport`: the way of a segment; `lifecycle`: of a connection; `handshake`, `socket`: its setup
//! - `cut` with `cuts`: partitions; `tick`: how silence is noticed

mod connection;
mod cut;
mod cuts;
mod delay;
mod endpoint;
mod fragments;
mod handshake;
mod ids;
mod kernel;
mod lane;
mod lifecycle;
mod output;
mod path;
mod paths;
mod peers;
mod segment;
mod socket;
#[cfg(test)]
mod tests;
mod tick;
mod transport;

use std::collections::VecDeque;

use connection::Connection;
use cuts::Cuts;
pub use delay::Delay;
use endpoint::Endpoint;
pub(crate) use endpoint::EndpointConfig;
pub(crate) use fragments::FromSender;
pub(crate) use ids::{ConnectionId, LaneId, SegmentId, Socket};
pub use ids::{HostId, NodeId};
pub use kernel::{Kernel, KernelError};
pub(crate) use output::{Arrival, Closing, NetworkEvent, Output, PeerState, Sent};
pub use output::{Breaking, DownReason};
pub use path::PathConfig;
use paths::Paths;
pub(crate) use peers::Peers;
use rand::RngExt;
use segment::Segments;
pub(crate) use socket::Listening;
pub use tick::TICK_INTENSITY;

use crate::engine::rng::{Family, Stream, Streams};
use crate::engine::term::Atom;
use crate::engine::time::Time;

/// A host, and the kernel that it runs.
#[derive(Debug)]
struct Host {
    powered: bool,
    kernel: Kernel,
}

/// The power of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    On,
    Off,
}

/// The registration of a node with the port mapper of its host, by which other nodes find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registration {
    Registered,
    Unregistered,
}

/// All hosts, paths and connections.
#[derive(Debug)]
pub(crate) struct Network<P> {
    rng: Stream,
    /// The random numbers of the lanes.
    draws: Family,
    hosts: Vec<Host>,
    host_names: Vec<Atom>,
    endpoints: Vec<Endpoint>,
    /// The connections of each node, apart from its endpoint since they are asked for so often.
    peers: Vec<Peers<LaneId>>,
    paths: Paths,
    connections: Vec<Connection<P>>,
    free: Vec<u32>,
    cuts: Cuts,
    /// The segments on the lanes.
    in_flight: Segments<P>,
    scheduled: Vec<(Time, NetworkEvent)>,
    output: VecDeque<Output<P>>,
    /// The payloads that were lost on the way and not asked for yet, if anybody wants to know.
    lost: Option<Vec<(P, LossReason)>>,
    traffic: Traffic,
    /// The least limit of all nodes: no connection is busy with less.
    least_busy_limit: u64,
}

/// The reason why a payload never arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LossReason {
    /// The connection that it was on is gone, or one end of it.
    ConnectionGone,
    /// It waited for a connection that has not come up.
    NeverConnected,
}

impl LossReason {
    /// The word for it in traces.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            LossReason::ConnectionGone => "connection_gone",
            LossReason::NeverConnected => "never_connected",
        }
    }
}

/// Adds payloads to those that were lost, if anybody wants to know.
fn lose<P>(
    lost: &mut Option<Vec<(P, LossReason)>>,
    dropped: impl IntoIterator<Item = P>,
    why: LossReason,
) {
    if let Some(lost) = lost {
        lost.extend(dropped.into_iter().map(|payload| (payload, why)));
    }
}

/// The traffic that has been put on the wires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages and other signals between nodes, and data on sockets.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Connections and sockets that came up.
    pub connections: u64,
}

impl<P> Network<P> {
    /// A network without hosts.
    pub(crate) fn new(
        streams: Streams,
        same_host: PathConfig,
        between_hosts: PathConfig,
    ) -> Network<P> {
        Network {
            rng: streams.stream("network"),
            draws: streams.family("lanes"),
            hosts: Vec::new(),
            host_names: Vec::new(),
            endpoints: Vec::new(),
            peers: Vec::new(),
            paths: Paths::new(same_host, between_hosts),
            connections: Vec::new(),
            free: Vec::new(),
            cuts: Cuts::default(),
            in_flight: Segments::new(),
            scheduled: Vec::new(),
            output: VecDeque::new(),
            lost: None,
            traffic: Traffic::default(),
            least_busy_limit: u64::MAX,
        }
    }

    pub(crate) fn add_host(&mut self, name: Atom) -> HostId {
        self.hosts.push(Host { powered: true, kernel: Kernel::default() });
        self.host_names.push(name);
        HostId(self.hosts.len() as u32 - 1)
    }

    /// Sets the kernel that a host runs, if it is not the default.
    pub(crate) fn set_kernel(&mut self, host: HostId, kernel: Kernel) {
        self.hosts[host.0 as usize].kernel = kernel;
    }

    fn kernel_of(&self, node: NodeId) -> Kernel {
        self.hosts[self.host_of(node).0 as usize].kernel
    }

    /// Sets the properties of the path from one host to another, if they are not the default.
    pub(crate) fn add_path(&mut self, from: HostId, to: HostId, config: PathConfig) {
        self.paths.add_special(from, to, config);
    }

    pub(crate) fn add_node(&mut self, config: &EndpointConfig) -> NodeId {
        self.least_busy_limit = self.least_busy_limit.min(config.busy_limit as u64);
        self.endpoints.push(Endpoint::new(config));
        self.peers.push(Peers::default());
        NodeId(self.endpoints.len() as u32 - 1)
    }

    /// Returns whether there are events to schedule.
    #[inline]
    pub(crate) fn has_scheduled(&self) -> bool {
        !self.scheduled.is_empty()
    }

    /// Takes the events to schedule with their times, in order.
    pub(crate) fn take_scheduled(&mut self) -> std::vec::Drain<'_, (Time, NetworkEvent)> {
        self.scheduled.drain(..)
    }

    /// Returns whether there is any output.
    #[inline]
    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Puts a payload behind all other output.
    pub(crate) fn deliver_later(&mut self, arrival: Arrival, payload: P) {
        self.output.push_back(Output::Payload(arrival, payload));
    }

    /// Takes the next output, in order.
    pub(crate) fn next_output(&mut self) -> Option<Output<P>> {
        self.output.pop_front()
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// The node's operating-system process has started, with this cookie for all others.
    pub(crate) fn node_started(&mut self, node: NodeId, cookie: Atom) {
        self.endpoint_mut(node).start(cookie);
    }

    /// Registers a node with the port mapper of its host, or takes it off.
    pub(crate) fn set_registered(&mut self, node: NodeId, registration: Registration) {
        self.endpoint_mut(node).distributed = registration == Registration::Registered;
    }

    /// The node's operating-system process has ended; its host refuses connections to it.
    pub(crate) fn node_ended(&mut self, node: NodeId) {
        self.endpoint_mut(node).end();
    }

    pub(crate) fn is_powered(&self, host: HostId) -> bool {
        self.hosts[host.0 as usize].powered
    }

    /// Takes the power from a host, or gives it back. Segments that it has put on the wires arrive,
    /// and nothing after them.
    pub(crate) fn set_power(&mut self, host: HostId, power: Power, now: Time) {
        self.hosts[host.0 as usize].powered = power == Power::On;
        for connection in &mut self.connections {
            for end in &mut connection.ends {
                if power == Power::Off && self.endpoints[end.node.0 as usize].host == host {
                    let dropped = end.lane.abandon();
                    lose(&mut self.lost, dropped, LossReason::ConnectionGone);
                }
            }
        }
        self.after_cut_change(now);
    }

    pub(crate) fn host_name(&self, host: HostId) -> Atom {
        self.host_names[host.0 as usize]
    }

    /// Returns whether silence may still be noticed: something is cut or without power, an attempt
    /// to connect is under way, or a node does not know that its connection is closed.
    pub(crate) fn is_disturbed(&self) -> bool {
        !self.cuts.is_empty()
            || self.hosts.iter().any(|host| !host.powered)
            || self.connections.iter().any(Connection::is_unsettled)
    }

    pub(crate) fn host_of(&self, node: NodeId) -> HostId {
        self.endpoint(node).host
    }

    /// Places a node that has never started on a host.
    pub(crate) fn place(&mut self, node: NodeId, host: HostId) {
        self.endpoint_mut(node).host = host;
    }

    pub(crate) fn cookie(&self, node: NodeId, peer: Option<NodeId>) -> Atom {
        self.endpoint(node).cookie_for(peer)
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

    /// Changes the properties of the path from one host to another; none resets them.
    pub(crate) fn set_path(&mut self, from: HostId, to: HostId, config: Option<PathConfig>) {
        let number = self.paths.set(from, to, config);
        for connection in &mut self.connections {
            let [first, second] =
                connection.nodes().map(|node| self.endpoints[node.0 as usize].host);
            for (end, hosts) in connection.ends.iter_mut().zip([(first, second), (second, first)]) {
                if hosts == (from, to) {
                    end.lane.path = number;
                }
            }
        }
    }

    /// The present and the usual properties of the path from one host to another.
    pub(crate) fn path_now_and_usually(&self, from: HostId, to: HostId) -> [&PathConfig; 2] {
        self.paths.now_and_usually(from, to)
    }

    /// Keeps payloads that are lost on the way until they are taken.
    pub(crate) fn keep_lost(&mut self) {
        self.lost.get_or_insert_default();
    }

    /// Takes the payloads that were lost since this was asked last, in that order.
    pub(crate) fn take_lost(&mut self) -> Vec<(P, LossReason)> {
        self.lost.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Returns whether there are payloads that were lost.
    #[inline]
    pub(crate) fn has_lost(&self) -> bool {
        self.lost.as_ref().is_some_and(|lost| !lost.is_empty())
    }

    /// Takes out all payloads that have not arrived, so that the caller can drop them.
    pub(crate) fn take_payloads(&mut self) -> Vec<P> {
        let in_flight = self.in_flight.drain();
        let ends = self.connections.iter_mut().flat_map(|connection| &mut connection.ends);
        in_flight.chain(ends.flat_map(|end| end.lane.take_payloads())).collect()
    }

    #[inline]
    fn endpoint(&self, node: NodeId) -> &Endpoint {
        &self.endpoints[node.0 as usize]
    }

    fn endpoint_mut(&mut self, node: NodeId) -> &mut Endpoint {
        &mut self.endpoints[node.0 as usize]
    }

    /// The number of segments in flight that survive their sender: any first part, often all (B34).
    fn surviving(&mut self, delivered: u32, sent: u32) -> u32 {
        if self.rng.random_bool(0.5) { sent } else { self.rng.random_range(delivered..=sent) }
    }
}
