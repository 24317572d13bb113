//! A node that has code of its own: its functions are called instead of those of the table.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::Running;
use crate::engine::runtime::{Context, ExitResult};
use crate::engine::term::{Atom, Term};

/// The code that a node runs.
pub(crate) trait CodeOfNode {
    /// Calls a function and returns its value.
    fn apply(&self, ctx: Context, function: (Atom, Atom), arguments: Vec<Term>) -> Running;

    /// Calls a function as the whole life of the process of `ctx`.
    fn run(
        &self,
        ctx: Context,
        function: (Atom, Atom),
        arguments: Vec<Term>,
    ) -> Pin<Box<dyn Future<Output = ExitResult>>>;
}

#[derive(Default)]
struct Place(RefCell<Option<Rc<dyn CodeOfNode>>>);

/// Has the node of `ctx` run this code, until it goes down.
pub(crate) fn set_code_of_node(ctx: &Context, code: Rc<dyn CodeOfNode>) {
    *ctx.node_local::<Place>().0.borrow_mut() = Some(code);
}

/// The code of the node of `ctx`, if it has some of its own.
pub(super) fn of(ctx: &Context) -> Option<Rc<dyn CodeOfNode>> {
    ctx.node_local::<Place>().0.borrow().clone()
}

/// True if the node of `ctx` has code of its own.
pub(crate) fn has_code_of_its_own(ctx: &Context) -> bool {
    of(ctx).is_some()
}
