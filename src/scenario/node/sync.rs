//! Nodes that wait for each other at their start.

use serde_json::{Value, json};

use crate::document::diagnostic::quoted;
use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::{Member, Node};
use crate::engine::term::Atom;
use crate::engine::time::Timeout;
use crate::scenario::reading::Resolver;
use crate::scenario::writing::timeout;
use crate::scenario::{ApplicationConfig, NodeSpec, Placement, Scenario};

use super::InheritedSettings;

/// Kernel parameters: `sync_nodes_mandatory`, `sync_nodes_optional`, `sync_nodes_timeout`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::scenario) struct SyncNodes {
    pub(in crate::scenario) mandatory: Vec<Atom>,
    pub(in crate::scenario) optional: Vec<Atom>,
    pub(in crate::scenario) timeout: Option<Timeout>,
}

impl SyncNodes {
    /// The nodes that a node of this group waits for: the others. A node outside waits for none.
    pub(in crate::scenario) fn of(&self, node: Option<Atom>) -> SyncNodes {
        let mut all = self.mandatory.iter().chain(&self.optional).copied();
        let Some(node) = node.filter(|node| all.any(|other| other == *node)) else {
            return SyncNodes::default();
        };
        let others =
            |nodes: &[Atom]| nodes.iter().copied().filter(|other| *other != node).collect();
        SyncNodes {
            mandatory: others(&self.mandatory),
            optional: others(&self.optional),
            timeout: self.timeout,
        }
    }
}

/// The kernel parameters that nodes share which wait for each other.
pub(in crate::scenario) fn shape() -> Shape {
    let nodes = || Shape::list(Shape::Name(NameKind::Node));
    let fields = vec![
        Field::default(
            "mandatory",
            nodes(),
            json!([]),
            "The nodes that the others named here do not start without.",
        ),
        Field::default(
            "optional",
            nodes(),
            json!([]),
            "The nodes that the others named here start without when the time is up.",
        ),
        Field::required("timeout", Shape::Timeout, "The time for which each waits for the others."),
    ];
    Shape::object("a group of nodes", fields)
}

impl Resolver<'_> {
    /// The group of nodes that wait for each other, unless they say otherwise themselves.
    pub(in crate::scenario) fn sync_nodes(&mut self, file: &Node) -> SyncNodes {
        let Some(group) = file.get("sync_nodes") else { return SyncNodes::default() };
        let all: Vec<Option<Atom>> = file
            .get("nodes")
            .map(Node::members)
            .unwrap_or_default()
            .iter()
            .map(Member::atom)
            .collect();
        let nodes = |field| {
            let mut nodes = group.get(field).and_then(Node::atoms).unwrap_or_default();
            nodes.sort_by_key(|node| all.iter().position(|other| *other == Some(*node)));
            nodes
        };
        let found = SyncNodes {
            mandatory: nodes("mandatory"),
            optional: nodes("optional"),
            timeout: self.sync_timeout(group.get("timeout")),
        };
        let named = ["mandatory", "optional"].map(|field| group.get(field).map(Node::items));
        let has_errors = self.diagnostics.has_errors();
        if !has_errors && named.into_iter().flatten().flatten().count() < 2 {
            let help = "name at least two nodes in `optional` and `mandatory`, or leave it out";
            self.diagnostics.warn(&group.span, "nobody waits for anybody here").help(help);
        }
        found
    }

    /// Those of a node: as it says itself, or else as the group says.
    pub(in crate::scenario) fn sync_nodes_of(
        &mut self,
        member: &Member,
        group: &SyncNodes,
    ) -> Option<SyncNodes> {
        let node = &member.value;
        let [mandatory, optional] =
            ["sync_nodes_mandatory", "sync_nodes_optional"].map(|field| node.get(field));
        let timeout = node.get("sync_nodes_timeout");
        if mandatory.or(optional).or(timeout).is_none() {
            return Some(group.of(member.atom()));
        }
        let nodes = |field: Option<&Node>| field.map_or(Some(Vec::new()), Node::atoms);
        let (found, limit) = ([nodes(mandatory)?, nodes(optional)?], self.sync_timeout(timeout));
        let waits = found.iter().any(|list| !list.is_empty());
        let list = mandatory.filter(|_| !found[0].is_empty()).or(optional);
        match (list, timeout) {
            (Some(list), None) if waits => {
                let message = format!("`{}` waits for nobody without a time limit", member.name);
                let help = "Erlang looks at the list only if there is `sync_nodes_timeout`: \
                            add \"sync_nodes_timeout\": \"1s\"";
                self.diagnostics.warn(&list.span, message).help(help);
            }
            (_, Some(timeout)) if !waits => {
                let message = format!("`{}` names no nodes to wait for", member.name);
                let help = "name them in `sync_nodes_optional` or `sync_nodes_mandatory`";
                self.diagnostics.warn(&timeout.span, message).help(help);
            }
            (..) => {}
        }
        let [mandatory, optional] = found;
        Some(SyncNodes { mandatory, optional, timeout: limit })
    }

    fn sync_timeout(&mut self, timeout: Option<&Node>) -> Option<Timeout> {
        let (node, timeout) = (timeout?, timeout?.timeout()?);
        if timeout == Timeout::After(std::time::Duration::ZERO) {
            let error = self.diagnostics.error(&node.span, "a node cannot wait for no time");
            error.help("Erlang refuses 0: write more, such as \"1s\", or leave it out");
        }
        Some(timeout)
    }

    /// Warns of distributed applications whose nodes do not wait for each other: each of them starts
    /// the application for itself (F5, F37).
    pub(in crate::scenario) fn strangers(
        &mut self,
        file: &Node,
        nodes: &[(NodeSpec, InheritedSettings)],
        applications: &[ApplicationConfig],
    ) {
        if self.diagnostics.has_errors() {
            return;
        }
        let members = file.get("applications").map(Node::members).unwrap_or_default();
        for (member, application) in members.iter().zip(applications) {
            let Placement::Distributed { preference, .. } = &application.placement else {
                continue;
            };
            let own = |name: &Atom| nodes.iter().find(|(node, _)| node.name == *name);
            let running: Vec<&NodeSpec> =
                preference.iter().flatten().filter_map(own).map(|(node, _)| node).collect();
            let Some((late, early)) = stranger(&running) else { continue };
            let place = member.value.get("distributed").unwrap_or(&member.value);
            let all: Vec<&str> = running.iter().map(|node| node.name.as_str()).collect();
            let message = format!(
                "`{}` does not wait for `{}` at its start, so both may run `{}`",
                late.name.as_str(),
                early.name.as_str(),
                member.name,
            );
            let help = format!(
                "Erlang's nodes agree on where it runs only if they wait for each other; beside \
                 `nodes` write \"sync_nodes\": {{ \"optional\": [{}], \"timeout\": \"1s\" }}",
                quoted(&all).replace('`', "\"")
            );
            self.diagnostics.warn(&place.span, message).help(help);
        }
    }
}

/// A node that does not wait for another one that starts no later.
fn stranger<'a>(nodes: &[&'a NodeSpec]) -> Option<(&'a NodeSpec, &'a NodeSpec)> {
    nodes.iter().find_map(|node| {
        let early = nodes.iter().find(|other| {
            node.name != other.name
                && other.starts_at <= node.starts_at
                && !node.waits_for(other.name)
        });
        early.map(|early| (*node, *early))
    })
}

/// The group of nodes that wait for each other, if all that wait are one.
pub(in crate::scenario) fn write(scenario: &Scenario) -> Option<Value> {
    SyncGroup::of(scenario).map(|group| {
        json!({
            "mandatory": group.mandatory,
            "optional": group.optional,
            "timeout": timeout(group.timeout),
        })
    })
}

/// Nodes that all wait for each other, for this long.
pub(in crate::scenario) struct SyncGroup {
    mandatory: Vec<Atom>,
    optional: Vec<Atom>,
    timeout: Timeout,
}

impl SyncGroup {
    pub(in crate::scenario) fn of(scenario: &Scenario) -> Option<SyncGroup> {
        let waiting = |node: &&NodeSpec| node.sync_nodes_timeout.is_some();
        let timeout = scenario.nodes.iter().find(waiting)?.sync_nodes_timeout?;
        let named = |list: fn(&NodeSpec) -> &Vec<Atom>| {
            let is_named = |node: &&NodeSpec| {
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

    /// True if the group describes what this node waits for.
    fn says(&self, node: &NodeSpec) -> bool {
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
pub(in crate::scenario) fn write_of(node: &NodeSpec, fields: &mut Value) {
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
