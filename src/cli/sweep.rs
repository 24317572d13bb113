//! `nodedown sweep`: a scenario with many seeds.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::many::{DeliveryArguments, ManyArguments, ending};
use super::shard::Chosen;
use super::{Ending, Failure};
use crate::diagnostic::Style;
use crate::explore::{Ended, Results, ScenarioText, Seeds, Sweep};
use crate::report::{self, Styles};
use crate::services::Programs;

#[derive(Clone, Debug, Args)]
pub(super) struct SweepArguments {
    /// The scenario file, or the record of a run
    file: PathBuf,
    /// The seeds: `100` is 1 to 100, `1..100` the same (both ends included), `1..` from 1 on
    /// without end, `7,9,20..30` these. Without it 100, or with `--until` without end
    #[arg(long, value_name = "SEEDS", allow_hyphen_values = true)]
    seeds: Option<Seeds>,
    #[command(flatten)]
    many: ManyArguments,
    #[command(flatten)]
    delivery: DeliveryArguments,
    /// Print the ways of failing and the verdict, nothing else
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
}

/// How many seeds are run if nothing else is said.
const SEEDS: u64 = 100;

impl SweepArguments {
    fn seeds(&self) -> Seeds {
        match (&self.seeds, self.many.until) {
            (Some(seeds), _) => seeds.clone(),
            (None, Some(_)) => Seeds::from(1..),
            (None, None) => Seeds::from(1..=SEEDS),
        }
    }

    /// The command that does the same again.
    pub(super) fn replay_command(&self) -> String {
        format!("nodedown sweep {} --seeds {} --jobs 1", self.file.display(), self.seeds())
    }
}

pub(super) fn sweep(programs: &Programs, arguments: &SweepArguments) -> Result<Ending, Failure> {
    let text = ScenarioText::read(&arguments.file)?;
    let scenario = text.parse(&programs.catalogue())?;
    write!(anstream::stderr(), "{}", scenario.warnings.render(Style::Colour))?;
    let chosen = arguments.many.shard()?;
    let delivery = arguments.delivery.prepare(std::slice::from_ref(&arguments.file))?;
    let sweep = Sweep::new(programs).shard(chosen.shard).scenario(text, arguments.seeds())?;
    let results = arguments.many.run(sweep);
    if delivery.deliver(&results)? {
        print(&results, arguments.quiet, Some(&chosen))?;
    }
    Ok(ending(&results))
}

/// The results for people; `chosen` tells which part of the runs was done, and who said so.
pub(super) fn print(
    results: &Results,
    quiet: bool,
    chosen: Option<&Chosen>,
) -> Result<(), Failure> {
    let styles = Styles::coloured();
    let mut out = anstream::stdout().lock();
    for scenario in &results.scenarios {
        if !quiet {
            write!(out, "{}", report::sweep_text(scenario, &styles))?;
        }
        write!(out, "{}", report::ways_text(scenario, &styles))?;
    }
    if let Some(chosen) = chosen {
        chosen.tell(&mut out)?;
    }
    write!(out, "{}", report::extent_text(results))?;
    for scenario in &results.scenarios {
        writeln!(out, "{}", report::totals_text(scenario, &styles))?;
        if let Some(run) = scenario.first_failure() {
            if run.ended == Ended::Violated {
                writeln!(out, "shrink: {}", scenario.shrink_command(run.seed))?;
            }
            writeln!(out, "replay: {}", scenario.replay_command(run.seed))?;
        }
    }
    Ok(())
}
