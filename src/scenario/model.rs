//! What a scenario file says, resolved: every name known, every default filled in.

use std::time::Duration;

use serde_json::Value;

use crate::document::shape::Rate;
use crate::engine::network::{Kernel, PathConfig};
use crate::engine::runtime::{AutoConnect, OtpRelease, RestartPolicy, Schedule};
use crate::engine::term::Atom;
use crate::engine::time::Timeout;
use crate::otp::application::RestartType;
use crate::scenario::fault::{Fault, Trigger};
use crate::scenario::services::Affinity;
use crate::scenario::services::transport::Transport;

use super::chaos::Chaos;
use super::invariant::Invariant;
use super::plan::PlannedOperation;
use crate::document::diagnostic::Diagnostics;

/// A scenario that makes sense: a cluster, what happens to it, and what is expected of it.
///
/// Hosts, nodes, applications and workloads are in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// One line for people; the name of the file if it says nothing.
    pub name: String,
    /// Some sentences for people; may be empty.
    pub description: String,
    /// The seed of a run that is given no other.
    pub seed: u64,
    /// The length of a run, in virtual time.
    pub duration: Duration,
    /// The number of events after which a run is given up.
    pub event_budget: u64,
    /// Who goes first among the processes that are ready at one instant.
    pub schedule: Schedule,
    /// The machines.
    pub hosts: Vec<HostConfig>,
    /// The Erlang nodes on them.
    pub nodes: Vec<NodeConfig>,
    /// The cables between them.
    pub network: NetworkConfig,
    /// How services talk to each other. With more than one, the scenario is run once with each.
    pub transports: Vec<Transport>,
    /// What runs on the nodes.
    pub applications: Vec<ApplicationConfig>,
    /// Who uses it.
    pub workloads: Vec<WorkloadConfig>,
    /// What goes wrong, in the order of the file.
    pub faults: Vec<ScheduledFault>,
    /// What goes wrong by lot, within limits.
    pub chaos: Option<Chaos>,
    /// What must hold all the same.
    pub expectations: Vec<Expectation>,
    /// The verdict that the run is meant to end in.
    pub expected_verdict: ExpectedVerdict,
    /// What looks odd in the file, but keeps nobody from running it.
    pub warnings: Diagnostics,
}

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

/// One Erlang node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeConfig {
    /// Its full name, with an `@`.
    pub name: Atom,
    /// The machine that it runs on.
    pub host: Atom,
    /// The release of Erlang/OTP that it runs; the scenario's unless it has its own.
    pub otp: OtpRelease,
    /// The secret that it shares with the nodes it can connect to.
    pub cookie: Atom,
    /// Whether it keeps out of the full mesh (`-hidden`).
    pub hidden: bool,
    /// The silence after which it gives a connection up; the network's unless it has its own.
    pub net_ticktime: Duration,
    /// Whether it connects to the nodes that its peers are connected to.
    pub connect_all: bool,
    /// Whether using a remote name makes a connection.
    pub dist_auto_connect: AutoConnect,
    /// Whether `global` disconnects nodes so that partitions do not overlap.
    pub prevent_overlapping_partitions: bool,
    /// The nodes that it waits for at its start, and does not start without.
    pub sync_nodes_mandatory: Vec<Atom>,
    /// The nodes that it waits for at its start, and starts without after a while.
    pub sync_nodes_optional: Vec<Atom>,
    /// How long it waits for them; nothing means that it does not wait, whatever the lists say.
    pub sync_nodes_timeout: Option<Timeout>,
    /// Whether it connects again by itself to the nodes that it has lost.
    pub reconnect: Option<Reconnect>,
    /// Whether it is started again when it has gone down.
    pub restart: Option<RestartPolicy>,
    /// How long it takes at its start until it starts its applications.
    pub start_delay: Duration,
    /// When it is started.
    pub starts_at: Duration,
}

impl NodeConfig {
    /// Whether it waits at its start for that node.
    #[must_use]
    pub fn waits_for(&self, node: Atom) -> bool {
        let mut all = self.sync_nodes_mandatory.iter().chain(&self.sync_nodes_optional);
        self.sync_nodes_timeout.is_some() && all.any(|other| *other == node)
    }
}

/// A node that connects by itself to the nodes that it is not connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// The time between two rounds of attempts.
    pub every: Duration,
    /// To which nodes; nothing means all that are not hidden and have its cookie.
    pub to: Option<Vec<Atom>>,
}

/// The cables, and how nodes use them.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkConfig {
    /// The silence after which a connection is given up, for nodes that do not say.
    pub net_ticktime: Duration,
    /// The time that setting a connection up may take.
    pub net_setuptime: Duration,
    /// How often nodes connect by themselves to those that they have lost, if they do not say and are
    /// not hidden; nothing means that they do not.
    pub reconnect: Option<Duration>,
    /// The path from a host to itself.
    pub same_host: PathConfig,
    /// The path between two hosts, unless it is one of [`paths`](Self::paths).
    pub between_hosts: PathConfig,
    /// The path between two hosts of different sites; nothing means that it is as between any two.
    pub between_sites: Option<PathConfig>,
    /// The paths that are different, one way each. A later one replaces an earlier one.
    pub paths: Vec<HostPath>,
}

impl NetworkConfig {
    /// What the path from one of these hosts to another (or the same) is like.
    #[must_use]
    pub fn path(&self, hosts: &[HostConfig], from: Atom, to: Atom) -> &PathConfig {
        let own = self.paths.iter().rev().find(|path| path.from == from && path.to == to);
        let usual = || if from == to { &self.same_host } else { self.between(hosts, from, to) };
        own.map_or_else(usual, |path| &path.path)
    }

    /// What the path between two of these hosts is like if it is none of its own.
    pub(super) fn between(&self, hosts: &[HostConfig], from: Atom, to: Atom) -> &PathConfig {
        let between_sites = self.between_sites.as_ref().filter(|_| are_apart(hosts, from, to));
        between_sites.unwrap_or(&self.between_hosts)
    }
}

/// Whether two hosts are known to be of different sites.
fn are_apart(hosts: &[HostConfig], one: Atom, other: Atom) -> bool {
    let site = |name| hosts.iter().find(|host| host.name == name).and_then(|host| host.site);
    matches!((site(one), site(other)), (Some(one), Some(other)) if one != other)
}

/// The path from one host to another, one way.
#[derive(Clone, Debug, PartialEq)]
pub struct HostPath {
    /// Where it begins.
    pub from: Atom,
    /// Where it ends.
    pub to: Atom,
    /// What it is like.
    pub path: PathConfig,
}

/// One application: a service that is started and stopped as a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationConfig {
    /// Its name in the cluster.
    pub name: Atom,
    /// The program that it runs, as the catalogue calls it.
    pub service: Atom,
    /// The program's settings, with its defaults filled in.
    pub config: Value,
    /// Where it runs.
    pub placement: Placement,
    /// The applications that must be running on the node before it starts.
    pub depends_on: Vec<Atom>,
    /// What its end means for its node.
    pub restart: RestartType,
    /// How long a node that boots takes to start it, on top of its own [`NodeConfig::start_delay`].
    pub start_delay: Duration,
}

impl ApplicationConfig {
    /// All nodes that may run it, those it prefers first.
    pub fn nodes(&self) -> impl Iterator<Item = Atom> {
        let (local, distributed) = match &self.placement {
            Placement::Each(nodes) => (nodes.as_slice(), [].as_slice()),
            Placement::Distributed { preference, .. } => ([].as_slice(), preference.as_slice()),
        };
        local.iter().chain(distributed.iter().flatten()).copied()
    }
}

/// Where an application runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On each of these nodes, on its own.
    Each(Vec<Atom>),
    /// On one node at a time, as a distributed application.
    Distributed {
        /// The nodes, those it prefers first; those of an inner list are as good as each other.
        preference: Vec<Vec<Atom>>,
        /// How long the others wait for a lost node to come back before one takes over.
        timeout: Timeout,
    },
}

/// Clients of one kind, and what they do.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadConfig {
    /// Its name in the scenario.
    pub name: Atom,
    /// The program of its clients, as the catalogue calls it.
    pub client: Atom,
    /// The nodes of the clients, dealt out in turn.
    pub on: Vec<Atom>,
    /// The number of clients.
    pub count: u32,
    /// What they do.
    pub load: Load,
    /// When the clients start, and the first operation may begin.
    pub from: Duration,
    /// When no more operations begin.
    pub until: Duration,
    /// How long a client waits for an answer.
    pub timeout: Duration,
    /// Which instances of services the clients use.
    pub affinity: Affinity,
    /// What the service claims of what its clients see; nothing if it claims nothing by name.
    pub claims: Vec<Consistency>,
    /// The program's settings, with its defaults filled in.
    pub config: Value,
}

impl WorkloadConfig {
    /// The node of the client with this number, counted from 0.
    #[must_use]
    pub fn node_of(&self, client: u32) -> Atom {
        self.on[client as usize % self.on.len()]
    }
}

/// What clients do.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// Operations that a seed draws.
    Drawn {
        /// How often one of the clients begins an operation, all together.
        rate: Rate,
        /// How the operations are spread over time.
        arrivals: Arrivals,
        /// The operations with their weights, of which one is above 0.
        mix: Vec<(Atom, f64)>,
    },
    /// These operations, whatever the seed.
    Explicit(Vec<PlannedOperation>),
}

/// What a service may claim of what its users see. `nodedown::consistency::claims` and the models of
/// `nodedown::check` say what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consistency {
    /// Each operation takes effect at an instant between its beginning and its end.
    Linearizable,
    /// The operations of each client take effect in their order.
    Sequential,
    /// A client sees what it has written.
    ReadYourWrites,
    /// A client sees what it has seen.
    MonotonicReads,
    /// What a client writes is in its order.
    MonotonicWrites,
    /// What a client writes comes after what it has seen.
    WritesFollowReads,
    /// All come to see the same.
    Eventual,
    /// Nothing takes effect twice.
    AtMostOnce,
    /// Everything that was acknowledged takes effect.
    AtLeastOnce,
}

impl Consistency {
    /// All of them, with the name that each has in files.
    pub const NAMES: [(Consistency, &str); 9] = [
        (Consistency::Linearizable, "linearizable"),
        (Consistency::Sequential, "sequential"),
        (Consistency::ReadYourWrites, "read_your_writes"),
        (Consistency::MonotonicReads, "monotonic_reads"),
        (Consistency::MonotonicWrites, "monotonic_writes"),
        (Consistency::WritesFollowReads, "writes_follow_reads"),
        (Consistency::Eventual, "eventual"),
        (Consistency::AtMostOnce, "at_most_once"),
        (Consistency::AtLeastOnce, "at_least_once"),
    ];

    /// What a history is that bears it out: `sequentially consistent`.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Consistency::Linearizable => "linearizable",
            Consistency::Sequential => "sequentially consistent",
            Consistency::ReadYourWrites => "read your writes",
            Consistency::MonotonicReads => "monotonic reads",
            Consistency::MonotonicWrites => "monotonic writes",
            Consistency::WritesFollowReads => "writes follow reads",
            Consistency::Eventual => "eventually consistent",
            Consistency::AtMostOnce => "effects at most once",
            Consistency::AtLeastOnce => "effects at least once",
        }
    }
}

/// How operations are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// As independent users do it: the gaps are exponential.
    Poisson,
    /// With the same gap each time.
    Even,
}

/// A fault with the time or the event that sets it off.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledFault {
    /// What the scenario calls it.
    pub label: Option<String>,
    /// When it strikes.
    pub trigger: Trigger,
    /// What it does.
    pub fault: Fault,
    /// How long after it what puts it right.
    pub undo: Option<(Duration, Fault)>,
}

/// Something that a run must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The users cannot tell the run from one without faults, but for answers this much later.
    Transparent {
        /// The users.
        workload: Atom,
        /// The longest that an answer may take.
        within: Duration,
    },
    /// The history has an order that the service's model accepts and that agrees with the times.
    Linearizable {
        /// The users.
        workload: Atom,
    },
    /// What was acknowledged is there afterwards.
    LostAcknowledged {
        /// The users.
        workload: Atom,
        /// How many operations may be missing.
        at_most: u32,
    },
    /// What was done once is there once.
    Duplicated {
        /// The users.
        workload: Atom,
        /// How many operations may be there twice.
        at_most: u32,
    },
    /// A distributed application runs on one node at a time.
    SingleInstance {
        /// The application.
        application: Atom,
        /// How long it may run on two.
        overlap_at_most: Duration,
    },
    /// So large a part of the operations is answered without an error.
    Availability {
        /// The users.
        workload: Atom,
        /// The least part, in parts per million.
        at_least_ppm: u32,
    },
    /// After a fault the users are served again in time.
    RecoveryTime {
        /// The users.
        workload: Atom,
        /// The longest that they may have to wait.
        at_most: Duration,
    },
    /// Something holds of the trace itself, instant by instant.
    Invariant(Invariant),
    /// The loss of a node is noticed in time.
    DetectionTime {
        /// The node.
        node: Atom,
        /// The longest that any other may take to notice.
        at_most: Duration,
    },
    /// What the users see is right, whatever else it is: late, refused, or not there at all.
    FailSafe {
        /// The users.
        workload: Atom,
    },
    /// In the end what the users see is right and in time again.
    Nonmasking {
        /// The users.
        workload: Atom,
        /// The longest that an answer may take then.
        within: Duration,
        /// How long after the last change of the world that is.
        after: Duration,
    },
    /// In the end users are served again, whatever they are told: all that they ask for is answered
    /// without an error.
    Progress {
        /// The users.
        workload: Atom,
        /// The longest that an answer may take then; nothing means as long as the clients wait.
        within: Option<Duration>,
        /// How long after the last change of the world that is.
        after: Duration,
    },
    /// What was acknowledged and is lost was not older than this when the fault struck (RPO).
    RecoveryPoint {
        /// The users.
        workload: Atom,
        /// The greatest age.
        at_most: Duration,
    },
    /// The operations that fail use up at most a part of those that may.
    ErrorBudget {
        /// The users.
        workload: Atom,
        /// The part of the operations that is to succeed, in parts per million.
        objective_ppm: u32,
        /// The greatest part of the budget that may be used up, in thousandths.
        at_most_permille: u32,
    },
    /// The slowest answers are not much slower than in the run without faults.
    P99AgainstTwin {
        /// The users.
        workload: Atom,
        /// How many times the twin's 99th percentile the run's may be, in thousandths.
        at_most_permille: u32,
    },
    /// What the service claims to these users holds.
    Claim {
        /// The users.
        workload: Atom,
        /// The claim.
        claim: Consistency,
    },
    /// Where the applications run makes no difference to the users.
    LocationTransparent {
        /// The users.
        workload: Atom,
        /// In how many other ways the applications are placed.
        placements: u32,
    },
    /// A distributed application runs on two nodes for so long in all.
    TwoPrimaries {
        /// The application.
        application: Atom,
        /// The longest time, all overlaps taken together.
        at_most: Duration,
    },
}

impl Expectation {
    /// In how many other ways the applications have to be placed.
    #[must_use]
    pub fn placements(&self) -> u32 {
        if let Expectation::LocationTransparent { placements, .. } = self { *placements } else { 0 }
    }

    /// Whether a run has to be compared with the same run without faults.
    #[must_use]
    pub fn needs_twin(&self) -> bool {
        matches!(self, Expectation::P99AgainstTwin { .. })
    }
}

/// The verdict that a run is meant to end in: lessons show failures on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedVerdict {
    /// Everything expected held.
    Pass,
    /// Something expected did not hold.
    Violated,
    /// The run did not put it to the test.
    Inconclusive,
}
