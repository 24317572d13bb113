//! `user` and `standard_error`: what code prints becomes lines of the log.

use super::state::start_process;
use super::steps::{caught, sequence};
use super::{Effects, NativeContext, NativeNext, Result, Value, answer, atom, atom_value, kernel};
use super::{own_module, system, text_of};
use crate::beam::atom::AtomIndex;
use crate::beam::machine::{LogLevel, Recipient, Spawning};
use crate::beam::native::Raise;

pub(super) const USER: Effects = &[
    ("start", 0, |ctx, _| start(ctx, "user").map(NativeNext::Return)),
    ("start_out", 0, |ctx, _| start(ctx, "user").map(NativeNext::Return)),
];

pub(super) const USER_DRV: Effects = &[
    ("start", 0, |ctx, _| start(ctx, "user").map(NativeNext::Return)),
    ("start", 1, |ctx, _| start(ctx, "user").map(NativeNext::Return)),
];

pub(super) const STANDARD_ERROR: Effects = &[("init", 1, |ctx, _| {
    let pid = start(ctx, "standard_error")?;
    answer(ctx.local.heap.tuple(&[atom::OK.into(), pid, pid]))
})];

pub(super) const NODEDOWN: Effects = &[("serve_io", 1, serve), ("io_step", 2, step)];

fn start(ctx: &mut NativeContext<'_>, name: &str) -> std::result::Result<Value, Raise> {
    start_process(ctx, "serve_io", &[atom_value(name)], name, Spawning::default())
}

fn wait(name: Value) -> NativeNext {
    let function = AtomIndex::new("serve_io");
    NativeNext::Hibernate { module: own_module(), function, args: vec![name] }
}

/// Deals with one message of the input and output protocol.
fn serve(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0];
    let Some(message) = ctx.local.process.take_message() else { return Ok(wait(name)) };
    let (from, reply_as, request) = match ctx.local.heap.as_tuple(message) {
        Some(&[tag, from, reply_as, request]) if tag == atom_value("io_request") => {
            (from, reply_as, request)
        }
        Some(_) | None => return Ok(wait(name)),
    };
    let mut steps = Vec::new();
    plan(ctx, name, request, &mut steps);
    steps.push(ctx.local.heap.tuple(&[atom_value("finish"), name, from, reply_as]));
    Ok(sequence(ctx, "io_step", atom::OK.into(), &steps))
}

/// The steps that serve a request.
fn plan(ctx: &mut NativeContext<'_>, name: Value, request: Value, steps: &mut Vec<Value>) {
    let parts = ctx.local.heap.as_tuple(request).map(<[Value]>::to_vec);
    let parts = parts.unwrap_or_else(|| vec![request]);
    let kind = parts[0].as_atom().map_or("", AtomIndex::as_str);
    let value = match (kind, &parts[1..]) {
        ("put_chars", &[chars] | &[_, chars]) => {
            return steps.push(ctx.local.heap.tuple(&[atom_value("put"), name, chars]));
        }
        ("put_chars", &[module, function, args] | &[_, module, function, args]) => {
            let call = [atom_value("call"), module, function, args];
            steps.push(ctx.local.heap.tuple(&call));
            return steps.push(ctx.local.heap.tuple(&[atom_value("written"), name]));
        }
        ("requests", &[requests]) => {
            for request in ctx.local.heap.as_list(requests).unwrap_or_default() {
                plan(ctx, name, request, steps);
            }
            return;
        }
        ("setopts", &[_]) => atom::OK.into(),
        ("getopts", []) => options(ctx),
        ("get_geometry", &[_]) => {
            ctx.local.heap.tuple(&[atom::ERROR.into(), atom_value("enotsup")])
        }
        (kind, _) if kind.starts_with("get_") => atom_value("eof"),
        (_, _) => ctx.local.heap.tuple(&[atom::ERROR.into(), atom_value("request")]),
    };
    steps.push(ctx.local.heap.tuple(&[atom_value("value"), value]));
}

fn options(ctx: &mut NativeContext<'_>) -> Value {
    let heap = &mut *ctx.local.heap;
    let binary = heap.tuple(&[atom::BINARY.into(), Value::boolean(false)]);
    let encoding = heap.tuple(&[atom_value("encoding"), atom_value("unicode")]);
    heap.list(&[binary, encoding])
}

fn step(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let parts = ctx.local.heap.as_tuple(args[0]).map(<[Value]>::to_vec).ok_or(Raise::BADARG)?;
    let before = args[1];
    match (parts[0].as_atom().map_or("", AtomIndex::as_str), &parts[1..]) {
        ("put", &[name, chars]) => write(ctx, name, chars),
        ("call", &[module, function, args]) => Ok(caught(module, function, args)),
        ("written", &[name]) => write(ctx, name, before),
        ("value", &[value]) => answer(value),
        ("finish", &[name, from, reply_as]) => {
            let to = ctx.local.heap.as_pid(from).ok_or(Raise::BADARG)?;
            let reply = ctx.local.heap.tuple(&[atom_value("io_reply"), reply_as, before]);
            ctx.node.send(&mut ctx.local, Recipient::Pid(to), reply)?;
            Ok(wait(name))
        }
        (_, _) => Err(Raise::BADARG),
    }
}

/// Writes what is whole lines now.
fn write(ctx: &mut NativeContext<'_>, name: Value, chars: Value) -> Result {
    let Some(text) = text_of(ctx, chars) else {
        return answer(ctx.local.heap.tuple(&[atom::ERROR.into(), atom_value("put_chars")]));
    };
    let name = name.as_atom().ok_or(Raise::BADARG)?;
    let kernel = kernel(ctx)?;
    let mut unfinished = kernel.unfinished.borrow_mut();
    let line = unfinished.entry(name).or_default();
    line.push_str(&text);
    let Some(end) = line.rfind('\n') else { return answer(atom::OK.into()) };
    let rest = line.split_off(end + 1);
    let whole = std::mem::replace(line, rest);
    let system = system(ctx)?;
    for line in whole.lines().filter(|line| !line.trim().is_empty()) {
        system.log(LogLevel::Info, line);
    }
    answer(atom::OK.into())
}
