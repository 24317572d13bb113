//! The arguments of `nodedown check`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::consistency::claims::Claim;
use crate::consistency::history::{Format, value};
use crate::consistency::model::Specification;
use crate::engine::term::Term;
use crate::engine::time::{Time, parse_duration};
use crate::scenario::Consistency;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown run takeover --history seen.jsonl
  nodedown check seen.jsonl --model log
  nodedown check seen.jsonl --claim read_your_writes
  nodedown check store/latest/history.edn --model cas-register")]
pub(in crate::front::cli) struct CheckArguments {
    /// Files with histories of operations; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Model of the service, on each key; for `linearizable` and `sequential`
    #[arg(
        long,
        value_enum,
        required_unless_present = "claim",
        required_if_eq_any = [("claim", "linearizable"), ("claim", "sequential")]
    )]
    pub(super) model: Option<ModelName>,
    /// Claim to check [default: linearizable]
    #[arg(long, value_enum)]
    pub(super) claim: Option<ClaimName>,
    /// Time from the beginning to the end of the last fault; for `eventual`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub(super) healed: Duration,
    /// Time after that and after the last write in which reads may differ; for `eventual`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub(super) within: Duration,
    /// Value before the first operation, in JSON or EDN: `0`, `nil`, `"a"`, `[1 2]`
    ///
    /// Without it, a register holds `nil`, a counter 0, and everything else is empty.
    #[arg(long, value_name = "VALUE", value_parser = parse_initial)]
    pub(super) initial: Option<String>,
    /// Meaning of a read that was answered with `nil`
    #[arg(long, value_enum, value_name = "WHAT", default_value = "nothing")]
    pub(super) nil_reads: NilReads,
    /// Format of the files [default: recognised from their beginning]
    #[arg(long, value_enum)]
    pub(super) format: Option<FormatName>,
    /// Most memory for the search of a file; beyond it the verdict is `unknown`
    #[arg(
        long, value_name = "BYTES", value_parser = parse_bytes, default_value = "1GiB",
        help_heading = "Limits"
    )]
    pub(super) memory: usize,
    /// Most time for the search of a file; only this limit depends on the machine
    #[arg(
        long, alias = "time", value_name = "DURATION", value_parser = parse_duration,
        default_value = "1m", help_heading = "Limits"
    )]
    pub(super) max_time: Duration,
    /// Print JSON instead of text
    #[arg(long, help_heading = "Output")]
    pub(super) json: bool,
}

/// A model that a history can be checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModelName {
    /// One that scenario files can name too.
    Specified(Specification),
    /// Several registers at once, which only recorded histories have.
    MultiRegister,
}

/// All models in the order of the help, each with its name there and what it says of it.
const MODELS: [(ModelName, &str, &str); 14] = [
    (ModelName::Specified(Specification::Register), "register", "One value: read, write"),
    (
        ModelName::Specified(Specification::CasRegister),
        "cas-register",
        "One value: read, write, cas [from to]",
    ),
    (
        ModelName::MultiRegister,
        "multi-register",
        "Several values: txn, a list of [r key value] and [w key value]",
    ),
    (ModelName::Specified(Specification::Map), "map", "Keys with a value each: get, put, delete"),
    (
        ModelName::Specified(Specification::AppendMap),
        "append-map",
        "Keys with a text each: get, put, append, delete",
    ),
    (ModelName::Specified(Specification::Mutex), "mutex", "A lock: acquire, release"),
    (
        ModelName::Specified(Specification::OwnedMutex),
        "owned-mutex",
        "A lock that only its owner gives back: acquire, release",
    ),
    (
        ModelName::Specified(Specification::ReentrantMutex),
        "reentrant-mutex",
        "The same, which its owner may acquire again",
    ),
    (ModelName::Specified(Specification::Queue), "queue", "First in, first out: enqueue, dequeue"),
    (
        ModelName::Specified(Specification::UnorderedQueue),
        "unordered-queue",
        "In, and out in any order: enqueue, dequeue",
    ),
    (ModelName::Specified(Specification::Counter), "counter", "A number: add, read"),
    (
        ModelName::Specified(Specification::Set),
        "set",
        "Values without an order: read, add, remove, contains",
    ),
    (ModelName::Specified(Specification::Log), "log", "A list: read, append"),
    (
        ModelName::Specified(Specification::Bank),
        "bank",
        "Accounts, none of which goes below 0: read, transfer {from to amount}",
    ),
];

impl ModelName {
    const ALL: [ModelName; 14] = {
        let mut all = [ModelName::MultiRegister; 14];
        let mut index = 0;
        while index < all.len() {
            all[index] = MODELS[index].0;
            index += 1;
        }
        all
    };
}

impl ValueEnum for ModelName {
    fn value_variants<'a>() -> &'a [ModelName] {
        &ModelName::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (_, name, about) = MODELS.iter().find(|(model, ..)| model == self)?;
        Some(PossibleValue::new(*name).help(*about))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum ClaimName {
    /// Each operation takes effect at an instant between its invocation and its completion
    Linearizable,
    /// The operations of each client take effect in their order
    Sequential,
    /// Reads of a client show its own writes
    #[value(alias = "read-your-writes")]
    ReadYourWrites,
    /// Reads of a client never go back in time
    #[value(alias = "monotonic-reads")]
    MonotonicReads,
    /// Writes of a client are seen in their order
    #[value(alias = "monotonic-writes")]
    MonotonicWrites,
    /// Writes of a client are seen after what it had read
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
    /// Everything put into a queue comes out, and nothing else
    #[value(alias = "total-queue")]
    TotalQueue,
}

impl ClaimName {
    /// A description of a history that bears it out.
    pub(super) const fn description(self) -> &'static str {
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
            ClaimName::TotalQueue => "a queue that loses nothing",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NilReads {
    /// It read `nil`, a value like any other
    Nothing,
    /// It is unknown what was read: such reads are left out, as Knossos does
    Unknown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FormatName {
    /// JSON lines, as `nodedown run --history` writes them, or an array
    Json,
    /// Maps with :process, :type, :f, :key and :value
    Edn,
    /// The lines of Jepsen's log
    Jepsen,
}

impl CheckArguments {
    /// The initial value, if it is not the usual one.
    pub(super) fn initial(&self) -> Option<Term> {
        self.initial.as_deref().and_then(|text| value(text).ok())
    }

    pub(super) fn claim(&self) -> ClaimName {
        self.claim.unwrap_or(ClaimName::Linearizable)
    }

    /// The claim, if it needs no model.
    pub(super) fn simple_claim(&self) -> Option<Claim> {
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

impl ClaimName {
    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        name_of(&self)
    }
}

impl ModelName {
    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        name_of(&self)
    }
}

fn name_of(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
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
pub(super) fn format_bytes(bytes: usize) -> String {
    let unit = BYTE_UNITS.iter().rev().find(|(_, scale)| bytes.is_multiple_of(*scale));
    unit.map_or_else(|| format!("{bytes}B"), |(name, scale)| format!("{}{name}", bytes / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_specification_of_scenarios_is_a_model_with_the_same_name() {
        for (specification, name) in Specification::NAMES {
            let model = ModelName::Specified(specification);
            assert_eq!(model.name(), name.replace('_', "-"));
        }
        assert_eq!(MODELS.len(), Specification::NAMES.len() + 1);
    }
}
