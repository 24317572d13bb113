//! The process that an application lives under, and the one that runs its callbacks.

use std::rc::Rc;

use super::spec::{ApplicationSpec, StartType};
use crate::engine::runtime::{Context, ExitResult};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::{ApplicationFact, Fact};
use crate::otp::address::{Caller, ServerRef};
use crate::otp::proc_lib::{self, StartResult, Starter, Starting, ending};
use crate::otp::request;
use crate::{atom, tuple};

/// A start of an application, and its reason.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub spec: Rc<ApplicationSpec>,
    /// The start type that its callbacks get.
    pub start_type: StartType,
    /// The event behind it, a failover even if its callbacks get another type (F16).
    pub cause: StartType,
}

/// Returns the label of an application's master in a trace.
pub(crate) fn master_label(application: Atom) -> Atom {
    Atom::new(&format!("{application}_master"))
}

/// Starts an application: its master, which is linked to the controller.
pub(super) async fn start(ctx: &Context, controller: Pid, order: Order) -> StartResult {
    let label = master_label(order.spec.name);
    let starting = Starting { label, link: true, timeout: None };
    proc_lib::start(ctx, starting, move |ctx, starter| run(ctx, starter, controller, order)).await
}

/// Stops an application and waits until nothing is left of it.
pub(super) async fn stop(ctx: &Context, master: Pid) {
    let stop = Term::atom("stopped");
    let _ = request::ask(ctx, &ServerRef::Pid(master), atom!("$stop"), stop, None).await;
}

async fn run(ctx: Context, starter: Starter, controller: Pid, order: Order) -> ExitResult {
    ctx.link(controller)?;
    ctx.trap_exit(true);
    ctx.set_group_leader(ctx.pid(), ctx.pid());
    let master = ctx.pid();
    let runner = ctx.spawn_link("application", move |ctx| run_callbacks(ctx, master, order));
    let message = ctx.receive_where(move |message| is_start_report(message, runner)).await;
    match message.tagged("$started") {
        Some([_, done]) if done.is_atom("ok") => {
            ctx.unlink(starter.pid());
            starter.acknowledge(&ctx, &Ok(Some(ctx.pid())));
            supervise(&ctx, controller, runner).await
        }
        Some([_, reason]) => ending(reason.clone()),
        _ => ending(proc_lib::reason_in(&message)),
    }
}

fn is_start_report(message: &Term, runner: Pid) -> bool {
    let reported =
        matches!(message.tagged("$started"), Some([Term::Pid(pid), _]) if *pid == runner);
    reported || proc_lib::is_exit(message, runner)
}

/// Waits until the application is to end, or has ended.
async fn supervise(ctx: &Context, controller: Pid, runner: Pid) -> ExitResult {
    loop {
        let message = ctx.receive().await;
        if let Some([client, reason]) = message.tagged("$stop") {
            stop_runner(ctx, runner, reason).await;
            if let Some(client) = Caller::from_term(client) {
                client.reply(ctx, Term::atom("ok"));
            }
            return Ok(());
        }
        match message.tagged("EXIT") {
            Some([Term::Pid(pid), reason]) if *pid == controller => {
                stop_runner(ctx, runner, reason).await;
                return ending(reason.clone());
            }
            Some([Term::Pid(pid), reason]) if *pid == runner => {
                kill_strays(ctx);
                return ending(reason.clone());
            }
            _ => {}
        }
    }
}

async fn stop_runner(ctx: &Context, runner: Pid, reason: &Term) {
    ctx.send(runner, tuple![atom!("$terminate"), reason]);
    ctx.receive_where(move |message| proc_lib::is_exit(message, runner)).await;
    kill_strays(ctx);
}

/// Kills every process that still has this application's group leader (E8).
fn kill_strays(ctx: &Context) {
    let is_stray = |pid: &Pid| *pid != ctx.pid() && ctx.group_leader_of(*pid) == Some(ctx.pid());
    loop {
        let strays: Vec<Pid> = ctx.processes().into_iter().filter(is_stray).collect();
        if strays.is_empty() {
            return;
        }
        for pid in strays {
            ctx.exit_signal(pid, atom!("kill"));
            let _ = ctx.is_process_alive(pid);
        }
    }
}

/// Runs the callbacks of an application from its start to its end.
async fn run_callbacks(ctx: Context, master: Pid, order: Order) -> ExitResult {
    ctx.trap_exit(true);
    let (top, state) = match start_application(&ctx, &order).await {
        Ok(started) => started,
        Err(reason) => {
            ctx.send(master, tuple![atom!("$started"), ctx.pid(), reason]);
            return Ok(());
        }
    };
    ctx.record(Fact::Application(ApplicationFact::Started {
        application: order.spec.name,
        start_type: order.cause.to_term(),
    }));
    ctx.send(master, tuple![atom!("$started"), ctx.pid(), atom!("ok")]);
    wait_for_end(&ctx, master, &order.spec, top, state).await
}

async fn start_application(ctx: &Context, order: &Order) -> Result<(Pid, Term), Term> {
    let Order { spec, start_type, .. } = order;
    let (top, state) = spec.run_start(ctx, *start_type).await?;
    // A supervisor that has already ended is noticed as an end of the application.
    let _ = ctx.link(top);
    match spec.run_phases(ctx, *start_type).await {
        Ok(()) => Ok((top, state)),
        Err(reason) => {
            ctx.unlink(top);
            Err(reason)
        }
    }
}

/// The reason for the end of an application.
enum End {
    /// It is to end: what the trace says, what its supervisor gets, what its processes end with.
    Wanted { reason: Term, signal: Term, exit: Term },
    /// Its top supervisor has ended (E9).
    Own(Term),
}

async fn wait_for_end(
    ctx: &Context,
    master: Pid,
    spec: &ApplicationSpec,
    top: Pid,
    state: Term,
) -> ExitResult {
    let end = next_end(ctx, master, top).await;
    let state = match &spec.prep_stop {
        Some(prep_stop) => prep_stop(ctx.clone(), state).await,
        None => state,
    };
    let (reason, exit) = match end {
        End::Own(reason) => (reason.clone(), reason),
        End::Wanted { reason, signal, exit } => {
            ctx.exit_signal(top, signal);
            ctx.receive_where(move |message| proc_lib::is_exit(message, top)).await;
            (reason, exit)
        }
    };
    if let Some(stop) = &spec.stop {
        stop(ctx.clone(), state).await;
    }
    ctx.record(Fact::Application(ApplicationFact::Stopped { application: spec.name, reason }));
    ending(exit)
}

async fn next_end(ctx: &Context, master: Pid, top: Pid) -> End {
    loop {
        let message = ctx.receive().await;
        if let Some([reason]) = message.tagged("$terminate") {
            let (signal, exit) = (Term::atom("shutdown"), Term::atom("normal"));
            return End::Wanted { reason: reason.clone(), signal, exit };
        }
        match message.tagged("EXIT") {
            Some([Term::Pid(pid), reason]) if *pid == master => {
                let [signal, exit] = [reason.clone(), reason.clone()];
                return End::Wanted { reason: reason.clone(), signal, exit };
            }
            Some([Term::Pid(pid), reason]) if *pid == top => return End::Own(reason.clone()),
            _ => {}
        }
    }
}
