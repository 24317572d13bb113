//! The log: each event that reaches the default handler becomes a record of the run.

use super::steps::sequence;
use super::{Effects, NativeContext, NativeNext, Result, Value, atom_value, kernel, map_field, ok};
use super::{crash, system, text_of};
use crate::beam::atom::AtomIndex;
use crate::beam::machine::LogLevel;
use crate::beam::native::Raise;
use crate::engine::trace::LogReport;

pub(super) const LOGGER_STD_H: Effects = &[("log", 2, log)];

pub(super) const NODEDOWN: Effects = &[("log_step", 2, step)];

/// Formats an event by the formatter of the handler, and records it.
fn log(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (event, config) = (args[0], args[1]);
    let level = map_field(ctx, event, "level").ok_or(Raise::BADARG)?;
    let format = ctx.local.heap.tuple(&[atom_value("format"), config]);
    let about = ctx.local.heap.tuple(&[level, event]);
    let record = ctx.local.heap.tuple(&[atom_value("record"), about]);
    Ok(sequence(ctx, "log_step", event, &[format, record]))
}

fn step(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some(&[kind, value]) = ctx.local.heap.as_tuple(args[0]) else {
        return Err(Raise::BADARG);
    };
    if kind == atom_value("format") {
        format(ctx, args[1], value)
    } else {
        match ctx.local.heap.as_tuple(value) {
            Some(&[level, event]) => record(ctx, args[1], level, event),
            Some(_) | None => Err(Raise::BADARG),
        }
    }
}

fn format(ctx: &mut NativeContext<'_>, event: Value, config: Value) -> Result {
    let formatter = map_field(ctx, config, "formatter").ok_or(Raise::BADARG)?;
    let (module, config) = match ctx.local.heap.as_tuple(formatter) {
        Some(&[module, config]) => (module.as_atom().ok_or(Raise::BADARG)?, config),
        Some(_) | None => return Err(Raise::BADARG),
    };
    let config =
        if module.as_str() == "logger_formatter" { message_alone(ctx, config) } else { config };
    Ok(NativeNext::Call { module, function: AtomIndex::new("format"), args: vec![event, config] })
}

/// OTP's own formatter writes the message alone, in one line: the record has the time and the rest.
fn message_alone(ctx: &mut NativeContext<'_>, config: Value) -> Value {
    let template = ctx.local.heap.list(&[atom_value("msg")]);
    let settings = [("legacy_header", Value::boolean(false)), ("template", template)];
    settings.into_iter().fold(config, |config, (key, value)| {
        ctx.local.heap.map_put(config, atom_value(key), value).unwrap_or(config)
    })
}

/// Records an event, and in one more line a crash that it tells of.
fn record(ctx: &mut NativeContext<'_>, text: Value, level: Value, event: Value) -> Result {
    let text = text_of(ctx, text).unwrap_or_else(|| ctx.local.heap.print(text).to_string());
    let severity = match level.as_atom().map(AtomIndex::as_str) {
        Some("emergency" | "alert" | "critical" | "error") => LogLevel::Error,
        Some("warning") => LogLevel::Warning,
        Some(_) | None => LogLevel::Info,
    };
    let text = one_line(&text);
    let kernel = kernel(ctx)?;
    let found = crash::look_at(ctx, &mut kernel.crashes.borrow_mut(), event);
    let (report, crash) = found.map_or((None, None), |found| (found.report, found.crash));
    let system = system(ctx)?;
    if !text.is_empty() {
        match report {
            Some(report) => system.log_report(severity, report, &text),
            None => system.log(severity, &text),
        }
    }
    if let Some(crash) = crash {
        system.log_report(severity, LogReport::Crash, &crash);
    }
    ok()
}

/// A text in one line: a comma stands where a line ends, unless it ends in a colon.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().trim_end_matches([',', '\r', ' ']));
    let mut whole = String::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if !whole.is_empty() {
            whole.push_str(if whole.ends_with(':') { " " } else { ", " });
        }
        whole.push_str(line);
    }
    whole
}
