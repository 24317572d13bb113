//! A connection: two ends, and a lane from each end to the other.
//!
//! The ends live their own lives: one may have closed while the other still believes in the
//! connection, which is how a node that is cut off goes on for a while (B37).

use super::lane::Lane;
use super::under_way::Packet;
use super::{Closing, DownReason, Network, NodeId, Output};
use crate::rng::fnv1a;
use crate::time::Time;

/// A connection; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId {
    index: u32,
    generation: u32,
}

impl ConnectionId {
    pub(super) const fn index(self) -> usize {
        self.index as usize
    }
}

/// One end of a connection that two processes have opened for a protocol of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Socket {
    pub(super) connection: ConnectionId,
    pub(super) end: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Between two nodes, with handshake, cookies and ticks.
    Distribution,
    /// Between two processes that talk some other protocol.
    Socket,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndState {
    /// This side has begun the handshake.
    Connecting,
    /// The other side has.
    Accepting,
    Up,
    Closed,
}

/// A node's end of a connection, and the lane that leads from it to the other.
#[derive(Debug)]
#[repr(align(64))] // a line of the cache
pub(super) struct End<P> {
    pub node: NodeId,
    /// Of the connection.
    generation: u32,
    kind: Kind,
    pub state: EndState,
    /// Whether something was received since the last tick check.
    pub read: bool,
    /// Whether something was sent since the last tick check.
    pub written: bool,
    /// How many checks in a row found that nothing was received.
    pub silent_checks: u8,
    /// Whether something on the way has forgotten the connection: nothing gets through any more.
    pub stale: bool,
    pub lane: Lane<P>,
}

/// Two ends: the side that began, and the side that was asked. Lane 0 leads from the first to the
/// second, lane 1 back.
#[derive(Debug)]
pub(super) struct Connection<P> {
    pub ends: [End<P>; 2],
}

/// One direction of a connection that is there, so that it needs no generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaneId(u32);

impl LaneId {
    pub(super) const fn new(id: ConnectionId, end: usize) -> LaneId {
        LaneId(id.index << 1 | end as u32)
    }

    /// Where its connection is.
    pub(super) const fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// The end of the connection where it begins.
    pub(super) const fn end(self) -> usize {
        (self.0 & 1) as usize
    }
}

impl<P> End<P> {
    /// The connection of this end, from which this lane leads.
    pub(super) const fn connection(&self, lane: LaneId) -> ConnectionId {
        ConnectionId { index: lane.0 >> 1, generation: self.generation }
    }
}

impl<P> Connection<P> {
    pub(super) const fn id(&self, index: usize) -> ConnectionId {
        ConnectionId { index: index as u32, generation: self.ends[0].generation }
    }

    pub(super) const fn kind(&self) -> Kind {
        self.ends[0].kind
    }

    /// Whether one side waits for the other, or believes in what the other has closed or what nothing
    /// gets through. On a socket nobody would ever notice the latter.
    pub(super) fn is_unsettled(&self) -> bool {
        let has = |state| self.ends.iter().any(|end| end.state == state);
        let half_open = has(EndState::Up) && has(EndState::Closed);
        let stale = has(EndState::Up) && self.ends[0].stale;
        has(EndState::Connecting) || ((half_open || stale) && self.kind() == Kind::Distribution)
    }

    /// Whether it is this one, and not another that has taken its place.
    #[inline]
    fn is(&self, id: ConnectionId) -> bool {
        self.ends[0].generation == id.generation
    }
}

/// The connection, unless it is gone.
#[inline]
pub(super) fn current<P>(
    connections: &mut [Connection<P>],
    id: ConnectionId,
) -> Option<&mut Connection<P>> {
    connections.get_mut(id.index()).filter(|found| found.is(id))
}

impl<P> Network<P> {
    /// The connection, unless it is gone.
    pub(super) fn connection(&self, id: ConnectionId) -> Option<&Connection<P>> {
        self.connections.get(id.index()).filter(|found| found.is(id))
    }

    #[inline]
    pub(super) fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<P>> {
        current(&mut self.connections, id)
    }

    /// Lays the lanes between two nodes; the first one begins.
    pub(super) fn lay(&mut self, now: Time, kind: Kind, from: NodeId, to: NodeId) -> ConnectionId {
        let index = self.free.pop().unwrap_or(self.connections.len() as u32);
        let place = self.connections.get(index as usize);
        let generation = place.map_or(0, |former| former.ends[0].generation);
        let end = |network: &mut Network<P>, node, peer, state| End {
            node,
            generation,
            kind,
            state,
            read: false,
            written: false,
            silent_checks: 0,
            stale: false,
            lane: network.lay_lane(now, node, peer, state),
        };
        let first = end(self, from, to, EndState::Connecting);
        let second = end(self, to, from, EndState::Accepting);
        let connection = Connection { ends: [first, second] };
        if let Some(place) = self.connections.get_mut(index as usize) {
            *place = connection;
        } else {
            // A mesh has very many of them: a sixteenth in reserve, where a vector takes as much again.
            if self.connections.len() == self.connections.capacity() {
                self.connections.reserve_exact(self.connections.len() / 16 + 8);
            }
            self.connections.push(connection);
        }
        let id = ConnectionId { index, generation };
        self.refresh_cut(id);
        id
    }

    /// A lane between two nodes. What it draws depends on their names, on which of them begins, and on
    /// when, so that the delays of one connection do not depend on what happens to others.
    fn lay_lane(&mut self, now: Time, from: NodeId, to: NodeId, state: EndState) -> Lane<P> {
        let [hash, other_hash] =
            [from, to].map(|node| fnv1a(self.endpoint(node).name.as_str().as_bytes()));
        let began = u64::from(state == EndState::Connecting);
        let draws = self.draws.family(hash).family(other_hash).family(now.as_nanos() << 1 | began);
        let path = self.paths.number(self.host_of(from), self.host_of(to));
        Lane::new(path, draws)
    }

    /// Closes one end and tells its node.
    pub(super) fn close_end(
        &mut self,
        now: Time,
        id: ConnectionId,
        end: usize,
        closing: Closing,
        reason: DownReason,
    ) {
        let Some(connection) = self.connection(id) else { return };
        let (kind, state) = (connection.kind(), connection.ends[end].state);
        let [node, peer] = [connection.ends[end].node, connection.ends[1 - end].node];
        let was_current = self.peers[node.0 as usize].get(peer) == Some(LaneId::new(id, end));
        self.forget_end(now, id, end, closing);
        let output = match (kind, state) {
            (_, EndState::Closed) => return,
            (Kind::Socket, EndState::Accepting | EndState::Connecting | EndState::Up) => {
                Output::SocketDown { socket: Socket { connection: id, end: end as u8 } }
            }
            (Kind::Distribution, EndState::Up) => Output::Down { node, peer, reason },
            (Kind::Distribution, EndState::Accepting | EndState::Connecting) if !was_current => {
                return;
            }
            (Kind::Distribution, EndState::Connecting) => Output::Failed { node, peer },
            (Kind::Distribution, EndState::Accepting) => Output::Abandoned { node, peer },
        };
        self.output.push_back(output);
    }

    /// Closes one end without telling its node; the other end learns of it as `closing` says.
    pub(super) fn forget_end(&mut self, now: Time, id: ConnectionId, end: usize, closing: Closing) {
        let Some(connection) = self.connection_mut(id) else { return };
        if connection.ends[end].state == EndState::Closed {
            return;
        }
        connection.ends[end].state = EndState::Closed;
        connection.ends[end].lane.drop_waiting();
        let [node, peer] = [connection.ends[end].node, connection.ends[1 - end].node];
        self.peers[node.0 as usize].remove(peer, LaneId::new(id, end));
        if self.free_if_closed(id) {
            return;
        }
        let lane = &mut self.connections[id.index()].ends[end].lane;
        match closing {
            Closing::Orderly => {}
            Closing::Abrupt => {
                let (delivered, sent) = (lane.delivered, lane.sent);
                let surviving = self.surviving(delivered, sent);
                self.connections[id.index()].ends[end].lane.set_survives(surviving);
            }
            Closing::Halted => lane.set_survives(lane.delivered),
            Closing::Silent => return,
        }
        self.transmit(now, LaneId::new(id, end), Packet::Close, 0);
    }

    /// Forgets a connection that both sides have closed.
    fn free_if_closed(&mut self, id: ConnectionId) -> bool {
        let connection = &mut self.connections[id.index()];
        let closed = connection.ends.iter().all(|end| end.state == EndState::Closed);
        if closed {
            for end in &mut connection.ends {
                end.generation += 1;
                end.lane.clear();
            }
            self.free.push(id.index);
        }
        closed
    }
}
