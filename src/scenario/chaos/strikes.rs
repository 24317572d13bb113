//! The draws of each kind of fault: its times, targets and lengths.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use crate::engine::network::{Delay, PathConfig};
use crate::engine::rng::{Stream, Streams};
use crate::engine::term::Atom;
use crate::engine::time::nanos;
use crate::scenario::fault::{ConditionTrigger, Fault, Partition, Resource, Site, Trigger};
use crate::scenario::{ApplicationConfig, HostConfig, Placement, Scenario, ScheduledFault};

use super::ledger::{Absence, NEVER, Reservation};
use super::{Chaos, ChaosKind, CutShape, FaultKind, NodeGroups, Pace, PathScope, cuts};

/// A node that is stopped in order counts as away for so long at least: it ends its applications
/// first, however soon it is to start again.
const STOPPING_TIME: Duration = Duration::from_secs(5);

/// Some faults that strike together, or not at all.
pub(super) struct FaultGroup {
    pub(super) at: Duration,
    pub(super) faults: Vec<ScheduledFault>,
    pub(super) absences: Vec<Absence>,
    pub(super) holds: Vec<Reservation>,
}

/// The surroundings of the draws.
pub(super) struct DrawContext<'a> {
    pub(super) chaos: &'a Chaos,
    /// The hosts of the nodes, with all nodes on each.
    hosts: Vec<(Atom, Vec<Atom>)>,
    /// The sites with all nodes at each.
    sites: Vec<(Site, Vec<Atom>)>,
    places: NodeGroups,
    pub(super) scenario: &'a Scenario,
    /// The nodes that stay failed in the end.
    frozen: &'a [Atom],
    /// The time by which everything else is right again.
    pub(super) deadline: Duration,
}

impl<'a> DrawContext<'a> {
    pub(super) fn of(
        scenario: &'a Scenario,
        chaos: &'a Chaos,
        frozen: &'a [Atom],
    ) -> DrawContext<'a> {
        let on = |host: &HostConfig| (host.name, scenario.nodes_on(host.name).collect());
        // What is frozen may not be confused with what ends: it strikes later.
        let pause = chaos.recovery.max(Duration::from_nanos(1));
        DrawContext {
            chaos,
            hosts: scenario.hosts.iter().map(on).collect(),
            sites: sites(scenario),
            places: NodeGroups::of(scenario),
            scenario,
            frozen,
            deadline: if frozen.is_empty() {
                chaos.until
            } else {
                chaos.until.saturating_sub(pause)
            },
        }
    }

    /// All that a kind wants to do in a run, numbered.
    pub(super) fn strikes(&self, kind: &ChaosKind, streams: Streams) -> Vec<(u64, FaultGroup)> {
        let name = kind.kind.name();
        let stream = |what: &str| streams.stream(&format!("chaos/{name}{what}"));
        let mut lengths = stream("/for");
        let targets = streams.family(&format!("chaos/{name}/target"));
        let numbered = times(kind.pace, self.chaos, &mut stream("")).into_iter().zip(0..);
        let strike = |(at, number): (Duration, u64)| {
            let length = kind.lasting.draw(&mut lengths);
            // However many draws a target takes, the next one does not depend on it.
            let mut rng = targets.stream(number);
            self.strike(kind, at, length, &mut rng).map(|strike| (number, strike))
        };
        numbered.filter_map(strike).collect()
    }

    fn strike(
        &self,
        kind: &ChaosKind,
        at: Duration,
        length: Duration,
        rng: &mut Stream,
    ) -> Option<FaultGroup> {
        let node = |rng: &mut Stream| pick(&kind.nodes, rng);
        match &kind.kind {
            FaultKind::Crash => self.down(Fault::CrashNode(node(rng)?), at, length),
            FaultKind::Stop => self.down(Fault::StopNode(node(rng)?), at, length),
            FaultKind::Pause => self.down(Fault::PauseNode(node(rng)?), at, length),
            FaultKind::CrashHost => self.crash_host(kind, at, length, rng),
            FaultKind::CrashSite => self.crash_site(kind, at, length, rng),
            FaultKind::Kill { names, reason } => {
                let (name, node) = self.kill(names, &kind.nodes, rng)?;
                Some(FaultGroup::of(at, Fault::Exit { name, node, reason: reason.clone() }))
            }
            FaultKind::Partition { shapes } => self.cut(kind, shapes, false, at, length, rng),
            FaultKind::OneWayPartition { shapes } => self.cut(kind, shapes, true, at, length, rng),
            FaultKind::Swizzle { over } => self.swizzle(kind, *over, at, length, rng),
            FaultKind::Disconnect => {
                let pair = pair(&kind.nodes, rng)?;
                Some(FaultGroup::of(at, Fault::Disconnect(pair.0, pair.1)))
            }
            FaultKind::SlowPath { latency, between } => {
                let changed = |usual| PathConfig { latency: latency.clone(), ..usual };
                self.path(at, length, self.ways(kind, *between, rng)?, changed)
            }
            FaultKind::Loss { loss_ppm, between } => {
                let changed = |usual| PathConfig { loss_ppm: *loss_ppm, ..usual };
                self.path(at, length, self.ways(kind, *between, rng)?, changed)
            }
            FaultKind::Bandwidth { bandwidth, between } => {
                let changed = |usual| PathConfig { bandwidth: Some(*bandwidth), ..usual };
                self.path(at, length, self.ways(kind, *between, rng)?, changed)
            }
            FaultKind::SlowNode { percent_max } => {
                let node = node(rng)?;
                let percent = rng.random_range(100..=(*percent_max).max(101));
                self.change(at, length, Fault::SetSpeed { node, percent })
            }
            FaultKind::Disk { fault } => {
                let fault = Fault::BreakDisk { node: node(rng)?, fault: *fault };
                self.change(at, length, fault)
            }
            FaultKind::SlowDisk { latency } => {
                let latency = Some(latency.clone());
                self.change(at, length, Fault::SetDiskLatency { node: node(rng)?, latency })
            }
            FaultKind::CorruptDisk => Some(FaultGroup::of(at, Fault::CorruptDisk(node(rng)?))),
            FaultKind::ClockStep { by } => Some(FaultGroup::of(at, step(node(rng)?, by, rng))),
            FaultKind::ClockDrift { ppm_max } => {
                let node = node(rng)?;
                let ppm_max = i32::try_from(*ppm_max).unwrap_or(i32::MAX);
                let ppm = rng.random_range(1..=ppm_max.max(1));
                let ppm = if is_forward(rng) { ppm } else { -ppm };
                self.change(at, length, Fault::SetClockDrift { node, ppm })
            }
        }
    }

    /// The process of a distributed application is killed wherever it runs, any other on one of the
    /// nodes that may have it.
    fn kill(
        &self,
        names: &[Atom],
        nodes: &[Atom],
        rng: &mut Stream,
    ) -> Option<(Atom, Option<Atom>)> {
        let (name, place) = (pick(names, rng)?, rng.next_u64());
        let application = self.scenario.applications.iter().find(|each| each.name == name);
        let candidates: Vec<Atom> = match application {
            Some(ApplicationConfig { placement: Placement::Distributed { .. }, .. }) => {
                return Some((name, None));
            }
            Some(application) => application.nodes().filter(|node| nodes.contains(node)).collect(),
            None => nodes.to_vec(),
        };
        let place = place.checked_rem(candidates.len() as u64)?;
        Some((name, Some(candidates[place as usize])))
    }

    /// The end of something that lasts this long; never for a node that stays failed, and
    /// `None` if there is no time left.
    fn end(&self, at: Duration, length: Duration, frozen: bool) -> Option<Duration> {
        let end = at.saturating_add(length.max(Duration::from_nanos(1)));
        if end <= self.deadline {
            Some(end)
        } else if frozen {
            Some(NEVER)
        } else {
            (at < self.deadline).then_some(self.deadline)
        }
    }

    /// One node is down, or stands still, for a while.
    fn down(&self, fault: Fault, at: Duration, length: Duration) -> Option<FaultGroup> {
        let node = *fault.nodes().first()?;
        let stopped = matches!(fault, Fault::StopNode(_));
        let least = if stopped { STOPPING_TIME } else { Duration::ZERO };
        let paused = matches!(fault, Fault::PauseNode(_));
        let stays = paused || !self.scenario.starts_again(node);
        let end = self.end(at, length, stays && self.frozen.contains(&node))?;
        let away = end.max(at + least);
        if away > self.deadline && end != NEVER {
            return None;
        }
        let mut strike = FaultGroup::lasting(at, end, fault);
        strike.is_down(node, at, away);
        Some(strike)
    }

    fn crash_host(
        &self,
        kind: &ChaosKind,
        at: Duration,
        length: Duration,
        rng: &mut Stream,
    ) -> Option<FaultGroup> {
        let (host, nodes) = pick(&hosts_within(&self.hosts, &kind.nodes), rng)?;
        self.down_together(&nodes, Fault::CrashHost(host), at, length)
    }

    fn crash_site(
        &self,
        kind: &ChaosKind,
        at: Duration,
        length: Duration,
        rng: &mut Stream,
    ) -> Option<FaultGroup> {
        let struck = |own: &[Atom]| own.iter().all(|node| kind.nodes.contains(node));
        let sites = self.sites.iter().filter(|(_, own)| !own.is_empty() && struck(own));
        let (site, nodes) = pick(&sites.collect::<Vec<_>>(), rng)?;
        self.down_together(nodes, Fault::CrashSite(site.clone()), at, length)
    }

    /// Some nodes are down for a while, by one fault.
    fn down_together(
        &self,
        nodes: &[Atom],
        fault: Fault,
        at: Duration,
        length: Duration,
    ) -> Option<FaultGroup> {
        let frozen = nodes.iter().all(|node| self.frozen.contains(node));
        let end = self.end(at, length, frozen)?;
        let mut strike = FaultGroup::lasting(at, end, fault);
        for node in nodes {
            strike.is_down(*node, at, end);
        }
        Some(strike)
    }

    fn cut(
        &self,
        kind: &ChaosKind,
        shapes: &[CutShape],
        one_way: bool,
        at: Duration,
        length: Duration,
        rng: &mut Stream,
    ) -> Option<FaultGroup> {
        let shape = pick(shapes, rng)?;
        let cut = cuts::draw(shape, &kind.nodes, &self.places, self.chaos.budget, one_way, rng)?;
        let end = self.end(at, length, false)?;
        let mut strike = FaultGroup::empty(at);
        strike.faults.extend(cut.partitions.into_iter().map(|cut| partition(at, end, cut)));
        for node in cut.away {
            strike.take_away(node, at, end);
        }
        Some(strike)
    }

    /// Some nodes are cut off one by one, all stay cut off for a while, and they come back one by
    /// one in another order.
    fn swizzle(
        &self,
        kind: &ChaosKind,
        over: Duration,
        at: Duration,
        length: Duration,
        rng: &mut Stream,
    ) -> Option<FaultGroup> {
        let mut chosen = kind.nodes.clone();
        chosen.shuffle(rng);
        let count = self.chaos.budget.min(chosen.len().saturating_sub(1));
        if count == 0 {
            return None;
        }
        chosen.truncate(rng.random_range(1..=count));
        let mut moments = || -> Vec<Duration> {
            let moment = |_| Duration::from_nanos(rng.random_range(0..=nanos(over)));
            chosen.iter().map(moment).collect()
        };
        let (cuts, heals) = (moments(), moments());
        let mut strike = FaultGroup::empty(at);
        for ((node, cut), heal) in chosen.iter().zip(cuts).zip(heals) {
            let from = at + cut;
            let end = self.end(from, over.saturating_sub(cut) + length + heal, false)?;
            let others = cuts::isolate(*node, kind.nodes.iter().copied(), false);
            strike.faults.push(partition(from, end, others));
            strike.take_away(*node, from, end);
        }
        Some(strike)
    }

    /// The ways between two hosts with nodes that may be struck, or within the only one; or between the
    /// hosts of two sites.
    fn ways(
        &self,
        kind: &ChaosKind,
        between: PathScope,
        rng: &mut Stream,
    ) -> Option<Vec<(Atom, Atom)>> {
        let has_one = |nodes: &[Atom]| nodes.iter().any(|node| kind.nodes.contains(node));
        let both = |one, other| [(one, other), (other, one)];
        match between {
            PathScope::Hosts => {
                let hosts = self.hosts.iter().filter(|(_, nodes)| has_one(nodes));
                let hosts: Vec<Atom> = hosts.map(|(host, _)| *host).collect();
                match pair(&hosts, rng) {
                    Some((one, other)) => Some(both(one, other).to_vec()),
                    None => hosts.first().map(|host| vec![(*host, *host)]),
                }
            }
            PathScope::Sites => {
                let sites = self.sites.iter().filter(|(_, nodes)| has_one(nodes));
                let sites: Vec<Atom> = sites.map(|(site, _)| site.name).collect();
                let (one, other) = pair(&sites, rng)?;
                let others: Vec<Atom> = self.scenario.hosts_of(other).collect();
                let hosts = self.scenario.hosts_of(one);
                let pairs = hosts.flat_map(|one| others.iter().map(move |other| (one, *other)));
                Some(pairs.flat_map(|(one, other)| both(one, other)).collect())
            }
        }
    }

    /// Some paths are different for a while.
    fn path(
        &self,
        at: Duration,
        length: Duration,
        ways: Vec<(Atom, Atom)>,
        changed: impl Fn(PathConfig) -> PathConfig,
    ) -> Option<FaultGroup> {
        let end = self.end(at, length, false)?;
        let mut strike = FaultGroup::empty(at);
        for (from, to) in ways {
            let path = Some(changed(self.scenario.path(from, to).clone()));
            strike.faults.push(lasting(at, end, Fault::SetPath { from, to, path }));
            strike.hold(Resource::Path(from, to), at, end);
        }
        Some(strike)
    }

    /// A node works otherwise for a while.
    fn change(&self, at: Duration, length: Duration, fault: Fault) -> Option<FaultGroup> {
        let end = self.end(at, length, false)?;
        let held = fault.holds()?;
        let mut strike = FaultGroup::lasting(at, end, fault);
        strike.hold(held, at, end);
        Some(strike)
    }
}

impl FaultGroup {
    /// One fault that is over at once.
    fn of(at: Duration, fault: Fault) -> FaultGroup {
        let scheduled = ScheduledFault { label: None, trigger: Trigger::At(at), fault, undo: None };
        FaultGroup { faults: vec![scheduled], ..FaultGroup::empty(at) }
    }

    const fn empty(at: Duration) -> FaultGroup {
        FaultGroup { at, faults: Vec::new(), absences: Vec::new(), holds: Vec::new() }
    }

    /// One fault that ends.
    fn lasting(at: Duration, end: Duration, fault: Fault) -> FaultGroup {
        FaultGroup { faults: vec![lasting(at, end, fault)], ..FaultGroup::empty(at) }
    }

    /// One fault that waits for something to be seen, and ends a while later if it can.
    pub(super) fn upon(sighting: ConditionTrigger, fault: Fault, length: Duration) -> FaultGroup {
        let at = sighting.from;
        let undo = fault.undo().map(|end| (length, end));
        let trigger = Trigger::When(sighting);
        let faults = vec![ScheduledFault { label: None, trigger, fault, undo }];
        FaultGroup { faults, ..FaultGroup::empty(at) }
    }

    pub(super) fn is_down(&mut self, node: Atom, from: Duration, until: Duration) {
        self.take_away(node, from, until);
        self.hold(Resource::Process(node), from, until);
    }

    fn take_away(&mut self, node: Atom, from: Duration, until: Duration) {
        self.absences.push(Absence { node, from, until });
    }

    fn hold(&mut self, what: Resource, from: Duration, until: Duration) {
        self.holds.push(Reservation { what, from, until });
    }
}

fn lasting(at: Duration, end: Duration, fault: Fault) -> ScheduledFault {
    let undo = fault.undo().filter(|_| end != NEVER).map(|undo| (end.saturating_sub(at), undo));
    ScheduledFault { label: None, trigger: Trigger::At(at), fault, undo }
}

/// A cut; it gets its number later.
pub(super) fn partition(at: Duration, end: Duration, partition: Partition) -> ScheduledFault {
    lasting(at, end, Fault::Partition(partition))
}

fn step(node: Atom, by: &Delay, rng: &mut Stream) -> Fault {
    let nanos = i64::try_from(nanos(by.draw(rng))).unwrap_or(i64::MAX);
    let nanos = if is_forward(rng) { nanos } else { -nanos };
    Fault::StepClock { node, nanos }
}

/// The direction in which a clock goes wrong.
fn is_forward(rng: &mut Stream) -> bool {
    rng.random_range(0..2) == 0
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

/// The hosts of which all nodes are among these.
pub(in crate::scenario) fn hosts_within(
    hosts: &[(Atom, Vec<Atom>)],
    nodes: &[Atom],
) -> Vec<(Atom, Vec<Atom>)> {
    let within = |own: &[Atom]| !own.is_empty() && own.iter().all(|node| nodes.contains(node));
    hosts.iter().filter(|(_, own)| within(own)).cloned().collect()
}

/// The times at which a kind wants to strike, in order.
fn times(pace: Pace, chaos: &Chaos, stream: &mut Stream) -> Vec<Duration> {
    let (from, until) = (chaos.from, chaos.until);
    match pace {
        Pace::Every(mean) => {
            let gap = Delay::Exponential { min: Duration::from_nanos(1), mean };
            let mut times = Vec::new();
            let mut at = from;
            loop {
                at = at.saturating_add(gap.draw(stream));
                if at >= until {
                    return times;
                }
                times.push(at);
            }
        }
        Pace::Count(count) => {
            let window = nanos(until.saturating_sub(from)).max(1);
            let time = |_| from + Duration::from_nanos(stream.random_range(0..window));
            let mut times: Vec<Duration> = (0..count).map(time).collect();
            times.sort_unstable();
            times
        }
    }
}

fn pick<T: Clone>(things: &[T], rng: &mut Stream) -> Option<T> {
    let draw = rng.next_u64();
    let place = draw.checked_rem(things.len() as u64)?;
    Some(things[place as usize].clone())
}

/// Two different ones.
fn pair(things: &[Atom], rng: &mut Stream) -> Option<(Atom, Atom)> {
    let mut order = things.to_vec();
    order.shuffle(rng);
    match order.as_slice() {
        [one, other, ..] => Some((*one, *other)),
        _ => None,
    }
}
