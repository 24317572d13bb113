//! The threads of many runs, and when they end early.

use std::num::NonZero;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "the patience of the user, not a simulation's time"
)]
use std::time::Instant;

use clap::Args;

use super::interrupt;
use super::numbers::parse_count;
use crate::engine::time::parse_duration;
use crate::explore::Batch;
use crate::explore::pool::available_jobs;

/// The options of every command that makes many runs.
#[derive(Clone, Debug, Args)]
pub(super) struct BatchArguments {
    /// Runs in parallel [default: the number of cores]
    #[arg(
        long, short, value_name = "N", value_parser = parse_count, allow_negative_numbers = true,
        help_heading = "Runs"
    )]
    jobs: Option<NonZero<usize>>,
    /// Start no new runs after this much real time, such as `10m`; long ones under way are given up
    #[arg(
        long, alias = "until", value_name = "DURATION", value_parser = parse_duration,
        help_heading = "Runs"
    )]
    pub(super) max_time: Option<Duration>,
}

impl BatchArguments {
    /// True once the time is up that begins now; never, if none is given.
    #[expect(clippy::disallowed_types, reason = "the patience of the user")]
    pub(super) fn time_is_up(&self) -> impl Fn() -> bool + Sync + use<> {
        let deadline = self.max_time.map(|time| Instant::now() + time);
        move || deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// A batch that also ends early on Ctrl-C.
    pub(super) fn batch<'a>(&self, time_is_up: &'a (dyn Fn() -> bool + Sync)) -> Batch<'a> {
        Batch::new()
            .jobs(self.jobs.unwrap_or_else(available_jobs))
            .interrupt(interrupt::on_ctrl_c())
            .until(time_is_up)
    }
}
