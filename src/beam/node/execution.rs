//! The execution of compiled code on a node.

use std::time::Duration;

use crate::beam::heap::IterationOrder;
use crate::beam::machine::SLICE;

/// The points at which a process that computes lets others run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preemption {
    /// After as many reductions as a slice has.
    #[default]
    WholeSlices,
    /// After a number of reductions that the seed draws for each slice, as many as it has at the most:
    /// processes of one node are interleaved in other ways by each seed.
    Drawn,
}

/// The way in which a node runs compiled code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The reductions of a slice: how long a process runs before others do.
    pub slice: u32,
    /// The end of a slice.
    pub preemption: Preemption,
    /// The time that a reduction takes, by the clock of the node. It counts for a process that computes
    /// without waiting for longer than a slice, so that a loop that polls comes to its end; shorter
    /// turns take no time. Zero: code takes no time at all.
    pub reduction_time: Duration,
    /// The order of the pairs of maps, and of the rows of tables.
    pub order: IterationOrder,
}

impl Default for Execution {
    /// Slices of 4,000 reductions of 50 ns, and keys in order.
    fn default() -> Execution {
        Execution {
            slice: SLICE,
            preemption: Preemption::WholeSlices,
            reduction_time: Duration::from_nanos(50),
            order: IterationOrder::ByTerm,
        }
    }
}

impl Execution {
    /// The time that this many reductions take.
    pub(super) fn time_of(&self, reductions: u64) -> Duration {
        let nanoseconds = self.reduction_time.as_nanos().saturating_mul(reductions.into());
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}
