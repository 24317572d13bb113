//! The disk of the node, and sockets.

use std::time::Duration;

use super::Context;
use crate::engine::runtime::disk::DiskError;
use crate::engine::runtime::file_system::FileSystem;
use crate::engine::term::{Atom, Ref, Term};

impl Context {
    /// Writes a term at the end of a file. A crash loses it unless the file is synced before.
    ///
    /// # Errors
    /// [`DiskError::Full`].
    pub fn disk_append(&self, file: &str, term: impl Into<Term>) -> Result<(), DiskError> {
        match self.active() {
            Some(mut state) => state.nodes[self.node].disk.append(file, term.into()),
            None => Ok(()),
        }
    }

    /// Waits until all that has been written to a file so far is safe from a crash.
    ///
    /// # Errors
    /// [`DiskError::SyncFailed`]: what has been written since the last sync is not safe and never
    /// will be, even if a later sync succeeds. Whoever has promised anything that rests on it has to
    /// crash, or to write all of it anew ([`disk_replace`](Context::disk_replace)).
    pub async fn disk_sync(&self, file: &str) -> Result<(), DiskError> {
        let length = self.state().nodes[self.node].disk.len(file);
        self.wait_for_disk().await;
        self.state().nodes[self.node].disk.synced(file, length)
    }

    /// Puts these terms in the place of a file, and waits until they are safe from a crash: they are
    /// written to another file, which is synced and then renamed. A file is replaced as a whole or
    /// not at all.
    ///
    /// # Errors
    /// [`DiskError::Full`] and [`DiskError::SyncFailed`], after which the file is what it was.
    pub async fn disk_replace(&self, file: &str, terms: Vec<Term>) -> Result<(), DiskError> {
        self.wait_for_disk().await;
        match self.active() {
            Some(mut state) => state.nodes[self.node].disk.replace(file, terms),
            None => Ok(()),
        }
    }

    async fn wait_for_disk(&self) {
        let delay = self.sync_time();
        self.work(delay).await;
    }

    /// The time that a sync takes now, which is drawn.
    pub fn sync_time(&self) -> Duration {
        let delay = {
            let state = self.state();
            let node = &state.nodes[self.node];
            node.disk.latency.clone().unwrap_or_else(|| node.config.fsync.clone())
        };
        self.with_rng(|rng| delay.draw(rng))
    }

    /// Lets `act` work with the file system of the node.
    pub fn with_file_system<T>(&self, act: impl FnOnce(&mut FileSystem) -> T) -> T {
        let mut state = self.state();
        let owner = state.owner_of_files(self.node);
        act(&mut state.nodes[owner].disk.tree)
    }

    /// The terms of a file, oldest first.
    ///
    /// # Errors
    /// [`DiskError::Corrupt`] if one of them is not what was written.
    pub fn disk_read(&self, file: &str) -> Result<Vec<Term>, DiskError> {
        self.state().nodes[self.node].disk.read(file)
    }

    /// Deletes a file.
    pub fn disk_delete(&self, file: &str) {
        if let Some(mut state) = self.active() {
            state.nodes[self.node].disk.remove(file);
        }
    }

    /// Lets other processes open sockets to this one: it gets `{tcp_accepted,S}` for each. One
    /// process of a node can listen.
    pub fn listen(&self) {
        if let Some(mut state) = self.active() {
            state.listen(self.node, self.pid);
        }
    }

    /// Begins to open a socket to the process that listens on a node: `{tcp_connected,S}` or
    /// `{tcp_closed,S}` will come. What is sent before waits for the connection. On a path that is
    /// cut a socket is closed when TCP gives up, after 15 minutes.
    pub fn open_socket(&self, node: Atom) -> Ref {
        let Some(mut state) = self.active() else { return self.make_ref() };
        let peer = state.node_named(node, self.node);
        state.open_socket(self.node, self.pid, peer)
    }

    /// Sends bytes on a socket; the other side gets `{tcp,S,Bytes}`.
    pub fn send_on_socket(&self, socket: Ref, data: impl Into<Term>) {
        let data = data.into();
        if let Some(mut state) = self.active() {
            state.send_on_socket(self.pid, socket, data);
        }
    }

    /// Closes a socket; the other side gets `{tcp_closed,S}`.
    pub fn close_socket(&self, socket: Ref) {
        if let Some(mut state) = self.active() {
            state.close_socket(socket);
        }
    }
}
