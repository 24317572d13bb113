//! The liveness phase: in the end a core of nodes is right, and the rest stays failed for good.

use std::time::Duration;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::engine::rng::Streams;
use crate::engine::runtime::Direction;
use crate::engine::term::Atom;
use crate::scenario::fault::draw::{self, NEVER};
use crate::scenario::fault::{Fault, Partition, Trigger};
use crate::scenario::{Scenario, ScheduledFault};

use super::Chaos;
use super::budget::FaultBudget;
use crate::spelling::words;

/// The nodes that stay failed in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveness {
    /// The ways in which those fail that have not failed already; one is drawn for each.
    pub freeze: Vec<Freeze>,
}

/// The way in which a node fails for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freeze {
    /// It crashes and is not started again. A node that has a restart policy stands still instead.
    Crash,
    /// It stands still.
    Pause,
    /// It is cut off from all others.
    Partition,
    /// It is cut off from all others one way: it does not reach them, or they do not reach it.
    OneWayPartition,
}

words!(Freeze {
    Crash => "crash",
    Pause => "pause",
    Partition => "partition",
    OneWayPartition => "one_way_partition",
});

impl Liveness {
    /// The ways in which a node may fail. One that is started again does not stay down; it stands still if there is
    /// no other way.
    fn ways(&self, starts_again: bool) -> Vec<Freeze> {
        let lasts = |way: &Freeze| !starts_again || *way != Freeze::Crash;
        let ways: Vec<Freeze> = self.freeze.iter().copied().filter(lasts).collect();
        if ways.is_empty() { vec![Freeze::Pause] } else { ways }
    }
}

/// Draws the nodes that stay failed in the end: at least one, and as many as may be away at the
/// most. The others are the core.
pub(super) fn frozen(chaos: &Chaos, budget: &mut FaultBudget, streams: Streams) -> Vec<Atom> {
    if chaos.liveness.is_none() || chaos.budget == 0 {
        return Vec::new();
    }
    let mut rng = streams.stream("chaos/liveness");
    let mut nodes = chaos.nodes.clone();
    nodes.shuffle(&mut rng);
    let count = rng.random_range(1..=chaos.budget.min(nodes.len()));
    let chosen = nodes.into_iter().take(count);
    chosen.filter(|node| budget.admit_for_good(*node, chaos.until)).collect()
}

/// The faults of those that are to fail, except for nodes that an earlier fault keeps failed.
pub(super) fn freeze(
    chaos: &Chaos,
    scenario: &Scenario,
    frozen: &[Atom],
    budget: &FaultBudget,
    streams: Streams,
) -> Vec<ScheduledFault> {
    let Some(liveness) = &chaos.liveness else { return Vec::new() };
    let all = || scenario.nodes.iter().map(|node| node.name);
    let ways = streams.family("chaos/liveness/freeze");
    let freeze = |(node, number): (&Atom, u64)| {
        let mut rng = ways.stream(number);
        let ways = liveness.ways(scenario.starts_again(*node));
        let way = ways[rng.random_range(0..ways.len())];
        let reversed = rng.random_range(0..2) == 0;
        let fault = |fault| fault_for_good(chaos.until, fault);
        match way {
            _ if budget.is_down_for_good(*node) => None,
            Freeze::Crash => Some(fault(Fault::CrashNode(*node))),
            Freeze::Pause => Some(fault(Fault::PauseNode(*node))),
            Freeze::Partition | Freeze::OneWayPartition => {
                let one_way = way == Freeze::OneWayPartition;
                let direction = if one_way { Direction::OneWay } else { Direction::BothWays };
                let mut cut = Partition::around(*node, all(), direction);
                if reversed {
                    cut.groups.reverse();
                }
                Some(draw::partition(chaos.until, NEVER, cut))
            }
        }
    };
    frozen.iter().zip(0..).filter_map(freeze).collect()
}

fn fault_for_good(at: Duration, fault: Fault) -> ScheduledFault {
    ScheduledFault { label: None, trigger: Trigger::At(at), fault, undo: None }
}
