//! Sockets of processes: `{tcp_accepted,S}`, `{tcp_connected,S}`, `{tcp,S,Data}`, `{tcp_closed,S}`.

use super::State;
use crate::engine::network::{Listening, NodeId, Socket};
use crate::engine::runtime::signal::{Packet, PacketBody, Target, data_bytes};
use crate::engine::term::{Pid, Ref, Term};
use crate::{atom, tuple};

impl State {
    /// Lets other processes open sockets to this one.
    pub(crate) fn listen(&mut self, node: NodeId, pid: Pid) {
        self.nodes[node].listener = Some(pid);
        self.network.listen(node, Listening::On);
    }

    /// Begins to open a socket to the process that listens on a node.
    pub(crate) fn open_socket(&mut self, node: NodeId, pid: Pid, peer: NodeId) -> Ref {
        let socket = self.network.open_socket(self.log.now, node, peer);
        let reference = self.add_socket(node, pid, socket);
        self.handle_network_output();
        reference
    }

    fn add_socket(&mut self, node: NodeId, pid: Pid, socket: Socket) -> Ref {
        let reference = self.make_reference(node);
        self.sockets.add(socket, pid, reference);
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().sockets.push(socket);
        }
        reference
    }

    fn remove_socket(&mut self, socket: Socket) -> Option<(Pid, Ref)> {
        let (pid, reference) = self.sockets.remove(socket)?;
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().sockets.retain(|found| *found != socket);
        }
        Some((pid, reference))
    }

    /// Sends data on a socket.
    pub(crate) fn send_on_socket(&mut self, pid: Pid, reference: Ref, data: Term) {
        let Some(socket) = self.sockets.get(reference) else { return };
        let (bytes, cause) = (data_bytes(&data), self.log.cause);
        let body = PacketBody::Message(data.into());
        let packet = Packet { from: pid, target: Target::Node, body, cause };
        self.network.send_on_socket(self.log.now, socket, packet, bytes);
        self.handle_network_output();
    }

    /// Closes a socket.
    pub(crate) fn close_socket(&mut self, reference: Ref) {
        let Some(socket) = self.sockets.get(reference) else { return };
        self.remove_socket(socket);
        self.network.close_socket(self.log.now, socket);
        self.handle_network_output();
    }

    /// A process of another node has opened a socket to this one.
    pub(super) fn socket_opened(&mut self, node: NodeId, socket: Socket) {
        let listener = self.nodes[node].listener;
        if let Some(pid) = listener.filter(|pid| self.processes.slot_of(*pid).is_some()) {
            let reference = self.add_socket(node, pid, socket);
            self.deliver_to(pid, tuple![atom!("tcp_accepted"), reference]);
        } else {
            self.network.close_socket(self.log.now, socket);
        }
    }

    /// A socket is usable.
    pub(super) fn socket_up(&mut self, socket: Socket) {
        self.send_to_owner(socket, |reference| tuple![atom!("tcp_connected"), reference]);
    }

    /// Data has arrived on a socket.
    pub(super) fn socket_data(&mut self, socket: Socket, packet: Packet) {
        self.log.cause = packet.cause;
        let PacketBody::Message(data) = packet.body else { return };
        let data = data.into_term();
        self.send_to_owner(socket, |reference| tuple![atom!("tcp"), reference, data]);
    }

    /// A socket is closed by the other side.
    pub(super) fn socket_down(&mut self, socket: Socket) {
        if let Some((pid, reference)) = self.remove_socket(socket) {
            self.deliver_to(pid, tuple![atom!("tcp_closed"), reference]);
        }
    }

    fn send_to_owner(&mut self, socket: Socket, message: impl FnOnce(Ref) -> Term) {
        if let Some((pid, reference)) = self.sockets.owner(socket) {
            self.deliver_to(pid, message(reference));
        }
    }
}
