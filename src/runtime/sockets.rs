//! Sockets, for processes that talk another protocol than Erlang's distribution (`gen_tcp`).
//!
//! A process gets `{tcp_accepted,S}`, `{tcp_connected,S}`, `{tcp,S,Data}` and `{tcp_closed,S}`.

use std::collections::BTreeMap;

use super::signal::{Packet, PacketBody, Signal, Target, data_bytes};
use super::world::State;
use crate::network::{NodeId, Socket};
use crate::term::{Pid, Ref, Term};
use crate::{atom, tuple};

/// Which process holds which end of a socket.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    by_socket: BTreeMap<Socket, (Pid, Ref)>,
    by_reference: BTreeMap<u64, Socket>,
}

impl State {
    fn add_socket(&mut self, node: NodeId, pid: Pid, socket: Socket) -> Ref {
        let reference = self.make_reference(node);
        self.sockets.by_socket.insert(socket, (pid, reference));
        self.sockets.by_reference.insert(reference.id(), socket);
        if let Some(process) = self.process_mut(pid) {
            process.relations().sockets.push(socket);
        }
        reference
    }

    pub(super) fn remove_socket(&mut self, socket: Socket) -> Option<(Pid, Ref)> {
        let (pid, reference) = self.sockets.by_socket.remove(&socket)?;
        self.sockets.by_reference.remove(&reference.id());
        if let Some(process) = self.process_mut(pid) {
            process.relations().sockets.retain(|found| *found != socket);
        }
        Some((pid, reference))
    }

    /// Begins to open a socket to the process that listens on a node.
    pub(super) fn open_socket(&mut self, node: NodeId, pid: Pid, peer: NodeId) -> Ref {
        let now = self.now;
        let socket = self.network.open_socket(now, node, peer);
        let reference = self.add_socket(node, pid, socket);
        self.handle_network_output();
        reference
    }

    pub(super) fn send_on_socket(&mut self, pid: Pid, reference: Ref, data: Term) {
        let Some(socket) = self.sockets.by_reference.get(&reference.id()).copied() else { return };
        let (now, bytes, cause) = (self.now, data_bytes(&data), self.cause);
        let body = PacketBody::Signal(Signal::Message(data));
        let packet = Packet { from: pid, target: Target::Node, body, cause };
        self.network.send_on_socket(now, socket, packet, bytes);
        self.handle_network_output();
    }

    pub(super) fn close_socket(&mut self, reference: Ref) {
        let Some(socket) = self.sockets.by_reference.get(&reference.id()).copied() else { return };
        self.remove_socket(socket);
        let now = self.now;
        self.network.close_socket(now, socket);
        self.handle_network_output();
    }

    pub(super) fn socket_opened(&mut self, node: NodeId, socket: Socket) {
        let listener = self.node(node).listener.filter(|pid| self.slot_of(*pid).is_some());
        if let Some(pid) = listener {
            let reference = self.add_socket(node, pid, socket);
            self.deliver_message(pid.number(), tuple![atom!("tcp_accepted"), reference]);
        } else {
            let now = self.now;
            self.network.close_socket(now, socket);
        }
    }

    pub(super) fn socket_up(&mut self, socket: Socket) {
        self.tell_socket_owner(socket, |reference| tuple![atom!("tcp_connected"), reference]);
    }

    pub(super) fn socket_data(&mut self, socket: Socket, packet: Packet) {
        self.cause = packet.cause;
        let PacketBody::Signal(Signal::Message(data)) = packet.body else { return };
        self.tell_socket_owner(socket, |reference| tuple![atom!("tcp"), reference, data]);
    }

    pub(super) fn socket_down(&mut self, socket: Socket) {
        if let Some((pid, reference)) = self.remove_socket(socket)
            && let Some(number) = self.slot_of(pid)
        {
            self.deliver_message(number, tuple![atom!("tcp_closed"), reference]);
        }
    }

    fn tell_socket_owner(&mut self, socket: Socket, message: impl FnOnce(Ref) -> Term) {
        if let Some((pid, reference)) = self.sockets.by_socket.get(&socket).copied()
            && let Some(number) = self.slot_of(pid)
        {
            self.deliver_message(number, message(reference));
        }
    }
}
