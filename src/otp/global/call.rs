//! Calls to the name servers of one or many nodes.

use super::wire;
use crate::runtime::{Context, Mark};
use crate::term::{Atom, Ref, Term};
use crate::{atom, tuple};

/// Calls this node's server; `None` when there is none, or when it dies.
pub(super) async fn call(ctx: &Context, request: &Term) -> Option<Term> {
    multi_call(ctx, &[ctx.node()], request).await.pop().map(|(_, reply)| reply)
}

/// Calls the servers of `nodes` at once and waits for all; the ones that do not answer because
/// their node or their server is gone are left out. A node that is not connected is connected to,
/// and a silent one is waited for until it is found to be down (G7).
pub(super) async fn multi_call(ctx: &Context, nodes: &[Atom], request: &Term) -> Vec<(Atom, Term)> {
    let mark = ctx.mailbox_mark();
    let calls: Vec<(Atom, Ref)> =
        nodes.iter().map(|node| (*node, begin(ctx, *node, request))).collect();
    let mut replies = Vec::with_capacity(calls.len());
    for (node, call) in calls {
        if let Some(reply) = finish(ctx, call, mark).await {
            replies.push((node, reply));
        }
    }
    replies
}

fn begin(ctx: &Context, node: Atom, request: &Term) -> Ref {
    let call = ctx.monitor((wire::server_name(), node));
    let from = tuple![ctx.pid(), call];
    ctx.send((wire::server_name(), node), tuple![atom!("$gen_call"), from, request]);
    call
}

async fn finish(ctx: &Context, call: Ref, mark: Mark) -> Option<Term> {
    let tag = Term::from(call);
    let message = ctx
        .receive_where(move |message| match message.as_tuple() {
            Some([first, _]) => *first == tag,
            Some([first, second, ..]) => first.is_atom("DOWN") && *second == tag,
            _ => false,
        })
        .from_mark(mark)
        .await;
    let [_, reply] = message.as_tuple()? else { return None };
    ctx.demonitor_flush(call);
    Some(reply.clone())
}

/// Answers a call.
pub(super) fn reply(ctx: &Context, from: &Term, answer: impl Into<Term>) {
    if let Some([Term::Pid(caller), tag]) = from.as_tuple() {
        ctx.send(*caller, tuple![tag, answer.into()]);
    }
}
