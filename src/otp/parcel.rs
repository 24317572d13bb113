//! Rust values that are handed from one process to another of the same node where Erlang would
//! send a fun, which [`Term`] does not have.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::engine::runtime::Context;
use crate::engine::term::{Ref, Term};

/// The values that were sent on a node and not received yet.
#[derive(Default)]
struct Parcels(RefCell<BTreeMap<Ref, Box<dyn Any>>>);

/// Puts a value aside: the term that stands for it.
pub(super) fn wrap<T: 'static>(ctx: &Context, value: T) -> Term {
    let reference = ctx.make_ref();
    ctx.node_local::<Parcels>().0.borrow_mut().insert(reference, Box::new(value));
    Term::from(reference)
}

/// The value that was put aside; it can be had once.
pub(super) fn unwrap<T: 'static>(ctx: &Context, term: &Term) -> Option<T> {
    let reference = term.as_reference()?;
    let parcel = ctx.node_local::<Parcels>().0.borrow_mut().remove(&reference)?;
    parcel.downcast().ok().map(|value| *value)
}
