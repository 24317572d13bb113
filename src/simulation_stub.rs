//! What a run leaves behind.

use crate::history::History;
use crate::network::Traffic;
use crate::runtime::Outcome;
use crate::scenario::Plan;
use crate::term::Atom;
use crate::time::Time;
use crate::trace::Trace;

/// A run that is over: what was done to the cluster, and what was seen of it.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was done to the cluster.
    pub plan: Plan,
    /// Why the run ended.
    pub outcome: Outcome,
    /// When it ended.
    pub ended_at: Time,
    /// What happened.
    pub trace: Trace,
    /// What the clients saw.
    pub history: History,
    /// What the reporting service saw.
    pub reports: Vec<ReportLine>,
    /// What went over the wires.
    pub traffic: Traffic,
    /// The events and turns of processes that it took.
    pub steps: u64,
}

/// A line of the reporting service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// When.
    pub at: Time,
    /// The node that it is about.
    pub node: Atom,
    /// The application that it is about.
    pub application: Atom,
    /// What it says.
    pub text: String,
}
