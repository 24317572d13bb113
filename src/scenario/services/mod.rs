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
//! - [`kv`]: keys and values on several nodes, by a majority of them; `kv_user`: its users
//!
//! Each application has a supervisor at its top and is written as one would write it in Erlang. All
//! they know of each other is the [`Directory`] and the names they register.

mod analytics;
mod bystander;
mod calls;
pub mod chat;
mod chat_user;
mod client;
pub mod database;
mod failover;
mod front;
pub mod http;
pub mod kv;
mod kv_user;
mod log;
mod outcome;
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

pub use analytics::Analytics;
pub use calls::{
    Bindings, CALLS, CallOperation, Calls, Draw, Expression, GIVEN, RemoteCall, SourceText,
    SyntaxError, Variable,
};
pub(crate) use calls::{CallsClient, Evaluate, evaluate};
pub use chat_user::ChatUser;
pub use client::{Affinity, Client, ClientSetup, Instances, Task};
pub use database::Database;
pub use http::Http;
pub use kv::KeyValue;
pub use kv_user::KeyValueUser;
pub use log::Log;
pub use registry::{Directory, DirectoryEntry, DirectoryPlace, Programs, Service, ServiceSetup};
pub use report::{ReportLine, ReportSink, Summary, TRIED_AGAIN};
pub use reporting::Reporting;
pub use servers::Servers;
pub use transport::Transport;
