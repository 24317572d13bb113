//! The calling process, and the others of its node.

use super::arguments::{answer, atom, badarg, boolean, pid};
use super::functions;
use crate::atom;
use crate::engine::runtime::{Context, Exit, ProcessInfo, ProcessStatus};
use crate::engine::term::{Pid, Term};
use crate::tuple;

functions! { ERLANG, "erlang", |ctx|
    "Returns the pid of the caller."
    now "self" () { Ok(Term::from(ctx.pid())) }

    "Sets a flag of the caller and returns its former value: `trap_exit`."
    now "process_flag" (flag, value) {
        if !flag.is_atom("trap_exit") {
            return Err(Exit::badarg());
        }
        Ok(Term::from(ctx.trap_exit(boolean(value)?)))
    }

    "Returns whether a process of this node lives."
    now "is_process_alive" (pid) { Ok(Term::from(ctx.is_process_alive(self::pid(pid)?)?)) }

    "Returns `{Item,Value}` for an item of a process of this node, or a list of them for a list."
    now "process_info" (pid, item_spec) { process_info(ctx, self::pid(pid)?, item_spec) }

    "Returns the processes of this node."
    now "processes" () { Ok(ctx.processes().into_iter().map(Term::from).collect()) }

    "Returns the group leader of the caller."
    now "group_leader" () { Ok(Term::from(ctx.group_leader())) }

    "Sets the group leader of a process of this node."
    now "group_leader" (group_leader, pid) {
        let (leader, pid) = (self::pid(group_leader)?, self::pid(pid)?);
        if ctx.is_process_alive(pid) != Ok(true) {
            return Err(Exit::badarg());
        }
        ctx.set_group_leader(pid, leader);
        Ok(Term::from(true))
    }

    "Returns a new reference."
    now "make_ref" () { Ok(Term::from(ctx.make_ref())) }

    "Lets other processes run."
    waits "yield" () {
        ctx.yield_now().await;
        Ok(Term::from(true))
    }

    "Calls a function by its name."
    waits "apply" (module, function, args) {
        let (module, function) = (atom(module)?, atom(function)?);
        let args = badarg(args.as_list())?.to_vec();
        Box::pin(super::apply(ctx, module, function, args)).await
    }

    "Stops the node at once, as `halt(0)`."
    now "halt" () { halt(ctx) }

    "Stops the node at once, with an exit status."
    now "halt" (status) {
        let known = status.is_atom("abort") || status.as_integer().is_some_and(|code| code >= 0);
        if known { halt(ctx) } else { Err(Exit::badarg()) }
    }
}

fn halt(ctx: &Context) -> Result<Term, Exit> {
    ctx.halt();
    answer("true")
}

fn process_info(ctx: &Context, pid: Pid, items: &Term) -> Result<Term, Exit> {
    let of = |info: &ProcessInfo, item: &Term| {
        Ok::<Term, Exit>(tuple![item, badarg(value(info, item))?])
    };
    let info = ctx.process_info(pid)?;
    // Unknown items are an error of a process that is dead as well.
    let shown = info.as_ref();
    let blank = ProcessInfo::default();
    let looked_at = shown.unwrap_or(&blank);
    let answer = match items.as_list() {
        Some(items) => {
            items.iter().map(|item| of(looked_at, item)).collect::<Result<Term, Exit>>()?
        }
        None if items.is_atom("registered_name") && looked_at.registered_name.is_none() => {
            super::arguments::nil()
        }
        None => of(looked_at, items)?,
    };
    Ok(if info.is_some() { answer } else { Term::from(atom!("undefined")) })
}

/// The value of an item; `None` for one that is not known.
fn value(info: &ProcessInfo, item: &Term) -> Option<Term> {
    let pids = |pids: &[Pid]| pids.iter().copied().map(Term::from).collect::<Term>();
    Some(match item.as_atom()?.as_str() {
        "status" => Term::atom(match info.status {
            ProcessStatus::Running => "running",
            ProcessStatus::Waiting => "waiting",
            ProcessStatus::Suspended => "suspended",
        }),
        "registered_name" => info.registered_name.map_or_else(super::arguments::nil, Term::from),
        "links" => pids(&info.links),
        "monitors" => info.monitors.iter().map(|object| tuple![atom!("process"), object]).collect(),
        "monitored_by" => pids(&info.monitored_by),
        "message_queue_len" => Term::from(info.messages.len()),
        "messages" => Term::from(info.messages.clone()),
        "trap_exit" => Term::from(info.trap_exit),
        "group_leader" => Term::from(info.group_leader?),
        "parent" => info.parent.map_or_else(|| Term::from(atom!("undefined")), Term::from),
        _ => return None,
    })
}
