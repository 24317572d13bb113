//! The processes of a node at a time, each below the one that started it, for Graphviz: its supervision
//! trees.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::engine::time::Time;

use super::NotExported;
use super::dot::{begin, quoted};
use super::events::Events;

/// Processes with one parent, one label and no children are drawn as one from so many on.
const FOLDED_FROM: usize = 4;

/// The graph: a box for each application, in it its processes with arrows from each to those that it
/// started. The one that started a process may have ended; then the process stands alone.
pub(super) fn graph(events: &Events<'_>, node: &str, at: u64) -> Result<String, NotExported> {
    let nodes = &events.head().nodes;
    let Some(place) = nodes.iter().position(|each| each.name == node) else {
        let known = nodes.iter().map(|each| each.name.clone()).collect();
        return Err(NotExported::NoNode { name: node.to_owned(), known });
    };
    let alive = alive(events, place, at);
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for process in &alive {
        let parent = events.parent(*process).filter(|parent| alive.contains(parent));
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(*process);
        }
    }
    let folded = Folded::of(events, &children);
    let title = format!("{node} at {}", Time::from_nanos(at));
    let mut text = begin(&title, &format!("  label={};\n  labelloc=t;\n", quoted(&[&title])));
    let mut owners: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for process in alive.iter().filter(|process| !folded.hidden.contains(process)) {
        owners.entry(events.owner(*process)).or_default().push(*process);
    }
    for (owner, processes) in &owners {
        let name = quoted(&[&events.head().owners[*owner]]);
        let _ = writeln!(text, "  subgraph cluster_{owner} {{\n    label={name};");
        for process in processes {
            let label = match events.label(*process) {
                "" => "process",
                label => label,
            };
            let more = match folded.counts.get(process) {
                Some(count) => format!("{count} processes"),
                None => events.pid(*process).to_owned(),
            };
            let style = if children.contains_key(process) { "" } else { ", style=solid" };
            let _ = writeln!(text, "    p{process} [label={}{style}];", quoted(&[label, &more]));
        }
        text += "  }\n";
    }
    for (parent, own) in &children {
        for child in own.iter().filter(|child| !folded.hidden.contains(child)) {
            let _ = writeln!(text, "  p{parent} -> p{child};");
        }
    }
    Ok(text + "}\n")
}

/// The processes of which several are drawn as one.
#[derive(Default)]
struct Folded {
    /// Those that are not drawn themselves.
    hidden: BTreeSet<usize>,
    /// For those that stand for others the number that they are together.
    counts: BTreeMap<usize, usize>,
}

impl Folded {
    fn of(events: &Events<'_>, children: &BTreeMap<usize, Vec<usize>>) -> Folded {
        let mut folded = Folded::default();
        for own in children.values() {
            let mut alike: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for child in own.iter().filter(|child| !children.contains_key(child)) {
                alike.entry(events.label(*child)).or_default().push(*child);
            }
            for own in alike.into_values().filter(|own| own.len() >= FOLDED_FROM) {
                folded.counts.insert(own[0], own.len());
                folded.hidden.extend(&own[1..]);
            }
        }
        folded
    }
}

/// The processes of a node that are there at a time, by their places in the list of processes.
fn alive(events: &Events<'_>, node: usize, at: u64) -> BTreeSet<usize> {
    let mut alive = BTreeSet::new();
    for record in (0..events.count()).take_while(|record| events.at(*record) <= at) {
        if events.node(record) != Some(node) {
            continue;
        }
        match (events.kind(record), events.process(record)) {
            ("spawned", Some(process)) => {
                alive.insert(process);
            }
            ("exited", Some(process)) => {
                alive.remove(&process);
            }
            ("node_crashed" | "node_stopped", _) => alive.clear(),
            _ => {}
        }
    }
    alive
}
