//! Words that several formats share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A verdict on a run, or the conclusion about one expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictJson {
    /// It was tested, and held.
    Pass,
    /// It did not hold.
    Violated,
    /// It was not tested, so its truth is unknown.
    Inconclusive,
}

/// The conclusion of one of many runs, which a panic may have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedJson {
    /// Every expectation was tested, and held.
    Pass,
    /// An expectation did not hold.
    Violated,
    /// Something was not tested, and everything else held.
    Inconclusive,
    /// A bug in nodedown itself: there is no verdict.
    Panicked,
}

/// The reason why many runs ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoppedJson {
    /// One run had failed, and only the first failure was wanted.
    FirstFailure,
    /// The time for them was up.
    TimeUp,
    /// The user interrupted them.
    Interrupted,
}
