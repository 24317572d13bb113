//! `nodedown shrink`: reduces a run that fails to the smallest plan that still does.

use std::fs;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Args;

use super::batch::BatchArguments;
use super::files::{is_standard, not_written, print_json, refuse_input};
use super::input::Input;
use super::nearby::scenario_path;
use super::numbers::{parse_count, parse_seed};
use super::progress::Spinner;
use super::{Ending, Failure, terminal};
use crate::explore::{
    FailureMatch, Interrupt, ShrinkError, ShrinkResult, Shrinker, StopReason, command_for, quoted,
};
use crate::front::report;
use crate::scenario::Plan;
use crate::scenario::services::Programs;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown shrink scenarios/partition.json
  nodedown shrink chaos --seed 17 --out found.json
  nodedown shrink partition --out - --max-time 1m")]
pub(super) struct ShrinkArguments {
    /// Scenario file, or the record of a run
    ///
    /// Scenarios are JSON; comments and trailing commas are allowed. A bare name, such as
    /// `takeover`, is looked up in `scenarios`. `-` is standard input.
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// Seed of the run that fails [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// File to write; `-` is standard output
    ///
    /// Without it, a new file beside the scenario, named after it and the seed.
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Expectation that has to fail, by its number in what `nodedown run` prints [default: the
    /// first that fails]
    #[arg(long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    expectation: Option<NonZero<usize>>,
    /// Accept any witness of the failed expectation, not only one of the same kind
    #[arg(long)]
    any_witness: bool,
    #[command(flatten)]
    batch: BatchArguments,
    /// Print JSON instead of text
    #[arg(long, help_heading = "Output")]
    json: bool,
}

impl ShrinkArguments {
    fn shrink<'a>(&self, programs: &'a Programs) -> Shrinker<'a> {
        let likeness = if self.any_witness {
            FailureMatch::SameExpectation
        } else {
            FailureMatch::SameWitness
        };
        let shrink =
            Shrinker::new(programs).origin(&self.file.display().to_string()).likeness(likeness);
        match self.expectation {
            Some(number) => shrink.expectation(number.get()),
            None => shrink,
        }
    }
}

pub(super) fn shrink(programs: &Programs, arguments: &ShrinkArguments) -> Result<Ending, Failure> {
    let (scenario, _) = Input::read(&arguments.file, programs)?.into_scenario();
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let mut kept = Kept::at(arguments, seed)?;
    let mut ended = Err(ShrinkError::Holds { seed });
    for plan in scenario.plans(seed) {
        ended = attempt(programs, arguments, &plan, &mut kept)?;
        if !matches!(ended, Err(ShrinkError::Holds { .. })) {
            break;
        }
    }
    let unshrinkable = |why| Failure::Unshrinkable { why, file: arguments.file.clone() };
    let shrunk = ended.map_err(unshrinkable)?;
    kept.keep(&shrunk.text)?;
    tell(arguments, &shrunk, &kept)?;
    Ok(if shrunk.stopped == Some(StopReason::Interrupted) {
        Ending::Interrupted
    } else {
        Ending::Pass
    })
}

/// Makes one plan smaller, with the smallest so far in the file all the time.
fn attempt(
    programs: &Programs,
    arguments: &ShrinkArguments,
    plan: &Plan,
    kept: &mut Kept,
) -> Result<Result<ShrinkResult, ShrinkError>, Failure> {
    let (time_is_up, unwritable) = (arguments.batch.time_is_up(), Interrupt::default());
    let over = || time_is_up() || unwritable.is_raised();
    let mut failure = None;
    let spinner = Spinner::new();
    let shrink = arguments.shrink(programs).batch(arguments.batch.batch(&over));
    let ended = shrink.run(plan, |step| {
        spinner.tell(step);
        if let Err(error) = kept.keep(step.text) {
            failure = Some(error);
            unwritable.raise();
        }
    });
    spinner.clear();
    failure.map_or(Ok(ended), Err)
}

/// The file with the smallest plan so far.
struct Kept {
    /// `None` for standard output.
    path: Option<PathBuf>,
    text: String,
}

impl Kept {
    fn at(arguments: &ShrinkArguments, seed: u64) -> Result<Kept, Failure> {
        let path = match &arguments.out {
            Some(path) if is_standard(path) && arguments.json => {
                let both = "--json and --out both write to standard output";
                let error = format!("{both}: write one of them to a file");
                return Err(Failure::Usage(vec![error]));
            }
            Some(path) if is_standard(path) => None,
            Some(path) => {
                refuse_input(path, &[&arguments.file])?;
                Some(path.clone())
            }
            None if is_standard(&arguments.file) => None,
            None => Some(free(beside(&arguments.file, seed))?),
        };
        Ok(Kept { path, text: String::new() })
    }

    /// Writes the file anew if there is something new to write.
    fn keep(&mut self, text: &str) -> Result<(), Failure> {
        if let Some(path) = self.path.as_ref().filter(|_| self.text != text) {
            let is_new = self.text.is_empty();
            fs::write(path, text).map_err(|error| {
                let path = path.clone();
                if is_new {
                    Failure::Create { path, error }
                } else {
                    Failure::Write { path, error }
                }
            })?;
            text.clone_into(&mut self.text);
        }
        Ok(())
    }
}

/// `mine-seed-7.json` for `mine.json`.
fn beside(file: &Path, seed: u64) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-seed-{seed}.json"));
    file.with_file_name(name)
}

/// The path, if there is nothing there.
fn free(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.exists() {
        return Err(not_written(path, "the file exists already; name another one with --out"));
    }
    Ok(path)
}

/// Prints the result, and the commands to go on with.
fn tell(arguments: &ShrinkArguments, shrunk: &ShrinkResult, kept: &Kept) -> Result<(), Failure> {
    let Some(path) = &kept.path else {
        write!(anstream::stdout(), "{}", shrunk.text)?;
        write!(anstream::stderr(), "{}", report::shrunk_text(shrunk, &terminal::styles()))?;
        return Ok(());
    };
    let path = path.display().to_string();
    let mut out = terminal::out();
    if arguments.json {
        return print_json(&report::shrunk_json(shrunk, &path));
    }
    write!(out, "{}", report::shrunk_text(shrunk, &terminal::styles()))?;
    let path = quoted(&path);
    writeln!(out, "why: nodedown explain {path}\nreplay: nodedown run {path}")?;
    Ok(())
}

/// The reason why there is nothing to reduce, and what to do instead.
pub(super) fn refusal(why: &ShrinkError, file: &Path) -> String {
    let file = file.display().to_string();
    match why {
        ShrinkError::Holds { .. } => {
            let file = quoted(&file);
            format!(
                "error: nothing to shrink: {why}\n  find a seed that fails: nodedown sweep {file}"
            )
        }
        ShrinkError::OtherFails { failing, .. } => {
            let line = |failure: &crate::explore::ExpectationFailure| {
                format!("\n  {}: {}", failure.number, failure.expected())
            };
            format!("error: {why}; these do{}", failing.iter().map(line).collect::<String>())
        }
        ShrinkError::Panics { seed } => {
            let again = command_for("run", &file, *seed);
            format!("error: {why}, which is a bug in nodedown\n  {again}")
        }
        ShrinkError::ExpectsNothing { .. } | ShrinkError::Unwritable(_) => {
            format!("error: {why}")
        }
    }
}
