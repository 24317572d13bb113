//! Applications: what starts and stops as one unit on a node.
//!
//! Each node has a process `application_controller`, which starts a master for each application;
//! the master is the group leader of all processes of its application. A node gets its controller
//! from [`kernel::boot`](super::kernel::boot), which also shows how these functions are used.
//!
//! - `spec`: what an application is
//! - `controller`: the process that decides
//! - `orders`: what the controller is told by the node's distributed applications
//! - `permission`: which applications may run on the node
//! - `master`: the process that an application lives under

mod controller;
mod master;
mod orders;
mod permission;
mod spec;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;

pub(super) use controller::{Controller, control};
pub(crate) use master::master_label;
pub(super) use permission::Permitted;
pub use spec::{ApplicationSpec, ApplicationStart, RestartType, StartType};

use super::gen_server;
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::{atom, tuple};

/// The registered name of the controller.
pub(super) fn controller_name() -> Atom {
    atom!("application_controller")
}

/// The environments of the loaded applications of a node: what `get_env` reads.
#[derive(Default)]
struct Environment(RefCell<BTreeMap<(Atom, Atom), Term>>);

/// Starts an application, and loads it before if need be. A start of a distributed application
/// waits until the application runs somewhere (F6, F7).
///
/// # Errors
/// The reasons of E1, E6 and E12; the reason of the controller's end if it ends before it answers, or
/// `terminating` while the node stops, from OTP 26 on.
pub async fn start(ctx: &Context, application: Atom, restart: RestartType) -> Result<(), Term> {
    match load(ctx, application).await {
        Err(reason) if reason.tagged("already_loaded").is_none() => return Err(reason),
        Ok(()) | Err(_) => {}
    }
    ask(ctx, tuple![atom!("start_application"), application, restart.as_atom()]).await
}

/// Starts an application unless it is started (E1).
///
/// # Errors
/// As [`start`].
pub async fn ensure_started(
    ctx: &Context,
    application: Atom,
    restart: RestartType,
) -> Result<(), Term> {
    match start(ctx, application, restart).await {
        Err(reason) if reason == already_started(application) => Ok(()),
        result => result,
    }
}

/// Starts an application and all that it depends on: those that were not started before, in the
/// order of their start (E2).
///
/// # Errors
/// `{Application,Reason}` for the one that could not be started. Those that were started for it are
/// stopped again.
pub async fn ensure_all_started(
    ctx: &Context,
    application: Atom,
    restart: RestartType,
) -> Result<Vec<Atom>, Term> {
    let mut started = Vec::new();
    let mut wanted = vec![application];
    while let Some(next) = wanted.last().copied() {
        match start(ctx, next, restart).await {
            Ok(()) => started.push(next),
            Err(reason) if reason == already_started(next) => {}
            Err(reason) => match missing_dependency(&reason) {
                Some(dependency) if !wanted.contains(&dependency) => {
                    wanted.push(dependency);
                    continue;
                }
                _ => {
                    for application in started.into_iter().rev() {
                        let _ = stop(ctx, application).await;
                    }
                    return Err(tuple![next, reason]);
                }
            },
        }
        wanted.pop();
    }
    Ok(started)
}

fn already_started(application: Atom) -> Term {
    tuple![atom!("already_started"), application]
}

fn missing_dependency(reason: &Term) -> Option<Atom> {
    reason.tagged("not_started")?.first()?.as_atom()
}

/// Stops an application on this node; those that depend on it go on (E3).
///
/// # Errors
/// `{not_started,Application}`.
pub async fn stop(ctx: &Context, application: Atom) -> Result<(), Term> {
    ask(ctx, tuple![atom!("stop_application"), application]).await
}

/// Makes an application and its environment known to the node (E4).
///
/// # Errors
/// `{already_loaded,Application}`; for an application that the node's boot configuration does not
/// have, `{"no such file or directory","Application.app"}` (E1).
pub async fn load(ctx: &Context, application: Atom) -> Result<(), Term> {
    ask(ctx, tuple![atom!("load_application"), application]).await
}

/// Takes back what [`load`] did (E4).
///
/// # Errors
/// `{running,Application}` or `{not_loaded,Application}`.
pub async fn unload(ctx: &Context, application: Atom) -> Result<(), Term> {
    ask(ctx, tuple![atom!("unload_application"), application]).await
}

/// The applications that run on this node, the latest first; `stdlib` and `kernel` come last (E13).
pub async fn which_applications(ctx: &Context) -> Vec<Atom> {
    atoms(ctx, "which_applications").await
}

/// The applications that are loaded on this node, in the order of their names.
pub async fn loaded_applications(ctx: &Context) -> Vec<Atom> {
    atoms(ctx, "loaded_applications").await
}

async fn atoms(ctx: &Context, question: &str) -> Vec<Atom> {
    let answer = gen_server::call_within(ctx, controller_name(), Term::atom(question), None).await;
    answer.unwrap_or_default()
}

/// A value from the environment of an application that is loaded on this node (E15).
#[must_use]
pub fn get_env(ctx: &Context, application: Atom, key: Atom) -> Option<Term> {
    ctx.node_local::<Environment>().0.borrow().get(&(application, key)).cloned()
}

/// Sets a value in the environment of an application until it is unloaded (E15).
pub fn set_env(ctx: &Context, application: Atom, key: Atom, value: impl Into<Term>) {
    ctx.node_local::<Environment>().0.borrow_mut().insert((application, key), value.into());
}

/// Moves a distributed application to this node, whatever the order of its nodes is (F29).
///
/// # Errors
/// `{already_running_locally,Application}` or `{not_running_distributed,Application}`; the error of
/// the start, in which case the application runs nowhere (F30).
pub async fn takeover(ctx: &Context, application: Atom, restart: RestartType) -> Result<(), Term> {
    super::distributed::takeover(ctx, application, restart).await
}

/// Lets an application run on this node, or no longer. A distributed one moves accordingly; any other
/// stops, and is started again when it is permitted (F31).
///
/// # Errors
/// `{not_loaded,Application}`, or the error of the start.
pub async fn permit(ctx: &Context, application: Atom, permission: bool) -> Result<(), Term> {
    super::distributed::permit(ctx, application, permission).await
}

/// The controller's answer while the node stops (E14).
pub(super) fn terminating() -> Term {
    Term::atom("terminating")
}

/// Asks the controller; the end of the controller counts as an error. A node that stops in order ends
/// all processes when the controller has ended, before anybody learns of that (E14).
async fn ask(ctx: &Context, request: Term) -> Result<(), Term> {
    match gen_server::call_within::<Term>(ctx, controller_name(), request, None).await {
        Ok(answer) if answer == terminating() => Err(answer),
        Ok(answer) => answer.as_result().unwrap_or(Ok(())),
        Err(exit) if exit.reason().tagged("shutdown").is_some() => std::future::pending().await,
        Err(exit) => Err(exit.reason().clone()),
    }
}
