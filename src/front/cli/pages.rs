//! Pictures of the runs that did not end as expected: their pages in a folder, and the charts of them
//! in a test report.

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Failure;
use super::files::{is_standard, scenario_text};
use super::view::{picture_of, picture_of_run, place_text};
use crate::engine::trace::Detail;
use crate::explore::{
    FailureMode, FailureModeId, Results, RunConclusion, ScenarioResults, command_for,
};
use crate::front::report::FailureChart;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::verdict::{Verdict, check};
use crate::view::{PageLimits, Picture, page, page_of_two, witness_chart};

/// The most ways of failing of which a run is shown.
const WAYS: usize = 20;

/// The most charts in a test report, and the most messages in one of them.
const CHARTS: usize = 6;
const MESSAGES: usize = 40;

/// A run that did not end as expected, once more and in full.
pub(super) struct ShownRun {
    pub file: String,
    pub seed: u64,
    transport: usize,
    /// The ways in which it failed; none if it passed and should not have.
    ways: Vec<FailureModeId>,
    picture: Picture,
    twin: Option<Picture>,
}

/// The use that is made of runs that are looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShownAs {
    /// Charts in the summary of a step.
    Charts,
    /// Pages, and charts if there is a summary.
    Pages,
}

impl ShownAs {
    /// The most ways of failing that are shown.
    const fn ways_max(self) -> usize {
        match self {
            ShownAs::Charts => CHARTS,
            ShownAs::Pages => WAYS,
        }
    }
}

impl ShownRun {
    fn of(programs: &Programs, file: &str, run: &Run, verdict: &Verdict) -> ShownRun {
        let (picture, twin) =
            picture_of(programs, run, verdict, command_for("view", file, run.plan.seed));
        ShownRun { twin, ..ShownRun::alone(file, run, picture) }
    }

    /// Without the run that it could be compared with.
    fn alone(file: &str, run: &Run, picture: Picture) -> ShownRun {
        let transports = run.plan.scenario.transports.iter();
        let transport = transports.clone().position(|each| *each == run.plan.transport);
        let transport = transport.unwrap_or_default();
        let (file, seed) = (file.to_owned(), run.plan.seed);
        ShownRun { file, seed, transport, ways: Vec::new(), picture, twin: None }
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

/// One run of each way of failing, and of each scenario that passed and should not have. A run that
/// failed in several ways is made once.
pub(super) fn shown_runs(
    programs: &Programs,
    results: &Results,
    look: ShownAs,
) -> Result<Vec<ShownRun>, Failure> {
    let mut shown = Vec::new();
    let mut ways = 0;
    for scenario in &results.scenarios {
        for failed in failed_runs(scenario) {
            if ways < look.ways_max() && (look == ShownAs::Pages || !failed.ways.is_empty()) {
                ways += failed.ways.len().max(1);
                shown.push(again(programs, scenario, failed, look)?);
            }
        }
    }
    Ok(shown)
}

/// A run that is shown.
struct FailedRun {
    seed: u64,
    transport: usize,
    ways: Vec<FailureModeId>,
}

/// The runs of a scenario that are shown, in the order of its ways of failing.
fn failed_runs(scenario: &ScenarioResults) -> Vec<FailedRun> {
    let is_shown = |way: &&FailureMode| way.failures > 0 && way.result != RunConclusion::Panicked;
    let mut runs: Vec<FailedRun> = Vec::new();
    for way in scenario.ways.iter().filter(is_shown) {
        let (seed, transport) = (way.example().seed, way.example().transport);
        let same = |run: &&mut FailedRun| (run.seed, run.transport) == (seed, transport);
        match runs.iter_mut().find(same) {
            Some(run) => run.ways.push(way.id),
            None => runs.push(FailedRun { seed, transport, ways: vec![way.id] }),
        }
    }
    let mut passed = scenario.runs.iter().filter(|run| run.ended == RunConclusion::Pass);
    if let Some(run) = passed.find(|run| !run.as_expected) {
        runs.push(FailedRun { seed: run.seed, transport: run.transport, ways: Vec::new() });
    }
    runs
}

/// Runs it again, with everything in its trace.
fn again(
    programs: &Programs,
    results: &ScenarioResults,
    FailedRun { seed, transport, ways }: FailedRun,
    look: ShownAs,
) -> Result<ShownRun, Failure> {
    let scenario = scenario_text(Path::new(&results.file))?.parse(&programs.catalogue())?;
    let plan = scenario.plans(seed).nth(transport).unwrap_or_else(|| scenario.plan(seed));
    let simulation = Simulation::new(plan, programs).detail(Detail::Full);
    let shown = match look {
        ShownAs::Pages => {
            let run = simulation.with_record_steps().with_full_twin().run();
            ShownRun::of(programs, &results.file, &run, &check(&run))
        }
        ShownAs::Charts => {
            let run = simulation.run();
            let command = command_for("view", &results.file, seed);
            let picture = picture_of_run(programs, &run, &check(&run), command);
            ShownRun::alone(&results.file, &run, picture)
        }
    };
    Ok(ShownRun { ways, ..shown })
}

/// The charts of these runs for a summary of the step, if there is one to be written.
pub(super) fn charts(shown: &[ShownRun]) -> Vec<FailureChart> {
    let charts = shown.iter().flat_map(|each| {
        let text = if each.ways.is_empty() {
            String::new()
        } else {
            witness_chart(&each.picture, MESSAGES)
        };
        let ways = each.ways.iter().filter(|_| !text.is_empty());
        let charts =
            ways.map(|way| FailureChart { file: each.file.clone(), way: *way, text: text.clone() });
        charts.collect::<Vec<_>>()
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
        for run in runs {
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
    verdict.shown_operation().map_or_else(String::new, |id| format!(" --focus {}", id.0))
}
