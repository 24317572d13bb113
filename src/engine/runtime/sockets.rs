//! The sockets of processes that talk another protocol than Erlang's distribution (`gen_tcp`).

use std::collections::BTreeMap;

use crate::engine::network::Socket;
use crate::engine::term::{Pid, Ref};

/// The processes that hold the ends of sockets.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    by_socket: BTreeMap<Socket, (Pid, Ref)>,
    by_reference: BTreeMap<u64, Socket>,
}

impl Sockets {
    /// Gives an end of a socket to a process, which knows it by this reference.
    pub(super) fn add(&mut self, socket: Socket, pid: Pid, reference: Ref) {
        self.by_socket.insert(socket, (pid, reference));
        self.by_reference.insert(reference.id(), socket);
    }

    /// Takes an end of a socket away. Returns the process that held it, and its reference.
    pub(super) fn remove(&mut self, socket: Socket) -> Option<(Pid, Ref)> {
        let (pid, reference) = self.by_socket.remove(&socket)?;
        self.by_reference.remove(&reference.id());
        Some((pid, reference))
    }

    /// The end of a socket that a process knows by this reference.
    pub(super) fn get(&self, reference: Ref) -> Option<Socket> {
        self.by_reference.get(&reference.id()).copied()
    }

    /// The process that holds an end of a socket, and its reference.
    pub(super) fn owner(&self, socket: Socket) -> Option<(Pid, Ref)> {
        self.by_socket.get(&socket).copied()
    }
}
