//! The options of the commands that sweep: the runs, and the places for their results.

use clap::Args;
use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use super::batch::BatchArguments;
use super::files::{OutputFile, Outputs};
use super::pages::{PageFolder, ShownAs, ShownRun, charts, shown_runs, wants_charts};
use super::progress::Progress;
use super::shard::Chosen;
use super::{Ending, Failure};
use crate::explore::{
    BrokenFile, BrokenFileReason, OnFailure, Results, RunConclusion, Shard, StopReason, Sweep,
};
use crate::front::report::{
    FailureChart, JsonLayout, annotations_text, step_summary_text, write_csv, write_junit,
    write_results,
};

use crate::scenario::services::Programs;

/// The runs of a sweep or a test.
#[derive(Clone, Debug, Args)]
pub(super) struct ManyArguments {
    #[command(flatten)]
    pub(super) batch: BatchArguments,
    /// Stop at the first run that does not end as expected
    #[arg(long, help_heading = "Runs")]
    stop_on_first: bool,
    /// Run only part K of N, to share the runs between machines
    ///
    /// Without it, the part is read from the variables of GitLab, CircleCI, Buildkite, Kubernetes or
    /// Slurm where they are set; `1/1` then runs everything.
    #[arg(long, value_name = "K/N", help_heading = "Runs")]
    shard: Option<Shard>,
    /// Write a page into a folder for one run of each way of failing, as `nodedown view` makes it
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    view: Option<PathBuf>,
}

/// The places for results besides the terminal.
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
    /// This machine's part of the runs.
    pub(super) fn shard(&self) -> Result<Chosen, Failure> {
        Ok(Chosen::new(self.shard)?)
    }

    /// Runs them, with a bar for those who watch, until they are done or somebody is tired of it.
    pub(super) fn run(&self, sweep: Sweep<'_>) -> Results {
        let time_is_up = self.batch.time_is_up();
        let on_failure = if self.stop_on_first { OnFailure::Stop } else { OnFailure::Continue };
        let sweep = sweep.batch(self.batch.batch(&time_is_up).on_failure(on_failure));
        let mut progress = Progress::new(sweep.count());
        let results = sweep.run(|run| progress.advance(!run.as_expected));
        progress.clear();
        results
    }
}

/// The runs that are looked at again after many, and the folder for their pages.
#[derive(Default)]
pub(super) struct LookAgain {
    folder: Option<PageFolder>,
    shown: Vec<ShownRun>,
}

impl ManyArguments {
    /// The folder for pages, opened before anything is run.
    pub(super) fn look_again(&self) -> Result<LookAgain, Failure> {
        let folder = self.view.as_deref().map(PageFolder::open).transpose()?;
        Ok(LookAgain { folder, shown: Vec::new() })
    }
}

impl LookAgain {
    /// Runs again what failed, if it is to be shown anywhere.
    pub(super) fn run(&mut self, programs: &Programs, results: &Results) -> Result<(), Failure> {
        let look = match self.folder {
            Some(_) => Some(ShownAs::Pages),
            None => wants_charts().then_some(ShownAs::Charts),
        };
        if let Some(look) = look {
            self.shown = shown_runs(programs, results, look)?;
        }
        Ok(())
    }

    /// Writes the pages, and says where they are.
    pub(super) fn write_pages(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        match &mut self.folder {
            Some(folder) => folder.write(&self.shown, out),
            None => Ok(()),
        }
    }
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
    /// The place for the text for people.
    pub(super) fn people(&self) -> Box<dyn Write> {
        self.outputs.people()
    }

    /// Writes everything that was asked for but the text. Returns true if text is wanted.
    pub(super) fn deliver(self, results: &Results, again: &LookAgain) -> Result<bool, Failure> {
        if let Some(file) = self.out {
            file.write(|out| write_results(results, JsonLayout::Compact, out))?;
        }
        if let Some(file) = self.csv {
            file.write(|out| write_csv(results, out))?;
        }
        if let Some(file) = self.junit {
            file.write(|out| write_junit(results, out))?;
        }
        tell_github(results, self.json, &charts(&again.shown))?;
        if self.json {
            write_results(results, JsonLayout::Pretty, anstream::stdout().lock())?;
        }
        Ok(!self.json)
    }
}

/// In a workflow of GitHub: annotations beside the files, and a summary of the step.
fn tell_github(results: &Results, json: bool, charts: &[FailureChart]) -> Result<(), Failure> {
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
        let written =
            file.and_then(|mut file| write!(file, "{}", step_summary_text(results, charts)));
        written.map_err(|error| Failure::Write { path: path.into(), error })?;
    }
    Ok(())
}

/// The exit code for these results.
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

/// The exit code for files that are not scenarios, if there are any.
pub(super) fn broken_ending(broken: &[BrokenFile]) -> Option<Ending> {
    let any = |why| broken.iter().any(|each| each.why == why);
    if any(BrokenFileReason::Invalid) {
        return Some(Ending::Usage);
    }
    any(BrokenFileReason::Unreadable).then_some(Ending::NoInput)
}
