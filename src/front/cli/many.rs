//! What the commands have in common that run many simulations: how they are run, and where what
//! comes of them goes.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "the patience of the user, not a simulation's time"
)]
use std::time::Instant;

use clap::Args;

use super::files::{OutputFile, Outputs};
use super::numbers::parse_count;
use super::progress::Progress;
use super::shard::Chosen;
use super::{Ending, Failure, interrupt};
use crate::engine::time::parse_duration;
use crate::explore::pool::available_jobs;
use crate::explore::{
    BrokenFile, BrokenFileReason, OnFailure, Results, RunConclusion, Shard, StopReason, Sweep,
};
use crate::front::report::{
    JsonLayout, annotations_text, step_summary_text, write_csv, write_junit, write_results,
};

/// How many simulations are run.
#[derive(Clone, Debug, Args)]
pub(super) struct ManyArguments {
    /// Runs in parallel [default: the number of cores]
    #[arg(
        long, short, value_name = "N", value_parser = parse_count, allow_negative_numbers = true,
        help_heading = "Runs"
    )]
    jobs: Option<NonZero<usize>>,
    /// Start no new runs after this much real time, such as `10m`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Runs")]
    pub(super) until: Option<Duration>,
    /// Stop at the first run that does not end as expected
    #[arg(long, help_heading = "Runs")]
    stop_on_first: bool,
    /// Run only part K of N, to share the runs between machines
    ///
    /// Without it, the part is read from the variables of GitLab, CircleCI, Buildkite, Kubernetes or
    /// Slurm where they are set; `1/1` then runs everything.
    #[arg(long, value_name = "K/N", help_heading = "Runs")]
    shard: Option<Shard>,
}

/// Where results go beside the terminal.
#[derive(Clone, Debug, Args)]
pub(super) struct DeliveryArguments {
    /// Print JSON instead of text
    #[arg(long, help_heading = "Output")]
    pub(super) json: bool,
    /// Write the results to a file as JSON, for `nodedown merge`
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Write the results to a file as JUnit XML
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    junit: Option<PathBuf>,
    /// Write one line of comma-separated values per run to a file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    csv: Option<PathBuf>,
}

/// The files for results, opened before anything is run.
pub(super) struct Delivery {
    json: bool,
    outputs: Outputs,
    out: Option<OutputFile>,
    csv: Option<OutputFile>,
    junit: Option<OutputFile>,
}

impl ManyArguments {
    /// Which part of the runs is this machine's.
    pub(super) fn shard(&self) -> Result<Chosen, Failure> {
        Ok(Chosen::new(self.shard)?)
    }

    /// Runs them, with a bar for those who watch, until they are done or somebody is tired of it.
    pub(super) fn run(&self, sweep: Sweep<'_>) -> Results {
        let time_is_up = patience(self.until);
        let sweep = sweep
            .jobs(self.jobs.unwrap_or_else(available_jobs))
            .on_failure(if self.stop_on_first { OnFailure::Stop } else { OnFailure::Continue })
            .interrupt(interrupt::on_ctrl_c())
            .until(&time_is_up);
        let mut progress = Progress::new(sweep.count());
        let results = sweep.run(|run| progress.advance(!run.as_expected));
        progress.clear();
        results
    }
}

/// Whether so much time has passed from now on; never, if none is given.
#[expect(clippy::disallowed_types, reason = "the patience of the user")]
pub(super) fn patience(until: Option<Duration>) -> impl Fn() -> bool + Sync {
    let deadline = until.map(|time| Instant::now() + time);
    move || deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

impl DeliveryArguments {
    /// Before the runs, so that nothing is run whose results cannot be written. None of the files
    /// that are read is written over.
    pub(super) fn prepare(&self, read: &[PathBuf]) -> Result<Delivery, Failure> {
        let mut outputs = Outputs::beside(read);
        if self.json {
            outputs.take_standard_output("--json")?;
        }
        let out = outputs.open_if("--out", self.out.as_deref())?;
        let csv = outputs.open_if("--csv", self.csv.as_deref())?;
        let junit = outputs.open_if("--junit", self.junit.as_deref())?;
        Ok(Delivery { json: self.json, outputs, out, csv, junit })
    }
}

impl Delivery {
    /// Where the text for people goes.
    pub(super) fn people(&self) -> Box<dyn Write> {
        self.outputs.people()
    }

    /// Writes everything that was asked for but the text. Returns whether text is wanted.
    pub(super) fn deliver(self, results: &Results) -> Result<bool, Failure> {
        if let Some(file) = self.out {
            file.write(|out| write_results(results, JsonLayout::Compact, out))?;
        }
        if let Some(file) = self.csv {
            file.write(|out| write_csv(results, out))?;
        }
        if let Some(file) = self.junit {
            file.write(|out| write_junit(results, out))?;
        }
        tell_github(results, self.json)?;
        if self.json {
            write_results(results, JsonLayout::Pretty, anstream::stdout().lock())?;
        }
        Ok(!self.json)
    }
}

/// In a workflow of GitHub: annotations beside the files, and a summary of the step.
fn tell_github(results: &Results, json: bool) -> Result<(), Failure> {
    if env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        let annotations = annotations_text(results);
        // Both are looked through for annotations.
        if json {
            write!(anstream::stderr(), "{annotations}")?;
        } else {
            write!(anstream::stdout(), "{annotations}")?;
        }
    }
    if let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let written = file.and_then(|mut file| write!(file, "{}", step_summary_text(results)));
        written.map_err(|error| Failure::Write { path: path.into(), error })?;
    }
    Ok(())
}

/// How a command has ended that ran all this.
pub(super) fn ending(results: &Results) -> Ending {
    let broken = broken_ending(&results.broken);
    match results.ended() {
        Some(RunConclusion::Panicked) => Ending::Bug,
        _ if results.stopped == Some(StopReason::Interrupted) => Ending::Interrupted,
        _ if broken.is_some() => broken.unwrap_or(Ending::Usage),
        Some(RunConclusion::Violated) => Ending::Violated,
        Some(RunConclusion::Inconclusive) => Ending::Inconclusive,
        Some(RunConclusion::Pass) => Ending::Pass,
        // With more shards than runs some have nothing to do.
        None if results.shard.of() > 1 && results.stopped.is_none() => Ending::Pass,
        None => Ending::NothingRan,
    }
}

/// How a command ends because of files that are no scenarios, if there are any.
pub(super) fn broken_ending(broken: &[BrokenFile]) -> Option<Ending> {
    let is_invalid = broken.iter().any(|each| each.why == BrokenFileReason::Invalid);
    let ending = if is_invalid { Ending::Usage } else { Ending::NoInput };
    (!broken.is_empty()).then_some(ending)
}
