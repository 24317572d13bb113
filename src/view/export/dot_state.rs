//! The nodes, their applications and their connections at a time, for Graphviz.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::engine::time::Time;
use crate::view::palette;
use crate::view::spans::Span;

use super::dot::{begin, hosts, quoted};
use super::events::Events;

/// The graph: a box for each host, in it its nodes as they are at the time; a line for each pair that is
/// connected. An arrow says that only the node where it begins takes the other one to be connected.
pub(super) fn graph(events: &Events<'_>, at: u64) -> String {
    let head = events.head();
    let holds = |span: &&Span| span.from <= at && span.to.is_none_or(|to| to > at);
    let faults = head.faults.iter().filter(|fault| !fault.is_repair() && fault.from <= at);
    let in_force = faults.filter(|fault| fault.to.is_none_or(|to| to > at));
    let mut title = vec![format!("{} at {}", head.name, Time::from_nanos(at))];
    title.extend(in_force.map(|fault| fault.text.clone()));
    let settings = format!("  label={};\n  labelloc=t;\n", quoted(&title));
    let mut text = begin(&head.name, &settings);
    text += &hosts(events, |node| {
        let own = |span: &&Span| usize::from(span.node) == node + 1 && holds(span);
        let mut lines = vec![events.node_name(node).to_owned()];
        let mut style = "rounded";
        if !head.lives.iter().any(|life| own(&life)) {
            lines.push("down".to_owned());
            style = "\"rounded,dashed\"";
        } else if head.pauses.iter().any(|pause| own(&pause)) {
            lines.push("stands still".to_owned());
            style = "\"rounded,dotted\"";
        }
        let running = head.applications.iter().filter(own);
        lines.extend(running.map(|span| running_text(span, &head.distributed)));
        format!("label={}, style={style}", quoted(&lines))
    });
    let number = |name: &str| head.nodes.iter().position(|node| node.name == name);
    let connected: BTreeSet<(usize, usize)> = (head.connections.iter().filter(holds))
        .filter_map(|span| Some((usize::from(span.node) - 1, number(&span.name)?)))
        .filter(|(one, other)| events.shows(*one) && events.shows(*other))
        .collect();
    let mut pairs: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
    for (one, other) in connected {
        pairs.entry((one.min(other), one.max(other))).or_default().push((one, other));
    }
    let alone = palette::BAD.light;
    for ends in pairs.values() {
        let (from, to) = ends[0];
        let style = if ends.len() > 1 {
            "dir=none".to_owned()
        } else {
            format!("label=\"one side only\", style=dashed, color=\"{alone}\"")
        };
        let _ = writeln!(text, "  n{from} -> n{to} [{style}];");
    }
    text + "}\n"
}

/// An application as it runs; one that runs on one node at a time in brackets.
fn running_text(span: &Span, distributed: &[String]) -> String {
    let name = if distributed.contains(&span.name) {
        format!("[{}]", span.name)
    } else {
        span.name.clone()
    };
    match span.how.as_str() {
        "" | "normal" => name,
        how => format!("{name} {how}"),
    }
}
