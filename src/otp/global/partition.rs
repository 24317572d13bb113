//! Nodes part: what their server forgets, and how it keeps partitions from overlapping (B41-B50).
//!
//! A node that has lost a connection says so to all that it knows. Whoever hears it gives up its
//! own connection to the node that was lost, so that in the end every node is connected to all
//! nodes of its partition and to none of another.

use std::collections::BTreeMap;
use std::time::Duration;

use super::server::Server;
use super::wire;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::engine::trace::{Level, LogReport};
use crate::{atom, tuple};

/// The time that a report is remembered, to recognise a second copy of it.
const MEMORY: Duration = Duration::from_hours(1);

/// The reports about connections that were lost anywhere.
pub(super) struct Losses {
    /// Losses are reported and reports obeyed (B43).
    heeded: bool,
    /// The newest report by the node that lost a connection and the node that it lost.
    reports: BTreeMap<(Atom, Atom), Report>,
    last_number: i64,
}

struct Report {
    creation: i64,
    number: i64,
    at: Time,
}

/// The reason to forget a node.
enum Parting {
    /// Its connection is gone.
    Disconnected,
    /// Its connection is being given up, here or at the other end; the `nodedown` will follow.
    Removed,
}

impl Losses {
    pub(super) fn new(heeded: bool) -> Losses {
        Losses { heeded, reports: BTreeMap::new(), last_number: 0 }
    }

    pub(super) fn ignore(&mut self) {
        self.heeded = false;
    }

    /// Returns whether a report says something new; it is remembered then.
    fn is_news(&mut self, key: (Atom, Atom), creation: i64, number: i64, now: Time) -> bool {
        let known = self.reports.get(&key);
        if known.is_some_and(|known| known.creation == creation && number <= known.number) {
            return false;
        }
        self.reports.retain(|_, report| now.since(report.at) < MEMORY);
        self.reports.insert(key, Report { creation, number, at: now });
        true
    }
}

impl Server {
    pub(super) fn node_down(&mut self, node: Atom) {
        self.part(node, &Parting::Disconnected);
    }

    /// A node that others know could not be connected to.
    pub(super) fn never_connected(&mut self, node: Atom) {
        self.tell_syncers(node);
        self.part(node, &Parting::Disconnected);
    }

    /// `{lost_connection,NodeA,Creation,Number,NodeB}`: A has lost its connection to B (B42).
    pub(super) fn lost_connection(&mut self, parts: &[Term], message: &Term) {
        let [Term::Atom(a), Term::Integer(creation), Term::Integer(number), Term::Atom(b)] = parts
        else {
            return;
        };
        let now = self.ctx.now();
        if !self.losses.heeded || !self.losses.is_news((*a, *b), *creation, *number, now) {
            return;
        }
        self.tell_known(message, *a);
        // B43: the lost node itself gives up the one that has lost it.
        let lost = if *b == self.ctx.node() { *a } else { *b };
        if self.knows(lost) {
            let order = tuple![atom!("remove_connection"), self.ctx.node()];
            wire::send_if_connected(&self.ctx, lost, order);
            self.warn("requested disconnect from", lost);
            self.part(lost, &Parting::Removed);
        }
    }

    /// Another node wants to have no connection with this one any more.
    pub(super) fn remove_connection(&mut self, node: Atom) {
        if self.knows(node) {
            self.ctx.disconnect_node(node);
            self.part(node, &Parting::Removed);
            self.warn("disconnected", node);
        }
    }

    /// Gives up the connections to all nodes, which are told so and have nothing to report of it (B51).
    pub(super) fn disconnect(&mut self) -> Vec<Atom> {
        let nodes: Vec<Atom> = self.known.union(&self.pending).copied().collect();
        for node in &nodes {
            let order = tuple![atom!("remove_connection"), self.ctx.node()];
            wire::send_if_connected(&self.ctx, *node, order);
            self.ctx.disconnect_node(*node);
            self.part(*node, &Parting::Removed);
        }
        nodes
    }

    fn part(&mut self, node: Atom, parting: &Parting) {
        self.end_meeting(node);
        self.ctx.send(self.locker, tuple![atom!("remove_from_known"), node]);
        match parting {
            Parting::Removed => {
                self.removing.insert(node);
            }
            Parting::Disconnected => {
                if !self.removing.remove(&node) {
                    self.report_loss(node);
                }
            }
        }
        self.known.remove(&node);
        self.synced.remove(&node);
    }

    /// Says to all that this node knows that it has lost `node` (B41).
    fn report_loss(&mut self, node: Atom) {
        if !self.losses.heeded {
            return;
        }
        self.losses.last_number += 1;
        let (number, creation) = (self.losses.last_number, self.ctx.incarnation().creation());
        let me = self.ctx.node();
        let report = tuple![atom!("lost_connection"), me, creation, number, node];
        self.tell_known(&report, node);
    }

    fn tell_known(&self, message: &Term, except: Atom) {
        for node in self.known.union(&self.pending).filter(|node| **node != except) {
            wire::send_if_connected(&self.ctx, *node, message.clone());
        }
    }

    fn knows(&self, node: Atom) -> bool {
        self.known.contains(&node) || self.pending.contains(&node)
    }

    fn warn(&self, what: &str, node: Atom) {
        let me = self.ctx.node();
        let text = format!(
            "'global' at node {me} {what} node {node} in order to prevent overlapping partitions"
        );
        self.ctx.log_report(Level::Warning, LogReport::OverlapPrevented, text);
    }
}
