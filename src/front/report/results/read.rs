//! From the text of a results file to results.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::time::Duration;

use crate::document::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::explore::coverage::{
    Coverage, CoverageState, FaultCategory, FaultCounts, FaultCoverage, NodeCoverage, RunCount,
};
use crate::explore::{
    BatchKind, BrokenFile, BrokenFileReason, ExpectationRef, FailureExample, FailureMode,
    FailureModeId, FaultStrike, MeasureLimit, MeasuredTime, Results, RunConclusion, RunSummary,
    RunTimes, ScenarioResults, Seeds, ShardError, StopReason,
};
use crate::formats::results::{
    BatchKindJson, BrokenFileJson, BrokenReasonJson, CoverageJson, FailureExampleJson,
    FailureModeJson, FaultCountsJson, FaultCoverageJson, FaultStrikeJson, MeasureLimitJson,
    MeasuredTimeJson, NodeCoverageJson, ResultsJson, RunCountJson, RunSummaryJson, RunTimesJson,
    ScenarioResultsJson,
};
use crate::formats::{EndedJson, Members, StoppedJson};

/// Reads the results that [`write_results`](super::write_results) wrote; the name of the file is for
/// messages.
///
/// # Errors
/// The mistake in the text, with its place.
pub fn read_results(text: &str, file_name: &str) -> Result<Results, Diagnostics> {
    let found = match serde_json::from_str::<ResultsJson>(text) {
        Ok(written) => match results(written) {
            Ok(results) => return Ok(results),
            Err(unfit) => (unfit.place_in(text), unfit.why),
        },
        Err(error) => {
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or(&message).to_owned();
            (place_of(text, &error), what)
        }
    };
    let (place, what) = found;
    let mut diagnostics = Diagnostics::new(file_name, text);
    diagnostics
        .error(&place, format!("this is not a results file: {what}"))
        .help("`nodedown sweep` and `nodedown test` write them with `--out`");
    Err(diagnostics)
}

fn place_of(text: &str, error: &serde_json::Error) -> Range<usize> {
    let before: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let place = text.floor_char_boundary(before + error.column().saturating_sub(1));
    place..place
}

/// A value of the right type that means nothing.
struct Unfit {
    why: String,
    /// The way to it from the whole.
    way: Vec<Step>,
}

enum Step {
    Member(String),
    Element(usize),
}

impl Unfit {
    fn new<E: Display>(why: E) -> Unfit {
        Unfit { why: why.to_string(), way: Vec::new() }
    }

    fn within(mut self, member: &str) -> Unfit {
        self.way.insert(0, Step::Member(member.to_owned()));
        self
    }

    /// The bytes of the value.
    fn place_in(&self, text: &str) -> Range<usize> {
        let whole = Document::parse(text, "").root;
        let step = |node: &Node, step: &Step| match step {
            Step::Member(name) => node.get(name).cloned(),
            Step::Element(place) => node.items().get(*place).cloned(),
        };
        let value = self.way.iter().try_fold(whole, |node, next| Some(step(&node?, next)));
        value.flatten().map_or(0..0, |node| node.span)
    }
}

/// Converts each element of a member.
fn each<T, U>(
    member: &str,
    all: Vec<T>,
    convert: impl Fn(T) -> Result<U, Unfit>,
) -> Result<Vec<U>, Unfit> {
    let converted = all.into_iter().enumerate().map(|(place, one)| {
        convert(one).map_err(|mut unfit| {
            unfit.way.insert(0, Step::Element(place));
            unfit.within(member)
        })
    });
    converted.collect()
}

/// Converts the members of an object, whose names are known words.
fn known<T, K: Ord, U>(
    member: &str,
    all: Members<T>,
    named: impl Fn(&str) -> Option<K>,
    convert: impl Fn(T) -> U,
) -> Result<BTreeMap<K, U>, Unfit> {
    let converted = all.0.into_iter().map(|(name, value)| match named(&name) {
        Some(key) => Ok((key, convert(value))),
        None => Err(Unfit::new(format_args!("`{name}` is not known")).within(&name).within(member)),
    });
    converted.collect()
}

fn results(written: ResultsJson) -> Result<Results, Unfit> {
    Ok(Results {
        nodedown: written.nodedown,
        kind: match written.kind {
            BatchKindJson::Sweep => BatchKind::Sweep,
            BatchKindJson::Test => BatchKind::Test,
        },
        shard: written
            .shard
            .parse()
            .map_err(|error| Unfit::new::<ShardError>(error).within("shard"))?,
        stopped: written.stopped.map(StopReason::from),
        broken: written.broken.into_iter().map(broken).collect(),
        scenarios: each("scenarios", written.scenarios, scenario)?,
    })
}

fn broken(written: BrokenFileJson) -> BrokenFile {
    BrokenFile {
        file: written.file,
        line: written.line.map(|line| line as usize),
        message: written.message,
        why: match written.why {
            BrokenReasonJson::Invalid => BrokenFileReason::Invalid,
            BrokenReasonJson::Unreadable => BrokenFileReason::Unreadable,
            BrokenReasonJson::Skipped => BrokenFileReason::Skipped,
        },
    }
}

fn scenario(written: ScenarioResultsJson) -> Result<ScenarioResults, Unfit> {
    Ok(ScenarioResults {
        file: written.file,
        name: written.name,
        hash: written.hash,
        expected: written.expected.into(),
        transports: written.transports,
        lines: written.lines.into_iter().map(|line| line as usize).collect(),
        limits: written.limits.into_iter().map(limit).collect(),
        seeds: Seeds::try_from(written.seeds).map_err(|error| Unfit::new(error).within("seeds"))?,
        runs: each("runs", written.runs, run)?,
        ways: each("ways", written.ways, way)?,
        coverage: coverage(written.coverage).map_err(|unfit| unfit.within("coverage"))?,
    })
}

fn limit(written: MeasureLimitJson) -> MeasureLimit {
    MeasureLimit { measure: written.measure, at_most: Duration::from_nanos(written.at_most_ns) }
}

fn run(written: RunSummaryJson) -> Result<RunSummary, Unfit> {
    let digest = u64::from_str_radix(&written.digest, 16);
    Ok(RunSummary {
        seed: written.seed,
        transport: written.transport as usize,
        digest: digest.map_err(|error| Unfit::new(error).within("digest"))?,
        ended: written.ended.into(),
        as_expected: written.as_expected,
        faults: written.faults,
        times: times(written.times),
        strikes: written.strikes.into_iter().map(strike).collect(),
        ways: each("ways", written.ways, id)?,
    })
}

fn id(text: String) -> Result<FailureModeId, Unfit> {
    FailureModeId::try_from(text).map_err(Unfit::new)
}

fn times(written: RunTimesJson) -> RunTimes {
    RunTimes {
        detection_first: written.detection_first_ns.map(time),
        detection_last: written.detection_last_ns.map(time),
        restart: written.restart_ns.map(time),
        recovery: written.recovery_ns.map(time),
        p99: written.p99_ns.map(time),
        slowest: written.slowest_ns.map(time),
    }
}

const fn strike(written: FaultStrikeJson) -> FaultStrike {
    FaultStrike { offset_ns: written.offset_ns, recovery: time(written.recovery_ns) }
}

const fn time(written: MeasuredTimeJson) -> MeasuredTime {
    match written {
        MeasuredTimeJson::For(nanos) => MeasuredTime::For(Duration::from_nanos(nanos)),
        MeasuredTimeJson::Never(_) => MeasuredTime::Never,
    }
}

fn way(written: FailureModeJson) -> Result<FailureMode, Unfit> {
    let what = ExpectationRef {
        place: written.what.place.map(|place| place as usize),
        text: written.what.text,
    };
    Ok(FailureMode {
        id: id(written.id).map_err(|unfit| unfit.within("id"))?,
        what,
        result: written.result.into(),
        runs: written.runs,
        failures: written.failures,
        examples: written.examples.into_iter().map(example).collect(),
    })
}

fn example(written: FailureExampleJson) -> FailureExample {
    FailureExample {
        seed: written.seed,
        transport: written.transport as usize,
        summary: written.summary,
        witness: written.witness,
    }
}

fn coverage(written: CoverageJson) -> Result<Coverage, Unfit> {
    Ok(Coverage {
        faults: each("faults", written.faults, fault)?,
        kinds: known("kinds", written.kinds, FaultCategory::named, counts)?,
        nodes: written.nodes.into_iter().map(node).collect(),
        states: known("states", written.states, CoverageState::named, count)?,
    })
}

fn fault(written: FaultCoverageJson) -> Result<FaultCoverage, Unfit> {
    let kind = written.kind.map(|name| {
        let unknown = || Unfit::new(format_args!("`{name}` is not known")).within("kind");
        FaultCategory::named(&name).ok_or_else(unknown)
    });
    let strikes = counts(written.strikes);
    Ok(FaultCoverage { text: written.text, kind: kind.transpose()?, strikes })
}

fn node(written: NodeCoverageJson) -> NodeCoverage {
    NodeCoverage { node: written.node, lost: count(written.lost) }
}

const fn counts(written: FaultCountsJson) -> FaultCounts {
    let FaultCountsJson { injected, in_flight, moving } = written;
    FaultCounts { injected: count(injected), in_flight: count(in_flight), moving: count(moving) }
}

const fn count(written: RunCountJson) -> RunCount {
    RunCount { runs: written.runs, seed: written.seed }
}

impl From<EndedJson> for RunConclusion {
    fn from(ended: EndedJson) -> RunConclusion {
        match ended {
            EndedJson::Pass => RunConclusion::Pass,
            EndedJson::Violated => RunConclusion::Violated,
            EndedJson::Inconclusive => RunConclusion::Inconclusive,
            EndedJson::Panicked => RunConclusion::Panicked,
        }
    }
}

impl From<StoppedJson> for StopReason {
    fn from(stopped: StoppedJson) -> StopReason {
        match stopped {
            StoppedJson::FirstFailure => StopReason::FirstFailure,
            StoppedJson::TimeUp => StopReason::TimeUp,
            StoppedJson::Interrupted => StopReason::Interrupted,
        }
    }
}
