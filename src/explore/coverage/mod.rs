//! The coverage of a sweep: which faults were injected, when, and which states of a failover the
//! runs reached. States never reached are listed too: a sweep that reached nothing has tested
//! nothing.
//!
//! - `states`: the fixed lists
//! - `follow`: the coverage of one run

mod follow;
mod states;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::scenario::fault::FaultCategory;
pub use states::{CoverageState, CoverageTopic};

use crate::engine::term::Atom;
use crate::scenario::Scenario;

pub(super) use follow::injections;

/// The states and faults that the runs of a scenario reached.
///
/// ```
/// use nodedown::explore::coverage::{Coverage, CoverageState};
///
/// let coverage = Coverage::default();
/// assert!(coverage.never().any(|(state, ..)| *state == CoverageState::SplitBrain));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The faults that the scenario itself has, in its order.
    pub faults: Vec<FaultCoverage>,
    /// The faults by their kinds; those that were never injected are not there.
    pub kinds: BTreeMap<FaultCategory, FaultCounts>,
    /// The nodes of the scenario in its order: in which runs each was taken away from others.
    pub nodes: Vec<NodeCoverage>,
    /// The states; those that were never reached are not there.
    pub states: BTreeMap<CoverageState, RunCount>,
}

/// A fault of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultCoverage {
    /// A description of the fault, for people.
    pub text: String,
    /// Its kind, if it takes something away.
    pub kind: Option<FaultCategory>,
    /// The runs in which it was injected.
    pub strikes: FaultCounts,
}

/// A node of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCoverage {
    /// The node.
    pub node: String,
    /// The runs in which it was crashed, stopped, paused, or cut off.
    pub lost: RunCount,
}

/// The runs in which a fault was injected, and the state of the system at that moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultCounts {
    /// All runs in which it was injected.
    pub injected: RunCount,
    /// Those in which an operation was in flight at that moment.
    pub in_flight: RunCount,
    /// Those in which a distributed application was running nowhere or on two nodes at that moment.
    pub moving: RunCount,
}

/// A number of runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCount {
    /// Their number.
    pub runs: u64,
    /// The smallest seed of such a run.
    pub seed: Option<u64>,
}

/// The states and faults that one run reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunCoverage {
    /// The states that it came through.
    pub states: BTreeSet<CoverageState>,
    pub(super) kinds: BTreeMap<FaultCategory, FaultContext>,
    /// The faults, by their places in the scenario.
    pub(super) faults: BTreeMap<usize, FaultContext>,
    pub(super) nodes: BTreeSet<Atom>,
}

/// The state of the system when a fault was injected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FaultContext {
    pub in_flight: bool,
    pub moving: bool,
}

impl Coverage {
    /// The coverage of no run of this scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Coverage {
        let fault = |scheduled: &crate::scenario::ScheduledFault| FaultCoverage {
            text: scheduled.label.clone().unwrap_or_else(|| scheduled.fault.to_string()),
            kind: scheduled.fault.category(),
            strikes: FaultCounts::default(),
        };
        let node = |node: &crate::scenario::NodeSpec| NodeCoverage {
            node: node.name.as_str().to_owned(),
            lost: RunCount::default(),
        };
        Coverage {
            faults: scenario.faults.iter().map(fault).collect(),
            nodes: scenario.nodes.iter().map(node).collect(),
            ..Coverage::default()
        }
    }

    /// Counts the coverage of a run.
    pub fn add(&mut self, reached: &RunCoverage, seed: u64) {
        for state in &reached.states {
            self.states.entry(*state).or_default().add(seed);
        }
        for (kind, strike) in &reached.kinds {
            self.kinds.entry(*kind).or_default().add(*strike, seed);
        }
        for (place, strike) in &reached.faults {
            self.faults[*place].strikes.add(*strike, seed);
        }
        for node in &mut self.nodes {
            if reached.nodes.iter().any(|lost| lost.as_str() == node.node) {
                node.lost.add(seed);
            }
        }
    }

    /// Adds the coverage of other runs of the same scenario.
    ///
    /// # Panics
    /// If it belongs to another scenario.
    pub fn merge(&mut self, other: &Coverage) {
        assert_eq!((self.faults.len(), self.nodes.len()), (other.faults.len(), other.nodes.len()));
        for (own, more) in self.faults.iter_mut().zip(&other.faults) {
            own.strikes.merge(&more.strikes);
        }
        for (kind, more) in &other.kinds {
            self.kinds.entry(*kind).or_default().merge(more);
        }
        for (own, more) in self.nodes.iter_mut().zip(&other.nodes) {
            own.lost.merge(more.lost);
        }
        for (state, more) in &other.states {
            self.states.entry(*state).or_default().merge(*more);
        }
    }

    /// The number of runs that reached a state.
    #[must_use]
    pub fn count(&self, state: CoverageState) -> RunCount {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// The states that no run reached, with what they are.
    pub fn never(
        &self,
    ) -> impl Iterator<Item = &'static (CoverageState, CoverageTopic, &'static str, &'static str)>
    {
        CoverageState::ALL.iter().filter(|(state, ..)| !self.states.contains_key(state))
    }

    /// The kinds of faults that no run had, with what they are.
    pub fn never_injected(
        &self,
    ) -> impl Iterator<Item = &'static (FaultCategory, &'static str, &'static str)> {
        FaultCategory::ALL.iter().filter(|(kind, ..)| !self.kinds.contains_key(kind))
    }
}

impl FaultCounts {
    fn add(&mut self, strike: FaultContext, seed: u64) {
        self.injected.add(seed);
        if strike.in_flight {
            self.in_flight.add(seed);
        }
        if strike.moving {
            self.moving.add(seed);
        }
    }

    fn merge(&mut self, other: &FaultCounts) {
        self.injected.merge(other.injected);
        self.in_flight.merge(other.in_flight);
        self.moving.merge(other.moving);
    }
}

impl RunCount {
    fn add(&mut self, seed: u64) {
        self.merge(RunCount { runs: 1, seed: Some(seed) });
    }

    fn merge(&mut self, other: RunCount) {
        self.runs += other.runs;
        self.seed = self.seed.into_iter().chain(other.seed).min();
    }
}

impl FaultContext {
    fn join(&mut self, other: FaultContext) {
        self.in_flight |= other.in_flight;
        self.moving |= other.moving;
    }
}
