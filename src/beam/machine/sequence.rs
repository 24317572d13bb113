//! Sequential tracing: a token travels from a process with each message that it sends, to whoever
//! receives the message, and the system tracer of the node is told of it.
//!
//! A token is `{Flags, Label, Serial, From, Last}`, or `[]`. Messages of the runtime system itself
//! (timers, `'DOWN'`, `'EXIT'`) carry none, and leave that of their receiver alone.

use std::collections::VecDeque;

use super::context::{NativeContext, Recipient};
use super::shared::Shared;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::identity::ProcessId;
use crate::beam::native::Raise;
use crate::beam::value::Value;

/// The part of a process that has to do with tokens, once it has met one.
#[derive(Debug)]
pub(super) struct Sequence {
    /// Its own token.
    token: Value,
    /// The number of the last message that it has sent or received with a token.
    clock: i64,
    /// The number of the last one that it has received.
    last: i64,
    /// The tokens of the messages of its mailbox, in their order; `undefined` for those of the runtime
    /// system.
    waiting: VecDeque<Value>,
    /// The message that is sent now carries the token.
    is_sending: bool,
}

/// The token of a message that leaves that of its receiver alone.
pub(in crate::beam) const NO_TOKEN: Value = Value::atom(atom::UNDEFINED);

/// A step on the way of a message, as a flag of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happening {
    Send,
    Receive,
    Print,
}

impl Happening {
    const fn flag(self) -> i64 {
        match self {
            Happening::Send => 1,
            Happening::Receive => 2,
            Happening::Print => 4,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Happening::Send => "send",
            Happening::Receive => "receive",
            Happening::Print => "print",
        }
    }
}

const TIMESTAMP: i64 = 8;
const STRICT_TIMESTAMP: i64 = 16;
const MONOTONIC_TIMESTAMP: i64 = 32;

/// The flag of a name.
fn flag(name: &str) -> Option<i64> {
    Some(match name {
        "send" => Happening::Send.flag(),
        "receive" => Happening::Receive.flag(),
        "print" => Happening::Print.flag(),
        "timestamp" => TIMESTAMP,
        "strict_monotonic_timestamp" => STRICT_TIMESTAMP,
        "monotonic_timestamp" => MONOTONIC_TIMESTAMP,
        _ => return None,
    })
}

/// A token in its parts.
#[derive(Clone, Copy, Debug)]
struct Token {
    flags: i64,
    label: Value,
    serial: i64,
    from: Value,
    last: i64,
}

impl Token {
    fn read(heap: &Heap, token: Value) -> Option<Token> {
        let &[flags, label, serial, from, last] = heap.as_tuple(token)? else { return None };
        let (flags, serial, last) = (flags.as_small()?, serial.as_small()?, last.as_small()?);
        Some(Token { flags, label, serial, from, last })
    }

    fn make(self, heap: &mut Heap) -> Value {
        let [flags, serial, last] = [self.flags, self.serial, self.last].map(Value::small);
        heap.tuple(&[flags, self.label, serial, self.from, last])
    }
}

impl Sequence {
    /// Of a process whose mailbox has so many messages without a token.
    pub(super) fn new(messages: usize) -> Sequence {
        let waiting = std::iter::repeat_n(Value::NIL, messages).collect();
        Sequence { token: Value::NIL, clock: 0, last: 0, waiting, is_sending: false }
    }

    /// Its own token.
    pub(super) fn token(&self) -> Value {
        self.token
    }

    /// A message with this token is put into the mailbox.
    pub(super) fn deliver(&mut self, token: Value) {
        self.waiting.push_back(token);
    }

    /// A message is taken out of the mailbox.
    pub(super) fn remove(&mut self, place: usize) {
        self.waiting.remove(place);
    }

    /// All messages are taken out of the mailbox.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        visit(&mut self.token);
        self.waiting.iter_mut().for_each(visit);
    }

    /// The token of the message that is sent now.
    pub(super) fn take_outgoing(&mut self) -> Value {
        if std::mem::take(&mut self.is_sending) { self.token } else { Value::NIL }
    }

    /// A process begins with the token of the one that has started it.
    pub(super) fn inherited(heap: &Heap, token: Value, messages: usize) -> Sequence {
        let serial = Token::read(heap, token).map_or(0, |token| token.serial);
        // Its reply to the one that has started it has the next number.
        Sequence { token, clock: serial + 1, last: serial, ..Sequence::new(messages) }
    }
}

/// The system tracer, while it is alive.
fn tracer(ctx: &mut NativeContext<'_>) -> Option<ProcessId> {
    let tracer = ctx.local.shared.sequential_tracer?;
    if ctx.node.is_alive(tracer) == Ok(true) {
        return Some(tracer);
    }
    ctx.local.shared.sequential_tracer = None;
    None
}

/// The process that runs sends something with its token: the token gets the next number.
fn advance(ctx: &mut NativeContext<'_>) -> Option<Token> {
    let own = ctx.local.process.pid();
    if tracer(ctx) == Some(own) {
        return None;
    }
    let from = ctx.local.process.pid_value();
    let sequence = ctx.local.process.sequence.as_mut()?;
    let token = Token::read(ctx.local.heap, sequence.token)?;
    sequence.clock += 1;
    let token = Token { serial: sequence.clock, from, last: sequence.last, ..token };
    sequence.token = token.make(ctx.local.heap);
    Some(token)
}

/// Tells the system tracer, if the token says so.
fn tell(
    ctx: &mut NativeContext<'_>,
    token: Token,
    happening: Happening,
    to: Value,
    message: Value,
) -> std::result::Result<(), Raise> {
    if token.flags & happening.flag() == 0 {
        return Ok(());
    }
    let own = ctx.local.process.pid();
    let Some(tracer) = tracer(ctx).filter(|tracer| *tracer != own) else { return Ok(()) };
    let stamp = timestamp(ctx, token.flags);
    let heap = &mut *ctx.local.heap;
    let serial = heap.tuple(&[token.last, token.serial].map(Value::small));
    let name = AtomIndex::new(happening.name()).into();
    let info = heap.tuple(&[name, serial, token.from, to, message]);
    let mut parts = vec![AtomIndex::new("seq_trace").into(), token.label, info];
    parts.extend(stamp);
    let news = heap.tuple(&parts);
    ctx.node.send(&mut ctx.local, Recipient::Pid(tracer), news)
}

fn timestamp(ctx: &mut NativeContext<'_>, flags: i64) -> Option<Value> {
    const MICROSECOND: i64 = 1000;
    const MILLION: i64 = 1_000_000;
    if flags & TIMESTAMP != 0 {
        let now = ctx.node.system_time() / MICROSECOND;
        let parts = [now / MILLION / MILLION, now / MILLION % MILLION, now % MILLION];
        return Some(ctx.local.heap.tuple(&parts.map(Value::small)));
    }
    let now = ctx.node.monotonic_time();
    let now = (flags & (STRICT_TIMESTAMP | MONOTONIC_TIMESTAMP) != 0)
        .then(|| ctx.local.heap.integer(now))?;
    if flags & STRICT_TIMESTAMP == 0 {
        return Some(now);
    }
    let number = ctx.node.make_reference().id as u64;
    let number = ctx.local.heap.unsigned(number);
    Some(ctx.local.heap.tuple(&[now, number]))
}

/// The process that runs is about to send a message: it carries the token of the process, if that has one.
#[inline]
pub(super) fn before_send(
    ctx: &mut NativeContext<'_>,
    to: Value,
    message: Value,
) -> std::result::Result<(), Raise> {
    if ctx.local.process.sequence.is_none() { Ok(()) } else { carry(ctx, to, message) }
}

fn carry(ctx: &mut NativeContext<'_>, to: Value, message: Value) -> std::result::Result<(), Raise> {
    let Some(token) = advance(ctx) else { return Ok(()) };
    let holder = to.as_atom().and_then(|name| ctx.node.whereis(name));
    let receiver = holder.map_or(to, |pid| ctx.local.heap.pid(pid));
    tell(ctx, token, Happening::Send, receiver, message)?;
    if let Some(sequence) = ctx.local.process.sequence.as_mut() {
        sequence.is_sending = true;
    }
    Ok(())
}

/// The process that runs receives the message at a place of its mailbox, and has its token from now on.
pub(super) fn receive(ctx: &mut NativeContext<'_>, place: usize) {
    let message = ctx.local.process.mailbox.get(place).copied();
    let own = ctx.local.process.pid_value();
    let Some(sequence) = ctx.local.process.sequence.as_mut() else { return };
    let Some(token) = sequence.waiting.get(place).copied() else { return };
    if token == NO_TOKEN {
        return;
    }
    sequence.token = token;
    if let (Some(token), Some(message)) = (Token::read(ctx.local.heap, token), message) {
        sequence.last = token.serial;
        sequence.clock = sequence.clock.max(token.serial);
        // The tracer may have ended: nobody is told.
        let _ = tell(ctx, token, Happening::Receive, own, message);
    }
}

/// The token that a process gets which the one that runs starts.
pub(in crate::beam) fn bequeath(
    heap: &mut Heap,
    shared: &Shared,
    parent: &mut super::Process,
) -> Value {
    let (own, from) = (parent.pid(), parent.pid_value());
    let Some(sequence) = parent.sequence.as_mut() else { return Value::NIL };
    let Some(token) = Token::read(heap, sequence.token) else { return Value::NIL };
    if shared.sequential_tracer == Some(own) {
        return Value::NIL;
    }
    let serial = sequence.clock + 1;
    let given = Token { serial, from, last: sequence.last, ..token }.make(heap);
    // The reply, which has the next number, is the last that it has received.
    (sequence.clock, sequence.last) = (serial + 1, serial + 1);
    sequence.token = given;
    given
}

/// `seq_trace_print/1,2`: the system tracer is told a term, if the process has a token, with this label.
pub(super) fn print(
    ctx: &mut NativeContext<'_>,
    label: Option<Value>,
    term: Value,
) -> std::result::Result<bool, Raise> {
    let sequence = ctx.local.process.sequence.as_ref();
    let token = sequence.and_then(|sequence| Token::read(ctx.local.heap, sequence.token));
    let Some(token) = token else { return Ok(false) };
    if label.is_some_and(|label| !ctx.local.heap.equals(label, token.label)) {
        return Ok(false);
    }
    if let Some(token) = advance(ctx) {
        tell(ctx, token, Happening::Print, Value::NIL, term)?;
    }
    Ok(true)
}

/// `seq_trace/2`: changes a part of the token, and returns what it was.
pub(super) fn set(
    ctx: &mut NativeContext<'_>,
    name: Value,
    value: Value,
) -> std::result::Result<Value, Raise> {
    let name = name.as_atom().ok_or(Raise::BADARG)?.as_str();
    let pid = ctx.local.process.pid_value();
    let messages = ctx.local.process.mailbox.len();
    let heap = &mut *ctx.local.heap;
    let sequence = &mut ctx.local.process.sequence;
    if name == "sequential_trace_token" {
        if !value.is_nil() {
            return Err(Raise::BADARG);
        }
        let before = sequence.as_mut().map(|it| std::mem::replace(&mut it.token, Value::NIL));
        return Ok(before.unwrap_or(Value::NIL));
    }
    let last = sequence.as_ref().map_or(0, |sequence| sequence.last);
    let token = sequence.as_ref().and_then(|sequence| Token::read(heap, sequence.token));
    let new = Token { flags: 0, label: Value::small(0), serial: 0, from: pid, last };
    let mut token = token.unwrap_or(new);
    let before = match (name, flag(name)) {
        ("label", _) => std::mem::replace(&mut token.label, value),
        ("serial", _) => {
            let number = |value: Value| value.as_small().filter(|number| *number >= 0);
            let parts = match heap.as_tuple(value) {
                Some(&[last, serial]) => number(last).zip(number(serial)),
                Some(_) | None => None,
            };
            let before = heap.tuple(&[token.last, token.serial].map(Value::small));
            (token.last, token.serial) = parts.ok_or(Raise::BADARG)?;
            before
        }
        (_, Some(flag)) => {
            let was_set = token.flags & flag != 0;
            token.flags = if value.as_boolean().ok_or(Raise::BADARG)? {
                token.flags | flag
            } else {
                token.flags & !flag
            };
            was_set.into()
        }
        (_, None) => return Err(Raise::BADARG),
    };
    let made = token.make(heap);
    let sequence = sequence.get_or_insert_with(|| Box::new(Sequence::new(messages)));
    sequence.token = made;
    if name == "serial" {
        (sequence.last, sequence.clock) = (token.last, token.serial);
    }
    Ok(before)
}

/// `seq_trace_info/1`: a part of the token.
pub(super) fn info(ctx: &mut NativeContext<'_>, item: Value) -> std::result::Result<Value, Raise> {
    let name = item.as_atom().ok_or(Raise::BADARG)?.as_str();
    let sequence = ctx.local.process.sequence.as_ref();
    let whole = sequence.map_or(Value::NIL, |sequence| sequence.token);
    let heap = &mut *ctx.local.heap;
    let token = Token::read(heap, whole);
    let value = match (name, flag(name), token) {
        ("sequential_trace_token", _, _) => whole,
        ("label", _, Some(token)) => token.label,
        ("serial", _, Some(token)) => heap.tuple(&[token.last, token.serial].map(Value::small)),
        ("label" | "serial", _, None) => return Ok(Value::NIL),
        (_, Some(flag), token) => token.is_some_and(|token| token.flags & flag != 0).into(),
        (_, None, _) => return Err(Raise::BADARG),
    };
    Ok(heap.tuple(&[item, value]))
}
