//! The names that a file gives to things.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::shape::NameKind;

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
    /// Adds a host, with its site if it has one.
    pub(crate) fn add_host(&mut self, name: &str, site: Option<&str>) {
        self.hosts.push(name.to_owned());
        self.sort_in(NameKind::Host, name);
        if let Some(site) = site {
            self.sites.push((name.to_owned(), site.to_owned()));
            self.sort_in(NameKind::Site, site);
        }
    }

    /// Adds a node, with its host if it names one.
    pub(crate) fn add_node(&mut self, name: &str, host: Option<&str>) {
        self.nodes.push((name.to_owned(), host.map(str::to_owned)));
        self.sort_in(NameKind::Node, name);
    }

    /// Adds an application.
    pub(crate) fn add_application(&mut self, name: &str) {
        self.applications.push(name.to_owned());
        self.sort_in(NameKind::Application, name);
    }

    /// Adds a workload.
    pub(crate) fn add_workload(&mut self, name: &str) {
        self.workloads.push(name.to_owned());
        self.sort_in(NameKind::Workload, name);
    }

    fn sort_in(&mut self, kind: NameKind, name: &str) {
        self.sorted.entry(kind).or_default().insert(name.to_owned());
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
