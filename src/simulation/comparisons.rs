//! The other runs that a run is compared with: the same users, and something taken away.

use std::collections::{BTreeMap, BTreeSet};

use super::{Run, Sights, perform};
use crate::history::{Action, Operation, Outcome};
use crate::scenario::{Expectation, Layout, Plan, Unplaceable, WorkloadConfig};
use crate::services::Programs;
use crate::term::Atom;
use crate::trace::Detail;

/// The runs that were made beside a run, to compare it with.
#[derive(Clone, Debug)]
pub struct Comparisons {
    /// The fault-free twin: the same plan with the same seed, and nothing goes wrong.
    pub twin: Option<Box<Run>>,
    /// Other runs without faults, of which one may be what the users saw. They are made for
    /// workloads that no model tells anything about.
    pub fault_free: Vec<FaultFree>,
    /// The same users doing the same one after the other without faults, with the applications as
    /// the scenario has them, and then elsewhere; or why they cannot be elsewhere.
    pub placements: Result<Vec<Placed>, Unplaceable>,
}

impl Default for Comparisons {
    fn default() -> Comparisons {
        Comparisons { twin: None, fault_free: Vec::new(), placements: Ok(Vec::new()) }
    }
}

/// A run with the applications somewhere.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Where they are.
    pub layout: Layout,
    /// The run.
    pub run: Run,
}

/// A run without faults that does what was done in another run.
#[derive(Clone, Debug)]
pub struct FaultFree {
    /// Whether the operations of unknown outcome are done; those that failed never are.
    pub unknown: Unknown,
    /// The run.
    pub run: Run,
}

/// What becomes of operations of unknown outcome where a run is done again without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They are done.
    Completed,
    /// They are not done.
    Dropped,
}

/// With how many seeds each is done again: users that do the same at the same times may see
/// different things.
const SEEDS: u64 = 3;

impl Comparisons {
    /// Those that the expectations of a run need, and the twin if it is wanted in any case.
    pub(super) fn of(run: &Run, programs: &Programs, wants_twin: bool) -> Comparisons {
        let expectations = &run.plan.scenario.expectations;
        let has_faults = !run.plan.faults.is_empty();
        let compared = if has_faults { compared(run) } else { Vec::new() };
        let needs_twin = wants_twin || expectations.iter().any(Expectation::needs_twin);
        Comparisons {
            twin: (has_faults && needs_twin)
                .then(|| Box::new(perform(run.plan.without_faults(), programs, Detail::Off))),
            fault_free: if compared.is_empty() {
                Vec::new()
            } else {
                fault_free(run, programs, &compared)
            },
            placements: match expectations.iter().map(Expectation::placements).max() {
                None | Some(0) => Ok(Vec::new()),
                Some(count) => placements(&run.plan, programs, count),
            },
        }
    }
}

/// The run as written, and so many others with the applications elsewhere.
fn placements(plan: &Plan, programs: &Programs, count: u32) -> Result<Vec<Placed>, Unplaceable> {
    let layouts = [Layout::AsWritten].into_iter().chain(Layout::some(count));
    let placed = |layout| {
        let plan = plan.placed(layout)?;
        Ok(Placed { layout, run: perform(plan, programs, Detail::Off) })
    };
    layouts.map(placed).collect()
}

/// The users whose history is judged by what it would be without faults.
fn compared(run: &Run) -> Vec<Atom> {
    let is_compared = |workload: &&WorkloadConfig| {
        let operations = run.history.operations().iter();
        let mut own = operations.filter(|each| each.workload == workload.name).peekable();
        workload.claims.is_empty()
            && own.peek().is_some()
            && own.all(|each| each.action == Action::Other)
    };
    let workloads = run.plan.scenario.workloads.iter().filter(is_compared);
    workloads.map(|workload| workload.name).collect()
}

/// Runs without faults, until one shows the same to these users: then no other is needed.
fn fault_free(run: &Run, programs: &Programs, users: &[Atom]) -> Vec<FaultFree> {
    let Some(standings) = Standings::of(run) else { return Vec::new() };
    let mut ways = vec![Unknown::Completed];
    if !standings.unknown.is_empty() {
        ways.push(Unknown::Dropped);
    }
    let seen = users.iter().map(|workload| (*workload, Sights::of(run, *workload)));
    let seen: Vec<(Atom, Sights)> = seen.collect();
    let seeds = (0..SEEDS).map(|more| run.plan.seed.wrapping_add(more));
    let pairs = seeds.flat_map(|seed| ways.iter().map(move |unknown| (*unknown, seed)));
    let mut runs = Vec::new();
    for (unknown, seed) in pairs {
        let plan = Plan { seed, ..standings.plan(&run.plan, unknown) };
        let again = perform(plan, programs, Detail::Off);
        let shows_the_same = seen.iter().all(|(workload, seen)| {
            seen.differences(&Sights::of(&again, *workload), unknown).is_empty()
        });
        runs.push(FaultFree { unknown, run: again });
        if shows_the_same {
            break;
        }
    }
    runs
}

/// What became of the operations of a plan, by their places in it.
#[derive(Default)]
struct Standings {
    /// Those that were not done, or not even begun.
    failed: BTreeSet<usize>,
    /// Those that may have been done.
    unknown: BTreeSet<usize>,
}

impl Standings {
    /// Each client does one thing after the other, so that what it did is what it was told, in the
    /// same order, with what it does at the end of its own accord. Nothing where it is not so.
    fn of(run: &Run) -> Option<Standings> {
        let mut done: BTreeMap<(Atom, u32), Vec<&Operation>> = BTreeMap::new();
        for operation in run.history.operations().iter().rev() {
            done.entry((operation.workload, operation.client)).or_default().push(operation);
        }
        let mut standings = Standings::default();
        for (place, planned) in run.plan.operations.iter().enumerate() {
            let next = done.get_mut(&(planned.workload, planned.client)).and_then(Vec::pop);
            let Some(operation) = next else {
                standings.failed.insert(place);
                continue;
            };
            if operation.name != planned.name {
                return None;
            }
            match operation.completion.as_ref().map(|completion| &completion.outcome) {
                Some(Outcome::Ok(_)) => {}
                Some(Outcome::Failed(_)) => {
                    standings.failed.insert(place);
                }
                Some(Outcome::Unknown(_)) | None => {
                    standings.unknown.insert(place);
                }
            }
        }
        Some(standings)
    }

    /// What is left of a plan.
    fn plan(&self, plan: &Plan, unknown: Unknown) -> Plan {
        let is_left = |place: &usize| {
            !self.failed.contains(place)
                && (unknown == Unknown::Completed || !self.unknown.contains(place))
        };
        let operations = plan.operations.iter().enumerate();
        let left = operations.filter(|(place, _)| is_left(place));
        let left = left.map(|(_, operation)| operation.clone()).collect();
        Plan { operations: left, ..plan.without_faults() }
    }
}
