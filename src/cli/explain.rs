//! `nodedown explain`: why a run went as it did.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::input::Input;
use super::nearby::scenario_path;
use super::numbers::parse_seed;
use super::{Ending, Failure};
use crate::check::check;
use crate::explain;
use crate::report::{self, Styles};
use crate::services::Programs;
use crate::simulation::Simulation;
use crate::trace::Detail;

#[derive(Clone, Debug, Args)]
pub(super) struct ExplainArguments {
    /// The scenario file, or the record of a run
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// The seed of all random numbers, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
}

impl ExplainArguments {
    /// The command that does the same again.
    pub(super) fn replay_command(&self) -> String {
        let seed = self.seed.map_or(String::new(), |seed| format!(" --seed {seed}"));
        format!("nodedown explain {}{seed}", self.file.display())
    }
}

/// Explaining is no judging: it succeeds whatever the verdict is.
pub(super) fn explain(
    programs: &Programs,
    arguments: &ExplainArguments,
) -> Result<Ending, Failure> {
    let (scenario, origin) = Input::read(&arguments.file, programs)?.into_scenario();
    let styles = Styles::coloured();
    let mut out = anstream::stdout().lock();
    for plan in scenario.plans(arguments.seed.unwrap_or(scenario.seed)) {
        let run = Simulation::new(plan, programs).detail(Detail::Full).run();
        origin.warn_of_difference(&run)?;
        let verdict = check(&run);
        write!(out, "{}", report::heading_text(&run, &styles))?;
        let explanation = explain::explain(&run, &verdict);
        writeln!(out, "{}", report::explanation_text(&explanation, &styles))?;
    }
    Ok(Ending::Pass)
}
