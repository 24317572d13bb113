//! The writes of a register, as its reads show them.

use std::collections::BTreeMap;

use super::order::{Reason, Seen};
use super::session::{Deed, Examined, Guarantee, sessions};
use super::{Trial, Violation};
use crate::consistency::history::{Action, OperationId};
use crate::consistency::keys::{KeyHistory, Read, Write, precedes};
use crate::consistency::model::{has_failed, two};
use crate::consistency::{Numbered, abridged};
use crate::engine::term::Term;

/// The possible origins of the value that a read shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// It was there at the beginning.
    Initial,
    /// The only write that brought it, by its place among those of the key.
    Write(usize),
    /// One of several: nobody can tell which.
    Unclear,
}

pub(super) fn check(examined: &mut Examined, trial: &mut Trial) {
    let key = examined.key;
    let sources = Sources::of(key);
    let reads: Vec<Read> = key.writes.iter().filter_map(read_of_cas).collect();
    for read in key.reads.iter().chain(&reads) {
        trial.find(sources.out_of_nothing(key, read));
    }
    for session in sessions(key) {
        follow(examined, &sources, &session, trial);
    }
}

/// A compare-and-set that was done has read what it replaced.
fn read_of_cas<'a>(write: &Write<'a>) -> Option<Read<'a>> {
    let operation = write.operation;
    let is_cas = operation.action == Action::CompareAndSet && operation.is_ok();
    let [answer, _] = two(&operation.value).filter(|_| is_cas)?;
    Some(Read { id: write.id, operation, answer, values: Vec::new().into() })
}

/// The writes of a key by what they bring.
pub(super) struct Sources<'k>(BTreeMap<&'k Term, Vec<usize>>);

impl<'k> Sources<'k> {
    pub(super) fn of(key: &'k KeyHistory) -> Sources<'k> {
        let mut sources = Sources(BTreeMap::new());
        for (place, write) in key.writes.iter().enumerate() {
            sources.0.entry(write.term).or_default().push(place);
        }
        sources
    }

    fn of_value(&self, value: &Term) -> &[usize] {
        self.0.get(value).map(Vec::as_slice).unwrap_or_default()
    }

    /// The writes that may have brought a value, also those that were begun too late.
    fn possible<'s>(
        &'s self,
        key: &'s KeyHistory,
        value: &Term,
    ) -> impl Iterator<Item = usize> + use<'s, 'k> {
        let all = self.of_value(value).iter().copied();
        all.filter(|place| !has_failed(key.writes[*place].operation))
    }

    fn of_read(&self, key: &KeyHistory, read: &Read) -> Source {
        let mut possible = self.possible(key, read.answer);
        match (possible.next(), possible.next(), *read.answer == key.initial) {
            (Some(place), None, false) => Source::Write(place),
            (None, None, true) => Source::Initial,
            _ => Source::Unclear,
        }
    }

    /// The write that a read shows, if one does; an error if nobody can tell which.
    pub(super) fn shown_by(&self, key: &KeyHistory, read: &Read) -> Result<Option<usize>, String> {
        match self.of_read(key, read) {
            Source::Initial => Ok(None),
            Source::Write(place) => Ok(Some(place)),
            Source::Unclear => Err(unclear(key, read)),
        }
    }

    /// That a read shows what nobody had begun to write before it ended.
    fn out_of_nothing(&self, key: &KeyHistory, read: &Read) -> Violation {
        let is_later = |place: &usize| precedes(read.numbered(), key.writes[*place].numbered());
        let mut possible = self.possible(key, read.answer);
        if *read.answer == key.initial || possible.any(|place| !is_later(&place)) {
            return None;
        }
        let (value, of_key) = (abridged(read.answer), key.said("of"));
        let later = self.possible(key, read.answer).next();
        let source = later.or_else(|| self.of_value(read.answer).first().copied());
        let why = match (later, source) {
            (Some(_), _) => {
                format!("a read{of_key} shows {value}, which nobody had begun to write")
            }
            (None, Some(_)) => format!("a read{of_key} shows {value}, whose write failed"),
            (None, None) => format!("a read{of_key} shows {value}, which nobody wrote"),
        };
        let mut shown: Vec<OperationId> =
            source.map(|place| key.writes[place].id).into_iter().collect();
        shown.push(read.id);
        shown.dedup();
        Some((why, shown))
    }

    /// True if every write that a read may show came before this one.
    fn are_older(&self, key: &KeyHistory, read: &Read, write: &Write) -> bool {
        let is_older = |place: usize| {
            let other = &key.writes[place];
            other.operation.is_ok() && precedes(other.numbered(), write.numbered())
        };
        self.possible(key, read.answer).all(is_older)
    }
}

/// Goes through what a client did.
fn follow(examined: &mut Examined, sources: &Sources, session: &[Deed], trial: &mut Trial) {
    let mut last = Last::default();
    for deed in session {
        match deed {
            Deed::Read(read) => last.read(examined, sources, read, trial),
            Deed::Wrote(place, write) => {
                if let Some(read) = read_of_cas(write) {
                    last.read(examined, sources, &read, trial);
                }
                if write.operation.is_ok() {
                    last.written = Some(*place);
                }
            }
        }
    }
}

/// The last writes and reads of a client.
#[derive(Default)]
struct Last<'o> {
    written: Option<usize>,
    /// The last read that shows what somebody wrote, and what.
    seen: Option<(usize, Numbered<'o>)>,
    /// True if it has read something of unknown origin.
    is_unclear: bool,
}

impl<'o> Last<'o> {
    /// Compares a read to what the guarantee says that its client has to see.
    fn read(
        &mut self,
        examined: &mut Examined,
        sources: &Sources,
        read: &Read<'o>,
        trial: &mut Trial,
    ) {
        let key = examined.key;
        let source = sources.of_read(key, read);
        let before = match examined.guarantee {
            Guarantee::ReadYourWrites => self.written.map(|own| {
                (own, key.writes[own].id, Reason::ReadAfterWriting(Seen::by(read.numbered())))
            }),
            Guarantee::MonotonicReads => self.seen.map(|(seen, earlier)| {
                let reason = Reason::ReadLater(Seen::by(earlier), Seen::by(read.numbered()));
                (seen, earlier.0, reason)
            }),
            // A register shows one write at a time, and nothing of the order of two.
            Guarantee::MonotonicWrites | Guarantee::WritesFollowReads => return,
        };
        if let Some((seen, before, reason)) = before {
            let older = sources.are_older(key, read, &key.writes[seen]);
            trial.test(older.then(|| {
                let why = told(examined.guarantee, key, &key.writes[seen], read);
                (why, vec![before, read.id])
            }));
            match source {
                Source::Write(shown) => examined.order.add(examined.number, [seen, shown], reason),
                Source::Unclear => trial.doubt(|| unclear(key, read)),
                Source::Initial => {}
            }
        }
        if examined.guarantee == Guarantee::MonotonicReads && self.is_unclear {
            trial.doubt(|| unclear(key, read));
        }
        match source {
            Source::Write(place) => self.seen = Some((place, read.numbered())),
            Source::Unclear => self.is_unclear = true,
            Source::Initial => {}
        }
    }
}

fn told(guarantee: Guarantee, key: &KeyHistory, seen: &Write, read: &Read) -> String {
    let (value, answer) = (abridged(seen.term), abridged(read.answer));
    if guarantee == Guarantee::ReadYourWrites {
        format!("the client wrote {value}, and its later read shows {answer}, which is older")
    } else {
        let in_key = key.said("in");
        format!("a client saw {value}{in_key}, and later {answer}, which is older")
    }
}

fn unclear(key: &KeyHistory, read: &Read) -> String {
    let (value, in_key) = (abridged(read.answer), key.said("in"));
    format!("{value} was there more than once{in_key}, so that nobody can tell which a read shows")
}
