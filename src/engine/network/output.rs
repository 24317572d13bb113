//! The interface of the network to the runtime: its events, and its output.

use super::ids::{ConnectionId, NodeId, SegmentId, Socket};
use crate::engine::time::Time;

/// An event of the network that waits in the event queue.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NetworkEvent {
    /// A segment reaches the end of its lane.
    Arrive(SegmentId),
    /// A tick reaches the end of its lane; the number is its own among the segments of the lane. (Not a
    /// [`Position`](super::segment::Position), which would make every event in the queue larger by a
    /// word.)
    Tick { connection: ConnectionId, lane: u8, number: u32 },
    /// TCP sends again the segments that are stalled on a lane.
    Retry { connection: ConnectionId, lane: u8 },
    /// TCP gives up the segments that have been stalled on a lane since this one.
    GiveUp { connection: ConnectionId, lane: u8, first: u32 },
    /// The time for setting up a connection is over.
    SetupTimeout { connection: ConnectionId },
}

impl NetworkEvent {
    /// Returns whether no run waits for it: a mere sign of life, or a limit that matters only while
    /// something is disturbed (see [`Network::is_disturbed`](super::Network::is_disturbed)).
    pub(crate) const fn is_background(&self) -> bool {
        match self {
            NetworkEvent::Arrive(_) | NetworkEvent::Retry { .. } => false,
            NetworkEvent::Tick { .. }
            | NetworkEvent::GiveUp { .. }
            | NetworkEvent::SetupTimeout { .. } => true,
        }
    }
}

/// An event of the network that the runtime has to deal with.
#[derive(Debug)]
pub(crate) enum Output<P> {
    /// A payload has arrived.
    Payload(Arrival, P),
    /// The connection is usable at this node.
    Up { node: NodeId, peer: NodeId },
    /// The connection is lost at this node.
    Down { node: NodeId, peer: NodeId, reason: DownReason },
    /// The node's attempt to connect has failed.
    Failed { node: NodeId, peer: NodeId },
    /// The peer's attempt to connect has failed; the node may have counted on it.
    Abandoned { node: NodeId, peer: NodeId },
    /// Less than the limit waits again at the node to reach the peer.
    Drained { node: NodeId, peer: NodeId },
    /// The node has turned down an attempt, since the cookies differ.
    Rejected { node: NodeId, peer: NodeId },
    /// A process of another node has opened a socket to this node.
    SocketOpened { node: NodeId, socket: Socket },
    /// The socket opened by this node is usable.
    SocketUp { socket: Socket },
    /// The socket is closed at this node; data that was sent on it may be lost.
    SocketDown { socket: Socket },
}

/// The way on which a payload has arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub to: NodeId,
    pub from: NodeId,
    /// The receiving end of the socket that it came over; none for the connection of the nodes.
    pub over: Option<Socket>,
}

/// The result of sending a payload.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The time of its arrival, and the event that brings it; none while it waits for its connection.
    pub arrival: Option<(Time, NetworkEvent)>,
    /// More than the limit now waits at the node to reach its peer: in the node itself, in flight, or
    /// stalled by a cut or by a peer that is paused (A7). The buffers of the operating systems are not
    /// counted separately.
    pub busy: bool,
}

/// The reason for which a connection went down, in the words of `nodedown_reason` (B23).
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

/// The way in which an end is closed: it decides about everything that the end has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Everything that was sent arrives, then the end of the connection.
    Orderly,
    /// Some first part of everything in flight arrives, then the end of the connection (B34).
    Abrupt,
    /// Nothing that is in flight arrives, only the end of the connection (B35).
    Halted,
    /// The other side is not told: it knows already, or will find out by itself.
    Silent,
}

/// The state of a connection at one of its nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerState {
    /// There is none.
    Absent,
    /// An attempt is under way.
    Pending,
    /// It is usable.
    Up,
}

/// The ways in which connections break although the path works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaking {
    /// A device on the way resets them: both ends learn of it at once.
    Reset,
    /// A device on the way has forgotten them, as a firewall does that restarts: everything that is sent
    /// is lost, and neither end is told.
    Silent,
}
