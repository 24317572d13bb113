//! The server `net_kernel`: it asks the network of the simulation for connections.

use super::state::start_process;
use super::{Effects, NativeContext, NativeNext, Result, Value, atom, atom_value, kernel, ok_with};
use super::{own_module, system};
use crate::beam::atom::AtomIndex;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::machine::{Recipient, Spawning};
use crate::beam::native::{Class, Raise};

/// The caller of a server, and the mark of the answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::beam) struct Caller {
    pid: ProcessId,
    reference: Reference,
    /// The answer goes to an alias.
    by_alias: bool,
}

pub(super) const NET_KERNEL: Effects = &[("start_link", 1, start_link)];

pub(super) const NODEDOWN: Effects = &[("net_kernel", 2, serve)];

/// Starts the server, and with it the part of the node in the cluster where it has none yet.
fn start_link(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = super::map_field(ctx, args[0], "name").and_then(Value::as_atom);
    let name = name.ok_or(Raise::BADARG)?;
    let domain = super::map_field(ctx, args[0], "name_domain").ok_or(Raise::BADARG)?;
    let dynamic = super::map_field(ctx, args[0], "clean_halt") == Some(Value::boolean(false));
    let system = system(ctx)?;
    if !system.is_alive() {
        let host = system.host();
        let is_full = name.as_str().contains('@');
        let full = if is_full { name } else { AtomIndex::new(&format!("{name}@{host}")) };
        if let Err(problem) = system.start_distribution(full) {
            system.log(crate::beam::machine::LogLevel::Error, &problem);
            return Err(Raise::new(Class::Exit, atom_value("nodistribution")));
        }
    }
    let linked = Spawning::linked();
    let state = [domain, Value::boolean(dynamic)];
    let pid = start_process(ctx, "net_kernel", &state, "net_kernel", linked)?;
    ok_with(ctx, pid)
}

fn wait(args: &[Value]) -> NativeNext {
    let function = AtomIndex::new("net_kernel");
    NativeNext::Hibernate { module: own_module(), function, args: args.to_vec() }
}

/// Deals with the messages that are there.
fn serve(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    for message in ctx.local.process.take_messages() {
        let parts = ctx.local.heap.as_tuple(message).map(<[Value]>::to_vec).unwrap_or_default();
        match (
            parts.first().and_then(|tag| tag.as_atom()).map_or("", AtomIndex::as_str),
            &parts[..],
        ) {
            ("$gen_call", &[_, from, request]) => {
                let Some(caller) = caller(ctx, from) else { continue };
                if let Some(answer) = request_answer(ctx, args, caller, request)? {
                    reply(ctx, caller, answer)?;
                }
            }
            ("$gen_cast", &[_, request]) => cast(ctx, request)?,
            ("system", &[_, from, request]) if request == atom_value("get_state") => {
                let Some(caller) = caller(ctx, from) else { continue };
                let state = node_state(ctx, args);
                let answer = ctx.local.heap.tuple(&[atom::OK.into(), state]);
                reply(ctx, caller, answer)?;
            }
            ("connected", &[_, node, connected]) => tell_connected(ctx, node, connected)?,
            (_, _) => {}
        }
    }
    Ok(wait(args))
}

/// The caller of a call: `{Pid, Ref}` or `{Pid, [alias|Ref]}`.
fn caller(ctx: &NativeContext<'_>, from: Value) -> Option<Caller> {
    let heap = &*ctx.local.heap;
    let Some(&[pid, tag]) = heap.as_tuple(from) else { return None };
    let pid = heap.as_pid(pid)?;
    let (tag, by_alias) = match heap.as_cons(tag) {
        Some((_, reference)) => (reference, true),
        None => (tag, false),
    };
    Some(Caller { pid, reference: heap.as_reference(tag)?, by_alias })
}

fn reply(
    ctx: &mut NativeContext<'_>,
    caller: Caller,
    answer: Value,
) -> std::result::Result<(), Raise> {
    let heap = &mut *ctx.local.heap;
    let reference = heap.reference(caller.reference);
    let (tag, to) = if caller.by_alias {
        (heap.cons(atom_value("alias"), reference), Recipient::Alias(caller.reference))
    } else {
        (reference, Recipient::Pid(caller.pid))
    };
    let message = ctx.local.heap.tuple(&[tag, answer]);
    ctx.node.send(&mut ctx.local, to, message)
}

fn cast(ctx: &mut NativeContext<'_>, request: Value) -> std::result::Result<(), Raise> {
    let node = match ctx.local.heap.as_tuple(request) {
        Some(&[tag, node]) if tag == atom_value("async_disconnect") => node.as_atom(),
        Some(_) | None => None,
    };
    if let Some(node) = node {
        system(ctx)?.disconnect(node);
    }
    Ok(())
}

fn tell_connected(
    ctx: &mut NativeContext<'_>,
    node: Value,
    connected: Value,
) -> std::result::Result<(), Raise> {
    let kernel = kernel(ctx)?;
    let mut waiting = kernel.connecting.borrow_mut();
    let name = node.as_atom();
    let place = waiting.iter().position(|(waited, _)| Some(*waited) == name);
    let Some((_, caller)) = place.map(|place| waiting.remove(place)) else { return Ok(()) };
    drop(waiting);
    reply(ctx, caller, connected)
}

/// The answer to a call, unless it comes later.
fn request_answer(
    ctx: &mut NativeContext<'_>,
    state: &[Value],
    caller: Caller,
    request: Value,
) -> std::result::Result<Option<Value>, Raise> {
    let parts = ctx.local.heap.as_tuple(request).map(<[Value]>::to_vec);
    let parts = parts.unwrap_or_else(|| vec![request]);
    let kind = parts[0].as_atom().map_or("", AtomIndex::as_str);
    let own = ctx.local.process.pid().life.node();
    Ok(Some(match (kind, &parts[1..]) {
        ("connect", &[_, node]) | ("passive_cnct", &[node]) => {
            let node = node.as_atom().ok_or(Raise::BADARG)?;
            if node == own {
                Value::boolean(true)
            } else {
                kernel(ctx)?.connecting.borrow_mut().push((node, caller));
                let tell = ctx.local.process.pid();
                system(ctx)?.connect(node, tell);
                return Ok(None);
            }
        }
        ("disconnect", &[node]) => match node.as_atom() {
            Some(node) => Value::boolean(system(ctx)?.disconnect(node)),
            None => Value::boolean(false),
        },
        ("is_auth", &[_]) => atom_value("yes"),
        ("longnames", []) => Value::boolean(state[0] == atom_value("longnames")),
        ("nodename", []) => own.into(),
        ("get_state", []) => node_state(ctx, state),
        ("ticktime", []) => ticktime(ctx)?,
        ("new_ticktime", &[time, transition]) => set_ticktime(ctx, time, transition)?,
        ("allow" | "verbose" | "setopts", _) => atom::OK.into(),
        ("allowed", []) => Value::NIL,
        ("getopts", _) => ctx.local.heap.tuple(&[atom::OK.into(), Value::NIL]),
        ("spawn" | "spawn_opt" | "apply", &[module, function, args, ..]) => {
            start_for(ctx, module, function, args)?
        }
        (_, _) => ctx.local.heap.tuple(&[atom::ERROR.into(), atom_value("bad_request")]),
    }))
}

/// A process that a node of an older release asks for.
fn start_for(
    ctx: &mut NativeContext<'_>,
    module: Value,
    function: Value,
    args: Value,
) -> std::result::Result<Value, Raise> {
    let names = (module.as_atom().ok_or(Raise::BADARG)?, function.as_atom().ok_or(Raise::BADARG)?);
    let (pid, _) = ctx.node.spawn(&mut ctx.local, names, args, Spawning::default());
    Ok(ctx.local.heap.pid(pid))
}

fn node_state(ctx: &mut NativeContext<'_>, state: &[Value]) -> Value {
    let own = ctx.local.process.pid().life.node();
    let started = if state[1] == Value::boolean(true) { "dynamic" } else { "static" };
    let pairs = [
        (atom_value("started"), atom_value(started)),
        (atom_value("name"), own.into()),
        (atom_value("name_type"), atom_value("static")),
        (atom_value("name_domain"), state[0]),
    ];
    ctx.local.heap.map(&pairs)
}

fn ticktime(ctx: &mut NativeContext<'_>) -> std::result::Result<Value, Raise> {
    let (time, ongoing) = system(ctx)?.ticktime();
    let time = ctx.local.heap.unsigned(time);
    Ok(if ongoing { ctx.local.heap.tuple(&[atom_value("ongoing_change_to"), time]) } else { time })
}

fn set_ticktime(
    ctx: &mut NativeContext<'_>,
    time: Value,
    transition: Value,
) -> std::result::Result<Value, Raise> {
    let heap = &*ctx.local.heap;
    let (time, transition) =
        heap.as_size(time).zip(heap.as_size(transition)).ok_or(Raise::BADARG)?;
    Ok(match system(ctx)?.set_ticktime(time as u64, transition as u64) {
        Ok(true) => atom_value("change_initiated"),
        Ok(false) => atom_value("unchanged"),
        Err(ongoing) => {
            let ongoing = ctx.local.heap.unsigned(ongoing);
            ctx.local.heap.tuple(&[atom_value("ongoing_change_to"), ongoing])
        }
    })
}
