//! Segments: the pieces in which everything travels on a lane.

use super::ids::{ConnectionId, SegmentId};

/// A segment of a TCP connection.
#[derive(Debug)]
pub(crate) enum Segment<P> {
    Payload(P),
    /// A part of a payload that comes with its last part.
    Fragment,
    /// "I am still here."
    Tick,
    /// A step of setting up the connection.
    Handshake(Step),
    /// The sender has closed its end.
    Close,
    /// The sender knows of no such connection.
    Reset,
}

/// The steps of the handshake. Each is a segment that takes its time and may be stalled. The side that
/// began and the side that was asked take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Asks the port mapper of the host for the node (`PORT_PLEASE2`).
    Lookup,
    /// The node is there.
    Found,
    /// The name of the side that began.
    Name,
    /// The side that was asked wants a proof of the cookie.
    Challenge,
    /// The proof.
    ChallengeReply,
    /// The proof was right: the connection is up.
    ChallengeAck,
    /// There is no such node, or the cookie is wrong.
    Refuse,
    /// Opens a socket.
    Syn,
    /// The socket is open.
    SynAck,
}

impl Step {
    /// Returns whether it opens a TCP connection, or answers to that: a SYN comes before anything
    /// else to the port mapper, to the node, and on a socket.
    pub(super) const fn is_syn(self) -> bool {
        match self {
            Step::Lookup | Step::Found | Step::Name | Step::Syn | Step::SynAck => true,
            Step::Challenge | Step::ChallengeReply | Step::ChallengeAck | Step::Refuse => false,
        }
    }
}

/// The place of a segment among all that its sender sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Others may follow.
    Inner,
    /// It is the last one, and outlives its sender.
    Last,
}

impl<P> Segment<P> {
    pub(super) const fn order(&self) -> Order {
        match self {
            Segment::Close | Segment::Reset => Order::Last,
            Segment::Payload(_) | Segment::Fragment | Segment::Tick | Segment::Handshake(_) => {
                Order::Inner
            }
        }
    }

    /// Returns whether it is a SYN, or the answer to one.
    pub(super) const fn is_syn(&self) -> bool {
        matches!(self, Segment::Handshake(step) if step.is_syn())
    }

    pub(super) fn into_payload(self) -> Option<P> {
        match self {
            Segment::Payload(payload) => Some(payload),
            Segment::Fragment
            | Segment::Tick
            | Segment::Handshake(_)
            | Segment::Close
            | Segment::Reset => None,
        }
    }
}

/// The position of a segment on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub connection: ConnectionId,
    pub lane: u8,
    /// The number of segments before it.
    pub number: u32,
}

/// A segment that has been put on a lane and has not come out.
#[derive(Debug)]
#[repr(C)] // a segment that begins where it is aligned is copied in whole words
pub(super) struct InFlight<P> {
    pub segment: Segment<P>,
    pub position: Position,
    /// Of a payload or a part of one only.
    pub bytes: u32,
}

impl<P> InFlight<P> {
    /// Returns whether the operating system of the host answers it, even if the node is paused.
    pub(super) const fn is_for_host(&self) -> bool {
        matches!(self.segment, Segment::Handshake(Step::Lookup))
    }

    pub(super) const fn payload(&self) -> Option<&P> {
        if let Segment::Payload(payload) = &self.segment { Some(payload) } else { None }
    }

    pub(super) fn into_payload(self) -> Option<P> {
        self.segment.into_payload()
    }
}

/// All segments in flight: a slab. A segment is written where it stays until it is taken out.
#[derive(Debug)]
pub(super) struct Segments<P> {
    all: Vec<InFlight<P>>,
    /// Those that have been taken out; a tick is left in their places.
    free: Vec<SegmentId>,
}

impl<P> Segments<P> {
    pub(super) const fn new() -> Segments<P> {
        Segments { all: Vec::new(), free: Vec::new() }
    }

    #[inline]
    pub(super) fn get(&self, id: SegmentId) -> &InFlight<P> {
        &self.all[id.0 as usize]
    }

    /// Adds a segment.
    #[inline(always)]
    pub(super) fn insert(&mut self, in_flight: InFlight<P>) -> SegmentId {
        if let Some(id) = self.free.pop() {
            self.all[id.0 as usize] = in_flight;
            id
        } else {
            self.all.push(in_flight);
            SegmentId(self.all.len() as u32 - 1)
        }
    }

    /// Takes a segment out.
    #[inline(always)]
    pub(super) fn take(&mut self, id: SegmentId) -> Segment<P> {
        self.free.push(id);
        std::mem::replace(&mut self.all[id.0 as usize].segment, Segment::Tick)
    }

    /// Takes all payloads out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = P> {
        self.free.clear();
        self.all.drain(..).filter_map(InFlight::into_payload)
    }
}
