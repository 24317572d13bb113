//! `erl_prim_loader`: code and files while OTP's kernel starts.

use super::files::{entry_of, file_info};
use super::state::start_process;
use super::{Effects, NativeContext, Result, Value, answer, atom, kernel, ok, ok_with, text_of};
use crate::beam::library::FileEntry;
use crate::beam::machine::Spawning;
use crate::beam::native::Raise;

pub(super) const ERL_PRIM_LOADER: Effects = &[
    ("start", 0, start),
    ("start", 3, start),
    ("set_path", 1, |_, _| ok()),
    ("get_path", 0, get_path),
    ("get_file", 1, get_file),
    ("read_file", 1, read_file),
    // Each module is loaded when it is first called.
    ("get_modules", 2, nothing_to_load),
    ("get_modules", 3, nothing_to_load),
    ("list_dir", 1, list_dir),
    ("read_file_info", 1, |ctx, args| info(ctx, args[0])),
    ("read_link_info", 1, |ctx, args| info(ctx, args[0])),
    ("get_cwd", 0, |ctx, _| current_folder(ctx)),
    ("get_cwd", 1, |ctx, _| current_folder(ctx)),
    ("purge_archive_cache", 0, |_, _| ok()),
];

fn start(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let linked = Spawning::linked();
    let pid = start_process(ctx, "idle", &[], "erl_prim_loader", linked)?;
    ok_with(ctx, pid)
}

fn get_path(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let folders = kernel(ctx)?.path.borrow().clone();
    let folders: Vec<Value> = folders.iter().map(|folder| ctx.local.heap.string(folder)).collect();
    let folders = ctx.local.heap.list(&folders);
    ok_with(ctx, folders)
}

/// `{ok, Binary, FullName}` of a file; one without a folder is looked for in the code path.
fn get_file(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    let kernel = kernel(ctx)?;
    let mut candidates = vec![name.clone()];
    if !name.contains('/') {
        candidates.extend(kernel.path.borrow().iter().map(|folder| format!("{folder}/{name}")));
    }
    for candidate in candidates {
        if let Ok(FileEntry::File(bytes)) = entry_of(ctx, &candidate) {
            let heap = &mut *ctx.local.heap;
            let parts = [atom::OK.into(), heap.binary(&bytes), heap.string(&candidate)];
            return answer(heap.tuple(&parts));
        }
    }
    answer(atom::ERROR.into())
}

/// `{ok, Binary}` of a file, as OTP 26 and later ask for it.
fn read_file(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    let Ok(FileEntry::File(bytes)) = entry_of(ctx, &name) else {
        return answer(atom::ERROR.into());
    };
    let bytes = ctx.local.heap.binary(&bytes);
    ok_with(ctx, bytes)
}

fn nothing_to_load(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let nothing = ctx.local.heap.tuple(&[Value::NIL, Value::NIL]);
    ok_with(ctx, nothing)
}

fn list_dir(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    match entry_of(ctx, &name) {
        Ok(FileEntry::Folder(names)) => {
            let names = strings(ctx, &names);
            ok_with(ctx, names)
        }
        Ok(FileEntry::File(_)) | Err(_) => answer(atom::ERROR.into()),
    }
}

fn info(ctx: &mut NativeContext<'_>, name: Value) -> Result {
    let name = text_of(ctx, name).ok_or(Raise::BADARG)?;
    match entry_of(ctx, &name) {
        Ok(entry) => {
            let info = file_info(ctx, &entry)?;
            ok_with(ctx, info)
        }
        Err(_) => answer(atom::ERROR.into()),
    }
}

/// A list of strings, as Erlang code gets the names of a folder.
fn strings(ctx: &mut NativeContext<'_>, texts: &[String]) -> Value {
    let strings: Vec<Value> = texts.iter().map(|text| ctx.local.heap.string(text)).collect();
    ctx.local.heap.list(&strings)
}

/// The folder that names without one are seen from.
fn current_folder(ctx: &mut NativeContext<'_>) -> Result {
    let folder = kernel(ctx)?.folder.borrow().clone();
    let folder = ctx.local.heap.string(&folder);
    ok_with(ctx, folder)
}
