//! Models of a lock and a set.

use super::{Bag, Model, SequentialSpec, Unfit, was_refused};
use crate::consistency::abridged;
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// A lock that one at a time holds. It begins free. Who holds it is not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutex;

/// A call of a [`Mutex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutexCall {
    /// Took the lock.
    Acquire,
    /// Gave it back.
    Release,
    /// Was told that somebody held it.
    FoundHeld,
    /// Was told that nobody held it.
    FoundFree,
}

impl SequentialSpec for Mutex {
    type Call = MutexCall;
    type State = bool;

    fn initial(&self) -> bool {
        false
    }

    fn call(&self, operation: &Operation) -> Result<MutexCall, Unfit> {
        match operation.action {
            Action::Acquire if was_refused(operation) => Ok(MutexCall::FoundHeld),
            Action::Release if was_refused(operation) => Ok(MutexCall::FoundFree),
            Action::Acquire => Ok(MutexCall::Acquire),
            Action::Release => Ok(MutexCall::Release),
            _ => Err(Unfit::operation("mutex", operation, &["acquire", "release"])),
        }
    }

    fn state_of(&self, value: &Term) -> Option<bool> {
        let held = value.is_atom("held") || value.is_atom("true");
        let free = value.is_atom("free") || value.is_atom("false");
        (held || free).then_some(held)
    }

    fn describe(&self, held: &bool) -> String {
        if *held { "held" } else { "free" }.to_owned()
    }
}

impl Model for Mutex {
    fn step(&self, held: &bool, call: &MutexCall) -> Option<bool> {
        match call {
            MutexCall::Acquire => (!held).then_some(true),
            MutexCall::Release => held.then_some(false),
            MutexCall::FoundHeld => held.then_some(true),
            MutexCall::FoundFree => (!held).then_some(false),
        }
    }

    fn only_reads(&self, call: &MutexCall) -> bool {
        matches!(call, MutexCall::FoundHeld | MutexCall::FoundFree)
    }

    fn leads_to(&self, held: &bool, read: &MutexCall) -> bool {
        match read {
            MutexCall::FoundHeld => *held,
            MutexCall::FoundFree => !held,
            MutexCall::Acquire | MutexCall::Release => true,
        }
    }

    fn restarts(&self, call: &MutexCall) -> bool {
        !self.only_reads(call)
    }

    fn restarts_for(&self, call: &MutexCall, read: &MutexCall) -> bool {
        match read {
            MutexCall::FoundHeld => *call == MutexCall::Acquire,
            MutexCall::FoundFree => *call == MutexCall::Release,
            MutexCall::Acquire | MutexCall::Release => true,
        }
    }
}

/// A set that values are added to and removed from, and which is read as a whole, or asked for one of
/// them. It begins empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Set;

/// A call of a [`Set`].
#[derive(Clone, Debug, PartialEq)]
pub enum SetCall {
    /// Returned these values, if the answer is known.
    Read(Option<Bag>),
    /// Put this in.
    Add(Term),
    /// Took this out.
    Remove(Term),
    /// Told whether this is there, if the answer is known.
    Contains(Term, Option<bool>),
}

impl SequentialSpec for Set {
    type Call = SetCall;
    type State = Bag;

    fn initial(&self) -> Bag {
        Bag::default()
    }

    fn call(&self, operation: &Operation) -> Result<SetCall, Unfit> {
        match operation.action {
            Action::Add => Ok(SetCall::Add(operation.value.clone())),
            Action::Remove => Ok(SetCall::Remove(operation.value.clone())),
            Action::Read => match operation.answer() {
                None => Ok(SetCall::Read(None)),
                Some(answer) => match answer.as_list() {
                    Some(values) => Ok(SetCall::Read(Some(set_of(values)))),
                    None => Err(Unfit::value("set", operation, "a list or a set", answer)),
                },
            },
            Action::Contains => {
                let answer = operation.answer().map(|answer| {
                    let expected = "an answer of true or false";
                    truth(answer).ok_or_else(|| Unfit::value("set", operation, expected, answer))
                });
                Ok(SetCall::Contains(operation.value.clone(), answer.transpose()?))
            }
            _ => Err(Unfit::operation("set", operation, &["read", "add", "remove", "contains"])),
        }
    }

    fn describe(&self, set: &Bag) -> String {
        abridged(&set.values().cloned().collect())
    }

    fn size(&self, set: &Bag) -> usize {
        set.size()
    }

    fn state_of(&self, value: &Term) -> Option<Bag> {
        value.as_list().map(set_of)
    }

    fn shows(&self, call: &SetCall) -> Vec<Term> {
        match call {
            SetCall::Read(Some(answer)) => answer.values().cloned().collect(),
            SetCall::Contains(value, Some(true)) => vec![value.clone()],
            SetCall::Contains(..) | SetCall::Read(None) | SetCall::Add(_) | SetCall::Remove(_) => {
                Vec::new()
            }
        }
    }

    fn brings(&self, call: &SetCall) -> Option<Term> {
        match call {
            SetCall::Add(value) => Some(value.clone()),
            SetCall::Read(_) | SetCall::Remove(_) | SetCall::Contains(..) => None,
        }
    }

    fn count(&self, set: &Bag, value: &Term) -> usize {
        usize::from(set.contains(value))
    }
}

impl Model for Set {
    fn step(&self, set: &Bag, call: &SetCall) -> Option<Bag> {
        match call {
            SetCall::Read(Some(answer)) => (answer == set).then(|| set.clone()),
            SetCall::Read(None) | SetCall::Contains(_, None) => Some(set.clone()),
            SetCall::Add(value) if set.contains(value) => Some(set.clone()),
            SetCall::Add(value) => Some(set.with(value)),
            SetCall::Remove(value) => Some(set.without(value).unwrap_or_else(|| set.clone())),
            SetCall::Contains(value, Some(answer)) => {
                (*answer == set.contains(value)).then(|| set.clone())
            }
        }
    }

    fn only_reads(&self, call: &SetCall) -> bool {
        matches!(call, SetCall::Read(_) | SetCall::Contains(..))
    }

    fn leads_to(&self, set: &Bag, call: &SetCall) -> bool {
        match call {
            SetCall::Read(Some(answer)) => set.is_within(answer),
            SetCall::Contains(value, Some(false)) => !set.contains(value),
            SetCall::Contains(..) | SetCall::Read(None) | SetCall::Add(_) | SetCall::Remove(_) => {
                true
            }
        }
    }

    fn restarts(&self, call: &SetCall) -> bool {
        matches!(call, SetCall::Remove(_))
    }
}

/// True if an answer is yes: `true`, or the value and `true`.
fn truth(answer: &Term) -> Option<bool> {
    let answer = match answer.as_list() {
        Some([_, answer]) => answer,
        Some(_) | None => answer,
    };
    if answer.is_atom("true") { Some(true) } else { answer.is_atom("false").then_some(false) }
}

/// The values, each once.
fn set_of(values: &[Term]) -> Bag {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.dedup();
    values.into_iter().collect()
}
