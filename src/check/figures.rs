//! The figures of a run, whether anything was expected of them or not.

use std::time::Duration;

use crate::history::OperationId;
use crate::term::{Atom, Term};
use crate::time::Time;

use super::ToleranceFigures;

/// Everything that is measured of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// What the users saw, workload by workload, in the order of the scenario.
    pub workloads: Vec<WorkloadFigures>,
    /// What each fault did that takes something away, in the order of their injection.
    pub faults: Vec<FaultFigures>,
    /// Where each distributed application ran, in the order of the scenario.
    pub applications: Vec<ApplicationFigures>,
}

impl Figures {
    /// What the users of this workload saw.
    ///
    /// # Panics
    /// If the scenario has no such workload.
    #[must_use]
    pub fn of(&self, workload: Atom) -> &WorkloadFigures {
        let found = self.workloads.iter().find(|each| each.workload == workload);
        found.unwrap_or_else(|| panic!("no workload {workload}"))
    }
}

/// What the users of one workload saw.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadFigures {
    /// The workload.
    pub workload: Atom,
    /// The operations that were begun.
    pub invoked: u64,
    /// Those that were answered without an error.
    pub ok: u64,
    /// Those that certainly were not done.
    pub failed: u64,
    /// Those of which the client does not know whether they were done.
    pub unknown: u64,
    /// Those that were still going on at the end of the run, within their time limit.
    pub open: u64,
    /// The part that was answered without an error, in parts per million; nothing if no operation
    /// came to its end.
    ///
    /// This is availability as a request success rate (*Site Reliability Engineering*, O'Reilly
    /// 2016, chapter 3: "successful requests / total requests"). Operations that are
    /// [`open`](Self::open) are left out; those past their time limit count as not answered.
    pub availability_ppm: Option<u32>,
    /// How long half of the operations took at most, of those answered without an error.
    pub p50: Option<Duration>,
    /// How long 99 in 100 of them took at most (nearest rank).
    pub p99: Option<Duration>,
    /// How long the slowest of them took.
    pub slowest: Option<Duration>,
    /// The time from which an answer counts as slow: what the scenario promises these users
    /// (`transparent`), or else three times the 99th percentile before the first fault, and at
    /// least 100 ms; nothing if there is nothing to compare with.
    pub slow: Option<Duration>,
    /// When a user first saw an operation not being answered.
    pub first_failure: Option<Time>,
    /// When a user was next answered without an error, of operations begun after that.
    pub first_success_after_failure: Option<Time>,
    /// The longest time without a success while somebody asked for one: from a success, or from
    /// the next operation if none is going on then, to the next success. The last operation ends
    /// the last of these times.
    pub longest_without_success: Option<Duration>,
    /// The acknowledged operations that a later read did not show.
    pub missing: Vec<Missing>,
    /// The values that a read showed more often than they were written: duplicated effects.
    pub duplicated: Vec<Duplicated>,
    /// The error budget, if the scenario has an objective for these users.
    pub error_budget: Option<ErrorBudget>,
    /// As [`p99`](Self::p99), in the same run without faults; nothing if that was not run.
    pub twin_p99: Option<Duration>,
    /// What kind of fault tolerance these users saw.
    pub tolerance: ToleranceFigures,
}

/// The operations that may fail, and what is used up of them (*Site Reliability Engineering*,
/// O'Reilly 2016, chapter 3: the error budget is one minus the objective).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorBudget {
    /// The part of the operations that is to succeed, in parts per million.
    pub objective_ppm: u32,
    /// The part of the budget that is used up, in thousandths, rounded up: more than 1000 where
    /// more operations failed than may.
    pub spent_permille: u64,
}

impl WorkloadFigures {
    /// The acknowledged operations that are lost for good.
    pub fn lost(&self) -> impl Iterator<Item = &Missing> {
        self.missing.iter().filter(|missing| !missing.seen_again)
    }

    /// The recovery point as it turned out: how old the oldest of the lost operations was when the
    /// next fault struck or ended; nothing if none was lost that was older than a fault.
    ///
    /// The field's RPO is the limit that is set to this (ISO 22301; NIST SP 800-34: the point in
    /// time before the outage to which data must be recovered).
    #[must_use]
    pub fn recovery_point(&self) -> Option<Duration> {
        self.lost().filter_map(|missing| missing.age).max()
    }
}

/// An acknowledged operation that a later read of the same key did not show.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The operation.
    pub operation: OperationId,
    /// When the client was told that it was done.
    pub acknowledged: Time,
    /// The first read, begun after that, that did not show it.
    pub not_in: OperationId,
    /// Whether the last read that could show it did: then it was missing for a time.
    pub seen_again: bool,
    /// How old it was when the next fault that takes a node or an application away struck or ended;
    /// nothing if none did after it.
    ///
    /// See [`WorkloadFigures::recovery_point`].
    pub age: Option<Duration>,
}

/// A value that a read showed more often than it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicated {
    /// The key.
    pub key: Term,
    /// The value.
    pub value: Term,
    /// The first read that showed it so.
    pub read: OperationId,
    /// How often it did.
    pub times: usize,
}

/// What a fault did.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultFigures {
    /// Its place in the plan.
    pub fault: u32,
    /// What it did, for people.
    pub text: String,
    /// When it was injected.
    pub at: Time,
    /// For each node that it took away: when others noticed.
    pub detection: Vec<Detection>,
    /// The distributed applications that it took away, and where they were started next.
    pub failovers: Vec<Failover>,
    /// How the users of all workloads fared from its injection on.
    pub recovery: Recovery,
    /// The same from the time when it was undone, if it was.
    pub after_its_end: Option<Recovery>,
}

impl FaultFigures {
    /// The longer of the two recovery times; nothing if the users were not served again.
    #[must_use]
    pub fn recovery_time(&self) -> Option<Duration> {
        let after = self.after_its_end.as_ref().map_or(Some(Duration::ZERO), Recovery::time);
        Some(self.recovery.time()?.max(after?))
    }

    /// The time until the first other node noticed the loss of a node, and until the last did.
    #[must_use]
    pub fn detection_times(&self) -> Option<(Duration, Duration)> {
        let first = self.detection.iter().filter_map(|each| Some(each.first?.1)).min()?;
        let last = self.detection.iter().filter_map(|each| Some(each.last?.1)).max()?;
        Some((first, last))
    }
}

/// When the loss of a node was noticed by those that were connected to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The node that was lost.
    pub node: Atom,
    /// How many other nodes were connected to it.
    pub connected: usize,
    /// How many of these noticed.
    pub noticed: usize,
    /// The first that noticed, and how long after the fault.
    pub first: Option<(Atom, Duration)>,
    /// The last that noticed, and how long after the fault.
    pub last: Option<(Atom, Duration)>,
}

/// A distributed application that was started again after a fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Failover {
    /// The application.
    pub application: Atom,
    /// Where it ran when the fault struck.
    pub from: Atom,
    /// Where it was started next; the same node if that was back in time. Nothing if nowhere.
    pub to: Option<StartedAt>,
}

/// A start of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct StartedAt {
    /// Where.
    pub node: Atom,
    /// When.
    pub at: Time,
    /// How long after the fault.
    pub after: Duration,
    /// `normal`, `{failover,Node}` or `{takeover,Node}`.
    pub start_type: Term,
}

/// How users fared from the injection (or the end) of a fault on.
///
/// The field's RTO is the limit that is set to the recovery time (ISO 22301: the time within which
/// a service must be resumed); here it is measured where users are. An operation is *disturbed* if it was not answered
/// without an error, or took longer than users are used to ([`WorkloadFigures::slow`]). Those that end
/// after the fault and begin before the next change (an injection or an end of any fault) are laid
/// to it. The users are served again when the first undisturbed operation ends that was begun after
/// the last disturbed one was begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovery {
    /// When the fault was injected, or ended.
    pub at: Time,
    /// How many operations were going on then, or were begun until the next change.
    pub exposed: u64,
    /// How many of these were disturbed.
    pub disturbed: u64,
    /// The last of these, in the order of their beginnings.
    pub last_disturbed: Option<OperationId>,
    /// When the users were served again; nothing if they were not, or never stopped being served.
    pub served_again: Option<Time>,
}

impl Recovery {
    /// The recovery time: nothing if the users were not served again before the end of the run,
    /// zero if none was disturbed.
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        if self.disturbed == 0 {
            return Some(Duration::ZERO);
        }
        self.served_again.map(|again| again.since(self.at))
    }
}

/// Where a distributed application ran.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationFigures {
    /// The application.
    pub application: Atom,
    /// Its starts, in order.
    pub starts: Vec<(Time, Atom, Term)>,
    /// The times when it ran on more than one node.
    ///
    /// An instance on a node that stands still counts: it goes on as if nothing had happened when
    /// its node does (F36).
    pub overlaps: Vec<Overlap>,
    /// How long it ran on more than one node, all in all.
    pub overlap: Duration,
    /// How long it ran nowhere, from its first start to the end of the run.
    pub absent: Duration,
}

/// A time when an application ran on more than one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// When the second instance started.
    pub from: Time,
    /// When all but one were gone, or the end of the run.
    pub to: Time,
    /// The nodes that ran it in this time.
    pub nodes: Vec<Atom>,
    /// On how many nodes it ran at once, at the most.
    pub most: usize,
    /// The start type of the instance that made it two.
    pub start_type: Term,
}

impl Overlap {
    /// How long it lasted.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.to.since(self.from)
    }
}
