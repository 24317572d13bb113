//! The server `net_kernel`: it asks the network of the simulation for connections.

use super::state::start_process;
use super::{
    Effects, NativeContext, NativeNext, Result, Value, answer, atom, atom_value, kernel, ok_with,
};
use super::{own_module, system};
use crate::beam::atom::AtomIndex;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::machine::{NodeKind, Recipient, Spawning};
use crate::beam::native::{Class, Raise};

/// The caller of a server, and the mark of the answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::beam) struct Caller {
    pid: ProcessId,
    reference: Reference,
    /// The answer goes to an alias.
    by_alias: bool,
}

pub(super) const NET_KERNEL: Effects =
    &[("start_link", 1, start_link), ("node_info", 1, node_info), ("nodes_info", 0, nodes_info)];

pub(super) const NODEDOWN: Effects =
    &[("net_kernel", 4, serve), ("settled", 1, |_, args| answer(args[0]))];

/// Starts the server, and with it the part of the node in the cluster where it has none yet.
fn start_link(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = super::map_field(ctx, args[0], "name").and_then(Value::as_atom);
    let name = name.ok_or(Raise::BADARG)?;
    let domain = super::map_field(ctx, args[0], "name_domain").ok_or(Raise::BADARG)?;
    let dynamic = super::map_field(ctx, args[0], "clean_halt") == Some(Value::boolean(false));
    let is_unnamed = name == atom::UNDEFINED;
    let system = system(ctx)?;
    if !system.is_alive() && !is_unnamed {
        let host = system.host();
        let is_full = name.as_str().contains('@');
        let full = if is_full { name } else { AtomIndex::new(&format!("{name}@{host}")) };
        if let Err(problem) = system.start_distribution(full) {
            system.log(crate::beam::machine::LogLevel::Error, &problem);
            return Err(Raise::new(Class::Exit, atom_value("nodistribution")));
        }
    }
    kernel(ctx)?.is_named_by_another.set(is_unnamed);
    let linked = Spawning::linked();
    let naming = if is_unnamed { atom::UNDEFINED.into() } else { Value::NIL };
    let state = [domain, Value::boolean(dynamic), ctx.local.process.pid_value(), naming];
    let pid = start_process(ctx, "net_kernel", &state, "net_kernel", linked)?;
    ok_with(ctx, pid)
}

/// The state of the connection to a node: `{ok, [{Name, Value}]}`.
fn node_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let node = args[0].as_atom();
    let info = node.map(|node| info_of(ctx, node)).transpose()?.flatten();
    match info {
        Some(info) => Ok(settled(ctx, info)),
        None => super::error(ctx, "bad_node"),
    }
}

/// `{ok, Value}`, once the processes that have been started for it have begun.
fn settled(ctx: &mut NativeContext<'_>, value: Value) -> NativeNext {
    let (module, function) = (own_module(), AtomIndex::new("settled"));
    let value = ctx.local.heap.tuple(&[atom::OK.into(), value]);
    NativeNext::CallAfter { time: 1, module, function, args: vec![value] }
}

/// The same of all that are connected: `{ok, [{Node, Info}]}`.
fn nodes_info(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let mut pairs = Vec::new();
    for node in ctx.node.nodes(NodeKind::Connected) {
        if let Some(info) = info_of(ctx, node)? {
            pairs.push(ctx.local.heap.tuple(&[node.into(), info]));
        }
    }
    let pairs = ctx.local.heap.list(&pairs);
    Ok(settled(ctx, pairs))
}

fn info_of(
    ctx: &mut NativeContext<'_>,
    node: AtomIndex,
) -> std::result::Result<Option<Value>, Raise> {
    let system = system(ctx)?;
    let Some(owner) = system.connection_owner(node) else { return Ok(None) };
    let kind = if system.is_hidden(node) { "hidden" } else { "normal" };
    let pairs = [
        ("owner", ctx.local.heap.pid(owner)),
        ("state", atom_value("up")),
        ("type", atom_value(kind)),
    ];
    let pairs = pairs.map(|(name, value)| ctx.local.heap.tuple(&[atom_value(name), value]));
    Ok(Some(ctx.local.heap.list(&pairs)))
}

fn wait(args: &[Value]) -> NativeNext {
    let function = AtomIndex::new("net_kernel");
    NativeNext::Hibernate { module: own_module(), function, args: args.to_vec() }
}

/// The parts of the state of the server.
const DOMAIN: usize = 0;
const IS_STARTED_LATER: usize = 1;
const SUPERVISOR: usize = 2;
/// The node that has given this one its name (`-sname undefined`), `undefined` while none has; `[]` for a
/// node that has a name of its own.
const NAMING: usize = 3;

/// Deals with the messages that are there.
///
/// Its supervisor ends it when the node stops, before what else is left of the kernel: the connections
/// go with it.
fn serve(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    ctx.node.trap_exit(true);
    let mut state = args.to_vec();
    for message in ctx.local.process.take_messages() {
        let parts = ctx.local.heap.as_tuple(message).map(<[Value]>::to_vec).unwrap_or_default();
        match (
            parts.first().and_then(|tag| tag.as_atom()).map_or("", AtomIndex::as_str),
            &parts[..],
        ) {
            ("$gen_call", &[_, from, request]) => {
                let Some(caller) = caller(ctx, from) else { continue };
                if let Some(answer) = request_answer(ctx, &mut state, caller, request)? {
                    reply(ctx, caller, answer)?;
                }
            }
            ("$gen_cast", &[_, request]) => cast(ctx, request)?,
            ("system", &[_, from, request]) if request == atom_value("get_state") => {
                let Some(caller) = caller(ctx, from) else { continue };
                let state = node_state(ctx, &state);
                let answer = ctx.local.heap.tuple(&[atom::OK.into(), state]);
                reply(ctx, caller, answer)?;
            }
            ("EXIT", &[_, from, reason]) if from == state[SUPERVISOR] => {
                kernel(ctx)?.is_named_by_another.set(false);
                system(ctx)?.end_distribution();
                return Err(Raise::new(Class::Exit, reason));
            }
            ("nodedown", &[_, node]) if node == state[NAMING] => lose_name(ctx, &mut state)?,
            ("connected", &[_, node, connected]) => {
                let is_naming = node == state[NAMING];
                if is_naming && connected == Value::boolean(true) {
                    ctx.node.monitor_node(node.as_atom().ok_or(Raise::BADARG)?, true);
                } else if is_naming {
                    lose_name(ctx, &mut state)?;
                }
                tell_connected(ctx, node, connected)?;
            }
            (_, _) => {}
        }
    }
    Ok(wait(&state))
}

/// The node that has given this one its name is gone, and with it the name.
fn lose_name(ctx: &mut NativeContext<'_>, state: &mut [Value]) -> std::result::Result<(), Raise> {
    state[NAMING] = atom::UNDEFINED.into();
    system(ctx)?.end_distribution();
    Ok(())
}

/// A node without a name connects to another one, and so gets one: that which it has in the world.
fn take_name(
    ctx: &mut NativeContext<'_>,
    state: &mut [Value],
    from: AtomIndex,
) -> std::result::Result<(), Raise> {
    if state[NAMING] == atom::UNDEFINED.into() {
        let own = ctx.local.process.pid().life.node();
        state[NAMING] = from.into();
        let started = system(ctx)?.start_distribution(own);
        started.map_err(|_| Raise::new(Class::Exit, atom_value("nodistribution")))?;
    }
    Ok(())
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
    state: &mut [Value],
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
                take_name(ctx, state, node)?;
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
        ("longnames", []) => Value::boolean(state[DOMAIN] == atom_value("longnames")),
        ("nodename", []) => {
            let is_alive = system(ctx)?.is_alive();
            if is_alive { own } else { atom::NONODE }.into()
        }
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
    let is_later = state[IS_STARTED_LATER] == Value::boolean(true);
    let is_unnamed = state[NAMING] == atom::UNDEFINED.into();
    let kind = |is_dynamic| atom_value(if is_dynamic { "dynamic" } else { "static" });
    let pairs = [
        (atom_value("started"), kind(is_later)),
        (atom_value("name"), if is_unnamed { atom::UNDEFINED } else { own }.into()),
        (atom_value("name_type"), kind(!state[NAMING].is_nil())),
        (atom_value("name_domain"), state[DOMAIN]),
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
