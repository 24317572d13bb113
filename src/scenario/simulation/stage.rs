//! The world of a scenario before anything has happened.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::upkeep;
use crate::consistency::history::Recorder;
use crate::engine::network::{HostId, NodeId};
use crate::engine::runtime::{NodeConfig, World, WorldConfig};
use crate::engine::term::Atom;
use crate::engine::time::Timeout;
use crate::engine::trace::Detail;
use crate::otp::application::RestartType;
use crate::otp::kernel::{self, BootApplication, BootConfig, BootMode, Distributed};
use crate::scenario::fault::Trigger;
use crate::scenario::services::{Directory, DirectoryEntry, Programs, ReportSink, ServiceSetup};
use crate::scenario::{ApplicationConfig, Placement, Plan, Scenario, ScheduledFault};

/// The world of a scenario before anything has happened.
pub(super) struct Stage {
    pub world: World,
    pub nodes: BTreeMap<Atom, NodeId>,
    pub directory: Rc<Directory>,
    pub recorder: Recorder,
    pub reports: ReportSink,
}

impl Stage {
    pub(super) fn set(plan: &Plan, programs: &Programs, detail: Detail) -> Stage {
        let scenario = &plan.scenario;
        // Faults that hang on events are set off by the records of the story.
        let hangs = |fault: &ScheduledFault| matches!(fault.trigger, Trigger::When(_));
        let detail = if plan.faults.iter().any(hangs) { detail.max(Detail::Story) } else { detail };
        let world = World::new(WorldConfig {
            seed: plan.seed,
            schedule: scenario.schedule,
            detail,
            event_budget: scenario.event_budget,
            same_host: scenario.network.same_host.clone(),
            between_hosts: scenario.network.between_hosts.clone(),
        });
        let hosts: BTreeMap<Atom, HostId> = scenario
            .hosts
            .iter()
            .map(|host| (host.name, world.add_host(host.name.as_str())))
            .collect();
        for host in &scenario.hosts {
            world.set_kernel(hosts[&host.name], host.kernel);
        }
        for (from, to, path) in upkeep::own_paths(scenario) {
            world.add_path(hosts[&from], hosts[&to], path.clone());
        }
        let applications = scenario.applications.iter().map(|application| DirectoryEntry {
            name: application.name,
            service: application.service,
            nodes: application.nodes().collect(),
        });
        let mut stage = Stage {
            world,
            nodes: BTreeMap::new(),
            directory: Rc::new(
                Directory::new(applications.collect()).with_places(upkeep::places(scenario)),
            ),
            recorder: Recorder::default(),
            reports: ReportSink::default(),
        };
        for node in &scenario.nodes {
            let mut config = node_config(scenario, node, hosts[&node.host]);
            let compiled = scenario.erlang.as_ref().filter(|_| node.code.is_erlang());
            let compiled = compiled.map(|erlang| {
                let mut boot = erlang.boot(node, plan.seed);
                boot.start_delay = node.start_delay;
                boot.reconnect = upkeep::reconnect(scenario, node);
                boot
            });
            if let Some(boot) = &compiled {
                // What is wrong with the settings has been said when they were read.
                let _ = boot.configure(&mut config);
            }
            let id = stage.world.add_node(config);
            let boot = match compiled {
                Some(boot) => Rc::new(boot).program(),
                None => kernel::boot(Rc::new(stage.boot_config(plan, programs, node.name))),
            };
            stage.world.set_boot(id, boot);
            stage.nodes.insert(node.name, id);
        }
        stage
    }

    /// The boot configuration of a node: the applications that may run on it, each after its
    /// companion, and the kernel's list of the distributed ones.
    fn boot_config(&self, plan: &Plan, programs: &Programs, node: Atom) -> BootConfig {
        let scenario = &plan.scenario;
        let mut boot = upkeep::boot(scenario, node);
        for application in &scenario.applications {
            if !application.nodes().any(|found| found == node) {
                continue;
            }
            let service = programs.service(application.service.as_str());
            let service = service.unwrap_or_else(|| panic!("no service {}", application.service));
            let setup = self.service_setup(plan, application);
            let mut spec = service
                .application(&setup)
                .depends_on(present(scenario, application, node).map(|dependency| dependency.name));
            if let Some(companion) = service.companion(&setup) {
                spec = spec.depends_on([companion.name]);
                let mode = BootMode::Start(RestartType::Temporary);
                boot.applications.push(BootApplication { spec: companion, mode });
            }
            let mode = BootMode::Start(application.restart);
            boot.applications.push(BootApplication { spec, mode });
            boot.distributed.extend(distributed(application));
        }
        boot
    }

    fn service_setup(&self, plan: &Plan, application: &ApplicationConfig) -> ServiceSetup {
        ServiceSetup {
            name: application.name,
            config: application.config.clone(),
            transport: plan.transport,
            nodes: application.nodes().collect(),
            directory: Rc::clone(&self.directory),
            report: self.reports.clone(),
        }
    }
}

/// The dependencies of an application that run on the same node; those elsewhere are not the
/// business of the node's application controller.
fn present<'a>(
    scenario: &'a Scenario,
    application: &'a ApplicationConfig,
    node: Atom,
) -> impl Iterator<Item = &'a ApplicationConfig> {
    let dependencies =
        scenario.applications.iter().filter(|other| application.depends_on.contains(&other.name));
    dependencies.filter(move |other| other.nodes().any(|found| found == node))
}

fn distributed(application: &ApplicationConfig) -> Option<Distributed> {
    match &application.placement {
        Placement::Each(_) => None,
        Placement::Distributed { preference, timeout } => Some(Distributed {
            application: application.name,
            timeout: match timeout {
                Timeout::After(timeout) => Some(*timeout),
                Timeout::Infinity => None,
            },
            nodes: preference.clone(),
        }),
    }
}

fn node_config(scenario: &Scenario, node: &crate::scenario::NodeSpec, host: HostId) -> NodeConfig {
    NodeConfig {
        otp: node.otp,
        cookie: node.cookie,
        hidden: node.hidden,
        connect_all: node.connect_all,
        auto_connect: node.dist_auto_connect,
        prevent_overlapping_partitions: node.prevent_overlapping_partitions,
        net_ticktime: node.net_ticktime,
        net_setuptime: scenario.network.net_setuptime,
        restart: node.restart,
        sync_nodes_mandatory: node.sync_nodes_mandatory.clone(),
        sync_nodes_optional: node.sync_nodes_optional.clone(),
        sync_nodes_timeout: match node.sync_nodes_timeout {
            Some(Timeout::After(timeout)) => timeout,
            Some(Timeout::Infinity) => Duration::MAX,
            None => Duration::ZERO,
        },
        ..NodeConfig::new(node.name.as_str(), host)
    }
}
