//! A lane: one direction of a connection.
//!
//! Segments arrive in the order in which they were put on it; segments that the network holds up arrive
//! late; segments that are in flight when the connection breaks are lost.

use std::collections::VecDeque;
use std::time::Duration;

use super::fragments::Fragmented;
use super::paths::PathId;
use super::segment::InFlight;
use crate::engine::rng::Family;
use crate::engine::time::Time;

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Lane<P> {
    pub last_arrival: Time,
    /// The bytes of the payloads that wait or are under way.
    pub buffered: u64,
    /// Everything that most lanes have nothing of.
    held: Option<Box<Held<P>>>,
    /// The random numbers of its delays: a stream for each segment.
    pub draws: Family,
    pub path: PathId,
    /// The numbers of segments that were put on the lane, and that have come out.
    pub sent: u32,
    pub delivered: u32,
    /// Nothing gets through: the path is cut, or the host at its end is without power.
    cut: bool,
    /// The way back is cut: TCP soon stops sending segments that are not acknowledged.
    unanswered: bool,
    /// The host at its beginning has lost power, so that nothing is ever sent again.
    pub abandoned: bool,
}

/// The payloads and segments that a lane holds back, and the limit of those that will be lost.
#[derive(Debug)]
struct Held<P> {
    /// Payloads, until the connection is up.
    waiting: VecDeque<Waiting<P>>,
    /// Payloads that the buffer has no room for.
    fragmented: Fragmented<P>,
    stalled: Option<Stalled<P>>,
    /// The time at which the first segment arrived that was not acknowledged.
    unanswered_since: Option<Time>,
    /// Segments with this number or a higher one went down with their sender.
    survives: u32,
}

/// The directions of a connection that are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct CutState {
    pub there: bool,
    pub back: bool,
}

/// A payload that waits until the connection is up.
#[derive(Debug)]
pub(super) struct Waiting<P> {
    /// The number of its sender among all senders of the node.
    pub sender: u64,
    pub payload: P,
    pub bytes: usize,
}

/// The segments that a cut holds up, in order.
#[derive(Debug)]
pub(super) struct Stalled<P> {
    pub since: Time,
    pub segments: VecDeque<InFlight<P>>,
}

impl<P> Stalled<P> {
    /// Returns whether the first of them is a SYN, or the answer to one, which comes when the SYN
    /// is repeated.
    pub(super) fn is_syn(&self) -> bool {
        self.segments.front().is_some_and(|first| first.segment.is_syn())
    }
}

impl<P> Held<P> {
    const fn new() -> Held<P> {
        Held {
            waiting: VecDeque::new(),
            fragmented: Fragmented::new(),
            stalled: None,
            unanswered_since: None,
            survives: u32::MAX,
        }
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
            && self.fragmented.is_empty()
            && self.stalled.is_none()
            && self.unanswered_since.is_none()
            && self.survives == u32::MAX
    }
}

impl<P> Lane<P> {
    pub(super) const fn new(path: PathId, draws: Family) -> Lane<P> {
        Lane {
            last_arrival: Time::ZERO,
            buffered: 0,
            held: None,
            draws,
            path,
            sent: 0,
            delivered: 0,
            cut: false,
            unanswered: false,
            abandoned: false,
        }
    }

    /// Drops everything that it holds back.
    pub(super) fn clear(&mut self) {
        self.held = None;
    }

    fn hold(&mut self) -> &mut Held<P> {
        self.held.get_or_insert_with(|| Box::new(Held::new()))
    }

    /// Changes everything that it holds back, if there is anything.
    fn release<T: Default>(&mut self, change: impl FnOnce(&mut Held<P>) -> T) -> T {
        let Some(held) = &mut self.held else { return T::default() };
        let result = change(held);
        if held.is_empty() {
            self.held = None;
        }
        result
    }

    /// Keeps a payload until the connection is up.
    pub(super) fn enqueue(&mut self, waiting: Waiting<P>) {
        self.buffered += waiting.bytes as u64;
        self.hold().waiting.push_back(waiting);
    }

    /// Takes all payloads that wait for the connection.
    pub(super) fn take_waiting(&mut self) -> VecDeque<Waiting<P>> {
        let waiting = self.release(|held| std::mem::take(&mut held.waiting));
        self.buffered -= waiting.iter().map(|waiting| waiting.bytes as u64).sum::<u64>();
        waiting
    }

    /// Takes out all payloads that wait for the connection or for room on it.
    pub(super) fn drop_waiting(&mut self) -> Vec<P> {
        self.release(|held| {
            let waiting = std::mem::take(&mut held.waiting).into_iter();
            let fragmented =
                std::mem::replace(&mut held.fragmented, Fragmented::new()).into_payloads();
            waiting.map(|waiting| waiting.payload).chain(fragmented).collect()
        })
    }

    /// The payloads that its buffer has no room for, if there are any.
    #[inline]
    pub(super) fn fragmented(&self) -> Option<&Fragmented<P>> {
        self.held.as_ref().map(|held| &held.fragmented).filter(|fragmented| !fragmented.is_empty())
    }

    pub(super) fn fragments_mut(&mut self) -> &mut Fragmented<P> {
        &mut self.hold().fragmented
    }

    /// Takes the next fragment: its bytes, and the payload if it is the last fragment of it.
    pub(super) fn next_fragment(&mut self) -> Option<(usize, Option<P>)> {
        self.release(|held| held.fragmented.take())
    }

    /// The sender is gone, and with it everything that it would have sent again, which is returned.
    pub(super) fn abandon(&mut self) -> Vec<P> {
        self.abandoned = true;
        let stalled = self.release(|held| held.stalled.take());
        let segments = stalled.map(|stalled| stalled.segments).unwrap_or_default();
        segments.into_iter().filter_map(InFlight::into_payload).collect()
    }

    /// Segments with this number or a higher one go down with their sender.
    pub(super) fn set_survives(&mut self, number: u32) {
        self.hold().survives = number;
    }

    /// Returns whether a segment has gone down with its sender.
    #[inline]
    pub(super) fn has_lost(&self, number: u32) -> bool {
        self.held.as_ref().is_some_and(|held| number >= held.survives)
    }

    /// Cuts this way or the way back, or ends a cut.
    pub(super) fn set_cut(&mut self, cut: CutState) {
        self.cut = cut.there;
        self.unanswered = cut.back;
        if !cut.back {
            self.release(|held| held.unanswered_since = None);
        }
    }

    /// Returns whether stalled segments cannot be sent again yet.
    pub(super) const fn is_cut(&self) -> bool {
        self.cut || self.unanswered
    }

    /// The segments that a cut holds up.
    #[inline]
    pub(super) fn stalled(&self) -> Option<&Stalled<P>> {
        self.held.as_ref()?.stalled.as_ref()
    }

    /// Takes all payloads that it holds back.
    pub(super) fn take_payloads(&mut self) -> impl Iterator<Item = P> + use<P> {
        let held = self.held.take().map_or_else(Held::new, |held| *held);
        let waiting = held.waiting.into_iter().map(|waiting| waiting.payload);
        let stalled = held.stalled.map(|stalled| stalled.segments).unwrap_or_default();
        let waiting = waiting.chain(held.fragmented.into_payloads());
        waiting.chain(stalled.into_iter().filter_map(InFlight::into_payload))
    }

    /// Holds a segment up behind those that are stalled. Returns whether it is the first of them.
    pub(super) fn stall(&mut self, now: Time, in_flight: InFlight<P>) -> bool {
        let stalled = &mut self.hold().stalled;
        let is_first = stalled.is_none();
        let stalled =
            stalled.get_or_insert_with(|| Stalled { since: now, segments: VecDeque::new() });
        stalled.segments.push_back(in_flight);
        is_first
    }

    /// Takes all segments that were stalled.
    pub(super) fn take_stalled(&mut self) -> Option<Stalled<P>> {
        self.release(|held| held.stalled.take())
    }

    /// Returns whether a segment that arrives now is held up.
    #[inline]
    pub(super) fn is_blocked(&mut self, now: Time) -> bool {
        if self.cut || self.stalled().is_some() {
            return true;
        }
        if !self.unanswered || self.abandoned {
            return false;
        }
        let since = *self.hold().unanswered_since.get_or_insert(now);
        now > since + FIRST_FLIGHT
    }
}

/// The time for which TCP goes on sending after the first segment that is not acknowledged (B30).
const FIRST_FLIGHT: Duration = Duration::from_millis(200);
