//! The order that a first-in-first-out queue imposes: a value that came out before another one has to
//! go in before it.

#[expect(clippy::disallowed_types, reason = "never iterated")]
use std::collections::HashMap;

use super::memory::Done;
use super::{Step, at, numbers};
use crate::consistency::model::Model;
use crate::engine::term::Term;

/// For the steps that put values in, when these came out. Only values that go in once count.
#[derive(Default)]
pub(super) struct FirstOut {
    /// The steps that put in what certainly came out, with the ends of what took it, in the order of
    /// these.
    taken: Vec<(u32, u32)>,
    /// The place in `taken` of each step, and when it began that its value was taken out: never is
    /// behind everything.
    puts: Vec<(Option<u32>, u32)>,
    /// All before this place are done.
    position: usize,
}

/// The ways of a value into the queue and out of it.
#[derive(Default)]
struct Passage {
    put: Vec<u32>,
    taken: Vec<u32>,
}

impl FirstOut {
    #[expect(clippy::disallowed_types, reason = "never iterated")]
    pub(super) fn new<M: Model>(model: &M, steps: &[Step<M::Call>]) -> FirstOut {
        if !model.is_first_in_first_out() {
            return FirstOut::default();
        }
        let mut passages: HashMap<Term, Passage> = HashMap::new();
        let mut anything_taken = false;
        for step in numbers(steps) {
            let Step { call, required, .. } = at(steps, step);
            if let Some(value) = model.brings(call) {
                passages.entry(value).or_default().put.push(step);
            } else if model.takes(call) {
                let shown = model.shows(call);
                // It may have taken any of the values.
                anything_taken |= !required;
                for value in shown {
                    passages.entry(value).or_default().taken.push(step);
                }
            }
        }
        let initial = model.initial();
        let never = if anything_taken { 0 } else { u32::MAX };
        let (mut taken, mut puts) = (Vec::new(), vec![(None, 0); steps.len()]);
        for put in numbers(steps) {
            let Some(value) = model.brings(&at(steps, put).call) else { continue };
            let Some(passage) = passages.get(&value) else { continue };
            if passage.put.len() > 1 || model.count(&initial, &value) > 0 {
                continue;
            }
            match passage.taken.as_slice() {
                [] => puts[put as usize].1 = never,
                [out] if at(steps, *out).required => {
                    let Step { begins, ends, .. } = at(steps, *out);
                    if let Some(end) = *ends {
                        puts[put as usize].1 = *begins;
                        taken.push((end, put));
                    }
                }
                _ => {}
            }
        }
        taken.sort_unstable();
        for (place, (_, put)) in (0..).zip(&taken) {
            puts[*put as usize].0 = Some(place);
        }
        FirstOut { taken, puts, position: 0 }
    }

    /// True if no value that is still to go in came out before the value of this step.
    pub(super) fn fits(&mut self, step: u32, done: &Done) -> bool {
        while self.taken.get(self.position).is_some_and(|(_, put)| done.has(*put)) {
            self.position += 1;
        }
        let begins = self.puts.get(step as usize).map_or(0, |(_, begins)| *begins);
        self.taken.get(self.position).is_none_or(|(end, put)| *put == step || *end > begins)
    }

    /// Notes that a step is not done any more.
    pub(super) fn put_back(&mut self, step: u32) {
        if let Some((Some(place), _)) = self.puts.get(step as usize) {
            self.position = self.position.min(*place as usize);
        }
    }
}
