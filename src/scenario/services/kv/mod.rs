//! The key-value service: keys that are read, written, and compared and set, on several nodes.
//!
//! ```text
//!  kv_user ──call──▶ kv (a front on each node) ──cast──▶ kv_store (a replica on each node)
//! ```
//!
//! Each operation is a round of CASPaxos about its key (Rystsov, *CASPaxos: Replicated State
//! Machines without logs*, arXiv:1802.07000, 2018), a variant of Paxos (Lamport, *Paxos made simple*,
//! 2001) in which the chosen value of a ballot is what the operation makes of the latest one:
//!
//! 1. prepare: the front asks all replicas to promise that they will take nothing of an earlier ballot,
//!    and learns what each has accepted last
//! 2. accept: it changes the latest of these as the operation says, and asks the replicas to take
//!    that
//!
//! Each phase needs a majority of all replicas, whoever is in reach: any two majorities have one in
//! common. A read is a round as well, which changes nothing. An operation that loses its ballot to
//! another one tries again. It may have taken effect all the same, so the state of a key holds for each
//! client what its last operation was answered, and a second try of that finds the answer there
//! (Ongaro and Ousterhout, *In search of an understandable consensus algorithm*, 2014, section 8).
//!
//! A replica syncs its promises and acceptances to its disk before it answers. One that may
//! have forgotten something does not vote any more: with `"storage": "memory"` one that starts again,
//! and one whose disk is damaged. A majority of replicas that still know what they said is all that
//! safety needs: crashes, pauses, lost messages, clocks that are wrong, and delays do no harm. What it
//! does not survive is a disk that lies (`lying_disk`), or one that comes back empty.
//!
//! With `"quorum": "none"` a round goes on with the replicas that answer, however few. Where the network
//! is cut, both sides take writes, and one side's are lost when they meet again.
//!
//! - `protocol`: what they say to each other; `cell`: the state of a key
//! - `replica`: promises and accepts; `registers`: what it remembers, and its disk
//! - `round`: the process of an operation; `front`: starts them; `hints`: what the two share on a node

mod cell;
mod front;
mod hints;
mod protocol;
mod registers;
mod replica;
mod round;

use std::time::Duration;

use serde::Deserialize;

pub(super) use cell::Cells;
pub use protocol::{Change, KeyValueAnswer, KeyValueFailure, KeyValueReply, KeyValueRequest};

use super::registry::{Service, ServiceSetup};
use super::{replicated, settings};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::otp::application::ApplicationSpec;

/// The service `kv`.
#[derive(Clone, Copy, Debug)]
pub struct KeyValue;

/// The number of replicas that have to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Quorum {
    Majority,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Storage {
    Memory,
    Disk,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    quorum: Quorum,
    storage: Storage,
    #[serde(deserialize_with = "settings::duration")]
    round_timeout: Duration,
    #[serde(deserialize_with = "settings::duration")]
    work: Duration,
}

type Setup = replicated::Setup<Settings>;

impl Service for KeyValue {
    fn info(&self) -> ProgramInfo {
        let choice = |choices: &[&'static str]| Shape::Choice(choices.to_vec());
        ProgramInfo {
            name: "kv",
            about: "Keeps values under keys: get, put, and cas (compare and set), with a replica on \
                    each of its nodes.",
            config: vec![
                Field::default(
                    "quorum",
                    choice(&["majority", "none"]),
                    "majority",
                    "The replicas that each operation needs: a majority of all, so that of two sides \
                     of a cut at most one goes on and nothing acknowledged is lost; or `none`, so that \
                     both sides go on and a split brain shows.",
                ),
                Field::default(
                    "storage",
                    choice(&["memory", "disk"]),
                    "disk",
                    "Where replicas keep what they have promised and accepted: on the disk, synced \
                     before they answer; or in memory, and then one that starts again does not vote \
                     any more.",
                ),
                Field::default(
                    "round_timeout",
                    Shape::Duration,
                    "500ms",
                    "The time for which an operation waits for the replicas before it tries again.",
                ),
                Field::default(
                    "work",
                    Shape::Duration,
                    "50us",
                    "The time that a request takes it.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        Setup::new(&self.info(), setup)
            .application(|ctx, setup, _| async move { front::start_link(&ctx, setup).await })
    }

    fn companion(&self, setup: &ServiceSetup) -> Option<ApplicationSpec> {
        let setup = Setup::new(&self.info(), setup);
        Some(setup.companion(|ctx, setup| async move { replica::start_link(&ctx, setup).await }))
    }
}
