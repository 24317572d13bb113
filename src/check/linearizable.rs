//! Whether a history of appends and reads is linearizable.
//!
//! Linearizability is local, so that each key is looked at on its own (Herlihy and Wing,
//! *Linearizability: a correctness condition for concurrent objects*, 1990). A read shows the whole
//! list, so that it tells which appends came before it and in which order. With that known there is
//! nothing to search for (Gibbons and Korach, *Testing shared memories*, 1997; Elle uses the same:
//! Kingsbury and Alvaro, *Elle: inferring isolation anomalies from experimental observations*,
//! 2020): each operation has a place, and the history is linearizable exactly if
//!
//! - every read shows a beginning of the longest list that any read shows,
//! - of that list every value was appended, by an append that did not fail, and
//! - no operation ended before one with an earlier place was begun.
//!
//! An append of unknown outcome that no read shows may never have been done; one that a read shows
//! has no end. One that was acknowledged and that no read shows comes after all reads.
//! This needs values that are appended once.

use std::collections::BTreeMap;

use crate::history::{Operation, OperationId, Outcome};
use crate::term::{Atom, Term};

use super::Witness;
use super::assessment::{Assessment, abridged, tell};
use super::evidence::{Evidence, ended};
use super::keys::{KeyHistories, KeyHistory, Read, precedes};

/// What the history of a key shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// There is an order that explains it.
    Found,
    /// There is none: why, and the operations that show it, the last one seeing it.
    None(String, Vec<OperationId>),
    /// Nobody can tell, and why.
    Unclear(String),
}

/// An operation with its place: that of the n-th value of the list is 2n, that of a read of n
/// values is 2n + 1.
#[derive(Clone, Copy)]
struct Placed<'a> {
    place: usize,
    id: OperationId,
    operation: &'a Operation,
}

/// Looks for an order of the operations on a key.
pub(super) fn order(history: &KeyHistory) -> Order {
    let mut appends: BTreeMap<&Term, (OperationId, &Operation)> = BTreeMap::new();
    for (id, append) in &history.appends {
        if appends.insert(&append.value, (*id, append)).is_some() {
            let value = abridged(&append.value);
            return Order::Unclear(format!("{value} was appended twice, so reads do not tell"));
        }
    }
    let Some(longest) = history.reads.iter().max_by_key(|read| read.values.len()) else {
        return Order::Found;
    };
    if let Some(order) = contradiction(history, longest).or_else(|| unwritten(longest, &appends)) {
        return order;
    }
    let mut placed = places(history, longest, &appends);
    // Stable, so that operations of one place stay in the order of their invocation.
    placed.sort_by_key(|each| each.place);
    out_of_order(&placed).unwrap_or(Order::Found)
}

/// A read that shows something else than a beginning of the longest list.
fn contradiction(history: &KeyHistory, longest: &Read) -> Option<Order> {
    let other = history.reads.iter().find(|read| !longest.values.starts_with(read.values))?;
    let why = "two reads show lists of which neither is the beginning of the other".to_owned();
    Some(Order::None(why, vec![longest.id, other.id]))
}

/// A value that is shown twice, or that nobody appended, or only one who was told that it failed.
fn unwritten(
    longest: &Read,
    appends: &BTreeMap<&Term, (OperationId, &Operation)>,
) -> Option<Order> {
    let mut seen = std::collections::BTreeSet::new();
    longest.values.iter().find_map(|value| {
        let text = abridged(value);
        if !seen.insert(value) {
            return Some(Order::None(format!("a read shows {text} twice"), vec![longest.id]));
        }
        let Some((id, append)) = appends.get(value) else {
            let why = format!("a read shows {text}, which nobody appended");
            return Some(Order::None(why, vec![longest.id]));
        };
        let why = format!("a read shows {text}, whose append failed");
        has_failed(append).then(|| Order::None(why, vec![*id, longest.id]))
    })
}

fn has_failed(operation: &Operation) -> bool {
    let completion = operation.completion.as_ref();
    completion.is_some_and(|completion| matches!(completion.outcome, Outcome::Failed(_)))
}

/// All operations that took effect, with their places.
fn places<'a>(
    history: &KeyHistory<'a>,
    longest: &Read<'a>,
    appends: &BTreeMap<&'a Term, (OperationId, &'a Operation)>,
) -> Vec<Placed<'a>> {
    let shown: BTreeMap<&Term, usize> = longest.values.iter().zip(1..).collect();
    let unseen = 2 * (longest.values.len() + 1);
    let appends = appends.values().filter_map(|(id, operation)| {
        let place = match shown.get(&operation.value) {
            Some(number) => 2 * number,
            None if operation.is_ok() => unseen,
            None => return None,
        };
        Some(Placed { place, id: *id, operation })
    });
    let reads = history.reads.iter().map(|read| Placed {
        place: 2 * read.values.len() + 1,
        id: read.id,
        operation: read.operation,
    });
    appends.chain(reads).collect()
}

/// An operation that ended before one with an earlier place was begun.
///
/// Going through the places from the last to the first, it is enough to compare with those that
/// ended first so far.
fn out_of_order(placed: &[Placed]) -> Option<Order> {
    let mut earliest: Vec<Placed> = Vec::new();
    let mut rest = placed;
    while let Some(last) = rest.last() {
        let (before, same) = rest.split_at(rest.partition_point(|each| each.place < last.place));
        for late in same {
            let early = earliest.iter().find(|early| precedes(early.pair(), late.pair()));
            if let Some(early) = early {
                return Some(misplaced(late, early));
            }
        }
        // One of unknown outcome may take effect at any time: it never ends.
        earliest.extend(same.iter().filter(|each| each.operation.is_ok()));
        let end = earliest.iter().map(|each| ended(each.operation)).min();
        earliest.retain(|each| Some(ended(each.operation)) == end);
        rest = before;
    }
    None
}

impl<'a> Placed<'a> {
    const fn pair(&self) -> (OperationId, &'a Operation) {
        (self.id, self.operation)
    }

    const fn what(&self) -> &'static str {
        if self.place.is_multiple_of(2) { "append" } else { "read" }
    }
}

fn misplaced(late: &Placed, early: &Placed) -> Order {
    let why = format!(
        "from what reads show, the later {} came before the earlier {}, which had ended by then",
        late.what(),
        early.what()
    );
    Order::None(why, vec![early.id, late.id])
}

/// Checks that the history of each key has an order that explains it.
pub(super) fn check(evidence: &Evidence, workload: Atom) -> Assessment {
    let histories = KeyHistories::of(evidence, workload);
    let mut unclear = None;
    for history in &histories.keys {
        match order(history) {
            Order::Found => {}
            Order::None(why, operations) => {
                return broken(evidence, history.key, &why, &operations);
            }
            Order::Unclear(why) => unclear = Some(why),
        }
    }
    if histories.unreadable > 0 {
        unclear = Some(format!("{} reads were answered with no list", histories.unreadable));
    }
    let first = evidence.exercised(workload).map(|()| evidence.first_fault().unwrap_or_default());
    let reads: usize = histories.keys.iter().map(|key| key.reads.len()).sum();
    let appends: usize = histories.keys.iter().map(|key| key.appends.len()).sum();
    let mut shown = histories.keys.iter().flat_map(|key| &key.reads);
    match (unclear, first) {
        (Some(why), _) | (None, Err(why)) => Assessment::Untested(why),
        (None, Ok(first)) if shown.any(|read| ended(read.operation) >= Some(first)) => {
            let keys = histories.keys.len();
            let figures = format!("{appends} appends and {reads} reads of {keys} keys");
            Assessment::Held(format!("{figures} have an order that explains them"))
        }
        (None, Ok(_)) => Assessment::Untested("no read was answered after the fault".to_owned()),
    }
}

fn broken(evidence: &Evidence, key: &Term, why: &str, operations: &[OperationId]) -> Assessment {
    let last = operations.last().copied();
    let at = last.and_then(|id| ended(evidence.operation(id))).unwrap_or(evidence.run.ended_at);
    let texts = operations.iter().map(|id| tell(evidence, evidence.operation(*id))).collect();
    let summary = format!("no order explains what was seen of {}: {why}", abridged(key));
    Assessment::Broken(summary, Witness::new(at, texts, last))
}
