//! The result of a simulation.

use std::collections::BTreeMap;

use super::{Comparisons, InvariantResult, RecordSteps};
use crate::consistency::history::History;
use crate::engine::network::Traffic;
use crate::engine::runtime::{RunOutcome, UnregisteredName};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;
use crate::engine::trace::{Digest, Trace};
use crate::scenario::Plan;
use crate::scenario::services::{ReportLine, Summary};

/// The result of a simulation; checkers and reports read it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The plan.
    pub plan: Plan,
    /// The reason why the run ended.
    pub outcome: RunOutcome,
    /// The time at which it ended.
    pub ended_at: Time,
    /// The trace.
    pub trace: Trace,
    /// The history of the clients' operations.
    pub history: History,
    /// The lines of the reporting service.
    pub reports: Vec<ReportLine>,
    /// The services' own counts, and their costs of communication.
    pub summary: Summary,
    /// The traffic on the wires.
    pub traffic: Traffic,
    /// Events and turns of processes.
    pub steps: u64,
    /// The step of each record, if they were
    /// [counted](crate::scenario::simulation::Simulation::with_record_steps).
    pub record_steps: RecordSteps,
    /// The digest at several times of the run.
    pub checkpoints: Vec<Checkpoint>,
    /// The results of the invariants that were checked at each step.
    pub invariants: Vec<InvariantResult>,
    /// The names under which somebody was looked for and nobody was ever registered.
    pub unregistered_names: Vec<UnregisteredName>,
    /// The names of processes in the scenario's invariants that no process ever had, each with the one
    /// that was probably meant.
    pub nobodies: BTreeMap<Atom, Option<Term>>,
    /// The runs that this one is to be compared with, which have none of their own.
    pub comparisons: Comparisons,
    /// The ends of the clients.
    pub clients: Vec<ClientEnd>,
    /// The application that each workload uses, as its client says; those that use the same are
    /// judged together. See [`Client::service`](crate::scenario::services::Client::service).
    pub services: BTreeMap<Atom, Atom>,
}

impl Run {
    /// True if it was given up before its end, so that nothing follows from it.
    pub(crate) fn is_given_up(&self) -> bool {
        self.outcome == RunOutcome::StepsDone
    }
}

/// The end of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEnd {
    /// Its workload.
    pub workload: Atom,
    /// Its number in the workload, from 0.
    pub client: u32,
    /// Its process; `None` if its node was not up when it was to start.
    pub pid: Option<Pid>,
    /// True if it was alive at the end of the run.
    pub is_alive: bool,
    /// The number of operations planned for it that it should have begun.
    pub planned: u32,
    /// The number of these that never reached it, or that it did not read.
    pub unread: u32,
}

/// The progress and digest of a run at a time: runs that are equal up to there have it in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The time.
    pub at: Time,
    /// Events and turns of processes so far.
    pub steps: u64,
    /// The digest of the trace so far.
    pub digest: Digest,
}
