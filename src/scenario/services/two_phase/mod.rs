//! Two-phase commit: a write on several nodes, on all of them or on none.
//!
//! ```text
//!             ┌─ prepare ──▶ ◀── yes ─┐
//!  calls ──▶ coordinator             participants ◀── calls
//!             └─ commit or abort ───▶ ┘
//! ```
//!
//! The first of its nodes is the coordinator, the others are participants. A write begins with a
//! question to all participants. One that answers yes has the write on its disk, keeps the key to itself,
//! and has given up the right to decide: from then on it is *in doubt* until the coordinator says what
//! became of it. With a yes of all, the coordinator writes its decision to its disk, and then says so; in
//! any other case it aborts, and whoever asks for a decision that is not there is told the same
//! (presumed abort; Gray, *Notes on data base operating systems*, 1978; Mohan, Lindsay and Obermarck,
//! 1986). Reads are answered by any participant, and wait while their key is in doubt.
//!
//! It is safe whatever fails. It blocks: while the coordinator is down, nobody can touch the keys that
//! are in doubt, and no protocol of this kind can do without that (Skeen, *Nonblocking commit protocols*,
//! 1981, adds a phase, and needs to know who is down).
//!
//! - `protocol`: what they say to each other
//! - `coordinator`, `participant`: the process on each node

mod coordinator;
mod participant;
mod protocol;

use std::time::Duration;

use serde::Deserialize;

use super::registry::{Service, ServiceSetup};
use super::{replicated, settings};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::engine::runtime::{DiskError, Exit};
use crate::engine::term::Atom;
use crate::otp::application::ApplicationSpec;

/// The service `two_phase`.
#[derive(Clone, Copy, Debug)]
pub struct TwoPhase;

/// A defect that is built in on purpose, so that checkers can be seen to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TwoPhaseMutation {
    None,
    /// The coordinator does not write its decision down.
    ForgetDecision,
    /// A participant that is in doubt for long aborts by itself.
    GiveUp,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    #[serde(deserialize_with = "settings::duration")]
    prepare_timeout: Duration,
    #[serde(deserialize_with = "settings::duration")]
    ask_again: Duration,
    mutation: TwoPhaseMutation,
}

type Setup = replicated::Setup<Settings>;

impl Setup {
    fn coordinator(&self) -> Option<Atom> {
        self.nodes.first().copied()
    }

    /// The file of a coordinator or a participant.
    fn file(&self) -> String {
        format!("{}.log", self.name.as_str())
    }
}

fn disk_exit(error: DiskError) -> Exit {
    Exit::error(error.to_string())
}

impl Service for TwoPhase {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "two_phase",
            about: "Writes values on all of its nodes or on none: the first is the coordinator, which \
                    takes `{put, Key, Value}`; the others take `{get, Key}`.",
            config: vec![
                Field::default(
                    "prepare_timeout",
                    Shape::Duration,
                    "1s",
                    "The time for which the coordinator waits for the participants before it aborts.",
                ),
                Field::default(
                    "ask_again",
                    Shape::Duration,
                    "500ms",
                    "The time after which a participant that is in doubt asks the coordinator again.",
                ),
                Field::default(
                    "mutation",
                    Shape::Choice(vec!["none", "forget_decision", "give_up"]),
                    "none",
                    "A defect that is built in on purpose: the coordinator does not write down that it \
                     commits, or a participant that is in doubt for long aborts by itself.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        Setup::new(&self.info(), setup).application(|ctx, setup, _| async move {
            if setup.coordinator() == Some(ctx.node()) {
                coordinator::start_link(&ctx, setup).await
            } else {
                participant::start_link(&ctx, setup).await
            }
        })
    }
}
