//! Doing what a probe is told: names and locks of the cluster, groups.

use super::Answer;
use super::names::{SharedNames, Thing};
use super::operation::{GlobalOperation, GroupAct, GroupOperation, Lock, Target};
use super::perform::{Outcome, Problem, fill, named, or_undefined, pid_of, pid_or_self};
use super::printing::print;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Pid, Term};
use crate::otp::global::{self as names_of_cluster, Resolver};
use crate::otp::pg;
use crate::{atom, list, tuple};

/// The scope that every node starts.
pub(super) fn scope() -> Atom {
    atom!("pg")
}

/// The process for a global name: `global` has no clause for what is none (G1).
fn owner(ctx: &Context, process: Option<&Target>, names: &SharedNames) -> Result<Pid, Problem> {
    pid_or_self(ctx, process, names).map_err(|problem| match problem {
        Problem::Raised(_) => Exit::function_clause().into(),
        Problem::Complaint(_) => problem,
    })
}

fn yes(done: bool) -> Answer {
    Answer::from(if done { atom!("yes") } else { atom!("no") })
}

/// Names and locks of the cluster.
pub(super) async fn global(
    ctx: &Context,
    names: &SharedNames,
    operation: GlobalOperation,
) -> Outcome {
    let fill = |template| fill(template, names);
    Ok(match &operation {
        GlobalOperation::Register { name, process, resolver } => {
            let pid = owner(ctx, process.as_ref(), names)?;
            let name = fill(name)?;
            define(ctx, *resolver);
            yes(names_of_cluster::register_name_with(ctx, name, pid, *resolver).await)
        }
        GlobalOperation::Reregister { name, process } => {
            let pid = owner(ctx, process.as_ref(), names)?;
            yes(names_of_cluster::re_register_name(ctx, fill(name)?, pid).await)
        }
        GlobalOperation::Unregister(name) => {
            names_of_cluster::unregister_name(ctx, fill(name)?).await;
            Answer::from(atom!("ok"))
        }
        GlobalOperation::Whereis(name) => {
            Answer::from(or_undefined(names_of_cluster::whereis_name(ctx, &fill(name)?)))
        }
        GlobalOperation::Send { name, message } => {
            Answer::from(names_of_cluster::send(ctx, fill(name)?, fill(message)?)?)
        }
        GlobalOperation::Disconnect => {
            let mut nodes = names_of_cluster::disconnect(ctx).await;
            nodes.sort_unstable();
            Answer::from(nodes.into_iter().map(Term::from).collect::<Term>())
        }
        GlobalOperation::Sync => {
            names_of_cluster::sync(ctx).await;
            Answer::from(atom!("ok"))
        }
        GlobalOperation::Names => Answer::from(Term::from(names_of_cluster::registered_names(ctx))),
        GlobalOperation::SetLock { lock, retries } => {
            let (resource, requester, nodes) = filled(lock, names)?;
            let locked =
                names_of_cluster::set_lock(ctx, resource, requester, nodes, *retries).await;
            Answer::from(locked)
        }
        GlobalOperation::DelLock(lock) => {
            let (resource, requester, nodes) = filled(lock, names)?;
            names_of_cluster::del_lock(ctx, resource, requester, nodes).await;
            Answer::from(true)
        }
        GlobalOperation::Trans { lock, does, retries } => {
            let (resource, requester, nodes) = filled(lock, names)?;
            let (id, does) = ((resource, requester), fill(does)?);
            let body = async || act(ctx, &does).await;
            match names_of_cluster::trans_on(ctx, id, nodes, *retries, body).await {
                Some(result) => Answer::from(result?),
                None => Answer::from(atom!("aborted")),
            }
        }
    })
}

/// The resource, the requester and the nodes of a lock.
fn filled(lock: &Lock, names: &SharedNames) -> Result<(Term, Term, Option<Vec<Atom>>), String> {
    let nodes = lock.nodes.as_ref().map(|nodes| {
        let nodes = nodes.iter().map(|node| names.borrow().node(node));
        nodes.collect::<Result<Vec<Atom>, String>>()
    });
    Ok((fill(&lock.resource, names)?, fill(&lock.requester, names)?, nodes.transpose()?))
}

/// What is done while a lock is held.
async fn act(ctx: &Context, does: &Term) -> Result<Term, Exit> {
    match does.as_tuple() {
        Some([tag, term]) if tag.is_atom("return") => Ok(term.clone()),
        Some([tag, time, term]) if tag.is_atom("sleep") => {
            ctx.sleep(super::server::milliseconds(time)).await;
            Ok(term.clone())
        }
        _ => Err(super::server::raised(does).unwrap_or_else(Exit::badarg)),
    }
}

/// What a node does about conflicts of names that its processes register (G13).
fn define(ctx: &Context, resolver: Resolver) {
    let Resolver::Own(which) = resolver else { return };
    names_of_cluster::define_resolver(ctx, which, move |_, _, other, own| match which.as_str() {
        "own" => Ok(Some(own)),
        "other" => Ok(Some(other)),
        "none" => Ok(None),
        _ => Err(Exit::error(atom!("crash"))),
    });
}

/// Groups.
pub(super) async fn group(
    ctx: &Context,
    names: &SharedNames,
    operation: GroupOperation,
) -> Outcome {
    let scope = operation.scope.unwrap_or_else(scope);
    Ok(match &operation.what {
        GroupAct::Start { name } => start(ctx, scope, name.as_deref(), names),
        GroupAct::Join { group, processes } => {
            let pids = pids(ctx, processes, names)?;
            pg::join(ctx, scope, fill(group, names)?, &pids).await?;
            Answer::from(atom!("ok"))
        }
        GroupAct::Leave { group, processes } => {
            let pids = pids(ctx, processes, names)?;
            let left = pg::leave(ctx, scope, fill(group, names)?, &pids).await?;
            Answer::from(if left { atom!("ok") } else { atom!("not_joined") })
        }
        GroupAct::Members { group, local } => {
            let group = fill(group, names)?;
            let look = if *local { pg::get_local_members } else { pg::get_members };
            Answer::from(by_print(look(ctx, scope, &group), names))
        }
        GroupAct::Groups => Answer::from(Term::from(pg::which_groups(ctx, scope)?)),
        GroupAct::Monitor { group, name } => {
            let (monitor, members) = pg::monitor(ctx, scope, fill(group, names)?).await?;
            drop(named(monitor, Some(name), names));
            Answer::from(tuple![monitor, by_print(members, names)])
        }
        GroupAct::MonitorScope { name } => {
            let (monitor, groups) = pg::monitor_scope(ctx, scope).await?;
            drop(named(monitor, Some(name), names));
            let groups =
                groups.into_iter().map(|(group, members)| (group, by_print(members, names)));
            Answer::from(tuple![monitor, Term::Map(groups.collect())])
        }
        GroupAct::Demonitor(name) => {
            let monitor = names.borrow().reference(name)?;
            let ended = pg::demonitor(ctx, scope, monitor).await?;
            Answer::from(Term::atom(if ended { "ok" } else { "false" }))
        }
    })
}

/// Starts a scope: `{ok,Pid}` or `{error,{already_started,Pid}}`.
fn start(ctx: &Context, scope: Atom, name: Option<&str>, names: &SharedNames) -> Answer {
    match pg::start(ctx, scope) {
        Ok(pid) => {
            if let Some(name) = name {
                names.borrow_mut().bind(name, Thing::Process(pid, None));
            }
            Answer::from(tuple![atom!("ok"), pid])
        }
        Err(holder) => {
            Answer::from(tuple![atom!("error"), tuple![atom!("already_started"), holder]])
        }
    }
}

/// The processes that are named, or the one that asks.
fn pids(ctx: &Context, processes: &[Target], names: &SharedNames) -> Result<Vec<Pid>, Problem> {
    if processes.is_empty() {
        return Ok(vec![ctx.pid()]);
    }
    processes.iter().map(|process| pid_of(process, names)).collect()
}

/// Processes in the order of their print: what `pg` answers differs from node to node (G23).
fn by_print(pids: Vec<Pid>, names: &SharedNames) -> Term {
    let mut names = names.borrow_mut();
    let mut members: Vec<Term> = pids.into_iter().map(Term::from).collect();
    members.sort_by_cached_key(|member| print(member, &mut names));
    if members.is_empty() { list![] } else { Term::from(members) }
}
