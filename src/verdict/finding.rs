//! Verdicts, findings and doubts.

use std::fmt;

use crate::consistency::history::OperationId;
use crate::engine::time::Time;
use crate::formats::VerdictJson;
use crate::scenario::{Expectation, ExpectedVerdict};

use super::Figures;

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

impl Witness {
    /// The operations that show it: all of them together, or the one.
    pub fn shown(&self) -> impl Iterator<Item = OperationId> {
        let one = self.operation.filter(|one| !self.operations.contains(one));
        self.operations.iter().copied().chain(one)
    }
}

impl Verdict {
    /// The operation that shows best what did not hold: the first of the first expectation that was
    /// violated and that an operation shows.
    #[must_use]
    pub fn shown_operation(&self) -> Option<OperationId> {
        let violated = self.findings.iter().filter(|each| each.result == Conclusion::Violated);
        violated.filter_map(|each| each.witness.as_ref()).flat_map(Witness::shown).next()
    }

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
