//! `global`: names and locks for the whole cluster, and the net of connections that they need.
//!
//! Every node runs one process, `global_name_server`, with a copy of all names. A name is
//! registered under a lock that is held on all known nodes, and every copy is updated before
//! [`register_name`] returns; reading a name is a look into the own copy. Where two nodes meet,
//! their servers exchange names, settle conflicts, and tell each other whom else they know, so
//! that in the end everybody is connected to everybody. When a connection between two of many is
//! lost, they see to it that no node stays connected to both sides of it.
//!
//! The parts, in reading order: the node's tables; the calls to servers of several nodes at once;
//! locks; the server, with what it does to names, to locks, when nodes meet and when they part;
//! and the processes that work for it: the locker, the registrar, the resolver and the syncers.
//!
//! Deliberately absent: global groups, names of processes outside of Erlang, and older
//! versions of the protocol.

mod call;
mod exchange;
mod lock;
mod locker;
mod meeting;
mod names;
mod partition;
mod registrar;
mod resolver;
mod server;
mod sync;
mod table;
#[cfg(test)]
mod tests;
mod wire;

use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Pid, Term};
use crate::{atom, tuple};

pub use lock::{LockId, del_lock, set_lock, trans, trans_on};
pub use resolver::{Resolver, define_resolver};
pub use server::start;

/// Gives a process a name that no other process of the cluster has. Any term is a name.
///
/// `false` when the name is taken, or when the process has another one (G1); also when this node
/// has no name server. Waits for every node that is known, for a silent one until it is found to
/// be down (G3, G7).
pub async fn register_name(ctx: &Context, name: impl Into<Term>, pid: Pid) -> bool {
    register_name_with(ctx, name, pid, Resolver::RandomExit).await
}

/// As [`register_name`], with a word on who keeps the name should two clusters meet that both
/// have it.
pub async fn register_name_with(
    ctx: &Context,
    name: impl Into<Term>,
    pid: Pid,
    resolver: Resolver,
) -> bool {
    let action = tuple![atom!("register_name"), name.into(), pid, Term::from(resolver)];
    registrar::ask(ctx, action).await
}

/// Gives a process a name, whoever had it before (G2). `false` only when this node has no name
/// server.
pub async fn re_register_name(ctx: &Context, name: impl Into<Term>, pid: Pid) -> bool {
    re_register_name_with(ctx, name, pid, Resolver::RandomExit).await
}

/// As [`re_register_name`], with a resolver.
pub async fn re_register_name_with(
    ctx: &Context,
    name: impl Into<Term>,
    pid: Pid,
    resolver: Resolver,
) -> bool {
    let action = tuple![atom!("re_register_name"), name.into(), pid, Term::from(resolver)];
    registrar::ask(ctx, action).await
}

/// Takes a name away from whoever has it (G2).
pub async fn unregister_name(ctx: &Context, name: impl Into<Term>) {
    let name = name.into();
    if whereis_name(ctx, &name).is_some() {
        registrar::ask(ctx, tuple![atom!("unregister_name"), name]).await;
    }
}

/// The process with this name, as far as this node knows. Never blocks (G4).
#[must_use]
pub fn whereis_name(ctx: &Context, name: &Term) -> Option<Pid> {
    table::whereis(ctx, name)
}

/// All names that this node knows.
#[must_use]
pub fn registered_names(ctx: &Context) -> Vec<Term> {
    table::of(ctx).borrow().names.keys().cloned().collect()
}

/// Sends a message to the process with this name and returns the process.
///
/// # Errors
/// `exit:{badarg,{Name,Message}}` when nobody has the name (G2).
pub fn send(ctx: &Context, name: impl Into<Term>, message: impl Into<Term>) -> Result<Pid, Exit> {
    let (name, message) = (name.into(), message.into());
    let Some(pid) = whereis_name(ctx, &name) else {
        return Err(Exit::exit(tuple![atom!("badarg"), tuple![name, message]]));
    };
    ctx.send(pid, message);
    Ok(pid)
}

/// Waits until this node has exchanged names with every node that it is connected to (G8).
pub async fn sync(ctx: &Context) {
    let nodes = wire::nodes(ctx.nodes());
    call::call(ctx, &tuple![atom!("sync"), nodes]).await;
}

/// Takes this node out of its cluster: `global:disconnect/0`. Returns the nodes that it was connected
/// to, which stay connected to each other (B51).
pub async fn disconnect(ctx: &Context) -> Vec<Atom> {
    let nodes = call::call(ctx, &tuple![atom!("disconnect")]).await;
    nodes.map(|nodes| wire::atoms(&nodes).collect()).unwrap_or_default()
}

/// Makes this node's server take lost connections for the node's own orderly shutdown: it reports
/// none of them any more (B41). Returns when the server has seen to it.
pub async fn prepare_shutdown(ctx: &Context) {
    call::call(ctx, &tuple![atom!("prepare_shutdown")]).await;
}
