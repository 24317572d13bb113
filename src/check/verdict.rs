//! What the checkers conclude.

use std::fmt;

use serde::Serialize;

use crate::history::OperationId;
use crate::scenario::{Expectation, ExpectedVerdict};
use crate::shape::format_fraction;
use crate::time::{Time, format_duration};

use super::{Figures, invariants, times};

/// What a run shows about everything that was expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// One for each expectation of the scenario, in its order.
    pub findings: Vec<Finding>,
    /// What keeps the run as a whole from being conclusive, whatever the findings say.
    pub doubts: Vec<Doubt>,
    /// All findings and doubts taken together.
    pub conclusion: Conclusion,
    /// What was measured, expected or not.
    pub figures: Figures,
}

/// Something that keeps a run from being conclusive: nothing was expected, no fault changed
/// anything, or not all that was planned took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What would have had to be so, in a few words; the same in all runs.
    pub wanted: &'static str,
    /// What is so instead, in one line.
    pub why: String,
}

/// What a run shows about one expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was expected.
    pub expectation: Expectation,
    /// Whether it held.
    pub result: Conclusion,
    /// One line for people, with figures; for [`Conclusion::Inconclusive`] it says why.
    pub summary: String,
    /// What shows it, for [`Conclusion::Violated`].
    pub witness: Option<Witness>,
}

/// Whether something expected held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// It was put to the test, and held.
    Pass,
    /// It did not hold.
    Violated,
    /// It was not put to the test, so nobody knows.
    Inconclusive,
}

/// The part of a run that shows that something did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// When it went wrong.
    pub at: Time,
    /// What happened, a line each; none where the summary of the finding has said it all.
    pub texts: Vec<String>,
    /// The client's operation that shows it, if one does.
    pub operation: Option<OperationId>,
    /// All operations that show it together, a few at most.
    pub operations: Vec<OperationId>,
}

impl Verdict {
    /// Whether this is what the scenario is meant to end in.
    #[must_use]
    pub fn meets(&self, expected: &ExpectedVerdict) -> bool {
        self.conclusion == Conclusion::from(*expected)
    }
}

impl Conclusion {
    /// All of them taken together: violated if any is, else inconclusive if any is, else passed.
    #[must_use]
    pub fn total(all: impl IntoIterator<Item = Conclusion>) -> Conclusion {
        all.into_iter().max_by_key(|each| each.weight()).unwrap_or(Conclusion::Pass)
    }

    /// How much it weighs in a total.
    const fn weight(self) -> u8 {
        match self {
            Conclusion::Pass => 0,
            Conclusion::Inconclusive => 1,
            Conclusion::Violated => 2,
        }
    }
}

impl From<ExpectedVerdict> for Conclusion {
    fn from(expected: ExpectedVerdict) -> Conclusion {
        match expected {
            ExpectedVerdict::Pass => Conclusion::Pass,
            ExpectedVerdict::Violated => Conclusion::Violated,
            ExpectedVerdict::Inconclusive => Conclusion::Inconclusive,
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Conclusion::Pass => "pass",
            Conclusion::Violated => "violated",
            Conclusion::Inconclusive => "inconclusive",
        })
    }
}

/// An expectation in a few words: `the loss of db1@a is noticed within 4s`.
#[must_use]
pub fn describe(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Transparent { workload, within } => {
            let (name, within) = (workload.as_str(), format_duration(*within));
            format!("{name} notice nothing but delays of at most {within}")
        }
        Expectation::Linearizable { workload } => {
            format!("what {} see is linearizable", workload.as_str())
        }
        Expectation::LostAcknowledged { workload, at_most } => {
            format!("{} lose {} of what was acknowledged", workload.as_str(), limit(*at_most))
        }
        Expectation::Duplicated { workload, at_most } => {
            format!("{} see {} twice", workload.as_str(), limit(*at_most))
        }
        Expectation::SingleInstance { application, overlap_at_most } => {
            let name = application.as_str();
            if overlap_at_most.is_zero() {
                return format!("{name} runs on one node at a time");
            }
            let overlap = format_duration(*overlap_at_most);
            format!("{name} runs on two nodes for at most {overlap} at a time")
        }
        Expectation::Availability { workload, at_least_ppm } => {
            let share = format_fraction(*at_least_ppm);
            format!("{} get an answer to at least {share} of their operations", workload.as_str())
        }
        Expectation::RecoveryTime { workload, at_most } => {
            let (name, limit) = (workload.as_str(), format_duration(*at_most));
            format!("{name} are served again within {limit} after a fault")
        }
        Expectation::Invariant(invariant) => invariants::describe(invariant),
        Expectation::DetectionTime { node, at_most } => {
            let (name, limit) = (node.as_str(), format_duration(*at_most));
            format!("the loss of {name} is noticed within {limit}")
        }
        Expectation::FailSafe { workload } => {
            format!("what {} see can be explained without the faults", workload.as_str())
        }
        Expectation::Nonmasking { workload, within, after } => {
            let [within, after] = [within, after].map(|each| format_duration(*each));
            let name = workload.as_str();
            format!("{after} after the last change {name} see what is right, within {within}")
        }
        Expectation::Progress { workload, within, after } => {
            let (name, after) = (workload.as_str(), format_duration(*after));
            let within = within.map(|within| format!(" within {}", format_duration(within)));
            format!("{after} after the last change {name} are served{}", within.unwrap_or_default())
        }
        Expectation::RecoveryPoint { workload, at_most } => {
            let (name, limit) = (workload.as_str(), format_duration(*at_most));
            format!("{name} lose nothing older than {limit} (RPO)")
        }
        Expectation::ErrorBudget { workload, objective_ppm, at_most_permille } => {
            let (name, part) = (workload.as_str(), times(u64::from(*at_most_permille)));
            let objective = format_fraction(*objective_ppm);
            format!(
                "{name} use up at most {part} of the error budget of an objective of {objective}"
            )
        }
        Expectation::P99AgainstTwin { workload, at_most_permille } => {
            let (name, factor) = (workload.as_str(), times(u64::from(*at_most_permille)));
            format!("the p99 of {name} is at most {factor} times that without faults")
        }
        Expectation::Claim { workload, claim } => {
            format!("what {} see bears out the claim: {}", workload.as_str(), claim.description())
        }
        Expectation::LocationTransparent { workload, .. } => {
            format!("where applications run makes no difference to {}", workload.as_str())
        }
        Expectation::TwoPrimaries { application, at_most } => {
            let (name, limit) = (application.as_str(), format_duration(*at_most));
            format!("{name} has two primaries for at most {limit} in all")
        }
    }
}

fn limit(at_most: u32) -> String {
    if at_most == 0 { "nothing".to_owned() } else { format!("at most {at_most}") }
}
