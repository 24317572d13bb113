//! `prim_file`: the functions in C of the files of a node.
//!
//! A node sees its own disk, and below it the library, which can be read only: a name of the
//! disk hides one of the library. Folders of the library are folders of the disk once something is
//! written into them.

mod handles;
mod names;
mod status;

use std::path::Path;
use std::sync::Arc;

use super::{
    Effects, NativeContext, Result, Value, answer, atom, atom_value, error, kernel, ok, ok_with,
};
use super::{own_module, system};
use crate::beam::library::{FileEntry, NoSuchFile};
use crate::beam::native::Raise;
use crate::engine::runtime::{Errno, FileSystem, LastLink, Named, normal, parent};

pub(super) use handles::NODEDOWN;
pub(in crate::beam) use handles::disk_file_of;
pub(super) use status::file_info;

/// The natives of the module, by the files that they are in.
pub(super) const PRIM_FILE: [Effects; 3] =
    [handles::PRIM_FILE, names::PRIM_FILE, status::PRIM_FILE];

/// Lets `act` work with the files of the node's disk.
fn on_disk<T>(
    ctx: &mut NativeContext<'_>,
    act: impl FnOnce(&mut FileSystem) -> T,
) -> std::result::Result<T, Raise> {
    let (mut act, mut done) = (Some(act), None);
    system(ctx)?.file_system(&mut |files| done = act.take().map(|act| act(files)));
    done.ok_or(Raise::BADARG)
}

/// The second that it is now, since 1970.
fn now(ctx: &NativeContext<'_>) -> i64 {
    ctx.node.system_time().div_euclid(1_000_000_000)
}

/// `{error, Reason}` of a file system.
fn failed(ctx: &mut NativeContext<'_>, why: Errno) -> Result {
    error(ctx, &why.to_string())
}

/// `ok`, or why not.
fn done(ctx: &mut NativeContext<'_>, result: std::result::Result<(), Errno>) -> Result {
    match result {
        Ok(()) => ok(),
        Err(why) => failed(ctx, why),
    }
}

/// The absolute name that a binary with a zero at its end stands for.
fn path_of(ctx: &mut NativeContext<'_>, name: Value) -> std::result::Result<String, Raise> {
    let bytes = ctx.local.heap.as_bytes(name).ok_or(Raise::BADARG)?.into_owned();
    let name = bytes.strip_suffix(&[0]).unwrap_or(&bytes);
    let name = String::from_utf8_lossy(name).into_owned();
    absolute(ctx, &name)
}

/// A name as seen from the node's current folder.
fn absolute(ctx: &mut NativeContext<'_>, name: &str) -> std::result::Result<String, Raise> {
    Ok(if name.starts_with('/') {
        normal(name)
    } else {
        normal(&format!("{}/{name}", kernel(ctx)?.folder.borrow()))
    })
}

/// A thing with a name on the disk, or else in the library.
#[derive(Clone, Debug)]
enum Entry {
    Disk(Named),
    Library(FileEntry),
}

/// The thing with an absolute name.
fn entry_at(
    ctx: &mut NativeContext<'_>,
    path: &str,
    link: LastLink,
) -> std::result::Result<std::result::Result<Entry, Errno>, Raise> {
    let why = match on_disk(ctx, |files| files.find(path, link))? {
        Ok(named) => return Ok(Ok(Entry::Disk(named))),
        Err(why) => why,
    };
    let library = kernel(ctx)?.library.entry(Path::new(path));
    Ok(match (why, library) {
        (Errno::NotFound | Errno::NotFolder, Ok(entry)) => Ok(Entry::Library(entry)),
        (Errno::NotFolder, Err(NoSuchFile)) => Err(Errno::NotFolder),
        (why, Err(NoSuchFile) | Ok(_)) => {
            Err(if is_below_file(ctx, path)? { Errno::NotFolder } else { why })
        }
    })
}

/// Is a part of the way to a name a file?
fn is_below_file(ctx: &mut NativeContext<'_>, path: &str) -> std::result::Result<bool, Raise> {
    let mut above = parent(path).to_owned();
    loop {
        if let Ok(Named::File(_)) = on_disk(ctx, |files| files.find(&above, LastLink::Followed))? {
            return Ok(true);
        }
        if above == "/" {
            return Ok(false);
        }
        above = parent(&above).to_owned();
    }
}

/// The file or the folder of a name, with the bytes or the names in it.
pub(super) fn entry_of(
    ctx: &mut NativeContext<'_>,
    name: &str,
) -> std::result::Result<FileEntry, NoSuchFile> {
    let path = absolute(ctx, name).map_err(|_| NoSuchFile)?;
    match entry_at(ctx, &path, LastLink::Followed) {
        Ok(Ok(Entry::Library(FileEntry::File(bytes)))) => Ok(FileEntry::File(bytes)),
        Ok(Ok(Entry::Disk(Named::File(number)))) => {
            let bytes = on_disk(ctx, |files| Arc::from(files.bytes(number)));
            bytes.map(FileEntry::File).map_err(|_| NoSuchFile)
        }
        Ok(Ok(Entry::Disk(Named::Folder) | Entry::Library(FileEntry::Folder(_)))) => {
            let names = names::in_folder(ctx, &path).map_err(|_| NoSuchFile)?;
            Ok(FileEntry::Folder(names.unwrap_or_default().into()))
        }
        Ok(Ok(Entry::Disk(Named::Link(_))) | Err(_)) | Err(_) => Err(NoSuchFile),
    }
}

/// Makes the folder of a name one of the disk, if the library has it.
fn bring_folder(ctx: &mut NativeContext<'_>, path: &str) -> std::result::Result<(), Raise> {
    let folder = parent(path);
    if let Ok(Entry::Library(FileEntry::Folder(_))) = entry_at(ctx, folder, LastLink::Followed)? {
        on_disk(ctx, |files| files.ensure_folder(folder))?;
    }
    Ok(())
}

/// Is a name one of the library, which cannot be changed?
fn is_fixed(ctx: &mut NativeContext<'_>, path: &str) -> std::result::Result<bool, Raise> {
    Ok(matches!(entry_at(ctx, path, LastLink::Kept)?, Ok(Entry::Library(_))))
}
