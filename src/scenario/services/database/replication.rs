//! Replication of a leader's log to the stores, and the election of the leader.

use std::time::Duration;

use rand::RngExt;

use super::protocol::{Append, Epoch, LogEntry, StoreNotice, StoreReply, StoreRequest};
use super::{Mutation, Replication, Setup, consent};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, from_term};
use crate::otp::gen_server;

/// The number of times that a leader asks the stores to follow it before it gives up.
const ELECTION_ROUNDS: usize = 20;

/// The time that a leader waits for the stores to follow it.
const ELECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest pause before it asks again; two that ask at the same time draw apart.
const ELECTION_PAUSE_MS: u64 = 20;

/// The reason why a leader's log did not get to the stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplicationFailure {
    /// There is a leader of this later epoch.
    Superseded(Epoch),
    /// The store of the leader's own node does not answer.
    NoStore,
    /// Too few stores have agreed, in a database where a majority has to.
    NoMajority,
    /// The disk of a store is full.
    DiskFull,
    /// No store in reach knows what it had, as their disks are damaged.
    Damaged,
}

/// The log of a leader.
#[derive(Clone, Debug)]
pub(super) struct Leadership {
    pub(super) epoch: Epoch,
    pub(super) log: Vec<LogEntry>,
}

impl Leadership {
    /// That of an instance that does not lead yet.
    pub(super) fn none(ctx: &Context) -> Leadership {
        Leadership { epoch: Epoch(0, ctx.node()), log: Vec::new() }
    }

    pub(super) fn whole(&self) -> Append {
        Append { epoch: self.epoch, at: 0, entries: self.log.clone() }
    }
}

/// Makes this node's instance the leader: finds an epoch that is later than all that the stores in
/// reach know of, adopts the best of their logs, and gives it to all of them.
///
/// It begins after the latest epoch that the store of its own node knows of: where that store has
/// followed the last leader, the first attempt succeeds.
pub(super) async fn elect(ctx: &Context, setup: &Setup) -> Result<Leadership, ReplicationFailure> {
    let mut latest = latest_epoch(ctx, setup).await?;
    let mut setback = ReplicationFailure::NoStore;
    for _ in 0..ELECTION_ROUNDS {
        match try_to_lead(ctx, setup, Epoch(latest.0 + 1, ctx.node())).await {
            Ok(leadership) => return Ok(leadership),
            Err(found) => setback = found,
        }
        match setback {
            ReplicationFailure::Superseded(epoch) => latest = latest.max(epoch),
            ReplicationFailure::NoMajority | ReplicationFailure::Damaged => return Err(setback),
            ReplicationFailure::NoStore | ReplicationFailure::DiskFull => {}
        }
        let pause = ctx.with_rng(|rng| rng.random_range(1..=ELECTION_PAUSE_MS));
        ctx.sleep(Duration::from_millis(pause)).await;
    }
    Err(setback)
}

/// The latest epoch that the store of this node knows of.
async fn latest_epoch(ctx: &Context, setup: &Setup) -> Result<Epoch, ReplicationFailure> {
    let timeout = Some(ELECTION_TIMEOUT);
    let replies = ask(ctx, setup, &[ctx.node()], &StoreRequest::Latest, timeout).await;
    match replies.as_deref() {
        Ok([(_, StoreReply::Follows(epoch))]) => Ok(*epoch),
        Ok([(_, StoreReply::Damaged)]) => Ok(Epoch(0, ctx.node())),
        // A majority of the other stores will do.
        _ if setup.settings.is_consistent() => Ok(Epoch(0, ctx.node())),
        _ => Err(ReplicationFailure::NoStore),
    }
}

async fn try_to_lead(
    ctx: &Context,
    setup: &Setup,
    epoch: Epoch,
) -> Result<Leadership, ReplicationFailure> {
    let nodes = connected_stores(ctx, setup);
    let timeout = Some(ELECTION_TIMEOUT);
    let request = StoreRequest::Elect(epoch);
    let replies = if setup.settings.is_consistent() {
        consent::ask(ctx, setup, &request, None).await?
    } else {
        let replies = ask(ctx, setup, &nodes, &request, timeout).await?;
        none_is_full(&replies)?;
        replies
    };
    let mut best: Option<(Epoch, Vec<LogEntry>)> = None;
    for (_, reply) in replies {
        if let StoreReply::Elected(epoch, log) = reply
            && best.as_ref().is_none_or(|best| is_better(setup, (epoch, &log), best))
        {
            best = Some((epoch, log));
        }
    }
    let (_, log) = best.ok_or(ReplicationFailure::Damaged)?;
    let leadership = Leadership { epoch, log };
    let request = StoreRequest::Append(leadership.whole());
    if setup.settings.is_consistent() {
        consent::ask(ctx, setup, &request, None).await?;
    } else {
        let replies = ask(ctx, setup, &followers(ctx, setup), &request, timeout).await?;
        none_is_full(&replies)?;
    }
    Ok(leadership)
}

/// True if a log is from a later epoch than another, or from the same and longer.
fn is_better(
    setup: &Setup,
    (epoch, log): (Epoch, &[LogEntry]),
    best: &(Epoch, Vec<LogEntry>),
) -> bool {
    if setup.settings.mutation == Mutation::IgnoreEpoch {
        return log.len() > best.1.len();
    }
    (epoch, log.len()) > (best.0, best.1.len())
}

/// Gets one more entry to the stores, as the settings say.
pub(super) async fn append(
    ctx: &Context,
    setup: &Setup,
    leadership: &Leadership,
    entry: &LogEntry,
) -> Result<(), ReplicationFailure> {
    let at = leadership.log.len() as u64;
    let append = Append { epoch: leadership.epoch, at, entries: vec![entry.clone()] };
    let early = setup.settings.mutation == Mutation::AnswerEarly;
    let nodes = match setup.settings.replication {
        Replication::Sync if !early => followers(ctx, setup),
        Replication::Async | Replication::Sync => {
            tell_others(ctx, setup, &append);
            vec![ctx.node()]
        }
        Replication::None | Replication::Consistent => vec![ctx.node()],
    };
    let request = StoreRequest::Append(append);
    let timeout = setup.settings.replication_timeout;
    let replies = ask(ctx, setup, &nodes, &request, timeout).await?;
    none_is_full(&replies)?;
    let behind = replies.into_iter().filter(|(_, reply)| *reply == StoreReply::Behind);
    let behind: Vec<Atom> = behind.map(|(node, _)| node).collect();
    if behind.is_empty() {
        return Ok(());
    }
    let mut whole = leadership.whole();
    whole.entries.push(entry.clone());
    ask(ctx, setup, &behind, &StoreRequest::Append(whole), timeout).await.map(drop)
}

/// True if no store had to refuse for want of space.
fn none_is_full(replies: &[(Atom, StoreReply)]) -> Result<(), ReplicationFailure> {
    let is_full = replies.iter().any(|(_, reply)| *reply == StoreReply::Full);
    if is_full { Err(ReplicationFailure::DiskFull) } else { Ok(()) }
}

/// Gives the store of a node the whole log, where it is to have it.
pub(super) async fn bring_up_to_date(
    ctx: &Context,
    setup: &Setup,
    leadership: &Leadership,
    node: Atom,
) -> Result<(), ReplicationFailure> {
    if !followers(ctx, setup).contains(&node) {
        return Ok(());
    }
    if setup.settings.is_consistent() {
        let notice = StoreNotice::Append(leadership.whole(), ctx.pid());
        gen_server::cast(ctx, (setup.store, node), notice);
        return Ok(());
    }
    let request = StoreRequest::Append(leadership.whole());
    ask(ctx, setup, &[node], &request, setup.settings.replication_timeout).await.map(drop)
}

/// The nodes in reach that have a store, this one first.
pub(super) fn connected_stores(ctx: &Context, setup: &Setup) -> Vec<Atom> {
    let others = setup.nodes.iter().copied().filter(|node| ctx.is_connected(*node));
    std::iter::once(ctx.node()).chain(others).collect()
}

/// The nodes in reach whose stores are to have the leader's log, this one first.
fn followers(ctx: &Context, setup: &Setup) -> Vec<Atom> {
    match setup.settings.replication {
        Replication::None => vec![ctx.node()],
        Replication::Async | Replication::Sync | Replication::Consistent => {
            connected_stores(ctx, setup)
        }
    }
}

fn tell_others(ctx: &Context, setup: &Setup, append: &Append) {
    for node in connected_stores(ctx, setup).into_iter().skip(1) {
        let notice = StoreNotice::Append(append.clone(), ctx.pid());
        gen_server::cast(ctx, (setup.store, node), notice);
    }
}

/// Asks stores. One that is out of reach, or too late, is passed over, unless it is this node's.
async fn ask(
    ctx: &Context,
    setup: &Setup,
    nodes: &[Atom],
    request: &StoreRequest,
    timeout: Option<Duration>,
) -> Result<Vec<(Atom, StoreReply)>, ReplicationFailure> {
    let (replies, bad) = gen_server::multi_call(ctx, nodes, setup.store, request, timeout).await;
    let mut understood = Vec::new();
    for (node, reply) in replies {
        match from_term(&reply) {
            Ok(StoreReply::Fenced(epoch)) => return Err(ReplicationFailure::Superseded(epoch)),
            Ok(reply) => understood.push((node, reply)),
            Err(_) => {}
        }
    }
    if bad.contains(&ctx.node()) { Err(ReplicationFailure::NoStore) } else { Ok(understood) }
}
