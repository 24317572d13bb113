//! Erlang's external term format.

mod decode;
mod encode;

pub use decode::{ExternalError, decode, decode_safely};
pub use encode::{ExternalFormat, encode};
