//! The names that a scenario file gives.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::shape::NameKind;

use super::syntax::{Member, Node};

/// The names that a file gives to things, whether or not the things themselves are in order.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) hosts: Vec<String>,
    /// The hosts that have a site, each with it.
    pub(crate) sites: Vec<(String, String)>,
    /// The nodes with their hosts.
    pub(crate) nodes: Vec<(String, Option<String>)>,
    pub(crate) applications: Vec<String>,
    pub(crate) workloads: Vec<String>,
    /// The same to look them up.
    sorted: BTreeMap<NameKind, BTreeSet<String>>,
}

impl Names {
    /// The names in a file.
    pub(crate) fn of(file: &Node) -> Names {
        let keys = |field: &str| -> Vec<String> {
            let things = file.get(field).map(Node::members).unwrap_or_default();
            things.iter().map(|member| member.name.clone()).collect()
        };
        let host = |node: &Node| node.get("host").and_then(Node::text).map(str::to_owned);
        let nodes = file.get("nodes").map(Node::members).unwrap_or_default();
        let hosts = file.get("hosts").map(Node::members).unwrap_or_default();
        let site = |host: &Member| {
            let site = host.value.get("site").and_then(Node::text)?;
            Some((host.name.clone(), site.to_owned()))
        };
        let mut applications = keys("applications");
        for name in nodes.iter().flat_map(started_by) {
            if !applications.contains(&name) {
                applications.push(name);
            }
        }
        let mut names = Names {
            hosts: keys("hosts"),
            sites: hosts.iter().filter_map(site).collect(),
            nodes: nodes.iter().map(|node| (node.name.clone(), host(&node.value))).collect(),
            applications,
            workloads: keys("workload"),
            sorted: BTreeMap::new(),
        };
        let kinds = [
            NameKind::Host,
            NameKind::Node,
            NameKind::Site,
            NameKind::Application,
            NameKind::Workload,
        ];
        let sorted = kinds.map(|kind| {
            let all = names.of_kind(kind).into_iter().map(str::to_owned);
            (kind, all.collect())
        });
        names.sorted = sorted.into();
        names
    }

    /// True if something of this kind has this name; never for a kind that nothing is known
    /// about.
    pub(crate) fn has(&self, kind: NameKind, name: &str) -> bool {
        let one = |kind| self.sorted.get(&kind).is_some_and(|names| names.contains(name));
        match kind {
            NameKind::HostOrSite => one(NameKind::Host) || one(NameKind::Site),
            NameKind::Place => one(NameKind::Node) || one(NameKind::Host) || one(NameKind::Site),
            NameKind::Host
            | NameKind::Node
            | NameKind::Site
            | NameKind::Application
            | NameKind::Workload
            | NameKind::Atom => one(kind),
        }
    }

    /// All names of this kind; none for a kind that nothing is known about.
    pub(crate) fn of_kind(&self, kind: NameKind) -> Vec<&str> {
        let text = String::as_str;
        let nodes = self.nodes.iter().map(|(name, _)| name.as_str());
        match kind {
            NameKind::Host => self.hosts.iter().map(text).collect(),
            NameKind::Node => nodes.collect(),
            NameKind::Site => self.site_names(),
            NameKind::HostOrSite => self.hosts.iter().map(text).chain(self.site_names()).collect(),
            NameKind::Place => {
                nodes.chain(self.hosts.iter().map(text)).chain(self.site_names()).collect()
            }
            NameKind::Application => self.applications.iter().map(text).collect(),
            NameKind::Workload => self.workloads.iter().map(text).collect(),
            NameKind::Atom => Vec::new(),
        }
    }

    /// The sites, each once, in the order in which hosts name them.
    fn site_names(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let sites = self.sites.iter().map(|(_, site)| site.as_str());
        sites.filter(|site| seen.insert(*site)).collect()
    }

    /// The hosts of a site.
    pub(crate) fn hosts_of<'a>(&'a self, site: &'a str) -> impl Iterator<Item = &'a str> {
        let hosts = self.sites.iter().filter(move |(_, own)| own == site);
        hosts.map(|(host, _)| host.as_str())
    }

    /// True if this may be the node that was meant by a name without `@`.
    pub(crate) fn node_without_at(&self, name: &str) -> bool {
        let short = name.split_once('@').map(|(short, _)| short);
        short.is_some_and(|short| self.has(NameKind::Node, short))
    }

    /// The kind of thing that a name stands for instead of the expected kind.
    pub(crate) fn other_kind(&self, name: &str) -> Option<&'static str> {
        let kinds = [
            (NameKind::Host, "a host"),
            (NameKind::Node, "a node"),
            (NameKind::Site, "a site"),
            (NameKind::Application, "an application"),
            (NameKind::Workload, "a workload"),
        ];
        let found = kinds.into_iter().find(|(kind, _)| self.has(*kind, name));
        found.map(|(_, what)| what)
    }

    /// The nodes on a host.
    pub(crate) fn nodes_on<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a str> {
        let on_host = move |(_, on): &&(String, Option<String>)| on.as_deref() == Some(host);
        self.nodes.iter().filter(on_host).map(|(name, _)| name.as_str())
    }
}

/// The applications of compiled code that a node starts.
fn started_by(node: &Member) -> Vec<String> {
    let starts = node.value.get("start").map(Node::items).unwrap_or_default();
    let name = |start: &Node| start.get("application").unwrap_or(start).text().map(str::to_owned);
    starts.iter().filter_map(name).collect()
}
