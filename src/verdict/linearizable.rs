//! Checks that the lists that users append to and read are linearizable.

use std::collections::BTreeMap;

use crate::consistency::history::OperationId;
use crate::engine::term::Atom;

use super::assessment::Assessment;
use super::evidence::Evidence;
use super::explained::contradiction_witness;
use crate::consistency::history::ended;
use crate::consistency::keys::{Counts, KeyHistories, KeyHistory, Read, ValueId, Write, precedes};
use crate::consistency::text::{abridged, seen_of};
use crate::consistency::{Numbered, Refutation};

/// The assessment of lists whose history is linearizable: held, if a read could have shown the
/// opposite.
pub(super) fn held(evidence: &Evidence, workload: Atom) -> Assessment {
    let first = evidence.first_fault().unwrap_or_default();
    let keys = &evidence.keys(workload).keys;
    let reads: usize = keys.iter().map(|key| key.reads.len()).sum();
    let appends: usize = keys.iter().map(|key| key.writes.len()).sum();
    let mut shown = keys.iter().flat_map(|key| &key.reads);
    if shown.any(|read| ended(read.operation) >= Some(first)) {
        let keys = keys.len();
        let figures = format!("{appends} appends and {reads} reads of {keys} keys");
        Assessment::Held(format!("{figures} have an order that explains them"))
    } else {
        Assessment::Untested("no read was answered after the fault".to_owned())
    }
}

/// The violation that no order explains the history of a list, with the reason.
pub(super) fn broken(
    evidence: &Evidence,
    histories: &KeyHistories,
    refutation: &Refutation,
) -> Assessment {
    let id = refutation.operation;
    let operation = evidence.operation(id);
    let (why, operations) = (histories.keys.iter())
        .find(|key| *key.key == operation.key)
        .and_then(|key| why(key, id))
        .unwrap_or_else(|| ("the last answer has no place".to_owned(), Vec::new()));
    let summary = format!("no order explains {}: {why}", seen_of(&operation.key));
    Assessment::Broken(summary, contradiction_witness(evidence, refutation, operations))
}

/// The reason why a read, the first answer that cannot be explained, has no place among the
/// operations before it, and the operations that show it.
fn why(history: &KeyHistory, broken: OperationId) -> Option<(String, Vec<OperationId>)> {
    let read = history.reads.iter().find(|read| read.id == broken)?;
    unwritten(history, read)
        .or_else(|| contradiction(history, read))
        .or_else(|| out_of_order(history, read))
        .or_else(|| overtaken(history, read))
}

/// A value that is shown more often than it was appended, or whose append failed.
fn unwritten(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let (most, mut shown) = (history.most(), Counts::default());
    let terms = read.answer.as_list().unwrap_or_default();
    let mut all = read.values.iter().zip(terms);
    let (value, term) = all.find(|(value, _)| shown.count(**value) > most.of(**value))?;
    let text = abridged(term);
    if most.of(*value) > 0 {
        return Some((format!("a read shows {text} more often than it was appended"), vec![]));
    }
    Some(match history.writes.iter().find(|write| write.value == *value) {
        Some(failed) => (format!("a read shows {text}, whose append failed"), vec![failed.id]),
        None => (format!("a read shows {text}, which nobody appended"), Vec::new()),
    })
}

/// Another read that shows something that does not lead to this one, nor follows from it.
fn contradiction(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let agree = |other: &Read| {
        other.values.starts_with(&read.values) || read.values.starts_with(&other.values)
    };
    let end = ended(read.operation);
    let earlier = history.reads.iter().filter(|other| ended(other.operation) <= end);
    let other = earlier.into_iter().find(|other| !agree(other))?;
    let why = "two reads show lists of which neither is the beginning of the other";
    Some((why.to_owned(), vec![other.id]))
}

/// An operation that had ended before the read was begun, and which the read does not know of.
fn out_of_order(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let had_ended = |other: Numbered| precedes(other, read.numbered());
    let append =
        history.acknowledged().find(|write| had_ended(write.numbered()) && !read.shows(write));
    let longer = history
        .reads
        .iter()
        .find(|other| had_ended(other.numbered()) && other.values.len() > read.values.len());
    append
        .map(|write| (misplaced("read", "append"), vec![write.id]))
        .or_else(|| longer.map(|other| (misplaced("read", "read"), vec![other.id])))
}

/// Two values that are shown in another order than they were appended in, or one that an earlier
/// read ought to show.
fn overtaken(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let places: BTreeMap<ValueId, usize> = read.values.iter().copied().zip(0..).collect();
    let shown: Vec<(usize, &Write)> = (history.writes.iter())
        .filter_map(|write| Some((*places.get(&write.value)?, write)))
        .collect();
    shown.iter().find_map(|(place, write)| {
        let later = shown.iter().find(|(other_place, other)| {
            other_place > place
                && other.operation.is_ok()
                && precedes(other.numbered(), write.numbered())
        });
        let shorter = history.reads.iter().filter(|other| other.values.len() > *place);
        let seen_before =
            shorter.into_iter().find(|other| precedes(other.numbered(), write.numbered()));
        later.map(|(_, other)| (misplaced("append", "append"), vec![other.id, write.id])).or_else(
            || seen_before.map(|other| (misplaced("append", "read"), vec![other.id, write.id])),
        )
    })
}

fn misplaced(late: &str, early: &str) -> String {
    format!(
        "from what reads show, the later {late} came before the earlier {early}, which had ended by then"
    )
}
