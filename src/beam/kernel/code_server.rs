//! The code server: all that `code` asks it, answered from the library.

use std::sync::Arc;

use super::files::entry_of;
use super::loading::{self, Finish};
use super::state::start_process;
use super::{Effects, KernelState, NativeContext, Result, Value, answer, atom, atom_value, error};
use super::{kernel, ok, ok_with, own_module, text_of};
use crate::beam::atom::AtomIndex;
use crate::beam::file::Module;
use crate::beam::library::FileEntry;
use crate::beam::machine::{CodeChange, Spawning, kill_old_code, soft_purge};
use crate::beam::native::{NativeNext, Raise};

pub(super) const CODE_SERVER: Effects = &[
    ("start_link", 1, start_link),
    ("call", 1, call),
    // OTP 26 and later ask these without a call.
    ("get_mode", 0, |_, _| answer(atom_value("interactive"))),
    ("is_loaded", 1, |ctx, args| is_loaded(ctx, args[0])),
    ("is_sticky", 1, |_, _| answer(Value::boolean(false))),
];

/// A module that is not loaded: it may be on the disk of the node.
pub(super) const CODE: Effects = &[("ensure_loaded", 1, |ctx, args| ensure_loaded(ctx, args[0]))];

/// A function that is not there: its module may be on the disk of the node.
pub(super) const ERROR_HANDLER: Effects =
    &[("ensure_loaded", 1, |ctx, args| ensure_loaded(ctx, args[0]))];

fn start_link(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let linked = Spawning::linked();
    let pid = start_process(ctx, "idle", &[], "code_server", linked)?;
    ok_with(ctx, pid)
}

fn call(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    if let Some(name) = args[0].as_atom() {
        return match name.as_str() {
            "get_path" => paths(ctx),
            "all_loaded" => all_loaded(ctx),
            "get_mode" => answer(atom_value("interactive")),
            "clear_cache" => ok(),
            _ => error(ctx, "badarg"),
        };
    }
    let request = ctx.local.heap.as_tuple(args[0]).map(<[Value]>::to_vec).ok_or(Raise::BADARG)?;
    let name = request.first().and_then(|name| name.as_atom()).ok_or(Raise::BADARG)?;
    match (name.as_str(), &request[1..]) {
        ("ensure_loaded", &[module]) => ensure_loaded(ctx, module),
        ("load_file", &[module]) => load_file(ctx, module),
        ("load_binary", &[module, file, bytes]) => {
            let bytes = ctx.local.heap.as_bytes(bytes).ok_or(Raise::BADARG)?.into_owned();
            if let (Some(name), Some(file)) = (module.as_atom(), text_of(ctx, file)) {
                kernel(ctx)?.loaded_from.borrow_mut().insert(name, file);
            }
            load(ctx, module, &bytes, OldCode::Killed)
        }
        ("load_abs", &[file, module]) => load_abs(ctx, file, module),
        ("load_module", &[prepared, module, _, purges, only_new]) => {
            let old =
                if purges.as_boolean() == Some(true) { OldCode::Killed } else { OldCode::Kept };
            load_prepared(ctx, prepared, module, (old, only_new))
        }
        ("finish_loading", &[prepared, only_new]) => finish_all(ctx, prepared, only_new),
        ("is_loaded", &[module]) => is_loaded(ctx, module),
        ("get_object_code", &[module]) => object_code(ctx, module),
        ("dir", &[which]) => folder(ctx, which),
        // What comes last in later releases is about a cache of the folders.
        ("add_path", &[place, folder] | &[place, folder, _]) => add_paths(ctx, place, &[folder]),
        ("add_paths", &[place, folders] | &[place, folders, _]) => {
            let folders = ctx.local.heap.as_list(folders).ok_or(Raise::BADARG)?;
            add_paths(ctx, place, &folders)
        }
        ("set_path", &[folders] | &[folders, _]) => set_path(ctx, folders),
        ("del_path", &[folder]) => delete_path(ctx, folder),
        ("del_paths", &[folders]) => {
            for folder in ctx.local.heap.as_list(folders).ok_or(Raise::BADARG)? {
                delete_path(ctx, folder)?;
            }
            ok()
        }
        ("replace_path", &[_, folder] | &[_, folder, _]) => {
            add_paths(ctx, atom_value("last"), &[folder])
        }
        ("where_is_file", &[file]) => where_is_file(ctx, file),
        ("is_sticky", &[_]) => answer(Value::boolean(false)),
        ("purge", &[module]) => {
            let module = module.as_atom().ok_or(Raise::BADARG)?;
            let value = kill_old_code(ctx, module).into();
            Ok(NativeNext::Change { change: CodeChange::Purge(module), value })
        }
        ("soft_purge", &[module]) => soft_purge(ctx, &[module]),
        ("delete", &[module]) => delete(ctx, module),
        ("stick_dir" | "unstick_dir", &[_]) => ok(),
        ("stick_mod" | "unstick_mod", &[_]) => answer(Value::boolean(true)),
        (_, _) => error(ctx, "badarg"),
    }
}

fn paths(ctx: &mut NativeContext<'_>) -> Result {
    let folders = kernel(ctx)?.path.borrow().clone();
    let folders: Vec<Value> = folders.iter().map(|folder| ctx.local.heap.string(folder)).collect();
    answer(ctx.local.heap.list(&folders))
}

fn add_paths(ctx: &mut NativeContext<'_>, place: Value, folders: &[Value]) -> Result {
    let kernel = kernel(ctx)?;
    let single = folders.len() == 1;
    for folder in folders {
        let name = text_of(ctx, *folder).ok_or(Raise::BADARG)?;
        if !matches!(entry_of(ctx, &name), Ok(FileEntry::Folder(_))) {
            if single {
                return error(ctx, "bad_directory");
            }
            continue;
        }
        let mut path = kernel.path.borrow_mut();
        path.retain(|known| *known != name);
        let first = place == atom_value("first");
        let index = if first { 0 } else { path.len() };
        path.insert(index, name);
    }
    if single { answer(Value::boolean(true)) } else { ok() }
}

fn set_path(ctx: &mut NativeContext<'_>, folders: Value) -> Result {
    let folders = ctx.local.heap.as_list(folders).ok_or(Raise::BADARG)?;
    let names: Option<Vec<String>> =
        folders.into_iter().map(|folder| text_of(ctx, folder)).collect();
    *kernel(ctx)?.path.borrow_mut() = names.ok_or(Raise::BADARG)?;
    answer(Value::boolean(true))
}

fn delete_path(ctx: &mut NativeContext<'_>, folder: Value) -> Result {
    let name = text_of(ctx, folder).ok_or(Raise::BADARG)?;
    let kernel = kernel(ctx)?;
    let mut path = kernel.path.borrow_mut();
    let before = path.len();
    let of_application = |known: &str| application(known).is_some_and(|found| found == name);
    path.retain(|known| *known != name && !of_application(known));
    answer(Value::boolean(path.len() < before))
}

/// The application whose modules are in a folder: `kernel` of `…/kernel-8.5.3/ebin`.
fn application(folder: &str) -> Option<&str> {
    let around = folder.strip_suffix("/ebin")?;
    let name = around.rsplit('/').next()?;
    match name.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => {
            Some(name)
        }
        Some(_) | None => Some(name),
    }
}

/// The folder of an application.
fn application_folder(kernel: &KernelState, name: &str) -> Option<String> {
    let path = kernel.path.borrow();
    let found = path.iter().find(|folder| application(folder) == Some(name))?;
    found.strip_suffix("/ebin").map(str::to_owned)
}

fn folder(ctx: &mut NativeContext<'_>, which: Value) -> Result {
    let kernel = kernel(ctx)?;
    let root = kernel.library.root().display().to_string();
    let parts = ctx.local.heap.as_tuple(which).map(<[Value]>::to_vec);
    let parts = parts.unwrap_or_else(|| vec![which]);
    let name = parts[0].as_atom().ok_or(Raise::BADARG)?;
    let found = match (name.as_str(), &parts[1..]) {
        ("root_dir", []) => Some(root),
        ("lib_dir", []) => Some(format!("{root}/lib")),
        ("compiler_dir", []) => application_folder(&kernel, "compiler"),
        (kind, [name, sub @ ..]) => {
            let name = text_of(ctx, *name).ok_or(Raise::BADARG)?;
            let sub = match sub {
                [sub] => text_of(ctx, *sub),
                _ => (kind == "priv_dir").then(|| "priv".to_owned()),
            };
            let folder = application_folder(&kernel, &name);
            folder.map(|folder| sub.map_or(folder.clone(), |sub| format!("{folder}/{sub}")))
        }
        (_, []) => None,
    };
    match found {
        Some(folder) => answer(ctx.local.heap.string(&folder)),
        None => error(ctx, "bad_name"),
    }
}

/// Loads a module where it is not loaded yet: `None` when it is, or is not to be found.
fn load_first(ctx: &NativeContext<'_>, module: AtomIndex) -> Option<NativeNext> {
    let code = ctx.local.code;
    let known = code.module(module).is_some() || code.is_absent(module);
    (!known).then_some(NativeNext::Load(module))
}

/// `{module, Module}`, or why there is none.
fn loaded(ctx: &mut NativeContext<'_>, module: Value) -> Result {
    let name = module.as_atom().ok_or(Raise::BADARG)?;
    if ctx.local.code.module(name).is_none() {
        return error(ctx, "nofile");
    }
    answer(ctx.local.heap.tuple(&[atom::MODULE.into(), module]))
}

fn ensure_loaded(ctx: &mut NativeContext<'_>, module: Value) -> Result {
    let name = module.as_atom().ok_or(Raise::BADARG)?;
    if name == own_module() {
        return answer(ctx.local.heap.tuple(&[atom::MODULE.into(), module]));
    }
    if ctx.local.code.module(name).is_none()
        && let kernel = kernel(ctx)?
        && kernel.library.file_of(name).is_none()
        && let Some((_, bytes)) = file_of_code(ctx, &kernel, name)
    {
        return load(ctx, module, &bytes, OldCode::Kept);
    }
    match load_first(ctx, name) {
        Some(load) => Ok(load),
        None => loaded(ctx, module),
    }
}

/// Makes the code of a module old: whether that could be done.
fn delete(ctx: &mut NativeContext<'_>, module: Value) -> Result {
    let module = module.as_atom().ok_or(Raise::BADARG)?;
    if ctx.local.code.module(module).is_none() {
        return answer(Value::boolean(ctx.local.code.was_deleted(module)));
    }
    if ctx.local.code.old(module).is_some() {
        return answer(Value::boolean(false));
    }
    Ok(NativeNext::Change { change: CodeChange::Delete(module), value: Value::boolean(true) })
}

/// Loads a module from its file, also if it is loaded already.
fn load_file(ctx: &mut NativeContext<'_>, module: Value) -> Result {
    let name = module.as_atom().ok_or(Raise::BADARG)?;
    let kernel = kernel(ctx)?;
    let Some((_, bytes)) = file_of_code(ctx, &kernel, name) else {
        return ensure_loaded(ctx, module);
    };
    load(ctx, module, &bytes, OldCode::Kept)
}

/// The file of a module and its bytes.
fn file_of_code(
    ctx: &mut NativeContext<'_>,
    kernel: &KernelState,
    module: AtomIndex,
) -> Option<(String, Arc<[u8]>)> {
    let own = kernel.path.borrow().clone();
    let own = own.into_iter().map(|folder| format!("{folder}/{}.beam", module.as_str()));
    let library = kernel.library.file_of(module).map(|path| path.display().to_string());
    for path in own.chain(library) {
        if let Ok(FileEntry::File(bytes)) = entry_of(ctx, &path) {
            return Some((path, bytes));
        }
    }
    None
}

/// The fate of processes that run old code of a module that is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OldCode {
    /// There must be no old code.
    Kept,
    Killed,
}

/// Loads a module from its bytes. It is called again when the module is loaded.
fn load(ctx: &mut NativeContext<'_>, module: Value, bytes: &[u8], old: OldCode) -> Result {
    let name = module.as_atom().ok_or(Raise::BADARG)?;
    let kernel = kernel(ctx)?;
    let current = ctx.local.code.module(name).map(|image| image.info.md5);
    let source = kernel.source.take();
    let is_again = source.is_some_and(|(found, source)| found == name && source == bytes);
    if is_again && current.is_some() && current == kernel.loading.get() {
        kernel.loading.take();
        return loaded(ctx, module);
    }
    let Ok(file) = Module::parse(bytes) else { return error(ctx, "badfile") };
    if current == Some(file.md5) {
        kernel.loading.take();
        return loaded(ctx, module);
    }
    if let Some(refusal) = make_room(ctx, name, old) {
        return error(ctx, refusal);
    }
    match kernel.library.image_of(&file) {
        Ok(image) if file.name == name.as_str() => {
            if !kernel.prepare(name, image) {
                return error(ctx, "on_load_failure");
            }
            kernel.source.replace(Some((name, bytes.to_vec())));
            Ok(NativeNext::Load(name))
        }
        Ok(_) | Err(_) => error(ctx, "badfile"),
    }
}

/// Lets go of old code before other code is loaded: the reason why that cannot be.
fn make_room(ctx: &mut NativeContext<'_>, module: AtomIndex, old: OldCode) -> Option<&'static str> {
    ctx.local.code.module(module)?;
    match old {
        OldCode::Killed => {
            kill_old_code(ctx, module);
            None
        }
        OldCode::Kept => ctx.local.code.old(module).map(|_| "not_purged"),
    }
}

/// Loads a module that was prepared, or only if there is none yet.
fn load_prepared(
    ctx: &mut NativeContext<'_>,
    prepared: Value,
    module: Value,
    (old, only_new): (OldCode, Value),
) -> Result {
    let name = module.as_atom().ok_or(Raise::BADARG)?;
    let kernel = kernel(ctx)?;
    let image = loading::prepared_image(ctx, prepared)?;
    let current = ctx.local.code.module(name).map(|image| image.number);
    if current == Some(image.number) || (current.is_some() && only_new == Value::boolean(true)) {
        kernel.loading.take();
        ctx.forget(prepared);
        return loaded(ctx, module);
    }
    if let Some(refusal) = make_room(ctx, name, old) {
        return error(ctx, refusal);
    }
    if kernel.prepare(name, image) {
        return Ok(NativeNext::Load(name));
    }
    ctx.forget(prepared);
    error(ctx, "on_load_failure")
}

/// Loads all of `[{Module, {Prepared, File}}]`, or none of them; those that are loaded are left out if
/// only new ones are wanted.
fn finish_all(ctx: &mut NativeContext<'_>, prepared: Value, only_new: Value) -> Result {
    let mut values = Vec::new();
    for pair in ctx.local.heap.as_list(prepared).ok_or(Raise::BADARG)? {
        let heap = &*ctx.local.heap;
        let Some(&[module, code]) = heap.as_tuple(pair) else { return Err(Raise::BADARG) };
        let Some(&[code, _]) = heap.as_tuple(code) else { return Err(Raise::BADARG) };
        let name = module.as_atom().ok_or(Raise::BADARG)?;
        if only_new == Value::boolean(false) || ctx.local.code.module(name).is_none() {
            values.push(code);
        }
    }
    match loading::finish(ctx, &values)? {
        Finish::Done => ok(),
        Finish::Next(module) => Ok(NativeNext::Load(module)),
        Finish::Refused(reason, modules) => {
            let heap = &mut *ctx.local.heap;
            let pairs = modules.into_iter();
            let pairs = pairs.map(|name| heap.tuple(&[name.into(), atom_value(reason)]));
            let pairs: Vec<Value> = pairs.collect();
            let pairs = heap.list(&pairs);
            answer(heap.tuple(&[atom::ERROR.into(), pairs]))
        }
    }
}

fn load_abs(ctx: &mut NativeContext<'_>, file: Value, module: Value) -> Result {
    let name = text_of(ctx, file).ok_or(Raise::BADARG)? + ".beam";
    match entry_of(ctx, &name) {
        Ok(FileEntry::File(bytes)) => {
            let kernel = kernel(ctx)?;
            if let Some(module) = module.as_atom() {
                let whole = if name.starts_with('/') {
                    name
                } else {
                    format!("{}/{name}", kernel.folder().trim_end_matches('/'))
                };
                kernel.loaded_from.borrow_mut().insert(module, whole);
            }
            load(ctx, module, &bytes, OldCode::Kept)
        }
        Ok(FileEntry::Folder(_)) | Err(_) => error(ctx, "nofile"),
    }
}

/// The name of a file in the folders of the code path, as OTP 29 asks the server for it.
fn where_is_file(ctx: &mut NativeContext<'_>, file: Value) -> Result {
    let name = text_of(ctx, file).ok_or(Raise::BADARG)?;
    let folders = kernel(ctx)?.path.borrow().clone();
    let mut names = folders.into_iter().map(|folder| format!("{folder}/{name}"));
    match names.find(|name| entry_of(ctx, name).is_ok()) {
        Some(name) => answer(ctx.local.heap.string(&name)),
        None => answer(atom_value("non_existing")),
    }
}

/// The name of the file that a module comes from.
fn file_of(ctx: &mut NativeContext<'_>, kernel: &KernelState, module: AtomIndex) -> Value {
    if let Some(file) = kernel.loaded_from.borrow().get(&module) {
        return ctx.local.heap.string(file);
    }
    match kernel.library.file_of(module) {
        Some(path) => ctx.local.heap.string(&path.display().to_string()),
        None => Value::NIL,
    }
}

fn is_loaded(ctx: &mut NativeContext<'_>, module: Value) -> Result {
    let name = module.as_atom().ok_or(Raise::BADARG)?;
    if ctx.local.code.module(name).is_none() {
        return answer(Value::boolean(false));
    }
    let kernel = kernel(ctx)?;
    let file = file_of(ctx, &kernel, name);
    answer(ctx.local.heap.tuple(&[atom_value("file"), file]))
}

fn all_loaded(ctx: &mut NativeContext<'_>) -> Result {
    let kernel = kernel(ctx)?;
    let modules: Vec<AtomIndex> = ctx.local.code.modules().collect();
    let mut pairs = Vec::with_capacity(modules.len());
    for module in modules {
        let file = file_of(ctx, &kernel, module);
        pairs.push(ctx.local.heap.tuple(&[module.into(), file]));
    }
    answer(ctx.local.heap.list(&pairs))
}

/// `{Module, Binary, File}`.
fn object_code(ctx: &mut NativeContext<'_>, module: Value) -> Result {
    let name = module.as_atom().ok_or(Raise::BADARG)?;
    let kernel = kernel(ctx)?;
    let found = file_of_code(ctx, &kernel, name);
    let Some((path, bytes)) = found else { return answer(atom::ERROR.into()) };
    let heap = &mut *ctx.local.heap;
    let parts = [module, heap.binary(&bytes), heap.string(&path)];
    answer(heap.tuple(&parts))
}
