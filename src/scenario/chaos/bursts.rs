//! Bursts: second faults around failovers, which depend on the consequences of the first.

use std::time::Duration;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::engine::network::Delay;
use crate::engine::rng::Stream;
use crate::engine::term::{Atom, Term};
use crate::scenario::fault::draw::{Absence, DrawContext, FaultGroup, NEVER};
use crate::scenario::fault::{Condition, ConditionTrigger, Fault};
use crate::scenario::{ApplicationConfig, Placement, ScheduledFault};

use super::Chaos;
use super::budget::FaultBudget;
use crate::spelling::words;

/// Second faults around failovers.
#[derive(Clone, Debug, PartialEq)]
pub struct Bursts {
    /// The share of the faults that take nodes away which are followed by another, in parts per million.
    pub probability_ppm: u32,
    /// The time from the event to the second fault.
    pub after: Delay,
    /// The length of the second fault.
    pub lasting: Delay,
    /// The possible targets; one that the budget allows is drawn.
    pub targets: Vec<BurstTarget>,
    /// The possible effects; one that the budget allows is drawn.
    pub hits: Vec<SecondFault>,
}

/// The target of a second fault, and the event that sets it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BurstTarget {
    /// The node on which an application of the lost node has just started.
    Standby,
    /// The lost node, when it has just come back: it is connected again, or an application has
    /// just returned to it.
    ReturningNode,
    /// A node that has just noticed the loss.
    Detector,
}

words!(BurstTarget {
    Standby => "standby",
    ReturningNode => "returning_node",
    Detector => "detector",
});

/// The effect of a second fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFault {
    /// The node crashes and is started again.
    Crash,
    /// The node stands still, and goes on.
    Pause,
    /// The process of an application on the node is killed.
    Kill,
}

words!(SecondFault {
    Crash => "crash",
    Pause => "pause",
    Kill => "kill",
});

/// The time after the end of the first fault during which its events still count.
const EVENTS_COUNT_FOR: Duration = Duration::from_secs(10);

/// The second fault that follows on others, if one is drawn and the budget has room for it.
pub(super) fn follow(
    chaos: &Chaos,
    context: &DrawContext<'_>,
    first: &FaultGroup,
    budget: &mut FaultBudget,
    rng: &mut Stream,
) -> Option<ScheduledFault> {
    let bursts = chaos.bursts.as_ref()?;
    let wanted = rng.random_range(0..1_000_000) < bursts.probability_ppm;
    let (after, length) = (bursts.after.draw(rng), bursts.lasting.draw(rng));
    let mut tries: Vec<(BurstTarget, SecondFault)> = bursts
        .targets
        .iter()
        .flat_map(|target| bursts.hits.iter().map(move |hit| (*target, *hit)))
        .collect();
    tries.shuffle(rng);
    let lost = *first.absences.first().filter(|_| wanted)?;
    tries.into_iter().find_map(|(target, hit)| {
        let event = Event::draw(target, &lost, chaos, context, rng)?;
        let group = event.faults(hit, after, length, context.deadline)?;
        budget.admit_at_once(&group).then(|| group.faults.into_iter().next()).flatten()
    })
}

/// An event that is waited for, and the node that is struck then.
struct Event {
    condition: Condition,
    /// The window in which it counts.
    from: Duration,
    until: Duration,
    node: Atom,
    /// The application that the event is about, or that the node may run.
    application: Option<Atom>,
}

impl Event {
    fn draw(
        target: BurstTarget,
        lost: &Absence,
        chaos: &Chaos,
        context: &DrawContext<'_>,
        rng: &mut Stream,
    ) -> Option<Event> {
        let until = lost.until.saturating_add(EVENTS_COUNT_FOR).min(context.deadline);
        let in_scope = |node: &Atom| *node != lost.node && chaos.nodes.contains(node);
        let applications = || {
            let known = |each: &&ApplicationConfig| chaos.applications.contains(&each.name);
            context.scenario.applications.iter().filter(known)
        };
        let moving = applications().filter(|each| {
            matches!(each.placement, Placement::Distributed { .. })
                && each.nodes().any(|node| node == lost.node)
        });
        let mut moving: Vec<&ApplicationConfig> = moving.collect();
        moving.shuffle(rng);
        let runs = |node: Atom| {
            let mut found = applications().filter(move |each| each.nodes().any(|own| own == node));
            found.next().map(|each| each.name)
        };
        let (condition, from, node, application) = match target {
            BurstTarget::Standby => {
                let application = moving.first()?;
                let mut standbys: Vec<Atom> = application.nodes().filter(in_scope).collect();
                standbys.shuffle(rng);
                let (node, name) = (*standbys.first()?, application.name);
                let started = Condition::ApplicationStarted { application: name, on: Some(node) };
                (started, lost.from, node, Some(name))
            }
            BurstTarget::ReturningNode => {
                let node = lost.node;
                let up = Condition::NodeUp { node, seen_by: None };
                let started = moving.first().map(|each| Condition::ApplicationStarted {
                    application: each.name,
                    on: Some(node),
                });
                let condition = started.filter(|_| rng.random_range(0..2) == 0).unwrap_or(up);
                (condition, lost.until, node, runs(node))
            }
            BurstTarget::Detector => {
                let mut others: Vec<Atom> = chaos.nodes.iter().copied().filter(in_scope).collect();
                others.shuffle(rng);
                let node = *others.first()?;
                let down = Condition::NodeDown { node: lost.node, seen_by: Some(node) };
                (down, lost.from, node, runs(node))
            }
        };
        (lost.until != NEVER || target != BurstTarget::ReturningNode).then_some(Event {
            condition,
            from,
            until,
            node,
            application,
        })
    }

    /// The faults that follow it; `None` if that would not be over in time.
    fn faults(
        self,
        hit: SecondFault,
        after: Duration,
        length: Duration,
        deadline: Duration,
    ) -> Option<FaultGroup> {
        let node = self.node;
        let fault = match hit {
            SecondFault::Crash => Fault::CrashNode(node),
            SecondFault::Pause => Fault::PauseNode(node),
            SecondFault::Kill => {
                let reason = Term::atom("kill");
                Fault::Exit { name: self.application?, node: Some(node), reason }
            }
        };
        let lasts = fault.undo().is_some();
        let length = if lasts { length.max(Duration::from_nanos(1)) } else { Duration::ZERO };
        let latest = deadline.checked_sub(after)?.checked_sub(length)?;
        let until = self.until.min(latest);
        if until <= self.from {
            return None;
        }
        let trigger = ConditionTrigger {
            from: self.from,
            until: Some(until),
            ..ConditionTrigger::of(self.condition, after)
        };
        let mut group = FaultGroup::upon(trigger, fault, length);
        if lasts {
            group.is_down(node, self.from, until + after + length);
        }
        Some(group)
    }
}
