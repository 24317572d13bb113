//! Values that merge. A merge is commutative, associative and idempotent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CrdtMutation, Kind};
use crate::engine::term::{Pid, Term};

/// A value of one of the types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MergeValue {
    Counter(PnCounter),
    Set(ObservedRemoveSet),
    Register(LastWriteRegister),
}

/// A number, by what each replica has added and taken away (a PN-counter). A replica that has started
/// again is another one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PnCounter {
    added: BTreeMap<Pid, u64>,
    taken: BTreeMap<Pid, u64>,
}

/// A set of values, each with the acts of adding it (an OR-set). To remove a value is to remove the acts
/// that one has seen: an act at the same time stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ObservedRemoveSet {
    acts: BTreeMap<Act, Term>,
    removed: BTreeSet<Act>,
}

/// The act of adding a value: the replica, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Act(pub(super) Pid, pub(super) u64);

/// A value with the stamp of its write: the last writer wins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LastWriteRegister {
    value: Term,
    /// The time in nanoseconds, and the replica, which tells two at the same time apart.
    stamp: Option<(u64, Pid)>,
}

impl MergeValue {
    pub(super) fn new(kind: Kind) -> MergeValue {
        match kind {
            Kind::Counter => MergeValue::Counter(PnCounter::default()),
            Kind::Set => MergeValue::Set(ObservedRemoveSet::default()),
            Kind::Register => MergeValue::Register(LastWriteRegister::default()),
        }
    }

    /// The value that a read shows.
    pub(super) fn shown(&self) -> Term {
        match self {
            MergeValue::Counter(counter) => Term::from(counter.total()),
            MergeValue::Set(set) => set.values().into_iter().collect(),
            MergeValue::Register(register) => register.value.clone(),
        }
    }

    /// Takes in what another replica has. Those of different types do not meet.
    pub(super) fn merge(&mut self, other: &MergeValue, mutation: CrdtMutation) {
        match (self, other) {
            (MergeValue::Counter(own), MergeValue::Counter(other)) => own.merge(other, mutation),
            (MergeValue::Set(own), MergeValue::Set(other)) => own.merge(other, mutation),
            (MergeValue::Register(own), MergeValue::Register(other)) => own.merge(other),
            (MergeValue::Counter(_) | MergeValue::Set(_) | MergeValue::Register(_), _) => {}
        }
    }
}

impl PnCounter {
    pub(super) fn add(&mut self, replica: Pid, number: i64) {
        let side = if number < 0 { &mut self.taken } else { &mut self.added };
        *side.entry(replica).or_default() += number.unsigned_abs();
    }

    fn total(&self) -> i64 {
        let sum = |side: &BTreeMap<Pid, u64>| side.values().sum::<u64>().cast_signed();
        sum(&self.added) - sum(&self.taken)
    }

    /// For each replica the greater number is the later one.
    fn merge(&mut self, other: &PnCounter, mutation: CrdtMutation) {
        for (own, other) in [(&mut self.added, &other.added), (&mut self.taken, &other.taken)] {
            for (replica, number) in other {
                let known = own.entry(*replica).or_default();
                *known = match mutation {
                    CrdtMutation::AddTotals => known.saturating_add(*number).min(u64::MAX >> 8),
                    CrdtMutation::None | CrdtMutation::NoTags => *number.max(known),
                };
            }
        }
    }
}

impl ObservedRemoveSet {
    pub(super) fn add(&mut self, act: Act, value: Term) {
        self.acts.insert(act, value);
    }

    /// Removes the acts that are known of a value.
    pub(super) fn remove(&mut self, value: &Term) {
        let known: Vec<Act> =
            self.acts.iter().filter(|(_, each)| *each == value).map(|(act, _)| *act).collect();
        self.removed.extend(known);
    }

    fn values(&self) -> BTreeSet<Term> {
        let is_there = |(act, _): &(&Act, &Term)| !self.removed.contains(act);
        self.acts.iter().filter(is_there).map(|(_, value)| value.clone()).collect()
    }

    /// The acts of both, without those that either has removed.
    fn merge(&mut self, other: &ObservedRemoveSet, mutation: CrdtMutation) {
        self.acts.extend(other.acts.iter().map(|(act, value)| (*act, value.clone())));
        self.removed.extend(&other.removed);
        if mutation == CrdtMutation::NoTags {
            let gone: Vec<Term> =
                self.removed.iter().filter_map(|act| self.acts.get(act)).cloned().collect();
            for value in &gone {
                self.remove(value);
            }
        }
    }
}

impl Default for LastWriteRegister {
    fn default() -> LastWriteRegister {
        LastWriteRegister { value: Term::atom("undefined"), stamp: None }
    }
}

impl LastWriteRegister {
    /// Writes a value, unless there is one with a later stamp.
    pub(super) fn write(&mut self, stamp: (u64, Pid), value: Term) {
        if Some(stamp) > self.stamp {
            *self = LastWriteRegister { value, stamp: Some(stamp) };
        }
    }

    /// The time of its stamp.
    pub(super) fn written_at(&self) -> u64 {
        self.stamp.map_or(0, |(time, _)| time)
    }

    fn merge(&mut self, other: &LastWriteRegister) {
        if let Some(stamp) = other.stamp {
            self.write(stamp, other.value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::term::{Atom, from_term, to_term};

    fn replica(number: u32) -> Pid {
        Pid::new(Atom::new("r@a"), 1, number, 0)
    }

    /// The replica that does it, and what: a number to add, or a value to add, remove or write.
    type Step = (u32, i64, bool);

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        proptest::collection::vec((0_u32..3, -4_i64..5, any::<bool>()), 0..8)
    }

    /// The value after these steps, whose numbers begin at one that nobody else uses.
    fn after(kind: Kind, first: u64, steps: &[Step]) -> MergeValue {
        let mut value = MergeValue::new(kind);
        for (number, (by, what, adds)) in (first..).zip(steps) {
            let by = replica(first as u32 + by);
            match &mut value {
                MergeValue::Counter(counter) => counter.add(by, *what),
                MergeValue::Set(set) if *adds => set.add(Act(by, number), Term::from(*what)),
                MergeValue::Set(set) => set.remove(&Term::from(*what)),
                MergeValue::Register(register) => {
                    register.write((what.unsigned_abs(), by), Term::from(number));
                }
            }
        }
        value
    }

    fn merged(one: &MergeValue, other: &MergeValue) -> MergeValue {
        let mut merged = one.clone();
        merged.merge(other, CrdtMutation::None);
        merged
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_states_are_merged(a in steps(), b in steps(), c in steps()) {
            for kind in [Kind::Counter, Kind::Set, Kind::Register] {
                let [a, b, c] = [(100, &a), (200, &b), (300, &c)].map(|(n, steps)| after(kind, n, steps));
                prop_assert_eq!(merged(&a, &b), merged(&b, &a));
                prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
                prop_assert_eq!(merged(&a, &a), a.clone());
                let term = to_term(&a).unwrap();
                prop_assert_eq!(from_term::<MergeValue>(&term).unwrap(), a);
            }
        }
    }

    #[test]
    fn numbers_of_both_sides_add_up_once() {
        let (one, other) = (replica(1), replica(2));
        let [mut a, mut b] = [PnCounter::default(), PnCounter::default()];
        a.add(one, 5);
        a.add(one, -2);
        b.add(other, 4);
        a.merge(&b, CrdtMutation::None);
        a.merge(&b, CrdtMutation::None);
        assert_eq!(a.total(), 7);
        a.merge(&b, CrdtMutation::AddTotals);
        assert_eq!(a.total(), 11);
    }

    #[test]
    fn what_is_added_while_it_is_removed_stays() {
        let milk = Term::atom("milk");
        let mut a = ObservedRemoveSet::default();
        a.add(Act(replica(1), 1), milk.clone());
        let mut b = a.clone();
        a.remove(&milk);
        b.add(Act(replica(2), 1), milk.clone());
        let merge = |mutation| {
            let mut merged = a.clone();
            merged.merge(&b, mutation);
            merged.values().contains(&milk)
        };
        assert!(a.values().is_empty());
        assert!(merge(CrdtMutation::None) && !merge(CrdtMutation::NoTags));
    }
}
