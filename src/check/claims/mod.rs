//! What a service may claim of its consistency beside linearizability: weaker, and cheaper to check.
//!
//! Each claim is about what reads show. A key is a collection, to which values are appended or added
//! and which is read whole, or a register, which is written and read, or a queue. What was written
//! into a register has to be told apart: if one value was written twice, what its reads show says
//! nothing. What somebody may have removed from a collection need not be there.

mod effects;
mod eventual;
mod session;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::Numbered;
use super::keys::KeyHistories;
use crate::history::OperationId;
use crate::time::Time;

/// Something that a service may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// What a client reads shows all that the same client was told to be written before (Terry et
    /// al., *Session guarantees for weakly consistent replicated data*, 1994).
    ReadYourWrites,
    /// What a client reads shows all that it has read before (as above).
    MonotonicReads,
    /// When nothing is written any more and nothing is broken, all reads come to show the same, and
    /// all that was acknowledged (Vogels, *Eventually consistent*, 2009).
    Eventual {
        /// When the last fault was healed.
        healed: Time,
        /// How long after that, and after the last write, reads may still differ.
        within: Duration,
    },
    /// No write takes effect more than once, and none that failed. What is put into a queue comes
    /// out of it no more often.
    AtMostOnce,
    /// Every write that was acknowledged takes effect: the last read shows it. What is put into
    /// a queue has come out of it when it is found empty.
    AtLeastOnce,
}

/// What a history says of a [`Claim`].
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

    pub(super) fn examine_keys(self, keys: &KeyHistories) -> Examination {
        match self {
            Claim::ReadYourWrites => session::read_your_writes(keys),
            Claim::MonotonicReads => session::monotonic_reads(keys),
            Claim::Eventual { healed, within } => eventual::check(keys, healed, within),
            Claim::AtMostOnce => effects::at_most_once(keys),
            Claim::AtLeastOnce => effects::at_least_once(keys),
        }
    }
}

/// What is against a claim, and the operations that show it, the one that saw it last.
type Violation = Option<(String, Vec<OperationId>)>;

/// How often something was put to the test, and the first time that it failed.
#[derive(Default)]
struct Trial {
    tested: usize,
    violation: Violation,
}

impl Trial {
    /// Notes a test, which passed if nothing is against it.
    fn test(&mut self, violation: Violation) {
        self.tested += 1;
        // The first to be seen.
        if let Some(found) = violation
            && self.violation.as_ref().is_none_or(|(_, shown)| found.1.last() < shown.last())
        {
            self.violation = Some(found);
        }
    }

    /// What comes out of it; `untested` if there was no test.
    fn examination(self, untested: &str) -> Examination {
        match self.violation {
            Some((why, operations)) => Examination::Violated(why, operations),
            None if self.tested == 0 => Examination::Inconclusive(untested.to_owned()),
            None => Examination::Holds,
        }
    }
}
