//! The consent of a majority of all stores, for a leader that needs it.

use std::time::Duration;

use super::Setup;
use super::protocol::{Append, StoreNotice, StoreReply, StoreRequest};
use super::replication::{Leadership, ReplicationFailure, connected_stores};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Ref, Term, from_term};
use crate::otp::gen_server;

/// The time that a leader waits for the stores, unless the settings say otherwise.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Waits until a majority of the stores has the whole log of a leader that they still follow. The
/// last `new` entries are sent to all; a store that lacks more gets everything.
pub(super) async fn commit(
    ctx: &Context,
    setup: &Setup,
    leadership: &Leadership,
    new: usize,
) -> Result<(), ReplicationFailure> {
    let at = leadership.log.len() - new;
    let entries = leadership.log[at..].to_vec();
    let append = Append { epoch: leadership.epoch, at: at as u64, entries };
    ask(ctx, setup, &StoreRequest::Append(append), Some(leadership)).await.map(drop)
}

/// Asks all stores in reach, and waits until a majority of all stores agrees. One that is behind is
/// given the whole log of the leader, if there is one.
pub(super) async fn ask(
    ctx: &Context,
    setup: &Setup,
    request: &StoreRequest,
    leadership: Option<&Leadership>,
) -> Result<Vec<(Atom, StoreReply)>, ReplicationFailure> {
    let nodes = connected_stores(ctx, setup);
    if nodes.len() < setup.majority() {
        return Err(ReplicationFailure::NoMajority);
    }
    let mark = ctx.make_ref();
    let tell = |node: Atom, request: &StoreRequest| {
        let notice = StoreNotice::Ask(request.clone(), ctx.pid(), mark);
        gen_server::cast(ctx, (setup.store, node), notice);
    };
    for node in &nodes {
        tell(*node, request);
    }
    let timeout = setup.settings.replication_timeout.unwrap_or(TIMEOUT);
    let end = ctx.monotonic_time() + timeout;
    let (mut agreed, mut open) = (Vec::new(), nodes.len());
    while agreed.len() < setup.majority() && open > 0 {
        let left = end.saturating_sub(ctx.monotonic_time());
        let wanted = ctx.receive_where(move |message| is_reply(message, mark));
        let Some(message) = wanted.within(left).await else { break };
        let Some((node, reply)) = reply(&message) else { continue };
        match (reply, leadership) {
            (StoreReply::Fenced(epoch), _) => return Err(ReplicationFailure::Superseded(epoch)),
            (StoreReply::Behind, Some(leadership)) => {
                tell(node, &StoreRequest::Append(leadership.whole()));
            }
            (StoreReply::Behind | StoreReply::Full | StoreReply::Damaged, _) => open -= 1,
            (
                reply @ (StoreReply::Follows(_) | StoreReply::Elected(..) | StoreReply::Appended),
                _,
            ) => {
                open -= 1;
                agreed.push((node, reply));
            }
        }
    }
    if agreed.len() >= setup.majority() { Ok(agreed) } else { Err(ReplicationFailure::NoMajority) }
}

fn is_reply(message: &Term, mark: Ref) -> bool {
    let of = message.tagged("store_reply").and_then(<[Term]>::first).and_then(Term::as_reference);
    of == Some(mark)
}

fn reply(message: &Term) -> Option<(Atom, StoreReply)> {
    match message.tagged("store_reply")? {
        [_, Term::Atom(node), reply] => Some((*node, from_term(reply).ok()?)),
        _ => None,
    }
}
