//! The failure that a plan must still show, however small it becomes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex_lite::Regex;

use crate::engine::term::Atom;
use crate::explore::failure_modes::shape;
use crate::scenario::Expectation;
use crate::verdict::{Conclusion, Finding, Verdict};

/// An expectation that does not hold in a run, with its witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationFailure {
    /// The expectation.
    pub expectation: Expectation,
    /// Its place among the findings of the run, counted from 1.
    pub number: usize,
    /// A summary in one line.
    pub summary: String,
    /// The lines of the witness.
    pub witness: Vec<String>,
}

/// The degree to which the failure of a smaller plan must be the original one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureMatch {
    /// The same expectation does not hold, and the witness begins with the same kind of line: equal
    /// without times, numbers and processes, as in the ways of failing of a sweep.
    #[default]
    SameWitness,
    /// The same expectation does not hold, whatever shows it.
    SameExpectation,
}

impl ExpectationFailure {
    /// All failures of a run, in the order of the expectations.
    #[must_use]
    pub fn all(verdict: &Verdict) -> Vec<ExpectationFailure> {
        let findings = verdict.findings.iter().zip(1..);
        let violated = findings.filter(|(finding, _)| finding.result == Conclusion::Violated);
        violated.map(|(finding, number)| ExpectationFailure::of(finding, number)).collect()
    }

    fn of(finding: &Finding, number: usize) -> ExpectationFailure {
        ExpectationFailure {
            expectation: finding.expectation.clone(),
            number,
            summary: finding.summary.clone(),
            witness: finding.witness.as_ref().map_or_else(Vec::new, |each| each.texts.clone()),
        }
    }

    /// The expectation, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        self.expectation.to_string()
    }

    /// The part of its witness that it shares with others of its kind.
    fn kind(&self) -> String {
        let line = shape(self.witness.first().unwrap_or(&self.summary));
        ASIDE.replace_all(&line, "").into_owned()
    }
}

static ASIDE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r" ?\([^()]*\)").expect("a pattern that is tested"));

/// The conditions that a smaller plan must meet.
#[derive(Clone, Debug)]
pub(super) struct FailureGoal {
    pub(super) failure: ExpectationFailure,
    pub(super) likeness: FailureMatch,
    /// The original plan does not fail this way without its faults. Then no smaller one may either:
    /// one that does has lost something that it needs to work.
    pub(super) by_faults: bool,
    /// Every application has started before the first fault of the original plan. So it must in a
    /// smaller one: a fault during the start is another matter.
    pub(super) starts_first: bool,
    /// The applications that some node can run which no fault of the whole plan takes away.
    pub(super) lasting: BTreeSet<Atom>,
}

impl FailureGoal {
    /// The failure as a run shows it, if it does.
    pub(super) fn seen(&self, verdict: &Verdict) -> Option<ExpectationFailure> {
        let mut found = ExpectationFailure::all(verdict).into_iter();
        found.find(|other| self.is_like(other))
    }

    fn is_like(&self, other: &ExpectationFailure) -> bool {
        self.is_same(other)
            && match self.likeness {
                FailureMatch::SameWitness => self.failure.kind() == other.kind(),
                FailureMatch::SameExpectation => true,
            }
    }

    /// True if the same expectation does not hold, whatever the witness.
    pub(super) fn is_missed(&self, verdict: &Verdict) -> bool {
        ExpectationFailure::all(verdict).iter().any(|other| self.is_same(other))
    }

    fn is_same(&self, other: &ExpectationFailure) -> bool {
        self.failure.expectation == other.expectation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::tests::{faithful_run, forgetful_run};
    use crate::verdict::check;

    #[test]
    fn a_failure_is_seen_again_where_something_else_is_lost_in_the_same_way() {
        let [one, other] = ["a", "b"].map(|text| check(&forgetful_run(text, 18_000).run()));
        let [failure] = ExpectationFailure::all(&one).try_into().unwrap();
        assert_eq!(failure.number, 1);
        let goal = |failure: &ExpectationFailure, likeness| FailureGoal {
            failure: failure.clone(),
            likeness,
            by_faults: false,
            starts_first: false,
            lasting: BTreeSet::new(),
        };
        assert!(goal(&failure, FailureMatch::SameWitness).seen(&other).is_some());
        let holds = check(&faithful_run().run());
        assert!(goal(&failure, FailureMatch::SameExpectation).seen(&holds).is_none());
        let twisted = ExpectationFailure { witness: vec!["something else".to_owned()], ..failure };
        assert!(goal(&twisted, FailureMatch::SameWitness).seen(&other).is_none());
        assert!(goal(&twisted, FailureMatch::SameExpectation).seen(&other).is_some());
    }

    #[test]
    fn what_stands_in_brackets_tells_no_kinds_apart() {
        let kind = |line: &str| {
            let expectation =
                Expectation::Linearizable { workload: crate::engine::term::Atom::new("w") };
            let witness = vec![line.to_owned()];
            ExpectationFailure { expectation, number: 1, summary: String::new(), witness }.kind()
        };
        assert_eq!(
            kind("it ran on a@x and b@y from 9.300s to 11.000s (the end of the run), 1.70 s"),
            kind("it ran on a@x and b@y from 19.300s to 21.273s, 1.97 s"),
        );
        assert_ne!(kind("it ran on a@x"), kind("it ran on b@y"));
    }
}
