//! The network: hosts, the paths between them, and the connections between nodes.
//!
//! It knows nodes by number and carries payloads that it does not look into; processes are the
//! runtime's. What it wants to happen later, and what has happened to a connection, it hands out as
//! `Output`.
//!
//! - `delay`: distributions of durations
//! - `path`: latency, bandwidth and loss between two hosts; `paths`: all of them
//! - `cut`: who cannot reach whom
//! - `endpoint`: a node as the network knows it
//! - `connection`: two ends and the two lanes between them; `peers`: those of a node
//! - `handshake`: how a connection comes up; `kernel`: how often a host asks for one
//! - `lane`: the way of a packet, and what becomes of it; `fragments`: of large ones;
//!   `under_way`: the packets on all lanes
//! - `tick`: how silence is noticed

mod connection;
mod cut;
mod delay;
mod endpoint;
mod fragments;
mod handshake;
mod kernel;
mod lane;
mod path;
mod paths;
mod peers;
#[cfg(test)]
mod tests;
mod tick;
mod under_way;

use std::collections::VecDeque;
use std::hint::black_box;

use connection::{Connection, EndState};
pub(crate) use connection::{ConnectionId, LaneId, Socket};
pub use cut::Breaking;
use cut::Cuts;
pub use delay::Delay;
use endpoint::Endpoint;
pub(crate) use endpoint::EndpointConfig;
use fragments::FRAGMENT;
pub(crate) use fragments::FromSender;
pub use kernel::{Kernel, KernelError};
use lane::Waiting;
pub use path::PathConfig;
use paths::Paths;
use peers::Peers;
use rand::RngExt;
pub use tick::TICK_INTENSITY;
use under_way::{AllUnderWay, Place};

use crate::rng::{Family, Stream, Streams};
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

/// How a payload has come to a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub to: NodeId,
    pub from: NodeId,
    /// The receiving end of the socket that it came over; none for the connection of the nodes.
    pub over: Option<Socket>,
}

/// What has become of a payload that is sent.
#[derive(Debug)]
pub(crate) struct Sent {
    /// When it arrives, and the event that brings it; none while it waits for its connection.
    pub arrival: Option<(Time, NetworkEvent)>,
    /// Whether more than the limit now waits at the node to reach its peer: in the node itself, under
    /// way, or where a cut or a peer that stands still holds it up (A7). The buffers of the operating
    /// systems are not counted apart.
    pub busy: bool,
}

/// What the network wants done.
#[derive(Debug)]
pub(crate) enum Output<P> {
    /// A payload has come.
    Payload(Arrival, P),
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
    /// The socket is closed at this node; what was sent on it may be lost.
    SocketDown { socket: Socket },
}

/// Something of the network's that waits in the event queue.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NetworkEvent {
    /// A packet reaches the end of its lane; the number is its own among those under way.
    Arrive(u32),
    /// A tick, the so-manieth packet of its lane, reaches its end. (Not a [`Place`], which would make
    /// every event in the queue larger by a word.)
    Tick { connection: ConnectionId, lane: u8, number: u32 },
    /// TCP tries again to send what is held up on a lane.
    Retry { connection: ConnectionId, lane: u8 },
    /// TCP gives up what has been held up on a lane since this packet.
    GiveUp { connection: ConnectionId, lane: u8, first: u32 },
    /// The time for setting up a connection is over.
    SetupTimeout { connection: ConnectionId },
}

impl NetworkEvent {
    /// Whether no run waits for it: a mere sign of life, or a limit that matters only while
    /// something is disturbed (see [`Network::is_disturbed`]).
    pub(crate) const fn is_background(&self) -> bool {
        match self {
            NetworkEvent::Arrive(_) | NetworkEvent::Retry { .. } => false,
            NetworkEvent::Tick { .. }
            | NetworkEvent::GiveUp { .. }
            | NetworkEvent::SetupTimeout { .. } => true,
        }
    }
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
    kernel: Kernel,
}

/// All hosts, paths and connections.
#[derive(Debug)]
pub(crate) struct Network<P> {
    rng: Stream,
    /// What the delays of packets are drawn from.
    draws: Family,
    hosts: Vec<Host>,
    host_names: Vec<Atom>,
    endpoints: Vec<Endpoint>,
    /// The connections of each node, apart from what else is known of it since they are asked for so
    /// often.
    peers: Vec<Peers>,
    paths: Paths,
    connections: Vec<Connection<P>>,
    free: Vec<u32>,
    cuts: Cuts,
    /// What is on the lanes, by the numbers of the events that bring it.
    under_way: AllUnderWay<P>,
    scheduled: Vec<(Time, NetworkEvent)>,
    output: VecDeque<Output<P>>,
    traffic: Traffic,
    /// The least limit of all nodes: no connection is busy with less.
    least_busy_limit: u64,
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
            under_way: AllUnderWay::new(),
            scheduled: Vec::new(),
            output: VecDeque::new(),
            traffic: Traffic::default(),
            least_busy_limit: u64::MAX,
        }
    }

    pub(crate) fn add_host(&mut self, name: Atom) -> HostId {
        self.hosts.push(Host { powered: true, kernel: Kernel::default() });
        self.host_names.push(name);
        HostId(self.hosts.len() as u32 - 1)
    }

    /// The kernel that a host runs, where it is not the usual one.
    pub(crate) fn set_kernel(&mut self, host: HostId, kernel: Kernel) {
        self.hosts[host.0 as usize].kernel = kernel;
    }

    fn kernel_of(&self, node: NodeId) -> Kernel {
        self.hosts[self.host_of(node).0 as usize].kernel
    }

    /// The path of the scenario from one host to another, where it is not the usual one.
    pub(crate) fn add_path(&mut self, from: HostId, to: HostId, config: PathConfig) {
        self.paths.add_special(from, to, config);
    }

    /// Whether the network wants to have events back.
    #[inline]
    pub(crate) fn has_scheduled(&self) -> bool {
        !self.scheduled.is_empty()
    }

    /// What the network wants to have back, and when, in order.
    pub(crate) fn take_scheduled(&mut self) -> std::vec::Drain<'_, (Time, NetworkEvent)> {
        self.scheduled.drain(..)
    }

    /// Whether the network wants anything done.
    #[inline]
    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Hands a payload out behind all else that the network wants done.
    pub(crate) fn deliver_later(&mut self, arrival: Arrival, payload: P) {
        self.output.push_back(Output::Payload(arrival, payload));
    }

    /// What else the network wants done next, in order.
    pub(crate) fn next_output(&mut self) -> Option<Output<P>> {
        self.output.pop_front()
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic
    }

    pub(crate) fn is_powered(&self, host: HostId) -> bool {
        self.hosts[host.0 as usize].powered
    }

    /// Takes the power from a host, or gives it back. What it has put on the wires arrives, and
    /// nothing after it.
    pub(crate) fn set_powered(&mut self, host: HostId, powered: bool, now: Time) {
        self.hosts[host.0 as usize].powered = powered;
        for connection in &mut self.connections {
            for end in &mut connection.ends {
                if !powered && self.endpoints[end.node.0 as usize].host == host {
                    end.lane.abandon();
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

    /// Replaces what the path between two hosts is like; nothing puts it back.
    pub(crate) fn set_path(&mut self, from: HostId, to: HostId, config: Option<PathConfig>) {
        let number = self.paths.set(from, to, config);
        for connection in &mut self.connections {
            let [first, second] = [0, 1].map(|end: usize| connection.ends[end].node);
            let [first, second] = [first, second].map(|node| self.endpoints[node.0 as usize].host);
            for (end, hosts) in connection.ends.iter_mut().zip([(first, second), (second, first)]) {
                if hosts == (from, to) {
                    end.lane.path = number;
                }
            }
        }
    }

    /// What the path from one host to another is like, and what it is usually like.
    pub(crate) fn path_now_and_usually(&self, from: HostId, to: HostId) -> [&PathConfig; 2] {
        self.paths.now_and_usually(from, to)
    }

    /// The peers to which a connection is up at this node, in the order of their numbers.
    pub(crate) fn peers(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let peers = self.peers[node.0 as usize].iter();
        peers.filter(|(_, lane)| self.is_up(*lane)).map(|(peer, _)| peer)
    }

    /// How the connection of a node to a peer stands, seen from the node.
    pub(crate) fn peer_state(&self, node: NodeId, peer: NodeId) -> PeerState {
        match self.peers[node.0 as usize].get(peer) {
            None => PeerState::Absent,
            Some(lane) if self.is_up(lane) => PeerState::Up,
            Some(_) => PeerState::Pending,
        }
    }

    /// The lane from a node to a peer, of the connection that it has or is setting up.
    #[inline]
    pub(crate) fn lane(&self, node: NodeId, peer: NodeId) -> Option<LaneId> {
        self.peers[node.0 as usize].get(peer)
    }

    /// Whether more than the limit waits to reach the end of a lane (A7).
    #[inline]
    pub(crate) fn is_busy(&self, lane: LaneId) -> bool {
        let end = &self.connections[lane.index()].ends[lane.end()];
        let buffered = end.lane.buffered;
        buffered >= self.least_busy_limit && buffered >= self.endpoint(end.node).busy_limit
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
        let Some(lane) = self.lane(node, peer) else { return false };
        let id = self.connections[lane.index()].id(lane.index());
        self.close_end(now, id, lane.end(), closing, reason);
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

    /// Carries out what was scheduled: how a payload arrives by it, and the number by which it is to
    /// be taken ([`Self::take_payload`]). The receiving node is not paused (see [`Self::receiver`]).
    #[inline(always)]
    pub(crate) fn handle(&mut self, now: Time, event: NetworkEvent) -> Option<(Arrival, u32)> {
        match event {
            NetworkEvent::Arrive(number) => return self.arrive(now, number),
            NetworkEvent::Tick { connection, lane, number } => {
                self.tick_arrives(now, Place { connection, lane, number });
            }
            NetworkEvent::Retry { connection, lane } => self.retry(now, connection, lane),
            NetworkEvent::GiveUp { connection, lane, first } => {
                self.give_up(now, connection, lane, first);
            }
            NetworkEvent::SetupTimeout { connection } => self.setup_timeout(now, connection),
        }
        None
    }

    /// The payload that an event will bring, if it is on the way. Brings into the cache what it needs.
    #[inline]
    pub(crate) fn foresee(&self, event: NetworkEvent) -> Option<&P> {
        let NetworkEvent::Arrive(number) = event else { return None };
        let under_way = self.under_way.get(number);
        let Place { connection, lane, .. } = under_way.place;
        let connection = &self.connections[connection.index()];
        let [sender, receiver] = [lane, 1 - lane].map(|end| &connection.ends[end as usize]);
        let to = receiver.node.0 as usize;
        black_box((sender.written, receiver.read, self.peers[to].ends()));
        under_way.payload()
    }

    /// The node that has to be running for this event to be dealt with; none where its host's
    /// operating system answers.
    pub(crate) fn receiver(&self, event: NetworkEvent) -> Option<NodeId> {
        let (connection, end) = match event {
            NetworkEvent::Arrive(number) => {
                let under_way = self.under_way.get(number);
                if under_way.is_for_host() {
                    return None;
                }
                (under_way.place.connection, 1 - under_way.place.lane)
            }
            NetworkEvent::Tick { connection, lane, .. }
            | NetworkEvent::Retry { connection, lane } => (connection, 1 - lane),
            NetworkEvent::GiveUp { connection, lane, .. } => (connection, lane),
            NetworkEvent::SetupTimeout { connection } => (connection, 0),
        };
        Some(self.connection(connection)?.ends[end as usize].node)
    }

    /// Takes all payloads out that wait somewhere, so that the caller can drop them.
    pub(crate) fn take_payloads(&mut self) -> Vec<P> {
        let under_way = self.under_way.drain();
        let ends = self.connections.iter_mut().flat_map(|connection| &mut connection.ends);
        under_way.chain(ends.flat_map(|end| end.lane.take_payloads())).collect()
    }

    fn is_up(&self, lane: LaneId) -> bool {
        self.connections[lane.index()].ends[lane.end()].state == EndState::Up
    }

    /// How much of what is under way survives the sender: any first part, often all of it (B34).
    fn surviving(&mut self, delivered: u32, sent: u32) -> u32 {
        if self.rng.random_bool(0.5) { sent } else { self.rng.random_range(delivered..=sent) }
    }
}

impl<P: FromSender> Network<P> {
    /// Takes a payload and sends it; it waits while the connection is being set up.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub(crate) fn send(
        &mut self,
        now: Time,
        lane: LaneId,
        bytes: usize,
        payload: &mut Option<P>,
    ) -> Sent {
        let end = &mut self.connections[lane.index()].ends[lane.end()];
        let arrival = if end.state == EndState::Up {
            if bytes > FRAGMENT || end.lane.fragmented().is_some() {
                let sender = payload.as_ref().expect("a payload to send").sender();
                return self.send_in_turn(now, lane, sender, bytes, payload);
            }
            Some(self.put_on_lane(now, lane, bytes, payload))
        } else {
            let payload = payload.take().expect("a payload to take");
            end.lane.wait(Waiting { sender: payload.sender(), payload, bytes });
            None
        };
        Sent { arrival, busy: self.is_busy(lane) }
    }
}
