//! What a client may rely on for itself.

use std::collections::BTreeMap;

use super::{Examination, Trial, Violation};
use crate::check::abridged;
use crate::check::keys::{Counts, KeyHistories, KeyHistory, Kind, Read, Write, precedes};
use crate::history::OperationId;
use crate::term::Atom;

/// What one client did with a key.
#[derive(Default)]
struct Session<'k, 'a> {
    /// The writes that were acknowledged.
    writes: Vec<&'k Write<'a>>,
    reads: Vec<&'k Read<'a>>,
}

fn sessions<'k, 'a>(
    key: &'k KeyHistory<'a>,
) -> impl Iterator<Item = Session<'k, 'a>> + use<'k, 'a> {
    let mut clients: BTreeMap<(Atom, u32), Session> = BTreeMap::new();
    for write in key.acknowledged() {
        let client = (write.operation.workload, write.operation.client);
        clients.entry(client).or_default().writes.push(write);
    }
    for read in &key.reads {
        let client = (read.operation.workload, read.operation.client);
        clients.entry(client).or_default().reads.push(read);
    }
    clients.into_values()
}

pub(super) fn read_your_writes(keys: &KeyHistories) -> Examination {
    let mut trial = Trial::default();
    for key in &keys.keys {
        for Session { writes, reads } in sessions(key) {
            let mut shown = Counts::default();
            for read in reads {
                let mut own = writes.iter().filter(|own| precedes(own.numbered(), read.numbered()));
                match key.kind {
                    Kind::Collection => {
                        shown.begin_with(&read.values);
                        own.for_each(|own| trial.test(missing(key, &shown, read, own)));
                    }
                    Kind::Register => {
                        if let Some(last) = own.next_back() {
                            let older = key.is_older(read.answer, last);
                            trial.test(older.then(|| outdated(read, last)));
                        }
                    }
                    Kind::Queue | Kind::Other => {}
                }
            }
        }
    }
    trial.examination("no client read what it had written")
}

fn missing(key: &KeyHistory, shown: &Counts, read: &Read, own: &Write) -> Violation {
    let gone = shown.of(own.value) == 0 && !key.may_be_gone(own.term, read);
    gone.then(|| {
        let value = abridged(own.term);
        let why = format!("the client appended {value}, and its later read does not show it");
        (why, vec![own.id, read.id])
    })
}

fn outdated(read: &Read, last: &Write) -> (String, Vec<OperationId>) {
    let (value, answer) = (abridged(last.term), abridged(read.answer));
    let why =
        format!("the client wrote {value}, and its later read shows {answer}, which is older");
    (why, vec![last.id, read.id])
}

pub(super) fn monotonic_reads(keys: &KeyHistories) -> Examination {
    let mut trial = Trial::default();
    for key in &keys.keys {
        for Session { reads, .. } in sessions(key) {
            let mut shown = Counts::default();
            for (index, read) in reads.iter().enumerate() {
                let mut before = reads[..index].iter().rev();
                let before = before.find(|other| precedes(other.numbered(), read.numbered()));
                if let Some(before) = before {
                    shown.begin_with(&read.values);
                    trial.test(went_back(key, before, &shown, read));
                }
            }
        }
    }
    trial.examination("no client read a key twice")
}

/// What a read showed that the next one of the same client does not.
fn went_back(key: &KeyHistory, before: &Read, shown: &Counts, read: &Read) -> Violation {
    let found = |why| Some((why, vec![before.id, read.id]));
    match key.kind {
        Kind::Collection => {
            let terms = before.answer.as_list().unwrap_or_default();
            let mut seen = before.values.iter().zip(terms);
            let (_, gone) =
                seen.find(|(value, term)| shown.of(**value) == 0 && !key.may_be_gone(term, read))?;
            let (gone, key) = (abridged(gone), key.key);
            found(format!("a client saw {gone} of {key}, and later did not"))
        }
        Kind::Register => {
            let mut sources = key.possible().filter(|write| write.term == before.answer);
            let (source, None) = (sources.next()?, sources.next()) else { return None };
            if !key.is_older(read.answer, source) {
                return None;
            }
            let (new, old, key) = (abridged(before.answer), abridged(read.answer), key.key);
            found(format!("a client saw {new} in {key}, and later {old}, which is older"))
        }
        Kind::Queue | Kind::Other => None,
    }
}
