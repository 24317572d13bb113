//! Calls to the name servers of one or many nodes.

use super::wire;
use crate::atom;
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Ref, Term};
use crate::otp::address::{Address, Caller};
use crate::otp::request;

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
        if let Some(reply) = request::reply_since(ctx, call, mark).await {
            replies.push((node, reply));
        }
    }
    replies
}

fn begin(ctx: &Context, node: Atom, request: &Term) -> Ref {
    let server = Address::Remote(wire::server_name(), node);
    request::begin(ctx, server, atom!("$gen_call"), request.clone())
}

/// Answers a call.
pub(super) fn reply(ctx: &Context, from: &Term, answer: impl Into<Term>) {
    if let Some(client) = Caller::from_term(from) {
        client.reply(ctx, answer.into());
    }
}
