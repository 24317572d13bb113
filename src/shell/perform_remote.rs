//! Doing the operations of a probe that have other nodes run a function.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::Answer;
use super::function::run;
use super::names::{SharedNames, Thing};
use super::operation::{Interface, Limit, RemoteOperation};
use super::perform::{Outcome, Problem, all_nodes, fill};
use super::template::Template;
use crate::engine::runtime::{Context, Exit, SpawnOptions, SpawnReplies};
use crate::engine::term::Term;
use crate::otp::{erpc, rpc};
use crate::{atom, tuple};

/// Has other nodes run something.
pub(super) async fn remote(
    ctx: &Context,
    names: &SharedNames,
    operation: RemoteOperation,
) -> Outcome {
    let node = |node: &String| names.borrow().node(node);
    Ok(match operation {
        RemoteOperation::Call { node: on, function, timeout, interface } => {
            let (timeout, function) = (limit(timeout, interface)?, prepared(&function, names)?);
            let on = node(&on)?;
            Answer::from(match interface {
                Interface::Erpc => erpc::call(ctx, on, timeout, function).await?,
                Interface::Rpc => rpc::call(ctx, on, timeout, function).await,
            })
        }
        RemoteOperation::Multicall { nodes, function, timeout, interface } => {
            let (timeout, function) = (limit(timeout, interface)?, prepared(&function, names)?);
            let nodes = all_nodes(&nodes, names)?;
            Answer::from(match interface {
                Interface::Erpc => {
                    let results = erpc::multicall(ctx, &nodes, timeout, function).await;
                    results.into_iter().map(erpc::result_term).collect()
                }
                Interface::Rpc => {
                    let (results, bad) = rpc::multicall(ctx, &nodes, timeout, function).await;
                    let bad: Term = bad.into_iter().map(Term::from).collect();
                    tuple![Term::from(results), bad]
                }
            })
        }
        RemoteOperation::Cast { node: on, function, interface } => {
            let (on, function) = (node(&on)?, prepared(&function, names)?);
            erpc::cast(ctx, on, move |ctx| async move { function(ctx).await.map(drop) });
            Answer::from(match interface {
                Interface::Erpc => Term::atom("ok"),
                Interface::Rpc => Term::from(true),
            })
        }
        RemoteOperation::SpawnRequest { node: on, function, link, monitor, name } => {
            let (on, function) = (node(&on)?, prepared(&function, names)?);
            let options = SpawnOptions { link, monitor, ..SpawnOptions::new("function") };
            let body = move |ctx| async move { function(ctx).await.map(drop) };
            let request = ctx.spawn_request(on, options, SpawnReplies::Always, body);
            names.borrow_mut().bind(&name, Thing::Reference(request));
            Answer::from(request)
        }
    })
}

/// A function at work.
type Running = Pin<Box<dyn Future<Output = Result<Term, Exit>>>>;

/// The function with its names looked up.
fn prepared(
    function: &Template,
    names: &SharedNames,
) -> Result<impl Fn(Context) -> Running + Clone + 'static, String> {
    let function = fill(function, names)?;
    Ok(move |ctx: Context| -> Running { Box::pin(run(ctx, function.clone())) })
}

fn limit(limit: Limit, interface: Interface) -> Result<Option<Duration>, Problem> {
    match (limit, interface) {
        (Limit::Forever, _) => Ok(None),
        (Limit::Within(time), _) => Ok(Some(time)),
        (Limit::Bad(_), Interface::Rpc) => Err(Exit::badarg().into()),
        (Limit::Bad(_), Interface::Erpc) => {
            Err(Exit::error(tuple![atom!("erpc"), atom!("badarg")]).into()) // C24
        }
    }
}
