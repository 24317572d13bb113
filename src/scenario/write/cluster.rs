//! The cluster as JSON: nodes, the network, transports, applications.

use serde_json::{Map, Value, json};

use super::{defaults, named, upkeep};
use crate::document::shape::{Catalogue, format_bandwidth, format_fraction};
use crate::engine::network::{Delay, PathConfig};
use crate::engine::runtime::{AutoConnect, OtpRelease};
use crate::engine::term::Atom;
use crate::engine::time::Timeout;
use crate::engine::time::decimal_duration;
use crate::otp::application::RestartType;
use crate::scenario::model::{
    ApplicationConfig, HostConfig, HostPath, NetworkConfig, NodeConfig, Placement, Scenario,
};
use crate::scenario::services::transport::Transport;

pub(super) fn hosts(hosts: &[HostConfig]) -> Map<String, Value> {
    let host = |host: &HostConfig| {
        let mut fields = json!({ "kernel": host.kernel.to_string() });
        if let Some(site) = host.site {
            fields["site"] = json!(site);
        }
        named(host.name.as_str(), fields)
    };
    hosts.iter().map(host).collect()
}

pub(super) fn nodes(scenario: &Scenario) -> Map<String, Value> {
    let (group, otp) = (SyncGroup::of(scenario), otp(scenario));
    let node = |node: &NodeConfig| {
        let mut fields = self::node(node, &scenario.network);
        if group.is_none() {
            sync_nodes_of(node, &mut fields);
        }
        if node.otp.number() != otp {
            fields["otp"] = json!(node.otp.number());
        }
        named(node.name.as_str(), fields)
    };
    scenario.nodes.iter().map(node).collect()
}

/// The number of the release that the nodes run that say nothing else.
pub(super) fn otp(scenario: &Scenario) -> u8 {
    let mut nodes = scenario.nodes.iter();
    let first = nodes.next().map(|node| node.otp).unwrap_or_default();
    let usual = if nodes.all(|node| node.otp == first) { first } else { OtpRelease::default() };
    usual.number()
}

/// The group of nodes that wait for each other, if all that wait are one.
pub(super) fn sync_nodes(scenario: &Scenario) -> Option<Value> {
    SyncGroup::of(scenario).map(|group| {
        json!({
            "mandatory": group.mandatory,
            "optional": group.optional,
            "timeout": timeout(group.timeout),
        })
    })
}

/// Nodes that all wait for each other, for so long.
struct SyncGroup {
    mandatory: Vec<Atom>,
    optional: Vec<Atom>,
    timeout: Timeout,
}

impl SyncGroup {
    fn of(scenario: &Scenario) -> Option<SyncGroup> {
        let waiting = |node: &&NodeConfig| node.sync_nodes_timeout.is_some();
        let timeout = scenario.nodes.iter().find(waiting)?.sync_nodes_timeout?;
        let named = |list: fn(&NodeConfig) -> &Vec<Atom>| {
            let is_named = |node: &&NodeConfig| {
                scenario.nodes.iter().any(|other| list(other).contains(&node.name))
            };
            scenario.nodes.iter().filter(is_named).map(|node| node.name).collect::<Vec<Atom>>()
        };
        let group = SyncGroup {
            mandatory: named(|node| &node.sync_nodes_mandatory),
            optional: named(|node| &node.sync_nodes_optional),
            timeout,
        };
        scenario.nodes.iter().all(|node| group.says(node)).then_some(group)
    }

    /// Whether the group says what this node waits for.
    fn says(&self, node: &NodeConfig) -> bool {
        let is_named = self.mandatory.contains(&node.name) || self.optional.contains(&node.name);
        let others = |list: &[Atom]| -> Vec<Atom> {
            list.iter().copied().filter(|other| is_named && *other != node.name).collect()
        };
        node.sync_nodes_mandatory == others(&self.mandatory)
            && node.sync_nodes_optional == others(&self.optional)
            && node.sync_nodes_timeout == is_named.then_some(self.timeout)
    }
}

/// Adds what a node waits for at its start.
fn sync_nodes_of(node: &NodeConfig, fields: &mut Value) {
    if !node.sync_nodes_mandatory.is_empty() {
        fields["sync_nodes_mandatory"] = json!(node.sync_nodes_mandatory);
    }
    if !node.sync_nodes_optional.is_empty() {
        fields["sync_nodes_optional"] = json!(node.sync_nodes_optional);
    }
    if let Some(timeout) = node.sync_nodes_timeout {
        fields["sync_nodes_timeout"] = json!(self::timeout(timeout));
    }
}

fn node(node: &NodeConfig, network: &NetworkConfig) -> Value {
    let mut fields = json!({
        "host": node.host,
        "cookie": node.cookie,
        "hidden": node.hidden,
        "connect_all": node.connect_all,
        "dist_auto_connect": auto_connect(node.dist_auto_connect),
        "prevent_overlapping_partitions": node.prevent_overlapping_partitions,
        "start_delay": decimal_duration(node.start_delay),
        "starts_at": decimal_duration(node.starts_at),
    });
    if let Some(reconnect) = upkeep::reconnect(node, network) {
        fields["reconnect"] = reconnect;
    }
    if let Some(policy) = &node.restart {
        fields["restart"] = upkeep::restart(policy);
    }
    if node.net_ticktime != network.net_ticktime {
        fields["net_ticktime"] = json!(decimal_duration(node.net_ticktime));
    }
    fields
}

const fn auto_connect(auto_connect: AutoConnect) -> &'static str {
    match auto_connect {
        AutoConnect::Always => "true",
        AutoConnect::Never => "never",
        AutoConnect::Once => "once",
    }
}

fn timeout(timeout: Timeout) -> String {
    match timeout {
        Timeout::After(timeout) => decimal_duration(timeout),
        Timeout::Infinity => "infinity".to_owned(),
    }
}

pub(super) fn network(scenario: &Scenario) -> Value {
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

/// What there is to say about a path that is else as usual; all if nothing is.
pub(super) fn changes(path: &PathConfig, usual: Option<&PathConfig>) -> Map<String, Value> {
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

pub(super) fn latency(delay: &Delay) -> Value {
    match delay {
        Delay::Constant(delay) => json!(decimal_duration(*delay)),
        Delay::Uniform(min, max) => json!({
            "distribution": "uniform",
            "min": decimal_duration(*min),
            "max": decimal_duration(*max),
        }),
        Delay::Normal { mean, deviation } => json!({
            "distribution": "normal",
            "mean": decimal_duration(*mean),
            "deviation": decimal_duration(*deviation),
        }),
        Delay::Exponential { min, mean } => json!({
            "distribution": "exponential",
            "min": decimal_duration(*min),
            "mean": decimal_duration(*mean),
        }),
        Delay::LogNormal { median, p99 } => json!({
            "distribution": "lognormal",
            "median": decimal_duration(*median),
            "p99": decimal_duration(*p99),
        }),
        Delay::Table(rows) => {
            let rows = rows.iter().map(|(delay, weight)| json!([decimal_duration(*delay), weight]));
            json!({ "distribution": "table", "rows": rows.collect::<Vec<_>>() })
        }
    }
}

/// One by itself, several in a list.
pub(super) fn transports(transports: &[Transport]) -> Value {
    match transports {
        [only] => transport(*only),
        several => several.iter().copied().map(transport).collect(),
    }
}

fn transport(transport: Transport) -> Value {
    match transport {
        Transport::Distribution => json!("distribution"),
        Transport::JsonHttp { keep_alive: true, retries: 0 } => json!("json_http"),
        Transport::JsonHttp { keep_alive, retries } => {
            json!({ "kind": "json_http", "keep_alive": keep_alive, "retries": retries })
        }
    }
}

pub(super) fn applications(
    applications: &[ApplicationConfig],
    catalogue: &Catalogue,
) -> Map<String, Value> {
    let application = |each: &ApplicationConfig| {
        named(each.name.as_str(), Value::Object(application(each, catalogue)))
    };
    applications.iter().map(application).collect()
}

fn application(application: &ApplicationConfig, catalogue: &Catalogue) -> Map<String, Value> {
    let mut fields = Map::new();
    if application.service != application.name {
        fields.extend([named("service", json!(application.service))]);
    }
    let program = catalogue.service(application.service.as_str());
    let config = defaults::settings(&application.config, program);
    let (place, nodes) = match &application.placement {
        Placement::Each(nodes) => ("nodes", json!(nodes)),
        Placement::Distributed { preference, timeout } => {
            let nodes: Vec<Value> = preference.iter().map(|equals| one_or_more(equals)).collect();
            ("distributed", json!({ "nodes": nodes, "timeout": self::timeout(*timeout) }))
        }
    };
    fields.extend([
        named("config", config),
        named(place, nodes),
        named("depends_on", json!(application.depends_on)),
        named("type", json!(restart(application.restart))),
        named("start_delay", json!(decimal_duration(application.start_delay))),
    ]);
    fields
}

/// One name by itself, several in a list.
pub(super) fn one_or_more(names: &[Atom]) -> Value {
    match names {
        [only] => json!(only),
        several => json!(several),
    }
}

const fn restart(restart: RestartType) -> &'static str {
    match restart {
        RestartType::Permanent => "permanent",
        RestartType::Transient => "transient",
        RestartType::Temporary => "temporary",
    }
}
