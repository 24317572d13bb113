//! `nodedown prove`: a fault at every point of a run where one could matter.

use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "the patience of the user, not a simulation's time"
)]
use std::time::Instant;

use clap::Args;

use super::files::{Outputs, scenario_text};
use super::nearby::scenario_path;
use super::numbers::{parse_count, parse_seed};
use super::progress::Progress;
use super::{Ending, Failure, interrupt, terminal};
use crate::document::diagnostic::Style;
use crate::engine::time::{decimal_duration, parse_duration};
use crate::explore::pool::available_jobs;
use crate::explore::{OnFailure, Proof, Prover, RunConclusion, StopReason};
use crate::front::report::proof_text;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown prove scenarios/chat-failover.json
  nodedown prove chat-failover --crashes 2 --restart-after 10s --save found.json
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
    /// Runs in parallel [default: the number of cores]
    #[arg(
        long, short, value_name = "N", value_parser = parse_count, allow_negative_numbers = true,
        help_heading = "Runs"
    )]
    jobs: Option<NonZero<usize>>,
    /// Start no new runs after this much real time, such as `10m`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Runs")]
    until: Option<Duration>,
    /// Stop at the first fault that is not masked
    #[arg(long, help_heading = "Runs")]
    stop_on_first: bool,
    /// Write the first run with a fault that is not masked to a file, as a scenario
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, help_heading = "Output")]
    json: bool,
}

impl ProveArguments {
    /// The command that does the same again.
    pub(super) fn replay_command(&self) -> String {
        let time = |name: &str, time: Option<Duration>| {
            time.map_or(String::new(), |time| format!(" --{name} {}", decimal_duration(time)))
        };
        let mut parts = vec![
            format!("nodedown prove {} --crashes {}", self.file.display(), self.crashes),
            format!(" --partitions {} --each {} --jobs 1", self.partitions, self.each),
            time("restart-after", self.restart_after),
            time("heal-after", self.heal_after),
            time("from", self.from),
            time("before", self.before),
        ];
        if !self.nodes.is_empty() {
            parts.push(format!(" --nodes {}", self.nodes.join(",")));
        }
        parts.extend(self.seed.map(|seed| format!(" --seed {seed}")));
        parts.concat()
    }

    /// What is to be tried.
    fn prepare<'a>(&self, programs: &'a Programs) -> Result<Prover<'a>, Failure> {
        let mut prove = Prover::new(programs, scenario_text(&self.file)?)?
            .crashes(self.crashes)
            .partitions(self.partitions)
            .restart_after(self.restart_after)
            .heal_after(self.heal_after)
            .between(self.from, self.before)
            .each(self.each)
            .jobs(self.jobs.unwrap_or_else(available_jobs))
            .on_failure(if self.stop_on_first { OnFailure::Stop } else { OnFailure::Continue })
            .interrupt(interrupt::on_ctrl_c());
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
    let save = outputs.open_if("--save", arguments.save.as_deref())?;
    #[expect(clippy::disallowed_types, reason = "the patience of the user")]
    let deadline = arguments.until.map(|time| Instant::now() + time);
    #[expect(clippy::disallowed_types, reason = "the patience of the user")]
    let time_is_up = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let mut progress = Progress::new(None);
    let proof = prove.until(&time_is_up).run(|trial, of| {
        progress.expect(of);
        progress.advance(matches!(trial.ended, RunConclusion::Violated | RunConclusion::Panicked));
    });
    progress.clear();
    if let (Some(file), Some(trial)) = (save, proof.failed.first()) {
        let plan = arguments.prepare(programs)?.plan(trial);
        let text = plan.to_scenario().to_json(&programs.catalogue());
        let text = text.expect("what was read from a file can be written to one");
        file.write(|out| write!(out, "{text}"))?;
    }
    if arguments.json {
        let mut out = anstream::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &proof).map_err(std::io::Error::from)?;
        writeln!(out)?;
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
