//! The settings of processes: `process_flag/2`, and the options of `spawn_opt/4`.

use super::{Effect, NativeContext, Raise, Result, Spawning, Value, answer};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::machine::context::ChildMonitor;

pub(super) const ERLANG: &[(&str, u8, Effect)] = &[("process_flag", 2, process_flag)];

/// `process_flag/3` of one's own process or another one; `badarg` is a value here.
pub(super) const ERTS_INTERNAL: &[(&str, u8, Effect)] = &[("process_flag", 3, flag_of_other)];

/// A setting of the process, which returns the former value.
pub(in crate::beam) fn process_flag(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BAD_OPTION)?;
    if name.as_str() == "trap_exit" {
        let trap = args[1].as_boolean().ok_or(Raise::BADARG)?;
        return answer(ctx.node.trap_exit(trap).into());
    }
    if name.as_str() == "async_dist" && ctx.node.release().is_some_and(|release| release >= 26) {
        let is_async = args[1].as_boolean().ok_or(Raise::BADARG)?;
        return answer(ctx.node.async_dist(is_async).into());
    }
    if name.as_str() == "scheduler" {
        // There is one; 0 stands for any.
        let known = args[1].as_small().is_some_and(|scheduler| (0..=1).contains(&scheduler));
        return if known { answer(Value::small(0)) } else { Err(Raise::BADARG) };
    }
    let mut settings = ctx.local.process.settings;
    let before = settings.get(ctx.local.heap, name.as_str()).ok_or(Raise::BAD_OPTION)?;
    let wrong = match name.as_str() {
        "save_calls" => Raise::BADARG.because(AtomIndex::new("none")),
        _ => Raise::BADARG,
    };
    settings.set(ctx.local.heap, name.as_str(), args[1]).ok_or(wrong)?;
    ctx.local.process.settings = settings;
    answer(before)
}

fn flag_of_other(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let badarg = answer(atom::BADARG.into());
    let Some(pid) = ctx.local.heap.as_pid(args[0]) else { return badarg };
    if args[1].as_atom().is_none_or(|name| name.as_str() != "save_calls") {
        return badarg;
    }
    if !ctx.node.is_alive(pid).unwrap_or(false) {
        return badarg;
    }
    let heap = &mut *ctx.local.heap;
    let process = if pid == ctx.local.process.pid() {
        Some(&mut *ctx.local.process)
    } else {
        ctx.local.processes.of_mut(pid)
    };
    let Some(process) = process else { return badarg };
    let before = Value::small(process.settings.save_calls);
    match process.settings.set(heap, "save_calls", args[2]) {
        Some(()) => answer(before),
        None => badarg,
    }
}

/// The meaning of a list of options of `spawn_opt/4`.
pub(super) fn spawn_options(
    ctx: &NativeContext<'_>,
    list: Value,
) -> std::result::Result<Spawning, Raise> {
    let options = ctx.local.heap.as_list(list).ok_or(Raise::BAD_OPTION)?;
    let mut spawning = Spawning { settings: ctx.local.shared.defaults, ..Spawning::default() };
    for option in options {
        spawn_option(ctx, option, &mut spawning).ok_or(Raise::BAD_OPTION)?;
    }
    Ok(spawning)
}

/// Reads an option of a spawn; `None` for one that does not exist, or cannot have its value.
pub(in crate::beam) fn spawn_option(
    ctx: &NativeContext<'_>,
    option: Value,
    spawning: &mut Spawning,
) -> Option<()> {
    let heap = &*ctx.local.heap;
    if let Some(name) = option.as_atom() {
        match name.as_str() {
            "link" => spawning.link = true,
            "monitor" => spawning.monitor = Some(ChildMonitor::default()),
            _ => return None,
        }
        return Some(());
    }
    let &[name, value] = heap.as_tuple(option)? else { return None };
    match name.as_atom()?.as_str() {
        "monitor" => {
            let mut monitor = ChildMonitor::default();
            for option in heap.as_list(value)? {
                let &[name, value] = heap.as_tuple(option)? else { return None };
                match name.as_atom()?.as_str() {
                    "tag" => monitor.tag = Some(value),
                    "alias" => monitor.alias = Some(super::bonds::alias_life(value).ok()?),
                    _ => return None,
                }
            }
            spawning.monitor = Some(monitor);
            Some(())
        }
        name => spawning.settings.set_at_spawn(heap, name, value),
    }
}
