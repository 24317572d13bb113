//! A run and its verdict, for programs.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::story::{StoryLine, story};
use crate::consistency::history::{Operation, OperationId};
use crate::engine::runtime::Outcome;
use crate::engine::term::{Atom, term_to_json};
use crate::engine::time::{Time, nanos};
use crate::engine::trace::Trace;
use crate::scenario::simulation::Run;
use crate::verdict::{
    ApplicationFigures, Conclusion, Detection, Failover, FaultFigures, Figures, Finding,
    MissingOperation, Recovery, ToleranceFigures, Verdict, Witness, WorkloadFigures, describe,
};

/// Everything about a run except its trace, as one JSON object.
///
/// Fields keep their order. Instants and durations are integer nanoseconds, and their names end in
/// `_ns`; unknown values are `null`. Terms in lists of values are JSON where they can be, start
/// types and reasons are printed as Erlang prints them.
///
/// - `scenario`, `seed`, `transport`: the plan that was run; `digest`: the fingerprint of the trace
/// - `verdict`, `expected`: `pass`, `violated` or `inconclusive`; `as_expected`: whether they agree
/// - `findings`: for each expectation its text, result, summary and `witness`
/// - `doubts`: the reasons why the run as a whole is inconclusive: the condition `wanted`, and
///   `why` it is not met
/// - `figures`: `workloads`, `faults` and `applications`, see [`Figures`]
/// - `story`: the lines of the story
/// - `outcome`, `ended_at_ns`, `steps`, `traffic`: the end of the run, and its costs
/// - `services`: the services' own counts (`tallies`), and the costs of their requests (`costs`)
#[must_use]
pub fn to_json(run: &Run, verdict: &Verdict) -> Value {
    let expected = run.plan.scenario.expected_verdict;
    json!({
        "scenario": run.plan.scenario.name,
        "seed": run.plan.seed,
        "transport": run.plan.transport.to_string(),
        "digest": run.trace.digest(),
        "verdict": verdict.conclusion,
        "expected": Conclusion::from(expected),
        "as_expected": verdict.meets(&expected),
        "findings": list(&verdict.findings, |each| finding(run, each)),
        "doubts": list(&verdict.doubts, |each| json!({ "wanted": each.wanted, "why": each.why })),
        "figures": figures(run, &verdict.figures),
        "story": list(&story(run), story_line),
        "outcome": outcome(&run.outcome),
        "ended_at_ns": run.ended_at,
        "steps": run.steps,
        "traffic": {
            "packets": run.traffic.packets,
            "bytes": run.traffic.bytes,
            "connections": run.traffic.connections,
        },
        "services": run.summary,
    })
}

fn list<T>(items: &[T], each: impl Fn(&T) -> Value) -> Value {
    items.iter().map(each).collect()
}

fn finding(run: &Run, finding: &Finding) -> Value {
    json!({
        "expectation": describe(&finding.expectation),
        "result": finding.result,
        "summary": finding.summary,
        "witness": finding.witness.as_ref().map(|each| witness(run, each)),
    })
}

fn witness(run: &Run, witness: &Witness) -> Value {
    json!({
        "at_ns": witness.at,
        "texts": witness.texts,
        "operation": witness.operation.map(|id| operation(run, id)),
    })
}

/// An operation with its place in the history.
fn operation(run: &Run, id: OperationId) -> Value {
    let Operation { workload, client, name, key, value, invoked, completion, .. } =
        &run.history.operations()[id.0 as usize];
    json!({
        "number": id,
        "workload": workload,
        "client": client,
        "name": name,
        "key": term_to_json(key),
        "value": term_to_json(value),
        "invoked_ns": invoked,
        "ended_ns": completion.as_ref().map(|completion| completion.at),
        "outcome": completion.as_ref().map(|completion| &completion.outcome),
    })
}

fn figures(run: &Run, figures: &Figures) -> Value {
    json!({
        "workloads": list(&figures.workloads, |each| workload(run, each)),
        "faults": list(&figures.faults, fault),
        "applications": list(&figures.applications, application),
    })
}

fn workload(run: &Run, figures: &WorkloadFigures) -> Value {
    json!({
        "workload": figures.workload,
        "invoked": figures.invoked,
        "ok": figures.ok,
        "failed": figures.failed,
        "unknown": figures.unknown,
        "open": figures.open,
        "availability_ppm": figures.availability_ppm,
        "p50_ns": figures.p50.map(nanos),
        "p99_ns": figures.p99.map(nanos),
        "twin_p99_ns": figures.twin_p99.map(nanos),
        "slowest_ns": figures.slowest.map(nanos),
        "slow_ns": figures.slow.map(nanos),
        "first_failure_ns": figures.first_failure,
        "first_success_after_failure_ns": figures.first_success_after_failure,
        "longest_without_success_ns": figures.longest_without_success.map(nanos),
        "recovery_point_ns": figures.recovery_point().map(nanos),
        "error_budget": figures.error_budget.map(|budget| json!({
            "objective_ppm": budget.objective_ppm,
            "spent_permille": budget.spent_permille,
        })),
        "tolerance": tolerance(run, &figures.tolerance),
        "missing": list(&figures.missing, |each| missing(run, each)),
        "duplicated": list(&figures.duplicated, |each| json!({
            "key": term_to_json(&each.key),
            "value": term_to_json(&each.value),
            "times": each.times,
            "read": operation(run, each.read),
        })),
    })
}

fn tolerance(run: &Run, figures: &ToleranceFigures) -> Value {
    json!({
        "kind": figures.kind,
        "explainable": figures.explainable,
        "explanation": figures.explanation,
        "witness": figures.witness.as_ref().map(|each| witness(run, each)),
        "masked": figures.masked,
        "within_ns": figures.within.map(nanos),
        "afterwards": figures.afterwards,
    })
}

fn missing(run: &Run, missing: &MissingOperation) -> Value {
    json!({
        "operation": operation(run, missing.operation),
        "acknowledged_ns": missing.acknowledged,
        "not_in": operation(run, missing.not_in),
        "seen_again": missing.seen_again,
        "age_ns": missing.age.map(nanos),
    })
}

fn fault(figures: &FaultFigures) -> Value {
    json!({
        "fault": figures.fault,
        "text": figures.text,
        "at_ns": figures.at,
        "detection": list(&figures.detection, detection),
        "failovers": list(&figures.failovers, failover),
        "recovery": recovery(&figures.recovery),
        "after_its_end": figures.after_its_end.as_ref().map(recovery),
    })
}

fn detection(detection: &Detection) -> Value {
    let by = |noticed: &Option<(Atom, Duration)>| {
        noticed.map(|(node, after)| json!({ "by": node, "after_ns": nanos(after) }))
    };
    json!({
        "node": detection.node,
        "connected": detection.connected,
        "noticed": detection.noticed,
        "first": by(&detection.first),
        "last": by(&detection.last),
    })
}

fn failover(failover: &Failover) -> Value {
    let to = failover.to.as_ref().map(|to| {
        json!({
            "node": to.node,
            "at_ns": to.at,
            "after_ns": nanos(to.after),
            "start_type": to.start_type.to_string(),
        })
    });
    json!({ "application": failover.application, "from": failover.from, "to": to })
}

fn recovery(recovery: &Recovery) -> Value {
    json!({
        "at_ns": recovery.at,
        "exposed": recovery.exposed,
        "disturbed": recovery.disturbed,
        "last_disturbed": recovery.last_disturbed,
        "served_again_ns": recovery.served_again,
        "time_ns": recovery.time().map(nanos),
    })
}

fn application(figures: &ApplicationFigures) -> Value {
    let start = |at: Time, node: Atom, start_type: String| json!({ "at_ns": at, "node": node, "start_type": start_type });
    json!({
        "application": figures.application,
        "starts": list(&figures.starts, |(at, node, kind)| start(*at, *node, kind.to_string())),
        "overlaps": list(&figures.overlaps, |each| json!({
            "from_ns": each.from,
            "to_ns": each.to,
            "nodes": each.nodes,
            "start_type": each.start_type.to_string(),
        })),
        "overlap_ns": nanos(figures.overlap),
        "absent_ns": nanos(figures.absent),
    })
}

fn story_line(line: &StoryLine) -> Value {
    json!({ "at_ns": line.at, "who": line.who, "what": line.what })
}

const fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Quiescent => "quiescent",
        Outcome::Deadline => "deadline",
        Outcome::BudgetExhausted { .. } => "event_budget_exhausted",
        Outcome::Called(_) | Outcome::Recorded | Outcome::Stepped | Outcome::StepsDone => "stopped",
    }
}

/// Writes a trace as JSON lines: a record a line, in order.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write_trace(trace: &Trace, mut out: impl io::Write) -> io::Result<()> {
    for record in trace.records() {
        serde_json::to_writer(&mut out, record)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
