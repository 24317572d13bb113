//! A lane: one direction of a connection. What is put on it arrives in order; what the network
//! holds up arrives late; what is under way when the connection breaks is lost.

use std::collections::VecDeque;
use std::time::Duration;

use super::connection::{EndState, Kind};
use super::path::next_retry;
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
}

#[derive(Debug)]
pub(super) struct Lane<P> {
    pub path: u32,
    /// Whether nothing gets through: the path is cut, or a host is without power.
    pub cut: bool,
    /// When the way back was cut; TCP soon stops sending what nobody acknowledges.
    pub unanswered_since: Option<Time>,
    pub last_arrival: Time,
    /// How many packets were put on the lane, and how many of them came out.
    pub sent: u32,
    pub delivered: u32,
    /// Packets with this number or a higher one went down with their sender.
    pub survives: u32,
    pub waiting: VecDeque<(P, usize)>,
    pub stalled: Option<Box<Stalled<P>>>,
}

/// What a cut holds up, in order.
#[derive(Debug)]
pub(super) struct Stalled<P> {
    since: Time,
    packets: VecDeque<(u32, Packet<P>)>,
}

impl<P> Lane<P> {
    pub(super) const fn new(path: u32) -> Lane<P> {
        Lane {
            path,
            cut: false,
            unanswered_since: None,
            last_arrival: Time::ZERO,
            sent: 0,
            delivered: 0,
            survives: u32::MAX,
            waiting: VecDeque::new(),
            stalled: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.waiting = VecDeque::new();
        self.stalled = None;
    }

    /// Whether a packet that would arrive now is held up.
    fn is_blocked(&self, now: Time) -> bool {
        let unanswered = self.unanswered_since.is_some_and(|since| now > since + FIRST_FLIGHT);
        self.cut || unanswered || self.stalled.is_some()
    }
}

/// For so long TCP goes on sending without any acknowledgement, before it waits for the first
/// packet of all to be acknowledged (B30).
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
        if matches!(packet, Packet::Payload(_)) {
            self.traffic.packets += 1;
            self.traffic.bytes += bytes as u64;
        }
        let event = NetworkEvent::Arrive { connection: id, lane: lane_number, number, packet };
        self.output.push_back(Output::Schedule(at, event));
    }

    /// A packet has reached the end of its lane, if nothing holds it up.
    pub(super) fn arrive(
        &mut self,
        now: Time,
        id: ConnectionId,
        lane_number: u8,
        number: u32,
        packet: Packet<P>,
    ) {
        let Some(connection) = self.connection_mut(id) else { return };
        let lane = &mut connection.lanes[lane_number as usize];
        if lane.is_blocked(now) {
            let new = || Box::new(Stalled { since: now, packets: VecDeque::new() });
            lane.stalled.get_or_insert_with(new).packets.push_back((number, packet));
        } else {
            self.deliver(now, id, lane_number, number, packet);
        }
    }

    fn deliver(
        &mut self,
        now: Time,
        id: ConnectionId,
        lane_number: u8,
        number: u32,
        packet: Packet<P>,
    ) {
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
                    Output::SocketPayload { node, socket, payload }
                }
            }),
            Packet::Tick => {}
            Packet::Handshake(step) => self.handshake(now, id, step),
            Packet::Close | Packet::Reset => {
                self.close_end(now, id, receiver, Closing::Silent, DownReason::ConnectionClosed);
            }
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
        if lane.cut || lane.unanswered_since.is_some() {
            return;
        }
        let Some(stalled) = lane.stalled.take() else { return };
        for (number, packet) in stalled.packets {
            self.deliver(now, id, lane_number, number, packet);
        }
    }
}
