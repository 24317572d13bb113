//! Functions that run on another node, as `erpc` and `rpc` run them (C24 to C28).

use std::future::Future;
use std::time::Duration;

use super::starting::{is_down, reason_in};
use crate::runtime::{Class, Context, Exit, ExitResult, SpawnOptions};
use crate::term::{Atom, Pid, Ref, Term};
use crate::{atom, list, tuple};

/// A function that is under way on another node.
struct Call {
    pid: Pid,
    monitor: Ref,
}

/// Runs a function on a node and waits for what it returns, `timeout` at most. The function runs on
/// after a timeout and after the loss of the node (C28).
///
/// ```
/// use nodedown::otp::rpc;
/// use nodedown::runtime::{Context, Exit};
/// use nodedown::term::{Atom, Term};
///
/// /// Who holds a name on another node.
/// async fn holder(ctx: &Context, node: Atom, name: Atom) -> Result<Term, Exit> {
///     let ask = move |there: Context| async move {
///         Ok(there.whereis(name).map_or_else(|| Term::atom("undefined"), Term::from))
///     };
///     rpc::call(ctx, node, None, ask).await
/// }
/// ```
///
/// # Errors
/// `error:{erpc,noconnection}` and `error:{erpc,timeout}`; what the function raises comes as
/// `exit:{exception,R}`, `error:{exception,R,Stack}` or `throw:T`; a function that was killed is
/// `exit:{signal,R}` (C24, C25).
pub async fn call<F, Fut>(
    ctx: &Context,
    node: Atom,
    timeout: Option<Duration>,
    function: F,
) -> Result<Term, Exit>
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Term, Exit>> + 'static,
{
    let call = begin(ctx, node, function).await;
    let down = ctx.receive_where(move |message| is_down(message, call.monitor));
    let down = match timeout {
        Some(timeout) => down.within(timeout).await,
        None => Some(down.await),
    };
    let Some(down) = down else {
        ctx.demonitor_flush(call.monitor);
        return Err(erpc("timeout"));
    };
    result(call.pid.node() == node, &reason_in(&down))
}

/// Runs a function on a node, and does not wait (C26).
pub fn cast<F, Fut>(ctx: &Context, node: Atom, function: F)
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    // The helper waits for the connection so that the caller does not.
    ctx.spawn("erpc_cast", move |ctx| async move {
        ctx.spawn_on(node, SpawnOptions::new("erpc"), function).await;
        Ok(())
    });
}

/// Runs a function on each of these nodes at the same time, and waits for all: the results in the
/// order of the nodes (C26).
pub async fn multicall<F, Fut>(
    ctx: &Context,
    nodes: &[Atom],
    timeout: Option<Duration>,
    function: F,
) -> Vec<Result<Term, Exit>>
where
    F: Fn(Context) -> Fut + Clone + 'static,
    Fut: Future<Output = Result<Term, Exit>> + 'static,
{
    let deadline = timeout.map(|timeout| ctx.now() + timeout);
    let ask = |node: &Atom| {
        let (node, function) = (*node, function.clone());
        let (_, monitor) = ctx.spawn_monitor("erpc_multicall", move |ctx| async move {
            let result = call(&ctx, node, None, function).await;
            Err(Exit::exit(wrap(result)))
        });
        monitor
    };
    let monitors: Vec<Ref> = nodes.iter().map(ask).collect();
    let mut results = Vec::new();
    for monitor in monitors {
        let down = ctx.receive_where(move |message| is_down(message, monitor));
        let down = match deadline {
            Some(deadline) => down.within(deadline.since(ctx.now())).await,
            None => Some(down.await),
        };
        results.push(match down.as_ref().and_then(|down| down.tagged("DOWN")) {
            Some([.., reason]) => unwrap(reason),
            _ => {
                ctx.demonitor_flush(monitor);
                Err(erpc("timeout"))
            }
        });
    }
    results
}

/// Starts the function; what it returns is the exit reason of its process, as in `erpc`.
async fn begin<F, Fut>(ctx: &Context, node: Atom, function: F) -> Call
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Term, Exit>> + 'static,
{
    let options = SpawnOptions::new("erpc").monitor();
    let run = |ctx: Context| async move { Err(Exit::exit(wrap(function(ctx).await))) };
    let (pid, monitor) = ctx.spawn_on(node, options, run).await;
    Call { pid, monitor: monitor.expect("the options ask for a monitor") }
}

/// The exit reason that carries a result.
fn wrap(result: Result<Term, Exit>) -> Term {
    match result {
        Ok(value) => tuple![atom!("$return"), value],
        Err(exit) => {
            let class = match exit.class() {
                Class::Exit => atom!("exit"),
                Class::Error => atom!("error"),
                Class::Throw => atom!("throw"),
            };
            tuple![atom!("$raise"), class, exit.reason()]
        }
    }
}

fn unwrap(reason: &Term) -> Result<Term, Exit> {
    match (reason.tagged("$return"), reason.tagged("$raise")) {
        (Some([value]), _) => Ok(value.clone()),
        (_, Some([class, reason])) if class.is_atom("error") => Err(Exit::error(reason)),
        (_, Some([class, reason])) if class.is_atom("throw") => Err(Exit::throw(reason)),
        (_, Some([_, reason])) => Err(Exit::exit(reason)),
        _ => Err(Exit::exit(tuple![atom!("signal"), reason])),
    }
}

fn result(spawned: bool, reason: &Term) -> Result<Term, Exit> {
    if reason.is_atom("noconnection") || !spawned {
        return Err(erpc("noconnection"));
    }
    unwrap(reason).map_err(|exit| match exit.class() {
        Class::Throw => exit,
        Class::Exit if exit.reason().tagged("signal").is_some() => exit,
        Class::Exit => Exit::exit(tuple![atom!("exception"), exit.reason()]),
        Class::Error => Exit::error(tuple![atom!("exception"), exit.reason(), list![]]),
    })
}

fn erpc(why: &str) -> Exit {
    Exit::error(tuple![atom!("erpc"), Term::atom(why)])
}
