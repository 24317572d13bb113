//! The database: messages in their rooms, kept by one instance at a time.
//!
//! The instance registers the application's name globally, puts the messages of a room in order,
//! and remembers the key of each post, so that one that is sent twice appears once. What it has
//! accepted is a log, of which a *store* on each node where the database may run has a copy: the
//! application `<name>_store`, which runs whether the database does or not.
//!
//! A post is answered when the store of the leader's own node has it and, with `sync` replication,
//! the stores on all other nodes that are connected. A leader goes on without a store that is gone.
//! Leaders and stores tell old leaders from new ones by their [`Epoch`]; but where a partition
//! leaves a leader on each side, both answer, as nothing in OTP keeps them from it. When the sides
//! meet again, `global` ends one of the two, and the other takes the log of the later epoch: what
//! was answered under the earlier one since the partition is lost.
//!
//! With `consistent` replication the database is safe rather than available. Leaders and stores then
//! follow a consensus protocol: a leader has to be elected by a majority of all stores, whoever is in
//! reach; it adopts the latest of their logs, and gives it to a majority before it begins; every answer,
//! that of a read as well, waits until a majority has the whole log and still follows this leader; and
//! stores keep what they promise and take on the disk, synced before they answer (Junqueira, Reed and
//! Serafini, *Zab: High-performance broadcast for primary-backup systems*, DSN 2011; reads as in
//! Ongaro's *Consensus: Bridging theory and practice*, 2014, section 6.4). Without a majority it
//! refuses. With two nodes both are needed: three survive the loss of one.
//!
//! A store whose disk is full takes nothing, and one that cannot sync crashes. One whose disk is
//! damaged gets the whole log from the leader; with `consistent` replication it does not vote any more.
//!
//! Stores and leader talk by Erlang's distribution whatever the transport of the services is: they
//! are parts of one program.
//!
//! - `protocol`: what they say to each other
//! - `store`: the log as one node has it
//! - `replication`: how a leader gets its log to the stores; `consent`: how it gets that of a majority
//! - `rooms`: what the log makes of the rooms
//! - `leader`: the one instance

mod consent;
mod leader;
mod protocol;
mod replication;
mod rooms;
mod store;

use std::time::Duration;

use serde::Deserialize;

pub use protocol::{
    Append, DatabaseReply, DatabaseRequest, Epoch, LeaderNotice, LogEntry, Refusal, StoreNotice,
    StoreReply, StoreRequest,
};

use super::registry::{Service, ServiceSetup};
use super::{replicated, settings};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::otp::application::ApplicationSpec;

/// The service `database`.
#[derive(Clone, Copy, Debug)]
pub struct Database;

/// The places that accepted posts go to before they are answered, beside the leader's own store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Replication {
    None,
    Async,
    Sync,
    Consistent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Storage {
    Memory,
    Disk,
}

/// A defect that is built in on purpose, so that checkers can be seen to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mutation {
    None,
    ForgetKeys,
    AnswerEarly,
    IgnoreEpoch,
    TwoPrimaries,
    RetryFsync,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    mutation: Mutation,
    replication: Replication,
    storage: Storage,
    fsync: bool,
    #[serde(deserialize_with = "settings::duration")]
    work: Duration,
    #[serde(deserialize_with = "settings::timeout")]
    replication_timeout: Option<Duration>,
}

impl Settings {
    /// True if a majority of all stores has to agree to an answer.
    fn is_consistent(self) -> bool {
        self.replication == Replication::Consistent
    }

    fn is_on_disk(self) -> bool {
        self.storage == Storage::Disk || self.is_consistent()
    }

    /// True if a store syncs an entry before it answers.
    fn syncs(self) -> bool {
        self.fsync || self.is_consistent()
    }
}

type Setup = replicated::Setup<Settings>;

impl Setup {
    /// The file of the store.
    fn file(&self) -> String {
        format!("{}.log", self.store.as_str())
    }
}

impl Service for Database {
    fn info(&self) -> ProgramInfo {
        let choice = |choices: &[&'static str]| Shape::Choice(choices.to_vec());
        ProgramInfo {
            name: "database",
            about: "Keeps the messages of the chat's rooms in order, in one place at a time.",
            config: vec![
                Field::default(
                    "replication",
                    choice(&["none", "async", "sync", "consistent"]),
                    "sync",
                    "The replication: a post goes to the other nodes of the database before it is \
                     answered \
                     (`sync`: to those that are connected), without waiting for them (`async`), or not \
                     at all. These three are available rather than safe: where the network is cut, both \
                     sides answer, and what one of them has acknowledged is lost. `consistent` is safe \
                     rather than available: every answer needs a majority of all nodes of the database, \
                     which keep it on the disk, synced; without one it refuses.",
                ),
                Field::default(
                    "replication_timeout",
                    Shape::Timeout,
                    "infinity",
                    "The time for which a post waits for another node of the database that is \
                     connected but \
                     does not answer, before it is answered without it.",
                ),
                Field::default(
                    "storage",
                    choice(&["memory", "disk"]),
                    "memory",
                    "The storage of messages, which survives the end of their node or does not.",
                ),
                Field::default(
                    "fsync",
                    Shape::Boolean,
                    true,
                    "True if a message is safe on the disk before the post is answered; otherwise \
                     it is written within five seconds.",
                ),
                Field::default(
                    "work",
                    Shape::Duration,
                    "100us",
                    "The time that it takes to process a request.",
                ),
                Field::default(
                    "mutation",
                    choice(&[
                        "none",
                        "forget_keys",
                        "answer_early",
                        "ignore_epoch",
                        "two_primaries",
                        "retry_fsync",
                    ]),
                    "none",
                    "A defect built in on purpose, for tests and lessons: it forgets the keys of \
                     posts; answers before other nodes have a post; its stores take entries of any \
                     epoch, and follow the longest log; an instance that is to stop goes on \
                     acknowledging; or a store tries a sync that has failed again, and takes its success \
                     for that of the first.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        Setup::new(&self.info(), setup).application(|ctx, setup, start_type| async move {
            leader::start_link(&ctx, setup, start_type).await
        })
    }

    fn companion(&self, setup: &ServiceSetup) -> Option<ApplicationSpec> {
        let setup = Setup::new(&self.info(), setup);
        Some(setup.companion(|ctx, setup| async move { store::start_link(&ctx, setup).await }))
    }
}
