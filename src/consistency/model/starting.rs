//! Models with another initial state.

use num_bigint::BigInt;

use super::{Model, SequentialSpec, Summand, Unfit};
use crate::consistency::history::Operation;
use crate::engine::term::Term;

/// A [`Model`] whose service begins in another state than it usually does.
///
/// ```
/// use nodedown::consistency::model::{Register, SequentialSpec, Starting};
///
/// let register = Register::new();
/// let starting = Starting::with(&register, &0.into()).unwrap();
/// assert_eq!(starting.initial(), 0.into());
/// ```
#[derive(Clone, Debug)]
pub struct Starting<'m, M: Model> {
    model: &'m M,
    state: M::State,
}

impl<'m, M: Model> Starting<'m, M> {
    /// A service that begins with a value; `None` if it cannot.
    pub fn with(model: &'m M, value: &Term) -> Option<Starting<'m, M>> {
        model.state_of(value).map(|state| Starting { model, state })
    }
}

impl<M: Model> SequentialSpec for Starting<'_, M> {
    type Call = M::Call;
    type State = M::State;

    fn initial(&self) -> M::State {
        self.state.clone()
    }

    fn call(&self, operation: &Operation) -> Result<M::Call, Unfit> {
        self.model.call(operation)
    }

    fn describe(&self, state: &M::State) -> String {
        self.model.describe(state)
    }

    fn size(&self, state: &M::State) -> usize {
        self.model.size(state)
    }

    fn state_of(&self, value: &Term) -> Option<M::State> {
        self.model.state_of(value)
    }

    fn shows(&self, call: &M::Call) -> Vec<Term> {
        self.model.shows(call)
    }

    fn takes(&self, call: &M::Call) -> bool {
        self.model.takes(call)
    }

    fn brings(&self, call: &M::Call) -> Option<Term> {
        self.model.brings(call)
    }

    fn sum(&self, state: &M::State) -> Option<BigInt> {
        self.model.sum(state)
    }

    fn summand(&self, call: &M::Call) -> Option<Summand> {
        self.model.summand(call)
    }

    fn count(&self, state: &M::State, value: &Term) -> usize {
        self.model.count(state, value)
    }
}

impl<M: Model> Model for Starting<'_, M> {
    fn step(&self, state: &M::State, call: &M::Call) -> Option<M::State> {
        self.model.step(state, call)
    }

    fn only_reads(&self, call: &M::Call) -> bool {
        self.model.only_reads(call)
    }

    fn leads_to(&self, state: &M::State, read: &M::Call) -> bool {
        self.model.leads_to(state, read)
    }

    fn restarts(&self, call: &M::Call) -> bool {
        self.model.restarts(call)
    }

    fn restarts_for(&self, call: &M::Call, read: &M::Call) -> bool {
        self.model.restarts_for(call, read)
    }

    fn is_first_in_first_out(&self) -> bool {
        self.model.is_first_in_first_out()
    }
}
