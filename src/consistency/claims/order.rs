//! The order of all writes, as far as it is known: whether there is one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use super::Violation;
use crate::consistency::Numbered;
use crate::consistency::abridged;
use crate::consistency::history::OperationId;
use crate::consistency::history::ended;
use crate::consistency::keys::{KeyHistories, Write};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

/// Writes, and which of them have to come before which.
///
/// One that ended before another was begun comes first. To say so in few edges there is a node for
/// each beginning: from each end an edge leads to the next one, from there to the write, and to the
/// one after it.
pub(super) struct Order<'k, 'a> {
    graph: DiGraph<Option<Placed<'k, 'a>>, Option<Reason>>,
    /// The node of the first write of each key; those of the others follow.
    firsts: Vec<usize>,
}

/// A write of a key.
#[derive(Clone, Copy)]
struct Placed<'k, 'a> {
    key: &'a Term,
    write: &'k Write<'a>,
}

/// The reason why one write comes before another, and the operation that saw it.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    /// A client read the first, and later the second.
    ReadLater(Seen, Seen),
    /// A client wrote the first, and later read the second.
    ReadAfterWriting(Seen),
    /// A read shows the first before the second.
    Shown(Seen),
    /// A client read the first, and later wrote the second.
    WroteAfterReading(Seen),
}

/// An operation that saw something, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    id: OperationId,
    workload: Atom,
    client: u32,
}

impl Seen {
    pub(super) const fn by((id, operation): Numbered) -> Seen {
        Seen { id, workload: operation.workload, client: operation.client }
    }
}

/// A step of a way round: from one write to another, and why.
type Leg = (NodeIndex, NodeIndex, Reason);

impl<'k, 'a> Order<'k, 'a> {
    /// The order in which the writes were begun and ended.
    pub(super) fn of(keys: &'k KeyHistories<'a>) -> Order<'k, 'a> {
        let mut order = Order { graph: DiGraph::new(), firsts: Vec::new() };
        for key in &keys.keys {
            order.firsts.push(order.graph.node_count());
            for write in &key.writes {
                order.graph.add_node(Some(Placed { key: key.key, write }));
            }
        }
        order.add_times();
        order
    }

    fn add_times(&mut self) {
        let writes = self.graph.node_indices();
        let placed = writes.filter_map(|node| self.graph[node].map(|placed| (node, placed.write)));
        let mut begun: Vec<(Time, OperationId, NodeIndex, &Write)> =
            placed.map(|(node, write)| (write.operation.invoked, write.id, node, write)).collect();
        begun.sort_by_key(|(at, id, _, _)| (*at, *id));
        let times: Vec<NodeIndex> = begun.iter().map(|_| self.graph.add_node(None)).collect();
        for pair in times.windows(2) {
            self.graph.add_edge(pair[0], pair[1], None);
        }
        let mut last: BTreeMap<(Atom, u32), (Time, NodeIndex)> = BTreeMap::new();
        for (time, (at, _, node, write)) in times.iter().zip(&begun) {
            self.graph.add_edge(*time, *node, None);
            let client = (write.operation.workload, write.operation.client);
            // One client does one thing after the other, also at one instant.
            if let Some((_, before)) = last.get(&client).filter(|(end, _)| end == at) {
                self.graph.add_edge(*before, *node, None);
            }
            let Some(end) = ended(write.operation).filter(|_| write.operation.is_ok()) else {
                continue;
            };
            last.insert(client, (end, *node));
            let next = begun.partition_point(|(at, ..)| *at <= end);
            if let Some(next) = times.get(next) {
                self.graph.add_edge(*node, *next, None);
            }
        }
    }

    /// Notes that of two writes of a key the first has to come first.
    pub(super) fn add(&mut self, key: usize, [first, second]: [usize; 2], why: Reason) {
        self.add_between([(key, first), (key, second)], why);
    }

    /// Notes that of two writes, each of a key, the first has to come first.
    pub(super) fn add_between(&mut self, writes: [(usize, usize); 2], why: Reason) {
        if writes[0] == writes[1] {
            return;
        }
        let [first, second] = writes.map(|(key, place)| NodeIndex::new(self.firsts[key] + place));
        self.graph.add_edge(first, second, Some(why));
    }

    /// A contradiction to there being an order.
    pub(super) fn contradiction(&self) -> Violation {
        /// The most cycles that are looked for.
        const TRIED: usize = 64;
        let mut parts = vec![usize::MAX; self.graph.node_count()];
        for (part, nodes) in kosaraju_scc(&self.graph).into_iter().enumerate() {
            for node in nodes {
                parts[node.index()] = part;
            }
        }
        let round = self.graph.edge_references().filter(|edge| {
            edge.weight().is_some() && parts[edge.source().index()] == parts[edge.target().index()]
        });
        let mut round: Vec<(OperationId, EdgeIndex)> = round
            .filter_map(|edge| edge.weight().map(|why| (why.seen_by().id, edge.id())))
            .collect();
        round.sort_unstable();
        let ways = round.iter().take(TRIED).map(|(_, edge)| self.way_round(*edge));
        let last = |way: &Vec<Leg>| way.iter().map(|(_, _, why)| why.seen_by().id).max();
        let way = ways.min_by_key(|way| (last(way), way.len()))?;
        Some((told(&way, |node| self.placed(node)), self.operations(&way)))
    }

    fn placed(&self, node: NodeIndex) -> Placed<'k, 'a> {
        self.graph[node].unwrap_or_else(|| unreachable!("somebody saw a write"))
    }

    /// The shortest way from the end of an edge back to its beginning, by what was seen.
    fn way_round(&self, edge: EdgeIndex) -> Vec<Leg> {
        let Some((from, to)) = self.graph.edge_endpoints(edge) else { return Vec::new() };
        let mut came_by: BTreeMap<NodeIndex, EdgeIndex> = BTreeMap::new();
        let mut next = VecDeque::from([to]);
        while let Some(node) = next.pop_front() {
            if node == from {
                break;
            }
            for edge in self.graph.edges(node) {
                if edge.target() != to && !came_by.contains_key(&edge.target()) {
                    came_by.insert(edge.target(), edge.id());
                    // What time alone tells is no step of its own.
                    if edge.weight().is_none() {
                        next.push_front(edge.target());
                    } else {
                        next.push_back(edge.target());
                    }
                }
            }
        }
        let (mut back, mut node) = (Vec::new(), from);
        while node != to
            && let Some(passed) = came_by.get(&node)
            && let Some((source, target)) = self.graph.edge_endpoints(*passed)
        {
            back.extend(self.graph[*passed].map(|why| (source, target, why)));
            node = source;
        }
        back.extend(self.graph[edge].map(|why| (from, to, why)));
        back.reverse();
        back
    }

    /// The operations on a way round, in their order.
    fn operations(&self, way: &[Leg]) -> Vec<OperationId> {
        let mut all: Vec<OperationId> = way
            .iter()
            .flat_map(|(first, second, why)| {
                let writes = [first, second].map(|node| self.placed(*node).write.id);
                writes.into_iter().chain(why.reads())
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Reason {
    /// The operation that told.
    const fn seen_by(&self) -> Seen {
        match self {
            Reason::ReadLater(_, read)
            | Reason::ReadAfterWriting(read)
            | Reason::Shown(read)
            | Reason::WroteAfterReading(read) => *read,
        }
    }

    fn reads(&self) -> Vec<OperationId> {
        match self {
            Reason::ReadLater(first, second) => vec![first.id, second.id],
            Reason::ReadAfterWriting(read)
            | Reason::Shown(read)
            | Reason::WroteAfterReading(read) => vec![read.id],
        }
    }

    /// The values that were seen, of two.
    fn told(&self, first: &str, second: &str) -> String {
        let Seen { workload, client, .. } = self.seen_by();
        let client = format!("{workload} {client}");
        match self {
            Reason::ReadLater(..) => format!("{client} saw {first}, and later {second}"),
            Reason::ReadAfterWriting(_) => {
                format!("{client} wrote {first}, and later saw {second}")
            }
            Reason::Shown(_) => format!("{client} saw {first} before {second}"),
            Reason::WroteAfterReading(_) => {
                format!("{client} saw {first}, and later wrote {second}")
            }
        }
    }
}

/// A cycle in words.
fn told<'k, 'a: 'k>(way: &[Leg], placed: impl Fn(NodeIndex) -> Placed<'k, 'a>) -> String {
    let value = |node: NodeIndex| abridged(placed(node).write.term);
    let mut all = Vec::new();
    for (place, (first, second, why)) in way.iter().enumerate() {
        all.push(why.told(&value(*first), &value(*second)));
        let next = way[(place + 1) % way.len()].0;
        if next != *second {
            let (ended, begun) = (value(*second), value(next));
            all.push(format!("the write of {ended} had ended before that of {begun} was begun"));
        }
    }
    let keys: BTreeSet<&Term> = way.iter().map(|(first, ..)| placed(*first).key).collect();
    let named = keys.into_iter().filter(|key| !key.is_atom("undefined")).map(abridged);
    let named: Vec<String> = named.collect();
    let to_keys =
        if named.is_empty() { String::new() } else { format!(" to {}", named.join(" and ")) };
    format!("no order of the writes{to_keys} explains it: {}", all.join("; "))
}
