//! Hosts and sites, and the names that stand for what is there.

use crate::document::shape::NameKind;
use crate::document::syntax::{Member, Node};
use crate::engine::term::Atom;
use crate::scenario::model::HostConfig;

use super::Resolver;

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
}

/// The cut that a fault is, if it is one.
pub(super) fn cut_of(fault: &Node) -> Option<&Member> {
    fault.member("partition").or_else(|| fault.member("isolate"))
}
