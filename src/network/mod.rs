//! The network: hosts, the paths between them, and the connections between nodes.
//!
//! It knows nodes by number and carries payloads that it does not look into; processes are the
//! runtime's. What it wants to happen later, and what has happened to a connection, it hands out as
//! `Output`.
//!
//! - `delay`: distributions of durations
//! - `path`: latency, bandwidth and loss between two hosts
//! - `cut`: who cannot reach whom
//! - `connection`: two ends and the two lanes between them
//! - `handshake`: how a connection comes up
//! - `lane`: what is under way, and what becomes of it
//! - `tick`: how silence is noticed

mod connection;
mod cut;
mod delay;
mod handshake;
mod lane;
mod path;
#[cfg(test)]
mod tests;
mod tick;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub(crate) use connection::ConnectionId;
pub(crate) use connection::Socket;
use connection::{Connection, EndState};
use cut::Cuts;
pub use delay::Delay;
use lane::Lane;
pub(crate) use lane::{Packet, Parcel};
use path::Path;
pub use path::PathConfig;
use rand::RngExt;
pub use tick::TICK_INTENSITY;

use crate::rng::{Stream, Streams};
use crate::term::Atom;
use crate::time::Time;

/// A node, counted from 0 in the order in which the nodes were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A host, counted from 0 in the order in which the hosts were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// Why a connection went down, in the words of `nodedown_reason` (B23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownReason {
    /// The other side closed it, or its operating system did.
    ConnectionClosed,
    /// This side asked for it.
    Disconnect,
    /// Nothing was heard for the net tick time.
    NetTickTimeout,
    /// This side stopped in order.
    NetKernelTerminated,
}

impl DownReason {
    /// The reason as Erlang's atom.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DownReason::ConnectionClosed => "connection_closed",
            DownReason::Disconnect => "disconnect",
            DownReason::NetTickTimeout => "net_tick_timeout",
            DownReason::NetKernelTerminated => "net_kernel_terminated",
        }
    }
}

/// How an end is closed, and what becomes of what it has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// All that was sent arrives, then the end of the connection.
    Orderly,
    /// Some first part of what is under way arrives, then the end of the connection (B34).
    Abrupt,
    /// Nothing that is under way arrives, only the end of the connection (B35).
    Halted,
    /// Nothing is said: the other side knows already, or will find out by itself.
    Silent,
}

/// What the network wants done.
#[derive(Debug)]
pub(crate) enum Output<P> {
    /// Hand this event back at that time.
    Schedule(Time, NetworkEvent<P>),
    /// A payload for a node.
    Payload { to: NodeId, from: NodeId, payload: P },
    /// The connection is usable at this node.
    Up { node: NodeId, peer: NodeId },
    /// The connection is gone at this node.
    Down { node: NodeId, peer: NodeId, reason: DownReason },
    /// The node's attempt to connect has failed.
    Failed { node: NodeId, peer: NodeId },
    /// The peer's attempt to connect has come to nothing; the node may have counted on it.
    Abandoned { node: NodeId, peer: NodeId },
    /// What waits at the node to reach the peer is less than the limit again.
    Drained { node: NodeId, peer: NodeId },
    /// The node has turned down an attempt, since the cookies differ.
    Rejected { node: NodeId, peer: NodeId },
    /// Somebody has opened a socket to this node.
    SocketOpened { node: NodeId, socket: Socket },
    /// The socket opened by this node is usable.
    SocketUp { socket: Socket },
    /// A payload on a socket.
    SocketPayload { socket: Socket, payload: P },
    /// The socket is closed at this node; what was sent on it may be lost.
    SocketDown { socket: Socket },
}

/// Something of the network's that waits in the event queue.
#[derive(Debug)]
pub(crate) enum NetworkEvent<P> {
    /// A packet reaches the end of its lane.
    Arrive { connection: ConnectionId, lane: u8, parcel: Parcel<P> },
    /// TCP tries again to send what is held up on a lane.
    Retry { connection: ConnectionId, lane: u8 },
    /// TCP gives up what has been held up on a lane since then.
    GiveUp { connection: ConnectionId, lane: u8, since: Time },
    /// The time for setting up a connection is over.
    SetupTimeout { connection: ConnectionId },
}

impl Endpoint {
    /// Whether a node that looks for it finds it.
    const fn is_met(&self) -> bool {
        self.up && self.distributed
    }
}

impl<P> NetworkEvent<P> {
    /// Whether no run waits for it: a mere sign of life, or a limit that matters only while
    /// something is disturbed (see [`Network::is_disturbed`]).
    pub(crate) const fn is_background(&self) -> bool {
        match self {
            NetworkEvent::Arrive { parcel, .. } => matches!(parcel.packet, Packet::Tick),
            NetworkEvent::Retry { .. } => false,
            NetworkEvent::GiveUp { .. } | NetworkEvent::SetupTimeout { .. } => true,
        }
    }
}

/// What the network knows of a node.
#[derive(Debug)]
struct Endpoint {
    name: Atom,
    host: HostId,
    /// Whether the node's operating-system process lives.
    up: bool,
    /// Whether other nodes find it by its name.
    distributed: bool,
    cookie: Atom,
    cookies_for: BTreeMap<NodeId, Atom>,
    setup_time: Duration,
    busy_limit: usize,
    peers: BTreeMap<NodeId, ConnectionId>,
    /// When it last read the name of a peer that had given up the attempt by then.
    hung_up: BTreeMap<NodeId, Time>,
    listens: bool,
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

/// How the end of a connection stands at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerState {
    /// There is none.
    Absent,
    /// An attempt is under way.
    Pending,
    /// It is usable.
    Up,
}

#[derive(Debug)]
struct Host {
    powered: bool,
}

/// All hosts, paths and connections.
#[derive(Debug)]
pub(crate) struct Network<P> {
    streams: Streams,
    rng: Stream,
    same_host: PathConfig,
    between_hosts: PathConfig,
    special_paths: BTreeMap<(HostId, HostId), PathConfig>,
    hosts: Vec<Host>,
    host_names: Vec<Atom>,
    endpoints: Vec<Endpoint>,
    paths: Vec<Path>,
    path_numbers: BTreeMap<(HostId, HostId), u32>,
    connections: Vec<Connection<P>>,
    free: Vec<u32>,
    cuts: Cuts,
    output: VecDeque<Output<P>>,
    traffic: Traffic,
}

/// What has been put on the wires so far.
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
            streams,
            rng: streams.stream("network"),
            same_host,
            between_hosts,
            special_paths: BTreeMap::new(),
            hosts: Vec::new(),
            host_names: Vec::new(),
            endpoints: Vec::new(),
            paths: Vec::new(),
            path_numbers: BTreeMap::new(),
            connections: Vec::new(),
            free: Vec::new(),
            cuts: Cuts::default(),
            output: VecDeque::new(),
            traffic: Traffic::default(),
        }
    }

    pub(crate) fn add_host(&mut self, name: Atom) -> HostId {
        self.hosts.push(Host { powered: true });
        self.host_names.push(name);
        HostId(self.hosts.len() as u32 - 1)
    }

    /// The path of the scenario from one host to another, where it is not the usual one.
    pub(crate) fn add_path(&mut self, from: HostId, to: HostId, config: PathConfig) {
        self.special_paths.insert((from, to), config);
    }

    pub(crate) fn add_node(&mut self, config: &EndpointConfig) -> NodeId {
        self.endpoints.push(Endpoint {
            name: config.name,
            host: config.host,
            up: false,
            distributed: true,
            cookie: config.cookie,
            cookies_for: BTreeMap::new(),
            setup_time: config.setup_time,
            busy_limit: config.busy_limit,
            peers: BTreeMap::new(),
            hung_up: BTreeMap::new(),
            listens: false,
        });
        NodeId(self.endpoints.len() as u32 - 1)
    }

    /// What the network wants done next, in order.
    pub(crate) fn next_output(&mut self) -> Option<Output<P>> {
        self.output.pop_front()
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic
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

    pub(crate) fn is_powered(&self, host: HostId) -> bool {
        self.hosts[host.0 as usize].powered
    }

    /// Takes the power from a host, or gives it back. What it has put on the wires arrives, and
    /// nothing after it.
    pub(crate) fn set_powered(&mut self, host: HostId, powered: bool, now: Time) {
        self.hosts[host.0 as usize].powered = powered;
        for connection in &mut self.connections {
            for (end, lane) in connection.ends.iter().zip(&mut connection.lanes) {
                if !powered && self.endpoints[end.node.0 as usize].host == host {
                    lane.abandon();
                }
            }
        }
        self.after_cut_change(now);
    }

    pub(crate) fn host_name(&self, host: HostId) -> Atom {
        self.host_names[host.0 as usize]
    }

    /// Whether silence may still be noticed: something is cut or without power, an attempt to
    /// connect is under way, or a node does not know that its connection is closed.
    pub(crate) fn is_disturbed(&self) -> bool {
        !self.cuts.is_empty()
            || self.hosts.iter().any(|host| !host.powered)
            || self.connections.iter().any(Connection::is_unsettled)
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

    /// Replaces what the path between two hosts is like; nothing puts it back.
    pub(crate) fn set_path(&mut self, from: HostId, to: HostId, config: Option<PathConfig>) {
        let number = self.path_number(from, to);
        self.paths[number as usize].set(config);
    }

    /// The peers to which a connection is up at this node, in the order of their numbers.
    pub(crate) fn peers(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let peers = self.endpoint(node).peers.iter();
        peers.filter(move |(_, id)| self.end_is_up(node, **id)).map(|(peer, _)| *peer)
    }

    /// How the connection of a node to a peer stands, seen from the node.
    pub(crate) fn peer_state(&self, node: NodeId, peer: NodeId) -> PeerState {
        match self.endpoint(node).peers.get(&peer) {
            None => PeerState::Absent,
            Some(id) if self.end_is_up(node, *id) => PeerState::Up,
            Some(_) => PeerState::Pending,
        }
    }

    /// Sends a payload to a peer; it waits while the connection is being set up.
    ///
    /// # Panics
    /// If there is neither a connection nor an attempt.
    pub(crate) fn send(&mut self, now: Time, node: NodeId, peer: NodeId, payload: P, bytes: usize) {
        let id = self.endpoint(node).peers[&peer];
        let connection = &mut self.connections[id.index()];
        let end = connection.end_of(node);
        if connection.ends[end].state == EndState::Up {
            self.transmit(now, id, end as u8, Packet::Payload(payload), bytes);
        } else {
            connection.lanes[end].wait(payload, bytes);
        }
    }

    /// Whether more than the limit waits at a node to reach a peer: in the node itself, under way, or
    /// where a cut or a peer that stands still holds it up (A7). The buffers of the operating systems
    /// are not counted apart.
    pub(crate) fn is_busy(&self, node: NodeId, peer: NodeId) -> bool {
        let endpoint = self.endpoint(node);
        let connection = endpoint.peers.get(&peer).map(|id| &self.connections[id.index()]);
        connection.is_some_and(|connection| {
            connection.lanes[connection.end_of(node)].buffered >= endpoint.busy_limit
        })
    }

    /// The node closes its end; the rest is up to the other side.
    pub(crate) fn disconnect(
        &mut self,
        now: Time,
        node: NodeId,
        peer: NodeId,
        closing: Closing,
        reason: DownReason,
    ) -> bool {
        let Some(id) = self.endpoint(node).peers.get(&peer).copied() else { return false };
        let end = self.connections[id.index()].end_of(node);
        self.close_end(now, id, end, closing, reason);
        true
    }

    /// Closes every connection and socket of a node whose operating-system process has ended.
    /// Nobody on that node is left to be told.
    pub(crate) fn close_all(&mut self, now: Time, node: NodeId, closing: Closing) {
        for index in 0..self.connections.len() {
            let id = self.connections[index].id(index);
            for end in 0..2 {
                let at = &self.connections[index].ends[end];
                if at.node == node && at.state != EndState::Closed {
                    self.forget_end(now, id, end, closing);
                }
            }
        }
    }

    /// Carries out what was scheduled. The receiving node is not paused (see [`Self::receiver`]).
    pub(crate) fn handle(&mut self, now: Time, event: NetworkEvent<P>) {
        match event {
            NetworkEvent::Arrive { connection, lane, parcel } => {
                self.arrive(now, connection, lane, parcel);
            }
            NetworkEvent::Retry { connection, lane } => self.retry(now, connection, lane),
            NetworkEvent::GiveUp { connection, lane, since } => {
                self.give_up(now, connection, lane, since);
            }
            NetworkEvent::SetupTimeout { connection } => self.setup_timeout(now, connection),
        }
    }

    /// The node that has to be running for this event to be dealt with; none where its host's
    /// operating system answers.
    pub(crate) fn receiver(&self, event: &NetworkEvent<P>) -> Option<NodeId> {
        match event {
            NetworkEvent::Arrive { parcel, .. } if parcel.packet.is_for_host() => None,
            NetworkEvent::Arrive { connection, lane, .. }
            | NetworkEvent::Retry { connection, lane } => {
                let found = self.connection(*connection)?;
                Some(found.ends[1 - *lane as usize].node)
            }
            NetworkEvent::GiveUp { connection, lane, .. } => {
                Some(self.connection(*connection)?.ends[*lane as usize].node)
            }
            NetworkEvent::SetupTimeout { connection } => {
                Some(self.connection(*connection)?.ends[0].node)
            }
        }
    }

    /// Takes all payloads out that wait somewhere, so that the caller can drop them.
    pub(crate) fn take_payloads(&mut self) -> Vec<P> {
        let lanes = self.connections.iter_mut().flat_map(|connection| &mut connection.lanes);
        lanes.flat_map(Lane::take_payloads).collect()
    }

    fn endpoint(&self, node: NodeId) -> &Endpoint {
        &self.endpoints[node.0 as usize]
    }

    fn endpoint_mut(&mut self, node: NodeId) -> &mut Endpoint {
        &mut self.endpoints[node.0 as usize]
    }

    fn end_is_up(&self, node: NodeId, id: ConnectionId) -> bool {
        let connection = &self.connections[id.index()];
        connection.ends[connection.end_of(node)].state == EndState::Up
    }

    /// The path from one host to another, laid when it is first used.
    fn path_number(&mut self, from: HostId, to: HostId) -> u32 {
        if let Some(number) = self.path_numbers.get(&(from, to)) {
            return *number;
        }
        let usual = if from == to { &self.same_host } else { &self.between_hosts };
        let config = self.special_paths.get(&(from, to)).unwrap_or(usual).clone();
        let [from_name, to_name] = [from, to].map(|host| self.host_names[host.0 as usize]);
        let rng = self.streams.stream(&format!("path/{from_name}/{to_name}"));
        self.paths.push(Path::new(config, rng));
        let number = self.paths.len() as u32 - 1;
        self.path_numbers.insert((from, to), number);
        number
    }

    /// How much of what is under way survives the sender: any first part, often all of it (B34).
    fn surviving(&mut self, delivered: u32, sent: u32) -> u32 {
        if self.rng.random_bool(0.5) { sent } else { self.rng.random_range(delivered..=sent) }
    }
}
