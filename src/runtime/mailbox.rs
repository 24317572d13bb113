//! A mailbox: messages in the order of their arrival, taken out by selective receive.

use std::collections::VecDeque;

use crate::term::Term;
use crate::trace::RecordId;

/// The messages of one process.
///
/// A message keeps its position, which counts all that ever arrived, until it is taken; so a
/// receive that has looked at some messages in vain goes on behind them (A18).
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    /// Each message with its position and the record of its arrival, in order.
    messages: VecDeque<(u64, RecordId, Term)>,
    end: u64,
}

impl Mailbox {
    pub(super) fn push(&mut self, message: Term, cause: RecordId) {
        self.messages.push_back((self.end, cause, message));
        self.end += 1;
    }

    /// The position behind the last message.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Takes the first message at or behind `from` that is wanted, with the record of its arrival.
    /// What was looked at in vain lies before [`Self::end`].
    pub(super) fn take(
        &mut self,
        from: u64,
        mut wanted: impl FnMut(&Term) -> bool,
    ) -> Option<(Term, RecordId)> {
        let start = if self.messages.front().is_none_or(|(position, ..)| *position >= from) {
            0
        } else {
            self.messages.partition_point(|(position, ..)| *position < from)
        };
        let found = self.messages.range(start..).position(|(.., message)| wanted(message))?;
        self.messages.remove(start + found).map(|(_, cause, message)| (message, cause))
    }

    /// Puts behind the rest what arrived while the mailbox was lent out.
    pub(super) fn append(&mut self, later: Mailbox) {
        for (_, cause, message) in later.messages {
            self.push(message, cause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(i64),
        /// Takes the first message below a limit, from a mark that so many pushes ago.
        Take {
            below: i64,
            mark: u64,
        },
    }

    fn step() -> impl Strategy<Value = Step> {
        let take = (0..10i64, 0..12u64).prop_map(|(below, mark)| Step::Take { below, mark });
        prop_oneof![(0..10i64).prop_map(Step::Push), take]
    }

    proptest! {
        // A18
        #[test]
        fn the_first_wanted_message_is_taken_and_the_others_stay_in_order(
            steps in prop::collection::vec(step(), 0..120),
        ) {
            let mut mailbox = Mailbox::default();
            let mut model: Vec<(u64, i64)> = Vec::new();
            let mut pushed = 0;
            for step in steps {
                match step {
                    Step::Push(value) => {
                        mailbox.push(value.into(), RecordId(pushed as u32));
                        model.push((pushed, value));
                        pushed += 1;
                    }
                    Step::Take { below, mark } => {
                        let from = pushed.saturating_sub(mark);
                        let wanted = |(at, value): &(u64, i64)| *at >= from && *value < below;
                        let place = model.iter().position(wanted);
                        let expected = place.map(|index| {
                            let (at, value) = model.remove(index);
                            (Term::from(value), RecordId(at as u32))
                        });
                        let is_below = |term: &Term| term.as_integer().is_some_and(|n| n < below);
                        prop_assert_eq!(mailbox.take(from, is_below), expected);
                    }
                }
                prop_assert_eq!(mailbox.len(), model.len());
                prop_assert_eq!(mailbox.end(), pushed);
            }
        }
    }
}
