//! Applications: what is recorded of them, and those that a node starts when it has booted.

use super::steps::sequence;
use super::{
    Effects, NativeContext, NativeNext, Result, Value, answer, atom, atom_value, kernel, ok, system,
};
use crate::beam::atom::AtomIndex;
use crate::beam::heap::{ExternalFun, Heap};
use crate::beam::machine::{ApplicationNews, LogLevel};
use crate::beam::native::{Class, Raise};

pub(super) const APPLICATION_CONTROLLER: Effects =
    &[("info_started", 2, started), ("info_exited", 3, exited)];

pub(super) const APPLICATION_MASTER: Effects = &[("start_link", 2, start_master)];

pub(super) const NODEDOWN: Effects = &[("start", 0, start), ("start_step", 2, start_step)];

const CONTROLLER: &str = "application_controller";

/// The way in which an application starts: `normal`, or `{failover,Node}` or `{takeover,Node}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StartType {
    kind: AtomIndex,
    node: Option<AtomIndex>,
}

/// The first release whose controller of applications starts their masters itself, without a process
/// in between.
const FROM_CONTROLLER: u32 = 27;

/// Starts the master of an application, as OTP does it, and keeps in mind how the application starts.
fn start_master(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let heap = &*ctx.local.heap;
    let name = heap.as_tuple(args[0]).and_then(|data| data.get(1)?.as_atom());
    let start_type = match (args[1].as_atom(), heap.as_tuple(args[1])) {
        (Some(kind), _) => Some(StartType { kind, node: None }),
        (None, Some(&[kind, node])) => {
            kind.as_atom().map(|kind| StartType { kind, node: node.as_atom() })
        }
        (None, Some(_) | None) => None,
    };
    if let (Some(name), Some(start_type)) = (name, start_type) {
        kernel(ctx)?.start_types.borrow_mut().insert(name, start_type);
    }
    let own = ctx.local.process.pid_value();
    let controller = AtomIndex::new("application_controller");
    let arguments = if kernel(ctx)?.release() < FROM_CONTROLLER {
        let controller = ctx.node.whereis(controller).ok_or(Raise::BADARG)?;
        vec![ctx.local.heap.pid(controller), own, args[0], args[1]]
    } else {
        vec![own, args[0], args[1]]
    };
    let arguments = ctx.local.heap.list(&arguments);
    let args = vec![atom_value("application_master"), atom_value("init"), arguments];
    let (module, function) = (AtomIndex::new("proc_lib"), AtomIndex::new("start_link"));
    Ok(NativeNext::Call { module, function, args })
}

fn started(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    // It may run on another node, of the same distributed application.
    if args[1] != ctx.local.process.pid().life.node().into() {
        return Ok(progress(ctx, args));
    }
    let start_type = kernel(ctx)?.start_types.borrow_mut().remove(&name);
    let start_type = match start_type {
        Some(StartType { kind, node: Some(node) }) => {
            ctx.local.heap.tuple(&[kind.into(), node.into()])
        }
        Some(StartType { kind, node: None }) => kind.into(),
        None => atom::NORMAL.into(),
    };
    let system = ctx.node.system().ok_or(Raise::BADARG)?;
    system.record(&ctx.local, name, ApplicationNews::Started(start_type));
    Ok(progress(ctx, args))
}

/// Tells OTP's logger that an application has started.
fn progress(ctx: &mut NativeContext<'_>, args: &[Value]) -> NativeNext {
    let heap = &mut *ctx.local.heap;
    let title = [(atom_value("title"), heap.string("PROGRESS REPORT"))];
    let formatter = (atom_value("logger_formatter"), heap.map(&title));
    let domain = heap.list(&[atom_value("otp"), atom_value("sasl")]);
    let report = [("application", args[0]), ("started_at", args[1])];
    let about = [("domain", domain), ("mfa", own_function(heap, "info_started", 2))];
    report_to_logger(ctx, ("info", "progress"), &report, &about, &[formatter])
}

fn own_function(heap: &mut Heap, function: &str, arity: i64) -> Value {
    heap.tuple(&[atom_value(CONTROLLER), atom_value(function), Value::small(arity)])
}

/// Tells OTP's logger of an application, as its controller does.
fn report_to_logger(
    ctx: &mut NativeContext<'_>,
    (level, what): (&str, &str),
    report: &[(&str, Value)],
    about: &[(&str, Value)],
    more: &[(Value, Value)],
) -> NativeNext {
    let heap = &mut *ctx.local.heap;
    let pairs: Vec<Value> =
        report.iter().map(|(key, value)| heap.tuple(&[atom_value(key), *value])).collect();
    let label = heap.tuple(&[atom_value(CONTROLLER), atom_value(what)]);
    let report = [(atom_value("label"), label), (atom_value("report"), heap.list(&pairs))];
    let report = heap.map(&report);
    let (module, function) = (AtomIndex::new(CONTROLLER), AtomIndex::new("format_log"));
    let [one, two] = [1, 2].map(|arity| heap.external_fun(ExternalFun { module, function, arity }));
    let kind = if what == "progress" { "progress" } else { "std_info" };
    let legacy = [
        (atom_value("tag"), atom_value("info_report")),
        (atom_value("type"), atom_value(kind)),
        (atom_value("report_cb"), one),
    ];
    let mut meta =
        vec![(atom_value("report_cb"), two), (atom_value("error_logger"), heap.map(&legacy))];
    meta.extend(about.iter().map(|(key, value)| (atom_value(key), *value)));
    meta.extend(more);
    let args = vec![atom_value(level), report, heap.map(&meta)];
    NativeNext::Call { module: AtomIndex::new("logger"), function: AtomIndex::new("log"), args }
}

fn exited(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    let system = ctx.node.system().ok_or(Raise::BADARG)?;
    system.record(&ctx.local, name, ApplicationNews::Stopped(args[1]));
    let heap = &mut *ctx.local.heap;
    let domain = heap.list(&[atom_value("otp")]);
    let report = [("application", args[0]), ("exited", args[1]), ("type", args[2])];
    let about = [("domain", domain), ("mfa", own_function(heap, "info_exited", 3))];
    Ok(report_to_logger(ctx, ("notice", "exit"), &report, &about, &[]))
}

/// Starts the applications of the node, each with those that it depends on.
fn start(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let kernel = kernel(ctx)?;
    let mut steps = Vec::new();
    if !kernel.start_delay.is_zero() {
        let delay = i64::try_from(kernel.start_delay.as_millis()).unwrap_or(i64::MAX);
        let parts = [atom_value("delay"), Value::small(delay), Value::NIL];
        steps.push(ctx.local.heap.tuple(&parts));
    }
    for start in &kernel.start {
        let application = atom_value(&start.application);
        let restart = atom_value(start.restart.as_atom().as_str());
        steps.push(ctx.local.heap.tuple(&[atom_value("ensure"), application, restart]));
        steps.push(ctx.local.heap.tuple(&[atom_value("started"), application, restart]));
    }
    Ok(sequence(ctx, "start_step", atom::OK.into(), &steps))
}

fn start_step(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result {
    let Some(&[kind, application, restart]) = ctx.local.heap.as_tuple(args[0]) else {
        return Err(Raise::BADARG);
    };
    if kind == atom_value("delay") {
        let (module, function) = (AtomIndex::new("timer"), AtomIndex::new("sleep"));
        return Ok(NativeNext::Call { module, function, args: vec![application] });
    }
    if kind == atom_value("ensure") {
        let (module, function) =
            (AtomIndex::new("application"), AtomIndex::new("ensure_all_started"));
        return Ok(NativeNext::Call { module, function, args: vec![application, restart] });
    }
    let reason = match ctx.local.heap.as_tuple(args[1]) {
        Some(&[tag, reason]) if tag == atom::ERROR.into() => reason,
        Some(_) | None => return answer(atom::OK.into()),
    };
    let heap = &*ctx.local.heap;
    let text =
        format!("could not start application {}: {}", heap.print(application), heap.print(reason));
    system(ctx)?.log(LogLevel::Error, &text);
    if restart != atom_value("permanent") {
        return ok();
    }
    let failure = [atom_value("application_start_failure"), application, reason];
    let failure = ctx.local.heap.tuple(&failure);
    Err(Raise::new(Class::Exit, failure))
}
