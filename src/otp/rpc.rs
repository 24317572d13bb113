//! Functions that run on other nodes, as the older interface `rpc` tells what came of them (C25,
//! C27).

use std::future::Future;
use std::time::Duration;

use super::erpc;
use crate::engine::runtime::{Class, Context, Exit, ExitResult};
use crate::engine::term::{Atom, Term};
use crate::{atom, tuple};

/// Runs a function on a node and waits for what it returns, `timeout` at most. What it throws counts
/// as returned; any other failure is `{badrpc,Reason}`.
///
/// ```
/// use nodedown::otp::rpc;
/// use nodedown::runtime::Context;
/// use nodedown::term::{Atom, Term};
///
/// /// The nodes that another node is connected to, or `{badrpc,nodedown}`.
/// async fn nodes_of(ctx: &Context, node: Atom) -> Term {
///     let ask = |there: Context| async move {
///         Ok(there.nodes().into_iter().map(Term::from).collect())
///     };
///     rpc::call(ctx, node, None, ask).await
/// }
/// ```
pub async fn call<F, Fut>(ctx: &Context, node: Atom, timeout: Option<Duration>, function: F) -> Term
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = Result<Term, Exit>> + 'static,
{
    told(erpc::call(ctx, node, timeout, function).await)
}

/// Runs a function on each of these nodes at the same time, and waits for all: the results, and the
/// nodes that gave none since they could not be reached or took longer than `timeout`, both in the
/// order of the nodes.
pub async fn multicall<F, Fut>(
    ctx: &Context,
    nodes: &[Atom],
    timeout: Option<Duration>,
    function: F,
) -> (Vec<Term>, Vec<Atom>)
where
    F: Fn(Context) -> Fut + Clone + 'static,
    Fut: Future<Output = Result<Term, Exit>> + 'static,
{
    let (mut results, mut bad) = (Vec::new(), Vec::new());
    for (node, result) in nodes.iter().zip(erpc::multicall(ctx, nodes, timeout, function).await) {
        match result {
            Err(exit) if exit.reason().tagged("erpc").is_some() => bad.push(*node),
            result => results.push(told(result)),
        }
    }
    (results, bad)
}

/// Runs a function on a node, and does not wait.
pub fn cast<F, Fut>(ctx: &Context, node: Atom, function: F)
where
    F: FnOnce(Context) -> Fut + 'static,
    Fut: Future<Output = ExitResult> + 'static,
{
    erpc::cast(ctx, node, function);
}

/// Sends a message to the processes of one name on these nodes, and waits until it is with them: the
/// nodes where it is, and those that could not be reached or know no such name.
pub async fn sbcast(
    ctx: &Context,
    nodes: &[Atom],
    name: Atom,
    message: Term,
) -> (Vec<Atom>, Vec<Atom>) {
    let tell = move |there: Context| {
        let message = message.clone();
        async move { Ok(Term::from(there.send_name(name, message).is_ok())) }
    };
    let sent = erpc::multicall(ctx, nodes, None, tell).await;
    let is_good = |(_, sent): &(Atom, Result<Term, Exit>)| sent == &Ok(Term::from(true));
    let (good, bad): (Vec<_>, Vec<_>) = nodes.iter().copied().zip(sent).partition(is_good);
    let nodes = |all: Vec<(Atom, _)>| all.into_iter().map(|(node, _)| node).collect();
    (nodes(good), nodes(bad))
}

/// Returns the result as a caller gets it.
fn told(result: Result<Term, Exit>) -> Term {
    let (class, reason) = match result {
        Ok(value) if value.tagged("EXIT").is_some() => return bad(value),
        Ok(value) => return value,
        Err(exit) => (exit.class(), exit.reason().clone()),
    };
    let exit = |reason: Term| bad(tuple![atom!("EXIT"), reason]);
    match (class, reason.as_tuple()) {
        (Class::Throw, _) if reason.tagged("EXIT").is_some() => bad(reason),
        (Class::Throw, _) => reason,
        (_, Some([tag, why])) if tag.is_atom("erpc") => {
            bad(if why.is_atom("noconnection") { Term::atom("nodedown") } else { why.clone() })
        }
        (_, Some([_, raised, stack])) => exit(tuple![raised, stack]),
        (_, Some([_, why])) => exit(why.clone()),
        (_, _) => exit(reason),
    }
}

fn bad(reason: Term) -> Term {
    tuple![atom!("badrpc"), reason]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::lab::{Lab, full, without_stack};

    /// Runs each function on the node `b`, with a second's patience, and then also on a node that
    /// does not exist.
    fn check<F, Fut>(function: F, expected: [&str; 2])
    where
        F: Fn(Context) -> Fut + Clone + 'static,
        Fut: Future<Output = Result<Term, Exit>> + 'static,
    {
        let lab = Lab::new(&["a", "b"]);
        lab.spawn("a", move |ctx, notes| async move {
            let timeout = Some(Duration::from_secs(1));
            let result = call(&ctx, full("b"), timeout, function.clone()).await;
            notes.say(&ctx, without_stack(&result));
            let nodes = [full("zzz"), full("b")];
            let (results, bad) = multicall(&ctx, &nodes, timeout, function).await;
            let bad: Term = bad.into_iter().map(Term::from).collect();
            notes.say(&ctx, tuple![without_stack(&Term::from(results)), bad]);
            Ok(())
        });
        lab.run_to_ms(20_000);
        lab.notes.check(&expected);
    }

    // C27
    #[test]
    fn failures_are_told_as_values() {
        let check_one = |function: fn() -> Result<Term, Exit>, expected: &str| {
            let both = format!("{{[{expected}],[zzz@zzz]}}");
            check(move |_| async move { function() }, [expected, &both]);
        };
        check_one(|| Ok(Term::from(7)), "7");
        check_one(|| Err(Exit::exit(atom!("r"))), "{badrpc,{'EXIT',r}}");
        check_one(|| Err(Exit::error(atom!("r"))), "{badrpc,{'EXIT',{r,stack}}}");
        check_one(|| Err(Exit::throw(atom!("t"))), "t");
        check_one(|| Ok(tuple![atom!("EXIT"), atom!("r")]), "{badrpc,{'EXIT',r}}");
    }

    // C25, C27
    #[test]
    fn what_takes_too_long_is_a_timeout_and_a_bad_node() {
        let slow = |there: Context| async move {
            there.sleep(Duration::from_secs(2)).await;
            Ok(Term::atom("late"))
        };
        check(slow, ["{badrpc,timeout}", "{[],[zzz@zzz,b@b]}"]);
        let lab = Lab::new(&["a"]);
        lab.spawn("a", move |ctx, notes| async move {
            notes.say(&ctx, call(&ctx, full("zzz"), None, slow).await);
            Ok(())
        });
        lab.run_to_ms(1_000);
        lab.notes.check(&["{badrpc,nodedown}"]);
    }

    // C27
    #[test]
    fn a_broadcast_tells_where_nobody_has_the_name() {
        let lab = Lab::new(&["a", "b", "c"]);
        lab.spawn("b", |ctx, notes| async move {
            ctx.register(atom!("listener"), ctx.pid())?;
            notes.say(&ctx, ctx.receive().await);
            Ok(())
        });
        lab.spawn("a", move |ctx, notes| async move {
            ctx.sleep(Duration::from_millis(100)).await;
            let nodes = [full("zzz"), full("b"), full("c")];
            let (good, bad) = sbcast(&ctx, &nodes, atom!("listener"), Term::atom("hi")).await;
            assert_eq!((good, bad), (vec![full("b")], vec![full("zzz"), full("c")]));
            notes.say(&ctx, "done");
            Ok(())
        });
        lab.run_to_ms(1_000);
        lab.notes.check(&["hi", "done"]);
    }
}
