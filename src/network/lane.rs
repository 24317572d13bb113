//! A lane: one direction of a connection. What is put on it arrives in order; what the network
//! holds up arrives late; what is under way when the connection breaks is lost.

use std::collections::VecDeque;
use std::time::Duration;

use super::connection::{EndState, Kind};
use super::path::{GIVE_UP, next_retry};
use super::{Closing, ConnectionId, DownReason, Network, NetworkEvent, Output, Socket};
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
    pub(super) const fn is_for_host(&self) -> bool {
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
    pub number: u32,
    /// Of a payload only.
    bytes: u32,
    pub packet: Packet<P>,
}

#[derive(Debug)]
pub(super) struct Lane<P> {
    pub path: u32,
    /// Whether nothing gets through: the path is cut, or the host at its end is without power.
    cut: bool,
    /// Whether the way back is cut; TCP soon stops sending what nobody acknowledges.
    unanswered: bool,
    /// When the first packet arrived that nobody acknowledges.
    unanswered_since: Option<Time>,
    /// Whether the host at its beginning has lost power, so that nothing is ever sent again.
    abandoned: bool,
    pub last_arrival: Time,
    /// How many packets were put on the lane, and how many of them came out.
    pub sent: u32,
    pub delivered: u32,
    /// Packets with this number or a higher one went down with their sender.
    pub survives: u32,
    pub waiting: VecDeque<(P, usize)>,
    /// The bytes of the payloads that wait or are under way.
    pub buffered: usize,
    pub stalled: Option<Box<Stalled<P>>>,
}

/// What a cut holds up, in order.
#[derive(Debug)]
pub(super) struct Stalled<P> {
    since: Time,
    packets: VecDeque<Parcel<P>>,
}

impl<P> Lane<P> {
    pub(super) const fn new(path: u32) -> Lane<P> {
        Lane {
            path,
            cut: false,
            unanswered: false,
            unanswered_since: None,
            abandoned: false,
            last_arrival: Time::ZERO,
            sent: 0,
            delivered: 0,
            survives: u32::MAX,
            waiting: VecDeque::new(),
            buffered: 0,
            stalled: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.waiting = VecDeque::new();
        self.stalled = None;
    }

    /// Keeps a payload until the connection is up.
    pub(super) fn wait(&mut self, payload: P, bytes: usize) {
        self.buffered += bytes;
        self.waiting.push_back((payload, bytes));
    }

    /// Takes all payloads that wait for the connection.
    pub(super) fn take_waiting(&mut self) -> VecDeque<(P, usize)> {
        let waiting = std::mem::take(&mut self.waiting);
        self.buffered -= waiting.iter().map(|(_, bytes)| bytes).sum::<usize>();
        waiting
    }

    /// The sender is gone, and with it all that it would have sent again.
    pub(super) fn abandon(&mut self) {
        self.abandoned = true;
        self.stalled = None;
    }

    /// Notes whether this way is cut, and the way back.
    pub(super) fn set_cut(&mut self, cut: bool, back: bool) {
        self.cut = cut;
        self.unanswered = back;
        if !back {
            self.unanswered_since = None;
        }
    }

    /// Whether what is held up cannot be sent again yet.
    pub(super) fn is_held(&self) -> bool {
        self.cut || self.unanswered
    }

    pub(super) fn take_payloads(&mut self) -> impl Iterator<Item = P> + use<P> {
        let waiting = std::mem::take(&mut self.waiting).into_iter().map(|(payload, _)| payload);
        let stalled = self.stalled.take().map(|stalled| stalled.packets).unwrap_or_default();
        waiting.chain(stalled.into_iter().filter_map(|parcel| parcel.packet.into_payload()))
    }

    /// Whether a packet that arrives now is held up.
    fn is_blocked(&mut self, now: Time) -> bool {
        if self.cut || self.stalled.is_some() {
            return true;
        }
        if !self.unanswered || self.abandoned {
            return false;
        }
        let since = *self.unanswered_since.get_or_insert(now);
        now > since + FIRST_FLIGHT
    }
}

/// For so long after the first packet that nobody acknowledges TCP goes on sending others (B30).
const FIRST_FLIGHT: Duration = Duration::from_millis(200);

impl<P> Network<P> {
    /// Puts a packet on a lane; it will arrive behind all that is on it already.
    pub(super) fn transmit(
        &mut self,
        now: Time,
        id: ConnectionId,
        lane_number: u8,
        packet: Packet<P>,
        bytes: usize,
    ) {
        let connection = &mut self.connections[id.index()];
        connection.ends[lane_number as usize].written = true;
        let lane = &mut connection.lanes[lane_number as usize];
        let at = self.paths[lane.path as usize].arrival(now, bytes).max(lane.last_arrival);
        lane.last_arrival = at;
        let number = lane.sent;
        lane.sent += 1;
        let is_payload = matches!(packet, Packet::Payload(_));
        let bytes = if is_payload { u32::try_from(bytes).unwrap_or(u32::MAX) } else { 0 };
        lane.buffered += bytes as usize;
        if is_payload {
            self.traffic.packets += 1;
            self.traffic.bytes += u64::from(bytes);
        }
        let parcel = Parcel { number, bytes, packet };
        let event = NetworkEvent::Arrive { connection: id, lane: lane_number, parcel };
        self.output.push_back(Output::Schedule(at, event));
    }

    /// A packet has reached the end of its lane, if nothing holds it up.
    pub(super) fn arrive(
        &mut self,
        now: Time,
        id: ConnectionId,
        lane_number: u8,
        parcel: Parcel<P>,
    ) {
        let Some(connection) = self.connection_mut(id) else { return };
        let lane = &mut connection.lanes[lane_number as usize];
        if !lane.is_blocked(now) {
            self.deliver(now, id, lane_number, parcel);
        } else if !lane.abandoned {
            self.hold_up(now, id, lane_number, parcel);
        }
    }

    fn hold_up(&mut self, now: Time, id: ConnectionId, lane_number: u8, parcel: Parcel<P>) {
        let lane = &mut self.connections[id.index()].lanes[lane_number as usize];
        let stalled = lane.stalled.get_or_insert_with(|| {
            let event = NetworkEvent::GiveUp { connection: id, lane: lane_number, since: now };
            self.output.push_back(Output::Schedule(now + GIVE_UP, event));
            Box::new(Stalled { since: now, packets: VecDeque::new() })
        });
        stalled.packets.push_back(parcel);
    }

    /// TCP has tried for long enough: the sender's end is closed, and the other is not told.
    pub(super) fn give_up(&mut self, now: Time, id: ConnectionId, lane_number: u8, since: Time) {
        let Some(connection) = self.connection(id) else { return };
        let stalled = connection.lanes[lane_number as usize].stalled.as_ref();
        if stalled.is_some_and(|stalled| stalled.since == since) {
            let reason = DownReason::ConnectionClosed;
            self.close_end(now, id, lane_number as usize, Closing::Silent, reason);
        }
    }

    fn deliver(&mut self, now: Time, id: ConnectionId, lane_number: u8, parcel: Parcel<P>) {
        let Parcel { number, bytes, packet } = parcel;
        if bytes > 0 {
            self.drain(id, lane_number, bytes as usize);
        }
        let Some(connection) = self.connection_mut(id) else { return };
        let lane = &mut connection.lanes[lane_number as usize];
        lane.delivered = number + 1;
        if number >= lane.survives && !matches!(packet, Packet::Close | Packet::Reset) {
            return;
        }
        let sender = lane_number as usize;
        let receiver = 1 - sender;
        let [node, peer] = [connection.ends[receiver].node, connection.ends[sender].node];
        if connection.ends[receiver].state == EndState::Closed {
            self.answer_with_reset(now, id, sender);
            return;
        }
        connection.ends[receiver].read = true;
        let kind = connection.kind;
        match packet {
            Packet::Payload(payload) => self.output.push_back(match kind {
                Kind::Distribution => Output::Payload { to: node, from: peer, payload },
                Kind::Socket => {
                    let socket = Socket { connection: id, end: receiver as u8 };
                    Output::SocketPayload { socket, payload }
                }
            }),
            Packet::Tick => {}
            Packet::Handshake(step) => self.handshake(now, id, step),
            Packet::Close | Packet::Reset => {
                self.close_end(now, id, receiver, Closing::Silent, DownReason::ConnectionClosed);
            }
        }
    }

    /// So many bytes have left the sender for good.
    fn drain(&mut self, id: ConnectionId, lane_number: u8, bytes: usize) {
        let Some(connection) = self.connection(id) else { return };
        let sender = lane_number as usize;
        let [node, peer] = [connection.ends[sender].node, connection.ends[1 - sender].node];
        let limit = self.endpoint(node).busy_limit;
        let buffered = &mut self.connections[id.index()].lanes[sender].buffered;
        let was_busy = *buffered >= limit;
        *buffered -= bytes;
        if was_busy && *buffered < limit {
            self.output.push_back(Output::Drained { node, peer });
        }
    }

    /// Whoever sends to an end that is closed is told so by the receiver's operating system.
    fn answer_with_reset(&mut self, now: Time, id: ConnectionId, sender: usize) {
        if self.connections[id.index()].ends[sender].state != EndState::Closed {
            self.transmit(now, id, 1 - sender as u8, Packet::Reset, 0);
        }
    }

    /// Arranges for what a lane held up to be sent again, now that the lane is free.
    pub(super) fn schedule_retry(&mut self, now: Time, id: ConnectionId, lane_number: u8) {
        let lane = &self.connections[id.index()].lanes[lane_number as usize];
        if let Some(stalled) = &lane.stalled {
            let at = next_retry(stalled.since, now);
            let event = NetworkEvent::Retry { connection: id, lane: lane_number };
            self.output.push_back(Output::Schedule(at, event));
        }
    }

    /// TCP sends again what was held up; it all arrives, in order and late (B29).
    pub(super) fn retry(&mut self, now: Time, id: ConnectionId, lane_number: u8) {
        let Some(connection) = self.connection_mut(id) else { return };
        let lane = &mut connection.lanes[lane_number as usize];
        if lane.is_held() {
            return;
        }
        let Some(stalled) = lane.stalled.take() else { return };
        for parcel in stalled.packets {
            self.deliver(now, id, lane_number, parcel);
        }
    }
}
