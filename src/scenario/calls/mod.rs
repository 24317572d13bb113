//! Workloads of the client `calls`: their fields in a file, and what they mean.
//!
//! - `shape`: the fields; `resolve`: from fields to [`Calls`](super::services::Calls); `write`: back

mod resolve;
pub(super) mod shape;
pub(super) mod write;

pub(super) use resolve::Callable;
