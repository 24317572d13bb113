//! The coverage of a sweep, as text.

use super::Styles;
use super::columns::{Cells, table};
use super::heading::wrapped;
use crate::explore::coverage::{
    Coverage, CoverageState, CoverageTopic, FaultCategory, FaultCounts, FaultCoverage, RunCount,
};

/// The characters of a line.
const WIDTH: usize = 96;

/// The coverage: the faults that were injected, in how many runs and in what situation; the nodes
/// that were lost; the states that the runs reached. Those never reached are listed too.
#[must_use]
pub fn coverage_text(coverage: &Coverage, styles: &Styles) -> String {
    let mut text = faults_text(coverage, styles);
    text += &never_text(coverage.never_injected().map(|(.., about)| (*about).to_owned()), styles);
    text += &nodes_text(coverage, styles);
    text.push('\n');
    for (subject, title) in &CoverageTopic::ALL {
        text += &subject_title(title, styles);
        text += &subject_text(coverage, *subject, styles);
        let never = states(*subject).filter(|(state, ..)| coverage.count(*state).runs == 0);
        text += &never_text(never.map(|(.., about)| (*about).to_owned()), styles);
        text.push('\n');
    }
    text
}

/// As [`coverage_text`], but states never reached are only counted, in one line.
#[must_use]
pub fn coverage_summary_text(coverage: &Coverage, styles: &Styles) -> String {
    let mut text = faults_text(coverage, styles);
    text += &lost_text(coverage, styles);
    text.push('\n');
    let mut never = Vec::new();
    let mut count = |number: usize, all: usize, what: &str| {
        if number > 0 {
            never.push(format!("{number} of {all} {what}"));
        }
    };
    count(coverage.never_injected().count(), FaultCategory::ALL.len(), "kinds of faults");
    let nodes = coverage.nodes.len();
    let spared = coverage.nodes.iter().filter(|node| node.lost.runs == 0).count();
    count(if spared < nodes { spared } else { 0 }, nodes, "nodes lost");
    let unseen = CoverageState::ALL.iter().filter(|(state, ..)| coverage.count(*state).runs == 0);
    count(unseen.count(), CoverageState::ALL.len(), "states");
    for (subject, title) in &CoverageTopic::ALL {
        let told = subject_text(coverage, *subject, styles);
        if !told.is_empty() {
            text += &(subject_title(title, styles) + &told + "\n");
        }
    }
    let faint = styles.faint;
    if !never.is_empty() {
        let line = format!("  never: {} (--coverage lists them)", never.join(", "));
        let line = format!("{faint}{line}{faint:#}\n\n");
        text += &line;
    }
    text
}

/// The states that have to do with something.
fn states(
    subject: CoverageTopic,
) -> impl Iterator<Item = &'static (CoverageState, CoverageTopic, &'static str, &'static str)> {
    CoverageState::ALL.iter().filter(move |(_, of, ..)| *of == subject)
}

fn faults_text(coverage: &Coverage, styles: &Styles) -> String {
    let header = ["", "runs", "with an operation under way", "while an application moved"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (kind, _, about) in &FaultCategory::ALL {
        if let Some(strikes) = coverage.kinds.get(kind) {
            rows.push(strikes_row((*about).to_owned(), strikes));
        }
        rows.extend(own_faults(coverage, Some(*kind)));
    }
    rows.extend(own_faults(coverage, None));
    let title = styles.title;
    let mut text = format!("{title}Faults{title:#}\n");
    if rows.len() > 1 {
        text += &table(&rows, Cells::Right, styles);
    }
    text
}

/// The nodes that were lost, and those that never were.
fn nodes_text(coverage: &Coverage, styles: &Styles) -> String {
    let text = lost_text(coverage, styles);
    if text.is_empty() {
        return text;
    }
    let spared = coverage.nodes.iter().filter(|node| node.lost.runs == 0);
    text + &never_text(spared.map(|node| node.node.clone()), styles)
}

/// The nodes that were lost, with numbers of runs; `None` if none was.
fn lost_text(coverage: &Coverage, styles: &Styles) -> String {
    let lost = coverage.nodes.iter().filter(|node| node.lost.runs > 0);
    let lost: Vec<String> =
        lost.map(|node| format!("{} in {}", node.node, node.lost.runs)).collect();
    if lost.is_empty() {
        return String::new();
    }
    indented(&format!("nodes taken away from others: {}", lost.join(", ")), styles)
}

/// The scenario's own faults of a kind.
fn own_faults(
    coverage: &Coverage,
    kind: Option<FaultCategory>,
) -> impl Iterator<Item = Vec<String>> {
    let own = coverage.faults.iter().filter(move |fault| fault.kind == kind);
    own.map(|FaultCoverage { text, strikes, .. }| strikes_row(format!("  {text}"), strikes))
}

fn strikes_row(what: String, strikes: &FaultCounts) -> Vec<String> {
    let runs = |count: RunCount| count.runs.to_string();
    vec![what, runs(strikes.injected), runs(strikes.in_flight), runs(strikes.moving)]
}

fn subject_title(title: &str, styles: &Styles) -> String {
    let style = styles.title;
    format!("{style}{title}{style:#}\n")
}

/// The states that the runs reached; empty if there were none.
fn subject_text(coverage: &Coverage, subject: CoverageTopic, styles: &Styles) -> String {
    let mut rows = Vec::new();
    for (state, _, _, about) in states(subject) {
        if let RunCount { runs, seed: Some(seed) } = coverage.count(*state) {
            rows.push(vec![(*about).to_owned(), runs.to_string(), seed.to_string()]);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    rows.insert(0, ["", "runs", "first seed"].map(str::to_owned).to_vec());
    table(&rows, Cells::Right, styles)
}

/// The things that never were, in as many lines as they take.
fn never_text(never: impl Iterator<Item = String>, styles: &Styles) -> String {
    let never: Vec<String> = never.collect();
    if never.is_empty() {
        return String::new();
    }
    let faint = styles.faint;
    let lines = indented(&format!("never: {}", never.join(", ")), styles);
    let lines: Vec<String> = lines.lines().map(|line| format!("{faint}{line}{faint:#}")).collect();
    lines.join("\n") + "\n"
}

fn indented(text: &str, styles: &Styles) -> String {
    let width = styles.width.saturating_sub(4).min(WIDTH);
    format!("  {}\n", wrapped(text, width).join("\n    "))
}
