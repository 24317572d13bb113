//! Models of services that may do one of several things.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Model, SequentialSpec, Unfit};
use crate::consistency::history::Operation;
use crate::engine::term::Term;

/// A service in which a call may lead from a state to one of several. [`AnyOf`] makes a [`Model`] of
/// it.
pub trait Nondeterministic: SequentialSpec<State: Ord> {
    /// All states that a call may lead to; none if the service would have answered differently.
    fn steps(&self, state: &Self::State, call: &Self::Call) -> Vec<Self::State>;
}

/// The model of a service that may be in any of several states: its state is the set of all these (the power set construction, as Porcupine does it).
///
/// ```
/// use nodedown::consistency::model::{AnyOf, UnorderedQueue};
/// use nodedown::consistency::{Judgement, Limits, linearizable};
/// use nodedown::history::{Format, Recording};
///
/// let text = "{:process 0, :type :invoke, :f :enqueue, :value 1}
///             {:process 0, :type :ok,     :f :enqueue, :value 1}
///             {:process 0, :type :invoke, :f :enqueue, :value 2}
///             {:process 0, :type :ok,     :f :enqueue, :value 2}
///             {:process 1, :type :invoke, :f :dequeue, :value nil}
///             {:process 1, :type :ok,     :f :dequeue, :value 2}";
/// let history = Recording::read(text, "history.edn", Format::Edn).unwrap().history;
/// let judgement = linearizable(history.iter(), &AnyOf(UnorderedQueue), Limits::memory(1 << 20));
/// assert_eq!(judgement, Ok(Judgement::Explained));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyOf<N>(pub N);

impl<N: Nondeterministic> SequentialSpec for AnyOf<N> {
    type Call = N::Call;
    type State = Rc<BTreeSet<N::State>>;

    fn initial(&self) -> Self::State {
        Rc::new(BTreeSet::from([self.0.initial()]))
    }

    fn call(&self, operation: &Operation) -> Result<N::Call, Unfit> {
        self.0.call(operation)
    }

    fn describe(&self, states: &Self::State) -> String {
        let all: Vec<String> = states.iter().map(|state| self.0.describe(state)).collect();
        all.join(" or ")
    }

    fn size(&self, states: &Self::State) -> usize {
        // A node of the tree is two thirds full on average.
        let all = states.iter().map(|state| self.0.size(state)).sum::<usize>();
        size_of_val(states) + all * 3 / 2
    }

    fn state_of(&self, value: &Term) -> Option<Self::State> {
        self.0.state_of(value).map(|state| Rc::new(BTreeSet::from([state])))
    }

    fn shows(&self, call: &N::Call) -> Vec<Term> {
        self.0.shows(call)
    }

    fn takes(&self, call: &N::Call) -> bool {
        self.0.takes(call)
    }

    fn brings(&self, call: &N::Call) -> Option<Term> {
        self.0.brings(call)
    }

    fn count(&self, states: &Self::State, value: &Term) -> usize {
        states.iter().map(|state| self.0.count(state, value)).max().unwrap_or(0)
    }
}

impl<N: Nondeterministic> Model for AnyOf<N> {
    fn step(&self, states: &Self::State, call: &N::Call) -> Option<Self::State> {
        let after = states.iter().flat_map(|state| self.0.steps(state, call));
        let after: BTreeSet<N::State> = after.collect();
        (!after.is_empty()).then(|| Rc::new(after))
    }
}
