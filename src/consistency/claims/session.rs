//! Session guarantees: what a client may rely on for itself.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{Order, Reason, Seen};
use super::{Examination, Trial, collections, registers};
use crate::consistency::Numbered;
use crate::consistency::history::{Action, OperationId};
use crate::consistency::keys::{KeyHistories, KeyHistory, KeyKind, Read, ValueId, Write};
use crate::engine::term::Atom;

/// A guarantee of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guarantee {
    ReadYourWrites,
    MonotonicReads,
    MonotonicWrites,
    WritesFollowReads,
}

pub(super) fn check(keys: &KeyHistories, guarantee: Guarantee) -> Examination {
    let mut trial = Trial::default();
    let mut order = Order::of(keys);
    for (number, key) in keys.keys.iter().enumerate() {
        let mut examined = Examined { number, key, guarantee, order: &mut order };
        match key.kind {
            KeyKind::Register => registers::check(&mut examined, &mut trial),
            KeyKind::Collection => collections::check(&mut examined, &mut trial),
            // What comes out of a queue is no read.
            KeyKind::Queue => {}
            KeyKind::Other if key.reads.is_empty() || key.writes.is_empty() => {}
            KeyKind::Other => trial.doubt(|| {
                let of_key = key.said("of");
                let adds = key.writes.iter().all(|write| write.operation.action == Action::Add);
                let what =
                    if adds { "a sum of what is added" } else { "both replaced and added to" };
                format!("what reads{of_key} show is {what}")
            }),
        }
    }
    if guarantee == Guarantee::WritesFollowReads {
        follow_reads(keys, &mut order, &mut trial);
    }
    trial.find(order.contradiction());
    trial.examination(match guarantee {
        Guarantee::ReadYourWrites => "no client read what it had written",
        Guarantee::MonotonicReads => "no client read a key twice",
        Guarantee::MonotonicWrites => "no read shows the order of two writes of one client",
        Guarantee::WritesFollowReads => {
            "no read shows the order of a write and of what its client had read before"
        }
    })
}

/// The writes of a key that can be distinguished.
enum Known<'k, 'a> {
    Register(registers::Sources<'k>),
    Collection(collections::Origins<'k, 'a>),
}

impl<'k, 'a> Known<'k, 'a> {
    fn of(key: &'k KeyHistory<'a>) -> Option<Known<'k, 'a>> {
        match key.kind {
            KeyKind::Register => Some(Known::Register(registers::Sources::of(key))),
            KeyKind::Collection => Some(Known::Collection(collections::Origins::of(key))),
            KeyKind::Queue | KeyKind::Other => None,
        }
    }

    /// The writes that a read shows, of a list only the last one; and why not all.
    fn seen_by(&self, key: &KeyHistory, read: &Read) -> (Vec<usize>, Option<String>) {
        match self {
            Known::Collection(origins) => origins.seen_by(key, read),
            Known::Register(sources) => match sources.shown_by(key, read) {
                Ok(place) => (place.into_iter().collect(), None),
                Err(unclear) => (Vec::new(), Some(unclear)),
            },
        }
    }
}

/// Notes that writes come after what their clients had read, of any key.
fn follow_reads(keys: &KeyHistories, order: &mut Order, trial: &mut Trial) {
    let known: Vec<Option<Known>> = keys.keys.iter().map(Known::of).collect();
    let mut clients: BTreeMap<(Atom, u32), Vec<(usize, Deed)>> = BTreeMap::new();
    for (number, key) in keys.keys.iter().enumerate() {
        for session in sessions(key) {
            let Some(first) = session.first() else { continue };
            let deeds = clients.entry(first.client()).or_default();
            deeds.extend(session.iter().map(|deed| (number, *deed)));
        }
    }
    let shown = Shown::of(keys);
    for deeds in clients.values_mut() {
        deeds.sort_by_key(|(_, deed)| deed.id());
        // What was read since the last write that had ended: it comes before the next ones.
        let mut read: Vec<(usize, usize, &Read)> = Vec::new();
        for (number, deed) in deeds {
            match deed {
                Deed::Read(seen) => {
                    let Some(known) = &known[*number] else { continue };
                    let (places, unclear) = known.seen_by(&keys.keys[*number], seen);
                    if let Some(why) = unclear {
                        trial.doubt(|| why);
                    }
                    read.extend(places.into_iter().map(|place| (*number, place, *seen)));
                }
                Deed::Wrote(place, write) => {
                    for (key, seen, by) in &read {
                        let writes = [(*key, *seen), (*number, *place)];
                        let reason = Reason::WroteAfterReading(Seen::by(by.numbered()));
                        order.add_between(writes, reason);
                        if shown.has(*number, write) {
                            trial.test(None);
                        }
                    }
                    if write.operation.is_ok() {
                        read.clear();
                    }
                }
            }
        }
    }
}

/// The values that lists show, whose order can be told.
struct Shown(BTreeSet<(usize, ValueId)>);

impl Shown {
    fn of(keys: &KeyHistories) -> Shown {
        let lists = keys.keys.iter().enumerate().filter(|(_, key)| {
            let appends = |write: &Write| write.operation.action == Action::Append;
            key.kind == KeyKind::Collection && key.writes.iter().all(appends)
        });
        let values = lists.flat_map(|(number, key)| {
            let values = key.reads.iter().flat_map(|read| read.values.iter());
            values.map(move |value| (number, *value))
        });
        Shown(values.collect())
    }

    fn has(&self, key: usize, write: &Write) -> bool {
        self.0.contains(&(key, write.value))
    }
}

/// A key, what is to be found out of it, and the order of the writes to all keys.
pub(super) struct Examined<'e, 'k, 'a> {
    pub(super) number: usize,
    pub(super) key: &'k KeyHistory<'a>,
    pub(super) guarantee: Guarantee,
    pub(super) order: &'e mut Order<'k, 'a>,
}

/// A write or a read of a client.
#[derive(Clone, Copy)]
pub(super) enum Deed<'k, 'a> {
    /// A write, with its place among those of the key.
    Wrote(usize, &'k Write<'a>),
    Read(&'k Read<'a>),
}

impl Deed<'_, '_> {
    fn id(&self) -> OperationId {
        self.numbered().0
    }

    fn client(&self) -> (Atom, u32) {
        let operation = self.numbered().1;
        (operation.workload, operation.client)
    }

    fn numbered(&self) -> Numbered<'_> {
        match self {
            Deed::Wrote(_, write) => write.numbered(),
            Deed::Read(read) => read.numbered(),
        }
    }
}

/// The operations of each client on a key, in their order.
pub(super) fn sessions<'k, 'a>(key: &'k KeyHistory<'a>) -> Vec<Vec<Deed<'k, 'a>>> {
    let mut clients: BTreeMap<(Atom, u32), Vec<Deed>> = BTreeMap::new();
    let writes = key.writes.iter().enumerate();
    let writes = writes.map(|(place, write)| (write.operation, Deed::Wrote(place, write)));
    let reads = key.reads.iter().map(|read| (read.operation, Deed::Read(read)));
    for (operation, deed) in writes.chain(reads) {
        clients.entry((operation.workload, operation.client)).or_default().push(deed);
    }
    let mut sessions: Vec<Vec<Deed>> = clients.into_values().collect();
    for session in &mut sessions {
        session.sort_by_key(Deed::id);
    }
    sessions
}
