//! The workloads that use the same service: the operations of their clients are judged as one
//! history.

use std::collections::{BTreeMap, BTreeSet};

use crate::consistency::history::{Action, Operation};
use crate::engine::term::{Atom, Term};
use crate::scenario::simulation::Run;
use crate::scenario::{Expectation, WorkloadConfig};

use super::explained::model_with;

/// The workloads of a run, each with all that use the same service.
pub(super) struct SharedServices(BTreeMap<Atom, Vec<Atom>>);

impl SharedServices {
    pub(super) fn of(run: &Run) -> SharedServices {
        let workloads = &run.plan.scenario.workloads;
        let mut groups: Vec<Vec<&WorkloadConfig>> = Vec::new();
        let keys = if workloads.len() > 1 { keys(run) } else { BTreeMap::new() };
        for workload in workloads {
            let is_joined = |group: &Vec<&WorkloadConfig>| {
                group.iter().any(|other| use_the_same(run, &keys, workload, other))
            };
            let (joined, mut others): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_joined);
            let mut group: Vec<&WorkloadConfig> = joined.into_iter().flatten().collect();
            group.push(workload);
            others.push(group);
            groups = others;
        }
        let named = |group: &Vec<&WorkloadConfig>| {
            let is_in = |each: &&WorkloadConfig| group.iter().any(|other| other.name == each.name);
            workloads.iter().filter(is_in).map(|each| each.name).collect::<Vec<Atom>>()
        };
        let mut all = BTreeMap::new();
        for group in groups.iter().map(named) {
            all.extend(group.iter().map(|name| (*name, group.clone())));
        }
        SharedServices(all)
    }

    /// All workloads that use the same service as this one, in the order of the scenario.
    ///
    /// # Panics
    /// If the scenario has no such workload.
    pub(super) fn with(&self, workload: Atom) -> &[Atom] {
        &self.0[&workload]
    }

    /// A text that says with which others a workload is judged; `None` if with none.
    pub(super) fn text(&self, workload: Atom) -> Option<String> {
        let (last, others) = self.with(workload).split_last()?;
        let others: Vec<&str> = others.iter().map(|name| name.as_str()).collect();
        let joined = !others.is_empty();
        joined.then(|| format!("{} and {last} use one service: judged together", others.join(", ")))
    }
}

/// The workload that an expectation names, if it is about what all users of its service did and
/// saw: what is right is a matter of all of them, who is answered and how fast is each one's own.
pub(super) const fn judged_by_service(expectation: &Expectation) -> Option<Atom> {
    match expectation {
        Expectation::Transparent { workload, .. }
        | Expectation::Linearizable { workload }
        | Expectation::Claim { workload, .. }
        | Expectation::LostAcknowledged { workload, .. }
        | Expectation::Duplicated { workload, .. }
        | Expectation::FailSafe { workload }
        | Expectation::Nonmasking { workload, .. }
        | Expectation::RecoveryPoint { workload, .. } => Some(*workload),
        Expectation::SingleInstance { .. }
        | Expectation::Availability { .. }
        | Expectation::RecoveryTime { .. }
        | Expectation::DetectionTime { .. }
        | Expectation::Invariant(_)
        | Expectation::Progress { .. }
        | Expectation::ErrorBudget { .. }
        | Expectation::P99AgainstTwin { .. }
        | Expectation::LocationTransparent { .. }
        | Expectation::TwoPrimaries { .. } => None,
    }
}

/// The actions on each key, by workload, without those that no checker looks into.
fn keys(run: &Run) -> BTreeMap<Atom, BTreeMap<&Term, BTreeSet<Action>>> {
    let mut keys: BTreeMap<Atom, BTreeMap<&Term, BTreeSet<Action>>> = BTreeMap::new();
    let told = |each: &&Operation| each.action != Action::Other;
    for operation in run.history.operations().iter().filter(told) {
        let own = keys.entry(operation.workload).or_default();
        own.entry(&operation.key).or_default().insert(operation.action);
    }
    keys
}

/// True if two workloads use the same service: as their clients declare, or, where one does not, by
/// inference: they run the same program, or there is a service that supports all actions of both on
/// one key. A workload without any action that a checker looks into is judged alone.
fn use_the_same(
    run: &Run,
    keys: &BTreeMap<Atom, BTreeMap<&Term, BTreeSet<Action>>>,
    one: &WorkloadConfig,
    other: &WorkloadConfig,
) -> bool {
    let [Some(own_keys), Some(other_keys)] = [one, other].map(|each| keys.get(&each.name)) else {
        return false;
    };
    if let [Some(one), Some(other)] = [one, other].map(|each| run.services.get(&each.name)) {
        return one == other;
    }
    let same_key = |(key, actions): (&&Term, &BTreeSet<Action>)| {
        let others = other_keys.get(*key);
        others.is_some_and(|others| model_with(&(actions | others)).is_some())
    };
    one.client == other.client || own_keys.iter().any(same_key)
}
