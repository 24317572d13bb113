//! Answers that show what nobody had brought by then: they are looked for before any order is, as
//! all orders would have to be tried to find that none explains them.

#[expect(clippy::disallowed_types, reason = "never iterated")]
use std::collections::HashMap;

use super::{Step, at, numbers};
use crate::consistency::model::Model;
use crate::engine::term::Term;

/// The occurrences of a value.
#[derive(Default)]
struct Origins {
    /// The number of times that it was there at the beginning.
    initially: usize,
    /// The times at which it was brought, in their order.
    brought: Vec<u32>,
    /// The number of times that it was taken away.
    taken: usize,
}

/// True if an answer shows a value that nobody had begun to bring before, or that was taken away as
/// often as it can have been there.
#[expect(clippy::disallowed_types, reason = "never iterated")]
pub(super) fn out_of_nothing<M: Model>(model: &M, steps: &[Step<M::Call>]) -> bool {
    let end = |step: &u32| at(steps, *step).ends.unwrap_or(u32::MAX);
    let shown = numbers(steps).filter(|step| at(steps, *step).required).filter_map(|step| {
        let values = model.shows(&at(steps, step).call);
        (!values.is_empty()).then_some((step, values))
    });
    let mut shown: Vec<(u32, Vec<Term>)> = shown.collect();
    shown.sort_by_key(|(step, _)| end(step));
    let initial = model.initial();
    let mut origins: HashMap<Term, Origins> = HashMap::new();
    for step in numbers(steps) {
        if let Some(value) = model.brings(&at(steps, step).call) {
            origins.entry(value).or_default().brought.push(at(steps, step).begins);
        }
    }
    let lacks = |(step, values): &(u32, Vec<Term>)| {
        let takes = model.takes(&at(steps, *step).call);
        values.iter().any(|value| {
            let known = origins.entry(value.clone()).or_default();
            if known.taken == 0 {
                known.initially = model.count(&initial, value);
            }
            let needed = known.taken.saturating_sub(known.initially);
            let is_there = known.taken < known.initially
                || known.brought.get(needed).is_some_and(|begins| *begins < end(step));
            known.taken += usize::from(takes);
            !is_there
        })
    };
    shown.iter().any(lacks)
}
