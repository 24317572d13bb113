//! Models of a lock, a queue and a set.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use super::{Model, Unfit};
use crate::check::abridged;
use crate::history::{Action, Operation};
use crate::term::Term;

/// A lock that one at a time holds. It begins free. Who holds it is not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutex;

/// What is done to a [`Mutex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutexCall {
    /// Took the lock.
    Acquire,
    /// Gave it back.
    Release,
}

impl Model for Mutex {
    type Call = MutexCall;
    type State = bool;

    fn initial(&self) -> bool {
        false
    }

    fn call(&self, operation: &Operation) -> Result<MutexCall, Unfit> {
        match operation.action {
            Action::Acquire => Ok(MutexCall::Acquire),
            Action::Release => Ok(MutexCall::Release),
            _ => Err(Unfit::operation("mutex", operation, &["acquire", "release"])),
        }
    }

    fn step(&self, held: &bool, call: &MutexCall) -> Option<bool> {
        let acquires = *call == MutexCall::Acquire;
        (acquires != *held).then_some(acquires)
    }

    fn describe(&self, held: &bool) -> String {
        if *held { "held" } else { "free" }.to_owned()
    }
}

/// A queue whose values come out in the order in which they went in. It begins empty; one that is
/// empty answers `undefined`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queue;

/// What is done to a [`Queue`].
#[derive(Clone, Debug, PartialEq)]
pub enum QueueCall {
    /// Put this at the end.
    Enqueue(Term),
    /// Took the first, which was this if it is known.
    Dequeue(Option<Term>),
}

impl Model for Queue {
    type Call = QueueCall;
    type State = VecDeque<Term>;

    fn initial(&self) -> VecDeque<Term> {
        VecDeque::new()
    }

    fn call(&self, operation: &Operation) -> Result<QueueCall, Unfit> {
        match operation.action {
            Action::Enqueue => Ok(QueueCall::Enqueue(operation.value.clone())),
            Action::Dequeue => Ok(QueueCall::Dequeue(operation.answer().cloned())),
            _ => Err(Unfit::operation("queue", operation, &["enqueue", "dequeue"])),
        }
    }

    fn step(&self, queue: &VecDeque<Term>, call: &QueueCall) -> Option<VecDeque<Term>> {
        let mut queue = queue.clone();
        match call {
            QueueCall::Enqueue(value) => queue.push_back(value.clone()),
            QueueCall::Dequeue(answer) => {
                let first = queue.pop_front().unwrap_or_else(|| Term::atom("undefined"));
                if answer.as_ref().is_some_and(|answer| *answer != first) {
                    return None;
                }
            }
        }
        Some(queue)
    }

    fn describe(&self, queue: &VecDeque<Term>) -> String {
        abridged(&queue.iter().cloned().collect())
    }

    fn size(&self, queue: &VecDeque<Term>) -> usize {
        size_of_val(queue) + queue.capacity() * size_of::<Term>()
    }
}

/// A set that values are added to and removed from, and which is read as a whole. It begins empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Set;

/// What is done to a [`Set`].
#[derive(Clone, Debug, PartialEq)]
pub enum SetCall {
    /// Returned these values, if the answer is known.
    Read(Option<Rc<BTreeSet<Term>>>),
    /// Put this in.
    Add(Term),
    /// Took this out.
    Remove(Term),
}

impl Model for Set {
    type Call = SetCall;
    type State = Rc<BTreeSet<Term>>;

    fn initial(&self) -> Rc<BTreeSet<Term>> {
        Rc::default()
    }

    fn call(&self, operation: &Operation) -> Result<SetCall, Unfit> {
        match operation.action {
            Action::Add => Ok(SetCall::Add(operation.value.clone())),
            Action::Remove => Ok(SetCall::Remove(operation.value.clone())),
            Action::Read => match operation.answer() {
                None => Ok(SetCall::Read(None)),
                Some(Term::List(values)) => {
                    Ok(SetCall::Read(Some(Rc::new(values.iter().cloned().collect()))))
                }
                Some(other) => Err(Unfit::value("set", operation, "a list or a set", other)),
            },
            _ => Err(Unfit::operation("set", operation, &["read", "add", "remove"])),
        }
    }

    fn step(&self, set: &Rc<BTreeSet<Term>>, call: &SetCall) -> Option<Rc<BTreeSet<Term>>> {
        let mut set = Rc::clone(set);
        match call {
            SetCall::Read(Some(answer)) if *answer != set => return None,
            SetCall::Read(_) => {}
            SetCall::Add(value) => {
                Rc::make_mut(&mut set).insert(value.clone());
            }
            SetCall::Remove(value) => {
                Rc::make_mut(&mut set).remove(value);
            }
        }
        Some(set)
    }

    fn describe(&self, set: &Rc<BTreeSet<Term>>) -> String {
        abridged(&set.iter().cloned().collect())
    }

    fn only_reads(&self, call: &SetCall) -> bool {
        matches!(call, SetCall::Read(_))
    }

    fn leads_to(&self, set: &Rc<BTreeSet<Term>>, call: &SetCall) -> bool {
        match call {
            SetCall::Read(Some(answer)) => set.is_subset(answer),
            SetCall::Read(None) | SetCall::Add(_) | SetCall::Remove(_) => true,
        }
    }

    fn restarts(&self, call: &SetCall) -> bool {
        matches!(call, SetCall::Remove(_))
    }

    fn size(&self, set: &Rc<BTreeSet<Term>>) -> usize {
        // A node of the tree is two thirds full on average.
        size_of_val(set) + set.len() * size_of::<Term>() * 3 / 2
    }
}
