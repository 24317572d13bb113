//! Raft: one log of requests on several nodes, of which each makes the same keys and values.
//!
//! ```text
//!  kv_user ──call──▶ raft (the leader) ──cast──▶ raft (the followers)
//! ```
//!
//! A leader is elected by a majority, puts all requests into one order, and copies its log to the
//! others; what a majority has is committed, and done by all in the order of the log (Ongaro and
//! Ousterhout, *In search of an understandable consensus algorithm*, 2014). The five rules of its
//! safety, and where they are:
//!
//! 1. at most one leader in a term: a member votes once in a term, and its disk knows for whom before
//!    it says so (`member`, votes)
//! 2. a leader never takes anything out of its own log (`member`, requests)
//! 3. two logs that have the same term at an index are the same up to there: a follower takes entries only
//!    where the one before them fits ([`RaftLog::has`](log::RaftLog::has))
//! 4. a leader has all that was committed before: nobody votes for a log that ends earlier than its own
//!    ([`Position`](protocol::Position))
//! 5. a leader counts copies only of entries of its own term; what is older is committed with them
//!    ([`RaftLog::committed`](log::RaftLog::committed), figure 8 of the paper)
//!
//! Reads are entries of the log as well. A client that asks another member than the leader is told to
//! go elsewhere. What is asked twice is done once, as each key holds what its clients were answered.
//!
//! Absent: snapshots (the log only grows), changes of the members, the vote before the vote
//! (dissertation, 9.6), and leaders that step down without a majority (6.2).
//!
//! - `protocol`: what members say to each other
//! - `log`: the log, the term and the vote, and the records of them on the disk
//! - `member`: the process on each node

mod log;
mod member;
mod protocol;

use std::time::Duration;

use serde::Deserialize;

use super::registry::{Service, ServiceSetup};
use super::{replicated, settings};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::otp::application::ApplicationSpec;

/// The service `raft`.
#[derive(Clone, Copy, Debug)]
pub struct Raft;

/// A defect that is built in on purpose, so that checkers can be seen to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RaftMutation {
    None,
    /// Counts copies of entries of any term.
    CountOldTerms,
    /// Does not sync its vote.
    ForgetVote,
    /// A leader reads from what it has done so far, and asks nobody.
    LocalReads,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    #[serde(deserialize_with = "settings::duration")]
    election_timeout_min: Duration,
    #[serde(deserialize_with = "settings::duration")]
    election_timeout_max: Duration,
    #[serde(deserialize_with = "settings::duration")]
    heartbeat: Duration,
    #[serde(deserialize_with = "settings::duration")]
    work: Duration,
    mutation: RaftMutation,
}

type Setup = replicated::Setup<Settings>;

impl Service for Raft {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "raft",
            about: "Keeps values under keys as `kv` does, by an elected leader and a log that a \
                    majority of its nodes has.",
            config: vec![
                Field::default(
                    "election_timeout_min",
                    Shape::Duration,
                    "500ms",
                    "The least time without a sign of a leader after which a member stands for \
                     election. Each time it waits for another one, drawn between this and the next.",
                ),
                Field::default(
                    "election_timeout_max",
                    Shape::Duration,
                    "1s",
                    "The greatest such time.",
                ),
                Field::default(
                    "heartbeat",
                    Shape::Duration,
                    "100ms",
                    "The time between two signs of a leader that has nothing else to say.",
                ),
                Field::default(
                    "work",
                    Shape::Duration,
                    "50us",
                    "The time that a request takes it.",
                ),
                Field::default(
                    "mutation",
                    Shape::Choice(vec!["none", "count_old_terms", "forget_vote", "local_reads"]),
                    "none",
                    "A defect that is built in on purpose: a leader commits entries of earlier terms \
                     by counting their copies, votes are not synced to the disk, or a leader reads \
                     its own state without asking a majority.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        Setup::new(&self.info(), setup)
            .application(|ctx, setup, _| async move { member::start_link(&ctx, setup).await })
    }
}
