//! The results of testing many scenarios, as text.

use std::fmt::Write;

use super::Styles;
use super::columns::{Cells, aligned};
use super::sweep::{count, totals_text, way_text};
use crate::explore::{BrokenFile, BrokenFileReason, FailureMode, Results, ScenarioResults};

/// A line for each scenario, and below those that failed each way of failing, with the command that
/// replays it and the one that keeps the seed.
#[must_use]
pub fn suite_text(results: &Results, styles: &Styles) -> String {
    let (good, bad, doubtful) = (styles.good, styles.bad, styles.doubtful);
    let ran = || results.scenarios.iter().filter(|scenario| !scenario.runs.is_empty());
    let (failed, fine): (Vec<_>, Vec<_>) =
        ran().partition(|scenario| scenario.first_failure().is_some());
    let rows = fine
        .iter()
        .map(|scenario| vec![scenario.file.clone(), totals_text(scenario, &Styles::plain())]);
    let rows = aligned(&rows.collect::<Vec<_>>(), Cells::Left);
    let mut text = String::new();
    for row in rows.lines() {
        let _ = writeln!(text, "{good}✓{good:#}{row}");
    }
    for BrokenFile { file, message, why, .. } in &results.broken {
        match why {
            BrokenFileReason::Skipped => {
                let _ = writeln!(text, "{doubtful}-{doubtful:#}  {file}: {}", why.name());
            }
            BrokenFileReason::Invalid | BrokenFileReason::Unreadable => {
                let _ = writeln!(text, "{bad}✗{bad:#}  {file}: {}", why.name());
            }
        }
        for line in message.lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
    for scenario in failed {
        text += &failed_text(scenario, styles);
    }
    text + &suite_totals_text(results)
}

fn failed_text(results: &ScenarioResults, styles: &Styles) -> String {
    let bad = styles.bad;
    let mut text = format!("{bad}✗{bad:#}  {}  {}\n", results.file, totals_text(results, styles));
    let failed: Vec<FailureMode> =
        results.ways.iter().filter(|way| way.failures > 0).cloned().collect();
    for (place, way) in failed.iter().enumerate() {
        for line in way_text(results, way, styles, &failed[..place]).lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

/// The number of runs that ended as expected.
fn suite_totals_text(results: &Results) -> String {
    let totals = results.totals();
    let scenarios = results.scenarios.iter().filter(|each| !each.runs.is_empty()).count() as u64;
    let scenarios = count(scenarios, "scenario");
    let mut text = format!("{scenarios}, {}", count(totals.runs, "run"));
    match totals.unexpected {
        0 if totals.runs == 0 => {}
        0 => text += ", all as expected",
        unexpected => drop(write!(text, ", {unexpected} not as expected")),
    }
    for (why, one, several) in [
        (BrokenFileReason::Invalid, "is not a valid scenario", "are not valid scenarios"),
        (BrokenFileReason::Unreadable, "cannot be read", "cannot be read"),
        (BrokenFileReason::Skipped, "skipped", "skipped"),
    ] {
        match results.broken.iter().filter(|broken| broken.why == why).count() {
            0 => {}
            1 => drop(write!(text, "; 1 file {one}")),
            count => drop(write!(text, "; {count} files {several}")),
        }
    }
    text + "\n"
}
