//! What a sweep has put to the test, as text.

use super::Styles;
use super::columns::{Cells, aligned};
use super::heading::wrapped;
use crate::explore::coverage::{
    Count, Coverage, FaultCoverage, FaultKind, State, Strikes, Subject,
};

/// The characters of a line.
const WIDTH: usize = 96;

/// Which faults struck, in how many runs and in what situation; which nodes were lost; which states
/// the runs came through. What never was is told as well.
#[must_use]
pub fn coverage_text(coverage: &Coverage, styles: &Styles) -> String {
    let mut text = faults_text(coverage, styles);
    for (subject, title) in &Subject::ALL {
        text += &subject_text(coverage, *subject, title, styles);
    }
    text
}

fn faults_text(coverage: &Coverage, styles: &Styles) -> String {
    let header = ["", "runs", "with an operation under way", "while an application moved"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (kind, about) in &FaultKind::ALL {
        if let Some(strikes) = coverage.kinds.get(kind) {
            rows.push(strikes_row((*about).to_owned(), strikes));
        }
        rows.extend(own_faults(coverage, Some(*kind)));
    }
    rows.extend(own_faults(coverage, None));
    let title = styles.title;
    let mut text = format!("{title}Faults{title:#}\n");
    if rows.len() > 1 {
        text += &aligned(&rows, Cells::Right);
    }
    text += &never_text(coverage.never_injected().map(|(_, about)| (*about).to_owned()), styles);
    let (lost, spared): (Vec<_>, Vec<_>) =
        coverage.nodes.iter().partition(|node| node.lost.runs > 0);
    let lost = lost.iter().map(|node| format!("{} in {}", node.node, node.lost.runs));
    let lost: Vec<String> = lost.collect();
    if !lost.is_empty() {
        let sentence = format!("nodes taken away from others: {}", lost.join(", "));
        text += &indented(&sentence);
        let spared = spared.iter().map(|node| node.node.clone());
        text += &never_text(spared, styles);
    }
    text + "\n"
}

/// The scenario's own faults of a kind.
fn own_faults(coverage: &Coverage, kind: Option<FaultKind>) -> impl Iterator<Item = Vec<String>> {
    let own = coverage.faults.iter().filter(move |fault| fault.kind == kind);
    own.map(|FaultCoverage { text, strikes, .. }| strikes_row(format!("  {text}"), strikes))
}

fn strikes_row(what: String, strikes: &Strikes) -> Vec<String> {
    let runs = |count: Count| count.runs.to_string();
    vec![what, runs(strikes.injected), runs(strikes.in_flight), runs(strikes.moving)]
}

fn subject_text(coverage: &Coverage, subject: Subject, title: &str, styles: &Styles) -> String {
    let own = || State::ALL.iter().filter(|(_, of, _)| *of == subject);
    let mut rows = Vec::new();
    for (state, _, about) in own() {
        if let Count { runs, seed: Some(seed) } = coverage.count(*state) {
            rows.push(vec![(*about).to_owned(), runs.to_string(), seed.to_string()]);
        }
    }
    let style = styles.title;
    let mut text = format!("{style}{title}{style:#}\n");
    if !rows.is_empty() {
        rows.insert(0, ["", "runs", "first seed"].map(str::to_owned).to_vec());
        text += &aligned(&rows, Cells::Right);
    }
    let never = own().filter(|(state, ..)| coverage.count(*state).runs == 0);
    text += &never_text(never.map(|(_, _, about)| (*about).to_owned()), styles);
    text + "\n"
}

/// The things that never were, in as many lines as they take.
fn never_text(never: impl Iterator<Item = String>, styles: &Styles) -> String {
    let never: Vec<String> = never.collect();
    if never.is_empty() {
        return String::new();
    }
    let faint = styles.faint;
    let lines = indented(&format!("never: {}", never.join(", ")));
    let lines: Vec<String> = lines.lines().map(|line| format!("{faint}{line}{faint:#}")).collect();
    lines.join("\n") + "\n"
}

fn indented(text: &str) -> String {
    format!("  {}\n", wrapped(text, WIDTH).join("\n    "))
}
