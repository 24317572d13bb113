//! `run`: a run and its verdict, with everything but the trace; `runs`: several of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{VerdictJson, Version};

/// Several runs and their verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunsJson {
    /// The version of the format.
    pub runs: Version<1>,
    /// Each run, in their order.
    pub list: Vec<RunJson>,
}

/// A run and its verdict. Values that are unknown or do not apply are null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunJson {
    /// The version of the format.
    pub run: Version<1>,
    /// The name of the scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The transport of the services.
    pub transport: String,
    /// The fingerprint of all that happened.
    pub digest: String,
    /// The verdict.
    pub verdict: VerdictJson,
    /// The verdict that the scenario declares.
    pub expected: VerdictJson,
    /// True if the two agree.
    pub as_expected: bool,
    /// The finding for each expectation, in the order of the scenario.
    pub findings: Vec<FindingJson>,
    /// The reasons why the run as a whole is inconclusive.
    pub doubts: Vec<DoubtJson>,
    /// The measured figures, expected or not.
    pub figures: FiguresJson,
    /// The lines of the story.
    pub story: Vec<StoryLineJson>,
    /// The reason why the run ended.
    pub outcome: RunOutcomeJson,
    /// The virtual time at which it ended.
    pub ended_at_ns: u64,
    /// The number of events and turns of processes.
    pub steps: u64,
    /// The traffic between nodes.
    pub traffic: TrafficJson,
    /// The counts of the services.
    pub services: ServicesJson,
}

/// The finding for an expectation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingJson {
    /// The expectation, in words.
    pub expectation: String,
    /// The conclusion about it.
    pub result: VerdictJson,
    /// A summary in one line, for people.
    pub summary: String,
    /// The witness of a violation.
    pub witness: Option<WitnessJson>,
}

/// The part of a run that shows that something did not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WitnessJson {
    /// The time of the violation.
    pub at_ns: u64,
    /// The events, a line each, for people.
    pub texts: Vec<String>,
    /// The client's operation that shows it, if one does.
    pub operation: Option<OperationJson>,
}

/// An operation of a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationJson {
    /// Its place in the history, from 0 on.
    pub number: u32,
    /// The workload that the client belongs to.
    pub workload: String,
    /// The client's number within the workload.
    pub client: u32,
    /// The user's name for it, as `post`.
    pub name: String,
    /// The key.
    pub key: Value,
    /// The value; null if there is none.
    pub value: Value,
    /// The time of the invocation.
    pub invoked_ns: u64,
    /// The time at which the client knew the outcome; null while it is in progress.
    pub ended_ns: Option<u64>,
    /// The outcome, with the answer or the reason; null while it is in progress.
    pub outcome: Option<AnswerJson>,
}

/// The outcome of an operation, with its term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerJson {
    /// Done, with this answer.
    Ok(Value),
    /// Certainly not done, for this reason.
    Failed(Value),
    /// Perhaps done, perhaps not.
    Unknown(Value),
}

/// A reason why a run is inconclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoubtJson {
    /// The condition that is not met; the same words in all runs.
    pub wanted: String,
    /// The reason, in one line.
    pub why: String,
}

/// The measured figures of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiguresJson {
    /// The users, workload by workload, in the order of the scenario.
    pub workloads: Vec<WorkloadFiguresJson>,
    /// Each fault that takes something away, in the order of their injection.
    pub faults: Vec<FaultFiguresJson>,
    /// The distributed applications.
    pub applications: Vec<ApplicationFiguresJson>,
}

/// The figures of a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkloadFiguresJson {
    /// The workload.
    pub workload: String,
    /// The operations that were begun.
    pub invoked: u64,
    /// Those that were answered without an error.
    pub ok: u64,
    /// Those that certainly were not done.
    pub failed: u64,
    /// Those that were perhaps done.
    pub unknown: u64,
    /// Those still in progress at the end of the run.
    pub open: u64,
    /// The share that was answered without an error, in parts per million.
    pub availability_ppm: Option<u32>,
    /// The median latency.
    pub p50_ns: Option<u64>,
    /// The 99th percentile of the latency.
    pub p99_ns: Option<u64>,
    /// The same in the run without faults.
    pub twin_p99_ns: Option<u64>,
    /// The longest latency.
    pub slowest_ns: Option<u64>,
    /// The limit beyond which an operation counts as slow.
    pub slow_ns: Option<u64>,
    /// The end of the first operation that was not answered, or answered with an error.
    pub first_failure_ns: Option<u64>,
    /// The end of the first operation after it that was answered without an error.
    pub first_success_after_failure_ns: Option<u64>,
    /// The longest time without an answer.
    pub longest_without_success_ns: Option<u64>,
    /// The age of the oldest acknowledged operation that was lost (RPO).
    pub recovery_point_ns: Option<u64>,
    /// The error budget, if the scenario has an objective.
    pub error_budget: Option<ErrorBudgetJson>,
    /// The kind of fault tolerance that the users saw.
    pub tolerance: ToleranceJson,
    /// The acknowledged operations that were lost.
    pub missing: Vec<MissingOperationJson>,
    /// The values that took effect more than once.
    pub duplicated: Vec<DuplicatedValueJson>,
}

/// An error budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBudgetJson {
    /// The share of operations that should be answered, in parts per million.
    pub objective_ppm: u32,
    /// The part of the budget that was spent, in parts per thousand.
    pub spent_permille: u64,
}

/// The kind of fault tolerance that the users of a workload saw, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToleranceJson {
    /// The kind.
    pub kind: ToleranceKindJson,
    /// The conclusion on safety: can everything that they saw be explained without the faults?
    pub explainable: VerdictJson,
    /// The explanation, or the reason why there is none.
    pub explanation: String,
    /// The witness that it cannot be explained.
    pub witness: Option<WitnessJson>,
    /// True if every operation was answered without an error and in time.
    pub masked: bool,
    /// The time limit that this refers to.
    pub within_ns: Option<u64>,
    /// The conclusion on both for operations begun some time after the last change.
    pub afterwards: Option<VerdictJson>,
}

/// A kind of fault tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToleranceKindJson {
    /// Safe and live all the time.
    Masking,
    /// Safe all the time, but not live.
    FailSafe,
    /// Safe and live again after the last change.
    Nonmasking,
    /// None of these.
    NotEvenFailSafe,
    /// The run does not tell.
    Unknown,
}

/// An acknowledged operation that was lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingOperationJson {
    /// The operation.
    pub operation: OperationJson,
    /// The time of its acknowledgement.
    pub acknowledged_ns: u64,
    /// The read that does not show it.
    pub not_in: OperationJson,
    /// True if a later read shows it.
    pub seen_again: bool,
    /// The time from its acknowledgement to the fault that took it.
    pub age_ns: Option<u64>,
}

/// A value that took effect more than once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicatedValueJson {
    /// The key.
    pub key: Value,
    /// The value.
    pub value: Value,
    /// The number of times that it is there.
    pub times: u64,
    /// The read that shows it.
    pub read: OperationJson,
}

/// The effects of a fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultFiguresJson {
    /// Its place in the plan, from 0 on.
    pub fault: u32,
    /// A description of the fault, for people.
    pub text: String,
    /// The time of its injection.
    pub at_ns: u64,
    /// The detection of each node that it took away.
    pub detection: Vec<DetectionJson>,
    /// The applications that it took away.
    pub failovers: Vec<FailoverJson>,
    /// The recovery of the users from it.
    pub recovery: RecoveryJson,
    /// Their recovery from its end, if it had one.
    pub after_its_end: Option<RecoveryJson>,
}

/// The detection of the loss of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DetectionJson {
    /// The node.
    pub node: String,
    /// The number of nodes that were connected to it.
    pub connected: u64,
    /// The number of these that noticed.
    pub noticed: u64,
    /// The first that noticed.
    pub first: Option<NoticedJson>,
    /// The last that noticed.
    pub last: Option<NoticedJson>,
}

/// A node that noticed a loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticedJson {
    /// The node.
    pub by: String,
    /// The time that it took.
    pub after_ns: u64,
}

/// The failover of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailoverJson {
    /// The application.
    pub application: String,
    /// The node that ran it.
    pub from: String,
    /// Its next start; null if there was none.
    pub to: Option<NextStartJson>,
}

/// A start of an application after it was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextStartJson {
    /// The node.
    pub node: String,
    /// The time of the start.
    pub at_ns: u64,
    /// The time from the fault.
    pub after_ns: u64,
    /// The start type, as Erlang prints it.
    pub start_type: String,
}

/// The recovery of users from a fault, or from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryJson {
    /// The time of the fault, or of its end.
    pub at_ns: u64,
    /// The operations that could have been disturbed.
    pub exposed: u64,
    /// Those that were.
    pub disturbed: u64,
    /// The last of these, by its place in the history.
    pub last_disturbed: Option<u32>,
    /// The time at which users were served again.
    pub served_again_ns: Option<u64>,
    /// The time until then (RTO); null if they never were.
    pub time_ns: Option<u64>,
}

/// The instances of a distributed application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationFiguresJson {
    /// The application.
    pub application: String,
    /// Its starts.
    pub starts: Vec<StartJson>,
    /// The times at which it ran on several nodes.
    pub overlaps: Vec<OverlapJson>,
    /// The time in all at which it ran on several nodes.
    pub overlap_ns: u64,
    /// The time in all at which it ran nowhere after its first start.
    pub absent_ns: u64,
}

/// A start of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartJson {
    /// The time.
    pub at_ns: u64,
    /// The node.
    pub node: String,
    /// The start type, as Erlang prints it.
    pub start_type: String,
}

/// A time at which an application ran on several nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OverlapJson {
    /// Its beginning.
    pub from_ns: u64,
    /// Its end.
    pub to_ns: u64,
    /// The nodes, in the order of their starts.
    pub nodes: Vec<String>,
    /// The start type of the later start, as Erlang prints it.
    pub start_type: String,
}

/// A line of the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoryLineJson {
    /// The time.
    pub at_ns: u64,
    /// The subject: a node, a workload, `cluster` or `fault`.
    pub who: String,
    /// The event.
    pub what: String,
}

/// The reason why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcomeJson {
    /// Nothing was left to do.
    Quiescent,
    /// Its time was up.
    Deadline,
    /// It took more events than the scenario allows.
    EventBudgetExhausted,
    /// It was stopped.
    Stopped,
}

/// The traffic between nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficJson {
    /// Messages and other signals, and data on sockets.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Connections and sockets that came up.
    pub connections: u64,
}

/// The counts of the services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServicesJson {
    /// Their own counts, by application and by what was counted.
    pub tallies: BTreeMap<String, BTreeMap<String, u64>>,
    /// The costs of requests to each application.
    pub costs: BTreeMap<String, CostJson>,
}

/// The cost of requests on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostJson {
    /// Calls and casts.
    pub requests: u64,
    /// The bytes of requests and answers.
    pub bytes: u64,
    /// Connections that were set up for them.
    pub connections: u64,
    /// Times that something had to go there and back before the caller could go on.
    pub round_trips: u64,
}
