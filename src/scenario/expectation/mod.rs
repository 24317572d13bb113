//! What a run must show.

mod resolve;
mod shape;
mod write;

use std::time::Duration;

use crate::engine::term::Atom;

use super::{Consistency, Invariant, WorkloadConfig};

pub(super) use shape::shape;
pub(super) use write::split;

/// Something that a run must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The users cannot tell the run from one without faults, but for answers this much later.
    Transparent {
        /// The users.
        workload: Atom,
        /// The longest that an answer may take.
        within: Duration,
    },
    /// The history has an order that the service's model accepts and that agrees with the times.
    Linearizable {
        /// The users.
        workload: Atom,
    },
    /// What was acknowledged is there afterwards.
    LostAcknowledged {
        /// The users.
        workload: Atom,
        /// How many operations may be missing.
        at_most: u32,
    },
    /// What was done once is there once.
    Duplicated {
        /// The users.
        workload: Atom,
        /// How many operations may be there twice.
        at_most: u32,
    },
    /// A distributed application runs on one node at a time.
    SingleInstance {
        /// The application.
        application: Atom,
        /// How long it may run on two.
        overlap_at_most: Duration,
    },
    /// So large a part of the operations is answered without an error.
    Availability {
        /// The users.
        workload: Atom,
        /// The least part, in parts per million.
        at_least_ppm: u32,
    },
    /// After a fault the users are served again in time.
    RecoveryTime {
        /// The users.
        workload: Atom,
        /// The longest that they may have to wait.
        at_most: Duration,
    },
    /// Something holds of the trace itself, instant by instant.
    Invariant(Invariant),
    /// The loss of a node is noticed in time.
    DetectionTime {
        /// The node.
        node: Atom,
        /// The longest that any other may take to notice.
        at_most: Duration,
    },
    /// What the users see is right, whatever else it is: late, refused, or not there at all.
    FailSafe {
        /// The users.
        workload: Atom,
    },
    /// In the end what the users see is right and in time again.
    Nonmasking {
        /// The users.
        workload: Atom,
        /// The longest that an answer may take then.
        within: Duration,
        /// How long after the last change of the world that is.
        after: Duration,
    },
    /// In the end users are served again, whatever they are told: all that they ask for is answered
    /// without an error.
    Progress {
        /// The users.
        workload: Atom,
        /// The longest that an answer may take then; nothing means as long as the clients wait.
        within: Option<Duration>,
        /// How long after the last change of the world that is.
        after: Duration,
    },
    /// What was acknowledged and is lost was not older than this when the fault struck (RPO).
    RecoveryPoint {
        /// The users.
        workload: Atom,
        /// The greatest age.
        at_most: Duration,
    },
    /// The operations that fail use up at most a part of those that may.
    ErrorBudget {
        /// The users.
        workload: Atom,
        /// The part of the operations that is to succeed, in parts per million.
        objective_ppm: u32,
        /// The greatest part of the budget that may be used up, in thousandths.
        at_most_permille: u32,
    },
    /// The slowest answers are not much slower than in the run without faults.
    P99AgainstTwin {
        /// The users.
        workload: Atom,
        /// How many times the twin's 99th percentile the run's may be, in thousandths.
        at_most_permille: u32,
    },
    /// What the service claims to these users holds.
    Claim {
        /// The users.
        workload: Atom,
        /// The claim.
        claim: Consistency,
    },
    /// Where the applications run makes no difference to the users.
    LocationTransparent {
        /// The users.
        workload: Atom,
        /// In how many other ways the applications are placed.
        placements: u32,
    },
    /// A distributed application runs on two nodes for so long in all.
    TwoPrimaries {
        /// The application.
        application: Atom,
        /// The longest time, all overlaps taken together.
        at_most: Duration,
    },
}

impl Expectation {
    /// In how many other ways the applications have to be placed.
    #[must_use]
    pub fn placements(&self) -> u32 {
        if let Expectation::LocationTransparent { placements, .. } = self { *placements } else { 0 }
    }

    /// Whether a run has to be compared with the same run without faults.
    #[must_use]
    pub fn needs_twin(&self) -> bool {
        matches!(self, Expectation::P99AgainstTwin { .. })
    }
}

/// That what is claimed to users holds.
pub(super) fn claims(workloads: &[WorkloadConfig]) -> Vec<Expectation> {
    let all = workloads
        .iter()
        .flat_map(|workload| workload.claims.iter().map(|claim| (workload.name, *claim)));
    let expectation = |(workload, claim)| match claim {
        Consistency::Linearizable => Expectation::Linearizable { workload },
        Consistency::Sequential
        | Consistency::ReadYourWrites
        | Consistency::MonotonicReads
        | Consistency::MonotonicWrites
        | Consistency::WritesFollowReads
        | Consistency::Eventual
        | Consistency::AtMostOnce
        | Consistency::AtLeastOnce => Expectation::Claim { workload, claim },
    };
    all.map(expectation).collect()
}

/// The expectations of a file and those of its claims, each once.
pub(super) fn with_claims(
    mut expectations: Vec<Expectation>,
    claims: Vec<Expectation>,
) -> Vec<Expectation> {
    for claim in claims {
        if !expectations.contains(&claim) {
            expectations.push(claim);
        }
    }
    expectations
}
