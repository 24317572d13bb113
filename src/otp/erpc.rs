//! Functions that run on other nodes: what they return and raise comes to the caller (C24 to C26,
//! C28).

use std::future::Future;
use std::time::Duration;

use super::starting::{is_down, reason_in};
use crate::runtime::{AliasMode, Class, Context, Exit, ExitResult, SpawnOptions};
use crate::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// Runs a function on a node and waits for what it returns, `timeout` at most. The function runs on
/// after a timeout and after the loss of the node (C28).
///
/// ```
/// use nodedown::otp::erpc;
/// use nodedown::runtime::{Context, Exit};
/// use nodedown::term::{Atom, Term};
///
/// /// Who holds a name on another node.
/// async fn holder(ctx: &Context, node: Atom, name: Atom) -> Result<Term, Exit> {
///     let ask = move |there: Context| async move {
///         Ok(there.whereis(name).map_or_else(|| Term::atom("undefined"), Term::from))
///     };
///     erpc::call(ctx, node, None, ask).await
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
    let answers = ctx.alias(AliasMode::ExplicitUnalias);
    let run = move |ctx: Context| async move {
        let result = function(ctx.clone()).await;
        ctx.send(answers, tuple![answers, wrap(result)]);
        Ok(())
    };
    let options = SpawnOptions::new("erpc").monitor();
    let (pid, monitor) = ctx.spawn_on(node, options, run).await;
    let monitor = monitor.expect("the options ask for a monitor");
    let outcome =
        ctx.receive_where(move |message| is_answer(message, answers) || is_down(message, monitor));
    let outcome = match timeout {
        Some(timeout) => outcome.within(timeout).await,
        None => Some(outcome.await),
    };
    ctx.unalias(answers);
    ctx.demonitor_flush(monitor);
    match outcome {
        None => Err(erpc("timeout")),
        Some(answer) if is_answer(&answer, answers) => unwrap_raised(&reason_in(&answer)),
        // The process of a spawn that failed is one of this node (A60).
        Some(down) if is_elsewhere(ctx, pid, node) || reason_in(&down).is_atom("noconnection") => {
            Err(erpc("noconnection"))
        }
        Some(down) => Err(Exit::exit(tuple![atom!("signal"), reason_in(&down)])),
    }
}

/// Whether a process is none of that node.
fn is_elsewhere(ctx: &Context, pid: Pid, node: Atom) -> bool {
    if node == ctx.node() { !ctx.is_local(pid) } else { pid.node() != node }
}

fn is_answer(message: &Term, answers: Ref) -> bool {
    matches!(message.as_tuple(), Some([Term::Reference(found), _]) if *found == answers)
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
    let answers = ctx.alias(AliasMode::ExplicitUnalias);
    for (number, node) in nodes.iter().copied().enumerate() {
        let function = function.clone();
        ctx.spawn("erpc_multicall", move |ctx| async move {
            let result = call(&ctx, node, None, function).await;
            ctx.send(answers, tuple![answers, tuple![number, wrap_raised(result)]]);
            Ok(())
        });
    }
    let mut results = vec![Err(erpc("timeout")); nodes.len()];
    for _ in nodes {
        let answer = ctx.receive_where(move |message| is_answer(message, answers));
        let answer = match deadline {
            Some(deadline) => answer.within(deadline.since(ctx.now())).await,
            None => Some(answer.await),
        };
        let Some(answer) = answer.map(|answer| reason_in(&answer)) else { break };
        if let Some([Term::Integer(number), result]) = answer.as_tuple() {
            results[*number as usize] = unwrap_raised(result);
        }
    }
    ctx.unalias(answers);
    results
}

/// A result as a term: what was returned, or what was raised, as the caller sees it (C24).
fn wrap(result: Result<Term, Exit>) -> Term {
    wrap_raised(result.map_err(|exit| match exit.class() {
        Class::Throw => exit,
        Class::Exit => Exit::exit(tuple![atom!("exception"), exit.reason()]),
        Class::Error => {
            let reason = exit.reason().clone();
            let raised = exit.into_exit_reason();
            Exit::error(tuple![atom!("exception"), reason, reason_in(&raised)])
        }
    }))
}

fn wrap_raised(result: Result<Term, Exit>) -> Term {
    match result {
        Ok(value) => tuple![atom!("return"), value],
        Err(exit) => tuple![Atom::new(exit.class().name()), exit.reason()],
    }
}

fn unwrap_raised(result: &Term) -> Result<Term, Exit> {
    match result.as_tuple() {
        Some([class, value]) if class.is_atom("return") => Ok(value.clone()),
        Some([class, reason]) if class.is_atom("error") => Err(Exit::error(reason)),
        Some([class, reason]) if class.is_atom("throw") => Err(Exit::throw(reason)),
        Some([_, reason]) => Err(Exit::exit(reason)),
        _ => Err(Exit::error(tuple![atom!("badmatch"), result])),
    }
}

fn erpc(why: &str) -> Exit {
    Exit::error(tuple![atom!("erpc"), Term::atom(why)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::lab::{Lab, full, without_stack};

    fn shown(result: &Result<Term, Exit>) -> String {
        match result {
            Ok(value) => value.to_string(),
            Err(exit) => {
                let class = exit.class().name();
                let shown = without_stack(exit.reason()).to_string();
                let end = shown.find(",[{").map_or("", |_| ",stack}");
                let shown = shown.split(",[{").next().unwrap_or_default();
                format!("{class}:{shown}{end}")
            }
        }
    }

    /// Runs each function on the node `b`, with a second's patience.
    fn check<F, Fut>(function: F, expected: &str)
    where
        F: Fn(Context) -> Fut + Clone + 'static,
        Fut: Future<Output = Result<Term, Exit>> + 'static,
    {
        let lab = Lab::new(&["a", "b"]);
        lab.spawn("a", move |ctx, notes| async move {
            let timeout = Some(Duration::from_secs(1));
            let result = call(&ctx, full("b"), timeout, function.clone()).await;
            notes.say(&ctx, shown(&result));
            let nodes = [full("zzz"), full("b")];
            let results = multicall(&ctx, &nodes, timeout, function).await;
            notes.say(&ctx, results.iter().map(shown).collect::<Vec<_>>().join(" "));
            ctx.sleep(Duration::from_secs(5)).await;
            notes.say(&ctx, ctx.mailbox_len());
            Ok(())
        });
        lab.run_to_ms(20_000);
        let both = format!("error:{{erpc,noconnection}} {expected}");
        lab.notes.check(&[expected, &both, "0"]);
    }

    /// C24, C26, C28.
    #[test]
    fn a_call_gives_what_the_function_does() {
        check(|there| async move { Ok(Term::from(there.node())) }, "b@b");
        check(|_| async { Err(Exit::exit(atom!("r"))) }, "exit:{exception,r}");
        check(|_| async { Err(Exit::error(atom!("r"))) }, "error:{exception,r,stack}");
        check(|_| async { Err(Exit::throw(atom!("t"))) }, "throw:t");
        let killed = |there: Context| async move {
            there.exit_signal(there.pid(), atom!("kill"));
            there.yield_now().await;
            Ok(Term::atom("survived"))
        };
        check(killed, "exit:{signal,killed}");
        let slow = |there: Context| async move {
            there.sleep(Duration::from_secs(2)).await;
            Ok(Term::atom("late"))
        };
        check(slow, "error:{erpc,timeout}");
    }

    /// C25.
    #[test]
    fn a_call_ends_with_its_node() {
        let lab = Lab::new(&["a", "b"]);
        lab.spawn("a", move |ctx, notes| async move {
            let slow = |there: Context| async move {
                there.sleep(Duration::from_secs(20)).await;
                Ok(Term::atom("late"))
            };
            notes.say(&ctx, shown(&call(&ctx, full("b"), None, slow).await));
            Ok(())
        });
        lab.keep_time();
        lab.run_to_ms(1000);
        lab.world.crash_node(lab.node("b"));
        lab.run_to_ms(2000);
        lab.notes.check(&["error:{erpc,noconnection}"]);
    }
}
