//! Cuts between nodes: partitions, and hosts without power.

use std::collections::BTreeSet;

use super::lane::CutState;
use super::output::{Breaking, Closing, DownReason};
use super::{ConnectionId, Network, NodeId};
use crate::engine::time::Time;

impl<P> Network<P> {
    /// Cuts the way from the first node of each pair to the second, in silence.
    pub(crate) fn cut(&mut self, now: Time, partition: u32, pairs: Vec<(NodeId, NodeId)>) {
        self.heal(now, partition);
        self.cuts.add(partition, pairs);
        self.after_cut_change(now);
    }

    /// Ends a partition. The segments that it has stalled are sent again when TCP tries next.
    pub(crate) fn heal(&mut self, now: Time, partition: u32) {
        self.cuts.remove(partition);
        self.after_cut_change(now);
    }

    /// Returns whether one of these pairs is not cut yet.
    pub(crate) fn would_cut(&self, pairs: &[(NodeId, NodeId)]) -> bool {
        pairs.iter().any(|(from, to)| !self.cuts.contains(*from, *to))
    }

    /// Returns whether a pair would be free again if a partition ended.
    pub(crate) fn would_heal(&self, partition: u32) -> bool {
        self.cuts.would_free(partition)
    }

    /// Returns whether any pair is cut.
    pub(crate) fn is_cut_anywhere(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// The partitions that are in force.
    pub(crate) fn partitions(&self) -> Vec<u32> {
        self.cuts.partitions()
    }

    /// Returns whether a segment from one node reaches another.
    fn is_reachable(&self, from: NodeId, to: NodeId) -> bool {
        self.is_powered(self.host_of(to)) && !self.cuts.contains(from, to)
    }

    /// Breaks the connections that are open between the nodes of a pair, whichever of them began.
    pub(crate) fn break_connections(
        &mut self,
        now: Time,
        pairs: &BTreeSet<(NodeId, NodeId)>,
        breaking: Breaking,
    ) {
        for index in 0..self.connections.len() {
            if self.is_open_between(index, pairs) {
                self.break_connection(now, self.connections[index].id(index), breaking);
            }
        }
    }

    /// Returns whether anything is open between some of these nodes: a connection of theirs, or a socket.
    pub(crate) fn is_any_open(&self, pairs: &BTreeSet<(NodeId, NodeId)>) -> bool {
        (0..self.connections.len()).any(|index| self.is_open_between(index, pairs))
    }

    fn is_open_between(&self, index: usize, pairs: &BTreeSet<(NodeId, NodeId)>) -> bool {
        let connection = &self.connections[index];
        let [first, second] = connection.nodes();
        let is_meant = pairs.contains(&(first, second)) || pairs.contains(&(second, first));
        !connection.is_closed() && is_meant
    }

    fn break_connection(&mut self, now: Time, id: ConnectionId, breaking: Breaking) {
        match breaking {
            Breaking::Reset => {
                for end in [0, 1] {
                    self.close_end(now, id, end, Closing::Silent, DownReason::ConnectionClosed);
                }
            }
            Breaking::Silent => {
                for end in &mut self.connections[id.index()].ends {
                    end.stale = true;
                }
                self.refresh_cut(id);
            }
        }
    }

    /// Brings all lanes in line with the cuts.
    pub(super) fn after_cut_change(&mut self, now: Time) {
        for index in 0..self.connections.len() {
            let connection = &self.connections[index];
            if connection.is_closed() {
                continue;
            }
            let id = connection.id(index);
            let before = [0, 1].map(|lane| self.connections[index].ends[lane].lane.is_cut());
            self.refresh_cut(id);
            for (lane, was_cut) in before.into_iter().enumerate() {
                if was_cut && !self.connections[index].ends[lane].lane.is_cut() {
                    self.schedule_retry(now, id, lane as u8);
                }
            }
        }
    }

    /// Brings the lanes of a connection in line with the cuts.
    pub(super) fn refresh_cut(&mut self, id: ConnectionId) {
        let [first, second] = self.connections[id.index()].nodes();
        let stale = self.connections[id.index()].ends[0].stale;
        let there = stale || !self.is_reachable(first, second);
        let back = stale || !self.is_reachable(second, first);
        let [first, second] = &mut self.connections[id.index()].ends;
        first.lane.set_cut(CutState { there, back });
        second.lane.set_cut(CutState { there: back, back: there });
    }
}
