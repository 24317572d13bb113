//! Faults, and their effects on the world.
//!
//! A [`Fault`] is plain data: the plan of a run holds the faults with their times, a replay reads
//! them back, a shrinker takes them away one by one.
//!
//! Each kind is in the file of its topic, with its words in a scenario file (a `FaultForm`) and
//! everything else there is to know about it (an `Effect`): `node`, `host`, `disk`, `cut`,
//! `connection`, `path`, `clock`, `process`.
//!
//! - `effect`: what each kind says about itself
//! - `category`: kinds as counts of coverage tell them apart
//! - `condition`: the trace records that set a fault off
//! - `schedule`: a fault with its trigger

mod category;
mod clock;
pub(super) mod condition;
mod connection;
mod cut;
mod disk;
mod effect;
mod host;
mod node;
mod path;
mod process;
pub(super) mod schedule;

use std::fmt;

use crate::engine::network::{Breaking, Delay, PathConfig};
use crate::engine::runtime::{DiskFault, World};
use crate::engine::term::{Atom, Term};

use effect::{Effect, FaultForm};

pub use category::FaultCategory;
pub use condition::Condition;
pub(super) use effect::Resource;
pub use schedule::{ConditionTrigger, Repeat, ScheduledFault, Trigger};

/// One change for the worse (or its undoing) that is done to the world at an instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Sends the exit signal `reason` to a process: the one registered as `name` on `node`, or the
    /// top supervisor of the application with that name. Without a node: wherever it runs.
    Exit {
        /// A registered name or an application.
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
        /// The settings that change, with their values.
        fault: DiskFault,
    },
    /// One thing that is wrong with the node's disk is put right.
    MendDisk {
        /// The node.
        node: Atom,
        /// The settings that change, with their values.
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
    /// The node's system clock jumps by so many nanoseconds (its monotonic clock does not).
    StepClock {
        /// The node.
        node: Atom,
        /// Forwards, or backwards if negative.
        nanos: i64,
    },
    /// The node's clocks run fast (or slow, if negative) by so many parts in a million; timers too.
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

/// The part of the cluster in which a fault is felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The nodes that it names, and those on the hosts that it names, crash, stop or pause.
    Lost,
    /// The node that it names goes on, with another speed, clock or disk.
    Altered,
    /// Anything else: processes, paths, connections, or nothing at all.
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
                Box::new(process::Exit { name: *name, node: *node, reason })
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
        self.effect().undo()
    }

    /// True if it takes something away; the others put something right.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        self.category().is_some()
    }

    /// Its category; `None` if it puts something right.
    #[must_use]
    pub fn category(&self) -> Option<FaultCategory> {
        self.effect().category()
    }

    /// The part of the cluster in which it is felt.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.effect().reach()
    }

    /// The nodes that it names one by one, not in groups.
    #[must_use]
    pub fn nodes(&self) -> Vec<Atom> {
        self.effect().nodes()
    }

    /// The hosts that it names, those of a site included.
    #[must_use]
    pub fn hosts(&self) -> Vec<Atom> {
        self.effect().hosts()
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
        self.effect().holds()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.effect().describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_loses_nodes_without_striking_them() {
        let [a, b, c, host, other, site] = ["a@x", "b@x", "c@y", "x", "y", "east"].map(Atom::new);
        let on_host = |name| if name == host { vec![a, b] } else { vec![c] };
        let cut = Partition { id: 1, groups: vec![vec![a], vec![c]], one_way: false };
        for (fault, struck, lost) in [
            (Fault::CrashNode(a), vec![a], vec![a]),
            (Fault::StopNode(b), vec![b], vec![b]),
            (Fault::PauseNode(c), vec![c], vec![c]),
            (Fault::CrashHost(host), vec![a, b], vec![a, b]),
            (
                Fault::CrashSite(Site { name: site, hosts: vec![host, other] }),
                vec![a, b, c],
                vec![a, b, c],
            ),
            (Fault::Partition(cut), vec![], vec![a, c]),
            (Fault::StartHost(host), vec![], vec![]),
            (Fault::Disconnect(a, c), vec![], vec![]),
        ] {
            assert_eq!(fault.struck_nodes(on_host), struck, "{fault}");
            assert_eq!(fault.lost_nodes(on_host), lost, "{fault}");
        }
    }

    #[test]
    fn faults_are_told_as_people_tell_them() {
        let [a, b, c] = ["db1@a", "db2@b", "web@a"].map(Atom::new);
        let partition = |one_way| {
            Fault::Partition(Partition { id: 1, groups: vec![vec![a], vec![b, c]], one_way })
        };
        for (fault, text) in [
            (Fault::CrashNode(a), "db1@a crashes"),
            (partition(false), "network cut: db1@a | db2@b, web@a"),
            (partition(true), "network cut: db1@a -/-> db2@b, web@a"),
            (
                Fault::StepClock { node: a, nanos: -5_000_000_000 },
                "system clock of db1@a jumps back by 5s",
            ),
            (
                Fault::SetSpeed { node: a, percent: 1_000 },
                "work on db1@a takes 1000% of its usual time",
            ),
        ] {
            assert_eq!(fault.to_string(), text);
        }
    }

    #[test]
    fn each_fault_that_lasts_says_what_ends_it() {
        let [node, host] = ["a@x", "x"].map(Atom::new);
        let site = Site { name: Atom::new("east"), hosts: vec![host] };
        let cut =
            Partition { id: 7, groups: vec![vec![node], vec![Atom::new("b@y")]], one_way: true };
        let slow = Delay::Constant(std::time::Duration::from_secs(1));
        let path = PathConfig { latency: slow.clone(), bandwidth: None, loss_ppm: 0 };
        let disk = DiskFault::Full;
        for (fault, end) in [
            (Fault::CrashNode(node), Some(Fault::StartNode(node))),
            (Fault::StopNode(node), Some(Fault::StartNode(node))),
            (Fault::PauseNode(node), Some(Fault::ResumeNode(node))),
            (Fault::CrashHost(host), Some(Fault::StartHost(host))),
            (Fault::CrashSite(site.clone()), Some(Fault::StartSite(site))),
            (Fault::Partition(cut), Some(Fault::Heal(7))),
            (
                Fault::SetPath { from: host, to: host, path: Some(path) },
                Some(Fault::SetPath { from: host, to: host, path: None }),
            ),
            (Fault::SetSpeed { node, percent: 500 }, Some(Fault::SetSpeed { node, percent: 100 })),
            (Fault::BreakDisk { node, fault: disk }, Some(Fault::MendDisk { node, fault: disk })),
            (
                Fault::SetDiskLatency { node, latency: Some(slow) },
                Some(Fault::SetDiskLatency { node, latency: None }),
            ),
            (Fault::SetClockDrift { node, ppm: 9 }, Some(Fault::SetClockDrift { node, ppm: 0 })),
            (Fault::Disconnect(node, Atom::new("b@y")), None),
            (Fault::CorruptDisk(node), None),
            (Fault::StepClock { node, nanos: 1 }, None),
            (Fault::StartNode(node), None),
            (Fault::HealAll, None),
        ] {
            assert_eq!(fault.undo(), end, "{fault}");
            let rights = fault.undo().into_iter().filter(Fault::takes_away);
            assert_eq!(rights.count(), 0, "the end of {fault} takes something away");
        }
    }
}
