//! The links, monitors and waiting processes that depend on a connection: those that have to be told
//! when it is lost (B18).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::loss_causes::LossCauses;
use super::slots::SlotId;
use crate::engine::network::{DownReason, NodeId};
use crate::engine::term::{Pid, Ref, Term};
use crate::engine::trace::RecordId;

/// The entries of all nodes for their peers, and the causes of lost connections.
#[derive(Default)]
pub(super) struct Links {
    entries: Vec<BTreeMap<NodeId, DistEntry>>,
    pub causes: LossCauses,
}

/// The entry of a node for one peer, named after that of Erlang's runtime system.
#[derive(Debug, Default, PartialEq)]
struct DistEntry {
    records: Records,
    /// Made with the first of them.
    remote: Option<Box<RemoteLinks>>,
}

/// The records of a connection. They are none while nothing is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Records {
    /// The record that led to the attempt to connect.
    pub connecting: RecordId,
    /// The record of the connection coming up.
    pub up: RecordId,
}

/// Everything that depends on the connection to one peer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RemoteLinks {
    /// Links: the process here, the process there.
    pub links: BTreeSet<(SlotId, Pid)>,
    /// Monitors set here on processes there, with the process that set them.
    pub monitors: BTreeMap<Ref, SlotId>,
    /// Monitors set there on processes here, with the process that is monitored.
    pub watched: BTreeMap<Ref, SlotId>,
    /// Requests to spawn a process there, with the process that asks.
    pub spawns: BTreeMap<Ref, Pid>,
    /// Requests with a link whose process has abandoned them or ended: the reason of the exit signal to
    /// the process that comes of each.
    pub orphans: BTreeMap<Ref, Term>,
    /// `monitor_node/2`, once for each call.
    pub node_monitors: Vec<Pid>,
    /// Processes that are suspended since too much waits to reach the peer (A7).
    pub suspended: BTreeSet<Pid>,
    /// Processes that wait for an attempt to connect.
    pub waiters: Vec<(Pid, Attempt)>,
}

/// The result of an attempt to connect, for a process that waits for it: whether there is a
/// connection now.
pub(super) type Attempt = Rc<Cell<Option<bool>>>;

impl Links {
    /// Makes room for the next node.
    pub(super) fn add_node(&mut self) {
        self.entries.push(BTreeMap::new());
    }

    fn of(&mut self, node: NodeId) -> &mut BTreeMap<NodeId, DistEntry> {
        &mut self.entries[node.0 as usize]
    }

    /// The links of a node that depend on the connection to a peer, to add to them.
    pub(super) fn remote(&mut self, node: NodeId, peer: NodeId) -> &mut RemoteLinks {
        self.of(node).entry(peer).or_default().remote.get_or_insert_default()
    }

    /// The links of a node that depend on the connection to a peer, if there were ever any.
    pub(super) fn known(&mut self, node: NodeId, peer: NodeId) -> Option<&mut RemoteLinks> {
        self.of(node).get_mut(&peer)?.remote.as_deref_mut()
    }

    /// The records of the connection between a node and a peer.
    pub(super) fn records(&self, node: NodeId, peer: NodeId) -> Records {
        let entry = self.entries[node.0 as usize].get(&peer);
        entry.map_or(Records::default(), |entry| entry.records)
    }

    /// A node begins to connect to a peer because of this record.
    pub(super) fn connecting(&mut self, node: NodeId, peer: NodeId, cause: RecordId) {
        if let Some(records) = self.records_mut(node, peer, cause) {
            records.connecting = cause;
        }
    }

    /// The connection to a peer has come up at a node, by this record.
    pub(super) fn up(&mut self, node: NodeId, peer: NodeId, record: RecordId) {
        if let Some(records) = self.records_mut(node, peer, record) {
            records.up = record;
        }
    }

    /// The records of a connection, to put this one among them. No entry is made for none.
    fn records_mut(
        &mut self,
        node: NodeId,
        peer: NodeId,
        record: RecordId,
    ) -> Option<&mut Records> {
        let entries = self.of(node);
        let entry = if record == RecordId::default() {
            entries.get_mut(&peer)
        } else {
            Some(entries.entry(peer).or_default())
        };
        entry.map(|entry| &mut entry.records)
    }

    /// The record that led to the loss of a connection, if it came after the connection.
    pub(super) fn cause_of_loss(
        &self,
        node: NodeId,
        peer: NodeId,
        reason: DownReason,
    ) -> Option<RecordId> {
        let up = self.records(node, peer).up;
        self.causes.latest(node, peer, reason).filter(|record| *record > up)
    }

    /// Takes the processes that wait for an attempt to connect.
    pub(super) fn take_waiters(&mut self, node: NodeId, peer: NodeId) -> Vec<(Pid, Attempt)> {
        let Some(remote) = self.known(node, peer) else { return Vec::new() };
        let waiters = std::mem::take(&mut remote.waiters);
        self.remove_if_empty(node, peer);
        waiters
    }

    /// Removes an entry that holds nothing.
    fn remove_if_empty(&mut self, node: NodeId, peer: NodeId) {
        let entries = self.of(node);
        if let Some(entry) = entries.get_mut(&peer) {
            entry.remote.take_if(|remote| **remote == RemoteLinks::default());
            if *entry == DistEntry::default() {
                entries.remove(&peer);
            }
        }
    }

    /// Takes everything that depends on a connection that is lost.
    pub(super) fn take(&mut self, node: NodeId, peer: NodeId) -> Option<RemoteLinks> {
        self.of(node).remove(&peer)?.remote.map(|remote| *remote)
    }

    /// No process waits any longer for the reply to a spawn request. If there is a reason, the process
    /// that comes of it was to be linked, and gets an exit signal with that reason.
    pub(super) fn remove_spawn(&mut self, node: NodeId, request: Ref, reason: Option<&Term>) {
        let remotes = self.of(node).values_mut().filter_map(|entry| entry.remote.as_mut());
        for remote in remotes {
            if remote.spawns.remove(&request).is_some()
                && let Some(reason) = reason
            {
                remote.orphans.insert(request, reason.clone());
            }
        }
    }

    /// Takes the reason for which the process of a request gets an exit signal.
    pub(super) fn take_orphan(&mut self, node: NodeId, request: Ref) -> Option<Term> {
        let mut remotes = self.of(node).values_mut().filter_map(|entry| entry.remote.as_mut());
        remotes.find_map(|remote| remote.orphans.remove(&request))
    }

    /// The operating-system process of a node is gone.
    pub(super) fn clear(&mut self, node: NodeId) {
        self.of(node).clear();
    }
}
