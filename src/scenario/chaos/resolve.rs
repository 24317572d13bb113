//! From the `chaos` of a file to what may be drawn, and the limits.

use std::time::Duration;

use serde_json::json;

use crate::document::check::Checker;
use crate::document::shape::NameKind;
use crate::document::syntax::{Member, Node};
use crate::engine::network::Delay;
use crate::engine::runtime::DiskFault;
use crate::engine::term::Atom;
use crate::engine::time::format_duration;
use crate::scenario::ApplicationConfig;
use crate::scenario::reading::{Resolver, unknown_choice};
use crate::spelling::Choice;

use super::shape::{self, COUNT_MAX};
use super::{Bursts, Chaos, ChaosKind, CutShape, FaultKind, Liveness, NodeGroups, Pace, PathScope};

/// The kinds that concern disks.
const DISK_KINDS: [&str; 5] =
    ["fsync_error", "full_disk", "slow_disk", "lying_disk", "corrupt_disk"];

/// The longest time that files have words for.
const NEVER: Duration = Duration::from_nanos(u64::MAX);

/// The quiet time at the end of a run whose file does not say.
const QUIET: Duration = Duration::from_secs(10);

impl Resolver<'_> {
    pub(in crate::scenario) fn chaos(
        &mut self,
        node: &Node,
        end: Duration,
        applications: &[ApplicationConfig],
    ) -> Option<Chaos> {
        let window = self.window(node, end);
        let nodes = self.struck(node, applications)?;
        let applications = concerned(node, &nodes, applications)?;
        let budget = self.budget(node, nodes.len())?;
        let lasting = self.delay(node.get("for")?)?;
        let (from, until) = window?;
        let mut chaos = Chaos {
            from,
            until,
            swarm: node.get("swarm")?.boolean()?,
            nodes,
            applications,
            budget,
            recovery: node.get("recovery")?.duration()?,
            kinds: Vec::new(),
            bursts: None,
            liveness: None,
        };
        chaos.kinds = self.kinds(node, &chaos, &lasting)?;
        chaos.bursts = match node.get("bursts") {
            Some(bursts) => Some(self.bursts(bursts, &lasting)?),
            None => None,
        };
        chaos.liveness = match node.member("liveness") {
            Some(member) => Some(self.liveness(member, &chaos, end)?),
            None => None,
        };
        Some(chaos)
    }

    /// The window within which faults may strike.
    fn window(&mut self, node: &Node, end: Duration) -> Option<(Duration, Duration)> {
        let from = node.get("from")?.duration()?;
        let quiet = node.get("quiet").and_then(Node::duration).unwrap_or(QUIET);
        let until = match node.get("until") {
            Some(until) => until.duration()?,
            None => end.saturating_sub(quiet),
        };
        let limit = node.get("until").or(node.get("quiet")).unwrap_or(node);
        if until > end {
            let message = format!("the run ends at {}, before `until`", format_duration(end));
            self.diagnostics.error(&limit.span, message).help("leave `until` out, or write less");
            return None;
        }
        if from >= until {
            let until = format_duration(until);
            let message = format!("the chaos is over at {until}, before it begins");
            let help = "write a longer `duration`, an earlier `from`, or less `quiet`";
            self.diagnostics.error(&limit.span, message).help(help);
            return None;
        }
        Some((from, until))
    }

    /// The nodes that may be struck, in the order of the file.
    fn struck(&mut self, node: &Node, applications: &[ApplicationConfig]) -> Option<Vec<Atom>> {
        let all = self.names.of_kind(NameKind::Node).into_iter();
        let all: Vec<Atom> = all.map(Atom::try_new).collect::<Result<_, _>>().ok()?;
        let Some(named) = node.get("nodes") else {
            let runs =
                |node: &Atom| applications.iter().any(|each| each.nodes().any(|on| on == *node));
            return Some(all.into_iter().filter(runs).collect());
        };
        let named = self.all_named(named)?;
        Some(all.into_iter().filter(|node| named.contains(node)).collect())
    }

    fn all_named(&self, names: &Node) -> Option<Vec<Atom>> {
        let each: Vec<Vec<Atom>> =
            names.items().iter().map(|name| self.nodes_named(name)).collect::<Option<_>>()?;
        Some(each.concat())
    }

    fn budget(&mut self, node: &Node, count: usize) -> Option<usize> {
        let budget = node.get("budget")?;
        match budget.text() {
            Some("all") => return Some(count),
            Some(_) if count == 2 => return Some(1),
            Some(_) => return Some(count.saturating_sub(1) / 2),
            None => {}
        }
        let number: usize = budget.integer()?;
        if 2 * number > count {
            let message = format!("{number} of {count} nodes are a majority");
            let help = format!("write at most {}, or \"all\" to spare nobody", count / 2);
            self.diagnostics.error(&budget.span, message).help(help);
            return None;
        }
        Some(number)
    }

    /// The kinds that may strike; without a list all that can.
    fn kinds(&mut self, node: &Node, chaos: &Chaos, lasting: &Delay) -> Option<Vec<ChaosKind>> {
        let Some(named) = node.get("kinds") else {
            let usual = Node::from_json(&json!(1), &node.span);
            // Faults of disks are left to those who ask for them: no protocol survives them all.
            let all = shape::kind_names().into_iter();
            let all = all.filter(|name| !DISK_KINDS.contains(name));
            let all: Option<Vec<ChaosKind>> =
                all.map(|name| self.kind(node, name, &usual, chaos, lasting)).collect();
            return all.map(|kinds| {
                kinds.into_iter().filter(|kind| self.idle(kind, chaos).is_none()).collect()
            });
        };
        let mut kinds = Vec::new();
        let mut fine = Some(());
        for Member { name, name_span, value } in named.members() {
            let kind = self.kind(node, name, value, chaos, lasting);
            match kind {
                Some(kind) => {
                    if let Some(why) = self.idle(&kind, chaos) {
                        let message = format!("`{name}` never strikes: {why}");
                        self.diagnostics.warn(name_span, message).help("leave it out");
                    }
                    kinds.push(kind);
                }
                None => fine = None,
            }
        }
        fine.map(|()| kinds)
    }

    fn kind(
        &mut self,
        chaos_node: &Node,
        name: &str,
        written: &Node,
        chaos: &Chaos,
        lasting: &Delay,
    ) -> Option<ChaosKind> {
        let node = self.as_object(name, written)?;
        let nodes = match node.get("nodes") {
            Some(named) => self.among(named, &chaos.nodes)?,
            None => chaos.nodes.clone(),
        };
        let pace = self.pace(chaos_node, &node, chaos)?;
        let kind = self.fault_kind(name, &node, &nodes, chaos)?;
        let lasting = match node.get("for") {
            Some(own) => self.delay(own)?,
            None if kind.lasts() => lasting.clone(),
            None => Delay::Constant(Duration::ZERO),
        };
        Some(ChaosKind { kind, pace, lasting, nodes })
    }

    /// A kind that may be written as a weight, as an object with all its fields.
    fn as_object(&mut self, name: &str, written: &Node) -> Option<Node> {
        let Some(weight) = written.number() else { return Some(written.clone()) };
        let object = Node::from_json(&json!({ "weight": weight }), &written.span);
        Checker::new(self.names, self.diagnostics).check(&object, &shape::kind(name)?)
    }

    /// The nodes of a kind, which have to be among those of all.
    fn among(&mut self, named: &Node, all: &[Atom]) -> Option<Vec<Atom>> {
        let mut nodes = Vec::new();
        for name in named.items() {
            for node in self.nodes_named(name)? {
                if !all.contains(&node) {
                    let message =
                        format!("`{}` is not among the nodes of the chaos", node.as_str());
                    let help = "name it in `nodes` of the chaos, too";
                    self.diagnostics.error(&name.span, message).help(help);
                    return None;
                }
                nodes.push(node);
            }
        }
        Some(all.iter().copied().filter(|node| nodes.contains(node)).collect())
    }

    /// The reason why a kind never strikes, if it does not.
    fn idle(&self, kind: &ChaosKind, chaos: &Chaos) -> Option<&'static str> {
        let none_away = (chaos.budget == 0).then_some("the budget allows no node to be away");
        let (one, two) = (kind.nodes.is_empty(), kind.nodes.len() < 2);
        match &kind.kind {
            FaultKind::Crash | FaultKind::Stop | FaultKind::Pause => none_away,
            FaultKind::CrashHost => {
                let hosts = self.names.hosts.iter();
                let mut nodes = hosts.map(|host| self.names.nodes_on(host).collect::<Vec<&str>>());
                let within = |own: &str| kind.nodes.iter().any(|node| node.as_str() == own);
                let fits = nodes.any(|own| {
                    (1..=chaos.budget).contains(&own.len()) && own.iter().all(|own| within(own))
                });
                (!fits)
                    .then_some("no host has nodes of the chaos only, and no more than the budget")
            }
            FaultKind::CrashSite => {
                let within = |own: &Atom| kind.nodes.contains(own);
                let sites = self.places().sites;
                let mut fits = sites.iter().filter(|own| (1..=chaos.budget).contains(&own.len()));
                (!fits.any(|own| own.iter().all(within)))
                    .then_some("no site has nodes of the chaos only, and no more than the budget")
            }
            FaultKind::Kill { names, .. } => names.is_empty().then_some("there is nothing to kill"),
            FaultKind::Partition { shapes } | FaultKind::OneWayPartition { shapes } => {
                let places = self.places();
                let possible =
                    |shape: &CutShape| shape.is_possible(&kind.nodes, &places, chaos.budget);
                let why = if shapes.iter().all(|shape| shape.is_of_places()) {
                    "no host or site can be cut off that has no more nodes than the budget"
                } else {
                    "there are too few nodes"
                };
                none_away.or((!shapes.iter().any(possible)).then_some(why))
            }
            FaultKind::Swizzle { .. } => two.then_some("there are too few nodes").or(none_away),
            FaultKind::Disconnect => two.then_some("there are too few nodes"),
            FaultKind::SlowPath { between: PathScope::Sites, .. }
            | FaultKind::Loss { between: PathScope::Sites, .. }
            | FaultKind::Bandwidth { between: PathScope::Sites, .. } => {
                let struck = |site: &&Vec<Atom>| site.iter().any(|node| kind.nodes.contains(node));
                let sites = self.places().sites;
                (sites.iter().filter(struck).count() < 2).then_some("there are not two sites")
            }
            FaultKind::SlowPath { between: PathScope::Hosts, .. }
            | FaultKind::Loss { between: PathScope::Hosts, .. }
            | FaultKind::Bandwidth { between: PathScope::Hosts, .. }
            | FaultKind::SlowNode { .. }
            | FaultKind::Disk { .. }
            | FaultKind::SlowDisk { .. }
            | FaultKind::CorruptDisk
            | FaultKind::ClockStep { .. }
            | FaultKind::ClockDrift { .. } => one.then_some("there are no nodes"),
        }
    }

    fn pace(&mut self, chaos_node: &Node, node: &Node, chaos: &Chaos) -> Option<Pace> {
        if let Some(count) = node.get("count") {
            return count.integer().map(Pace::Count);
        }
        let weight = node.get("weight").and_then(Node::float).unwrap_or(1.0);
        if weight <= 0.0 {
            return Some(Pace::Count(0));
        }
        let interval = node.get("interval").or(chaos_node.get("interval"))?;
        let mean = Duration::try_from_secs_f64(interval.duration()?.as_secs_f64() / weight);
        let mean = mean.unwrap_or(Duration::MAX).min(NEVER).max(Duration::from_nanos(1));
        let window = chaos.until.saturating_sub(chaos.from).as_secs_f64();
        if window > mean.as_secs_f64() * f64::from(COUNT_MAX) {
            let message = format!("more than {COUNT_MAX} faults of a kind are too many");
            let help = "write a longer `interval`, or a smaller `weight`";
            self.diagnostics.error(&interval.span, message).help(help);
            return None;
        }
        Some(Pace::Every(mean))
    }

    fn fault_kind(
        &mut self,
        name: &str,
        node: &Node,
        nodes: &[Atom],
        chaos: &Chaos,
    ) -> Option<FaultKind> {
        Some(match name {
            "crash" => FaultKind::Crash,
            "crash_host" => FaultKind::CrashHost,
            "crash_site" => FaultKind::CrashSite,
            "stop" => FaultKind::Stop,
            "pause" => FaultKind::Pause,
            "kill" => FaultKind::Kill {
                names: match node.get("names") {
                    Some(names) => names.atoms()?,
                    None => chaos.applications.clone(),
                },
                reason: node.get("reason")?.term()?,
            },
            "partition" => FaultKind::Partition {
                shapes: self.cut_shapes(node, &CutShape::all(), nodes, chaos)?,
            },
            "one_way_partition" => FaultKind::OneWayPartition {
                shapes: self.cut_shapes(node, &CutShape::ONE_WAY, nodes, chaos)?,
            },
            "swizzle" => FaultKind::Swizzle { over: node.get("over")?.duration()? },
            "disconnect" => FaultKind::Disconnect,
            "slow_path" => FaultKind::SlowPath {
                latency: self.delay(node.get("latency")?)?,
                between: between(node)?,
            },
            "loss" => {
                let loss_ppm = node.get("loss")?.ppm()?;
                self.possible_loss(node, loss_ppm)?;
                FaultKind::Loss { loss_ppm, between: between(node)? }
            }
            "bandwidth" => FaultKind::Bandwidth {
                bandwidth: node.get("bandwidth")?.bandwidth()?,
                between: between(node)?,
            },
            "slow_node" => {
                let percent_max = libm::round(node.get("factor")?.float()? * 100.0) as u32;
                FaultKind::SlowNode { percent_max }
            }
            "fsync_error" => FaultKind::Disk { fault: DiskFault::FsyncError },
            "full_disk" => FaultKind::Disk { fault: DiskFault::Full },
            "lying_disk" => FaultKind::Disk { fault: DiskFault::Lying },
            "slow_disk" => FaultKind::SlowDisk { latency: self.delay(node.get("latency")?)? },
            "corrupt_disk" => FaultKind::CorruptDisk,
            "clock_step" => FaultKind::ClockStep { by: self.delay(node.get("by")?)? },
            "clock_drift" => FaultKind::ClockDrift { ppm_max: node.get("ppm")?.integer()? },
            other => unknown_choice(other),
        })
    }

    /// The shapes that a file names, or all for which there are nodes enough, if there are any. Hosts
    /// that have one node each are not cut off as such: that is what isolating a node does.
    fn cut_shapes(
        &self,
        node: &Node,
        known: &[CutShape],
        nodes: &[Atom],
        chaos: &Chaos,
    ) -> Option<Vec<CutShape>> {
        if let Some(named) = node.get("shapes") {
            return named.choices();
        }
        let places = self.places();
        let all = known.iter().copied();
        let all = all.filter(|shape| *shape != CutShape::IsolateHost || places.share_hosts(nodes));
        let possible = |shape: &CutShape| shape.is_possible(nodes, &places, chaos.budget);
        let found: Vec<CutShape> = all.clone().filter(possible).collect();
        Some(if found.is_empty() {
            all.filter(|shape| !shape.is_of_places()).collect()
        } else {
            found
        })
    }

    /// The nodes of each host and of each site.
    fn places(&self) -> NodeGroups {
        let nodes = |host: &str| -> Vec<Atom> {
            self.names.nodes_on(host).filter_map(|node| Atom::try_new(node).ok()).collect()
        };
        let sites = self.names.of_kind(NameKind::Site);
        let at = |site: &&str| self.names.hosts_of(site).flat_map(nodes).collect();
        NodeGroups {
            hosts: self.names.hosts.iter().map(|host| nodes(host)).collect(),
            sites: sites.iter().map(at).collect(),
        }
    }

    fn bursts(&mut self, node: &Node, lasting: &Delay) -> Option<Bursts> {
        Some(Bursts {
            probability_ppm: node.get("probability")?.ppm()?,
            after: self.delay(node.get("after")?)?,
            lasting: match node.get("for") {
                Some(own) => self.delay(own)?,
                None => lasting.clone(),
            },
            targets: node.get("targets")?.choices()?,
            hits: node.get("hits")?.choices()?,
        })
    }

    fn liveness(&mut self, member: &Member, chaos: &Chaos, end: Duration) -> Option<Liveness> {
        let why = if chaos.until >= end {
            Some(("the run ends before the liveness phase begins", "write an earlier `until`"))
        } else if chaos.budget == 0 {
            Some(("no node may stay failed, as the budget is 0", "write a `budget` above 0"))
        } else {
            None
        };
        if let Some((message, help)) = why {
            self.diagnostics.error(&member.name_span, message).help(help);
            return None;
        }
        Some(Liveness { freeze: member.value.get("freeze")?.choices()? })
    }
}

/// The ends of a path that gets bad.
fn between(node: &Node) -> Option<PathScope> {
    node.get("between")?.choice()
}

/// The applications that a file names, or all on these nodes.
fn concerned(node: &Node, nodes: &[Atom], applications: &[ApplicationConfig]) -> Option<Vec<Atom>> {
    if let Some(named) = node.get("applications") {
        return named.items().iter().map(Node::atom).collect();
    }
    let here = applications.iter().filter(|each| each.nodes().any(|on| nodes.contains(&on)));
    Some(here.map(|each| each.name).collect())
}
