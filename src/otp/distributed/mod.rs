//! Distributed applications: those that run on one node of several, and move when it is lost.
//!
//! Each node has a process `dist_ac`, which decides for the applications that the node's
//! configuration names. It knows the `dist_ac`s that it has met at its boot, or that have booted
//! since and met it, and no others: nodes that meet again after a partition stay strangers, and
//! each side goes on running its own instance (F5, F33).
//!
//! - `table`: what a node knows of each distributed application
//! - `remote_started`: what it has heard of those that it has not started itself
//! - `exchange`: how nodes get to know each other at their boot
//! - `selection`: which node runs an application
//! - `moves`: what is asked for by hand
//! - `server`: the process, and what it makes of what it is told

mod exchange;
mod moves;
mod remote_started;
mod selection;
mod server;
mod table;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::time::Duration;

use super::application::{Permitted, RestartType};
use super::gen_server::{self, Init, Options, StartResult};
use super::global;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::{atom, tuple};
use server::Distributor;
pub(crate) use server::lost_application;

/// The nodes that may run a distributed application. All nodes must have the same (F12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distributed {
    /// The application.
    pub application: Atom,
    /// The time that the others wait for a node that went down before they run the application
    /// themselves; `None` for ever (F14, F19).
    pub timeout: Option<Duration>,
    /// The nodes in the order of priority; those of an inner list are equals (F13).
    pub nodes: Vec<Vec<Atom>>,
}

/// This node has met the others, so that applications can be moved.
#[derive(Default)]
struct Ready(Cell<bool>);

/// The registered name of the process.
fn name() -> Atom {
    atom!("dist_ac")
}

/// Starts the process, which waits for [`go`].
pub(super) async fn start_link(
    ctx: &Context,
    distributed: Vec<Distributed>,
    permissions: Vec<(Atom, bool)>,
) -> StartResult {
    let options = Options::new("dist_ac").local(name());
    gen_server::start_link(ctx, options, |ctx| async move {
        ctx.trap_exit(true);
        let server = Distributor::new(ctx.node(), distributed, permissions);
        Ok(Init::Then(server, gen_server::Next::Continue(Term::atom("sync"))))
    })
    .await
}

/// Lets the process take over its applications and meet the other nodes; returns when it has taken
/// over.
pub(super) async fn go(ctx: &Context) {
    ctx.send((name(), ctx.node()), tuple![atom!("go"), ctx.pid()]);
    ctx.receive_where(|message| message.is_atom("dist_ac_took_control")).await;
}

/// [`application::takeover`](super::application::takeover).
pub(super) async fn takeover(
    ctx: &Context,
    application: Atom,
    restart: RestartType,
) -> Result<(), Term> {
    wait_until_ready(ctx).await;
    let nodes = tuple![atom!("get_nodes"), application];
    let nodes = ask::<Vec<Atom>>(ctx, nodes).await.map_err(|exit| exit.reason().clone())?;
    let request = tuple![atom!("takeover_application"), application, restart.as_atom()];
    let lock = (atom!("dist_ac"), ctx.pid());
    let answer =
        global::trans_on(ctx, lock, Some(nodes), None, async || ask::<Term>(ctx, request).await);
    finish(answer.await)
}

/// [`application::permit`](super::application::permit).
pub(super) async fn permit(ctx: &Context, application: Atom, permission: bool) -> Result<(), Term> {
    let request = tuple![atom!("permit_application"), application, permission];
    let controller = super::application::controller_name();
    let answer = gen_server::call_within::<Term>(ctx, controller, request, None).await;
    let answer = answer.map_err(|exit| exit.reason().clone())?;
    let started = match Permitted::from_answer(&answer) {
        Permitted::Done(result) => return result,
        Permitted::Distributed { started } => started,
    };
    wait_until_ready(ctx).await;
    let request = tuple![atom!("permit_application"), application, permission, started];
    let lock = (atom!("dist_ac"), ctx.pid());
    finish(global::trans(ctx, lock, async || ask::<Term>(ctx, request).await).await)
}

fn finish(answer: Option<Result<Term, Exit>>) -> Result<(), Term> {
    match answer {
        Some(Ok(answer)) => answer.as_result().unwrap_or(Ok(())),
        Some(Err(exit)) => Err(exit.reason().clone()),
        None => Err(Term::atom("aborted")),
    }
}

async fn ask<R: serde::de::DeserializeOwned>(ctx: &Context, request: Term) -> Result<R, Exit> {
    gen_server::call_within(ctx, name(), request, None).await
}

async fn wait_until_ready(ctx: &Context) {
    while !ctx.node_local::<Ready>().0.get() {
        ctx.sleep(Duration::from_millis(100)).await;
    }
}
