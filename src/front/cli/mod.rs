//! The command line. A program with services of its own hands them to [`main`] and has the whole
//! command line for them.

mod batch;
mod beam;
mod check;
mod command_line;
mod completions;
mod diff;
mod explain;
mod export;
mod files;
mod input;
mod interrupt;
mod kinds;
mod learn;
mod list;
mod man;
mod many;
mod merge;
mod mistyped;
mod nearby;
mod new;
mod numbers;
mod pages;
mod plan;
mod progress;
mod prove;
mod replay;
mod run;
mod schema;
mod shard;
mod shell;
mod shrink;
mod sweep;
mod terminal;
mod test;
mod view;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use command_line::CommandLine;

use crate::beam::index::{LoadError, OtpError};
use crate::document::diagnostic::{Diagnostics, Style};
use crate::explore::{ProofError, ShrinkError};
use crate::scenario::ScenarioError;
use crate::scenario::services::Programs;
use crate::shell::{CompiledError, TranscriptError};
use crate::verdict::record::TraceFileError;
use crate::view::{PageTooLarge, UnreadableTrace};

/// A deterministic simulator of Erlang-style distributed systems: crash nodes, cut networks, and
/// learn whether anybody noticed.
#[derive(Debug, Parser)]
#[command(name = "nodedown", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Examples:
  nodedown run scenarios/chat-failover.json   # one run: story, figures, verdict
  nodedown test scenarios                     # all scenarios, as CI runs them
  nodedown explain masking                    # what a word of the output means

Exit codes:
    0  the declared verdict (pass if none is); explained; the same; complete
    1  another verdict; not explained; a difference; something missing
    2  inconclusive; unknown
    3  nothing was run; nothing fails that could be shrunk
   64  wrong usage, or mistakes in a file
   66  a file that cannot be read
   70  a bug in nodedown
   73  a file that cannot be created
   74  output that cannot be written
  130  interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario once: its story, figures and verdict
    Run(run::RunArguments),
    /// Check every scenario in a folder against its declared verdict
    Test(test::TestArguments),
    /// Run a scenario with many seeds: failures, durations, coverage
    Sweep(sweep::SweepArguments),
    /// Explain a run, from each fault to what users saw; or explain a word
    Explain(explain::ExplainArguments),
    /// Write a page that shows a run: nodes, messages, faults, users, and why
    View(view::ViewArguments),
    /// Write a run for other programs: Mermaid, Perfetto, OpenTelemetry, ShiViz, Graphviz, SVG, CSV
    Export(export::ExportArguments),
    /// Reduce a failing run to a minimal scenario that still fails
    Shrink(shrink::ShrinkArguments),
    /// Crash or cut off nodes at every point of a run where it could matter
    Prove(prove::ProveArguments),
    /// Print the plan of a scenario and a seed: every fault and operation
    Plan(plan::PlanArguments),
    /// Run a record again and report any difference
    Replay(replay::ReplayArguments),
    /// Show where two runs first differ: records, scenarios or traces
    Diff(diff::DiffArguments),
    /// Merge the results of several machines, as `--out` writes them
    Merge(merge::MergeArguments),
    /// Check recorded histories of operations: linearizable, or weaker claims
    Check(check::CheckArguments),
    /// Check that everything is there that compiled Erlang or Elixir calls
    Beam(beam::BeamArguments),
    /// Create a small crate with a service, a client, a scenario and tests
    New(new::NewArguments),
    /// List the services and clients that a scenario can use, with their settings
    List(list::ListArguments),
    /// Type at a live simulated cluster, or play and check transcripts
    Shell(shell::ShellArguments),
    /// Learn distribution by failing: a course of lessons that ask, run and check
    Learn(learn::LearnArguments),
    /// Print the JSON schema of scenario files, or of a format for programs
    Schema(schema::SchemaArguments),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArguments),
    /// Print the manual page, or write the pages of all commands to a folder
    Man(man::ManArguments),
}

/// The ending of a command: its exit code, of which those from 64 on are sysexits(3)'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Pass = 0,
    Violated = 1,
    Inconclusive = 2,
    NothingRan = 3,
    Usage = 64,
    NoInput = 66,
    Bug = 70,
    CannotCreate = 73,
    OutputLost = 74,
    Interrupted = 130,
}

impl Ending {
    /// The worse of two endings of things that were judged.
    const fn worse(self, other: Ending) -> Ending {
        match (self, other) {
            (Ending::Violated, _) | (_, Ending::Violated) => Ending::Violated,
            (Ending::Inconclusive, _) | (_, Ending::Inconclusive) => Ending::Inconclusive,
            (one, _) => one,
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> ExitCode {
        ExitCode::from(ending as u8)
    }
}

/// The reason why a command could not do its work.
#[derive(Debug)]
enum Failure {
    /// The mistakes in files, each with its place.
    Mistakes(Vec<Diagnostics>),
    Transcript(TranscriptError),
    /// Compiled OTP cannot answer a transcript.
    Compiled(CompiledError),
    /// A trace that is compared with something that is run.
    Unlike {
        trace: PathBuf,
        run: PathBuf,
    },
    Trace {
        path: PathBuf,
        error: TraceFileError,
    },
    Read {
        path: PathBuf,
        error: io::Error,
    },
    /// A file that cannot be opened for writing, or must not be.
    Create {
        path: PathBuf,
        error: io::Error,
    },
    Write {
        path: PathBuf,
        error: io::Error,
    },
    Shard(shard::Unclear),
    Prove(ProofError),
    /// A trace that cannot be shown.
    View {
        path: PathBuf,
        error: UnreadableTrace,
    },
    TooLarge(PageTooLarge),
    /// The thing to explain is neither a file nor a word.
    Neither {
        text: String,
        hint: String,
    },
    /// Arguments that do not go together.
    Usage(Vec<String>),
    Unshrinkable {
        why: ShrinkError,
        file: PathBuf,
    },
    /// Compiled modules, or their folders, that cannot be used.
    Modules(Vec<LoadError>),
    Otp(OtpError),
    /// A scenario needs Erlang, and there is none: why.
    NoErlang(String),
    Output(io::Error),
    /// The failures of several files.
    Several(Vec<Failure>),
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Failure {
        match error {
            ScenarioError::Read { path, source } => Failure::Read { path, error: source },
            ScenarioError::Invalid(diagnostics) => Failure::Mistakes(vec![diagnostics]),
            ScenarioError::NoErlang(why) => Failure::NoErlang(why),
        }
    }
}

impl From<TranscriptError> for Failure {
    fn from(error: TranscriptError) -> Failure {
        match error {
            TranscriptError::Read { path, error } => Failure::Read { path, error },
            other @ (TranscriptError::Command { .. } | TranscriptError::NoCommand { .. }) => {
                Failure::Transcript(other)
            }
        }
    }
}

impl From<CompiledError> for Failure {
    fn from(error: CompiledError) -> Failure {
        match error {
            CompiledError::Otp(error) => Failure::Otp(error),
            CompiledError::Load(error) => Failure::Modules(vec![error]),
            other @ (CompiledError::Io(_)
            | CompiledError::Compiler(_)
            | CompiledError::Transcript { .. }) => Failure::Compiled(other),
        }
    }
}

impl From<shard::Unclear> for Failure {
    fn from(error: shard::Unclear) -> Failure {
        Failure::Shard(error)
    }
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Failure {
        match error {
            ProofError::Scenario(error) => error.into(),
            other @ (ProofError::NothingExpected(_)
            | ProofError::NoNodes(_)
            | ProofError::UnknownNode { .. }) => Failure::Prove(other),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Transcript(error) => write!(f, "error: {error}"),
            Failure::Compiled(error) => write!(f, "error: {error}"),
            Failure::Mistakes(files) => {
                let files = files.iter().map(|diagnostics| diagnostics.render(Style::Colour));
                f.write_str(&files.collect::<Vec<_>>().join("\n\n"))
            }
            Failure::Unlike { trace, run } => {
                let [trace, run] = [trace, run].map(|path| path.display());
                write!(
                    f,
                    "error: {trace} is a trace, and {run} is not\n  compare two traces, or two of records and scenarios"
                )
            }
            Failure::Trace { path, error } => write!(f, "error: {}: {error}", path.display()),
            Failure::View { path, error } => write!(f, "error: {}: {error}", path.display()),
            Failure::TooLarge(error) => write!(f, "error: {error}"),
            Failure::Read { path, error } => {
                write!(f, "error: cannot read {}: {error}", path.display())?;
                nearby::hint(path, error.kind()).map_or(Ok(()), |hint| write!(f, "\n  {hint}"))
            }
            Failure::Create { path, error } | Failure::Write { path, error } => {
                write!(f, "error: cannot write {}: {error}", path.display())
            }
            Failure::Neither { text, hint } => write!(
                f,
                "error: cannot read {text}: there is no such file, and no such word to explain\n  {hint}"
            ),
            Failure::Shard(error) => write!(f, "error: {error}"),
            Failure::Prove(error) => write!(f, "error: {error}"),
            Failure::Usage(errors) => {
                let errors: Vec<String> =
                    errors.iter().map(|error| format!("error: {error}")).collect();
                f.write_str(&errors.join("\n"))
            }
            Failure::Modules(errors) => {
                let errors: Vec<String> =
                    errors.iter().map(|error| format!("error: {error}")).collect();
                f.write_str(&errors.join("\n"))
            }
            Failure::Otp(error) => write!(f, "error: {error}"),
            Failure::NoErlang(why) => write!(f, "error: {why}"),
            Failure::Unshrinkable { why, file } => write!(f, "{}", shrink::refusal(why, file)),
            Failure::Output(error) => write!(f, "error: cannot write the output: {error}"),
            Failure::Several(failures) => {
                let failures = failures.iter().map(ToString::to_string);
                f.write_str(&failures.collect::<Vec<_>>().join("\n\n"))
            }
        }
    }
}

impl Failure {
    fn ending(&self) -> Ending {
        match self {
            Failure::Mistakes(_)
            | Failure::Unlike { .. }
            | Failure::Trace { .. }
            | Failure::View { .. }
            | Failure::TooLarge(_)
            | Failure::Shard(_)
            | Failure::Prove(
                ProofError::Scenario(_) | ProofError::NoNodes(_) | ProofError::UnknownNode { .. },
            )
            | Failure::Usage(_)
            | Failure::Unshrinkable {
                why: ShrinkError::OtherFails { .. } | ShrinkError::Unwritable(_),
                ..
            }
            | Failure::Compiled(_)
            | Failure::Transcript(_) => Ending::Usage,
            Failure::Read { .. }
            | Failure::Neither { .. }
            | Failure::Modules(_)
            | Failure::Otp(_)
            | Failure::NoErlang(_) => Ending::NoInput,
            Failure::Create { .. } => Ending::CannotCreate,
            Failure::Write { .. } | Failure::Output(_) => Ending::OutputLost,
            Failure::Unshrinkable { why: ShrinkError::Holds { .. }, .. } => Ending::NothingRan,
            Failure::Unshrinkable { why: ShrinkError::ExpectsNothing { .. }, .. }
            | Failure::Prove(ProofError::NothingExpected(_)) => Ending::Inconclusive,
            Failure::Unshrinkable { why: ShrinkError::Panics { .. }, .. } => Ending::Bug,
            // A file with mistakes is there at least.
            Failure::Several(failures) => {
                let is_usage = failures.iter().any(|each| each.ending() == Ending::Usage);
                if is_usage { Ending::Usage } else { Ending::NoInput }
            }
        }
    }
}

/// The command line of a program with these services and clients: reads the arguments of the
/// process and does what they say.
///
/// ```no_run
/// use std::process::ExitCode;
/// use nodedown::services::Programs;
///
/// fn main() -> ExitCode {
///     nodedown::cli::main(&Programs::builtin())
/// }
/// ```
#[must_use]
pub fn main(programs: &Programs) -> ExitCode {
    main_with(programs, std::env::args_os())
}

/// As [`main`], with these arguments; the first is the name of the program.
#[must_use]
pub fn main_with(
    programs: &Programs,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let typed = CommandLine::of(&arguments);
    let arguments = match Arguments::try_parse_from(&arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let error = mistyped::with_better_tips(error, typed.words());
            let ending = if error.use_stderr() { Ending::Usage } else { Ending::Pass };
            return if error.print().is_ok() { ending.into() } else { Ending::OutputLost.into() };
        }
    };
    let command = || match &arguments.command {
        Command::Run(arguments) => run::run(programs, arguments, &typed),
        Command::Replay(arguments) => replay::replay(programs, arguments),
        Command::Diff(arguments) => diff::diff(programs, arguments),
        Command::Plan(arguments) => plan::plan(programs, arguments),
        Command::Sweep(arguments) => sweep::sweep(programs, arguments),
        Command::Shrink(arguments) => shrink::shrink(programs, arguments),
        Command::Test(arguments) => test::test(programs, arguments),
        Command::Prove(arguments) => prove::prove(programs, arguments),
        Command::Merge(arguments) => merge::merge(arguments),
        Command::Explain(arguments) => explain::explain(programs, arguments),
        Command::View(arguments) => view::view(programs, arguments),
        Command::Export(arguments) => export::export_run(programs, arguments),
        Command::Check(arguments) => check::check(arguments),
        Command::Beam(arguments) => beam::beam(arguments),
        Command::New(arguments) => new::new(arguments),
        Command::List(arguments) => list::list(programs, arguments),
        Command::Shell(arguments) => shell::shell(arguments),
        Command::Learn(arguments) => learn::learn(programs, arguments),
        Command::Schema(arguments) => schema::schema(programs, arguments),
        Command::Completions(arguments) => completions::completions(arguments),
        Command::Man(arguments) => man::man(arguments),
    };
    match panic::catch_unwind(panic::AssertUnwindSafe(command)) {
        Ok(Ok(ending)) => ending.into(),
        Ok(Err(Failure::Output(error))) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ending::Pass.into()
        }
        Ok(Err(failure)) => {
            let told = writeln!(anstream::stderr(), "{failure}");
            if told.is_ok() { failure.ending().into() } else { Ending::OutputLost.into() }
        }
        Err(_) => bug(&typed),
    }
}

/// Reports a panic outside of the simulated processes, which is a bug of ours.
fn bug(typed: &CommandLine) -> ExitCode {
    let told = writeln!(
        anstream::stderr(),
        "error: this is a bug in nodedown {}; to reproduce it:\n  {}",
        env!("CARGO_PKG_VERSION"),
        typed.text()
    );
    if told.is_ok() { Ending::Bug.into() } else { Ending::OutputLost.into() }
}

#[cfg(test)]
mod tests;
