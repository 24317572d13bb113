//! `nodedown plan`: what a scenario and a seed come to, as a scenario.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::input::Input;
use super::nearby::scenario_path;
use super::numbers::parse_seed;
use super::{Ending, Failure};
use crate::scenario::Scenario;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown plan scenarios/chaos.json --seed 4 > plan.json
  nodedown run plan.json")]
pub(super) struct PlanArguments {
    /// Scenario file, or the record of a run
    ///
    /// Scenarios are JSON; comments and trailing commas are allowed. A bare name, such as
    /// `takeover`, is looked up in `scenarios`. `-` is standard input.
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// Seed of all random choices [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
}

pub(super) fn plan(programs: &Programs, arguments: &PlanArguments) -> Result<Ending, Failure> {
    let (scenario, _) = Input::read(&arguments.file, programs)?.into_scenario();
    let plan = scenario.plan(arguments.seed.unwrap_or(scenario.seed));
    let transports = scenario.transports;
    let explicit = Scenario { transports, ..plan.to_scenario() };
    let text = explicit.to_json(&programs.catalogue());
    let text = text.expect("what was read from a file can be written to one");
    write!(anstream::stdout(), "{text}")?;
    Ok(Ending::Pass)
}
