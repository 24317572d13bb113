//! Modules that are prepared first and loaded later, several at once.

use std::sync::Arc;

use super::{Effects, NativeContext, Result, Value, answer, atom_value, error, kernel, ok};
use crate::beam::atom::AtomIndex;
use crate::beam::file::Module;
use crate::beam::image::Image;
use crate::beam::machine::Spawning;
use crate::beam::native::{NativeNext, Raise};

pub(super) const ERLANG: Effects = &[("finish_loading", 1, finish_loading)];

pub(super) const ERTS_INTERNAL: Effects = &[
    ("prepare_loading", 2, prepare_loading),
    ("spawn_system_process", 3, spawn_system_process),
    ("new_connection", 1, |_, _| Err(refused())),
    ("abort_pending_connection", 2, |_, _| Err(refused())),
    ("create_dist_channel", 3, |_, _| Err(refused())),
];

/// A module that was prepared.
struct Prepared {
    name: AtomIndex,
    image: Arc<Image>,
}

/// The exception of functions that only OTP's own carriers of the distribution call.
fn refused() -> Raise {
    Raise::error(atom_value("notsup"))
}

/// A reference to the module, or `{error, badfile}`.
fn prepare_loading(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    let bytes = ctx.local.heap.as_bytes(args[1]).ok_or(Raise::BADARG)?.into_owned();
    let kernel = kernel(ctx)?;
    let image = match Module::parse(&bytes) {
        Ok(file) if file.name == name.as_str() => kernel.library.image_of(&file).ok(),
        Ok(_) | Err(_) => None,
    };
    let Some(image) = image else { return error(ctx, "badfile") };
    answer(ctx.share(Prepared { name, image }))
}

/// The code of a module that was prepared.
pub(super) fn prepared_image(
    ctx: &mut NativeContext<'_>,
    prepared: Value,
) -> std::result::Result<Arc<Image>, Raise> {
    let found: &mut Prepared = ctx.shared(prepared)?.ok_or(Raise::BADARG)?;
    Ok(Arc::clone(&found.image))
}

/// The outcome of a step that loads prepared modules.
pub(super) enum Finish {
    /// All are loaded.
    Done,
    /// This one is to be loaded next.
    Next(AtomIndex),
    /// None was loaded, for this reason, which concerns these.
    Refused(&'static str, Vec<AtomIndex>),
}

/// Loads prepared modules, or none of them.
fn finish_loading(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let values = ctx.local.heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    match finish(ctx, &values)? {
        Finish::Done => ok(),
        Finish::Next(module) => Ok(NativeNext::Load(module)),
        Finish::Refused(reason, modules) => {
            let modules: Vec<Value> = modules.into_iter().map(Value::atom).collect();
            let modules = ctx.local.heap.list(&modules);
            answer(ctx.local.heap.tuple(&[atom_value(reason), modules]))
        }
    }
}

/// One step of loading prepared modules. It is called again after each.
pub(super) fn finish(
    ctx: &mut NativeContext<'_>,
    values: &[Value],
) -> std::result::Result<Finish, Raise> {
    let mut prepared = Vec::new();
    for value in values {
        let found: &mut Prepared = ctx.shared(*value)?.ok_or(Raise::BADARG)?;
        prepared.push((found.name, Arc::clone(&found.image)));
    }
    let code = ctx.local.code;
    let is_loaded = |name: AtomIndex, image: &Image| {
        code.module(name).is_some_and(|loaded| loaded.number == image.number)
    };
    prepared.retain(|(name, image)| !is_loaded(*name, image));
    let old = prepared.iter().map(|(name, _)| *name);
    let old = old.filter(|name| code.module(*name).is_some() && code.old(*name).is_some());
    let old: Vec<AtomIndex> = old.collect();
    if !old.is_empty() {
        return Ok(Finish::Refused("not_purged", old));
    }
    let kernel = kernel(ctx)?;
    let Some((name, image)) = prepared.into_iter().next() else {
        kernel.loading.take();
        for value in values {
            ctx.forget(*value);
        }
        return Ok(Finish::Done);
    };
    if kernel.prepare(name, image) {
        return Ok(Finish::Next(name));
    }
    Ok(Finish::Refused("on_load", vec![name]))
}

fn spawn_system_process(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (Some(module), Some(function)) = (args[0].as_atom(), args[1].as_atom()) else {
        return Err(Raise::BADARG);
    };
    ctx.local.heap.list_len(args[2]).ok_or(Raise::BADARG)?;
    let spawning = Spawning::default();
    let (pid, _) = ctx.node.spawn(&mut ctx.local, (module, function), args[2], spawning);
    answer(ctx.local.heap.pid(pid))
}
