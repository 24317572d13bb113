//! A deterministic simulator of Erlang-style distributed systems.
#![doc = ""]

pub mod check;
pub mod fault;
pub mod history;
pub mod network;
pub mod otp;
pub mod queue;
pub mod report;
pub mod rng;
pub mod runtime;
pub mod scenario;
pub mod services;
pub mod shape;
#[path = "simulation_stub.rs"]
pub mod simulation;
pub mod term;
pub mod time;
pub mod trace;
