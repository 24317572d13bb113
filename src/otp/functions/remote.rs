//! Functions that other nodes run.

use super::arguments::{
    Recipient, Timeout, answer, atoms, badarg, clause, names, recipient, timeout,
};
use super::{Running, functions};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term, TermView};
use crate::otp::{erpc, rpc};
use crate::{atom, tuple};

functions! { ERPC, "erpc", |ctx|
    "Calls a function on a node and returns what it returns."
    waits "call" (node, module, function, args) {
        call(ctx, node, Function::read(module, function, args), Some(Timeout::INFINITY)).await
    }

    "As `call/4`, and waits this many milliseconds at most."
    waits "call" (node, module, function, args, timeout) {
        call(ctx, node, Function::read(module, function, args), self::timeout(timeout)).await
    }

    "Has a node call a function, and does not wait."
    now "cast" (node, module, function, args) {
        let asked = node.as_atom().zip(Function::read(module, function, args));
        let (node, function) = asked.ok_or_else(bad)?;
        erpc::cast(ctx, node, move |ctx| async move { function.run(ctx).await.map(drop) });
        answer("ok")
    }

    "Calls a function on nodes: a list of `{ok,Value}` or `{Class,Reason}`."
    waits "multicall" (nodes, module, function, args) {
        multicall(ctx, nodes, Function::read(module, function, args), Some(Timeout::INFINITY)).await
    }

    "As `multicall/4`, and waits this many milliseconds at most."
    waits "multicall" (nodes, module, function, args, timeout) {
        multicall(ctx, nodes, Function::read(module, function, args), self::timeout(timeout)).await
    }
}

functions! { RPC, "rpc", |ctx|
    "Calls a function on a node: what it returns or throws, or `{badrpc,Reason}`."
    waits "call" (node, module, function, args) {
        rpc_call(ctx, node, Function::read(module, function, args), Some(Timeout::INFINITY)).await
    }

    "As `call/4`, and waits this many milliseconds at most."
    waits "call" (node, module, function, args, timeout) {
        rpc_call(ctx, node, Function::read(module, function, args), self::timeout(timeout)).await
    }

    "Has a node call a function, and does not wait."
    now "cast" (node, module, function, args) {
        let asked = node.as_atom().zip(Function::read(module, function, args));
        let (node, function) = badarg(asked)?;
        rpc::cast(ctx, node, move |ctx| async move { function.run(ctx).await.map(drop) });
        Ok(Term::from(true))
    }

    "Calls a function on all nodes: `{Results,BadNodes}`."
    waits "multicall" (module, function, args) {
        let nodes = everywhere(ctx);
        rpc_multicall(ctx, &nodes, Function::read(module, function, args), Some(Timeout::INFINITY)).await
    }

    "Calls a function on nodes, or on all with a time limit behind its arguments."
    waits "multicall" (nodes, module, function, args) {
        if nodes.as_atom().is_some() {
            let everywhere = everywhere(ctx);
            let called = Function::read(nodes, module, function);
            return rpc_multicall(ctx, &everywhere, called, timeout(args)).await;
        }
        rpc_multicall(ctx, nodes, Function::read(module, function, args), Some(Timeout::INFINITY)).await
    }

    "As `multicall/4`, and waits this many milliseconds at most."
    waits "multicall" (nodes, module, function, args, timeout) {
        rpc_multicall(ctx, nodes, Function::read(module, function, args), self::timeout(timeout)).await
    }

    "Sends a message to the processes of a name on all nodes, and waits until it is there."
    waits "sbcast" (name, msg) { sbcast(ctx, &everywhere(ctx), name, msg).await }

    "Sends a message to the processes of a name on nodes: `{GoodNodes,BadNodes}`."
    waits "sbcast" (nodes, name, msg) { sbcast(ctx, nodes, name, msg).await }
}

/// A function by its name, with its arguments.
#[derive(Clone)]
struct Function {
    module: Atom,
    name: Atom,
    /// `None` for an improper list.
    arguments: Option<Vec<Term>>,
}

impl Function {
    fn read(module: &Term, name: &Term, arguments: &Term) -> Option<Function> {
        let TermView::List { elements, tail } = arguments.view() else { return None };
        let arguments = tail.is_none().then(|| elements.to_vec());
        Some(Function { module: module.as_atom()?, name: name.as_atom()?, arguments })
    }

    /// In a box, since functions call functions.
    fn run(self, ctx: Context) -> Running {
        Box::pin(async move {
            let arguments = badarg(self.arguments)?;
            super::apply(&ctx, self.module, self.name, arguments).await
        })
    }
}

/// `error:{erpc,badarg}` (C24).
fn bad() -> Exit {
    Exit::error(tuple![atom!("erpc"), atom!("badarg")])
}

async fn call(
    ctx: &Context,
    node: &Term,
    function: Option<Function>,
    timeout: Option<Timeout>,
) -> Result<Term, Exit> {
    let asked = node.as_atom().zip(function).zip(timeout);
    let ((node, function), Timeout(timeout)) = asked.ok_or_else(bad)?;
    erpc::call(ctx, node, timeout, move |ctx| function.run(ctx)).await
}

async fn multicall(
    ctx: &Context,
    nodes: &Term,
    function: Option<Function>,
    timeout: Option<Timeout>,
) -> Result<Term, Exit> {
    let asked = atoms(nodes).zip(function).zip(timeout);
    let ((nodes, function), Timeout(timeout)) = asked.ok_or_else(bad)?;
    let run = move |ctx| function.clone().run(ctx);
    let results = erpc::multicall(ctx, &nodes, timeout, run).await;
    Ok(results.into_iter().map(erpc::result_term).collect())
}

async fn rpc_call(
    ctx: &Context,
    node: &Term,
    function: Option<Function>,
    timeout: Option<Timeout>,
) -> Result<Term, Exit> {
    let ((node, function), Timeout(timeout)) = badarg(node.as_atom().zip(function).zip(timeout))?;
    Ok(rpc::call(ctx, node, timeout, move |ctx| function.run(ctx)).await)
}

async fn rpc_multicall(
    ctx: &Context,
    nodes: &Term,
    function: Option<Function>,
    timeout: Option<Timeout>,
) -> Result<Term, Exit> {
    let ((nodes, function), Timeout(timeout)) = badarg(atoms(nodes).zip(function).zip(timeout))?;
    let run = move |ctx| function.clone().run(ctx);
    let (results, bad) = rpc::multicall(ctx, &nodes, timeout, run).await;
    Ok(tuple![Term::from(results), names(bad)])
}

async fn sbcast(ctx: &Context, nodes: &Term, name: &Term, msg: &Term) -> Result<Term, Exit> {
    let nodes = clause(atoms(nodes))?;
    // Anything that `!` takes will do; only a name can be unknown.
    let (good, bad) = match (name, recipient(name)) {
        (Term::Atom(name), _) => rpc::sbcast(ctx, &nodes, *name, msg.clone()).await,
        (_, Ok(Recipient::To(to))) => {
            for _ in &nodes {
                ctx.send(to, msg);
            }
            (nodes, Vec::new())
        }
        (_, Ok(Recipient::Named(_)) | Err(_)) => (Vec::new(), nodes),
    };
    Ok(tuple![names(good), names(bad)])
}

/// This node and those that it is connected to.
fn everywhere(ctx: &Context) -> Term {
    std::iter::once(ctx.node()).chain(ctx.nodes()).map(Term::from).collect()
}
