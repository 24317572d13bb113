//! Large payloads in fragments, so that one does not hold up all others of its connection.
//!
//! A node puts no more on a lane than its buffer takes (`dist_buf_busy_limit`, A7). Of a payload that
//! does not fit, fragments are put there as room is made, in turn with those of other senders; what
//! one sender sends stays in order (A8).

use std::collections::VecDeque;

use super::connection::EndState;
use super::path::retry_gap;
use super::under_way::{Packet, UnderWay};
use super::{LaneId, Network, NetworkEvent, Output, Sent};
use crate::time::Time;

/// The bytes of a fragment: `ERTS_DIST_FRAGMENT_SIZE`.
pub(super) const FRAGMENT: usize = 64 << 10;

/// What a node sends on behalf of somebody.
pub(crate) trait FromSender {
    /// Whose it is, among all senders of the node.
    fn sender(&self) -> u64;
}

/// What senders still have to put on a lane, by turns.
#[derive(Debug)]
pub(super) struct Fragmented<P> {
    turns: VecDeque<Turn<P>>,
}

/// What one sender still has to put there, in order, each payload with the bytes that are left of it.
#[derive(Debug)]
struct Turn<P> {
    sender: u64,
    payloads: VecDeque<(P, usize)>,
}

impl<P> Fragmented<P> {
    pub(super) const fn nothing() -> Fragmented<P> {
        Fragmented { turns: VecDeque::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.turns.clear();
    }

    pub(super) fn into_payloads(self) -> impl Iterator<Item = P> {
        self.turns.into_iter().flat_map(|turn| turn.payloads).map(|(payload, _)| payload)
    }

    fn has(&self, sender: u64) -> bool {
        self.turns.iter().any(|turn| turn.sender == sender)
    }

    fn add(&mut self, sender: u64, payload: P, bytes: usize) {
        match self.turns.iter_mut().find(|turn| turn.sender == sender) {
            Some(turn) => turn.payloads.push_back((payload, bytes)),
            None => self.turns.push_back(Turn { sender, payloads: [(payload, bytes)].into() }),
        }
    }

    /// The next fragment: its bytes, and the payload if it is the last one of it.
    pub(super) fn take(&mut self) -> Option<(usize, Option<P>)> {
        let mut turn = self.turns.pop_front()?;
        let (payload, left) = turn.payloads.pop_front()?;
        let bytes = left.min(FRAGMENT);
        let last = if left > bytes {
            turn.payloads.push_front((payload, left - bytes));
            None
        } else {
            Some(payload)
        };
        if !turn.payloads.is_empty() {
            self.turns.push_back(turn);
        }
        Some((bytes, last))
    }
}

impl<P> Network<P> {
    /// Whether a node still has fragments of what this sender sends on a lane.
    pub(crate) fn has_fragments(&self, lane: LaneId, sender: u64) -> bool {
        let lane = &self.connections[lane.index()].ends[lane.end()].lane;
        lane.fragmented().is_some_and(|fragmented| fragmented.has(sender))
    }

    /// Puts as many fragments on a lane as its buffer takes.
    #[cold]
    pub(super) fn put_fragments(&mut self, now: Time, lane_id: LaneId) {
        loop {
            let end = &mut self.connections[lane_id.index()].ends[lane_id.end()];
            let (node, is_closed) = (end.node, end.state == EndState::Closed);
            if is_closed || end.lane.buffered >= self.endpoints[node.0 as usize].busy_limit {
                return;
            }
            let Some((bytes, last)) = end.lane.next_fragment() else { break };
            match last {
                Some(payload) => self.transmit(now, lane_id, Packet::Payload(payload), bytes),
                None => self.put_fragment(now, lane_id, bytes),
            }
        }
        // Whoever waited to get rid of the last fragment goes on.
        let ends = &self.connections[lane_id.index()].ends;
        let [node, peer] = [lane_id.end(), 1 - lane_id.end()].map(|end| ends[end].node);
        self.output.push_back(Output::Drained { node, peer });
    }

    /// Puts a part of a payload on a lane that is not the last one.
    fn put_fragment(&mut self, now: Time, lane: LaneId, bytes: usize) {
        let (at, place) = self.enter(now, lane, bytes, retry_gap);
        self.connections[lane.index()].ends[lane.end()].lane.buffered += bytes as u64;
        self.traffic.bytes += bytes as u64;
        let packet = Packet::Fragment;
        let number = self.under_way.put(UnderWay { packet, place, bytes: bytes as u32 });
        self.scheduled.push((at, NetworkEvent::Arrive(number)));
    }

    /// Sends a payload that is large, or that others wait before.
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
}
