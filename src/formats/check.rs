//! `check`: the judgement of the checkers on recorded histories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Version;

/// The judgements on the histories of several files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckJson {
    /// The version of the format.
    pub check: Version<1>,
    /// The claim that was checked, by its name on the command line.
    pub claim: String,
    /// The model of the service, where the claim needs one.
    pub model: Option<String>,
    /// The files, in the order in which they were named.
    pub files: Vec<CheckedFileJson>,
}

/// The judgement on a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckedFileJson {
    /// The file.
    pub file: String,
    /// The number of its operations.
    pub operations: u64,
    /// The judgement.
    pub result: CheckResultJson,
    /// The claim, its opposite or `unknown`, for people.
    pub conclusion: String,
    /// The reason, for people, where there is one to give.
    pub why: Option<String>,
    /// The lines of the witness, for people.
    pub witness: Vec<String>,
}

/// A judgement on a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckResultJson {
    /// It holds.
    Holds,
    /// It does not hold.
    Violated,
    /// It is unknown.
    Unknown,
}
