//! Chaos: faults that are drawn at random instead of written down.
//!
//! A scenario says which kinds of faults may strike, how often, for how long, and how much may be
//! away at once; [`Scenario::plan`](super::Scenario::plan) draws the faults of one run and writes
//! them into the plan, each with its time. Nothing is drawn later.
//!
//! Each kind has streams of its own (`chaos/crash`, `chaos/pause`, …) for its times, its targets
//! and its lengths, so that adding a kind leaves what the others want to do as it was. What is
//! drawn is then admitted in the order of time, as far as the budget has room for it.
//!
//! The ideas are those of the field:
//!
//! - swarm testing: each run leaves out about half of the kinds, as faults that are always there
//!   hide what others would find (Groce, Zhang, Eide, Chen and Regehr, *Swarm testing*, ISSTA 2012)
//! - swizzle-clogging: nodes are cut off one by one, and come back one by one in another order
//!   (`FoundationDB`, *Simulation and testing*)
//! - a liveness phase: in the end a core is put right and the rest stays failed for good, so that
//!   what goes on has to go on without it (`TigerBeetle`, *Simulation testing for liveness*, 2023)
//! - shapes of partitions: one node, halves, a bridge, a ring of majorities (Jepsen's nemeses), one
//!   host, one site, two sites
//!
//! The kinds themselves are in [`fault`](super::fault), each in the file of its topic. Here are:
//!
//! - `times`: the times at which a kind strikes, and all its draws of a run
//! - `budget`: the times at which nodes are away, and the room for one more
//! - `bursts`: second faults around failovers
//! - `liveness`: the nodes that stay failed in the end

mod budget;
mod bursts;
mod liveness;
mod resolve;
mod shape;
mod times;
mod write;

use std::time::Duration;

use rand::Rng;

use crate::engine::network::Delay;
use crate::engine::rng::Streams;
use crate::engine::term::Atom;
use crate::scenario::fault::draw::{DrawContext, FaultGroup};
use crate::scenario::fault::{Fault, FaultKind};

use crate::scenario::{Scenario, ScheduledFault};

pub use bursts::{BurstTarget, Bursts, SecondFault};
pub use liveness::{Freeze, Liveness};
pub(super) use shape::shape;
pub(super) use write::write;

use budget::FaultBudget;

/// Faults that are drawn at random, within limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Chaos {
    /// Nothing strikes before.
    pub from: Duration,
    /// Nothing strikes then or later, and everything is right again, unless it is frozen.
    pub until: Duration,
    /// True if each kind is left out of about half of the runs.
    pub swarm: bool,
    /// The nodes that may be struck, in the order of the scenario.
    pub nodes: Vec<Atom>,
    /// The applications whose processes may be killed, and whose failovers bursts look for.
    pub applications: Vec<Atom>,
    /// The most nodes that may be away at once.
    pub budget: usize,
    /// The time for which a node that is back still counts as away, and is spared except by bursts.
    pub recovery: Duration,
    /// The kinds of faults that may strike.
    pub kinds: Vec<ChaosKind>,
    /// Second faults around failovers, if there are to be any.
    pub bursts: Option<Bursts>,
    /// The nodes that stay failed in the end, if any are to.
    pub liveness: Option<Liveness>,
}

/// A kind of fault that may strike.
#[derive(Clone, Debug, PartialEq)]
pub struct ChaosKind {
    /// The fault.
    pub kind: FaultKind,
    /// Its pace.
    pub pace: Pace,
    /// Its length, unless it is over at once.
    pub lasting: Delay,
    /// The nodes that it may strike, all of which are among [`Chaos::nodes`].
    pub nodes: Vec<Atom>,
}

/// The pace at which a kind of fault strikes, as far as the budget allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// At times that have nothing to do with each other, with this mean between two of them.
    Every(Duration),
    /// This many times, at times that are equally likely.
    Count(u32),
}

/// The faults that a scenario's chaos brings about in the run with these streams.
pub(super) fn faults(scenario: &Scenario, streams: Streams) -> Vec<ScheduledFault> {
    let Some(chaos) = &scenario.chaos else { return Vec::new() };
    let mut budget = FaultBudget::of(scenario, chaos);
    let frozen = liveness::frozen(chaos, &mut budget, streams);
    let context = chaos.draw_context(scenario, &frozen);
    let mut groups: Vec<(usize, u64, FaultGroup)> = Vec::new();
    for (index, kind) in taking_part(chaos, streams) {
        let drawn = times::draws(kind, chaos, &context, streams).into_iter();
        groups.extend(drawn.map(|(number, group)| (index, number, group)));
    }
    groups.sort_by_key(|(index, number, group)| (group.at, *index, *number));
    let has_bursts = chaos.bursts.is_some() && (!chaos.swarm || lot(streams, "burst") >= HALF);
    let mut faults = Vec::new();
    for (index, number, group) in groups {
        if !budget.admit(&group) {
            continue;
        }
        if has_bursts {
            let name = format!("chaos/burst/{}", chaos.kinds[index].kind.name());
            let mut rng = streams.family(&name).stream(number);
            faults.extend(bursts::follow(chaos, &context, &group, &mut budget, &mut rng));
        }
        faults.extend(group.faults);
    }
    faults.extend(liveness::freeze(chaos, scenario, &frozen, &budget, streams));
    number_partitions(scenario, faults)
}

impl Chaos {
    /// The context of the draws, when these nodes stay failed in the end.
    fn draw_context<'a>(&self, scenario: &'a Scenario, frozen: &'a [Atom]) -> DrawContext<'a> {
        // Nodes that freeze are not to be confused with faults that end: they fail later.
        let pause = self.recovery.max(Duration::from_nanos(1));
        let deadline =
            if frozen.is_empty() { self.until } else { self.until.saturating_sub(pause) };
        DrawContext::new(scenario, self.budget, frozen, deadline)
    }
}

/// Half of all lots are at least this.
const HALF: u64 = 1 << 63;

/// The draw that decides whether a kind takes part in a run.
fn lot(streams: Streams, name: &str) -> u64 {
    streams.stream(&format!("chaos/{name}/swarm")).next_u64()
}

/// The kinds that take part in a run: about half of them, but at least one.
fn taking_part(chaos: &Chaos, streams: Streams) -> Vec<(usize, &ChaosKind)> {
    let lot = |kind: &ChaosKind| lot(streams, kind.kind.name());
    let best = chaos.kinds.iter().map(lot).max().unwrap_or_default();
    let takes_part = |kind: &ChaosKind| !chaos.swarm || lot(kind) >= HALF.min(best);
    chaos.kinds.iter().enumerate().filter(|(_, kind)| takes_part(kind)).collect()
}

/// Gives each partition a number of its own; the scenario's have theirs.
fn number_partitions(scenario: &Scenario, faults: Vec<ScheduledFault>) -> Vec<ScheduledFault> {
    let taken = scenario.faults.iter().filter_map(|each| match &each.fault {
        Fault::Partition(partition) => Some(partition.id + 1),
        _ => None,
    });
    let mut next = taken.max().unwrap_or(0);
    let number = |mut scheduled: ScheduledFault| {
        if let Fault::Partition(partition) = &mut scheduled.fault {
            partition.id = next;
            next += 1;
            let end = scheduled.fault.undo();
            scheduled.undo = scheduled.undo.and_then(|(after, _)| Some((after, end?)));
        }
        scheduled
    };
    faults.into_iter().map(number).collect()
}
