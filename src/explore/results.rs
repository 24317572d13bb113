//! The results of many runs.

use std::time::Duration;

use super::coverage::Coverage;
use super::failure_modes::{FailureMode, FailureModeId};
use super::seeds::Seeds;
use super::shard::Shard;
use super::summary::{RunConclusion, RunOutput, RunSummary};
use super::text::ScenarioText;
use crate::scenario::{Expectation, Scenario};
use crate::spelling::command_for;

/// The results of the runs of one or more scenarios.
///
/// It is the same whatever the number of threads, and on every machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// The version of nodedown.
    pub nodedown: String,
    /// The purpose of the runs.
    pub kind: BatchKind,
    /// The shard of all runs that these are.
    pub shard: Shard,
    /// The reason why the runs ended early, if they did.
    pub stopped: Option<StopReason>,
    /// The files that are not valid scenarios.
    pub broken: Vec<BrokenFile>,
    /// The scenarios in the order in which they were run.
    pub scenarios: Vec<ScenarioResults>,
}

/// The purpose of many runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchKind {
    /// To explore one scenario with many seeds.
    #[default]
    Sweep,
    /// To check every scenario against its declared verdict.
    Test,
}

/// The results of the runs of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioResults {
    /// The file.
    pub file: String,
    /// The name of the scenario.
    pub name: String,
    /// A hash of its text.
    pub hash: String,
    /// The verdict that it is meant to end in.
    pub expected: RunConclusion,
    /// The transports of its services: each seed is run once with each.
    pub transports: Vec<String>,
    /// The lines of its expectations.
    pub lines: Vec<usize>,
    /// The limits that its expectations set for times that are measured.
    pub limits: Vec<MeasureLimit>,
    /// The seeds, of which a shard has a part only.
    pub seeds: Seeds,
    /// The runs in their order.
    pub runs: Vec<RunSummary>,
    /// The ways in which they failed, the most frequent first.
    pub ways: Vec<FailureMode>,
    /// The faults and states that the runs reached.
    pub coverage: Coverage,
}

/// The longest that a time may be which is measured in each run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureLimit {
    /// The name of the measure: `recovery`, `detection_last`, `slowest`.
    pub measure: String,
    /// The limit.
    pub at_most: Duration,
}

impl MeasureLimit {
    /// The limit that an expectation sets, if it sets one for a time that is measured in each run.
    fn of(expectation: &Expectation) -> Option<MeasureLimit> {
        let (measure, at_most) = match expectation {
            Expectation::RecoveryTime { at_most, .. } => ("recovery", *at_most),
            Expectation::DetectionTime { at_most, .. } => ("detection_last", *at_most),
            Expectation::Transparent { within, .. } => ("slowest", *within),
            Expectation::Linearizable { .. }
            | Expectation::LostAcknowledged { .. }
            | Expectation::Duplicated { .. }
            | Expectation::SingleInstance { .. }
            | Expectation::Availability { .. }
            | Expectation::Invariant(_)
            | Expectation::FailSafe { .. }
            | Expectation::Nonmasking { .. }
            | Expectation::Progress { .. }
            | Expectation::RecoveryPoint { .. }
            | Expectation::ErrorBudget { .. }
            | Expectation::P99AgainstTwin { .. }
            | Expectation::Claim { .. }
            | Expectation::LocationTransparent { .. }
            | Expectation::TwoPrimaries { .. } => return None,
        };
        Some(MeasureLimit { measure: measure.to_owned(), at_most })
    }
}

/// The reasons for ending early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopReason {
    /// One run had failed, and only the first failure was wanted.
    FirstFailure,
    /// The time for them was up.
    TimeUp,
    /// The user interrupted them.
    Interrupted,
}

/// The reaction to the first failed run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The other runs follow.
    #[default]
    Continue,
    /// No more runs are begun.
    Stop,
}

/// A file that is not a valid scenario.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenFile {
    /// The file.
    pub file: String,
    /// The line of the first mistake, if it is in a line.
    pub line: Option<usize>,
    /// A description of the mistakes, for people.
    pub message: String,
    /// The reason why it is not a scenario.
    pub why: BrokenFileReason,
}

/// The reasons why a file is not a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum BrokenFileReason {
    /// There are mistakes in it.
    #[default]
    Invalid,
    /// It, or its seed file, cannot be read.
    Unreadable,
    /// It needs something that this machine does not have, and was not run.
    Skipped,
}

impl BrokenFileReason {
    /// A phrase for such a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            BrokenFileReason::Invalid => "no scenario",
            BrokenFileReason::Unreadable => "cannot be read",
            BrokenFileReason::Skipped => "skipped",
        }
    }
}

/// The number of runs by their conclusion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTotals {
    /// All runs.
    pub runs: u64,
    /// Those that passed.
    pub pass: u64,
    /// Those in which an expectation did not hold.
    pub violated: u64,
    /// Those in which an expectation was not tested.
    pub inconclusive: u64,
    /// Those that ended in a panic, which is a bug in nodedown.
    pub panicked: u64,
    /// Those that did not end as their scenarios expect.
    pub unexpected: u64,
}

impl Results {
    /// Results without any runs yet.
    #[must_use]
    pub(super) fn of(scenarios: Vec<ScenarioResults>) -> Results {
        Results {
            nodedown: env!("CARGO_PKG_VERSION").to_owned(),
            kind: BatchKind::Sweep,
            shard: Shard::WHOLE,
            stopped: None,
            broken: Vec::new(),
            scenarios,
        }
    }

    /// The number of runs by their conclusion.
    #[must_use]
    pub fn totals(&self) -> RunTotals {
        let mut totals = RunTotals::default();
        for run in self.scenarios.iter().flat_map(|scenario| &scenario.runs) {
            totals.add(run);
        }
        totals
    }

    /// The conclusion of all runs together: [`RunConclusion::Pass`] if every run ended as its
    /// scenario expects; otherwise the worst of the others, where a run that passes but must not
    /// counts as [`RunConclusion::Violated`]. `None` if there was no run.
    #[must_use]
    pub fn ended(&self) -> Option<RunConclusion> {
        self.scenarios.iter().flat_map(|scenario| &scenario.runs).map(RunSummary::counts_as).max()
    }
}

impl RunSummary {
    /// Its conclusion relative to the expected one: a run that ends as expected counts as passed.
    #[must_use]
    pub const fn counts_as(&self) -> RunConclusion {
        match self.ended {
            _ if self.as_expected => RunConclusion::Pass,
            RunConclusion::Pass | RunConclusion::Violated => RunConclusion::Violated,
            RunConclusion::Inconclusive => RunConclusion::Inconclusive,
            RunConclusion::Panicked => RunConclusion::Panicked,
        }
    }
}

impl RunTotals {
    fn add(&mut self, run: &RunSummary) {
        self.runs += 1;
        self.unexpected += u64::from(!run.as_expected);
        match run.ended {
            RunConclusion::Pass => self.pass += 1,
            RunConclusion::Violated => self.violated += 1,
            RunConclusion::Inconclusive => self.inconclusive += 1,
            RunConclusion::Panicked => self.panicked += 1,
        }
    }
}

impl ScenarioResults {
    /// Results without any runs yet.
    pub(super) fn of(text: &ScenarioText, scenario: &Scenario, seeds: Seeds) -> ScenarioResults {
        let transports = scenario.transports.iter().map(ToString::to_string);
        ScenarioResults {
            file: text.file().to_owned(),
            name: scenario.name.clone(),
            hash: format!("{:016x}", text.hash()),
            expected: RunConclusion::from(crate::verdict::Conclusion::from(
                scenario.expected_verdict,
            )),
            transports: transports.collect(),
            lines: scenario.lines(text.text()),
            limits: scenario.expectations.iter().filter_map(MeasureLimit::of).collect(),
            seeds,
            runs: Vec::new(),
            ways: Vec::new(),
            coverage: Coverage::of(scenario),
        }
    }

    /// The number of runs by their conclusion.
    #[must_use]
    pub fn totals(&self) -> RunTotals {
        let mut totals = RunTotals::default();
        self.runs.iter().for_each(|run| totals.add(run));
        totals
    }

    /// The first run that did not end as expected.
    #[must_use]
    pub fn first_failure(&self) -> Option<&RunSummary> {
        self.runs.iter().find(|run| !run.as_expected)
    }

    /// The way with this id.
    #[must_use]
    pub fn failure_mode(&self, id: FailureModeId) -> Option<&FailureMode> {
        self.ways.iter().find(|way| way.id == id)
    }

    /// The line of the file that a way is about.
    #[must_use]
    pub fn line(&self, way: &FailureMode) -> usize {
        let line = way.what.place.and_then(|place| self.lines.get(place));
        line.copied().unwrap_or(1)
    }

    /// The command that shows a run of this seed again.
    #[must_use]
    pub fn replay_command(&self, seed: u64) -> String {
        command_for("run", &self.file, seed)
    }

    /// The command that makes a page of the run with this seed.
    #[must_use]
    pub fn view_command(&self, seed: u64) -> String {
        command_for("view", &self.file, seed)
    }

    /// The command that makes the run with this seed smaller.
    #[must_use]
    pub fn shrink_command(&self, seed: u64) -> String {
        command_for("shrink", &self.file, seed)
    }

    /// Adds a run.
    pub(super) fn add(&mut self, seen: RunOutput) {
        let RunOutput { summary, sights, reached } = seen;
        for sight in sights {
            let id = sight.mode();
            let place = self.ways.iter().position(|way| way.id == id).unwrap_or_else(|| {
                self.ways.push(FailureMode::of(&sight));
                self.ways.len() - 1
            });
            let way = &mut self.ways[place];
            way.runs += 1;
            way.failures += u64::from(!summary.as_expected);
            way.add_example(sight.example);
        }
        if summary.ended != RunConclusion::Panicked {
            self.coverage.add(&reached, summary.seed);
        }
        self.runs.push(summary);
    }

    /// Sorts the ways of failing into the order of the report.
    pub(super) fn sort_ways(&mut self) {
        let key = |way: &FailureMode| {
            let first = way.example().seed;
            (u64::MAX - way.failures, u64::MAX - way.runs, first, way.what.place, way.id)
        };
        self.ways.sort_by_key(key);
    }
}
