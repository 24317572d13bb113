//! The parts of a scenario that can be left out: expectations, faults, operations, applications,
//! nodes, workloads, clients.

use std::collections::BTreeSet;

use super::ddmin::{Reduction, Subset, minimize};
use super::removal::{
    all_operations, keep_faults, keep_operations, leave_partition, remove_application, remove_node,
    remove_sites, remove_unused_hosts, remove_workload,
};
use super::search::{Edit, ShrinkSearch, edit};
use crate::scenario::fault::{Fault, Partition, Repeat, Trigger};
use crate::scenario::{Expectation, Load, Scenario, WorkloadConfig};

/// Keeps only the expectation that fails.
pub(super) fn expectations(search: &mut ShrinkSearch<'_>) {
    search.now("expectations");
    let failing = search.goal.failure.expectation.clone();
    let claimed = matches!(failing, Expectation::Claim { .. });
    search.each(|_| {
        let alone = failing.clone();
        let rid = move |scenario: &mut Scenario, claims: bool| {
            scenario.expectations.retain(|each| *each == alone);
            if claims {
                scenario.workloads.iter_mut().for_each(|workload| workload.claims.clear());
            }
        };
        let all = rid.clone();
        let own = failing.clone();
        vec![
            edit(move |it| all(it, !claimed)),
            // What is claimed is expected as well.
            edit(move |it| {
                let claims: Vec<Expectation> = claims_of(it).collect();
                it.expectations.retain(|each| *each == own || claims.contains(each));
            }),
        ]
    });
}

/// The expectations that claims give rise to.
fn claims_of(scenario: &Scenario) -> impl Iterator<Item = Expectation> {
    scenario.workloads.iter().flat_map(|each| {
        let workload = each.name;
        each.claims.iter().flat_map(move |claim| {
            [Expectation::Claim { workload, claim: *claim }, Expectation::Linearizable { workload }]
        })
    })
}

/// Leaves faults out.
pub(super) fn faults(search: &mut ShrinkSearch<'_>) {
    search.now("faults");
    let keep = |part: Subset| edit(move |it| keep_faults(it, |place| part.has(place)));
    leave_out(search, |scenario| scenario.faults.len(), keep);
}

/// Leaves operations out.
pub(super) fn operations(search: &mut ShrinkSearch<'_>) {
    search.now("operations");
    let keep = |part: Subset| edit(move |it| keep_operations(it, |place| part.has(place)));
    let count = |scenario: &Scenario| {
        let loads = scenario.workloads.iter().map(|workload| match &workload.load {
            Load::Explicit(operations) => operations.len(),
            Load::Drawn { .. } => 0,
        });
        loads.sum()
    };
    leave_out(search, count, keep);
}

fn leave_out(
    search: &mut ShrinkSearch<'_>,
    count: impl Fn(&Scenario) -> usize,
    keep: impl Fn(Subset) -> Edit,
) {
    minimize(count(&search.best), |parts| {
        let edits: Vec<Edit> = parts.iter().cloned().map(&keep).collect();
        let place = search.first(&edits)?;
        Some(Reduction { place, length: count(&search.best) })
    });
}

/// Leaves out details of faults: their end, and members of a partition.
pub(super) fn fault_details(search: &mut ShrinkSearch<'_>) {
    search.now("faults");
    search.each(|scenario| {
        let mut edits = vec![edit(count_partitions)];
        for (place, fault) in scenario.faults.iter().enumerate() {
            edits.push(edit(move |it| it.faults[place].undo = None));
            if let Trigger::When(sighting) = &fault.trigger {
                edits.extend(
                    rarer(sighting.repeat)
                        .map(|repeat| edit(move |it| repeat_fault(it, place, repeat))),
                );
            }
            if let Fault::Partition(Partition { groups, .. })
            | Fault::BreakConnections { groups, .. } = &fault.fault
            {
                let groups = groups.iter().enumerate();
                let members = groups
                    .flat_map(|(group, nodes)| (0..nodes.len()).map(move |member| (group, member)));
                edits.extend(members.map(|(group, member)| {
                    edit(move |it| leave_partition(it, place, group, member))
                }));
            }
        }
        edits
    });
}

/// Smaller numbers of repetitions for a fault.
fn rarer(repeat: Repeat) -> impl Iterator<Item = Repeat> {
    let fewer: &[Repeat] = match repeat {
        Repeat::Once => &[],
        Repeat::Each(None) => &[Repeat::Once],
        Repeat::Each(Some(_)) => &[Repeat::Once, Repeat::Each(None)],
    };
    fewer.iter().copied()
}

fn repeat_fault(scenario: &mut Scenario, place: usize, repeat: Repeat) {
    if let Trigger::When(sighting) = &mut scenario.faults[place].trigger {
        sighting.repeat = repeat;
    }
}

/// Numbers the partitions from 0, as a file without numbers does.
fn count_partitions(scenario: &mut Scenario) {
    let mut numbers = Vec::new();
    for fault in &mut scenario.faults {
        if let Fault::Partition(partition) = &mut fault.fault {
            numbers.push(partition.id);
            partition.id = numbers.len() as u32 - 1;
        }
    }
    let number = |old: u32| numbers.iter().position(|other| *other == old);
    for fault in &mut scenario.faults {
        let undo = fault.undo.as_mut().map(|(_, undo)| undo);
        for fault in [Some(&mut fault.fault), undo].into_iter().flatten() {
            if let Fault::Heal(id) = fault {
                *id = number(*id).map_or(*id, |place| place as u32);
            }
        }
    }
}

/// Leaves out applications, and dependencies between them.
pub(super) fn applications(search: &mut ShrinkSearch<'_>) {
    search.now("applications");
    search.each(|scenario| {
        let names: Vec<_> = scenario.applications.iter().map(|each| each.name).collect();
        let removals = names.into_iter().map(|name| edit(move |it| remove_application(it, name)));
        let alone = (0..scenario.applications.len())
            .map(|place| edit(move |it| it.applications[place].depends_on.clear()));
        removals.chain(alone).collect()
    });
}

/// Leaves nodes out, with their applications or by moving these elsewhere.
pub(super) fn nodes(search: &mut ShrinkSearch<'_>) {
    search.now("nodes");
    search.each(|scenario| {
        let names: Vec<_> = scenario.nodes.iter().map(|node| node.name).collect();
        let removals = names.iter().map(|name| (*name, None));
        let pairs = names.iter().flat_map(|name| {
            let others = names.iter().filter(move |other| *other != name);
            others.map(move |other| (*name, Some(*other)))
        });
        let all = removals.chain(pairs);
        let all = all.map(|(name, other)| edit(move |it| remove_node(it, name, other)));
        all.chain([edit(remove_unused_hosts), edit(remove_sites)]).collect()
    });
}

/// Leaves workloads out.
pub(super) fn workloads(search: &mut ShrinkSearch<'_>) {
    search.now("workloads");
    search.each(|scenario| {
        let places = 0..scenario.workloads.len();
        places.map(|place| edit(move |it| remove_workload(it, place))).collect()
    });
}

/// The most clients among which pairs are tried in each other's place.
const CLIENTS_MAX: usize = 12;

/// Tries fewer clients: one, or only those that do something, or some in place of others.
pub(super) fn clients(search: &mut ShrinkSearch<'_>) {
    search.now("clients");
    search.each(|scenario| {
        let mut edits = Vec::new();
        for (place, workload) in scenario.workloads.iter().enumerate() {
            let busy = busy(workload);
            if workload.count > 1 {
                edits.push(edit(move |it| renumber(&mut it.workloads[place], |_| 0)));
            }
            let dense = busy.len().max(1) as u32;
            if workload.count > dense {
                let busy = busy.clone();
                let number = move |client| {
                    let place = busy.iter().position(|other| *other == client);
                    place.unwrap_or_default() as u32
                };
                edits.push(edit(move |it| renumber(&mut it.workloads[place], &number)));
                edits.push(edit(move |it| renumber(&mut it.workloads[place], |client| client)));
            }
            if (2..=CLIENTS_MAX).contains(&busy.len()) {
                for (from, to) in pairs(&busy) {
                    let stand_in = move |client| if client == from { to } else { client };
                    edits.push(edit(move |it| renumber(&mut it.workloads[place], stand_in)));
                }
            }
        }
        edits
    });
}

/// Pairs each with every one before it, the last ones first.
fn pairs(busy: &[u32]) -> impl Iterator<Item = (u32, u32)> {
    (1..busy.len()).rev().flat_map(move |from| (0..from).map(move |to| (busy[from], busy[to])))
}

/// The clients that do something.
fn busy(workload: &WorkloadConfig) -> Vec<u32> {
    let Load::Explicit(operations) = &workload.load else { return Vec::new() };
    let clients: BTreeSet<u32> = operations.iter().map(|operation| operation.client).collect();
    clients.into_iter().collect()
}

/// Renumbers the clients, and sets their count accordingly.
fn renumber(workload: &mut WorkloadConfig, number: impl Fn(u32) -> u32) {
    let Load::Explicit(operations) = &mut workload.load else { return };
    for operation in operations.iter_mut() {
        operation.client = number(operation.client);
    }
    let last = operations.iter().map(|operation| operation.client).max();
    workload.count = last.map_or(1, |last| last + 1).min(workload.count);
}

/// Numbers the operations from 0, and makes them draw as little as possible.
pub(super) fn operation_details(search: &mut ShrinkSearch<'_>) {
    search.now("operations");
    search.each(|scenario| {
        let count = scenario.workloads.iter().map(|workload| match &workload.load {
            Load::Explicit(operations) => operations.len(),
            Load::Drawn { .. } => 0,
        });
        let places = 0..count.sum::<usize>().min(OPERATIONS_MAX);
        let single = places.flat_map(|place| {
            (0..DRAW_MAX).map(move |draw| edit(move |it| redraw(it, Some(place), draw)))
        });
        let all = [edit(count_from_zero), edit(|it| redraw(it, None, 0))];
        all.into_iter().chain(single).collect()
    });
}

/// With more operations than these, their draws are not tried one by one.
const OPERATIONS_MAX: usize = 50;

/// The largest draw that is tried for an operation instead of its own.
const DRAW_MAX: u64 = 6;

fn count_from_zero(scenario: &mut Scenario) {
    for operations in all_operations(scenario) {
        operations.iter_mut().zip(0..).for_each(|(operation, number)| operation.number = number);
    }
}

/// Makes an operation, or all of them, draw this, unless it draws less.
fn redraw(scenario: &mut Scenario, only: Option<usize>, draw: u64) {
    for (place, operation) in all_operations(scenario).flatten().enumerate() {
        if only.is_none_or(|only| only == place) {
            operation.draw = operation.draw.min(draw);
        }
    }
}
