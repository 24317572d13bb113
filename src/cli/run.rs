//! `nodedown run`: one run, its story and its verdict.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Ending, Failure};
use crate::check::{Conclusion, Verdict, check};
use crate::diagnostic::Style;
use crate::history::write_history;
use crate::report::{self, Styles};
use crate::scenario::{Expectation, Layout, Plan, Scenario};
use crate::services::Programs;
use crate::simulation::{Run, Simulation};
use crate::trace::Detail;

#[derive(Clone, Debug, Args)]
pub(super) struct RunArguments {
    /// The scenario file (JSON; comments and trailing commas are welcome)
    file: PathBuf,
    /// The seed of all random numbers, instead of the scenario's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Print one JSON object instead of text
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Write the full trace to a file, a JSON object a line
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Write what the users saw to a file, for `nodedown check`: a JSON object a line. Several runs
    /// have a file each: the second of `seen.jsonl` is `seen-2.jsonl`
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Also run the same users with the applications placed otherwise, in so many ways, and compare
    /// what they saw; `all` are three ways: one node, one host, a host each
    #[arg(long, value_name = "all|N", value_parser = parse_placements)]
    placements: Option<u32>,
    /// Print the verdict and what is against it, nothing else
    #[arg(long, short)]
    quiet: bool,
}

impl RunArguments {
    /// The command that shows the same run again.
    pub(super) fn replay_command(&self, seed: Option<u64>) -> String {
        let file = self.file.display().to_string();
        let file = if file.contains(' ') { format!("'{file}'") } else { file };
        let seed = seed.or(self.seed).map_or_else(String::new, |seed| format!(" --seed {seed}"));
        let placements = self.placements.map(|count| format!(" --placements {count}"));
        format!("nodedown run {file}{seed}{}", placements.unwrap_or_default())
    }

    /// The scenario with what is asked for beside what it expects itself.
    fn extended(&self, mut scenario: Scenario) -> Scenario {
        let workloads = scenario.workloads.iter().filter(|_| self.placements.is_some());
        let asked = workloads.map(|workload| Expectation::LocationTransparent {
            workload: workload.name,
            placements: self.placements.unwrap_or_default(),
        });
        let asked: Vec<Expectation> = asked.collect();
        scenario.expectations.extend(asked);
        scenario
    }
}

pub(super) fn run(programs: &Programs, arguments: &RunArguments) -> Result<Ending, Failure> {
    let scenario = Scenario::from_file(&arguments.file, &programs.catalogue())?;
    write!(anstream::stderr(), "{}", scenario.warnings.render(Style::Colour))?;
    let scenario = arguments.extended(scenario);
    let seed = arguments.seed.unwrap_or(scenario.seed);
    // Before the run, so that nothing is run whose trace cannot be written.
    let trace_file = arguments.trace.as_deref().map(create).transpose()?;
    let plans: Vec<Plan> = scenario.plans(seed).collect();
    let history_files = history_files(arguments.history.as_deref(), plans.len())?;
    let detail = if trace_file.is_some() { Detail::Full } else { Detail::Story };
    let results: Vec<(Run, Verdict)> = (plans.into_iter())
        .map(|plan| {
            let simulation = Simulation::new(plan, programs).detail(detail);
            // Its figures stand in the table, which is not printed then.
            if arguments.quiet { simulation } else { simulation.with_twin() }
        })
        .map(|simulation| {
            let run = simulation.run();
            let verdict = check(&run);
            (run, verdict)
        })
        .collect();
    if let (Some(path), Some(file)) = (&arguments.trace, trace_file) {
        write_traces(path, file, &results)?;
    }
    for ((path, file), (run, _)) in history_files.into_iter().zip(&results) {
        let mut out = BufWriter::new(file);
        let written = write_history(&run.history, &mut out).and_then(|()| out.flush());
        written.map_err(|error| Failure::File { path, error })?;
    }
    if arguments.json {
        print_json(&results)?;
    } else {
        print_text(arguments, seed, &results)?;
    }
    Ok(results.iter().map(ending).max_by_key(|ending| severity(*ending)).unwrap_or(Ending::Pass))
}

/// In how many other ways the applications are to be placed.
fn parse_placements(text: &str) -> Result<u32, String> {
    match text.parse() {
        _ if text == "all" => Ok(Layout::ALL.len() as u32),
        Ok(count @ 1..=100) => Ok(count),
        Ok(_) | Err(_) => Err("write \"all\", or a number from 1 to 100".to_owned()),
    }
}

/// Whether the run ended as the scenario expects.
fn ending((run, verdict): &(Run, Verdict)) -> Ending {
    if verdict.meets(&run.plan.scenario.expected_verdict) {
        return Ending::Pass;
    }
    match verdict.conclusion {
        Conclusion::Inconclusive => Ending::Inconclusive,
        Conclusion::Pass | Conclusion::Violated => Ending::Violated,
    }
}

const fn severity(ending: Ending) -> u8 {
    match ending {
        Ending::Pass | Ending::NothingRan => 0,
        Ending::Inconclusive => 1,
        Ending::Violated => 2,
        Ending::Usage | Ending::NoInput | Ending::Bug | Ending::Interrupted => 3,
    }
}

fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| Failure::File { path: path.to_owned(), error })
}

fn write_traces(path: &Path, file: File, results: &[(Run, Verdict)]) -> Result<(), Failure> {
    let failure = |error| Failure::File { path: path.to_owned(), error };
    let mut out = BufWriter::new(file);
    for (run, _) in results {
        report::write_trace(&run.trace, &mut out).map_err(failure)?;
    }
    out.flush().map_err(failure)
}

/// A file for the history of each run: clients of two runs are not the same.
fn history_files(path: Option<&Path>, runs: usize) -> Result<Vec<(PathBuf, File)>, Failure> {
    let paths = path.into_iter().flat_map(|path| {
        (1..=runs).map(|run| if run == 1 { path.to_owned() } else { numbered(path, run) })
    });
    paths.map(|path| create(&path).map(|file| (path, file))).collect()
}

/// `seen-2.jsonl` for `seen.jsonl`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn print_json(results: &[(Run, Verdict)]) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match results {
        [(run, verdict)] => writeln!(out, "{:#}", report::to_json(run, verdict))?,
        several => {
            let all: Vec<_> =
                several.iter().map(|(run, verdict)| report::to_json(run, verdict)).collect();
            writeln!(out, "{:#}", serde_json::Value::Array(all))?;
        }
    }
    Ok(())
}

fn print_text(
    arguments: &RunArguments,
    seed: u64,
    results: &[(Run, Verdict)],
) -> Result<(), Failure> {
    let styles = Styles::coloured();
    let replay = arguments.replay_command(Some(seed));
    let mut out = anstream::stdout().lock();
    for (run, verdict) in results {
        if !arguments.quiet {
            write!(out, "{}", report::heading_text(run, &styles))?;
            writeln!(out, "{}", report::story_text(&report::story(run), &styles))?;
            writeln!(out, "{}", report::figures_text(&verdict.figures, &styles))?;
        }
        write!(out, "{}", report::verdict_text(run, verdict, &replay, &styles))?;
    }
    if results.len() > 1 && !arguments.quiet {
        write!(out, "\n{}", report::comparison_text(results, &styles))?;
    }
    Ok(())
}
