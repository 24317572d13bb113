//! The results of many runs for GitHub Actions: annotations on the lines of scenario files, and a
//! summary of the step.

use std::fmt::Write;

use super::Styles;
use super::sweep::totals_text;
use crate::explore::{BrokenFile, FailureMode, FailureModeId, Results, ScenarioResults};

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
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_are_made_of_is_escaped() {
        let text = annotation("a,b.json", 3, "100%: no", "one\ntwo: 5%");
        assert_eq!(text, "::error file=a%2Cb.json,line=3,title=100%25%3A no::one%0Atwo: 5%25\n");
    }
}
