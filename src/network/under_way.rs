//! The packets on the lanes.

use super::ConnectionId;
use super::handshake::Step;

/// What travels on a lane.
#[derive(Debug)]
pub(crate) enum Packet<P> {
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

impl<P> Packet<P> {
    /// Whether the host answers it, be the node paused or not.
    const fn is_for_host(&self) -> bool {
        matches!(self, Packet::Handshake(Step::Lookup))
    }

    /// Whether it is the last one of its sender's, which outlives it.
    pub(super) const fn is_last(&self) -> bool {
        matches!(self, Packet::Close | Packet::Reset)
    }

    fn into_payload(self) -> Option<P> {
        match self {
            Packet::Payload(payload) => Some(payload),
            Packet::Fragment
            | Packet::Tick
            | Packet::Handshake(_)
            | Packet::Close
            | Packet::Reset => None,
        }
    }
}

/// The place of a packet on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub connection: ConnectionId,
    pub lane: u8,
    /// It is the so-manieth packet of the lane.
    pub number: u32,
}

/// A packet that has been put on a lane and has not come out.
#[derive(Debug)]
#[repr(C)] // a packet that begins where it is aligned is copied in whole words
pub(super) struct UnderWay<P> {
    pub packet: Packet<P>,
    pub place: Place,
    /// Of a payload or a part of one only.
    pub bytes: u32,
}

impl<P> UnderWay<P> {
    /// Whether the host deals with it, be the node paused or not.
    pub(super) const fn is_for_host(&self) -> bool {
        self.packet.is_for_host()
    }

    pub(super) const fn payload(&self) -> Option<&P> {
        if let Packet::Payload(payload) = &self.packet { Some(payload) } else { None }
    }

    pub(super) fn into_payload(self) -> Option<P> {
        self.packet.into_payload()
    }
}

/// All that is on the lanes, by number. A packet is written where it stays until it is taken out.
#[derive(Debug)]
pub(super) struct AllUnderWay<P> {
    all: Vec<UnderWay<P>>,
    /// The numbers of those that have been taken out; what is left of them is a tick.
    free: Vec<u32>,
}

impl<P> AllUnderWay<P> {
    pub(super) const fn new() -> AllUnderWay<P> {
        AllUnderWay { all: Vec::new(), free: Vec::new() }
    }

    #[inline]
    pub(super) fn get(&self, number: u32) -> &UnderWay<P> {
        &self.all[number as usize]
    }

    /// Puts a packet there; returns its number.
    #[inline(always)]
    pub(super) fn put(&mut self, under_way: UnderWay<P>) -> u32 {
        if let Some(number) = self.free.pop() {
            self.all[number as usize] = under_way;
            number
        } else {
            self.all.push(under_way);
            self.all.len() as u32 - 1
        }
    }

    /// Takes a packet out.
    #[inline(always)]
    pub(super) fn take(&mut self, number: u32) -> Packet<P> {
        self.free.push(number);
        std::mem::replace(&mut self.all[number as usize].packet, Packet::Tick)
    }

    /// Takes all payloads out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = P> {
        self.free.clear();
        self.all.drain(..).filter_map(UnderWay::into_payload)
    }
}
