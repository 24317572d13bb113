//! The disk of the node, and sockets.

use super::Context;
use crate::term::{Atom, Ref, Term};

impl Context {
    /// Writes a term at the end of a file. A crash loses it unless the file is synced before.
    pub fn disk_append(&self, file: &str, term: impl Into<Term>) {
        if let Some(mut state) = self.acting() {
            state.node_mut(self.node).disk.append(file, term.into());
        }
    }

    /// Waits until all that has been written to a file so far is safe from a crash.
    pub async fn disk_sync(&self, file: &str) {
        let (length, delay) = {
            let state = self.state();
            let node = state.node(self.node);
            (node.disk.len(file), node.config.fsync.clone())
        };
        let delay = self.with_rng(|rng| delay.draw(rng));
        self.work(delay).await;
        self.state().node_mut(self.node).disk.synced(file, length);
    }

    /// The terms of a file, oldest first.
    pub fn disk_read(&self, file: &str) -> Vec<Term> {
        self.state().node(self.node).disk.read(file)
    }

    /// Deletes a file.
    pub fn disk_delete(&self, file: &str) {
        if let Some(mut state) = self.acting() {
            state.node_mut(self.node).disk.remove(file);
        }
    }

    /// Lets other processes open sockets to this one: it gets `{tcp_accepted,S}` for each. One
    /// process of a node can listen.
    pub fn listen(&self) {
        let Some(mut state) = self.acting() else { return };
        state.node_mut(self.node).listener = Some(self.pid);
        state.network.listen(self.node, true);
    }

    /// Begins to open a socket to the process that listens on a node: `{tcp_connected,S}` or
    /// `{tcp_closed,S}` will come. What is sent before waits for the connection. On a path that is
    /// cut a socket is closed when TCP gives up, after 15 minutes.
    pub fn open_socket(&self, node: Atom) -> Ref {
        let Some(mut state) = self.acting() else { return self.make_ref() };
        let peer = state.node_named(node, self.node);
        state.open_socket(self.node, self.pid, peer)
    }

    /// Sends bytes on a socket; the other side gets `{tcp,S,Bytes}`.
    pub fn send_on_socket(&self, socket: Ref, data: impl Into<Term>) {
        let data = data.into();
        if let Some(mut state) = self.acting() {
            state.send_on_socket(self.pid, socket, data);
        }
    }

    /// Closes a socket; the other side gets `{tcp_closed,S}`.
    pub fn close_socket(&self, socket: Ref) {
        if let Some(mut state) = self.acting() {
            state.close_socket(socket);
        }
    }
}
