//! A node as the runtime holds it, and its settings.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::clock::{Clock, Follows};
use super::disk::Disk;
use super::node_monitor::Subscriber;
use super::release::OtpRelease;
use super::service_manager::{RestartPolicy, ServiceManager};
use super::signal::Body;
use super::slots::SlotId;
use super::ticktime::Ticktime;
use crate::atom;
use crate::engine::network::{Delay, HostId, NodeId, Peers, Registration};
use crate::engine::rng::Family;
use crate::engine::term::{Atom, AtomMap, Incarnation, Pid};
use crate::engine::time::Time;
use crate::spelling::words;

/// The settings of a node, named as Erlang's command line and kernel parameters name them.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings of Erlang's own")]
pub struct NodeConfig {
    /// Its full name, `name@host`.
    pub name: Atom,
    /// The host that it runs on.
    pub host: HostId,
    /// The release of Erlang/OTP that it runs.
    pub otp: OtpRelease,
    /// The cookie that it uses towards all nodes.
    pub cookie: Atom,
    /// It takes part in a cluster from its boot on (`-name`); otherwise it is `nonode@nohost`.
    pub alive: bool,
    /// It stays out of other nodes' `nodes()` (`-hidden`).
    pub hidden: bool,
    /// Nodes that know a common node connect to each other (`-connect_all`).
    pub connect_all: bool,
    /// Signals to a node that is not connected make a connection (`dist_auto_connect`).
    pub auto_connect: AutoConnect,
    /// A node that has lost one peer is disconnected by the others
    /// (`prevent_overlapping_partitions`).
    pub prevent_overlapping_partitions: bool,
    /// A peer that is silent for this time is down, give or take a quarter (B26).
    pub net_ticktime: Duration,
    /// The longest time that an attempt to connect takes (B4).
    pub net_setuptime: Duration,
    /// The nodes without which it does not start (F2).
    pub sync_nodes_mandatory: Vec<Atom>,
    /// Other nodes that it waits for at its start.
    pub sync_nodes_optional: Vec<Atom>,
    /// The time that it waits for them. With zero it waits for none of them, as an Erlang node without
    /// `sync_nodes_timeout` does.
    pub sync_nodes_timeout: Duration,
    /// A process that sends to a peer is suspended while this many bytes wait to reach that peer
    /// (`+zdbbl`, `dist_buf_busy_limit`, A7).
    pub dist_buf_busy_limit: usize,
    /// The policy by which it is started again when it has gone down; without one it stays down.
    pub restart: Option<RestartPolicy>,
    /// The time that its disk takes for a sync.
    pub fsync: Delay,
}

/// The policy by which a node connects to the nodes that it sends to (B8, B9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoConnect {
    /// Whenever there is no connection.
    #[default]
    Always,
    /// Until a connection to the peer has gone down; an attempt that fails does not count.
    Once,
    /// Never: a program has to ask for the connection.
    Never,
}

words!(AutoConnect { Always => "true", Never => "never", Once => "once" });

impl NodeConfig {
    /// The settings of a node with Erlang's defaults, and the cookie `nodedown`.
    pub fn new(name: &str, host: HostId) -> NodeConfig {
        NodeConfig {
            name: Atom::new(name),
            host,
            otp: OtpRelease::default(),
            cookie: atom!("nodedown"),
            alive: true,
            hidden: false,
            connect_all: true,
            auto_connect: AutoConnect::Always,
            prevent_overlapping_partitions: true,
            net_ticktime: Duration::from_mins(1),
            net_setuptime: Duration::from_secs(7),
            sync_nodes_mandatory: Vec::new(),
            sync_nodes_optional: Vec::new(),
            sync_nodes_timeout: Duration::ZERO,
            dist_buf_busy_limit: 1 << 20,
            restart: None,
            fsync: Delay::Constant(Duration::from_millis(2)),
        }
    }
}

/// Makes the body of the process that a node runs when it starts.
pub(super) type Boot = Rc<dyn Fn(Pid, NodeId) -> Body>;

/// The number of starts of a node: the creation in the identifiers of its processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Creation(pub u32);

/// The progress of a stop in order (`init:stop()`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopping {
    No,
    InOrder,
    /// It has been told to start meanwhile, which it does when it has stopped.
    ThenStarting,
}

/// The part that a node takes in the distribution.
///
/// A node that is not alive is `nonode@nohost` to its own processes, and no other node can ask. In the
/// simulated world, where several nodes may not be alive, it keeps its own name: traces print it, and
/// other nodes know its processes by it once the node is alive. That is also why a node can become
/// alive only once in an incarnation: at each `net_kernel:start` Erlang gives all processes of the
/// node new identities, and those here keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alive {
    /// From its boot on.
    FromBoot,
    /// Not yet, or not again yet: `net_kernel` has ended.
    NotYet,
    /// Since `net_kernel:start/1`.
    Started,
    /// No longer, since `net_kernel:stop/0`.
    Stopped,
}

pub(super) struct Node {
    pub config: Rc<NodeConfig>,
    pub boot: Option<Boot>,
    pub up: bool,
    pub alive: Alive,
    pub paused: bool,
    pub stopping: Stopping,
    pub creation: Creation,
    pub incarnation: Incarnation,
    pub init: Option<Pid>,
    pub processes: Vec<SlotId>,
    /// The number of processes that it has had, in all incarnations.
    pub spawned: u32,
    /// The random numbers of its processes: a stream for each.
    pub draws: Family,
    pub names: AtomMap<SlotId>,
    /// By their numbers.
    pub aliases: HashMap<u64, SlotId, FxBuildHasher>,
    pub subscribers: Vec<Subscriber>,
    /// The only nodes that its connections are visible to, if there are such (`global_groups`, B16).
    pub published_to: Option<BTreeSet<Atom>>,
    /// The peers that it knows, each with the number of the latest connection to it: 0 before the
    /// first.
    pub known: Peers<u32>,
    /// The number of connections that it has had.
    pub connected: u32,
    /// Peers to which it had a connection that went down, for [`AutoConnect::Once`].
    pub barred: BTreeSet<NodeId>,
    /// Processes whose turn has come while it was paused.
    pub held: Vec<SlotId>,
    pub work_percent: u32,
    pub ticktime: Ticktime,
    pub clock: Clock,
    pub disk: Disk,
    /// The node whose files of bytes it uses, if they are not its own: it was started by a program on
    /// the same host.
    pub files_of: Option<NodeId>,
    pub locals: BTreeMap<TypeId, Rc<dyn Any>>,
    pub listener: Option<Pid>,
    /// The processes that are told when its operating-system process ends, on whichever node.
    pub parents: Vec<Pid>,
    pub service_manager: ServiceManager,
    /// It was up when its host lost power, or about to be started again.
    pub lost_power: bool,
}

impl Node {
    /// A node that is down.
    pub(super) fn new(config: NodeConfig, draws: Family) -> Node {
        let follows = if config.otp.warps_time() { Follows::AtOnce } else { Follows::Slowly };
        Node {
            boot: None,
            up: false,
            alive: Alive::FromBoot,
            paused: false,
            stopping: Stopping::No,
            creation: Creation::default(),
            incarnation: Incarnation::new(config.name, 0),
            init: None,
            processes: Vec::new(),
            spawned: 0,
            draws,
            names: AtomMap::default(),
            aliases: HashMap::default(),
            subscribers: Vec::new(),
            published_to: None,
            known: Peers::default(),
            connected: 0,
            barred: BTreeSet::new(),
            held: Vec::new(),
            work_percent: 100,
            ticktime: Ticktime::new(config.net_ticktime),
            clock: Clock::new(follows),
            disk: Disk::default(),
            files_of: None,
            locals: BTreeMap::new(),
            listener: None,
            parents: Vec::new(),
            service_manager: ServiceManager::default(),
            lost_power: false,
            config: Rc::new(config),
        }
    }

    /// Its operating-system process starts: a new incarnation.
    pub(super) fn start(&mut self, now: Time) {
        self.creation.0 += 1;
        self.clock.start(now);
        self.up = true;
        self.alive = if self.config.alive { Alive::FromBoot } else { Alive::NotYet };
        self.paused = false;
        self.lost_power = false;
        self.ticktime = Ticktime::new(self.config.net_ticktime);
        self.incarnation = Incarnation::new(self.config.name, self.creation.0);
    }

    /// Its operating-system process ends, and with it everything but its disk and its clocks.
    pub(super) fn clear(&mut self) {
        self.up = false;
        self.paused = false;
        self.stopping = Stopping::No;
        self.init = None;
        self.names.clear();
        self.aliases.clear();
        self.subscribers.clear();
        self.published_to = None;
        self.known.clear();
        self.connected = 0;
        self.barred.clear();
        self.held.clear();
        self.listener = None;
    }

    /// Returns whether it takes part in the distribution.
    pub(super) const fn is_alive(&self) -> bool {
        matches!(self.alive, Alive::FromBoot | Alive::Started)
    }

    /// Its registration with the port mapper.
    pub(super) const fn registration(&self) -> Registration {
        if self.is_alive() { Registration::Registered } else { Registration::Unregistered }
    }

    /// Returns whether it hides its connection to a peer.
    pub(super) fn hides_from(&self, peer: Atom) -> bool {
        self.config.hidden
            || self.published_to.as_ref().is_some_and(|published| !published.contains(&peer))
    }

    /// Its name in the world.
    pub(super) fn name(&self) -> Atom {
        self.config.name
    }

    /// `node()`.
    pub(super) fn own_name(&self) -> Atom {
        if self.is_alive() { self.name() } else { atom!("nonode@nohost") }
    }

    /// Returns whether it can name another node at all (A44): one that is not alive knows only
    /// itself.
    pub(super) fn can_name(&self, name: Atom) -> bool {
        self.is_alive() || name == self.own_name()
    }
}
