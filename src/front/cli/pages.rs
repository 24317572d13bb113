//! Pictures of the runs that did not end as expected: their pages in a folder, and the charts of them
//! in a test report.

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Failure;
use super::files::{is_standard, scenario_text};
use super::view::{picture_of, place_text};
use crate::engine::trace::Detail;
use crate::explore::{
    FailureMode, FailureModeId, Results, RunConclusion, ScenarioResults, command_for,
};
use crate::front::report::FailureChart;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::verdict::{Conclusion, Verdict, check};
use crate::view::{PageLimits, Picture, page, page_of_two, witness_chart};

/// The most runs that are shown of many: the first of each way of failing.
const RUNS: usize = 20;

/// The most charts in a test report, and the most messages in one of them.
const CHARTS: usize = 6;
const MESSAGES: usize = 40;

/// A run that did not end as expected, once more and in full.
pub(super) struct ShownRun {
    pub file: String,
    pub seed: u64,
    transport: usize,
    /// The way in which it failed; `None` if it passed and should not have.
    way: Option<FailureModeId>,
    picture: Picture,
    twin: Option<Picture>,
}

impl ShownRun {
    fn of(programs: &Programs, file: &str, run: &Run, verdict: &Verdict) -> ShownRun {
        let seed = run.plan.seed;
        let (picture, twin) = picture_of(programs, run, verdict, command_for("view", file, seed));
        let transports = run.plan.scenario.transports.iter();
        let transport = transports.clone().position(|each| *each == run.plan.transport);
        let transport = transport.unwrap_or_default();
        ShownRun { file: file.to_owned(), seed, transport, way: None, picture, twin }
    }

    /// The name of its page: that of the file, the seed, and the transport if it is not the first.
    fn page_name(&self) -> String {
        let stem = Path::new(&self.file).file_stem().filter(|_| self.file != "-");
        let stem = stem.map_or("run".into(), |stem| stem.to_string_lossy());
        match self.transport {
            0 => format!("{stem}-{}", self.seed),
            other => format!("{stem}-{}-{}", self.seed, other + 1),
        }
    }
}

/// One run of each way of failing, and of each scenario that passed and should not have.
pub(super) fn shown_runs(programs: &Programs, results: &Results) -> Result<Vec<ShownRun>, Failure> {
    let mut shown = Vec::new();
    for scenario in &results.scenarios {
        for (way, seed, transport) in failed_runs(scenario) {
            if shown.len() < RUNS {
                shown.push(again(programs, scenario, (way, seed, transport))?);
            }
        }
    }
    Ok(shown)
}

/// The runs of a scenario that are shown: way of failing, seed and transport.
fn failed_runs(scenario: &ScenarioResults) -> Vec<(Option<FailureModeId>, u64, usize)> {
    let is_shown = |way: &&FailureMode| way.failures > 0 && way.result != RunConclusion::Panicked;
    let ways = scenario.ways.iter().filter(is_shown);
    let mut runs: Vec<_> =
        ways.map(|way| (Some(way.id), way.example().seed, way.example().transport)).collect();
    let mut passed = scenario.runs.iter().filter(|run| run.ended == RunConclusion::Pass);
    let passed = passed.find(|run| !run.as_expected);
    runs.extend(passed.map(|run| (None, run.seed, run.transport)));
    runs
}

/// Runs it again, with everything in its trace.
fn again(
    programs: &Programs,
    results: &ScenarioResults,
    (way, seed, transport): (Option<FailureModeId>, u64, usize),
) -> Result<ShownRun, Failure> {
    let scenario = scenario_text(Path::new(&results.file))?.parse(&programs.catalogue())?;
    let plan = scenario.plans(seed).nth(transport).unwrap_or_else(|| scenario.plan(seed));
    let run = Simulation::new(plan, programs).detail(Detail::Full).with_twin().run();
    Ok(ShownRun { way, ..ShownRun::of(programs, &results.file, &run, &check(&run)) })
}

/// The charts of these runs for a summary of the step, if there is one to be written.
pub(super) fn charts(shown: &[ShownRun]) -> Vec<FailureChart> {
    let charts = shown.iter().filter_map(|each| {
        let text = witness_chart(&each.picture, MESSAGES);
        let way = each.way?;
        (!text.is_empty()).then(|| FailureChart { file: each.file.clone(), way, text })
    });
    charts.take(CHARTS).collect()
}

/// True if a summary of the step is written.
pub(super) fn wants_charts() -> bool {
    env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|path| !path.is_empty())
}

/// A folder for pages.
#[derive(Debug)]
pub(super) struct PageFolder {
    path: PathBuf,
    written: Vec<String>,
}

impl PageFolder {
    /// Makes the folder, before anything runs.
    pub(super) fn open(path: &Path) -> Result<PageFolder, Failure> {
        let failure = |error| Failure::Create { path: path.to_owned(), error };
        if is_standard(path) {
            let text = "--view -: pages go into a folder; write --view DIR".to_owned();
            return Err(Failure::Usage(vec![text]));
        }
        fs::create_dir_all(path).map_err(failure)?;
        Ok(PageFolder { path: path.to_owned(), written: Vec::new() })
    }

    /// Writes the pages of these runs, one for each run, and says where they are.
    pub(super) fn write(&mut self, runs: &[ShownRun], out: &mut dyn Write) -> Result<(), Failure> {
        for (place, run) in runs.iter().enumerate() {
            let key = |run: &ShownRun| (run.file.clone(), run.seed, run.transport);
            if runs[..place].iter().any(|other| key(other) == key(run)) {
                continue;
            }
            let limits = PageLimits::default();
            let page = match &run.twin {
                Some(twin) => page_of_two(&run.picture, twin, &limits),
                None => page(&run.picture, &limits),
            };
            let page = page.map_err(Failure::TooLarge)?;
            let path = self.free(&run.page_name());
            fs::write(&path, page.html)
                .map_err(|error| Failure::Write { path: path.clone(), error })?;
            writeln!(out, "look: {}", place_text(&path))?;
        }
        Ok(())
    }

    /// Writes the page of a run that has just been made.
    pub(super) fn write_run(
        &mut self,
        programs: &Programs,
        file: &str,
        (run, verdict): (&Run, &Verdict),
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        self.write(&[ShownRun::of(programs, file, run, verdict)], out)
    }

    /// A file of this name that no other page of this command has.
    fn free(&mut self, name: &str) -> PathBuf {
        let taken = |name: &String| self.written.contains(name);
        let names = [name.to_owned()].into_iter().chain((2..).map(|n| format!("{name}-{n}")));
        let free = names.map(|name| format!("{name}.html")).find(|name| !taken(name));
        let free = free.unwrap_or_else(|| format!("{name}.html"));
        self.written.push(free.clone());
        self.path.join(free)
    }
}

/// The operation that shows best what did not hold, as `view --focus` takes it.
pub(super) fn focus_option(verdict: &Verdict) -> String {
    let violated = verdict.findings.iter().filter(|each| each.result == Conclusion::Violated);
    let operations = violated
        .filter_map(|each| each.witness.as_ref())
        .flat_map(|witness| witness.operations.iter().chain(&witness.operation));
    let mut operations = operations;
    operations.next().map_or(String::new(), |id| format!(" --focus {}", id.0))
}
