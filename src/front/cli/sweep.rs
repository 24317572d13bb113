//! `nodedown sweep`: a scenario with many seeds.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::files::scenario_text;
use super::many::{DeliveryArguments, ManyArguments, ending};
use super::nearby::scenario_path;
use super::numbers::parse_seeds;
use super::shard::Chosen;
use super::{Ending, Failure, terminal};
use crate::document::diagnostic::Style;
use crate::explore::{Results, RunConclusion, Seeds, Sweep, TestSeeds};
use crate::front::report;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown sweep scenarios/chaos.json --seeds 1..1000
  nodedown sweep chaos --max-time 10m --csv runs.csv   # all there is time for
  nodedown sweep chaos --seeds 1..1000 --shard 1/4 --out part-1.json")]
pub(super) struct SweepArguments {
    /// Scenario file, or the record of a run
    ///
    /// Scenarios are JSON; comments and trailing commas are allowed. A bare name, such as
    /// `takeover`, is looked up in `scenarios`. `-` is standard input.
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// Number of seeds, or which seeds [default: 100]
    ///
    /// `200` is the scenario's own seed and the 199 after it, `1..200` is these seeds (both ends
    /// included), `7,9,20..30` these, and `1..` all from 1 on. With `--max-time`, the default is all.
    #[arg(
        long, value_name = "N|SEEDS", value_parser = parse_seeds, allow_hyphen_values = true,
        help_heading = "Runs"
    )]
    seeds: Option<TestSeeds>,
    #[command(flatten)]
    many: ManyArguments,
    #[command(flatten)]
    delivery: DeliveryArguments,
    /// Print only the failures and the verdict
    #[arg(long, short, conflicts_with = "json", help_heading = "Output")]
    quiet: bool,
    /// List what no run has tested: kinds of faults, nodes lost, states
    #[arg(long, conflicts_with_all = ["json", "quiet"], help_heading = "Output")]
    coverage: bool,
}

/// The extent of the report on a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// The ways of failing and the verdict.
    Quiet,
    /// Also what was put to the test, and how long things took.
    Usual,
    /// Also all that was not put to the test.
    Full,
}

impl Detail {
    /// The detail that `--quiet` and `--coverage` ask for.
    pub(super) const fn asked(quiet: bool, coverage: bool) -> Detail {
        match (quiet, coverage) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Full,
            (false, false) => Detail::Usual,
        }
    }
}

/// The number of seeds if nothing else is said.
const SEEDS: u64 = 100;

impl SweepArguments {
    /// The seeds for a scenario with this one of its own.
    fn seeds(&self, own: u64) -> Seeds {
        match (&self.seeds, self.many.batch.max_time) {
            (Some(seeds), _) => seeds.of(own),
            (None, Some(_)) => Seeds::from(own..),
            (None, None) => TestSeeds::Count(SEEDS).of(own),
        }
    }
}

pub(super) fn sweep(programs: &Programs, arguments: &SweepArguments) -> Result<Ending, Failure> {
    let text = scenario_text(&arguments.file)?;
    let scenario = text.parse(&programs.catalogue())?;
    write!(anstream::stderr(), "{}", scenario.warnings.render(Style::Colour))?;
    let chosen = arguments.many.shard()?;
    let delivery = arguments.delivery.prepare(std::slice::from_ref(&arguments.file))?;
    let sweep =
        Sweep::new(programs).shard(chosen.shard).scenario(text, arguments.seeds(scenario.seed))?;
    let mut again = arguments.many.look_again()?;
    let mut people = delivery.people();
    let results = arguments.many.run(sweep);
    again.run(programs, &results)?;
    if delivery.deliver(&results, &again)? {
        let detail = Detail::asked(arguments.quiet, arguments.coverage);
        print(&mut people, &results, detail, Some(&chosen))?;
    }
    again.write_pages(&mut people)?;
    Ok(ending(&results))
}

/// The results for people; `chosen` tells which part of the runs was done, and who said so.
pub(super) fn print(
    out: &mut dyn Write,
    results: &Results,
    detail: Detail,
    chosen: Option<&Chosen>,
) -> Result<(), Failure> {
    let styles = terminal::styles();
    for scenario in &results.scenarios {
        let text = match detail {
            Detail::Full => report::sweep_text_in_full(scenario, &styles),
            Detail::Usual => report::sweep_text(scenario, &styles),
            Detail::Quiet => String::new(),
        };
        write!(out, "{text}")?;
        write!(out, "{}", report::ways_text(scenario, &styles))?;
    }
    if let Some(chosen) = chosen {
        chosen.tell(out)?;
    }
    write!(out, "{}", report::extent_text(results))?;
    for scenario in &results.scenarios {
        writeln!(out, "{}", report::totals_text(scenario, &styles))?;
        if let Some(run) = scenario.first_failure() {
            if run.ended == RunConclusion::Violated {
                writeln!(out, "shrink: {}", scenario.shrink_command(run.seed))?;
            }
            writeln!(out, "look: {}", scenario.view_command(run.seed))?;
            writeln!(out, "replay: {}", scenario.replay_command(run.seed))?;
        }
    }
    Ok(())
}
