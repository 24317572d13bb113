//! What the checkers conclude.

use std::fmt;

use serde::Serialize;

use crate::history::OperationId;
use crate::scenario::{Expectation, ExpectedVerdict};
use crate::shape::format_fraction;
use crate::time::{Time, format_duration};

use super::Figures;

/// What a run shows about everything that was expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// One for each expectation of the scenario, in its order.
    pub findings: Vec<Finding>,
    /// All findings taken together.
    pub conclusion: Conclusion,
    /// What was measured, expected or not.
    pub figures: Figures,
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
    /// What happened, a line each.
    pub texts: Vec<String>,
    /// The client's operation that shows it, if one does.
    pub operation: Option<OperationId>,
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

/// An expectation in a few words: `users are answered within 2s`.
#[must_use]
pub fn describe(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Transparent { workload, within } => {
            format!("{workload} notice nothing but delays of at most {}", format_duration(*within))
        }
        Expectation::Linearizable { workload } => {
            format!("what {workload} saw is linearizable")
        }
        Expectation::LostAcknowledged { workload, at_most } => {
            format!("at most {at_most} acknowledged operations of {workload} are lost")
        }
        Expectation::Duplicated { workload, at_most } => {
            format!("at most {at_most} operations of {workload} are there twice")
        }
        Expectation::SingleInstance { application, overlap_at_most } => {
            let overlap = format_duration(*overlap_at_most);
            format!("{application} runs on two nodes for at most {overlap}")
        }
        Expectation::Availability { workload, at_least_ppm } => {
            let share = format_fraction(*at_least_ppm);
            format!("at least {share} of the operations of {workload} are answered")
        }
        Expectation::RecoveryTime { workload, at_most } => {
            let limit = format_duration(*at_most);
            format!("{workload} are served again within {limit} after a fault")
        }
        Expectation::DetectionTime { node, at_most } => {
            format!("the loss of {node} is noticed within {}", format_duration(*at_most))
        }
    }
}
