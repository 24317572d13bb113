//! A deterministic simulator of Erlang-style distributed systems.
#![doc = ""]

pub mod network;
pub mod queue;
pub mod rng;
pub mod term;
pub mod time;
