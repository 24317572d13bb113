//! The network: paths, and how nodes use them.

mod delay;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::document::shape::{Field, NameKind, Presence, Shape, format_bandwidth, format_fraction};
use crate::document::syntax::Node;
use crate::engine::network::{Delay, PathConfig};
use crate::engine::term::Atom;
use crate::engine::time::decimal_duration;

use super::Scenario;
use super::host::HostConfig;
use super::node::upkeep;
use super::reading::{Resolver, given, values};
use super::writing::named;

pub(in crate::scenario) use delay::{delay_text, distribution, latency};

/// The network between the hosts, and its use by nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkConfig {
    /// The silence after which a connection is given up, for nodes that do not say.
    pub net_ticktime: Duration,
    /// The time that setting a connection up may take.
    pub net_setuptime: Duration,
    /// The time between two rounds in which nodes reconnect to those that they have lost, if they do not say and are
    /// not hidden; with `None` they do not.
    pub reconnect: Option<Duration>,
    /// The path from a host to itself.
    pub same_host: PathConfig,
    /// The path between two hosts, unless it is one of [`paths`](Self::paths).
    pub between_hosts: PathConfig,
    /// The path between two hosts of different sites; `None` is the same as between any two.
    pub between_sites: Option<PathConfig>,
    /// The paths that are different, one way each. A later one replaces an earlier one.
    pub paths: Vec<HostPath>,
}

impl NetworkConfig {
    /// The path from one of these hosts to another or to itself.
    #[must_use]
    pub fn path(&self, hosts: &[HostConfig], from: Atom, to: Atom) -> &PathConfig {
        let own = self.paths.iter().rev().find(|path| path.from == from && path.to == to);
        let usual = || if from == to { &self.same_host } else { self.between(hosts, from, to) };
        own.map_or_else(usual, |path| &path.path)
    }

    /// The path between two of these hosts that has no settings of its own.
    pub(in crate::scenario) fn between(
        &self,
        hosts: &[HostConfig],
        from: Atom,
        to: Atom,
    ) -> &PathConfig {
        let between_sites = self.between_sites.as_ref().filter(|_| are_apart(hosts, from, to));
        between_sites.unwrap_or(&self.between_hosts)
    }
}

/// True if two hosts are known to be of different sites.
fn are_apart(hosts: &[HostConfig], one: Atom, other: Atom) -> bool {
    let site = |name| hosts.iter().find(|host| host.name == name).and_then(|host| host.site);
    matches!((site(one), site(other)), (Some(one), Some(other)) if one != other)
}

/// The path from one host to another, one way.
#[derive(Clone, Debug, PartialEq)]
pub struct HostPath {
    /// The host where it begins.
    pub from: Atom,
    /// The host where it ends.
    pub to: Atom,
    /// Its latency, bandwidth and loss.
    pub path: PathConfig,
}

pub(in crate::scenario) fn shape() -> Shape {
    let path = |latency: serde_json::Value| {
        let [_, bandwidth, loss] = path_fields();
        let loss = Field { presence: Presence::Default(json!(0)), ..loss };
        let latency = Field::default("latency", latency_shape(), latency, LATENCY);
        Shape::object("a path", vec![latency, bandwidth, loss])
    };
    let between = json!({ "distribution": "lognormal", "median": "500us", "p99": "3ms" });
    let fields = vec![
        Field::default(
            "net_ticktime",
            Shape::Duration,
            "60s",
            "The silence after which a connection is given up.",
        ),
        Field::default(
            "net_setuptime",
            Shape::Duration,
            "7s",
            "The time that setting a connection up may take.",
        ),
        upkeep::network_reconnect_field(),
        Field::default("same_host", path(json!("50us")), json!({}), "The path within a host."),
        Field::default("between_hosts", path(between), json!({}), "The path between two hosts."),
        Field::optional(
            "between_sites",
            Shape::object("a path", path_fields().into()),
            "The path between two hosts of different sites; what it does not say is as between any two \
             hosts.",
        ),
        Field::default(
            "paths",
            Shape::list(own_path()),
            json!([]),
            "The paths that are different from it.",
        ),
    ];
    Shape::object("a network", fields)
}

/// One path between two hosts or sites; what it does not say is as it would be without.
fn own_path() -> Shape {
    let mut fields = vec![
        Field::required(
            "between",
            Shape::pair(Shape::Name(NameKind::HostOrSite)),
            "Its two ends; a site stands for its hosts.",
        ),
        Field::default("one_way", Shape::Boolean, false, "True if it is from the first only."),
    ];
    fields.extend(path_fields());
    Shape::object("a path", fields)
}

const LATENCY: &str = "The time that a packet is under way.";

/// Latency, bandwidth and loss, all of which may be left out.
pub(in crate::scenario) fn path_fields() -> [Field; 3] {
    [
        Field::optional("latency", latency_shape(), LATENCY),
        Field::optional("bandwidth", Shape::Bandwidth, "The bandwidth; unlimited if left out."),
        Field::optional(
            "loss",
            Shape::Fraction,
            "The part of the packets that have to be sent again.",
        ),
    ]
}

fn latency_shape() -> Shape {
    distribution("a latency")
}

impl Resolver<'_> {
    pub(in crate::scenario) fn network(&mut self, network: &Node) -> Option<NetworkConfig> {
        let reconnect = given(network, "reconnect", |every| self.network_reconnect(every));
        let same_host = self.path(network.get("same_host")?, &UNTOUCHED);
        let between_hosts = self.path(network.get("between_hosts")?, &UNTOUCHED);
        let usual = between_hosts.clone().unwrap_or(UNTOUCHED);
        let between_sites = given(network, "between_sites", |path| self.path(path, &usual));
        let frame = NetworkConfig {
            net_ticktime: network.get("net_ticktime")?.duration()?,
            net_setuptime: network.get("net_setuptime")?.duration()?,
            reconnect: reconnect.unwrap_or_default(),
            same_host: same_host.clone().unwrap_or(UNTOUCHED),
            between_hosts: usual,
            between_sites: between_sites.clone().flatten(),
            paths: Vec::new(),
        };
        let hosts = self.hosts()?;
        let paths = values(network, "paths", |path| self.own_path(path, &frame, &hosts));
        // Each of them has been looked at, whatever is wrong with another.
        let (_, _, _, _) = (reconnect?, same_host?, between_hosts?, between_sites?);
        Some(NetworkConfig { paths: paths?.concat(), ..frame })
    }

    /// A path between two hosts, or the paths between those of two sites, as one or as two ways.
    fn own_path(
        &mut self,
        node: &Node,
        network: &NetworkConfig,
        hosts: &[HostConfig],
    ) -> Option<Vec<HostPath>> {
        let ways = self.ways(node, node.get("between")?)?;
        let path = |(from, to)| {
            let path = self.path(node, network.between(hosts, from, to))?;
            Some(HostPath { from, to, path })
        };
        ways.into_iter().map(path).collect()
    }

    /// A path that is as usual where it does not say otherwise.
    pub(in crate::scenario) fn path(
        &mut self,
        node: &Node,
        usual: &PathConfig,
    ) -> Option<PathConfig> {
        let latency = match node.get("latency") {
            Some(latency) => self.delay(latency)?,
            None => usual.latency.clone(),
        };
        let bandwidth = node.get("bandwidth").and_then(Node::bandwidth).or(usual.bandwidth);
        let loss_ppm = node.get("loss").and_then(Node::ppm).unwrap_or(usual.loss_ppm);
        self.possible_loss(node, loss_ppm)?;
        Some(PathConfig { latency, bandwidth, loss_ppm })
    }

    /// A path that loses everything is a cut, which is said in another way.
    pub(in crate::scenario) fn possible_loss(&mut self, node: &Node, loss_ppm: u32) -> Option<()> {
        let loss = node.get("loss").filter(|_| loss_ppm == 1_000_000);
        let Some(loss) = loss else { return Some(()) };
        let error = self.diagnostics.error(&loss.span, "a path cannot lose every packet");
        error.help("write less than \"100%\"; to cut a path, write a `partition` fault");
        None
    }
}

/// A path whose fields have not been read yet.
const UNTOUCHED: PathConfig = PathConfig {
    latency: Delay::Constant(std::time::Duration::ZERO),
    bandwidth: None,
    loss_ppm: 0,
};

pub(in crate::scenario) fn write(scenario: &Scenario) -> Value {
    let network = &scenario.network;
    let usual = |path: &PathConfig| Value::Object(changes(path, None));
    let mut fields = json!({
        "net_ticktime": decimal_duration(network.net_ticktime),
        "net_setuptime": decimal_duration(network.net_setuptime),
        "same_host": usual(&network.same_host),
        "between_hosts": usual(&network.between_hosts),
        "paths": paths(scenario),
    });
    if let Some(every) = network.reconnect {
        fields["reconnect"] = json!({ "every": decimal_duration(every) });
    }
    if let Some(path) = &network.between_sites {
        fields["between_sites"] = Value::Object(changes(path, Some(&network.between_hosts)));
    }
    fields
}

/// The paths that are different, both ways in one where they are alike.
fn paths(scenario: &Scenario) -> Vec<Value> {
    let network = &scenario.network;
    let mut entries = Vec::new();
    let mut rest = network.paths.as_slice();
    while let Some((path, others)) = rest.split_first() {
        let back = |other: &&HostPath| {
            path.from != path.to
                && (other.from, other.to) == (path.to, path.from)
                && other.path == path.path
        };
        let back = others.first().filter(back);
        rest = &others[usize::from(back.is_some())..];
        let one_way = back.is_none() && path.from != path.to;
        let mut fields = json!({ "between": [path.from, path.to], "one_way": one_way });
        let usual = network.between(&scenario.hosts, path.from, path.to);
        let different = changes(&path.path, Some(usual));
        fields.as_object_mut().expect("an object was just made").extend(different);
        entries.push(fields);
    }
    entries
}

/// The fields in which a path differs from the usual one; all of them if there is no usual one.
pub(in crate::scenario) fn changes(
    path: &PathConfig,
    usual: Option<&PathConfig>,
) -> Map<String, Value> {
    let mut fields = Map::new();
    if usual.is_none_or(|usual| usual.latency != path.latency) {
        fields.extend([named("latency", latency(&path.latency))]);
    }
    if let Some(bandwidth) = path.bandwidth
        && usual.is_none_or(|usual| usual.bandwidth != path.bandwidth)
    {
        fields.extend([named("bandwidth", json!(format_bandwidth(bandwidth)))]);
    }
    if usual.is_none_or(|usual| usual.loss_ppm != path.loss_ppm) {
        fields.extend([named("loss", json!(format_fraction(path.loss_ppm)))]);
    }
    fields
}
