//! Locks that are held on several nodes at once.

use std::time::Duration;

use rand::RngExt;

use super::call::multi_call;
use super::table;
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::{atom, tuple};

/// A resource to lock, and its requester.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockId {
    /// The resource.
    pub resource: Term,
    /// Whoever gives the same requester shares the lock.
    pub requester: Term,
}

impl<R: Into<Term>, Q: Into<Term>> From<(R, Q)> for LockId {
    fn from((resource, requester): (R, Q)) -> LockId {
        LockId { resource: resource.into(), requester: requester.into() }
    }
}

impl LockId {
    fn request(&self, verb: Atom) -> Term {
        tuple![verb, tuple![&self.resource, &self.requester]]
    }
}

/// Locks a resource for a requester on `nodes`, or on this node and all that it is connected to.
///
/// While it is locked for another requester, sleeps and tries again, `retries` times or for ever;
/// `false` when it never succeeded (G17). Locks on different sets of nodes exclude each other on
/// the common nodes only. A lock is free when it is deleted, or when the process that set it dies
/// or its node goes down (G20).
pub async fn set_lock(
    ctx: &Context,
    resource: impl Into<Term>,
    requester: impl Into<Term>,
    nodes: Option<Vec<Atom>>,
    retries: Option<u32>,
) -> bool {
    let nodes = nodes.unwrap_or_else(|| everywhere(ctx));
    set_lock_on(ctx, &LockId::from((resource, requester)), &nodes, retries).await
}

/// Frees a resource that this process has locked; nothing happens if it has not (G18).
pub async fn del_lock(
    ctx: &Context,
    resource: impl Into<Term>,
    requester: impl Into<Term>,
    nodes: Option<Vec<Atom>>,
) {
    let nodes = nodes.unwrap_or_else(|| everywhere(ctx));
    del_lock_on(ctx, &LockId::from((resource, requester)), &nodes).await;
}

/// Runs `body` while the lock is held on this node and all that it is connected to (G19).
pub async fn trans<T>(
    ctx: &Context,
    id: impl Into<LockId>,
    body: impl AsyncFnOnce() -> T,
) -> Option<T> {
    trans_on(ctx, id, None, None, body).await
}

/// Runs `body` while the lock is held on `nodes`; `None` when it was not to be had with this many
/// retries (G19). The lock is released when `body` has returned, be it an error or not, and when
/// the process dies in it.
pub async fn trans_on<T>(
    ctx: &Context,
    id: impl Into<LockId>,
    nodes: Option<Vec<Atom>>,
    retries: Option<u32>,
    body: impl AsyncFnOnce() -> T,
) -> Option<T> {
    let (id, nodes) = (id.into(), nodes.unwrap_or_else(|| everywhere(ctx)));
    if !set_lock_on(ctx, &id, &nodes, retries).await {
        return None;
    }
    let result = body().await;
    del_lock_on(ctx, &id, &nodes).await;
    Some(result)
}

fn everywhere(ctx: &Context) -> Vec<Atom> {
    std::iter::once(ctx.node()).chain(ctx.nodes()).collect()
}

/// [`set_lock`] with the nodes given.
pub(super) async fn set_lock_on(
    ctx: &Context,
    id: &LockId,
    nodes: &[Atom],
    retries: Option<u32>,
) -> bool {
    let mut tries = 0;
    while !try_lock(ctx, id, nodes).await {
        if Some(tries) == retries {
            return false;
        }
        tries = tries.saturating_add(1);
        random_sleep(ctx, tries).await;
    }
    true
}

/// [`del_lock`] with the nodes given.
pub(super) async fn del_lock_on(ctx: &Context, id: &LockId, nodes: &[Atom]) {
    multi_call(ctx, nodes, &id.request(atom!("del_lock"))).await;
}

/// Tries once to lock on all of `nodes`; on failure gives back what it got.
///
/// Asks itself first: when this node's own lock is taken, no other node is bothered.
pub(super) async fn try_lock(ctx: &Context, id: &LockId, nodes: &[Atom]) -> bool {
    let ask_others = nodes.len() == 1
        || !nodes.contains(&ctx.node())
        || table::of(ctx).borrow().can_lock(&id.resource, &id.requester);
    if !ask_others {
        return false;
    }
    let replies = multi_call(ctx, nodes, &id.request(atom!("set_lock"))).await;
    let (locked, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|(_, reply)| reply.is_atom("true"));
    if refused.is_empty() {
        return true;
    }
    let locked: Vec<Atom> = locked.into_iter().map(|(node, _)| node).collect();
    if !locked.is_empty() {
        del_lock_on(ctx, id, &locked).await;
    }
    false
}

/// Sleeps for a random time whose bound doubles with `times`, from 1/8 s up to 8 s (G17).
pub(super) async fn random_sleep(ctx: &Context, times: u32) {
    let bound: u64 = if times > 5 { 8000 } else { (1 << times) * 1000 / 8 };
    let millis = ctx.with_rng(|rng| rng.random_range(1..=bound));
    ctx.sleep(Duration::from_millis(millis)).await;
}

/// The node where competitors for a lock on `nodes` meet first, so that they do not lock each
/// other out half-way.
pub(super) fn boss(nodes: impl IntoIterator<Item = Atom>) -> Option<Atom> {
    nodes.into_iter().max()
}

/// Frees a lock, on the boss node last.
pub(super) async fn release(ctx: &Context, id: &LockId, nodes: &[Atom]) {
    let boss = boss(nodes.iter().copied());
    let others: Vec<Atom> = nodes.iter().copied().filter(|node| Some(*node) != boss).collect();
    del_lock_on(ctx, id, &others).await;
    del_lock_on(ctx, id, boss.as_slice()).await;
}
