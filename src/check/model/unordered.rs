//! A model of a queue that gives its values out in any order.

use std::collections::BTreeMap;

use super::queue::QueueCall;
use super::{Model, Nondeterministic, Queue, Unfit};
use crate::check::abridged;
use crate::history::Operation;
use crate::term::Term;

/// A queue whose values come out in any order, each as often as it went in. It begins empty; one
/// that is empty answers `undefined`.
///
/// What a dequeue of unknown outcome has taken may be any of the values.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnorderedQueue;

impl Nondeterministic for UnorderedQueue {
    type Call = QueueCall;
    /// How often each value is there.
    type State = BTreeMap<Term, u32>;

    fn initial(&self) -> BTreeMap<Term, u32> {
        BTreeMap::new()
    }

    fn call(&self, operation: &Operation) -> Result<QueueCall, Unfit> {
        Model::call(&Queue, operation)
    }

    fn steps(&self, queue: &BTreeMap<Term, u32>, call: &QueueCall) -> Vec<BTreeMap<Term, u32>> {
        match call {
            QueueCall::Enqueue(value) => {
                let mut queue = queue.clone();
                *queue.entry(value.clone()).or_default() += 1;
                vec![queue]
            }
            QueueCall::Dequeue(None) if queue.is_empty() => vec![queue.clone()],
            QueueCall::Dequeue(None) => {
                queue.keys().filter_map(|value| without(queue, value)).collect()
            }
            QueueCall::Dequeue(Some(answer)) if answer.is_atom("undefined") => {
                if queue.is_empty() {
                    vec![queue.clone()]
                } else {
                    Vec::new()
                }
            }
            QueueCall::Dequeue(Some(answer)) => without(queue, answer).into_iter().collect(),
        }
    }

    fn describe(&self, queue: &BTreeMap<Term, u32>) -> String {
        let each =
            |(value, times): (&Term, &u32)| std::iter::repeat_n(value.clone(), *times as usize);
        abridged(&queue.iter().flat_map(each).collect())
    }

    fn size(&self, queue: &BTreeMap<Term, u32>) -> usize {
        size_of_val(queue) + queue.len() * size_of::<(Term, u32)>() * 3 / 2
    }

    fn state_of(&self, value: &Term) -> Option<BTreeMap<Term, u32>> {
        let mut queue = BTreeMap::new();
        for value in value.as_list()? {
            *queue.entry(value.clone()).or_default() += 1;
        }
        Some(queue)
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

    fn count(&self, queue: &BTreeMap<Term, u32>, value: &Term) -> usize {
        queue.get(value).map_or(0, |times| *times as usize)
    }
}

/// The queue when a value was taken out of it; nothing if it is not there.
fn without(queue: &BTreeMap<Term, u32>, value: &Term) -> Option<BTreeMap<Term, u32>> {
    let times = *queue.get(value)?;
    let mut queue = queue.clone();
    if times > 1 {
        queue.insert(value.clone(), times - 1);
    } else {
        queue.remove(value);
    }
    Some(queue)
}
