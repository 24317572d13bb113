//! The log: each event that reaches the default handler becomes a record of the run. A handler that
//! writes into a file writes it.

use super::steps::sequence;
use super::{
    Effects, NativeContext, NativeNext, Result, Value, answer, atom_value, kernel, map_field, ok,
};
use super::{crash, system, text_of};
use crate::beam::atom::AtomIndex;
use crate::beam::ets;
use crate::beam::machine::LogLevel;
use crate::beam::native::Raise;
use crate::engine::trace::LogReport;

pub(super) const LOGGER_STD_H: Effects = &[("log", 2, log)];

pub(super) const ERROR_LOGGER: Effects =
    &[("warning_map", 0, |ctx, _| answer(kernel(ctx)?.warning_level.into()))];

pub(super) const NODEDOWN: Effects = &[("log_step", 2, step)];

/// Formats an event by the formatter of the handler, and records it; writes it into the file of the
/// handler, if it has one.
fn log(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let (event, config) = (args[0], args[1]);
    let level = map_field(ctx, event, "level").ok_or(Raise::BADARG)?;
    let writes = has_file(ctx, config);
    let mut steps = Vec::new();
    if !is_of_application(ctx, event) && (!writes || is_default(ctx, config)) {
        let format = ctx.local.heap.tuple(&[atom_value("format"), config]);
        let about = ctx.local.heap.tuple(&[level, event]);
        let record = ctx.local.heap.tuple(&[atom_value("record"), about]);
        steps.extend([format, record]);
    }
    if writes {
        let about = ctx.local.heap.tuple(&[event, config]);
        steps.push(ctx.local.heap.tuple(&[atom_value("write"), about]));
    }
    Ok(sequence(ctx, "log_step", event, &steps))
}

/// Does an event tell that an application has started or stopped? There is a record of that already.
fn is_of_application(ctx: &NativeContext<'_>, event: Value) -> bool {
    let heap = &*ctx.local.heap;
    let report = map_field(ctx, event, "msg").and_then(|message| heap.as_tuple(message)?.get(1));
    let label = report.and_then(|report| map_field(ctx, *report, "label"));
    let of = label.and_then(|label| heap.as_tuple(label)?.first());
    of == Some(&atom_value("application_controller"))
}

fn has_file(ctx: &NativeContext<'_>, config: Value) -> bool {
    let own = map_field(ctx, config, "config");
    own.and_then(|own| map_field(ctx, own, "type")) == Some(atom_value("file"))
}

/// Is the handler the default one? Where there is none, all are.
fn is_default(ctx: &mut NativeContext<'_>, config: Value) -> bool {
    let default = atom_value("default");
    if map_field(ctx, config, "id") == Some(default) {
        return true;
    }
    let key = ctx.local.heap.tuple(&[atom_value("$handler_config$"), default]);
    !ets::has_key(ctx, atom_value("logger"), key)
}

fn step(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some(&[kind, value]) = ctx.local.heap.as_tuple(args[0]) else {
        return Err(Raise::BADARG);
    };
    if kind == atom_value("format") {
        format(ctx, args[1], value)
    } else if kind == atom_value("write") {
        // OTP's own code has the file.
        let parts = ctx.local.heap.as_tuple(value).ok_or(Raise::BADARG)?.to_vec();
        let (module, function) = (AtomIndex::new("logger_h_common"), AtomIndex::new("log"));
        Ok(NativeNext::Call { module, function, args: parts })
    } else {
        match ctx.local.heap.as_tuple(value) {
            Some(&[level, event]) => record(ctx, args[1], level, event),
            Some(_) | None => Err(Raise::BADARG),
        }
    }
}

fn format(ctx: &mut NativeContext<'_>, event: Value, config: Value) -> Result {
    let formatter = map_field(ctx, config, "formatter").ok_or(Raise::BADARG)?;
    let own = AtomIndex::new("logger_formatter");
    let (module, formatter) = match ctx.local.heap.as_tuple(formatter) {
        Some(&[module, formatter]) => (module.as_atom().ok_or(Raise::BADARG)?, formatter),
        Some(_) | None => return Err(Raise::BADARG),
    };
    let (module, config) = if module == own {
        (module, message_alone(ctx, formatter))
    } else if has_file(ctx, config) {
        // It formats what is written, and each event once.
        let none = ctx.local.heap.map(&[]);
        (own, message_alone(ctx, none))
    } else {
        (module, formatter)
    };
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
