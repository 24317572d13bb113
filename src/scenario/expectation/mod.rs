//! Expectations: what a run must show.
//!
//! - `form`: their words in a scenario file
//! - `claims`: those that follow from what workloads claim

pub(super) mod claims;
pub(super) mod form;

use std::fmt;
use std::time::Duration;

use crate::document::shape::{format_fraction, format_permille};
use crate::engine::term::Atom;
use crate::engine::time::format_duration;

use super::{Consistency, Invariant};

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
    /// Acknowledged operations are there afterwards.
    LostAcknowledged {
        /// The users.
        workload: Atom,
        /// The number of operations that may be missing.
        at_most: u32,
    },
    /// Operations that were done once are there once.
    Duplicated {
        /// The users.
        workload: Atom,
        /// The number of operations that may be there twice.
        at_most: u32,
    },
    /// A distributed application runs on one node at a time.
    SingleInstance {
        /// The application.
        application: Atom,
        /// The time for which it may run on two.
        overlap_at_most: Duration,
    },
    /// At least this share of the operations is answered without an error.
    Availability {
        /// The users.
        workload: Atom,
        /// The least share, in parts per million.
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
    /// The users see nothing wrong, even if answers are late, refused, or missing.
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
        /// The time from the last change of the world until then.
        after: Duration,
    },
    /// In the end users are served again, even with wrong answers: all that they ask for is answered
    /// without an error.
    Progress {
        /// The users.
        workload: Atom,
        /// The longest that an answer may take then; `None` is as long as the clients wait.
        within: Option<Duration>,
        /// The time from the last change of the world until then.
        after: Duration,
    },
    /// Acknowledged operations that are lost were no older than this when the fault struck (RPO).
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
        /// The greatest ratio of the run's 99th percentile to the twin's, in thousandths.
        at_most_permille: u32,
    },
    /// A claim of the service to these users holds.
    Claim {
        /// The users.
        workload: Atom,
        /// The claim.
        claim: Consistency,
    },
    /// The placement of the applications makes no difference to the users.
    LocationTransparent {
        /// The users.
        workload: Atom,
        /// The number of other placements of the applications.
        placements: u32,
    },
    /// A distributed application runs on two nodes for at most this long in all.
    TwoPrimaries {
        /// The application.
        application: Atom,
        /// The longest time, all overlaps taken together.
        at_most: Duration,
    },
}

impl Expectation {
    /// The number of other placements of the applications that it needs.
    #[must_use]
    pub fn placements(&self) -> u32 {
        if let Expectation::LocationTransparent { placements, .. } = self { *placements } else { 0 }
    }

    /// True if a run has to be compared with the same run without faults.
    #[must_use]
    pub fn needs_twin(&self) -> bool {
        matches!(self, Expectation::P99AgainstTwin { .. })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expectation::Transparent { workload, within } => {
                let (name, within) = (workload.as_str(), format_duration(*within));
                write!(f, "{name} notice nothing but delays of at most {within}")
            }
            Expectation::Linearizable { workload } => {
                write!(f, "what {} see is linearizable", workload.as_str())
            }
            Expectation::LostAcknowledged { workload, at_most } => {
                write!(f, "{} lose {} of what was acknowledged", workload.as_str(), limit(*at_most))
            }
            Expectation::Duplicated { workload, at_most } => {
                write!(f, "{} see {} twice", workload.as_str(), limit(*at_most))
            }
            Expectation::SingleInstance { application, overlap_at_most } => {
                let name = application.as_str();
                if overlap_at_most.is_zero() {
                    return write!(f, "{name} runs on one node at a time");
                }
                let overlap = format_duration(*overlap_at_most);
                write!(f, "{name} runs on two nodes for at most {overlap} at a time")
            }
            Expectation::Availability { workload, at_least_ppm } => {
                let share = format_fraction(*at_least_ppm);
                write!(
                    f,
                    "{} get an answer to at least {share} of their operations",
                    workload.as_str()
                )
            }
            Expectation::RecoveryTime { workload, at_most } => {
                let (name, limit) = (workload.as_str(), format_duration(*at_most));
                write!(f, "{name} are served again within {limit} after a fault")
            }
            Expectation::Invariant(invariant) => invariant.fmt(f),
            Expectation::DetectionTime { node, at_most } => {
                let (name, limit) = (node.as_str(), format_duration(*at_most));
                write!(f, "the loss of {name} is noticed within {limit}")
            }
            Expectation::FailSafe { workload } => {
                write!(f, "what {} see can be explained without the faults", workload.as_str())
            }
            Expectation::Nonmasking { workload, within, after } => {
                let [within, after] = [within, after].map(|each| format_duration(*each));
                let name = workload.as_str();
                write!(f, "{after} after the last change {name} see what is right, within {within}")
            }
            Expectation::Progress { workload, within, after } => {
                let (name, after) = (workload.as_str(), format_duration(*after));
                let within = within.map(|within| format!(" within {}", format_duration(within)));
                write!(
                    f,
                    "{after} after the last change {name} are served{}",
                    within.unwrap_or_default()
                )
            }
            Expectation::RecoveryPoint { workload, at_most } => {
                let (name, limit) = (workload.as_str(), format_duration(*at_most));
                write!(f, "{name} lose nothing older than {limit} (RPO)")
            }
            Expectation::ErrorBudget { workload, objective_ppm, at_most_permille } => {
                let (name, part) =
                    (workload.as_str(), format_permille(u64::from(*at_most_permille)));
                let objective = format_fraction(*objective_ppm);
                write!(
                    f,
                    "{name} use up at most {part} of the error budget of an objective of {objective}"
                )
            }
            Expectation::P99AgainstTwin { workload, at_most_permille } => {
                let (name, factor) =
                    (workload.as_str(), format_permille(u64::from(*at_most_permille)));
                write!(f, "the p99 of {name} is at most {factor} times that without faults")
            }
            Expectation::Claim { workload, claim } => {
                write!(
                    f,
                    "what {} see bears out the claim: {}",
                    workload.as_str(),
                    claim.description()
                )
            }
            Expectation::LocationTransparent { workload, .. } => {
                write!(f, "where applications run makes no difference to {}", workload.as_str())
            }
            Expectation::TwoPrimaries { application, at_most } => {
                let (name, limit) = (application.as_str(), format_duration(*at_most));
                write!(f, "{name} has two primaries for at most {limit} in all")
            }
        }
    }
}

fn limit(at_most: u32) -> String {
    if at_most == 0 { "nothing".to_owned() } else { format!("at most {at_most}") }
}
