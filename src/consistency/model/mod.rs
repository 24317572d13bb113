//! Sequential specifications: the answers that an operation may have, and the state that it leaves
//! behind. Histories are compared with them.

mod bag;
mod bank;
mod collections;
mod counter;
mod locks;
mod log;
mod multi_register;
mod nondeterministic;
mod product;
mod queue;
mod registers;
mod specification;
mod starting;
mod text;
mod unordered;

use std::fmt::Debug;
use std::hash::Hash;

pub use bank::Bank;
pub use collections::{Mutex, Set};
pub use counter::Counter;
pub use locks::OwnedMutex;
pub use log::AppendLog;
pub use multi_register::MultiRegister;
pub use nondeterministic::{AnyOf, Nondeterministic};
pub use product::Product;
pub use queue::Queue;
pub(super) use registers::two;
pub use registers::{AppendMap, Register, RegisterMap};
pub use specification::{Nothing, OrderOf, Question, Specification, SpecifiedOperation};
pub use starting::Starting;
pub use unordered::UnorderedQueue;

use num_bigint::BigInt;

use crate::consistency::history::{Action, Operation, Outcome};
use crate::engine::term::Term;

/// The sequential specification of a service: its states and operations. [`Model`] and
/// [`Nondeterministic`] add the steps from state to state.
pub trait SequentialSpec {
    /// An operation with its answer, as far as it is known.
    type Call: Clone + Debug + PartialEq;
    /// The memory of the service. Equal states have to behave alike.
    type State: Clone + Debug + Eq + Hash;

    /// The state before the first operation.
    fn initial(&self) -> Self::State;

    /// The meaning of an operation, with its answer if it was answered without an error.
    ///
    /// # Errors
    /// If there is no such operation, or not with this value or this answer.
    fn call(&self, operation: &Operation) -> Result<Self::Call, Unfit>;

    /// A state, in few words.
    fn describe(&self, state: &Self::State) -> String {
        format!("{state:?}")
    }

    /// The approximate number of bytes that a state takes.
    fn size(&self, _state: &Self::State) -> usize {
        size_of::<Self::State>()
    }

    /// The state of a service that begins with a value; `None` if it cannot. [`Starting`] makes a
    /// model of such a service.
    fn state_of(&self, _value: &Term) -> Option<Self::State> {
        None
    }

    /// The values in the answer of a call that are there only if they were at the beginning or if
    /// somebody [brought](SequentialSpec::brings) them. A search first looks for the call that did;
    /// an empty list is always right.
    fn shows(&self, _call: &Self::Call) -> Vec<Term> {
        Vec::new()
    }

    /// True if a call takes away what it [shows](SequentialSpec::shows), so that it is there once
    /// less.
    fn takes(&self, _call: &Self::Call) -> bool {
        false
    }

    /// The value that is there after a call, if it brings one.
    fn brings(&self, _call: &Self::Call) -> Option<Term> {
        None
    }

    /// The number that a state is, if it is one and every call adds to it or only reads. A search first
    /// compares what is read with what was [added](SequentialSpec::summand); `None` is always right.
    fn sum(&self, _state: &Self::State) -> Option<BigInt> {
        None
    }

    /// The effect of a call on a state that is a [sum](SequentialSpec::sum); `None` if it changes and shows
    /// nothing.
    fn summand(&self, _call: &Self::Call) -> Option<Summand> {
        None
    }

    /// The number of times that a value is there that can be [shown](SequentialSpec::shows).
    fn count(&self, _state: &Self::State, _value: &Term) -> usize {
        0
    }
}

/// The effect of a call on a state that is a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Summand {
    /// It adds this, which may be less than 0.
    Adds(BigInt),
    /// It shows that the sum is this.
    Shows(BigInt),
}

/// A service in which a call leads from a state to one other at most. One that may do one of several
/// things is [`Nondeterministic`].
///
/// ```
/// use nodedown::consistency::model::{Model, Register, RegisterCall, SequentialSpec};
/// use nodedown::term::Term;
///
/// let (write, read) = (RegisterCall::Write(3.into()), RegisterCall::Read(Some(3.into())));
/// let register = Register::new();
/// let state = register.step(&register.initial(), &write).unwrap();
/// assert_eq!(register.step(&state, &read), Some(Term::from(3)));
/// assert_eq!(register.step(&register.initial(), &read), None);
/// ```
pub trait Model: SequentialSpec {
    /// The state after a call; `None` if the service would have answered differently. The answer of a
    /// call that has none yet fits whatever the service would say.
    fn step(&self, state: &Self::State, call: &Self::Call) -> Option<Self::State>;

    /// True if a call changes nothing, in whatever state.
    fn only_reads(&self, _call: &Self::Call) -> bool {
        false
    }

    /// True if this state can still become one in which a read is answered as it was, without any
    /// call that [`restarts`](Model::restarts) it. It is asked about calls that
    /// [only read](Model::only_reads). A search gives up where it cannot, so `true` is always right.
    fn leads_to(&self, _state: &Self::State, _read: &Self::Call) -> bool {
        true
    }

    /// True if a call may turn a state that does not [lead](Model::leads_to) to the answer of a read
    /// into one that does; `true` is always right.
    fn restarts(&self, _call: &Self::Call) -> bool {
        true
    }

    /// As [`restarts`](Model::restarts), for the answer of this read.
    fn restarts_for(&self, call: &Self::Call, _read: &Self::Call) -> bool {
        self.restarts(call)
    }

    /// True if the values that calls [bring](SequentialSpec::brings) are
    /// [taken](SequentialSpec::takes) in the order in which they were brought; `false` is always
    /// right.
    fn is_first_in_first_out(&self) -> bool {
        false
    }
}

/// True if an operation was answered with `false` because it was refused: a compare-and-set that
/// found something else, an acquire of a held lock, a release of a free one.
pub(super) fn was_refused(operation: &Operation) -> bool {
    let can_be = match operation.action {
        Action::CompareAndSet | Action::Acquire | Action::Release => true,
        Action::Read
        | Action::Write
        | Action::Append
        | Action::Add
        | Action::Remove
        | Action::Enqueue
        | Action::Dequeue
        | Action::Contains
        | Action::Delete
        | Action::Transfer
        | Action::Transaction
        | Action::Other => false,
    };
    can_be && operation.answer().is_some_and(|answer| answer.is_atom("false"))
}

/// The reason why a model cannot make sense of an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It has no such operation.
    #[error("a {model} has no operation `{name}`")]
    Operation {
        /// The model.
        model: &'static str,
        /// The name of the operation.
        name: String,
        /// The operations that it has.
        known: &'static [&'static str],
    },
    /// The value or the answer is not of the kind that the operation has.
    #[error("{name} of a {model} needs {expected}, found {found}")]
    Value {
        /// The model.
        model: &'static str,
        /// The name of the operation.
        name: String,
        /// The expected kind of value.
        expected: &'static str,
        /// The value that is there.
        found: Term,
    },
}

impl Unfit {
    fn operation(
        model: &'static str,
        operation: &Operation,
        known: &'static [&'static str],
    ) -> Unfit {
        Unfit::Operation { model, name: operation.name.to_string(), known }
    }

    fn value(
        model: &'static str,
        operation: &Operation,
        expected: &'static str,
        found: &Term,
    ) -> Unfit {
        Unfit::Value { model, name: operation.name.to_string(), expected, found: found.clone() }
    }
}

/// True if an operation certainly did nothing.
pub(super) fn has_failed(operation: &Operation) -> bool {
    let completion = operation.completion.as_ref();
    completion.is_some_and(|completion| matches!(completion.outcome, Outcome::Failed(_)))
}

/// True if a [`Model`] looks into an operation.
pub(super) fn is_modelled(operation: &Operation) -> bool {
    operation.action != Action::Other
}

pub use bag::Bag;
pub use bank::{Accounts, Balances, BankCall};
pub use collections::{MutexCall, SetCall};
pub use counter::CounterCall;
pub use locks::OwnedMutexCall;
pub use log::{ListId, LogCall};
pub use multi_register::RegisterStep;
pub use queue::{QueueCall, Queued};
pub use registers::{AppendMapCall, RegisterCall};
pub use text::Text;
