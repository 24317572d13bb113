//! The functions that can be called on a node whose services are in Rust, and their evaluation.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::{self, ServerRef};
use crate::otp::{erpc, functions, global, rpc};

/// A function that can be called: its module, its name, and the number of its arguments.
type Known = (&'static str, &'static str, usize);

/// All of them.
const KNOWN: [Known; 13] = [
    ("gen_server", "call", 2),
    ("gen_server", "call", 3),
    ("gen_server", "cast", 2),
    ("erpc", "call", 4),
    ("erpc", "call", 5),
    ("rpc", "call", 4),
    ("rpc", "call", 5),
    ("global", "whereis_name", 1),
    ("erlang", "whereis", 1),
    ("erlang", "node", 0),
    ("erlang", "nodes", 0),
    ("net_adm", "ping", 1),
    ("timer", "sleep", 1),
];

/// The functions as Erlang writes them: `gen_server:call/2`.
pub(crate) fn known_functions() -> Vec<String> {
    KNOWN.iter().map(|(module, name, arity)| format!("{module}:{name}/{arity}")).collect()
}

/// True if a function can be called on a node whose services are in Rust.
pub(crate) fn is_known(module: Atom, name: Atom, arity: usize) -> bool {
    KNOWN.contains(&(module.as_str(), name.as_str(), arity))
}

/// The module, the function and the arguments of a call.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub module: Atom,
    pub function: Atom,
    pub arguments: Vec<Term>,
}

/// Evaluates a call in the process that asks for it, which waits no longer than `patience`.
///
/// # Errors
/// The exception that the function raises; `undef` if there is no such function.
pub(crate) fn evaluate(
    ctx: Context,
    call: Application,
    patience: Duration,
) -> Pin<Box<dyn Future<Output = Result<Term, Exit>>>> {
    Box::pin(async move {
        if functions::has_code_of_its_own(&ctx) {
            return functions::apply(&ctx, call.module, call.function, call.arguments).await;
        }
        let name = (call.module.as_str(), call.function.as_str());
        match (name, call.arguments.as_slice()) {
            (("gen_server", "call"), [server, request]) => {
                ask(&ctx, server, request, Some(Duration::from_secs(5)), patience).await
            }
            (("gen_server", "call"), [server, request, timeout]) => {
                ask(&ctx, server, request, time_of(timeout)?, patience).await
            }
            (("gen_server", "cast"), [server, request]) => {
                gen_server::cast(&ctx, server_of(server)?, request.clone());
                Ok(Term::atom("ok"))
            }
            (("erpc", "call"), [node, function @ .., arguments]) => {
                let remote = Remote::of(node, function, arguments, patience)?;
                erpc::call(&ctx, remote.node, remote.timeout, remote.evaluation()).await
            }
            (("rpc", "call"), [node, function @ .., arguments]) => {
                let remote = Remote::of(node, function, arguments, patience)?;
                Ok(rpc::call(&ctx, remote.node, remote.timeout, remote.evaluation()).await)
            }
            (("global", "whereis_name"), [name]) => {
                Ok(or_undefined(global::whereis_name(&ctx, name)))
            }
            (("erlang", "whereis"), [Term::Atom(name)]) => Ok(or_undefined(ctx.whereis(*name))),
            (("erlang", "node"), []) => Ok(Term::from(ctx.node())),
            (("erlang", "nodes"), []) => Ok(ctx.nodes().into_iter().map(Term::from).collect()),
            (("net_adm", "ping"), [Term::Atom(node)]) => {
                let connected = ctx.ping(*node).await;
                Ok(Term::atom(if connected { "pong" } else { "pang" }))
            }
            (("timer", "sleep"), [time]) => {
                let time = time_of(time)?.unwrap_or(patience).min(patience);
                ctx.sleep(time).await;
                Ok(Term::atom("ok"))
            }
            _ if is_known(call.module, call.function, call.arguments.len()) => Err(Exit::badarg()),
            _ => Err(Exit::error(Term::atom("undef"))),
        }
    })
}

async fn ask(
    ctx: &Context,
    server: &Term,
    request: &Term,
    timeout: Option<Duration>,
    patience: Duration,
) -> Result<Term, Exit> {
    let timeout = timeout.map_or(patience, |timeout| timeout.min(patience));
    gen_server::call_within(ctx, server_of(server)?, request.clone(), Some(timeout)).await
}

/// A call on another node.
struct Remote {
    node: Atom,
    call: Application,
    timeout: Option<Duration>,
    patience: Duration,
}

impl Remote {
    /// The call `erpc:call(Node, Module, Function, Arguments)`, perhaps with a time limit behind it.
    fn of(node: &Term, function: &[Term], last: &Term, patience: Duration) -> Result<Remote, Exit> {
        let (function, arguments, timeout) = match function {
            [module, name] => ([module, name], last, None),
            [module, name, arguments] => ([module, name], arguments, time_of(last)?),
            _ => return Err(Exit::badarg()),
        };
        let [Some(module), Some(function)] = function.map(Term::as_atom) else {
            return Err(Exit::badarg());
        };
        let (Some(node), Some(arguments)) = (node.as_atom(), arguments.as_list()) else {
            return Err(Exit::badarg());
        };
        let call = Application { module, function, arguments: arguments.to_vec() };
        let timeout = Some(timeout.map_or(patience, |timeout| timeout.min(patience)));
        Ok(Remote { node, call, timeout, patience })
    }

    fn evaluation(
        &self,
    ) -> impl FnOnce(Context) -> Pin<Box<dyn Future<Output = Result<Term, Exit>>>> + 'static {
        let (call, patience) = (self.call.clone(), self.patience);
        move |ctx| evaluate(ctx, call, patience)
    }
}

fn or_undefined(found: Option<impl Into<Term>>) -> Term {
    found.map_or_else(|| Term::atom("undefined"), Into::into)
}

/// A server as Erlang names it.
fn server_of(term: &Term) -> Result<ServerRef, Exit> {
    match term {
        Term::Pid(pid) => Ok(ServerRef::Pid(*pid)),
        Term::Atom(name) => Ok(ServerRef::Local(*name)),
        Term::Tuple(parts) => match &parts[..] {
            [kind, name] if kind.is_atom("global") => Ok(ServerRef::Global(name.clone())),
            [Term::Atom(name), Term::Atom(node)] => Ok(ServerRef::Remote(*name, *node)),
            _ => Err(Exit::badarg()),
        },
        _ => Err(Exit::badarg()),
    }
}

/// A time in milliseconds, or for ever.
fn time_of(term: &Term) -> Result<Option<Duration>, Exit> {
    if term.is_atom("infinity") {
        return Ok(None);
    }
    let milliseconds = term.as_integer().and_then(|time| u64::try_from(time).ok());
    milliseconds.map(|time| Some(Duration::from_millis(time))).ok_or_else(Exit::badarg)
}
