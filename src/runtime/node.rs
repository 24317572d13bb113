//! A node as the runtime holds it, and how it starts, stands still, and goes down.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;

use super::alive::Alive;
use super::clock::{Clock, Follows};
use super::disk::{Disk, Loss};
use super::events::Event;
use super::release::OtpRelease;
use super::service_manager::{End, RestartPolicy, ServiceManager};
use super::signal::{Start, Target};
use super::ticktime::Ticktime;
use super::watch::{Subscriber, Watch};
use super::world::State;
use crate::network::{Closing, Delay, EndpointConfig, HostId, NodeId, TICK_INTENSITY};
use crate::rng::Family;
use crate::term::{Atom, AtomMap, Incarnation, Pid, Term};
use crate::time::nanos;
use crate::trace::{Fact, RecordId};
use crate::{atom, tuple};

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
    /// Whether it takes part in a cluster from its boot on (`-name`); else it is `nonode@nohost`.
    pub alive: bool,
    /// Whether it stays out of other nodes' `nodes()` (`-hidden`).
    pub hidden: bool,
    /// Whether nodes that know a common node connect to each other (`-connect_all`).
    pub connect_all: bool,
    /// Whether signals to a node that is not connected connect to it (`dist_auto_connect`).
    pub auto_connect: AutoConnect,
    /// Whether a node that lost one peer is dropped by the others
    /// (`prevent_overlapping_partitions`).
    pub prevent_overlapping_partitions: bool,
    /// A peer that is silent for so long is down, give or take a quarter (B26).
    pub net_ticktime: Duration,
    /// An attempt to connect takes so long at the most (B4).
    pub net_setuptime: Duration,
    /// Nodes without which it does not start (F2).
    pub sync_nodes_mandatory: Vec<Atom>,
    /// Nodes that it waits for at its start.
    pub sync_nodes_optional: Vec<Atom>,
    /// How long it waits for them. With zero it waits for nobody, whatever the lists say, as a node
    /// of Erlang without `sync_nodes_timeout`.
    pub sync_nodes_timeout: Duration,
    /// A process that sends to a peer is suspended while so many bytes wait to reach that peer
    /// (`+zdbbl`, `dist_buf_busy_limit`, A7).
    pub dist_buf_busy_limit: usize,
    /// Whether it is started again when it has gone down; nothing means that it is not.
    pub restart: Option<RestartPolicy>,
    /// How long its disk takes to make what was written safe from a crash.
    pub fsync: Delay,
}

/// Whether a node connects by itself to the nodes that it sends to (B8, B9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoConnect {
    /// Whenever there is no connection.
    #[default]
    Always,
    /// Until a connection to the peer has gone down; an attempt that fails does not count.
    Once,
    /// Never: somebody has to ask for the connection.
    Never,
}

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

/// What a node runs when it starts.
pub type Boot = Rc<dyn Fn(super::Context) -> super::BoxedProcess>;

/// Whether a node is about to stop in order, as it has been told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopping {
    No,
    InOrder,
    /// It has been told to start since, which it does when it has stopped.
    ThenStarting,
}

pub(super) struct Node {
    pub config: Rc<NodeConfig>,
    pub boot: Option<Boot>,
    pub up: bool,
    pub alive: Alive,
    pub paused: bool,
    pub stopping: Stopping,
    pub creation: u32,
    pub incarnation: Incarnation,
    pub init: Option<Pid>,
    pub processes: Vec<u32>,
    /// How many processes it has had, in all incarnations.
    pub spawned: u32,
    /// What its processes draw from.
    pub draws: Family,
    pub names: AtomMap<u32>,
    pub aliases: BTreeMap<u64, u32>,
    pub watches: BTreeMap<NodeId, Watch>,
    pub subscribers: Vec<Subscriber>,
    pub known: BTreeSet<NodeId>,
    /// Peers to which it had a connection that went down, for [`AutoConnect::Once`].
    pub barred: BTreeSet<NodeId>,
    /// What has arrived while it stood still.
    pub deferred: VecDeque<Event>,
    pub held: Vec<u32>,
    pub work_percent: u32,
    pub ticktime: Ticktime,
    pub clock: Clock,
    pub disk: Disk,
    pub locals: BTreeMap<TypeId, Rc<dyn Any>>,
    pub listener: Option<Pid>,
    pub service_manager: ServiceManager,
    /// It was up when its host lost power, or about to be started again.
    pub lost_power: bool,
}

impl State {
    pub(super) fn add_node(&mut self, config: NodeConfig) -> NodeId {
        let id = self.network.add_node(&EndpointConfig {
            name: config.name,
            host: config.host,
            cookie: config.cookie,
            setup_time: config.net_setuptime,
            busy_limit: config.dist_buf_busy_limit,
        });
        assert!(self.node_ids.insert(config.name, id).is_none(), "two nodes {}", config.name);
        let incarnation = Incarnation::new(config.name, 0);
        let ticktime = Ticktime::new(config.net_ticktime);
        let draws = self.streams.family(&format!("process/{}", config.name));
        let follows = if config.otp.warps_time() { Follows::AtOnce } else { Follows::Slowly };
        self.nodes.push(Node {
            config: Rc::new(config),
            boot: None,
            up: false,
            alive: Alive::FromBoot,
            paused: false,
            stopping: Stopping::No,
            creation: 0,
            incarnation,
            init: None,
            processes: Vec::new(),
            spawned: 0,
            draws,
            names: AtomMap::default(),
            aliases: BTreeMap::new(),
            watches: BTreeMap::new(),
            subscribers: Vec::new(),
            known: BTreeSet::new(),
            barred: BTreeSet::new(),
            deferred: VecDeque::new(),
            held: Vec::new(),
            work_percent: 100,
            ticktime,
            clock: Clock::new(follows),
            disk: Disk::default(),
            locals: BTreeMap::new(),
            listener: None,
            service_manager: ServiceManager::default(),
            lost_power: false,
        });
        id
    }

    #[inline]
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    #[inline]
    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    pub(super) fn node_name(&self, id: NodeId) -> Atom {
        self.node(id).config.name
    }

    /// The node with this name. One that is not in the world gets a place where nothing ever runs,
    /// on the host of the node that mentions it (B4).
    pub(super) fn node_named(&mut self, name: Atom, mentioned_on: NodeId) -> NodeId {
        if let Some(id) = self.node_ids.get(name) {
            return *id;
        }
        if name == self.own_name(mentioned_on) {
            return mentioned_on;
        }
        let host = self.network.host_of(mentioned_on);
        self.add_node(NodeConfig::new(name.as_str(), host))
    }

    /// Starts a node as a new incarnation, if it is down and its host has power. One that is about
    /// to stop in order starts when it has.
    pub(super) fn start_node(&mut self, id: NodeId) -> bool {
        let node = self.node_mut(id);
        if node.stopping == Stopping::InOrder {
            node.stopping = Stopping::ThenStarting;
        }
        if self.node(id).up || !self.network.is_powered(self.network.host_of(id)) {
            return false;
        }
        let now = self.now;
        let node = self.node_mut(id);
        node.service_manager.started(now);
        node.creation += 1;
        node.up = true;
        node.alive = if node.config.alive { Alive::FromBoot } else { Alive::NotYet };
        node.paused = false;
        node.lost_power = false;
        node.ticktime = Ticktime::new(node.config.net_ticktime);
        node.incarnation = Incarnation::new(node.config.name, node.creation);
        let creation = node.creation;
        let boot = node.boot.clone();
        let cookie = self.node(id).config.cookie;
        self.network.node_started(id, cookie);
        self.network.set_distributed(id, self.is_alive(id));
        self.tell(id, Fact::NodeStarted { creation });
        let at = self.now + self.tick_phase(id);
        self.schedule_background(at, Event::TickCheck(id, creation, 0));
        if let Some(boot) = boot {
            let start: Start = Box::new(move |ctx| Box::pin(async move { boot(ctx).await }));
            let pid = self.admit(id, atom!("init"), None, None);
            self.births.push((pid, start));
            self.node_mut(id).init = Some(pid);
        }
        true
    }

    /// When a node that starts now looks at its connections for the first time. No two nodes boot in
    /// step, be they started at the same instant.
    fn tick_phase(&self, id: NodeId) -> Duration {
        let node = self.node(id);
        let interval = nanos(node.config.net_ticktime / TICK_INTENSITY.into());
        let name = format!("ticks/{}", node.config.name.as_str());
        let mut rng = self.streams.family(&name).stream(node.creation.into());
        Duration::from_nanos(rng.random_range(0..=interval))
    }

    /// The node's operating-system process is gone; `closing` is what its peers notice.
    pub(super) fn node_gone(&mut self, id: NodeId, closing: Closing, fact: Fact) -> bool {
        if !self.node(id).up {
            return false;
        }
        self.clear_node(id);
        let gone = self.tell(id, fact);
        self.partings.stilled(id, gone);
        let now = self.now;
        self.network.node_ended(id);
        self.network.close_all(now, id, closing);
        self.foreground -= self.timers.remove_all(id);
        let deferred = std::mem::take(&mut self.node_mut(id).deferred);
        self.handle_network_output();
        for event in deferred {
            self.dispatch(event);
        }
        true
    }

    /// Takes everything off a node that does not outlive its operating-system process.
    pub(super) fn clear_node(&mut self, id: NodeId) {
        for number in std::mem::take(&mut self.node_mut(id).processes) {
            self.remove_silently(number);
        }
        self.paused -= usize::from(self.node(id).paused);
        let node = self.node_mut(id);
        node.up = false;
        node.paused = false;
        node.stopping = Stopping::No;
        node.init = None;
        node.names.clear();
        node.aliases.clear();
        node.watches.clear();
        node.subscribers.clear();
        node.known.clear();
        node.barred.clear();
        node.held.clear();
        node.listener = None;
        let locals = std::mem::take(&mut node.locals);
        self.buried_locals.extend(locals.into_values());
    }

    pub(super) fn crash_node(&mut self, id: NodeId) -> bool {
        let was_up = self.node_gone(id, Closing::Abrupt, Fact::NodeCrashed);
        self.node_mut(id).disk.crash(Loss::Node);
        if was_up {
            self.plan_restart(id, End::Failure);
        }
        was_up
    }

    /// `erlang:halt()`: as a crash, but nothing that is under way arrives (B35).
    pub(super) fn halt_node(&mut self, id: NodeId) {
        let was_up = self.node_gone(id, Closing::Halted, Fact::NodeCrashed);
        self.node_mut(id).disk.crash(Loss::Node);
        if was_up {
            self.plan_restart(id, End::Failure);
        }
    }

    /// The host loses power.
    pub(super) fn crash_host(&mut self, host: HostId) {
        if !self.network.is_powered(host) {
            return;
        }
        let name = self.network.host_name(host);
        self.record(None, Fact::HostCrashed { host: name });
        let now = self.now;
        self.network.set_powered(host, false, now);
        for id in self.nodes_on(host) {
            let was_up = self.node_gone(id, Closing::Silent, Fact::NodeCrashed);
            let node = self.node_mut(id);
            node.disk.crash(Loss::Power);
            node.lost_power = node.service_manager.lose_power() || was_up;
        }
        self.handle_network_output();
    }

    /// The host gets its power back, and the nodes that were up start again.
    pub(super) fn start_host(&mut self, host: HostId) {
        if self.network.is_powered(host) {
            return;
        }
        let name = self.network.host_name(host);
        self.record(None, Fact::HostStarted { host: name });
        let now = self.now;
        self.network.set_powered(host, true, now);
        self.handle_network_output();
        for id in self.nodes_on(host) {
            if self.node(id).lost_power {
                self.start_node(id);
            }
        }
    }

    pub(super) fn nodes_on(&self, host: HostId) -> Vec<NodeId> {
        let all = (0..self.nodes.len()).map(|index| NodeId(index as u32));
        all.filter(|id| self.network.host_of(*id) == host).collect()
    }

    /// The node ends in order: what it has sent arrives, then its connections close.
    pub(super) fn halt_in_order(&mut self, id: NodeId, reason: Term) -> bool {
        let starts_again = self.node(id).stopping == Stopping::ThenStarting;
        let was_up = self.node_gone(id, Closing::Orderly, Fact::NodeStopped { reason });
        self.node_mut(id).disk.sync_all();
        if starts_again {
            self.start_node(id);
        } else if was_up {
            self.plan_restart(id, End::Stop);
        }
        was_up
    }

    /// Asks the node to stop in order (`init:stop()`); one without a boot program just ends.
    pub(super) fn stop_node(&mut self, id: NodeId) {
        match self.node(id).init.and_then(|pid| self.slot_of(pid)) {
            Some(slot) => {
                self.node_mut(id).stopping = Stopping::InOrder;
                let message = tuple![atom!("stop"), atom!("stop")];
                self.deliver_message(slot, message);
            }
            None => drop(self.halt_in_order(id, atom!("normal").into())),
        }
    }

    pub(super) fn pause_node(&mut self, id: NodeId) {
        if self.node(id).up && !self.node(id).paused {
            self.node_mut(id).paused = true;
            self.paused += 1;
            let paused = self.tell(id, Fact::NodePaused);
            self.partings.stilled(id, paused);
        }
    }

    /// The node goes on: what has arrived meanwhile is dealt with in order.
    pub(super) fn resume_node(&mut self, id: NodeId) {
        let node = self.node_mut(id);
        if !node.paused {
            return;
        }
        node.paused = false;
        self.paused -= 1;
        let node = self.node_mut(id);
        let (deferred, held) = (std::mem::take(&mut node.deferred), std::mem::take(&mut node.held));
        self.tell(id, Fact::NodeResumed);
        for number in held {
            self.make_ready(number);
        }
        for event in deferred {
            self.dispatch(event);
        }
    }

    /// A message for a process from outside of the world. Nobody there: `false`.
    pub(super) fn inject(&mut self, id: NodeId, target: Target, message: Term) -> bool {
        let slot = match target {
            Target::Pid(pid) => self.slot_of(pid),
            Target::Name(name) => self.node(id).names.get(name).copied(),
            Target::Alias(_) | Target::Node => None,
        };
        if let Some(slot) = slot {
            self.deliver_message(slot, message);
        }
        slot.is_some()
    }

    /// Writes down something that happened on a node.
    pub(super) fn tell(&mut self, id: NodeId, fact: Fact) -> RecordId {
        let name = self.node_name(id);
        self.record(Some(name), fact)
    }
}
