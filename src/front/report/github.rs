//! The results of many runs for GitHub Actions: annotations on the lines of scenario files, and a
//! summary of the step.

use std::fmt::Write;
use std::time::Duration;

use super::Styles;
use super::sweep::totals_text;
use crate::engine::time::round_duration;
use crate::explore::{
    BrokenFile, FailureMode, FailureModeId, MEASURES, MeasuredTime, Results, ScenarioResults,
};

/// An error for each way in which a scenario failed, a line each, at the expectation concerned
/// ("workflow commands for GitHub Actions").
#[must_use]
pub fn annotations_text(results: &Results) -> String {
    let broken = results.broken.iter().map(|BrokenFile { file, line, message, why }| {
        annotation(file, line.unwrap_or(1), why.name(), message)
    });
    let failed = results.scenarios.iter().flat_map(|scenario| {
        let ways = scenario.ways.iter().filter(|way| way.failures > 0);
        ways.map(move |way| {
            let (line, message) = (scenario.line(way), message(scenario, way));
            annotation(&scenario.file, line, &way.what.text, &message)
        })
    });
    broken.chain(failed).collect()
}

fn annotation(file: &str, line: usize, title: &str, message: &str) -> String {
    let (file, title) = (property(file), property(title));
    format!("::error file={file},line={line},title={title}::{}\n", escaped(message))
}

fn message(scenario: &ScenarioResults, way: &FailureMode) -> String {
    let example = way.example();
    let lines = [
        format!("{} in {} of {} runs", way.result, way.failures, scenario.runs.len()),
        format!("seed {}: {}", example.seed, example.summary),
        scenario.replay_command(example.seed),
    ];
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// A chart of a run that failed in a certain way, for the summary of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureChart {
    /// The file of the scenario.
    pub file: String,
    /// The way of failing.
    pub way: FailureModeId,
    /// The chart; Markdown.
    pub text: String,
}

/// The most bytes of a summary: GitHub takes 1 MiB.
const SUMMARY_MAX: usize = 1_000_000;

/// A table of the scenarios, and below it how they failed, with charts of what there are any of;
/// Markdown.
#[must_use]
pub fn step_summary_text(results: &Results, charts: &[FailureChart]) -> String {
    let mut text = "| scenario | runs | result |\n|---|---:|---|\n".to_owned();
    for broken in &results.broken {
        let _ = writeln!(text, "| `{}` | | ❌ {} |", broken.file, broken.why.name());
    }
    let ran = || results.scenarios.iter().filter(|scenario| !scenario.runs.is_empty());
    for scenario in ran() {
        let mark = if scenario.first_failure().is_some() { '❌' } else { '✅' };
        let totals = totals_text(scenario, &Styles::plain());
        let (file, runs) = (&scenario.file, scenario.runs.len());
        let _ = writeln!(text, "| `{file}` | {runs} | {mark} {totals} |");
    }
    for broken in &results.broken {
        let _ = write!(text, "\n```text\n{}\n```\n", broken.message.trim_end());
    }
    for scenario in ran() {
        for way in scenario.ways.iter().filter(|way| way.failures > 0) {
            let _ = writeln!(text, "\n**`{}`: {}**\n", scenario.file, way.what.text);
            let _ = writeln!(text, "```text\n{}", message(scenario, way));
            let _ = writeln!(text, "```");
            let own = charts.iter().find(|each| each.file == scenario.file && each.way == way.id);
            if let Some(chart) = own.filter(|own| text.len() + own.text.len() < SUMMARY_MAX) {
                let seed = way.example().seed;
                let summary = format!("<summary>Seed {seed} as a picture</summary>");
                let _ = writeln!(text, "\n<details>{summary}\n\n{}\n</details>", chart.text);
            }
        }
    }
    for scenario in ran() {
        let lines = distributions(scenario);
        if !lines.is_empty() {
            let summary =
                format!("<summary>How long it took: <code>{}</code></summary>", scenario.file);
            let _ = writeln!(text, "\n<details>{summary}\n\n```text\n{lines}```\n\n</details>");
        }
    }
    text
}

/// The fewest runs of which a distribution says something.
const RUNS_MIN: usize = 10;

/// The columns of a distribution, and the heights of a column.
const COLUMNS: u128 = 32;
const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A line for each time that is measured in enough runs: the share of the runs in which it was no
/// longer, from its least to its greatest.
fn distributions(scenario: &ScenarioResults) -> String {
    let mut text = String::new();
    for measure in &MEASURES {
        let measured = scenario.runs.iter().filter_map(|run| (measure.of)(&run.times));
        let all = measured.clone().count();
        let mut times: Vec<Duration> = measured
            .filter_map(|time| match time {
                MeasuredTime::For(time) => Some(time),
                MeasuredTime::Never => None,
            })
            .collect();
        times.sort_unstable();
        if let (Some(least), Some(most)) = (times.first(), times.last())
            && all >= RUNS_MIN
        {
            let [from, to] = [*least, *most].map(round_duration);
            let bar = cumulative(&times, all);
            let _ = writeln!(text, "{:<16} |{bar}| {from} to {to}", measure.name);
        }
    }
    text
}

/// The share of all runs in which these times, in their order, were no longer than up to each column.
fn cumulative(times: &[Duration], all: usize) -> String {
    let [least, most] =
        [times.first(), times.last()].map(|time| time.map_or(0, Duration::as_nanos));
    let heights = (1..=COLUMNS).map(|column| {
        let limit = least + (most - least) * column / COLUMNS;
        let reached = times.partition_point(|time| time.as_nanos() <= limit);
        HEIGHTS[(reached * (HEIGHTS.len() - 1)).div_ceil(all.max(1))]
    });
    heights.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_rises_to_the_share_of_the_runs_that_have_a_time() {
        let times: Vec<Duration> = [10, 10, 10, 10, 42].map(Duration::from_millis).to_vec();
        let bar = cumulative(&times, 10);
        assert_eq!(bar.chars().count(), 32);
        // Four of ten at once, the fifth at the end, the others never.
        assert_eq!((bar.chars().next(), bar.chars().last()), (Some('▄'), Some('▄')));
        assert_eq!(cumulative(&times, 5).chars().last(), Some('█'));
    }

    #[test]
    fn what_commands_are_made_of_is_escaped() {
        let text = annotation("a,b.json", 3, "100%: no", "one\ntwo: 5%");
        assert_eq!(text, "::error file=a%2Cb.json,line=3,title=100%25%3A no::one%0Atwo: 5%25\n");
    }
}
