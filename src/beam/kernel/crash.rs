//! Crashes in one line each: what OTP's reports of a crash say together.
//!
//! The process itself is reported by its behaviour, with its last message and its state, and by
//! `proc_lib`, with the exception; then by its supervisor. Each of these is in the log as OTP words it.

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::{NativeContext, Value, map_field};
use crate::beam::atom::AtomIndex;
use crate::beam::identity::ProcessId;
use crate::engine::trace::LogReport;

/// The crashes of a node that their supervisors may report yet.
#[derive(Default)]
pub(super) struct Crashes {
    /// The process that its behaviour has reported, with its last message.
    terminating: Option<(ProcessId, String)>,
    /// The processes whose crashes were told last.
    told: VecDeque<ProcessId>,
}

/// The most crashes that are kept in mind.
const TOLD_MAX: usize = 64;
/// The most characters of a term in a line.
const TERM_MAX: usize = 160;

/// The kind of a report, and the crash that it tells of, in one line.
pub(super) struct ReportKind {
    pub(super) report: Option<LogReport>,
    pub(super) crash: Option<String>,
}

/// Looks at an event of the log: is it a report of a crash?
pub(super) fn look_at(
    ctx: &NativeContext<'_>,
    crashes: &mut Crashes,
    event: Value,
) -> Option<ReportKind> {
    let heap = &*ctx.local.heap;
    let &[kind, report] = heap.as_tuple(map_field(ctx, event, "msg")?)? else { return None };
    if !is_named(kind, "report") {
        return None;
    }
    let &[by, what] = heap.as_tuple(map_field(ctx, report, "label")?)? else { return None };
    let only = |report| Some(ReportKind { report: Some(report), crash: None });
    match (by.as_atom()?.as_str(), what.as_atom()?.as_str()) {
        ("gen_server" | "gen_statem" | "gen_fsm", "terminate") => {
            let message = map_field(ctx, report, "last_message");
            let queue = map_field(ctx, report, "queue").and_then(|queue| heap.as_cons(queue));
            let message = message.or(queue.map(|(first, _)| first));
            let message = message.map(|message| short(ctx, message)).unwrap_or_default();
            crashes.terminating = Some((ctx.local.process.pid(), message));
            only(LogReport::ServerTerminated)
        }
        ("proc_lib", "crash") => {
            let crash = crash_of(ctx, crashes, map_field(ctx, report, "report")?);
            Some(ReportKind { report: Some(LogReport::CrashReported), crash })
        }
        ("supervisor", "child_terminated") => {
            let offender = field(ctx, map_field(ctx, report, "report")?, "offender")?;
            let child = heap.as_pid(field(ctx, offender, "pid")?)?;
            let before = crashes.told.len();
            crashes.told.retain(|told| *told != child);
            let was_told = crashes.told.len() < before;
            only(if was_told { LogReport::ChildCrashed } else { LogReport::ChildTerminated })
        }
        ("supervisor", "shutdown") => only(LogReport::RestartIntensityReached),
        (_, _) => None,
    }
}

/// `bank of bank_sup crashed: error badarg in bank_server:handle_cast/2 (bank_server.erl, line 86), at
/// the message {…}`
fn crash_of(ctx: &NativeContext<'_>, crashes: &mut Crashes, report: Value) -> Option<String> {
    let heap = &*ctx.local.heap;
    let (info, _) = heap.as_cons(report)?;
    let &[class, reason, stack] = heap.as_tuple(field(ctx, info, "error_info")?)? else {
        return None;
    };
    let own = ctx.local.process.pid();
    let name = field(ctx, info, "registered_name").and_then(Value::as_atom);
    let mut line = match name {
        Some(name) => name.as_str().to_owned(),
        None => called(ctx, field(ctx, info, "initial_call")?)?,
    };
    let ancestors = field(ctx, info, "ancestors").and_then(|all| heap.as_cons(all));
    if let Some(parent) = ancestors.and_then(|(first, _)| first.as_atom()) {
        let _ = write!(line, " of {parent}");
    }
    let _ = write!(line, " crashed: {} {}", class.as_atom()?, short(ctx, reason));
    if let Some(place) = place_in(ctx, stack) {
        let _ = write!(line, " in {place}");
    }
    let terminating = crashes.terminating.take().filter(|(pid, _)| *pid == own);
    if let Some((_, message)) = terminating.filter(|(_, message)| !message.is_empty()) {
        let _ = write!(line, ", at the message {message}");
    }
    crashes.told.push_back(own);
    if crashes.told.len() > TOLD_MAX {
        crashes.told.pop_front();
    }
    Some(line)
}

/// The first place of a stack trace that has a line: `m:f/1 (src/m.erl, line 7)`.
fn place_in(ctx: &NativeContext<'_>, stack: Value) -> Option<String> {
    let heap = &*ctx.local.heap;
    heap.as_list(stack)?.into_iter().find_map(|frame| {
        let &[module, function, arity, location] = heap.as_tuple(frame)? else { return None };
        let (file, line) = (field(ctx, location, "file")?, field(ctx, location, "line")?);
        let arity = arity_of(ctx, arity)?;
        let file = super::text_of(ctx, file)?;
        let line = line.as_small()?;
        Some(format!("{}:{}/{arity} ({file}, line {line})", module.as_atom()?, function.as_atom()?))
    })
}

/// `m:f/1` of `{m, f, [x]}` or `{m, f, 1}`.
fn called(ctx: &NativeContext<'_>, call: Value) -> Option<String> {
    let heap = &*ctx.local.heap;
    let &[module, function, args] = heap.as_tuple(call)? else { return None };
    let arity = arity_of(ctx, args)?;
    Some(format!("{}:{}/{arity}", module.as_atom()?, function.as_atom()?))
}

/// The number of arguments of a frame, which has it or the arguments.
fn arity_of(ctx: &NativeContext<'_>, value: Value) -> Option<i64> {
    let listed = || i64::try_from(ctx.local.heap.list_len(value)?).ok();
    value.as_small().or_else(listed)
}

fn is_named(value: Value, name: &str) -> bool {
    value.as_atom().is_some_and(|atom| atom.as_str() == name)
}

/// The value of a key in a list of pairs.
fn field(ctx: &NativeContext<'_>, pairs: Value, key: &str) -> Option<Value> {
    let heap = &*ctx.local.heap;
    let key: Value = AtomIndex::new(key).into();
    heap.as_list(pairs)?.into_iter().find_map(|pair| match heap.as_tuple(pair) {
        Some(&[name, value]) if name == key => Some(value),
        Some(_) | None => None,
    })
}

/// A term, cut off if it is long.
fn short(ctx: &NativeContext<'_>, value: Value) -> String {
    let text = ctx.local.heap.print(value).to_string();
    match text.char_indices().nth(TERM_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
