//! Whether what was acknowledged is kept, and kept once.
//!
//! As the set-full checker of Jepsen does, it looks at what reads show of each acknowledged
//! operation afterwards, and tells what is gone for good from what was out of sight for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::fault::Fault;
use crate::history::OperationId;
use crate::term::{Atom, Term};
use crate::time::{Time, round_duration};

use super::assessment::{Assessment, tell, tell_end, tell_invocation};
use super::evidence::{Evidence, ended};
use super::keys::{KeyHistories, KeyHistory, Read, precedes};
use super::{Duplicated, Missing, Witness, WorkloadFigures};

/// The acknowledged appends that a later read of their key did not show, in the order of their
/// invocation.
pub(super) fn missing(evidence: &Evidence, histories: &KeyHistories) -> Vec<Missing> {
    let keys = histories.keys.iter();
    let mut all: Vec<Missing> = keys.flat_map(|key| missing_in(evidence, key)).collect();
    all.sort_by_key(|missing| missing.operation);
    all
}

fn missing_in(evidence: &Evidence, history: &KeyHistory) -> Vec<Missing> {
    let mut first_without: BTreeMap<OperationId, Read> = BTreeMap::new();
    let acknowledged = Acknowledged::of(history);
    for read in &history.reads {
        if acknowledged.all_shown_by(read) {
            continue;
        }
        for (id, append) in history.acknowledged() {
            if precedes((id, append), (read.id, read.operation))
                && !read.values.contains(&append.value)
            {
                first_without.entry(id).or_insert(*read);
            }
        }
    }
    let missing = first_without.into_iter().map(|(operation, read)| {
        let append = evidence.operation(operation);
        let acknowledged = ended(append).unwrap_or_default();
        let mut later = history.reads.iter().rev();
        let last = later.find(|read| precedes((operation, append), (read.id, read.operation)));
        Missing {
            operation,
            acknowledged,
            not_in: read.id,
            seen_again: last.is_some_and(|read| read.values.contains(&append.value)),
            age: age(evidence, acknowledged),
        }
    });
    missing.collect()
}

/// The acknowledged appends of a key, to see at a glance that a read shows all that it has to.
struct Acknowledged<'a> {
    /// When each value was first acknowledged.
    values: BTreeMap<&'a Term, Time>,
    /// The same times in order.
    times: Vec<Time>,
}

impl<'a> Acknowledged<'a> {
    fn of(history: &KeyHistory<'a>) -> Acknowledged<'a> {
        let mut values: BTreeMap<&Term, Time> = BTreeMap::new();
        for (_, append) in history.acknowledged() {
            let at = ended(append).unwrap_or_default();
            let first = values.entry(&append.value).or_insert(at);
            *first = at.min(*first);
        }
        let mut times: Vec<Time> = values.values().copied().collect();
        times.sort_unstable();
        Acknowledged { values, times }
    }

    fn all_shown_by(&self, read: &Read) -> bool {
        let begun = read.operation.invoked;
        let due = self.times.partition_point(|time| *time <= begun);
        let shown: BTreeSet<&Term> = read.values.iter().collect();
        let is_due = |value: &&&Term| self.values.get(**value).is_some_and(|time| *time <= begun);
        shown.iter().filter(is_due).count() == due
    }
}

/// How old something acknowledged then was when the next fault struck that can lose it, or ended:
/// what one side of a partition took is lost when the other side wins.
fn age(evidence: &Evidence, acknowledged: Time) -> Option<Duration> {
    let loses = |fault: &Fault| {
        matches!(fault, Fault::Exit { .. }) || !evidence.lost_nodes(fault).is_empty()
    };
    let injections = evidence.injections().filter(|(_, fault)| loses(fault));
    let changes = injections.flat_map(|(change, _)| {
        [Some(change.at), evidence.end_of(&change).map(|end| end.at)].into_iter().flatten()
    });
    let times = changes.filter(|at| *at >= acknowledged);
    times.min().map(|at| at.since(acknowledged))
}

/// The values that a read showed more often than they were written, in the order of keys.
pub(super) fn duplicated(histories: &KeyHistories) -> Vec<Duplicated> {
    histories.keys.iter().flat_map(duplicated_in).collect()
}

fn duplicated_in(history: &KeyHistory) -> Vec<Duplicated> {
    let written = counts(history.appends.iter().map(|(_, append)| &append.value));
    let mut found: BTreeMap<&Term, Duplicated> = BTreeMap::new();
    for read in &history.reads {
        for (value, times) in counts(read.values) {
            if times > written.get(value).copied().unwrap_or(1) {
                let (key, read) = (history.key.clone(), read.id);
                let new = || Duplicated { key, value: value.clone(), read, times };
                found.entry(value).or_insert_with(new);
            }
        }
    }
    found.into_values().collect()
}

fn counts<'a>(values: impl IntoIterator<Item = &'a Term>) -> BTreeMap<&'a Term, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
}

/// Checks that what was acknowledged is there afterwards.
pub(super) fn check_lost(
    evidence: &Evidence,
    figures: &WorkloadFigures,
    at_most: u32,
) -> Assessment {
    let WorkloadFigures { workload, missing, .. } = figures;
    let histories = KeyHistories::of(evidence.operations(Some(*workload)));
    let acknowledged: usize = histories.keys.iter().map(|key| key.acknowledged().count()).sum();
    if missing.len() > at_most as usize {
        let texts = missing.iter().map(|each| tell_missing(evidence, each)).collect();
        let first = &missing[0];
        let seen = ended(evidence.operation(first.not_in)).unwrap_or_default();
        let summary = summary(acknowledged, missing);
        let witness = Witness::new(seen, texts, Some(first.operation));
        return Assessment::Broken(summary, witness.with([first.operation, first.not_in]));
    }
    match exercised(evidence, *workload) {
        Ok(()) => Assessment::Held(summary(acknowledged, missing)),
        Err(why) => Assessment::Untested(why),
    }
}

fn summary(acknowledged: usize, missing: &[Missing]) -> String {
    if missing.is_empty() {
        return format!(
            "none of {acknowledged} acknowledged operations is missing from a later read"
        );
    }
    let gone: Vec<&Missing> = missing.iter().filter(|each| !each.seen_again).collect();
    let oldest = gone.iter().filter_map(|each| each.age).max();
    let point = oldest.map(|age| format!(", the oldest {} before the fault", round_duration(age)));
    let again = missing.len() - gone.len();
    format!(
        "{} of {acknowledged} acknowledged operations lost{}; {again} out of sight for a while",
        gone.len(),
        point.unwrap_or_default()
    )
}

fn tell_missing(evidence: &Evidence, missing: &Missing) -> String {
    let append = evidence.operation(missing.operation);
    let read = evidence.operation(missing.not_in);
    let again = if missing.seen_again { "; a later read shows it again" } else { "" };
    format!(
        "{}, acknowledged at {}, is missing from {}{again}",
        tell_invocation(append),
        missing.acknowledged,
        tell(evidence, read),
    )
}

/// Whether what was acknowledged to the users of a workload was put to the test.
///
/// # Errors
/// In the words of a finding, why it was not.
pub(super) fn exercised(evidence: &Evidence, workload: Atom) -> Result<(), String> {
    let histories = KeyHistories::of(evidence.operations(Some(workload)));
    evidence.exercised(workload).and_then(|()| read_after_fault(evidence, &histories))
}

/// Whether a read that was begun after the first fault could have shown an acknowledged append.
fn read_after_fault(evidence: &Evidence, histories: &KeyHistories) -> Result<(), String> {
    if histories.unreadable > 0 && histories.keys.iter().all(|key| key.reads.is_empty()) {
        return Err(format!("{} reads were answered with no list", histories.unreadable));
    }
    let first = evidence.first_fault().unwrap_or(Time::MAX);
    let could_show = |history: &KeyHistory| {
        let mut late = history.reads.iter().filter(|read| read.operation.invoked >= first);
        late.any(|read| {
            history.acknowledged().any(|each| precedes(each, (read.id, read.operation)))
        })
    };
    if histories.keys.iter().any(could_show) {
        Ok(())
    } else {
        Err("no read after the fault could have shown an acknowledged operation".to_owned())
    }
}

/// Checks that what was done once is there once.
pub(super) fn check_duplicated(
    evidence: &Evidence,
    figures: &WorkloadFigures,
    at_most: u32,
) -> Assessment {
    let WorkloadFigures { workload, duplicated, .. } = figures;
    let summary = format!("{} values shown more often than written", duplicated.len());
    if duplicated.len() > at_most as usize {
        let texts = duplicated.iter().map(|each| tell_duplicated(evidence, each)).collect();
        let first = &duplicated[0];
        let seen = ended(evidence.operation(first.read)).unwrap_or_default();
        return Assessment::Broken(summary, Witness::new(seen, texts, Some(first.read)));
    }
    match exercised(evidence, *workload) {
        Ok(()) => Assessment::Held(summary),
        Err(why) => Assessment::Untested(why),
    }
}

fn tell_duplicated(evidence: &Evidence, duplicated: &Duplicated) -> String {
    let read = evidence.operation(duplicated.read);
    let Duplicated { key, value, times, .. } = duplicated;
    format!(
        "{value} is {times} times in {key}: {}, {}",
        tell_invocation(read),
        tell_end(evidence, read)
    )
}
