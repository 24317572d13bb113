//! A model of a number that is added to.

use num_bigint::{BigInt, Sign};

use super::{Model, SequentialSpec, Summand, Unfit};
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// A whole number that numbers are added to, and which is read. It begins at 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter;

/// A call of a [`Counter`].
#[derive(Clone, Debug, PartialEq)]
pub enum CounterCall {
    /// Returned this, if the answer is known.
    Read(Option<BigInt>),
    /// Added this, which may be less than 0.
    Add(BigInt),
}

impl Counter {
    const NAME: &'static str = "counter";
}

impl SequentialSpec for Counter {
    type Call = CounterCall;
    type State = BigInt;

    fn initial(&self) -> BigInt {
        BigInt::ZERO
    }

    fn call(&self, operation: &Operation) -> Result<CounterCall, Unfit> {
        let number = |term: &Term| {
            whole(term)
                .ok_or_else(|| Unfit::value(Counter::NAME, operation, "a whole number", term))
        };
        match operation.action {
            Action::Read => operation.answer().map(number).transpose().map(CounterCall::Read),
            Action::Add => number(&operation.value).map(CounterCall::Add),
            _ => Err(Unfit::operation(Counter::NAME, operation, &["read", "add"])),
        }
    }

    fn state_of(&self, value: &Term) -> Option<BigInt> {
        whole(value)
    }

    fn sum(&self, total: &BigInt) -> Option<BigInt> {
        Some(total.clone())
    }

    fn summand(&self, call: &CounterCall) -> Option<Summand> {
        match call {
            CounterCall::Add(number) => Some(Summand::Adds(number.clone())),
            CounterCall::Read(answer) => answer.clone().map(Summand::Shows),
        }
    }

    fn describe(&self, total: &BigInt) -> String {
        total.to_string()
    }
}

impl Model for Counter {
    fn step(&self, total: &BigInt, call: &CounterCall) -> Option<BigInt> {
        match call {
            CounterCall::Read(None) => Some(total.clone()),
            CounterCall::Read(Some(answer)) => (answer == total).then(|| total.clone()),
            CounterCall::Add(number) => Some(total + number),
        }
    }

    fn only_reads(&self, call: &CounterCall) -> bool {
        matches!(call, CounterCall::Read(_))
    }

    fn leads_to(&self, total: &BigInt, read: &CounterCall) -> bool {
        match read {
            CounterCall::Read(Some(answer)) => total <= answer,
            CounterCall::Read(None) | CounterCall::Add(_) => true,
        }
    }

    fn restarts(&self, call: &CounterCall) -> bool {
        matches!(call, CounterCall::Add(number) if number.sign() == Sign::Minus)
    }
}

pub(super) fn whole(term: &Term) -> Option<BigInt> {
    match term {
        Term::Integer(value) => Some(BigInt::from(*value)),
        Term::BigInteger(value) => Some(value.as_ref().clone()),
        _ => None,
    }
}
