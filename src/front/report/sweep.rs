//! The results of a sweep, as text.

use std::fmt::Write;
use std::time::Duration;

use super::Styles;
use super::columns::{Cells, table};
use super::coverage::{coverage_summary_text, coverage_text};
use crate::engine::time::round_duration;
use crate::explore::{
    FailureMode, MEASURES, MeasuredTime, Percentiles, Results, RunConclusion, RunTotals,
    ScenarioResults, StopReason,
};

/// The most ways of failing that are shown in full.
const WAYS_MAX: usize = 20;

/// The scenario, the seeds, the coverage, and the times. States never reached are only counted;
/// [`coverage_text`] lists them.
#[must_use]
pub fn sweep_text(results: &ScenarioResults, styles: &Styles) -> String {
    let mut text = heading_text(results, styles);
    if !results.runs.is_empty() {
        text += &coverage_summary_text(&results.coverage, styles);
    }
    text + &percentiles_text(results, styles)
}

/// As [`sweep_text`], with all states that the runs never reached.
#[must_use]
pub fn sweep_text_in_full(results: &ScenarioResults, styles: &Styles) -> String {
    let text = heading_text(results, styles) + &coverage_text(&results.coverage, styles);
    text + &percentiles_text(results, styles)
}

fn heading_text(results: &ScenarioResults, styles: &Styles) -> String {
    let title = styles.title;
    let mut text = format!("{title}{}{title:#}\n", results.name);
    let _ = writeln!(text, "{}  seeds {}\n", results.file, results.seeds);
    text
}

fn percentiles_text(results: &ScenarioResults, styles: &Styles) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for measure in &MEASURES {
        let Some(found) = Percentiles::of(measure, &results.runs) else { continue };
        let times = [found.p50, found.p90, found.p99, found.max].map(taken_text);
        let (runs, seed) = (found.runs.to_string(), found.max_seed.to_string());
        let cells = [vec![measure.about.to_owned(), runs], times.to_vec(), vec![seed]];
        rows.push(cells.concat());
    }
    if rows.is_empty() {
        return String::new();
    }
    let header = ["", "runs", "p50", "p90", "p99", "longest", "seed"];
    rows.insert(0, header.map(str::to_owned).to_vec());
    let title = styles.title;
    format!("{title}How long it took{title:#}\n{}\n", table(&rows, Cells::Right, styles))
}

fn taken_text(taken: MeasuredTime) -> String {
    match taken {
        MeasuredTime::For(Duration::ZERO) => "at once".to_owned(),
        MeasuredTime::For(time) => round_duration(time),
        MeasuredTime::Never => "never".to_owned(),
    }
}

/// The ways in which the runs failed, each with the smallest seed that shows it.
#[must_use]
pub fn ways_text(results: &ScenarioResults, styles: &Styles) -> String {
    let title = styles.title;
    if results.ways.is_empty() {
        return String::new();
    }
    let told = results.ways.iter().take(WAYS_MAX);
    let mut text = format!("{title}How runs failed{title:#}\n");
    for (place, way) in told.enumerate() {
        text += &way_text(results, way, styles, &results.ways[..place]);
    }
    if let more @ 1.. = results.ways.len().saturating_sub(WAYS_MAX) {
        let _ = writeln!(text, "… and {more} more ways");
    }
    text + "\n"
}

/// One way of failing, with the smallest seed that shows it, and its difference from those above it
/// for the same expectation.
pub(super) fn way_text(
    results: &ScenarioResults,
    way: &FailureMode,
    styles: &Styles,
    above: &[FailureMode],
) -> String {
    let (faint, style) = (styles.faint, ended_style(way.result, styles));
    let example = way.example();
    let expected = if way.failures == 0 { ", as expected" } else { "" };
    let mut text = format!("{style}{}{style:#} {}", mark(way.result), way.what.text);
    let same = above.iter().rev().find(|other| other.what == way.what);
    let apart = same.map_or(String::new(), |other| {
        format!("; told from the one above by {}", way.differs_in(other))
    });
    let _ = writeln!(text, "  ({}{expected}{apart})", count(way.runs, "run"));
    let _ = writeln!(text, "    seed {}: {}", example.seed, example.summary);
    for line in &example.witness {
        let _ = writeln!(text, "      {faint}{line}{faint:#}");
    }
    let _ = writeln!(text, "    {}", results.replay_command(example.seed));
    text
}

pub(super) const fn mark(ended: RunConclusion) -> char {
    match ended.conclusion() {
        Some(conclusion) => super::table::mark(conclusion),
        None => '!',
    }
}

/// The conclusions of the runs of one scenario: `9990 pass, 10 violated, expected pass`.
#[must_use]
pub fn totals_text(results: &ScenarioResults, styles: &Styles) -> String {
    let RunTotals { runs, pass, violated, inconclusive, panicked, unexpected } = results.totals();
    let counts = [
        (pass, RunConclusion::Pass),
        (violated, RunConclusion::Violated),
        (inconclusive, RunConclusion::Inconclusive),
        (panicked, RunConclusion::Panicked),
    ];
    let told = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, ended)| {
        let style = ended_style(ended, styles);
        let number = if count == runs { count_of_all(runs) } else { count.to_string() };
        format!("{number} {style}{ended}{style:#}")
    });
    let told: Vec<String> = told.collect();
    let expected = match (unexpected, results.expected) {
        (0, RunConclusion::Pass) => String::new(),
        (0, _) => ", as expected".to_owned(),
        (_, expected) => format!(", expected {expected}"),
    };
    if runs == 0 { "no runs".to_owned() } else { told.join(", ") + &expected }
}

fn count_of_all(runs: u64) -> String {
    if runs == 1 { "1 run:".to_owned() } else { format!("all {runs} runs:") }
}

pub(super) const fn ended_style(ended: RunConclusion, styles: &Styles) -> anstyle::Style {
    match ended {
        RunConclusion::Pass => styles.good,
        RunConclusion::Violated | RunConclusion::Panicked => styles.bad,
        RunConclusion::Inconclusive => styles.doubtful,
    }
}

/// The reason why the sweep ended early, in a line, if it did.
#[must_use]
pub fn extent_text(results: &Results) -> String {
    let mut text = String::new();
    let runs = results.totals().runs;
    let why = match results.stopped {
        None => return text,
        Some(StopReason::Interrupted) => "interrupted",
        Some(StopReason::TimeUp) => "the time is up",
        Some(StopReason::FirstFailure) => "stopped at the first failure",
    };
    let _ = writeln!(text, "{why}: these are the results of the first {}", count(runs, "run"));
    text
}

/// `1 run`, `2 runs`.
pub(super) fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
