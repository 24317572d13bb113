//! The command line: many runs, wrong commands, files.

#[path = "../chat/mod.rs"]
mod chat;
#[path = "../formats/mod.rs"]
mod formats;

mod cli;
mod learn;
mod many;
mod mistakes;
mod prove;
mod records;
mod shrink;
mod sweep;
