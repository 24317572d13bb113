//! Chain replication: writes go from the head to the tail, reads are answered by the tail alone.
//!
//! ```text
//!             write           answer ◀─┐
//!  kv_user ────────▶ head ──▶ … ──▶ tail ◀── read
//!                      ◀── done ◀──
//!  chain_master ◀─ sign of life, a lease ─▶ each of them
//! ```
//!
//! All members have what the tail has: its answers need no majority, and all but one member may be
//! lost (van Renesse and Schneider, *Chain replication for supporting high throughput and
//! availability*, OSDI 2004). The price is a master that says who is in the chain, and the order:
//!
//! - a member that gives no sign of life is taken out. The one before it sends the one after it what
//!   has not reached the tail; a new tail answers for all that it has.
//! - a member that starts, or was taken out, comes in again as the tail, with the state of the tail
//!   before it
//!
//! The paper assumes that a member that is taken out has stopped. Here it may have been cut off, and a
//! tail that does not know of its successor would read what is old. So a member serves only while its
//! *lease* from the master runs, by its own clock and from the time at which it asked for it (Gray and
//! Cheriton, *Leases*, SOSP 1989); the master waits for longer than that before it takes a member out.
//! The time to add depends on how wrong clocks may be.
//!
//! The master keeps the chain on its disk. While it is down, or cut off, there is no service when the
//! leases have run out; elsewhere it is a group of several (as etcd is). Members keep nothing on
//! disks: when all of them are lost at once, so are the data.
//!
//! - `protocol`: what members and master say to each other
//! - `member`: a link of the chain; `master`: the one who says which they are

mod master;
mod member;
mod protocol;

use std::time::Duration;

use serde::Deserialize;

use super::registry::{Service, ServiceSetup};
use super::{replicated, settings, supervised};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::otp::application::ApplicationSpec;
use crate::otp::supervisor::Flags;

/// The service `chain`: the members.
#[derive(Clone, Copy, Debug)]
pub struct Chain;

/// The service `chain_master`.
#[derive(Clone, Copy, Debug)]
pub struct ChainMaster;

/// A defect that is built in on purpose, so that checkers can be seen to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChainMutation {
    None,
    /// The head answers a write, and passes it on then.
    AnswerAtHead,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct MemberSettings {
    #[serde(deserialize_with = "settings::duration")]
    heartbeat: Duration,
    #[serde(deserialize_with = "settings::duration")]
    work: Duration,
    mutation: ChainMutation,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct MasterSettings {
    #[serde(deserialize_with = "settings::duration")]
    lease: Duration,
    #[serde(deserialize_with = "settings::duration")]
    take_out_after: Duration,
}

impl Service for Chain {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "chain",
            about: "Keeps values under keys as `kv` does, by a chain of its nodes in the order that a \
                    `chain_master` says.",
            config: vec![
                Field::default(
                    "heartbeat",
                    Shape::Duration,
                    "200ms",
                    "The time between two signs of life to the master, each of which asks for a lease.",
                ),
                Field::default(
                    "work",
                    Shape::Duration,
                    "50us",
                    "The time that a request takes it.",
                ),
                Field::default(
                    "mutation",
                    Shape::Choice(vec!["none", "answer_at_head"]),
                    "none",
                    "A defect that is built in on purpose: the head answers writes before the tail has \
                     them.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        let master = setup.directory.service("chain_master").next().cloned();
        replicated::Setup::new(&self.info(), setup).application(move |ctx, setup, _| {
            let master = master.clone();
            async move { member::start_link(&ctx, setup, master).await }
        })
    }
}

impl Service for ChainMaster {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "chain_master",
            about: "Says which nodes are in the chain of a `chain`, and in which order.",
            config: vec![
                Field::default(
                    "lease",
                    Shape::Duration,
                    "1s",
                    "The time for which a member may serve after it has asked for a lease, by its own \
                     clock.",
                ),
                Field::default(
                    "take_out_after",
                    Shape::Duration,
                    "1500ms",
                    "The time without a sign of life after which a member is taken out of the chain, by \
                     the master's clock. Where it is not longer than a lease, by as much as clocks may \
                     be wrong, two tails may serve.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        let (setup, settings) = (setup.clone(), setup.settings(&self.info()));
        supervised::application(setup.name, Flags::default(), move |ctx, _| {
            let setup = setup.clone();
            async move { master::start_link(&ctx, setup, settings).await }
        })
    }
}
