//! Verdicts, findings and doubts.

use std::fmt;

use crate::consistency::history::OperationId;
use crate::document::shape::format_fraction;
use crate::engine::time::{Time, format_duration};
use crate::formats::VerdictJson;
use crate::scenario::{Expectation, ExpectedVerdict};

use super::{Figures, invariants, times};

/// The verdict on a run: the findings for everything that was expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// One for each expectation of the scenario, in its order.
    pub findings: Vec<Finding>,
    /// The reasons why the run as a whole is inconclusive, whatever the findings are.
    pub doubts: Vec<Doubt>,
    /// All findings and doubts taken together.
    pub conclusion: Conclusion,
    /// The measured figures, expected or not.
    pub figures: Figures,
}

/// A reason why a run is inconclusive: nothing was expected, no fault changed anything, or not
/// everything that was planned took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The condition that is not met, in a few words; the same in all runs.
    pub wanted: &'static str,
    /// The reason, in one line.
    pub why: String,
}

/// The result for one expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The expectation.
    pub expectation: Expectation,
    /// The conclusion about it.
    pub result: Conclusion,
    /// A summary in one line, for people, with figures; for [`Conclusion::Inconclusive`] it says
    /// why.
    pub summary: String,
    /// The witness, for [`Conclusion::Violated`].
    pub witness: Option<Witness>,
}

/// The conclusion about an expectation, or about a run. The worst of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// It was tested, and held.
    Pass,
    /// It was not tested, so its truth is unknown.
    Inconclusive,
    /// It did not hold.
    Violated,
}

/// The part of a run that shows that something did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The time of the violation.
    pub at: Time,
    /// The events, a line each; none where the summary of the finding has said it all.
    pub texts: Vec<String>,
    /// The client's operation that shows it, if one does.
    pub operation: Option<OperationId>,
    /// All operations that show it together, at most a few.
    pub operations: Vec<OperationId>,
}

impl From<Conclusion> for VerdictJson {
    fn from(conclusion: Conclusion) -> VerdictJson {
        match conclusion {
            Conclusion::Pass => VerdictJson::Pass,
            Conclusion::Violated => VerdictJson::Violated,
            Conclusion::Inconclusive => VerdictJson::Inconclusive,
        }
    }
}

impl Verdict {
    /// True if the scenario declares this verdict.
    #[must_use]
    pub fn meets(&self, expected: &ExpectedVerdict) -> bool {
        self.conclusion == Conclusion::from(*expected)
    }
}

impl Conclusion {
    /// The conclusion on all of them: violated if any is, else inconclusive if any is, else passed.
    #[must_use]
    pub fn total(all: impl IntoIterator<Item = Conclusion>) -> Conclusion {
        all.into_iter().max().unwrap_or(Conclusion::Pass)
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
