//! What a run leaves behind.

use std::collections::BTreeMap;

use super::{Checked, Comparisons};
use crate::history::History;
use crate::network::Traffic;
use crate::runtime::{Outcome, UnregisteredName};
use crate::scenario::Plan;
use crate::services::{ReportLine, Summary};
use crate::term::{Atom, Pid};
use crate::time::Time;
use crate::trace::{Digest, Trace};

/// What a run leaves behind; checkers and reports read it.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was to happen.
    pub plan: Plan,
    /// Why the run ended.
    pub outcome: Outcome,
    /// When it ended.
    pub ended_at: Time,
    /// What happened.
    pub trace: Trace,
    /// What the clients saw.
    pub history: History,
    /// What the reporting service said.
    pub reports: Vec<ReportLine>,
    /// What the services counted, and what it cost them to talk.
    pub summary: Summary,
    /// What was put on the wires.
    pub traffic: Traffic,
    /// Events and turns of processes.
    pub steps: u64,
    /// The digest at several times of the run.
    pub checkpoints: Vec<Checkpoint>,
    /// What was asked of the world at each step, and what came of it.
    pub invariants: Vec<Checked>,
    /// The names under which somebody was looked for and nobody was ever registered.
    pub unregistered_names: Vec<UnregisteredName>,
    /// The runs that this one is to be compared with, which have none of their own.
    pub comparisons: Comparisons,
    /// What became of the clients.
    pub clients: Vec<ClientEnd>,
    /// The application that each workload uses, as its client says; those that use the same are
    /// judged together. See [`Client::service`](crate::services::Client::service).
    pub services: BTreeMap<Atom, Atom>,
}

/// What became of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEnd {
    /// Its workload.
    pub workload: Atom,
    /// Its number in the workload, from 0.
    pub client: u32,
    /// Its process; nothing if its node was not up when it was to start.
    pub pid: Option<Pid>,
    /// Whether it was there to the end of the run.
    pub is_alive: bool,
    /// How many operations were planned for it of which it ought to have begun.
    pub planned: u32,
    /// How many of these never came to it, or were not looked at.
    pub unread: u32,
}

/// How far a run had come at a time, and its digest then: runs that are the same up to there have it
/// in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// When.
    pub at: Time,
    /// Events and turns of processes so far.
    pub steps: u64,
    /// The digest of what has happened so far.
    pub digest: Digest,
}
