//! Faults, and their effects on the world.
//!
//! A [`Fault`] is plain data: the plan of a run holds the faults with their times, a replay reads
//! them back, a shrinker takes them away one by one.
//!
//! Each kind is in the file of its topic, with its words in a scenario file (a `FaultForm`) and
//! everything else there is to know about it (an `Effect`): `node`, `host`, `disk`, `cut`,
//! `connection`, `path`, `clock`, `process`.
//!
//! Chaos draws faults of the kinds of [`FaultKind`]. Each is in the file of its topic too, with its
//! words under `chaos` (a `DrawForm`) and its draws (a `Draw`).
//!
//! - `effect`: the interface of a fault
//! - `draw`: the interface of a kind that chaos draws
//! - `cut_shape`: the shapes of partitions that chaos draws
//! - `category`: kinds as counts of coverage tell them apart
//! - `condition`: the trace records that set a fault off
//! - `schedule`: a fault with its trigger
//! - `tree_path`: the way to a process in a supervision tree

mod category;
mod clock;
pub(super) mod condition;
mod connection;
mod cut;
mod cut_shape;
mod disk;
pub(super) mod draw;
mod effect;
mod host;
mod node;
mod path;
mod process;
pub(super) mod schedule;
mod tree_path;

use std::fmt;
use std::time::Duration;

use crate::engine::network::{Breaking, Delay, PathConfig};
use crate::engine::runtime::{Direction, DiskFault, World};
use crate::engine::term::{Atom, Term};

use draw::{Draw, DrawForm};
use effect::{Effect, FaultForm};
use path::PathChange;
use tree_path::TreePath;

pub use category::FaultCategory;
pub use condition::Condition;
pub use cut_shape::CutShape;
pub(super) use cut_shape::NodeGroups;
pub(super) use effect::{Report, Resource};
pub use path::PathScope;
pub use schedule::{ConditionTrigger, Repeat, ScheduledFault, Trigger};

/// One change for the worse (or its undoing) that is done to the world at an instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Sends the exit signal `reason` to a process: the one registered as `name` on `node`, or the
    /// top supervisor of the application with that name. Without a node: wherever it runs.
    Exit {
        /// A registered name, an application, or the way to a child below it: `bank/workers/3`.
        name: Atom,
        /// The node, or every node where the name is found.
        node: Option<Atom>,
        /// The exit reason; `kill` cannot be trapped.
        reason: Term,
    },
    /// The node's operating-system process is killed. Its host closes the connections, so peers
    /// notice at once.
    CrashNode(Atom),
    /// The host loses power with all its nodes. Peers notice by silence only.
    CrashHost(Atom),
    /// The node stops in order (`init:stop()`): applications first, then the connections.
    StopNode(Atom),
    /// The node starts again, as a new incarnation. Nothing happens to a node that is up, unless it
    /// is about to stop in order: it starts when it has stopped.
    StartNode(Atom),
    /// The host gets its power back, and the nodes that were up at the crash start again.
    StartHost(Atom),
    /// All hosts of a site lose power, with all their nodes.
    CrashSite(Site),
    /// The hosts of a site get their power back.
    StartSite(Site),
    /// The node's operating-system process is stopped (SIGSTOP): it does nothing and answers
    /// nothing, while its connections stay open.
    PauseNode(Atom),
    /// The node goes on where it was paused (SIGCONT).
    ResumeNode(Atom),
    /// Cuts all paths between nodes of different groups, in silence.
    Partition(Partition),
    /// Ends the partition with this number.
    Heal(u32),
    /// Ends every partition.
    HealAll,
    /// Breaks all connections that are open between nodes of different groups, while the paths work.
    BreakConnections {
        /// The groups.
        groups: Vec<Vec<Atom>>,
        /// The way in which they break: both ends learn of it, or neither.
        breaking: Breaking,
    },
    /// The first node closes its connection to the second (`erlang:disconnect_node`).
    Disconnect(Atom, Atom),
    /// The first node connects to the second (`net_kernel:connect_node/1`).
    Connect(Atom, Atom),
    /// Changes the path from one host to another (one way).
    SetPath {
        /// The host where the path begins.
        from: Atom,
        /// The host where it ends.
        to: Atom,
        /// The new path; `None` puts back that of the scenario.
        path: Option<PathConfig>,
    },
    /// Work on the node takes `percent` of its usual time; 100 puts it right.
    SetSpeed {
        /// The node.
        node: Atom,
        /// The time that work takes, in percent of the usual: 1000 is ten times as slow.
        percent: u32,
    },
    /// Something goes wrong with the node's disk.
    BreakDisk {
        /// The node.
        node: Atom,
        /// The fault.
        fault: DiskFault,
    },
    /// One thing that is wrong with the node's disk is put right.
    MendDisk {
        /// The node.
        node: Atom,
        /// The fault.
        fault: DiskFault,
    },
    /// A record of each file of the node can no longer be read.
    CorruptDisk(Atom),
    /// Syncs on the node's disk take another time.
    SetDiskLatency {
        /// The node.
        node: Atom,
        /// The new latency; `None` is the usual one.
        latency: Option<Delay>,
    },
    /// The node's system clock jumps by this many nanoseconds (its monotonic clock does not).
    StepClock {
        /// The node.
        node: Atom,
        /// Forwards, or backwards if negative.
        nanos: i64,
    },
    /// The node's clocks run fast (or slow, if negative) by this many parts in a million; timers
    /// too.
    SetClockDrift {
        /// The node.
        node: Atom,
        /// Parts per million, above -1,000,000.
        ppm: i32,
    },
}

/// A data centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: Atom,
    /// Its hosts.
    pub hosts: Vec<Atom>,
}

/// A cut between groups of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Tells it from other partitions of the run, for [`Fault::Heal`].
    pub id: u32,
    /// Nodes in different groups cannot reach each other. A node in no group reaches all.
    pub groups: Vec<Vec<Atom>>,
    /// Cut only what goes from an earlier group to a later one.
    pub one_way: bool,
}

impl Partition {
    /// The cut of one node off from others; it gets its number later.
    pub(super) fn around(
        node: Atom,
        others: impl Iterator<Item = Atom>,
        direction: Direction,
    ) -> Partition {
        let others = others.filter(|other| *other != node).collect();
        let one_way = direction == Direction::OneWay;
        Partition { id: 0, groups: vec![vec![node], others], one_way }
    }
}

/// The part of the cluster in which a fault is felt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// The nodes that it names, and those on the hosts that it names, crash, stop or pause.
    Lost,
    /// The node that it names goes on, with another speed, clock or disk.
    Altered,
    /// Anything else: processes, paths, connections, or nothing at all.
    #[default]
    Other,
}

/// The words for each kind of fault in a scenario file, in the order of the reference.
const FORMS: [&FaultForm; 27] = [
    &node::CRASH,
    &host::CRASH_HOST,
    &host::START_HOST,
    &host::CRASH_SITE,
    &host::START_SITE,
    &node::STOP,
    &node::START,
    &node::PAUSE,
    &node::RESUME,
    &node::SLOW,
    &disk::FSYNC_ERROR,
    &disk::FULL,
    &disk::SLOW,
    &disk::LYING,
    &disk::CORRUPT,
    &disk::MEND,
    &cut::PARTITION,
    &cut::ISOLATE,
    &cut::HEAL,
    &connection::BREAK,
    &connection::DISCONNECT,
    &connection::CONNECT,
    &path::SLOW,
    &path::USUAL,
    &clock::STEP,
    &clock::DRIFT,
    &process::KILL,
];

impl Fault {
    /// Everything about the kind that it is of.
    fn effect(&self) -> Box<dyn Effect + '_> {
        match self {
            Fault::Exit { name, node, reason } => {
                let exit = process::Exit { name: *name, node: *node, reason };
                match TreePath::parse(*name) {
                    Some(path) => Box::new(process::ExitAtPath { path, exit }),
                    None => Box::new(exit),
                }
            }
            Fault::CrashNode(node) => Box::new(node::Crash(*node)),
            Fault::CrashHost(host) => Box::new(host::CrashHost(*host)),
            Fault::StopNode(node) => Box::new(node::Stop(*node)),
            Fault::StartNode(node) => Box::new(node::Start(*node)),
            Fault::StartHost(host) => Box::new(host::StartHost(*host)),
            Fault::CrashSite(site) => Box::new(host::CrashSite(site)),
            Fault::StartSite(site) => Box::new(host::StartSite(site)),
            Fault::PauseNode(node) => Box::new(node::Pause(*node)),
            Fault::ResumeNode(node) => Box::new(node::Resume(*node)),
            Fault::Partition(partition) => Box::new(cut::Cut(partition)),
            Fault::Heal(id) => Box::new(cut::Heal(*id)),
            Fault::HealAll => Box::new(cut::HealAll),
            Fault::BreakConnections { groups, breaking } => {
                Box::new(connection::Break { groups, breaking: *breaking })
            }
            Fault::Disconnect(node, peer) => Box::new(connection::Disconnect(*node, *peer)),
            Fault::Connect(node, peer) => Box::new(connection::Connect(*node, *peer)),
            Fault::SetPath { from, to, path } => {
                Box::new(path::Change { from: *from, to: *to, path: path.as_ref() })
            }
            Fault::SetSpeed { node, percent } => {
                Box::new(node::Speed { node: *node, percent: *percent })
            }
            Fault::BreakDisk { node, fault } => {
                Box::new(disk::Break { node: *node, fault: *fault })
            }
            Fault::MendDisk { node, fault } => Box::new(disk::Mend { node: *node, fault: *fault }),
            Fault::CorruptDisk(node) => Box::new(disk::Corrupt(*node)),
            Fault::SetDiskLatency { node, latency } => {
                Box::new(disk::Latency { node: *node, latency: latency.as_ref() })
            }
            Fault::StepClock { node, nanos } => {
                Box::new(clock::Step { node: *node, nanos: *nanos })
            }
            Fault::SetClockDrift { node, ppm } => Box::new(clock::Drift { node: *node, ppm: *ppm }),
        }
    }

    /// Does it to the world.
    ///
    /// # Panics
    /// If it names a node or a host that the world does not have; a resolved plan does not.
    pub fn inject(&self, world: &World) {
        self.effect().inject(world);
    }

    /// Does it to the world, if processes have to say first whom it strikes: what has come of it is
    /// recorded by them. Returns false, and has done nothing, if nobody has to be asked.
    pub(super) fn inject_by_asking(&self, world: &World, report: &Report) -> bool {
        self.effect().inject_by_asking(world, report)
    }

    /// Returns the reason why it would change nothing if it were injected now, or `None` if it would
    /// change something.
    ///
    /// # Panics
    /// If it names a node or a host that the world does not have; a resolved plan does not.
    #[must_use]
    pub fn without_effect(&self, world: &World) -> Option<String> {
        self.effect().without_effect(world)
    }

    /// True if it concerns what runs on a node, and the node is down: there is nothing to be done to
    /// it then, and nothing to be undone later. What is put right on such a node stays right.
    #[must_use]
    pub fn is_in_vain(&self, world: &World) -> bool {
        self.effect().is_in_vain(world)
    }

    /// The fault that ends it: `None` if it is over at once, or puts something right itself.
    #[must_use]
    pub fn undo(&self) -> Option<Fault> {
        self.effect().summary().undo
    }

    /// True if it takes something away; the others put something right.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        self.category().is_some()
    }

    /// Its category; `None` if it puts something right.
    #[must_use]
    pub fn category(&self) -> Option<FaultCategory> {
        self.effect().summary().category
    }

    /// The part of the cluster in which it is felt.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.effect().summary().reach
    }

    /// The nodes that it names one by one, not in groups.
    #[must_use]
    pub fn nodes(&self) -> Vec<Atom> {
        self.effect().summary().nodes
    }

    /// The hosts that it names, those of a site included.
    #[must_use]
    pub fn hosts(&self) -> Vec<Atom> {
        self.effect().summary().hosts
    }

    /// The nodes that it crashes, stops or pauses; `on_host` returns those of a host.
    #[must_use]
    pub fn struck_nodes<N>(&self, on_host: impl FnMut(Atom) -> N) -> Vec<Atom>
    where
        N: IntoIterator<Item = Atom>,
    {
        match self.reach() {
            Reach::Lost => {
                let hosts = self.hosts().into_iter();
                self.nodes().into_iter().chain(hosts.flat_map(on_host)).collect()
            }
            Reach::Altered | Reach::Other => Vec::new(),
        }
    }

    /// The nodes that others lose by it: those that it strikes, and in a partition all that are in
    /// a group.
    #[must_use]
    pub fn lost_nodes<N>(&self, on_host: impl FnMut(Atom) -> N) -> Vec<Atom>
    where
        N: IntoIterator<Item = Atom>,
    {
        if let Fault::Partition(partition) = self {
            partition.groups.concat()
        } else {
            self.struck_nodes(on_host)
        }
    }

    /// The thing that it changes, if only one fault at a time may change it.
    pub(super) fn holds(&self) -> Option<Resource> {
        self.effect().summary().holds
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.effect().describe())
    }
}

/// A kind of fault that chaos draws.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// A node crashes and is started again.
    Crash,
    /// A host loses power with all its nodes, and gets it back.
    CrashHost,
    /// A site loses power with all its hosts, and gets it back.
    CrashSite,
    /// A node is stopped in order and started again.
    Stop,
    /// A node stands still, and goes on.
    Pause,
    /// A process gets an exit signal: that of a distributed application wherever it runs, any other
    /// on one node.
    Kill {
        /// The names of which one is drawn.
        names: Vec<Atom>,
        /// The exit reason.
        reason: Term,
    },
    /// The network is cut both ways, and healed.
    Partition {
        /// The shapes of which one is drawn.
        shapes: Vec<CutShape>,
    },
    /// The network is cut one way, and healed.
    OneWayPartition {
        /// The shapes of which one is drawn.
        shapes: Vec<CutShape>,
    },
    /// Some nodes are cut off one by one, and come back one by one in another order.
    Swizzle {
        /// The time in which all are cut off, and again the time in which all come back.
        over: Duration,
    },
    /// A node closes its connection to another.
    Disconnect,
    /// The path between two hosts or sites gets slow, both ways.
    SlowPath {
        /// Its latency then.
        latency: Delay,
        /// Its ends.
        between: PathScope,
    },
    /// The path between two hosts or sites loses packets, both ways.
    Loss {
        /// The lost packets in a million.
        loss_ppm: u32,
        /// Its ends.
        between: PathScope,
    },
    /// The path between two hosts or sites gets narrow, both ways.
    Bandwidth {
        /// Bits per second.
        bandwidth: u64,
        /// Its ends.
        between: PathScope,
    },
    /// Work on a node takes longer, up to a limit.
    SlowNode {
        /// The most, in percent.
        percent_max: u32,
    },
    /// Something is wrong with the disk of a node.
    Disk {
        /// The fault.
        fault: DiskFault,
    },
    /// Syncs of the disk of a node are slow.
    SlowDisk {
        /// The time that a sync takes then.
        latency: Delay,
    },
    /// The disk of a node is damaged.
    CorruptDisk,
    /// The system clock of a node jumps, back or forward.
    ClockStep {
        /// The size of the jump.
        by: Delay,
    },
    /// The clocks of a node run fast or slow, up to a limit.
    ClockDrift {
        /// Parts per million.
        ppm_max: u32,
    },
}

/// The words for each kind of fault that chaos draws, in the order of the reference.
pub(super) const DRAWS: [&DrawForm; 21] = [
    &node::CRASH_DRAW,
    &host::CRASH_HOST_DRAW,
    &host::CRASH_SITE_DRAW,
    &node::STOP_DRAW,
    &node::PAUSE_DRAW,
    &process::KILL_DRAW,
    &cut::PARTITION_DRAW,
    &cut::ONE_WAY_DRAW,
    &cut::SWIZZLE_DRAW,
    &connection::DISCONNECT_DRAW,
    &path::SLOW_DRAW,
    &path::LOSS_DRAW,
    &path::BANDWIDTH_DRAW,
    &node::SLOW_DRAW,
    &disk::FSYNC_ERROR_DRAW,
    &disk::FULL_DRAW,
    &disk::SLOW_DRAW,
    &disk::LYING_DRAW,
    &disk::CORRUPT_DRAW,
    &clock::STEP_DRAW,
    &clock::DRIFT_DRAW,
];

impl FaultKind {
    /// Everything about the kind.
    pub(super) fn draw(&self) -> Box<dyn Draw + '_> {
        let down = |form, fault| Box::new(node::Down { form, fault });
        let path = |change, between| Box::new(path::ChangeAny { change, between });
        match self {
            FaultKind::Crash => down(&node::CRASH_DRAW, Fault::CrashNode),
            FaultKind::CrashHost => Box::new(host::AnyHost),
            FaultKind::CrashSite => Box::new(host::AnySite),
            FaultKind::Stop => down(&node::STOP_DRAW, Fault::StopNode),
            FaultKind::Pause => down(&node::PAUSE_DRAW, Fault::PauseNode),
            FaultKind::Kill { names, reason } => Box::new(process::ExitOfAny { names, reason }),
            FaultKind::Partition { shapes } => {
                Box::new(cut::CutAny { shapes, direction: Direction::BothWays })
            }
            FaultKind::OneWayPartition { shapes } => {
                Box::new(cut::CutAny { shapes, direction: Direction::OneWay })
            }
            FaultKind::Swizzle { over } => Box::new(cut::Swizzle(*over)),
            FaultKind::Disconnect => Box::new(connection::DisconnectAny),
            FaultKind::SlowPath { latency, between } => {
                path(PathChange::Latency(latency), *between)
            }
            FaultKind::Loss { loss_ppm, between } => path(PathChange::LossPpm(*loss_ppm), *between),
            FaultKind::Bandwidth { bandwidth, between } => {
                path(PathChange::Bandwidth(*bandwidth), *between)
            }
            FaultKind::SlowNode { percent_max } => Box::new(node::SlowUpTo(*percent_max)),
            FaultKind::Disk { fault } => Box::new(disk::AnyDisk(*fault)),
            FaultKind::SlowDisk { latency } => Box::new(disk::SlowDisk(latency)),
            FaultKind::CorruptDisk => Box::new(disk::CorruptAny),
            FaultKind::ClockStep { by } => Box::new(clock::StepBy(by)),
            FaultKind::ClockDrift { ppm_max } => Box::new(clock::DriftUpTo(*ppm_max)),
        }
    }

    /// True if it goes on for a while.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.draw().form().lasts
    }

    /// Its name in files, and the first part of the names of its streams.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.draw().form().name
    }
}

#[cfg(test)]
mod tests;
