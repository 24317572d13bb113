//! `prim_file`: the files of the library, which can be read and not written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::prim_loader::{current_folder, missing};
use super::{Effects, KernelState, NativeContext, Result, Value, answer, atom, atom_value, error};
use super::{kernel, ok, ok_with, text_of};
use crate::beam::library::{FileEntry, NoSuchFile};
use crate::beam::native::Raise;

/// A file that is read.
pub(in crate::beam) struct OpenFile {
    contents: Arc<[u8]>,
    position: usize,
    /// Its contents go out as binaries, not as lists.
    binary: bool,
}

pub(super) const PRIM_FILE: Effects = &[
    ("open", 2, open),
    ("close", 1, close),
    ("read", 2, read),
    ("read_line", 1, read_line),
    ("position", 2, position),
    ("pread", 2, pread_all),
    ("pread", 3, pread),
    ("read_file", 1, read_file),
    ("get_handle", 1, |ctx, _| error(ctx, "enotsup")),
    ("list_dir", 1, list_dir),
    ("list_dir_all", 1, list_dir),
    ("read_file_info", 1, |ctx, args| info(ctx, args[0])),
    ("read_file_info", 2, |ctx, args| info(ctx, args[0])),
    ("read_link_info", 1, |ctx, args| info(ctx, args[0])),
    ("read_link_info", 2, |ctx, args| info(ctx, args[0])),
    ("read_handle_info", 1, |ctx, args| handle_info(ctx, args[0])),
    ("read_handle_info", 2, |ctx, args| handle_info(ctx, args[0])),
    ("get_cwd", 0, |ctx, _| current_folder(ctx)),
    ("get_cwd", 1, |ctx, _| current_folder(ctx)),
    ("get_dcwd", 1, |ctx, _| current_folder(ctx)),
    ("set_cwd", 1, |ctx, _| error(ctx, "eacces")),
    ("advise", 4, |_, _| ok()),
    ("write", 2, refuse),
    ("pwrite", 2, refuse),
    ("pwrite", 3, refuse),
    ("sync", 1, |_, _| ok()),
    ("datasync", 1, |_, _| ok()),
    ("truncate", 1, refuse),
    ("allocate", 3, refuse),
    ("write_file", 2, refuse),
    ("write_file_info", 2, refuse),
    ("write_file_info", 3, refuse),
    ("make_dir", 1, refuse),
    ("del_dir", 1, refuse),
    ("delete", 1, refuse),
    ("rename", 2, refuse),
    ("make_link", 2, refuse),
    ("make_symlink", 2, refuse),
    ("read_link", 1, |ctx, _| error(ctx, "einval")),
    ("read_link_all", 1, |ctx, _| error(ctx, "einval")),
    ("altname", 1, |ctx, _| error(ctx, "enotsup")),
    ("internal_name2native", 1, |_, args| answer(args[0])),
    ("internal_native2name", 1, |_, args| answer(args[0])),
    ("internal_normalize_utf8", 1, |_, args| answer(args[0])),
    ("is_translatable", 1, |_, _| answer(Value::boolean(true))),
];

/// The disk of a node cannot be written to.
fn refuse(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    error(ctx, "erofs")
}

/// The file or the folder of a name, from the node's root when it has no folder.
pub(super) fn entry_of(
    kernel: &KernelState,
    name: &str,
) -> std::result::Result<FileEntry, NoSuchFile> {
    kernel.library.entry(&Path::new("/").join(PathBuf::from(name)))
}

/// A list of strings, as Erlang code gets the names of a folder.
pub(super) fn strings(ctx: &mut NativeContext<'_>, texts: &[String]) -> Value {
    let strings: Vec<Value> = texts.iter().map(|text| ctx.local.heap.string(text)).collect();
    ctx.local.heap.list(&strings)
}

/// `#file_info{}`. All files are of the beginning of time.
pub(super) fn file_info(ctx: &mut NativeContext<'_>, entry: &FileEntry) -> Value {
    let heap = &mut *ctx.local.heap;
    let [date, time] = [[1970, 1, 1], [0, 0, 0]].map(|parts| heap.tuple(&parts.map(Value::small)));
    let time = heap.tuple(&[date, time]);
    let (size, kind, mode) = match entry {
        FileEntry::File(bytes) => (bytes.len(), "regular", 0o100_444),
        FileEntry::Folder(_) => (4096, "directory", 0o40_555),
    };
    let zero = Value::small(0);
    let fields = [
        atom_value("file_info"),
        Value::size(size),
        atom_value(kind),
        atom_value("read"),
        time,
        time,
        time,
        Value::small(mode),
        Value::small(1),
        zero,
        zero,
        zero,
        zero,
        zero,
    ];
    heap.tuple(&fields)
}

fn info(ctx: &mut NativeContext<'_>, name: Value) -> Result {
    let name = text_of(ctx, name).ok_or(Raise::BADARG)?;
    match entry_of(&*kernel(ctx)?, &name) {
        Ok(entry) => {
            let info = file_info(ctx, &entry);
            ok_with(ctx, info)
        }
        Err(NoSuchFile) => missing(ctx),
    }
}

fn handle_info(ctx: &mut NativeContext<'_>, handle: Value) -> Result {
    let contents = with_file(ctx, handle, |file| Arc::clone(&file.contents))?;
    match contents {
        Some(contents) => {
            let info = file_info(ctx, &FileEntry::File(contents));
            ok_with(ctx, info)
        }
        None => error(ctx, "einval"),
    }
}

fn list_dir(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    match entry_of(&*kernel(ctx)?, &name) {
        Ok(FileEntry::Folder(names)) => {
            let names = strings(ctx, &names);
            ok_with(ctx, names)
        }
        Ok(FileEntry::File(_)) => error(ctx, "enotdir"),
        Err(NoSuchFile) => missing(ctx),
    }
}

fn read_file(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    match entry_of(&*kernel(ctx)?, &name) {
        Ok(FileEntry::File(bytes)) => {
            let bytes = ctx.local.heap.binary(&bytes);
            ok_with(ctx, bytes)
        }
        Ok(FileEntry::Folder(_)) => error(ctx, "eisdir"),
        Err(NoSuchFile) => missing(ctx),
    }
}

/// `{ok, #file_descriptor{}}`, whose data is a number.
fn open(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = text_of(ctx, args[0]).ok_or(Raise::BADARG)?;
    let modes = ctx.local.heap.as_list(args[1]).ok_or(Raise::BADARG)?;
    let has = |name: &str| modes.iter().any(|mode| *mode == atom_value(name));
    if ["write", "append", "exclusive"].into_iter().any(has) {
        return error(ctx, "erofs");
    }
    let kernel = kernel(ctx)?;
    let contents = match entry_of(&kernel, &name) {
        Ok(FileEntry::File(contents)) => contents,
        Ok(FileEntry::Folder(_)) => return error(ctx, "eisdir"),
        Err(NoSuchFile) => return missing(ctx),
    };
    let number = kernel.last_file.get() + 1;
    kernel.last_file.set(number);
    let file = OpenFile { contents, position: 0, binary: has("binary") };
    kernel.files.borrow_mut().insert(number, file);
    let number = ctx.local.heap.unsigned(number);
    let parts = [atom_value("file_descriptor"), atom_value("prim_file"), number];
    let handle = ctx.local.heap.tuple(&parts);
    ok_with(ctx, handle)
}

fn number_of(ctx: &NativeContext<'_>, handle: Value) -> std::result::Result<u64, Raise> {
    let data = match ctx.local.heap.as_tuple(handle) {
        Some(&[_, _, data]) => ctx.local.heap.as_integer(data),
        Some(_) | None => None,
    };
    data.and_then(|data| u64::try_from(data).ok()).ok_or(Raise::BADARG)
}

/// Lets `act` work with an open file; `None` when it is closed.
fn with_file<T>(
    ctx: &mut NativeContext<'_>,
    handle: Value,
    act: impl FnOnce(&mut OpenFile) -> T,
) -> std::result::Result<Option<T>, Raise> {
    let number = number_of(ctx, handle)?;
    Ok(kernel(ctx)?.files.borrow_mut().get_mut(&number).map(act))
}

fn close(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let number = number_of(ctx, args[0])?;
    let closed = kernel(ctx)?.files.borrow_mut().remove(&number);
    if closed.is_some() { ok() } else { error(ctx, "einval") }
}

/// `{ok, Data}`, or `eof` when there is none.
fn data(ctx: &mut NativeContext<'_>, found: Option<(Vec<u8>, bool)>) -> Result {
    match found {
        None => error(ctx, "einval"),
        Some((bytes, _)) if bytes.is_empty() => answer(atom_value("eof")),
        Some((bytes, true)) => {
            let bytes = ctx.local.heap.binary(&bytes);
            ok_with(ctx, bytes)
        }
        Some((bytes, false)) => {
            let bytes: Vec<Value> =
                bytes.into_iter().map(|byte| Value::small(byte.into())).collect();
            let bytes = ctx.local.heap.list(&bytes);
            ok_with(ctx, bytes)
        }
    }
}

impl OpenFile {
    fn part(&self, from: usize, count: usize) -> Vec<u8> {
        let end = from.saturating_add(count).min(self.contents.len());
        self.contents.get(from..end).unwrap_or_default().to_vec()
    }

    fn advance(&mut self, count: usize) -> (Vec<u8>, bool) {
        let part = self.part(self.position, count);
        self.position += part.len();
        (part, self.binary)
    }

    fn line(&mut self) -> (Vec<u8>, bool) {
        let rest = self.contents.get(self.position..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        self.advance(end)
    }
}

fn size_of(ctx: &NativeContext<'_>, value: Value) -> std::result::Result<usize, Raise> {
    ctx.local.heap.as_size(value).ok_or(Raise::BADARG)
}

fn read(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let count = size_of(ctx, args[1])?;
    let found = with_file(ctx, args[0], |file| file.advance(count))?;
    data(ctx, found)
}

fn read_line(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let found = with_file(ctx, args[0], OpenFile::line)?;
    data(ctx, found)
}

fn pread(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (from, count) = (size_of(ctx, args[1])?, size_of(ctx, args[2])?);
    let found = with_file(ctx, args[0], |file| (file.part(from, count), file.binary))?;
    data(ctx, found)
}

/// `{ok, [Data]}` for several places.
fn pread_all(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let places = ctx.local.heap.as_list(args[1]).ok_or(Raise::BADARG)?;
    let mut parts = Vec::with_capacity(places.len());
    for place in places {
        let Some(&[from, count]) = ctx.local.heap.as_tuple(place) else {
            return Err(Raise::BADARG);
        };
        let (from, count) = (size_of(ctx, from)?, size_of(ctx, count)?);
        let Some(bytes) = with_file(ctx, args[0], |file| file.part(from, count))? else {
            return error(ctx, "einval");
        };
        let end = bytes.is_empty();
        parts.push(if end { atom_value("eof") } else { ctx.local.heap.binary(&bytes) });
    }
    let parts = ctx.local.heap.list(&parts);
    ok_with(ctx, parts)
}

fn position(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (from, offset) = match ctx.local.heap.as_tuple(args[1]) {
        Some(&[from, offset]) => (from.as_atom(), offset),
        Some(_) => return error(ctx, "einval"),
        None => match args[1].as_atom() {
            Some(from) => (Some(from), Value::small(0)),
            None => (None, args[1]),
        },
    };
    let Some(offset) = ctx.local.heap.as_integer(offset) else { return error(ctx, "einval") };
    let moved = with_file(ctx, args[0], |file| {
        let base = match from.map(atom::AtomIndex::as_str) {
            None | Some("bof") => 0,
            Some("cur") => file.position,
            Some(_) => file.contents.len(),
        };
        let place = base.checked_add_signed(isize::try_from(offset).ok()?)?;
        file.position = place;
        Some(place)
    })?;
    match moved.flatten() {
        Some(place) => {
            let place = ctx.local.heap.unsigned(place as u64);
            ok_with(ctx, place)
        }
        None => error(ctx, "einval"),
    }
}
