//! Independence of the seed: even when a plan spells everything out, the seed still decides how
//! long packets take, which process runs first, and how long services wait before they retry.

use super::search::{Edit, ShrinkSearch, edit};
use super::times::move_operations;
use super::values::{TIMES, constant_paths};
use crate::engine::runtime::Schedule;
use crate::scenario::Scenario;

/// The result of trying a plan with many seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedTrials {
    /// The seeds that were tried.
    pub tried: Vec<u64>,
    /// Those with which it does not fail in the same way.
    pub holds_with: Vec<u64>,
}

impl SeedTrials {
    /// True if it fails with every seed that was tried, which are more than one.
    #[must_use]
    pub fn needs_no_seed(&self) -> bool {
        self.tried.len() > 1 && self.holds_with.is_empty()
    }
}

/// The seeds with which, besides its own, a plan has to fail while it is reduced.
const DEMANDED: [u64; 4] = [1, 2, 3, 4];

/// The seeds with which it has to fail in the end.
pub(super) const TRIED: std::ops::RangeInclusive<u64> = 1..=20;

/// The amounts by which all operations are moved relative to the faults, in microseconds, the
/// nearest first.
const MOVES: [i64; 14] = [
    -100, 100, -500, 500, -1_000, 1_000, -2_000, 2_000, -5_000, 5_000, -20_000, 20_000, -100_000,
    100_000,
];

/// A permission to move operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OperationShift {
    None,
    Some,
}

/// Makes the plan fail whatever the seed: as it is, or with constant delays, or with the processes
/// in the order in which they became ready, or with its operations a little earlier or later. From
/// then on this is required. Returns true if it succeeds.
pub(super) fn settle(search: &mut ShrinkSearch<'_>, own: u64, moves: OperationShift) -> bool {
    search.now("whatever the seed");
    let (before, text) = (search.seeds.clone(), search.text.clone());
    let demanded = DEMANDED.into_iter().filter(|seed| *seed != own);
    search.demand([own].into_iter().chain(demanded).collect());
    if search.first(&ways(moves)).is_some() || search.fails_as_it_is() {
        return true;
    }
    debug_assert_eq!(search.text, text);
    search.demand(before);
    false
}

fn ways(moves: OperationShift) -> Vec<Edit> {
    let fifo = |scenario: &mut Scenario| scenario.schedule = Schedule::Fifo;
    let constant = |times, by, in_order: bool| {
        edit(move |it: &mut Scenario| {
            constant_paths(it, times);
            move_operations(it, by);
            if in_order {
                fifo(it);
            }
        })
    };
    let delays = TIMES.into_iter().map(|times| (times, 0));
    let others = MOVES.into_iter().filter(|_| moves == OperationShift::Some).map(|by| (1, by));
    let all = delays.chain(others);
    let ways = all.flat_map(|(times, by)| [constant(times, by, false), constant(times, by, true)]);
    ways.chain([edit(fifo)]).collect()
}
