//! The way of a segment: onto its lane, to the end of it, and into the hands of its receiver.
//!
//! [`Network::send`] puts a payload on a lane. It is an event then, and [`Network::handle`] says how it
//! arrives; [`Network::take_payload`] takes it out. A payload is written once where it stays while it is
//! in flight and read once from there: handing it on by value from function to function was slower by
//! more than a tenth, since copies were read before they had been written. That is why it is given in an
//! `Option` that it is taken from, and taken out by its id.

use std::hint::black_box;
use std::time::Duration;

use super::connection::{EndState, Kind, current};
use super::fragments::{FRAGMENT, FromSender};
use super::lane::Waiting;
use super::output::{Arrival, Closing, DownReason, NetworkEvent, Output, Sent};
use super::path::{GIVE_UP, next_retry, retry_gap};
use super::segment::{InFlight, Order, Position, Segment};
use super::{ConnectionId, LaneId, LossReason, Network, NodeId, SegmentId, Socket, lose};
use crate::engine::time::Time;

/// The delivery of a segment that has reached the end of its lane.
enum Delivery {
    Arrives(Arrival),
    /// It waits until TCP sends it again.
    Stalled,
    Lost,
}

/// Sending.
impl<P: FromSender> Network<P> {
    /// Takes a payload and sends it; it waits while the connection is being set up.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub(crate) fn send(
        &mut self,
        now: Time,
        lane: LaneId,
        bytes: usize,
        payload: &mut Option<P>,
    ) -> Sent {
        let end = self.end_mut(lane);
        let arrival = if end.state == EndState::Up {
            if bytes > FRAGMENT || end.lane.fragmented().is_some() {
                let sender = payload.as_ref().expect("a payload to send").sender();
                return self.send_in_turn(now, lane, sender, bytes, payload);
            }
            Some(self.put_on_lane(now, lane, bytes, payload))
        } else {
            let payload = payload.take().expect("a payload to take");
            end.lane.enqueue(Waiting { sender: payload.sender(), payload, bytes });
            None
        };
        Sent { arrival, busy: self.is_busy(lane) }
    }
}

impl<P> Network<P> {
    /// Sends a payload that is large, or behind which others wait.
    #[cold]
    pub(super) fn send_in_turn(
        &mut self,
        now: Time,
        lane_id: LaneId,
        sender: u64,
        bytes: usize,
        payload: &mut Option<P>,
    ) -> Sent {
        let end = &mut self.connections[lane_id.index()].ends[lane_id.end()];
        let fits =
            end.lane.buffered + bytes as u64 <= self.endpoints[end.node.0 as usize].busy_limit;
        let is_whole = bytes <= FRAGMENT || fits || !self.paths.is_limited(end.lane.path);
        if is_whole && !end.lane.fragmented().is_some_and(|fragmented| fragmented.has(sender)) {
            let arrival = Some(self.put_on_lane(now, lane_id, bytes, payload));
            return Sent { arrival, busy: self.is_busy(lane_id) };
        }
        let payload = payload.take().expect("a payload to take");
        end.lane.fragments_mut().add(sender, payload, bytes);
        self.put_fragments(now, lane_id);
        Sent { arrival: None, busy: self.has_fragments(lane_id, sender) || self.is_busy(lane_id) }
    }

    /// Takes a payload and puts it on a lane. Returns the time of its arrival, and the event that brings
    /// it.
    #[inline(always)]
    fn put_on_lane(
        &mut self,
        now: Time,
        lane: LaneId,
        bytes: usize,
        payload: &mut Option<P>,
    ) -> (Time, NetworkEvent) {
        let (at, position) = self.enter(now, lane, bytes, retry_gap);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.end_mut(lane).lane.buffered += u64::from(bytes);
        self.traffic.packets += 1;
        self.traffic.bytes += u64::from(bytes);
        let segment = Segment::Payload(payload.take().expect("a payload to take"));
        let id = self.in_flight.insert(InFlight { segment, position, bytes });
        (at, NetworkEvent::Arrive(id))
    }

    /// Puts as many fragments on a lane as its buffer takes.
    #[cold]
    fn put_fragments(&mut self, now: Time, lane_id: LaneId) {
        loop {
            let end = &mut self.connections[lane_id.index()].ends[lane_id.end()];
            let (node, is_closed) = (end.node, end.state == EndState::Closed);
            if is_closed || end.lane.buffered >= self.endpoints[node.0 as usize].busy_limit {
                return;
            }
            let Some((bytes, last)) = end.lane.next_fragment() else { break };
            match last {
                Some(payload) => self.transmit(now, lane_id, Segment::Payload(payload), bytes),
                None => self.put_fragment(now, lane_id, bytes),
            }
        }
        // The senders that have waited for the last fragment go on.
        let nodes = self.connections[lane_id.index()].nodes();
        let [node, peer] = [lane_id.end(), 1 - lane_id.end()].map(|end| nodes[end]);
        self.output.push_back(Output::Drained { node, peer });
    }

    /// Puts a part of a payload on a lane, other than the last one.
    fn put_fragment(&mut self, now: Time, lane: LaneId, bytes: usize) {
        let (at, position) = self.enter(now, lane, bytes, retry_gap);
        self.end_mut(lane).lane.buffered += bytes as u64;
        self.traffic.bytes += bytes as u64;
        let segment = Segment::Fragment;
        let id = self.in_flight.insert(InFlight { segment, position, bytes: bytes as u32 });
        self.scheduled.push((at, NetworkEvent::Arrive(id)));
    }

    /// Puts a segment on a lane; it will arrive behind everything that is on it already.
    pub(super) fn transmit(&mut self, now: Time, lane: LaneId, segment: Segment<P>, bytes: usize) {
        let arrival = match segment {
            Segment::Payload(payload) => self.put_on_lane(now, lane, bytes, &mut Some(payload)),
            Segment::Tick => {
                let (at, Position { connection, lane, number }) =
                    self.enter(now, lane, bytes, retry_gap);
                (at, NetworkEvent::Tick { connection, lane, number })
            }
            Segment::Fragment | Segment::Handshake(_) | Segment::Close | Segment::Reset => {
                let is_syn = segment.is_syn();
                let kernel = self.kernel_of(self.connections[lane.index()].ends[0].node);
                let gap = |tries| if is_syn { kernel.syn_gap(tries) } else { retry_gap(tries) };
                let (at, position) = self.enter(now, lane, bytes, gap);
                let id = self.in_flight.insert(InFlight { segment, position, bytes: 0 });
                (at, NetworkEvent::Arrive(id))
            }
        };
        self.scheduled.push(arrival);
    }

    /// Takes the next position on a lane. Returns the time at which its segment arrives.
    #[inline(always)]
    fn enter(
        &mut self,
        now: Time,
        lane_id: LaneId,
        bytes: usize,
        gap: impl Fn(u32) -> Duration,
    ) -> (Time, Position) {
        let end = &mut self.connections[lane_id.index()].ends[lane_id.end()];
        end.written = true;
        let connection = end.connection(lane_id);
        let lane = &mut end.lane;
        let number = lane.sent;
        lane.sent += 1;
        let draws = || lane.draws.stream(number.into());
        let at = self.paths.arrival(lane.path, now, bytes, draws, gap).max(lane.last_arrival);
        lane.last_arrival = at;
        (at, Position { connection, lane: lane_id.end() as u8, number })
    }

    /// Returns whether more than the limit waits to reach the end of a lane (A7).
    #[inline]
    pub(crate) fn is_busy(&self, lane: LaneId) -> bool {
        let end = self.end(lane);
        let buffered = end.lane.buffered;
        buffered >= self.least_busy_limit && buffered >= self.endpoint(end.node).busy_limit
    }

    /// Returns whether a node still has fragments of this sender's payloads to put on a lane.
    pub(crate) fn has_fragments(&self, lane: LaneId, sender: u64) -> bool {
        let fragmented = self.end(lane).lane.fragmented();
        fragmented.is_some_and(|fragmented| fragmented.has(sender))
    }
}

/// Arriving.
impl<P> Network<P> {
    /// Carries out an event that was scheduled. If a payload arrives by it, returns the way on which it
    /// has arrived, and the id by which it has to be taken ([`Self::take_payload`]). The receiving node
    /// must not be paused (see [`Self::receiver`]).
    #[inline(always)]
    pub(crate) fn handle(
        &mut self,
        now: Time,
        event: NetworkEvent,
    ) -> Option<(Arrival, SegmentId)> {
        match event {
            NetworkEvent::Arrive(id) => return self.arrive(now, id),
            NetworkEvent::Tick { connection, lane, number } => {
                self.tick_arrives(now, Position { connection, lane, number });
            }
            NetworkEvent::Retry { connection, lane } => self.retry(now, connection, lane),
            NetworkEvent::GiveUp { connection, lane, first } => {
                self.give_up(now, connection, lane, first);
            }
            NetworkEvent::SetupTimeout { connection } => self.setup_timeout(now, connection),
        }
        None
    }

    /// Brings the data into the cache that an event needs. Returns the payload that it will bring, if
    /// any.
    #[inline]
    pub(crate) fn prefetch(&self, event: NetworkEvent) -> Option<&P> {
        let NetworkEvent::Arrive(id) = event else { return None };
        let in_flight = self.in_flight.get(id);
        let Position { connection, lane, .. } = in_flight.position;
        let connection = &self.connections[connection.index()];
        let [sender, receiver] = [lane, 1 - lane].map(|end| &connection.ends[end as usize]);
        let to = receiver.node.0 as usize;
        black_box((sender.written, receiver.read, self.peers[to].ends()));
        in_flight.payload()
    }

    /// The node that must not be paused when this event is carried out; none if its host's operating
    /// system answers.
    pub(crate) fn receiver(&self, event: NetworkEvent) -> Option<NodeId> {
        let (connection, end) = match event {
            NetworkEvent::Arrive(id) => {
                let in_flight = self.in_flight.get(id);
                if in_flight.is_for_host() {
                    return None;
                }
                (in_flight.position.connection, 1 - in_flight.position.lane)
            }
            NetworkEvent::Tick { connection, lane, .. }
            | NetworkEvent::Retry { connection, lane } => (connection, 1 - lane),
            NetworkEvent::GiveUp { connection, lane, .. } => (connection, lane),
            NetworkEvent::SetupTimeout { connection } => (connection, 0),
        };
        Some(self.connection(connection)?.ends[end as usize].node)
    }

    /// A segment has reached the end of its lane. Returns the way on which it has arrived, if it is a
    /// payload, which can be taken then.
    #[inline(always)]
    pub(super) fn arrive(&mut self, now: Time, id: SegmentId) -> Option<(Arrival, SegmentId)> {
        let InFlight { position, bytes, segment } = self.in_flight.get(id);
        let (position, bytes, order) = (*position, *bytes, segment.order());
        let is_payload = matches!(segment, Segment::Payload(_));
        match self.delivery(now, position, bytes, order) {
            Delivery::Arrives(arrival) if is_payload => return Some((arrival, id)),
            Delivery::Arrives(_) => {
                let segment = self.in_flight.take(id);
                self.acknowledge(now, position, &segment);
            }
            Delivery::Stalled => {
                let segment = self.in_flight.take(id);
                self.stall(now, InFlight { segment, position, bytes });
            }
            Delivery::Lost => {
                let payload = self.in_flight.take(id).into_payload();
                lose(&mut self.lost, payload, LossReason::ConnectionGone);
            }
        }
        None
    }

    /// Takes a payload that has arrived.
    ///
    /// # Panics
    /// If it has been taken.
    #[inline(always)]
    pub(crate) fn take_payload(&mut self, id: SegmentId) -> P {
        match self.in_flight.take(id) {
            Segment::Payload(payload) => payload,
            Segment::Fragment
            | Segment::Tick
            | Segment::Handshake(_)
            | Segment::Close
            | Segment::Reset => {
                unreachable!("a payload has arrived")
            }
        }
    }

    /// A tick has reached the end of its lane.
    pub(super) fn tick_arrives(&mut self, now: Time, position: Position) {
        if matches!(self.delivery(now, position, 0, Order::Inner), Delivery::Stalled) {
            self.stall(now, InFlight { position, bytes: 0, segment: Segment::Tick });
        }
    }

    /// The delivery of a segment that has reached the end of its lane.
    #[inline(always)]
    fn delivery(&mut self, now: Time, position: Position, bytes: u32, order: Order) -> Delivery {
        let Some(connection) = current(&mut self.connections, position.connection) else {
            return Delivery::Lost;
        };
        let lane = &mut connection.ends[position.lane as usize].lane;
        if lane.is_blocked(now) {
            return if lane.abandoned { Delivery::Lost } else { Delivery::Stalled };
        }
        self.leave(now, position, bytes, order)
    }

    /// A segment comes out of a lane that is not blocked.
    #[inline(always)]
    fn leave(&mut self, now: Time, position: Position, bytes: u32, order: Order) -> Delivery {
        let Position { connection: id, lane, number } = position;
        let Some(connection) = current(&mut self.connections, id) else { return Delivery::Lost };
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
        let was_lost = order == Order::Inner && lane.has_lost(number);
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
            return Delivery::Lost;
        }
        if is_closed {
            self.answer_with_reset(now, id, sender);
            return Delivery::Lost;
        }
        Delivery::Arrives(Arrival { to, from, over })
    }

    /// Deals with a segment that has arrived and is not for the node.
    fn acknowledge(&mut self, now: Time, position: Position, segment: &Segment<P>) {
        match segment {
            Segment::Payload(_) | Segment::Fragment | Segment::Tick => {}
            Segment::Handshake(step) => self.handshake(now, position.connection, *step),
            Segment::Close | Segment::Reset => {
                let (id, receiver) = (position.connection, 1 - position.lane as usize);
                self.close_end(now, id, receiver, Closing::Silent, DownReason::ConnectionClosed);
            }
        }
    }

    /// The receiver's operating system tells a sender that the receiving end is closed.
    fn answer_with_reset(&mut self, now: Time, id: ConnectionId, sender: usize) {
        if self.connections[id.index()].ends[sender].state != EndState::Closed {
            self.transmit(now, LaneId::new(id, 1 - sender), Segment::Reset, 0);
        }
    }
}

/// Segments that are stalled by a cut.
impl<P> Network<P> {
    fn stall(&mut self, now: Time, in_flight: InFlight<P>) {
        let Position { connection, lane, number: first } = in_flight.position;
        let stalls = &mut self.connections[connection.index()].ends[lane as usize].lane;
        if stalls.stall(now, in_flight) {
            self.scheduled.push((now + GIVE_UP, NetworkEvent::GiveUp { connection, lane, first }));
        }
    }

    /// TCP gives up: the sender's end is closed, and the other side is not told.
    pub(super) fn give_up(&mut self, now: Time, id: ConnectionId, lane_number: u8, first: u32) {
        let Some(connection) = self.connection(id) else { return };
        let stalled = connection.ends[lane_number as usize].lane.stalled();
        let still = stalled.and_then(|stalled| stalled.segments.front());
        if still.is_some_and(|in_flight| in_flight.position.number == first) {
            let reason = DownReason::ConnectionClosed;
            self.close_end(now, id, lane_number as usize, Closing::Silent, reason);
        }
    }

    /// Schedules the next time at which TCP sends stalled segments again, now that the lane is free.
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

    /// TCP sends the stalled segments again; they all arrive, in order and late (B29).
    pub(super) fn retry(&mut self, now: Time, id: ConnectionId, lane_number: u8) {
        let Some(connection) = self.connection_mut(id) else { return };
        let lane = &mut connection.ends[lane_number as usize].lane;
        if lane.is_cut() {
            return;
        }
        let Some(stalled) = lane.take_stalled() else { return };
        for InFlight { position, bytes, segment } in stalled.segments {
            let Delivery::Arrives(arrival) = self.leave(now, position, bytes, segment.order())
            else {
                continue;
            };
            match segment {
                Segment::Payload(payload) => {
                    self.output.push_back(Output::Payload(arrival, payload));
                }
                Segment::Fragment
                | Segment::Tick
                | Segment::Handshake(_)
                | Segment::Close
                | Segment::Reset => self.acknowledge(now, position, &segment),
            }
        }
    }
}
