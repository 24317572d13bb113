//! Simulated nodes: time, values, the network, processes and what they can do.
//!
//! **Invariant**: knows no behaviours of OTP, no scenario and no checker. Nothing here reads a file,
//! a wall clock or the randomness of the operating system.
//!
//! - [`time`], [`rng`], [`term`], [`trace`], [`queue`]: what the rest is made of
//! - [`network`]: hosts, paths and connections; knows nodes by number, and no processes
//! - [`runtime`]: nodes, processes, signals, and the world with its loop

pub mod network;
pub mod queue;
pub mod rng;
pub mod runtime;
pub mod term;
pub mod time;
pub mod trace;
