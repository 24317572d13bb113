//! The locker: the process that takes the lock on all names, on all nodes that either of two nodes
//! that meet knows, together with the locker of the other node.
//!
//! Many nodes may meet at once. Each locker picks one of the lockers that it has heard of, locks
//! the nodes of its own side, and asks the other to do the same. Two lockers who pick each other
//! use the same requester, made of both their pids, so that they do not shut each other out; any
//! other pair has to wait, for a fixed time that grows with the number of known nodes.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::RngExt;

use super::lock::{LockId, boss, del_lock_on, release, set_lock_on};
use super::{table, wire};
use crate::engine::runtime::{Context, ExitResult};
use crate::engine::term::{Atom, Pid, Term};
use crate::{atom, tuple};

/// The state of a locker.
pub(super) struct Locker {
    ctx: Context,
    /// Lockers to meet on the same host, which go first, and on others.
    near: Vec<Peer>,
    far: Vec<Peer>,
    known: BTreeSet<Atom>,
    /// It has just met one, so that the next is tried without waiting.
    just_synced: bool,
}

/// The locker of another node, and the tags of the meeting.
#[derive(Clone, Copy)]
struct Peer {
    node: Atom,
    locker: Pid,
    my_tag: i64,
    his_tag: i64,
}

/// A message of the other locker, or of the own server.
enum Answer {
    Locked,
    Refused,
    Cancelled(Term),
}

impl Locker {
    pub(super) fn new(ctx: Context) -> Locker {
        let (near, far) = (Vec::new(), Vec::new());
        Locker { ctx, near, far, known: BTreeSet::new(), just_synced: false }
    }

    pub(super) async fn run(mut self) -> ExitResult {
        self.ctx.trap_exit(true);
        loop {
            match self.next_message().await {
                Some(message) => self.handle(&message).await,
                None if self.all_names_locked() => {}
                None => self.meet_somebody().await,
            }
        }
    }

    /// The next message, or nothing when it is time to meet somebody.
    async fn next_message(&mut self) -> Option<Term> {
        if let Some(message) = self.ctx.receive().within(Duration::ZERO).await {
            return Some(message);
        }
        let patience = self.patience();
        self.just_synced = false;
        match patience {
            Some(patience) => self.ctx.receive().within(patience).await,
            None => Some(self.ctx.receive().await),
        }
    }

    /// The time to wait for others to meet before meeting somebody; for ever if nobody is there.
    fn patience(&self) -> Option<Duration> {
        if self.near.is_empty() && self.far.is_empty() {
            return None;
        }
        Some(match self.known.len() as u64 {
            _ if self.just_synced => Duration::ZERO,
            0 => Duration::from_millis(200),
            known => Duration::from_millis((1000 + 100 * known).min(3000)),
        })
    }

    fn all_names_locked(&self) -> bool {
        table::of(&self.ctx).borrow().locks.contains_key(&Term::from(atom!("global")))
    }

    async fn handle(&mut self, message: &Term) {
        let Some([Term::Atom(tag), rest @ ..]) = message.as_tuple() else { return };
        match (tag.as_str(), rest) {
            (
                "his_the_locker",
                [Term::Pid(locker), Term::Integer(his_tag), Term::Integer(my_tag)],
            ) => {
                let (his_tag, my_tag) = (*his_tag, *my_tag);
                self.add(Peer { node: locker.node(), locker: *locker, my_tag, his_tag });
            }
            ("cancel", [Term::Atom(node), Term::Integer(tag), _]) => self.remove(*node, *tag),
            ("lock_set", [Term::Pid(other), locked, tag @ ..]) if locked.is_atom("true") => {
                self.other_has_locked(*other, tag.last()).await;
            }
            ("add_to_known" | "remove_from_known", _) => self.update_known(message),
            _ => {}
        }
    }

    fn update_known(&mut self, message: &Term) {
        if let Some([nodes]) = message.tagged("add_to_known") {
            self.known.extend(wire::atoms(nodes));
        }
        if let Some([Term::Atom(node)]) = message.tagged("remove_from_known") {
            self.known.remove(node);
        }
    }

    fn add(&mut self, peer: Peer) {
        let host = |node: Atom| node.as_str().split_once('@').map(|(_, host)| host);
        let near = host(peer.node) == host(self.ctx.node());
        if near { self.near.push(peer) } else { self.far.push(peer) }
    }

    fn remove(&mut self, node: Atom, my_tag: i64) {
        for peers in [&mut self.near, &mut self.far] {
            peers.retain(|peer| peer.node != node || peer.my_tag != my_tag);
        }
    }

    /// Picks one of the others, locks the own side, and goes on if the other does the same.
    async fn meet_somebody(&mut self) {
        let known = &self.known;
        let peers = if self.near.is_empty() { &mut self.far } else { &mut self.near };
        peers.retain(|peer| !known.contains(&peer.node));
        if peers.is_empty() {
            return;
        }
        let pick = self.ctx.with_rng(|rng| rng.random_range(0..peers.len()));
        let peer = peers[pick];
        let id = self.lock_id(peer.locker);
        if !self.lock_own_side(&id, Some(peer.node)).await {
            return;
        }
        self.tell(peer, true);
        match self.answer_of(peer).await {
            Answer::Locked => {
                self.hold_until_cancelled(peer, &id, Some(peer.node)).await;
                self.just_synced = true;
                self.remove(peer.node, peer.my_tag);
            }
            Answer::Refused => self.release(&id, Some(peer.node)).await,
            Answer::Cancelled(news) => {
                self.spread(&news);
                self.release(&id, Some(peer.node)).await;
                self.remove(peer.node, peer.my_tag);
            }
        }
    }

    /// The other has picked this one and locked its side.
    async fn other_has_locked(&mut self, other: Pid, my_tag: Option<&Term>) {
        let current = self.near.iter().chain(&self.far).find(|peer| {
            peer.node == other.node() && my_tag.and_then(Term::as_integer) == Some(peer.my_tag)
        });
        let Some(peer) = current.copied() else {
            // No tag of the other's is known: it has to take this for the current one.
            let refusal = tuple![atom!("lock_set"), self.ctx.pid(), false];
            self.ctx.send(other, refusal);
            return;
        };
        let id = self.lock_id(other);
        let locked = self.lock_own_side(&id, None).await;
        self.tell(Peer { locker: other, ..peer }, locked);
        self.just_synced = locked;
        if locked {
            self.hold_until_cancelled(peer, &id, None).await;
            self.remove(peer.node, peer.my_tag);
        }
    }

    fn lock_id(&self, other: Pid) -> LockId {
        let (first, second) = (self.ctx.pid().min(other), self.ctx.pid().max(other));
        LockId::from((atom!("global"), crate::list![first, second]))
    }

    /// Locks all that this node knows, the boss node first, and then this node and the one to
    /// meet.
    async fn lock_own_side(&mut self, id: &LockId, other: Option<Atom>) -> bool {
        let me = self.ctx.node();
        let first = boss(self.known.iter().copied().chain([me]));
        let first = first.as_slice();
        let free = table::of(&self.ctx).borrow().can_lock(&id.resource, &id.requester);
        if (first != [me] && !free) || !self.lock(id, first).await {
            return false;
        }
        self.catch_up_with_known().await;
        let second: Vec<Atom> =
            [me].into_iter().chain(other).filter(|node| !first.contains(node)).collect();
        if !self.lock(id, &second).await {
            del_lock_on(&self.ctx, id, first).await;
            return false;
        }
        let rest: Vec<Atom> =
            self.known.iter().copied().filter(|node| !first.contains(node)).collect();
        if !self.lock(id, &rest).await {
            del_lock_on(&self.ctx, id, &[first, &second].concat()).await;
            return false;
        }
        true
    }

    async fn lock(&self, id: &LockId, nodes: &[Atom]) -> bool {
        set_lock_on(&self.ctx, id, nodes, Some(0)).await
    }

    /// Nodes may have come and gone while the boss node was waited for.
    async fn catch_up_with_known(&mut self) {
        let about_known = |message: &Term| {
            message.tagged("add_to_known").or(message.tagged("remove_from_known")).is_some()
        };
        while let Some(message) = self.ctx.receive_where(about_known).within(Duration::ZERO).await {
            self.update_known(&message);
        }
    }

    fn tell(&self, peer: Peer, locked: bool) {
        let message = tuple![
            atom!("lock_set"),
            self.ctx.pid(),
            locked,
            wire::nodes(self.known.iter().copied()),
            peer.his_tag
        ];
        wire::cast(&self.ctx, peer.locker.node(), message);
    }

    async fn answer_of(&self, peer: Peer) -> Answer {
        let message = self.ctx.receive_where(move |message| is_answer(message, peer)).await;
        match message.as_tuple() {
            Some([tag, _, _, news]) if tag.is_atom("cancel") => Answer::Cancelled(news.clone()),
            Some([_, _, locked, ..]) if locked.is_atom("true") => Answer::Locked,
            Some(_) | None => Answer::Refused,
        }
    }

    /// Leaves it to the servers to exchange names, and frees the lock when the own one says so.
    async fn hold_until_cancelled(&self, peer: Peer, id: &LockId, other: Option<Atom>) {
        let done = tuple![atom!("lock_is_set"), peer.node, peer.my_tag, &id.requester];
        wire::cast(&self.ctx, self.ctx.node(), done);
        let cancel = self.ctx.receive_where(move |message| is_cancel(message, peer)).await;
        if let Some([_, _, news]) = cancel.tagged("cancel") {
            self.spread(news);
        }
        self.release(id, other).await;
    }

    /// Tells the own side whom this node has met, `{Message,Nodes}`, while the lock is still held.
    fn spread(&self, news: &Term) {
        if let Some([message, audience]) = news.as_tuple() {
            for node in wire::atoms(audience) {
                wire::cast(&self.ctx, node, message.clone());
            }
        }
    }

    async fn release(&self, id: &LockId, other: Option<Atom>) {
        let nodes: Vec<Atom> =
            [self.ctx.node()].into_iter().chain(other).chain(self.known.iter().copied()).collect();
        release(&self.ctx, id, &nodes).await;
    }
}

fn is_cancel(message: &Term, peer: Peer) -> bool {
    matches!(message.tagged("cancel"), Some([Term::Atom(node), Term::Integer(tag), _])
        if *node == peer.node && *tag == peer.my_tag)
}

fn is_answer(message: &Term, peer: Peer) -> bool {
    let about_lock = match message.tagged("lock_set") {
        Some([Term::Pid(locker), _, _, Term::Integer(tag)]) => {
            locker.node() == peer.node && *tag == peer.my_tag
        }
        Some([Term::Pid(locker), _]) => locker.node() == peer.node,
        _ => false,
    };
    about_lock || is_cancel(message, peer)
}
