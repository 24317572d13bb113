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

/// Loads prepared modules, or none of them. It is called again after each.
fn finish_loading(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let values = ctx.local.heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    let mut prepared = Vec::new();
    for value in &values {
        let found: &mut Prepared = ctx.shared(*value)?.ok_or(Raise::BADARG)?;
        prepared.push((found.name, Arc::clone(&found.image)));
    }
    let code = ctx.local.code;
    let is_loaded = |name: AtomIndex, image: &Image| {
        code.module(name).is_some_and(|loaded| loaded.number == image.number)
    };
    prepared.retain(|(name, image)| !is_loaded(*name, image));
    let old: Vec<Value> = prepared
        .iter()
        .filter(|(name, _)| code.module(*name).is_some() && code.old(*name).is_some())
        .map(|(name, _)| Value::atom(*name))
        .collect();
    if !old.is_empty() {
        let old = ctx.local.heap.list(&old);
        return answer(ctx.local.heap.tuple(&[atom_value("not_purged"), old]));
    }
    let kernel = kernel(ctx)?;
    let Some((name, image)) = prepared.into_iter().next() else {
        kernel.loading.take();
        for value in values {
            ctx.forget(value);
        }
        return ok();
    };
    if kernel.prepare(name, image) {
        return Ok(NativeNext::Load(name));
    }
    let failed = ctx.local.heap.list(&[name.into()]);
    answer(ctx.local.heap.tuple(&[atom_value("on_load"), failed]))
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
