//! Ports: other programs of the machine, which are nodes as well, and the pipe to the program that
//! has started this one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Effects, NativeContext, Result, Value, answer, atom, atom_value, kernel, system, text_of,
};
use crate::beam::atom::AtomIndex;
use crate::beam::function::FunctionName;
use crate::beam::identity::{Port, ProcessId, Reference};
use crate::beam::iodata::bytes_of;
use crate::beam::machine::{PortOrder, PortRequest, PortTarget};
use crate::beam::native::Raise;
use crate::beam::words::{LineSyntax, words_of};
use crate::engine::term::Term;

pub(super) const ERLANG: Effects = &[("ports", 0, ports)];

pub(super) const ERTS_INTERNAL: Effects = &[
    ("open_port", 2, open),
    ("port_command", 3, command),
    ("port_close", 1, close),
    ("port_connect", 2, connect),
    ("port_info", 1, info),
    ("port_info", 2, info_item),
    ("port_control", 3, |_, _| answer(atom::BADARG.into())),
    ("port_call", 3, |_, _| answer(atom::BADARG.into())),
];

pub(super) const OS: Effects =
    &[("find_executable", 1, find_executable), ("find_executable", 2, find_executable)];

/// A port of a node.
#[derive(Clone, Debug)]
pub struct PortState {
    /// The process that gets what comes from it.
    pub owner: ProcessId,
    /// The process of the node that stands for it; the port that starts programs takes no orders.
    pub driver: Option<ProcessId>,
    /// The name of the program.
    pub name: String,
    /// The number of the program.
    pub program: Option<u32>,
    /// The processes that it is linked to.
    pub links: BTreeSet<ProcessId>,
    /// The monitors that are set on it.
    pub monitors: BTreeMap<Reference, PortMonitor>,
    /// It has not been told to close.
    pub is_open: bool,
}

/// A monitor of a port.
#[derive(Clone, Debug)]
pub struct PortMonitor {
    /// The process that has set it.
    pub watcher: ProcessId,
    /// The first element of its message.
    pub tag: Term,
}

fn port_of(ctx: &NativeContext<'_>, value: Value) -> Option<Port> {
    let port = ctx.local.heap.as_port(value)?;
    (port.life == ctx.local.process.pid().life).then_some(port)
}

/// `open_port/2`: the port, or the reason for which there is none.
fn open(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some(request) = request_of(ctx, args[0], args[1]) else {
        // The name of a file by itself: what is written to the port goes into it.
        if text_of(ctx, args[0]).is_some() {
            has_no_program(ctx)?;
        }
        return answer(atom::BADARG.into());
    };
    let system = ctx.node.system().ok_or(Raise::error(atom_value("notsup")))?;
    let Some(number) = system.open_port(request) else {
        has_no_program(ctx)?;
        return answer(atom_value("enoent"));
    };
    let life = ctx.local.process.pid().life;
    answer(ctx.local.heap.port(Port { life, number }))
}

/// A port was asked for whose other end no simulated machine has.
fn has_no_program(ctx: &mut NativeContext<'_>) -> std::result::Result<(), Raise> {
    let module = AtomIndex::new("erts_internal");
    kernel(ctx)?.is_missing(FunctionName::new(module, AtomIndex::new("open_port"), 2));
    Ok(())
}

/// Reads the arguments; `None` when one of them is wrong.
fn request_of(ctx: &NativeContext<'_>, name: Value, options: Value) -> Option<PortRequest> {
    let options = ctx.local.heap.as_list(options)?;
    let has = |name: &str| options.iter().any(|option| *option == atom_value(name));
    let &[kind, ref what @ ..] = ctx.local.heap.as_tuple(name)? else { return None };
    let target = match (kind.as_atom()?.as_str(), what) {
        ("spawn", &[command]) => {
            PortTarget::Program(words_of(&text_of(ctx, command)?, LineSyntax::Shell).words)
        }
        ("spawn_executable", &[file]) => {
            let mut words = vec![text_of(ctx, file)?];
            words.extend(arguments(ctx, &options)?);
            PortTarget::Program(words)
        }
        ("fd", &[_, _]) => PortTarget::Parent,
        ("spawn_driver", &[_]) => PortTarget::Program(Vec::new()),
        (_, _) => return None,
    };
    Some(PortRequest {
        target,
        environment: environment(ctx, &options)?,
        binary: has("binary"),
        exit_status: has("exit_status"),
        eof: has("eof"),
    })
}

/// The variables of the environment among the options of a port: `{Name, Value}`, and `{Name, false}` for
/// one that is not there.
fn environment(
    ctx: &NativeContext<'_>,
    options: &[Value],
) -> Option<Vec<(String, Option<String>)>> {
    let heap = &*ctx.local.heap;
    let mut variables = Vec::new();
    for option in options {
        let Some(&[name, list]) = heap.as_tuple(*option) else { continue };
        if name != atom_value("env") {
            continue;
        }
        for pair in heap.as_list(list)? {
            let &[name, value] = heap.as_tuple(pair)? else { return None };
            let is_unset = value == Value::boolean(false);
            let value = if is_unset { None } else { Some(text_of(ctx, value)?) };
            variables.push((text_of(ctx, name)?, value));
        }
    }
    Some(variables)
}

/// The arguments of a program among the options of a port.
fn arguments(ctx: &NativeContext<'_>, options: &[Value]) -> Option<Vec<String>> {
    let arguments = options.iter().find_map(|option| match ctx.local.heap.as_tuple(*option) {
        Some(&[name, arguments]) if name == atom_value("args") => Some(arguments),
        Some(_) | None => None,
    });
    let Some(arguments) = arguments else { return Some(Vec::new()) };
    ctx.local.heap.as_list(arguments)?.into_iter().map(|each| text_of(ctx, each)).collect()
}

/// The answer to a command of a port: `true`, or `badarg` when it is not open.
fn told(ctx: &mut NativeContext<'_>, port: Value, order: PortOrder) -> Result {
    let Some(port) = port_of(ctx, port) else { return answer(atom::BADARG.into()) };
    let told = system(ctx)?.tell_port(port.number, order);
    answer(if told { Value::boolean(true) } else { atom::BADARG.into() })
}

fn command(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    match bytes_of(ctx.local.heap, args[1]) {
        Ok(bytes) => told(ctx, args[0], PortOrder::Command(bytes)),
        Err(_) => answer(atom::BADARG.into()),
    }
}

fn close(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    told(ctx, args[0], PortOrder::Close)
}

fn connect(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    match ctx.local.heap.as_pid(args[1]) {
        Some(pid) => told(ctx, args[0], PortOrder::Connect(pid)),
        None => answer(atom::BADARG.into()),
    }
}

fn ports(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let life = ctx.local.process.pid().life;
    let kernel = kernel(ctx)?;
    let open = kernel.ports.borrow();
    let numbers = open.iter().filter(|(_, state)| state.is_open).map(|(number, _)| *number);
    let ports: Vec<Value> =
        numbers.map(|number| ctx.local.heap.port(Port { life, number })).collect();
    answer(ctx.local.heap.list(&ports))
}

/// The port of every node that starts the programs of the others.
pub(in crate::beam) fn forker(init: ProcessId) -> PortState {
    PortState {
        owner: init,
        driver: None,
        name: "forker".to_owned(),
        program: None,
        links: BTreeSet::new(),
        monitors: BTreeMap::new(),
        is_open: true,
    }
}

const ITEMS: [&str; 7] = ["name", "links", "id", "connected", "input", "output", "os_pid"];

/// The value of an item of a port.
fn item(ctx: &mut NativeContext<'_>, number: u64, state: &PortState, name: &str) -> Option<Value> {
    let heap = &mut *ctx.local.heap;
    Some(match name {
        "name" => heap.string(&state.name),
        "links" => {
            let links: Vec<Value> = state.links.iter().map(|pid| heap.pid(*pid)).collect();
            heap.list(&links)
        }
        "id" => heap.unsigned(number),
        "connected" => heap.pid(state.owner),
        "input" | "output" => Value::small(0),
        "os_pid" => match state.program {
            Some(program) => Value::small(program.into()),
            None => atom::UNDEFINED.into(),
        },
        _ => return None,
    })
}

fn state_of(
    ctx: &mut NativeContext<'_>,
    port: Value,
) -> std::result::Result<Option<(u64, PortState)>, Raise> {
    let Some(port) = port_of(ctx, port) else { return Ok(None) };
    let state = kernel(ctx)?.ports.borrow().get(&port.number).cloned();
    Ok(state.filter(|state| state.is_open).map(|state| (port.number, state)))
}

fn info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some((number, state)) = state_of(ctx, args[0])? else {
        return answer(atom::UNDEFINED.into());
    };
    let mut pairs = Vec::new();
    for name in ITEMS {
        if let Some(value) = item(ctx, number, &state, name) {
            pairs.push(ctx.local.heap.tuple(&[atom_value(name), value]));
        }
    }
    answer(ctx.local.heap.list(&pairs))
}

fn info_item(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[1].as_atom().map_or("", atom::AtomIndex::as_str);
    if !ITEMS.contains(&name) {
        return answer(atom::BADARG.into());
    }
    let Some((number, state)) = state_of(ctx, args[0])? else {
        return answer(atom::UNDEFINED.into());
    };
    let value = item(ctx, number, &state, name).unwrap_or(atom::UNDEFINED.into());
    answer(ctx.local.heap.tuple(&[args[1], value]))
}

/// The programs that a simulated machine has: `erl`, and `ssh`, which starts it on another host.
fn find_executable(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    let root = kernel(ctx)?.library.root().display().to_string();
    let found = match name.as_str() {
        "erl" => Some(format!("{root}/bin/erl")),
        "ssh" | "rsh" => Some(format!("/usr/bin/{name}")),
        whole if whole.starts_with('/') && program_name(whole).is_some() => Some(name),
        _ => None,
    };
    match found {
        Some(file) => answer(ctx.local.heap.string(&file)),
        None => answer(Value::boolean(false)),
    }
}

/// The name of a program that a simulated machine has, without the folder.
pub(in crate::beam) fn program_name(file: &str) -> Option<&str> {
    let name = file.rsplit('/').next()?;
    ["erl", "erlexec", "cerl", "ssh", "rsh"].contains(&name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_the_programs_that_start_nodes() {
        assert_eq!(program_name("/usr/lib/erlang/bin/erl"), Some("erl"));
        assert_eq!(program_name("ssh"), Some("ssh"));
        assert_eq!(program_name("/bin/cat"), None);
    }
}
