//! Terms against Erlang itself, and the laws of each conversion.

mod laws;
mod otp25;
mod serde;
mod text;
