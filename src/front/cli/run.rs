//! `nodedown run`: one run, its story and its verdict.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::command_line::CommandLine;
use super::files::{Outputs, print_json};
use super::input::Input;
use super::nearby::scenario_path;
use super::numbers::parse_seed;
use super::pages::{PageFolder, focus_option};
use super::{Ending, Failure, terminal};
use crate::consistency::history::write_history;
use crate::engine::trace::Detail;
use crate::explore::{USUAL_CAUSES, command_for};
use crate::formats::Version;
use crate::formats::run::RunsJson;
use crate::front::report;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::scenario::{Expectation, Layout, Plan, Scenario};
use crate::verdict::record::Record;
use crate::verdict::{Conclusion, Verdict, check};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown run scenarios/chat-failover.json
  nodedown run takeover --seed 7 --quiet     # another seed, only the verdict
  nodedown run takeover --record seen.json   # keep the run, then:
  nodedown explain seen.json                 # why it went as it did")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(super) struct RunArguments {
    /// Scenario file, or the record of a run
    ///
    /// Scenarios are JSON; comments and trailing commas are allowed. A bare name, such as
    /// `takeover`, is looked up in `scenarios`. `-` is standard input.
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// Seed of all random choices [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Also run with N other placements of the applications, and compare the answers
    ///
    /// `all` is three placements: all on one node, all on one host, each on a host of its own. Those
    /// beyond three are random.
    #[arg(long, value_name = "all|N", value_parser = parse_placements)]
    placements: Option<u32>,
    /// Run twice, and report any difference between the two runs
    ///
    /// Runs of one seed differ if a service depends on anything but its messages, its node's clocks
    /// and its own random numbers.
    #[arg(long)]
    twice: bool,
    /// Print only the verdict and the violations
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,
    /// Print JSON instead of text
    #[arg(long, conflicts_with = "quiet", help_heading = "Output")]
    json: bool,
    /// Write the full trace to a file, one JSON object per line
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    trace: Option<PathBuf>,
    /// Write the states of servers into the trace too, or into the page
    ///
    /// Those of servers that say how they show theirs.
    #[arg(long, help_heading = "Output")]
    states: bool,
    /// Write the users' operations to a file, for `nodedown check`
    ///
    /// One JSON object per line. A scenario with several transports runs once with each, and writes
    /// a file for each: `seen.jsonl`, `seen-2.jsonl`.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    history: Option<PathBuf>,
    /// Write a record of the run to a file, for `nodedown replay`, `diff` and `explain`
    ///
    /// It holds the plan, the story and the verdict. Several runs write a file each, as with
    /// `--history`.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    record: Option<PathBuf>,
    /// Write a page that shows the run into a folder, as `nodedown view` makes it
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    view: Option<PathBuf>,
}

impl RunArguments {
    /// The scenario with the placements that are asked for, in addition to what it expects itself.
    fn extended(&self, mut scenario: Scenario) -> Scenario {
        let workloads = scenario.workloads.iter().filter(|_| self.placements.is_some());
        let asked = workloads.map(|workload| Expectation::LocationTransparent {
            workload: workload.name,
            placements: self.placements.unwrap_or_default(),
        });
        // First, as claims and invariants come last.
        scenario.expectations = asked.chain(scenario.expectations.clone()).collect();
        scenario
    }
}

pub(super) fn run(
    programs: &Programs,
    arguments: &RunArguments,
    typed: &CommandLine,
) -> Result<Ending, Failure> {
    let (scenario, origin) = Input::read(&arguments.file, programs)?.into_scenario();
    let scenario = arguments.extended(scenario);
    let seed = arguments.seed.unwrap_or(scenario.seed);
    // Before the run, so that nothing runs whose trace cannot be written.
    let mut outputs = Outputs::beside(&[&arguments.file]);
    if arguments.json {
        outputs.take_standard_output("--json")?;
    }
    let trace_file = outputs.open_if("--trace", arguments.trace.as_deref())?;
    let plans: Vec<Plan> = scenario.plans(seed).collect();
    let history_files =
        outputs.open_for_each("--history", arguments.history.as_deref(), plans.len())?;
    let record_files =
        outputs.open_for_each("--record", arguments.record.as_deref(), plans.len())?;
    let mut pages = arguments.view.as_deref().map(PageFolder::open).transpose()?;
    let is_full = trace_file.is_some() || pages.is_some();
    if arguments.states && !is_full {
        let text = "--states is for traces and pages: write --trace or --view as well".to_owned();
        return Err(Failure::Usage(vec![text]));
    }
    let detail = match (is_full, arguments.states) {
        (true, true) => Detail::States,
        (true, false) => Detail::Full,
        (false, _) => Detail::Story,
    };
    let results: Vec<(Run, Verdict)> = (plans.into_iter())
        .map(|plan| {
            let simulation = Simulation::new(plan, programs).detail(detail);
            // Its figures stand in the table, which is not printed then.
            if pages.is_some() {
                simulation.with_record_steps().with_full_twin()
            } else if arguments.quiet {
                simulation
            } else {
                simulation.with_twin()
            }
        })
        .map(|simulation| {
            let run = simulation.run();
            let verdict = check(&run);
            (run, verdict)
        })
        .collect();
    if let Some(file) = trace_file {
        let mut runs = results.iter();
        file.write(|out| runs.try_for_each(|(run, _)| report::write_trace(&run.trace, &mut *out)))?;
    }
    for (file, (run, _)) in history_files.into_iter().zip(&results) {
        file.write(|out| write_history(&run.history, out))?;
    }
    for (file, (run, verdict)) in record_files.into_iter().zip(&results) {
        let record = Record { source: origin.source.clone(), ..Record::of(run, verdict) };
        let text = record.to_json(&programs.catalogue());
        let text = text.expect("what was read from a file can be written to one");
        file.write(|out| out.write_all(text.as_bytes()))?;
    }
    results.iter().try_for_each(|(run, _)| origin.warn_of_difference(run))?;
    let file = arguments.file.display().to_string();
    if arguments.json {
        print_runs(&results)?;
    } else {
        let commands = [
            ("why", command_for("explain", &file, seed)),
            ("look", command_for("view", &file, seed)),
            ("replay", typed.with_seed(seed)),
        ];
        print_text(&mut outputs.people(), arguments, &commands, &results)?;
    }
    if let Some(pages) = &mut pages {
        for (run, verdict) in &results {
            pages.write_run(programs, &file, (run, verdict), &mut outputs.people())?;
        }
    }
    if arguments.twice && !same_twice(programs, &results)? {
        return Ok(Ending::Violated);
    }
    Ok(results.iter().map(ending).fold(Ending::Pass, Ending::worse))
}

/// Runs everything once more, and reports on standard error any difference.
fn same_twice(programs: &Programs, results: &[(Run, Verdict)]) -> Result<bool, Failure> {
    let (mut out, mut same) = (anstream::stderr().lock(), true);
    for (run, verdict) in results {
        let again = || Simulation::new(run.plan.clone(), programs).with_twin();
        let second = again().run();
        let [one, other] = [Record::of(run, verdict), Record::of(&second, &check(&second))];
        let Some(mut difference) = one.difference(&other) else { continue };
        same = false;
        if let Some(runs) = &mut difference.run {
            let full = || again().detail(Detail::Full).run();
            runs.look_closer([&full(), &full()]);
        }
        let seed = run.plan.seed;
        writeln!(out, "\nerror: two runs with seed {seed} differ; usual causes:")?;
        for cause in USUAL_CAUSES {
            writeln!(out, "  - {cause}")?;
        }
        let sides = ["first run", "second run"];
        write!(out, "\n{}", report::difference_text(&difference, sides, &terminal::styles()))?;
    }
    if same {
        writeln!(out, "run twice: the same run")?;
    }
    Ok(same)
}

/// The number of other placements of the applications.
fn parse_placements(text: &str) -> Result<u32, String> {
    match text.parse() {
        _ if text == "all" => Ok(Layout::ALL.len() as u32),
        Ok(count @ 1..=100) => Ok(count),
        Ok(_) | Err(_) => Err("write \"all\", or a number from 1 to 100".to_owned()),
    }
}

/// The exit code for a run, by the verdict that its scenario declares.
fn ending((run, verdict): &(Run, Verdict)) -> Ending {
    if verdict.meets(&run.plan.scenario.expected_verdict) {
        return Ending::Pass;
    }
    match verdict.conclusion {
        Conclusion::Inconclusive => Ending::Inconclusive,
        Conclusion::Pass | Conclusion::Violated => Ending::Violated,
    }
}

fn print_runs(results: &[(Run, Verdict)]) -> Result<(), Failure> {
    let json = |(run, verdict): &(Run, Verdict)| report::run_json(run, verdict);
    match results {
        [alone] => print_json(&json(alone)),
        several => {
            print_json(&RunsJson { runs: Version, list: several.iter().map(json).collect() })
        }
    }
}

fn print_text(
    out: &mut dyn Write,
    arguments: &RunArguments,
    commands: &[(&'static str, String)],
    results: &[(Run, Verdict)],
) -> Result<(), Failure> {
    let styles = terminal::styles();
    for (run, verdict) in results {
        let focus = focus_option(verdict);
        let with_focus = |(name, text): &(&'static str, String)| {
            let focus = if *name == "look" { focus.as_str() } else { "" };
            (*name, format!("{text}{focus}"))
        };
        let commands: Vec<_> = commands.iter().map(with_focus).collect();
        let commands: Vec<_> = commands.iter().map(|(name, text)| (*name, text.as_str())).collect();
        if !arguments.quiet {
            write!(out, "{}", report::heading_text(run, &styles))?;
            writeln!(out, "{}", report::story_text(&report::story(run), &styles))?;
            writeln!(out, "{}", report::figures_text(&verdict.figures, &styles))?;
        }
        write!(out, "{}", report::verdict_text(run, verdict, &commands, &styles))?;
    }
    if results.len() > 1 && !arguments.quiet {
        write!(out, "\n{}", report::comparison_text(results, &styles))?;
    }
    if !arguments.quiet {
        let told = results.iter().map(|(run, verdict)| {
            let verdict_text = report::verdict_text(run, verdict, &[], &styles);
            report::figures_text(&verdict.figures, &styles) + &verdict_text
        });
        write!(out, "{}", terminal::words_line(&told.collect::<String>()))?;
    }
    Ok(())
}
