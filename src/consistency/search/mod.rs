//! The search for an order of operations that explains what they answered.
//!
//! It is the algorithm of Wing and Gong (*Testing and verifying concurrent objects*, 1993) with the
//! memory of Lowe (*Testing for linearizability*, 2017): take an operation that may come next, go
//! on, and go back where nothing fits; what was tried once, the same operations done and the same
//! state, is not tried again. Five things that hold for any model keep it short:
//!
//! - An answer that shows what nobody had brought by then has no place in any order, nor has one that shows
//!   a sum which nothing that was added can make.
//! - An operation that fits and never changes anything is taken at once: it can only be in the way.
//! - An operation of unknown outcome is not taken where it changes nothing, and of several that are
//!   the same the one that was invoked first is taken first.
//! - A state that cannot become what the next answer shows is given up
//!   ([`Model::leads_to`](super::model::Model::leads_to)).
//! - Where values come out in the order in which they go in, one that came out before another one is
//!   taken to go in before it.

mod candidates;
mod first_out;
mod memory;
mod origins;
mod steps;
mod sums;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::model::Model;
use candidates::Candidates;
use first_out::FirstOut;
use memory::{Done, Memory, States};

pub(super) use steps::{Called, Ordering, Step, in_order, steps, until};

/// A search that can be interrupted and goes on where it was.
pub(super) struct Search<'m, M: Model> {
    model: &'m M,
    steps: Vec<Step<M::Call>>,
    candidates: Candidates,
    states: States<M::State>,
    memory: Memory,
    done: Done,
    /// The steps taken, in their order, with the way back.
    path: Vec<Taken>,
    state: u32,
    /// The place of the next candidate.
    cursor: u32,
    /// The number of necessary steps that are not taken yet.
    left: usize,
    next_answer: NextAnswer,
    first_out: FirstOut,
    furthest: Furthest,
    /// True while answers that nothing explains are still to be looked for.
    looks_for_origins: bool,
    /// The number of candidates that were looked at.
    looked_at: u64,
}

/// A step on the path.
struct Taken {
    step: u32,
    /// The state before.
    state: u32,
    /// Nothing else needs to be tried in its place.
    forced: bool,
    /// [`NextAnswer::position`] before.
    next_answer: u32,
}

/// The steps whose answers states have to lead to, in the order of their ends.
struct NextAnswer {
    steps: Vec<u32>,
    /// The number of them that are known to be taken.
    position: u32,
    /// The steps after which something may be answered that could not be before, by invocation.
    restarts: Vec<u32>,
    /// For each answer which of these make a state that leads to it, as soon as it is known.
    sources: Vec<Option<Sources>>,
}

/// The steps that may make of a state that does not lead to an answer one that does.
struct Sources {
    /// The last of them, the last one first.
    steps: Vec<u32>,
    /// True if there are no others.
    complete: bool,
}

impl NextAnswer {
    fn new<M: Model>(model: &M, steps: &[Step<M::Call>]) -> NextAnswer {
        let reads = |step: &u32| {
            let Step { required, call, .. } = at(steps, *step);
            *required && model.only_reads(call)
        };
        let mut answers: Vec<u32> = numbers(steps).filter(reads).collect();
        answers.sort_by_key(|step| at(steps, *step).ends);
        let restarts = numbers(steps).filter(|step| model.restarts(&at(steps, *step).call));
        let sources = answers.iter().map(|_| None).collect();
        NextAnswer { restarts: restarts.collect(), position: 0, steps: answers, sources }
    }

    /// Forgets all answers, so that nothing is looked at ahead.
    fn clear(&mut self) {
        self.steps.clear();
        self.sources.clear();
    }
}

impl Sources {
    /// The most of them that are kept.
    const KEPT: usize = 32;

    /// The most steps that are looked at.
    const LOOKED_AT: usize = 4_096;

    /// Of these steps, those that lead to the answer of a read.
    fn of<M: Model>(model: &M, steps: &[Step<M::Call>], restarts: &[u32], read: u32) -> Sources {
        let Step { call, ends, .. } = at(steps, read);
        let in_time = |step: &u32| ends.is_none_or(|end| at(steps, *step).begins < end);
        let before = &restarts[..restarts.partition_point(in_time)];
        let looked_at = before.iter().rev().take(Sources::LOOKED_AT);
        let found = looked_at.filter(|step| model.restarts_for(&at(steps, **step).call, call));
        let mut found: Vec<u32> = found.copied().take(Sources::KEPT + 1).collect();
        let complete = before.len() <= Sources::LOOKED_AT && found.len() <= Sources::KEPT;
        found.truncate(Sources::KEPT);
        Sources { steps: found, complete }
    }
}

/// The number of the next answers that a state has to lead to, each for itself.
const ANSWERS_AHEAD: usize = 8;

/// The progress of a search.
#[derive(Default)]
struct Furthest {
    /// The step that no path has passed the end of, and when that is.
    stuck_at: Option<(u32, u32)>,
    /// The states that paths had there; one more than are told of at the most.
    states: BTreeSet<u32>,
}

/// The most states that are told of.
const STATES_TOLD: usize = 4;

/// The end of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is an order: these operations, one after the other.
    Order(Vec<u32>),
    /// There is none. No path comes past the end of this operation; before it, the service could
    /// be in states like these.
    Nothing { stuck_at: Option<u32>, states: Vec<String> },
}

impl<'m, M: Model> Search<'m, M> {
    /// A search among these steps, which are in the order of their invocation.
    pub(super) fn new(model: &'m M, steps: Vec<Step<M::Call>>) -> Search<'m, M> {
        let candidates = Candidates::new(&steps);
        let mut states = States::default();
        let state = states.number(model.initial(), |state| model.size(state));
        let next_answer = NextAnswer::new(model, &steps);
        let first_out = FirstOut::new(model, &steps);
        Search {
            model,
            states,
            memory: Memory::default(),
            done: Done::new(&steps),
            path: Vec::new(),
            state,
            cursor: candidates.first(),
            left: steps.iter().filter(|step| step.required).count(),
            candidates,
            steps,
            next_answer,
            first_out,
            furthest: Furthest::default(),
            looks_for_origins: true,
            looked_at: 0,
        }
    }

    /// As [`Search::new`], without a look at the answers that are to come.
    pub(super) fn blind(model: &'m M, steps: Vec<Step<M::Call>>) -> Search<'m, M> {
        let mut search = Search::new(model, steps);
        search.next_answer.clear();
        search.first_out = FirstOut::default();
        search.looks_for_origins = false;
        search
    }

    /// Goes on for this many steps, or for fewer where each has many candidates; `None` if it is
    /// not at its end by then.
    pub(super) fn go_on(&mut self, budget: u64) -> Option<Found> {
        /// The most candidates that a step has, on average.
        const CANDIDATES: u64 = 64;
        if std::mem::take(&mut self.looks_for_origins)
            && (origins::out_of_nothing(self.model, &self.steps)
                || sums::out_of_reach(self.model, &self.steps))
        {
            // Something else may have been wrong before it.
            return Some(Found::Nothing { stuck_at: None, states: Vec::new() });
        }
        let until = self.looked_at + budget * CANDIDATES;
        for _ in 0..budget {
            if self.looked_at > until {
                return None;
            }
            if self.left == 0 {
                let order = self.path.iter().map(|taken| self.steps[taken.step as usize].operation);
                return Some(Found::Order(order.collect()));
            }
            match self.next() {
                Some((step, state, forced)) => self.take(step, state, forced),
                None if self.back() => {}
                None => return Some(self.nothing()),
            }
        }
        None
    }

    /// The number of candidates that were looked at.
    pub(super) const fn looked_at(&self) -> u64 {
        self.looked_at
    }

    /// The number of bytes that the memory of tried steps takes.
    pub(super) fn bytes(&self) -> usize {
        self.states.bytes() + self.memory.bytes()
    }

    fn nothing(&self) -> Found {
        let operation = |(_, step): (u32, u32)| self.steps[step as usize].operation;
        let states = self.furthest.states.iter();
        let mut states: Vec<String> =
            states.map(|state| self.model.describe(self.states.get(*state))).collect();
        states.sort_unstable();
        if states.len() > STATES_TOLD {
            states.truncate(STATES_TOLD);
            states.push("something else".to_owned());
        }
        Found::Nothing { stuck_at: self.furthest.stuck_at.map(operation), states }
    }

    /// The next step to take, the state after it, and whether nothing else needs to be tried.
    fn next(&mut self) -> Option<(u32, u32, bool)> {
        let fresh = self.cursor == self.candidates.first();
        if fresh && let Some(step) = self.fitting_read() {
            return Some((step, self.state, true));
        }
        while let Some(step) = self.candidates.step_at(self.cursor) {
            self.looked_at += 1;
            self.cursor = self.candidates.after(self.cursor);
            if let Some(state) = self.attempt(step) {
                return Some((step, state, false));
            }
        }
        if let Some(end) = self.candidates.end_at(self.cursor) {
            self.furthest.reach(at(&self.steps, end).ends.unwrap_or(u32::MAX), end, self.state);
        }
        None
    }

    /// A candidate that has to be taken, fits, and never changes anything.
    fn fitting_read(&mut self) -> Option<u32> {
        let mut cursor = self.cursor;
        let state = self.states.get(self.state);
        while let Some(step) = self.candidates.step_at(cursor) {
            self.looked_at += 1;
            let Step { required, call, .. } = at(&self.steps, step);
            if *required && self.model.only_reads(call) && self.model.step(state, call).is_some() {
                return Some(step);
            }
            cursor = self.candidates.after(cursor);
        }
        None
    }

    /// The state after a step, if it is worth going there.
    fn attempt(&mut self, number: u32) -> Option<u32> {
        let step = at(&self.steps, number);
        if !step.required && self.has_idle_twin(step) || !self.first_out.fits(number, &self.done) {
            return None;
        }
        let before = self.states.get(self.state);
        let after = self.model.step(before, &step.call)?;
        if (!step.required && after == *before) || !self.leads_on(number, &after) {
            return None;
        }
        let state = self.states.number(after, |state| self.model.size(state));
        self.done.set(number);
        let is_new = self.memory.insert(&self.done, state);
        self.done.clear(number);
        is_new.then_some(state)
    }

    /// True if another operation of unknown outcome, invoked earlier, could be taken just as well.
    fn has_idle_twin(&self, step: &Step<M::Call>) -> bool {
        step.twin.is_some_and(|twin| {
            let ready = at(&self.steps, twin).after.is_none_or(|before| self.done.has(before));
            ready && !self.done.has(twin)
        })
    }

    /// True if the state after a step can become one that the next answers fit.
    fn leads_on(&mut self, number: u32, state: &M::State) -> bool {
        let NextAnswer { steps, position, restarts, sources } = &mut self.next_answer;
        while steps.get(*position as usize).is_some_and(|step| self.done.has(*step)) {
            *position += 1;
        }
        let is_left = |step: &u32| *step != number && !self.done.has(*step);
        let places = *position as usize..steps.len();
        let mut next = places.filter(|place| is_left(&steps[*place])).take(ANSWERS_AHEAD);
        next.all(|place| {
            let (all, read) = (&self.steps, steps[place]);
            if self.model.leads_to(state, &at(all, read).call) {
                return true;
            }
            let sources =
                sources[place].get_or_insert_with(|| Sources::of(self.model, all, restarts, read));
            !sources.complete || sources.steps.iter().any(is_left)
        })
    }

    fn take(&mut self, step: u32, state: u32, forced: bool) {
        let next_answer = self.next_answer.position;
        self.path.push(Taken { step, state: self.state, forced, next_answer });
        self.candidates.remove(step, &self.steps);
        self.done.set(step);
        self.left -= usize::from(at(&self.steps, step).required);
        self.state = state;
        self.cursor = self.candidates.first();
    }

    /// Goes back to where something else can be tried; false if there is nothing.
    fn back(&mut self) -> bool {
        while let Some(Taken { step, state, forced, next_answer }) = self.path.pop() {
            self.candidates.put_back(step, &self.steps);
            self.done.clear(step);
            self.first_out.put_back(step);
            self.left += usize::from(at(&self.steps, step).required);
            self.state = state;
            self.next_answer.position = next_answer;
            if !forced {
                self.cursor = self.candidates.after_step(step);
                return true;
            }
        }
        false
    }
}

impl Furthest {
    fn reach(&mut self, end: u32, step: u32, state: u32) {
        if self.stuck_at.is_none_or(|(furthest, _)| end > furthest) {
            self.stuck_at = Some((end, step));
            self.states.clear();
        }
        if self.stuck_at == Some((end, step)) && self.states.len() <= STATES_TOLD {
            self.states.insert(state);
        }
    }
}

fn numbers<C>(steps: &[Step<C>]) -> impl Iterator<Item = u32> + use<C> {
    0..steps.len() as u32
}

fn at<C>(steps: &[Step<C>], number: u32) -> &Step<C> {
    &steps[number as usize]
}
