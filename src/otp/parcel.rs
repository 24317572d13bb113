//! Rust values that are handed from one process to another where Erlang would send a fun, which
//! [`Term`] does not have.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::runtime::Context;
use crate::term::{Ref, Term};

thread_local! {
    /// What has been sent and not been received.
    static PARCELS: RefCell<BTreeMap<Ref, Box<dyn Any>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Puts a value aside: the term that stands for it.
pub(super) fn wrap<T: 'static>(ctx: &Context, value: T) -> Term {
    let reference = ctx.make_ref();
    PARCELS.with_borrow_mut(|parcels| parcels.insert(reference, Box::new(value)));
    Term::from(reference)
}

/// The value that was put aside; it can be had once.
pub(super) fn unwrap<T: 'static>(term: &Term) -> Option<T> {
    let reference = term.as_reference()?;
    let parcel = PARCELS.with_borrow_mut(|parcels| parcels.remove(&reference))?;
    parcel.downcast().ok().map(|value| *value)
}
