//! A run and its verdict, for programs.

use std::io;
use std::time::Duration;

use super::story::{StoryLine, story};
use crate::consistency::history::{self, Operation, OperationId};
use crate::engine::network::Traffic;
use crate::engine::runtime;
use crate::engine::term::{Atom, Term, term_to_json};
use crate::engine::time::{Time, nanos};
use crate::engine::trace::Trace;
use crate::formats::run::{
    AnswerJson, ApplicationFiguresJson, CostJson, DetectionJson, DoubtJson, DuplicatedValueJson,
    ErrorBudgetJson, FailoverJson, FaultFiguresJson, FiguresJson, FindingJson,
    MissingOperationJson, NextStartJson, NoticedJson, OperationJson, OverlapJson, RecoveryJson,
    RunJson, RunOutcomeJson, ServicesJson, StartJson, StoryLineJson, ToleranceJson,
    ToleranceKindJson, TrafficJson, WitnessJson, WorkloadFiguresJson,
};
use crate::formats::trace::TraceLineJson;
use crate::formats::{VerdictJson, Version};
use crate::scenario::services::Summary;
use crate::scenario::services::transport::Cost;
use crate::scenario::simulation::Run;
use crate::verdict::{
    ApplicationFigures, Conclusion, Detection, Doubt, DuplicateValue, Failover, FaultFigures,
    Figures, Finding, MissingOperation, NextStart, Overlap, Recovery, Tolerance, ToleranceFigures,
    Verdict, Witness, WorkloadFigures,
};

/// Everything about a run except its trace.
#[must_use]
pub fn run_json(run: &Run, verdict: &Verdict) -> RunJson {
    let expected = run.plan.scenario.expected_verdict;
    RunJson {
        run: Version,
        scenario: run.plan.scenario.name.clone(),
        seed: run.plan.seed,
        transport: run.plan.transport.to_string(),
        digest: run.trace.digest().to_string(),
        verdict: verdict.conclusion.into(),
        expected: Conclusion::from(expected).into(),
        as_expected: verdict.meets(&expected),
        findings: verdict.findings.iter().map(|each| finding(run, each)).collect(),
        doubts: verdict.doubts.iter().map(doubt).collect(),
        figures: figures(run, &verdict.figures),
        story: story(run).into_iter().map(story_line).collect(),
        outcome: outcome(&run.outcome),
        ended_at_ns: run.ended_at.as_nanos(),
        steps: run.steps,
        traffic: traffic(run.traffic),
        services: services(&run.summary),
    }
}

fn finding(run: &Run, finding: &Finding) -> FindingJson {
    FindingJson {
        expectation: finding.expectation.to_string(),
        result: finding.result.into(),
        summary: finding.summary.clone(),
        witness: finding.witness.as_ref().map(|each| witness(run, each)),
    }
}

fn doubt(doubt: &Doubt) -> DoubtJson {
    DoubtJson { wanted: doubt.wanted.to_owned(), why: doubt.why.clone() }
}

fn witness(run: &Run, witness: &Witness) -> WitnessJson {
    WitnessJson {
        at_ns: witness.at.as_nanos(),
        texts: witness.texts.clone(),
        operation: witness.operation.map(|id| operation(run, id)),
    }
}

/// An operation with its place in the history.
fn operation(run: &Run, id: OperationId) -> OperationJson {
    let Operation { workload, client, name, key, value, invoked, completion, .. } =
        &run.history.operations()[id.0 as usize];
    let completion = completion.as_ref();
    OperationJson {
        number: id.0,
        workload: text(*workload),
        client: *client,
        name: text(*name),
        key: term_to_json(key),
        value: term_to_json(value),
        invoked_ns: invoked.as_nanos(),
        ended_ns: completion.map(|completion| completion.at.as_nanos()),
        outcome: completion.map(|completion| answer(&completion.outcome)),
    }
}

fn answer(outcome: &history::Outcome) -> AnswerJson {
    match outcome {
        history::Outcome::Ok(answer) => AnswerJson::Ok(term_to_json(answer)),
        history::Outcome::Failed(reason) => AnswerJson::Failed(term_to_json(reason)),
        history::Outcome::Unknown(reason) => AnswerJson::Unknown(term_to_json(reason)),
    }
}

fn figures(run: &Run, figures: &Figures) -> FiguresJson {
    FiguresJson {
        workloads: figures.workloads.iter().map(|each| workload(run, each)).collect(),
        faults: figures.faults.iter().map(fault).collect(),
        applications: figures.applications.iter().map(application).collect(),
    }
}

fn workload(run: &Run, figures: &WorkloadFigures) -> WorkloadFiguresJson {
    WorkloadFiguresJson {
        workload: text(figures.workload),
        invoked: figures.invoked,
        ok: figures.ok,
        failed: figures.failed,
        unknown: figures.unknown,
        open: figures.open,
        availability_ppm: figures.availability_ppm,
        p50_ns: figures.p50.map(nanos),
        p99_ns: figures.p99.map(nanos),
        twin_p99_ns: figures.twin_p99.map(nanos),
        slowest_ns: figures.slowest.map(nanos),
        slow_ns: figures.slow.map(nanos),
        first_failure_ns: figures.first_failure.map(Time::as_nanos),
        first_success_after_failure_ns: figures.first_success_after_failure.map(Time::as_nanos),
        longest_without_success_ns: figures.longest_without_success.map(nanos),
        recovery_point_ns: figures.recovery_point().map(nanos),
        error_budget: figures.error_budget.as_ref().map(|budget| ErrorBudgetJson {
            objective_ppm: budget.objective_ppm,
            spent_permille: budget.spent_permille,
        }),
        tolerance: tolerance(run, &figures.tolerance),
        missing: figures.missing.iter().map(|each| missing(run, each)).collect(),
        duplicated: figures.duplicated.iter().map(|each| duplicated(run, each)).collect(),
    }
}

fn tolerance(run: &Run, figures: &ToleranceFigures) -> ToleranceJson {
    ToleranceJson {
        kind: match figures.kind {
            Tolerance::Masking => ToleranceKindJson::Masking,
            Tolerance::FailSafe => ToleranceKindJson::FailSafe,
            Tolerance::Nonmasking => ToleranceKindJson::Nonmasking,
            Tolerance::NotEvenFailSafe => ToleranceKindJson::NotEvenFailSafe,
            Tolerance::Unknown => ToleranceKindJson::Unknown,
        },
        explainable: figures.explainable.into(),
        explanation: figures.explanation.clone(),
        witness: figures.witness.as_ref().map(|each| witness(run, each)),
        masked: figures.masked,
        within_ns: figures.within.map(nanos),
        afterwards: figures.afterwards.map(VerdictJson::from),
    }
}

fn missing(run: &Run, missing: &MissingOperation) -> MissingOperationJson {
    MissingOperationJson {
        operation: operation(run, missing.operation),
        acknowledged_ns: missing.acknowledged.as_nanos(),
        not_in: operation(run, missing.not_in),
        seen_again: missing.seen_again,
        age_ns: missing.age.map(nanos),
    }
}

fn duplicated(run: &Run, duplicate: &DuplicateValue) -> DuplicatedValueJson {
    DuplicatedValueJson {
        key: term_to_json(&duplicate.key),
        value: term_to_json(&duplicate.value),
        times: duplicate.times as u64,
        read: operation(run, duplicate.read),
    }
}

fn fault(figures: &FaultFigures) -> FaultFiguresJson {
    FaultFiguresJson {
        fault: figures.fault,
        text: figures.text.clone(),
        at_ns: figures.at.as_nanos(),
        detection: figures.detection.iter().map(detection).collect(),
        failovers: figures.failovers.iter().map(failover).collect(),
        recovery: recovery(&figures.recovery),
        after_its_end: figures.after_its_end.as_ref().map(recovery),
    }
}

fn detection(detection: &Detection) -> DetectionJson {
    let by = |noticed: Option<(Atom, Duration)>| {
        noticed.map(|(node, after)| NoticedJson { by: text(node), after_ns: nanos(after) })
    };
    DetectionJson {
        node: text(detection.node),
        connected: detection.connected as u64,
        noticed: detection.noticed as u64,
        first: by(detection.first),
        last: by(detection.last),
    }
}

fn failover(failover: &Failover) -> FailoverJson {
    let next = |to: &NextStart| NextStartJson {
        node: text(to.node),
        at_ns: to.at.as_nanos(),
        after_ns: nanos(to.after),
        start_type: to.start_type.to_string(),
    };
    FailoverJson {
        application: text(failover.application),
        from: text(failover.from),
        to: failover.to.as_ref().map(next),
    }
}

fn recovery(recovery: &Recovery) -> RecoveryJson {
    RecoveryJson {
        at_ns: recovery.at.as_nanos(),
        exposed: recovery.exposed,
        disturbed: recovery.disturbed,
        last_disturbed: recovery.last_disturbed.map(|id| id.0),
        served_again_ns: recovery.served_again.map(Time::as_nanos),
        time_ns: recovery.time().map(nanos),
    }
}

fn application(figures: &ApplicationFigures) -> ApplicationFiguresJson {
    ApplicationFiguresJson {
        application: text(figures.application),
        starts: figures.starts.iter().map(start).collect(),
        overlaps: figures.overlaps.iter().map(overlap).collect(),
        overlap_ns: nanos(figures.overlap),
        absent_ns: nanos(figures.absent),
    }
}

fn start((at, node, start_type): &(Time, Atom, Term)) -> StartJson {
    StartJson { at_ns: at.as_nanos(), node: text(*node), start_type: start_type.to_string() }
}

fn overlap(overlap: &Overlap) -> OverlapJson {
    OverlapJson {
        from_ns: overlap.from.as_nanos(),
        to_ns: overlap.to.as_nanos(),
        nodes: overlap.nodes.iter().copied().map(text).collect(),
        start_type: overlap.start_type.to_string(),
    }
}

fn story_line(line: StoryLine) -> StoryLineJson {
    StoryLineJson { at_ns: line.at.as_nanos(), who: line.who, what: line.what }
}

const fn outcome(outcome: &runtime::RunOutcome) -> RunOutcomeJson {
    match outcome {
        runtime::RunOutcome::Quiescent => RunOutcomeJson::Quiescent,
        runtime::RunOutcome::Deadline => RunOutcomeJson::Deadline,
        runtime::RunOutcome::BudgetExhausted { .. } => RunOutcomeJson::EventBudgetExhausted,
        runtime::RunOutcome::Called(_)
        | runtime::RunOutcome::Recorded
        | runtime::RunOutcome::Stepped
        | runtime::RunOutcome::StepsDone => RunOutcomeJson::Stopped,
    }
}

const fn traffic(traffic: Traffic) -> TrafficJson {
    let Traffic { packets, bytes, connections } = traffic;
    TrafficJson { packets, bytes, connections }
}

fn services(summary: &Summary) -> ServicesJson {
    let tallies = summary.tallies.iter().map(|(application, tallies)| {
        let tallies = tallies.iter().map(|(what, count)| ((*what).to_owned(), *count));
        (text(*application), tallies.collect())
    });
    let costs = summary.costs.iter().map(|(application, cost)| {
        let Cost { requests, bytes, connections, round_trips } = *cost;
        (text(*application), CostJson { requests, bytes, connections, round_trips })
    });
    ServicesJson { tallies: tallies.collect(), costs: costs.collect() }
}

fn text(atom: Atom) -> String {
    atom.as_str().to_owned()
}

/// Writes a trace as JSON lines, a [`TraceLineJson`] for each record.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write_trace(trace: &Trace, mut out: impl io::Write) -> io::Result<()> {
    for record in trace.records() {
        serde_json::to_writer(&mut out, &TraceLineJson::from(record))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
