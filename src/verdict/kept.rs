//! Checks that acknowledged operations are kept, and kept once.
//!
//! As the set-full checker of Jepsen does, it looks at what reads show of each acknowledged
//! operation afterwards, and separates what is gone for good from what was missing for a time.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::consistency::history::OperationId;
use crate::engine::term::{Atom, Term};
use crate::engine::time::{Time, round_duration};
use crate::scenario::fault::Fault;

use super::assessment::{Assessment, completion_text, operation_text};
use super::evidence::{ChangeKind, Evidence};
use super::{DuplicateValue, MissingOperation, Witness};
use crate::consistency::history::ended;
use crate::consistency::keys::{Counts, KeyHistories, KeyHistory, Read, ValueId, Write, precedes};
use crate::consistency::text::invocation_text;

/// The acknowledged writes to collections that a later read of their key did not show, in the order
/// of their invocation.
pub(super) fn missing(evidence: &Evidence, histories: &KeyHistories) -> Vec<MissingOperation> {
    let keys = histories.collections();
    let mut all: Vec<MissingOperation> = keys.flat_map(|key| missing_in(evidence, key)).collect();
    all.sort_by_key(|missing| missing.operation);
    all
}

fn missing_in(evidence: &Evidence, history: &KeyHistory) -> Vec<MissingOperation> {
    let mut first_without: BTreeMap<OperationId, (&Write, &Read)> = BTreeMap::new();
    let mut acknowledged = AcknowledgedWrites::of(history);
    for read in &history.reads {
        if acknowledged.all_shown_by(read) {
            continue;
        }
        for write in history.acknowledged() {
            if precedes(write.numbered(), read.numbered()) && history.lacks(read, write) {
                first_without.entry(write.id).or_insert((write, read));
            }
        }
    }
    let missing = first_without.into_values().map(|(write, read)| {
        let acknowledged = ended(write.operation).unwrap_or_default();
        let mut later = history.reads.iter().rev();
        let last = later.find(|read| precedes(write.numbered(), read.numbered()));
        MissingOperation {
            operation: write.id,
            acknowledged,
            not_in: read.id,
            seen_again: last.is_some_and(|read| read.shows(write)),
            age: age(evidence, acknowledged),
        }
    });
    missing.collect()
}

/// The acknowledged writes of a key, to see at a glance that a read shows all that it has to.
struct AcknowledgedWrites {
    /// The time at which each value was first acknowledged, by its place.
    first: Vec<Option<Time>>,
    /// The same times in order.
    times: Vec<Time>,
    shown: Counts,
}

impl AcknowledgedWrites {
    fn of(history: &KeyHistory) -> AcknowledgedWrites {
        let mut first: Vec<Option<Time>> = Vec::new();
        for write in history.acknowledged() {
            let (at, place) = (ended(write.operation).unwrap_or_default(), write.value.place());
            if first.len() <= place {
                first.resize(place + 1, None);
            }
            first[place] = Some(first[place].map_or(at, |known| at.min(known)));
        }
        let mut times: Vec<Time> = first.iter().copied().flatten().collect();
        times.sort_unstable();
        AcknowledgedWrites { first, times, shown: Counts::default() }
    }

    fn all_shown_by(&mut self, read: &Read) -> bool {
        let begun = read.operation.invoked;
        let due = self.times.partition_point(|time| *time <= begun);
        self.shown.clear();
        let fresh = read.values.iter().filter(|value| self.shown.count(**value) == 1);
        let is_due = |value: &&ValueId| {
            let first = self.first.get(value.place()).copied().flatten();
            first.is_some_and(|time| time <= begun)
        };
        fresh.filter(is_due).count() == due
    }
}

/// The time between an acknowledgement and the next injection or end of a fault that can lose data:
/// what one side of a partition accepted is lost when the other side wins.
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
pub(super) fn duplicated(histories: &KeyHistories) -> Vec<DuplicateValue> {
    histories.collections().flat_map(duplicated_in).collect()
}

/// The workload that wrote a value first, or else the one that saw it.
pub(super) fn brought_by(evidence: &Evidence, duplicated: &DuplicateValue) -> Atom {
    let reader = evidence.operation(duplicated.read).workload;
    let keys = &evidence.keys(reader).keys;
    let history = keys.iter().find(|history| *history.key == duplicated.key);
    let mut writes = history.iter().flat_map(|history| &history.writes);
    let write = writes.find(|write| *write.term == duplicated.value);
    write.map_or(reader, |write| write.operation.workload)
}

fn duplicated_in(history: &KeyHistory) -> Vec<DuplicateValue> {
    let (most, mut shown) = (history.most(), Counts::default());
    let mut found: BTreeMap<&Term, DuplicateValue> = BTreeMap::new();
    for read in &history.reads {
        shown.clear();
        let terms = read.answer.as_list().unwrap_or_default();
        for (value, term) in read.values.iter().zip(terms) {
            let times = shown.count(*value);
            // What nobody has written may be there for another reason, but not twice.
            if times > most.of(*value).max(1) {
                let (key, value, read) = (history.key.clone(), term.clone(), read.id);
                let new = || DuplicateValue { key, value, read, times: 0 };
                let duplicated = found.entry(term).or_insert_with(new);
                if duplicated.read == read {
                    duplicated.times = times as usize;
                }
            }
        }
    }
    found.into_values().collect()
}

/// Checks that what was acknowledged is there afterwards.
pub(super) fn check_lost(evidence: &Evidence, workload: Atom, at_most: u32) -> Assessment {
    let (missing, histories) = (evidence.missing(workload), evidence.keys(workload));
    let acknowledged: usize = histories.collections().map(|key| key.acknowledged().count()).sum();
    if missing.len() > at_most as usize {
        let texts = missing.iter().map(|each| missing_text(evidence, each)).collect();
        let first = &missing[0];
        let seen = ended(evidence.operation(first.not_in)).unwrap_or_default();
        let summary = summary(evidence, acknowledged, missing);
        let witness = Witness::new(seen, texts, Some(first.operation));
        return Assessment::Broken(summary, witness.with([first.operation, first.not_in]));
    }
    match exercised(evidence, workload) {
        Ok(()) => Assessment::Held(summary(evidence, acknowledged, missing)),
        Err(why) => Assessment::Untested(why),
    }
}

fn summary(evidence: &Evidence, acknowledged: usize, missing: &[MissingOperation]) -> String {
    if missing.is_empty() {
        return format!(
            "none of {acknowledged} acknowledged operations is missing from a later read"
        );
    }
    let gone: Vec<&MissingOperation> = missing.iter().filter(|each| !each.seen_again).collect();
    let point = oldest_text(evidence, gone.iter().copied());
    let again = missing.len() - gone.len();
    format!(
        "{} of {acknowledged} acknowledged operations lost{point}; {again} missing for a time",
        gone.len(),
    )
}

/// The age of the oldest of some operations, and the change it refers to: `, the oldest 931 ms
/// before "network healed"`. Empty if no change came after any of them.
pub(super) fn oldest_text<'a>(
    evidence: &Evidence,
    missing: impl Iterator<Item = &'a MissingOperation>,
) -> String {
    let aged = missing.filter_map(|each| Some((each.age?, each.acknowledged)));
    let oldest = aged.max_by_key(|(age, acknowledged)| (*age, std::cmp::Reverse(*acknowledged)));
    let Some((age, acknowledged)) = oldest else { return String::new() };
    let change = evidence.changes.iter().find(|change| change.at == acknowledged + age);
    let what = match change.map(|change| (change.kind, change.text)) {
        Some((ChangeKind::Ended, text)) => format!("\"{text}\""),
        Some((ChangeKind::Injected, _)) | None => "the fault".to_owned(),
    };
    format!(", the oldest {} before {what}", round_duration(age))
}

fn missing_text(evidence: &Evidence, missing: &MissingOperation) -> String {
    let append = evidence.operation(missing.operation);
    let read = evidence.operation(missing.not_in);
    let again = if missing.seen_again { "; a later read shows it again" } else { "" };
    format!(
        "{}, acknowledged at {}, is missing from {}{again}",
        invocation_text(append),
        missing.acknowledged,
        operation_text(evidence, read),
    )
}

/// Checks that the acknowledged operations of the users of a service were tested.
///
/// # Errors
/// In the words of a finding, why it was not.
pub(super) fn exercised(evidence: &Evidence, workload: Atom) -> Result<(), String> {
    let histories = evidence.keys(workload);
    evidence.exercised_together(workload).and_then(|()| read_after_fault(evidence, histories))
}

/// The advice for data that is replaced rather than collected.
const ELSEWHERE: &str = "; this looks for single values in lists and sets: of a register, a map or a \
                         lock expect \"linearizable\"";

/// Checks that a read that was begun after the first fault could have shown an acknowledged append.
fn read_after_fault(evidence: &Evidence, histories: &KeyHistories) -> Result<(), String> {
    if histories.collections().all(|key| key.reads.is_empty()) {
        if histories.unreadable > 0 {
            let count = histories.unreadable;
            return Err(format!("{count} reads were answered with no list{ELSEWHERE}"));
        }
        if histories.collections().next().is_none() {
            return Err(format!("nothing was appended or added{ELSEWHERE}"));
        }
    }
    let first = evidence.first_fault().unwrap_or(Time::MAX);
    let could_show = |history: &KeyHistory| {
        let mut late = history.reads.iter().filter(|read| read.operation.invoked >= first);
        late.any(|read| {
            history.acknowledged().any(|write| precedes(write.numbered(), read.numbered()))
        })
    };
    if histories.collections().any(could_show) {
        Ok(())
    } else {
        Err("no read after the fault could have shown an acknowledged operation".to_owned())
    }
}

/// Checks that what was done once is there once.
pub(super) fn check_duplicated(evidence: &Evidence, workload: Atom, at_most: u32) -> Assessment {
    let duplicated = duplicated(evidence.keys(workload));
    let summary = format!("{} values shown more often than written", duplicated.len());
    if duplicated.len() > at_most as usize {
        let texts = duplicated.iter().map(|each| duplicate_text(evidence, each)).collect();
        let first = &duplicated[0];
        let seen = ended(evidence.operation(first.read)).unwrap_or_default();
        return Assessment::Broken(summary, Witness::new(seen, texts, Some(first.read)));
    }
    match exercised(evidence, workload) {
        Ok(()) => Assessment::Held(summary),
        Err(why) => Assessment::Untested(why),
    }
}

fn duplicate_text(evidence: &Evidence, duplicated: &DuplicateValue) -> String {
    let read = evidence.operation(duplicated.read);
    let DuplicateValue { key, value, times, .. } = duplicated;
    format!(
        "{value} is {times} times in {key}: {}, {}",
        invocation_text(read),
        completion_text(evidence, read)
    )
}
