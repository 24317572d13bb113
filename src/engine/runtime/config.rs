//! The settings of a world.

use std::time::Duration;

use crate::engine::network::PathConfig;
use crate::engine::trace::Detail;
use crate::spelling::words;

/// The order among the processes that are ready at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// The order that the seed picks, so that a sweep over seeds is a search over schedules.
    #[default]
    Random,
    /// First in, first out.
    Fifo,
}

words!(Schedule { Random => "random", Fifo => "fifo" });

/// The settings of a world.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The seed of all random numbers.
    pub seed: u64,
    /// The order among the processes that are ready at one instant.
    pub schedule: Schedule,
    /// The amount of detail in the trace.
    pub detail: Detail,
    /// The run ends after this number of steps (events and turns of processes).
    pub event_budget: u64,
    /// The path between nodes of one host.
    pub same_host: PathConfig,
    /// The path between hosts, unless another one is given.
    pub between_hosts: PathConfig,
}

impl Default for WorldConfig {
    fn default() -> WorldConfig {
        WorldConfig {
            seed: 1,
            schedule: Schedule::Random,
            detail: Detail::Story,
            event_budget: 10_000_000,
            same_host: PathConfig::constant(Duration::from_micros(50)),
            between_hosts: PathConfig::constant(Duration::from_millis(1)),
        }
    }
}
