//! Values that merge: each node takes writes alone, and all come to the same in the end.
//!
//! ```text
//!  calls ──call──▶ crdt (a replica on each node) ◀──cast── its whole state, now and then ──▶ the others
//! ```
//!
//! A replica answers at once and asks nobody, so that every side of a cut goes on. At an interval it
//! sends its state to another replica, which merges it into its own. A merge gives the least state that
//! has both; it does not matter in which order, how often and by which way states arrive (Shapiro,
//! Preguiça, Baquero and Zawirski, *Conflict-free replicated data types*, 2011). What is acknowledged
//! is on one node only until the next exchange: a crash before it loses it.
//!
//! - `values`: a counter, a set, and a register whose last writer wins
//! - `replica`: the process on each node
//!
//! The register is stamped by the clock of the node, which may be wrong; or by a clock that is never
//! behind a stamp that it has seen (Lamport, *Time, clocks, and the ordering of events in a
//! distributed system*, 1978; Kulkarni and others, *Logical physical clocks*, 2014).

mod replica;
mod values;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::registry::{Service, ServiceSetup};
use super::{replicated, settings};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::engine::term::Term;
use crate::otp::application::ApplicationSpec;

/// The service `crdt`.
#[derive(Clone, Copy, Debug)]
pub struct Crdt;

/// The type of all values of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Counter,
    Set,
    Register,
}

/// The clock by which a register is stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stamps {
    Clock,
    Hybrid,
}

/// A defect that is built in on purpose, so that checkers can be seen to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CrdtMutation {
    None,
    /// A merge adds the totals of two counters.
    AddTotals,
    /// A set holds values instead of the acts of adding them: what was removed once never comes back.
    NoTags,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    #[serde(rename = "type")]
    kind: Kind,
    stamps: Stamps,
    #[serde(deserialize_with = "settings::duration")]
    interval: Duration,
    mutation: CrdtMutation,
}

type Setup = replicated::Setup<Settings>;

/// A request: `{read,Key}`, `{add,Key,Value}`, `{remove,Key,Value}`, `{write,Key,Value}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CrdtRequest {
    Read(Term),
    /// Adds a number to a counter, or a value to a set.
    Add(Term, Term),
    Remove(Term, Term),
    Write(Term, Term),
}

impl Service for Crdt {
    fn info(&self) -> ProgramInfo {
        let choice = |choices: &[&'static str]| Shape::Choice(choices.to_vec());
        ProgramInfo {
            name: "crdt",
            about: "Keeps values that each of its nodes changes alone, and that merge: the requests are \
                    `{read, Key}`, `{add, Key, Value}`, `{remove, Key, Value}` and `{write, Key, Value}`.",
            config: vec![
                Field::default(
                    "type",
                    choice(&["counter", "set", "register"]),
                    "set",
                    "The type of the values: a number that numbers are added to; a set, in which what is \
                     added at the same time as it is removed stays; or a register, in which the write \
                     with the latest stamp stays.",
                ),
                Field::default(
                    "stamps",
                    choice(&["clock", "hybrid"]),
                    "clock",
                    "The stamps of a register: the time of day of the node, or that time, but later than \
                     every stamp that the node has seen.",
                ),
                Field::default(
                    "interval",
                    Shape::Duration,
                    "500ms",
                    "The time after which a node sends its state to another one, drawn at random.",
                ),
                Field::default(
                    "mutation",
                    choice(&["none", "add_totals", "no_tags"]),
                    "none",
                    "A defect that is built in on purpose: counters are merged by adding their totals, or \
                     what was once removed from a set never comes back.",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        Setup::new(&self.info(), setup)
            .application(|ctx, setup, _| async move { replica::start_link(&ctx, setup).await })
    }
}
