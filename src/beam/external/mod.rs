//! Erlang's external term format.

mod decode;

pub use decode::{ExternalError, decode};
