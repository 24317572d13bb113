//! The data kept of a run after the run itself is gone.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::coverage::Reached;
use super::twice::USUAL_CAUSES;
use super::ways::{Example, Sight, WayId, What};
use crate::check::{Conclusion, FaultFigures, Figures, Verdict, describe};
use crate::runtime;
use crate::scenario::ExpectedVerdict;
use crate::simulation::Run;
use crate::time::nanos;

/// The conclusion of a run, including that of a run that panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// All that was expected was put to the test, and held.
    Pass,
    /// Something that was expected did not hold.
    Violated,
    /// Something was not put to the test, and all else held.
    Inconclusive,
    /// A bug in nodedown itself, or in a checker: there is no verdict.
    Panicked,
}

/// A summary of a run: plain data, whose size hardly depends on the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The seed.
    pub seed: u64,
    /// The place of the transport among those of the scenario.
    pub transport: usize,
    /// The fingerprint of all that happened: the same as `nodedown run` shows.
    #[serde(with = "hexadecimal")]
    pub digest: u64,
    /// Its conclusion.
    pub ended: Ended,
    /// True if the scenario expects this conclusion.
    pub as_expected: bool,
    /// The number of faults that were injected.
    pub faults: u32,
    /// The times measured in the run.
    pub times: Times,
    /// In which ways it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<WayId>,
}

/// The times measured in one run: the longest of each kind. Those that never applied are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// From a fault until the first other node noticed.
    #[serde(rename = "detection_first_ns", default, skip_serializing_if = "Option::is_none")]
    pub detection_first: Option<Taken>,
    /// From a fault until the last node that was connected noticed.
    #[serde(rename = "detection_last_ns", default, skip_serializing_if = "Option::is_none")]
    pub detection_last: Option<Taken>,
    /// From a fault until a distributed application that it took away was started again.
    #[serde(rename = "restart_ns", default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<Taken>,
    /// From a fault, or its end, until users were served again (RTO).
    #[serde(rename = "recovery_ns", default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Taken>,
    /// The 99th percentile of the answered operations.
    #[serde(rename = "p99_ns", default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<Taken>,
    /// The slowest answered operation.
    #[serde(rename = "slowest_ns", default, skip_serializing_if = "Option::is_none")]
    pub slowest: Option<Taken>,
}

/// A measured time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taken {
    /// This long.
    For(Duration),
    /// It had not come about by the end of the run.
    Never,
}

/// All that a finished run hands over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub summary: RunSummary,
    pub sights: Vec<Sight>,
    pub reached: Reached,
}

impl Seen {
    /// Summarises a run.
    pub(super) fn of(run: &Run, verdict: &Verdict, transport: usize) -> Seen {
        let expected = run.plan.scenario.expected_verdict;
        let sights = sights(run, verdict, transport);
        let summary = RunSummary {
            seed: run.plan.seed,
            transport,
            digest: run.trace.digest().as_u64(),
            ended: Ended::from(verdict.conclusion),
            as_expected: verdict.meets(&expected),
            faults: super::coverage::injections(run).count() as u32,
            times: Times::of(&verdict.figures),
            ways: sights.iter().map(Sight::way).collect(),
        };
        Seen { summary, sights, reached: Reached::of(run, &verdict.figures) }
    }

    /// Marks the run as violated because a second run with the same seed differed from it.
    pub(super) fn differing(mut self, difference: String) -> Seen {
        let RunSummary { seed, transport, .. } = self.summary;
        let witness = USUAL_CAUSES.map(|cause| format!("usual cause: {cause}")).to_vec();
        let example = Example { seed, transport, summary: difference, witness };
        let text = "the same seed gives the same run".to_owned();
        let sight = Sight { what: What { place: None, text }, result: Ended::Violated, example };
        self.summary.ended = self.summary.ended.max(Ended::Violated);
        self.summary.as_expected = false;
        self.summary.ways.insert(0, sight.way());
        self.sights.insert(0, sight);
        self
    }

    /// The summary of a run that ended in a panic.
    pub(super) fn panicked(seed: u64, transport: usize, message: String) -> Seen {
        let example = Example { seed, transport, summary: message, witness: Vec::new() };
        let text = "nodedown itself has no bug".to_owned();
        let sight = Sight { what: What { place: None, text }, result: Ended::Panicked, example };
        let summary = RunSummary {
            seed,
            transport,
            digest: 0,
            ended: Ended::Panicked,
            as_expected: false,
            faults: 0,
            times: Times::default(),
            ways: vec![sight.way()],
        };
        Seen { summary, sights: vec![sight], reached: Reached::default() }
    }
}

/// The expectations that did not hold in a run, or were not tested; or, where it does not end as
/// expected for another reason, that reason.
fn sights(run: &Run, verdict: &Verdict, transport: usize) -> Vec<Sight> {
    let seed = run.plan.seed;
    let sight = |what, result: Conclusion, summary: &str, witness: &[String]| {
        let (summary, witness) = (summary.to_owned(), witness.to_vec());
        let example = Example { seed, transport, summary, witness };
        Sight { what, result: Ended::from(result), example }
    };
    let findings = verdict.findings.iter().enumerate();
    let failed = findings.filter(|(_, finding)| finding.result != Conclusion::Pass);
    let mut sights: Vec<Sight> = failed
        .map(|(place, finding)| {
            let what = What { place: Some(place), text: describe(&finding.expectation) };
            let witness = finding.witness.as_ref().map_or(&[][..], |witness| &witness.texts);
            sight(what, finding.result, &finding.summary, witness)
        })
        .collect();
    sights.extend(verdict.doubts.iter().map(|doubt| {
        let what = What { place: None, text: doubt.wanted.to_owned() };
        sight(what, Conclusion::Inconclusive, &doubt.why, &[])
    }));
    let expected = run.plan.scenario.expected_verdict;
    if sights.is_empty() && !verdict.meets(&expected) {
        let what = What { place: None, text: wanted(expected).to_owned() };
        let why = why_unexpected(run);
        sights.push(sight(what, verdict.conclusion, &why, &[]));
    }
    sights
}

const fn wanted(expected: ExpectedVerdict) -> &'static str {
    match expected {
        ExpectedVerdict::Pass => "the run comes to its end",
        ExpectedVerdict::Violated => "something expected does not hold (\"verdict\": \"violated\")",
        ExpectedVerdict::Inconclusive => {
            "something is not put to the test (\"verdict\": \"inconclusive\")"
        }
    }
}

fn why_unexpected(run: &Run) -> String {
    match run.outcome {
        runtime::Outcome::BudgetExhausted { .. } => {
            let (at, steps) = (run.ended_at, run.steps);
            format!("`event_budget` used up at {at}: the run was given up after {steps} steps")
        }
        runtime::Outcome::Quiescent
        | runtime::Outcome::Deadline
        | runtime::Outcome::Called(_)
        | runtime::Outcome::Recorded
        | runtime::Outcome::StepsDone
        | runtime::Outcome::Stepped => "everything expected holds".to_owned(),
    }
}

impl Times {
    fn of(figures: &Figures) -> Times {
        let longest = |times: &mut dyn Iterator<Item = Taken>| times.max();
        let faults = || figures.faults.iter();
        let noticed = || faults().filter_map(FaultFigures::detection_times);
        let restarts = faults().flat_map(|fault| &fault.failovers);
        let workloads = || figures.workloads.iter();
        Times {
            detection_first: longest(&mut noticed().map(|(first, _)| Taken::For(first))),
            detection_last: longest(&mut noticed().map(|(_, last)| Taken::For(last))),
            restart: longest(
                &mut restarts.map(|each| Taken::of(each.to.as_ref().map(|to| to.after))),
            ),
            recovery: longest(&mut faults().map(|fault| Taken::of(fault.recovery_time()))),
            p99: longest(&mut workloads().filter_map(|each| each.p99).map(Taken::For)),
            slowest: longest(&mut workloads().filter_map(|each| each.slowest).map(Taken::For)),
        }
    }
}

impl Taken {
    fn of(time: Option<Duration>) -> Taken {
        time.map_or(Taken::Never, Taken::For)
    }
}

impl Serialize for Taken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Taken::For(time) => serializer.serialize_u64(nanos(*time)),
            Taken::Never => serializer.serialize_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for Taken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Taken, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Nanos(u64),
            Never(Never),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Never {
            Never,
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Nanos(nanos) => Taken::For(Duration::from_nanos(nanos)),
            Written::Never(Never::Never) => Taken::Never,
        })
    }
}

impl From<Conclusion> for Ended {
    fn from(conclusion: Conclusion) -> Ended {
        match conclusion {
            Conclusion::Pass => Ended::Pass,
            Conclusion::Violated => Ended::Violated,
            Conclusion::Inconclusive => Ended::Inconclusive,
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Ended::Pass => "pass",
            Ended::Violated => "violated",
            Ended::Inconclusive => "inconclusive",
            Ended::Panicked => "panicked",
        })
    }
}

/// A fingerprint as it is shown.
mod hexadecimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{number:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}
