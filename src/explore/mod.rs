//! Many runs: each is simulated on one thread, several at once.
//!
//! **Invariant**: runs whole simulations; the result does not depend on the number of threads.
//!
//! - `batch`: the threads of many runs, and when they end early; `pool`: work spread over threads, its results in the order of the work
//! - `sweep`: scenarios with many seeds; `suite`: the scenarios of a folder
//! - `prove`: a fault at every point of a run where one could matter
//! - `run_seeds`: a scenario with many seeds as one test under `cargo test`; `world_test`: a
//!   world that was made in Rust
//! - `seeds`: lists of seeds; `shard`: one machine's part of them
//! - `twice`: the check that a seed gives the same run twice
//! - `text`: the text that each thread parses a scenario from
//! - `interrupt`: a request to stop, shared by threads
//! - `summary`: the data kept of a run
//! - `failure_modes`: the distinct ways in which runs fail
//! - [`coverage`]: the faults and states that runs reached
//! - `shrink`: the smallest plan that still fails
//! - `seed_file`: the seeds with which a scenario has failed before
//! - `results`: the results of many runs; `merge`: those of several machines together
//! - `percentiles`: the distribution of a time over many runs

mod batch;
pub mod coverage;
mod failure_modes;
mod interrupt;
mod merge;
mod percentiles;
pub mod pool;
mod prove;
mod results;
mod run_seeds;
mod seed_file;
mod seeds;
mod shard;
mod shrink;
mod suite;
mod summary;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod twice;
mod world_test;

pub use crate::spelling::{command_for, quoted};
pub use batch::Batch;
pub use failure_modes::{
    EXAMPLES_MAX, ExpectationRef, FailureExample, FailureInstance, FailureMode, FailureModeId,
};
pub use interrupt::Interrupt;
pub use merge::{MergeError, merge};
pub use percentiles::{MEASURES, Measure, Percentiles};
pub use prove::{
    InjectionPoint, LevelResults, Proof, ProofError, ProofFault, ProofSettings, Prover, Trial,
    TrialFinding,
};
pub use results::{
    BatchKind, BrokenFile, BrokenFileReason, MeasureLimit, OnFailure, Results, RunTotals,
    ScenarioResults, StopReason,
};
pub use run_seeds::{RunSeeds, SeedRuns};
pub use seed_file::SeedFile;
pub use seeds::{Seeds, SeedsError};
pub use shard::{Shard, ShardError};
pub use shrink::{
    ExpectationFailure, FailureMatch, PlanSize, SeedTrials, ShrinkError, ShrinkProgress,
    ShrinkResult, Shrinker,
};
pub use suite::{Suite, TestSeeds};
pub use summary::{FaultStrike, MeasuredTime, RunConclusion, RunSummary, RunTimes};
pub use sweep::Sweep;
pub use text::ScenarioText;
pub use twice::USUAL_CAUSES;
pub use world_test::WorldTest;
