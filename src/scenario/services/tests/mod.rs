//! The chat system in a cluster that is set up by hand.

mod cluster;
mod database;
mod front;
mod memory;
mod observers;
mod transports;
