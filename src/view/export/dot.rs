//! The nodes, the applications on them and what they sent each other, for Graphviz.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use crate::engine::time::round_duration;

use super::events::Events;

/// The messages from one node to another.
#[derive(Default)]
struct Traffic {
    delivered: Vec<u64>,
    lost: u64,
    characters: usize,
}

/// The graph: a box for each host, in it its nodes with their applications; an edge for each pair of
/// nodes that sent messages, with their number and the median of their time on the way.
pub(super) fn graph(events: &Events<'_>, records: &[usize]) -> String {
    let mut text = begin(&events.head().name, "");
    text += &hosts(events, |node| {
        let mut lines = vec![events.node_name(node).to_owned()];
        lines.extend(applications(events, node));
        format!("label={}", quoted(&lines))
    });
    for ((from, to), traffic) in traffic(events, records) {
        let _ = writeln!(
            text,
            "  n{from} -> n{to} [label={}{}];",
            quoted(&traffic.lines()),
            traffic.style()
        );
    }
    text + "}\n"
}

/// The beginning of a graph, with more settings for all of it.
pub(super) fn begin(name: &str, settings: &str) -> String {
    format!(
        "digraph {} {{\n  rankdir=LR;\n{settings}  \
         node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  \
         edge [fontname=\"sans-serif\", fontsize=10];\n",
        quoted(&[name])
    )
}

/// A box for each host with its nodes, each with its settings.
pub(super) fn hosts(events: &Events<'_>, settings: impl Fn(usize) -> String) -> String {
    let mut hosts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let nodes = events.head().nodes.iter().enumerate();
    for (index, node) in nodes.filter(|(index, _)| events.shows(*index)) {
        hosts.entry(node.host.as_str()).or_default().push(index);
    }
    let mut text = String::new();
    for (number, (host, nodes)) in hosts.iter().enumerate() {
        let _ = writeln!(text, "  subgraph cluster_{number} {{\n    label={};", quoted(&[host]));
        for node in nodes {
            let _ = writeln!(text, "    n{node} [{}];", settings(*node));
        }
        text += "  }\n";
    }
    text
}

/// The applications that ran on a node, distributed ones in brackets.
fn applications(events: &Events<'_>, node: usize) -> BTreeSet<String> {
    let head = events.head();
    let own = head.applications.iter().filter(|span| usize::from(span.node) == node + 1);
    own.map(|span| {
        let is_distributed = head.distributed.contains(&span.name);
        if is_distributed { format!("[{}]", span.name) } else { span.name.clone() }
    })
    .collect()
}

fn traffic(events: &Events<'_>, records: &[usize]) -> BTreeMap<(usize, usize), Traffic> {
    let mut all: BTreeMap<(usize, usize), Traffic> = BTreeMap::new();
    for arrow in records.iter().filter_map(|record| events.arrow(*record)) {
        let traffic = all.entry((arrow.from, arrow.to)).or_default();
        traffic.characters += events.text(arrow.sent).len();
        match arrow.end {
            Some(end) => traffic.delivered.push(events.at(end) - events.at(arrow.sent)),
            None => traffic.lost += 1,
        }
    }
    all
}

impl Traffic {
    fn lines(&self) -> Vec<String> {
        let mut times = self.delivered.clone();
        times.sort_unstable();
        let count = times.len() as u64 + self.lost;
        let median = times.get(times.len() / 2).copied().map(Duration::from_nanos);
        let median = median.map_or(String::new(), |time| format!(", {}", round_duration(time)));
        let mean = self.characters / (count.max(1) as usize);
        let mut lines = vec![format!("{count}{median}"), format!("{mean} characters each")];
        if self.lost > 0 {
            lines.push(format!("{} lost", self.lost));
        }
        lines
    }

    fn style(&self) -> &'static str {
        if self.lost > 0 { ", color=\"#d55e00\", style=dashed" } else { "" }
    }
}

/// Lines as a string of the DOT language.
pub(super) fn quoted<T: AsRef<str>>(lines: &[T]) -> String {
    let lines = lines.iter().map(|line| line.as_ref().replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", lines.collect::<Vec<_>>().join("\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_string_that_it_is_in() {
        assert_eq!(quoted(&["a\\", "b \"c\""]), r#""a\\\nb \"c\"""#);
    }
}
