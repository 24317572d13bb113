//! From checked values to a [`Scenario`]: what no shape can say is found here.
//!
//! A part that cannot be resolved gives nothing, and its reason has been reported, here or by the
//! check before; the other parts are looked at all the same.

mod application;
mod chaos;
mod expectation;
mod fault;
mod invariant;
mod network;
mod operation;
mod site;
mod sync;
mod upkeep;
mod workload;

use std::time::Duration;

use serde_json::Value;

use crate::document::shape::{Catalogue, ProgramInfo};
use crate::engine::network::Kernel;
use crate::engine::time::format_duration;

use super::model::{ExpectedVerdict, HostConfig, NetworkConfig, NodeConfig, Reconnect, Scenario};
use crate::document::check::Checker;
use crate::document::diagnostic::Diagnostics;
use crate::document::names::Names;
use crate::document::syntax::{Member, Node};
use crate::engine::runtime::{AutoConnect, OtpRelease, Schedule};
use crate::scenario::services::transport::Transport;
use sync::SyncNodes;

pub(super) use expectation::{claims, with_claims};

/// What resolving needs to know, and where it reports.
pub(super) struct Resolver<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) names: &'a Names,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl Resolver<'_> {
    /// The scenario of a checked file; nothing if an error has been reported.
    pub(super) fn scenario(&mut self, file: &Node, name: String) -> Option<Scenario> {
        let duration = self.duration(file);
        self.unused_hosts(file);
        self.site_names(file);
        let budget = file.get("event_budget").and_then(Node::integer);
        let group = self.sync_nodes(file);
        let otp = file.get("otp").and_then(release);
        let nodes = members(file, "nodes", |member| self.node(member, duration, &group, otp));
        let network = file.get("network").and_then(|network| self.network(network));
        let applications = self.applications(file);
        if let Some(nodes) = &nodes {
            self.releases(file, nodes);
        }
        if let (Some(nodes), Some(applications)) = (&nodes, &applications) {
            self.strangers(file, nodes, applications);
        }
        let workloads = self.workloads(file, duration, budget);
        let faults = self.faults(file, duration, network.as_ref());
        let chaos = match (file.get("chaos"), duration, applications.as_deref()) {
            (None, ..) => Some(None),
            (Some(chaos), Some(end), Some(running)) => self.chaos(chaos, end, running).map(Some),
            (Some(_), ..) => None,
        };
        let expectations = self.expectations(file, applications.as_deref());
        let invariants = self.invariants(file, duration);
        let claims = workloads.as_deref().map(expectation::claims).unwrap_or_default();
        let kernels = members(file, "hosts", |member| member.value.get("kernel")?.kernel());
        let hosts = self.hosts().zip(kernels).map(|(hosts, kernels)| with_kernels(hosts, &kernels));
        let nodes = with_network(nodes?, network.as_ref()?);
        self.late_restarts(file, &nodes);
        Some(Scenario {
            name,
            description: file.get("description")?.text()?.to_owned(),
            seed: file.get("seed")?.integer()?,
            duration: duration?,
            event_budget: budget?,
            schedule: schedule(file.get("schedule")?)?,
            hosts: hosts?,
            nodes,
            network: network?,
            transports: transports(file.get("transport")?)?,
            applications: applications?,
            workloads: workloads?,
            faults: faults?,
            chaos: chaos?,
            expectations: [expectation::with_claims(expectations?, claims), invariants?].concat(),
            expected_verdict: verdict(file.get("verdict")?)?,
            warnings: Diagnostics::default(),
        })
    }

    fn duration(&mut self, file: &Node) -> Option<Duration> {
        let node = file.get("duration")?;
        let duration = node.duration()?;
        if duration.is_zero() {
            let error = self.diagnostics.error(&node.span, "the run has no length");
            error.help("write a duration above 0, such as \"60s\"");
            return None;
        }
        Some(duration)
    }

    fn unused_hosts(&mut self, file: &Node) {
        for host in file.get("hosts").map(Node::members).unwrap_or_default() {
            if self.names.nodes_on(&host.name).next().is_none() {
                let message = format!("host `{}` has no nodes", host.name);
                let help = "put a node on it, or leave it out";
                self.diagnostics.warn(&host.name_span, message).help(help);
            }
        }
    }

    fn node(
        &mut self,
        member: &Member,
        end: Option<Duration>,
        group: &SyncNodes,
        otp: Option<OtpRelease>,
    ) -> Option<(NodeConfig, Unsaid)> {
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
        let unsaid = Unsaid { ticktime: own_ticktime.is_none(), reconnect: reconnect.is_none() };
        let sync = self.sync_nodes_of(member, group)?;
        let config = NodeConfig {
            name: member.atom()?,
            host: node.get("host")?.atom()?,
            otp: node.get("otp").map_or(otp, release)?,
            cookie: node.get("cookie")?.atom()?,
            hidden: node.get("hidden")?.boolean()?,
            net_ticktime: own_ticktime.unwrap_or_default(),
            connect_all: node.get("connect_all")?.boolean()?,
            dist_auto_connect: auto_connect(node.get("dist_auto_connect")?)?,
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
        };
        Some((config, unsaid))
    }

    /// Warns of nodes whose releases are not meant to work together.
    fn releases(&mut self, file: &Node, nodes: &[(NodeConfig, Unsaid)]) {
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

    /// The settings of a program: what the file says, checked, and the defaults.
    fn config(&mut self, thing: &Node, program: &ProgramInfo) -> Option<Value> {
        let config = thing.get("config")?;
        let mut checker = Checker::new(self.names, self.diagnostics);
        checker.check(config, &program.config_shape()).map(|config| config.to_json())
    }
}

/// What a node leaves to the network.
pub(super) struct Unsaid {
    ticktime: bool,
    reconnect: bool,
}

/// Nodes that do not have a net tick time of their own, or do not say whether they reconnect, are as
/// the network says.
fn with_network(nodes: Vec<(NodeConfig, Unsaid)>, network: &NetworkConfig) -> Vec<NodeConfig> {
    let usual = network.reconnect.map(|every| Reconnect { every, to: None });
    let complete = |(mut node, unsaid): (NodeConfig, Unsaid)| {
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

/// All members of an object in a field, unless one cannot be resolved; each is looked at.
fn members<T>(
    file: &Node,
    field: &str,
    mut resolve: impl FnMut(&Member) -> Option<T>,
) -> Option<Vec<T>> {
    let members = file.get(field)?.members();
    let resolved: Vec<Option<T>> = members.iter().map(&mut resolve).collect();
    resolved.into_iter().collect()
}

/// The hosts with their kernels, in the same order.
fn with_kernels(mut hosts: Vec<HostConfig>, kernels: &[Kernel]) -> Vec<HostConfig> {
    for (host, kernel) in hosts.iter_mut().zip(kernels) {
        host.kernel = *kernel;
    }
    hosts
}

/// All values of a list in a field, unless one cannot be resolved; each is looked at.
fn values<T>(
    file: &Node,
    field: &str,
    mut resolve: impl FnMut(&Node) -> Option<T>,
) -> Option<Vec<T>> {
    let resolved: Vec<Option<T>> = file.get(field)?.items().iter().map(&mut resolve).collect();
    resolved.into_iter().collect()
}

/// The release with a number.
/// What a field says, or `None` when it says something wrong; within, `None` when it is not there.
#[expect(clippy::option_option, reason = "`None` is a mistake, which has been reported")]
fn given<T>(node: &Node, field: &str, read: impl FnOnce(&Node) -> Option<T>) -> Option<Option<T>> {
    node.get(field).map_or(Some(None), |value| read(value).map(Some))
}

fn release(node: &Node) -> Option<OtpRelease> {
    OtpRelease::from_number(node.integer()?)
}

/// A choice that the shape allows and this code does not know.
fn unknown_choice(choice: &str) -> ! {
    unreachable!("the shape allows the choice {choice}")
}

fn schedule(node: &Node) -> Option<Schedule> {
    Some(match node.text()? {
        "random" => Schedule::Random,
        "fifo" => Schedule::Fifo,
        other => unknown_choice(other),
    })
}

fn auto_connect(node: &Node) -> Option<AutoConnect> {
    Some(match node.text()? {
        "true" => AutoConnect::Always,
        "never" => AutoConnect::Never,
        "once" => AutoConnect::Once,
        other => unknown_choice(other),
    })
}

fn verdict(node: &Node) -> Option<ExpectedVerdict> {
    Some(match node.text()? {
        "pass" => ExpectedVerdict::Pass,
        "violated" => ExpectedVerdict::Violated,
        "inconclusive" => ExpectedVerdict::Inconclusive,
        other => unknown_choice(other),
    })
}

fn transports(node: &Node) -> Option<Vec<Transport>> {
    match node.items() {
        [] => Some(vec![transport(node)?]),
        several => several.iter().map(transport).collect(),
    }
}

fn transport(node: &Node) -> Option<Transport> {
    let kind = node.get("kind").unwrap_or(node).text()?;
    Some(match kind {
        "distribution" => Transport::Distribution,
        "json_http" => {
            let keep_alive = node.get("keep_alive").and_then(Node::boolean).unwrap_or(true);
            let retries = node.get("retries").and_then(Node::integer).unwrap_or(0);
            Transport::JsonHttp { keep_alive, retries }
        }
        other => unknown_choice(other),
    })
}
