//! Many runs instead of one: each run is simulated on one thread, several at once.
//!
//! - `pool`: work spread over threads, its results in the order of the work
//! - `sweep`: scenarios with many seeds; `suite`: the scenarios of a folder
//! - `prove`: a fault at every point of a run where one could matter
//! - `run_seeds`: a scenario with many seeds as one test under `cargo test`; `world_test`: a
//!   world that was made in Rust
//! - `seeds`, `shard`: which seeds, and which part of them
//! - `twice`: whether a seed gives the same run twice
//! - `text`: what threads read a scenario from
//! - `interrupt`: a wish to stop
//! - `summary`: what is kept of a run
//! - `ways`: the distinct ways of failing
//! - [`coverage`]: what was put to the test
//! - `shrink`: the smallest plan that still fails
//! - `seed_file`: the seeds with which a scenario has failed before
//! - `results`: what is left of many runs; `merge`: of those of several machines
//! - `percentiles`: figures of many runs in a few numbers

pub mod coverage;
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
mod ways;
mod world_test;

pub use interrupt::Interrupt;
pub use merge::{MergeError, merge};
pub use percentiles::{MEASURES, Measure, Percentiles};
pub use prove::{Blow, LevelResults, Proof, Prove, ProveError, Settings, Shown, Strike, Trial};
pub use results::{Broken, Kind, NoScenario, Results, ScenarioResults, Stop, Totals};
pub use run_seeds::{RunSeeds, SeedRuns};
pub use seed_file::SeedFile;
pub use seeds::{Seeds, SeedsError};
pub use shard::{Shard, ShardError};
pub use shrink::{Failure, Likeness, SeedTrials, Shrink, Shrunk, Size, Step, Unshrinkable};
pub use suite::{Suite, TestSeeds};
pub use summary::{Ended, RunSummary, Taken, Times};
pub use sweep::Sweep;
pub use text::ScenarioText;
pub use twice::USUAL_CAUSES;
pub use ways::{EXAMPLES_MAX, Example, Sight, Way, WayId, What};
pub use world_test::WorldTest;
