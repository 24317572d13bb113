//! The figures of a run as a table, and its verdict.

use std::fmt::Write;
use std::time::Duration;

use anstyle::Style;

use super::Styles;
use super::columns::{Cells, aligned, table};
use crate::document::shape::{format_fraction, format_permille};
use crate::engine::runtime::RunOutcome;
use crate::engine::term::Term;
use crate::engine::time::{format_duration, round_duration};
use crate::scenario::simulation::Run;
use crate::verdict::{
    ApplicationFigures, Conclusion, Doubt, FaultFigures, Figures, Finding, Recovery,
    ToleranceFigures, Verdict, WorkloadFigures,
};

/// The figures in aligned columns: users, faults, applications.
#[must_use]
pub fn figures_text(figures: &Figures, styles: &Styles) -> String {
    let title = styles.title;
    let mut parts: Vec<String> = Vec::new();
    for workload in &figures.workloads {
        let name = workload.workload.as_str();
        let heading = format!("{title}What {name} saw{title:#}\n");
        parts.push(heading + &aligned(&workload_rows(workload), Cells::Left));
    }
    if !figures.faults.is_empty() {
        let mut rows = vec![FAULT_COLUMNS.map(str::to_owned).to_vec()];
        rows.extend(figures.faults.iter().map(fault_row));
        let heading = format!("{title}What the faults did{title:#}\n");
        parts.push(heading + &table(&rows, Cells::Left, styles));
    }
    if !figures.applications.is_empty() {
        let rows: Vec<_> = figures.applications.iter().map(application_row).collect();
        let heading = format!("{title}Where distributed applications ran{title:#}\n");
        parts.push(heading + &aligned(&rows, Cells::Left));
    }
    parts.join("\n")
}

fn workload_rows(figures: &WorkloadFigures) -> Vec<Vec<String>> {
    let WorkloadFigures { invoked, ok, failed, unknown, open, .. } = figures;
    let going_on = if *open == 0 { String::new() } else { format!(", {open} going on") };
    let operations = format!("{invoked}: {ok} ok, {failed} failed, {unknown} unknown{going_on}");
    let availability = figures.availability_ppm.map_or_else(none, format_fraction);
    let budget = figures.error_budget.map_or_else(String::new, |budget| {
        let objective = format_fraction(budget.objective_ppm);
        format!("; error budget of {objective}: {} used up", format_permille(budget.spent_permille))
    });
    let twin = figures
        .twin_p99
        .map_or_else(String::new, |twin| format!("; p99 without faults {}", round_duration(twin)));
    let [p50, p99, slowest] = [figures.p50, figures.p99, figures.slowest]
        .map(|time| time.map_or_else(none, round_duration));
    let failure = match (figures.first_failure, figures.first_success_after_failure) {
        (None, _) => "none".to_owned(),
        (Some(failure), None) => format!("{failure}, no success after it"),
        (Some(failure), Some(success)) => format!("{failure}, next success {success}"),
    };
    let lost = figures.lost().count();
    let age = figures.recovery_point().map(|age| format!(" (RPO {})", round_duration(age)));
    let kept = format!(
        "{lost} lost{}, {} missing for a time",
        age.unwrap_or_default(),
        figures.missing.len() - lost,
    );
    let without = figures.longest_without_success.map_or_else(none, round_duration);
    [
        ("operations", operations),
        ("availability", availability + &budget),
        ("latency", format!("p50 {p50}, p99 {p99}, slowest {slowest}{twin}")),
        ("first failure", failure),
        ("longest without success", without),
        ("acknowledged", kept),
        ("duplicated effects", figures.duplicated.len().to_string()),
    ]
    .map(|(name, value)| vec![name.to_owned(), value])
    .to_vec()
}

const FAULT_COLUMNS: [&str; 6] = [
    "fault",
    "at",
    "detection: first, last",
    "started again",
    "operations disturbed",
    "served again (RTO)",
];

fn fault_row(figures: &FaultFigures) -> Vec<String> {
    let noticed = figures.detection_times().map_or_else(none, |(first, last)| {
        format!("{}, {}", round_duration(first), round_duration(last))
    });
    let started: Vec<String> = figures
        .failovers
        .iter()
        .map(|failover| {
            let name = failover.application.as_str();
            match &failover.to {
                Some(to) => {
                    format!("{name} on {} after {}", to.node.as_str(), round_duration(to.after))
                }
                None => format!("{name} nowhere"),
            }
        })
        .collect();
    let started = if started.is_empty() { none() } else { started.join("; ") };
    let recoveries =
        || [Some(&figures.recovery), figures.after_its_end.as_ref()].into_iter().flatten();
    let disturbed =
        recoveries().map(|recovery| format!("{} of {}", recovery.disturbed, recovery.exposed));
    let (disturbed, served) = (then(disturbed), then(recoveries().map(served_again)));
    vec![figures.text.clone(), figures.at.to_string(), noticed, started, disturbed, served]
}

/// The sentence about a fault, and about its end if it had one.
fn then(mut parts: impl Iterator<Item = String>) -> String {
    let fault = parts.next().unwrap_or_default();
    parts.fold(fault, |fault, end| format!("{fault}; after its end {end}"))
}

fn served_again(recovery: &Recovery) -> String {
    match recovery.time() {
        Some(Duration::ZERO) => "at once".to_owned(),
        Some(time) => round_duration(time),
        None => "never".to_owned(),
    }
}

fn application_row(figures: &ApplicationFigures) -> Vec<String> {
    let starts: Vec<String> = figures
        .starts
        .iter()
        .map(|(at, node, start_type)| {
            format!("{} from {at} ({})", node.as_str(), start_text(start_type))
        })
        .collect();
    let starts = if starts.is_empty() { "nowhere".to_owned() } else { starts.join(", ") };
    vec![
        figures.application.as_str().to_owned(),
        starts,
        format!("two primaries {}", lasted(figures.overlap)),
        format!("nowhere {}", lasted(figures.absent)),
    ]
}

/// The start type of an application, in words: `failover from db1@a`.
fn start_text(start_type: &Term) -> String {
    let from = |tag| start_type.tagged(tag).and_then(|rest| rest.first());
    match (from("failover"), from("takeover")) {
        (Some(node), _) => format!("failover from {node}"),
        (_, Some(node)) => format!("takeover from {node}"),
        (None, None) => start_type.to_string(),
    }
}

fn lasted(duration: Duration) -> String {
    if duration.is_zero() { "never".to_owned() } else { round_duration(duration) }
}

fn none() -> String {
    "-".to_owned()
}

/// The verdict: each expectation with its mark and its figures, witnesses below it, the kind of
/// fault tolerance that the users saw, and the total.
///
/// If the verdict is not the one that the scenario declares, the last lines are commands to
/// continue with, each labelled with its purpose: `replay: nodedown run ...`.
#[must_use]
pub fn verdict_text(
    run: &Run,
    verdict: &Verdict,
    commands: &[(&str, &str)],
    styles: &Styles,
) -> String {
    let mut text = given_up_text(run, styles);
    let is_given_up = !text.is_empty();
    for finding in &verdict.findings {
        text += &match finding.result {
            // Why nothing is known of them is said once.
            Conclusion::Inconclusive if is_given_up => headline(finding, styles),
            Conclusion::Inconclusive | Conclusion::Pass | Conclusion::Violated => {
                finding_text(finding, styles)
            }
        };
    }
    text += &doubts_text(&verdict.doubts, styles);
    if !run.plan.faults.is_empty() {
        verdict.figures.workloads.iter().for_each(|each| text += &tolerance_text(each, styles));
    }
    let expected = run.plan.scenario.expected_verdict;
    let (title, style) = (styles.title, conclusion_style(verdict.conclusion, styles));
    let conclusion = verdict.conclusion;
    let _ = write!(text, "{title}verdict:{title:#} {style}{conclusion}{style:#}");
    if verdict.meets(&expected) {
        text += if conclusion == Conclusion::Pass { "\n" } else { ", as expected\n" };
    } else {
        let _ = writeln!(text, ", expected {}", Conclusion::from(expected));
        for (purpose, command) in commands {
            let _ = writeln!(text, "{purpose}: {command}");
        }
    }
    text
}

/// The reasons why a run as a whole is inconclusive, a line each.
pub(super) fn doubts_text(doubts: &[Doubt], styles: &Styles) -> String {
    let (doubtful, mark) = (styles.doubtful, mark(Conclusion::Inconclusive));
    let lines = doubts.iter().map(|doubt| format!("{doubtful}{mark}{doubtful:#} {}\n", doubt.why));
    lines.collect::<Vec<_>>().concat()
}

/// The line for a run that used up its event budget.
fn given_up_text(run: &Run, styles: &Styles) -> String {
    let (at, steps, bad) = (run.ended_at, run.steps, styles.bad);
    match run.outcome {
        RunOutcome::BudgetExhausted { .. } => format!(
            "{bad}`event_budget` used up at {at}{bad:#}: the run was given up after {steps} steps; \
             what is not known for that reason has a `?`\n"
        ),
        RunOutcome::Quiescent
        | RunOutcome::Deadline
        | RunOutcome::Called(_)
        | RunOutcome::Recorded
        | RunOutcome::StepsDone
        | RunOutcome::Stepped => String::new(),
    }
}

/// The kind of fault tolerance that users saw, with the reason for it.
fn tolerance_text(figures: &WorkloadFigures, styles: &Styles) -> String {
    let ToleranceFigures { kind, explanation, masked, within, afterwards, .. } = &figures.tolerance;
    let title = styles.title;
    let bound = match within {
        Some(within) => format!("within {}", format_duration(*within)),
        None => "in time".to_owned(),
    };
    let live = if *masked { "all answered" } else { "not all answered" };
    let again = match afterwards {
        Some(Conclusion::Pass) => "; all well again some time after the last change",
        Some(Conclusion::Violated) => "; not all well some time after the last change",
        Some(Conclusion::Inconclusive) | None => "",
    };
    let name = figures.workload.as_str();
    format!("{title}{name}:{title:#} {kind} ({explanation}; {live} {bound}{again})\n")
}

/// The expectation, with its mark.
fn headline(finding: &Finding, styles: &Styles) -> String {
    let (style, mark) = (conclusion_style(finding.result, styles), mark(finding.result));
    format!("{style}{mark}{style:#} {}\n", finding.expectation)
}

fn finding_text(finding: &Finding, styles: &Styles) -> String {
    let faint = styles.faint;
    let mut text = headline(finding, styles);
    let _ = writeln!(text, "    {}", finding.summary);
    if let Some(witness) = &finding.witness {
        for line in &witness.texts {
            let _ = writeln!(text, "      {faint}{line}{faint:#}");
        }
    }
    text
}

/// The mark before a finding.
pub(super) const fn mark(conclusion: Conclusion) -> char {
    match conclusion {
        Conclusion::Pass => '✓',
        Conclusion::Violated => '✗',
        Conclusion::Inconclusive => '?',
    }
}

const fn conclusion_style(conclusion: Conclusion, styles: &Styles) -> Style {
    match conclusion {
        Conclusion::Pass => styles.good,
        Conclusion::Violated => styles.bad,
        Conclusion::Inconclusive => styles.doubtful,
    }
}
