//! The event queue: what will happen, in the order of `(time, sequence)`.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::time::Time;

/// Events in the order of their time; at one instant in the order in which they were pushed.
#[derive(Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    sequence: u64,
}

#[derive(Debug)]
struct Entry<E> {
    at: Time,
    sequence: u64,
    event: E,
}

impl<E> Queue<E> {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Queue<E> {
        Queue { heap: BinaryHeap::new(), sequence: 0 }
    }

    /// Adds an event.
    pub fn push(&mut self, at: Time, event: E) {
        self.heap.push(Entry { at, sequence: self.sequence, event });
        self.sequence += 1;
    }

    /// Takes the first event away.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.heap.pop().map(|entry| (entry.at, entry.event))
    }

    /// The time of the first event.
    pub fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.at)
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether no event waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Queue<E> {
        Queue::new()
    }
}

impl<E> Ord for Entry<E> {
    /// Reversed, since the heap gives its greatest entry first.
    fn cmp(&self, other: &Entry<E>) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Entry<E>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Entry<E>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn events_come_in_order_of_time_and_then_of_pushing(times in prop::collection::vec(0u64..8, 0..64)) {
            let mut queue = Queue::new();
            for (index, at) in times.iter().enumerate() {
                queue.push(Time::from_nanos(*at), index);
            }
            let mut expected: Vec<(u64, usize)> =
                times.iter().enumerate().map(|(index, at)| (*at, index)).collect();
            expected.sort_unstable();
            let found: Vec<(u64, usize)> =
                std::iter::from_fn(|| queue.pop()).map(|(at, index)| (at.as_nanos(), index)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
