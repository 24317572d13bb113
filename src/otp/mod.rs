//! The behaviours of OTP, written on top of [`Context`](crate::engine::runtime::Context) alone, as OTP
//! writes them on top of processes.
//!
//! **Invariant**: is written on what every process can do ([`Context`](crate::engine::runtime::Context)); knows no
//! scenario.
//!
//! - `convert`: Rust's values as terms
//! - `address`: names of servers, clients
//! - `proc_lib`: starting a process and waiting until it is ready
//! - `request`: requests and their answers
//! - `parcel`: Rust closures in messages
//! - `gen_server`: servers
//! - `supervisor`: processes that restart others
//! - `global`: names and locks of the whole cluster
//! - `pg`: groups of processes
//! - `erpc`: functions that run on another node; `rpc`: the same, as the older interface has it
//! - `application`: what starts and stops as one unit on a node
//! - `reconnect`: nodes that connect by themselves, again and again
//! - `distributed`: applications that run on one node of several
//! - `kernel`: what a node runs from its boot to its stop
//! - `functions`: all of this by module, name and arity, for whoever has a name instead of Rust code

mod address;
pub mod application;
mod convert;
mod distributed;
pub mod erpc;
pub mod functions;
pub mod gen_server;
pub mod global;
pub mod kernel;
#[cfg(test)]
pub(crate) mod lab;
mod parcel;
pub mod pg;
mod proc_lib;
pub(crate) mod reconnect;
mod request;
pub mod rpc;
pub mod supervisor;
mod via;

pub(crate) use distributed::lost_application;
pub use proc_lib::StartResult;
pub(crate) use proc_lib::init_ack_from;
pub use reconnect::Reconnect;
pub(crate) use request::is_gen_call;
