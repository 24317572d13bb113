//! Rust's values as terms, where there is nobody to hand an error to.

use serde::Serialize;

use crate::engine::term::{Term, to_term};

/// The term of a value.
///
/// # Panics
/// When the value has none, as a number that is not finite.
pub(super) fn term_of(value: &impl Serialize) -> Term {
    to_term(value).unwrap_or_else(|error| panic!("{error}"))
}
