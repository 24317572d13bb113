//! From the results of many runs to their format.

use crate::engine::time::nanos;
use crate::explore::coverage::{Coverage, FaultCounts, FaultCoverage, NodeCoverage, RunCount};
use crate::explore::{
    BatchKind, BrokenFile, BrokenFileReason, ExpectationRef, FailureExample, FailureMode,
    FaultStrike, MEASURES, MeasureLimit, MeasuredTime, Percentiles, Results, RunConclusion,
    RunSummary, RunTimes, RunTotals, ScenarioResults, StopReason,
};
use crate::formats::results::{
    BatchKindJson, BrokenFileJson, BrokenReasonJson, CoverageJson, ExpectationRefJson,
    FailureExampleJson, FailureModeJson, FaultCountsJson, FaultCoverageJson, FaultStrikeJson,
    MeasureLimitJson, MeasuredTimeJson, NeverJson, NodeCoverageJson, PercentilesJson, ResultsJson,
    ResultsSummaryJson, RunCountJson, RunSummaryJson, RunTimesJson, RunTotalsJson,
    ScenarioResultsJson, ScenarioSummaryJson,
};
use crate::formats::{EndedJson, StoppedJson, Version};

/// The results, and the figures that are derived from them.
pub(super) fn results_json(results: &Results) -> ResultsJson {
    let summary = ResultsSummaryJson {
        ended: results.ended().map(EndedJson::from),
        totals: totals(results.totals()),
        scenarios: results.scenarios.iter().map(scenario_summary).collect(),
    };
    ResultsJson {
        results: Version,
        nodedown: results.nodedown.clone(),
        kind: match results.kind {
            BatchKind::Sweep => BatchKindJson::Sweep,
            BatchKind::Test => BatchKindJson::Test,
        },
        shard: results.shard.to_string(),
        stopped: results.stopped.map(StoppedJson::from),
        broken: results.broken.iter().map(broken).collect(),
        scenarios: results.scenarios.iter().map(scenario).collect(),
        summary: Some(summary),
    }
}

fn broken(broken: &BrokenFile) -> BrokenFileJson {
    BrokenFileJson {
        file: broken.file.clone(),
        line: broken.line.map(|line| line as u64),
        message: broken.message.clone(),
        why: match broken.why {
            BrokenFileReason::Invalid => BrokenReasonJson::Invalid,
            BrokenFileReason::Unreadable => BrokenReasonJson::Unreadable,
            BrokenFileReason::Skipped => BrokenReasonJson::Skipped,
        },
    }
}

fn scenario(results: &ScenarioResults) -> ScenarioResultsJson {
    ScenarioResultsJson {
        file: results.file.clone(),
        name: results.name.clone(),
        hash: results.hash.clone(),
        expected: results.expected.into(),
        transports: results.transports.clone(),
        lines: results.lines.iter().map(|line| *line as u64).collect(),
        limits: results.limits.iter().map(limit).collect(),
        seeds: results.seeds.to_string(),
        runs: results.runs.iter().map(run).collect(),
        ways: results.ways.iter().map(way).collect(),
        coverage: coverage(&results.coverage),
    }
}

fn limit(limit: &MeasureLimit) -> MeasureLimitJson {
    MeasureLimitJson { measure: limit.measure.clone(), at_most_ns: nanos(limit.at_most) }
}

fn run(run: &RunSummary) -> RunSummaryJson {
    RunSummaryJson {
        seed: run.seed,
        transport: run.transport as u64,
        digest: format!("{:016x}", run.digest),
        ended: run.ended.into(),
        as_expected: run.as_expected,
        faults: run.faults,
        times: times(&run.times),
        strikes: run.strikes.iter().map(strike).collect(),
        ways: run.ways.iter().map(ToString::to_string).collect(),
    }
}

fn times(times: &RunTimes) -> RunTimesJson {
    RunTimesJson {
        detection_first_ns: times.detection_first.map(time),
        detection_last_ns: times.detection_last.map(time),
        restart_ns: times.restart.map(time),
        recovery_ns: times.recovery.map(time),
        p99_ns: times.p99.map(time),
        slowest_ns: times.slowest.map(time),
    }
}

fn strike(strike: &FaultStrike) -> FaultStrikeJson {
    FaultStrikeJson { offset_ns: strike.offset_ns, recovery_ns: time(strike.recovery) }
}

fn time(time: MeasuredTime) -> MeasuredTimeJson {
    match time {
        MeasuredTime::For(time) => MeasuredTimeJson::For(nanos(time)),
        MeasuredTime::Never => MeasuredTimeJson::Never(NeverJson::Never),
    }
}

fn way(way: &FailureMode) -> FailureModeJson {
    let ExpectationRef { place, text } = &way.what;
    FailureModeJson {
        id: way.id.to_string(),
        what: ExpectationRefJson { place: place.map(|place| place as u64), text: text.clone() },
        result: way.result.into(),
        runs: way.runs,
        failures: way.failures,
        examples: way.examples.iter().map(example).collect(),
    }
}

fn example(example: &FailureExample) -> FailureExampleJson {
    FailureExampleJson {
        seed: example.seed,
        transport: example.transport as u64,
        summary: example.summary.clone(),
        witness: example.witness.clone(),
    }
}

fn coverage(coverage: &Coverage) -> CoverageJson {
    CoverageJson {
        faults: coverage.faults.iter().map(fault).collect(),
        kinds: coverage.kinds.iter().map(|(kind, counts)| (kind.name(), counted(counts))).collect(),
        nodes: coverage.nodes.iter().map(node).collect(),
        states: coverage.states.iter().map(|(state, runs)| (state.name(), count(*runs))).collect(),
    }
}

fn fault(fault: &FaultCoverage) -> FaultCoverageJson {
    FaultCoverageJson {
        text: fault.text.clone(),
        kind: fault.kind.map(|kind| kind.name().to_owned()),
        strikes: counted(&fault.strikes),
    }
}

fn node(node: &NodeCoverage) -> NodeCoverageJson {
    NodeCoverageJson { node: node.node.clone(), lost: count(node.lost) }
}

fn counted(counts: &FaultCounts) -> FaultCountsJson {
    let FaultCounts { injected, in_flight, moving } = *counts;
    FaultCountsJson {
        injected: count(injected),
        in_flight: count(in_flight),
        moving: count(moving),
    }
}

const fn count(count: RunCount) -> RunCountJson {
    RunCountJson { runs: count.runs, seed: count.seed }
}

const fn totals(totals: RunTotals) -> RunTotalsJson {
    let RunTotals { runs, pass, violated, inconclusive, panicked, unexpected } = totals;
    RunTotalsJson { runs, pass, violated, inconclusive, panicked, unexpected }
}

fn scenario_summary(results: &ScenarioResults) -> ScenarioSummaryJson {
    let measured = MEASURES
        .iter()
        .filter_map(|measure| Some((measure.name, Percentiles::of(measure, &results.runs)?)));
    ScenarioSummaryJson {
        file: results.file.clone(),
        totals: totals(results.totals()),
        percentiles: measured.map(|(name, found)| (name, percentiles(&found))).collect(),
    }
}

fn percentiles(found: &Percentiles) -> PercentilesJson {
    PercentilesJson {
        runs: found.runs,
        never: found.never,
        p50_ns: time(found.p50),
        p90_ns: time(found.p90),
        p99_ns: time(found.p99),
        max_ns: time(found.max),
        max_seed: found.max_seed,
    }
}

impl From<RunConclusion> for EndedJson {
    fn from(ended: RunConclusion) -> EndedJson {
        match ended {
            RunConclusion::Pass => EndedJson::Pass,
            RunConclusion::Violated => EndedJson::Violated,
            RunConclusion::Inconclusive => EndedJson::Inconclusive,
            RunConclusion::Panicked => EndedJson::Panicked,
        }
    }
}

impl From<StopReason> for StoppedJson {
    fn from(stopped: StopReason) -> StoppedJson {
        match stopped {
            StopReason::FirstFailure => StoppedJson::FirstFailure,
            StopReason::TimeUp => StoppedJson::TimeUp,
            StopReason::Interrupted => StoppedJson::Interrupted,
        }
    }
}
