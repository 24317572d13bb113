//! The runs that a run is compared with: the same users, without faults or in other placements.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClientViews, Run, perform};
use crate::consistency::history::{Action, Operation, Outcome};
use crate::engine::term::Atom;
use crate::engine::trace::Detail;
use crate::scenario::services::Programs;
use crate::scenario::{Expectation, Layout, Plan, Unplaceable, WorkloadConfig};

/// The runs that were made beside a run, to compare it with.
#[derive(Clone, Debug)]
pub struct Comparisons {
    /// The fault-free twin: the same plan with the same seed, and nothing goes wrong.
    pub twin: Option<Box<Run>>,
    /// Other runs without faults, of which one may match the users' history. They are made for
    /// workloads that no model describes.
    pub fault_free: Vec<FaultFreeRun>,
    /// Runs of the same operations without faults, one after the other, with the applications as
    /// the scenario places them, and then elsewhere; or the reason why they cannot be elsewhere.
    pub placements: Result<Vec<PlacementRun>, Unplaceable>,
}

impl Default for Comparisons {
    fn default() -> Comparisons {
        Comparisons { twin: None, fault_free: Vec::new(), placements: Ok(Vec::new()) }
    }
}

/// A run with a certain placement of the applications.
#[derive(Clone, Debug)]
pub struct PlacementRun {
    /// The placement of the applications.
    pub layout: Layout,
    /// The run.
    pub run: Run,
}

/// A run without faults that repeats the operations of another run.
#[derive(Clone, Debug)]
pub struct FaultFreeRun {
    /// The treatment of operations of unknown outcome; those that failed are never done.
    pub unknown: UnknownOutcome,
    /// The run.
    pub run: Run,
}

/// The treatment of operations of unknown outcome when a run is repeated without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownOutcome {
    /// They are done.
    Completed,
    /// They are not done.
    Dropped,
}

/// The number of seeds for each repetition: users that do the same at the same times may see
/// different things.
const SEEDS: u64 = 3;

impl Comparisons {
    /// The comparisons that the expectations of a run need, and the twin, with this much in its
    /// trace, if it is wanted in any case.
    pub(super) fn of(run: &Run, programs: &Programs, twin: Option<Detail>) -> Comparisons {
        let expectations = &run.plan.scenario.expectations;
        let has_faults = !run.plan.faults.is_empty();
        let compared = if has_faults { compared(run) } else { Vec::new() };
        let needs_twin = twin.is_some() || expectations.iter().any(Expectation::needs_twin);
        let detail = twin.unwrap_or(Detail::Off);
        Comparisons {
            twin: (has_faults && needs_twin)
                .then(|| Box::new(perform(run.plan.without_faults(), programs, detail))),
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

/// The run as written, and `count` others with other placements of the applications.
fn placements(
    plan: &Plan,
    programs: &Programs,
    count: u32,
) -> Result<Vec<PlacementRun>, Unplaceable> {
    let layouts = [Layout::AsWritten].into_iter().chain(Layout::some(count));
    let placed = |layout| {
        let plan = plan.placed(layout)?;
        Ok(PlacementRun { layout, run: perform(plan, programs, Detail::Off) })
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

/// Runs without faults, until one gives these users the same history: then no other is needed.
fn fault_free(run: &Run, programs: &Programs, users: &[Atom]) -> Vec<FaultFreeRun> {
    let Some(standings) = OperationOutcomes::of(run) else { return Vec::new() };
    let mut ways = vec![UnknownOutcome::Completed];
    if !standings.unknown.is_empty() {
        ways.push(UnknownOutcome::Dropped);
    }
    let seen = users.iter().map(|workload| (*workload, ClientViews::of(run, *workload)));
    let seen: Vec<(Atom, ClientViews)> = seen.collect();
    let seeds = (0..SEEDS).map(|more| run.plan.seed.wrapping_add(more));
    let pairs = seeds.flat_map(|seed| ways.iter().map(move |unknown| (*unknown, seed)));
    let mut runs = Vec::new();
    for (unknown, seed) in pairs {
        let plan = Plan { seed, ..standings.plan(&run.plan, unknown) };
        let again = perform(plan, programs, Detail::Off);
        let shows_the_same = seen.iter().all(|(workload, seen)| {
            seen.differences(&ClientViews::of(&again, *workload), unknown).is_empty()
        });
        runs.push(FaultFreeRun { unknown, run: again });
        if shows_the_same {
            break;
        }
    }
    runs
}

/// The outcomes of the operations of a plan, by their places in it.
#[derive(Default)]
struct OperationOutcomes {
    /// Those that were not done, or never begun.
    failed: BTreeSet<usize>,
    /// Those that may have been done.
    unknown: BTreeSet<usize>,
}

impl OperationOutcomes {
    /// Each client works sequentially, so its history is the operations it was told to do, in the
    /// same order, followed by those at the end of its own accord. `None` if a client's history is
    /// different.
    fn of(run: &Run) -> Option<OperationOutcomes> {
        let mut done: BTreeMap<(Atom, u32), Vec<&Operation>> = BTreeMap::new();
        for operation in run.history.operations().iter().rev() {
            done.entry((operation.workload, operation.client)).or_default().push(operation);
        }
        let mut standings = OperationOutcomes::default();
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

    /// The plan with only the operations that are to be done.
    fn plan(&self, plan: &Plan, unknown: UnknownOutcome) -> Plan {
        let is_left = |place: &usize| {
            !self.failed.contains(place)
                && (unknown == UnknownOutcome::Completed || !self.unknown.contains(place))
        };
        let operations = plan.operations.iter().enumerate();
        let left = operations.filter(|(place, _)| is_left(place));
        let left = left.map(|(_, operation)| operation.clone()).collect();
        Plan { operations: left, ..plan.without_faults() }
    }
}
