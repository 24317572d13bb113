//! Whether what users saw of the lists that they append to and read is linearizable.

use std::collections::BTreeMap;

use crate::history::{Operation, OperationId};
use crate::term::{Atom, Term};

use super::assessment::{Assessment, abridged, tell};
use super::evidence::{Evidence, ended};
use super::keys::{KeyHistories, KeyHistory, Read, precedes};
use super::model::{Log, has_failed};
use super::{Judgement, Limits, Numbered, Refutation, Witness, linearizable};

/// About the most bytes that a search may take.
const MEMORY_MAX: usize = 512 << 20;

/// Checks that the history of each key has an order that explains it.
pub(super) fn check(evidence: &Evidence, workload: Atom) -> Assessment {
    let operations = || evidence.operations(Some(workload));
    let histories = KeyHistories::of(operations());
    // Reads that were answered with no list are counted, and left out.
    let readable =
        |(_, each): &Numbered| each.answer().is_none_or(|answer| answer.as_list().is_some());
    let known = operations().filter(|each| histories.unreadable == 0 || readable(each));
    let unclear = match linearizable(known, &Log::default(), Limits::memory(MEMORY_MAX)) {
        Ok(Judgement::Explained) if histories.unreadable > 0 => {
            Some(format!("{} reads were answered with no list", histories.unreadable))
        }
        Ok(Judgement::Explained) => None,
        Ok(Judgement::Unexplained(refutation)) => return broken(evidence, &histories, &refutation),
        Ok(Judgement::Undecided(_)) => Some("the search for an order took too long".to_owned()),
        Err((_, unfit)) => Some(unfit.to_string()),
    };
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

/// That no order explains what was seen of lists, and why.
pub(super) fn broken(
    evidence: &Evidence,
    histories: &KeyHistories,
    refutation: &Refutation,
) -> Assessment {
    let id = refutation.operation;
    let operation = evidence.operation(id);
    let (why, mut operations) = (histories.keys.iter())
        .find(|key| *key.key == operation.key)
        .and_then(|key| why(key, id))
        .unwrap_or_else(|| ("the last answer has no place".to_owned(), Vec::new()));
    operations.retain(|other| *other != id);
    operations.push(id);
    let texts = operations.iter().map(|id| tell(evidence, evidence.operation(*id))).collect();
    let key = abridged(&operation.key);
    let summary = format!("no order explains what was seen of {key}: {why}");
    let witness = Witness::new(refutation.until, texts, Some(id)).with(operations);
    Assessment::Broken(summary, witness)
}

/// Why a read, the first answer that cannot be explained, has no place among what came before it,
/// and the operations that show it.
fn why(history: &KeyHistory, broken: OperationId) -> Option<(String, Vec<OperationId>)> {
    let read = history.reads.iter().find(|read| read.id == broken)?;
    unwritten(history, read)
        .or_else(|| contradiction(history, read))
        .or_else(|| out_of_order(history, read))
        .or_else(|| overtaken(history, read))
}

/// A value that is shown more often than it was appended, or whose append failed.
fn unwritten(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let mut left: BTreeMap<&Term, usize> = BTreeMap::new();
    for (_, append) in history.appends.iter().filter(|(_, append)| !has_failed(append)) {
        *left.entry(&append.value).or_default() += 1;
    }
    read.values.iter().find_map(|value| {
        let text = abridged(value);
        let Some(count) = left.get_mut(value) else {
            let failed = history.appends.iter().find(|(_, append)| append.value == *value);
            return Some(match failed {
                Some((id, _)) => (format!("a read shows {text}, whose append failed"), vec![*id]),
                None => (format!("a read shows {text}, which nobody appended"), Vec::new()),
            });
        };
        if *count == 0 {
            return Some((format!("a read shows {text} more often than it was appended"), vec![]));
        }
        *count -= 1;
        None
    })
}

/// Another read that shows something that does not lead to this one, nor follows from it.
fn contradiction(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let agree = |other: &Read| {
        other.values.starts_with(read.values) || read.values.starts_with(other.values)
    };
    let end = ended(read.operation);
    let earlier = history.reads.iter().filter(|other| ended(other.operation) <= end);
    let other = earlier.into_iter().find(|other| !agree(other))?;
    let why = "two reads show lists of which neither is the beginning of the other";
    Some((why.to_owned(), vec![other.id]))
}

/// An operation that had ended before the read was begun, and which the read does not know of.
fn out_of_order(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let had_ended = |other: Numbered| precedes(other, (read.id, read.operation));
    let append = history
        .acknowledged()
        .find(|(id, append)| had_ended((*id, append)) && !read.values.contains(&append.value));
    let longer = history.reads.iter().find(|other| {
        had_ended((other.id, other.operation)) && other.values.len() > read.values.len()
    });
    append
        .map(|(id, _)| (misplaced("read", "append"), vec![id]))
        .or_else(|| longer.map(|other| (misplaced("read", "read"), vec![other.id])))
}

/// Two values that are shown in another order than they were appended in, or one that an earlier
/// read ought to show.
fn overtaken(history: &KeyHistory, read: &Read) -> Option<(String, Vec<OperationId>)> {
    let places: BTreeMap<&Term, usize> = read.values.iter().zip(0..).collect();
    let shown: Vec<(usize, OperationId, &Operation)> = (history.appends.iter())
        .filter_map(|(id, append)| Some((*places.get(&append.value)?, *id, *append)))
        .collect();
    shown.iter().find_map(|(place, id, append)| {
        let later = shown.iter().find(|(other_place, other, other_append)| {
            other_place > place
                && other_append.is_ok()
                && precedes((*other, other_append), (*id, append))
        });
        let shorter = history.reads.iter().filter(|other| other.values.len() > *place);
        let seen_before =
            shorter.into_iter().find(|other| precedes((other.id, other.operation), (*id, append)));
        later
            .map(|(_, other, _)| (misplaced("append", "append"), vec![*other, *id]))
            .or_else(|| seen_before.map(|other| (misplaced("append", "read"), vec![other.id, *id])))
    })
}

fn misplaced(late: &str, early: &str) -> String {
    format!(
        "from what reads show, the later {late} came before the earlier {early}, which had ended by then"
    )
}
