//! A model of a queue.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use super::{Model, SequentialSpec, Unfit};
use crate::consistency::abridged;
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// A queue whose values come out in the order in which they went in. It begins empty; one that is
/// empty answers `undefined`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queue;

/// A call of a [`Queue`].
#[derive(Clone, Debug, PartialEq)]
pub enum QueueCall {
    /// Put this at the end.
    Enqueue(Term),
    /// Took the first, which was this if it is known.
    Dequeue(Option<Term>),
}

impl SequentialSpec for Queue {
    type Call = QueueCall;
    type State = Queued;

    fn initial(&self) -> Queued {
        Queued::default()
    }

    fn call(&self, operation: &Operation) -> Result<QueueCall, Unfit> {
        match operation.action {
            Action::Enqueue => Ok(QueueCall::Enqueue(operation.value.clone())),
            Action::Dequeue => Ok(QueueCall::Dequeue(operation.answer().cloned())),
            _ => Err(Unfit::operation("queue", operation, &["enqueue", "dequeue"])),
        }
    }

    fn describe(&self, queue: &Queued) -> String {
        abridged(&Term::from(queue.values()))
    }

    fn size(&self, queue: &Queued) -> usize {
        // The others are those of the state before.
        size_of_val(queue) + size_of::<Node>() + 2 * size_of::<usize>()
    }

    fn state_of(&self, value: &Term) -> Option<Queued> {
        let values = value.as_list()?.iter();
        Some(values.fold(Queued::default(), |queue, value| queue.with(value)))
    }

    fn shows(&self, call: &QueueCall) -> Vec<Term> {
        match call {
            QueueCall::Dequeue(Some(value)) if !value.is_atom("undefined") => vec![value.clone()],
            QueueCall::Dequeue(_) | QueueCall::Enqueue(_) => Vec::new(),
        }
    }

    fn takes(&self, call: &QueueCall) -> bool {
        matches!(call, QueueCall::Dequeue(_))
    }

    fn brings(&self, call: &QueueCall) -> Option<Term> {
        match call {
            QueueCall::Enqueue(value) => Some(value.clone()),
            QueueCall::Dequeue(_) => None,
        }
    }

    fn count(&self, queue: &Queued, value: &Term) -> usize {
        queue.values().iter().filter(|each| *each == value).count()
    }
}

impl Model for Queue {
    fn step(&self, queue: &Queued, call: &QueueCall) -> Option<Queued> {
        match call {
            QueueCall::Enqueue(value) => Some(queue.with(value)),
            QueueCall::Dequeue(answer) => {
                let first = queue.first();
                let fits = match (answer, first) {
                    (None, _) => true,
                    (Some(answer), Some(first)) => answer == first,
                    (Some(answer), None) => answer.is_atom("undefined"),
                };
                fits.then(|| queue.without_first())
            }
        }
    }

    fn is_first_in_first_out(&self) -> bool {
        true
    }
}

/// The values that are in a [`Queue`].
///
/// Each is kept once, however many states it is in: a state is the last value, which knows those
/// before it, and how many of them have not come out.
#[derive(Clone, Default)]
pub struct Queued {
    last: Option<Rc<Node>>,
    length: usize,
    /// A hash of the values, which is the same however they came to be there.
    hash: u64,
}

/// A value that was put into a queue, and what was put there before it.
struct Node {
    value: Term,
    before: Option<Rc<Node>>,
    /// One much further ahead (Myers, *An applicative random-access stack*, 1983).
    far: Option<Rc<Node>>,
    /// The number of values up to this one.
    place: usize,
}

/// The base of the hashes: each value counts that much more than the one behind it.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Queued {
    fn with(&self, value: &Term) -> Queued {
        let node = Node::behind(self.last.clone(), value.clone());
        let hash = self.hash.wrapping_mul(BASE).wrapping_add(hash_of(value));
        Queued { last: Some(Rc::new(node)), length: self.length + 1, hash }
    }

    fn first(&self) -> Option<&Term> {
        self.first_node().map(|node| &node.value)
    }

    fn first_node(&self) -> Option<&Node> {
        let last = self.last.as_deref()?;
        Some(last.up_to(last.place + 1 - self.length))
    }

    fn without_first(&self) -> Queued {
        let Some(first) = self.first().filter(|_| self.length > 1) else {
            return Queued::default();
        };
        let length = self.length - 1;
        let weight = BASE.wrapping_pow(length as u32);
        let hash = self.hash.wrapping_sub(hash_of(first).wrapping_mul(weight));
        Queued { last: self.last.clone(), length, hash }
    }

    fn values(&self) -> Vec<Term> {
        let mut values: Vec<Term> = self.nodes().map(|node| node.value.clone()).collect();
        values.reverse();
        values
    }

    /// The values, the last one first.
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let all = std::iter::successors(self.last.as_deref(), |node| node.before.as_deref());
        all.take(self.length)
    }
}

impl Node {
    fn behind(before: Option<Rc<Node>>, value: Term) -> Node {
        let place = |node: &Option<Rc<Node>>| node.as_ref().map_or(0, |node| node.place);
        let far = before.as_ref().and_then(|before| {
            let further = before.far.as_ref().and_then(|far| far.far.clone());
            let one = place(&before.far);
            // Two steps of one length make one of twice that length.
            if before.place - one == one - place(&further) && one > 0 {
                further
            } else {
                Some(Rc::clone(before))
            }
        });
        Node { value, place: place(&before) + 1, before, far }
    }

    /// The one with this place.
    fn up_to(&self, place: usize) -> &Node {
        let mut node = self;
        while node.place > place {
            let far = node.far.as_deref().filter(|far| far.place >= place);
            let next = far.or(node.before.as_deref());
            node = next.unwrap_or_else(|| unreachable!("places are counted from 1"));
        }
        node
    }
}

impl Drop for Node {
    /// One after the other, as a long queue would take too deep a stack.
    fn drop(&mut self) {
        // Those far ahead are before it as well.
        self.far = None;
        let mut next = self.before.take();
        while let Some(Ok(mut node)) = next.map(Rc::try_unwrap) {
            node.far = None;
            next = node.before.take();
        }
    }
}

impl PartialEq for Queued {
    fn eq(&self, other: &Queued) -> bool {
        if (self.length, self.hash) != (other.length, other.hash) {
            return false;
        }
        for (one, two) in self.nodes().zip(other.nodes()) {
            if std::ptr::eq(one, two) {
                return true;
            }
            if one.value != two.value {
                return false;
            }
        }
        true
    }
}

impl Eq for Queued {}

impl Hash for Queued {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.length, self.hash).hash(state);
    }
}

impl fmt::Debug for Queued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

fn hash_of(value: &Term) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_queue_does_what_a_double_ended_one_does(
            steps in prop::collection::vec(prop::option::of(0..3_i64), 0..200),
        ) {
            let (mut queue, mut expected) = (Queued::default(), VecDeque::new());
            let mut met: Vec<(Queued, VecDeque<Term>)> = Vec::new();
            for step in steps {
                if let Some(value) = step {
                    queue = queue.with(&value.into());
                    expected.push_back(Term::from(value));
                } else {
                    prop_assert_eq!(queue.first(), expected.front());
                    queue = queue.without_first();
                    expected.pop_front();
                }
                prop_assert_eq!(queue.values(), Vec::from(expected.clone()));
                met.push((queue.clone(), expected.clone()));
            }
            for (one, values) in &met {
                for (other, others) in &met {
                    prop_assert_eq!(one == other, values == others);
                    prop_assert!(one != other || hash_of_queue(one) == hash_of_queue(other));
                }
            }
        }
    }

    fn hash_of_queue(queue: &Queued) -> u64 {
        let mut hasher = DefaultHasher::new();
        queue.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn a_long_queue_is_dropped_without_a_deep_stack() {
        let long =
            (0..1_000_000_i64).fold(Queued::default(), |queue, value| queue.with(&value.into()));
        let shorter = (0..999_999).fold(long.clone(), |queue, _| queue.without_first());
        assert_eq!(shorter.first(), Some(&999_999.into()));
        drop((long, shorter));
    }
}
