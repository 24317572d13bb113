//! The life of a connection: it is opened, and its ends are closed one by one.

use super::connection::{Connection, End, EndState, Kind, current, find};
use super::lane::Lane;
use super::output::{Closing, DownReason, Output, PeerState};
use super::segment::Segment;
use super::{ConnectionId, LaneId, LossReason, Network, NodeId, Socket, lose};
use crate::engine::rng::fnv1a;
use crate::engine::time::Time;

/// Looking at connections.
impl<P> Network<P> {
    /// A connection, if it still exists.
    pub(super) fn connection(&self, id: ConnectionId) -> Option<&Connection<P>> {
        find(&self.connections, id)
    }

    /// A connection, if it still exists.
    #[inline]
    pub(super) fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<P>> {
        current(&mut self.connections, id)
    }

    /// The end at which a lane begins.
    #[inline]
    pub(super) fn end(&self, lane: LaneId) -> &End<P> {
        &self.connections[lane.index()].ends[lane.end()]
    }

    /// The end at which a lane begins.
    #[inline]
    pub(super) fn end_mut(&mut self, lane: LaneId) -> &mut End<P> {
        &mut self.connections[lane.index()].ends[lane.end()]
    }

    fn is_up(&self, lane: LaneId) -> bool {
        self.end(lane).state == EndState::Up
    }

    /// The peers to which a connection is up at this node, in the order of their numbers.
    pub(crate) fn peers(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let peers = self.peers[node.0 as usize].iter();
        peers.filter(|(_, lane)| self.is_up(*lane)).map(|(peer, _)| peer)
    }

    /// The state of the connection of a node to a peer, at the node.
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
}

/// Opening.
impl<P> Network<P> {
    /// Opens a connection between two nodes; the first one begins.
    pub(super) fn open(&mut self, now: Time, kind: Kind, from: NodeId, to: NodeId) -> ConnectionId {
        let index = self.free.pop().unwrap_or(self.connections.len() as u32);
        let former = self.connections.get(index as usize);
        let generation = former.map_or(0, Connection::generation);
        let mut end = |node, peer, state| {
            End::new(node, generation, kind, state, self.new_lane(now, node, peer, state))
        };
        let first = end(from, to, EndState::Connecting);
        let second = end(to, from, EndState::Accepting);
        let connection = Connection { ends: [first, second] };
        if let Some(former) = self.connections.get_mut(index as usize) {
            *former = connection;
        } else {
            // A mesh has very many of them: a sixteenth in reserve, where a vector takes as much again.
            if self.connections.len() == self.connections.capacity() {
                self.connections.reserve_exact(self.connections.len() / 16 + 8);
            }
            self.connections.push(connection);
        }
        let id = ConnectionId::new(index, generation);
        self.refresh_cut(id);
        id
    }

    /// A lane between two nodes. Its random numbers depend on their names, on which of them begins, and
    /// on the time, so that the delays of one connection do not depend on others.
    fn new_lane(&mut self, now: Time, from: NodeId, to: NodeId, state: EndState) -> Lane<P> {
        let [hash, other_hash] =
            [from, to].map(|node| fnv1a(self.endpoint(node).name.as_str().as_bytes()));
        let began = u64::from(state == EndState::Connecting);
        let draws = self.draws.family(hash).family(other_hash).family(now.as_nanos() << 1 | began);
        let path = self.paths.number(self.host_of(from), self.host_of(to));
        Lane::new(path, draws)
    }
}

/// Closing.
impl<P> Network<P> {
    /// Closes a node's end of its connection to a peer. The rest is up to the other side.
    pub(crate) fn disconnect(
        &mut self,
        now: Time,
        node: NodeId,
        peer: NodeId,
        closing: Closing,
        reason: DownReason,
    ) {
        if let Some(lane) = self.lane(node, peer) {
            let id = self.connections[lane.index()].id(lane.index());
            self.close_end(now, id, lane.end(), closing, reason);
        }
    }

    /// Closes every connection and socket of a node whose operating-system process has ended. On that
    /// node, nobody is left to be told.
    pub(crate) fn close_all(&mut self, now: Time, node: NodeId, closing: Closing) {
        for index in 0..self.connections.len() {
            let id = self.connections[index].id(index);
            for end in 0..2 {
                let at = &self.connections[index].ends[end];
                if at.node == node && at.state != EndState::Closed {
                    self.reset_end(now, id, end, closing);
                }
            }
        }
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
        self.reset_end(now, id, end, closing);
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
    pub(super) fn reset_end(&mut self, now: Time, id: ConnectionId, end: usize, closing: Closing) {
        let Some(connection) = self.connection_mut(id) else { return };
        if connection.ends[end].state == EndState::Closed {
            return;
        }
        let was_up = connection.ends[end].state == EndState::Up;
        connection.ends[end].state = EndState::Closed;
        let dropped = connection.ends[end].lane.drop_waiting();
        let why = if was_up { LossReason::ConnectionGone } else { LossReason::NeverConnected };
        lose(&mut self.lost, dropped, why);
        let connection = &mut self.connections[id.index()];
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
        self.transmit(now, LaneId::new(id, end), Segment::Close, 0);
    }

    /// Frees a connection that both sides have closed.
    fn free_if_closed(&mut self, id: ConnectionId) -> bool {
        let connection = &mut self.connections[id.index()];
        let is_closed = connection.is_closed();
        if is_closed {
            let held = connection.ends.iter_mut().flat_map(|end| end.lane.take_payloads());
            lose(&mut self.lost, held, LossReason::ConnectionGone);
            connection.clear();
            self.free.push(id.index() as u32);
        }
        is_closed
    }
}
