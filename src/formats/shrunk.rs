//! `shrunk`: what a reduction came to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{StoppedJson, Version};

/// The result of a reduction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShrunkJson {
    /// The version of the format.
    pub shrunk: Version<1>,
    /// The file with the reduced plan.
    pub file: String,
    /// The expectation that still fails, in words.
    pub expectation: String,
    /// The failure, in one line.
    pub summary: String,
    /// The lines of the witness.
    pub witness: Vec<String>,
    /// The size of the original plan.
    pub before: PlanSizeJson,
    /// The size of the reduced plan.
    pub after: PlanSizeJson,
    /// The number of smaller plans that were tried.
    pub tried: u64,
    /// The number of runs that this took.
    pub runs: u64,
    /// True if neither plan fails this way without its faults.
    pub by_faults: bool,
    /// The seeds that the reduced plan was tried with.
    pub seeds: SeedTrialsJson,
    /// True if the reduced plan fails with each of these seeds, and its file has none.
    pub needs_no_seed: bool,
    /// The reason why the search ended early, if it did.
    pub stopped: Option<StoppedJson>,
}

/// The size of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanSizeJson {
    /// The faults.
    pub faults: u64,
    /// The operations of all users.
    pub operations: u64,
    /// The users.
    pub clients: u64,
    /// The applications.
    pub applications: u64,
    /// The nodes.
    pub nodes: u64,
    /// Its duration, in virtual time.
    pub duration_ns: u64,
    /// The bytes of its text as a scenario file.
    pub bytes: u64,
}

/// Runs of a plan with several seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeedTrialsJson {
    /// The seeds.
    pub tried: Vec<u64>,
    /// Those with which it does not fail.
    pub holds_with: Vec<u64>,
}
