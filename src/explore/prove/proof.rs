//! What a search for faults that are not masked has come to.

use serde::Serialize;

use super::{Settings, Strike};
use crate::check::{Conclusion, Verdict, describe};
use crate::explore::results::Stop;
use crate::explore::summary::Ended;

/// How far a search has come, and which faults were not masked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proof {
    /// The file of the scenario.
    pub file: String,
    /// What the scenario calls itself.
    pub name: String,
    /// The seed of all runs.
    pub seed: u64,
    /// What was tried.
    pub settings: Settings,
    /// How many messages and signals reached the nodes in the run without faults, and how often
    /// the state of applications and connections changed on them.
    pub events: u64,
    /// What came of one fault, of two, and so on.
    pub levels: Vec<LevelResults>,
    /// The runs in which a fault was not masked, in the order of the search; the run without
    /// faults, if it does not do what is expected of it.
    pub failed: Vec<Trial>,
    /// The first runs in which nothing that is expected was put to the test.
    pub open: Vec<Trial>,
    /// Why not everything was tried, if it was not.
    pub stopped: Option<Stop>,
}

/// What came of so many faults in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LevelResults {
    /// The points at which the last of them can make a difference to another node.
    pub points: u64,
    /// Those of them that do not look the same to everybody.
    pub classes: u64,
    /// Those that are to be tried.
    pub planned: u64,
    /// The runs in which all was as expected.
    pub masked: u64,
    /// The runs in which something expected did not hold.
    pub failed: u64,
    /// The runs in which nothing expected was put to the test.
    pub open: u64,
    /// The points that were left out, as no node would be left to run an application.
    pub hopeless: u64,
}

/// A run with some faults.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The faults, in their order.
    pub strikes: Vec<Strike>,
    /// How it ended: [`Ended::Pass`] if what was put to the test held.
    pub ended: Ended,
    /// What did not hold, or was not put to the test.
    pub shown: Vec<Shown>,
    /// The faults as they stand in a scenario that has the same run with the same seed; only if
    /// something did not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// What a run shows of something expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// What is expected.
    pub what: String,
    /// What is known of it.
    pub summary: String,
    /// What shows it.
    pub witness: Vec<String>,
}

/// How many of the runs that put nothing to the test are told.
const OPEN_MAX: usize = 10;

impl Proof {
    /// How it has ended: [`Ended::Pass`] if everything was tried, and all of it was masked.
    /// Nothing, if there was nothing to try.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        let failed = self.failed.iter().map(|trial| trial.ended).max();
        let tried = self.levels.iter().any(|level| level.planned > 0);
        let unsure = self.stopped.is_some() || self.levels.iter().any(|level| level.open > 0);
        match failed {
            Some(ended) => Some(ended),
            None if unsure => Some(Ended::Inconclusive),
            None => tried.then_some(Ended::Pass),
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

    /// Takes in what came of a run with so many faults.
    pub(super) fn take(&mut self, trial: Trial) {
        let level = trial.strikes.len().checked_sub(1).and_then(|place| self.levels.get_mut(place));
        let unused = &mut LevelResults::default();
        let level = level.unwrap_or(unused);
        match trial.ended {
            Ended::Pass => level.masked += 1,
            Ended::Inconclusive => {
                level.open += 1;
                if self.open.len() < OPEN_MAX {
                    self.open.push(trial);
                }
            }
            Ended::Violated | Ended::Panicked => {
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
    pub(super) fn of(strikes: Vec<Strike>, verdict: &Verdict) -> Trial {
        let has = |result| verdict.findings.iter().any(|finding| finding.result == result);
        let ended = if has(Conclusion::Violated) {
            Ended::Violated
        } else if has(Conclusion::Pass) && verdict.doubts.is_empty() {
            Ended::Pass
        } else {
            Ended::Inconclusive
        };
        let told =
            if ended == Ended::Violated { Conclusion::Violated } else { Conclusion::Inconclusive };
        let shown = verdict.findings.iter().filter(|finding| finding.result == told);
        let shown = shown.map(|finding| Shown {
            what: describe(&finding.expectation),
            summary: finding.summary.clone(),
            witness: finding
                .witness
                .as_ref()
                .map_or_else(Vec::new, |witness| witness.texts.clone()),
        });
        let doubts = verdict.doubts.iter().filter(|_| ended == Ended::Inconclusive);
        let doubts = doubts.map(|doubt| Shown {
            what: doubt.wanted.to_owned(),
            summary: doubt.why.clone(),
            witness: Vec::new(),
        });
        Trial { strikes, ended, shown: doubts.chain(shown).collect(), faults: Vec::new() }
    }

    pub(super) fn panicked(strikes: Vec<Strike>, message: String) -> Trial {
        let what = "nodedown itself has no bug".to_owned();
        let shown = vec![Shown { what, summary: message, witness: Vec::new() }];
        Trial { strikes, ended: Ended::Panicked, shown, faults: Vec::new() }
    }
}
