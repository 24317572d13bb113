//! The names that a scenario file gives.

pub(super) use crate::diagnostic::{nearest, quoted, suggestion};
use crate::shape::NameKind;

use super::syntax::Node;

/// The names that a file gives to things, whether or not the things themselves are in order.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(super) hosts: Vec<String>,
    /// The nodes with their hosts.
    pub(super) nodes: Vec<(String, Option<String>)>,
    pub(super) applications: Vec<String>,
    pub(super) workloads: Vec<String>,
}

impl Names {
    /// The names in a file.
    pub(super) fn of(file: &Node) -> Names {
        let keys = |field: &str| -> Vec<String> {
            let things = file.get(field).map(Node::members).unwrap_or_default();
            things.iter().map(|member| member.name.clone()).collect()
        };
        let host = |node: &Node| node.get("host").and_then(Node::text).map(str::to_owned);
        let nodes = file.get("nodes").map(Node::members).unwrap_or_default();
        Names {
            hosts: keys("hosts"),
            nodes: nodes.iter().map(|node| (node.name.clone(), host(&node.value))).collect(),
            applications: keys("applications"),
            workloads: keys("workload"),
        }
    }

    /// All names of this kind; none for a kind that nothing is known about.
    pub(super) fn of_kind(&self, kind: NameKind) -> Vec<&str> {
        let text = String::as_str;
        let nodes = self.nodes.iter().map(|(name, _)| name.as_str());
        match kind {
            NameKind::Host => self.hosts.iter().map(text).collect(),
            NameKind::Node => nodes.collect(),
            NameKind::NodeOrHost => nodes.chain(self.hosts.iter().map(text)).collect(),
            NameKind::Application => self.applications.iter().map(text).collect(),
            NameKind::Workload => self.workloads.iter().map(text).collect(),
            NameKind::Atom => Vec::new(),
        }
    }

    /// Whether this is how a node should have been called whose name lacks its `@`.
    pub(super) fn node_without_at(&self, name: &str) -> bool {
        let short = name.split_once('@').map(|(short, _)| short);
        self.nodes.iter().any(|(node, _)| Some(node.as_str()) == short)
    }

    /// What a name that is none of the expected kind is the name of instead.
    pub(super) fn other_kind(&self, name: &str) -> Option<&'static str> {
        let kinds = [
            (NameKind::Host, "a host"),
            (NameKind::Node, "a node"),
            (NameKind::Application, "an application"),
            (NameKind::Workload, "a workload"),
        ];
        let found = kinds.into_iter().find(|(kind, _)| self.of_kind(*kind).contains(&name));
        found.map(|(_, what)| what)
    }

    /// The nodes on a host.
    pub(super) fn nodes_on<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a str> {
        let on_host = move |(_, on): &&(String, Option<String>)| on.as_deref() == Some(host);
        self.nodes.iter().filter(on_host).map(|(name, _)| name.as_str())
    }
}
