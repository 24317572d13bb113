//! `nodedown test`: every scenario under a folder, with some seeds each.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::files::{is_standard, scenario_text};
use super::many::{DeliveryArguments, ManyArguments, broken_ending, ending};
use super::nearby::{hint, scenario_path};
use super::numbers::parse_seeds;
use super::shard::Chosen;
use super::{Ending, Failure, terminal};
use crate::explore::{
    BrokenFile, BrokenFileReason, Results, ScenarioResults, SeedFile, Seeds, Suite, Sweep,
    TestSeeds,
};
use crate::front::report;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown test                                  # all scenarios in `scenarios`
  nodedown test scenarios --seeds 100 --junit junit.xml
  nodedown test scenarios/chaos.json --seeds 1..500 --save-failing")]
pub(super) struct TestArguments {
    /// Scenario files, or folders of them
    #[arg(value_name = "DIR|FILE", default_value = "scenarios", value_parser = scenario_path())]
    paths: Vec<PathBuf>,
    /// Number of seeds for each scenario, or which seeds
    ///
    /// `20` is each scenario's own seed and the 19 after it; `1..20` is these seeds for all
    /// scenarios. Seeds that `--save-failing` has saved run first in any case.
    #[arg(
        long, value_name = "N|SEEDS", value_parser = parse_seeds, default_value = "10",
        allow_hyphen_values = true, help_heading = "Runs"
    )]
    seeds: TestSeeds,
    #[command(flatten)]
    many: ManyArguments,
    #[command(flatten)]
    delivery: DeliveryArguments,
    /// Save the seeds that fail beside their scenario, to run first from now on
    ///
    /// Those of `mine.json` are saved in `mine.seeds`.
    #[arg(long, help_heading = "Output")]
    save_failing: bool,
    /// List what would be tested, without running it
    #[arg(long, help_heading = "Output")]
    list: bool,
}

pub(super) fn test(programs: &Programs, arguments: &TestArguments) -> Result<Ending, Failure> {
    let suite = collect(programs, arguments)?;
    let chosen = arguments.many.shard()?;
    if suite.scenarios.is_empty() && suite.broken.is_empty() {
        return nothing(arguments);
    }
    if arguments.list {
        return list(&suite, &chosen);
    }
    let read: Vec<PathBuf> =
        suite.scenarios.iter().map(|(text, _)| PathBuf::from(text.file())).collect();
    let delivery = arguments.delivery.prepare(&read)?;
    // Where nothing is run, there are mistakes to tell of and no results.
    let nothing_runs = suite.scenarios.is_empty();
    let mut people = if nothing_runs { Box::new(anstream::stderr()) } else { delivery.people() };
    let mut again = arguments.many.look_again()?;
    let results = arguments.many.run(Sweep::new(programs).shard(chosen.shard).suite(suite)?);
    again.run(programs, &results)?;
    if delivery.deliver(&results, &again)? {
        print(&mut people, &results, &chosen)?;
    }
    again.write_pages(&mut people)?;
    if arguments.save_failing {
        results.scenarios.iter().try_for_each(save_failing)?;
    }
    tell_replay(arguments, &mut people, &results)?;
    Ok(ending(&results))
}

/// The scenarios of the files and folders, and that of standard input.
fn collect(programs: &Programs, arguments: &TestArguments) -> Result<Suite, Failure> {
    let (seeds, catalogue) = (&arguments.seeds, programs.catalogue());
    let on_disk = arguments.paths.iter().filter(|path| !is_standard(path));
    let mut suite = Suite::collect(on_disk, seeds, &catalogue);
    if let Some(path) = arguments.paths.iter().find(|path| is_standard(path)) {
        suite.add_text(scenario_text(path)?, Vec::new(), seeds, &catalogue);
    }
    suite.broken.iter_mut().for_each(suggest);
    Ok(suite)
}

/// Names the file that may have been meant by one that is not there.
fn suggest(broken: &mut BrokenFile) {
    let path = Path::new(&broken.file);
    if broken.why == BrokenFileReason::Unreadable
        && !path.exists()
        && let Some(hint) = hint(path, ErrorKind::NotFound)
    {
        broken.message = format!("{}\n  {hint}", broken.message);
    }
}

fn nothing(arguments: &TestArguments) -> Result<Ending, Failure> {
    let paths = arguments.paths.iter().map(|path| path.display().to_string());
    let paths = paths.collect::<Vec<_>>().join(", ");
    writeln!(
        anstream::stderr(),
        "error: there are no scenarios in {paths}: JSON files other than *.schema.json"
    )?;
    Ok(Ending::NothingRan)
}

/// The scenarios with the seeds of this shard.
fn list(suite: &Suite, chosen: &Chosen) -> Result<Ending, Failure> {
    let mut out = terminal::out();
    let mut places = 0_u64..;
    for (text, seeds) in &suite.scenarios {
        let own =
            seeds.iter().filter(|_| places.next().is_some_and(|place| chosen.shard.has(place)));
        let own = Seeds::listed(own);
        if own.count() > 0 {
            writeln!(out, "{}  seeds {own}", text.file())?;
        }
    }
    for broken in &suite.broken {
        writeln!(out, "{}  {}", broken.file, broken.why.name())?;
    }
    Ok(broken_ending(&suite.broken).unwrap_or(Ending::Pass))
}

fn print(out: &mut dyn Write, results: &Results, chosen: &Chosen) -> Result<(), Failure> {
    write!(out, "{}", report::suite_text(results, &terminal::styles()))?;
    chosen.tell(out)?;
    write!(out, "{}", report::extent_text(results))?;
    Ok(())
}

/// Adds the seeds of the runs that failed to the file beside the scenario.
fn save_failing(results: &ScenarioResults) -> Result<(), Failure> {
    if is_standard(Path::new(&results.file)) {
        return Ok(());
    }
    let file = SeedFile::beside(Path::new(&results.file));
    let path = || file.path().to_owned();
    let unreadable = |error| Failure::Read { path: path(), error };
    let unwritable = |error| Failure::Write { path: path(), error };
    let mut known = file.read().map_err(unreadable)?.unwrap_or_default();
    for run in results.runs.iter().filter(|run| !run.as_expected) {
        if known.contains(&run.seed) {
            continue;
        }
        let way = run.ways.first().and_then(|id| results.failure_mode(*id));
        let what = way.map_or("", |way| way.what.text.as_str());
        file.append(run.seed, &format!("{}: {what}", run.ended)).map_err(unwritable)?;
        let path = file.path().display();
        writeln!(anstream::stderr(), "seed {} is saved in {path}", run.seed)?;
        known.push(run.seed);
    }
    Ok(())
}

/// The last thing that is said of a failure: how to keep it, and how to see it again.
fn tell_replay(
    arguments: &TestArguments,
    out: &mut dyn Write,
    results: &Results,
) -> Result<(), Failure> {
    let failed =
        results.scenarios.iter().find_map(|scenario| Some((scenario, scenario.first_failure()?)));
    let Some((scenario, run)) = failed else { return Ok(()) };
    if !arguments.save_failing && !is_standard(Path::new(&scenario.file)) {
        let file = SeedFile::beside(Path::new(&scenario.file));
        let path = file.path().display();
        writeln!(out, "keep: echo {} >> {path} (--save-failing does it for all)", run.seed)?;
    }
    writeln!(out, "look: {}", scenario.view_command(run.seed))?;
    writeln!(out, "replay: {}", scenario.replay_command(run.seed))?;
    Ok(())
}
