//! The figures of a run, whether or not anything was expected of them.

use std::time::Duration;

use crate::consistency::history::OperationId;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

use super::ToleranceFigures;

/// Everything that is measured in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The figures of the users, workload by workload, in the order of the scenario.
    pub workloads: Vec<WorkloadFigures>,
    /// The figures of each fault that takes something away, in the order of their injection.
    pub faults: Vec<FaultFigures>,
    /// The figures of each distributed application, in the order of the scenario.
    pub applications: Vec<ApplicationFigures>,
}

impl Figures {
    /// The figures of this workload.
    ///
    /// # Panics
    /// If the scenario has no such workload.
    #[must_use]
    pub fn of(&self, workload: Atom) -> &WorkloadFigures {
        let found = self.workloads.iter().find(|each| each.workload == workload);
        found.unwrap_or_else(|| panic!("no workload {workload}"))
    }
}

/// The figures of one workload.
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
    /// Those of unknown outcome.
    pub unknown: u64,
    /// Those that were still in progress at the end of the run, within their time limit.
    pub open: u64,
    /// The share that was answered without an error, in parts per million; `None` if no operation
    /// ended.
    ///
    /// This is availability as a request success rate (*Site Reliability Engineering*, O'Reilly
    /// 2016, chapter 3: "successful requests / total requests"). Operations that are
    /// [`open`](Self::open) are left out; those past their time limit count as not answered.
    pub availability_ppm: Option<u32>,
    /// The median latency of the operations that were answered without an error.
    pub p50: Option<Duration>,
    /// Their 99th percentile (nearest rank).
    pub p99: Option<Duration>,
    /// The latency of the slowest of them.
    pub slowest: Option<Duration>,
    /// The time from which an answer counts as slow: the promise of the scenario to these users
    /// (`transparent`), or else three times the 99th percentile before the first fault, and at
    /// least 100 ms; `None` if there is nothing to compare with.
    pub slow: Option<Duration>,
    /// The time at which a user first saw an operation fail.
    pub first_failure: Option<Time>,
    /// The time of the next answer without an error to an operation begun after that.
    pub first_success_after_failure: Option<Time>,
    /// The longest time without a success while an operation was in progress: from a success, or
    /// from the next operation if none is in progress then, to the next success. The last operation
    /// ends the last of these times.
    pub longest_without_success: Option<Duration>,
    /// The acknowledged operations that a later read did not show.
    pub missing: Vec<MissingOperation>,
    /// The values that a read showed more often than they were written: duplicated effects.
    pub duplicated: Vec<DuplicateValue>,
    /// The error budget, if the scenario has an objective for these users.
    pub error_budget: Option<ErrorBudget>,
    /// As [`p99`](Self::p99), in the same run without faults; `None` if that was not run.
    pub twin_p99: Option<Duration>,
    /// The kind of fault tolerance that these users saw.
    pub tolerance: ToleranceFigures,
}

/// The error budget: the number of operations that may fail, and how much of it is spent (*Site
/// Reliability Engineering*, O'Reilly 2016, chapter 3: the error budget is one minus the
/// objective).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorBudget {
    /// The part of the operations that is to succeed, in parts per million.
    pub objective_ppm: u32,
    /// The spent part of the budget, in thousandths, rounded up: more than 1000 if more operations
    /// failed than may.
    pub spent_permille: u64,
}

impl WorkloadFigures {
    /// The acknowledged operations that are lost for good.
    pub fn lost(&self) -> impl Iterator<Item = &MissingOperation> {
        self.missing.iter().filter(|missing| !missing.seen_again)
    }

    /// The actual recovery point: the age of the oldest lost operation when the next fault was
    /// injected or ended; `None` if none was lost that was older than a fault.
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
pub struct MissingOperation {
    /// The operation.
    pub operation: OperationId,
    /// The time at which the client got the acknowledgement.
    pub acknowledged: Time,
    /// The first read, begun after that, that did not show it.
    pub not_in: OperationId,
    /// True if the last read that could show it did: then it was missing for a time only.
    pub seen_again: bool,
    /// Its age when the next fault that takes a node or an application away was injected or ended;
    /// `None` if there was none after it.
    ///
    /// See [`WorkloadFigures::recovery_point`].
    pub age: Option<Duration>,
}

/// A value that a read showed more often than it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateValue {
    /// The key.
    pub key: Term,
    /// The value.
    pub value: Term,
    /// The first read that showed it so.
    pub read: OperationId,
    /// The number of times.
    pub times: usize,
}

/// The effects of a fault.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultFigures {
    /// Its place in the plan.
    pub fault: u32,
    /// A description of the fault, for people.
    pub text: String,
    /// The time of the injection.
    pub at: Time,
    /// The detection of each node that it took away.
    pub detection: Vec<Detection>,
    /// The distributed applications that it took away, and where they were started next.
    pub failovers: Vec<Failover>,
    /// The recovery of the users of all workloads from its injection on.
    pub recovery: Recovery,
    /// The same from the time when it was undone, if it was.
    pub after_its_end: Option<Recovery>,
}

impl FaultFigures {
    /// The longer of the two recovery times; `None` if the users were not served again.
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

/// The detection of a lost node by those that were connected to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The node that was lost.
    pub node: Atom,
    /// The number of nodes that were connected to it.
    pub connected: usize,
    /// The number of these that noticed.
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
    /// The node on which it ran when the fault was injected.
    pub from: Atom,
    /// The next start; on the same node if that was back in time. `None` if there was none.
    pub to: Option<NextStart>,
}

/// A start of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct NextStart {
    /// The node.
    pub node: Atom,
    /// The time.
    pub at: Time,
    /// The time since the fault.
    pub after: Duration,
    /// `normal`, `{failover,Node}` or `{takeover,Node}`.
    pub start_type: Term,
}

/// The recovery of users after the injection or the end of a fault.
///
/// The field's RTO is the limit set to the recovery time (ISO 22301: the time within which a
/// service must be resumed); here it is measured at the users. An operation is *disturbed* if it
/// was not answered without an error, or took longer than users are used to
/// ([`WorkloadFigures::slow`]). Those that end after the fault and begin before the next change (an
/// injection or an end of any fault) are attributed to it. The users are served again when the
/// first undisturbed operation ends that was begun after the last disturbed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovery {
    /// The time at which the fault was injected, or ended.
    pub at: Time,
    /// The number of operations that were in progress then, or were begun before the next change.
    pub exposed: u64,
    /// The number of these that were disturbed.
    pub disturbed: u64,
    /// The last of these, in the order of their beginnings.
    pub last_disturbed: Option<OperationId>,
    /// The time at which the users were served again; `None` if they were not, or never stopped
    /// being served.
    pub served_again: Option<Time>,
}

impl Recovery {
    /// The recovery time: `None` if the users were not served again before the end of the run,
    /// zero if none was disturbed.
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        if self.disturbed == 0 {
            return Some(Duration::ZERO);
        }
        self.served_again.map(|again| again.since(self.at))
    }
}

/// The figures of a distributed application.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationFigures {
    /// The application.
    pub application: Atom,
    /// Its starts, in order.
    pub starts: Vec<(Time, Atom, Term)>,
    /// The times when it ran on more than one node.
    ///
    /// An instance on a paused node counts: it continues as if nothing had happened when its node
    /// does (F36).
    pub overlaps: Vec<Overlap>,
    /// The total time for which it ran on more than one node.
    pub overlap: Duration,
    /// The time for which it ran nowhere, from its first start to the end of the run.
    pub absent: Duration,
}

/// A time when an application ran on more than one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// The time at which the second instance started.
    pub from: Time,
    /// The time at which all but one were gone, or the end of the run.
    pub to: Time,
    /// The nodes that ran it in this time.
    pub nodes: Vec<Atom>,
    /// The most nodes on which it ran at once.
    pub most: usize,
    /// The start type of the instance that made it two.
    pub start_type: Term,
}

impl Overlap {
    /// Its duration.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.to.since(self.from)
    }
}
