//! The names of processes of compiled code in a trace: what they were started to do.

use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::machine::{Code, Local};
use crate::beam::value::Value;
use crate::engine::term;
use crate::otp::application;

/// The longest label.
const LENGTH_MAX: usize = 255;

/// The name of a process that begins with this call: the function that OTP calls its initial call, as
/// `bank_server:init/1` for a server, or the master of an application.
pub(super) fn label(local: &Local<'_>, function: (AtomIndex, AtomIndex), args: Value) -> String {
    let args = local.heap.as_list(args).unwrap_or_default();
    let mut text = of_call(local.heap, local.code, function, args);
    text.truncate(text.floor_char_boundary(LENGTH_MAX));
    text
}

fn of_call(
    heap: &Heap,
    code: &Code,
    mut function: (AtomIndex, AtomIndex),
    mut args: Vec<Value>,
) -> String {
    while let ("proc_lib", "init_p", &[_, _, module, name, inner]) =
        (function.0.as_str(), function.1.as_str(), args.as_slice())
        && let Some(called) = module.as_atom().zip(name.as_atom())
        && let Some(inner) = heap.as_list(inner)
    {
        (function, args) = (called, inner);
    }
    of_start(heap, code, function, &args)
}

/// The name of a call that is none of `proc_lib` to another function.
fn of_start(heap: &Heap, code: &Code, function: (AtomIndex, AtomIndex), args: &[Value]) -> String {
    let whole = || name_of(function.0, function.1, args.len());
    let known = match (function.0.as_str(), function.1.as_str(), args) {
        ("proc_lib", "init_p", &[_, _, fun]) => of_fun(heap, code, fun),
        ("erlang", "apply", &[fun, args]) if args.is_nil() => of_fun(heap, code, fun),
        ("gen", "init_it", &[_, _, _, module, args, _] | &[_, _, _, _, module, args, _]) => {
            of_behaviour(heap, module, args)
        }
        ("application_master", "init", &[_, _, data, _]) => {
            let name = heap.as_tuple(data).and_then(|data| data.get(1)?.as_atom());
            let name = name.map(|name| term::Atom::new(name.as_str()));
            name.map(|name| application::master_label(name).as_str().to_owned())
        }
        (_, _, _) => None,
    };
    known.unwrap_or_else(whole)
}

/// The callback module of a behaviour; that of a supervisor is in its argument.
fn of_behaviour(heap: &Heap, module: Value, args: Value) -> Option<String> {
    let module = module.as_atom()?;
    if module.as_str() == "supervisor"
        && let Some(&[_, callback, _]) = heap.as_tuple(args)
        && let Some(callback) = callback.as_atom()
    {
        return Some(format!("supervisor:{}/1", callback.as_str()));
    }
    Some(format!("{}:init/1", module.as_str()))
}

/// The function that a fun is, as the compiler names it: `bank:-start/0-fun-0-/0`.
fn of_fun(heap: &Heap, code: &Code, fun: Value) -> Option<String> {
    if let Some(fun) = heap.as_external_fun(fun) {
        return Some(name_of(fun.module, fun.function, fun.arity.into()));
    }
    let fun = heap.as_fun(fun)?;
    let image = code.module(fun.module)?;
    let place = image.funs.get(fun.index as usize)?.place;
    let name = image.function_at(place).map_or(atom::EMPTY, |entry| entry.name);
    Some(name_of(fun.module, name, fun.arity.into()))
}

/// A function without the quotation marks that Erlang puts around some names.
fn name_of(module: AtomIndex, function: AtomIndex, arity: usize) -> String {
    format!("{}:{}/{arity}", module.as_str(), function.as_str())
}
