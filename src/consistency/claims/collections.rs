//! The writes of a list or a set, as its reads show them.

use std::collections::BTreeMap;

use super::order::{Reason, Seen};
use super::session::{Deed, Examined, Guarantee, sessions};
use super::{Trial, Violation, removals};
use crate::consistency::history::{Action, OperationId};
use crate::consistency::keys::{Counts, KeyHistory, Read, ValueId, Write, precedes};
use crate::consistency::model::has_failed;
use crate::consistency::{Numbered, abridged};
use crate::engine::term::Term;

pub(super) fn check(examined: &mut Examined, trial: &mut Trial) {
    let key = examined.key;
    let origins = Origins::of(key);
    if key.unreadable > 0 {
        trial.doubt(|| format!("reads{} were answered with no list", key.said("of")));
    }
    let mut shown = Counts::default();
    for read in &key.reads {
        shown.clear();
        trial.find(origins.out_of_nothing(key, &mut shown, read));
    }
    put_in_order(examined, &origins, trial);
    match examined.guarantee {
        Guarantee::ReadYourWrites | Guarantee::MonotonicReads => {
            for session in sessions(key) {
                follow(examined, &origins, &session, trial);
            }
            removals::check(examined, &origins, trial);
        }
        Guarantee::MonotonicWrites => test_writes_of_one_client(key, &origins, trial),
        Guarantee::WritesFollowReads => {}
    }
}

/// The origins of the values of a collection, and the operations that take them away.
pub(super) struct Origins<'k, 'a> {
    /// For each value the writes that may have brought it, by their places among those of the key.
    writes: Vec<Vec<usize>>,
    /// For each value one of its writes that failed.
    failed: Vec<Option<usize>>,
    /// True if reads show the order of the writes.
    are_ordered: bool,
    /// The removals that may have been done, for values that somebody brought.
    pub(super) removed: BTreeMap<ValueId, (&'k Term, Vec<Numbered<'a>>)>,
}

impl<'k, 'a> Origins<'k, 'a> {
    pub(super) fn of(key: &'k KeyHistory<'a>) -> Origins<'k, 'a> {
        let count = key.writes.iter().map(|write| write.value.place() + 1).max().unwrap_or(0);
        let mut origins = Origins {
            writes: vec![Vec::new(); count],
            failed: vec![None; count],
            are_ordered: key.writes.iter().all(|write| write.operation.action == Action::Append),
            removed: BTreeMap::new(),
        };
        let mut values: BTreeMap<&Term, (&'k Term, ValueId)> = BTreeMap::new();
        for (place, write) in key.writes.iter().enumerate() {
            values.insert(write.term, (write.term, write.value));
            if has_failed(write.operation) {
                origins.failed[write.value.place()] = Some(place);
            } else {
                origins.writes[write.value.place()].push(place);
            }
        }
        for (id, removal) in key.removals.iter().copied().filter(|(_, each)| !has_failed(each)) {
            if let Some((term, value)) = values.get(&removal.value) {
                let entry = origins.removed.entry(*value);
                entry.or_insert_with(|| (term, Vec::new())).1.push((id, removal));
            }
        }
        origins
    }

    /// The writes that may have brought a value.
    pub(super) fn of_value(&self, value: ValueId) -> &[usize] {
        self.writes.get(value.place()).map(Vec::as_slice).unwrap_or_default()
    }

    /// That a read shows what nobody had begun to write before it ended, or more often than that.
    fn out_of_nothing(&self, key: &KeyHistory, shown: &mut Counts, read: &Read) -> Violation {
        let terms = read.answer.as_list().unwrap_or_default();
        read.values.iter().zip(terms).find_map(|(value, term)| {
            let times = shown.count(*value) as usize;
            let writes = self.of_value(*value);
            let source = writes.get(times - 1).map(|place| &key.writes[*place]);
            // What is added twice is there once.
            let added = |write: &&Write| times == 1 || write.operation.action != Action::Add;
            let is_there =
                |write: &&Write| added(write) && !precedes(read.numbered(), write.numbered());
            if source.as_ref().is_some_and(is_there) {
                return None;
            }
            let (text, of_key) = (abridged(term), key.said("of"));
            let failed = self.failed.get(value.place()).copied().flatten();
            let why = match (source, failed) {
                (Some(_), _) if times == 1 => "which nobody had begun to write",
                _ if times > 1 => "more often than it was written",
                (_, Some(_)) => "whose write failed",
                _ => "which nobody wrote",
            };
            let failed = failed.filter(|_| writes.is_empty());
            let places = writes.iter().copied().chain(failed);
            let mut operations: Vec<OperationId> =
                places.map(|place| key.writes[place].id).collect();
            operations.push(read.id);
            let comma = if times > 1 { "" } else { "," };
            Some((format!("a read{of_key} shows {text}{comma} {why}"), operations))
        })
    }

    /// The writes that a read shows, those that can be told apart; an error if some cannot.
    pub(super) fn shown_by(&self, key: &KeyHistory, read: &Read) -> (Vec<usize>, Option<String>) {
        let mut unclear = None;
        let places = read.values.iter().zip(read.answer.as_list().unwrap_or_default());
        let places = places.filter_map(|(value, term)| match self.of_value(*value) {
            [place] => Some(*place),
            [] => None,
            _ => {
                unclear.get_or_insert_with(|| unclear_value(term, key));
                None
            }
        });
        (places.collect(), unclear)
    }

    /// As [`shown_by`](Origins::shown_by), only the last one of a list: it comes after the others.
    pub(super) fn seen_by(&self, key: &KeyHistory, read: &Read) -> (Vec<usize>, Option<String>) {
        let (places, unclear) = self.shown_by(key, read);
        let first = if self.are_ordered { places.len().saturating_sub(1) } else { 0 };
        (places[first..].to_vec(), unclear)
    }
}

fn unclear_value(term: &Term, key: &KeyHistory) -> String {
    let (value, to_key) = (abridged(term), key.said("to"));
    format!(
        "{value} was written{to_key} more than once, so that nobody can tell which a read shows"
    )
}

/// Notes the order in which lists show their writes.
fn put_in_order(examined: &mut Examined, origins: &Origins, trial: &mut Trial) {
    if !origins.are_ordered {
        return;
    }
    let mut last: Vec<usize> = Vec::new();
    for read in &examined.key.reads {
        let (places, unclear) = origins.shown_by(examined.key, read);
        if let Some(unclear) = unclear {
            trial.doubt(|| unclear);
        }
        // Most lists are the last one with a little more.
        let known = last.iter().zip(&places).take_while(|(one, two)| one == two).count();
        for pair in places[known.saturating_sub(1)..].windows(2) {
            let reason = Reason::Shown(Seen::by(read.numbered()));
            examined.order.add(examined.number, [pair[0], pair[1]], reason);
        }
        last = places;
    }
}

/// Goes through what a client did.
fn follow(examined: &Examined, origins: &Origins, session: &[Deed], trial: &mut Trial) {
    let key = examined.key;
    let (mut own, mut before): (Vec<&Write>, Option<&Read>) = (Vec::new(), None);
    let (mut shown, mut needed) = (Counts::default(), Counts::default());
    for deed in session {
        let read = match deed {
            Deed::Wrote(_, write) => {
                if write.operation.is_ok() {
                    own.push(write);
                }
                continue;
            }
            Deed::Read(read) => read,
        };
        shown.begin_with(&read.values);
        needed.clear();
        match (examined.guarantee, before) {
            (Guarantee::ReadYourWrites, _) => {
                for own in own.iter().filter(|own| precedes(own.numbered(), read.numbered())) {
                    let times = times_needed(&mut needed, own.value, own.operation.action);
                    let gone = shown.of(own.value) < times;
                    let gone = gone && !origins.removed.contains_key(&own.value);
                    trial.test(gone.then(|| missing(own, read)));
                }
            }
            (Guarantee::MonotonicReads, Some(before)) => {
                trial.test(went_back(key, origins, before, &shown, &mut needed, read));
            }
            (
                Guarantee::MonotonicReads
                | Guarantee::MonotonicWrites
                | Guarantee::WritesFollowReads,
                _,
            ) => {}
        }
        before = Some(read);
    }
}

/// The number of times that a value has to be shown that was written once more: one that is only added
/// is there once.
fn times_needed(needed: &mut Counts, value: ValueId, action: Action) -> u32 {
    let times = needed.count(value);
    if action == Action::Add { 1 } else { times }
}

fn missing(own: &Write, read: &Read) -> (String, Vec<OperationId>) {
    let value = abridged(own.term);
    let why = format!("the client appended {value}, and its later read does not show it");
    (why, vec![own.id, read.id])
}

/// The values that a read showed and the next one of the same client does not.
fn went_back(
    key: &KeyHistory,
    origins: &Origins,
    before: &Read,
    shown: &Counts,
    needed: &mut Counts,
    read: &Read,
) -> Violation {
    let terms = before.answer.as_list().unwrap_or_default();
    let mut seen = before.values.iter().zip(terms);
    let (_, gone) = seen.find(|(value, _)| {
        let is_gone = needed.count(**value) > shown.of(**value);
        is_gone && !origins.removed.contains_key(*value)
    })?;
    let (gone, of_key) = (abridged(gone), key.said("of"));
    Some((format!("a client saw {gone}{of_key}, and later did not"), vec![before.id, read.id]))
}

/// Counts the reads that show the order of two writes of one client.
fn test_writes_of_one_client(key: &KeyHistory, origins: &Origins, trial: &mut Trial) {
    if !origins.are_ordered {
        return;
    }
    for read in &key.reads {
        let (places, _) = origins.shown_by(key, read);
        let client = |place: &usize| {
            let operation = key.writes[*place].operation;
            (operation.workload, operation.client)
        };
        let mut clients: Vec<_> = places.iter().map(client).collect();
        clients.sort_unstable();
        if clients.windows(2).any(|pair| pair[0] == pair[1]) {
            trial.test(None);
        }
    }
}
