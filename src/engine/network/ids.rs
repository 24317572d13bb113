//! The numbers of nodes, hosts, connections, lanes, sockets and segments.

/// A node, counted from 0 in the order in which the nodes were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A host, counted from 0 in the order in which the hosts were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// A connection; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId {
    index: u32,
    generation: u32,
}

impl ConnectionId {
    pub(super) const fn new(index: u32, generation: u32) -> ConnectionId {
        ConnectionId { index, generation }
    }

    pub(super) const fn index(self) -> usize {
        self.index as usize
    }

    /// Tells it from the other connections that have had its index.
    pub(super) const fn generation(self) -> u32 {
        self.generation
    }
}

/// One direction of a connection that exists, so that it needs no generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaneId(u32);

impl LaneId {
    pub(super) const fn new(id: ConnectionId, end: usize) -> LaneId {
        LaneId(id.index << 1 | end as u32)
    }

    /// The index of its connection.
    pub(super) const fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// The end of the connection at which it begins.
    pub(super) const fn end(self) -> usize {
        (self.0 & 1) as usize
    }

    /// Its connection, which has this generation.
    pub(super) const fn connection(self, generation: u32) -> ConnectionId {
        ConnectionId { index: self.0 >> 1, generation }
    }
}

/// One end of a connection that two processes have opened for a protocol of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Socket {
    pub(super) connection: ConnectionId,
    pub(super) end: u8,
}

/// A segment in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentId(pub(super) u32);
