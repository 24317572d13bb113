//! A lane: one direction of a connection. What is put on it arrives in order; what the network
//! holds up arrives late; what is under way when the connection breaks is lost.

use std::collections::VecDeque;
use std::time::Duration;

use super::connection::{EndState, Kind, current};
use super::fragments::Fragmented;
use super::path::{GIVE_UP, next_retry, retry_gap};
use super::under_way::{Packet, Place, UnderWay};
use super::{
    Arrival, Closing, ConnectionId, DownReason, LaneId, Network, NetworkEvent, Output, Socket,
};
use crate::rng::Family;
use crate::time::Time;

/// What becomes of a packet at the end of its lane.
enum Fate {
    Arrives(Arrival),
    /// It waits until TCP sends it again.
    IsHeldUp,
    IsLost,
}

#[derive(Debug)]
pub(super) struct Lane<P> {
    pub last_arrival: Time,
    /// The bytes of the payloads that wait or are under way.
    pub buffered: u64,
    /// What most lanes have nothing of.
    held: Option<Box<Held<P>>>,
    /// What its delays are drawn from: a stream for each packet.
    draws: Family,
    pub path: u32,
    /// How many packets were put on the lane, and how many of them came out.
    pub sent: u32,
    pub delivered: u32,
    /// Whether nothing gets through: the path is cut, or the host at its end is without power.
    cut: bool,
    /// Whether the way back is cut; TCP soon stops sending what nobody acknowledges.
    unanswered: bool,
    /// Whether the host at its beginning has lost power, so that nothing is ever sent again.
    abandoned: bool,
}

/// What a lane holds back, and what is to be lost of what is on it.
#[derive(Debug)]
struct Held<P> {
    /// Payloads, until the connection is up.
    waiting: VecDeque<Waiting<P>>,
    /// What the buffer has no room for.
    fragmented: Fragmented<P>,
    stalled: Option<Stalled<P>>,
    /// When the first packet arrived that nobody acknowledges.
    unanswered_since: Option<Time>,
    /// Packets with this number or a higher one went down with their sender.
    survives: u32,
}

/// A payload that waits until the connection is up.
#[derive(Debug)]
pub(super) struct Waiting<P> {
    /// Whose it is, among all senders of the node.
    pub sender: u64,
    pub payload: P,
    pub bytes: usize,
}

/// What a cut holds up, in order.
#[derive(Debug)]
struct Stalled<P> {
    since: Time,
    packets: VecDeque<UnderWay<P>>,
}

impl<P> Stalled<P> {
    /// Whether what is held up is a SYN, or the answer to one, which comes when the SYN is repeated.
    fn is_syn(&self) -> bool {
        let first = self.packets.front();
        matches!(first, Some(UnderWay { packet: Packet::Handshake(step), .. }) if step.is_syn())
    }
}

impl<P> Held<P> {
    const fn nothing() -> Held<P> {
        Held {
            waiting: VecDeque::new(),
            fragmented: Fragmented::nothing(),
            stalled: None,
            unanswered_since: None,
            survives: u32::MAX,
        }
    }

    fn is_nothing(&self) -> bool {
        self.waiting.is_empty()
            && self.fragmented.is_empty()
            && self.stalled.is_none()
            && self.unanswered_since.is_none()
            && self.survives == u32::MAX
    }
}

impl<P> Lane<P> {
    pub(super) const fn new(path: u32, draws: Family) -> Lane<P> {
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

    /// Drops all that it holds.
    pub(super) fn clear(&mut self) {
        self.held = None;
    }

    fn hold(&mut self) -> &mut Held<P> {
        self.held.get_or_insert_with(|| Box::new(Held::nothing()))
    }

    /// Changes what it holds, if it holds anything.
    fn let_go<T: Default>(&mut self, change: impl FnOnce(&mut Held<P>) -> T) -> T {
        let Some(held) = &mut self.held else { return T::default() };
        let result = change(held);
        if held.is_nothing() {
            self.held = None;
        }
        result
    }

    /// Keeps a payload until the connection is up.
    pub(super) fn wait(&mut self, waiting: Waiting<P>) {
        self.buffered += waiting.bytes as u64;
        self.hold().waiting.push_back(waiting);
    }

    /// Takes all payloads that wait for the connection.
    pub(super) fn take_waiting(&mut self) -> VecDeque<Waiting<P>> {
        let waiting = self.let_go(|held| std::mem::take(&mut held.waiting));
        self.buffered -= waiting.iter().map(|waiting| waiting.bytes as u64).sum::<u64>();
        waiting
    }

    /// Drops all payloads that wait for the connection.
    pub(super) fn drop_waiting(&mut self) {
        self.let_go(|held| {
            held.waiting.clear();
            held.fragmented.clear();
        });
    }

    /// What its buffer has had no room for, if there is anything.
    #[inline]
    pub(super) fn fragmented(&self) -> Option<&Fragmented<P>> {
        self.held.as_ref().map(|held| &held.fragmented).filter(|fragmented| !fragmented.is_empty())
    }

    pub(super) fn fragments_mut(&mut self) -> &mut Fragmented<P> {
        &mut self.hold().fragmented
    }

    /// The next fragment: its bytes, and the payload if it is the last one of it.
    pub(super) fn next_fragment(&mut self) -> Option<(usize, Option<P>)> {
        self.let_go(|held| held.fragmented.take())
    }

    /// The sender is gone, and with it all that it would have sent again.
    pub(super) fn abandon(&mut self) {
        self.abandoned = true;
        self.let_go(|held| held.stalled = None);
    }

    /// Packets with this number or a higher one go down with their sender.
    pub(super) fn set_survives(&mut self, number: u32) {
        self.hold().survives = number;
    }

    #[inline]
    fn has_lost(&self, number: u32) -> bool {
        self.held.as_ref().is_some_and(|held| number >= held.survives)
    }

    /// Notes whether this way is cut, and the way back.
    pub(super) fn set_cut(&mut self, cut: bool, back: bool) {
        self.cut = cut;
        self.unanswered = back;
        if !back {
            self.let_go(|held| held.unanswered_since = None);
        }
    }

    /// Whether what is held up cannot be sent again yet.
    pub(super) fn is_held(&self) -> bool {
        self.cut || self.unanswered
    }

    #[inline]
    fn stalled(&self) -> Option<&Stalled<P>> {
        self.held.as_ref()?.stalled.as_ref()
    }

    pub(super) fn take_payloads(&mut self) -> impl Iterator<Item = P> + use<P> {
        let held = self.held.take().map_or_else(Held::nothing, |held| *held);
        let waiting = held.waiting.into_iter().map(|waiting| waiting.payload);
        let stalled = held.stalled.map(|stalled| stalled.packets).unwrap_or_default();
        let waiting = waiting.chain(held.fragmented.into_payloads());
        waiting.chain(stalled.into_iter().filter_map(UnderWay::into_payload))
    }

    /// Whether a packet that arrives now is held up.
    #[inline]
    fn is_blocked(&mut self, now: Time) -> bool {
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

/// For so long after the first packet that nobody acknowledges TCP goes on sending others (B30).
const FIRST_FLIGHT: Duration = Duration::from_millis(200);

impl<P> Network<P> {
    /// Puts a packet on a lane; it will arrive behind all that is on it already.
    pub(super) fn transmit(&mut self, now: Time, lane: LaneId, packet: Packet<P>, bytes: usize) {
        let arrival = match packet {
            Packet::Payload(payload) => self.put_on_lane(now, lane, bytes, &mut Some(payload)),
            Packet::Tick => {
                let (at, Place { connection, lane, number }) =
                    self.enter(now, lane, bytes, retry_gap);
                (at, NetworkEvent::Tick { connection, lane, number })
            }
            Packet::Fragment | Packet::Handshake(_) | Packet::Close | Packet::Reset => {
                let is_syn = matches!(&packet, Packet::Handshake(step) if step.is_syn());
                let kernel = self.kernel_of(self.connections[lane.index()].ends[0].node);
                let gap = |tries| if is_syn { kernel.syn_gap(tries) } else { retry_gap(tries) };
                let (at, place) = self.enter(now, lane, bytes, gap);
                let number = self.under_way.put(UnderWay { packet, place, bytes: 0 });
                (at, NetworkEvent::Arrive(number))
            }
        };
        self.scheduled.push(arrival);
    }

    /// Takes a payload and puts it on a lane; returns when it arrives at its end, and the event that
    /// brings it.
    #[inline(always)]
    pub(super) fn put_on_lane(
        &mut self,
        now: Time,
        lane: LaneId,
        bytes: usize,
        payload: &mut Option<P>,
    ) -> (Time, NetworkEvent) {
        let (at, place) = self.enter(now, lane, bytes, retry_gap);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.connections[lane.index()].ends[lane.end()].lane.buffered += u64::from(bytes);
        self.traffic.packets += 1;
        self.traffic.bytes += u64::from(bytes);
        let packet = Packet::Payload(payload.take().expect("a payload to take"));
        let number = self.under_way.put(UnderWay { packet, place, bytes });
        (at, NetworkEvent::Arrive(number))
    }

    /// Takes the next place on a lane; returns when what has it arrives.
    #[inline(always)]
    pub(super) fn enter(
        &mut self,
        now: Time,
        lane_id: LaneId,
        bytes: usize,
        gap: impl Fn(u32) -> Duration,
    ) -> (Time, Place) {
        let end = &mut self.connections[lane_id.index()].ends[lane_id.end()];
        end.written = true;
        let connection = end.connection(lane_id);
        let lane = &mut end.lane;
        let number = lane.sent;
        lane.sent += 1;
        let draws = || lane.draws.stream(number.into());
        let at = self.paths.arrival(lane.path, now, bytes, draws, gap).max(lane.last_arrival);
        lane.last_arrival = at;
        (at, Place { connection, lane: lane_id.end() as u8, number })
    }

    /// A packet has reached the end of its lane: how it has arrived, if it is a payload, which is then
    /// there to be taken.
    #[inline(always)]
    pub(super) fn arrive(&mut self, now: Time, number: u32) -> Option<(Arrival, u32)> {
        let UnderWay { place, bytes, packet } = self.under_way.get(number);
        let (place, bytes, is_last) = (*place, *bytes, packet.is_last());
        let is_payload = matches!(packet, Packet::Payload(_));
        match self.fate(now, place, bytes, is_last) {
            Fate::Arrives(arrival) if is_payload => return Some((arrival, number)),
            Fate::Arrives(_) => {
                let packet = self.under_way.take(number);
                self.heed(now, place, &packet);
            }
            Fate::IsHeldUp => {
                let packet = self.under_way.take(number);
                self.hold_up(now, UnderWay { packet, place, bytes });
            }
            Fate::IsLost => drop(self.under_way.take(number)),
        }
        None
    }

    /// Takes a payload that has arrived.
    ///
    /// # Panics
    /// If it has been taken.
    #[inline(always)]
    pub(crate) fn take_payload(&mut self, number: u32) -> P {
        match self.under_way.take(number) {
            Packet::Payload(payload) => payload,
            Packet::Fragment
            | Packet::Tick
            | Packet::Handshake(_)
            | Packet::Close
            | Packet::Reset => {
                unreachable!("a payload has arrived")
            }
        }
    }

    /// A tick has reached the end of its lane.
    pub(super) fn tick_arrives(&mut self, now: Time, place: Place) {
        if matches!(self.fate(now, place, 0, false), Fate::IsHeldUp) {
            self.hold_up(now, UnderWay { place, bytes: 0, packet: Packet::Tick });
        }
    }

    /// What becomes of a packet that has reached the end of its lane.
    #[inline(always)]
    fn fate(&mut self, now: Time, place: Place, bytes: u32, is_last: bool) -> Fate {
        let Some(connection) = current(&mut self.connections, place.connection) else {
            return Fate::IsLost;
        };
        let lane = &mut connection.ends[place.lane as usize].lane;
        if lane.is_blocked(now) {
            return if lane.abandoned { Fate::IsLost } else { Fate::IsHeldUp };
        }
        self.leave(now, place, bytes, is_last)
    }

    fn hold_up(&mut self, now: Time, under_way: UnderWay<P>) {
        let Place { connection, lane, number: first } = under_way.place;
        let held = self.connections[connection.index()].ends[lane as usize].lane.hold();
        let stalled = held.stalled.get_or_insert_with(|| {
            self.scheduled.push((now + GIVE_UP, NetworkEvent::GiveUp { connection, lane, first }));
            Stalled { since: now, packets: VecDeque::new() }
        });
        stalled.packets.push_back(under_way);
    }

    /// TCP has tried for long enough: the sender's end is closed, and the other is not told.
    pub(super) fn give_up(&mut self, now: Time, id: ConnectionId, lane_number: u8, first: u32) {
        let Some(connection) = self.connection(id) else { return };
        let stalled = connection.ends[lane_number as usize].lane.stalled();
        let still = stalled.and_then(|stalled| stalled.packets.front());
        if still.is_some_and(|under_way| under_way.place.number == first) {
            let reason = DownReason::ConnectionClosed;
            self.close_end(now, id, lane_number as usize, Closing::Silent, reason);
        }
    }

    /// A packet comes out of a lane that holds nothing up.
    #[inline(always)]
    fn leave(&mut self, now: Time, place: Place, bytes: u32, is_last: bool) -> Fate {
        let Place { connection: id, lane, number } = place;
        let Some(connection) = current(&mut self.connections, id) else { return Fate::IsLost };
        let [sender, receiver] = [lane as usize, 1 - lane as usize];
        let [to, from] = [connection.ends[receiver].node, connection.ends[sender].node];
        let lane = &mut connection.ends[sender].lane;
        let before = lane.buffered;
        lane.buffered -= u64::from(bytes);
        if before >= self.least_busy_limit {
            let limit = self.endpoints[from.0 as usize].busy_limit;
            if before >= limit && lane.buffered < limit {
                self.output.push_back(Output::Drained { node: from, peer: to });
            }
        }
        lane.delivered = number + 1;
        let was_lost = lane.has_lost(number) && !is_last;
        let has_more = lane.fragmented().is_some();
        let is_closed = connection.ends[receiver].state == EndState::Closed;
        connection.ends[receiver].read |= !was_lost && !is_closed;
        let over = match connection.kind() {
            Kind::Distribution => None,
            Kind::Socket => Some(Socket { connection: id, end: receiver as u8 }),
        };
        if has_more {
            self.put_fragments(now, LaneId::new(id, sender));
        }
        if was_lost {
            return Fate::IsLost;
        }
        if is_closed {
            self.answer_with_reset(now, id, sender);
            return Fate::IsLost;
        }
        Fate::Arrives(Arrival { to, from, over })
    }

    /// Deals with a packet that has arrived and is not for the node.
    fn heed(&mut self, now: Time, place: Place, packet: &Packet<P>) {
        match packet {
            Packet::Payload(_) | Packet::Fragment | Packet::Tick => {}
            Packet::Handshake(step) => self.handshake(now, place.connection, *step),
            Packet::Close | Packet::Reset => {
                let (id, receiver) = (place.connection, 1 - place.lane as usize);
                self.close_end(now, id, receiver, Closing::Silent, DownReason::ConnectionClosed);
            }
        }
    }

    /// Whoever sends to an end that is closed is told so by the receiver's operating system.
    fn answer_with_reset(&mut self, now: Time, id: ConnectionId, sender: usize) {
        if self.connections[id.index()].ends[sender].state != EndState::Closed {
            self.transmit(now, LaneId::new(id, 1 - sender), Packet::Reset, 0);
        }
    }

    /// Arranges for what a lane held up to be sent again, now that the lane is free.
    pub(super) fn schedule_retry(&mut self, now: Time, id: ConnectionId, lane_number: u8) {
        let connection = &self.connections[id.index()];
        let lane = &connection.ends[lane_number as usize].lane;
        if let Some(stalled) = lane.stalled() {
            let at = if stalled.is_syn() {
                self.kernel_of(connection.ends[0].node).next_syn(stalled.since, now)
            } else {
                next_retry(stalled.since, now)
            };
            let event = NetworkEvent::Retry { connection: id, lane: lane_number };
            self.scheduled.push((at, event));
        }
    }

    /// TCP sends again what was held up; it all arrives, in order and late (B29).
    pub(super) fn retry(&mut self, now: Time, id: ConnectionId, lane_number: u8) {
        let Some(connection) = self.connection_mut(id) else { return };
        let lane = &mut connection.ends[lane_number as usize].lane;
        if lane.is_held() {
            return;
        }
        let Some(stalled) = lane.let_go(|held| held.stalled.take()) else { return };
        for UnderWay { place, bytes, packet } in stalled.packets {
            let Fate::Arrives(arrival) = self.leave(now, place, bytes, packet.is_last()) else {
                continue;
            };
            match packet {
                Packet::Payload(payload) => {
                    self.output.push_back(Output::Payload(arrival, payload));
                }
                other => self.heed(now, place, &other),
            }
        }
    }
}
