//! A mailbox: messages in the order of their arrival, taken out by selective receive.

use std::collections::VecDeque;

use crate::term::Term;

/// The messages of one process.
///
/// A message keeps its position until it is taken, so that a receive that has looked at some
/// messages in vain goes on behind them (A18).
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    messages: VecDeque<Option<Term>>,
    /// The position of the first message.
    first: u64,
    taken: usize,
}

impl Mailbox {
    pub(super) fn push(&mut self, message: Term) {
        self.messages.push_back(Some(message));
    }

    /// The position behind the last message.
    pub(super) fn end(&self) -> u64 {
        self.first + self.messages.len() as u64
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len() - self.taken
    }

    /// Takes the first message at or behind `from` that is wanted. What was looked at in vain lies
    /// before [`Self::end`].
    pub(super) fn take(
        &mut self,
        from: u64,
        mut wanted: impl FnMut(&Term) -> bool,
    ) -> Option<Term> {
        let start = from.saturating_sub(self.first) as usize;
        for index in start..self.messages.len() {
            let slot = &mut self.messages[index];
            if slot.as_ref().is_some_and(&mut wanted) {
                let message = slot.take();
                self.taken += 1;
                self.trim();
                return message;
            }
        }
        None
    }

    /// Puts back what arrived while the mailbox was lent out.
    pub(super) fn append(&mut self, later: Mailbox) {
        self.messages.extend(later.messages.into_iter().filter(Option::is_some));
    }

    fn trim(&mut self) {
        while let Some(None) = self.messages.front() {
            self.messages.pop_front();
            self.first += 1;
            self.taken -= 1;
        }
    }
}
