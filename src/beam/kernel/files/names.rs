//! Names of files and folders: making, moving, deleting and listing them.

use super::handles::refuse_fixed;
use super::{
    Effects, Entry, Errno, FileEntry, Named, NativeContext, Path, Result, Value, answer, error,
};
use super::{
    bring_folder, done, entry_at, failed, is_fixed, kernel, ok, ok_with, on_disk, path_of,
};
use crate::beam::native::Raise;
use crate::engine::runtime::LastLink;

pub(super) const PRIM_FILE: Effects = &[
    ("make_dir_nif", 1, make_folder),
    ("del_dir_nif", 1, delete_folder),
    ("del_file_nif", 1, delete),
    ("rename_nif", 2, rename),
    ("make_hard_link_nif", 2, link),
    ("make_soft_link_nif", 2, link_to_name),
    ("read_link_nif", 1, read_link),
    ("list_dir_nif", 1, list_folder),
    ("get_cwd_nif", 0, current_folder),
    ("get_device_cwd_nif", 1, |ctx, _| error(ctx, "enotsup")),
    ("set_cwd_nif", 1, set_current_folder),
    ("altname_nif", 1, |ctx, _| error(ctx, "enotsup")),
    ("internal_name2native", 1, name_to_native),
    ("internal_native2name", 1, native_to_name),
    ("internal_normalize_utf8", 1, native_to_name),
    ("is_translatable", 1, |_, _| answer(Value::boolean(true))),
];

fn make_folder(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    if is_fixed(ctx, &path)? {
        return error(ctx, "eexist");
    }
    bring_folder(ctx, &path)?;
    let result = on_disk(ctx, |files| files.make_folder(&path))?;
    done(ctx, result)
}

fn delete_folder(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    if let Some(refused) = refuse_fixed(ctx, &path)? {
        return Ok(refused);
    }
    // What the library has in it cannot be deleted.
    if in_folder(ctx, &path)?.is_ok_and(|names| !names.is_empty()) {
        return error(ctx, "eexist");
    }
    let result = on_disk(ctx, |files| files.delete_folder(&path))?;
    // As Erlang's own function says it.
    match result {
        Err(Errno::NotEmpty) => error(ctx, "eexist"),
        result => done(ctx, result),
    }
}

fn delete(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    if let Some(refused) = refuse_fixed(ctx, &path)? {
        return Ok(refused);
    }
    let result = on_disk(ctx, |files| files.delete(&path))?;
    match result {
        Err(Errno::IsFolder) => error(ctx, "eperm"),
        result => done(ctx, result),
    }
}

fn rename(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let [from, to] = [path_of(ctx, args[0])?, path_of(ctx, args[1])?];
    for path in [&from, &to] {
        if let Some(refused) = refuse_fixed(ctx, path)? {
            return Ok(refused);
        }
    }
    bring_folder(ctx, &to)?;
    let result = on_disk(ctx, |files| files.rename(&from, &to))?;
    match result {
        Err(Errno::NotEmpty) => error(ctx, "eexist"),
        result => done(ctx, result),
    }
}

fn link(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let [from, to] = [path_of(ctx, args[0])?, path_of(ctx, args[1])?];
    if let Some(refused) = refuse_fixed(ctx, &from)? {
        return Ok(refused);
    }
    bring_folder(ctx, &to)?;
    let result = on_disk(ctx, |files| files.link(&from, &to))?;
    match result {
        Err(Errno::IsFolder) => error(ctx, "eperm"),
        result => done(ctx, result),
    }
}

fn link_to_name(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let target = ctx.local.heap.as_bytes(args[0]).ok_or(Raise::BADARG)?.into_owned();
    let target = String::from_utf8_lossy(target.strip_suffix(&[0]).unwrap_or(&target)).into_owned();
    let path = path_of(ctx, args[1])?;
    bring_folder(ctx, &path)?;
    let result = on_disk(ctx, |files| files.link_to_name(&target, &path))?;
    done(ctx, result)
}

fn read_link(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    match entry_at(ctx, &path, LastLink::Kept)? {
        Ok(Entry::Disk(Named::Link(target))) => {
            let target = ctx.local.heap.binary(target.as_bytes());
            ok_with(ctx, target)
        }
        Ok(_) => error(ctx, "einval"),
        Err(why) => failed(ctx, why),
    }
}

/// The names in a folder: those of the disk and those of the library.
pub(super) fn in_folder(
    ctx: &mut NativeContext<'_>,
    path: &str,
) -> std::result::Result<std::result::Result<Vec<String>, Errno>, Raise> {
    let on_disk = on_disk(ctx, |files| files.list(path))?;
    let library = kernel(ctx)?.library.entry(Path::new(path));
    Ok(match (on_disk, library) {
        (Ok(mut names), Ok(FileEntry::Folder(more))) => {
            names.extend(more.iter().cloned());
            names.sort_unstable();
            names.dedup();
            Ok(names)
        }
        (Err(Errno::NotFound), Ok(FileEntry::Folder(names))) => Ok(names.to_vec()),
        (Err(Errno::NotFound), Ok(FileEntry::File(_))) => Err(Errno::NotFolder),
        (result, _) => result,
    })
}

fn list_folder(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    match in_folder(ctx, &path)? {
        Ok(names) => {
            let names = names.iter().rev().map(|name| ctx.local.heap.binary(name.as_bytes()));
            let names: Vec<Value> = names.collect();
            let names = ctx.local.heap.list(&names);
            ok_with(ctx, names)
        }
        Err(why) => failed(ctx, why),
    }
}

fn current_folder(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let folder = kernel(ctx)?.folder.borrow().clone();
    let folder = ctx.local.heap.binary(folder.as_bytes());
    ok_with(ctx, folder)
}

fn set_current_folder(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    match entry_at(ctx, &path, LastLink::Followed)? {
        Ok(Entry::Disk(Named::Folder) | Entry::Library(FileEntry::Folder(_))) => {
            *kernel(ctx)?.folder.borrow_mut() = path;
            ok()
        }
        Ok(_) => error(ctx, "enotdir"),
        Err(why) => failed(ctx, why),
    }
}

/// A name as bytes of UTF-8, with a zero behind them.
fn name_to_native(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let heap = &*ctx.local.heap;
    let mut bytes = if let Some(bytes) = heap.as_bytes(args[0]) {
        bytes.into_owned()
    } else {
        let mut text = String::new();
        let (mut open, mut is_list) = (vec![args[0]], false);
        while let Some(value) = open.pop() {
            if let Some((head, tail)) = heap.as_cons(value) {
                open.extend([tail, head]);
                is_list = true;
            } else if let Some(code) = value.as_small() {
                let code = u32::try_from(code).ok().filter(|_| is_list).ok_or(Raise::BADARG)?;
                text.push(char::from_u32(code).ok_or(Raise::BADARG)?);
            } else if let Some(name) = value.as_atom() {
                text.push_str(name.as_str());
            } else if !value.is_nil() {
                return Err(Raise::BADARG);
            }
        }
        text.into_bytes()
    };
    if bytes.contains(&0) {
        return Err(Raise::BADARG);
    }
    bytes.push(0);
    answer(ctx.local.heap.binary(&bytes))
}

fn native_to_name(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = ctx.local.heap.as_bytes(args[0]).ok_or(Raise::BADARG)?.into_owned();
    let name = bytes.strip_suffix(&[0]).unwrap_or(&bytes);
    match std::str::from_utf8(name) {
        Ok(name) => answer(ctx.local.heap.string(name)),
        Err(_) => error(ctx, "warning"),
    }
}
