//! What can go wrong, and what each of it does to the world.
//!
//! A [`Fault`] is plain data: the plan of a run holds the faults with their times, a replay reads
//! them back, a shrinker takes them away one by one.
//!
//! - `effect`: whether each changes anything
//! - `inject`: what each fault does to a world
//! - `condition`: which trace records set a fault off
//! - `loss`: what each takes away
//! - `text`: how people say it

mod condition;
mod effect;
mod inject;
mod loss;
mod resolve;
mod shape;
mod text;
mod write;

use std::time::Duration;

use crate::engine::network::{Breaking, Delay, PathConfig};
use crate::engine::runtime::DiskFault;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

pub(super) use resolve::condition;
pub(super) use shape::{event_variants, shape};
pub(super) use write::{condition as write_condition, write};

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
        /// Whether anybody is told.
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
        /// What replaces it; nothing puts the path of the scenario back.
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
        /// What.
        fault: DiskFault,
    },
    /// One thing that is wrong with the node's disk is put right.
    MendDisk {
        /// The node.
        node: Atom,
        /// What.
        fault: DiskFault,
    },
    /// A record of each file of the node can no longer be read.
    CorruptDisk(Atom),
    /// Syncs on the node's disk take another time.
    SetDiskLatency {
        /// The node.
        node: Atom,
        /// How long; nothing is as long as usual.
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

/// When a fault strikes.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// At a time since the start of the run.
    At(Duration),
    /// After so many steps of the run (events and turns of processes): a point that a time alone
    /// does not name, as much happens at one instant. A run that ends before has no such fault.
    AtStep(u64),
    /// A while after something was seen: for the first time, or each time.
    When(Sighting),
}

/// What a fault waits to be seen, and how long after that it strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What has to be seen.
    pub condition: Condition,
    /// How long after that the fault strikes.
    pub after: Duration,
    /// What is seen before does not count.
    pub from: Duration,
    /// Nor what is seen then or later; nothing means that it counts to the end of the run.
    pub until: Option<Duration>,
    /// How often it strikes.
    pub repeat: Repeat,
}

/// How often a fault strikes that waits for something to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// The first time only.
    #[default]
    Once,
    /// Each time, but for what is seen while it waits to strike, and at most so often if there is a
    /// limit.
    Each(Option<u32>),
}

impl Repeat {
    /// Whether it may strike once more, having struck so often.
    #[must_use]
    pub const fn goes_on(self, struck: u32) -> bool {
        match self {
            Repeat::Once => struck == 0,
            Repeat::Each(None) => true,
            Repeat::Each(Some(at_most)) => struck < at_most,
        }
    }
}

impl Sighting {
    /// When it is seen for the first time, whenever that is.
    #[must_use]
    pub const fn of(condition: Condition, after: Duration) -> Sighting {
        Sighting { condition, after, from: Duration::ZERO, until: None, repeat: Repeat::Once }
    }

    /// Whether what is seen at this time counts.
    #[must_use]
    pub fn counts_at(&self, time: Time) -> bool {
        time >= Time::ZERO + self.from && !self.is_over_at(time)
    }

    /// Whether nothing counts from this time on.
    #[must_use]
    pub fn is_over_at(&self, time: Time) -> bool {
        self.until.is_some_and(|until| time >= Time::ZERO + until)
    }
}

/// Something that a trace record can show, to hang a fault on. Fields that are `None` match any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// An application has started.
    ApplicationStarted {
        /// The application.
        application: Atom,
        /// Where.
        on: Option<Atom>,
    },
    /// An application has stopped (in order or not).
    ApplicationStopped {
        /// The application.
        application: Atom,
        /// Where.
        on: Option<Atom>,
    },
    /// A node has been found to be down.
    NodeDown {
        /// The node that is lost.
        node: Atom,
        /// The node that noticed.
        seen_by: Option<Atom>,
    },
    /// A connection to a node has come up.
    NodeUp {
        /// The node that is back.
        node: Atom,
        /// The node that noticed.
        seen_by: Option<Atom>,
    },
    /// A registered process has ended.
    ProcessExited {
        /// Its registered name.
        name: Atom,
        /// Where.
        on: Option<Atom>,
    },
    /// So many client operations have been answered without an error.
    OperationsCompleted(u32),
}
