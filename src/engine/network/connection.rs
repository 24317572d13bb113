//! A connection: two ends, and a lane from each end to the other.
//!
//! The ends live their own lives: one may be closed while the other still counts on the connection,
//! which is how a node that is cut off goes on for a while (B37).

use super::ids::{ConnectionId, LaneId, NodeId};
use super::lane::Lane;

/// The kind of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Between two nodes, with handshake, cookies and ticks.
    Distribution,
    /// Between two processes that talk some other protocol.
    Socket,
}

/// The state of one end.
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
    /// Something was received since the last tick check.
    pub read: bool,
    /// Something was sent since the last tick check.
    pub written: bool,
    /// The number of tick checks in a row before which nothing was received.
    pub silent_checks: u8,
    /// A device on the way has forgotten the connection: nothing gets through any more.
    pub stale: bool,
    pub lane: Lane<P>,
}

/// Two ends: the side that began, and the side that was asked. Lane 0 leads from the first to the
/// second, lane 1 back.
#[derive(Debug)]
pub(super) struct Connection<P> {
    pub ends: [End<P>; 2],
}

impl<P> End<P> {
    /// An end of a new connection.
    pub(super) const fn new(
        node: NodeId,
        generation: u32,
        kind: Kind,
        state: EndState,
        lane: Lane<P>,
    ) -> End<P> {
        End {
            node,
            generation,
            kind,
            state,
            read: false,
            written: false,
            silent_checks: 0,
            stale: false,
            lane,
        }
    }

    /// The connection of this end, from which this lane leads.
    pub(super) const fn connection(&self, lane: LaneId) -> ConnectionId {
        lane.connection(self.generation)
    }

    /// Returns whether it is still being set up.
    pub(super) const fn is_pending(&self) -> bool {
        matches!(self.state, EndState::Connecting | EndState::Accepting)
    }
}

impl<P> Connection<P> {
    /// The id of the connection with this index.
    pub(super) const fn id(&self, index: usize) -> ConnectionId {
        ConnectionId::new(index as u32, self.generation())
    }

    pub(super) const fn generation(&self) -> u32 {
        self.ends[0].generation
    }

    pub(super) const fn kind(&self) -> Kind {
        self.ends[0].kind
    }

    /// The nodes of both ends.
    pub(super) const fn nodes(&self) -> [NodeId; 2] {
        [self.ends[0].node, self.ends[1].node]
    }

    /// Returns whether both ends are closed.
    pub(super) fn is_closed(&self) -> bool {
        self.ends.iter().all(|end| end.state == EndState::Closed)
    }

    /// Makes room for another connection with the same index.
    pub(super) fn clear(&mut self) {
        for end in &mut self.ends {
            end.generation += 1;
            end.lane.clear();
        }
    }

    /// Returns whether one side waits for the other, or counts on a connection that the other side
    /// has closed or that nothing gets through. On a socket the latter is never noticed.
    pub(super) fn is_unsettled(&self) -> bool {
        let has = |state| self.ends.iter().any(|end| end.state == state);
        let half_open = has(EndState::Up) && has(EndState::Closed);
        let stale = has(EndState::Up) && self.ends[0].stale;
        has(EndState::Connecting) || ((half_open || stale) && self.kind() == Kind::Distribution)
    }

    /// Returns whether this is its id, and not that of another connection with the same index.
    #[inline]
    const fn is(&self, id: ConnectionId) -> bool {
        self.generation() == id.generation()
    }
}

/// A connection, if it still exists.
#[inline]
pub(super) fn current<P>(
    connections: &mut [Connection<P>],
    id: ConnectionId,
) -> Option<&mut Connection<P>> {
    connections.get_mut(id.index()).filter(|found| found.is(id))
}

/// A connection, if it still exists.
#[inline]
pub(super) fn find<P>(connections: &[Connection<P>], id: ConnectionId) -> Option<&Connection<P>> {
    connections.get(id.index()).filter(|found| found.is(id))
}
