//! The handshake of a connection: the port mapper is asked, names are exchanged, cookies are proven.

use super::connection::{EndState, Kind};
use super::lane::Waiting;
use super::output::{Closing, DownReason, NetworkEvent, Output, PeerState};
use super::path::GIVE_UP;
use super::segment::{Segment, Step};
use super::{ConnectionId, LaneId, Network, NodeId, Socket};
use crate::engine::time::Time;

/// The bytes of a segment of the handshake, all headers included.
const HANDSHAKE_BYTES: usize = 100;

impl<P> Network<P> {
    /// Begins to connect, unless there is a connection or an attempt already. The attempt ends
    /// with [`Output::Up`] or [`Output::Failed`].
    pub(crate) fn connect(&mut self, now: Time, node: NodeId, peer: NodeId) {
        if self.peer_state(node, peer) != PeerState::Absent {
            return;
        }
        let id = self.open(now, Kind::Distribution, node, peer);
        self.peers[node.0 as usize].insert(peer, LaneId::new(id, 0));
        let deadline = now + self.endpoint(node).setup_time;
        let timeout = NetworkEvent::SetupTimeout { connection: id };
        self.scheduled.push((deadline, timeout));
        self.send_step(now, id, 0, Step::Lookup);
    }

    pub(super) fn send_step(&mut self, now: Time, id: ConnectionId, lane: usize, step: Step) {
        self.transmit(now, LaneId::new(id, lane), Segment::Handshake(step), HANDSHAKE_BYTES);
    }

    /// A step of the handshake has arrived.
    pub(super) fn handshake(&mut self, now: Time, id: ConnectionId, step: Step) {
        match step {
            Step::Lookup => {
                let asked = self.connections[id.index()].ends[1].node;
                let answer =
                    if self.endpoint(asked).is_registered() { Step::Found } else { Step::Refuse };
                self.send_step(now, id, 1, answer);
            }
            Step::Found => self.send_step(now, id, 0, Step::Name),
            Step::Name => self.receive_name(now, id),
            Step::Challenge => self.send_step(now, id, 0, Step::ChallengeReply),
            Step::ChallengeReply => self.receive_challenge_reply(now, id),
            Step::ChallengeAck | Step::SynAck => self.end_up(now, id, 0),
            Step::Refuse => {
                self.close_end(now, id, 0, Closing::Silent, DownReason::ConnectionClosed);
                self.reset_end(now, id, 1, Closing::Silent);
            }
            Step::Syn => self.accept_socket(now, id),
        }
    }

    /// The node that was asked has read the name of the other one. Of two attempts at the same time the one made
    /// by the node with the greater name goes on (B7); an old connection gives way (B37).
    ///
    /// A node that was paused finds attempts that were given up meanwhile, and reads the names in
    /// them before it sees their ends. While it deals with one of these, it turns the next attempt
    /// of the same node down if its own name is the greater one (B5).
    fn receive_name(&mut self, now: Time, id: ConnectionId) {
        let connection = &self.connections[id.index()];
        let [asking, asked] = connection.nodes();
        if connection.ends[0].state == EndState::Closed {
            // The node that asked has hung up right behind its name.
            self.endpoint_mut(asked).hung_up.insert(asking, now);
            self.reset_end(now, id, 1, Closing::Silent);
            return;
        }
        let greater = self.endpoint(asked).name > self.endpoint(asking).name;
        let hung_up = self.endpoint(asked).hung_up.get(&asking) == Some(&now);
        if !self.endpoint(asked).is_registered() || (greater && hung_up) {
            self.send_step(now, id, 1, Step::Refuse);
            return;
        }
        if let Some(lane) = self.lane(asked, asking) {
            let (other, end) = (self.connections[lane.index()].id(lane.index()), lane.end());
            match self.connections[other.index()].ends[end].state {
                EndState::Connecting if greater => return,
                EndState::Accepting if greater => {
                    self.send_step(now, id, 1, Step::Refuse);
                    return;
                }
                EndState::Connecting | EndState::Accepting => {
                    let waiting = self.connections[other.index()].ends[end].lane.take_waiting();
                    for waiting in waiting {
                        self.connections[id.index()].ends[1].lane.enqueue(waiting);
                    }
                    self.reset_end(now, other, end, Closing::Silent);
                }
                EndState::Up | EndState::Closed => {
                    let reason = DownReason::ConnectionClosed;
                    self.close_end(now, other, end, Closing::Silent, reason);
                }
            }
        }
        self.peers[asked.0 as usize].insert(asking, LaneId::new(id, 1));
        self.send_step(now, id, 1, Step::Challenge);
    }

    /// The proof of the cookie has arrived (B12).
    fn receive_challenge_reply(&mut self, now: Time, id: ConnectionId) {
        let [asking, asked] = self.connections[id.index()].nodes();
        if self.lane(asked, asking) != Some(LaneId::new(id, 1)) {
            return;
        }
        if self.cookie(asking, Some(asked)) == self.cookie(asked, Some(asking)) {
            self.send_step(now, id, 1, Step::ChallengeAck);
            self.end_up(now, id, 1);
        } else {
            self.output.push_back(Output::Rejected { node: asked, peer: asking });
            self.peers[asked.0 as usize].remove(asking, LaneId::new(id, 1));
            self.send_step(now, id, 1, Step::Refuse);
        }
    }

    /// One end is up: the payloads that have waited for it are sent.
    fn end_up(&mut self, now: Time, id: ConnectionId, end: usize) {
        let connection = &mut self.connections[id.index()];
        if !connection.ends[end].is_pending() {
            return;
        }
        connection.ends[end].state = EndState::Up;
        connection.ends[end].read = true;
        let [node, peer] = [connection.ends[end].node, connection.ends[1 - end].node];
        let waiting = connection.ends[end].lane.take_waiting();
        let is_socket = connection.kind() == Kind::Socket;
        let output = match connection.kind() {
            Kind::Distribution => Output::Up { node, peer },
            Kind::Socket => {
                let socket = Socket { connection: id, end: end as u8 };
                Output::SocketUp { socket }
            }
        };
        self.traffic.connections += u64::from(end == 0);
        self.output.push_back(output);
        for Waiting { sender, payload, bytes } in waiting {
            let lane = LaneId::new(id, end);
            if is_socket {
                self.transmit(now, lane, Segment::Payload(payload), bytes);
            } else if let Some(arrival) =
                self.send_in_turn(now, lane, sender, bytes, &mut Some(payload)).arrival
            {
                self.scheduled.push(arrival);
            }
        }
    }

    /// The attempt has taken too long (B4). A node that has not read the name yet may still do so,
    /// and find that the other side is gone (B5).
    pub(super) fn setup_timeout(&mut self, now: Time, id: ConnectionId) {
        let Some(connection) = self.connection(id) else { return };
        let pending = [0, 1].map(|end: usize| connection.ends[end].is_pending());
        let [asking, asked] = connection.nodes();
        let is_unread = connection.kind() == Kind::Distribution
            && self.lane(asked, asking) != Some(LaneId::new(id, 1));
        let reason = DownReason::ConnectionClosed;
        if pending[0] {
            self.close_end(now, id, 0, Closing::Orderly, reason);
        }
        if pending[0] && pending[1] && is_unread {
            let at_last = NetworkEvent::SetupTimeout { connection: id };
            self.scheduled.push((now + GIVE_UP, at_last));
        } else if pending[1] {
            self.close_end(now, id, 1, Closing::Orderly, reason);
        }
    }
}
