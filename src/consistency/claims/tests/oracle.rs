//! The guarantees of sessions against trying all that there is: each order of the writes, and for each
//! read each set of writes that it may have seen.

use std::time::Duration;

use super::super::{Claim, Examination};
use crate::consistency::Numbered;
use crate::consistency::history::{Action, Completion, History, Operation, Outcome};
use crate::consistency::keys::{precedes, same_client};
use crate::consistency::model::has_failed;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

/// Numbers that look like chance, and are the same in each run.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn is(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

/// The subject of a made-up history.
#[derive(Clone, Copy, PartialEq)]
struct Kind {
    write: Action,
    keys: u64,
    /// True if no value is written twice.
    distinct: bool,
}

fn made_up(kind: Kind, lot: &mut Lot) -> History {
    let (mut operations, mut free, mut written) = (Vec::new(), [0; 3], 0);
    for _ in 0..3 + lot.below(5) {
        let client = lot.below(3);
        let invoked = free[client as usize] + lot.below(4);
        let length = lot.below(4);
        free[client as usize] = invoked + length;
        let is_write = written < 4 && lot.is(2);
        written += i64::from(is_write);
        let value = if kind.distinct { written } else { 1 + lot.below(3).cast_signed() };
        let action = if is_write { kind.write } else { Action::Read };
        let outcome = match lot.below(12) {
            0 => Outcome::Unknown(Term::atom("timeout")),
            1 => Outcome::Failed(Term::atom("refused")),
            _ => Outcome::Ok(answer(kind, written, lot)),
        };
        operations.push(Operation {
            workload: Atom::new("users"),
            client: client as u32,
            name: Atom::new(action.name()),
            action,
            key: lot.below(kind.keys).cast_signed().into(),
            value: if is_write { value.into() } else { Term::atom("undefined") },
            invoked: Time::from_nanos(invoked),
            timeout: Duration::ZERO,
            completion: Some(Completion { at: Time::from_nanos(invoked + length), outcome }),
        });
    }
    operations.sort_by_key(|operation| operation.invoked);
    let mut history = History::default();
    for operation in operations {
        history.invoke(operation);
    }
    history
}

/// The values that a read may show; nothing about a write.
fn answer(kind: Kind, written: i64, lot: &mut Lot) -> Term {
    // Mostly something that was written before, and in lists in that order.
    let most = if lot.is(10) { 4 } else { written };
    if kind.write == Action::Write {
        let value = lot.below(most as u64 + 1);
        return if value == 0 { Term::atom("undefined") } else { Term::from(value.cast_signed()) };
    }
    let mut all: Vec<i64> = (1..=most).filter(|_| !lot.is(4)).collect();
    if lot.is(8) {
        all.reverse();
    }
    if !kind.distinct && lot.is(6) {
        all.extend(all.clone());
    }
    all.into_iter().map(Term::from).collect()
}

struct Trying<'h> {
    claim: Claim,
    all: Vec<Numbered<'h>>,
    /// Those that may have taken effect.
    writes: Vec<Numbered<'h>>,
    /// Their order, by their places among them.
    order: Vec<usize>,
}

/// Judges whether there is an order, and what each read saw.
fn some_execution(claim: Claim, history: &History) -> bool {
    let all: Vec<Numbered> = history.iter().collect();
    let may_be = |(_, each): &&Numbered| each.action != Action::Read && !has_failed(each);
    let writes: Vec<Numbered> = all.iter().filter(may_be).copied().collect();
    let mut trying = Trying { claim, all, writes, order: Vec::new() };
    trying.some_order()
}

impl Trying<'_> {
    fn some_order(&mut self) -> bool {
        if self.order.len() == self.writes.len() {
            return (0..3).all(|client| self.goes_on(client, 0, 0));
        }
        (0..self.writes.len()).any(|next| {
            if self.order.contains(&next) {
                return false;
            }
            let ended_first =
                |other: Numbered| other.1.is_ok() && precedes(other, self.writes[next]);
            let left = (0..self.writes.len()).filter(|other| !self.order.contains(other));
            if left.into_iter().any(|other| other != next && ended_first(self.writes[other])) {
                return false;
            }
            self.order.push(next);
            let found = self.some_order();
            self.order.pop();
            found
        })
    }

    fn place(&self, write: usize) -> usize {
        self.order.iter().position(|other| *other == write).unwrap()
    }

    /// True if the rest of a client's operations fits, if its reads have seen these writes.
    fn goes_on(&self, client: u32, from: usize, seen: u32) -> bool {
        let mut rest = self.all[from..].iter();
        let Some(next) = rest.position(|(_, each)| each.client == client) else { return true };
        let (id, operation) = self.all[from + next];
        let after = from + next + 1;
        if operation.action != Action::Read {
            let own = self.writes.iter().position(|(other, _)| *other == id);
            let follows = own.is_none_or(|own| {
                let before = |write: usize| self.place(write) < self.place(own);
                (0..self.writes.len()).all(|write| seen & (1 << write) == 0 || before(write))
            });
            return (self.claim != Claim::WritesFollowReads || follows)
                && self.goes_on(client, after, seen);
        }
        let Some(answer) = operation.answer() else { return self.goes_on(client, after, seen) };
        (0..1_u32 << self.writes.len()).any(|sees| {
            self.may_see((id, operation), sees, seen)
                && self.shows(&operation.key, sees) == *answer
                && self.goes_on(client, after, seen | sees)
        })
    }

    fn may_see(&self, read: Numbered, sees: u32, before: u32) -> bool {
        let sees_it = |write: usize| sees & (1 << write) != 0;
        let own = |write: &Numbered| {
            write.1.is_ok() && same_client(*write, read) && precedes(*write, read)
        };
        let mut writes = self.writes.iter().enumerate();
        let possible = writes.all(|(place, write)| {
            let needed = self.claim == Claim::ReadYourWrites && own(write);
            (sees_it(place) || !needed) && !(sees_it(place) && precedes(read, *write))
        });
        possible && (self.claim != Claim::MonotonicReads || before & !sees == 0)
    }

    /// The contents of a key after these writes in their order.
    fn shows(&self, key: &Term, sees: u32) -> Term {
        let writes = self.order.iter().filter(|write| sees & (1 << **write) != 0);
        let writes = writes.map(|write| self.writes[*write].1).filter(|write| write.key == *key);
        let appends = self.all.iter().any(|(_, each)| each.action == Action::Append);
        let values: Vec<Term> = writes.map(|write| write.value.clone()).collect();
        let lists = |(_, each): &Numbered| {
            let answer = each.answer().filter(|_| each.action == Action::Read);
            answer.is_some_and(|answer| answer.as_list().is_some())
        };
        if appends || self.all.iter().any(lists) {
            values.into()
        } else {
            values.last().cloned().unwrap_or_else(|| Term::atom("undefined"))
        }
    }
}

/// Compares to trying all, and returns how many held, were violated and were unknown.
fn compare(claim: Claim, kind: Kind, count: usize) -> [usize; 3] {
    let mut lot = Lot(kind.keys + u64::from(kind.distinct));
    let mut counts = [0; 3];
    for _ in 0..count {
        let history = made_up(kind, &mut lot);
        let found = claim.examine(history.iter());
        let expected = some_execution(claim, &history);
        let told = || {
            let all = history.iter().map(|(id, it)| {
                let Operation { client, name, key, value, invoked, completion, .. } = it;
                format!("{id:?} {client}: {name} {key} {value} {invoked:?} {completion:?}")
            });
            format!("{claim:?} {found:?} {expected}\n{}", all.collect::<Vec<_>>().join("\n"))
        };
        match &found {
            Examination::Holds => assert!(expected, "{}", told()),
            Examination::Violated(..) => assert!(!expected, "{}", told()),
            Examination::Inconclusive(_) => assert!(expected || !kind.distinct, "{}", told()),
        }
        let place = match found {
            Examination::Holds => 0,
            Examination::Violated(..) => 1,
            Examination::Inconclusive(_) => 2,
        };
        counts[place] += 1;
    }
    counts
}

const CLAIMS: [Claim; 4] = [
    Claim::ReadYourWrites,
    Claim::MonotonicReads,
    Claim::MonotonicWrites,
    Claim::WritesFollowReads,
];

#[test]
fn registers_bear_a_guarantee_out_exactly_if_there_is_an_execution() {
    for (keys, distinct) in [(1, true), (1, false), (2, true)] {
        let kind = Kind { write: Action::Write, keys, distinct };
        for claim in CLAIMS {
            let [held, violated, unknown] = compare(claim, kind, 10_000);
            let of_reads = matches!(claim, Claim::ReadYourWrites | Claim::MonotonicReads);
            assert!(held > 50 || !of_reads, "{claim:?} {held} {violated} {unknown}");
            assert!(violated > 500 && unknown > 500, "{claim:?} {held} {violated} {unknown}");
        }
    }
}

#[test]
fn lists_bear_a_guarantee_out_exactly_if_there_is_an_execution() {
    for (keys, distinct) in [(1, true), (1, false), (2, true)] {
        let kind = Kind { write: Action::Append, keys, distinct };
        for claim in CLAIMS {
            let [held, violated, unknown] = compare(claim, kind, 10_000);
            assert!(held > 10, "{claim:?} {held} {violated} {unknown}");
            assert!(violated > 500 && unknown > 100, "{claim:?} {held} {violated} {unknown}");
        }
    }
}
