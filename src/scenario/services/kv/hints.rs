//! Hints that the processes of a node share. Correctness does not depend on them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::Setup;
use super::protocol::Ballot;
use crate::engine::runtime::Context;

/// The knowledge of a node about the ballots, and about the replicas that answer.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// The highest number of a ballot about each key.
    latest: RefCell<BTreeMap<String, u64>>,
    /// Too few replicas have answered last.
    is_alone: Cell<bool>,
}

impl Hints {
    /// A number that is likely to be higher than all that there have been.
    pub(super) fn next(&self, key: &str) -> u64 {
        self.latest.borrow().get(key).copied().unwrap_or_default() + 1
    }

    pub(super) fn learn(&self, key: &str, Ballot(number, _): Ballot) {
        let mut latest = self.latest.borrow_mut();
        match latest.get_mut(key) {
            Some(known) => *known = number.max(*known),
            None => drop(latest.insert(key.to_owned(), number)),
        }
    }

    /// Tells people that a majority has been lost, or is there again, if it was not known.
    pub(super) fn tell_whether_alone(&self, ctx: &Context, setup: &Setup, is_alone: bool) {
        if self.is_alone.replace(is_alone) != is_alone {
            let text = match (is_alone, setup.settings.quorum) {
                (false, _) => "reaches a majority again",
                (true, super::Quorum::Majority) => "reaches no majority: waits for one",
                (true, super::Quorum::None) => "reaches no majority: goes on without one",
            };
            setup.report.line(ctx, setup.name, text);
        }
    }
}
