//! How a connection comes up: the port mapper is asked, names are exchanged, cookies are proven.

use super::connection::{EndState, Kind};
use super::lane::Waiting;
use super::path::GIVE_UP;
use super::under_way::Packet;
use super::{
    Closing, ConnectionId, DownReason, LaneId, Network, NetworkEvent, NodeId, Output, PeerState,
    Socket,
};
use crate::time::Time;

/// The steps of the handshake; each is a packet that takes its time and may be held up. Even steps
/// come from the side that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Asks the host whether the node is there.
    Lookup,
    /// It is.
    Found,
    /// The name of the side that began.
    Name,
    /// The side that was asked wants a proof of the cookie.
    Challenge,
    /// The proof.
    Proof,
    /// It was right: the connection is up.
    Acknowledge,
    /// There is no such node, or the cookie is wrong.
    Refuse,
    /// Opens a socket.
    Syn,
    /// The socket is open.
    SynAck,
}

impl Step {
    /// Whether it opens a TCP connection, or answers to that: a SYN comes before anything else to the
    /// port mapper, to the node, and on a socket.
    pub(super) const fn is_syn(self) -> bool {
        match self {
            Step::Lookup | Step::Found | Step::Name | Step::Syn | Step::SynAck => true,
            Step::Challenge | Step::Proof | Step::Acknowledge | Step::Refuse => false,
        }
    }
}

/// The bytes of a handshake packet, all headers included.
const HANDSHAKE_BYTES: usize = 100;

impl<P> Network<P> {
    /// Begins to connect, unless there is a connection or an attempt already. The attempt ends
    /// with [`Output::Up`] or [`Output::Failed`].
    pub(crate) fn connect(&mut self, now: Time, node: NodeId, peer: NodeId) {
        if self.peer_state(node, peer) != PeerState::Absent {
            return;
        }
        let id = self.lay(now, Kind::Distribution, node, peer);
        self.peers[node.0 as usize].insert(peer, LaneId::new(id, 0));
        let deadline = now + self.endpoint(node).setup_time;
        let timeout = NetworkEvent::SetupTimeout { connection: id };
        self.scheduled.push((deadline, timeout));
        self.step(now, id, 0, Step::Lookup);
    }

    fn step(&mut self, now: Time, id: ConnectionId, lane: usize, step: Step) {
        self.transmit(now, LaneId::new(id, lane), Packet::Handshake(step), HANDSHAKE_BYTES);
    }

    /// A step of the handshake has arrived.
    pub(super) fn handshake(&mut self, now: Time, id: ConnectionId, step: Step) {
        match step {
            Step::Lookup => {
                let asked = self.connections[id.index()].ends[1].node;
                let answer = if self.endpoint(asked).is_met() { Step::Found } else { Step::Refuse };
                self.step(now, id, 1, answer);
            }
            Step::Found => self.step(now, id, 0, Step::Name),
            Step::Name => self.named(now, id),
            Step::Challenge => self.step(now, id, 0, Step::Proof),
            Step::Proof => self.proven(now, id),
            Step::Acknowledge | Step::SynAck => self.end_up(now, id, 0),
            Step::Refuse => {
                self.close_end(now, id, 0, Closing::Silent, DownReason::ConnectionClosed);
                self.forget_end(now, id, 1, Closing::Silent);
            }
            Step::Syn => self.socket_asked(now, id),
        }
    }

    /// The node that was asked has learnt who asks. Of two attempts at the same time the one made
    /// by the node with the greater name goes on (B7); an old connection gives way (B37).
    ///
    /// A node that was paused finds attempts that were given up meanwhile, and reads the names in
    /// them before it sees their ends. While it deals with one of these, it turns the next attempt
    /// of the same node down if its own name is the greater one (B5).
    fn named(&mut self, now: Time, id: ConnectionId) {
        let connection = &self.connections[id.index()];
        let [asking, asked] = [0, 1].map(|end| connection.ends[end].node);
        if connection.ends[0].state == EndState::Closed {
            // Whoever asked has hung up right behind its name.
            self.endpoint_mut(asked).hung_up.insert(asking, now);
            self.forget_end(now, id, 1, Closing::Silent);
            return;
        }
        let greater = self.endpoint(asked).name > self.endpoint(asking).name;
        let hung_up = self.endpoint(asked).hung_up.get(&asking) == Some(&now);
        if !self.endpoint(asked).is_met() || (greater && hung_up) {
            self.step(now, id, 1, Step::Refuse);
            return;
        }
        if let Some(lane) = self.lane(asked, asking) {
            let (other, end) = (self.connections[lane.index()].id(lane.index()), lane.end());
            match self.connections[other.index()].ends[end].state {
                EndState::Connecting if greater => return,
                EndState::Accepting if greater => {
                    self.step(now, id, 1, Step::Refuse);
                    return;
                }
                EndState::Connecting | EndState::Accepting => {
                    let waiting = self.connections[other.index()].ends[end].lane.take_waiting();
                    for waiting in waiting {
                        self.connections[id.index()].ends[1].lane.wait(waiting);
                    }
                    self.forget_end(now, other, end, Closing::Silent);
                }
                EndState::Up | EndState::Closed => {
                    let reason = DownReason::ConnectionClosed;
                    self.close_end(now, other, end, Closing::Silent, reason);
                }
            }
        }
        self.peers[asked.0 as usize].insert(asking, LaneId::new(id, 1));
        self.step(now, id, 1, Step::Challenge);
    }

    /// The proof of the cookie has arrived (B12).
    fn proven(&mut self, now: Time, id: ConnectionId) {
        let [asking, asked] = [0, 1].map(|end| self.connections[id.index()].ends[end].node);
        if self.lane(asked, asking) != Some(LaneId::new(id, 1)) {
            return;
        }
        if self.cookie(asking, Some(asked)) == self.cookie(asked, Some(asking)) {
            self.step(now, id, 1, Step::Acknowledge);
            self.end_up(now, id, 1);
        } else {
            self.output.push_back(Output::Rejected { node: asked, peer: asking });
            self.peers[asked.0 as usize].remove(asking, LaneId::new(id, 1));
            self.step(now, id, 1, Step::Refuse);
        }
    }

    /// One end is up: what has waited for it is sent.
    fn end_up(&mut self, now: Time, id: ConnectionId, end: usize) {
        let connection = &mut self.connections[id.index()];
        let state = &mut connection.ends[end].state;
        if !matches!(state, EndState::Connecting | EndState::Accepting) {
            return;
        }
        *state = EndState::Up;
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
                self.transmit(now, lane, Packet::Payload(payload), bytes);
            } else if let Some(arrival) =
                self.send_in_turn(now, lane, sender, bytes, &mut Some(payload)).arrival
            {
                self.scheduled.push(arrival);
            }
        }
    }

    /// The attempt has taken too long (B4). A node that has not read the name yet may still do so,
    /// and find that nobody is there any more (B5).
    pub(super) fn setup_timeout(&mut self, now: Time, id: ConnectionId) {
        let Some(connection) = self.connection(id) else { return };
        let pending = [0, 1].map(|end: usize| {
            matches!(connection.ends[end].state, EndState::Connecting | EndState::Accepting)
        });
        let [asking, asked] = [0, 1].map(|end: usize| connection.ends[end].node);
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

    /// Lets a node take sockets, or no longer.
    pub(crate) fn listen(&mut self, node: NodeId, listens: bool) {
        self.endpoint_mut(node).listens = listens;
    }

    /// Begins to open a socket. It ends with [`Output::SocketUp`] or [`Output::SocketDown`].
    pub(crate) fn open_socket(&mut self, now: Time, node: NodeId, peer: NodeId) -> Socket {
        let id = self.lay(now, Kind::Socket, node, peer);
        let deadline = now + self.endpoint(node).setup_time;
        let timeout = NetworkEvent::SetupTimeout { connection: id };
        self.scheduled.push((deadline, timeout));
        self.step(now, id, 0, Step::Syn);
        Socket { connection: id, end: 0 }
    }

    fn socket_asked(&mut self, now: Time, id: ConnectionId) {
        let node = self.connections[id.index()].ends[1].node;
        if self.endpoint(node).up && self.endpoint(node).listens {
            self.connections[id.index()].ends[1].state = EndState::Up;
            let socket = Socket { connection: id, end: 1 };
            self.output.push_back(Output::SocketOpened { node, socket });
            self.step(now, id, 1, Step::SynAck);
        } else {
            self.step(now, id, 1, Step::Refuse);
        }
    }

    /// Sends data on a socket; nothing happens if this end is closed.
    pub(crate) fn send_on_socket(&mut self, now: Time, socket: Socket, payload: P, bytes: usize) {
        let id = socket.connection;
        let Some(connection) = self.connection_mut(id) else { return };
        let end = socket.end as usize;
        match connection.ends[end].state {
            EndState::Up => {
                self.transmit(now, LaneId::new(id, end), Packet::Payload(payload), bytes);
            }
            EndState::Connecting | EndState::Accepting => {
                connection.ends[end].lane.wait(Waiting { sender: 0, payload, bytes });
            }
            EndState::Closed => {}
        }
    }

    /// Closes an end of a socket; the other end is told, this one is not.
    pub(crate) fn close_socket(&mut self, now: Time, socket: Socket) {
        self.forget_end(now, socket.connection, socket.end as usize, Closing::Orderly);
    }
}
