//! The event queue: what will happen, in the order of `(time, sequence)`.
//!
//! Simulated time never runs back, so that a radix heap serves (Ahuja, Mehlhorn, Orlin and Tarjan,
//! *Faster algorithms for the shortest path problem*, 1990): times are told apart by the highest
//! digit in which they differ from the time of the last event that was taken. An event moves to a
//! lower digit only when everything before it is gone, and those of one time stay together in the
//! order in which they came, so that no sequence number has to be kept.

use std::collections::VecDeque;

use crate::engine::time::Time;

/// Events in the order of their time; at one instant in the order in which they were pushed.
#[derive(Debug)]
pub struct EventQueue<E> {
    /// The time of the last event that was taken: no later event is pushed before it.
    base: u64,
    /// The events of that time.
    present: VecDeque<E>,
    /// The later events, by the highest digit in which their times differ from the base.
    levels: [Level<E>; LEVELS],
    /// The levels that are not empty, a bit each.
    occupied: u16,
    len: usize,
    /// Buckets that nobody uses now, kept for their memory.
    spare: Vec<Bucket<E>>,
}

/// The events whose times differ from the base in the same digit.
#[derive(Debug)]
struct Level<E> {
    /// By the value of that digit; made with the first event.
    buckets: Vec<Bucket<E>>,
    /// The buckets that are not empty, a bit each.
    occupied: u64,
}

/// Events with the same digits down to one, in the order in which they were pushed.
type Bucket<E> = Vec<(u64, E)>;

/// The bits of a digit, so that a word tells which of its values occur.
const DIGIT_BITS: u32 = 6;

const LEVELS: usize = 64_usize.div_ceil(DIGIT_BITS as usize);

/// So many events are shown at once at the most before they come.
const FORESEEN_MAX: usize = 256;

/// The most empty buckets that are kept, and the most events that one has room for: more would not
/// be missed, and might lie there for one event.
const SPARE_MAX: usize = 64;
const SPARE_ROOM_MAX: usize = 256;

impl<E> EventQueue<E> {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> EventQueue<E> {
        EventQueue {
            base: 0,
            present: VecDeque::new(),
            levels: [const { Level { buckets: Vec::new(), occupied: 0 } }; LEVELS],
            occupied: 0,
            len: 0,
            spare: Vec::new(),
        }
    }

    /// Adds an event.
    ///
    /// # Panics
    /// If an event of a later time has been taken already.
    #[inline]
    pub fn push(&mut self, at: Time, event: E) {
        let at = at.as_nanos();
        assert!(at >= self.base, "an event in the past");
        self.len += 1;
        if at == self.base {
            self.present.push_back(event);
        } else {
            self.put(at, event);
        }
    }

    /// Takes the first event away.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.pop_until(Time::MAX)
    }

    /// Takes the first event away, unless it is later than a limit.
    pub fn pop_until(&mut self, limit: Time) -> Option<(Time, E)> {
        self.pop_foreseeing(limit, |_| ())
    }

    /// As [`Self::pop_until`]. Shows events that will soon be the first, some at a time and in no
    /// order, so that what they need can be had ready.
    #[inline]
    pub fn pop_foreseeing(&mut self, limit: Time, foresee: impl FnMut(&E)) -> Option<(Time, E)> {
        let limit = limit.as_nanos();
        if limit < self.base {
            return None;
        }
        let event = match self.present.pop_front() {
            Some(event) => event,
            None if limit == self.base => return None,
            None => self.advance(limit, foresee)?,
        };
        self.len -= 1;
        Some((Time::from_nanos(self.base), event))
    }

    /// The time of the first event. Looks at every event that might be the first.
    pub fn next_time(&self) -> Option<Time> {
        if !self.present.is_empty() {
            return Some(Time::from_nanos(self.base));
        }
        let (level, digit) = self.first_bucket()?;
        earliest(&self.levels[level].buckets[digit]).map(Time::from_nanos)
    }

    /// The number of events that wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if no event waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts an event into the bucket for its time, which is later than the base.
    #[inline]
    fn put(&mut self, at: u64, event: E) {
        let level = (u64::BITS - 1 - (at ^ self.base).leading_zeros()) / DIGIT_BITS;
        let digit = (at >> (level * DIGIT_BITS)) as usize % 64;
        let Level { buckets, occupied } = &mut self.levels[level as usize];
        if buckets.is_empty() {
            buckets.resize_with(64, Vec::new);
        }
        let bucket = &mut buckets[digit];
        *occupied |= 1 << digit;
        self.occupied |= 1 << level;
        if bucket.capacity() == 0
            && let Some(spare) = self.spare.pop()
        {
            *bucket = spare;
        }
        bucket.push((at, event));
    }

    /// The bucket with the first of the later events: its level and its digit.
    #[inline]
    fn first_bucket(&self) -> Option<(usize, usize)> {
        if self.occupied == 0 {
            return None;
        }
        let level = self.occupied.trailing_zeros() as usize;
        Some((level, self.levels[level].occupied.trailing_zeros() as usize))
    }

    /// Takes the first of the later events, unless it is later than the limit, and makes its time the
    /// base. All that differs from it in lower digits only than before moves there.
    #[inline]
    fn advance(&mut self, limit: u64, mut foresee: impl FnMut(&E)) -> Option<E> {
        let (level, digit) = self.first_bucket()?;
        let Level { buckets, occupied } = &mut self.levels[level];
        let bucket = &mut buckets[digit];
        let earliest = earliest(bucket).filter(|at| *at <= limit)?;
        *occupied &= !(1 << digit);
        if *occupied == 0 {
            self.occupied &= !(1 << level);
        }
        self.base = earliest;
        if bucket.len() == 1 {
            return bucket.pop().map(|(_, event)| event);
        }
        let mut bucket = std::mem::take(bucket);
        if bucket.len() <= FORESEEN_MAX {
            for (_, event) in &bucket {
                foresee(event);
            }
        }
        let mut first = None;
        for (at, event) in bucket.drain(..) {
            if at > earliest {
                self.put(at, event);
            } else if first.is_none() {
                first = Some(event);
            } else {
                self.present.push_back(event);
            }
        }
        if self.spare.len() < SPARE_MAX && bucket.capacity() <= SPARE_ROOM_MAX {
            self.spare.push(bucket);
        }
        first
    }
}

fn earliest<E>(bucket: &Bucket<E>) -> Option<u64> {
    bucket.iter().map(|(at, _)| *at).min()
}

impl<E> Default for EventQueue<E> {
    fn default() -> EventQueue<E> {
        EventQueue::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// Pushes an event this long after the last one that was taken.
        Push(u64),
        Pop,
        /// Pops an event that is not later than this long after the last one.
        PopUntil(u64),
    }

    /// Times near each other, and times that differ in any digit.
    fn delay() -> impl Strategy<Value = u64> {
        prop_oneof![0..4_u64, 0..10_000_000_u64, (0..60_u32).prop_map(|bit| 1 << bit)]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => delay().prop_map(Step::Push),
            2 => Just(Step::Pop),
            1 => delay().prop_map(Step::PopUntil),
        ]
    }

    proptest! {
        #[test]
        fn events_come_in_order_of_time_and_then_of_pushing(
            steps in prop::collection::vec(step(), 0..400),
        ) {
            let mut queue = EventQueue::new();
            let mut model: Vec<(u64, usize)> = Vec::new();
            let mut now = 0;
            for (number, step) in steps.into_iter().enumerate() {
                let limit = match step {
                    Step::Push(delay) => {
                        queue.push(Time::from_nanos(now + delay), number);
                        model.push((now + delay, number));
                        continue;
                    }
                    Step::Pop => u64::MAX,
                    Step::PopUntil(delay) => now + delay,
                };
                let first = model.iter().min().copied();
                prop_assert_eq!(queue.next_time(), first.map(|(at, _)| Time::from_nanos(at)));
                let expected = first.filter(|(at, _)| *at <= limit);
                model.retain(|entry| Some(*entry) != expected);
                let found = queue.pop_until(Time::from_nanos(limit));
                prop_assert_eq!(found.map(|(at, event)| (at.as_nanos(), event)), expected);
                prop_assert_eq!(queue.len(), model.len());
                now = expected.map_or(now, |(at, _)| at);
            }
        }
    }
}
