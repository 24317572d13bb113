//! The resolver: the process that compares the names of two nodes that meet (G9-G13).

use super::{resolver, table, wire};
use crate::engine::runtime::{Context, Exit, SpawnOptions};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::Level;
use crate::{atom, tuple};

/// Starts the resolver for one meeting with `node`. It waits for `{resolve,Names}`, the names of
/// the other side, and tells the server `{exchange_ops,Node,Tag,Operations,Resolved}`.
pub(super) fn start(ctx: &Context, node: Atom, tag: i64) -> Pid {
    ctx.spawn("global_resolver", move |ctx| async move {
        let message = ctx.receive_where(|message| message.tagged("resolve").is_some()).await;
        let Some([names]) = message.tagged("resolve") else { return Ok(()) };
        let mut outcome = Outcome::default();
        for entry in names.as_list().unwrap_or_default() {
            if let Some([name, Term::Pid(pid), _]) = entry.as_tuple() {
                compare(&ctx, node, name, *pid, entry, &mut outcome).await;
            }
        }
        let Outcome { operations, resolved } = outcome;
        let answer = tuple![atom!("exchange_ops"), node, tag, operations, resolved];
        wire::cast(&ctx, ctx.node(), answer);
        Ok(())
    })
}

/// The changes: `{insert,{Name,Pid,Method}}` and `{delete,Name}`.
#[derive(Default)]
struct Outcome {
    /// By this side.
    operations: Vec<Term>,
    /// By the other side.
    resolved: Vec<Term>,
}

/// Looks at one name that the process `other` has on the other side.
async fn compare(
    ctx: &Context,
    node: Atom,
    name: &Term,
    other: Pid,
    entry: &Term,
    outcome: &mut Outcome,
) {
    let own = {
        let tables = table::of(ctx);
        let tables = tables.borrow();
        tables.names.get(name).map(|entry| (entry.pid, entry.method.clone()))
    };
    match own {
        None => outcome.operations.push(tuple![atom!("insert"), entry]),
        // G9: the conflict is settled once, by the node with the smaller name.
        Some((own, method)) if own != other && ctx.node() < node => {
            let winner = ask_resolver(ctx, &method, name, other, own).await;
            settle(winner, name, entry, &tuple![name, own, method], outcome);
        }
        Some(_) => {}
    }
}

/// The decision of a resolver.
#[derive(Clone, Copy)]
enum Winner {
    Other,
    Own,
    Nobody,
}

fn settle(winner: Winner, name: &Term, other: &Term, own: &Term, outcome: &mut Outcome) {
    match winner {
        Winner::Other => outcome.operations.push(tuple![atom!("insert"), other]),
        Winner::Own => outcome.resolved.push(tuple![atom!("insert"), own]),
        Winner::Nobody => {
            outcome.operations.push(tuple![atom!("delete"), name]);
            outcome.resolved.push(tuple![atom!("delete"), name]);
        }
    }
}

/// Calls the resolver on the node of `own` (G9).
async fn ask_resolver(ctx: &Context, method: &Term, name: &Term, other: Pid, own: Pid) -> Winner {
    let (method, conflict) = (method.clone(), name.clone());
    let options = SpawnOptions::new("resolve_it").monitor();
    let call = ctx.spawn_on(own.node(), options, move |ctx| async move {
        let winner = resolver::resolve(&ctx, &method, &conflict, other, own)?;
        let winner = winner.map_or(Term::atom("none"), Term::from);
        Err(Exit::exit(tuple![atom!("resolved"), winner]))
    });
    let (_, monitor) = call.await;
    let monitor = monitor.map(Term::from);
    let down = ctx
        .receive_where(move |message| {
            message.tagged("DOWN").is_some_and(|down| down.first() == monitor.as_ref())
        })
        .await;
    let reason = down.tagged("DOWN").and_then(<[Term]>::last).cloned();
    let reason = reason.unwrap_or_else(|| Term::atom("undefined"));
    match reason.tagged("resolved") {
        Some([Term::Pid(winner)]) if *winner == other => Winner::Other,
        Some([Term::Pid(winner)]) if *winner == own => Winner::Own,
        Some(_) => Winner::Nobody,
        None => {
            // G13: a resolver that fails gives the name to the other side.
            let text =
                format!("global: badrpc {reason} received when conflicting name {name} was found");
            ctx.log(Level::Info, text);
            Winner::Other
        }
    }
}
