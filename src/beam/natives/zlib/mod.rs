//! `zlib`: the functions in C of compression.
//!
//! The bytes that come of it can be read by everybody, and are not those that the library zlib writes.

mod stream;

use flate2::FlushCompress;

use super::queue::ByteQueue;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Fragment;
use crate::beam::identity::ProcessId;
use crate::beam::iodata::bytes_of;
use crate::beam::machine::NativeContext;
use crate::beam::native::{Effect, NativeNext, Raise, answer};
use crate::beam::value::Value;
use stream::{AfterEnd, Deflater, Frame, Inflater, StreamError};

pub(super) const ZLIB: &[(&str, u8, Effect)] = &[
    ("open_nif", 0, open),
    ("close_nif", 1, close),
    ("set_controller_nif", 2, set_controller),
    ("deflateInit_nif", 6, deflate_init),
    ("deflateSetDictionary_nif", 2, deflate_set_dictionary),
    ("deflateReset_nif", 1, deflate_reset),
    ("deflateEnd_nif", 1, deflate_end),
    ("deflateParams_nif", 3, deflate_params),
    ("deflate_nif", 4, deflate),
    ("inflateInit_nif", 3, inflate_init),
    ("inflateSetDictionary_nif", 2, inflate_set_dictionary),
    ("inflateGetDictionary_nif", 1, |_, _| answer(AtomIndex::new("not_supported").into())),
    ("inflateReset_nif", 1, inflate_reset),
    ("inflateEnd_nif", 1, inflate_end),
    ("inflate_nif", 4, inflate),
    ("crc32_nif", 1, crc32),
    ("getStash_nif", 1, get_stash),
    ("clearStash_nif", 1, clear_stash),
    ("setStash_nif", 2, set_stash),
    ("getBufSize_nif", 1, |ctx, args| {
        let size = stream(ctx, args[0])?.buffer_size;
        answer(Value::size(size))
    }),
    ("setBufSize_nif", 2, |ctx, args| {
        let size = ctx.local.heap.as_size(args[1]).ok_or(Raise::BADARG)?;
        stream(ctx, args[0])?.buffer_size = size;
        answer(atom::OK.into())
    }),
    ("enqueue_nif", 2, enqueue),
];

type Result = std::result::Result<NativeNext, Raise>;

/// A stream, as `zlib:open/0` makes it.
struct Stream {
    owner: ProcessId,
    engine: Engine,
    queue: ByteQueue,
    /// The bytes that were made and not yet handed out.
    made: ByteQueue,
    stash: Option<Fragment>,
    buffer_size: usize,
    check: u32,
}

enum Engine {
    None,
    Deflate(Box<Deflater>),
    Inflate(Box<Inflater>),
}

fn ok() -> Result {
    answer(atom::OK.into())
}

fn raised(name: &str) -> Raise {
    Raise::error(AtomIndex::new(name).into())
}

/// The stream of a reference, for the process that owns it.
fn stream<'a>(
    ctx: &'a mut NativeContext<'_>,
    value: Value,
) -> std::result::Result<&'a mut Stream, Raise> {
    let own = ctx.local.process.pid();
    // One that is closed is not there any more.
    let stream: &mut Stream = ctx.shared(value)?.ok_or_else(|| raised("not_initialized"))?;
    if stream.owner == own { Ok(stream) } else { Err(raised("not_on_controlling_process")) }
}

fn open(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let stream = Stream {
        owner: ctx.local.process.pid(),
        engine: Engine::None,
        queue: ByteQueue::default(),
        made: ByteQueue::default(),
        stash: None,
        buffer_size: 4000,
        check: 0,
    };
    answer(ctx.share_own(stream))
}

fn close(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    stream(ctx, args[0])?;
    ctx.forget(args[0]);
    ok()
}

fn set_controller(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let owner = ctx.local.heap.as_pid(args[1]).ok_or(Raise::BADARG)?;
    stream(ctx, args[0])?.owner = owner;
    ctx.give(args[0], owner);
    ok()
}

fn begin(ctx: &mut NativeContext<'_>, stream_value: Value, engine: Engine) -> Result {
    let stream = stream(ctx, stream_value)?;
    if !matches!(stream.engine, Engine::None) {
        return Err(raised("already_initialized"));
    }
    stream.engine = engine;
    stream.check = 0;
    stream.queue.clear();
    stream.made.clear();
    ok()
}

/// A level, or the default one for -1.
fn level(value: Value) -> std::result::Result<Option<u32>, Raise> {
    let level = value.as_small().ok_or(Raise::BADARG)?;
    Ok(u32::try_from(level).ok())
}

fn deflate_init(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bits = args[3].as_small().ok_or(Raise::BADARG)?;
    let frame = Frame::of_bits(bits).filter(|frame| *frame != Frame::Either);
    let frame = frame.ok_or_else(|| raised("stream_error"))?;
    let deflater = Deflater::new(frame, level(args[1])?);
    begin(ctx, args[0], Engine::Deflate(Box::new(deflater)))
}

fn deflater(stream: &mut Stream) -> std::result::Result<&mut Deflater, Raise> {
    match &mut stream.engine {
        Engine::Deflate(deflater) => Ok(deflater),
        Engine::None | Engine::Inflate(_) => Err(raised("not_initialized")),
    }
}

fn inflater(stream: &mut Stream) -> std::result::Result<&mut Inflater, Raise> {
    match &mut stream.engine {
        Engine::Inflate(inflater) => Ok(inflater),
        Engine::None | Engine::Deflate(_) => Err(raised("not_initialized")),
    }
}

fn exception(error: StreamError) -> Raise {
    match error {
        StreamError::Data | StreamError::NeedsDictionary(_) => raised("data_error"),
        StreamError::Stream => raised("stream_error"),
    }
}

fn deflate_set_dictionary(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = bytes_of(ctx.local.heap, args[1])?;
    let check = deflater(stream(ctx, args[0])?)?.set_dictionary(&bytes).map_err(exception)?;
    answer(Value::small(check.into()))
}

fn deflate_reset(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let stream = stream(ctx, args[0])?;
    deflater(stream)?.reset();
    stream.queue.clear();
    stream.made.clear();
    stream.check = 0;
    ok()
}

/// Ends a stream; `data_error` when something was not handed out yet.
fn deflate_end(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let stream = stream(ctx, args[0])?;
    let is_open = deflater(stream)?.is_open() || !stream.queue.is_empty();
    stream.engine = Engine::None;
    stream.queue.clear();
    stream.made.clear();
    if is_open { Err(raised("data_error")) } else { ok() }
}

/// Another level counts from the next stream on: what was written is flushed already.
fn deflate_params(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    deflater(stream(ctx, args[0])?)?;
    ok()
}

fn enqueue(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = bytes_of(ctx.local.heap, args[1])?;
    let stream = stream(ctx, args[0])?;
    if matches!(stream.engine, Engine::None) {
        return Err(raised("not_initialized"));
    }
    stream.queue.extend(&bytes);
    ok()
}

/// `{continue | finished, [Output]}`, so much of what was made as goes into a chunk.
fn output(ctx: &mut NativeContext<'_>, stream_value: Value, most: usize, has_more: bool) -> Result {
    let made = &mut stream(ctx, stream_value)?.made;
    let chunk = made.take(most);
    let goes_on = has_more || !made.is_empty();
    let heap = &mut *ctx.local.heap;
    let chunks = if chunk.is_empty() {
        Value::NIL
    } else {
        let chunk = heap.binary(&chunk);
        heap.list(&[chunk])
    };
    let mark = AtomIndex::new(if goes_on { "continue" } else { "finished" }).into();
    answer(heap.tuple(&[mark, chunks]))
}

fn deflate(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let most = ctx.local.heap.as_size(args[2]).filter(|most| *most > 0).ok_or(Raise::BADARG)?;
    let flush = match args[3].as_small() {
        Some(0) => FlushCompress::None,
        Some(2) => FlushCompress::Sync,
        Some(3) => FlushCompress::Full,
        Some(4) => FlushCompress::Finish,
        Some(_) | None => return Err(raised("bad_flush_mode")),
    };
    let stream = stream(ctx, args[0])?;
    if stream.made.is_empty() {
        let queue = std::mem::take(&mut stream.queue);
        let mut made = Vec::new();
        stream.check = super::checksums::crc32(stream.check, queue.bytes());
        deflater(stream)?.add(queue.bytes(), flush, &mut made).map_err(exception)?;
        stream.made = made.into();
    }
    output(ctx, args[0], most, false)
}

fn inflate_init(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bits = args[1].as_small().ok_or(Raise::BADARG)?;
    let frame = Frame::of_bits(bits).ok_or_else(|| raised("stream_error"))?;
    let after = match args[2].as_small() {
        Some(0) => AfterEnd::Error,
        Some(1) => AfterEnd::Reset,
        Some(2) => AfterEnd::Cut,
        Some(_) | None => return Err(raised("bad_eos_behavior")),
    };
    begin(ctx, args[0], Engine::Inflate(Box::new(Inflater::new(frame, after))))
}

fn inflate_set_dictionary(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let bytes = bytes_of(ctx.local.heap, args[1])?;
    inflater(stream(ctx, args[0])?)?.set_dictionary(&bytes).map_err(exception)?;
    ok()
}

fn inflate_reset(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let stream = stream(ctx, args[0])?;
    inflater(stream)?.reset();
    stream.queue.clear();
    stream.made.clear();
    stream.check = 0;
    ok()
}

fn inflate_end(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let stream = stream(ctx, args[0])?;
    let has_ended = inflater(stream)?.has_ended();
    stream.engine = Engine::None;
    stream.queue.clear();
    stream.made.clear();
    if has_ended { ok() } else { Err(raised("data_error")) }
}

fn inflate(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let most = ctx.local.heap.as_size(args[2]).filter(|most| *most > 0).ok_or(Raise::BADARG)?;
    let stream = stream(ctx, args[0])?;
    let mut queue = std::mem::take(&mut stream.queue);
    let mut made = std::mem::take(&mut stream.made).into_bytes();
    let result = inflater(stream)?.add(queue.bytes(), most, &mut made);
    stream.check = super::checksums::crc32(stream.check, &made);
    let is_full = made.len() >= most;
    stream.made = made.into();
    match result {
        Ok(read) => {
            queue.skip(read);
            stream.queue = queue;
            let has_more = is_full && !inflater(stream)?.has_ended();
            output(ctx, args[0], most, has_more)
        }
        Err(StreamError::NeedsDictionary(check)) => {
            // The header was read.
            queue.skip(6);
            stream.queue = queue;
            let made = std::mem::take(&mut stream.made).into_bytes();
            let heap = &mut *ctx.local.heap;
            let made = if made.is_empty() {
                Value::NIL
            } else {
                let made = heap.binary(&made);
                heap.list(&[made])
            };
            let name = AtomIndex::new("need_dictionary").into();
            answer(heap.tuple(&[name, Value::small(check.into()), made]))
        }
        Err(error) => Err(exception(error)),
    }
}

fn crc32(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let stream = stream(ctx, args[0])?;
    if matches!(stream.engine, Engine::None) {
        return Err(raised("not_initialized"));
    }
    answer(Value::small(stream.check.into()))
}

fn get_stash(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some(stash) = stream(ctx, args[0])?.stash.clone() else {
        return answer(AtomIndex::new("empty").into());
    };
    let heap = &mut *ctx.local.heap;
    let value = heap.add_fragment(&stash);
    answer(heap.tuple(&[atom::OK.into(), value]))
}

fn clear_stash(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    match stream(ctx, args[0])?.stash.take() {
        Some(_) => ok(),
        None => Err(raised("error")),
    }
}

fn set_stash(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let stash = ctx.local.heap.fragment(args[1]);
    let stream = stream(ctx, args[0])?;
    if stream.stash.is_some() {
        return Err(raised("error"));
    }
    stream.stash = Some(stash);
    ok()
}
