//! Claims of a service about its consistency that are weaker than linearizability, and cheaper to check.
//!
//! Each claim is about what reads show. A key is a collection, to which values are appended or added
//! and which is read whole, or a register, which is written and read, or a queue. What was written
//! has to be told apart: where one value was written twice, nobody can tell which of the two a read
//! shows, and what is not refuted is unknown. What somebody may have removed from a collection need
//! not be there.
//!
//! The four guarantees of sessions are those of Viotti and Vukolić (*Consistency in
//! non-transactional distributed storage systems*, 2016): each operation sees some of the writes, and
//! all writes have one order, in which one that ended before another was begun comes first. A read
//! shows what the writes that it sees make of the key in that order. So one that shows a value which
//! nobody had begun to write, or whose write failed, refutes them all.

mod collections;
mod effects;
mod eventual;
mod order;
mod registers;
mod removals;
mod session;
#[cfg(test)]
mod tests;
mod total_queue;

use std::time::Duration;

use super::Numbered;
use super::keys::KeyHistories;
use crate::consistency::history::OperationId;
use crate::engine::term::Term;
use crate::engine::time::Time;

use session::Guarantee;

/// Something that a service may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A read sees all that the same client was told to be written before.
    ReadYourWrites,
    /// A read sees all that the earlier reads of the same client saw.
    MonotonicReads,
    /// The writes of a client are in their order.
    MonotonicWrites,
    /// A write comes after all that the earlier reads of the same client saw.
    WritesFollowReads,
    /// Once nothing is written any more and nothing is broken, all reads come to show the same, and
    /// all that was acknowledged (Vogels, *Eventually consistent*, 2009).
    Eventual {
        /// The time at which the last fault was healed.
        healed: Time,
        /// The time after that, and after the last write, in which reads may still differ.
        within: Duration,
    },
    /// No write takes effect more than once, and none that failed. What is put into a queue comes
    /// out of it no more often.
    AtMostOnce,
    /// Every write that was acknowledged takes effect: the last read shows it. What is put into
    /// a queue has come out of it when it is found empty.
    AtLeastOnce,
    /// A queue gives out what was put in, as the `total-queue` of Jepsen has it: everything
    /// that was acknowledged came out (else it is lost), and everything that came out is something
    /// that somebody tried to put in (else it is unexpected). What comes out more often than it was
    /// put in is only counted. It is for queues that were drained in the end.
    TotalQueue,
}

/// The result of checking a [`Claim`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Examination {
    /// It was put to the test, and holds.
    Holds,
    /// It does not hold: why, and the operations that show it, the one that saw it last.
    Violated(String, Vec<OperationId>),
    /// It was not put to the test, and why.
    Inconclusive(String),
}

impl Claim {
    /// Looks whether a history bears it out.
    pub fn examine<'a>(self, operations: impl IntoIterator<Item = Numbered<'a>>) -> Examination {
        self.examine_keys(&KeyHistories::of(operations))
    }

    /// As [`examine`](Claim::examine), where a register holds a value at the beginning.
    pub fn examine_from<'a>(
        self,
        initial: &'a Term,
        operations: impl IntoIterator<Item = Numbered<'a>>,
    ) -> Examination {
        self.examine_keys(&KeyHistories::beginning_with(initial, operations))
    }

    pub(super) fn examine_keys(self, keys: &KeyHistories) -> Examination {
        match self {
            Claim::ReadYourWrites => session::check(keys, Guarantee::ReadYourWrites),
            Claim::MonotonicReads => session::check(keys, Guarantee::MonotonicReads),
            Claim::MonotonicWrites => session::check(keys, Guarantee::MonotonicWrites),
            Claim::WritesFollowReads => session::check(keys, Guarantee::WritesFollowReads),
            Claim::Eventual { healed, within } => eventual::check(keys, healed, within),
            Claim::AtMostOnce => effects::at_most_once(keys),
            Claim::AtLeastOnce => effects::at_least_once(keys),
            Claim::TotalQueue => total_queue::check(keys),
        }
    }
}

/// The evidence against a claim, and the operations that show it; the last one is the one that saw it.
type Violation = Option<(String, Vec<OperationId>)>;

/// The number of tests, and the first that failed.
#[derive(Default)]
struct Trial {
    tested: usize,
    violation: Violation,
    /// The reason why something could not be tested.
    doubt: Option<String>,
}

impl Trial {
    /// Notes a test, which passed if nothing is against it.
    fn test(&mut self, violation: Violation) {
        self.tested += 1;
        self.find(violation);
    }

    /// Notes what is against the claim, if something is.
    fn find(&mut self, violation: Violation) {
        // The first to be seen.
        if let Some(found) = violation
            && self.violation.as_ref().is_none_or(|(_, shown)| found.1.last() < shown.last())
        {
            self.violation = Some(found);
        }
    }

    /// Notes that something that was to be tested cannot be.
    fn doubt(&mut self, why: impl FnOnce() -> String) {
        self.doubt.get_or_insert_with(why);
    }

    /// The result; `untested` if there was no test.
    fn examination(self, untested: &str) -> Examination {
        match (self.violation, self.doubt) {
            (Some((why, operations)), _) => Examination::Violated(why, operations),
            (None, Some(why)) => Examination::Inconclusive(why),
            (None, None) if self.tested == 0 => Examination::Inconclusive(untested.to_owned()),
            (None, None) => Examination::Holds,
        }
    }
}
