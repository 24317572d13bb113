//! Calls on nodes of compiled code.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::beam::node;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::Term;
use crate::scenario::services::evaluate::Application;

/// Evaluates a call in a new process, and waits for it no longer than `patience`.
///
/// # Errors
/// The exception that the function raises, the end of its process, or `timeout`.
pub(super) fn evaluate(
    ctx: Context,
    call: Application,
    patience: Duration,
) -> Pin<Box<dyn Future<Output = Result<Term, Exit>>>> {
    Box::pin(async move {
        let Application { module, function, arguments } = call;
        node::call(&ctx, (module, function), arguments, Some(patience)).await
    })
}
