//! The programs that come with nodedown: a chat system of five applications, a key-value service, and
//! their users.
//!
//! ```text
//!  chat_user ──call──▶ http ──call──▶ database ──append──▶ database_store (one a node)
//!                       │
//!                       └──cast──▶ log, analytics, reporting
//! ```
//!
//! - `registry`: programs by name, and what services are given when they start
//! - `client`: what clients are given, and what they are asked to do
//! - `servers`: the servers that a client uses, one after the other; `failover`: how it goes from one to
//!   the next
//! - `supervised`: applications of one server; `front`: servers that take requests and have others answer
//!   them; `replicated`: services with a replica on each node
//! - [`settings`]: a program's settings as Rust values
//! - `report`: what services say to the people who read about a run
//! - [`transport`]: calls and casts, by Erlang's distribution or as JSON over HTTP
//! - [`chat`]: what users ask for and what they are answered
//! - `http`: the front; [`database`]: the messages, in one place at a time
//! - `log`, `analytics`, `reporting`: what is told about all that; `bystander`: what the first two
//!   have in common, being told things that nobody waits for
//! - `calls`: the client whose operations a scenario writes as calls
//! - `chat_user`: the users
//! - [`kv`]: keys and values on several nodes, by a majority of them; `raft`: the same by a leader and a
//!   log; `chain`: the same by a chain; `kv_user`: the users of all three
//! - `crdt`: values that merge; `gossip`: rumours; `two_phase`: writes on all nodes or on none
//!
//! Each application has a supervisor at its top and is written as one would write it in Erlang. All
//! they know of each other is the [`Directory`] and the names they register.

mod analytics;
mod bystander;
mod calls;
mod chain;
pub mod chat;
mod chat_user;
mod client;
mod crdt;
pub mod database;
mod failover;
mod front;
mod gossip;
pub mod http;
pub mod kv;
mod kv_user;
mod log;
mod outcome;
mod raft;
mod registry;
mod replicated;
mod report;
mod reporting;
mod servers;
pub mod settings;
mod supervised;
#[cfg(test)]
mod tests;
pub mod transport;
mod two_phase;

pub use analytics::Analytics;
pub use calls::{
    Bindings, CALLS, CallOperation, Calls, Draw, Expression, GIVEN, RemoteCall, SourceText,
    SyntaxError, Variable,
};
pub(crate) use calls::{CallsClient, Evaluate, evaluate};
pub use chain::{Chain, ChainMaster};
pub use chat_user::ChatUser;
pub use client::{Affinity, Client, ClientSetup, Instances, Task};
pub use crdt::Crdt;
pub use database::Database;
pub use gossip::Gossip;
pub use http::Http;
pub use kv::KeyValue;
pub use kv_user::KeyValueUser;
pub use log::Log;
pub use raft::Raft;
pub use registry::{Directory, DirectoryEntry, DirectoryPlace, Programs, Service, ServiceSetup};
pub use report::{ReportLine, ReportSink, Summary, TRIED_AGAIN};
pub use reporting::Reporting;
pub use servers::Servers;
pub use transport::Transport;
pub use two_phase::TwoPhase;
