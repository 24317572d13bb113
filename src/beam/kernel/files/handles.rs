//! Files that are open.

use std::any::Any;
use std::sync::Arc;

use super::{
    Effects, Entry, Errno, NativeContext, Result, Value, answer, atom, atom_value, error, ok,
};
use super::{FileEntry, Named, bring_folder, done, entry_at, failed, is_fixed, now, ok_with};
use super::{on_disk, own_module, path_of, system};
use crate::beam::atom::AtomIndex;
use crate::beam::iodata::bytes_of;
use crate::beam::native::{NativeNext, Raise};
use crate::engine::runtime::{FileNumber, LastLink, Openable};

pub(super) const PRIM_FILE: Effects = &[
    ("open_nif", 2, open),
    ("close_nif", 1, close),
    ("delayed_close_nif", 1, close),
    ("read_nif", 2, read),
    ("write_nif", 2, write),
    ("pread_nif", 3, pread),
    ("pwrite_nif", 3, pwrite),
    ("seek_nif", 3, seek),
    ("sync_nif", 2, sync),
    ("truncate_nif", 1, truncate),
    ("allocate_nif", 3, allocate),
    ("advise_nif", 4, advise),
    ("ipread_s32bu_p32bu_nif", 3, pread_indirect),
    ("get_handle_nif", 1, |ctx, _| error(ctx, "enotsup")),
    ("file_desc_to_ref_nif", 1, |ctx, _| error(ctx, "enotsup")),
    ("read_file_nif", 1, read_file),
];

pub(in crate::beam::kernel) const NODEDOWN: Effects = &[("file_synced", 1, synced)];

/// A file that is open.
#[derive(Clone)]
struct Handle {
    source: Source,
    position: usize,
    modes: Modes,
}

#[derive(Clone)]
enum Source {
    Disk(FileNumber),
    Library(Arc<[u8]>),
    Folder,
}

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent options of one Erlang function")]
struct Modes {
    read: bool,
    write: bool,
    append: bool,
    exclusive: bool,
    sync: bool,
    folder: bool,
}

/// The file of the disk that is open by what belonged to a process that has ended, if it is one.
pub(in crate::beam) fn disk_file_of(resource: &dyn Any) -> Option<FileNumber> {
    match resource.downcast_ref::<Handle>()?.source {
        Source::Disk(number) => Some(number),
        Source::Library(_) | Source::Folder => None,
    }
}

fn modes_of(ctx: &NativeContext<'_>, list: Value) -> std::result::Result<Modes, Raise> {
    let mut modes = Modes::default();
    for mode in ctx.local.heap.as_list(list).ok_or(Raise::BADARG)? {
        match mode.as_atom().map(AtomIndex::as_str) {
            Some("read") => modes.read = true,
            Some("write") => modes.write = true,
            Some("append") => modes.append = true,
            Some("exclusive") => modes.exclusive = true,
            Some("sync") => modes.sync = true,
            Some("directory") => modes.folder = true,
            Some(_) | None => {}
        }
    }
    modes.write |= modes.append || modes.exclusive;
    modes.read |= !modes.write;
    Ok(modes)
}

fn open(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    let modes = modes_of(ctx, args[1])?;
    let source = match entry_at(ctx, &path, LastLink::Followed)? {
        Ok(Entry::Disk(Named::Folder) | Entry::Library(FileEntry::Folder(_))) => {
            if !modes.folder {
                return error(ctx, "eisdir");
            }
            Source::Folder
        }
        Ok(_) if modes.exclusive => return error(ctx, "eexist"),
        Ok(Entry::Library(FileEntry::File(_))) if modes.write => return error(ctx, "erofs"),
        Ok(Entry::Library(FileEntry::File(bytes))) => Source::Library(bytes),
        Ok(_) if modes.folder => return error(ctx, "enotdir"),
        Ok(Entry::Disk(_)) => match opened(ctx, &path, modes)? {
            Ok(number) => Source::Disk(number),
            Err(why) => return failed(ctx, why),
        },
        Err(Errno::NotFound) if modes.write => {
            bring_folder(ctx, &path)?;
            match opened(ctx, &path, modes)? {
                Ok(number) => Source::Disk(number),
                Err(why) => return failed(ctx, why),
            }
        }
        Err(why) => return failed(ctx, why),
    };
    let file = ctx.share_own(Handle { source, position: 0, modes });
    ok_with(ctx, file)
}

/// Opens a file of the disk. One that is only written to loses what it had.
fn opened(
    ctx: &mut NativeContext<'_>,
    path: &str,
    modes: Modes,
) -> std::result::Result<std::result::Result<FileNumber, Errno>, Raise> {
    let now = now(ctx);
    on_disk(ctx, |files| {
        let which = if modes.write { Openable::New } else { Openable::Existing };
        let number = files.open(path, which, now)?;
        if modes.write && !modes.read && !modes.append {
            files.resize(number, 0, now)?;
        }
        Ok(number)
    })
}

/// The file of a reference.
macro_rules! opened {
    ($ctx:expr, $value:expr) => {
        match $ctx.shared::<Handle>($value)? {
            Some(handle) => handle.clone(),
            None => return error($ctx, "einval"),
        }
    };
}

fn close(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Handle { source, .. } = opened!(ctx, args[0]);
    ctx.forget(args[0]);
    if let Source::Disk(number) = source {
        on_disk(ctx, |files| files.close(number))?;
    }
    ok()
}

/// So many bytes from a place on, as far as there are any.
fn bytes_at(
    ctx: &mut NativeContext<'_>,
    handle: &Handle,
    from: usize,
    count: usize,
) -> std::result::Result<Vec<u8>, Raise> {
    let part = |bytes: &[u8]| {
        let end = from.saturating_add(count).min(bytes.len());
        bytes.get(from..end).unwrap_or_default().to_vec()
    };
    match &handle.source {
        Source::Disk(number) => on_disk(ctx, |files| part(files.bytes(*number))),
        Source::Library(bytes) => Ok(part(bytes)),
        Source::Folder => Ok(Vec::new()),
    }
}

fn len_of(ctx: &mut NativeContext<'_>, handle: &Handle) -> std::result::Result<usize, Raise> {
    match &handle.source {
        Source::Disk(number) => on_disk(ctx, |files| files.bytes(*number).len()),
        Source::Library(bytes) => Ok(bytes.len()),
        Source::Folder => Ok(0),
    }
}

/// `{ok, Data}`, or `eof` when there is none and some was asked for.
fn data(ctx: &mut NativeContext<'_>, bytes: &[u8], asked: usize) -> Result {
    if bytes.is_empty() && asked > 0 {
        return answer(atom_value("eof"));
    }
    let bytes = ctx.local.heap.binary(bytes);
    ok_with(ctx, bytes)
}

fn size(ctx: &NativeContext<'_>, value: Value) -> std::result::Result<usize, Raise> {
    ctx.local.heap.as_size(value).ok_or(Raise::BADARG)
}

/// The reason for which a file cannot be read.
fn unreadable(handle: &Handle) -> Option<&'static str> {
    match handle.source {
        Source::Folder => Some("eisdir"),
        Source::Disk(_) | Source::Library(_) => (!handle.modes.read).then_some("ebadf"),
    }
}

fn read(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let count = size(ctx, args[1])?;
    let file = opened!(ctx, args[0]);
    if let Some(why) = unreadable(&file) {
        return error(ctx, why);
    }
    let bytes = bytes_at(ctx, &file, file.position, count)?;
    if let Some(handle) = ctx.shared::<Handle>(args[0])? {
        handle.position += bytes.len();
    }
    data(ctx, &bytes, count)
}

fn pread(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let file = opened!(ctx, args[0]);
    let Some(from) = ctx.local.heap.as_size(args[1]) else { return error(ctx, "einval") };
    let count = size(ctx, args[2])?;
    if let Some(why) = unreadable(&file) {
        return error(ctx, why);
    }
    let bytes = bytes_at(ctx, &file, from, count)?;
    data(ctx, &bytes, count)
}

/// Writes bytes at a place, and makes them safe at once if the file was opened so.
fn write_at(
    ctx: &mut NativeContext<'_>,
    handle: &Handle,
    at: usize,
    bytes: &[u8],
) -> std::result::Result<std::result::Result<(), &'static str>, Raise> {
    let Source::Disk(number) = handle.source else { return Ok(Err("ebadf")) };
    if !handle.modes.write {
        return Ok(Err("ebadf"));
    }
    let (now, syncs) = (now(ctx), handle.modes.sync);
    let written = on_disk(ctx, |files| {
        files.write(number, at, bytes, now)?;
        if syncs { files.sync(number) } else { Ok(()) }
    })?;
    Ok(written.map_err(|why| if why == Errno::NoSpace { "enospc" } else { "eio" }))
}

fn write(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = bytes_of(ctx.local.heap, args[1])?;
    let file = opened!(ctx, args[0]);
    let at = if file.modes.append { len_of(ctx, &file)? } else { file.position };
    match write_at(ctx, &file, at, &bytes)? {
        Ok(()) => {
            if let Some(handle) = ctx.shared::<Handle>(args[0])? {
                handle.position = at + bytes.len();
            }
            ok()
        }
        Err(why) => error(ctx, why),
    }
}

fn pwrite(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = bytes_of(ctx.local.heap, args[2])?;
    let file = opened!(ctx, args[0]);
    let Some(at) = ctx.local.heap.as_size(args[1]) else { return error(ctx, "einval") };
    // As on Linux, what is opened to append appends here too.
    let at = if file.modes.append { len_of(ctx, &file)? } else { at };
    match write_at(ctx, &file, at, &bytes)? {
        Ok(()) => ok(),
        Err(why) => error(ctx, why),
    }
}

fn seek(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let file = opened!(ctx, args[0]);
    let offset = ctx.local.heap.as_integer(args[2]).ok_or(Raise::BADARG)?;
    let base = match args[1].as_atom().map(AtomIndex::as_str) {
        Some("bof") => 0,
        Some("cur") => file.position,
        Some("eof") => len_of(ctx, &file)?,
        Some(_) | None => return Err(Raise::BADARG),
    };
    let offset = isize::try_from(offset).map_err(|_| Raise::BADARG)?;
    let Some(place) = base.checked_add_signed(offset) else { return error(ctx, "einval") };
    if let Some(handle) = ctx.shared::<Handle>(args[0])? {
        handle.position = place;
    }
    let place = ctx.local.heap.unsigned(place as u64);
    ok_with(ctx, place)
}

/// A sync takes its time; at the end of it what was written is safe.
fn sync(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let file = opened!(ctx, args[0]);
    let Source::Disk(number) = file.source else { return ok() };
    let time = system(ctx)?.sync_time();
    let number = ctx.local.heap.unsigned(number);
    let (module, function) = (own_module(), AtomIndex::new("file_synced"));
    Ok(NativeNext::CallAfter { time, module, function, args: vec![number] })
}

fn synced(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let number = size(ctx, args[0])? as u64;
    let result = on_disk(ctx, |files| files.sync(number))?;
    done(ctx, result)
}

/// Cuts the file off where the process is in it.
fn truncate(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let file = opened!(ctx, args[0]);
    let Source::Disk(number) = file.source else { return error(ctx, "einval") };
    if !file.modes.write {
        return error(ctx, "einval");
    }
    let now = now(ctx);
    let result = on_disk(ctx, |files| files.resize(number, file.position, now))?;
    done(ctx, result)
}

/// Makes room for bytes that will be written.
fn allocate(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let file = opened!(ctx, args[0]);
    let (from, count) = (size(ctx, args[1])?, size(ctx, args[2])?);
    let Source::Disk(number) = file.source else { return error(ctx, "ebadf") };
    let (now, end) = (now(ctx), from.saturating_add(count));
    let result = on_disk(ctx, |files| {
        if files.bytes(number).len() < end { files.resize(number, end, now) } else { Ok(()) }
    })?;
    done(ctx, result)
}

fn advise(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    drop(opened!(ctx, args[0]));
    match args[3].as_atom().map(AtomIndex::as_str) {
        Some("normal" | "random" | "sequential" | "will_need" | "dont_need" | "no_reuse") => ok(),
        Some(_) | None => error(ctx, "einval"),
    }
}

/// `{ok, {Size, Pointer, Data}}`: at a place is a size, then where that many bytes are.
fn pread_indirect(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let file = opened!(ctx, args[0]);
    let (from, most) = (size(ctx, args[1])?, size(ctx, args[2])?);
    let header = bytes_at(ctx, &file, from, 8)?;
    let Some((size, rest)) = header.split_first_chunk::<4>() else {
        return answer(atom_value("eof"));
    };
    let Some((pointer, _)) = rest.split_first_chunk::<4>() else {
        return answer(atom_value("eof"));
    };
    let [size, pointer] = [size, pointer].map(|bytes| u32::from_be_bytes(*bytes) as usize);
    if size > most {
        return answer(atom_value("eof"));
    }
    let bytes = bytes_at(ctx, &file, pointer, size)?;
    let heap = &mut *ctx.local.heap;
    let bytes = if bytes.is_empty() { atom_value("eof") } else { heap.binary(&bytes) };
    let parts = heap.tuple(&[Value::size(size), Value::size(pointer), bytes]);
    answer(heap.tuple(&[atom::OK.into(), parts]))
}

fn read_file(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    let bytes = match entry_at(ctx, &path, LastLink::Followed)? {
        Ok(Entry::Library(FileEntry::File(bytes))) => bytes,
        Ok(Entry::Disk(Named::File(number))) => {
            on_disk(ctx, |files| Arc::from(files.bytes(number)))?
        }
        Ok(_) => return error(ctx, "eisdir"),
        Err(why) => return failed(ctx, why),
    };
    let bytes = ctx.local.heap.binary(&bytes);
    ok_with(ctx, bytes)
}

/// The status of the file of a reference.
pub(super) fn status_of(
    ctx: &mut NativeContext<'_>,
    value: Value,
) -> std::result::Result<Option<Entry>, Raise> {
    Ok(ctx.shared::<Handle>(value)?.map(|handle| match &handle.source {
        Source::Disk(number) => Entry::Disk(Named::File(*number)),
        Source::Library(bytes) => Entry::Library(FileEntry::File(Arc::clone(bytes))),
        Source::Folder => Entry::Disk(Named::Folder),
    }))
}

/// Is the file of a name one that cannot be written to?
pub(super) fn refuse_fixed(
    ctx: &mut NativeContext<'_>,
    path: &str,
) -> std::result::Result<Option<NativeNext>, Raise> {
    if is_fixed(ctx, path)? { error(ctx, "erofs").map(Some) } else { Ok(None) }
}
