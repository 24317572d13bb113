//! The same scenario with its applications on other nodes: whoever uses them is to see no
//! difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use rand::RngExt;
use serde_json::Value;

use super::plan::Plan;
use super::{ApplicationConfig, HostConfig, NodeSpec, Placement, Scenario};
use crate::engine::rng::Streams;
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::time::Timeout;
use crate::scenario::services::Affinity;

/// A way to place the applications of a scenario. Each runs on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As the scenario has it.
    AsWritten,
    /// All on one node, and their users with them.
    OneNode,
    /// Each on a node of its own, all on one host, and their users with them.
    OneHost,
    /// Each on a node of its own, each node on a host of its own.
    Spread,
    /// At random: some share nodes, some nodes share hosts. The number tells the draws apart.
    ByLot(u32),
}

/// The reason why the applications of a scenario cannot be placed otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unplaceable {
    /// There are none.
    #[error("no applications to place otherwise")]
    Nothing,
    /// Nodes that have different cookies cannot stand in for each other.
    #[error("the nodes of applications and users have different cookies")]
    Cookies,
    /// A setting names a node that runs several applications, so that the one meant is unknown.
    #[error("a setting names {0}, which runs several applications")]
    Ambiguous(Atom),
}

impl Layout {
    /// Those that differ most from each other.
    pub const ALL: [Layout; 3] = [Layout::OneNode, Layout::OneHost, Layout::Spread];

    /// This many layouts: those that differ most, then random ones.
    pub fn some(count: u32) -> impl Iterator<Item = Layout> {
        Layout::ALL.into_iter().chain((1..).map(Layout::ByLot)).take(count as usize)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layout::AsWritten => f.write_str("as written"),
            Layout::OneNode => f.write_str("all on one node"),
            Layout::OneHost => f.write_str("all on one host"),
            Layout::Spread => f.write_str("each on a host of its own"),
            Layout::ByLot(number) => write!(f, "placed by lot, number {number}"),
        }
    }
}

/// The time between two operations that are to have nothing to do with each other.
const GAP: Duration = Duration::from_secs(1);

/// The time for what clients do by themselves in the end.
const CLOSING_TIME: Duration = Duration::from_secs(30);

impl Plan {
    /// The same users doing the same one after the other, without faults, with the applications
    /// placed otherwise.
    ///
    /// The view of each user then does not depend on speed, which a placement does change.
    ///
    /// # Errors
    /// [`Unplaceable`] when the applications cannot be placed so.
    pub fn placed(&self, layout: Layout) -> Result<Plan, Unplaceable> {
        let mut plan = self.without_faults();
        let mut at = plan.operations.first().map_or(Time::ZERO, |first| first.at);
        let latest = plan.scenario.workloads.iter().map(|each| Time::ZERO + each.from).max();
        at = at.max(latest.unwrap_or_default());
        for operation in &mut plan.operations {
            operation.at = at;
            at += GAP;
        }
        let until = at.since(Time::ZERO);
        let scenario = &mut plan.scenario;
        let patience = scenario.workloads.iter().map(|each| each.timeout).max();
        for workload in &mut scenario.workloads {
            workload.until = until;
        }
        scenario.duration = until + patience.unwrap_or_default() + CLOSING_TIME;
        if layout != Layout::AsWritten {
            place(scenario, layout, plan.seed)?;
        }
        Ok(plan)
    }
}

fn place(scenario: &mut Scenario, layout: Layout, seed: u64) -> Result<(), Unplaceable> {
    let model = model_node(scenario)?;
    let moves = Moves::of(scenario, &model, layout, seed);
    let mut configs: Vec<&mut Value> = Vec::new();
    for application in &mut scenario.applications {
        application.placement = alone(&application.placement, moves.nodes[&application.name]);
        configs.push(&mut application.config);
    }
    for workload in &mut scenario.workloads {
        workload.affinity = Affinity::None;
        if layout == Layout::OneNode {
            workload.on = vec![model.name];
        }
        configs.push(&mut workload.config);
    }
    configs.into_iter().try_for_each(|config| moves.rename(config))?;
    let users: Vec<Atom> = scenario.workloads.iter().flat_map(|each| each.on.clone()).collect();
    for node in &mut scenario.nodes {
        if layout == Layout::OneHost && users.contains(&node.name) {
            node.host = model.host;
        }
    }
    for node in moves.new {
        if scenario.hosts.iter().all(|host| host.name != node.host) {
            scenario.hosts.push(HostConfig::new(node.host));
        }
        scenario.nodes.push(node);
    }
    wait_for_each_other(scenario, &model);
    Ok(())
}

/// The node that all new ones are like: the first that runs an application.
fn model_node(scenario: &Scenario) -> Result<NodeSpec, Unplaceable> {
    let node = |name| scenario.nodes.iter().find(|node| node.name == name);
    let mut serving = scenario.applications.iter().flat_map(ApplicationConfig::nodes);
    let first = serving.next().and_then(node).ok_or(Unplaceable::Nothing)?;
    let mut concerned = serving.chain(scenario.workloads.iter().flat_map(|each| each.on.clone()));
    if concerned.any(|name| node(name).is_some_and(|node| node.cookie != first.cookie)) {
        return Err(Unplaceable::Cookies);
    }
    Ok(first.clone())
}

/// Lets the nodes that run something now wait for each other.
fn wait_for_each_other(scenario: &mut Scenario, model: &NodeSpec) {
    let serving: BTreeSet<Atom> =
        scenario.applications.iter().flat_map(ApplicationConfig::nodes).collect();
    let is_met = |node: &NodeSpec| !node.hidden && serving.contains(&node.name);
    let met: Vec<Atom> =
        scenario.nodes.iter().filter(|node| is_met(node)).map(|node| node.name).collect();
    let timeout = model.sync_nodes_timeout.unwrap_or(Timeout::After(GAP));
    for node in &mut scenario.nodes {
        let waits = met.len() > 1 && is_met(node);
        node.sync_nodes_mandatory = Vec::new();
        let others = met.iter().copied().filter(|other| waits && *other != node.name);
        node.sync_nodes_optional = others.collect();
        node.sync_nodes_timeout = waits.then_some(timeout);
    }
}

/// The same kind of placement on one node.
fn alone(placement: &Placement, node: Atom) -> Placement {
    match placement {
        Placement::Each(_) => Placement::Each(vec![node]),
        Placement::Distributed { timeout, .. } => {
            Placement::Distributed { preference: vec![vec![node]], timeout: *timeout }
        }
    }
}

/// The new node of each application.
struct Moves {
    nodes: BTreeMap<Atom, Atom>,
    /// The nodes that there are more than before.
    new: Vec<NodeSpec>,
    /// The applications that were on a node, by node.
    before: BTreeMap<Atom, Vec<Atom>>,
}

impl Moves {
    fn of(scenario: &Scenario, model: &NodeSpec, layout: Layout, seed: u64) -> Moves {
        let mut moves = Moves { nodes: BTreeMap::new(), new: Vec::new(), before: BTreeMap::new() };
        let count = scenario.applications.len();
        for (index, application) in scenario.applications.iter().enumerate() {
            for node in application.nodes() {
                moves.before.entry(node).or_default().push(application.name);
            }
            let node = match layout {
                Layout::AsWritten | Layout::OneNode => model.name,
                Layout::OneHost => moves.node(model, index, model.host),
                Layout::Spread => moves.node(model, index, host(index)),
                Layout::ByLot(number) => {
                    let name = format!("placement/{number}/{}", application.name);
                    let lot = Streams::new(seed).stream(&name).random_range(0..count);
                    moves.node(model, lot, host(lot / 2))
                }
            };
            moves.nodes.insert(application.name, node);
        }
        moves
    }

    /// The new node with this number, made where there is none yet.
    fn node(&mut self, model: &NodeSpec, number: usize, host: Atom) -> Atom {
        let name = Atom::new(&format!("node-{}@placed", number + 1));
        if self.new.iter().all(|node| node.name != name) {
            self.new.push(NodeSpec { name, host, ..model.clone() });
        }
        name
    }

    /// Puts the new names of nodes into settings.
    fn rename(&self, config: &mut Value) -> Result<(), Unplaceable> {
        match config {
            Value::String(text) => {
                let Some((old, applications)) =
                    self.before.iter().find(|(node, _)| node.as_str() == text)
                else {
                    return Ok(());
                };
                let mut places: Vec<Atom> =
                    applications.iter().map(|each| self.nodes[each]).collect();
                places.dedup();
                let [place] = places.as_slice() else { return Err(Unplaceable::Ambiguous(*old)) };
                place.as_str().clone_into(text);
                Ok(())
            }
            Value::Array(items) => {
                items.iter_mut().try_for_each(|item| self.rename(item))?;
                items.dedup();
                Ok(())
            }
            Value::Object(fields) => fields.values_mut().try_for_each(|field| self.rename(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }
}

fn host(number: usize) -> Atom {
    Atom::new(&format!("placed-{}", number + 1))
}
