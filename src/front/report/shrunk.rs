//! The result of a reduction, as text.

use std::fmt::Write;

use super::Styles;
use super::columns::{Cells, table};
use crate::engine::time::{format_duration, nanos};
use crate::explore::{PlanSize, SeedTrials, ShrinkResult, StopReason};
use crate::formats::shrunk::{PlanSizeJson, SeedTrialsJson, ShrunkJson};
use crate::formats::{StoppedJson, Version};

/// The failure, the size of the plan before and after, and whether the plan depends on its seed.
#[must_use]
pub fn shrunk_text(shrunk: &ShrinkResult, styles: &Styles) -> String {
    let (bad, faint, title) = (styles.bad, styles.faint, styles.title);
    let mut text = format!("{bad}✗{bad:#} {}\n", shrunk.left.expected());
    let _ = writeln!(text, "    {}", shrunk.left.summary);
    for line in &shrunk.left.witness {
        let _ = writeln!(text, "      {faint}{line}{faint:#}");
    }
    let _ = writeln!(text, "\n{title}What it takes{title:#}");
    text += &table(&size_rows(&shrunk.before, &shrunk.after), Cells::Right, styles);
    let _ = writeln!(text, "\n{}", extent_text(shrunk));
    if shrunk.by_faults {
        text += "the faults cause it: without them it does not fail in this way\n";
    }
    text += &seeds_text(&shrunk.seeds, shrunk.stopped.is_some());
    for other in &shrunk.others {
        let (number, expected) = (other.number, other.expected());
        let _ = writeln!(text, "also fails: {expected} (--expectation {number})");
    }
    text
}

fn size_rows(before: &PlanSize, after: &PlanSize) -> Vec<Vec<String>> {
    let row =
        |name: &str, of: fn(&PlanSize) -> String| vec![name.to_owned(), of(before), of(after)];
    vec![
        ["", "before", "after"].map(str::to_owned).to_vec(),
        row("faults", |size| size.faults.to_string()),
        row("operations", |size| size.operations.to_string()),
        row("clients", |size| size.clients.to_string()),
        row("applications", |size| size.applications.to_string()),
        row("nodes", |size| size.nodes.to_string()),
        row("duration", |size| format_duration(size.duration)),
        row("bytes of the file", |size| size.bytes.to_string()),
    ]
}

/// The progress of the search.
fn extent_text(shrunk: &ShrinkResult) -> String {
    let effort = format!("{} smaller plans tried in {} runs", shrunk.tried, shrunk.runs);
    match shrunk.stopped {
        None => format!("{effort}; nothing more can be left out"),
        Some(StopReason::Interrupted) => format!("interrupted: the smallest so far, {effort}"),
        Some(StopReason::TimeUp | StopReason::FirstFailure) => {
            format!("the time is up: the smallest so far, {effort}")
        }
    }
}

/// Says, in a line, whether the plan depends on its seed.
fn seeds_text(seeds: &SeedTrials, is_stopped: bool) -> String {
    let SeedTrials { tried, holds_with } = seeds;
    let all = tried.len();
    if is_stopped {
        "it keeps its seed: the search ended before other seeds were tried\n".to_owned()
    } else if seeds.needs_no_seed() {
        format!("it needs no seed: it fails with each of {all} that were tried\n")
    } else {
        let fails = all - holds_with.len();
        format!("it keeps its seed: it fails with {fails} of {all} that were tried\n")
    }
}

/// The same for programs, with the file that the plan is kept in.
#[must_use]
pub fn shrunk_json(shrunk: &ShrinkResult, file: &str) -> ShrunkJson {
    let ShrinkResult { left, by_faults, before, after, tried, runs, seeds, stopped, .. } = shrunk;
    ShrunkJson {
        shrunk: Version,
        file: file.to_owned(),
        expectation: left.expected(),
        summary: left.summary.clone(),
        witness: left.witness.clone(),
        before: size_json(before),
        after: size_json(after),
        tried: *tried,
        runs: *runs,
        by_faults: *by_faults,
        seeds: SeedTrialsJson { tried: seeds.tried.clone(), holds_with: seeds.holds_with.clone() },
        needs_no_seed: stopped.is_none() && seeds.needs_no_seed(),
        stopped: stopped.map(StoppedJson::from),
    }
}

fn size_json(size: &PlanSize) -> PlanSizeJson {
    PlanSizeJson {
        faults: size.faults as u64,
        operations: size.operations as u64,
        clients: size.clients,
        applications: size.applications as u64,
        nodes: size.nodes as u64,
        duration_ns: nanos(size.duration),
        bytes: size.bytes as u64,
    }
}
