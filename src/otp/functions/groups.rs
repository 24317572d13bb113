//! Process groups.

use super::arguments::{answer, clause, error, exit_of_call, ok};
use super::functions;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Map, Pid, Term, TermView};
use crate::otp::pg;
use crate::{atom, tuple};

functions! { PG, "pg", |ctx|
    "Starts a scope of groups."
    now "start" (scope) { Ok(started(pg::start(ctx, clause(scope.as_atom())?))) }

    "Starts a scope of groups, linked to the caller."
    now "start_link" (scope) { Ok(started(pg::start_link(ctx, clause(scope.as_atom())?))) }

    "Adds a process of this node to a group, or several as a list."
    waits "join" (group, pids) { join(ctx, &default(), group, pids).await }

    "Removes a process of this node from a group, or several as a list."
    waits "leave" (group, pids) { leave(ctx, &default(), group, pids).await }

    "Returns the members of a group, on all nodes."
    now "get_members" (group) { Ok(members(pg::get_members(ctx, atom!("pg"), group))) }

    "Returns the members of a group on this node."
    now "get_local_members" (group) { Ok(members(pg::get_local_members(ctx, atom!("pg"), group))) }

    "Returns the groups."
    now "which_groups" () { pg::which_groups(ctx, atom!("pg")).map(Term::from) }

    "Monitors a group: `{MonitorRef,Members}`, and a message for each change."
    waits "monitor" (group) { monitor(ctx, &default(), group).await }

    "Monitors all groups: `{MonitorRef,Groups}`, and a message for each change."
    waits "monitor_scope" () { monitor_scope(ctx, &default()).await }

    "Ends a monitor of groups."
    waits "demonitor" (monitor_ref) { demonitor(ctx, &default(), monitor_ref).await }
}

functions! { PG_SCOPED, "pg", |ctx|
    "As `join/2`, in a scope."
    waits "join" (scope, group, pids) { join(ctx, scope, group, pids).await }

    "As `leave/2`, in a scope."
    waits "leave" (scope, group, pids) { leave(ctx, scope, group, pids).await }

    "As `get_members/1`, in a scope."
    now "get_members" (scope, group) {
        let scope = scope.as_atom();
        Ok(members(scope.map_or_else(Vec::new, |scope| pg::get_members(ctx, scope, group))))
    }

    "As `get_local_members/1`, in a scope."
    now "get_local_members" (scope, group) {
        let scope = scope.as_atom();
        Ok(members(scope.map_or_else(Vec::new, |scope| pg::get_local_members(ctx, scope, group))))
    }

    "As `which_groups/0`, in a scope."
    now "which_groups" (scope) { pg::which_groups(ctx, clause(scope.as_atom())?).map(Term::from) }

    "As `monitor/1`, in a scope."
    waits "monitor" (scope, group) { monitor(ctx, scope, group).await }

    "As `monitor_scope/0`, of a scope."
    waits "monitor_scope" (scope) { monitor_scope(ctx, scope).await }

    "As `demonitor/1`, in a scope."
    waits "demonitor" (scope, monitor_ref) { demonitor(ctx, scope, monitor_ref).await }
}

/// The scope of the functions that name none.
fn default() -> Term {
    Term::from(atom!("pg"))
}

fn started(result: Result<Pid, Pid>) -> Term {
    match result {
        Ok(pid) => ok(pid),
        Err(holder) => error(tuple![atom!("already_started"), holder]),
    }
}

/// The name of a scope; the exit of a call to what is none.
fn scope_of(ctx: &Context, scope: &Term, request: &Term) -> Result<Atom, Exit> {
    let arguments = [scope.clone(), request.clone(), Term::atom("infinity")];
    let Some(pid) = scope.as_pid() else {
        return scope.as_atom().ok_or_else(|| exit_of_call("gen_server", "call", &arguments));
    };
    let why = if pid == ctx.pid() { atom!("calling_self") } else { atom!("noproc") };
    let called = tuple![atom!("gen_server"), atom!("call"), Term::from(arguments.to_vec())];
    Err(Exit::exit(tuple![why, called]))
}

/// A process of this node, or a list of some (G21).
fn pids(term: &Term) -> Result<Vec<Pid>, Exit> {
    match term.view() {
        TermView::Pid(pid) => Ok(vec![pid]),
        TermView::List { elements, tail } => {
            let foreign = |term: &Term| Exit::error(tuple![atom!("nolocal"), term]);
            let pid = |term: &Term| term.as_pid().ok_or_else(|| foreign(term));
            elements.iter().chain(tail).map(pid).collect()
        }
        _ => Err(Exit::function_clause()),
    }
}

fn members(pids: Vec<Pid>) -> Term {
    pids.into_iter().map(Term::from).collect()
}

async fn join(ctx: &Context, scope: &Term, group: &Term, pids: &Term) -> Result<Term, Exit> {
    let processes = self::pids(pids)?;
    let scope = scope_of(ctx, scope, &tuple![atom!("join_local"), group, pids])?;
    pg::join(ctx, scope, group, &processes).await?;
    answer("ok")
}

async fn leave(ctx: &Context, scope: &Term, group: &Term, pids: &Term) -> Result<Term, Exit> {
    let processes = self::pids(pids)?;
    let scope = scope_of(ctx, scope, &tuple![atom!("leave_local"), group, pids])?;
    let left = pg::leave(ctx, scope, group, &processes).await?;
    answer(if left { "ok" } else { "not_joined" })
}

async fn monitor(ctx: &Context, scope: &Term, group: &Term) -> Result<Term, Exit> {
    let scope = scope_of(ctx, scope, &tuple![atom!("monitor"), group])?;
    let (monitor, pids) = pg::monitor(ctx, scope, group).await?;
    Ok(tuple![monitor, members(pids)])
}

async fn monitor_scope(ctx: &Context, scope: &Term) -> Result<Term, Exit> {
    let scope = scope_of(ctx, scope, &Term::atom("monitor"))?;
    let (monitor, groups) = pg::monitor_scope(ctx, scope).await?;
    let groups = groups.into_iter().map(|(group, pids)| (group, members(pids)));
    Ok(tuple![monitor, groups.collect::<Map>()])
}

async fn demonitor(ctx: &Context, scope: &Term, monitor: &Term) -> Result<Term, Exit> {
    let scope = scope_of(ctx, scope, &tuple![atom!("demonitor"), monitor])?;
    let Some(monitor) = monitor.as_reference() else { return answer("false") };
    let ended = pg::demonitor(ctx, scope, monitor).await?;
    answer(if ended { "ok" } else { "false" })
}
