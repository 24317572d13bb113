//! The properties of files: `#file_info{}`.

use super::handles::{refuse_fixed, status_of};
use super::{
    Effects, Entry, FileEntry, Named, NativeContext, Result, Value, answer, atom_value, error,
};
use super::{entry_at, failed, ok, on_disk, path_of};
use crate::beam::heap::Heap;
use crate::beam::native::Raise;
use crate::engine::runtime::LastLink;

pub(super) const PRIM_FILE: Effects = &[
    ("read_info_nif", 2, read_info),
    ("read_handle_info_nif", 1, read_handle_info),
    ("set_permissions_nif", 2, set_permissions),
    ("set_owner_nif", 3, set_owner),
    ("set_time_nif", 4, set_time),
];

/// The fields of `#file_info{}` that differ from one to another.
struct Info {
    size: usize,
    kind: &'static str,
    access: &'static str,
    time: i64,
    mode: u32,
    links: u32,
    inode: u64,
}

impl Info {
    /// The record, with its times made by `time`.
    fn shown(&self, heap: &mut Heap, time: Value) -> Value {
        let zero = Value::small(0);
        let fields = [
            atom_value("file_info"),
            Value::size(self.size),
            atom_value(self.kind),
            atom_value(self.access),
            time,
            time,
            time,
            Value::small(self.mode.into()),
            Value::small(self.links.into()),
            zero,
            zero,
            heap.unsigned(self.inode),
            zero,
            zero,
        ];
        heap.tuple(&fields)
    }
}

/// The properties of a file or a folder. Those of the library are of the beginning of time.
fn info_of(ctx: &mut NativeContext<'_>, entry: &Entry) -> std::result::Result<Info, Raise> {
    let folder = Info {
        size: 4096,
        kind: "directory",
        access: "read",
        time: 0,
        mode: 0o40_555,
        links: 1,
        inode: 0,
    };
    Ok(match entry {
        Entry::Library(FileEntry::Folder(_)) => folder,
        Entry::Library(FileEntry::File(bytes)) => {
            Info { size: bytes.len(), kind: "regular", mode: 0o100_444, ..folder }
        }
        Entry::Disk(Named::Folder) => Info { access: "read_write", mode: 0o40_755, ..folder },
        Entry::Disk(Named::Link(target)) => Info {
            size: target.len(),
            kind: "symlink",
            access: "read_write",
            mode: 0o120_777,
            ..folder
        },
        Entry::Disk(Named::File(number)) => {
            let status = on_disk(ctx, |files| files.status(*number))?.ok_or(Raise::BADARG)?;
            Info {
                size: status.size,
                kind: "regular",
                access: match (status.mode & 0o400 > 0, status.mode & 0o200 > 0) {
                    (true, true) => "read_write",
                    (true, false) => "read",
                    (false, true) => "write",
                    (false, false) => "none",
                },
                time: status.written,
                mode: 0o100_000 | status.mode,
                links: status.names,
                inode: status.number,
            }
        }
    })
}

/// `#file_info{}` with a date and a time, of a file or a folder that was found.
pub(in crate::beam::kernel) fn file_info(
    ctx: &mut NativeContext<'_>,
    entry: &FileEntry,
) -> std::result::Result<Value, Raise> {
    let info = info_of(ctx, &Entry::Library(entry.clone()))?;
    let heap = &mut *ctx.local.heap;
    let [date, time] = [[1970, 1, 1], [0, 0, 0]].map(|parts| heap.tuple(&parts.map(Value::small)));
    let time = heap.tuple(&[date, time]);
    Ok(info.shown(heap, time))
}

fn told(ctx: &mut NativeContext<'_>, entry: &Entry) -> Result {
    let info = info_of(ctx, entry)?;
    let time = ctx.local.heap.integer(info.time);
    answer(info.shown(ctx.local.heap, time))
}

fn read_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let path = path_of(ctx, args[0])?;
    let is_followed = args[1] != Value::small(0);
    let link = if is_followed { LastLink::Followed } else { LastLink::Kept };
    match entry_at(ctx, &path, link)? {
        Ok(entry) => told(ctx, &entry),
        Err(why) => failed(ctx, why),
    }
}

fn read_handle_info(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    match status_of(ctx, args[0])? {
        Some(entry) => told(ctx, &entry),
        None => error(ctx, "einval"),
    }
}

/// Changes what is known of a file of the disk; of a folder nothing can be changed.
fn change(
    ctx: &mut NativeContext<'_>,
    name: Value,
    mode: Option<u32>,
    written: Option<i64>,
) -> Result {
    let path = path_of(ctx, name)?;
    if let Some(refused) = refuse_fixed(ctx, &path)? {
        return Ok(refused);
    }
    match entry_at(ctx, &path, LastLink::Followed)? {
        Ok(Entry::Disk(Named::File(number))) => {
            on_disk(ctx, |files| files.set_status(number, mode, written))?;
            ok()
        }
        Ok(_) => ok(),
        Err(why) => failed(ctx, why),
    }
}

fn set_permissions(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let mode = ctx.local.heap.as_integer(args[1]).and_then(|mode| u32::try_from(mode).ok());
    change(ctx, args[0], Some(mode.ok_or(Raise::BADARG)? & 0o7777), None)
}

fn set_owner(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    change(ctx, args[0], None, None)
}

fn set_time(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let written = ctx.local.heap.as_integer(args[2]).ok_or(Raise::BADARG)?;
    change(ctx, args[0], None, Some(written))
}
