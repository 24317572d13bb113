//! The machine under OTP's kernel: its end, its screen, and what a simulated one has not got.

use std::path::Path;

use super::{
    Effects, KernelState, NativeContext, NativeNext, Result, Value, answer, atom, atom_value,
    kernel, ok, system, text_of,
};
use crate::beam::atom::AtomIndex;
use crate::beam::function::FunctionName;
use crate::beam::machine::{Ending, LogLevel, system_info};
use crate::beam::native::{Class, Raise, Trace};
use crate::beam::natives::native_names;

pub(super) const ERLANG: Effects = &[
    ("halt", 0, |ctx, _| halt(ctx, Value::small(0))),
    ("halt", 1, |ctx, args| halt(ctx, args[0])),
    ("halt", 2, |ctx, args| {
        for option in ctx.local.heap.as_list(args[1]).ok_or(Raise::BADARG)? {
            match ctx.local.heap.as_tuple(option) {
                Some(&[name, flush])
                    if name == atom_value("flush") && flush.as_boolean().is_some() => {}
                Some(_) | None => return Err(Raise::BADARG),
            }
        }
        halt(ctx, args[0])
    }),
    ("display", 1, display),
    ("display_string", 1, display_string),
    ("display_string", 2, |ctx, args| display_string(ctx, &args[1..])),
    ("display_nl", 0, |_, _| answer(Value::boolean(true))),
    ("nif_error", 1, |ctx, args| no_native(ctx, args[0])),
    ("nif_error", 2, |ctx, args| no_native(ctx, args[0])),
    ("load_nif", 2, no_nif),
    ("loaded", 0, loaded),
    ("pre_loaded", 0, pre_loaded),
    ("system_info", 1, info),
    ("fun_info_mfa", 1, fun_info_mfa),
];

pub(super) const ERTS_INTERNAL: Effects = &[
    ("is_system_process", 1, |_, _| answer(Value::boolean(false))),
    ("get_creation", 0, |ctx, _| {
        let creation = ctx.local.process.pid().life.creation();
        answer(Value::small(creation.into()))
    }),
];

pub(super) const OS: Effects = &[
    ("set_signal", 2, |_, _| ok()),
    ("getpid", 0, |ctx, _| {
        let number = system(ctx)?.program_number().to_string();
        answer(ctx.local.heap.string(&number))
    }),
    ("env", 0, environment),
    ("getenv", 1, get_variable),
    ("putenv", 2, put_variable),
    ("unsetenv", 1, remove_variable),
    ("type", 0, |ctx, _| {
        let parts = [atom_value("unix"), atom_value("linux")];
        answer(ctx.local.heap.tuple(&parts))
    }),
    ("version", 0, |ctx, _| {
        let parts = [6, 1, 0].map(Value::small);
        answer(ctx.local.heap.tuple(&parts))
    }),
    ("cmd", 1, |ctx, _| no_port(ctx, "os", "cmd", 1)),
    ("cmd", 2, |ctx, _| no_port(ctx, "os", "cmd", 2)),
];

/// The variables of the environment, each with its value.
fn environment(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let variables = kernel(ctx)?.environment.borrow().clone();
    let heap = &mut *ctx.local.heap;
    let pairs: Vec<Value> = variables
        .iter()
        .map(|(name, value)| {
            let pair = [heap.string(name), heap.string(value)];
            heap.tuple(&pair)
        })
        .collect();
    answer(heap.list(&pairs))
}

fn get_variable(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    let value = kernel(ctx)?.environment.borrow().get(&name).cloned();
    answer(value.map_or(Value::boolean(false), |value| ctx.local.heap.string(&value)))
}

fn put_variable(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    let value = text_of(ctx, args[1]).ok_or(Raise::BADARG)?;
    if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
        return Err(Raise::BADARG);
    }
    kernel(ctx)?.environment.borrow_mut().insert(name, value);
    answer(Value::boolean(true))
}

fn remove_variable(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    kernel(ctx)?.environment.borrow_mut().remove(&name);
    answer(Value::boolean(true))
}

/// The node ends: in order when its work is done, as after a crash with a dump otherwise.
fn halt(ctx: &mut NativeContext<'_>, status: Value) -> Result {
    let is_status = status.as_small().is_some_and(|status| status >= 0);
    let slogan = if is_status || status == atom_value("abort") {
        None
    } else if status.is_cons() || status.is_nil() {
        text_of(ctx, status)
    } else {
        return Err(Raise::BADARG);
    };
    let in_order = status == Value::small(0);
    kernel(ctx)?.has_halted.set(true);
    ctx.local.shared.transit.settle(ctx.local.heap);
    let system = system(ctx)?;
    if let Some(slogan) = slogan {
        system.log(LogLevel::Error, &slogan);
    }
    system.halt(if in_order { Ending::InOrder } else { Ending::AtOnce });
    Ok(NativeNext::Yield(Value::NIL))
}

fn display(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let text = ctx.local.heap.print(args[0]).to_string();
    system(ctx)?.log(LogLevel::Info, &text);
    answer(Value::boolean(true))
}

fn display_string(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if args[0].is_atom() {
        return Err(Raise::BADARG);
    }
    let text = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    let text = text.trim();
    if !text.is_empty() {
        system(ctx)?.log(LogLevel::Info, text);
    }
    answer(Value::boolean(true))
}

/// The items about a node's release; the rest is that of every machine.
fn info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let kernel = kernel(ctx)?;
    let release = kernel.release();
    let text = match args[0].as_atom().map(AtomIndex::as_str) {
        Some("otp_release") => release.to_string(),
        Some("compat_rel") => return answer(Value::small(release.into())),
        Some("snifs") => return functions_in_c(ctx),
        Some("version") => erts_version(&kernel),
        Some("system_version") => format!(
            "Erlang/OTP {release} [erts-{}] [64-bit] [smp:1:1] [ds:1:1:1] [async-threads:1]\n",
            erts_version(&kernel)
        ),
        Some("nif_version") => match release {
            ..26 => "2.16",
            26..29 => "2.17",
            29.. => "2.18",
        }
        .to_owned(),
        Some(_) | None => return system_info(ctx, args),
    };
    answer(ctx.local.heap.string(&text))
}

/// The version of the runtime system whose modules the node has: of `lib/erts-17.1.1/ebin/erlang.beam`.
fn erts_version(kernel: &KernelState) -> String {
    let file = kernel.library.file_of(AtomIndex::new("erlang"));
    let mut folders = file.into_iter().flat_map(Path::ancestors);
    let version = folders.find_map(|folder| folder.file_name()?.to_str()?.strip_prefix("erts-"));
    version.map_or_else(|| format!("{}.0", kernel.release() - 12), str::to_owned)
}

/// The functions that the runtime system of OTP 25 has in C: `{Module, Function, Arity}` of each.
fn functions_in_c(ctx: &mut NativeContext<'_>) -> Result {
    let heap = &mut *ctx.local.heap;
    let functions = native_names().map(|(module, function, arity)| {
        heap.tuple(&[atom_value(module), atom_value(function), Value::small(arity.into())])
    });
    let functions: Vec<Value> = functions.collect();
    answer(heap.list(&functions))
}

/// The module, the name and the number of arguments of a fun.
fn fun_info_mfa(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let heap = &*ctx.local.heap;
    let parts = if let Some(fun) = heap.as_external_fun(args[0]) {
        Some((fun.module, fun.function, fun.arity))
    } else {
        heap.as_fun(args[0]).map(|fun| {
            let code = ctx.local.code;
            let image = code.module(fun.module);
            let entry = image.and_then(|image| {
                let place = image.funs.get(fun.index as usize)?.place;
                image.function_at(place)
            });
            (fun.module, entry.map_or(atom::EMPTY, |entry| entry.name), fun.arity)
        })
    };
    let (module, function, arity) = parts.ok_or(Raise::BADARG)?;
    let parts = [module.into(), function.into(), Value::small(arity.into())];
    answer(ctx.local.heap.tuple(&parts))
}

/// There are no programs outside of the simulation.
fn no_port(ctx: &mut NativeContext<'_>, module: &str, function: &str, arity: u8) -> Result {
    let name = FunctionName::new(AtomIndex::new(module), AtomIndex::new(function), arity);
    kernel(ctx)?.is_missing(name);
    Err(Raise::error(atom_value("enoent")))
}

/// A function of OTP that is written in C there, and that a simulated node has not got.
fn no_native(ctx: &mut NativeContext<'_>, reason: Value) -> Result {
    if let (Some(name), Ok(kernel)) = (ctx.local.current_function(), kernel(ctx)) {
        kernel.is_missing(name);
    }
    Err(Raise { class: Class::Error, reason, trace: Trace::Callers })
}

/// Functions in C cannot be loaded.
fn no_nif(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    kernel(ctx)?.is_missing(FunctionName::new(atom::ERLANG, AtomIndex::new("load_nif"), 2));
    let heap = &mut *ctx.local.heap;
    let text = heap.string("a simulated node loads no functions in C");
    let reason = heap.tuple(&[atom_value("load_failed"), text]);
    answer(heap.tuple(&[atom::ERROR.into(), reason]))
}

fn loaded(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let modules: Vec<Value> = ctx.local.code.modules().map(Value::atom).collect();
    answer(ctx.local.heap.list(&modules))
}

fn pre_loaded(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let modules = ["erlang", "erts_internal", "init", "prim_file", "erl_prim_loader"];
    let modules = modules.map(|module| Value::atom(AtomIndex::new(module)));
    answer(ctx.local.heap.list(&modules))
}
