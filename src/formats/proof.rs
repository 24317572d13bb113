//! `proof`: a search for faults that are not masked, over all points of a run where one could matter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EndedJson, StoppedJson, Version};

/// The progress of a search, and the faults that were not masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProofJson {
    /// The version of the format.
    pub proof: Version<1>,
    /// The file of the scenario.
    pub file: String,
    /// The name of the scenario.
    pub name: String,
    /// The seed of all runs.
    pub seed: u64,
    /// The faults and points that were tried.
    pub settings: ProofSettingsJson,
    /// The number of events of the run without faults that could matter.
    pub events: u64,
    /// The results with one fault in a run, with two, and so on.
    pub levels: Vec<LevelJson>,
    /// The runs in which a fault was not masked; or the run without faults, if it fails.
    pub failed: Vec<TrialJson>,
    /// The first runs in which no expectation was tested.
    pub open: Vec<TrialJson>,
    /// Every run with a fault, in the order of the search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<TriedJson>,
    /// The reason why the search ended early, if it did.
    pub stopped: Option<StoppedJson>,
}

/// The faults and points that a search tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofSettingsJson {
    /// The most crashes in one run.
    pub crashes: u64,
    /// The most partitions in one run.
    pub partitions: u64,
    /// The time after a crash until the node starts again; null if it never does.
    pub restart_after_ns: Option<u64>,
    /// The time for which a node is cut off; null if for good.
    pub heal_after_ns: Option<u64>,
    /// The number of points of each class that are tried.
    pub each: u64,
    /// The nodes that are crashed or cut off.
    pub nodes: Vec<String>,
}

/// The results of all runs with a certain number of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelJson {
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialJson {
    /// The faults, in their order.
    pub strikes: Vec<StrikeJson>,
    /// Its conclusion.
    pub ended: EndedJson,
    /// The expectations that did not hold, or were not tested.
    pub shown: Vec<TrialFindingJson>,
    /// The faults as a scenario has them; only if something did not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// A run with some faults, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TriedJson {
    /// The faults, in their order.
    pub strikes: Vec<StrikeJson>,
    /// Its conclusion.
    pub ended: EndedJson,
}

/// A fault at a point of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StrikeJson {
    /// The kind of fault.
    pub blow: BlowJson,
    /// The node that it hits.
    pub node: String,
    /// The number of steps of the run before it.
    pub step: u64,
    /// The time of that step, in nanoseconds.
    pub at: u64,
    /// A description of the step that it precedes or follows.
    pub moment: String,
}

/// A kind of fault that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlowJson {
    /// The node crashes.
    Crash,
    /// The node is cut off from all others.
    Partition,
}

/// An expectation that did not hold in a run, or was not tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialFindingJson {
    /// The expectation, in words.
    pub what: String,
    /// The finding, in one line.
    pub summary: String,
    /// The lines of the witness.
    pub witness: Vec<String>,
}
