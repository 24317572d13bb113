//! The registrar: the process that carries out this node's registrations one at a time, each under
//! the lock of the whole cluster (G3).

use super::call::{self, call, multi_call};
use super::lock::{LockId, boss, del_lock_on, random_sleep, release, try_lock};
use super::{table, wire};
use crate::engine::runtime::{Context, ExitResult};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::Level;
use crate::{atom, tuple};

/// Has the registrar do something; the answer is whether it was done.
pub(super) async fn ask(ctx: &Context, action: Term) -> bool {
    let answer = call(ctx, &tuple![atom!("registrar"), action]).await;
    answer.is_some_and(|answer| answer.is_atom("yes"))
}

/// Runs the registrar: it takes `{trans_all_known,Action,From}` and replies to `From`.
pub(super) async fn run(ctx: Context) -> ExitResult {
    loop {
        let message = ctx.receive().await;
        if let Some([action, from]) = message.tagged("trans_all_known") {
            let done = trans_all_known(&ctx, action).await;
            call::reply(&ctx, from, if done { atom!("yes") } else { atom!("no") });
        }
    }
}

async fn trans_all_known(ctx: &Context, action: &Term) -> bool {
    let id = LockId::from((atom!("global"), ctx.pid()));
    let nodes = lock_all_known(ctx, &id).await;
    let done = match permitted(ctx, action) {
        Some(update) => {
            multi_call(ctx, &nodes, &update).await;
            true
        }
        None => false,
    };
    release(ctx, &id, &nodes).await;
    done
}

/// Returns the message for the servers, if the action may be done.
fn permitted(ctx: &Context, action: &Term) -> Option<Term> {
    let [Term::Atom(verb), name, rest @ ..] = action.as_tuple()? else { return None };
    match (verb.as_str(), rest) {
        ("register_name", [Term::Pid(pid), method]) => {
            let free = table::whereis(ctx, name).is_none() && nameless(ctx, name, *pid);
            free.then(|| tuple![atom!("register"), name, *pid, method])
        }
        ("re_register_name", [pid, method]) => Some(tuple![atom!("register"), name, pid, method]),
        ("unregister_name", []) => Some(tuple![atom!("unregister"), name]),
        _ => None,
    }
}

/// Returns whether a process has no global name yet (G1).
fn nameless(ctx: &Context, name: &Term, pid: Pid) -> bool {
    let names = table::of(ctx).borrow().names_of(pid);
    if names.is_empty() {
        return true;
    }
    let all: Term = std::iter::once(name.clone()).chain(names).collect();
    ctx.log(Level::Error, format!("global: {pid} registered under several names: {all}"));
    false
}

/// Locks this node and all that it knows, the boss first, however long that takes. The nodes
/// known may change meanwhile: the lock is good only if it covers all of them.
async fn lock_all_known(ctx: &Context, id: &LockId) -> Vec<Atom> {
    let mut times = 0;
    loop {
        let mut nodes = vec![ctx.node()];
        nodes.extend(known(ctx).await);
        let boss = boss(nodes.iter().copied());
        if try_lock(ctx, id, boss.as_slice()).await {
            if try_lock(ctx, id, &nodes).await
                && known(ctx).await.iter().all(|node| nodes.contains(node))
            {
                return nodes;
            }
            del_lock_on(ctx, id, boss.as_slice()).await;
        }
        random_sleep(ctx, times).await;
        times = times.saturating_add(1);
    }
}

async fn known(ctx: &Context) -> Vec<Atom> {
    let known = call(ctx, &tuple![atom!("get_known")]).await;
    known.map(|known| wire::atoms(&known).collect()).unwrap_or_default()
}
