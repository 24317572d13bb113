//! `nodedown prove`: a fault at every point of a run where one could matter.

use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::batch::BatchArguments;
use super::files::{Outputs, print_json, scenario_text};
use super::nearby::scenario_path;
use super::numbers::{parse_count, parse_seed};
use super::progress::Progress;
use super::{Ending, Failure, terminal};
use crate::document::diagnostic::Style;
use crate::engine::time::parse_duration;
use crate::explore::{OnFailure, Proof, Prover, RunConclusion, StopReason};
use crate::front::report::{proof_json, proof_text};
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown prove scenarios/chat-failover.json
  nodedown prove chat-failover --crashes 2 --restart-after 10s --out found.json
  nodedown prove takeover --crashes 0 --partitions 1 --heal-after 5s")]
pub(super) struct ProveArguments {
    /// Scenario file, or the record of a run; its own faults are left out
    ///
    /// Scenarios are JSON; comments and trailing commas are allowed. A bare name, such as
    /// `takeover`, is looked up in `scenarios`. `-` is standard input.
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// Seed of all random choices [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Most crashes in one run
    ///
    /// With 2, a node also crashes at each point that exists only because of the first crash.
    #[arg(long, value_name = "K", default_value_t = 1, help_heading = "Faults")]
    crashes: usize,
    /// Most times that a node is cut off from all others in one run
    #[arg(long, value_name = "P", default_value_t = 0, help_heading = "Faults")]
    partitions: usize,
    /// Time after which a crashed node starts again [default: never]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Faults")]
    restart_after: Option<Duration>,
    /// Time for which a node is cut off [default: to the end]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Faults")]
    heal_after: Option<Duration>,
    /// Nodes to strike [default: those that run distributed applications; if none does, those that
    /// run any, but none with users on it]
    #[arg(long, value_name = "NODE,...", value_delimiter = ',', help_heading = "Faults")]
    nodes: Vec<String>,
    /// Strike from this time on [default: when the first users come]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Faults")]
    from: Option<Duration>,
    /// Strike before this time [default: while users are left who would see the recovery]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Faults")]
    before: Option<Duration>,
    /// Points to try of each class
    ///
    /// The points of a class look the same to every node.
    #[arg(
        long, value_name = "N", value_parser = parse_count, default_value = "1",
        help_heading = "Faults"
    )]
    each: NonZero<usize>,
    #[command(flatten)]
    batch: BatchArguments,
    /// Stop at the first fault that is not masked
    #[arg(long, help_heading = "Runs")]
    stop_on_first: bool,
    /// Write the first run with a fault that is not masked to a file, as a scenario
    #[arg(long, short, alias = "save", value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, help_heading = "Output")]
    json: bool,
}

impl ProveArguments {
    /// The search that is asked for.
    fn prepare<'a>(&self, programs: &'a Programs) -> Result<Prover<'a>, Failure> {
        let mut prove = Prover::new(programs, scenario_text(&self.file)?)?
            .crashes(self.crashes)
            .partitions(self.partitions)
            .restart_after(self.restart_after)
            .heal_after(self.heal_after)
            .between(self.from, self.before)
            .each(self.each);
        if let Some(seed) = self.seed {
            prove = prove.seed(seed);
        }
        if !self.nodes.is_empty() {
            prove = prove.nodes(self.nodes.iter().map(String::as_str))?;
        }
        Ok(prove)
    }
}

pub(super) fn prove(programs: &Programs, arguments: &ProveArguments) -> Result<Ending, Failure> {
    let prove = arguments.prepare(programs)?;
    write!(anstream::stderr(), "{}", prove.warnings().render(Style::Colour))?;
    let mut outputs = Outputs::beside(&[&arguments.file]);
    if arguments.json {
        outputs.take_standard_output("--json")?;
    }
    let out = outputs.open_if("--out", arguments.out.as_deref())?;
    let time_is_up = arguments.batch.time_is_up();
    let on_failure = if arguments.stop_on_first { OnFailure::Stop } else { OnFailure::Continue };
    let batch = arguments.batch.batch(&time_is_up).on_failure(on_failure);
    let mut progress = Progress::new(None);
    let proof = prove.batch(batch).run(|trial, of| {
        progress.expect(of);
        progress.advance(matches!(trial.ended, RunConclusion::Violated | RunConclusion::Panicked));
    });
    progress.clear();
    if let (Some(file), Some(trial)) = (out, proof.failed.first()) {
        let plan = arguments.prepare(programs)?.plan(trial);
        let text = plan.to_scenario().to_json(&programs.catalogue());
        let text = text.expect("what was read from a file can be written to one");
        file.write(|out| write!(out, "{text}"))?;
    }
    if arguments.json {
        print_json(&proof_json(&proof))?;
    } else {
        let text = proof_text(&proof, &terminal::styles());
        write!(outputs.people(), "{text}{}", terminal::words_line(&text))?;
    }
    Ok(ending(&proof))
}

fn ending(proof: &Proof) -> Ending {
    match proof.ended() {
        Some(RunConclusion::Panicked) => Ending::Bug,
        _ if proof.stopped == Some(StopReason::Interrupted) => Ending::Interrupted,
        Some(RunConclusion::Violated) => Ending::Violated,
        Some(RunConclusion::Inconclusive) => Ending::Inconclusive,
        Some(RunConclusion::Pass) => Ending::Pass,
        None => Ending::NothingRan,
    }
}
