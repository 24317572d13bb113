//! The log of a world: its trace, the present time, and the cause of whatever happens now.

use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::trace::{Detail, Fact, RecordId, Trace};

/// The trace, with the time and the cause that the next record gets.
pub(super) struct Log {
    /// The virtual time.
    pub now: Time,
    /// The record that led to whatever happens now.
    pub cause: RecordId,
    /// The place in the source that the message comes from which is sent next.
    pub source: Option<Atom>,
    pub trace: Trace,
}

impl Log {
    pub(super) fn new(detail: Detail) -> Log {
        Log { now: Time::ZERO, cause: RecordId::default(), source: None, trace: Trace::new(detail) }
    }

    /// Records a fact that follows from the present cause.
    pub(super) fn record(&mut self, node: Option<Atom>, fact: Fact) -> RecordId {
        self.trace.record(self.now, self.cause, node, fact)
    }

    /// Returns whether every step of every process is recorded, not only the story.
    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.trace.is_full()
    }

    /// Returns whether the states of servers are recorded.
    #[inline]
    pub(super) const fn shows_states(&self) -> bool {
        self.trace.shows_states()
    }

    /// Adds a step to the digest of the run.
    #[inline]
    pub(super) fn step(&mut self, step: u64) {
        self.trace.step(self.now, step);
    }

    /// The cause of what happens next lies outside of the world.
    pub(super) fn clear_cause(&mut self) {
        self.cause = RecordId::default();
    }
}
