//! The result of a search for faults that are not masked.

use super::{InjectionPoint, ProofSettings};
use crate::explore::results::StopReason;
use crate::explore::summary::RunConclusion;
use crate::verdict::{Conclusion, Verdict};

/// The progress of a search, and the faults that were not masked.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The file of the scenario.
    pub file: String,
    /// The name of the scenario.
    pub name: String,
    /// The seed of all runs.
    pub seed: u64,
    /// The faults and points that were tried.
    pub settings: ProofSettings,
    /// The number of messages and signals that reached the nodes in the run without faults, and of
    /// changes in the state of applications and connections on them.
    pub events: u64,
    /// The results with one fault in a run, with two, and so on.
    pub levels: Vec<LevelResults>,
    /// The runs in which a fault was not masked, in the order of the search; or the run without
    /// faults, if it does not meet the expectations.
    pub failed: Vec<Trial>,
    /// The first runs in which no expectation was tested.
    pub open: Vec<Trial>,
    /// The faults of every run that had any, in the order of the search, and its conclusion.
    pub tried: Vec<(Vec<InjectionPoint>, RunConclusion)>,
    /// The reason why the search ended early, if it did.
    pub stopped: Option<StopReason>,
}

/// The results of all runs with a certain number of faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelResults {
    /// The points at which the last of them can make a difference to another node.
    pub points: u64,
    /// The number of their equivalence classes.
    pub classes: u64,
    /// The number of those that are to be tried.
    pub planned: u64,
    /// The runs in which all was as expected.
    pub masked: u64,
    /// The runs in which something expected did not hold.
    pub failed: u64,
    /// The runs in which no expectation was tested.
    pub open: u64,
    /// The points that were left out, as no node would be left to run an application.
    pub hopeless: u64,
}

/// A run with some faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The faults, in their order.
    pub strikes: Vec<InjectionPoint>,
    /// Its conclusion: [`RunConclusion::Pass`] if everything that was tested held.
    pub ended: RunConclusion,
    /// The expectations that did not hold, or were not tested.
    pub shown: Vec<TrialFinding>,
    /// The faults as written in a scenario that has the same run with the same seed; only if
    /// something did not hold.
    pub faults: Vec<String>,
}

/// An expectation that did not hold in a trial, or was not tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialFinding {
    /// The expectation, in words.
    pub what: String,
    /// The finding, in one line.
    pub summary: String,
    /// The lines of the witness.
    pub witness: Vec<String>,
}

/// The most inconclusive runs that are kept.
const OPEN_MAX: usize = 10;

impl Proof {
    /// The conclusion of the search: [`RunConclusion::Pass`] if everything was tried and all of it
    /// was masked; `None` if there was nothing to try.
    #[must_use]
    pub fn ended(&self) -> Option<RunConclusion> {
        let failed = self.failed.iter().map(|trial| trial.ended).max();
        let tried = self.levels.iter().any(|level| level.planned > 0);
        let unsure = self.stopped.is_some() || self.levels.iter().any(|level| level.open > 0);
        match failed {
            Some(ended) => Some(ended),
            None if unsure => Some(RunConclusion::Inconclusive),
            None => tried.then_some(RunConclusion::Pass),
        }
    }

    /// All levels together.
    #[must_use]
    pub fn total(&self) -> LevelResults {
        let mut total = LevelResults::default();
        for level in &self.levels {
            total.points += level.points;
            total.classes += level.classes;
            total.planned += level.planned;
            total.masked += level.masked;
            total.failed += level.failed;
            total.open += level.open;
            total.hopeless += level.hopeless;
        }
        total
    }

    /// Adds the result of a trial to its level.
    pub(super) fn take(&mut self, trial: Trial) {
        let level = trial.strikes.len().checked_sub(1).and_then(|place| self.levels.get_mut(place));
        let unused = &mut LevelResults::default();
        if !trial.strikes.is_empty() {
            self.tried.push((trial.strikes.clone(), trial.ended));
        }
        let level = level.unwrap_or(unused);
        match trial.ended {
            RunConclusion::Pass => level.masked += 1,
            RunConclusion::Inconclusive => {
                level.open += 1;
                if self.open.len() < OPEN_MAX {
                    self.open.push(trial);
                }
            }
            RunConclusion::Violated | RunConclusion::Panicked => {
                level.failed += 1;
                self.failed.push(trial);
            }
        }
    }
}

impl LevelResults {
    /// The runs that there have been.
    #[must_use]
    pub const fn tried(&self) -> u64 {
        self.masked + self.failed + self.open
    }
}

impl Trial {
    pub(super) fn of(strikes: Vec<InjectionPoint>, verdict: &Verdict) -> Trial {
        let has = |result| verdict.findings.iter().any(|finding| finding.result == result);
        let ended = if has(Conclusion::Violated) {
            RunConclusion::Violated
        } else if has(Conclusion::Pass) && verdict.doubts.is_empty() {
            RunConclusion::Pass
        } else {
            RunConclusion::Inconclusive
        };
        let told = if ended == RunConclusion::Violated {
            Conclusion::Violated
        } else {
            Conclusion::Inconclusive
        };
        let shown = verdict.findings.iter().filter(|finding| finding.result == told);
        let shown = shown.map(|finding| TrialFinding {
            what: finding.expectation.to_string(),
            summary: finding.summary.clone(),
            witness: finding
                .witness
                .as_ref()
                .map_or_else(Vec::new, |witness| witness.texts.clone()),
        });
        let doubts = verdict.doubts.iter().filter(|_| ended == RunConclusion::Inconclusive);
        let doubts = doubts.map(|doubt| TrialFinding {
            what: doubt.wanted.to_owned(),
            summary: doubt.why.clone(),
            witness: Vec::new(),
        });
        Trial { strikes, ended, shown: doubts.chain(shown).collect(), faults: Vec::new() }
    }

    pub(super) fn panicked(strikes: Vec<InjectionPoint>, message: String) -> Trial {
        let what = "nodedown itself has no bug".to_owned();
        let shown = vec![TrialFinding { what, summary: message, witness: Vec::new() }];
        Trial { strikes, ended: RunConclusion::Panicked, shown, faults: Vec::new() }
    }
}
