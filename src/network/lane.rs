//! A lane: one direction of a connection. What is put on it arrives in order; what the network
//! holds up arrives late; what is under way when the connection breaks is lost.

use std::collections::VecDeque;
use std::time::Duration;

use super::connection::{EndState, Kind, current};
use super::path::{GIVE_UP, next_retry};
use super::{
    Closing, ConnectionId, Delivery, DownReason, LaneId, Network, NetworkEvent, Output, Socket,
};
use crate::rng::Family;
use crate::time::Time;

/// What travels on a lane.
#[derive(Debug)]
pub(crate) enum Packet<P> {
    Payload(P),
    /// "I am still here."
    Tick,
    /// A step of setting up the connection.
    Handshake(super::handshake::Step),
    /// The sender has closed its end.
    Close,
    /// The sender knows of no such connection.
    Reset,
}

impl<P> Packet<P> {
    /// Whether the host answers it, be the node paused or not.
    const fn is_for_host(&self) -> bool {
        matches!(self, Packet::Handshake(super::handshake::Step::Lookup))
    }

    fn into_payload(self) -> Option<P> {
        match self {
            Packet::Payload(payload) => Some(payload),
            Packet::Tick | Packet::Handshake(_) | Packet::Close | Packet::Reset => None,
        }
    }
}

/// A packet with its place on the lane and its size.
#[derive(Debug)]
pub(crate) struct Parcel<P> {
    number: u32,
    /// Of a payload only.
    bytes: u32,
    packet: Packet<P>,
}

/// A parcel that has been put on a lane and has not come out.
#[derive(Debug)]
pub(super) struct UnderWay<P> {
    pub connection: ConnectionId,
    pub lane: u8,
    pub parcel: Parcel<P>,
}

impl<P> UnderWay<P> {
    /// Whether the host deals with it, be the node paused or not.
    pub(super) const fn is_for_host(&self) -> bool {
        self.parcel.packet.is_for_host()
    }

    pub(super) const fn payload(&self) -> Option<&P> {
        if let Packet::Payload(payload) = &self.parcel.packet { Some(payload) } else { None }
    }

    pub(super) fn into_payload(self) -> Option<P> {
        self.parcel.packet.into_payload()
    }
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
    /// Payloads with their sizes, until the connection is up.
    waiting: VecDeque<(P, usize)>,
    stalled: Option<Stalled<P>>,
    /// When the first packet arrived that nobody acknowledges.
    unanswered_since: Option<Time>,
    /// Packets with this number or a higher one went down with their sender.
    survives: u32,
}

/// What a cut holds up, in order.
#[derive(Debug)]
struct Stalled<P> {
    since: Time,
    packets: VecDeque<Parcel<P>>,
}

impl<P> Held<P> {
    const fn nothing() -> Held<P> {
        Held { waiting: VecDeque::new(), stalled: None, unanswered_since: None, survives: u32::MAX }
    }

    fn is_nothing(&self) -> bool {
        self.waiting.is_empty()
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
    pub(super) fn wait(&mut self, payload: P, bytes: usize) {
        self.buffered += bytes as u64;
        self.hold().waiting.push_back((payload, bytes));
    }

    /// Takes all payloads that wait for the connection.
    pub(super) fn take_waiting(&mut self) -> VecDeque<(P, usize)> {
        let waiting = self.let_go(|held| std::mem::take(&mut held.waiting));
        self.buffered -= waiting.iter().map(|(_, bytes)| *bytes as u64).sum::<u64>();
        waiting
    }

    /// Drops all payloads that wait for the connection.
    pub(super) fn drop_waiting(&mut self) {
        self.let_go(|held| held.waiting.clear());
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
        let waiting = held.waiting.into_iter().map(|(payload, _)| payload);
        let stalled = held.stalled.map(|stalled| stalled.packets).unwrap_or_default();
        waiting.chain(stalled.into_iter().filter_map(|parcel| parcel.packet.into_payload()))
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
        let arrival = self.put_on_lane(now, lane, packet, bytes);
        self.scheduled.push(arrival);
    }

    /// Puts a packet on a lane; returns when it arrives at its end, and the event that brings it.
    #[inline]
    pub(super) fn put_on_lane(
        &mut self,
        now: Time,
        lane_id: LaneId,
        packet: Packet<P>,
        bytes: usize,
    ) -> (Time, NetworkEvent) {
        let end = &mut self.connections[lane_id.index()].ends[lane_id.end()];
        end.written = true;
        let (connection, lane_number) = (end.connection(lane_id), lane_id.end() as u8);
        let lane = &mut end.lane;
        let number = lane.sent;
        lane.sent += 1;
        let draws = || lane.draws.stream(number.into());
        let at = self.paths.arrival(lane.path, now, bytes, draws).max(lane.last_arrival);
        lane.last_arrival = at;
        if matches!(packet, Packet::Tick) {
            return (at, NetworkEvent::Tick { connection, lane: lane_number, number });
        }
        let is_payload = matches!(packet, Packet::Payload(_));
        let bytes = if is_payload { u32::try_from(bytes).unwrap_or(u32::MAX) } else { 0 };
        lane.buffered += u64::from(bytes);
        self.traffic.packets += u64::from(is_payload);
        self.traffic.bytes += u64::from(bytes);
        let parcel = Parcel { number, bytes, packet };
        let under_way = UnderWay { connection, lane: lane_number, parcel };
        (at, NetworkEvent::Arrive(self.under_way.insert(under_way) as u32))
    }

    /// A tick has reached the end of its lane.
    pub(super) fn tick_arrives(&mut self, now: Time, id: ConnectionId, lane: u8, number: u32) {
        self.arrive(now, id, lane, Parcel { number, bytes: 0, packet: Packet::Tick });
    }

    /// A packet has reached the end of its lane, if nothing holds it up: a payload that it brings.
    #[inline]
    pub(super) fn arrive(
        &mut self,
        now: Time,
        id: ConnectionId,
        lane_number: u8,
        parcel: Parcel<P>,
    ) -> Option<Delivery<P>> {
        let lane = &mut self.connection_mut(id)?.ends[lane_number as usize].lane;
        if !lane.is_blocked(now) {
            return self.deliver(now, id, lane_number, parcel);
        }
        if !lane.abandoned {
            self.hold_up(now, id, lane_number, parcel);
        }
        None
    }

    fn hold_up(&mut self, now: Time, id: ConnectionId, lane_number: u8, parcel: Parcel<P>) {
        let held = self.connections[id.index()].ends[lane_number as usize].lane.hold();
        let stalled = held.stalled.get_or_insert_with(|| {
            let first = parcel.number;
            let event = NetworkEvent::GiveUp { connection: id, lane: lane_number, first };
            self.scheduled.push((now + GIVE_UP, event));
            Stalled { since: now, packets: VecDeque::new() }
        });
        stalled.packets.push_back(parcel);
    }

    /// TCP has tried for long enough: the sender's end is closed, and the other is not told.
    pub(super) fn give_up(&mut self, now: Time, id: ConnectionId, lane_number: u8, first: u32) {
        let Some(connection) = self.connection(id) else { return };
        let stalled = connection.ends[lane_number as usize].lane.stalled();
        let still = stalled.and_then(|stalled| stalled.packets.front());
        if still.is_some_and(|parcel| parcel.number == first) {
            let reason = DownReason::ConnectionClosed;
            self.close_end(now, id, lane_number as usize, Closing::Silent, reason);
        }
    }

    #[inline]
    fn deliver(
        &mut self,
        now: Time,
        id: ConnectionId,
        lane_number: u8,
        parcel: Parcel<P>,
    ) -> Option<Delivery<P>> {
        let Parcel { number, bytes, packet } = parcel;
        let connection = current(&mut self.connections, id)?;
        let sender = lane_number as usize;
        let receiver = 1 - sender;
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
        if lane.has_lost(number) && !matches!(packet, Packet::Close | Packet::Reset) {
            return None;
        }
        if connection.ends[receiver].state == EndState::Closed {
            self.answer_with_reset(now, id, sender);
            return None;
        }
        connection.ends[receiver].read = true;
        let kind = connection.kind();
        match packet {
            Packet::Payload(payload) => {
                let over = match kind {
                    Kind::Distribution => None,
                    Kind::Socket => Some(Socket { connection: id, end: receiver as u8 }),
                };
                return Some(Delivery { to, from, over, payload });
            }
            Packet::Tick => {}
            Packet::Handshake(step) => self.handshake(now, id, step),
            Packet::Close | Packet::Reset => {
                self.close_end(now, id, receiver, Closing::Silent, DownReason::ConnectionClosed);
            }
        }
        None
    }

    /// Whoever sends to an end that is closed is told so by the receiver's operating system.
    fn answer_with_reset(&mut self, now: Time, id: ConnectionId, sender: usize) {
        if self.connections[id.index()].ends[sender].state != EndState::Closed {
            self.transmit(now, LaneId::new(id, 1 - sender), Packet::Reset, 0);
        }
    }

    /// Arranges for what a lane held up to be sent again, now that the lane is free.
    pub(super) fn schedule_retry(&mut self, now: Time, id: ConnectionId, lane_number: u8) {
        let lane = &self.connections[id.index()].ends[lane_number as usize].lane;
        if let Some(stalled) = lane.stalled() {
            let at = next_retry(stalled.since, now);
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
        for parcel in stalled.packets {
            if let Some(delivery) = self.deliver(now, id, lane_number, parcel) {
                self.output.push_back(Output::Payload(delivery));
            }
        }
    }
}
