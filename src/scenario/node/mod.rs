//! Nodes and their settings.

pub(super) mod sync;
pub(super) mod upkeep;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::{Member, Node};
use crate::engine::runtime::{AutoConnect, OtpRelease, RestartPolicy};
use crate::engine::term::Atom;
use crate::engine::time::{Timeout, decimal_duration, format_duration};
use crate::spelling::Choice;

use super::Scenario;
use super::erlang::{self, IsErlangFile, NodeCode};
use super::network::NetworkConfig;
use super::reading::{Resolver, given};
use super::writing::named;
use sync::{SyncGroup, SyncNodes};

pub use upkeep::ReconnectConfig;

/// One Erlang node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    /// Its full name, with an `@`.
    pub name: Atom,
    /// The machine that it runs on.
    pub host: Atom,
    /// The release of Erlang/OTP that it runs; the scenario's unless it has its own.
    pub otp: OtpRelease,
    /// The secret that it shares with the nodes it can connect to.
    pub cookie: Atom,
    /// True if it keeps out of the full mesh (`-hidden`).
    pub hidden: bool,
    /// The silence after which it gives a connection up; the network's unless it has its own.
    pub net_ticktime: Duration,
    /// True if it connects to the nodes that its peers are connected to.
    pub connect_all: bool,
    /// The policy by which use of a remote name makes a connection.
    pub dist_auto_connect: AutoConnect,
    /// True if `global` disconnects nodes so that partitions do not overlap.
    pub prevent_overlapping_partitions: bool,
    /// The nodes that it waits for at its start, and does not start without.
    pub sync_nodes_mandatory: Vec<Atom>,
    /// The nodes that it waits for at its start, and starts without after a while.
    pub sync_nodes_optional: Vec<Atom>,
    /// The time that it waits for them; with `None` it does not wait, whatever the lists say.
    pub sync_nodes_timeout: Option<Timeout>,
    /// The rounds in which it reconnects by itself to the nodes that it has lost, if it does.
    pub reconnect: Option<ReconnectConfig>,
    /// The policy by which it is started again after it has gone down, if it is.
    pub restart: Option<RestartPolicy>,
    /// The time from its start until it starts its applications.
    pub start_delay: Duration,
    /// The time of its first start.
    pub starts_at: Duration,
    /// The code that it runs.
    pub code: NodeCode,
}

impl NodeSpec {
    /// True if it waits for that node at its start.
    #[must_use]
    pub fn waits_for(&self, node: Atom) -> bool {
        let mut all = self.sync_nodes_mandatory.iter().chain(&self.sync_nodes_optional);
        self.sync_nodes_timeout.is_some() && all.any(|other| *other == node)
    }
}

/// The number of a release of Erlang/OTP.
pub(super) fn release_shape() -> Shape {
    let [first, .., last] = OtpRelease::ALL.map(|release| i128::from(release.number()));
    Shape::Integer { min: first, max: last }
}

pub(super) fn shape() -> Shape {
    let nodes = || Shape::list(Shape::Name(NameKind::Node));
    let mut fields = vec![
        Field::required("host", Shape::Name(NameKind::Host), "The machine that it runs on."),
        Field::optional("otp", release_shape(), "Its own release, instead of the scenario's."),
        Field::default(
            "cookie",
            Shape::Name(NameKind::Atom),
            "nodedown",
            "The secret of the nodes that can connect to each other.",
        ),
        Field::default("hidden", Shape::Boolean, false, "True if it keeps out of the full mesh."),
        Field::optional("net_ticktime", Shape::Duration, "Its own, instead of the network's."),
        Field::default(
            "connect_all",
            Shape::Boolean,
            true,
            "True if it connects to the nodes that its peers are connected to.",
        ),
        Field::default(
            "dist_auto_connect",
            Shape::choice::<AutoConnect>(),
            "true",
            "The policy by which the use of a remote name makes a connection.",
        ),
        Field::default(
            "prevent_overlapping_partitions",
            Shape::Boolean,
            true,
            "True if `global` disconnects nodes so that partitions do not overlap.",
        ),
        Field::optional(
            "sync_nodes_mandatory",
            nodes(),
            "The nodes that it does not start without; those of `sync_nodes` if left out.",
        ),
        Field::optional(
            "sync_nodes_optional",
            nodes(),
            "The nodes that it waits for at its start; those of `sync_nodes` if left out.",
        ),
        Field::optional(
            "sync_nodes_timeout",
            Shape::Timeout,
            "The time to wait for them. As in Erlang, a node without it does not wait.",
        ),
        upkeep::reconnect_field(),
        upkeep::restart_field(),
        Field::default(
            "start_delay",
            Shape::Duration,
            "0s",
            "The time from each of its starts until it starts its applications.",
        ),
        Field::default("starts_at", Shape::Duration, "0s", "The time of its first start."),
    ];
    fields.extend(erlang::shape::of_node());
    Shape::object("a node", fields)
}

impl Resolver<'_> {
    pub(super) fn node(
        &mut self,
        member: &Member,
        end: Option<Duration>,
        group: &SyncNodes,
        otp: Option<OtpRelease>,
        is_erlang_file: IsErlangFile,
    ) -> Option<(NodeSpec, InheritedSettings)> {
        let node = &member.value;
        let starts = node.get("starts_at")?;
        let starts_at = starts.duration()?;
        if end.is_some_and(|end| starts_at >= end) {
            let message = format!("`{}` does not start before the run ends", member.name);
            let help = format!("write less than {}", end.map(format_duration).unwrap_or_default());
            self.diagnostics.error(&starts.span, message).help(help);
        }
        let reconnect = given(node, "reconnect", |every| self.reconnect(every, &member.name));
        let restart = given(node, "restart", |policy| self.restart_policy(policy));
        let own_ticktime = node.get("net_ticktime").and_then(Node::duration);
        let reconnect = reconnect?;
        let unsaid =
            InheritedSettings { ticktime: own_ticktime.is_none(), reconnect: reconnect.is_none() };
        let sync = self.sync_nodes_of(member, group)?;
        let config = NodeSpec {
            name: member.atom()?,
            host: node.get("host")?.atom()?,
            otp: node.get("otp").map_or(otp, release)?,
            cookie: node.get("cookie")?.atom()?,
            hidden: node.get("hidden")?.boolean()?,
            net_ticktime: own_ticktime.unwrap_or_default(),
            connect_all: node.get("connect_all")?.boolean()?,
            dist_auto_connect: node.get("dist_auto_connect")?.choice()?,
            prevent_overlapping_partitions: node
                .get("prevent_overlapping_partitions")?
                .boolean()?,
            sync_nodes_mandatory: sync.mandatory,
            sync_nodes_optional: sync.optional,
            sync_nodes_timeout: sync.timeout,
            reconnect: reconnect.flatten(),
            restart: restart?,
            start_delay: node.get("start_delay")?.duration()?,
            starts_at,
            code: self.node_code(member, is_erlang_file)?,
        };
        Some((config, unsaid))
    }

    /// Warns of nodes whose releases are not meant to work together.
    pub(super) fn releases(&mut self, file: &Node, nodes: &[(NodeSpec, InheritedSettings)]) {
        let members = file.get("nodes").map(Node::members).unwrap_or_default();
        for (place, (node, _)) in nodes.iter().enumerate() {
            let other = nodes[..place].iter().find(|(other, _)| {
                other.cookie == node.cookie && !other.otp.is_compatible_with(node.otp)
            });
            let Some((other, _)) = other else { continue };
            let span =
                members[place].value.get("otp").map_or(&members[place].name_span, |otp| &otp.span);
            let message = format!(
                "`{}` runs {}, and `{}` {}",
                node.name.as_str(),
                node.otp,
                other.name.as_str(),
                other.otp
            );
            let help = "Erlang supports clusters of releases that are at most two apart; others \
                        may connect, and nobody has promised anything";
            self.diagnostics.warn(span, message).help(help);
            return;
        }
    }
}

/// The settings that a node leaves to the network.
pub(super) struct InheritedSettings {
    ticktime: bool,
    reconnect: bool,
}

/// Nodes without a net tick time or a way to reconnect of their own have those of
/// the network.
pub(super) fn with_network(
    nodes: Vec<(NodeSpec, InheritedSettings)>,
    network: &NetworkConfig,
) -> Vec<NodeSpec> {
    let usual = network.reconnect.map(|every| ReconnectConfig { every, to: None });
    let complete = |(mut node, unsaid): (NodeSpec, InheritedSettings)| {
        if unsaid.ticktime {
            node.net_ticktime = network.net_ticktime;
        }
        if unsaid.reconnect && !node.hidden {
            node.reconnect.clone_from(&usual);
        }
        node
    };
    nodes.into_iter().map(complete).collect()
}

pub(super) fn release(node: &Node) -> Option<OtpRelease> {
    OtpRelease::from_number(node.integer()?)
}

pub(super) fn write(scenario: &Scenario) -> Map<String, Value> {
    let (group, otp) = (SyncGroup::of(scenario), otp(scenario));
    let node = |node: &NodeSpec| {
        let mut fields = write_one(node, &scenario.network);
        if group.is_none() {
            sync::write_of(node, &mut fields);
        }
        if scenario.erlang.is_some() {
            erlang::write::of_node(&node.code, &mut fields);
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

fn write_one(node: &NodeSpec, network: &NetworkConfig) -> Value {
    let mut fields = json!({
        "host": node.host,
        "cookie": node.cookie,
        "hidden": node.hidden,
        "connect_all": node.connect_all,
        "dist_auto_connect": node.dist_auto_connect.word(),
        "prevent_overlapping_partitions": node.prevent_overlapping_partitions,
        "start_delay": decimal_duration(node.start_delay),
        "starts_at": decimal_duration(node.starts_at),
    });
    if let Some(reconnect) = upkeep::write_reconnect(node, network) {
        fields["reconnect"] = reconnect;
    }
    if let Some(policy) = &node.restart {
        fields["restart"] = upkeep::write_restart(policy);
    }
    if node.net_ticktime != network.net_ticktime {
        fields["net_ticktime"] = json!(decimal_duration(node.net_ticktime));
    }
    fields
}
