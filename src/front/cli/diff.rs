//! `nodedown diff`: in what two runs differ.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::files::open;
use super::input::Input;
use super::nearby::scenario_path;
use super::{Ending, Failure, terminal};
use crate::engine::trace::Detail;
use crate::front::report;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::scenario::{Plan, Scenario};
use crate::verdict::check;
use crate::verdict::record::{Divergence, Record, TraceFileError};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown diff sync-replication async-replication   # two scenarios
  nodedown diff seen.json scenarios/takeover.json    # a record, and now
  nodedown diff one.jsonl other.jsonl                # two traces")]
pub(super) struct DiffArguments {
    /// Record, scenario (which is run), or trace (as `nodedown run --trace` writes it)
    #[arg(value_parser = scenario_path())]
    one: PathBuf,
    /// Another one; a scenario beside a record runs with the record's seed and transport
    #[arg(value_parser = scenario_path())]
    other: PathBuf,
}

impl DiffArguments {
    fn paths(&self) -> [&Path; 2] {
        [&self.one, &self.other]
    }
}

/// As with other programs of that name, a difference is exit code 1.
pub(super) fn diff(programs: &Programs, arguments: &DiffArguments) -> Result<Ending, Failure> {
    let [one, other] = arguments.paths();
    match (is_trace(one)?, is_trace(other)?) {
        (true, true) => diff_traces([one, other]),
        (false, false) => diff_runs(programs, [one, other]),
        (true, false) => Err(Failure::Unlike { trace: one.to_owned(), run: other.to_owned() }),
        (false, true) => Err(Failure::Unlike { trace: other.to_owned(), run: one.to_owned() }),
    }
}

/// True if a file is a trace: its first line is an object of its own, with a time.
pub(super) fn is_trace(path: &Path) -> Result<bool, Failure> {
    let mut line = Vec::new();
    open(path)?.read_until(b'\n', &mut line).map_err(|error| unreadable(path, error))?;
    let value: Option<serde_json::Value> = serde_json::from_slice(&line).ok();
    Ok(value.is_some_and(|value| value.get("at").is_some() && value.get("what").is_some()))
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::Read { path: path.to_owned(), error }
}

fn diff_traces(paths: [&Path; 2]) -> Result<Ending, Failure> {
    let [one, other] = paths;
    let divergence = Divergence::of_trace_files([open(one)?, open(other)?]);
    let divergence = divergence.map_err(|(file, error)| match error {
        TraceFileError::Read(error) => unreadable(paths[file], error),
        error @ TraceFileError::Line(_) => Failure::Trace { path: paths[file].to_owned(), error },
    })?;
    let Some(divergence) = divergence else { return same(paths) };
    let styles = terminal::styles();
    let mut out = terminal::out();
    writeln!(out, "--- {}\n+++ {}", one.display(), other.display())?;
    write!(out, "{}", report::divergence_text(&divergence, &styles))?;
    Ok(Ending::Violated)
}

fn same(paths: [&Path; 2]) -> Result<Ending, Failure> {
    let [one, other] = paths.map(Path::display);
    writeln!(anstream::stdout(), "{one} and {other}: the same")?;
    Ok(Ending::Pass)
}

fn diff_runs(programs: &Programs, paths: [&Path; 2]) -> Result<Ending, Failure> {
    let [one, other] = paths.map(|path| Input::read(path, programs));
    let inputs = [one?, other?];
    let recorded = inputs.each_ref().map(|input| match input {
        Input::Record(record) => Some(record.plan.clone()),
        Input::Scenario(..) => None,
    });
    let [one, other] = inputs;
    let [one, other] = [
        Side::of(one, recorded[1].as_ref(), programs),
        Side::of(other, recorded[0].as_ref(), programs),
    ];
    if let Some(difference) = one.record.code_difference(&other.record) {
        writeln!(anstream::stderr(), "note: the compiled code of the two runs: {difference}")?;
    }
    let Some(mut difference) = one.record.difference(&other.record) else { return same(paths) };
    if let Some(run) = &mut difference.run
        && let (Some(one), Some(other)) = (one.full_run(programs), other.full_run(programs))
    {
        run.look_closer([&one, &other]);
    }
    let names = paths.map(|path| path.display().to_string());
    let names = names.each_ref().map(String::as_str);
    let text = report::difference_text(&difference, names, &terminal::styles());
    write!(terminal::out(), "{text}")?;
    Ok(Ending::Violated)
}

/// One of the two runs that are compared.
struct Side {
    record: Record,
    /// The run with its full trace, if it has been made already.
    run: Option<Run>,
}

impl Side {
    /// A record as it is; a scenario is run, with the seed and the transport of a record beside it.
    fn of(input: Input, beside: Option<&Plan>, programs: &Programs) -> Side {
        match input {
            Input::Record(record) => Side { record: *record, run: None },
            Input::Scenario(scenario, source) => {
                let run = run_in_full(plan(&scenario, beside), programs);
                let record = Record::of(&run, &check(&run)).with_source(source);
                Side { record, run: Some(run) }
            }
        }
    }

    /// The run with its full trace; `None` if the record cannot be replayed any more.
    fn full_run(self, programs: &Programs) -> Option<Run> {
        let run = self.run.unwrap_or_else(|| run_in_full(self.record.plan, programs));
        Some(run).filter(|run| run.trace.digest() == self.record.digest)
    }
}

fn plan(scenario: &Scenario, beside: Option<&Plan>) -> Plan {
    match beside {
        None => scenario.plan(scenario.seed),
        Some(beside) => Plan { transport: beside.transport, ..scenario.plan(beside.seed) },
    }
}

fn run_in_full(plan: Plan, programs: &Programs) -> Run {
    Simulation::new(plan, programs).detail(Detail::Full).run()
}
