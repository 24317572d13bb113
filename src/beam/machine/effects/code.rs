//! The modules that are loaded, and functions as values.

use std::collections::BTreeSet;

use super::{Effect, NativeContext, NativeNext, Raise, Result, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::external;
use crate::beam::function::FunctionName;
use crate::beam::heap::{Bits, ExternalFun, Heap};
use crate::beam::identity::ProcessId;
use crate::beam::image::Image;
use crate::beam::machine::process::Process;
use crate::beam::machine::{CodeChange, Local};

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[
    ("function_exported", 3, function_exported),
    ("module_loaded", 1, module_loaded),
    ("get_module_info", 1, module_infos),
    ("get_module_info", 2, module_info),
    ("fun_info", 2, fun_info),
    ("make_fun", 3, make_fun),
    ("check_old_code", 1, |ctx, args| {
        let module = args[0].as_atom().ok_or(Raise::BADARG)?;
        answer(ctx.local.code.old(module).is_some().into())
    }),
    ("delete_module", 1, delete_module),
    ("has_prepared_code_on_load", 1, |_, _| answer(false.into())),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] = &[
    ("check_process_code", 1, |ctx, args| {
        let module = args[0].as_atom().ok_or(Raise::BADARG)?;
        let own = ctx.local.process.pid();
        answer(runs_old_code(&ctx.local, own, module).into())
    }),
    ("check_dirty_process_code", 2, |_, _| answer(false.into())),
    ("purge_module", 2, purge_module),
];

pub(super) const ERTS_CODE_PURGER: &[(&str, u8, Effect)] =
    &[("purge", 1, purge), ("soft_purge", 1, soft_purge)];

/// Does a process run old code of a module, or will it return to it?
pub(super) fn runs_old_code(local: &Local<'_>, pid: ProcessId, module: AtomIndex) -> bool {
    let Some(old) = local.code.old(module) else { return false };
    let process =
        if pid == local.process.pid() { Some(&*local.process) } else { local.processes.of(pid) };
    process.is_some_and(|process| process.runs(old))
}

/// The processes that run old code of a module, in the order of the node's processes.
fn who_runs_old_code(ctx: &NativeContext<'_>, module: AtomIndex) -> Vec<ProcessId> {
    let Some(old) = ctx.local.code.old(module) else { return Vec::new() };
    let processes = ctx.local.processes.iter().chain([&*ctx.local.process]);
    let running = processes.filter(|process| process.runs(old)).map(Process::pid);
    let running: BTreeSet<ProcessId> = running.collect();
    if running.is_empty() {
        return Vec::new();
    }
    ctx.node.processes().into_iter().filter(|pid| running.contains(pid)).collect()
}

fn delete_module(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let module = args[0].as_atom().ok_or(Raise::BADARG)?;
    if ctx.local.code.module(module).is_none() {
        let known = ctx.local.code.was_deleted(module);
        return answer(if known { true.into() } else { atom::UNDEFINED.into() });
    }
    if ctx.local.code.old(module).is_some() {
        return Err(Raise::BADARG);
    }
    Ok(NativeNext::Change { change: CodeChange::Delete(module), value: true.into() })
}

/// One step of a purge, whose others do nothing here.
fn purge_module(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let module = args[0].as_atom().ok_or(Raise::BADARG)?;
    let is_old = ctx.local.code.old(module).is_some();
    match args[1].as_atom().map(AtomIndex::as_str) {
        Some("prepare") => answer(is_old.into()),
        Some("complete") => {
            Ok(NativeNext::Change { change: CodeChange::Purge(module), value: is_old.into() })
        }
        Some("abort" | "prepare_on_load") => answer(false.into()),
        Some(_) | None => Err(Raise::BADARG),
    }
}

/// `{WasOld, DidKill}`: whoever runs old code is killed.
fn purge(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let module = args[0].as_atom().ok_or(Raise::BADARG)?;
    let was_old = ctx.local.code.old(module).is_some();
    let killed = kill_old_code(ctx, module);
    let value = ctx.local.heap.tuple(&[was_old.into(), killed.into()]);
    Ok(NativeNext::Change { change: CodeChange::Purge(module), value })
}

/// Kills the processes that run old code of a module: whether there were any.
pub(in crate::beam) fn kill_old_code(ctx: &mut NativeContext<'_>, module: AtomIndex) -> bool {
    let pids = who_runs_old_code(ctx, module);
    for pid in &pids {
        ctx.node.exit_signal(&mut ctx.local, *pid, atom::KILL.into());
    }
    !pids.is_empty()
}

/// Old code is gone unless a process runs it: whether nothing old is left.
pub(in crate::beam) fn soft_purge(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let module = args[0].as_atom().ok_or(Raise::BADARG)?;
    if !who_runs_old_code(ctx, module).is_empty() {
        return answer(false.into());
    }
    Ok(NativeNext::Change { change: CodeChange::Purge(module), value: true.into() })
}

/// The loading of code: modules are loaded when they are asked for, from where the loader finds
/// them.
pub(super) const CODE: &[(&str, u8, Effect)] =
    &[("ensure_loaded", 1, ensure_loaded), ("ensure_modules_loaded", 1, ensure_modules_loaded)];

/// The part of `error_handler` that loads a module. It was tried already.
pub(super) const ERROR_HANDLER: &[(&str, u8, Effect)] = &[("ensure_loaded", 1, ensure_loaded)];

/// Loads a module, and goes on after that: `None` when it is loaded or not to be found.
fn load_first(ctx: &NativeContext<'_>, module: AtomIndex) -> Option<NativeNext> {
    let code = ctx.local.code;
    let known = code.module(module).is_some() || code.is_absent(module);
    (!known).then_some(NativeNext::Load(module))
}

fn ensure_loaded(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let module = args[0].as_atom().ok_or(Raise::BADARG)?;
    if let Some(load) = load_first(ctx, module) {
        return Ok(load);
    }
    let (tag, value) = match ctx.local.code.module(module) {
        Some(_) => (atom::MODULE, args[0]),
        None => (atom::ERROR, AtomIndex::new("nofile").into()),
    };
    answer(ctx.local.heap.tuple(&[tag.into(), value]))
}

fn ensure_modules_loaded(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let modules = ctx.local.heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    let modules: Option<Vec<AtomIndex>> = modules.into_iter().map(Value::as_atom).collect();
    let modules = modules.ok_or(Raise::BADARG)?;
    if let Some(load) = modules.iter().find_map(|module| load_first(ctx, *module)) {
        return Ok(load);
    }
    let missing = modules.into_iter().filter(|module| ctx.local.code.module(*module).is_none());
    let missing: Vec<AtomIndex> = missing.collect();
    if missing.is_empty() {
        return answer(atom::OK.into());
    }
    let heap = &mut *ctx.local.heap;
    let reason = AtomIndex::new("nofile").into();
    let pairs: Vec<Value> =
        missing.into_iter().map(|module| heap.tuple(&[module.into(), reason])).collect();
    let pairs = heap.list(&pairs);
    answer(heap.tuple(&[atom::ERROR.into(), pairs]))
}

fn function_exported(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (Some(module), Some(function), Some(arity)) =
        (args[0].as_atom(), args[1].as_atom(), args[2].as_small())
    else {
        return Err(Raise::BADARG);
    };
    let name = u8::try_from(arity).map(|arity| FunctionName::new(module, function, arity));
    let is_exported = name.is_ok_and(|name| ctx.local.code.export(name).is_some());
    Ok(NativeNext::Return(is_exported.into()))
}

fn module_loaded(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let module = args[0].as_atom().ok_or(Raise::BADARG)?;
    Ok(NativeNext::Return(ctx.local.code.module(module).is_some().into()))
}

/// The items of `Module:module_info/1`, in the order of `Module:module_info/0`.
const INFOS: [&str; 5] = ["module", "exports", "attributes", "compile", "md5"];

fn module_infos(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let image = args[0].as_atom().and_then(|module| ctx.local.code.module(module));
    let image = image.ok_or(Raise::BADARG)?;
    let heap = &mut *ctx.local.heap;
    let mut items = Vec::new();
    for name in INFOS {
        let value = info_of(heap, image, name).ok_or(Raise::BADARG)?;
        items.push(heap.tuple(&[AtomIndex::new(name).into(), value]));
    }
    Ok(NativeNext::Return(heap.list(&items)))
}

fn module_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let image = args[0].as_atom().and_then(|module| ctx.local.code.module(module));
    let (Some(image), Some(name)) = (image, args[1].as_atom()) else { return Err(Raise::BADARG) };
    info_of(ctx.local.heap, image, name.as_str()).map(NativeNext::Return).ok_or(Raise::BADARG)
}

fn info_of(heap: &mut Heap, image: &Image, name: &str) -> Option<Value> {
    let names = |heap: &mut Heap, names: &mut dyn Iterator<Item = (AtomIndex, u8)>| {
        let pair =
            |(name, arity): (AtomIndex, u8)| heap.tuple(&[name.into(), Value::small(arity.into())]);
        let pairs: Vec<Value> = names.map(pair).collect();
        heap.list(&pairs)
    };
    let read = |heap: &mut Heap, bytes: &[u8]| {
        external::decode(heap, bytes).map_or(Value::NIL, |(value, _)| value)
    };
    Some(match name {
        "module" => image.name.into(),
        "exports" => {
            let parts = image.exports.iter().map(|export| export.0.parts());
            names(heap, &mut parts.map(|(_, name, arity)| (name, arity)))
        }
        "functions" => {
            let functions = image.functions().iter();
            names(heap, &mut functions.map(|function| (function.name, function.arity)))
        }
        "attributes" => read(heap, &image.info.attributes),
        "compile" => read(heap, &image.info.compilation),
        "md5" => heap.bits(Bits::of(&image.info.md5)),
        "nifs" => Value::NIL,
        "native" => Value::boolean(false),
        _ => return None,
    })
}

fn make_fun(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let arity = args[2].as_small().and_then(|arity| u8::try_from(arity).ok());
    match (args[0].as_atom(), args[1].as_atom(), arity) {
        (Some(module), Some(function), Some(arity)) => {
            let fun = ExternalFun { module, function, arity };
            Ok(NativeNext::Return(ctx.local.heap.external_fun(fun)))
        }
        (Some(_) | None, Some(_) | None, Some(_) | None) => Err(Raise::BADARG),
    }
}

fn fun_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let heap = &mut *ctx.local.heap;
    let name = args[1].as_atom().ok_or(Raise::BADARG)?;
    let image = heap.as_fun(args[0]).map(|fun| (fun.module, fun.index));
    let function = image.and_then(|(module, index)| {
        let image = ctx.local.code.module(module)?;
        let place = image.funs.get(index as usize)?.place;
        image.function_at(place).map(|function| function.name)
    });
    let value = match (heap.as_fun(args[0]), heap.as_external_fun(args[0])) {
        (Some(fun), _) => {
            let free = fun.free.to_vec();
            match name.as_str() {
                "module" => fun.module.into(),
                "name" => function.unwrap_or(atom::EMPTY).into(),
                "arity" => Value::small(fun.arity.into()),
                "env" => heap.list(&free),
                "type" => AtomIndex::new("local").into(),
                "index" | "new_index" => Value::small(fun.index.into()),
                "uniq" => Value::small(fun.uniq.into()),
                "new_uniq" => {
                    let md5 = ctx.local.code.module(fun.module).map(|image| image.info.md5);
                    heap.binary(&md5.unwrap_or_default())
                }
                // References are not counted.
                "refc" => Value::small(1),
                // Later releases no longer tell who made a fun: it is `init`.
                "pid" => heap.pid(ProcessId { number: 0, serial: 0, ..ctx.local.process.pid() }),
                _ => return Err(Raise::BADARG),
            }
        }
        (None, Some(fun)) => match name.as_str() {
            "module" => fun.module.into(),
            "name" => fun.function.into(),
            "arity" => Value::small(fun.arity.into()),
            "env" => Value::NIL,
            "type" => AtomIndex::new("external").into(),
            "index" | "new_index" | "uniq" | "new_uniq" | "refc" | "pid" => atom::UNDEFINED.into(),
            _ => return Err(Raise::BADARG),
        },
        (None, None) => return Err(Raise::BADARG),
    };
    Ok(NativeNext::Return(heap.tuple(&[args[1], value])))
}
