//! Several keys as one service, for claims that cannot be checked key by key.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Model, SequentialSpec, Unfit};
use crate::consistency::history::Operation;
use crate::engine::term::Term;

/// A service that behaves on each key as another model does on one.
#[derive(Clone, Copy, Debug)]
pub struct Product<'m, M>(pub &'m M);

impl<M: Model> SequentialSpec for Product<'_, M> {
    type Call = (Term, M::Call);
    type State = Rc<BTreeMap<Term, M::State>>;

    fn initial(&self) -> Self::State {
        Rc::default()
    }

    fn call(&self, operation: &Operation) -> Result<(Term, M::Call), Unfit> {
        Ok((operation.key.clone(), self.0.call(operation)?))
    }

    fn describe(&self, states: &Self::State) -> String {
        let text = |(key, state)| format!("{key}: {}", self.0.describe(state));
        states.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    fn size(&self, states: &Self::State) -> usize {
        let each = |state| size_of::<Term>() + self.0.size(state);
        size_of_val(states) + states.values().map(each).sum::<usize>()
    }
}

impl<M: Model> Model for Product<'_, M> {
    fn step(&self, states: &Self::State, (key, call): &Self::Call) -> Option<Self::State> {
        let (old, initial) = (states.get(key), self.0.initial());
        let new = self.0.step(old.unwrap_or(&initial), call)?;
        if new == *old.unwrap_or(&initial) {
            return Some(states.clone());
        }
        let mut states = states.clone();
        Rc::make_mut(&mut states).insert(key.clone(), new);
        Some(states)
    }

    fn only_reads(&self, (_, call): &Self::Call) -> bool {
        self.0.only_reads(call)
    }

    fn leads_to(&self, states: &Self::State, (key, call): &Self::Call) -> bool {
        let initial = self.0.initial();
        self.0.leads_to(states.get(key).unwrap_or(&initial), call)
    }

    fn restarts(&self, (_, call): &Self::Call) -> bool {
        self.0.restarts(call)
    }

    fn restarts_for(&self, (key, call): &Self::Call, (read_key, read): &Self::Call) -> bool {
        key == read_key && self.0.restarts_for(call, read)
    }
}
