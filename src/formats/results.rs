//! `results`: the results of many runs, which `nodedown merge` reads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EndedJson, Members, StoppedJson, Version};

/// The results of the runs of one or more scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultsJson {
    /// The version of the format.
    pub results: Version<1>,
    /// The version of nodedown.
    pub nodedown: String,
    /// The purpose of the runs.
    pub kind: BatchKindJson,
    /// The shard of all runs that these are, as in `1/4`.
    pub shard: String,
    /// The reason why the runs ended early, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedJson>,
    /// The files that are not valid scenarios.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<BrokenFileJson>,
    /// The scenarios in the order in which they were run.
    pub scenarios: Vec<ScenarioResultsJson>,
    /// Figures that are derived from the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<ResultsSummaryJson>,
}

/// The purpose of many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchKindJson {
    /// To explore one scenario with many seeds.
    Sweep,
    /// To check every scenario against its declared verdict.
    Test,
}

/// A file that is not a valid scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenFileJson {
    /// The file.
    pub file: String,
    /// The line of the first mistake, if it is in a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// A description of the mistakes, for people.
    pub message: String,
    /// The reason why it is not a scenario.
    pub why: BrokenReasonJson,
}

/// The reason why a file is not a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BrokenReasonJson {
    /// There are mistakes in it.
    Invalid,
    /// It, or its seed file, cannot be read.
    Unreadable,
    /// It needs something that this machine does not have, and was not run.
    Skipped,
}

/// The results of the runs of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioResultsJson {
    /// The file.
    pub file: String,
    /// The name of the scenario.
    pub name: String,
    /// A hash of its text.
    pub hash: String,
    /// The verdict that it declares.
    pub expected: EndedJson,
    /// The transports of its services: each seed is run once with each.
    pub transports: Vec<String>,
    /// The lines of its expectations.
    pub lines: Vec<u64>,
    /// The limits that its expectations set for times that are measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<MeasureLimitJson>,
    /// The seeds, of which a shard has a part only, as in `1..100`.
    pub seeds: String,
    /// The runs in their order.
    pub runs: Vec<RunSummaryJson>,
    /// The ways in which they failed, the most frequent first.
    pub ways: Vec<FailureModeJson>,
    /// The faults and states that the runs reached.
    pub coverage: CoverageJson,
}

/// The longest that a time may be which is measured in each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureLimitJson {
    /// The name of the time, as in the percentiles: `recovery`, `detection_last`, `slowest`.
    pub measure: String,
    /// The limit, in nanoseconds.
    pub at_most_ns: u64,
}

/// A summary of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummaryJson {
    /// The seed.
    pub seed: u64,
    /// The place of the transport among those of the scenario, from 0 on.
    pub transport: u64,
    /// The fingerprint of all that happened, as `nodedown run` shows it.
    pub digest: String,
    /// Its conclusion.
    pub ended: EndedJson,
    /// True if the scenario declares this conclusion.
    pub as_expected: bool,
    /// The number of faults that were injected.
    pub faults: u32,
    /// The times measured in the run: the longest of each kind.
    pub times: RunTimesJson,
    /// The faults that took something away, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strikes: Vec<FaultStrikeJson>,
    /// The ids of the ways in which it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<String>,
}

/// The times measured in one run. Those that never applied are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunTimesJson {
    /// The time from a fault until the first other node noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection_first_ns: Option<MeasuredTimeJson>,
    /// The time from a fault until the last node that was connected noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection_last_ns: Option<MeasuredTimeJson>,
    /// The time from a fault until a distributed application that it took away was started again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_ns: Option<MeasuredTimeJson>,
    /// The time from a fault, or its end, until users were served again (RTO).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_ns: Option<MeasuredTimeJson>,
    /// The 99th percentile of the answered operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_ns: Option<MeasuredTimeJson>,
    /// The slowest answered operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest_ns: Option<MeasuredTimeJson>,
}

/// A fault of a run that took something away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultStrikeJson {
    /// The time at which it struck, from the beginning of the nearest operation on; negative if that began
    /// later.
    pub offset_ns: i64,
    /// The time until users were served again, from it or from its end; 0 if none was disturbed.
    pub recovery_ns: MeasuredTimeJson,
}

/// A measured time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MeasuredTimeJson {
    /// Nanoseconds.
    For(u64),
    /// The awaited event had not happened by the end of the run.
    Never(NeverJson),
}

/// The word for a time that has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeverJson {
    /// Never.
    Never,
}

/// A way of failing, with the runs that showed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailureModeJson {
    /// Its id, the same in every sweep of the scenario.
    pub id: String,
    /// The expectation that did not hold, or was not tested.
    pub what: ExpectationRefJson,
    /// The conclusion of such a run.
    pub result: EndedJson,
    /// The number of runs that failed in this way.
    pub runs: u64,
    /// The number of these that did not end as the scenario expects.
    pub failures: u64,
    /// The runs with the smallest seeds, smallest first.
    pub examples: Vec<FailureExampleJson>,
}

/// An expectation that is part of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectationRefJson {
    /// Its place among the expectations of the scenario, from 0 on, if it is one of them.
    pub place: Option<u64>,
    /// The expectation in words.
    pub text: String,
}

/// A run that failed in a certain way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureExampleJson {
    /// The seed of the run.
    pub seed: u64,
    /// The place of its transport among those of the scenario.
    pub transport: u64,
    /// A summary in one line.
    pub summary: String,
    /// The lines of the witness.
    pub witness: Vec<String>,
}

/// The states and faults that the runs of a scenario reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageJson {
    /// The faults that the scenario itself has, in its order.
    pub faults: Vec<FaultCoverageJson>,
    /// The faults by their kinds; those that were never injected are not there.
    pub kinds: Members<FaultCountsJson>,
    /// The nodes of the scenario in its order.
    pub nodes: Vec<NodeCoverageJson>,
    /// The states; those that were never reached are not there.
    pub states: Members<RunCountJson>,
}

/// The runs that had a fault of the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultCoverageJson {
    /// A description of the fault, for people.
    pub text: String,
    /// Its kind, if it takes something away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The runs in which it was injected.
    pub strikes: FaultCountsJson,
}

/// The runs in which a node was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeCoverageJson {
    /// The node.
    pub node: String,
    /// The runs in which it was crashed, stopped, paused, or cut off.
    pub lost: RunCountJson,
}

/// The runs in which a fault was injected, and the state of the system at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultCountsJson {
    /// All runs in which it was injected.
    pub injected: RunCountJson,
    /// Those in which an operation was in flight at that moment.
    pub in_flight: RunCountJson,
    /// Those in which a distributed application was running nowhere or on two nodes.
    pub moving: RunCountJson,
}

/// A number of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCountJson {
    /// Their number.
    pub runs: u64,
    /// The smallest seed of such a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// Figures that are derived from the runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultsSummaryJson {
    /// The conclusion of all runs together; null if there was no run.
    pub ended: Option<EndedJson>,
    /// The number of runs by their conclusion.
    pub totals: RunTotalsJson,
    /// The figures of each scenario.
    pub scenarios: Vec<ScenarioSummaryJson>,
}

/// The number of runs by their conclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunTotalsJson {
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

/// The figures of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioSummaryJson {
    /// The file.
    pub file: String,
    /// The number of runs by their conclusion.
    pub totals: RunTotalsJson,
    /// The percentiles of each measured time, by its name.
    pub percentiles: Members<PercentilesJson>,
}

/// The distribution of one measured time over many runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PercentilesJson {
    /// The number of runs in which it was measured.
    pub runs: u64,
    /// The number of these in which the awaited event never happened.
    pub never: u64,
    /// The median.
    pub p50_ns: MeasuredTimeJson,
    /// The 90th percentile.
    pub p90_ns: MeasuredTimeJson,
    /// The 99th percentile.
    pub p99_ns: MeasuredTimeJson,
    /// The longest of all.
    pub max_ns: MeasuredTimeJson,
    /// The first seed in which it took that long.
    pub max_seed: u64,
}
