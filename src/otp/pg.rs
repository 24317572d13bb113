//! `pg`: process groups, without locks and without a word on who is right.
//!
//! A scope is a process registered under the scope's name on each node that takes part. Each scope
//! process is the truth about the members of its own node; it tells the scope processes of the
//! other nodes, and keeps a copy of what they tell. So a join is seen elsewhere a little later
//! (G24), and two partitions that meet again have nothing to settle (G27).
//!
//! Reading a group is a look into the node's own copy, which never blocks. Visible nodes only
//! (G29).

mod scope;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::gen_server;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// The groups of all scopes of one life of a node.
type Tables = RefCell<BTreeMap<Atom, Table>>;

/// The groups of a scope as a node knows them.
struct Table {
    /// The scope process that keeps it; after its death the table counts no more.
    keeper: Pid,
    groups: BTreeMap<Term, Group>,
}

/// The members of a group, newest first; a process that has joined twice is there twice.
#[derive(Default)]
struct Group {
    all: Vec<Pid>,
    local: Vec<Pid>,
}

/// Starts a scope on this node.
///
/// # Errors
/// The process that has the scope's name already.
pub fn start(ctx: &Context, scope: Atom) -> Result<Pid, Pid> {
    start_with(ctx, scope, |ctx, body| ctx.spawn("pg", body))
}

/// As [`start`], linked to the caller.
///
/// # Errors
/// The process that has the scope's name already.
pub fn start_link(ctx: &Context, scope: Atom) -> Result<Pid, Pid> {
    start_with(ctx, scope, |ctx, body| ctx.spawn_link("pg", body))
}

fn start_with(
    ctx: &Context,
    scope: Atom,
    spawn: impl FnOnce(&Context, scope::Body) -> Pid,
) -> Result<Pid, Pid> {
    if let Some(holder) = ctx.whereis(scope) {
        return Err(holder);
    }
    let keeper = spawn(ctx, scope::body(scope));
    ctx.register(scope, keeper).map_err(|_| keeper)?;
    tables(ctx).borrow_mut().insert(scope, Table { keeper, groups: BTreeMap::new() });
    Ok(keeper)
}

/// Has processes of this node join a group, once for each time that they are given (G21).
///
/// # Errors
/// `error:{nolocal,Pid}` for a process of another node; `exit:{noproc,..}` without a scope.
pub async fn join(
    ctx: &Context,
    scope: Atom,
    group: impl Into<Term>,
    pids: &[Pid],
) -> Result<(), Exit> {
    ensure_local(ctx, pids)?;
    call(ctx, scope, tuple![atom!("join_local"), group.into(), one_or_many(pids)]).await?;
    Ok(())
}

/// Has processes leave a group, one membership for each time that they are given (G22). `false`
/// when none of them had joined.
///
/// # Errors
/// As [`join`].
pub async fn leave(
    ctx: &Context,
    scope: Atom,
    group: impl Into<Term>,
    pids: &[Pid],
) -> Result<bool, Exit> {
    ensure_local(ctx, pids)?;
    let request = tuple![atom!("leave_local"), group.into(), one_or_many(pids)];
    Ok(call(ctx, scope, request).await?.is_atom("ok"))
}

/// The members of a group on all nodes, as far as this node knows, newest first (G23).
#[must_use]
pub fn get_members(ctx: &Context, scope: Atom, group: &Term) -> Vec<Pid> {
    read(ctx, scope, |groups| groups.get(group).map(|group| group.all.clone()))
}

/// The members of a group on this node, newest first (G23).
#[must_use]
pub fn get_local_members(ctx: &Context, scope: Atom, group: &Term) -> Vec<Pid> {
    read(ctx, scope, |groups| groups.get(group).map(|group| group.local.clone()))
}

/// The groups that have members.
///
/// # Errors
/// `error:badarg` without a scope.
pub fn which_groups(ctx: &Context, scope: Atom) -> Result<Vec<Term>, Exit> {
    let groups = read(ctx, scope, |groups| Some(Some(groups.keys().cloned().collect())));
    groups.ok_or_else(Exit::badarg)
}

/// Watches a group: returns its members, and from then on the caller gets
/// `{Ref,join,Group,[Pid..]}` and `{Ref,leave,Group,[Pid..]}` (G28).
///
/// # Errors
/// `exit:{noproc,..}` without a scope.
pub async fn monitor(
    ctx: &Context,
    scope: Atom,
    group: impl Into<Term>,
) -> Result<(Ref, Vec<Pid>), Exit> {
    let reply = call(ctx, scope, tuple![atom!("monitor"), group.into()]).await?;
    let Some([Term::Reference(monitor), now]) = reply.as_tuple() else {
        return Err(Exit::badarg());
    };
    Ok((*monitor, pids(now)))
}

/// As [`monitor`], for all groups of a scope.
///
/// # Errors
/// `exit:{noproc,..}` without a scope.
pub async fn monitor_scope(
    ctx: &Context,
    scope: Atom,
) -> Result<(Ref, BTreeMap<Term, Vec<Pid>>), Exit> {
    let reply = call(ctx, scope, tuple![atom!("monitor")]).await?;
    let Some([Term::Reference(monitor), Term::Map(now)]) = reply.as_tuple() else {
        return Err(Exit::badarg());
    };
    Ok((*monitor, now.iter().map(|(group, members)| (group.clone(), pids(members))).collect()))
}

/// Ends what [`monitor`] or [`monitor_scope`] began; no message of it is left behind. `false` when
/// it has ended before.
///
/// # Errors
/// `exit:{noproc,..}` without a scope.
pub async fn demonitor(ctx: &Context, scope: Atom, monitor: Ref) -> Result<bool, Exit> {
    let ended = call(ctx, scope, tuple![atom!("demonitor"), monitor]).await?.is_atom("ok");
    let tag = Term::from(monitor);
    let of_it =
        |message: &Term| matches!(message.as_tuple(), Some([first, _, _, _]) if *first == tag);
    while ended && ctx.receive_where(of_it).within(std::time::Duration::ZERO).await.is_some() {}
    Ok(ended)
}

fn ensure_local(ctx: &Context, pids: &[Pid]) -> Result<(), Exit> {
    match pids.iter().find(|pid| !ctx.is_local(**pid)) {
        Some(remote) => Err(Exit::error(tuple![atom!("nolocal"), *remote])),
        None => Ok(()),
    }
}

/// Calls the scope process of this node.
async fn call(ctx: &Context, scope: Atom, request: Term) -> Result<Term, Exit> {
    gen_server::call_within(ctx, scope, request, None).await
}

fn tables(ctx: &Context) -> Rc<Tables> {
    ctx.node_local::<Tables>()
}

fn read<T: Default>(
    ctx: &Context,
    scope: Atom,
    look: impl FnOnce(&BTreeMap<Term, Group>) -> Option<T>,
) -> T {
    let tables = tables(ctx);
    let tables = tables.borrow();
    let table = tables.get(&scope).filter(|table| ctx.whereis(scope) == Some(table.keeper));
    table.and_then(|table| look(&table.groups)).unwrap_or_default()
}

/// Processes as they are asked for; one goes by itself.
fn one_or_many(pids: &[Pid]) -> Term {
    match pids {
        [pid] => Term::from(*pid),
        pids => members(pids),
    }
}

fn members(pids: &[Pid]) -> Term {
    pids.iter().copied().map(Term::from).collect()
}

fn pids(list: &Term) -> Vec<Pid> {
    if let Some(pid) = list.as_pid() {
        return vec![pid];
    }
    list.as_list().unwrap_or_default().iter().filter_map(Term::as_pid).collect()
}
