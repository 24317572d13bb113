//! The number of times that writes take effect.

use super::{Examination, Trial, Violation};
use crate::consistency::abridged;
use crate::consistency::history::OperationId;
use crate::consistency::keys::{Counts, KeyHistories, KeyHistory, KeyKind, Read, Write, precedes};

pub(super) fn at_most_once(keys: &KeyHistories) -> Examination {
    let mut trial = Trial::default();
    for key in keys.collections().filter(|key| !key.writes.is_empty()) {
        let (most, mut shown) = (key.most(), Counts::default());
        for read in &key.reads {
            shown.clear();
            trial.test(too_often(key, &most, &mut shown, read));
        }
    }
    for key in keys.queues() {
        let (most, mut taken) = (key.most(), Counts::default());
        for read in &key.reads {
            trial.test(too_often(key, &most, &mut taken, read));
        }
    }
    trial.examination("no read shows a list that was appended to, and nothing came out of a queue")
}

/// A value that a read shows more often than it can have been appended, or which came out of a queue
/// more often than it can have been put in.
fn too_often(key: &KeyHistory, most: &Counts, shown: &mut Counts, read: &Read) -> Violation {
    let terms = match key.kind {
        KeyKind::Queue => std::slice::from_ref(read.answer),
        KeyKind::Collection | KeyKind::Register | KeyKind::Other => {
            read.answer.as_list().unwrap_or_default()
        }
    };
    let mut all = read.values.iter().zip(terms);
    let (value, term) = all.find(|(value, _)| shown.count(**value) > most.of(**value))?;
    let writes = key.writes.iter().filter(|write| write.value == *value);
    let mut operations: Vec<OperationId> = writes.map(|write| write.id).collect();
    operations.push(read.id);
    let (value, key) = (abridged(term), key.key);
    Some((format!("{value} took effect more often than it was appended to {key}"), operations))
}

pub(super) fn at_least_once(keys: &KeyHistories) -> Examination {
    let mut trial = Trial::default();
    for key in keys.collections() {
        for write in key.acknowledged() {
            let later = |read: &&Read| precedes(write.numbered(), read.numbered());
            let Some(last) = key.reads.iter().rev().find(later) else { continue };
            trial.test(key.lacks(last, write).then(|| {
                let value = abridged(write.term);
                let why = format!("{value} was acknowledged, and the last read does not show it");
                (why, vec![write.id, last.id])
            }));
        }
    }
    keys.queues().for_each(|key| all_came_out(key, &mut trial));
    trial.examination("nothing that was acknowledged was read afterwards")
}

/// Everything that was put into a queue has to have come out of it when it is found empty. What was taken out
/// and nobody knows what it was may be any of it.
fn all_came_out(key: &KeyHistory, trial: &mut Trial) {
    let Some(empty) = key.reads.iter().rev().find(|read| read.values.is_empty()) else { return };
    let (mut out, mut put) = (Counts::default(), Counts::default());
    for value in key.reads.iter().flat_map(|read| read.values.iter()) {
        out.count(*value);
    }
    let mut lost: Vec<&Write> = Vec::new();
    for write in key.acknowledged() {
        if precedes(write.numbered(), empty.numbered()) {
            trial.test(None);
            if put.count(write.value) > out.of(write.value) {
                lost.push(write);
            }
        }
    }
    if let Some(first) = lost.first().filter(|_| lost.len() > key.removals.len()) {
        let value = abridged(first.term);
        let why = format!("{value} was acknowledged, and the queue is empty without it");
        trial.test(Some((why, vec![first.id, empty.id])));
    }
}
