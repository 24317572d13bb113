//! Messages between nodes that never arrive.

use std::collections::BTreeMap;

use serde::Serialize;

use super::columns::{Columns, NameList};
use super::processes::Processes;
use super::spans::Spans;

/// A message to another node of which the trace has no end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LostMessage {
    /// The number of the record of its sending.
    pub record: u32,
    /// The node that it was sent to, from 1.
    pub node: u16,
    /// When it was lost: as the trace says, or else when the sender or the receiver gave the connection
    /// up; `None` if neither did: then it was still on its way.
    pub until: Option<u64>,
    pub why: String,
}

/// The messages from one node to another that reached nobody, in the order of their sending.
pub(super) fn lost(
    columns: &Columns,
    [sent, delivered, dropped, lost]: [u8; 4],
    processes: &Processes,
    nodes: &NameList,
    spans: &Spans,
    texts: &[&str],
) -> Vec<LostMessage> {
    let mut arrived = vec![false; columns.len() + 1];
    let mut ends: BTreeMap<usize, u64> = BTreeMap::new();
    for index in 0..columns.len() {
        let cause = columns.cause[index] as usize;
        if columns.kind[index] == delivered || columns.kind[index] == dropped {
            arrived[cause] = true;
        } else if columns.kind[index] == lost {
            ends.insert(cause, columns.at[index]);
        }
    }
    let unended =
        (0..columns.len()).filter(|index| columns.kind[*index] == sent && !arrived[index + 1]);
    let lost = unended.filter_map(|index| {
        let node = target(columns, index, processes, nodes, texts)?;
        let (until, why) = end(spans, nodes, columns.node[index], node, columns.at[index]);
        let until = ends.get(&(index + 1)).copied().or(until);
        Some(LostMessage { record: columns.id[index], node, until, why })
    });
    lost.collect()
}

/// The node that a message is sent to, if it is another one.
fn target(
    columns: &Columns,
    index: usize,
    processes: &Processes,
    nodes: &NameList,
    texts: &[&str],
) -> Option<u16> {
    let own = columns.node[index];
    let node = match columns.other[index] {
        0 => named_node(texts[columns.name[index] as usize], nodes)?,
        process => processes.list[process as usize - 1].node,
    };
    (node != own && node > 0).then_some(node)
}

/// The node in `{name,node}`, whose parts may be in quotes.
fn named_node(receiver: &str, nodes: &NameList) -> Option<u16> {
    let inner = receiver.strip_prefix('{')?.strip_suffix('}')?;
    let (_, node) = inner.rsplit_once(',')?;
    let node = node.trim_matches('\'');
    nodes.names().iter().position(|name| name == node).map(|at| at as u16 + 1)
}

/// When a message that is on its way was given up, and why.
fn end(spans: &Spans, nodes: &NameList, from: u16, to: u16, at: u64) -> (Option<u64>, String) {
    let name = |node: u16| nodes.names()[node as usize - 1].as_str();
    let after = |span_from: u64, span_to: Option<u64>| {
        span_from <= at && span_to.is_some_and(|end| end >= at)
    };
    let [sender, receiver] = [name(from), name(to)];
    let died = spans.lives.iter().find(|life| life.node == to && after(life.from, life.to));
    let given_up = spans.connections.iter().filter(|each| {
        let pair = (each.node, each.name.as_str());
        (pair == (from, receiver) || pair == (to, sender)) && after(each.from, each.to)
    });
    let given_up = given_up.min_by_key(|each| each.to);
    let died = died.map(|life| (life.to, format!("{receiver} {}", ended(&life.why))));
    let gone = given_up.map(|each| {
        (each.to, format!("{} gave up the connection ({})", name(each.node), each.why))
    });
    let first = [died, gone].into_iter().flatten().min_by_key(|(end, _)| *end);
    first.unwrap_or_else(|| (None, "on its way at the end of the run".to_owned()))
}

fn ended(why: &str) -> &str {
    if why == "crashed" { "crashed" } else { "stopped" }
}
