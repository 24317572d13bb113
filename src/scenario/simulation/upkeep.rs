//! The scenario's settings for the boot of a node, its connections, and the paths between nodes.

use std::time::Duration;

use crate::engine::network::PathConfig;
use crate::engine::term::Atom;
use crate::otp::Reconnect;
use crate::otp::kernel::BootConfig;
use crate::scenario::services::DirectoryPlace;
use crate::scenario::{NodeSpec, Scenario};

/// The boot configuration of a node, before its applications are known.
pub(super) fn boot(scenario: &Scenario, name: Atom) -> BootConfig {
    let Some(node) = scenario.nodes.iter().find(|node| node.name == name) else {
        return BootConfig::default();
    };
    let delays = scenario.applications.iter().map(|each| (each.name, each.start_delay));
    BootConfig {
        reconnect: reconnect(scenario, node),
        start_delay: node.start_delay,
        start_delays: delays.filter(|(_, delay)| *delay > Duration::ZERO).collect(),
        ..BootConfig::default()
    }
}

/// The hosts of the nodes.
pub(super) fn places(scenario: &Scenario) -> Vec<DirectoryPlace> {
    let place = |node: &NodeSpec| DirectoryPlace {
        node: node.name,
        host: node.host,
        site: scenario.site_of(node.name),
    };
    scenario.nodes.iter().map(place).collect()
}

/// The paths with their own settings: those between sites, and those that the scenario lists.
pub(super) fn own_paths(scenario: &Scenario) -> Vec<(Atom, Atom, &PathConfig)> {
    let hosts = || scenario.hosts.iter().map(|host| host.name);
    let usual = &scenario.network.between_hosts;
    let all = hosts().flat_map(|from| hosts().map(move |to| (from, to)));
    let between = all.filter(|(from, to)| from != to);
    let between = between.map(|(from, to)| (from, to, scenario.usual_path(from, to)));
    let between_sites = between.filter(|(.., path)| *path != usual);
    let own = scenario.network.paths.iter().map(|path| (path.from, path.to, &path.path));
    between_sites.chain(own).collect()
}

/// The way in which a node keeps its connections up, if it does.
pub(super) fn reconnect(scenario: &Scenario, node: &NodeSpec) -> Option<Reconnect> {
    let reconnect = node.reconnect.as_ref()?;
    let usual = || {
        let others = scenario.nodes.iter().filter(|other| other.name != node.name);
        let open = others.filter(|other| !other.hidden && other.cookie == node.cookie);
        open.map(|other| other.name).collect()
    };
    Some(Reconnect { every: reconnect.every, to: reconnect.to.clone().unwrap_or_else(usual) })
}
