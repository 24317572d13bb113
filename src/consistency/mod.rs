//! Histories of clients' operations, and the checkers that read nothing else.
//!
//! **Invariant**: knows no scenario and no run. A checker is a function of a [`History`](history::History):
//! what is judged here may have been recorded anywhere.
//!
//! - [`history`]: operations with invocation and completion; reading and writing them
//! - [`model`]: sequential specifications; [`claims`]: weaker consistency than linearizability
//! - `keys`: the part of a history about each key
//! - `search`: the search for an order that explains a history; `judgement`: what it comes to
//! - `text`: operations in words

pub mod claims;
pub mod history;
mod judgement;
pub(crate) mod keys;
pub mod model;
mod search;
pub(crate) mod shown;
pub(crate) mod text;

pub use judgement::{
    Judgement, Limit, Limits, Numbered, Refutation, linearizable, sequentially_consistent,
};
pub use model::{Model, SequentialSpec};
pub(crate) use text::{abridged, end_text, invocation_text};
