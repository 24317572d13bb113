//! Values of a set that somebody may have removed, as reads show them.

use super::collections::Origins;
use super::session::{Examined, Guarantee};
use super::{Trial, Violation};
use crate::consistency::keys::{KeyHistory, Read, ValueId, Write, precedes, same_client};
use crate::consistency::{Numbered, abridged};
use crate::engine::term::Term;

pub(super) fn check(examined: &Examined, origins: &Origins, trial: &mut Trial) {
    for (value, (term, removals)) in &origins.removed {
        let subject = Subject { key: examined.key, value: *value, term };
        match (origins.of_value(*value), removals.as_slice()) {
            ([write], [removal]) => {
                let write = &examined.key.writes[*write];
                trial.find(subject.contradiction(write, *removal, examined.guarantee));
            }
            (writes, _) => {
                let writes = writes.iter().map(|place| &examined.key.writes[*place]);
                let writes: Vec<&Write> = writes.collect();
                if subject.changes(&writes, removals, examined.guarantee) {
                    trial.doubt(|| {
                        let (value, from) = (abridged(term), subject.key.said("from"));
                        format!("{value} was added or removed{from} more than once, so that nobody can tell what a read shows")
                    });
                }
            }
        }
    }
}

/// A value of a set.
struct Subject<'s, 'a> {
    key: &'s KeyHistory<'a>,
    value: ValueId,
    term: &'s Term,
}

/// The order of a removal and of the write of what it removes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Removed {
    Before,
    After,
}

impl Subject<'_, '_> {
    /// A contradiction to the guarantee, whichever of the write and the removal came first.
    fn contradiction(&self, write: &Write, removal: Numbered, guarantee: Guarantee) -> Violation {
        let ended_first = |one: Numbered, other: Numbered| one.1.is_ok() && precedes(one, other);
        let orders = [
            (Removed::Before, !ended_first(write.numbered(), removal)),
            (Removed::After, !ended_first(removal, write.numbered())),
        ];
        let mut found = None;
        for (removed, _) in orders.into_iter().filter(|(_, can_be)| *can_be) {
            found = Some(match guarantee {
                Guarantee::ReadYourWrites => self.own(write, removal, removed)?,
                Guarantee::MonotonicReads => self.seen(removal, removed)?,
                Guarantee::MonotonicWrites | Guarantee::WritesFollowReads => return None,
            });
        }
        found
    }

    /// A client that does not see what it did to the value.
    fn own(&self, write: &Write, removal: Numbered, removed: Removed) -> Violation {
        self.key.reads.iter().find_map(|read| {
            let own = |other: Numbered| {
                other.1.is_ok()
                    && same_client(other, read.numbered())
                    && precedes(other, read.numbered())
            };
            let value = abridged(self.term);
            if self.shows(read) {
                let is_back = removed == Removed::After && own(removal);
                let why = format!("the client removed {value}, and its later read shows it");
                is_back.then(|| (why, vec![removal.0, read.id]))
            } else {
                let may_be_gone = removed == Removed::After && !precedes(read.numbered(), removal);
                let is_gone = own(write.numbered()) && !may_be_gone;
                let why =
                    format!("the client appended {value}, and its later read does not show it");
                is_gone.then(|| (why, vec![write.id, read.id]))
            }
        })
    }

    /// A client that sees the value go or come back.
    fn seen(&self, removal: Numbered, removed: Removed) -> Violation {
        let (value, from, of) = (abridged(self.term), self.key.said("from"), self.key.said("of"));
        let mut clients: Vec<(Numbered, bool)> = Vec::new();
        for read in &self.key.reads {
            let shows = self.shows(read);
            let known = clients.iter_mut().find(|(last, _)| same_client(*last, read.numbered()));
            let Some((last, is_gone)) = known else {
                if shows {
                    clients.push((read.numbered(), false));
                }
                continue;
            };
            let may_be_gone = removed == Removed::After && !precedes(read.numbered(), removal);
            let why = match (shows, *is_gone) {
                (true, true) => {
                    Some(format!("a client saw {value} removed{from}, and later again"))
                }
                (false, false) if !may_be_gone => {
                    Some(format!("a client saw {value}{of}, and later did not"))
                }
                _ => None,
            };
            if let Some(why) = why {
                return Some((why, vec![last.0, read.id]));
            }
            (*last, *is_gone) = (read.numbered(), !shows);
        }
        None
    }

    /// True if a client sees the value change, or does not see its own change.
    fn changes(&self, writes: &[&Write], removals: &[Numbered], guarantee: Guarantee) -> bool {
        let reads = &self.key.reads;
        match guarantee {
            Guarantee::MonotonicReads => reads.iter().enumerate().any(|(place, read)| {
                let later = reads[place + 1..].iter();
                let mut own = later.filter(|other| same_client(other.numbered(), read.numbered()));
                self.shows(read) && own.any(|other| !self.shows(other))
            }),
            Guarantee::ReadYourWrites => reads.iter().any(|read| {
                let own = |other: Numbered| {
                    other.1.is_ok()
                        && same_client(other, read.numbered())
                        && precedes(other, read.numbered())
                };
                if self.shows(read) {
                    removals.iter().any(|removal| own(*removal))
                } else {
                    writes.iter().any(|write| own(write.numbered()))
                }
            }),
            Guarantee::MonotonicWrites | Guarantee::WritesFollowReads => false,
        }
    }

    fn shows(&self, read: &Read) -> bool {
        read.values.contains(&self.value)
    }
}
