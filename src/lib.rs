//! A deterministic simulator of Erlang-style distributed systems.
#![doc = ""]

pub mod rng;
pub mod shape;
pub mod term;
pub mod time;
