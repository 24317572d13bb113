//! A model of a queue that gives its values out in any order.

use super::queue::QueueCall;
use super::{Bag, Nondeterministic, Queue, SequentialSpec, Unfit};
use crate::consistency::abridged;
use crate::consistency::history::Operation;
use crate::engine::term::Term;

/// A queue whose values come out in any order, each as often as it went in. It begins empty; one
/// that is empty answers `undefined`.
///
/// A dequeue of unknown outcome may have taken any of the values.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnorderedQueue;

impl SequentialSpec for UnorderedQueue {
    type Call = QueueCall;
    type State = Bag;

    fn initial(&self) -> Bag {
        Bag::default()
    }

    fn call(&self, operation: &Operation) -> Result<QueueCall, Unfit> {
        Queue.call(operation)
    }

    fn describe(&self, queue: &Bag) -> String {
        abridged(&queue.all().cloned().collect())
    }

    fn size(&self, queue: &Bag) -> usize {
        queue.size()
    }

    fn state_of(&self, value: &Term) -> Option<Bag> {
        value.as_list().map(|values| values.iter().cloned().collect())
    }

    fn shows(&self, call: &QueueCall) -> Vec<Term> {
        Queue.shows(call)
    }

    fn takes(&self, call: &QueueCall) -> bool {
        Queue.takes(call)
    }

    fn brings(&self, call: &QueueCall) -> Option<Term> {
        Queue.brings(call)
    }

    fn count(&self, queue: &Bag, value: &Term) -> usize {
        queue.times(value)
    }
}

impl Nondeterministic for UnorderedQueue {
    fn steps(&self, queue: &Bag, call: &QueueCall) -> Vec<Bag> {
        match call {
            QueueCall::Enqueue(value) => vec![queue.with(value)],
            QueueCall::Dequeue(None) if queue.is_empty() => vec![queue.clone()],
            QueueCall::Dequeue(None) => {
                queue.values().filter_map(|value| queue.without(value)).collect()
            }
            QueueCall::Dequeue(Some(answer)) if answer.is_atom("undefined") => {
                if queue.is_empty() {
                    vec![queue.clone()]
                } else {
                    Vec::new()
                }
            }
            QueueCall::Dequeue(Some(answer)) => queue.without(answer).into_iter().collect(),
        }
    }
}
