//! Removes something from a scenario together with everything that refers to it.

use std::collections::BTreeSet;

use crate::engine::term::Atom;
use crate::scenario::fault::{Condition, ConditionTrigger, Fault, Partition, Trigger};
use crate::scenario::services::Affinity;
use crate::scenario::{
    ApplicationConfig, Load, Placement, PlannedOperation, ReconnectConfig, Scenario, ScheduledFault,
};

/// Keeps some of the faults, by their places. A heal goes with its partition.
pub(super) fn keep_faults(scenario: &mut Scenario, has: impl Fn(usize) -> bool) {
    let mut place = 0;
    scenario.faults.retain(|_| {
        place += 1;
        has(place - 1)
    });
    let mut partitions = Vec::new();
    for fault in &scenario.faults {
        if let Fault::Partition(partition) = &fault.fault {
            partitions.push(partition.id);
        }
    }
    let heals_nothing = |fault: &ScheduledFault| matches!(fault.fault, Fault::Heal(id) if !partitions.contains(&id));
    scenario.faults.retain(|fault| !heals_nothing(fault));
}

/// Keeps some of the operations, by their places among all of them.
pub(super) fn keep_operations(scenario: &mut Scenario, has: impl Fn(usize) -> bool) {
    let mut place = 0;
    for operations in all_operations(scenario) {
        operations.retain(|_| {
            place += 1;
            has(place - 1)
        });
    }
}

/// The operations of each workload.
pub(super) fn all_operations(
    scenario: &mut Scenario,
) -> impl Iterator<Item = &mut Vec<PlannedOperation>> {
    scenario.workloads.iter_mut().filter_map(|workload| match &mut workload.load {
        Load::Explicit(operations) => Some(operations),
        Load::Drawn { .. } => None,
    })
}

/// Removes a workload.
pub(super) fn remove_workload(scenario: &mut Scenario, place: usize) {
    scenario.workloads.remove(place);
}

/// Removes an application, and the faults that wait for it.
pub(super) fn remove_application(scenario: &mut Scenario, name: Atom) {
    scenario.applications.retain(|application| application.name != name);
    for application in &mut scenario.applications {
        application.depends_on.retain(|other| *other != name);
    }
    scenario.faults.retain(|fault| {
        let waits = sighting(fault).is_some_and(|seen| match &seen.condition {
            Condition::ApplicationStarted { application, .. }
            | Condition::ApplicationStopped { application, .. } => *application == name,
            Condition::NodeDown { .. }
            | Condition::NodeUp { .. }
            | Condition::ProcessExited { .. }
            | Condition::Logged { .. }
            | Condition::NameRegistered { .. }
            | Condition::OperationsCompleted(_) => false,
        });
        let kills = matches!(&fault.fault, Fault::Exit { name: killed, .. } if *killed == name);
        !waits && !kills
    });
}

/// Removes a node, and the faults that hit it or wait for it. Its applications and its users move
/// to another node if one is given; otherwise applications without a node are removed too, and
/// users move to the first node that is left.
pub(super) fn remove_node(scenario: &mut Scenario, name: Atom, stand_in: Option<Atom>) {
    let placed = |scenario: &Scenario| -> BTreeSet<Atom> {
        scenario.application_places().map(|(application, _)| application).collect()
    };
    let before = placed(scenario);
    scenario.nodes.retain(|node| node.name != name);
    for node in &mut scenario.nodes {
        node.sync_nodes_mandatory.retain(|other| *other != name);
        node.sync_nodes_optional.retain(|other| *other != name);
        if let Some(ReconnectConfig { to: Some(to), .. }) = &mut node.reconnect {
            to.retain(|other| *other != name);
        }
        let connects =
            |reconnect: &ReconnectConfig| reconnect.to.as_ref().is_none_or(|to| !to.is_empty());
        node.reconnect = node.reconnect.take().filter(connects);
        if node.sync_nodes_mandatory.is_empty() && node.sync_nodes_optional.is_empty() {
            node.sync_nodes_timeout = None;
        }
    }
    for application in &mut scenario.applications {
        replace_placement(application, name, stand_in);
    }
    for application in before.difference(&placed(scenario)) {
        remove_application(scenario, *application);
    }
    let first = scenario.nodes.first().map(|node| node.name);
    for workload in &mut scenario.workloads {
        replace(&mut workload.on, name, stand_in);
        if workload.on.is_empty() {
            workload.on.extend(first);
        }
    }
    for fault in &mut scenario.faults {
        if let Some(groups) = groups(&mut fault.fault) {
            for group in groups.iter_mut() {
                group.retain(|other| *other != name);
            }
            groups.retain(|group| !group.is_empty());
        }
    }
    scenario.faults.retain(|fault| !speaks_of(fault, name) && !is_no_cut(&fault.fault));
    keep_faults(scenario, |_| true);
    remove_unused_hosts(scenario);
}

fn replace_placement(application: &mut ApplicationConfig, name: Atom, stand_in: Option<Atom>) {
    match &mut application.placement {
        Placement::Each(nodes) => replace(nodes, name, stand_in),
        Placement::Distributed { preference, .. } => {
            let known = preference.iter().flatten().any(|node| Some(*node) == stand_in);
            let stand_in = stand_in.filter(|_| !known);
            for equals in preference.iter_mut() {
                replace(equals, name, stand_in);
            }
            preference.retain(|equals| !equals.is_empty());
        }
    }
}

/// Replaces one name by another, unless that is there already.
fn replace(names: &mut Vec<Atom>, name: Atom, stand_in: Option<Atom>) {
    let stand_in = stand_in.filter(|stand_in| !names.contains(stand_in));
    match (names.iter().position(|other| *other == name), stand_in) {
        (Some(place), Some(stand_in)) => names[place] = stand_in,
        (Some(place), None) => drop(names.remove(place)),
        (None, _) => {}
    }
}

/// Removes the hosts without nodes, and the paths to them.
pub(super) fn remove_unused_hosts(scenario: &mut Scenario) {
    let used: Vec<Atom> = scenario.nodes.iter().map(|node| node.host).collect();
    scenario.hosts.retain(|host| used.contains(&host.name));
    scenario.faults.iter_mut().for_each(|fault| keep_hosts(fault, &used));
    let paths = &mut scenario.network.paths;
    paths.retain(|path| used.contains(&path.from) && used.contains(&path.to));
    scenario.faults.retain(|fault| match &fault.fault {
        Fault::CrashSite(site) | Fault::StartSite(site) => !site.hosts.is_empty(),
        other => other.hosts().iter().all(|host| used.contains(host)),
    });
}

/// A fault of a site is one of the hosts that the site has left.
fn keep_hosts(fault: &mut ScheduledFault, used: &[Atom]) {
    let undo = fault.undo.as_mut().map(|(_, undo)| undo);
    for fault in [Some(&mut fault.fault), undo].into_iter().flatten() {
        if let Fault::CrashSite(site) | Fault::StartSite(site) = fault {
            site.hosts.retain(|host| used.contains(host));
        }
    }
}

/// Removes the sites of a scenario: a fault of a site becomes one of each of its hosts, and the
/// paths between hosts are as without sites.
pub(super) fn remove_sites(scenario: &mut Scenario) {
    let faults = std::mem::take(&mut scenario.faults).into_iter();
    scenario.faults = faults.flat_map(host_by_host).collect();
    scenario.hosts.iter_mut().for_each(|host| host.site = None);
    scenario.network.between_sites = None;
    for workload in &mut scenario.workloads {
        workload.affinity = match workload.affinity {
            Affinity::PreferSite | Affinity::OnlySite => Affinity::None,
            other @ (Affinity::None | Affinity::PreferHost | Affinity::OnlyHost) => other,
        };
    }
}

fn host_by_host(fault: ScheduledFault) -> Vec<ScheduledFault> {
    let (Fault::CrashSite(site) | Fault::StartSite(site)) = &fault.fault else {
        return vec![fault];
    };
    let crashes = matches!(fault.fault, Fault::CrashSite(_));
    let each = site.hosts.iter().map(|host| {
        let strike = if crashes { Fault::CrashHost(*host) } else { Fault::StartHost(*host) };
        let undo = fault.undo.as_ref().and_then(|(after, _)| Some((*after, strike.undo()?)));
        ScheduledFault { fault: strike, undo, ..fault.clone() }
    });
    each.collect()
}

fn sighting(fault: &ScheduledFault) -> Option<&ConditionTrigger> {
    match &fault.trigger {
        Trigger::When(sighting) => Some(sighting),
        Trigger::At(_) | Trigger::AtStep(_) => None,
    }
}

/// True if a fault hits a node, or is triggered by what happens there.
fn speaks_of(fault: &ScheduledFault, name: Atom) -> bool {
    let waits = sighting(fault).is_some_and(|seen| match &seen.condition {
        Condition::ApplicationStarted { on, .. }
        | Condition::ApplicationStopped { on, .. }
        | Condition::ProcessExited { on, .. }
        | Condition::Logged { on, .. }
        | Condition::NameRegistered { on, .. } => *on == Some(name),
        Condition::NodeDown { node, seen_by } | Condition::NodeUp { node, seen_by } => {
            *node == name || *seen_by == Some(name)
        }
        Condition::OperationsCompleted(_) => false,
    });
    waits || fault.fault.nodes().contains(&name)
}

/// True if a partition does not have two sides.
fn is_no_cut(fault: &Fault) -> bool {
    match fault {
        Fault::Partition(Partition { groups, .. }) | Fault::BreakConnections { groups, .. } => {
            groups.len() < 2
        }
        _ => false,
    }
}

/// The groups between which a fault lies.
fn groups(fault: &mut Fault) -> Option<&mut Vec<Vec<Atom>>> {
    match fault {
        Fault::Partition(Partition { groups, .. }) | Fault::BreakConnections { groups, .. } => {
            Some(groups)
        }
        _ => None,
    }
}

/// Removes a node from the groups of a fault.
pub(super) fn leave_partition(scenario: &mut Scenario, fault: usize, group: usize, member: usize) {
    if let Some(groups) = groups(&mut scenario.faults[fault].fault) {
        groups[group].remove(member);
        groups.retain(|group| !group.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::document::shape::Catalogue;
    use crate::scenario::services::Programs;

    /// The plans of all shipped scenarios, without expectations: these refer to nodes and
    /// applications, which could not be removed then.
    fn plans(catalogue: &Catalogue) -> Vec<Scenario> {
        let files = fs::read_dir("scenarios").unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.collect();
        files.sort();
        let read = files.iter().filter(|file| !file.ends_with("scenario.schema.json"));
        let scenarios = read.filter(|file| file.extension().is_some_and(|it| it == "json"));
        scenarios
            .map(|file| {
                let scenario = Scenario::from_file(file, catalogue).unwrap();
                Scenario { expectations: Vec::new(), ..scenario.plan(3).to_scenario() }
            })
            .map(|mut scenario| {
                scenario.workloads.iter_mut().for_each(|each| each.claims.clear());
                keep_operations(&mut scenario, |place| place < 5);
                scenario
            })
            .collect()
    }

    #[track_caller]
    fn makes_sense(scenario: &Scenario, catalogue: &Catalogue, what: &str) {
        if let Err(error) = scenario.to_json(catalogue) {
            panic!("{}: {what}: {error}", scenario.name);
        }
    }

    #[test]
    fn what_speaks_of_a_node_goes_with_it() {
        let catalogue = Programs::builtin().catalogue();
        for plan in plans(&catalogue) {
            for node in &plan.nodes {
                let others = plan.nodes.iter().map(|other| other.name);
                let others = others.filter(|other| *other != node.name).map(Some);
                for stand_in in [None].into_iter().chain(others) {
                    let mut less = plan.clone();
                    remove_node(&mut less, node.name, stand_in);
                    assert_eq!(less.nodes.len(), plan.nodes.len() - 1);
                    let text = format!("{:?}", (&less.applications, &less.faults, &less.nodes));
                    assert!(!text.contains(node.name.as_str()), "{text}");
                    if stand_in.is_some() {
                        assert_eq!(less.applications.len(), plan.applications.len());
                    }
                    makes_sense(&less, &catalogue, node.name.as_str());
                }
            }
        }
    }

    #[test]
    fn what_speaks_of_an_application_goes_with_it() {
        let catalogue = Programs::builtin().catalogue();
        for plan in plans(&catalogue) {
            for application in &plan.applications {
                let mut less = plan.clone();
                remove_application(&mut less, application.name);
                assert_eq!(less.applications.len(), plan.applications.len() - 1);
                makes_sense(&less, &catalogue, application.name.as_str());
            }
        }
    }

    #[test]
    fn without_sites_their_hosts_are_struck_one_by_one() {
        let catalogue = Programs::builtin().catalogue();
        let text = r#"{ "duration": "60s",
            "hosts": { "x": { "site": "east" }, "y": { "site": "east" }, "z": { "site": "west" } },
            "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" }, "c@z": { "host": "z" } },
            "network": { "between_sites": { "latency": "40ms" } },
            "applications": { "http": { "nodes": ["a@x", "c@z"] } },
            "workload": { "users": { "client": "chat_user", "on": "b@y", "affinity": "prefer_site",
                                     "operations": [] } },
            "faults": [{ "at": "1s", "crash_site": "east", "restart_after": "5s" },
                       { "at": "20s", "isolate": "west" }] }"#;
        let scenario = Scenario::parse(text, "sites.json", &catalogue).unwrap();
        let mut less = scenario.clone();
        remove_sites(&mut less);
        makes_sense(&less, &catalogue, "no sites");
        let left: Vec<String> = less.faults.iter().map(|fault| fault.fault.to_string()).collect();
        let cut = "network cut: c@z | a@x, b@y";
        assert_eq!(left, ["host x loses power", "host y loses power", cut]);
        assert!(less.faults[1].undo.is_some());
        // A site that loses one of its hosts has the other.
        let mut less = scenario;
        remove_node(&mut less, Atom::new("a@x"), None);
        makes_sense(&less, &catalogue, "a site of one host");
        assert_eq!(less.faults[0].fault.to_string(), "site east loses power");
    }

    #[test]
    fn a_heal_goes_with_its_partition() {
        let catalogue = Programs::builtin().catalogue();
        let text = r#"{ "duration": "60s", "hosts": { "h": {} },
            "nodes": { "a@h": { "host": "h" }, "b@h": { "host": "h" } },
            "faults": [{ "at": "1s", "partition": [["a@h"], ["b@h"]] }, { "at": "2s", "crash": "a@h" },
                       { "at": "3s", "heal": 0 }, { "at": "4s", "heal": "all" }] }"#;
        let mut scenario = Scenario::parse(text, "heal.json", &catalogue).unwrap();
        keep_faults(&mut scenario, |place| place > 0);
        let left: Vec<String> =
            scenario.faults.iter().map(|fault| fault.fault.to_string()).collect();
        assert_eq!(left, ["a@h crashes", "all cuts healed"]);
    }
}
