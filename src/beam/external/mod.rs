//! Erlang's external term format.

mod decode;
mod encode;

pub use decode::{ExternalError, decode};
pub use encode::{Format, encode};
