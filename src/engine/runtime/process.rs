//! A process as the runtime holds it.

use std::collections::VecDeque;

use super::content::Content;
use super::mailbox::Mailbox;
use super::relations::Relations;
use super::signal::{Body, Control, Signal};
use crate::engine::network::NodeId;
use crate::engine::rng::Stream;
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::RecordId;

/// The fields are in the order of the cache lines: those that a message needs, those that a turn
/// needs, the rest.
#[repr(C, align(64))]
pub(super) struct Process {
    pub mailbox: Mailbox,
    pub flags: Flags,
    /// The record that its body acts upon: the message that it took last, the timer that woke it, or
    /// its own spawn.
    pub cause: RecordId,
    /// The number of peers to which it has sent more than the limit; it goes on when there are none
    /// (A7).
    pub suspensions: u32,
    pub node: NodeId,

    pub pid: Pid,
    pub body: Option<Body>,
    /// The signals that it has not handled, beginning with one other than a message. Without such a
    /// one, messages go to the mailbox at once.
    signals: Option<Box<Signals>>,
    /// The reason with which it has ended itself in the middle of a turn.
    pub exiting: Option<Box<Term>>,
    pub rng: Stream,

    pub relations: Option<Box<Relations>>,
    pub label: Atom,
    pub name: Option<Atom>,
    pub parent: Option<Pid>,
    pub group_leader: Pid,
    /// Its number among all processes that its node has had, in all incarnations.
    pub ordinal: u32,
    /// Its index in the list of its node's processes.
    pub index_on_node: u32,
}

/// Signals that a process has not handled, each with the record that led to it.
type Signals = VecDeque<(Signal, RecordId)>;

/// Empty queues of signals, for the next processes that need one.
#[derive(Default)]
pub(super) struct SpareQueues(
    #[expect(clippy::vec_box, reason = "a process holds a box")] Vec<Box<Signals>>,
);

impl SpareQueues {
    #[expect(clippy::unnecessary_box_returns, reason = "a process holds the box")]
    fn take(&mut self) -> Box<Signals> {
        self.0.pop().unwrap_or_default()
    }

    fn keep(&mut self, empty: Box<Signals>) {
        if self.0.len() < SPARE_MAX && empty.capacity() <= SPARE_ROOM_MAX {
            self.0.push(empty);
        }
    }
}

/// The properties that a process has from its spawn on.
pub(super) struct NewProcess {
    pub pid: Pid,
    pub node: NodeId,
    pub index_on_node: u32,
    pub ordinal: u32,
    pub label: Atom,
    pub parent: Option<Pid>,
    pub group_leader: Option<Pid>,
    pub cause: RecordId,
    pub rng: Stream,
}

/// The most empty queues of signals that are kept, and the most signals that one has room for.
const SPARE_MAX: usize = 64;
const SPARE_ROOM_MAX: usize = 16;

#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, asked one at a time")]
pub(super) struct Flags {
    pub trap_exit: bool,
    /// It is in the run queue.
    pub queued: bool,
    /// Its body can go on.
    pub runnable: bool,
    /// Its body waits for a message.
    pub receiving: bool,
}

impl Process {
    /// A process that has no body yet.
    pub(super) fn new(new: NewProcess) -> Process {
        let NewProcess {
            pid,
            node,
            index_on_node,
            ordinal,
            label,
            parent,
            group_leader,
            cause,
            rng,
        } = new;
        Process {
            pid,
            node,
            flags: Flags { runnable: true, ..Flags::default() },
            cause,
            suspensions: 0,
            body: None,
            mailbox: Mailbox::default(),
            signals: None,
            relations: None,
            rng,
            exiting: None,
            label,
            name: None,
            parent,
            group_leader: group_leader.unwrap_or(pid),
            ordinal,
            index_on_node,
        }
    }

    /// Is it never suspended for what it sends?
    pub(super) fn is_async_dist(&self) -> bool {
        self.relations.as_ref().is_some_and(|relations| relations.is_async_dist)
    }

    pub(super) fn relations(&mut self) -> &mut Relations {
        self.relations.get_or_insert_default()
    }

    /// The name by which people know it.
    pub(super) fn label(&self) -> Atom {
        self.name.unwrap_or(self.label)
    }

    /// Returns whether it has not ended itself in the middle of its turn.
    #[inline]
    pub(super) const fn is_active(&self) -> bool {
        self.exiting.is_none()
    }

    /// Returns whether its body can go on after an await: it is active and not suspended. One that
    /// is suspended asks again when it is released (A7).
    #[inline]
    pub(super) const fn can_continue(&mut self) -> bool {
        self.flags.runnable |= self.suspensions > 0;
        self.suspensions == 0 && self.is_active()
    }

    /// Receives a message.
    #[inline]
    pub(super) fn receive(&mut self, message: Content, cause: RecordId) {
        match &mut self.signals {
            None => self.put_in_mailbox(message, cause),
            Some(signals) => signals.push_back((Signal::Message(message), cause)),
        }
    }

    /// Receives a signal other than a message. The queue for it may be one that others have used.
    pub(super) fn enqueue(&mut self, control: Control, cause: RecordId, spare: &mut SpareQueues) {
        let signals = self.signals.get_or_insert_with(|| spare.take());
        signals.push_back((Signal::Control(control), cause));
    }

    #[inline]
    pub(super) fn put_in_mailbox(&mut self, message: Content, cause: RecordId) {
        self.mailbox.push(message, cause);
        self.flags.runnable |= self.flags.receiving;
    }

    /// Returns whether it has signals that it has not handled.
    #[inline]
    pub(super) const fn has_signals(&self) -> bool {
        self.signals.is_some()
    }

    /// Returns whether it has anything to do in a turn.
    #[inline]
    pub(super) const fn has_work(&self) -> bool {
        self.flags.runnable || self.has_signals()
    }

    /// Returns whether it has work and is not in the run queue.
    #[inline]
    pub(super) const fn should_be_queued(&self) -> bool {
        !self.flags.queued && self.body.is_some() && self.has_work()
    }

    /// Takes the next signal that it has not handled. The queue of the last one may be used by others.
    pub(super) fn next_signal(&mut self, spare: &mut SpareQueues) -> Option<(Signal, RecordId)> {
        let signals = self.signals.as_mut()?;
        let next = signals.pop_front();
        if signals.is_empty()
            && let Some(empty) = self.signals.take()
        {
            spare.keep(empty);
        }
        next
    }

    /// The messages that it has not taken.
    pub(super) fn unread(&self) -> Vec<Term> {
        let signals = self.signals.iter().flat_map(|signals| signals.iter());
        let behind_signals = signals.filter_map(|(signal, _)| match signal {
            Signal::Message(message) => Some(message),
            Signal::Control(_) => None,
        });
        self.mailbox.messages().chain(behind_signals).map(Content::to_term).collect()
    }

    /// The signals that it has not handled, with the records that led to them.
    pub(super) fn into_signals(self) -> impl Iterator<Item = (Signal, RecordId)> {
        self.signals.into_iter().flat_map(|signals| *signals)
    }
}
