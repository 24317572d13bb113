//! A connection: two ends, and a lane from each end to the other.
//!
//! The ends live their own lives: one may have closed while the other still believes in the
//! connection, which is how a node that is cut off goes on for a while (B37).

use super::lane::{Lane, Packet};
use super::{Closing, DownReason, Network, NodeId, Output};
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

#[derive(Debug)]
pub(super) struct End {
    pub node: NodeId,
    pub state: EndState,
    /// Whether something was received since the last tick check.
    pub read: bool,
    /// Whether something was sent since the last tick check.
    pub written: bool,
    /// How many checks in a row found that nothing was received.
    pub silent_checks: u8,
}

impl End {
    pub(super) const fn new(node: NodeId, state: EndState) -> End {
        End { node, state, read: false, written: false, silent_checks: 0 }
    }
}

#[derive(Debug)]
pub(super) struct Connection<P> {
    generation: u32,
    pub kind: Kind,
    /// The side that began, then the side that was asked.
    pub ends: [End; 2],
    /// Lane 0 leads from end 0 to end 1, lane 1 back.
    pub lanes: [Lane<P>; 2],
}

impl<P> Connection<P> {
    pub(super) fn id(&self, index: usize) -> ConnectionId {
        ConnectionId { index: index as u32, generation: self.generation }
    }

    /// Whether one side waits for the other, or still believes in what the other has closed. On a
    /// socket nobody would ever notice the latter.
    pub(super) fn is_unsettled(&self) -> bool {
        let has = |state| self.ends.iter().any(|end| end.state == state);
        let half_open = has(EndState::Up) && has(EndState::Closed);
        has(EndState::Connecting) || (half_open && self.kind == Kind::Distribution)
    }

    /// Which end of a connection between two nodes one of them holds.
    pub(super) fn end_of(&self, node: NodeId) -> usize {
        usize::from(self.ends[0].node != node)
    }
}

/// The connection, unless it is gone.
#[inline]
pub(super) fn current<P>(
    connections: &mut [Connection<P>],
    id: ConnectionId,
) -> Option<&mut Connection<P>> {
    connections.get_mut(id.index()).filter(|found| found.generation == id.generation)
}

impl<P> Network<P> {
    /// The connection, unless it is gone.
    pub(super) fn connection(&self, id: ConnectionId) -> Option<&Connection<P>> {
        self.connections.get(id.index()).filter(|found| found.generation == id.generation)
    }

    #[inline]
    pub(super) fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<P>> {
        current(&mut self.connections, id)
    }

    /// Lays the lanes between two nodes; the first one begins.
    pub(super) fn lay(&mut self, kind: Kind, from: NodeId, to: NodeId) -> ConnectionId {
        let hosts = [self.host_of(from), self.host_of(to)];
        let lanes = [
            Lane::new(self.paths.number(hosts[0], hosts[1])),
            Lane::new(self.paths.number(hosts[1], hosts[0])),
        ];
        let ends = [End::new(from, EndState::Connecting), End::new(to, EndState::Accepting)];
        let index = self.free.pop().unwrap_or(self.connections.len() as u32);
        let generation = self.connections.get(index as usize).map_or(0, |old| old.generation);
        let connection = Connection { generation, kind, ends, lanes };
        match self.connections.get_mut(index as usize) {
            Some(slot) => *slot = connection,
            None => self.connections.push(connection),
        }
        let id = ConnectionId { index, generation };
        self.refresh_cut(id);
        id
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
        let (kind, state) = (connection.kind, connection.ends[end].state);
        let [node, peer] = [connection.ends[end].node, connection.ends[1 - end].node];
        let was_current = self.endpoint(node).peers.get(peer) == Some(id);
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
        connection.lanes[end].drop_waiting();
        let [node, peer] = [connection.ends[end].node, connection.ends[1 - end].node];
        self.endpoint_mut(node).peers.remove(peer, id);
        if self.free_if_closed(id) {
            return;
        }
        let lane = &mut self.connections[id.index()].lanes[end];
        match closing {
            Closing::Orderly => {}
            Closing::Abrupt => {
                let (delivered, sent) = (lane.delivered, lane.sent);
                let surviving = self.surviving(delivered, sent);
                self.connections[id.index()].lanes[end].set_survives(surviving);
            }
            Closing::Halted => lane.set_survives(lane.delivered),
            Closing::Silent => return,
        }
        self.transmit(now, id, end as u8, Packet::Close, 0);
    }

    /// Forgets a connection that both sides have closed.
    fn free_if_closed(&mut self, id: ConnectionId) -> bool {
        let connection = &mut self.connections[id.index()];
        let closed = connection.ends.iter().all(|end| end.state == EndState::Closed);
        if closed {
            connection.generation += 1;
            connection.lanes.iter_mut().for_each(Lane::clear);
            self.free.push(id.index);
        }
        closed
    }
}
