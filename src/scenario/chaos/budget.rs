//! The times at which nodes are away, and the room for one more.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::term::Atom;
use crate::scenario::fault::draw::{Absence, FaultGroup, NEVER, Reservation};
use crate::scenario::fault::{ConditionTrigger, Fault, Partition, Resource, Trigger};
use crate::scenario::{Scenario, ScheduledFault};

use super::Chaos;

/// All that is away or being changed, at any time of a run.
pub(super) struct FaultBudget {
    nodes: Vec<Atom>,
    budget: usize,
    recovery: Duration,
    absences: Vec<Absence>,
    reservations: Vec<Reservation>,
}

impl FaultBudget {
    /// The faults of the scenario itself whose times are known.
    pub(super) fn of(scenario: &Scenario, chaos: &Chaos) -> FaultBudget {
        let mut taken = FaultBudget {
            nodes: chaos.nodes.clone(),
            budget: chaos.budget,
            recovery: chaos.recovery,
            absences: Vec::new(),
            reservations: Vec::new(),
        };
        for node in scenario.nodes.iter().filter(|node| !node.starts_at.is_zero()) {
            taken.down(node.name, Duration::ZERO, node.starts_at);
        }
        for fault in &scenario.faults {
            taken.scripted(scenario, fault);
        }
        taken
    }

    /// Takes faults in, if there is room for them. Nodes that are still recovering are spared.
    pub(super) fn admit(&mut self, group: &FaultGroup) -> bool {
        self.is_spared(group) && self.admit_at_once(group)
    }

    /// The same, but what recovers may be struck.
    pub(super) fn admit_at_once(&mut self, group: &FaultGroup) -> bool {
        let absences: Vec<Absence> =
            group.absences.iter().map(|absence| self.with_recovery(*absence)).collect();
        let fits = self.is_free(&group.reservations) && self.has_room(&absences);
        if fits {
            self.reservations.extend(&group.reservations);
            self.absences.extend(absences);
        }
        fits
    }

    /// Takes in that a node is away from then on, if there is room for it.
    pub(super) fn admit_for_good(&mut self, node: Atom, from: Duration) -> bool {
        let absence = Absence { node, from, until: NEVER };
        let fits = self.has_room(&[absence]);
        if fits {
            self.absences.push(absence);
        }
        fits
    }

    /// True if a node has been struck in a way that it does not come back from.
    pub(super) fn is_down_for_good(&self, node: Atom) -> bool {
        self.reservations
            .iter()
            .any(|hold| hold.what == Resource::Process(node) && hold.until == NEVER)
    }

    fn with_recovery(&self, absence: Absence) -> Absence {
        Absence { until: absence.until.saturating_add(self.recovery), ..absence }
    }

    /// True if no node is struck that is about to recover, from these faults or from others.
    fn is_spared(&self, group: &FaultGroup) -> bool {
        let recovering = |hold: &Reservation| match hold.what {
            Resource::Process(_) => {
                Reservation { until: hold.until.saturating_add(self.recovery), ..*hold }
            }
            Resource::Path(..) | Resource::Speed(_) | Resource::Clock(_) | Resource::Disk(_) => {
                *hold
            }
        };
        let mut old = self.reservations.iter().map(recovering);
        old.all(|old| !group.reservations.iter().map(recovering).any(|new| overlap(&new, &old)))
    }

    fn is_free(&self, reservations: &[Reservation]) -> bool {
        !reservations.iter().any(|new| self.reservations.iter().any(|old| overlap(new, old)))
    }

    /// True if no more nodes are away than may be, at any instant. It is enough to look at those at
    /// which one goes away.
    fn has_room(&self, new: &[Absence]) -> bool {
        let meets =
            |old: &&Absence| new.iter().any(|new| new.from < old.until && old.from < new.until);
        let old = self.absences.iter().filter(meets);
        let all: Vec<&Absence> =
            old.chain(new).filter(|each| self.nodes.contains(&each.node)).collect();
        let covers = |absence: &Absence, at: Duration| absence.from <= at && at < absence.until;
        let instants = all.iter().map(|absence| absence.from);
        let mut concerned = instants.filter(|at| new.iter().any(|absence| covers(absence, *at)));
        concerned.all(|at| {
            let covering = all.iter().filter(|absence| covers(absence, at));
            let away: BTreeSet<Atom> = covering.map(|absence| absence.node).collect();
            away.len() <= self.budget
        })
    }

    fn down(&mut self, node: Atom, from: Duration, until: Duration) {
        let absence = self.with_recovery(Absence { node, from, until });
        self.absences.push(absence);
        self.reservations.push(Reservation { what: Resource::Process(node), from, until });
    }

    /// Takes in a fault of the scenario, if its time is known, or the window in which it falls.
    fn scripted(&mut self, scenario: &Scenario, scheduled: &ScheduledFault) {
        let Some((from, until)) = window(scenario, scheduled) else { return };
        let fault = &scheduled.fault;
        let again = if let (Fault::CrashNode(node), Trigger::At(at)) = (fault, &scheduled.trigger) {
            started_again(scenario, *node, *at)
        } else {
            NEVER
        };
        for node in fault.struck_nodes(|host| scenario.nodes_on(host)) {
            self.down(node, from, until.min(again));
        }
        if let Fault::Partition(partition) = fault {
            let until = until.saturating_add(self.recovery);
            self.absences.extend(cut_off(partition).map(|node| Absence { node, from, until }));
        }
        self.reservations.extend(fault.holds().map(|what| Reservation { what, from, until }));
    }
}

fn overlap(one: &Reservation, other: &Reservation) -> bool {
    one.what == other.what && one.from < other.until && other.from < one.until
}

/// The nodes of a partition that are not in its largest group.
pub(super) fn cut_off(partition: &Partition) -> impl Iterator<Item = Atom> {
    let groups = partition.groups.iter().enumerate();
    let largest = groups.max_by_key(|(index, group)| (group.len(), usize::MAX - index));
    let largest = largest.map(|(index, _)| index);
    let others = partition.groups.iter().enumerate();
    others.filter(move |(index, _)| Some(*index) != largest).flat_map(|(_, group)| group.clone())
}

/// The latest time at which a node that goes down then is up again: never, if it may stay down.
fn started_again(scenario: &Scenario, node: Atom, at: Duration) -> Duration {
    let found = scenario.nodes.iter().find(|found| found.name == node);
    let policy = found.and_then(|found| found.restart).filter(|policy| policy.limit.is_none());
    policy.map_or(NEVER, |policy| at.saturating_add(policy.longest_delay()))
}

/// The window within which a fault of the scenario may do something.
fn window(scenario: &Scenario, scheduled: &ScheduledFault) -> Option<(Duration, Duration)> {
    let (first, last) = match &scheduled.trigger {
        Trigger::At(at) => (*at, *at),
        Trigger::When(ConditionTrigger { after, from, until: Some(until), .. }) => {
            (from.saturating_add(*after), until.saturating_add(*after))
        }
        Trigger::When(ConditionTrigger { until: None, .. }) | Trigger::AtStep(_) => return None,
    };
    let own_end = scheduled.undo.as_ref().map_or(NEVER, |(after, _)| last.saturating_add(*after));
    let other_end = scenario.faults.iter().filter_map(|other| match &other.trigger {
        Trigger::At(at) if *at > last && ends(&other.fault, &scheduled.fault) => Some(*at),
        Trigger::At(_) | Trigger::AtStep(_) | Trigger::When(_) => None,
    });
    Some((first, other_end.chain([own_end]).min().unwrap_or(NEVER)))
}

/// True if one fault of a scenario puts another right.
fn ends(fault: &Fault, other: &Fault) -> bool {
    let heals = matches!((fault, other), (Fault::HealAll, Fault::Partition(_)));
    heals || other.undo().is_some_and(|end| *fault == end)
}
