//! Functions that run on other nodes: what they return and raise comes to the caller (C24 to C26,
//! C28).

use std::future::Future;
use std::time::Duration;

use super::proc_lib::{is_down, reason_in};
use crate::engine::runtime::{
    AliasMode, Class, Context, Exit, ExitResult, SpawnOptions, SpawnReplies, survive_and_record,
};
use crate::engine::term::{Atom, Ref, Term};
use crate::{atom, tuple};

/// Runs a function on a node and waits for what it returns, `timeout` at most, counted from the
/// call. The function runs on after a timeout and after the loss of the node (C28). Without a time
/// limit a function for one's own node runs in the caller.
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
    if timeout.is_none() && node == ctx.node() {
        return run_here(ctx, function).await;
    }
    let request = Request::send(ctx, node, function);
    request.result(ctx, timeout).await
}

/// Runs a function in the process that asks for it: it has the mailbox and the end of the caller.
async fn run_here<F, Fut>(ctx: &Context, function: F) -> Result<Term, Exit>
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Term, Exit>> + 'static,
{
    // What it raises looks as if it had come from elsewhere.
    unwrap_raised(&wrap(survive_and_record(ctx, function(ctx.clone())).await))
}

/// A function that another process runs, and whose result has not come.
struct Request {
    /// The monitor of that process.
    monitor: Ref,
    /// Takes the result.
    answers: Ref,
}

impl Request {
    fn send<F, Fut>(ctx: &Context, node: Atom, function: F) -> Request
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
        let monitor = ctx.spawn_request(node, options, SpawnReplies::OnError, run);
        Request { monitor, answers }
    }

    /// Waits for the result; the time limit counts from now, whether the node has begun or not.
    async fn result(self, ctx: &Context, timeout: Option<Duration>) -> Result<Term, Exit> {
        let Request { monitor, answers } = self;
        let outcome = ctx.receive_where(move |message| {
            is_answer(message, answers) || is_down(message, monitor) || is_failure(message, monitor)
        });
        let outcome = match timeout {
            Some(timeout) => outcome.within(timeout).await,
            None => Some(outcome.await),
        };
        ctx.unalias(answers);
        if outcome.is_none() {
            ctx.abandon_spawn_request(monitor);
        }
        ctx.demonitor_flush(monitor);
        match outcome {
            None => Err(erpc("timeout")),
            Some(answer) if is_answer(&answer, answers) => unwrap_raised(&reason_in(&answer)),
            Some(end) if reason_in(&end).is_atom("noconnection") => Err(erpc("noconnection")),
            Some(down) => Err(Exit::exit(tuple![atom!("signal"), reason_in(&down)])),
        }
    }
}

fn is_answer(message: &Term, answers: Ref) -> bool {
    matches!(message.as_tuple(), Some([Term::Reference(found), _]) if *found == answers)
}

/// Returns whether a message says that no process was started.
fn is_failure(message: &Term, request: Ref) -> bool {
    matches!(message.tagged("spawn_reply"), Some([Term::Reference(found), ..]) if *found == request)
}

/// Runs a function on a node, and does not wait (C26).
pub fn cast<F, Fut>(ctx: &Context, node: Atom, function: F)
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    ctx.spawn_request(node, SpawnOptions::new("erpc"), SpawnReplies::Never, function);
}

/// Runs a function on each of these nodes at the same time, and waits for all: the results in the
/// order of the nodes (C26). Without a time limit the caller itself runs it for its own node, once
/// the others have been asked.
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
    let own = ctx.node();
    let mut here = nodes.iter().position(|node| timeout.is_none() && *node == own);
    let ask = |(number, node): (usize, &Atom)| {
        (here != Some(number)).then(|| Request::send(ctx, *node, function.clone()))
    };
    let requests: Vec<Option<Request>> = nodes.iter().enumerate().map(ask).collect();
    let mut own_result = match here.take() {
        Some(_) => Some(run_here(ctx, function).await),
        None => None,
    };
    let mut results = Vec::new();
    for request in requests {
        let left = deadline.map(|deadline| deadline.since(ctx.now()));
        results.push(match request {
            Some(request) => request.result(ctx, left).await,
            None => own_result.take().unwrap_or_else(|| Err(erpc("timeout"))),
        });
    }
    results
}

/// Returns a result as the caller sees it: `return` or a class, and what was returned or raised (C24).
pub(super) fn outcome(result: Result<Term, Exit>) -> (Atom, Term) {
    let result = result.map_err(|exit| match exit.class() {
        Class::Throw => exit,
        Class::Exit => Exit::exit(tuple![atom!("exception"), exit.reason()]),
        Class::Error => {
            let reason = exit.reason().clone();
            let raised = exit.into_exit_reason();
            Exit::error(tuple![atom!("exception"), reason, reason_in(&raised)])
        }
    });
    match result {
        Ok(value) => (atom!("return"), value),
        Err(exit) => (Atom::new(exit.class().name()), exit.reason().clone()),
    }
}

fn wrap(result: Result<Term, Exit>) -> Term {
    let (class, value) = outcome(result);
    tuple![class, value]
}

/// Returns `{ok,Value}` or `{Class,Reason}`: an element of what `erpc:multicall` returns (C26).
#[must_use]
pub fn result_term(result: Result<Term, Exit>) -> Term {
    match result {
        Ok(value) => tuple![atom!("ok"), value],
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
