//! Judges whether a service that does one thing after the other could have produced a history.

use std::collections::BTreeMap;

use super::model::{Model, Product, Unfit, is_modelled};
use super::search::{Called, Found, Ordering, Search, in_order, steps, until};
use crate::consistency::history::{Operation, OperationId};
use crate::engine::term::Term;
use crate::engine::time::Time;

/// An operation with its place in the history.
pub type Numbered<'a> = (OperationId, &'a Operation);

/// The limits of a search.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// About how many bytes it may take to remember what was tried, over all keys. As each new
    /// attempt is remembered, this bounds the search, in the same way on every machine.
    pub memory: usize,
    /// Asked now and then; a search that is interrupted decides nothing.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// The judgement on a history after a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// There is an order of the operations that explains it.
    Explained,
    /// There is none.
    Unexplained(Refutation),
    /// The search was given up, and why.
    Undecided(Limit),
}

/// The one of the [`Limits`] that ended a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It would have taken more memory.
    Memory,
    /// It was interrupted.
    Interrupted,
}

/// The beginning of a history that cannot be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refutation {
    /// The key whose operations cannot be explained; `None` if only those of several together
    /// cannot.
    pub key: Option<Term>,
    /// The operation whose answer nothing explains, if all that ended before it has to be.
    pub operation: OperationId,
    /// Its end: what was going on then is of unknown outcome, what was begun later does not
    /// matter. Only what failed is taken to have failed all along. For sequential consistency the
    /// end of the history, as what is done later may explain what was seen before.
    pub until: Time,
    /// True if everything that ended before this can be explained. Otherwise a limit was hit before
    /// that was known, or it is about sequential consistency.
    pub shortest: bool,
    /// Possible states right before the answer: a few, or none if it would take too long to find
    /// them.
    pub states: Vec<String>,
    /// The operations that contradict each other, in the order of their invocation: no order
    /// explains them, whatever became of all others that were begun by then, and each of them is
    /// needed for that. None if that would take too long to find out.
    pub contradicting: Vec<OperationId>,
}

impl Limits<'_> {
    /// Limits that are the same on every machine: this many bytes.
    #[must_use]
    pub const fn memory(bytes: usize) -> Limits<'static> {
        Limits { memory: bytes, interrupted: &|| false }
    }
}

/// Checks that a history is linearizable (Herlihy and Wing, *Linearizability: a correctness
/// condition for concurrent objects*, 1990): that its operations could have taken effect one after
/// the other, each at an instant between its invocation and its completion. An operation of unknown
/// outcome may have taken effect at any time after its invocation, or never; one that failed has
/// not.
///
/// Linearizability is local, so that each key is searched on its own. They take turns, and the
/// first that cannot be explained ends the search. Operations that touch at an instant count as
/// concurrent, but for two of one client on one key: where two clients go from one key to another at
/// the very same instant, the order of each is not held against the other.
///
/// # Errors
/// The first operation that the model can make no sense of, and why.
pub fn linearizable<'a, M: Model>(
    operations: impl IntoIterator<Item = Numbered<'a>>,
    model: &M,
    limits: Limits,
) -> Result<Judgement, (OperationId, Unfit)> {
    Judge { model, ordering: Ordering::RealTime, limits }.judge(&by_key(operations))
}

/// Checks that a history is sequentially consistent (Lamport, *How to make a multiprocessor computer
/// that correctly executes multiprocess programs*, 1979): that its operations could have taken
/// effect one after the other, those of each client in their order.
///
/// This is not local: all keys are searched together.
///
/// # Errors
/// The first operation that the model can make no sense of, and why.
pub fn sequentially_consistent<'a, M: Model>(
    operations: impl IntoIterator<Item = Numbered<'a>>,
    model: &M,
    limits: Limits,
) -> Result<Judgement, (OperationId, Unfit)> {
    let operations: Vec<Numbered> = operations.into_iter().collect();
    // What is linearizable is sequentially consistent, and what is not so on one key is not so on
    // all: both are found sooner.
    let keys = by_key(operations.iter().copied());
    let in_real_time = Judge { model, ordering: Ordering::RealTime, limits };
    if in_real_time.judge(&keys)? == Judgement::Explained {
        return Ok(Judgement::Explained);
    }
    let on_each_key = Judge { model, ordering: Ordering::Program, limits }.judge(&keys)?;
    if keys.len() < 2 || matches!(on_each_key, Judgement::Unexplained(_)) {
        return Ok(on_each_key);
    }
    let model = &Product(model);
    let all = Group { key: None, operations };
    Judge { model, ordering: Ordering::Program, limits }.judge(&[all])
}

/// The operations of each key, in the order of the keys.
fn by_key<'a>(operations: impl IntoIterator<Item = Numbered<'a>>) -> Vec<Group<'a>> {
    let mut keys: BTreeMap<&Term, Vec<Numbered>> = BTreeMap::new();
    for (id, operation) in operations {
        keys.entry(&operation.key).or_default().push((id, operation));
    }
    keys.into_iter().map(|(key, operations)| Group { key: Some(key), operations }).collect()
}

/// Operations that can be explained for themselves.
struct Group<'a> {
    key: Option<&'a Term>,
    operations: Vec<Numbered<'a>>,
}

struct Judge<'l, 'm, M> {
    model: &'m M,
    ordering: Ordering,
    limits: Limits<'l>,
}

/// The result of a search that was not interrupted.
type Outcome = Result<Found, Limit>;

/// An operation as it was seen, and what it means if its outcome is unknown.
type Doubtful<'o, C> = (Called<'o, C>, C);

/// The number of steps that a search takes at its turn.
const TURN: u64 = 1_024;

impl<M: Model> Judge<'_, '_, M> {
    fn judge(&self, groups: &[Group]) -> Result<Judgement, (OperationId, Unfit)> {
        let mut searches = Vec::with_capacity(groups.len());
        for group in groups {
            let steps = steps(self.model, group.operations.iter().copied(), self.ordering)?;
            searches.push(Some(Search::new(self.model, steps)));
        }
        Ok(match self.take_turns(searches) {
            Ok(None) => Judgement::Explained,
            Ok(Some((index, stuck_at))) => Judgement::Unexplained(match self.ordering {
                Ordering::RealTime => self.first_refutation(groups, index, stuck_at),
                Ordering::Program => self.refutation_as_a_whole(&groups[index]),
            }),
            Err(limit) => Judgement::Undecided(limit),
        })
    }

    /// Lets the searches go on in turn until one has no explanation: its place, and where it is
    /// stuck.
    fn take_turns(
        &self,
        mut searches: Vec<Option<Search<M>>>,
    ) -> Result<Option<(usize, Option<u32>)>, Limit> {
        let mut given_up = None;
        while searches.iter().any(Option::is_some) {
            for index in 0..searches.len() {
                let Some(search) = &mut searches[index] else { continue };
                match search.go_on(TURN) {
                    Some(Found::Nothing { stuck_at, .. }) => return Ok(Some((index, stuck_at))),
                    Some(Found::Order(_)) => searches[index] = None,
                    None if (self.limits.interrupted)() => return Err(Limit::Interrupted),
                    None => {
                        let bytes = searches.iter().flatten().map(Search::bytes).sum::<usize>();
                        if bytes > self.limits.memory {
                            // The others may still find out.
                            searches[index] = None;
                            given_up = Some(Limit::Memory);
                        }
                    }
                }
            }
        }
        given_up.map_or(Ok(None), Err)
    }

    /// The shortest beginning of the history that cannot be explained, given a group that cannot,
    /// and the operations in it that contradict each other.
    fn first_refutation(
        &self,
        groups: &[Group],
        index: usize,
        stuck_at: Option<u32>,
    ) -> Refutation {
        let earliest = self.earliest(groups, index, stuck_at);
        let group = groups.iter().find(|group| group.key == earliest.key.as_ref());
        let contradicting = group.and_then(|group| self.contradicting(group, earliest.until));
        Refutation { contradicting: contradicting.unwrap_or_default(), ..earliest }
    }

    /// The evidence against a group where the order of time does not count: later operations may
    /// explain what was seen before, so that it is all of the group.
    fn refutation_as_a_whole(&self, group: &Group) -> Refutation {
        let contradicting = self.contradicting(group, Time::MAX).unwrap_or_default();
        let all: Vec<(Time, OperationId)> = group.operations.iter().filter_map(end).collect();
        let until = all.iter().map(|(end, _)| *end).max().unwrap_or_default();
        let is_against = |id: &OperationId| contradicting.is_empty() || contradicting.contains(id);
        let last = all.iter().filter(|(_, id)| is_against(id)).max();
        let operation = last.map_or(OperationId(0), |(_, id)| *id);
        let (key, states) = (group.key.cloned(), Vec::new());
        Refutation { key, operation, until, shortest: false, states, contradicting }
    }

    /// The shortest beginning of the history that cannot be explained, given a group that cannot.
    fn earliest(&self, groups: &[Group], index: usize, stuck_at: Option<u32>) -> Refutation {
        let mut earliest = self.shortest(&groups[index], stuck_at, None);
        for (other, group) in groups.iter().enumerate().filter(|(other, _)| *other != index) {
            match self.search_until(group, earliest.until) {
                Ok(Found::Order(_)) => {}
                Ok(Found::Nothing { stuck_at, .. }) => {
                    let shortest = earliest.shortest;
                    earliest = self.shortest(&groups[other], stuck_at, Some(earliest.until));
                    earliest.shortest &= shortest;
                }
                Err(_) => earliest.shortest = false,
            }
        }
        earliest
    }

    /// The shortest beginning of a group that cannot be explained, given that it cannot up to
    /// `last`, and where the search for all of it was stuck.
    fn shortest(&self, group: &Group, stuck_at: Option<u32>, last: Option<Time>) -> Refutation {
        let mut ends: Vec<(Time, OperationId)> = group.operations.iter().filter_map(end).collect();
        ends.sort_unstable();
        ends.retain(|(end, _)| last.is_none_or(|last| *end <= last));
        // Up to `low` it can be explained, up to `high` it cannot.
        let (mut low, mut high) = (0, ends.len());
        let stuck = stuck_at.and_then(|stuck| ends.iter().position(|(_, id)| id.0 == stuck));
        // Where the search is stuck is the end that is looked for, unless it knew too much.
        let mut middle = stuck.map_or(high / 2, |stuck| stuck + 1);
        low = stuck.unwrap_or(low);
        let mut shortest = true;
        while low + 1 < high {
            match self.search_until(group, ends[middle - 1].0) {
                Ok(Found::Order(_)) => low = middle,
                Ok(Found::Nothing { .. }) => high = middle,
                Err(_) => {
                    shortest = false;
                    break;
                }
            }
            middle = low.midpoint(high);
        }
        let (until, operation) = ends[high - 1];
        let states = self.states_before(group, operation, until);
        let (key, contradicting) = (group.key.cloned(), Vec::new());
        Refutation { key, operation, until, shortest, states, contradicting }
    }

    /// Searches a group up to an instant.
    fn search_until(&self, group: &Group, last: Time) -> Outcome {
        let mut search = self.beginning(group, last, true);
        loop {
            if let Some(found) = search.go_on(TURN) {
                return Ok(found);
            }
            if (self.limits.interrupted)() {
                return Err(Limit::Interrupted);
            }
            if search.bytes() > self.limits.memory {
                return Err(Limit::Memory);
            }
        }
    }

    /// The states before an answer that breaks the history.
    fn states_before(&self, group: &Group, operation: OperationId, until: Time) -> Vec<String> {
        /// The number of steps that the answer is worth, and of candidates for them.
        const STEPS_MAX: u64 = 100_000;
        const CANDIDATES_MAX: u64 = 1_000_000;
        let mut search = self.beginning(group, until, false);
        for _ in 0..STEPS_MAX / TURN {
            match search.go_on(TURN) {
                Some(Found::Nothing { stuck_at, states }) if stuck_at == Some(operation.0) => {
                    return states;
                }
                Some(_) => break,
                None if (self.limits.interrupted)() => break,
                None if search.looked_at() > CANDIDATES_MAX => break,
                None => {}
            }
        }
        Vec::new()
    }

    /// The operations of a group up to an instant that contradict each other. Those that are not
    /// needed for it are found by taking them to be of unknown outcome, many at a time and then
    /// fewer (as Zeller and Hildebrandt do it, *Simplifying and isolating failure-inducing input*,
    /// 2002): where there is no order even then, they are not.
    fn contradicting(&self, group: &Group, last: Time) -> Option<Vec<OperationId>> {
        /// About how many operations and steps all searches may take together, and how many candidates
        /// for them they may look at.
        const BUDGET: Budget = Budget { steps: 1_000_000, candidates: 2_000_000 };
        let cut = until(group.operations.iter().copied(), last);
        let all = self.doubtful(&cut)?;
        let mut needed: Vec<bool> = all.iter().map(|(known, _)| known.required).collect();
        let (mut budget, mut length) = (BUDGET, all.len());
        while length > 1 {
            length = length.div_ceil(2);
            for start in (0..all.len()).step_by(length) {
                let chunk = start..all.len().min(start + length);
                if !needed[chunk.clone()].contains(&true) {
                    continue;
                }
                let mut fewer = needed.clone();
                fewer[chunk].fill(false);
                if self.contradict(&all, &fewer, &mut budget)? {
                    needed = fewer;
                }
            }
        }
        let found = all.iter().zip(needed).filter(|(_, needed)| *needed);
        Some(found.map(|((known, _), _)| known.id).collect())
    }

    /// Operations with what they mean as they were seen, and if their outcome is unknown.
    fn doubtful<'o>(
        &self,
        operations: &'o [(OperationId, Operation)],
    ) -> Option<Vec<Doubtful<'o, M::Call>>> {
        let modelled = operations.iter().filter(|(_, operation)| is_modelled(operation));
        let both = modelled.map(|(id, operation)| {
            let call = self.model.call(operation).ok()?;
            let unknown = Operation { completion: None, ..operation.clone() };
            let unknown = self.model.call(&unknown).ok()?;
            Some((Called { id: *id, operation, call, required: operation.is_ok() }, unknown))
        });
        both.collect()
    }

    /// True if there is no order of operations of which only these are known to be done; `None` if the
    /// budget is used up, or there is no more time.
    fn contradict(
        &self,
        all: &[Doubtful<M::Call>],
        known: &[bool],
        budget: &mut Budget,
    ) -> Option<bool> {
        /// The most turns of [`TURN`] steps for a single search.
        const TURNS_MAX: u64 = 16;
        let called = all.iter().zip(known).map(|((seen, unknown), is_known)| {
            let call = if *is_known { &seen.call } else { unknown };
            Called { call: call.clone(), required: *is_known, ..seen.clone() }
        });
        let called: Vec<Called<M::Call>> = called.collect();
        budget.take(called.len() as u64, 0)?;
        let mut search = Search::new(self.model, in_order(called, self.ordering));
        let mut looked_at = 0;
        for _ in 0..TURNS_MAX {
            match search.go_on(TURN) {
                Some(found) => return Some(matches!(found, Found::Nothing { .. })),
                None if (self.limits.interrupted)() => return None,
                None => {
                    budget.take(TURN, search.looked_at() - looked_at)?;
                    looked_at = search.looked_at();
                }
            }
        }
        Some(false)
    }

    fn beginning(&self, group: &Group, last: Time, looks_ahead: bool) -> Search<'_, M> {
        let cut = until(group.operations.iter().copied(), last);
        let cut = cut.iter().map(|(id, operation)| (*id, operation));
        let steps = steps(self.model, cut, self.ordering);
        let steps = steps.unwrap_or_else(|_| unreachable!("the model knows all of them"));
        if looks_ahead { Search::new(self.model, steps) } else { Search::blind(self.model, steps) }
    }
}

/// The work that is left to searches.
#[derive(Clone, Copy)]
struct Budget {
    steps: u64,
    candidates: u64,
}

impl Budget {
    /// Takes this away; `None` if there is less.
    fn take(&mut self, steps: u64, candidates: u64) -> Option<()> {
        self.steps = self.steps.checked_sub(steps)?;
        self.candidates = self.candidates.checked_sub(candidates)?;
        Some(())
    }
}

/// The end of an operation that was answered without an error.
fn end((id, operation): &Numbered) -> Option<(Time, OperationId)> {
    let completion = operation.completion.as_ref().filter(|_| operation.is_ok());
    completion.map(|completion| (completion.at, *id))
}
