//! Hosts and sites, and the names that stand for what is there.

use serde_json::{Map, Value, json};

use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::Node;
use crate::engine::network::Kernel;
use crate::engine::term::Atom;

use super::reading::Resolver;
use super::writing::named;

/// One machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostConfig {
    /// Its name.
    pub name: Atom,
    /// The data centre that it stands in, if the scenario says.
    pub site: Option<Atom>,
    /// The Linux kernel that it runs, which says how often it asks for a connection.
    pub kernel: Kernel,
}

impl HostConfig {
    /// A host of no site, with the usual kernel.
    #[must_use]
    pub fn new(name: Atom) -> HostConfig {
        HostConfig { name, site: None, kernel: Kernel::default() }
    }
}

pub(super) fn shape() -> Shape {
    let site = Field::optional(
        "site",
        Shape::Name(NameKind::Atom),
        "Its data centre; faults, chaos, paths and users may name sites.",
    );
    let kernel = Field::default(
        "kernel",
        Shape::Kernel,
        Kernel::default().to_string(),
        "The Linux kernel that it runs: before 6.5 it asks less often for a connection that nobody answers.",
    );
    Shape::object("a host", vec![site, kernel])
}

impl Resolver<'_> {
    /// The hosts in the order of the file, as far as names say what they are.
    pub(super) fn hosts(&self) -> Option<Vec<HostConfig>> {
        let host = |name: &String| {
            let site = self.names.sites.iter().find(|(host, _)| host == name);
            let site = match site {
                Some((_, site)) => Some(Atom::try_new(site).ok()?),
                None => None,
            };
            Some(HostConfig { site, ..HostConfig::new(Atom::try_new(name).ok()?) })
        };
        self.names.hosts.iter().map(host).collect()
    }

    /// Reports sites that are called as a host or a node is: both stand for nodes.
    pub(super) fn site_names(&mut self, file: &Node) {
        for host in file.get("hosts").map(Node::members).unwrap_or_default() {
            let Some(site) = host.value.get("site") else { continue };
            let Some(name) = site.text() else { continue };
            let taken = [(NameKind::Host, "a host"), (NameKind::Node, "a node")]
                .into_iter()
                .find(|(kind, _)| self.names.has(*kind, name));
            if let Some((_, what)) = taken {
                let message = format!("`{name}` is the name of {what}, too");
                let error = self.diagnostics.error(&site.span, message);
                error.help("give the site another name");
            }
        }
    }

    /// The node with this name, or all nodes of the host or the site with this name.
    pub(super) fn nodes_named(&self, name: &Node) -> Option<Vec<Atom>> {
        let text = name.text()?;
        if self.names.has(NameKind::Node, text) {
            return name.atom().map(|atom| vec![atom]);
        }
        let hosts = self.names.hosts_of(text).chain([text]);
        let nodes = hosts.flat_map(|host| self.names.nodes_on(host));
        nodes.map(|node| Atom::try_new(node).ok()).collect()
    }

    /// All nodes, in the order of the file.
    pub(super) fn all_nodes(&self) -> Option<Vec<Atom>> {
        let nodes = self.names.of_kind(NameKind::Node).into_iter();
        nodes.map(|node| Atom::try_new(node).ok()).collect()
    }

    /// The host with this name, or all hosts of the site with this name.
    pub(super) fn hosts_named(&self, name: &Node) -> Option<Vec<Atom>> {
        let text = name.text()?;
        if self.names.has(NameKind::Host, text) {
            return name.atom().map(|atom| vec![atom]);
        }
        self.names.hosts_of(text).map(|host| Atom::try_new(host).ok()).collect()
    }

    /// The ways between two hosts, or between the hosts of two sites: each there, and back unless it is
    /// `one_way`.
    pub(super) fn ways(&self, node: &Node, ends: &Node) -> Option<Vec<(Atom, Atom)>> {
        let [from, to] = ends.items() else { return None };
        let (from, to) = (self.hosts_named(from)?, self.hosts_named(to)?);
        let one_way = node.get("one_way")?.boolean()?;
        // A site and itself: the ways between its hosts.
        let within = from.len() > 1 && from == to;
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
        let pairs = pairs.filter(|(from, to)| !within || from != to);
        let mut ways: Vec<(Atom, Atom)> = Vec::new();
        for (from, to) in pairs {
            let both = [Some((from, to)), (!one_way).then_some((to, from))];
            for way in both.into_iter().flatten() {
                if !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        Some(ways)
    }

    /// Reports a cut that leaves nobody on the other side.
    pub(super) fn others(&mut self, alone: &Node, own: &[Atom]) -> Option<Vec<Atom>> {
        let others: Vec<Atom> =
            self.all_nodes()?.into_iter().filter(|node| !own.contains(node)).collect();
        if others.is_empty() {
            let error =
                self.diagnostics.error(&alone.span, "no other node is left to be cut off from");
            error.help("name fewer nodes");
            return None;
        }
        Some(others)
    }

    pub(super) fn unused_hosts(&mut self, file: &Node) {
        for host in file.get("hosts").map(Node::members).unwrap_or_default() {
            if self.names.nodes_on(&host.name).next().is_none() {
                let message = format!("host `{}` has no nodes", host.name);
                let help = "put a node on it, or leave it out";
                self.diagnostics.warn(&host.name_span, message).help(help);
            }
        }
    }
}

/// The hosts with their kernels, in the same order.
pub(super) fn with_kernels(mut hosts: Vec<HostConfig>, kernels: &[Kernel]) -> Vec<HostConfig> {
    for (host, kernel) in hosts.iter_mut().zip(kernels) {
        host.kernel = *kernel;
    }
    hosts
}

pub(super) fn write(hosts: &[HostConfig]) -> Map<String, Value> {
    let host = |host: &HostConfig| {
        let mut fields = json!({ "kernel": host.kernel.to_string() });
        if let Some(site) = host.site {
            fields["site"] = json!(site);
        }
        named(host.name.as_str(), fields)
    };
    hosts.iter().map(host).collect()
}
