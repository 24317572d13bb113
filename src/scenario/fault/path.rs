//! Faults of paths between hosts.

use std::fmt::Write;

use serde_json::json;

use super::draw::{self, Draw, DrawForm, DrawLimits, DrawMoment, FaultGroup, Stays};
use super::effect::{
    Effect, FaultForm, Fields, Reading, Resource, Summary, Writing, host_id, lasting, one_way,
};
use super::{Fault, FaultCategory, FaultKind};
use crate::document::shape::{Field, NameKind, Shape, format_bandwidth, format_fraction};
use crate::document::syntax::Node;
use crate::engine::network::{Delay, HostId, PathConfig};
use crate::engine::rng::Stream;
use crate::engine::runtime::World;
use crate::engine::term::Atom;
use crate::scenario::network::{self, delay_text, distribution, path_fields};
use crate::scenario::writing::named;
use crate::spelling::{Choice, words};

pub(super) const SLOW: FaultForm = FaultForm {
    name: "slow_path",
    about: "Changes the path between two hosts.",
    fields: |name| {
        let mut fields = vec![ends(name)];
        fields.extend(path_fields());
        fields.push(one_way("Change the way from the first to the second only."));
        fields.push(lasting());
        fields
    },
    read: read_slow,
};

pub(super) const USUAL: FaultForm = FaultForm {
    name: "usual_path",
    about: "Puts the path between two hosts back as the scenario has it.",
    fields: |name| {
        vec![ends(name), one_way("Put the way from the first to the second right only.")]
    },
    read: |reading| {
        let ways = reading.resolver.ways(reading.entry, reading.value)?.into_iter();
        Some(ways.map(|(from, to)| Fault::SetPath { from, to, path: None }).collect())
    },
};

fn ends(name: &'static str) -> Field {
    let hosts = Shape::pair(Shape::Name(NameKind::HostOrSite));
    Field::required(name, hosts, "Its two ends; a site stands for its hosts.")
}

/// A fault each way.
fn read_slow(reading: &mut Reading<'_, '_>) -> Option<Vec<Fault>> {
    let (resolver, entry, network) = (&mut *reading.resolver, reading.entry, reading.network?);
    let changes = ["latency", "bandwidth", "loss"];
    if changes.iter().all(|change| entry.get(change).is_none()) {
        let error =
            resolver.diagnostics.error(&reading.value.span, "nothing about the path changes");
        error.help("write `latency`, `bandwidth` or `loss`");
        return None;
    }
    let (hosts, ways) = (resolver.hosts()?, resolver.ways(entry, reading.value)?);
    let fault = |(from, to)| {
        let path = resolver.path(entry, network.path(&hosts, from, to))?;
        Some(Fault::SetPath { from, to, path: Some(path) })
    };
    ways.into_iter().map(fault).collect()
}

pub(super) struct Change<'f> {
    pub(super) from: Atom,
    pub(super) to: Atom,
    pub(super) path: Option<&'f PathConfig>,
}

impl Effect for Change<'_> {
    fn inject(&self, world: &World) {
        world.set_path(host_id(world, self.from), host_id(world, self.to), self.path.cloned());
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let (from, to) = (host_id(world, self.from), host_id(world, self.to));
        let same = world.path_is(from, to, self.path);
        let why = || same.then(|| "it is like that already".to_owned());
        empty(world, from).or_else(|| empty(world, to)).or_else(why)
    }

    fn summary(&self) -> Summary {
        Summary {
            category: self.path.map(|_| FaultCategory::Path),
            undo: self.path.map(|_| Fault::SetPath { from: self.from, to: self.to, path: None }),
            hosts: vec![self.from, self.to],
            holds: Some(Resource::Path(self.from, self.to)),
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        let Change { from, to, path } = self;
        match path {
            Some(path) => format!("path {from} -> {to} now has {}", path_text(path)),
            None => format!("path {from} -> {to} is as usual again"),
        }
    }

    /// Writes what is not as usual, or at least the latency.
    fn write(&self, writing: &Writing<'_>) -> Fields {
        let Change { from, to, path } = self;
        let one_way = named("one_way", json!(from != to));
        let Some(path) = path else {
            return Fields::from_iter([named(USUAL.name, json!([from, to])), one_way]);
        };
        let mut fields = Fields::from_iter([named(SLOW.name, json!([from, to]))]);
        let changes = network::changes(path, Some(writing.scenario.path(*from, *to)));
        if changes.is_empty() {
            fields.extend([named("latency", network::latency(&path.latency))]);
        }
        fields.extend(changes);
        fields.extend([one_way]);
        fields
    }
}

fn empty(world: &World, host: HostId) -> Option<String> {
    let empty = world.nodes_on(host).is_empty();
    empty.then(|| format!("there is no node on {}", world.host_name(host)))
}

fn path_text(path: &PathConfig) -> String {
    let mut text = format!("latency {}", delay_text(&path.latency));
    if path.loss_ppm > 0 {
        let _ = write!(text, ", loss {}%", f64::from(path.loss_ppm) / 1e4);
    }
    if let Some(bandwidth) = path.bandwidth {
        let _ = write!(text, ", {} kbit/s", bandwidth / 1_000);
    }
    text
}

/// The ends of a path that gets bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathScope {
    /// Two hosts.
    Hosts,
    /// Two sites: the paths between all of their hosts.
    Sites,
}

words!(PathScope {
    Hosts => "hosts",
    Sites => "sites",
});

impl PathScope {
    /// The field that says it.
    fn field() -> Field {
        let about = "The ends of the path: two hosts, or all hosts of two sites.";
        Field::default("between", Shape::choice::<PathScope>(), PathScope::Hosts.word(), about)
    }

    fn read(node: &Node) -> Option<PathScope> {
        node.get("between")?.choice()
    }
}

pub(super) const SLOW_DRAW: DrawForm = DrawForm {
    name: "slow_path",
    about: "The path between two hosts or sites gets slow.",
    fields: || {
        let latency = json!({ "distribution": "lognormal", "median": "100ms", "p99": "1s" });
        let shape = distribution("a latency");
        let latency = Field::default("latency", shape, latency, "Its latency then.");
        vec![latency, PathScope::field()]
    },
    read: |reading| {
        Some(FaultKind::SlowPath {
            latency: reading.resolver.delay(reading.node.get("latency")?)?,
            between: PathScope::read(reading.node)?,
        })
    },
    ..DrawForm::LASTING
};

pub(super) const LOSS_DRAW: DrawForm = DrawForm {
    name: "loss",
    about: "The path between two hosts or sites loses packets.",
    fields: || {
        let about = "The part of the packets that have to be sent again.";
        vec![Field::default("loss", Shape::Fraction, "5%", about), PathScope::field()]
    },
    read: |reading| {
        let loss_ppm = reading.node.get("loss")?.ppm()?;
        reading.resolver.possible_loss(reading.node, loss_ppm)?;
        Some(FaultKind::Loss { loss_ppm, between: PathScope::read(reading.node)? })
    },
    ..DrawForm::LASTING
};

pub(super) const BANDWIDTH_DRAW: DrawForm = DrawForm {
    name: "bandwidth",
    about: "The path between two hosts or sites gets narrow.",
    fields: || {
        let about = "The bandwidth then.";
        let bandwidth = Field::default("bandwidth", Shape::Bandwidth, "100kbit/s", about);
        vec![bandwidth, PathScope::field()]
    },
    read: |reading| {
        Some(FaultKind::Bandwidth {
            bandwidth: reading.node.get("bandwidth")?.bandwidth()?,
            between: PathScope::read(reading.node)?,
        })
    },
    ..DrawForm::LASTING
};

/// One property of some paths is different for a while.
pub(super) struct ChangeAny<'k> {
    pub(super) change: PathChange<'k>,
    pub(super) between: PathScope,
}

/// A property of a path, with its new value.
pub(super) enum PathChange<'k> {
    Latency(&'k Delay),
    LossPpm(u32),
    Bandwidth(u64),
}

impl PathChange<'_> {
    fn changed(&self, usual: PathConfig) -> PathConfig {
        match self {
            PathChange::Latency(latency) => PathConfig { latency: (*latency).clone(), ..usual },
            PathChange::LossPpm(loss_ppm) => PathConfig { loss_ppm: *loss_ppm, ..usual },
            PathChange::Bandwidth(bandwidth) => PathConfig { bandwidth: Some(*bandwidth), ..usual },
        }
    }
}

impl Draw for ChangeAny<'_> {
    fn form(&self) -> &'static DrawForm {
        match self.change {
            PathChange::Latency(_) => &SLOW_DRAW,
            PathChange::LossPpm(_) => &LOSS_DRAW,
            PathChange::Bandwidth(_) => &BANDWIDTH_DRAW,
        }
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let ways = ways(moment, self.between, rng)?;
        let (at, end) = (moment.at, moment.end(moment.at, moment.length, Stays::Repaired)?);
        let mut group = FaultGroup::empty(at);
        for (from, to) in ways {
            let usual = moment.context.scenario.path(from, to).clone();
            let path = Some(self.change.changed(usual));
            group.faults.push(draw::lasting(at, end, Fault::SetPath { from, to, path }));
            group.reserve(Resource::Path(from, to), at, end);
        }
        Some(group)
    }

    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        match self.between {
            PathScope::Hosts => limits.no_node(),
            PathScope::Sites => (limits.groups_struck(&limits.groups.sites) < 2)
                .then_some("there are not two sites"),
        }
    }

    fn write(&self, _: &[Atom]) -> Fields {
        let own = match self.change {
            PathChange::Latency(latency) => named("latency", network::latency(latency)),
            PathChange::LossPpm(loss_ppm) => named("loss", json!(format_fraction(loss_ppm))),
            PathChange::Bandwidth(bandwidth) => {
                named("bandwidth", json!(format_bandwidth(bandwidth)))
            }
        };
        Fields::from_iter([own, named("between", json!(self.between.word()))])
    }
}

/// The ways between two hosts with nodes that may be struck, or within the only one; or between the
/// hosts of two sites.
fn ways(
    moment: &DrawMoment<'_>,
    between: PathScope,
    rng: &mut Stream,
) -> Option<Vec<(Atom, Atom)>> {
    let context = moment.context;
    let has_one = |nodes: &[Atom]| nodes.iter().any(|node| moment.nodes.contains(node));
    let both = |one, other| [(one, other), (other, one)];
    match between {
        PathScope::Hosts => {
            let hosts = context.hosts.iter().filter(|(_, nodes)| has_one(nodes));
            let hosts: Vec<Atom> = hosts.map(|(host, _)| *host).collect();
            match draw::pair(&hosts, rng) {
                Some((one, other)) => Some(both(one, other).to_vec()),
                None => hosts.first().map(|host| vec![(*host, *host)]),
            }
        }
        PathScope::Sites => {
            let sites = context.sites.iter().filter(|(_, nodes)| has_one(nodes));
            let sites: Vec<Atom> = sites.map(|(site, _)| site.name).collect();
            let (one, other) = draw::pair(&sites, rng)?;
            let others: Vec<Atom> = context.scenario.hosts_of(other).collect();
            let hosts = context.scenario.hosts_of(one);
            let pairs = hosts.flat_map(|one| others.iter().map(move |other| (one, *other)));
            Some(pairs.flat_map(|(one, other)| both(one, other)).collect())
        }
    }
}
