//! Sequence diagrams and charts in Mermaid, which GitHub, GitLab and Livebook show in Markdown.
//!
//! Mermaid refuses a text of more than 50,000 characters, and people one of more than some dozen
//! arrows; so repeated messages are one arrow with their number, and what is too much is counted.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::engine::time::Time;
use crate::view::picture::Picture;

use super::events::{Arrow, Events, clipped};
use super::scope::ExportScope;

/// The most arrows, unless another number is asked for.
const ARROWS: usize = 60;

/// The longest label, in characters.
const LABEL: usize = 48;

/// The most characters of a diagram: Mermaid's own limit is 50,000.
const LONGEST: usize = 45_000;

/// The most notes of the story.
const NOTES: usize = 24;

/// The colour of the time in which a fault is in force.
const BAND: &str = "rgb(253, 240, 224)";

/// A line of the diagram, at its time.
struct Step {
    at: u64,
    /// Begins and ends of bands come before notes, and notes before arrows.
    rank: u8,
    kind: StepKind,
}

enum StepKind {
    Begin,
    End,
    Note(Vec<usize>, String),
    Arrow(Arrow, usize),
}

/// The diagram of the messages between nodes, with faults and the story.
pub(super) fn diagram(events: &Events<'_>, records: &[usize], scope: &ExportScope) -> String {
    let most = scope.messages.unwrap_or(ARROWS);
    let all: Vec<Arrow> = records.iter().filter_map(|record| events.arrow(*record)).collect();
    let mut arrows = all.iter().map(|arrow| (*arrow, 1)).collect::<Vec<_>>();
    if arrows.len() > most {
        arrows = bundled(events, &all);
    }
    let shown: usize = arrows.iter().take(most).map(|(_, size)| size).sum();
    let missing = all.len() - shown;
    arrows.truncate(most);
    let window = scope.window(events, records);
    let until = if missing > 0 {
        arrows.last().map_or(window.1, |(arrow, _)| events.at(arrow.sent))
    } else {
        window.1
    };
    let mut steps = bands(events, (window.0, until));
    steps.extend(notes(events, (window.0, until)));
    let arrow = |(arrow, size): &(Arrow, usize)| Step {
        at: events.at(arrow.sent),
        rank: 2,
        kind: StepKind::Arrow(*arrow, *size),
    };
    steps.extend(arrows.iter().map(arrow));
    steps.sort_by_key(|step| (step.at, step.rank));
    written(events, &steps, missing)
}

/// Messages of one kind between one pair, one after the other, as one arrow with their number.
fn bundled(events: &Events<'_>, arrows: &[Arrow]) -> Vec<(Arrow, usize)> {
    let mut bundles: Vec<(Arrow, usize)> = Vec::new();
    for arrow in arrows {
        let same = |(other, _): &&mut (Arrow, usize)| {
            (other.from, other.to, other.end.is_none())
                == (arrow.from, arrow.to, arrow.end.is_none())
                && events.tag(other.sent) == events.tag(arrow.sent)
        };
        match bundles.last_mut().filter(same) {
            Some((_, size)) => *size += 1,
            None => bundles.push((*arrow, 1)),
        }
    }
    bundles
}

/// The times in which a fault is in force; bands that meet are one.
fn bands(events: &Events<'_>, (from, to): (u64, u64)) -> Vec<Step> {
    let faults = events.head().faults.iter().filter(|fault| !fault.is_repair());
    let mut spans: Vec<(u64, u64)> = faults
        .map(|fault| (fault.from.max(from), fault.to.unwrap_or(to).min(to)))
        .filter(|(begin, end)| begin <= end)
        .collect();
    spans.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (begin, end) in spans {
        match merged.last_mut().filter(|(_, last)| *last >= begin) {
            Some((_, last)) => *last = (*last).max(end),
            None => merged.push((begin, end)),
        }
    }
    let steps = merged.into_iter().flat_map(|(begin, end)| {
        [
            Step { at: begin, rank: 0, kind: StepKind::Begin },
            Step { at: end, rank: 3, kind: StepKind::End },
        ]
    });
    steps.collect()
}

/// The story of the window, beside the nodes that it is about.
fn notes(events: &Events<'_>, (from, to): (u64, u64)) -> Vec<Step> {
    let head = events.head();
    let place = |name: &str| head.nodes.iter().position(|node| node.name == name);
    let told =
        head.story.iter().map(|line| (line.at.as_nanos(), place(&line.who), line.what.clone()));
    let mut told: Vec<(u64, Option<usize>, String)> = told.collect();
    if told.is_empty() {
        told = head.faults.iter().map(|fault| (fault.from, None, fault.text.clone())).collect();
    }
    let is_shown = |(at, node, _): &(u64, Option<usize>, String)| {
        (from..=to).contains(at) && node.is_none_or(|node| events.shows(node))
    };
    let told = told.into_iter().filter(is_shown).take(NOTES);
    let step = |(at, node, what): (u64, Option<usize>, String)| Step {
        at,
        rank: 1,
        kind: StepKind::Note(
            node.into_iter().collect(),
            format!("{} {what}", Time::from_nanos(at)),
        ),
    };
    told.map(step).collect()
}

fn written(events: &Events<'_>, steps: &[Step], missing: usize) -> String {
    let taking_part: BTreeSet<usize> = steps
        .iter()
        .flat_map(|step| match &step.kind {
            StepKind::Arrow(arrow, _) => vec![arrow.from, arrow.to],
            StepKind::Note(nodes, _) => nodes.clone(),
            StepKind::Begin | StepKind::End => Vec::new(),
        })
        .collect();
    let order: Vec<usize> = events.order().filter(|node| taking_part.contains(node)).collect();
    let mut text = "sequenceDiagram\n".to_owned();
    if order.is_empty() {
        text += "  participant n as nobody\n  Note over n: no messages between nodes\n";
        return text;
    }
    text += &participants(events, &order);
    let (mut depth, mut left_out) = (0, missing);
    for step in steps {
        if text.len() > LONGEST && !matches!(step.kind, StepKind::End) {
            left_out += usize::from(matches!(step.kind, StepKind::Arrow(..)));
            continue;
        }
        match &step.kind {
            StepKind::Begin => depth += 1,
            StepKind::End => depth -= 1,
            StepKind::Note(..) | StepKind::Arrow(..) => {}
        }
        text += &line(events, &order, &step.kind);
    }
    text += &"  end\n".repeat(depth);
    if left_out > 0 {
        let _ = writeln!(text, "  Note over {}: {left_out} more messages", ends(&order));
    }
    text
}

/// The participants, those of a host in a box.
fn participants(events: &Events<'_>, order: &[usize]) -> String {
    let mut text = String::new();
    let host = |node: usize| events.head().nodes[node].host.as_str();
    for group in order.chunk_by(|one, other| host(*one) == host(*other)) {
        let _ = writeln!(text, "  box transparent {}", safe(host(group[0])));
        for node in group {
            let _ = writeln!(text, "    participant n{node} as {}", safe(events.node_name(*node)));
        }
        text += "  end\n";
    }
    text
}

/// The first and the last participant: a note over both is over all.
fn ends(order: &[usize]) -> String {
    match order {
        [] => String::new(),
        [only] => format!("n{only}"),
        [first, .., last] => format!("n{first},n{last}"),
    }
}

fn line(events: &Events<'_>, order: &[usize], kind: &StepKind) -> String {
    match kind {
        StepKind::Begin => format!("  rect {BAND}\n"),
        StepKind::End => "  end\n".to_owned(),
        StepKind::Note(nodes, what) => {
            let over = if nodes.is_empty() { ends(order) } else { ends(nodes) };
            format!("  Note over {over}: {}\n", safe(&clipped(what, 2 * LABEL)))
        }
        StepKind::Arrow(arrow, size) => {
            let tag = events.tag(arrow.sent);
            let how = match arrow.end {
                None => "--x",
                Some(_) if events.text(arrow.sent).starts_with("{'$gen_cast'") => "-)",
                Some(_) => "->>",
            };
            let times = if *size > 1 { format!("{size}x {tag}") } else { String::new() };
            let what = if *size > 1 { times } else { clipped(&events.brief(arrow.sent), LABEL) };
            let lost = if arrow.end.is_none() { "lost: " } else { "" };
            let at = Time::from_nanos(events.at(arrow.sent));
            format!("  n{}{how}n{}: {at} {lost}{}\n", arrow.from, arrow.to, safe(&what))
        }
    }
}

/// A text in which nothing means anything to Mermaid.
fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' => safe += "#35;",
            ';' => safe += "#59;",
            '<' => safe += "#lt;",
            '>' => safe += "#gt;",
            '\n' | '\r' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

/// The charts of a failed run for a test report: the operation that shows the failure as a
/// sequence of messages, and where distributed applications ran; Markdown.
#[must_use]
pub fn witness_chart(picture: &Picture, messages: usize) -> String {
    let events = Events::of(picture);
    let mut text = String::new();
    if let Some(operation) = picture.witness() {
        let scope = ExportScope {
            operation: Some(operation),
            messages: Some(messages),
            ..ExportScope::default()
        };
        if let Ok(records) = scope.records(&events) {
            let name = events.operation_name(operation as usize);
            let diagram = diagram(&events, &records, &scope);
            let _ = writeln!(text, "Operation {operation}, `{name}`:\n\n```mermaid\n{diagram}```");
        }
    }
    text + &applications_chart(&events)
}

/// The places of distributed applications, as a Gantt chart.
fn applications_chart(events: &Events<'_>) -> String {
    let head = events.head();
    if head.distributed.is_empty() {
        return String::new();
    }
    let mut text = "\n```mermaid\ngantt\n  dateFormat x\n  axisFormat %M:%S\n".to_owned();
    for name in &head.distributed {
        let _ = writeln!(text, "  section {}", safe(name));
        for span in head.applications.iter().filter(|span| span.name == *name) {
            let node = events.node_name(usize::from(span.node) - 1);
            let how = if span.how == "normal" { "" } else { span.how.as_str() };
            let label = format!("{node} {how}").replace([':', ',', '{', '}'], " ");
            let [from, to] = [span.from, span.to.unwrap_or(head.ended_at)].map(|at| at / 1_000_000);
            let _ = writeln!(text, "  {} :{from}, {}", safe(label.trim()), to.max(from + 1));
        }
    }
    text + "```\n"
}
