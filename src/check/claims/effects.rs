//! How often writes take effect.

use std::collections::BTreeMap;

use super::views::{Shown, View, Views};
use super::{Examination, Trial};
use crate::check::abridged;
use crate::check::keys::precedes;
use crate::history::{Action, OperationId};
use crate::term::Term;

pub(super) fn at_most_once(views: &Views) -> Examination {
    let mut trial = Trial::default();
    for view in views.collections() {
        // What a set shows does not tell how often it was added.
        let counts = view.writes.iter().any(|(_, write)| write.action == Action::Append);
        let reads = view.reads.iter().filter(|shown| counts && shown.answer.as_list().is_some());
        reads.for_each(|shown| trial.test(too_often(view, shown)));
    }
    trial.examination("no read shows a list that was appended to")
}

/// A value that a read shows more often than it can have been appended.
fn too_often(view: &View, shown: &Shown) -> Option<(String, Vec<OperationId>)> {
    let mut left: BTreeMap<&Term, usize> = BTreeMap::new();
    for (_, write) in view.possible() {
        *left.entry(&write.value).or_default() += 1;
    }
    let value = shown.values().iter().find(|value| match left.get_mut(value) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        Some(_) | None => true,
    })?;
    let writes = view.writes.iter().filter(|(_, write)| write.value == *value);
    let mut operations: Vec<OperationId> = writes.map(|(id, _)| *id).collect();
    operations.push(shown.read.0);
    let (value, key) = (abridged(value), view.key);
    Some((format!("{value} took effect more often than it was appended to {key}"), operations))
}

pub(super) fn at_least_once(views: &Views) -> Examination {
    let mut trial = Trial::default();
    for view in views.collections() {
        for (id, write) in view.acknowledged() {
            let later = |shown: &&Shown| precedes((id, write), shown.read);
            let Some(last) = view.reads.iter().rev().find(later) else { continue };
            trial.test((!last.shows(write)).then(|| {
                let value = abridged(&write.value);
                let why = format!("{value} was acknowledged, and the last read does not show it");
                (why, vec![id, last.read.0])
            }));
        }
    }
    trial.examination("nothing that was acknowledged was read afterwards")
}
