//! The data kept of a run after the run itself is gone.

use std::time::Duration;

use super::coverage::RunCoverage;
use super::failure_modes::{ExpectationRef, FailureExample, FailureInstance, FailureModeId};
use super::twice::USUAL_CAUSES;
use crate::engine::runtime;
use crate::engine::time::Time;
use crate::scenario::ExpectedVerdict;
use crate::scenario::simulation::Run;
use crate::verdict::{Conclusion, FaultFigures, Figures, Verdict};

/// The conclusion of a run, including that of a run that panicked. The worst of several is the
/// greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunConclusion {
    /// Every expectation was tested, and held.
    Pass,
    /// Something was not tested, and everything else held.
    Inconclusive,
    /// An expectation did not hold.
    Violated,
    /// A bug in nodedown itself, or in a checker: there is no verdict.
    Panicked,
}

/// A summary of a run: plain data, whose size hardly depends on the run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// The seed.
    pub seed: u64,
    /// The place of the transport among those of the scenario.
    pub transport: usize,
    /// The fingerprint of all that happened: the same as `nodedown run` shows.
    pub digest: u64,
    /// Its conclusion.
    pub ended: RunConclusion,
    /// True if the scenario expects this conclusion.
    pub as_expected: bool,
    /// The number of faults that were injected.
    pub faults: u32,
    /// The times measured in the run.
    pub times: RunTimes,
    /// The faults that took something away, in their order.
    pub strikes: Vec<FaultStrike>,
    /// The ways in which it failed.
    pub ways: Vec<FailureModeId>,
}

/// The times measured in one run: the longest of each kind. Those that never applied are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTimes {
    /// The time from a fault until the first other node noticed.
    pub detection_first: Option<MeasuredTime>,
    /// The time from a fault until the last node that was connected noticed.
    pub detection_last: Option<MeasuredTime>,
    /// The time from a fault until a distributed application that it took away was started again.
    pub restart: Option<MeasuredTime>,
    /// The time from a fault, or its end, until users were served again (RTO).
    pub recovery: Option<MeasuredTime>,
    /// The 99th percentile of the answered operations.
    pub p99: Option<MeasuredTime>,
    /// The slowest answered operation.
    pub slowest: Option<MeasuredTime>,
}

/// A fault of a run that took something away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultStrike {
    /// The time at which it struck, in nanoseconds from the beginning of the nearest operation on; negative if
    /// that began later.
    pub offset_ns: i64,
    /// The time until users were served again, from it or from its end; zero if none was disturbed.
    pub recovery: MeasuredTime,
}

/// A measured time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeasuredTime {
    /// This long.
    For(Duration),
    /// The awaited event had not happened by the end of the run.
    Never,
}

/// Everything that is kept of a finished run, before it is counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RunOutput {
    pub summary: RunSummary,
    pub sights: Vec<FailureInstance>,
    pub reached: RunCoverage,
}

impl RunOutput {
    /// Summarises a run.
    pub(super) fn of(run: &Run, verdict: &Verdict, transport: usize) -> RunOutput {
        let expected = run.plan.scenario.expected_verdict;
        let sights = sights(run, verdict, transport);
        let summary = RunSummary {
            seed: run.plan.seed,
            transport,
            digest: run.trace.digest().as_u64(),
            ended: RunConclusion::from(verdict.conclusion),
            as_expected: verdict.meets(&expected),
            faults: super::coverage::injections(run).count() as u32,
            times: RunTimes::of(&verdict.figures),
            strikes: strikes(run, &verdict.figures),
            ways: sights.iter().map(FailureInstance::mode).collect(),
        };
        RunOutput { summary, sights, reached: RunCoverage::of(run, &verdict.figures) }
    }

    /// Marks the run as violated because a second run with the same seed differed from it.
    pub(super) fn differing(mut self, difference: String) -> RunOutput {
        let RunSummary { seed, transport, .. } = self.summary;
        let witness = USUAL_CAUSES.map(|cause| format!("usual cause: {cause}")).to_vec();
        let example = FailureExample { seed, transport, summary: difference, witness };
        let text = "the same seed gives the same run".to_owned();
        let sight = FailureInstance {
            what: ExpectationRef { place: None, text },
            result: RunConclusion::Violated,
            example,
        };
        self.summary.ended = self.summary.ended.max(RunConclusion::Violated);
        self.summary.as_expected = false;
        self.summary.ways.insert(0, sight.mode());
        self.sights.insert(0, sight);
        self
    }

    /// The summary of a run that ended in a panic.
    pub(super) fn panicked(seed: u64, transport: usize, message: String) -> RunOutput {
        let example = FailureExample { seed, transport, summary: message, witness: Vec::new() };
        let text = "nodedown itself has no bug".to_owned();
        let sight = FailureInstance {
            what: ExpectationRef { place: None, text },
            result: RunConclusion::Panicked,
            example,
        };
        let summary = RunSummary {
            seed,
            transport,
            digest: 0,
            ended: RunConclusion::Panicked,
            as_expected: false,
            faults: 0,
            times: RunTimes::default(),
            strikes: Vec::new(),
            ways: vec![sight.mode()],
        };
        RunOutput { summary, sights: vec![sight], reached: RunCoverage::default() }
    }
}

/// The expectations that did not hold in a run, or were not tested; or, where it does not end as
/// expected for another reason, that reason.
fn sights(run: &Run, verdict: &Verdict, transport: usize) -> Vec<FailureInstance> {
    let seed = run.plan.seed;
    let sight = |what, result: Conclusion, summary: &str, witness: &[String]| {
        let (summary, witness) = (summary.to_owned(), witness.to_vec());
        let example = FailureExample { seed, transport, summary, witness };
        FailureInstance { what, result: RunConclusion::from(result), example }
    };
    let findings = verdict.findings.iter().enumerate();
    let failed = findings.filter(|(_, finding)| finding.result != Conclusion::Pass);
    let mut sights: Vec<FailureInstance> = failed
        .map(|(place, finding)| {
            let what = ExpectationRef { place: Some(place), text: finding.expectation.to_string() };
            let witness = finding.witness.as_ref().map_or(&[][..], |witness| &witness.texts);
            sight(what, finding.result, &finding.summary, witness)
        })
        .collect();
    sights.extend(verdict.doubts.iter().map(|doubt| {
        let what = ExpectationRef { place: None, text: doubt.wanted.to_owned() };
        sight(what, Conclusion::Inconclusive, &doubt.why, &[])
    }));
    let expected = run.plan.scenario.expected_verdict;
    if sights.is_empty() && !verdict.meets(&expected) {
        let what = ExpectationRef { place: None, text: wanted(expected).to_owned() };
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
        runtime::RunOutcome::BudgetExhausted { .. } => {
            let (at, steps) = (run.ended_at, run.steps);
            format!("`event_budget` used up at {at}: the run was given up after {steps} steps")
        }
        runtime::RunOutcome::Quiescent
        | runtime::RunOutcome::Deadline
        | runtime::RunOutcome::Called(_)
        | runtime::RunOutcome::Recorded
        | runtime::RunOutcome::StepsDone
        | runtime::RunOutcome::Stepped => "everything expected holds".to_owned(),
    }
}

impl RunTimes {
    fn of(figures: &Figures) -> RunTimes {
        let longest = |times: &mut dyn Iterator<Item = MeasuredTime>| times.max();
        let faults = || figures.faults.iter();
        let noticed = || faults().filter_map(FaultFigures::detection_times);
        let restarts = faults().flat_map(|fault| &fault.failovers);
        let workloads = || figures.workloads.iter();
        RunTimes {
            detection_first: longest(&mut noticed().map(|(first, _)| MeasuredTime::For(first))),
            detection_last: longest(&mut noticed().map(|(_, last)| MeasuredTime::For(last))),
            restart: longest(
                &mut restarts.map(|each| MeasuredTime::of(each.to.as_ref().map(|to| to.after))),
            ),
            recovery: longest(&mut faults().map(|fault| MeasuredTime::of(fault.recovery_time()))),
            p99: longest(&mut workloads().filter_map(|each| each.p99).map(MeasuredTime::For)),
            slowest: longest(
                &mut workloads().filter_map(|each| each.slowest).map(MeasuredTime::For),
            ),
        }
    }
}

/// The faults of a run that took something away, if there were any operations.
fn strikes(run: &Run, figures: &Figures) -> Vec<FaultStrike> {
    let operations = run.history.operations().iter();
    let mut begun: Vec<Time> = operations.map(|operation| operation.invoked).collect();
    begun.sort_unstable();
    let strikes = figures.faults.iter().filter_map(|fault| {
        let later = begun.partition_point(|begun| *begun < fault.at);
        let near = begun[later.saturating_sub(1)..].iter().take(2);
        let offset = |begun: &Time| signed(fault.at) - signed(*begun);
        let offset_ns = near.map(offset).min_by_key(|offset| offset.unsigned_abs())?;
        Some(FaultStrike { offset_ns, recovery: MeasuredTime::of(fault.recovery_time()) })
    });
    strikes.collect()
}

fn signed(time: Time) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

impl MeasuredTime {
    fn of(time: Option<Duration>) -> MeasuredTime {
        time.map_or(MeasuredTime::Never, MeasuredTime::For)
    }
}

impl RunConclusion {
    /// The conclusion of the run's verdict; `None` if it panicked.
    #[must_use]
    pub const fn conclusion(self) -> Option<Conclusion> {
        match self {
            RunConclusion::Pass => Some(Conclusion::Pass),
            RunConclusion::Inconclusive => Some(Conclusion::Inconclusive),
            RunConclusion::Violated => Some(Conclusion::Violated),
            RunConclusion::Panicked => None,
        }
    }
}

impl From<Conclusion> for RunConclusion {
    fn from(conclusion: Conclusion) -> RunConclusion {
        match conclusion {
            Conclusion::Pass => RunConclusion::Pass,
            Conclusion::Violated => RunConclusion::Violated,
            Conclusion::Inconclusive => RunConclusion::Inconclusive,
        }
    }
}

impl std::fmt::Display for RunConclusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            RunConclusion::Pass => "pass",
            RunConclusion::Violated => "violated",
            RunConclusion::Inconclusive => "inconclusive",
            RunConclusion::Panicked => "panicked",
        })
    }
}
