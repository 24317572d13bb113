//! `prim_buffer`: bytes that are written at one end and taken at the other.

use super::queue::ByteQueue;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::iodata::bytes_of;
use crate::beam::machine::NativeContext;
use crate::beam::native::{Effect, NativeNext, Raise, answer};
use crate::beam::value::Value;

pub(super) const PRIM_BUFFER: &[(&str, u8, Effect)] = &[
    ("new", 0, new),
    ("size", 1, size),
    ("peek_head", 1, peek),
    ("copying_read", 2, read),
    ("write", 2, write),
    ("skip", 2, skip),
    ("find_byte_index", 2, find),
    ("try_lock", 1, try_lock),
    ("unlock", 1, unlock),
];

type Result = std::result::Result<NativeNext, Raise>;

#[derive(Default)]
struct Buffer {
    queue: ByteQueue,
    is_locked: bool,
}

fn buffer<'a>(
    ctx: &'a mut NativeContext<'_>,
    value: Value,
) -> std::result::Result<&'a mut Buffer, Raise> {
    ctx.shared(value)?.ok_or(Raise::BADARG)
}

fn new(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    answer(ctx.share(Buffer::default()))
}

fn size(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    answer(Value::size(buffer(ctx, args[0])?.queue.len()))
}

fn peek(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = buffer(ctx, args[0])?.queue.bytes().to_vec();
    if bytes.is_empty() {
        return Err(Raise::BADARG);
    }
    answer(ctx.local.heap.binary(&bytes))
}

/// So many bytes, which must be there.
fn count_of(ctx: &mut NativeContext<'_>, args: &[Value]) -> std::result::Result<usize, Raise> {
    let count = ctx.local.heap.as_size(args[1]).ok_or(Raise::BADARG)?;
    if count > buffer(ctx, args[0])?.queue.len() { Err(Raise::BADARG) } else { Ok(count) }
}

fn read(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let count = count_of(ctx, args)?;
    let bytes = buffer(ctx, args[0])?.queue.take(count);
    answer(ctx.local.heap.binary(&bytes))
}

fn skip(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let count = count_of(ctx, args)?;
    buffer(ctx, args[0])?.queue.skip(count);
    answer(atom::OK.into())
}

fn write(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = bytes_of(ctx.local.heap, args[1])?;
    buffer(ctx, args[0])?.queue.extend(&bytes);
    answer(atom::OK.into())
}

/// `{ok, Index}` of the first byte of this value.
fn find(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let byte = args[1].as_small().and_then(|byte| u8::try_from(byte).ok()).ok_or(Raise::BADARG)?;
    match buffer(ctx, args[0])?.queue.bytes().iter().position(|found| *found == byte) {
        Some(place) => answer(ctx.local.heap.tuple(&[atom::OK.into(), Value::size(place)])),
        None => answer(AtomIndex::new("not_found").into()),
    }
}

fn try_lock(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let was_locked = std::mem::replace(&mut buffer(ctx, args[0])?.is_locked, true);
    answer(AtomIndex::new(if was_locked { "busy" } else { "acquired" }).into())
}

fn unlock(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let was_locked = std::mem::take(&mut buffer(ctx, args[0])?.is_locked);
    let state = if was_locked { "acquired" } else { "unlocked" };
    if was_locked {
        answer(atom::OK.into())
    } else {
        Err(Raise::error(AtomIndex::new(state).into()))
    }
}
