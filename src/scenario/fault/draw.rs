//! The interface of a kind of fault that chaos draws, and the parts that several kinds share.

use std::time::Duration;

use rand::Rng;
use rand::seq::SliceRandom;

use super::cut_shape::NodeGroups;
use super::effect::{Fields, Resource};
use super::{ConditionTrigger, Fault, FaultKind, Partition, ScheduledFault, Site, Trigger};
use crate::document::shape::Field;
use crate::document::syntax::Node;
use crate::engine::rng::Stream;
use crate::engine::term::Atom;
use crate::scenario::reading::Resolver;
use crate::scenario::{HostConfig, Scenario};

/// A time that never comes.
pub(in crate::scenario) const NEVER: Duration = Duration::MAX;

/// A node that is stopped in order counts as away for this long at least: it ends its applications
/// first, however soon it is to start again.
const STOPPING_TIME: Duration = Duration::from_secs(5);

/// A kind of fault that chaos draws: its draws, its limits, and the words for it.
pub(in crate::scenario) trait Draw {
    /// The words for it.
    fn form(&self) -> &'static DrawForm;

    /// Draws one fault of the kind; `None` if there is nothing for it to strike now.
    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup>;

    /// Returns the reason why it never strikes within these limits, or `None` if it may: by default if
    /// there is a node to strike.
    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        limits.no_node()
    }

    /// The fields that only this kind has, in a file whose chaos is about these applications.
    fn write(&self, _applications: &[Atom]) -> Fields {
        Fields::new()
    }
}

/// The words for a kind of fault under `chaos`, and its way from there.
pub(in crate::scenario) struct DrawForm {
    /// The name of its field, and the first part of the names of its streams.
    pub(in crate::scenario) name: &'static str,
    /// A sentence about it.
    pub(in crate::scenario) about: &'static str,
    /// The fields that only this kind has.
    pub(in crate::scenario) fields: fn() -> Vec<Field>,
    /// True if it goes on for a while.
    pub(in crate::scenario) lasts: bool,
    /// True if it takes part when a file lists no kinds.
    pub(in crate::scenario) is_usual: bool,
    /// The way from a checked object to the kind.
    pub(in crate::scenario) read: fn(&mut DrawReading<'_, '_>) -> Option<FaultKind>,
}

impl DrawForm {
    /// A kind that goes on for a while and has no fields of its own.
    pub(super) const LASTING: DrawForm = DrawForm {
        name: "",
        about: "",
        fields: Vec::new,
        lasts: true,
        is_usual: true,
        read: |_| None,
    };

    /// A kind that is over at once and has no fields of its own.
    pub(super) const INSTANT: DrawForm = DrawForm { lasts: false, ..DrawForm::LASTING };
}

/// An object of a file that is being read as a kind of fault.
pub(in crate::scenario) struct DrawReading<'r, 'a> {
    pub(in crate::scenario) resolver: &'r mut Resolver<'a>,
    /// The object.
    pub(in crate::scenario) node: &'r Node,
    /// The nodes that the kind may strike.
    pub(in crate::scenario) nodes: &'r [Atom],
    /// The applications that the chaos is about.
    pub(in crate::scenario) applications: &'r [Atom],
    /// The most nodes that may be away at once.
    pub(in crate::scenario) budget: usize,
}

/// The limits within which a kind may strike.
pub(in crate::scenario) struct DrawLimits<'a> {
    /// The nodes that it may strike.
    pub(in crate::scenario) nodes: &'a [Atom],
    /// The most nodes that may be away at once.
    pub(in crate::scenario) budget: usize,
    /// The nodes of each host and of each site.
    pub(in crate::scenario) groups: NodeGroups,
}

impl DrawLimits<'_> {
    /// The reason why nothing strikes that takes a node away, if nothing does.
    pub(super) fn none_away(&self) -> Option<&'static str> {
        (self.budget == 0).then_some("the budget allows no node to be away")
    }

    /// The reason why nothing strikes that needs a node, if nothing does.
    pub(super) fn no_node(&self) -> Option<&'static str> {
        self.nodes.is_empty().then_some("there are no nodes")
    }

    /// The reason why nothing strikes that needs two nodes, if nothing does.
    pub(super) fn no_pair(&self) -> Option<&'static str> {
        (self.nodes.len() < 2).then_some("there are too few nodes")
    }

    /// True if one of the groups is of nodes that may all be struck at once.
    pub(super) fn fits_one_of(&self, groups: &[Vec<Atom>]) -> bool {
        let fits = |group: &Vec<Atom>| {
            (1..=self.budget).contains(&group.len())
                && group.iter().all(|node| self.nodes.contains(node))
        };
        groups.iter().any(fits)
    }

    /// The number of groups with a node that may be struck.
    pub(super) fn groups_struck(&self, groups: &[Vec<Atom>]) -> usize {
        let is_struck = |group: &&Vec<Atom>| group.iter().any(|node| self.nodes.contains(node));
        groups.iter().filter(is_struck).count()
    }
}

/// A node is away: down, or not to be reached by most others.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Absence {
    pub(in crate::scenario) node: Atom,
    pub(in crate::scenario) from: Duration,
    pub(in crate::scenario) until: Duration,
}

/// Something is being changed, and nothing else may change it meanwhile.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Reservation {
    pub(in crate::scenario) what: Resource,
    pub(in crate::scenario) from: Duration,
    pub(in crate::scenario) until: Duration,
}

/// Some faults that strike together, or not at all.
pub(in crate::scenario) struct FaultGroup {
    pub(in crate::scenario) at: Duration,
    pub(in crate::scenario) faults: Vec<ScheduledFault>,
    pub(in crate::scenario) absences: Vec<Absence>,
    pub(in crate::scenario) reservations: Vec<Reservation>,
}

/// The cluster that faults are drawn for, and the limits of the draws.
pub(in crate::scenario) struct DrawContext<'a> {
    pub(in crate::scenario) scenario: &'a Scenario,
    /// The hosts of the nodes, with all nodes on each.
    pub(super) hosts: Vec<(Atom, Vec<Atom>)>,
    /// The sites with all nodes at each.
    pub(super) sites: Vec<(Site, Vec<Atom>)>,
    pub(super) groups: NodeGroups,
    /// The most nodes that may be away at once.
    pub(super) budget: usize,
    /// The nodes that stay failed in the end.
    frozen: &'a [Atom],
    /// The time by which everything else is right again.
    pub(in crate::scenario) deadline: Duration,
}

impl<'a> DrawContext<'a> {
    pub(in crate::scenario) fn new(
        scenario: &'a Scenario,
        budget: usize,
        frozen: &'a [Atom],
        deadline: Duration,
    ) -> DrawContext<'a> {
        let on = |host: &HostConfig| (host.name, scenario.nodes_on(host.name).collect());
        DrawContext {
            scenario,
            hosts: scenario.hosts.iter().map(on).collect(),
            sites: sites(scenario),
            groups: NodeGroups::of(scenario),
            budget,
            frozen,
            deadline,
        }
    }
}

/// One draw of a kind: its time, its length, and the nodes that it may strike.
pub(in crate::scenario) struct DrawMoment<'a> {
    pub(in crate::scenario) context: &'a DrawContext<'a>,
    pub(in crate::scenario) nodes: &'a [Atom],
    pub(in crate::scenario) at: Duration,
    pub(in crate::scenario) length: Duration,
}

impl DrawMoment<'_> {
    /// One of the nodes.
    pub(super) fn node(&self, rng: &mut Stream) -> Option<Atom> {
        pick(self.nodes, rng)
    }

    /// The end of something that lasts this long; never for a node that stays failed, and
    /// `None` if there is no time left.
    pub(super) fn end(&self, from: Duration, length: Duration, stays: Stays) -> Option<Duration> {
        let end = from.saturating_add(length.max(Duration::from_nanos(1)));
        let deadline = self.context.deadline;
        if end <= deadline {
            return Some(end);
        }
        match stays {
            Stays::Failed => Some(NEVER),
            Stays::Repaired => (from < deadline).then_some(deadline),
        }
    }

    /// One fault that is over at once.
    pub(super) fn instant(&self, fault: Fault) -> FaultGroup {
        let trigger = Trigger::At(self.at);
        let scheduled = ScheduledFault { label: None, trigger, fault, undo: None };
        FaultGroup { faults: vec![scheduled], ..FaultGroup::empty(self.at) }
    }

    /// One node is down, or stands still, for a while.
    pub(super) fn down(&self, fault: Fault) -> Option<FaultGroup> {
        let (at, node) = (self.at, *fault.nodes().first()?);
        let stopped = matches!(fault, Fault::StopNode(_));
        let least = if stopped { STOPPING_TIME } else { Duration::ZERO };
        let paused = matches!(fault, Fault::PauseNode(_));
        let stays = paused || !self.context.scenario.starts_again(node);
        let stays = Stays::if_true(stays && self.context.frozen.contains(&node));
        let end = self.end(at, self.length, stays)?;
        let away = end.max(at + least);
        if away > self.context.deadline && end != NEVER {
            return None;
        }
        let mut group = FaultGroup::lasting(at, end, fault);
        group.is_down(node, at, away);
        Some(group)
    }

    /// Some nodes are down for a while, by one fault.
    pub(super) fn down_together(&self, nodes: &[Atom], fault: Fault) -> Option<FaultGroup> {
        let frozen = nodes.iter().all(|node| self.context.frozen.contains(node));
        let end = self.end(self.at, self.length, Stays::if_true(frozen))?;
        let mut group = FaultGroup::lasting(self.at, end, fault);
        for node in nodes {
            group.is_down(*node, self.at, end);
        }
        Some(group)
    }

    /// A node works otherwise for a while.
    pub(super) fn change(&self, fault: Fault) -> Option<FaultGroup> {
        let end = self.end(self.at, self.length, Stays::Repaired)?;
        let held = fault.holds()?;
        let mut group = FaultGroup::lasting(self.at, end, fault);
        group.reserve(held, self.at, end);
        Some(group)
    }
}

/// The state of something after the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stays {
    Failed,
    Repaired,
}

impl Stays {
    fn if_true(failed: bool) -> Stays {
        if failed { Stays::Failed } else { Stays::Repaired }
    }
}

impl FaultGroup {
    pub(super) const fn empty(at: Duration) -> FaultGroup {
        FaultGroup { at, faults: Vec::new(), absences: Vec::new(), reservations: Vec::new() }
    }

    /// One fault that ends.
    fn lasting(at: Duration, end: Duration, fault: Fault) -> FaultGroup {
        FaultGroup { faults: vec![lasting(at, end, fault)], ..FaultGroup::empty(at) }
    }

    /// One fault that waits for something to be seen, and ends a while later if it can.
    pub(in crate::scenario) fn upon(
        condition: ConditionTrigger,
        fault: Fault,
        length: Duration,
    ) -> FaultGroup {
        let at = condition.from;
        let undo = fault.undo().map(|end| (length, end));
        let trigger = Trigger::When(condition);
        let faults = vec![ScheduledFault { label: None, trigger, fault, undo }];
        FaultGroup { faults, ..FaultGroup::empty(at) }
    }

    pub(in crate::scenario) fn is_down(&mut self, node: Atom, from: Duration, until: Duration) {
        self.take_away(node, from, until);
        self.reserve(Resource::Process(node), from, until);
    }

    pub(super) fn take_away(&mut self, node: Atom, from: Duration, until: Duration) {
        self.absences.push(Absence { node, from, until });
    }

    pub(super) fn reserve(&mut self, what: Resource, from: Duration, until: Duration) {
        self.reservations.push(Reservation { what, from, until });
    }
}

pub(super) fn lasting(at: Duration, end: Duration, fault: Fault) -> ScheduledFault {
    let undo = fault.undo().filter(|_| end != NEVER).map(|undo| (end.saturating_sub(at), undo));
    ScheduledFault { label: None, trigger: Trigger::At(at), fault, undo }
}

/// A cut; it gets its number later.
pub(in crate::scenario) fn partition(
    at: Duration,
    end: Duration,
    partition: Partition,
) -> ScheduledFault {
    lasting(at, end, Fault::Partition(partition))
}

fn sites(scenario: &Scenario) -> Vec<(Site, Vec<Atom>)> {
    let mut sites: Vec<(Site, Vec<Atom>)> = Vec::new();
    for name in scenario.hosts.iter().filter_map(|host| host.site) {
        if sites.iter().all(|(site, _)| site.name != name) {
            let hosts: Vec<Atom> = scenario.hosts_of(name).collect();
            let nodes = hosts.iter().flat_map(|host| scenario.nodes_on(*host)).collect();
            sites.push((Site { name, hosts }, nodes));
        }
    }
    sites
}

pub(super) fn pick<T: Clone>(things: &[T], rng: &mut Stream) -> Option<T> {
    let draw = rng.next_u64();
    let place = draw.checked_rem(things.len() as u64)?;
    Some(things[place as usize].clone())
}

/// Two different ones.
pub(super) fn pair(things: &[Atom], rng: &mut Stream) -> Option<(Atom, Atom)> {
    let mut order = things.to_vec();
    order.shuffle(rng);
    match order.as_slice() {
        [one, other, ..] => Some((*one, *other)),
        _ => None,
    }
}
