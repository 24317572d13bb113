//! Applications: what they run, where, and what they need.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{Graph, NodeIndex};

use crate::document::diagnostic::suggestion;
use crate::document::shape::ProgramInfo;
use crate::document::syntax::{Member, Node, Span};
use crate::engine::term::Atom;
use crate::otp::application::RestartType;
use crate::scenario::model::{ApplicationConfig, Placement};

use super::{Resolver, unknown_choice};

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
            restart: restart(node.get("type")?)?,
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

    /// Whether each name is there once.
    pub(super) fn no_repetition(&mut self, names: &[Node]) -> Option<()> {
        let mut fine = Some(());
        for (index, name) in names.iter().enumerate() {
            let first = names[..index].iter().find(|other| other.text() == name.text());
            if let (Some(first), Some(text)) = (first, name.text()) {
                let message = format!("`{text}` is there twice");
                let error = self.diagnostics.error(&name.span, message).help("name it once");
                error.related(&first.span, "the first is here");
                fine = None;
            }
        }
        fine
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

/// A way round within applications that all depend on each other, and where it begins; nothing for
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

fn restart(node: &Node) -> Option<RestartType> {
    Some(match node.text()? {
        "permanent" => RestartType::Permanent,
        "transient" => RestartType::Transient,
        "temporary" => RestartType::Temporary,
        other => unknown_choice(other),
    })
}
