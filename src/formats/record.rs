//! `record`: everything that is needed to run a plan again and compare.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{VerdictJson, Version};

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordJson {
    /// The version of the format.
    pub record: Version<1>,
    /// The version of the nodedown that made it.
    pub nodedown: String,
    /// The scenario file that the plan was made from, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<ScenarioFileJson>,
    /// The compiled code that the nodes ran, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<RecordedCodeJson>,
    /// The verdict.
    pub verdict: VerdictJson,
    /// The findings, in short.
    pub findings: Vec<RecordedFindingJson>,
    /// The plan, as a scenario without randomness: see the schema of scenarios.
    pub plan: Value,
    /// The fingerprint of the run.
    pub digest: String,
    /// The number of events and turns of processes.
    pub steps: u64,
    /// The virtual time at which the run ended, as in `90s`.
    pub ended_at: String,
    /// The time, the number of steps and the fingerprint, at several times of the run.
    pub checkpoints: Vec<(String, u64, String)>,
    /// The time, the node and the text of each event of the story.
    pub story: Vec<(String, String, String)>,
}

/// A scenario file, and a hash of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioFileJson {
    /// Its name.
    pub file: String,
    /// The SHA-256 of its text, in hexadecimal.
    pub sha256: String,
}

/// The compiled code of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedCodeJson {
    /// The version of Erlang/OTP, as in `25.2.3`.
    pub otp: String,
    /// The SHA-256 of each of the scenario's own modules and files, in hexadecimal, by their names.
    pub sha256: BTreeMap<String, String>,
}

/// A finding, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedFindingJson {
    /// The expectation, in words.
    pub expectation: String,
    /// The conclusion about it.
    pub result: VerdictJson,
    /// A summary in one line, for people.
    pub summary: String,
}
