//! A cluster that is set up by hand: the chat system on five nodes, and users on a sixth.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::consistency::history::{Action, History, Outcome, Recorder};
use crate::engine::network::NodeId;
use crate::engine::runtime::{NodeConfig, World, WorldConfig};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::Time;
use crate::otp::application::RestartType;
use crate::otp::kernel::{self, BootApplication, BootConfig, BootMode, Distributed};
use crate::scenario::services::{
    Affinity, ClientSetup, Directory, DirectoryEntry, Programs, ReportSink, ServiceSetup, Transport,
};
use crate::{atom, tuple};

/// The differences of a cluster from the usual one.
pub(super) struct Options {
    pub(super) seed: u64,
    pub(super) transport: Transport,
    pub(super) database: Value,
    pub(super) database_nodes: Vec<&'static str>,
    pub(super) http: Value,
    pub(super) user: Value,
    pub(super) users: u32,
    pub(super) timeout: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            seed: 1,
            transport: Transport::Distribution,
            database: json!({}),
            database_nodes: vec!["db1@a", "db2@b"],
            http: json!({}),
            user: json!({ "servers": ["web1@a"] }),
            users: 4,
            timeout: Duration::from_secs(5),
        }
    }
}

/// The nodes with their hosts.
const NODES: [(&str, &str); 6] = [
    ("db1@a", "a"),
    ("db2@b", "b"),
    ("web1@a", "a"),
    ("web2@b", "b"),
    ("ops@b", "b"),
    ("user@o", "o"),
];

/// The time by which everything is up.
const READY: Duration = Duration::from_secs(3);

pub(super) struct Cluster {
    pub(super) world: World,
    pub(super) report: ReportSink,
    nodes: BTreeMap<&'static str, NodeId>,
    recorder: Recorder,
    users: Vec<Pid>,
    asked: i64,
}

impl Cluster {
    /// A cluster whose users wait to be told what to do.
    pub(super) fn start(options: &Options) -> Cluster {
        let world = World::new(WorldConfig { seed: options.seed, ..WorldConfig::default() });
        let hosts: BTreeMap<&str, _> =
            ["a", "b", "o"].into_iter().map(|host| (host, world.add_host(host))).collect();
        let report = ReportSink::default();
        let directory = Rc::new(directory(options));
        let mut nodes = BTreeMap::new();
        for (name, host) in NODES {
            let config = node_config(name, hosts[host]);
            let node = world.add_node(config);
            let boot = boot_config(options, &directory, &report, Atom::new(name));
            world.set_boot(node, kernel::boot(Rc::new(boot)));
            world.start_node(node);
            nodes.insert(name, node);
        }
        world.run_until(Time::ZERO + READY);
        let recorder = Recorder::default();
        let mut cluster = Cluster { world, report, nodes, recorder, users: Vec::new(), asked: 0 };
        cluster.start_users(options, &directory);
        cluster
    }

    fn start_users(&mut self, options: &Options, directory: &Rc<Directory>) {
        for client in 0..options.users {
            let setup = ClientSetup {
                workload: atom!("users"),
                client,
                clients: options.users,
                node: atom!("user@o"),
                affinity: Affinity::None,
                config: options.user.clone(),
                timeout: options.timeout,
                transport: options.transport,
                directory: Rc::clone(directory),
                history: self.recorder.clone(),
                report: self.report.clone(),
            };
            let programs = Programs::builtin();
            let start = programs.client("chat_user").unwrap().start(setup);
            self.users.push(self.world.spawn(self.nodes["user@o"], "chat_user", start));
        }
    }

    pub(super) fn node(&self, name: &str) -> NodeId {
        self.nodes[name]
    }

    /// Tells the users in turn to do something every so often, for a while.
    pub(super) fn operate(&mut self, mix: &[&str], every_ms: u64, for_ms: u64) {
        for index in 0..for_ms / every_ms {
            self.tell(mix[index as usize % mix.len()]);
            self.world.run_for(Duration::from_millis(every_ms));
        }
    }

    /// Tells the next user to do something.
    pub(super) fn tell(&mut self, operation: &str) {
        let user = self.users[self.asked as usize % self.users.len()];
        let draw = self.asked.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let name = Atom::new(operation);
        self.world.send_to(user, tuple![atom!("operation"), name, self.asked, draw]);
        self.asked += 1;
    }

    /// Lets time pass, then has the first user look at what is left.
    pub(super) fn close(&self, after_ms: u64) -> History {
        self.world.run_for(Duration::from_millis(after_ms));
        for user in &self.users {
            self.world.send_to(*user, atom!("closing"));
        }
        self.world.run_for(Duration::from_secs(10));
        self.recorder.history()
    }

    pub(super) fn crash(&self, node: &str) {
        self.world.crash_node(self.node(node));
    }

    pub(super) fn restart(&self, node: &str) {
        self.world.start_node(self.node(node));
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let line = |line: crate::scenario::services::ReportLine| {
            format!("{} {} {}: {}", line.at, line.node, line.application, line.text)
        };
        self.report.take().into_iter().map(line).collect()
    }
}

fn node_config(name: &str, host: crate::engine::network::HostId) -> NodeConfig {
    let serving = NODES.iter().map(|(name, _)| *name).filter(|name| *name != "user@o");
    let hidden = name == "user@o";
    let others = serving.filter(|other| *other != name && !hidden).map(Atom::new);
    NodeConfig {
        hidden,
        net_ticktime: Duration::from_secs(4),
        sync_nodes_optional: others.collect(),
        sync_nodes_timeout: Duration::from_secs(1),
        ..NodeConfig::new(name, host)
    }
}

fn directory(options: &Options) -> Directory {
    let entry = |name: &str, nodes: &[&str]| DirectoryEntry {
        name: Atom::new(name),
        service: Atom::new(name),
        nodes: nodes.iter().map(|node| Atom::new(node)).collect(),
    };
    Directory::new(vec![
        entry("database", &options.database_nodes),
        entry("http", &["web1@a", "web2@b"]),
        entry("log", &["ops@b"]),
        entry("analytics", &["ops@b"]),
        entry("reporting", &["ops@b"]),
    ])
}

fn boot_config(
    options: &Options,
    directory: &Rc<Directory>,
    report: &ReportSink,
    node: Atom,
) -> BootConfig {
    let (mut boot, programs) = (BootConfig::default(), Programs::builtin());
    for entry in directory.entries().iter().filter(|entry| entry.nodes.contains(&node)) {
        let service = programs.service(entry.service.as_str()).unwrap();
        let config = match entry.service.as_str() {
            "database" => options.database.clone(),
            "http" => options.http.clone(),
            _ => json!({}),
        };
        let setup = ServiceSetup {
            name: entry.name,
            config,
            transport: options.transport,
            nodes: entry.nodes.clone(),
            directory: Rc::clone(directory),
            report: report.clone(),
        };
        let mode = BootMode::Start(RestartType::Temporary);
        let specs = [service.companion(&setup), Some(service.application(&setup))];
        let specs = specs.into_iter().flatten();
        boot.applications.extend(specs.map(|spec| BootApplication { spec, mode }));
        if entry.service.as_str() == "database" {
            boot.distributed.push(Distributed {
                application: entry.name,
                timeout: Some(Duration::from_millis(300)),
                nodes: entry.nodes.iter().map(|node| vec![*node]).collect(),
            });
        }
    }
    boot
}

/// The outcomes of the posts of a history, compared with the last read of each room.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) operations: usize,
    pub(super) acknowledged: usize,
    pub(super) failed: usize,
    pub(super) unknown: usize,
    /// Acknowledged posts that are not there.
    pub(super) lost: usize,
    /// Posts that are there more than once.
    pub(super) doubled: usize,
}

pub(super) fn tally(history: &History) -> Tally {
    let mut last_reads: BTreeMap<Term, Vec<Term>> = BTreeMap::new();
    for operation in history.operations().iter().filter(|found| found.action == Action::Read) {
        if let Some(texts) = operation.answer().and_then(Term::as_list) {
            last_reads.insert(operation.key.clone(), texts.to_vec());
        }
    }
    let mut tally = Tally { operations: history.operations().len(), ..Tally::default() };
    for operation in history.operations().iter().filter(|found| found.action == Action::Append) {
        let texts = last_reads.get(&operation.key).map(Vec::as_slice).unwrap_or_default();
        let times = texts.iter().filter(|text| **text == operation.value).count();
        tally.doubled += usize::from(times > 1);
        match operation.completion.as_ref().map(|completion| &completion.outcome) {
            Some(Outcome::Ok(_)) => {
                tally.acknowledged += 1;
                tally.lost += usize::from(times == 0);
            }
            Some(Outcome::Failed(_)) => tally.failed += 1,
            Some(Outcome::Unknown(_)) | None => tally.unknown += 1,
        }
    }
    tally
}
