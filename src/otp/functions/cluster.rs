//! Names and locks of the cluster.

use super::arguments::{answer, atoms, badarg, clause, names, or_undefined};
use super::functions;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::otp::global::{self, LockId, Resolver};

functions! { GLOBAL, "global", |ctx|
    "Gives a process a name in the cluster: `yes`, or `no` if it is taken."
    waits "register_name" (name, pid) {
        register(ctx, name, pid, Resolver::RandomExit).await
    }

    "As `register_name/2`; `{global,Function}` settles conflicts when clusters meet."
    waits "register_name" (name, pid, resolve) {
        register(ctx, name, pid, clause(resolver(resolve))?).await
    }

    "Gives a process a name in the cluster, whoever has it."
    waits "re_register_name" (name, pid) {
        let pid = clause(pid.as_pid())?;
        yes(global::re_register_name(ctx, name, pid).await)
    }

    "As `re_register_name/2`, with a function that settles conflicts."
    waits "re_register_name" (name, pid, resolve) {
        let (pid, resolver) = (clause(pid.as_pid())?, clause(resolver(resolve))?);
        yes(global::re_register_name_with(ctx, name, pid, resolver).await)
    }

    "Takes a name of the cluster away."
    waits "unregister_name" (name) {
        global::unregister_name(ctx, name).await;
        answer("ok")
    }

    "Returns the process with a name of the cluster, or `undefined`."
    now "whereis_name" (name) { Ok(or_undefined(global::whereis_name(ctx, name))) }

    "Returns the names of the cluster."
    now "registered_names" () { Ok(Term::from(global::registered_names(ctx))) }

    "Sends a message to the process with a name of the cluster, and returns its pid."
    now "send" (name, msg) { global::send(ctx, name, msg).map(Term::from) }

    "Waits until the names are those of all nodes that this one is connected to."
    waits "sync" () {
        global::sync(ctx).await;
        answer("ok")
    }

    "Takes this node out of its cluster: the nodes that it was connected to."
    waits "disconnect" () { Ok(names(global::disconnect(ctx).await)) }

    "Locks `{Resource,Requester}` on all nodes, and waits until that succeeds."
    waits "set_lock" (id) { set_lock(ctx, id, None, None).await }

    "Locks `{Resource,Requester}` on these nodes, and waits until that succeeds."
    waits "set_lock" (id, nodes) { set_lock(ctx, id, Some(badarg(atoms(nodes))?), None).await }

    "Locks `{Resource,Requester}` on these nodes, with this many retries or `infinity`."
    waits "set_lock" (id, nodes, retries) {
        set_lock(ctx, id, Some(badarg(atoms(nodes))?), self::retries(retries)?).await
    }

    "Frees `{Resource,Requester}` on all nodes."
    waits "del_lock" (id) { del_lock(ctx, id, None).await }

    "Frees `{Resource,Requester}` on these nodes."
    waits "del_lock" (id, nodes) { del_lock(ctx, id, Some(clause(atoms(nodes))?)).await }
}

fn yes(done: bool) -> Result<Term, Exit> {
    answer(if done { "yes" } else { "no" })
}

async fn register(
    ctx: &Context,
    name: &Term,
    pid: &Term,
    resolver: Resolver,
) -> Result<Term, Exit> {
    let pid = clause(pid.as_pid())?;
    yes(global::register_name_with(ctx, name, pid, resolver).await)
}

/// `{global,Function}`, or a function that the node has defined, by its name in another module.
fn resolver(term: &Term) -> Option<Resolver> {
    let [module, Term::Atom(function)] = term.as_tuple()? else { return None };
    if !module.is_atom("global") {
        return Some(Resolver::Own(*function));
    }
    match function.as_str() {
        "random_exit_name" => Some(Resolver::RandomExit),
        "random_notify_name" => Some(Resolver::RandomNotify),
        "notify_all_name" => Some(Resolver::NotifyAll),
        _ => None,
    }
}

fn lock_id(term: &Term) -> Result<LockId, Exit> {
    match term.as_tuple() {
        Some([resource, requester]) => Ok(LockId::from((resource, requester))),
        _ => Err(Exit::function_clause()),
    }
}

fn retries(term: &Term) -> Result<Option<u32>, Exit> {
    if term.is_atom("infinity") {
        return Ok(None);
    }
    let number = term.as_integer().and_then(|number| u32::try_from(number).ok());
    clause(number).map(Some)
}

async fn set_lock(
    ctx: &Context,
    id: &Term,
    nodes: Option<Vec<Atom>>,
    retries: Option<u32>,
) -> Result<Term, Exit> {
    let LockId { resource, requester } = lock_id(id)?;
    Ok(Term::from(global::set_lock(ctx, resource, requester, nodes, retries).await))
}

async fn del_lock(ctx: &Context, id: &Term, nodes: Option<Vec<Atom>>) -> Result<Term, Exit> {
    let LockId { resource, requester } = lock_id(id)?;
    global::del_lock(ctx, resource, requester, nodes).await;
    Ok(Term::from(true))
}
