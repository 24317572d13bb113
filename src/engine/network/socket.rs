//! Sockets, for processes that talk another protocol than Erlang's distribution.

use super::connection::{EndState, Kind};
use super::lane::Waiting;
use super::output::{Closing, NetworkEvent, Output};
use super::segment::{Segment, Step};
use super::{ConnectionId, LaneId, Network, NodeId, Socket};
use crate::engine::time::Time;

/// The willingness of a node to accept sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listening {
    On,
    Off,
}

impl<P> Network<P> {
    /// Lets a node accept sockets, or no longer.
    pub(crate) fn listen(&mut self, node: NodeId, listening: Listening) {
        self.endpoint_mut(node).listens = listening == Listening::On;
    }

    /// Begins to open a socket. It ends with [`Output::SocketUp`] or [`Output::SocketDown`].
    pub(crate) fn open_socket(&mut self, now: Time, node: NodeId, peer: NodeId) -> Socket {
        let id = self.open(now, Kind::Socket, node, peer);
        let deadline = now + self.endpoint(node).setup_time;
        let timeout = NetworkEvent::SetupTimeout { connection: id };
        self.scheduled.push((deadline, timeout));
        self.send_step(now, id, 0, Step::Syn);
        Socket { connection: id, end: 0 }
    }

    /// A SYN has arrived.
    pub(super) fn accept_socket(&mut self, now: Time, id: ConnectionId) {
        let node = self.connections[id.index()].ends[1].node;
        if self.endpoint(node).up && self.endpoint(node).listens {
            self.connections[id.index()].ends[1].state = EndState::Up;
            let socket = Socket { connection: id, end: 1 };
            self.output.push_back(Output::SocketOpened { node, socket });
            self.send_step(now, id, 1, Step::SynAck);
        } else {
            self.send_step(now, id, 1, Step::Refuse);
        }
    }

    /// Sends data on a socket, unless this end is closed.
    pub(crate) fn send_on_socket(&mut self, now: Time, socket: Socket, payload: P, bytes: usize) {
        let id = socket.connection;
        let Some(connection) = self.connection_mut(id) else { return };
        let end = socket.end as usize;
        match connection.ends[end].state {
            EndState::Up => {
                self.transmit(now, LaneId::new(id, end), Segment::Payload(payload), bytes);
            }
            EndState::Connecting | EndState::Accepting => {
                connection.ends[end].lane.enqueue(Waiting { sender: 0, payload, bytes });
            }
            EndState::Closed => {}
        }
    }

    /// Closes an end of a socket; the other end is told, this one is not.
    pub(crate) fn close_socket(&mut self, now: Time, socket: Socket) {
        self.reset_end(now, socket.connection, socket.end as usize, Closing::Orderly);
    }
}
