//! Applications: their programs, nodes and dependencies.

use std::time::Duration;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{Graph, NodeIndex};
use serde_json::{Map, Value, json};

use crate::document::diagnostic::suggestion;
use crate::document::shape::{Catalogue, Field, NameKind, Object, ProgramInfo, Shape};
use crate::document::syntax::{Member, Node, Span};
use crate::engine::term::Atom;
use crate::engine::time::{Timeout, decimal_duration};
use crate::otp::application::RestartType;
use crate::spelling::Choice;

use super::file::defaults;
use super::reading::Resolver;
use super::writing::{named, one_or_more, timeout};

/// One application: a service that is started and stopped as a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationConfig {
    /// Its name in the cluster.
    pub name: Atom,
    /// The program that it runs, as the catalogue calls it.
    pub service: Atom,
    /// The program's settings, with its defaults filled in.
    pub config: Value,
    /// The nodes that it runs on.
    pub placement: Placement,
    /// The applications that must be running on the node before it starts.
    pub depends_on: Vec<Atom>,
    /// The consequence of its end for its node.
    pub restart: RestartType,
    /// The time that a booting node takes to start it, on top of its own
    /// [`NodeSpec::start_delay`](super::NodeSpec::start_delay).
    pub start_delay: Duration,
}

impl ApplicationConfig {
    /// All nodes that may run it, those it prefers first.
    pub fn nodes(&self) -> impl Iterator<Item = Atom> {
        let (local, distributed) = match &self.placement {
            Placement::Each(nodes) => (nodes.as_slice(), [].as_slice()),
            Placement::Distributed { preference, .. } => ([].as_slice(), preference.as_slice()),
        };
        local.iter().chain(distributed.iter().flatten()).copied()
    }
}

/// The nodes that an application runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On each of these nodes, on its own.
    Each(Vec<Atom>),
    /// On one node at a time, as a distributed application.
    Distributed {
        /// The nodes, those it prefers first; those of an inner list are as good as each other.
        preference: Vec<Vec<Atom>>,
        /// The time that the others wait for a lost node to come back before one takes over.
        timeout: Timeout,
    },
}

pub(super) fn shape(services: Vec<&'static str>) -> Shape {
    let node = || Shape::Name(NameKind::Node);
    let node_or_equals = Shape::OneOf(vec![node(), Shape::some(node())]);
    let distributed = vec![
        Field::required(
            "nodes",
            Shape::some(node_or_equals),
            "The nodes, those it prefers first; an inner list holds equals.",
        ),
        Field::default(
            "timeout",
            Shape::Timeout,
            "0s",
            "The time for which the others wait for a lost node before one takes over.",
        ),
    ];
    let fields = vec![
        Field::optional(
            "service",
            Shape::Choice(services),
            "The program; the one with the application's name if left out.",
        ),
        Field::default(
            "config",
            Shape::map(NameKind::Atom, Shape::Any),
            json!({}),
            "Its settings.",
        ),
        Field::optional("nodes", Shape::some(node()), "It runs on each of these nodes."),
        Field::optional(
            "distributed",
            Shape::object("a distributed application", distributed),
            "It runs on one of these nodes at a time.",
        ),
        Field::default(
            "depends_on",
            Shape::list(Shape::Name(NameKind::Application)),
            json!([]),
            "The applications that must be running on the node before it starts.",
        ),
        Field::default(
            "type",
            Shape::choice::<RestartType>(),
            RestartType::Temporary.word(),
            "The end of it that takes its node down: any, an abnormal one, or none.",
        ),
        Field::default(
            "start_delay",
            Shape::Duration,
            "0s",
            "The time that a booting node takes to start it; applications after it wait.",
        ),
    ];
    Shape::Object(Object {
        what: "an application",
        fields,
        exactly_one_of: vec![vec!["nodes", "distributed"]],
        ..Object::default()
    })
}

impl Resolver<'_> {
    pub(super) fn applications(&mut self, file: &Node) -> Option<Vec<ApplicationConfig>> {
        let members = file.get("applications")?.members();
        self.cycles(members);
        let resolved: Vec<Option<ApplicationConfig>> =
            members.iter().map(|member| self.application(member)).collect();
        self.common_nodes(members, &resolved);
        resolved.into_iter().collect()
    }

    fn application(&mut self, member: &Member) -> Option<ApplicationConfig> {
        let node = &member.value;
        let service = self.service(member);
        let config = service.as_ref().and_then(|service| self.config(node, service));
        let placement = self.placement(node);
        Some(ApplicationConfig {
            name: member.atom()?,
            service: Atom::new(service?.name),
            config: config?,
            placement: placement?,
            depends_on: node.get("depends_on")?.atoms()?,
            restart: node.get("type")?.choice()?,
            start_delay: node.get("start_delay")?.duration()?,
        })
    }

    fn service(&mut self, member: &Member) -> Option<ProgramInfo> {
        let given = member.value.get("service");
        let name = given.map_or(Some(member.name.as_str()), Node::text)?;
        let service = self.catalogue.service(name);
        if service.is_none() {
            let known: Vec<&str> = self.catalogue.services.iter().map(|each| each.name).collect();
            let message = format!("there is no service `{name}`");
            let help = suggestion(name, &known, "services");
            let help = format!("{help}; an application with a name of its own needs `service`");
            self.diagnostics.error(&member.name_span, message).help(help);
        }
        service.cloned()
    }

    fn placement(&mut self, node: &Node) -> Option<Placement> {
        if let Some(nodes) = node.get("nodes") {
            self.no_repetition(nodes.items())?;
            return nodes.atoms().map(Placement::Each);
        }
        let distributed = node.get("distributed")?;
        let nodes = distributed.get("nodes")?.items();
        let all: Vec<Node> = nodes.iter().flat_map(Node::items).cloned().collect();
        self.no_repetition(&all)?;
        Some(Placement::Distributed {
            preference: nodes.iter().map(Node::atoms).collect::<Option<_>>()?,
            timeout: distributed.get("timeout")?.timeout()?,
        })
    }

    /// Reports each circle of dependencies, once.
    fn cycles(&mut self, members: &[Member]) {
        let mut graph: Graph<&Member, ()> = Graph::new();
        let indices: Vec<NodeIndex> = members.iter().map(|member| graph.add_node(member)).collect();
        for (from, member) in members.iter().enumerate() {
            for name in depends_on(member) {
                let to = members.iter().position(|other| Some(&*other.name) == name.text());
                if let Some(to) = to {
                    graph.add_edge(indices[from], indices[to], ());
                }
            }
        }
        for mut component in tarjan_scc(&graph) {
            component.sort();
            let component: Vec<&Member> = component.iter().map(|index| graph[*index]).collect();
            if let Some((span, cycle)) = cycle(&component) {
                let message = format!("applications depend on each other: {}", cycle.join(" -> "));
                let help = "take one of them out of `depends_on`";
                self.diagnostics.error(&span, message).help(help);
            }
        }
    }

    /// Reports an application that depends on one which never runs on the same node.
    fn common_nodes(&mut self, members: &[Member], resolved: &[Option<ApplicationConfig>]) {
        for (member, own) in members.iter().zip(resolved) {
            let Some(own) = own else { continue };
            for name in depends_on(member) {
                let others = resolved.iter().flatten();
                let needed = others.clone().find(|other| Some(other.name.as_str()) == name.text());
                let Some(needed) = needed else { continue };
                let nodes: Vec<Atom> = needed.nodes().collect();
                if !own.nodes().any(|node| nodes.contains(&node)) {
                    let message = format!(
                        "`{}` never runs on a node of `{}`",
                        needed.name.as_str(),
                        member.name
                    );
                    let help = "an application depends on applications of its own node: \
                                run both on one, or take it out of `depends_on`";
                    self.diagnostics.error(&name.span, message).help(help);
                }
            }
        }
    }
}

fn depends_on(member: &Member) -> &[Node] {
    member.value.get("depends_on").map(Node::items).unwrap_or_default()
}

/// A cycle within applications that all depend on each other, and the place where it begins; `None` for
/// a single application that does not depend on itself.
fn cycle(component: &[&Member]) -> Option<(Span, Vec<String>)> {
    let next = |member: &Member| {
        depends_on(member).iter().find_map(|name| {
            let other = component.iter().find(|other| Some(&*other.name) == name.text());
            other.map(|other| (*other, name.span.clone()))
        })
    };
    let mut way: Vec<&Member> = vec![component.first()?];
    let (mut here, first) = next(way[0])?;
    let mut span = first;
    while way.iter().all(|seen| seen.name != here.name) {
        way.push(here);
        (here, span) = next(here)?;
    }
    let start = way.iter().position(|seen| seen.name == here.name)?;
    let mut names: Vec<String> = way[start..].iter().map(|member| member.name.clone()).collect();
    names.push(here.name.clone());
    Some((span, names))
}

pub(super) fn write(
    applications: &[ApplicationConfig],
    catalogue: &Catalogue,
) -> Map<String, Value> {
    let application = |each: &ApplicationConfig| {
        named(each.name.as_str(), Value::Object(write_one(each, catalogue)))
    };
    applications.iter().map(application).collect()
}

fn write_one(application: &ApplicationConfig, catalogue: &Catalogue) -> Map<String, Value> {
    let mut fields = Map::new();
    if application.service != application.name {
        fields.extend([named("service", json!(application.service))]);
    }
    let program = catalogue.service(application.service.as_str());
    let config = defaults::settings(&application.config, program);
    let (place, nodes) = match &application.placement {
        Placement::Each(nodes) => ("nodes", json!(nodes)),
        Placement::Distributed { preference, timeout: limit } => {
            let nodes: Vec<Value> = preference.iter().map(|equals| one_or_more(equals)).collect();
            ("distributed", json!({ "nodes": nodes, "timeout": timeout(*limit) }))
        }
    };
    fields.extend([
        named("config", config),
        named(place, nodes),
        named("depends_on", json!(application.depends_on)),
        named("type", json!(application.restart.word())),
        named("start_delay", json!(decimal_duration(application.start_delay))),
    ]);
    fields
}
