//! A mailbox: messages in the order of their arrival, taken out by selective receive.

use std::collections::VecDeque;

use super::content::Content;
use crate::engine::term::{Ref, Term};
use crate::engine::trace::RecordId;

/// The messages of a process in the order of their arrival.
///
/// A message keeps its position, counted from the spawn of the process, until it is taken; so a
/// receive that has looked at some messages in vain goes on behind them (A18).
///
/// Most mailboxes never hold more than one message, which needs no memory of its own.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    /// The first message, if it came into an empty mailbox.
    first: Option<Entry>,
    /// The others, once there were any.
    #[expect(clippy::box_collection, reason = "most mailboxes never have any")]
    rest: Option<Box<VecDeque<Entry>>>,
    end: u32,
}

#[derive(Debug)]
struct Entry {
    position: u32,
    /// The record of its arrival.
    cause: RecordId,
    message: Content,
}

impl Mailbox {
    /// Puts a message behind the others.
    ///
    /// # Panics
    /// At the 2^32nd message in the life of a process.
    #[inline(always)]
    pub(super) fn push(&mut self, message: Content, cause: RecordId) {
        let position = self.end;
        self.end = position.checked_add(1).expect("fewer than 2^32 messages for one process");
        if self.is_empty() {
            self.first = Some(Entry { position, cause, message });
        } else {
            self.rest.get_or_insert_default().push_back(Entry { position, cause, message });
        }
    }

    /// The position behind the last message.
    #[inline]
    pub(super) const fn end(&self) -> u32 {
        self.end
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.as_ref().map_or(0, |rest| rest.len())
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.rest.as_ref().is_none_or(|rest| rest.is_empty())
    }

    /// Takes the first message at or behind `from` that is wanted, with the record of its arrival.
    /// All messages that were looked at in vain lie before [`Self::end`].
    #[inline]
    pub(super) fn take(
        &mut self,
        from: u32,
        mut wanted: impl FnMut(&Term) -> bool,
    ) -> Option<(Content, RecordId)> {
        self.take_where(from, |content| wanted(content.as_term()))
    }

    /// Takes the message of a monitor, if it is there.
    pub(super) fn take_down(&mut self, reference: Ref) {
        if self.is_empty() {
            return;
        }
        let reference = Term::from(reference);
        self.take_where(0, |content| {
            let elements = if content.may_be_down() { content.as_term().as_tuple() } else { None };
            elements.is_some_and(|all| all.len() == 5 && all[1] == reference)
        });
    }

    #[inline]
    fn take_where(
        &mut self,
        from: u32,
        mut wanted: impl FnMut(&mut Content) -> bool,
    ) -> Option<(Content, RecordId)> {
        let mut wants = |entry: &mut Entry| entry.position >= from && wanted(&mut entry.message);
        if let Some(entry) = self.first.take_if(&mut wants) {
            return Some((entry.message, entry.cause));
        }
        let rest = self.rest.as_mut()?;
        let start = if rest.front().is_none_or(|entry| entry.position >= from) {
            0
        } else {
            rest.partition_point(|entry| entry.position < from)
        };
        let found = rest.range_mut(start..).position(wants)?;
        let Entry { message, cause, .. } = rest.remove(start + found)?;
        Some((message, cause))
    }

    /// Takes the first message, with the record of its arrival.
    #[inline]
    pub(super) fn take_first(&mut self) -> Option<(Content, RecordId)> {
        let first = self.first.take();
        let first = first.or_else(|| self.rest.as_mut().and_then(|rest| rest.pop_front()));
        first.map(|Entry { message, cause, .. }| (message, cause))
    }

    /// The messages in order.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Content> {
        let rest = self.rest.iter().flat_map(|rest| rest.iter());
        self.first.iter().chain(rest).map(|entry| &entry.message)
    }

    /// Puts the messages behind the others that arrived while the mailbox was taken out.
    pub(super) fn append(&mut self, later: Mailbox) {
        for Entry { message, cause, .. } in
            later.first.into_iter().chain(later.rest.into_iter().flat_map(|rest| *rest))
        {
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
        TakeFirst,
        /// Takes the first message below a limit, from a mark set this many pushes ago.
        Take {
            below: i64,
            mark: u32,
        },
    }

    fn as_term(found: Option<(Content, RecordId)>) -> Option<(Term, RecordId)> {
        found.map(|(content, cause)| (content.into_term(), cause))
    }

    fn step() -> impl Strategy<Value = Step> {
        let take = (0..10i64, 0..12_u32).prop_map(|(below, mark)| Step::Take { below, mark });
        prop_oneof![(0..10i64).prop_map(Step::Push), Just(Step::TakeFirst), take]
    }

    proptest! {
        // A18
        #[test]
        fn the_first_wanted_message_is_taken_and_the_others_stay_in_order(
            steps in prop::collection::vec(step(), 0..120),
        ) {
            let mut mailbox = Mailbox::default();
            let mut model: Vec<(u32, i64)> = Vec::new();
            let mut pushed = 0_u32;
            for step in steps {
                match step {
                    Step::Push(value) => {
                        mailbox.push(Term::from(value).into(), RecordId(pushed));
                        model.push((pushed, value));
                        pushed += 1;
                    }
                    Step::TakeFirst => {
                        let first = (!model.is_empty()).then(|| model.remove(0));
                        let expected = first.map(|(at, value)| (Term::from(value), RecordId(at)));
                        let found = mailbox.take_first();
                        prop_assert_eq!(as_term(found), expected);
                    }
                    Step::Take { below, mark } => {
                        let from = pushed.saturating_sub(mark);
                        let wanted = |(at, value): &(u32, i64)| *at >= from && *value < below;
                        let place = model.iter().position(wanted);
                        let expected = place.map(|index| {
                            let (at, value) = model.remove(index);
                            (Term::from(value), RecordId(at))
                        });
                        let is_below = |term: &Term| term.as_integer().is_some_and(|n| n < below);
                        prop_assert_eq!(as_term(mailbox.take(from, is_below)), expected);
                    }
                }
                prop_assert_eq!(mailbox.len(), model.len());
                prop_assert_eq!(mailbox.end(), pushed);
            }
        }
    }
}
