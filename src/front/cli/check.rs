//! `nodedown check`: the checkers alone, on histories that were recorded before or elsewhere.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "the patience of the user, not a simulation's time"
)]
use std::time::Instant;

use clap::{Args, ValueEnum};

mod reasons;

use super::files::read_text;
use super::{Ending, Failure, terminal};
use crate::consistency::claims::{Claim, Examination};
use crate::consistency::history::{Action, Format, Operation, OperationId, Recording, value};
use crate::consistency::linearizable;
use crate::consistency::model::{
    AnyOf, AppendMap, Bank, Counter, Log, Map, MultiRegister, Mutex, OwnedMutex, Queue, Register,
    Set, Starting, Unfit, UnorderedQueue,
};
use crate::consistency::{
    Judgement, Limit, Limits, Model, Refutation, abridged, sequentially_consistent,
};
use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::engine::term::Term;
use crate::engine::time::{Time, format_duration, parse_duration};
use crate::front::report::Styles;
use crate::scenario::Consistency;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown run takeover --history seen.jsonl
  nodedown check seen.jsonl --model log
  nodedown check seen.jsonl --claim read_your_writes
  nodedown check store/latest/history.edn --model cas-register")]
pub(super) struct CheckArguments {
    /// Files with histories of operations; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Model of the service, on each key; for `linearizable` and `sequential`
    #[arg(
        long,
        value_enum,
        required_unless_present = "claim",
        required_if_eq_any = [("claim", "linearizable"), ("claim", "sequential")]
    )]
    model: Option<ModelName>,
    /// Claim to check [default: linearizable]
    #[arg(long, value_enum)]
    claim: Option<ClaimName>,
    /// Time from the beginning to the end of the last fault; for `eventual`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    healed: Duration,
    /// Time after that and after the last write in which reads may differ; for `eventual`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    within: Duration,
    /// Value before the first operation, in JSON or EDN: `0`, `nil`, `"a"`, `[1 2]`
    ///
    /// Without it, a register holds `nil`, a counter 0, and everything else is empty.
    #[arg(long, value_name = "VALUE", value_parser = parse_initial)]
    initial: Option<String>,
    /// Meaning of a read that was answered with `nil`
    #[arg(long, value_enum, value_name = "WHAT", default_value = "nothing")]
    nil_reads: NilReads,
    /// Format of the files [default: recognised from their beginning]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Most memory for the search of a file; beyond it the verdict is `unknown`
    #[arg(
        long, value_name = "BYTES", value_parser = parse_bytes, default_value = "1GiB",
        help_heading = "Limits"
    )]
    memory: usize,
    /// Most time for the search of a file; only this limit depends on the machine
    #[arg(
        long, value_name = "DURATION", value_parser = parse_duration, default_value = "1m",
        help_heading = "Limits"
    )]
    time: Duration,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModelName {
    /// One value: read, write
    Register,
    /// One value: read, write, cas [from to]
    CasRegister,
    /// Several values: txn, a list of [r key value] and [w key value]
    MultiRegister,
    /// Keys with a value each: get, put, delete
    Map,
    /// Keys with a text each: get, put, append, delete
    AppendMap,
    /// A lock: acquire, release
    Mutex,
    /// A lock that only its owner gives back: acquire, release
    OwnedMutex,
    /// The same, which its owner may acquire again
    ReentrantMutex,
    /// First in, first out: enqueue, dequeue
    Queue,
    /// In, and out in any order: enqueue, dequeue
    UnorderedQueue,
    /// A number: add, read
    Counter,
    /// Values without an order: read, add, remove, contains
    Set,
    /// A list: read, append
    Log,
    /// Accounts, none of which goes below 0: read, transfer {from to amount}
    Bank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum ClaimName {
    /// Each operation takes effect at an instant between its invocation and its completion
    Linearizable,
    /// The operations of each client take effect in their order
    Sequential,
    /// What a client reads shows what it has written
    #[value(alias = "read-your-writes")]
    ReadYourWrites,
    /// What a client reads shows what it has read before
    #[value(alias = "monotonic-reads")]
    MonotonicReads,
    /// What a client writes is shown in its order
    #[value(alias = "monotonic-writes")]
    MonotonicWrites,
    /// What a client writes is shown after what it had read before
    #[value(alias = "writes-follow-reads")]
    WritesFollowReads,
    /// In the end all reads show the same, and all that was acknowledged
    Eventual,
    /// Nothing that is appended takes effect twice
    #[value(alias = "at-most-once")]
    AtMostOnce,
    /// Everything that was acknowledged takes effect
    #[value(alias = "at-least-once")]
    AtLeastOnce,
    /// What was put into a queue came out of it, and nothing else: nothing is lost or unexpected
    #[value(alias = "total-queue")]
    TotalQueue,
}

impl ClaimName {
    /// What a history is that bears it out.
    const fn description(self) -> &'static str {
        match self {
            ClaimName::Linearizable => Consistency::Linearizable.description(),
            ClaimName::Sequential => Consistency::Sequential.description(),
            ClaimName::ReadYourWrites => Consistency::ReadYourWrites.description(),
            ClaimName::MonotonicReads => Consistency::MonotonicReads.description(),
            ClaimName::MonotonicWrites => Consistency::MonotonicWrites.description(),
            ClaimName::WritesFollowReads => Consistency::WritesFollowReads.description(),
            ClaimName::Eventual => Consistency::Eventual.description(),
            ClaimName::AtMostOnce => Consistency::AtMostOnce.description(),
            ClaimName::AtLeastOnce => Consistency::AtLeastOnce.description(),
            ClaimName::TotalQueue => "a queue that gives out all that it is given",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NilReads {
    /// It read `nil`, a value like any other
    Nothing,
    /// It is unknown what was read: such reads are left out, as Knossos does
    Unknown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// JSON lines, as `nodedown run --history` writes them, or an array
    Json,
    /// Maps with :process, :type, :f, :key and :value
    Edn,
    /// The lines of Jepsen's log
    Jepsen,
}

impl CheckArguments {
    /// The command that does the same again.
    pub(super) fn replay_command(&self) -> String {
        let name = |value: Option<clap::builder::PossibleValue>| {
            value.map_or(String::new(), |value| value.get_name().to_owned())
        };
        let files = self.files.iter().map(|file| format!(" {}", file.display()));
        let model = self.model.map_or_else(String::new, |model| {
            format!(" --model {}", name(model.to_possible_value()))
        });
        let claim = name(self.claim().to_possible_value());
        let initial =
            self.initial.as_ref().map_or_else(String::new, |text| format!(" --initial '{text}'"));
        let nil_reads = match self.nil_reads {
            NilReads::Nothing => "",
            NilReads::Unknown => " --nil-reads unknown",
        };
        format!("nodedown check{model} --claim {claim}{initial}{nil_reads}")
            + &files.collect::<String>()
    }

    /// What is there at the beginning, if something else than usual is.
    fn initial(&self) -> Option<Term> {
        self.initial.as_deref().and_then(|text| value(text).ok())
    }

    fn claim(&self) -> ClaimName {
        self.claim.unwrap_or(ClaimName::Linearizable)
    }

    /// The claim, if it needs no model.
    fn simple_claim(&self) -> Option<Claim> {
        match self.claim() {
            ClaimName::Linearizable | ClaimName::Sequential => None,
            ClaimName::ReadYourWrites => Some(Claim::ReadYourWrites),
            ClaimName::MonotonicReads => Some(Claim::MonotonicReads),
            ClaimName::MonotonicWrites => Some(Claim::MonotonicWrites),
            ClaimName::WritesFollowReads => Some(Claim::WritesFollowReads),
            ClaimName::Eventual => {
                Some(Claim::Eventual { healed: Time::ZERO + self.healed, within: self.within })
            }
            ClaimName::AtMostOnce => Some(Claim::AtMostOnce),
            ClaimName::AtLeastOnce => Some(Claim::AtLeastOnce),
            ClaimName::TotalQueue => Some(Claim::TotalQueue),
        }
    }
}

/// A history with what is needed to tell of it.
struct Input {
    file_name: String,
    text: String,
    format: Format,
    recording: Recording,
}

pub(super) fn check(arguments: &CheckArguments) -> Result<Ending, Failure> {
    // All are read before one is checked, so that all mistakes are told.
    let mut inputs = Vec::new();
    let mut mistakes = Vec::new();
    for path in &arguments.files {
        let text = read_text(path)?;
        let file_name = path.display().to_string();
        let format = arguments.format.map_or_else(|| Format::of(&text), Format::from);
        match Recording::read(&text, &file_name, format) {
            Ok(recording) => {
                let recording = match arguments.nil_reads {
                    NilReads::Nothing => recording,
                    NilReads::Unknown => recording.without_nil_reads(),
                };
                inputs.push(Input { file_name, text, format, recording });
            }
            Err(found) => mistakes.push(found),
        }
    }
    let mut ending = Ending::Pass;
    let mut out = terminal::out();
    for input in inputs.iter().filter(|_| mistakes.is_empty()) {
        match judge_file(input, arguments) {
            Ok((how, text)) => {
                ending = worse(ending, how);
                write!(out, "{text}")?;
            }
            Err(found) => {
                mistakes.push(found);
                break;
            }
        }
    }
    if mistakes.is_empty() { Ok(ending) } else { Err(Failure::Mistakes(mistakes)) }
}

/// What comes of a file, and what is said of it.
fn judge_file(input: &Input, arguments: &CheckArguments) -> Result<(Ending, String), Diagnostics> {
    let history = &input.recording.history;
    if history.operations().is_empty() {
        return Ok(unknown(input, "there are no operations in it"));
    }
    if !history.operations().iter().any(|each| each.is_ok() && each.action != Action::Other) {
        return Ok(unknown(input, "nothing in it was answered"));
    }
    let (ending, text) = if let Some(claim) = arguments.simple_claim() {
        let initial = arguments.initial().unwrap_or_else(|| Term::atom("undefined"));
        let examination = claim.examine_from(&initial, history.iter());
        let ending = match examination {
            Examination::Holds => Ending::Pass,
            Examination::Violated(..) => Ending::Violated,
            Examination::Inconclusive(_) => Ending::Inconclusive,
        };
        (ending, told_examination(input, arguments, &examination))
    } else {
        let model = arguments.model.unwrap_or_else(|| unreachable!("the claim needs a model"));
        let judgement = model.judge(input, arguments)?;
        (ending_of(&judgement), told(input, arguments, &judgement))
    };
    // What was perhaps done, and nobody knows with which value, may explain anything.
    match input.recording.without_value() {
        [first, ..] if ending == Ending::Violated => {
            let operation = &history.operations()[first.0 as usize];
            let (line, _) = input.recording.lines(*first);
            let what = told_operation(operation);
            let why = format!(
                "nobody knows with which value this was done, if it was: {what}, begun in line {line}"
            );
            Ok(unknown(input, &why))
        }
        _ => Ok((ending, text)),
    }
}

/// That nothing is known of a file, and why.
fn unknown(input: &Input, why: &str) -> (Ending, String) {
    let Styles { doubtful, .. } = terminal::styles();
    let file = &input.file_name;
    (Ending::Inconclusive, format!("{file}: {doubtful}unknown{doubtful:#}: {why}\n"))
}

/// What is said of a file whose claim needs no model.
fn told_examination(
    input: &Input,
    arguments: &CheckArguments,
    examination: &Examination,
) -> String {
    let Styles { good, bad, doubtful, .. } = terminal::styles();
    let (file, claim) = (&input.file_name, arguments.claim().description());
    match examination {
        Examination::Holds => format!("{file}: {good}{claim}{good:#}\n"),
        Examination::Inconclusive(why) => {
            format!("{file}: {doubtful}unknown{doubtful:#}: {claim}: {why}\n")
        }
        Examination::Violated(why, shown) => {
            let shown = shown.iter().map(|id| {
                let operation = &input.recording.history.operations()[id.0 as usize];
                let (line, _) = input.recording.lines(*id);
                format!("    {}, begun in line {line}\n", told_operation(operation))
            });
            format!("{file}: {bad}not {claim}{bad:#}: {why}\n{}", shown.collect::<String>())
        }
    }
}

impl ModelName {
    fn judge(self, input: &Input, arguments: &CheckArguments) -> Result<Judgement, Diagnostics> {
        match self {
            ModelName::Register => judge(&Register::new(), input, arguments),
            ModelName::CasRegister => judge(&Register::compare_and_set(), input, arguments),
            ModelName::Map => judge(&Map::new(), input, arguments),
            ModelName::AppendMap => judge(&AppendMap, input, arguments),
            ModelName::MultiRegister => judge(&MultiRegister, input, arguments),
            ModelName::Mutex => judge(&Mutex, input, arguments),
            ModelName::OwnedMutex => judge(&OwnedMutex::new(), input, arguments),
            ModelName::ReentrantMutex => judge(&OwnedMutex::reentrant(), input, arguments),
            ModelName::Queue => judge(&Queue, input, arguments),
            ModelName::UnorderedQueue => judge(&AnyOf(UnorderedQueue), input, arguments),
            ModelName::Counter => judge(&Counter, input, arguments),
            ModelName::Set => judge(&Set, input, arguments),
            ModelName::Log => judge(&Log::default(), input, arguments),
            ModelName::Bank => judge(&Bank, input, arguments),
        }
    }
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Format {
        match name {
            FormatName::Json => Format::Json,
            FormatName::Edn => Format::Edn,
            FormatName::Jepsen => Format::Jepsen,
        }
    }
}

fn judge<M: Model>(
    model: &M,
    input: &Input,
    arguments: &CheckArguments,
) -> Result<Judgement, Diagnostics> {
    if let Some(value) = arguments.initial() {
        let Some(model) = Starting::with(model, &value) else {
            return Err(unfit_beginning(input, &value));
        };
        return judge_from(&model, input, arguments);
    }
    judge_from(model, input, arguments)
}

/// A service of this kind cannot begin with such a value.
fn unfit_beginning(input: &Input, value: &Term) -> Diagnostics {
    let mut diagnostics = Diagnostics::new(&input.file_name, &input.text);
    let value = abridged(value);
    let message = format!("`--initial`: a service of this model cannot begin with {value}");
    diagnostics.error(&(0..0), message).help(
        "a register and a map begin with any value, an append-map with a text, a counter with a \
         whole number, a queue, a set and a log with a list, a bank and a multi-register with a map, a \
         mutex with `free` or `held`",
    );
    diagnostics
}

#[expect(clippy::disallowed_types, reason = "the patience of the user, not a simulation's time")]
fn judge_from<M: Model>(
    model: &M,
    input: &Input,
    arguments: &CheckArguments,
) -> Result<Judgement, Diagnostics> {
    let (began, operations) = (Instant::now(), input.recording.history.iter());
    let interrupted = || began.elapsed() > arguments.time;
    let limits = Limits { memory: arguments.memory, interrupted: &interrupted };
    let judgement = if arguments.claim() == ClaimName::Sequential {
        sequentially_consistent(operations, model, limits)
    } else {
        linearizable(operations, model, limits)
    };
    judgement.map_err(|(id, unfit)| misfit(input, id, &unfit))
}

fn misfit(input: &Input, id: OperationId, unfit: &Unfit) -> Diagnostics {
    let mut diagnostics = Diagnostics::new(&input.file_name, &input.text);
    let error = diagnostics.error(&input.recording.bytes(id), unfit.to_string());
    if let Unfit::Operation { name, known, .. } = unfit {
        error.help(suggestion(name, known, "operations"));
    }
    diagnostics
}

const fn ending_of(judgement: &Judgement) -> Ending {
    match judgement {
        Judgement::Explained => Ending::Pass,
        Judgement::Unexplained(_) => Ending::Violated,
        Judgement::Undecided(_) => Ending::Inconclusive,
    }
}

const fn worse(one: Ending, other: Ending) -> Ending {
    match (one, other) {
        (Ending::Violated, _) | (_, Ending::Violated) => Ending::Violated,
        (Ending::Inconclusive, _) | (_, Ending::Inconclusive) => Ending::Inconclusive,
        (one, _) => one,
    }
}

/// What is said of a file: a line, and what is against it.
fn told(input: &Input, arguments: &CheckArguments, judgement: &Judgement) -> String {
    let claim = arguments.claim().description();
    let Styles { good, bad, doubtful, .. } = terminal::styles();
    let file = &input.file_name;
    match judgement {
        Judgement::Explained => format!("{file}: {good}{claim}{good:#}\n"),
        Judgement::Unexplained(refutation) => {
            let told = told_refutation(input, arguments.claim(), refutation);
            format!("{file}: {bad}not {claim}{bad:#}\n{told}")
        }
        Judgement::Undecided(limit) => {
            let why = match limit {
                Limit::Memory => format!("it takes more than {}", format_bytes(arguments.memory)),
                Limit::Interrupted => {
                    format!("it takes more than {}", format_duration(arguments.time))
                }
            };
            format!("{file}: {doubtful}unknown{doubtful:#}: {why}\n")
        }
    }
}

/// What is told of a history that has no order.
fn told_refutation(input: &Input, claim: ClaimName, refutation: &Refutation) -> String {
    let contradiction = told_contradiction(input, &refutation.contradicting);
    match (claim, contradiction.is_empty()) {
        (ClaimName::Sequential, false) => contradiction,
        (ClaimName::Sequential, true) => {
            let key = refutation.key.as_ref().map_or("all keys".to_owned(), abridged);
            format!("    no order explains what was seen of {key}\n")
        }
        _ => {
            let why = reasons::why(&input.recording, refutation.operation);
            let why = why.map_or_else(String::new, |why| format!("    {why}\n"));
            told_prefix(input, refutation) + &why + &contradiction
        }
    }
}

/// The beginning of a history that has no order.
fn told_prefix(input: &Input, refutation: &Refutation) -> String {
    let Refutation { operation: id, until, shortest, states, .. } = refutation;
    let (begun, ended) = input.recording.lines(*id);
    let which =
        if *shortest { "the shortest prefix" } else { "a prefix, perhaps not the shortest," };
    let end = match input.format {
        Format::Json => format!("{until} (line {begun})"),
        Format::Edn | Format::Jepsen => format!("line {}", ended.unwrap_or(begun)),
    };
    let operation = &input.recording.history.operations()[id.0 as usize];
    let begun = match input.format {
        Format::Json => String::new(),
        Format::Edn | Format::Jepsen => format!(", begun in line {begun}"),
    };
    let states = if states.is_empty() {
        String::new()
    } else {
        format!("; right before its end there could be {}", states.join(" or "))
    };
    let told = told_operation(operation);
    format!("    {which} that cannot be explained ends at {end}:\n    {told}{begun}{states}\n")
}

/// The most operations that are told of those that contradict each other.
const TOLD_MAX: usize = 8;

/// The operations that contradict each other, if it takes several.
fn told_contradiction(input: &Input, operations: &[OperationId]) -> String {
    if operations.len() < 2 {
        return String::new();
    }
    let told = operations.iter().take(TOLD_MAX).map(|id| {
        let operation = &input.recording.history.operations()[id.0 as usize];
        let lines = told_lines(&input.recording, *id);
        format!("      {}, {lines}\n", told_operation(operation))
    });
    let rest = operations.len().saturating_sub(TOLD_MAX);
    let rest = if rest == 0 { String::new() } else { format!("      and {rest} more\n") };
    let told: String = told.collect();
    format!(
        "    no order explains these, whatever became of all others begun by then:\n{told}{rest}"
    )
}

/// Where the file tells of an operation.
fn told_lines(recording: &Recording, id: OperationId) -> String {
    match recording.lines(id) {
        (begun, Some(ended)) if ended != begun => format!("lines {begun} to {ended}"),
        (begun, _) => format!("line {begun}"),
    }
}

fn told_operation(operation: &Operation) -> String {
    let Operation { workload, client, name, key, value, .. } = operation;
    let part = |before: &str, term: &crate::engine::term::Term| {
        if term.is_atom("undefined") {
            String::new()
        } else {
            format!("{before}{}", abridged(term))
        }
    };
    let answer = operation.answer().map(|answer| format!(" answered {}", abridged(answer)));
    let (value, key) = (part(" ", value), part(" of ", key));
    format!("{workload} {client}: {name}{value}{key}{}", answer.unwrap_or_default())
}

/// The units of memory, smallest first.
const BYTE_UNITS: [(&str, usize); 7] = [
    ("B", 1),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];

fn parse_initial(text: &str) -> Result<String, String> {
    value(text).map(|_| text.to_owned())
}

fn parse_bytes(text: &str) -> Result<usize, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (&text[..digits], text[digits..].trim());
    let scale = BYTE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let bytes = number.parse::<usize>().ok().zip(scale);
    let bytes = bytes.and_then(|(number, (_, scale))| number.checked_mul(*scale));
    bytes.ok_or_else(|| "write a whole number and a unit, as in \"512MiB\" or \"2GB\"".to_owned())
}

/// The bytes in the largest unit that loses nothing.
fn format_bytes(bytes: usize) -> String {
    let unit = BYTE_UNITS.iter().rev().find(|(_, scale)| bytes.is_multiple_of(*scale));
    unit.map_or_else(|| format!("{bytes}B"), |(name, scale)| format!("{}{name}", bytes / scale))
}
