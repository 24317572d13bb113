//! A deterministic simulator of Erlang-style distributed systems.
#![doc = ""]

pub mod fault;
pub mod network;
pub mod queue;
pub mod rng;
pub mod otp;
pub mod runtime;
pub mod scenario;
pub mod shape;
pub mod term;
pub mod time;
pub mod trace;
