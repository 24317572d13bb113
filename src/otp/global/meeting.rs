//! Two nodes meet: both lock all that they know, send each other their names, settle conflicts,
//! and make the nodes of each known to the nodes of the other (B3, G8, G9).
//!
//! The steps at each of the two, A and B:
//!
//! 1. `nodeup`: send `init_connect` with the locker and a fresh tag; start a resolver.
//! 2. `init_connect` from the other: hand its locker to the own one.
//! 3. The two lockers take the lock on all names on all nodes that either side knows, and tell
//!    their servers `lock_is_set`: send `exchange` with all names.
//! 4. Both `lock_is_set` and the other's `exchange` are there: the resolver compares the names and
//!    says `exchange_ops`; send the other its share as `resolved`.
//! 5. Both `exchange_ops` and the other's `resolved` are there: apply them, tell the own side as
//!    `new_nodes`, let the locker go, and have every node of the other side connected to.
//!
//! Tags tell one attempt from the next between the same nodes: what carries an old one is stale.

use super::names::{Authority, Claim};
use super::server::Server;
use super::{exchange, sync, wire};
use crate::engine::term::{Atom, Pid, Term};
use crate::{atom, tuple};

/// The progress of a meeting with another node.
#[derive(Default)]
pub(super) struct Meeting {
    /// Step 1 is done: the own tag, and the resolver.
    mine: Option<(i64, Pid)>,
    his_tag: Option<i64>,
    /// The other's locker and tag, come before the own `nodeup`.
    early: Option<(Pid, i64)>,
    half: Option<Half>,
    compared: Option<Compared>,
    /// The id of the lock on all names.
    lock: Option<Term>,
}

/// The collected parts of step 4.
enum Half {
    Locked,
    HisNames(Term),
}

/// The collected parts of step 5.
enum Compared {
    Mine(Vec<Term>),
    His { resolved: Term, known: Term },
}

impl Server {
    pub(super) fn node_up(&mut self, node: Atom) {
        let connect = self.connect_all;
        if !connect || self.known.contains(&node) || self.my_tag(node).is_some() {
            return;
        }
        self.last_tag += 1;
        let tag = self.last_tag;
        let introduction = tuple![atom!("init_connect"), tag, self.ctx.node(), self.locker];
        wire::cast(&self.ctx, node, introduction);
        let resolver = exchange::start(&self.ctx, node, tag);
        let meeting = self.meetings.entry(node).or_default();
        meeting.mine = Some((tag, resolver));
        if let Some((locker, his_tag)) = meeting.early.take() {
            self.met(node, his_tag, locker);
        }
    }

    /// The other node introduces itself.
    pub(super) fn met(&mut self, node: Atom, his_tag: i64, locker: Pid) {
        if self.pending.contains(&node) {
            self.send_cancel(node, his_tag);
            self.restart_meeting(node);
        }
        let meeting = self.meetings.entry(node).or_default();
        meeting.his_tag = Some(his_tag);
        let Some((my_tag, _)) = meeting.mine else {
            meeting.early = Some((locker, his_tag));
            return;
        };
        self.ctx.send(self.locker, tuple![atom!("his_the_locker"), locker, his_tag, my_tag]);
        let ack = tuple![atom!("init_connect_ack"), self.ctx.node(), his_tag, my_tag];
        wire::send_if_connected(&self.ctx, node, ack);
        self.pending.insert(node);
    }

    pub(super) fn meeting_acknowledged(&mut self, node: Atom, my_tag: &Term, his_tag: &Term) {
        let his_known_tag = self.meetings.get(&node).and_then(|meeting| meeting.his_tag);
        let in_step = self.is_current(node, my_tag) && his_known_tag == his_tag.as_integer();
        if let (false, Some(his_tag)) = (in_step, his_tag.as_integer()) {
            self.send_cancel(node, his_tag);
            self.restart_meeting(node);
        }
    }

    pub(super) fn meeting_cancelled(&mut self, node: Atom, tag: i64) {
        if self.my_tag(node) == Some(tag) {
            self.restart_meeting(node);
        }
    }

    /// Step 3 is done.
    pub(super) fn locked_for(&mut self, node: Atom, tag: &Term, lock: &Term) {
        if !self.is_current(node, tag) {
            return;
        }
        let names = self.all_names();
        let Some(meeting) = self.meetings.get_mut(&node) else { return };
        meeting.lock = Some(lock.clone());
        let early = meeting.half.replace(Half::Locked);
        let his_tag = meeting.his_tag.map_or(Term::atom("undefined"), Term::from);
        wire::cast(&self.ctx, node, tuple![atom!("exchange"), self.ctx.node(), names, his_tag]);
        if let Some(Half::HisNames(names)) = early {
            self.compare(node, &names);
        }
    }

    pub(super) fn names_came(&mut self, node: Atom, names: &Term, tag: &Term) {
        if !self.is_current(node, tag) {
            return;
        }
        let Some(meeting) = self.meetings.get_mut(&node) else { return };
        match meeting.half {
            Some(Half::Locked) => self.compare(node, names),
            Some(Half::HisNames(_)) | None => meeting.half = Some(Half::HisNames(names.clone())),
        }
    }

    fn compare(&mut self, node: Atom, names: &Term) {
        let Some(meeting) = self.meetings.get_mut(&node) else { return };
        meeting.half = None;
        if let Some((_, resolver)) = meeting.mine {
            self.ctx.send(resolver, tuple![atom!("resolve"), names]);
        }
    }

    /// The own resolver is done: `operations` are for this side, `resolved` for the other one.
    pub(super) fn names_compared(
        &mut self,
        node: Atom,
        tag: &Term,
        operations: &Term,
        resolved: &Term,
    ) {
        if !self.is_current(node, tag) {
            return;
        }
        let known = wire::nodes(self.known.iter().copied());
        let Some(meeting) = self.meetings.get_mut(&node) else { return };
        let his_tag = meeting.his_tag.map_or(Term::atom("undefined"), Term::from);
        let operations = operations.as_list().unwrap_or_default().to_vec();
        let other = meeting.compared.take();
        let share = tuple![atom!("resolved"), self.ctx.node(), resolved, known, his_tag];
        wire::cast(&self.ctx, node, share);
        match other {
            Some(Compared::His { resolved, known }) => {
                self.resolved(node, operations, &resolved, &known);
            }
            Some(Compared::Mine(_)) | None => {
                meeting.compared = Some(Compared::Mine(operations));
            }
        }
    }

    pub(super) fn his_names_compared(
        &mut self,
        node: Atom,
        resolved: &Term,
        known: &Term,
        tag: &Term,
    ) {
        if !self.is_current(node, tag) {
            return;
        }
        let Some(meeting) = self.meetings.get_mut(&node) else { return };
        match meeting.compared.take() {
            Some(Compared::Mine(operations)) => self.resolved(node, operations, resolved, known),
            Some(Compared::His { .. }) | None => {
                let (resolved, known) = (resolved.clone(), known.clone());
                meeting.compared = Some(Compared::His { resolved, known });
            }
        }
    }

    /// Step 5: everything is there.
    fn resolved(&mut self, node: Atom, mut operations: Vec<Term>, resolved: &Term, known: &Term) {
        operations.extend_from_slice(resolved.as_list().unwrap_or_default());
        let his_known: Vec<Atom> = wire::atoms(known).collect();
        let lock = self.meetings.get(&node).and_then(|meeting| meeting.lock.clone());
        sync::connect_others(&self.ctx, his_known.iter().copied());
        self.apply(&operations, lock.as_ref());
        self.tell_syncers(node);
        for other in &his_known {
            self.pending.remove(other);
            self.end_meeting(*other);
        }
        let new_nodes: Vec<Atom> = std::iter::once(node).chain(his_known).collect();
        let lock = lock.unwrap_or_else(|| Term::atom("undefined"));
        let news =
            tuple![atom!("new_nodes"), operations, wire::nodes(new_nodes.iter().copied()), lock];
        let audience = wire::nodes(self.known.iter().copied());
        self.pending.remove(&node);
        self.end_meeting_with(node, tuple![news, audience]);
        self.add_known(new_nodes);
        self.synced.insert(node);
    }

    /// A node of the own side has met another one.
    pub(super) fn new_nodes(&mut self, operations: &Term, nodes: &Term, lock: &Term) {
        let added = self.add_known(wire::atoms(nodes).collect());
        sync::connect_others(&self.ctx, added.into_iter());
        self.apply(operations.as_list().unwrap_or_default(), Some(lock));
    }

    /// A node that this one has connected to, or that has connected to this one, because nodes
    /// that both know have met: no names need to be exchanged.
    pub(super) fn in_sync(&mut self, node: Atom) {
        self.tell_syncers(node);
        self.pending.remove(&node);
        self.synced.insert(node);
        self.end_meeting(node);
    }

    fn apply(&mut self, operations: &[Term], lock: Option<&Term>) {
        for operation in operations {
            if let Some([claim]) = operation.tagged("insert")
                && let Some([name, Term::Pid(pid), method]) = claim.as_tuple()
            {
                let claim = Claim { name: name.clone(), pid: *pid, method: method.clone() };
                self.insert_name(claim, &Authority::Lock(lock));
            }
        }
        for operation in operations {
            if let Some([name]) = operation.tagged("delete") {
                self.delete_name(name);
            }
        }
    }

    fn add_known(&mut self, nodes: Vec<Atom>) -> Vec<Atom> {
        let me = self.ctx.node();
        let added: Vec<Atom> =
            nodes.into_iter().filter(|node| *node != me && self.known.insert(*node)).collect();
        let news = tuple![atom!("add_to_known"), wire::nodes(added.iter().copied())];
        self.ctx.send(self.locker, news);
        added
    }

    pub(super) fn tell_syncers(&self, node: Atom) {
        for syncer in &self.syncers {
            self.ctx.send(*syncer, tuple![atom!("synced"), node]);
        }
    }

    fn my_tag(&self, node: Atom) -> Option<i64> {
        self.meetings.get(&node)?.mine.map(|(tag, _)| tag)
    }

    /// Returns whether a tag is the one of the attempt that is under way.
    pub(super) fn is_current(&self, node: Atom, tag: &Term) -> bool {
        let current = self.my_tag(node);
        current.is_some() && current == tag.as_integer()
    }

    fn send_cancel(&self, node: Atom, his_tag: i64) {
        let cancel = tuple![atom!("cancel_connect"), self.ctx.node(), his_tag];
        wire::send_if_connected(&self.ctx, node, cancel);
    }

    fn restart_meeting(&mut self, node: Atom) {
        let again = self.my_tag(node).is_some();
        self.end_meeting(node);
        if again {
            self.node_up(node);
        }
    }

    /// Forgets how far this node has come with another one. The other one is told if it may be
    /// waiting.
    pub(super) fn end_meeting(&mut self, node: Atom) {
        self.end_meeting_with(node, atom!("no_news").into());
    }

    /// As [`Server::end_meeting`]; the locker spreads the news before it frees the lock.
    fn end_meeting_with(&mut self, node: Atom, news: Term) {
        let waiting = self.pending.remove(&node);
        let Some(meeting) = self.meetings.remove(&node) else { return };
        if let Some((tag, resolver)) = meeting.mine {
            self.ctx.send(self.locker, tuple![atom!("cancel"), node, tag, news]);
            self.ctx.exit_signal(resolver, atom!("kill"));
        }
        if let (true, Some(his_tag)) = (waiting, meeting.his_tag) {
            self.send_cancel(node, his_tag);
        }
    }
}
