//! Large payloads in fragments, so that one does not hold up all others of its connection.
//!
//! A node puts no more on a lane than its buffer takes (`dist_buf_busy_limit`, A7). Of a payload that
//! does not fit, fragments are put there as room is made, in turn with those of other senders; what
//! one sender sends stays in order (A8).

use std::collections::VecDeque;

/// The bytes of a fragment: `ERTS_DIST_FRAGMENT_SIZE`.
pub(super) const FRAGMENT: usize = 64 << 10;

/// Something that a node sends on behalf of a process.
pub(crate) trait FromSender {
    /// The number of its sender among all senders of the node.
    fn sender(&self) -> u64;
}

/// The payloads that senders have not put on a lane completely, by turns.
#[derive(Debug)]
pub(super) struct Fragmented<P> {
    turns: VecDeque<Turn<P>>,
}

/// The payloads of one sender, in order, each with the bytes that are left of it.
#[derive(Debug)]
struct Turn<P> {
    sender: u64,
    payloads: VecDeque<(P, usize)>,
}

impl<P> Fragmented<P> {
    pub(super) const fn new() -> Fragmented<P> {
        Fragmented { turns: VecDeque::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    pub(super) fn into_payloads(self) -> impl Iterator<Item = P> {
        self.turns.into_iter().flat_map(|turn| turn.payloads).map(|(payload, _)| payload)
    }

    /// Returns whether there are payloads of this sender.
    pub(super) fn has(&self, sender: u64) -> bool {
        self.turns.iter().any(|turn| turn.sender == sender)
    }

    /// Adds a payload behind the others of its sender.
    pub(super) fn add(&mut self, sender: u64, payload: P, bytes: usize) {
        match self.turns.iter_mut().find(|turn| turn.sender == sender) {
            Some(turn) => turn.payloads.push_back((payload, bytes)),
            None => self.turns.push_back(Turn { sender, payloads: [(payload, bytes)].into() }),
        }
    }

    /// Takes the next fragment: its bytes, and the payload if it is the last fragment of it.
    pub(super) fn take(&mut self) -> Option<(usize, Option<P>)> {
        let mut turn = self.turns.pop_front()?;
        let (payload, left) = turn.payloads.pop_front()?;
        let bytes = left.min(FRAGMENT);
        let last = if left > bytes {
            turn.payloads.push_front((payload, left - bytes));
            None
        } else {
            Some(payload)
        };
        if !turn.payloads.is_empty() {
            self.turns.push_back(turn);
        }
        Some((bytes, last))
    }
}
